"""What kind a mail is, where reading alone cannot say: mails that ask for nothing, and kinds in doubt.

A doubtful mail opens no case yet.  It is held, and somebody is asked which of its kinds it is, within fifteen working
minutes; without an answer it becomes the gravest of them.  What a case's times count from is its arrival all the same.
A mail that asks for nothing lies with its sender's customer and is listed; whoever gets the list may say what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.casework import reply_token, storms
from mailflow.casework.answered import Answer, believed, check_token, stands_in, thread, tokens
from mailflow.casework.returned_files import NO_FILES
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Turn
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import NOTES, Case, Customer, Details, Kind, Message
from mailflow.domain.ports import StoredMessage
from mailflow.domain.question_ports import KindQuestion
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.reading.answers.kind_words import named_kinds
from mailflow.reading.matter.close_kinds import candidates, doubtful_kinds, only_in_unread_files

REASON = "kind_doubt"
"""Why a mail is held whose kind a person says first."""

KEPT = "other"
"""The reason of a mail that was handled by being kept."""

UNTOLD = (Kind.COMPLAINT, Kind.INQUIRY, Kind.RFQ, Kind.ORDER, Kind.OTHER)
"""What a mail may be that says nothing but that a file is attached, the gravest first."""

BRIEF = 60
"""Signs of a mail that says no more than that."""

UNCLEAR = "which_kind"
"""Why an answer changed nothing: it names no kind, or does not say of which mail."""


class Doubtful(NeedsPerson):
    """A person says first which of these kinds a mail is; it came at ``since``."""

    def __init__(self, kinds: Sequence[Kind], since: datetime) -> None:
        super().__init__(REASON, ", ".join(kinds), remedy="mailflow held")
        self.kinds, self.since = tuple(kinds), since


@dataclass(frozen=True, slots=True)
class Sorted:
    """What an answer did: lines for whoever wrote it, of what was decided and of what was not understood."""

    decided: tuple[str, ...]
    unclear: tuple[str, ...]


def decided(turn: Turn, stored: StoredMessage, details: Details, by_us: bool) -> Details:
    """The reading, with the kind a person said or the passing of time decided.

    Where nobody is asked, a doubtful ``other`` is the gravest kind it may be, and so is what our own people wrote down.
    """
    said = turn.work.kind_said(stored.id)
    if said:
        return _as(details, Kind(said))
    close = candidates(details)
    if said is not None and close:  # a person let it go on without saying more
        return _as(details, close[0])
    if details.kind is not Kind.OTHER or _asks(turn, stored):
        return details
    if close:
        return _as(details, close[0])
    return _as(details, Kind.COMPLAINT) if by_us and stored.place.mailbox == NOTES else details


def check(turn: Turn, stored: StoredMessage, message: Message, details: Details) -> None:
    """Raises Doubtful where a person says what a mail is before its case is opened."""
    close = candidates(details) or (UNTOLD if _says_nothing(message, details) else ())
    if close and _asks(turn, stored) and turn.work.kind_said(stored.id) is None:
        raise Doubtful(close, storms.arrival(message, stored, turn.now))


def keep(turn: Turn, stored: StoredMessage, message: Message, customer: Customer | None) -> None:
    """List a mail that asks for nothing; one of the past is listed to nobody."""
    since = storms.arrival(message, stored, turn.now)
    turn.work.add_kind_question(stored.id, customer.id if customer else None, (), since)


def note_doubt(turn: Turn, stored: StoredMessage, details: Details, case: Case) -> None:
    """Journal a kind that is not beyond doubt, and files that nobody has read."""
    if doubt := doubtful_kinds(details):
        turn.journal("kind.unsure", message=stored.id, case=case.id, kinds=doubt)
    if details.unread:
        why = ", ".join(sorted({file.why for file in details.unread}))
        turn.journal("files.unread", message=stored.id, case=case.id, count=len(details.unread), why=why)


def _says_nothing(message: Message, details: Details) -> bool:
    """“见附件”, and nobody has read the file: what it asks for, a person says who opens it."""
    brief = len("".join(message.new_text.split())) <= BRIEF
    return details.kind is Kind.OTHER and brief and only_in_unread_files(details)


def questions(turn: Turn, message: Message, person: Person) -> list[KindQuestion]:
    """The points of the mail this one answers, by its token or its thread, when it is one that asks for kinds.

    Raises Refused when its token is not good, or when it asked somebody else.
    """
    named = tokens(message)
    if len(named) == 1 and named[0].kinds:
        return _named(turn, named[0], person)
    ids = thread(message)
    found = turn.work.kind_questions_of(ids) if ids else []
    if found and person.address != found[0].person and not stands_in(turn, person, found[0].person):
        raise Refused("wrong_person")
    return found


def answer(turn: Turn, given: Answer, points: Sequence[KindQuestion]) -> Sorted:
    """Do what an answer says of each point.  Raises Refused when it says nothing anybody could do."""
    believed(given, NO_FILES, named=True)
    words = turn.desk.moves
    if is_automatic(given.message) or words is None:
        raise Refused("automatic")
    said = named_kinds(turn.desk.words, words, given.message.text, [point.number for point in points])
    done: list[str] = []
    for point in points:
        kind = said.by_number.get(point.number)
        if kind is not None and turn.work.kind_decided(point, kind, actor=given.person.address, now=turn.now):
            turn.journal("kind.said", actor=given.person.address, message=point.message, kind=kind.value)
            done.append(f"{point.number}. {one_line(point.subject, 60)}")
    if not done:
        raise Refused(UNCLEAR, *said.unclear)
    return Sorted(tuple(done), said.unclear)


def say(turn: Turn, message: int, kind: Kind, person: Person) -> bool:
    """Note what a colleague says a mail is; False unless it waits for that, or was kept as asking for nothing."""
    if not turn.work.kind_changed(message, kind, actor=person.address, now=turn.now):
        return False
    turn.journal("kind.said", actor=person.address, message=message, kind=kind.value)
    return True


def lapse(turn: Turn, question: KindQuestion) -> None:
    """Nobody said it in time: a doubtful mail becomes the gravest of its kinds, a listed one stays what it is."""
    kind = question.kinds[0] if question.kinds else Kind.OTHER
    if turn.work.kind_decided(question, kind, actor="", now=turn.now):
        turn.journal("kind.lapsed", message=question.message, kind=kind.value)


def _named(turn: Turn, token: reply_token.Token, person: Person) -> list[KindQuestion]:
    """The points of the mail that bore this token; they are numbered otherwise when they were asked again since."""
    found = turn.work.kind_questions_beside(token.kinds)
    if not found:
        raise Refused("forged")
    check_token(turn, token, person, found[0].person)
    if found[0].id != token.kinds or len(found) != token.record:
        raise Refused("expired")
    return found


def _asks(turn: Turn, stored: StoredMessage) -> bool:
    """Is there anybody to be asked about this mail?"""
    return bool(turn.desk.staff().people) and not (stored.released or stored.history or stored.place.mailbox == NOTES)


def _as(details: Details, kind: Kind) -> Details:
    weights: Mapping[Kind, float] = dict(details.kinds)
    return replace(details, kind=kind, kinds=((kind, max(weights.values(), default=1.0)),))
