"""The mailboxes of the IMAP tests, for tokens that log in."""

from __future__ import annotations

from tests.adapters.imap.conftest import make, user

__all__ = ["make", "user"]
