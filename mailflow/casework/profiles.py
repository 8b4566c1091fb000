"""What a person says of values proposed for customers' profiles, by answering the mail that asks.

It is believed like a signature: by the token or the thread of the mail that asked, from the address that was asked, and
not when our own mail server says that the sender failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.casework import reply_token
from mailflow.casework.answered import Answer, believed, check_token, stands_in, thread, tokens
from mailflow.casework.returned_files import NO_FILES
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Turn
from mailflow.customers import profile
from mailflow.domain.model import Message
from mailflow.domain.profile_ports import ACCEPTED, REFUSED, NewValue, ProfileValue
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer did: lines for whoever wrote it, of what was decided and of what was not understood."""

    done: tuple[str, ...]
    unclear: tuple[str, ...]


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


# ------------------------------------------------------------------------------------------------------------ parts


def _titles(turn: Turn, values: Sequence[ProfileValue]) -> Mapping[str, str]:
    """What may be put right in a point, by its titles: the company's fields, and the contact's where there is one."""
    has_contact = any(each.contact is not None for each in values)
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
    rules, actor, mail, entered = turn.desk.archive, given.person.address, given.stored.id, []
    for name, value in said.items():
        spec = rules.fields[name]
        whose = contact if spec.of == "contact" else None
        new = NewValue(values[0].customer, whose, name, value, profile.PERSON)
        try:
            kept = profile.enter(turn.work, rules, new, actor=actor, message=mail, now=turn.now)
        except profile.NotKept as refusal:
            wrong.append(worded(turn.desk.notes.language, refusal.words, **refusal.said))
            continue
        others = [each for each in values if each.field == name and each.id != kept.id]
        profile.decide(turn.work, others, REFUSED, actor=actor, message=mail, now=turn.now)
        entered.append(kept)
    return _told(turn, entered, ACCEPTED)


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
    return found
