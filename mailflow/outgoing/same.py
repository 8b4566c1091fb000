"""Is it the same mail of ours?  What it says to whom tells; its bytes change on the way, its headers can be forged."""

from __future__ import annotations

from hashlib import sha256

from mailflow.domain.model import Message

AUTO_REPLIED = "auto-replied"


def said(message: Message) -> tuple[object, ...]:
    """Sender, recipients, subject, words and files of a mail, as far as mail servers leave them alone."""
    to = sorted(each.address.lower() for each in (*message.to, *message.cc))
    files = [(item.name, item.size) for item in message.attachments]
    sender = message.sender.address.lower() if message.sender else ""
    return sender, to, message.subject, " ".join(message.text.split()), files


def words_of(message: Message) -> str:
    """A digest of what a mail says to whom."""
    return sha256(repr(said(message)).encode("utf-8", "replace")).hexdigest()


def answered_by(message: Message) -> str:
    """The Message-ID an automatic answer answers (RFC 3834 section 5); empty for every other mail."""
    return message.in_reply_to if message.header("auto-submitted").strip().lower() == AUTO_REPLIED else ""
