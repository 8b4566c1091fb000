"""The text of attached files, read in a process of its own."""
