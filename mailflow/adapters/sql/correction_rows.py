"""The ledger's rows of corrections: what people say stands in a case, beside what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import cases, corrections, findings
from mailflow.domain.model import SUPERSEDED
from mailflow.domain.ports import Correction

_COLUMNS = (
    corrections.c.id, corrections.c.case_id, corrections.c.field, corrections.c.value, corrections.c.was,
    corrections.c.actor, corrections.c.at, corrections.c.message_id,
)  # fmt: skip


_FOUND = (
    sa.select(findings.c.case_id, findings.c.value)
    .where(
        findings.c.case_id.in_(sa.bindparam("b_cases", expanding=True)), findings.c.field == sa.bindparam("b_field"),
        findings.c.confidence > SUPERSEDED,
    )
    .order_by(findings.c.id)
)  # fmt: skip
_READ = (
    sa.select(findings.c.value, findings.c.words, findings.c.confidence)
    .where(findings.c.case_id == sa.bindparam("b_case"), findings.c.field == sa.bindparam("b_field"))
    .order_by(findings.c.id)
)


class CorrectionRows(Rows):
    """Rows of ``corrections``; they are only added."""

    def add_correction(
        self, case: int, field: str, value: str, was: str, *, actor: str, message: int | None = None, now: datetime
    ) -> int:
        """Enter what a person says, in which mail (none: at the machine); returns the row."""
        values = {"case_id": case, "field": field, "value": fit(value, 5000), "was": fit(was, 5000)}
        return self.insert(corrections, {**values, "actor": fit(actor, 320), "at": now, "message_id": message})

    def corrections(self, case: int) -> list[Correction]:
        """All corrections of a case, the newest last."""
        query = sa.select(*_COLUMNS).where(corrections.c.case_id == case).order_by(corrections.c.id)
        return [Correction(*row) for row in self.connection.execute(query)]

    def found_values(self, case: int, field: str) -> list[str]:
        """The distinct values found for a field in the mails of a case, in order."""
        return self.found_values_of([case], field).get(case, [])

    def readings(self, case: int, field: str) -> list[tuple[str, str, float]]:
        """What was read for a field in the mails of a case, in order: the value, its words, how sure the rule is."""
        rows = self.connection.execute(_READ, {"b_case": case, "b_field": field})
        return [(row.value, row.words, row.confidence) for row in rows]

    def found_values_of(self, cases: Collection[int], field: str) -> dict[int, list[str]]:
        """The same for several cases in one look; those without any are left out."""
        found: dict[int, list[str]] = {}
        for case, value in self.connection.execute(_FOUND, {"b_cases": list(cases), "b_field": field}):
            values = found.setdefault(case, [])
            if value not in values:
                values.append(value)
        return found

    def set_case(self, case: int, **values: str) -> None:
        """Change what a case's own row says (kind, severity, priority) after a person's correction."""
        self.connection.execute(cases.update().where(cases.c.id == case).values(**values))


def all_corrections(connection: sa.Connection, case_ids: Iterable[int] | None = None) -> list[Correction]:
    """The corrections of these cases, or of all, the newest last."""
    query = sa.select(*_COLUMNS).order_by(corrections.c.id)
    if case_ids is not None:
        query = query.where(corrections.c.case_id.in_(list(case_ids)))
    return [Correction(*row) for row in connection.execute(query)]
