"""sort: ask what kind doubtful mails are, list those that ask for nothing, and decide what nobody said in time.

A doubt is asked at once and decided after fifteen working minutes; a mail that asks for nothing is listed within a
working hour, with whatever else there is to list or to ask.  One mail holds all of them, in numbered points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.casework import notes, reply_token, sorting
from mailflow.casework.assign import calendar_of
from mailflow.casework.desk import Desk
from mailflow.casework.step import Turn
from mailflow.domain.errors import MailflowError
from mailflow.domain.model import Kind
from mailflow.domain.ports import Ledger
from mailflow.domain.question_ports import KindQuestion
from mailflow.office.staff import Person
from mailflow.outgoing.compose import one_line
from mailflow.scheduled.attend import keeper

DOUBT_WITHIN = timedelta(minutes=15)  # of working time, for an answer
LISTED_AFTER, LISTED_WITHIN = timedelta(minutes=30), timedelta(hours=1)  # of working time
LISTED_FOR = timedelta(days=14)  # so long one may say of a listed mail what it is
HOUR = timedelta(hours=1)
MOST = 500  # looked at in one round
POINTS = 20  # in one mail
MAILS = 6  # to one person in an hour
_SUBJECT, _SENDER, _SAID = 50, 60, 80  # signs


def sort(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Give out, ask and decide; returns how many mails were queued or decided."""
    with ledger.begin(durable=False) as work:
        if not work.kind_questions(1):
            return 0
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        questions = [_given(turn, question) for question in work.kind_questions(MOST)]
        over = [question for question in questions if _is_over(question, now)]
        for question in over:
            sorting.lapse(turn, question)
        left = [question for question in questions if question not in over]
        return len(over) + sum(_ask(turn, person, mine) for person, mine in _by_person(turn, left))


# ------------------------------------------------------------------------------------------------------------ parts


def _given(turn: Turn, question: KindQuestion) -> KindQuestion:
    """The question with its person and its time; somebody else gets it when its person is not there."""
    staff = turn.desk.staff()
    holder = staff.by_address(question.person)
    if question.due_at is not None and holder is not None and staff.is_present(holder, turn.day):
        return question
    person = keeper(turn, None)
    within = DOUBT_WITHIN if question.kinds else LISTED_WITHIN
    due = question.due_at or calendar_of(person, turn.desk).add(question.since, within)
    address = person.address if person else ""
    if (address, due) == (question.person, question.due_at):
        return question
    turn.work.kind_question_given(question.id, address, due)
    return replace(question, person=address, due_at=due, asked_at=None)


def _is_over(question: KindQuestion, now: datetime) -> bool:
    if question.kinds:
        return question.due_at is not None and question.due_at <= now
    return question.asked_at is not None and question.asked_at + LISTED_FOR <= now


def _by_person(turn: Turn, questions: Sequence[KindQuestion]) -> list[tuple[Person, list[KindQuestion]]]:
    found: defaultdict[str, list[KindQuestion]] = defaultdict(list)
    for question in questions:
        if question.asked_at is None and question.person:
            found[question.person].append(question)
    people = ((turn.desk.staff().by_address(address), mine) for address, mine in sorted(found.items()))
    return [(person, mine) for person, mine in people if person is not None]


def _ask(turn: Turn, person: Person, waiting: Sequence[KindQuestion]) -> int:
    """One mail for all of them, when one is pressing."""
    calendar = calendar_of(person, turn.desk)
    mine = sorted(waiting, key=lambda question: not question.kinds)[:POINTS]  # what is in doubt first
    pressing = any(item.kinds or calendar.add(item.since, LISTED_AFTER) <= turn.now for item in mine)
    if not (pressing or len(mine) == POINTS) or turn.desk.moves is None:
        return 0
    if turn.work.queued_since(person.address, turn.now - HOUR, occasion="kinds:") >= MAILS:
        return 0
    called = turn.desk.moves.called()
    lines = [_line(turn, number, item) for number, item in enumerate(mine, 1)]
    words = [*called.values(), _called(turn, Kind.OTHER)]
    due = min((item.due_at for item in mine if item.kinds and item.due_at), default=None)
    token = reply_token.make_kinds(mine[0].id, len(mine), person.address, turn.now, turn.desk.secret)
    mail = notes.kinds_mail(turn.head(person), lines, words, token, due=due)
    if turn.queue(f"kinds:{mine[0].id}:{turn.now:%Y%m%dT%H%M%S%f}:{person.address}", mail) is None:
        return 0
    turn.work.kind_questions_asked([item.id for item in mine], mail.message_id, turn.now)
    for item in mine:
        turn.journal("kind.asked" if item.kinds else "kind.listed", message=item.message, to=person.address)
    return 1


def _line(turn: Turn, number: int, item: KindQuestion) -> str:
    said = one_line(_words(turn, item), _SAID)
    kinds = "/".join(_called(turn, kind) for kind in item.kinds)
    shown = (one_line(item.subject, _SUBJECT), one_line(item.sender, _SENDER), f"“{said}”" if said else "", kinds)
    return f"{number}. " + " · ".join(filter(None, shown))


def _words(turn: Turn, item: KindQuestion) -> str:
    """How the mail begins; nothing when it cannot be read any more."""
    try:
        return turn.desk.decode(turn.desk.vault.get(item.digest)).new_text.strip()
    except MailflowError:
        return ""


def _called(turn: Turn, kind: Kind) -> str:
    """What a kind is called in the language of our people."""
    assert turn.desk.moves is not None
    english = turn.desk.notes.language == "en"
    names = [word for word, named in turn.desk.moves.kinds.items() if named is kind]
    return next((name for name in names if name.isascii() is english), kind.value)
