"""A customer's profile: what mails say is proposed, a person says what holds, and nothing is ever overwritten.

Every value keeps its mail, its words, who decided it and when.  What was proposed or refused once is not proposed
again; what held and was replaced is, when a mail that came after that says it anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailflow.customers.profile_file import ArchiveRules
from mailflow.domain.model import Contact
from mailflow.domain.ports import Work
from mailflow.domain.profile_ports import ACCEPTED, PROPOSED, REFUSED, CardValue, NewValue, ProfileValue
from mailflow.reading.matching.normalise import fold
from mailflow.reading.people.card import normal
from mailflow.sentences.catalogue import sentence

_NO_FIELD = sentence("profiles keep no {name}")
_WHOSE = sentence("{title} is a contact's: say whose")
_COMPANYS = sentence("{title} is the company's, not a contact's")
_SHAPE = sentence("{title}: {value} has not the shape of such a value")
_CONSENT = sentence("{title} needs the person's consent: say how he gave it")
PERSON = "person"
"""The source of what somebody entered."""


class NotKept(Exception):
    """A value that a profile does not take, and why, in English; ``said`` fills the sentence."""

    def __init__(self, words: str, **said: str) -> None:
        super().__init__(words)
        self.words, self.said = words, said


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail that says something: its row, when it came, whose it is."""

    message: int | None
    at: datetime
    contact: Contact


def propose(work: Work, rules: ArchiveRules, heard: Heard, found: Iterable[CardValue], now: datetime) -> int:
    """Enter what is new to the profile as proposals; how many there are."""
    customer, count = heard.contact.customer, 0
    known = work.profile_values(customer)
    for item in found:
        spec = rules.fields.get(item.field)
        if spec is None:
            continue
        contact = heard.contact.id if spec.of == "contact" else None
        mine = [each for each in known if each.field == item.field and each.contact == contact]
        if not _is_news(mine, item.value, heard.at):
            continue
        basis = spec.purpose if spec.of == "contact" else ""
        source, words = item.source, item.words
        work.add_profile_value(
            NewValue(customer, contact, item.field, item.value, source, words, heard.message, basis), now
        )
        count += 1
    if count:
        work.touch(customer)
        work.journal("profile.proposed", now, message=heard.message, customer=customer, values=count)
    return count


def decide(
    work: Work, values: Sequence[ProfileValue], status: str, *, actor: str, message: int | None, now: datetime
) -> list[ProfileValue]:
    """Say of proposals of one customer that they hold (``ACCEPTED``) or not; those that were not decided before."""
    waiting = [each for each in values if each.status == PROPOSED]
    if not waiting:
        return []
    customer = waiting[0].customer
    version = work.next_profile_version(customer)
    done = [
        each
        for each in waiting
        if work.profile_decided(each, status, actor=actor, message=message, version=version, now=now)
    ]
    if done:
        work.touch(customer)
        names = ",".join(sorted({each.field for each in done}))
        what = {"actor": actor, "message": message, "customer": customer, "fields": names, "status": status}
        work.journal("profile.decided", now, **what)  # type: ignore[arg-type]
    return done


def enter(
    work: Work, rules: ArchiveRules, new: NewValue, *, actor: str, message: int | None, now: datetime
) -> ProfileValue:
    """Enter a value somebody says himself; an empty one takes away what held.  Raises NotKept.

    What was proposed for the same field and is the same is accepted instead; another proposal stays open.
    """
    spec = rules.fields.get(new.field)
    if spec is None:
        raise NotKept(_NO_FIELD, name=new.field)
    if (spec.of == "contact") is (new.contact is None):
        raise NotKept(_WHOSE if spec.of == "contact" else _COMPANYS, title=spec.title.zh)
    value = normal(spec.shape, new.value) if new.value.strip() else ""
    if new.value.strip() and not value:
        raise NotKept(_SHAPE, title=spec.title.zh, value=new.value[:60])
    if value and spec.consent and not new.basis.strip():
        raise NotKept(_CONSENT, title=spec.title.zh)
    mine = [
        each for each in work.profile_values(new.customer) if (each.field, each.contact) == (new.field, new.contact)
    ]
    same = [each for each in mine if each.status == PROPOSED and _same(each.value, value)]
    basis = new.basis.strip() or (spec.purpose if spec.of == "contact" else "")
    fresh = NewValue(new.customer, new.contact, new.field, value, PERSON, "", message, basis)
    row = same[-1].id if same else work.add_profile_value(fresh, now)
    entered = work.profile_value(row)
    assert entered is not None
    decide(work, [entered], ACCEPTED, actor=actor, message=message, now=now)
    return work.profile_value(row) or entered


def in_force(values: Iterable[ProfileValue]) -> list[ProfileValue]:
    """What holds now: values that stand and are not empty."""
    return [each for each in values if each.current and each.value]


def missing(rules: ArchiveRules, values: Iterable[ProfileValue]) -> list[str]:
    """The required fields nobody filled, in the order of the file; of a contact's one contact is enough."""
    has = {each.field for each in in_force(values)}
    return [name for name, spec in rules.fields.items() if spec.required and name not in has]


def completeness(rules: ArchiveRules, values: Iterable[ProfileValue]) -> float:
    """The share of required fields that are filled, 0..1; 1 where nothing is required."""
    required = sum(spec.required for spec in rules.fields.values())
    return 1 - len(missing(rules, values)) / required if required else 1.0


def by_point(values: Iterable[ProfileValue]) -> Mapping[int, list[ProfileValue]]:
    """The values of a mail that asks, by the number of their point."""
    found: dict[int, list[ProfileValue]] = {}
    for each in values:
        found.setdefault(each.number, []).append(each)
    return found


# ------------------------------------------------------------------------------------------------------------ parts


def _is_news(mine: Sequence[ProfileValue], value: str, at: datetime) -> bool:
    """Is a value of a mail that came then to be asked about, beside what is known of its field?"""
    same = [each for each in mine if _same(each.value, value)]
    if any(each.current or each.status in (PROPOSED, REFUSED) for each in same):
        return False
    replaced = max((each.decided_at for each in mine if each.current and each.decided_at), default=None)
    return not same or replaced is None or at > replaced


def _same(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


def _bare(value: str) -> str:
    return re.sub(r"[\s()\-.,，。、]", "", fold(value))
