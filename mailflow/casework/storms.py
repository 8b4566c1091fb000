"""Storms: what opens cases faster than people can work on them is held as one pile, of which a person says what it is.

Counted is what opened a case in the last hour, and arrived within an hour before this mail, so that what was waiting
while the machine was off is no storm.  One sender is an address of a free host, else a company's whole domain, for each
level of trust by itself: forged mail takes nobody's place away.  The same words count as one storm whoever sends them,
with whatever numbers in them.  Everything stands in the ledger, so that every run and every worker counts alike.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.casework.step import Turn
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Case, Message
from mailflow.domain.ports import StoredMessage, Work
from mailflow.domain.storm_ports import Answer
from mailflow.trust.domains import organizational_domain
from mailflow.trust.level import Trust

REASON = "storm"
HOUR = timedelta(hours=1)
SAYS_SOMETHING = 20  # characters; thanks and greetings of many people are no storm
_READ = 20_000  # characters of a text that are compared
_NUMBERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a mail, as filing knows it: None when our own people did; ``is_ours``: he is one of them."""

    person: Address | None
    is_ours: bool


class Storm(NeedsPerson):
    """The mail would open one case too many in an hour; ``key`` says whose, or of which words."""

    def __init__(self, key: str, limit: int) -> None:
        super().__init__(REASON, f"more than {limit} new cases in an hour ({key})", remedy="mailflow held")
        self.key = key


def count(turn: Turn, stored: StoredMessage, message: Message, case: Case, trust: Trust, writer: Writer) -> None:
    """Count a case this mail has just opened.  Raises Storm when it is one too many: then it must not be opened.

    What a person let go on, brought in from the past, or said a case of is not counted.
    """
    limit, arrived_at = turn.desk.brakes.new_cases, arrival(message, stored, turn.now)
    found = keys(message, trust, writer)
    for key in found:
        if turn.work.opened_at_least(key, limit, turn.now - HOUR, (arrived_at - HOUR, arrived_at)):
            raise Storm(key, limit)
    turn.work.note_opening(found, case.id, turn.now, arrived_at)


def heap(storm: Storm, message: int, work: Work, now: datetime) -> None:
    """Put a mail that is held for this reason on its pile; somebody must say what the pile is."""
    pile, begun = work.pile_up(storm.key, message, now)
    if begun:
        work.add_held_task(message=None, pile=pile, case=None, since=now)
        work.journal("pile.begun", now, message=message, pile=pile)


def answer(pile: int, said: Answer, reason: str, *, actor: str, work: Work, now: datetime) -> int | None:
    """Do what a person says of a pile: one case of all its mails, a case of each, or none; how many mails it moves.

    None when there is no such pile, or it was answered before.  The mails go on in the worker's next round.
    """
    moved = work.answer_pile(pile, said, reason, actor=actor, now=now)
    if moved is None:
        return None
    work.journal("pile.answered", now, actor=actor, pile=pile, answer=said, mails=len(moved))
    if said == "none":
        for message in moved:
            work.journal("mail.aside", now, actor=actor, message=message, reason=REASON, pile=pile)
    return len(moved)


def arrival(message: Message, stored: StoredMessage, now: datetime) -> datetime:
    """When a mail arrived, as far as it is known; never in the future."""
    return min(message.received_at or stored.arrived_at or now, now)


def keys(message: Message, trust: Trust, writer: Writer) -> list[str]:
    """What a case that this mail opens counts for: its sender, and its words when they say something."""
    found = [f"{trust.level.value}:{_sender(message, writer)}"]
    text = (message.new_text or message.text)[:_READ]
    words = _NUMBERS.sub("", f"{message.subject}{text}".lower())
    if len(words) >= SAYS_SOMETHING:
        found.append(f"words:{hashlib.sha256(words.encode()).hexdigest()[:32]}")
    return found


def _sender(message: Message, writer: Writer) -> str:
    """Who writes; of what our own people wrote themselves their address."""
    person = writer.person or message.sender
    if person is None:
        return "-"
    company = company_domain(person.domain) if writer.person is not None and not writer.is_ours else ""
    return organizational_domain(company) if company else _mailbox(person)


def _mailbox(person: Address) -> str:
    """An address of a free host without what its owner may change in it: a tag (RFC 5233), dots."""
    local, at, domain = person.address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}{at}{domain}"
