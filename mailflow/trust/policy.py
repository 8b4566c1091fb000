"""What a mail may do: by how sure we are of its sender, and by where its sender stands in a case.

Two tables, which every stage asks and docs/security.md shows.  An action is done when both allow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Acquaintance, Address, Case
from mailflow.trust.domains import aligned
from mailflow.trust.level import Level, Trust


class Action(StrEnum):
    """What depends on who wrote a mail.  Opening a case does not: every new matter gets its case and its clock."""

    JOIN = "join"
    CORRECT = "correct"
    ANSWER = "answer"
    REOPEN = "reopen"
    SIGN = "sign"
    SIGN_BY_FILE_ALONE = "sign_by_file_alone"
    CONFIRM_CONTACT = "confirm_contact"
    RETURN_TOKEN = "return_token"  # noqa: S105 - a word, no secret
    BE_ANSWERED = "be_answered"
    GET_LETTERS = "get_letters"
    BE_TOLD = "be_told"
    REPORT_RETURN = "report_return"


_UNLESS_FAILED = frozenset({Level.AUTHENTICATED, Level.UNVERIFIED})

TABLE: Mapping[Action, frozenset[Level]] = {
    Action.JOIN: _UNLESS_FAILED,
    Action.CORRECT: _UNLESS_FAILED,
    Action.ANSWER: _UNLESS_FAILED,
    Action.REOPEN: _UNLESS_FAILED,
    Action.SIGN: _UNLESS_FAILED,
    Action.SIGN_BY_FILE_ALONE: frozenset({Level.AUTHENTICATED}),
    Action.CONFIRM_CONTACT: frozenset({Level.AUTHENTICATED}),
    Action.RETURN_TOKEN: _UNLESS_FAILED,
    Action.BE_ANSWERED: _UNLESS_FAILED,
    Action.GET_LETTERS: _UNLESS_FAILED,
    Action.BE_TOLD: _UNLESS_FAILED,
    Action.REPORT_RETURN: _UNLESS_FAILED,
}
"""The levels with which each action is done."""

STRICT = frozenset({Action.SIGN, Action.SIGN_BY_FILE_ALONE})
"""Actions that no forwarder excuses: what the checks alone say decides."""


class Standing(StrEnum):
    """Where an address stands in a case, the surest first.

    ``sole``: it opened the case and nobody of elsewhere wrote into it; ``opener``: somebody did.  ``colleague``: it is
    of the company domain of a confirmed contact, or of whoever opened the case.
    """

    CONFIRMED = "confirmed"
    SOLE = "sole"
    OPENER = "opener"
    COLLEAGUE = "colleague"
    STRANGER = "stranger"


_ANYBODY_KNOWN = frozenset({Standing.CONFIRMED, Standing.SOLE, Standing.OPENER, Standing.COLLEAGUE})

STANDINGS: Mapping[Action, frozenset[Standing]] = {
    Action.JOIN: _ANYBODY_KNOWN,
    Action.CORRECT: frozenset({Standing.CONFIRMED, Standing.SOLE, Standing.OPENER}),
    Action.ANSWER: frozenset({Standing.CONFIRMED, Standing.SOLE, Standing.OPENER}),
    Action.REOPEN: _ANYBODY_KNOWN,
    Action.BE_ANSWERED: _ANYBODY_KNOWN,
    Action.GET_LETTERS: frozenset({Standing.CONFIRMED, Standing.SOLE}),
    Action.BE_TOLD: frozenset({Standing.CONFIRMED}),
}
"""Who does each action in a case; the others do not depend on a case."""


def may(action: Action, trust: Trust) -> bool:
    """May a mail that is trusted so far do this?"""
    return (trust.checked if action in STRICT else trust.level) in TABLE[action]


@dataclass(frozen=True, slots=True)
class Footing:
    """On what a mail stands in a case: the trust in its sender, and where he stands."""

    trust: Trust
    standing: Standing

    def may(self, action: Action) -> bool:
        """Do both tables allow it?"""
        return may(action, self.trust) and self.standing in STANDINGS[action]


def standing(person: Address, case: Case, known: Acquaintance) -> Standing:
    """Where an address stands in a case, as far as the case's other writers do not matter: never ``opener``.

    A confirmed contact of the customer is a stranger in the case of somebody who merely named the customer, unless
    both are of one company domain.
    """
    domain, opened_from = company_domain(person.domain), company_domain(case.opened_by.rpartition("@")[2])
    is_of_one_company = bool(domain) and domain == opened_from and not known.shared
    if known.confirmed and (is_of_one_company or not known.claimed):
        return Standing.CONFIRMED
    if case.opened_by and person.address.lower() == case.opened_by:
        return Standing.SOLE
    if is_of_one_company or (known.known_domain and not known.shared and not known.claimed):
        return Standing.COLLEAGUE
    return Standing.STRANGER


def follows_reply_to(sender: Address, wanted: Address, *, confirmed: bool, shared: bool) -> bool:
    """Is a Reply-To (RFC 5322 section 3.6.2) followed, or does the answer go to From?

    ``confirmed``: the wanted address is a confirmed contact of the customer.  ``shared``: people of many companies
    write from the sender's domain.  At a free-mail host two addresses of one domain are two strangers.
    """
    if confirmed or sender.address.lower() == wanted.address.lower():
        return True
    one, other = company_domain(sender.domain), company_domain(wanted.domain)
    return bool(one) and bool(other) and not shared and aligned(one, other)


def vouched(trust: Trust) -> Trust:
    """The trust in a mail that a person let go on: no failed check stops it, and none becomes a pass by that."""
    return replace(trust, level=Level.UNVERIFIED) if trust.level is Level.FAILED else trust
