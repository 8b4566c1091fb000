"""From bytes to a Message: charsets, headers, parts, HTML, quotes, signatures.  All of it pure."""
