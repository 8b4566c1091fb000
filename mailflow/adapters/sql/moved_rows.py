"""The ledger's rows of cases that go on as another, and of mails that belong to two cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.case_rows import CASE, case_of
from mailflow.adapters.sql.moved_tables import shared_mails
from mailflow.adapters.sql.rows import Rows
from mailflow.adapters.sql.tables import cases, findings, messages, outbox
from mailflow.domain.model import SUPERSEDED, Case
from mailflow.domain.moved_ports import ReadFact

MOST_STEPS = 50  # from a case to the one it goes on as: a chain of people's decisions
_SUCCESSOR = sa.select(cases.c.successor_id).where(cases.c.id == sa.bindparam("b_case"))
_BEFORE = CASE.where(cases.c.successor_id == sa.bindparam("b_case")).order_by(cases.c.id)
_FACTS = (
    sa.select(
        findings.c.message_id, findings.c.field, findings.c.value, findings.c.words, findings.c.source,
        findings.c.confidence,
    )
    .where(findings.c.case_id == sa.bindparam("b_case"), findings.c.confidence > SUPERSEDED)
    .order_by(findings.c.id)
)  # fmt: skip


def of_case(case: Any) -> sa.ColumnElement[bool]:
    """Does a mail belong to this case: filed in it, or shared with it?"""
    shared = sa.select(shared_mails.c.message_id).where(shared_mails.c.case_id == case)
    return sa.or_(messages.c.case_id == case, messages.c.id.in_(shared))


class MovedRows(Rows):
    """Rows of ``shared_mails``, and the successors of ``cases``."""

    def going_on(self, case: Case) -> Case:
        """The case that this one goes on as: itself, unless a person joined it to another or made it another kind."""
        at = case.id
        for _ in range(MOST_STEPS):
            following = self.connection.scalar(_SUCCESSOR, {"b_case": at})
            if following is None:
                break
            at = following
        return case if at == case.id else case_of(self.connection.execute(CASE.where(cases.c.id == at)).one())

    def goes_on_as(self, case: int, successor: int) -> None:
        """Note which case goes on in the place of this one."""
        self.connection.execute(cases.update().where(cases.c.id == case).values(successor_id=successor))

    def predecessors(self, case: int) -> list[Case]:
        """The cases that go on as this one, over any number of steps."""
        found: dict[int, Case] = {}
        waiting = [case]
        while waiting and len(found) < MOST_STEPS:
            for row in self.connection.execute(_BEFORE, {"b_case": waiting.pop()}):
                if row.id not in found and row.id != case:
                    found[row.id] = case_of(row)
                    waiting.append(row.id)
        return list(found.values())

    def mails_of(self, case: int) -> list[int]:
        """The rows of all mails of a case, those it shares with another included, oldest first."""
        return list(self.connection.scalars(sa.select(messages.c.id).where(of_case(case)).order_by(messages.c.id)))

    def share_mails(self, case: int, messages: Sequence[int]) -> None:
        """These mails belong to this case, too."""
        known = set(self.mails_of(case))
        rows = [{"case_id": case, "message_id": item} for item in dict.fromkeys(messages) if item not in known]
        if rows:
            self.connection.execute(shared_mails.insert(), rows)

    def cases_beside(self, case: int) -> list[Case]:
        """The other cases that have a mail in common with this one, oldest first."""
        mails = sa.select(messages.c.id).where(of_case(case))
        shared = sa.select(shared_mails.c.case_id).where(shared_mails.c.message_id.in_(mails))
        filed = sa.select(messages.c.case_id).where(messages.c.id.in_(mails), messages.c.case_id.is_not(None))
        query = CASE.where(cases.c.id.in_(shared.union(filed)), cases.c.id != case).order_by(cases.c.id)
        return [case_of(row) for row in self.connection.execute(query)]

    def copy_findings(self, from_case: int, to_case: int) -> None:
        """What was read for one case holds for another, too; once for each place of a mail."""
        told = [column for column in findings.c if column.name not in ("id", "case_id")]
        query = sa.select(*told).where(findings.c.case_id == from_case).order_by(findings.c.id)
        rows = [dict(row) | {"case_id": to_case} for row in self.connection.execute(query).mappings()]
        if rows:
            self.connection.execute(findings.insert(), rows)

    def facts_read(self, case: int) -> list[ReadFact]:
        """What was read from the mails of a case and not taken back by their writers, in order."""
        return [ReadFact(*row) for row in self.connection.execute(_FACTS, {"b_case": case})]

    def was_queued(self, occasion: str) -> bool:
        """Was a mail of ours written whose occasion begins so?"""
        query = sa.select(outbox.c.id).where(outbox.c.occasion.startswith(occasion, autoescape=True)).limit(1)
        return self.connection.scalar(query) is not None
