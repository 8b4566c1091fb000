"""The outside world: IMAP, SMTP, SQL, TinyDB, files.  Imported by :mod:`mailflow.app` alone."""
