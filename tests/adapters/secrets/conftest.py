"""The mailboxes of the IMAP tests, for tokens that log in."""

from __future__ import annotations

from tests.adapters.imap.conftest import dovecot, make, user

__all__ = ["dovecot", "make", "user"]
