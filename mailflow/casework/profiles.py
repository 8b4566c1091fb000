"""What a person says of customers' profiles by answering the mail that asks: of proposed values, or of all of one.

It is believed like a signature: by the token or the thread of the mail that asked, from the address that was asked, and
not when our own mail server says that the sender failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mailflow.casework import reply_token
from mailflow.casework.answered import Answer, believed, check_token, stands_in, thread, tokens
from mailflow.casework.returned_files import NO_FILES
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Turn
from mailflow.customers import profile
from mailflow.domain.model import Message
from mailflow.domain.profile_ports import ACCEPTED, REFUSED, NewValue, ProfileCheck, ProfileValue
from mailflow.office.staff import Person
from mailflow.reading.answers.profile_words import read_judgements
from mailflow.reading.answers.words import squeeze
from mailflow.sentences.catalogue import sentence, worded

UNCLEAR = "which_profile"
"""Why an answer changed nothing: it does not say which values hold."""

_DONE = {
    ACCEPTED: sentence("profile|{name}: entered ({fields})"),
    REFUSED: sentence("profile|{name}: not entered ({fields})"),
}
_CHECKED = sentence("profile|{name}: checked for {period}")
_WRONG = sentence("profile|{number}: write what is right, such as: {number} Postcode: 061000")


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer did: lines for whoever wrote it, of what was decided and of what was not understood."""

    done: tuple[str, ...]
    unclear: tuple[str, ...]


def answered(turn: Turn, given: Answer) -> Judged | None:
    """Do what an answer to one of these mails says; None when it answers none.  Raises Refused."""
    if values := points(turn, given.message, given.person):
        return judge(turn, given, values)
    if checks := checks_asked(turn, given.message, given.person):
        return check(turn, given, checks)
    return None


def points(turn: Turn, message: Message, person: Person) -> list[ProfileValue]:
    """The values of the mail this one answers, by its token or its thread, when it is one about profiles.

    Raises Refused when its token is not good, or when it asked somebody else.
    """
    named = tokens(message)
    if len(named) == 1 and named[0].profile:
        return _named(turn, named[0], person)
    ids = thread(message)
    found = turn.work.profile_points(ids) if ids else []
    if found and person.address != found[0].person and not stands_in(turn, person, found[0].person):
        raise Refused("wrong_person")
    return found


def judge(turn: Turn, given: Answer, asked: Sequence[ProfileValue]) -> Judged:
    """Do what an answer says of each point, all in the caller's transaction.

    Raises Refused, with nothing changed, when it says nothing anybody could do.
    """
    believed(given, NO_FILES, named=True)
    if is_automatic(given.message):
        raise Refused("automatic")
    by_point = profile.by_point(asked)
    titles = {number: _titles(turn, values) for number, values in by_point.items()}
    said = read_judgements(turn.desk.words, turn.desk.archive.answers, titles, given.message.text)
    done: list[str] = []
    wrong: list[str] = [*said.unclear]
    for number, values in by_point.items():
        done += _put_right(turn, given, values, said.values.get(number, {}), wrong)
        if number in said.holds:
            done += _decide(turn, given, values, ACCEPTED if said.holds[number] else REFUSED)
    if not done and not wrong:
        raise Refused("already_done" if said.holds or said.values else UNCLEAR)
    if not done:
        raise Refused(UNCLEAR, *wrong)
    return Judged(tuple(done), tuple(wrong))


def checks_asked(turn: Turn, message: Message, person: Person) -> list[ProfileCheck]:
    """The profiles of the mail this one answers, when it is one by which they are checked.  Raises Refused."""
    named, ids = tokens(message), thread(message)
    by_token = len(named) == 1 and bool(named[0].checked)
    found = turn.work.profile_checks_beside(named[0].checked) if by_token else turn.work.profile_checks_of(ids)
    if by_token:
        if not found:
            raise Refused("forged")
        check_token(turn, named[0], person, found[0].person)
        if (found[0].id, len(found)) != (named[0].checked, named[0].record) or _is_older(named[0], found[0].asked_at):
            raise Refused("expired")
    elif found and person.address != found[0].person and not stands_in(turn, person, found[0].person):
        raise Refused("wrong_person")
    return found


def check(turn: Turn, given: Answer, asked: Sequence[ProfileCheck]) -> Judged:
    """Note of each profile that it was checked, and put right what is said of it; each is to be named by itself.

    Raises Refused, with nothing changed, when it says nothing anybody could do.
    """
    believed(given, NO_FILES, named=True)
    if is_automatic(given.message):
        raise Refused("automatic")
    language, done = turn.desk.notes.language, list[str]()
    titles = {each.point: _titles_of(turn, has_contact=False) for each in asked}
    said = read_judgements(turn.desk.words, turn.desk.archive.answers, titles, given.message.text, each=True)
    wrong = [*said.unclear]
    for each in asked:
        values = said.values.get(each.point, {})
        done += _enter(turn, given, each.customer, None, values, wrong)[1]
        holds = said.holds.get(each.point)
        if holds is False and not values:
            wrong.append(worded(language, _WRONG, number=each.point))
        elif holds is not None or values:
            actor, mail = given.person.address, given.stored.id
            if turn.work.profile_checked(each.id, actor=actor, message=mail, now=turn.now):
                turn.work.touch(each.customer)
                turn.journal("profile.checked", actor=actor, message=mail, customer=each.customer, period=each.period)
                name = " ".join(filter(None, (each.number, each.company)))
                done.append(worded(language, _CHECKED, name=name, period=each.period))
    if not done:
        raise Refused(UNCLEAR if wrong or not said.holds else "already_done", *wrong)
    return Judged(tuple(done), tuple(wrong))


# ------------------------------------------------------------------------------------------------------------ parts


def _titles(turn: Turn, values: Sequence[ProfileValue]) -> Mapping[str, str]:
    """What may be put right in a point, by its titles: the company's fields, and the contact's where there is one."""
    return _titles_of(turn, has_contact=any(each.contact is not None for each in values))


def _titles_of(turn: Turn, *, has_contact: bool) -> Mapping[str, str]:
    return {
        squeeze(title): name
        for name, spec in turn.desk.archive.fields.items()
        if spec.of == "company" or has_contact
        for title in (spec.title.zh, spec.title.en)
    }


def _put_right(
    turn: Turn, given: Answer, values: Sequence[ProfileValue], said: Mapping[str, str], wrong: list[str]
) -> list[str]:
    """Enter what somebody gives instead; what was proposed for these fields does not hold then."""
    contact = next((each.contact for each in values if each.contact is not None), None)
    entered, told = _enter(turn, given, values[0].customer, contact, said, wrong)
    for kept in entered:
        others = [each for each in values if each.field == kept.field and each.id != kept.id]
        actor, mail = given.person.address, given.stored.id
        profile.decide(turn.work, others, REFUSED, actor=actor, message=mail, now=turn.now)
    return told


def _enter(
    turn: Turn, given: Answer, customer: int, contact: int | None, said: Mapping[str, str], wrong: list[str]
) -> tuple[list[ProfileValue], list[str]]:
    """Enter values a person gives; they, and lines that tell it.  What has not their shape goes to ``wrong``."""
    rules, actor, mail = turn.desk.archive, given.person.address, given.stored.id
    entered: list[ProfileValue] = []
    for name, value in said.items():
        spec = rules.fields[name]
        whose = contact if spec.of == "contact" else None
        new = NewValue(customer, whose, name, value, profile.PERSON)
        try:
            entered.append(profile.enter(turn.work, rules, new, actor=actor, message=mail, now=turn.now))
        except profile.NotKept as refusal:
            wrong.append(worded(turn.desk.notes.language, refusal.words, **refusal.said))
    return entered, _told(turn, entered, ACCEPTED)


def _decide(turn: Turn, given: Answer, values: Sequence[ProfileValue], status: str) -> list[str]:
    now = [fresh for each in values if (fresh := turn.work.profile_value(each.id)) is not None]
    actor, mail = given.person.address, given.stored.id
    return _told(turn, profile.decide(turn.work, now, status, actor=actor, message=mail, now=turn.now), status)


def _told(turn: Turn, values: Sequence[ProfileValue], status: str) -> list[str]:
    if not values:
        return []
    language = turn.desk.notes.language
    names = dict.fromkeys(turn.desk.archive.fields[each.field].title.of(language) for each in values)
    name = " ".join(filter(None, (values[0].customer_number, values[0].company)))
    return [worded(language, _DONE[status], name=name, fields="、".join(names))]


def _named(turn: Turn, token: reply_token.Token, person: Person) -> list[ProfileValue]:
    """The values of the mail that bore this token; what was asked again since is answered there."""
    found = turn.work.profile_beside(token.profile)
    if not found:
        raise Refused("forged")
    check_token(turn, token, person, found[0].person)
    if found[0].id != token.profile or len(profile.by_point(found)) != token.record:
        raise Refused("expired")
    if _is_older(token, found[0].asked_at):
        raise Refused("expired")
    return found


def _is_older(token: reply_token.Token, asked_at: datetime | None) -> bool:
    """Is it the token of an earlier mail?  Its points may have had other numbers."""
    return asked_at is None or token.day != asked_at.astimezone(UTC).date()
