"""What waits for a person, as lists show it: held mails with who must decide until when, and piles as one each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.storm_rows import IN_PILE, STORM
from mailflow.adapters.sql.storm_tables import held_tasks, pile_mails, piles
from mailflow.adapters.sql.tables import messages
from mailflow.domain.model import Status

Row = dict[str, Any]
SAMPLES = 3

_ON_PILE = (
    sa.exists()
    .where(pile_mails.c.message_id == messages.c.id, piles.c.id == pile_mails.c.pile_id, piles.c.answer == "")
    .correlate(messages)
)
SINGLE = sa.and_(messages.c.status == Status.HELD.value, sa.not_(sa.and_(messages.c.reason == STORM, _ON_PILE)))
"""Held mails that lie on no pile."""
TASK_OF_MAIL = sa.and_(held_tasks.c.message_id == messages.c.id, held_tasks.c.done_at.is_(None))
_TASK_OF_PILE = sa.and_(held_tasks.c.pile_id == piles.c.id, held_tasks.c.done_at.is_(None))
_IN_IT = sa.and_(pile_mails.c.message_id == messages.c.id, messages.c.status == Status.HELD.value)


def open_piles(connection: sa.Connection) -> list[Row]:
    """The piles nobody has said anything of, oldest first.

    Each with ``pile``, ``key``, ``count``, ``senders``, ``first`` and ``last`` (when they came), ``person``, ``due_at``
    and ``samples``: mails with id, sender and subject.
    """
    query = (
        sa.select(
            piles.c.id.label("pile"), piles.c.key, piles.c.opened_at, IN_PILE.label("count"), held_tasks.c.person,
            held_tasks.c.due_at,
        )
        .outerjoin(held_tasks, _TASK_OF_PILE)
        .where(piles.c.answer == "", IN_PILE > 0)
        .order_by(piles.c.id)
    )  # fmt: skip
    return [dict(row) | _mails(connection, row["pile"]) for row in connection.execute(query).mappings()]


def mails_of_pile(connection: sa.Connection, pile: int) -> list[Row]:
    """Every mail that lies, or lay, on a pile: id, sender, subject, when it came, status, reason, trust."""
    query = (
        sa.select(
            messages.c.id, messages.c.sender, messages.c.subject, messages.c.received_at, messages.c.collected_at,
            messages.c.status, messages.c.reason, messages.c.trust,
        )
        .join(pile_mails, pile_mails.c.message_id == messages.c.id)
        .where(pile_mails.c.pile_id == pile)
        .order_by(messages.c.id)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def _mails(connection: sa.Connection, pile: int) -> Row:
    mine = sa.select(messages).join(pile_mails, _IN_IT).where(pile_mails.c.pile_id == pile).subquery()
    came = sa.func.coalesce(mine.c.received_at, mine.c.collected_at)
    figures = sa.select(sa.func.min(came), sa.func.max(came), sa.func.count(sa.distinct(mine.c.sender)))
    first, last, senders = connection.execute(figures).one()
    shown = sa.select(mine.c.id, mine.c.sender, mine.c.subject).order_by(mine.c.id).limit(SAMPLES)
    samples = [dict(row) for row in connection.execute(shown).mappings()]
    return {"first": first, "last": last, "senders": senders, "samples": samples}
