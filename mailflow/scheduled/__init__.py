"""Work that starts from the clock instead of from a mail."""
