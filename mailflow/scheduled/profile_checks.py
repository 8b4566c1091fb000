"""profile_checks: every quarter whoever answers for a customer checks his whole profile, customer by customer.

One mail a working day shows so many profiles as one can look at; each is confirmed or put right by reply, and asked for
again after a week, until the quarter ends.  A profile that was begun in the quarter is new, and is not asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from mailflow.casework import profile_notes, reply_token
from mailflow.casework.profile_notes import Block
from mailflow.casework.step import Turn
from mailflow.customers.profile import in_force, missing
from mailflow.domain.profile_ports import ProfileCheck
from mailflow.office.staff import Person
from mailflow.sentences.catalogue import worded

AT_ONCE = 10  # profiles in one mail
AGAIN = timedelta(hours=20)  # between two such mails to one person
ASKED_AGAIN = timedelta(days=7)  # without an answer
ASK = "profile:check:"


def quarter(day: date) -> str:
    """The quarter of a day: ``2026-Q1``."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def open_checks(turn: Turn) -> list[ProfileCheck]:
    """The profiles nobody has checked in this quarter that were begun before it, by customer."""
    day = turn.day
    first = datetime(day.year, (day.month - 1) // 3 * 3 + 1, 1, tzinfo=turn.desk.zone)
    checks = turn.work.profile_checks(quarter(day))
    return [each for each in checks if each.checked_at is None and each.since is not None and each.since < first]


def ask_for_checks(turn: Turn, keepers: Mapping[int, Person]) -> int:
    """Ask whoever answers for a customer (by its row) to check his profile; how many mails were queued."""
    by_person: defaultdict[str, list[ProfileCheck]] = defaultdict(list)
    for each in open_checks(turn):
        keeper = keepers.get(each.customer)
        waits = each.asked_at is None or each.asked_at + ASKED_AGAIN <= turn.now
        if keeper is not None and (waits or each.person != keeper.address):
            by_person[keeper.address].append(replace(each, person=keeper.address))
    people = ((turn.desk.staff().by_address(address), mine) for address, mine in sorted(by_person.items()))
    return sum(_ask(turn, person, mine) for person, mine in people if person is not None)


# ------------------------------------------------------------------------------------------------------------ parts


def _ask(turn: Turn, person: Person, checks: Sequence[ProfileCheck]) -> int:
    staff = turn.desk.staff()
    if not staff.calendar_of(person).is_working(turn.now):
        return 0
    if turn.work.queued_since(person.address, turn.now - AGAIN, occasion=ASK):
        return 0
    mine = sorted(checks, key=lambda each: each.times)[:AT_ONCE]  # who was never asked for comes first
    mine = [replace(each, point=number) for number, each in enumerate(mine, 1)]
    head = turn.head(person)
    rows = [turn.work.profile_check_asked(each, head.message_id, turn.now) for each in mine]
    token = reply_token.make_checked(rows[0], len(rows), person.address, turn.now, turn.desk.secret)
    period = mine[0].period
    mail = profile_notes.check_mail(head, [_profile(turn, each) for each in mine], token, period)
    turn.queue(f"{ASK}{rows[0]}:{turn.now:%Y%m%dT%H%M%S%f}:{person.address}", mail)
    turn.journal("profile.check_asked", to=person.address, period=period, customers=len(mine))
    return 1


def _profile(turn: Turn, check: ProfileCheck) -> Block:
    """All that holds of a customer, and what is missing."""
    language, rules = turn.desk.notes.language, turn.desk.archive
    values, colon = turn.work.profile_values(check.customer), worded(turn.desk.notes.language, "colon|: ")
    lines = []
    for each in in_force(values):
        spec = rules.fields.get(each.field)
        whose = f"{each.address} " if each.contact else ""
        lines.append(f"{whose}{spec.title.of(language) if spec else each.field}{colon}{each.value}")
    if lacking := [rules.fields[name].title.of(language) for name in missing(rules, values)]:
        lines.append(worded(language, "missing: {fields}", fields="、".join(lacking)))
    return Block(" · ".join(filter(None, (f"{check.point}. {check.number}", check.company))), lines)
