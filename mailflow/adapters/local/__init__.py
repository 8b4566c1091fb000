"""Mailboxes on the own disk: Maildir-like folders and mbox files."""
