"""What surveys of customers' satisfaction ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

PLANNED, SENT, CLOSED = "planned", "sent", "closed"
"""How a round stands: letters wait for the plan's approval, left, or no further answer counts."""

CHOSEN, INVITED, BOUNCED = "chosen", "sent", "bounced"
"""How an invitation stands."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the company says of a customer itself: ``tier`` and ``level`` in its own words, whether it is a key
    customer, and the address of the colleague who looks after it."""

    customer: int
    tier: str = ""
    level: str = ""
    is_key: bool = False
    manager: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might be asked: a contact of a customer with what decides about him.

    ``address`` is empty of a customer without contacts.  ``complaints`` are those since a year, ``open_grave`` says
    that one is open that is grave or of top priority; ``asked_at`` is when the customer was last sent a survey.
    """

    customer: int
    company: str
    address: str
    name: str
    traits: Traits
    last_case_at: datetime | None
    is_reachable: bool
    complaints: int
    open_grave: bool
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Round:
    """One survey: its own case, its plan, and the questionnaire it was planned with (the text of its file).

    ``plan`` are plain values: see :mod:`mailflow.surveys.plan`.  Times are aware, UTC.
    """

    id: int
    case_id: int
    number: str
    questionnaire: str
    text: str = field(repr=False)
    period: str
    status: str
    plan: Mapping[str, Any]
    created_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A letter to one person of a customer; ``outbox`` is the row of its mail, ``instead`` the invitation it replaces.

    ``followed`` is the case that was opened because of a low score.
    """

    id: int
    round_id: int
    customer: int
    company: str
    address: str
    name: str
    tier: str
    is_key: bool
    manager: str
    status: str
    outbox: int | None
    sent_at: datetime | None
    reminders: int
    instead: int | None
    followed: int | None


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """What somebody answered; a later answer is a further version, and both are kept.

    ``scores`` by question: a number, or ``n/a``.  ``doubts`` are (question, why, words).  ``verdict`` says whether it
    counts: valid, or why not.  ``actor`` is the colleague who entered it, empty of a mail.
    """

    id: int
    invitation: int
    version: int
    way: str
    sender: str
    at: datetime
    message: int | None
    scores: Mapping[str, int | str]
    words: Mapping[str, str]
    remarks: Mapping[str, str]
    doubts: Sequence[tuple[str, str, str]]
    verdict: str
    actor: str


class SurveyWork(Protocol):
    """Operations on surveys."""

    def survey_candidates(self, since: datetime) -> list[Candidate]:
        """Every contact of customers with a case since then or with traits; customers without contacts once."""
        ...

    def set_traits(self, traits: Traits) -> None:
        """What the company says of a customer, replacing what it said before."""
        ...

    def all_traits(self) -> list[tuple[str, Traits]]:
        """The customers something is said of, each with its name, by row."""
        ...

    def customers_named(self, names: Sequence[str]) -> dict[str, int]:
        """The customers with these numbers or names, as far as there are; by what was asked for."""
        ...

    def add_round(self, case: int, questionnaire: str, text: str, period: str, plan: str, now: datetime) -> int:
        """Enter a round; its row."""
        ...

    def rounds(self) -> list[Round]:
        """All rounds, the newest first."""
        ...

    def survey_round(self, round_id: int) -> Round:
        """One round by its row."""
        ...

    def set_round(self, round_id: int, **values: Any) -> None:
        """Change columns of a round."""
        ...

    def add_invitation(self, round_id: int, who: Candidate, instead: int | None = None) -> int:
        """Choose somebody for a round; raises IntegrityError when he was before."""
        ...

    def set_invitation(self, invitation: int, **values: Any) -> None:
        """Change columns of an invitation."""
        ...

    def invitations(self, round_id: int) -> list[Invitation]:
        """All of a round, by row."""
        ...

    def invitation(self, invitation: int) -> Invitation | None:
        """One by its row."""
        ...

    def invited_under(self, outbox: Sequence[int]) -> Invitation | None:
        """The invitation one of these mails was the letter, or a reminder, of."""
        ...

    def add_survey_answer(self, answer: SurveyAnswer) -> int:
        """Enter an answer as the next version of its invitation; its version."""
        ...

    def survey_answers(self, round_id: int) -> list[SurveyAnswer]:
        """All answers of a round, by invitation and version."""
        ...
