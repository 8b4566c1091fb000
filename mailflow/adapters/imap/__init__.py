"""Mailboxes on an IMAP server: fetching, folders, marking what is done."""
