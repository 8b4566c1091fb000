"""Was a mail there before?"""

from __future__ import annotations

from mailflow.casework.step import Turn
from mailflow.domain.ports import MailFacts, StoredMessage


def before(turn: Turn, stored: StoredMessage, facts: MailFacts) -> tuple[int, int | None] | None:
    """The earlier mail this one repeats, with its case.  Other words under an old Message-ID are noted, no repeat."""
    if stored.released:
        return None
    found = turn.work.duplicate_of(stored.id, stored.digest, facts.message_id, facts.sender, facts.text_digest)
    if found is None and facts.message_id and (other := turn.work.of_same_name(stored.id, facts.message_id)):
        turn.journal("mail.same_id", message=stored.id, other=other)
    return found
