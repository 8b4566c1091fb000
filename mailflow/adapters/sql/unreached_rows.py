"""Letters that had nobody to go to, as the managers' summary tells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from mailflow.adapters.sql.tables import cases, customers, journal
from mailflow.casework.summary.period import Unsent

EVENT = "customer.unreached"


def unreached(connection: sa.Connection, within: Sequence[sa.ColumnElement[bool]]) -> Iterator[Unsent]:
    """The customers who must be told another way, of these rows of the journal, in order."""
    query = (
        sa.select(customers.c.company, customers.c.number, cases.c.number, journal.c.at)
        .join(cases, cases.c.id == journal.c.case_id)
        .join(customers, customers.c.id == cases.c.customer_id)
        .where(*within, journal.c.event == EVENT)
        .order_by(journal.c.id)
    )
    for company, customer, case, at in connection.execute(query):
        yield Unsent("nobody", company or customer, case, at, 0, 0, "")
