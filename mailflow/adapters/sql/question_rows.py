"""The ledger's rows of questions what kind a mail is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.question_tables import kind_questions
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import messages
from mailflow.domain.model import Kind, Status
from mailflow.domain.question_ports import KindQuestion

_T = kind_questions.c
_OPEN = _T.done_at.is_(None)
_QUESTIONS = sa.select(
    _T.id, _T.message_id, _T.kinds, _T.since, _T.person, _T.due_at, _T.asked_at, _T.number, messages.c.digest,
    messages.c.sender, messages.c.subject, messages.c.status, _T.done_at,
).join(messages, messages.c.id == _T.message_id)  # fmt: skip
_AGAIN: dict[str, Any] = {"status": Status.WAITING.value, "reason": "", "attempts": 0, "next_attempt_at": None}
_DOUBT, _KEPT = "kind_doubt", "other"  # reasons of casework.sorting
_SETTLED = (Status.HANDLED.value, Status.HELD.value)


_SAID = sa.select(_T.kind).where(_T.message_id == sa.bindparam("b_message"))


class QuestionRows(Rows):
    """Rows of ``kind_questions``."""

    def add_kind_question(self, message: int, customer: int | None, kinds: Sequence[Kind], since: datetime) -> None:
        """Enter it; of a mail that has one only the customer is noted."""
        update = kind_questions.update().where(_T.message_id == message).values(customer_id=customer)
        if self.connection.execute(update).rowcount == 0:
            values = {"message_id": message, "customer_id": customer, "kinds": ",".join(kinds), "since": since}
            self.insert(kind_questions, values)

    def kind_said(self, message: int) -> str | None:
        """The kind as it was decided, empty when it is not yet; None when nobody was to be asked."""
        found: str | None = self.connection.scalar(_SAID, {"b_message": message})
        return found

    def kind_questions(self, limit: int) -> list[KindQuestion]:
        """Those not decided, oldest first; of mails a person let go on meanwhile they are done with."""
        settled = sa.exists().where(messages.c.id == _T.message_id, messages.c.status.in_(_SETTLED))
        over = kind_questions.update().where(_OPEN, sa.not_(settled))
        self.connection.execute(over.values(done_at=sa.func.coalesce(_T.asked_at, _T.since)))
        return self._found(_QUESTIONS.where(_OPEN).order_by(_T.id).limit(limit))

    def kind_questions_of(self, mail_ids: Sequence[str]) -> list[KindQuestion]:
        """All points of the newest mail of ours with one of these Message-IDs, in order."""
        ours = [fit(item, 255) for item in mail_ids]
        newest = sa.select(_T.mail_id).where(_T.mail_id.in_(ours)).order_by(_T.asked_at.desc()).limit(1)
        return self._points_of(self.connection.scalar(newest))

    def kind_questions_beside(self, question: int) -> list[KindQuestion]:
        """All points of the mail of ours that asked this one last, in order; none before it was asked."""
        return self._points_of(self.connection.scalar(sa.select(_T.mail_id).where(_T.id == question)))

    def kind_question_given(self, question: int, person: str, due_at: datetime) -> None:
        """Note who is asked, and until when; he is asked anew."""
        values = {"person": fit(person, 320), "due_at": due_at, "asked_at": None}
        self.connection.execute(kind_questions.update().where(_T.id == question).values(values))

    def kind_questions_asked(self, questions: Sequence[int], mail_id: str, now: datetime) -> None:
        """Note that they were asked in this mail, numbered from 1."""
        for number, question in enumerate(questions, 1):
            values = {"mail_id": fit(mail_id, 255), "number": number, "asked_at": now}
            self.connection.execute(kind_questions.update().where(_T.id == question).values(values))

    def kind_decided(self, question: KindQuestion, kind: Kind, *, actor: str, now: datetime) -> bool:
        """Note what a mail is; False when it was decided before."""
        values: dict[str, Any] = {"kind": kind.value, "actor": fit(actor, 320), "done_at": now}
        if self.connection.execute(
            kind_questions.update().where(_T.id == question.id, _OPEN).values(values)
        ).rowcount != 1:  # fmt: skip
            return False
        if question.is_held or kind is not Kind.OTHER:
            mine = sa.and_(messages.c.id == question.message, messages.c.status.in_(_SETTLED))
            self.connection.execute(messages.update().where(mine).values(**_AGAIN, released=bool(actor)))
        return True

    def kind_changed(self, message: int, kind: Kind, *, actor: str, now: datetime) -> bool:
        """Note what a mail is, also long after it was listed; False unless it waits for that or was kept."""
        waits = sa.and_(messages.c.status == Status.HELD.value, messages.c.reason == _DOUBT)
        kept = sa.and_(messages.c.status == Status.HANDLED.value, messages.c.reason == _KEPT)
        mine = messages.update().where(messages.c.id == message, sa.or_(waits, kept))
        if self.connection.execute(mine.values(**_AGAIN, released=True)).rowcount != 1:
            return False
        values: dict[str, Any] = {"kind": kind.value, "actor": fit(actor, 320), "done_at": now}
        self.connection.execute(kind_questions.update().where(_T.message_id == message).values(values))
        return True

    def _points_of(self, mail: str | None) -> list[KindQuestion]:
        return self._found(_QUESTIONS.where(_T.mail_id == mail).order_by(_T.number)) if mail else []

    def _found(self, query: sa.Select[Any]) -> list[KindQuestion]:
        return [
            KindQuestion(
                row.id, row.message_id, tuple(map(Kind, filter(None, row.kinds.split(",")))), row.since, row.person,
                row.due_at, row.asked_at, row.number, row.digest, row.sender, row.subject,
                row.status == Status.HELD.value, row.done_at is not None,
            )
            for row in self.connection.execute(query)
        ]  # fmt: skip
