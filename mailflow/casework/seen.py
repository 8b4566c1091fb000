"""Was a mail there before, and did it wait long?"""

from __future__ import annotations

from mailflow.casework.step import Turn
from mailflow.domain.ports import MailFacts, StoredMessage
from mailflow.outgoing import late


def before(turn: Turn, stored: StoredMessage, facts: MailFacts) -> tuple[int, int | None] | None:
    """The earlier mail this one repeats, with its case.  Other words under an old Message-ID are noted, no repeat."""
    if stored.released:
        return None
    found = turn.work.duplicate_of(stored.id, stored.digest, facts.message_id, facts.sender, facts.text_digest)
    if found is None and facts.message_id and (other := turn.work.of_same_name(stored.id, facts.message_id)):
        turn.journal("mail.same_id", message=stored.id, other=other)
    return found


def is_late(turn: Turn, stored: StoredMessage) -> bool:
    """Did the mail reach us long before it is read?  The journal says so."""
    if stored.history or stored.arrived_at is None or not late.is_late(stored.arrived_at, turn.now):
        return False
    hours = int((turn.now - stored.arrived_at).total_seconds() // 3600)
    turn.journal("mail.late", message=stored.id, hours=hours)
    return True
