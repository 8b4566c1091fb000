"""What questions about the kind of a mail ask of the ledger; part of :class:`mailflow.domain.ports.Work`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailflow.domain.model import Kind


@dataclass(frozen=True, slots=True)
class KindQuestion:
    """A mail whose kind a person is asked for, or may say.

    ``kinds`` are those to choose from, the gravest first; none of a mail that asks for nothing and is only listed.
    ``person`` (an address) and ``due_at`` are empty until the first round after it came.  ``number`` is that of its
    point in the mail that asks, 0 before.  ``is_held``: the mail waits for the answer.
    """

    id: int
    message: int
    kinds: tuple[Kind, ...]
    since: datetime
    person: str
    due_at: datetime | None
    asked_at: datetime | None
    number: int
    digest: str
    sender: str
    subject: str
    is_held: bool
    is_done: bool


class QuestionWork(Protocol):
    """Operations on questions about the kind of a mail."""

    def add_kind_question(self, message: int, customer: int | None, kinds: Sequence[Kind], since: datetime) -> None:
        """Enter it; of a mail that has one only the customer is noted, whose folder it lies in now."""
        ...

    def kind_said(self, message: int) -> str | None:
        """The kind as it was decided, empty when it is not yet; None when nobody was to be asked."""
        ...

    def kind_questions(self, limit: int) -> list[KindQuestion]:
        """Those not decided, oldest first; of mails a person let go on meanwhile they are done with."""
        ...

    def kind_questions_of(self, mail_ids: Sequence[str]) -> list[KindQuestion]:
        """All points of the newest mail of ours with one of these Message-IDs, in order, also those decided."""
        ...

    def kind_questions_beside(self, question: int) -> list[KindQuestion]:
        """All points of the mail of ours that asked this one last, in order, also those decided; none before it was."""
        ...

    def kind_question_given(self, question: int, person: str, due_at: datetime) -> None: ...
    def kind_questions_asked(self, questions: Sequence[int], mail_id: str, now: datetime) -> None:
        """Note that they were asked in this mail, numbered from 1 in this order."""
        ...

    def kind_decided(self, question: KindQuestion, kind: Kind, *, actor: str, now: datetime) -> bool:
        """Note what a mail is; False when it was decided before.

        The mail is handled anew, but for one that asks for nothing and was handled as such.  Without ``actor`` the time
        was over.
        """
        ...

    def kind_changed(self, message: int, kind: Kind, *, actor: str, now: datetime) -> bool:
        """Note what a mail is and let it be handled anew, also long after it was listed.

        False, and nothing changes, unless it waits for that word or was handled as one that asks for nothing.
        """
        ...
