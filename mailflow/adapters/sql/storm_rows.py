"""The ledger's rows of storms: how fast cases open, piles, tasks of held mail, and what is told in a digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.storm_tables import gathered, held_tasks, openings, pile_mails, piles
from mailflow.adapters.sql.tables import cases, messages, outbox
from mailflow.domain.model import Status
from mailflow.domain.storm_ports import Answer, HeldTask, Pile

STORM = "storm"
_TOLD = ("ask:", "remind:", "escalate:", "notice:", "held:")  # occasions of mails to our people that nobody asked for
_HELD = messages.c.status == Status.HELD.value
_OPENED = sa.select(sa.func.count()).select_from(
    sa.select(openings.c.id)
    .where(
        openings.c.key == sa.bindparam("b_key"),
        openings.c.at >= sa.bindparam("b_since"),
        openings.c.arrived_at.between(sa.bindparam("b_from"), sa.bindparam("b_to")),
    )
    .limit(sa.bindparam("b_count"))
    .subquery()
)
_TOLD_SINCE = sa.select(sa.func.count()).select_from(
    sa.select(outbox.c.id)
    .where(
        outbox.c.recipient == sa.bindparam("b_person"),
        outbox.c.created_at >= sa.bindparam("b_since"),
        sa.or_(*(outbox.c.occasion.startswith(name) for name in _TOLD)),
    )
    .limit(sa.bindparam("b_count"))
    .subquery()
)
_PILE = sa.select(piles.c.id, piles.c.key, piles.c.opened_at, piles.c.answer, piles.c.case_id)
_PILE_OF = _PILE.join(pile_mails, pile_mails.c.pile_id == piles.c.id).where(
    pile_mails.c.message_id == sa.bindparam("b_message")
)
_PILE_OPEN = _PILE.where(piles.c.key == sa.bindparam("b_key"), piles.c.answer == "").limit(1)
IN_PILE = (
    sa.select(sa.func.count())
    .select_from(pile_mails.join(messages, messages.c.id == pile_mails.c.message_id))
    .where(pile_mails.c.pile_id == piles.c.id, _HELD, messages.c.reason == STORM)
    .correlate(piles)
    .scalar_subquery()
)
"""How many mails lie on a pile."""


# Told with whatever the person gets next, never by themselves: what his answers did, and news beside what he is asked.
_CONFIRMS = gathered.c.occasion.startswith("confirm:")
_NEWS = gathered.c.occasion.startswith("beside:")
_DAILY = gathered.c.occasion.startswith("registered:")  # told in the daily mail
_DIGESTED = ~_CONFIRMS & ~_NEWS & ~_DAILY


_HELD_TASKS = (
    sa.select(
        held_tasks.c.id, held_tasks.c.message_id, held_tasks.c.pile_id, held_tasks.c.case_id,
        sa.func.coalesce(cases.c.number, ""), sa.func.coalesce(messages.c.reason, STORM),
        sa.case((held_tasks.c.pile_id.is_(None), 1), else_=IN_PILE), held_tasks.c.since, held_tasks.c.person,
        held_tasks.c.due_at, held_tasks.c.asked_at, held_tasks.c.number,
        sa.func.coalesce(messages.c.subject, ""),
    )
    .outerjoin(cases, cases.c.id == held_tasks.c.case_id)
    .outerjoin(messages, messages.c.id == held_tasks.c.message_id)
    .outerjoin(piles, piles.c.id == held_tasks.c.pile_id)
)  # fmt: skip


_SENT = sa.select(outbox.c.id).where(outbox.c.occasion == sa.bindparam("b_occasion"))
_GATHERED = sa.select(gathered.c.id).where(gathered.c.occasion == sa.bindparam("b_occasion"))


class StormRows(Rows):
    """Rows of ``openings``, ``piles``, ``pile_mails``, ``held_tasks`` and ``gathered``."""

    # ------------------------------------------------------------------------------------------- openings and piles

    def opened_at_least(self, key: str, count: int, since: datetime, arrived: tuple[datetime, datetime]) -> bool:
        """Did this key open so many cases since then, by mails that arrived between these moments?"""
        where = {"b_key": fit(key, 330), "b_since": since, "b_count": count, "b_from": arrived[0], "b_to": arrived[1]}
        return self.connection.scalar(_OPENED, where) == count

    def note_opening(self, keys: Sequence[str], case: int, now: datetime, arrived_at: datetime) -> None:
        """Note that a case was opened under these keys."""
        rows = [{"key": fit(key, 330), "at": now, "arrived_at": arrived_at, "case_id": case} for key in keys]
        self.connection.execute(openings.insert(), rows)

    def pile_up(self, key: str, message: int, now: datetime) -> tuple[int, bool]:
        """Put a mail on the pile of this key, which is begun when there is none without an answer; was it?"""
        key = fit(key, 330)
        row = self.connection.execute(_PILE_OPEN, {"b_key": key}).first()
        pile = row.id if row else self.insert(piles, {"key": key, "opened_at": now})
        self.connection.execute(pile_mails.delete().where(pile_mails.c.message_id == message))
        self.connection.execute(pile_mails.insert(), {"message_id": message, "pile_id": pile})
        return pile, row is None

    def pile_of(self, message: int) -> Pile | None:
        """The pile a mail lies, or lay, on."""
        row = self.connection.execute(_PILE_OF, {"b_message": message}).first()
        return Pile(*row) if row else None

    def answer_pile(self, pile: int, answer: Answer, reason: str, *, actor: str, now: datetime) -> list[int] | None:
        """Note what a person says of a pile, and move its mails: waiting, or set aside for ``none``; their rows.

        None when there is no such pile, or it was answered before: nothing is done then.
        """
        values = {"answer": answer, "reason": fit(reason, 2000), "actor": fit(actor, 320), "answered_at": now}
        unanswered = sa.and_(piles.c.id == pile, piles.c.answer == "")
        if self.connection.execute(piles.update().where(unanswered).values(values)).rowcount != 1:
            return None
        on_pile = sa.select(pile_mails.c.message_id).where(pile_mails.c.pile_id == pile)
        those = sa.and_(messages.c.id.in_(on_pile), _HELD, messages.c.reason == STORM)
        found = list(self.connection.scalars(sa.select(messages.c.id).where(those).order_by(messages.c.id)))
        change: dict[str, Any] = {"status": Status.WAITING.value, "reason": "", "attempts": 0, "next_attempt_at": None}
        if answer == "none":
            detail = fit(f"pile {pile}: {reason}", 2000)
            change = {"status": Status.ASIDE.value, "kind": STORM, "detail": detail, "finished_at": now}
        self.connection.execute(messages.update().where(those).values(change))
        return found

    def set_pile_case(self, pile: int, case: int) -> None:
        """The case all mails of a pile go to."""
        self.connection.execute(piles.update().where(piles.c.id == pile).values(case_id=case))

    # -------------------------------------------------------------------------------------------- tasks of held mail

    def add_held_task(self, *, message: int | None, pile: int | None, case: int | None, since: datetime) -> None:
        """Somebody must decide about this mail or pile; who, and until when, is seen to in the next round."""
        if message is not None:  # held again, after it was read anew
            mine = sa.and_(held_tasks.c.message_id == message, held_tasks.c.done_at.is_(None))
            self.connection.execute(held_tasks.update().where(mine).values(done_at=since))
        self.insert(held_tasks, {"message_id": message, "pile_id": pile, "case_id": case, "since": since})

    def held_tasks(self, limit: int) -> list[HeldTask]:
        """Those not decided, oldest first; what is decided meanwhile is done with."""
        still_held = sa.exists().where(messages.c.id == held_tasks.c.message_id, _HELD)
        unanswered = sa.exists().where(piles.c.id == held_tasks.c.pile_id, piles.c.answer == "", IN_PILE > 0)
        is_open = held_tasks.c.done_at.is_(None)
        over = sa.and_(is_open, sa.not_(still_held), sa.not_(unanswered))
        done = sa.func.coalesce(held_tasks.c.reminded_at, held_tasks.c.asked_at, held_tasks.c.since)
        self.connection.execute(held_tasks.update().where(over).values(done_at=done))
        query = _HELD_TASKS.where(is_open, held_tasks.c.reminded_at.is_(None)).order_by(held_tasks.c.id).limit(limit)
        return [HeldTask(*row) for row in self.connection.execute(query)]

    def held_task_given(self, task: int, person: str, due_at: datetime) -> None:
        """Note who must decide, and until when; he is asked anew."""
        self._held_tasks([task], person=fit(person, 320), due_at=due_at, asked_at=None)

    def held_task_asked(self, tasks: Sequence[int], mail_id: str, now: datetime) -> None:
        """Note that they were asked in this mail, numbered from 1 in this order."""
        self._numbered(tasks, mail_id, asked_at=now)

    def held_task_reminded(self, tasks: Sequence[int], mail_id: str, now: datetime) -> None:
        """The same of the reminder, which is sent once."""
        self._numbered(tasks, mail_id, reminded_at=now)

    def held_tasks_of(self, mail_ids: Sequence[str]) -> list[HeldTask]:
        """All points of the newest mail of ours with one of these Message-IDs, in order."""
        ours = [fit(item, 255) for item in mail_ids]
        newest = sa.select(held_tasks.c.mail_id).where(held_tasks.c.mail_id.in_(ours))
        return self._held_points(self.connection.scalar(newest.order_by(held_tasks.c.asked_at.desc()).limit(1)))

    def held_tasks_beside(self, task: int) -> list[HeldTask]:
        """All points of the mail of ours that asked about this one last, in order; none before it was asked."""
        return self._held_points(self.connection.scalar(sa.select(held_tasks.c.mail_id).where(held_tasks.c.id == task)))

    def held_decided(self, message: int, reason: str, *, now: datetime) -> bool:
        """Let a held mail be handled like any other, or with a reason set it aside; False when it is not held."""
        change: dict[str, Any] = {"status": Status.WAITING.value, "reason": "", "released": True}
        change |= {"attempts": 0, "next_attempt_at": None}
        if reason:
            change = {"status": Status.ASIDE.value, "kind": messages.c.reason, "detail": fit(reason, 2000)}
            change["finished_at"] = now
        update = messages.update().where(messages.c.id == message, _HELD).values(change)
        return self.connection.execute(update).rowcount == 1

    def _held_points(self, mail: str | None) -> list[HeldTask]:
        query = _HELD_TASKS.where(held_tasks.c.mail_id == mail).order_by(held_tasks.c.number)
        return [HeldTask(*row) for row in self.connection.execute(query)] if mail else []

    def _numbered(self, tasks: Sequence[int], mail_id: str, **values: datetime) -> None:
        for number, task in enumerate(tasks, 1):
            self._held_tasks([task], mail_id=fit(mail_id, 255), number=number, **values)

    def _held_tasks(self, tasks: Sequence[int], **values: str | int | datetime | None) -> None:
        if tasks:
            self.connection.execute(held_tasks.update().where(held_tasks.c.id.in_(list(tasks))).values(**values))

    # ------------------------------------------------------------------------------------- brakes of mail to our people

    def told_at_least(self, person: str, count: int, since: datetime) -> bool:
        """Did one of our people get so many mails since then that he did not cause himself?"""
        return self.connection.scalar(_TOLD_SINCE, {"b_person": person, "b_since": since, "b_count": count}) == count

    def gather(self, occasion: str, person: str, words: str, *, case: int | None, now: datetime) -> bool:
        """Keep what would have been a mail for the next digest; False when its occasion was told or gathered before."""
        if self.was_gathered(occasion) or self.connection.execute(_SENT, {"b_occasion": occasion}).first():
            return False
        values = {"occasion": occasion, "person": fit(person, 320), "case_id": case, "words": fit(words, 2000)}
        self.insert(gathered, {**values, "at": now})
        return True

    def was_gathered(self, occasion: str) -> bool:
        """Does a digest tell this occasion, or will it?"""
        return self.connection.execute(_GATHERED, {"b_occasion": occasion}).first() is not None

    def gathered_people(self) -> list[str]:
        """Who has something to be told in a digest."""
        query = sa.select(gathered.c.person).where(gathered.c.told_at.is_(None), _DIGESTED).distinct()
        return sorted(self.connection.scalars(query))

    def gathered_words(self, person: str) -> list[tuple[int, str]]:
        """What a digest must tell somebody, oldest first: rows and words."""
        return self._untold(person, _DIGESTED)

    def daily_people(self) -> list[str]:
        """Whose daily mail has something to tell beside his tasks."""
        query = sa.select(gathered.c.person).where(gathered.c.told_at.is_(None), _DAILY).distinct()
        return sorted(self.connection.scalars(query))

    def daily_words(self, person: str) -> list[tuple[int, str]]:
        """What somebody's daily mail tells beside his tasks, oldest first: rows and words."""
        return self._untold(person, _DAILY)

    def confirmations(self, person: str) -> list[tuple[int, str]]:
        """What somebody's next mail tells of his own answers, oldest first: rows and words."""
        return self._untold(person, _CONFIRMS)

    def news(self, person: str) -> list[tuple[int, str]]:
        """What somebody's next mail tells him beside what it asks, oldest first: rows and words."""
        return self._untold(person, _NEWS)

    def _untold(self, person: str, what: sa.ColumnElement[bool]) -> list[tuple[int, str]]:
        query = sa.select(gathered.c.id, gathered.c.words).where(
            gathered.c.told_at.is_(None), gathered.c.person == person, what
        )
        return [(row.id, row.words) for row in self.connection.execute(query.order_by(gathered.c.id))]

    def gathered_told(self, rows: Sequence[int], now: datetime) -> None:
        """Note that a digest tells these."""
        self.connection.execute(gathered.update().where(gathered.c.id.in_(list(rows))).values(told_at=now))
