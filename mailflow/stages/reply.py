"""reply: what the customer gets at once, by itself and once for the mail he wrote, also when a colleague forwarded it.

Of a forwarded mail he is acknowledged as if he had written to us himself where our own mail server vouches for the
colleague.  Else he is told nothing, for anybody can write a colleague's name: the colleague is told at once, at his
own address, and writes to the customer through the case.  Nothing a colleague wrote is the customer's: where words may
be mixed, the acknowledgement says no more than that the mail came.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.casework import notices
from mailflow.casework.acknowledgement import Taken, acknowledgement
from mailflow.casework.actions import his_own
from mailflow.casework.step import Turn
from mailflow.customers import token
from mailflow.customers.standing import follows
from mailflow.domain.model import Address, Finding, Message
from mailflow.reading.people.origin import senders_within
from mailflow.trust.level import Level, Trust

_INSIDE = "inside"  # handed in by a user of our own server, who had to log in


def reply(turn: Turn, stored: int, taken: Taken, *, to: Address | None = None) -> str:
    """Queue the answer to the mail of this row and return its recipient; an empty string when none is due.

    ``to`` is known of a mail that a colleague forwarded; else it is asked of the mail.
    """
    desk, case = turn.desk, taken.case.id
    to = to or desk.customer_of(taken.message, follows(turn.work, taken.case))
    mail = None
    if to is not None:
        taken = replace(taken, reference=token.make(case, to.address, desk.secret))
        mail = acknowledgement(taken, desk.letters, to=to, now=turn.now, message_id=desk.message_id(turn.now))
    if mail is None:
        turn.journal("reply.none", message=stored, case=case)
        return ""
    recipient = mail.recipients[0]
    if not taken.late and desk.brakes.hold_back(recipient, turn.work, turn.now):
        # The mail is handled; only our answer stays out, so that two robots cannot feed each other (not over a day).
        turn.journal("reply.braked", message=stored, case=case, reason="rate_brake")
        return ""
    queued = turn.queue(f"receipt:{stored}", mail, message=stored, case=case)
    if queued is not None:
        turn.journal("reply.queued", message=stored, case=case, outbox=queued)
    return recipient


def reply_to_forwarded(turn: Turn, stored: int, taken: Taken, writer: Address, trust: Trust) -> str:
    """Acknowledge a forwarded mail to its ``writer``, and tell the colleague what became of it; returns who is written.

    ``taken`` is the mail as the colleague sent it.  An empty string: the customer was told nothing.
    """
    told = ""
    if trust.checked is Level.AUTHENTICATED or trust.reason == _INSIDE:
        told = reply(turn, stored, _as_written(taken, writer), to=writer)
    sender = taken.message.sender
    person = turn.desk.staff().by_address(sender.address) if sender else None
    if person is not None:
        notices.forwarded(turn.load(taken.case) or turn, person, stored, told, writer.address)
    return told


def _as_written(taken: Taken, writer: Address) -> Taken:
    """The mail as its ``writer`` sent it to the colleague, with what was read of his words alone."""
    message, details = taken.message, taken.details
    own = his_own(message, writer)
    names = [file.safe_name for file in message.attachments if file.type == "message/rfc822"]
    attached = next((name for name, mail in zip(names, message.forwarded, strict=False) if mail is own), "")
    source = f"attachment:{attached}" if attached else "forwarded_text"
    is_his = bool(attached) or len(senders_within(message.forwarded_text)) == 1
    found = tuple(item for item in details.findings if is_his and item.source == source)
    if writer.name:
        found += (Finding("contact", writer.name, writer.name, "from", 0, len(writer.name), "forwarded-from"),)
    thread = own if attached else Message()
    shown = replace(
        message, subject=own.subject, from_=(writer,), reply_to=(), new_text="", signature="", quoted_text="",
        received_at=None, message_id=thread.message_id, references=thread.references, in_reply_to=thread.in_reply_to,
    )  # fmt: skip
    return replace(taken, message=shown, details=replace(details, findings=found), asks=is_his)
