"""profiles: ask whether what mails say of customers holds, have profiles checked, tell whoever keeps the copies.

Both are bundled: one mail a person and working day, with what waited since.  Who answers for a customer is asked: his
account manager, else whoever keeps the original.  How far the keeper of the copies was told stands in the ledger, so
that a new keeper is told everything, and a mail that came back is sent again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mailflow.casework import profile_notes, reply_token
from mailflow.casework.assign import calendar_of
from mailflow.casework.desk import Desk
from mailflow.casework.profile_notes import Block
from mailflow.casework.step import Turn
from mailflow.domain.ports import Ledger
from mailflow.domain.profile_ports import CopyState, ProfileValue
from mailflow.office.staff import Person
from mailflow.scheduled.profile_checks import ask_for_checks, open_checks
from mailflow.sentences.catalogue import worded

EVERY = timedelta(minutes=10)
"""How often it is looked for."""

WAITS = timedelta(hours=2)  # of working time, so that what comes together is asked together
AGAIN = timedelta(hours=20)  # between two such mails to one person
ASKED_AGAIN = timedelta(days=7)  # without an answer
POINTS = 20  # in one mail
CUSTOMERS = 30  # of whom one mail tells changes
MOST = 2_000  # proposals looked at in one round
ASK, TELL = "profile:ask:", "profile:copy:"


def attend_profiles(desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Ask and tell what is due; returns how many mails were queued."""
    with ledger.begin() as work:
        turn = Turn(desk, work, now)
        managers = {each.customer: each.manager for _, each in work.all_traits() if each.manager}
        return _ask_all(turn, managers) + _check_all(turn, managers) + _tell_copies(turn)


def keeper(turn: Turn, holder: str) -> Person | None:
    """Who keeps the original or the copy today: the person with this address, else who holds the role."""
    staff = turn.desk.staff()
    if "@" not in holder:
        return staff.holder(holder, day=turn.day) if holder else None
    person = staff.by_address(holder)
    return person if person is not None and not staff.has_left(person, turn.day) else None


def copy_states(turn: Turn) -> tuple[Person | None, list[CopyState]]:
    """Who keeps the copies today, and how far he was told of each customer that has a profile."""
    person = keeper(turn, turn.desk.archive.copy)
    return person, turn.work.profile_copies(person.address) if person else []


# ------------------------------------------------------------------------------------------------------------ asking


def _ask_all(turn: Turn, managers: Mapping[int, str]) -> int:
    staff, asked = turn.desk.staff(), 0
    by_person: defaultdict[str, list[ProfileValue]] = defaultdict(list)
    for value in turn.work.profile_proposals(MOST):
        if value.asked_at is not None and value.asked_at > turn.now - ASKED_AGAIN:
            holder = staff.by_address(value.person)
            if holder is not None and not staff.has_left(holder, turn.day):
                continue
        person = _answers_for(turn, managers.get(value.customer, ""))
        if person is not None:
            by_person[person.address].append(value)
    for address, values in sorted(by_person.items()):
        person = staff.by_address(address)
        if person is not None:
            asked += _ask(turn, person, values)
    return asked


def _check_all(turn: Turn, managers: Mapping[int, str]) -> int:
    found = {each.customer: _answers_for(turn, managers.get(each.customer, "")) for each in open_checks(turn)}
    return ask_for_checks(turn, {customer: person for customer, person in found.items() if person is not None})


def _answers_for(turn: Turn, manager: str) -> Person | None:
    staff = turn.desk.staff()
    person = staff.by_address(manager) or staff.by_name(manager) if manager else None
    if person is not None and staff.is_present(person, turn.day):
        return person
    return keeper(turn, turn.desk.archive.original)


def _ask(turn: Turn, person: Person, values: Sequence[ProfileValue]) -> int:
    """One mail for what this person is to be asked, when it waited long enough."""
    points: dict[tuple[int, int | None], list[ProfileValue]] = {}
    for value in values:
        points.setdefault((value.customer, value.message), []).append(value)
    calendar, first = calendar_of(person, turn.desk), values[0]
    if len(points) < POINTS and calendar.add(first.found_at, WAITS) > turn.now:
        return 0
    if turn.work.queued_since(person.address, turn.now - AGAIN, occasion=ASK):
        return 0
    mine = list(points.values())[:POINTS]
    blocks = [_point(turn, number, point) for number, point in enumerate(mine, 1)]
    token = reply_token.make_profile(mine[0][0].id, len(mine), person.address, turn.now, turn.desk.secret)
    mail = profile_notes.proposals_mail(turn.head(person), blocks, token)
    occasion = f"{ASK}{mine[0][0].id}:{turn.now:%Y%m%dT%H%M%S%f}:{person.address}"
    if turn.queue(occasion, mail) is None:
        return 0
    for number, point in enumerate(mine, 1):
        rows = [value.id for value in point]
        turn.work.profile_given(rows, person.address)
        turn.work.profile_asked(rows, number, mail.message_id, turn.now)
    turn.journal("profile.asked", to=person.address, points=len(mine))
    return 1


def _point(turn: Turn, number: int, values: Sequence[ProfileValue]) -> Block:
    """A customer's values of one mail: from whom and when, each with what it would replace."""
    language, zone, first = turn.desk.notes.language, turn.desk.zone, values[0]
    stands = {
        (each.field, each.contact): each.value for each in turn.work.profile_values(first.customer) if each.current
    }
    came = first.received_at or first.found_at
    said = worded(
        language, "mail {mail} of {sender}, {day}", mail=first.message or "-", sender=first.sender or "-",
        day=f"{came.astimezone(zone):%Y-%m-%d}",
    )  # fmt: skip
    contact = turn.work.contact(first.sender.lower()) if first.sender else None
    unsure = "" if contact is None or contact.confirmed else worded(language, "(the address is not confirmed)")
    title = " · ".join(filter(None, (f"{number}. {first.customer_number}", first.company, f"{said}{unsure}")))
    return Block(title, [_value(turn, each, stands.get((each.field, each.contact), "")) for each in values])


def _value(turn: Turn, value: ProfileValue, was: str) -> str:
    language, spec = turn.desk.notes.language, turn.desk.archive.fields.get(value.field)
    title = spec.title.of(language) if spec else value.field
    verify = worded(language, "(to be verified with the customer in another way)") if spec and spec.verify else ""
    shown = f"{was} → {value.value}" if was else value.value
    colon = worded(language, "colon|: ")
    return f"{title}{colon}{shown}{verify}"


# ------------------------------------------------------------------------------------------------------------ telling


def _tell_copies(turn: Turn) -> int:
    """One mail with what changed since the keeper of the copies was told last."""
    person, states = copy_states(turn)
    behind = [each for each in states if each.told < each.version or each.undelivered][:CUSTOMERS]
    if person is None or not behind:
        return 0
    if turn.work.queued_since(person.address, turn.now - AGAIN, occasion=TELL):
        return 0
    blocks, told = [], {}
    for state in behind:
        changes = turn.work.profile_changes(state.customer, 0 if state.undelivered else state.told)
        blocks.append(_changes(turn, state, changes))
        told[state.customer] = max(each.version for each in changes)
    mail = profile_notes.changes_mail(turn.head(person), blocks)
    row = turn.queue(f"{TELL}{turn.now:%Y%m%dT%H%M%S%f}:{person.address}", mail)
    if row is None:
        return 0
    _note(turn, person, told, row)
    return 1


def _note(turn: Turn, person: Person, told: Mapping[int, int], row: int) -> None:
    for customer, version in told.items():
        turn.work.profile_told(customer, person.address, version, row, turn.now)
    turn.journal("profile.told", to=person.address, customers=len(told))


def _changes(turn: Turn, state: CopyState, changes: Sequence[ProfileValue]) -> Block:
    """The page of changes of one customer: day, item, before, now, source, who entered it."""
    language, zone, staff = turn.desk.notes.language, turn.desk.zone, turn.desk.staff()
    lines = []
    for each in changes:
        by = staff.by_address(each.decided_by)
        source = worded(language, "mail {mail}", mail=each.message) if each.message else worded(language, "a person")
        day = f"{each.decided_at.astimezone(zone):%Y-%m-%d}" if each.decided_at else ""
        spec = turn.desk.archive.fields.get(each.field)
        title = spec.title.of(language) if spec else each.field
        whose = f"{each.name or each.address} " if each.contact else ""
        shown = f"{each.was or '/'} → {each.value or '/'}"
        lines.append(" · ".join((day, f"{whose}{title}", shown, source, by.name if by else each.decided_by)))
    version = worded(language, "version {number}", number=state.version)
    return Block(" · ".join(filter(None, (state.number, state.company, version))), lines)
