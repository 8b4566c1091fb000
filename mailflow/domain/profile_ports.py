"""What the profiles of customers ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PROPOSED, ACCEPTED, REFUSED = "proposed", "accepted", "refused"
"""What a value is: somebody is to say whether it holds; it does, or did; it does not."""


@dataclass(frozen=True, slots=True)
class CardValue:
    """A value of a profile as a mail says it: of which field, normal form, the words, and the part they stand in."""

    field: str
    value: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """A value of a customer's profile, or of one of his contacts (``contact``: its row; None: the company's own).

    ``was`` is what it replaced.  ``source`` is a part of a mail, or ``person`` where somebody entered it; ``message``
    the mail, ``sender`` who wrote it and ``received_at`` when it came.  ``person`` was asked in the mail
    ``mail_id``, under ``number``.  ``current``: it is what holds now.  ``version`` counts the customer's changes, 0
    before it was accepted.  ``basis`` is on what ground a personal value is kept.
    """

    id: int
    customer: int
    contact: int | None
    field: str
    value: str
    was: str
    status: str
    source: str
    words: str
    message: int | None
    found_at: datetime
    person: str
    asked_at: datetime | None
    number: int
    decided_by: str
    decided_at: datetime | None
    version: int
    current: bool
    basis: str
    customer_number: str = ""
    company: str = ""
    address: str = ""
    name: str = ""
    confirmed: bool = True
    sender: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to be entered; see :class:`ProfileValue`."""

    customer: int
    contact: int | None
    field: str
    value: str
    source: str
    words: str = ""
    message: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class CopyState:
    """How far a holder of a customer's copy was told: ``told`` of ``version`` changes; the mail failed or came back."""

    customer: int
    number: str
    company: str
    version: int
    told: int
    told_at: datetime | None
    undelivered: bool


@dataclass(frozen=True, slots=True)
class ProfileCheck:
    """A customer whose profile is to be checked in a period such as ``2026-Q1``.

    ``id`` is its row, 0 before anybody was asked; ``person`` was asked ``times`` times, last in point ``number`` of a
    mail that showed the profile up to ``version``.  ``since``: when its first value was entered.
    """

    id: int
    customer: int
    number: str
    company: str
    period: str
    person: str
    asked_at: datetime | None
    times: int
    point: int
    version: int
    checked_at: datetime | None
    checked_by: str
    since: datetime | None = None


class ProfileWork(Protocol):
    """Operations on the values of customers' profiles."""

    def profile_values(self, customer: int) -> list[ProfileValue]:
        """All of a customer, by row."""
        ...

    def profile_proposals(self, limit: int) -> list[ProfileValue]:
        """Those nobody decided, oldest first."""
        ...

    def profile_in_force(self) -> list[ProfileValue]:
        """What holds now of all customers, by row."""
        ...

    def profile_value(self, value: int) -> ProfileValue | None: ...
    def add_profile_value(self, new: NewValue, now: datetime) -> int:
        """Enter a proposal."""
        ...

    def profile_given(self, values: Sequence[int], person: str) -> None: ...
    def profile_asked(self, values: Sequence[int], number: int, mail_id: str, now: datetime) -> None:
        """Note that these were asked for in one point of this mail."""
        ...

    def profile_points(self, mail_ids: Sequence[str]) -> list[ProfileValue]:
        """All values asked for in the newest of these mails of ours, by number, also those decided."""
        ...

    def profile_beside(self, value: int) -> list[ProfileValue]:
        """All values of the mail of ours that asked for this one last; none before it was."""
        ...

    def next_profile_version(self, customer: int) -> int: ...
    def profile_decided(
        self, value: ProfileValue, status: str, *, actor: str, message: int | None, version: int, now: datetime
    ) -> bool:
        """Note what a value is; False when that was decided before.  What is accepted takes the place of what held."""
        ...

    def profile_copies(self, holder: str) -> list[CopyState]:
        """How far this person was told of every customer that has a profile, by customer."""
        ...

    def profile_changes(self, customer: int, since: int) -> list[ProfileValue]:
        """What was accepted after this version, in order."""
        ...

    def profile_checks(self, period: str) -> list[ProfileCheck]:
        """Every customer with a profile, with what became of its check in this period, by customer."""
        ...

    def profile_checks_of(self, mail_ids: Sequence[str]) -> list[ProfileCheck]:
        """All points of the newest of these mails of ours, by number, also those checked."""
        ...

    def profile_checks_beside(self, check: int) -> list[ProfileCheck]:
        """All points of the mail of ours that asked for this one last."""
        ...

    def profile_check_asked(self, check: ProfileCheck, mail_id: str, now: datetime) -> int:
        """Note that this person was asked in this point; its row."""
        ...

    def profile_checked(self, check: int, *, actor: str, message: int | None, now: datetime) -> bool:
        """Note that it was checked; False when it was before."""
        ...

    def profile_told(self, customer: int, holder: str, version: int, outbox: int, now: datetime) -> None: ...
