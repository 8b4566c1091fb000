"""What people decided about a case, for everything that shows cases: their word stands before what was read.

Each is a column of a query over ``cases``: the newest answer counts.  What was read is shown in the details alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.tables import answers, cases, tasks


def last_said(field: str) -> sa.ScalarSelect[Any]:
    """What was last answered to a field in the case; NULL when nothing was."""
    said = sa.and_(answers.c.case_id == cases.c.id, answers.c.field == field, answers.c.value != "")
    return sa.select(answers.c.value).where(said).order_by(answers.c.id.desc()).limit(1).scalar_subquery()


_SERVING = (
    sa.select(sa.case((tasks.c.person != "", tasks.c.person), else_=tasks.c.done_by))
    .where(tasks.c.case_id == cases.c.id, tasks.c.role == "service", tasks.c.current)
    .order_by(tasks.c.id.desc())
    .limit(1)
    .scalar_subquery()
)

severity = sa.func.coalesce(last_said("severity_judged"), cases.c.severity)
validity = sa.func.coalesce(last_said("validity"), "")
instructions = sa.func.coalesce(last_said("instructions"), "")
owner = sa.func.coalesce(last_said("investigator"), _SERVING, "")
"""Whose case it is: the investigator who was named or took over (a name), else who serves the customer (an address)."""

DECIDED = (
    severity.label("severity"), validity.label("validity"), instructions.label("instructions"), owner.label("owner"),
)  # fmt: skip
