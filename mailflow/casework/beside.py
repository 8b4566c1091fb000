"""Matters of other kinds in a customer's mail: each gets a case of its own beside the mail's, at once and once.

A second matter is opened in the transaction that files the mail, so it is there whenever the mail is, and never twice.
It shares the mail with the first case; both say so in the journal, and the acknowledgement names both numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailflow.casework.casefile import CaseFile
from mailflow.casework.opening import NewCase, open_case
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.domain.ports import StoredMessage
from mailflow.domain.tasks import CaseStatus
from mailflow.outgoing.compose import one_line
from mailflow.procedures.model import NO_PROCEDURE

LONGEST_SUBJECT = 100
ASKING_ON = ("thread", "number")
"""How a mail was filed that may ask for something new in a known case: not one that was sent again."""
OF_WRITER = frozenset({"customer_company", "contact", "phone"})
_TROUBLE = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened beside another, and the customer's words it is about, on one line."""

    case: Case
    words: str


def open_beside(
    turn: Turn, case: Case, stored: StoredMessage, message: Message, details: Details
) -> tuple[tuple[Opened, ...], tuple[bytes, ...]]:
    """Open a case for each other matter of a mail that was filed in this one; with the files of their records.

    None of a mail of the past, none where the office serves no such kind, and none for a kind that is open beside this
    case already: who writes again in the thread asks on about that one.
    """
    opening = turn.desk.opening
    if opening is None or stored.history or not details.beside:
        return NOTHING
    row = stored.id
    state = turn.work.case_state(case.id)
    step = turn.load(case) or turn.on(CaseFile(case, state, NO_PROCEDURE, turn.now))
    taken = {_matter(other) for other in _running(step, case)}
    opened: list[Opened] = []
    blobs: list[bytes] = []
    for other in details.beside:
        if _matter(other.kind) in taken or not _is_served(turn, other.kind):
            continue
        taken.add(_matter(other.kind))
        words = one_line(_words(message, other), LONGEST_SUBJECT) or one_line(message.subject, LONGEST_SUBJECT)
        since = message.received_at or turn.now
        new = NewCase(other.kind, words, message, row, _of_writer(details, other), [row], since=since)
        found, files = open_case(step, new, by="mailflow", message=row)
        step.journal("case.second", message=row, to=found.number, kind=found.kind.value)
        turn.journal("case.beside", message=row, case=found.id, to=case.number)
        opened.append(Opened(found, words))
        blobs += files
    return tuple(opened), tuple(blobs)


NOTHING: tuple[tuple[Opened, ...], tuple[bytes, ...]] = (), ()
"""What is opened where nothing is."""

# ------------------------------------------------------------------------------------------------------------ parts


def _matter(kind: Kind) -> Kind:
    return Kind.COMPLAINT if kind in _TROUBLE else kind


def _running(step: Step, case: Case) -> list[Kind]:
    """The kinds of this case, and of the cases with a mail in common that still run."""
    work = step.work
    near = [other for other in work.cases_beside(case.id) if work.case_state(other.id).status is CaseStatus.OPEN]
    return [case.kind, *(other.kind for other in near)]


def _is_served(turn: Turn, kind: Kind) -> bool:
    """Does a procedure of this office say what is done with such a case?"""
    return any(kind in procedure.kinds for procedure in turn.desk.procedures().all)


def _of_writer(details: Details, other: Details) -> Details:
    """The other matter's facts, with who wrote as the whole mail tells it."""
    writer = tuple(item for item in details.findings if item.field in OF_WRITER)
    return replace(other, findings=(*writer, *other.findings), language=details.language)


def _words(message: Message, other: Details) -> str:
    """What the mail says of the other matter."""
    if other.passage is None:
        return ""
    source, start, end = other.passage
    text = message.new_text if source == "new_text" else message.forwarded_text
    return text[start:end].strip()
