"""What the ledger keeps of a mail, so that the next one can be matched with it."""

from __future__ import annotations

import hashlib

from mailflow.domain.model import Message
from mailflow.domain.ports import MailFacts
from mailflow.trust.level import Trust

SHORT = 20  # characters; fewer are said of many matters alike


def facts_of(message: Message, trust: Trust | None) -> MailFacts:
    """What the ledger keeps of a mail for matching: who, how sure of him, what about, and a digest of what it says.

    A mail of a few words says the rest in its subject.
    """
    said = " ".join((message.new_text or message.text).split())
    files = "|".join(f"{item.name}:{item.size}" for item in message.attachments)
    is_short = len(said) < SHORT and not files
    text = f"{said}\n{files}" + (f"\n{message.subject}" if is_short else "")
    return MailFacts(
        message_id=message.message_id,
        answers=message.in_reply_to,
        sender=message.sender.address.lower() if message.sender else "",
        subject=message.subject,
        received_at=message.received_at,
        text_digest="" if message == Message() else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        is_short=is_short,
        attachments=None if message == Message() else len(message.attachments),
        trust=trust.level.value if trust else "",
        trust_reason=trust.reason if trust else "",
        cut=",".join(message.cut),
    )
