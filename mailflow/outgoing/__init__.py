"""Mails of ours: their templates, letterhead, and composing."""
