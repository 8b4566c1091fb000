"""One customer's rows, read for the archive: everything the ledger knows about a customer, in one snapshot.

Many customers are read with one query a table; each query starts from the customers' ids and walks indexes, so the
cost does not depend on how many other customers there are.  The tables of casework are asked only for customers with a
case that runs by a procedure.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.decided import DECIDED, owner
from mailflow.adapters.sql.engine import translated, writing
from mailflow.adapters.sql.moved_tables import shared_mails
from mailflow.adapters.sql.procedure_rows import ProcedureTexts
from mailflow.adapters.sql.profile_tables import profile_values
from mailflow.adapters.sql.question_tables import kind_questions
from mailflow.domain.model import Status
from mailflow.procedures.model import Procedure

Row = dict[str, Any]

# SQLite allows 32766 variables in a statement; pages of this size also keep memory small.
PAGE = 200

STAFF_OCCASIONS = ("ask", "remind", "escalate", "confirm", "refused", "notice", "kinds")
"""What the occasions of our mails to our own staff begin with; every other mail of ours is to a customer."""


@dataclass(slots=True)
class Dossier:
    """A customer's rows as plain values (times as the ledger's own UTC text), each list in order of its ids.

    ``changed`` is the state these rows show: the archive may be marked as up to date with exactly this number.
    ``sent`` holds the outbox rows without their bytes; ``size`` says how many there are.  Mails to customers are there
    with every status, those to our own staff once they are sent.  ``procedures`` are those the cases run by, by digest.
    ``kept`` are mails that ask for nothing and belong to no case; they stand among ``mails``, too, without a case.
    ``shared`` are mails of other cases that belong to one of these, too.
    What changes without the customer counting as changed (who was asked when, steps of reminders) is not read.
    """

    id: int
    number: str
    changed: int
    archived: int
    customer: Row
    contacts: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    shared: list[Row] = field(default_factory=list)
    mails: list[Row] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)
    sent: list[Row] = field(default_factory=list)
    journal: list[Row] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)
    signatures: list[Row] = field(default_factory=list)
    promises: list[Row] = field(default_factory=list)
    profile: list[Row] = field(default_factory=list)
    procedures: Mapping[str, Procedure] = field(default_factory=dict)


class Dossiers:
    """Reads dossiers from the ledger and keeps the mark of what the archive shows."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._procedures = ProcedureTexts()

    def behind(self, limit: int) -> list[int]:
        """The ids of customers whose archive does not show their newest state, lowest first."""
        query = _BEHIND.limit(limit)
        with translated(), self.engine.connect() as connection:
            return list(connection.scalars(query))

    def changes(self) -> dict[int, int]:
        """Every customer's id with its count of changes."""
        with translated(), self.engine.connect() as connection:
            query = sa.select(t.customers.c.id, t.customers.c.changed).order_by(t.customers.c.id)
            return {row.id: row.changed for row in connection.execute(query)}

    def read(self, customer_ids: Sequence[int]) -> list[Dossier]:
        """The dossiers of these customers as of one moment, in order of their ids; unknown ids are left out."""
        with translated(), snapshot(self.engine) as connection:
            found = (read_dossiers(connection, page, self._procedures) for page in pages(customer_ids))
            return [dossier for page in found for dossier in page]

    def outgoing(self, outbox_ids: Sequence[int]) -> dict[int, bytes]:
        """The complete bytes of these outgoing mails."""
        found: dict[int, bytes] = {}
        with translated(), self.engine.connect() as connection:
            for page in pages(outbox_ids):
                query = sa.select(t.outbox.c.id, t.outbox.c.raw).where(t.outbox.c.id.in_(page))
                found.update((row.id, bytes(row.raw)) for row in connection.execute(query))
        return found

    def journal_hashes(self, numbers: Sequence[int]) -> dict[int, str]:
        """The hashes of these journal entries; those that are not there are left out."""
        found: dict[int, str] = {}
        with translated(), self.engine.connect() as connection:
            for page in pages(numbers):
                query = sa.select(t.journal.c.id, t.journal.c.hash).where(t.journal.c.id.in_(page))
                found.update((row.id, row.hash) for row in connection.execute(query))
        return found

    def mark(self, versions: Mapping[int, int], *, anew: bool = False) -> None:
        """Note that the archive shows these states (customer id to ``changed`` as it was read).

        A state is never noted backwards, unless ``anew`` says that the whole archive was just replaced.
        """
        if not versions:
            return
        update = sa.update(t.customers).where(t.customers.c.id == sa.bindparam("customer"))
        if not anew:
            update = update.where(t.customers.c.archived < sa.bindparam("version"))
        update = update.values(archived=sa.bindparam("version"))
        rows = [{"customer": customer, "version": version} for customer, version in sorted(versions.items())]
        with translated(), writing(self.engine).begin() as connection:
            connection.execute(update, rows)


@contextlib.contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose every query sees the same moment."""
    with engine.connect() as connection, connection.begin():
        yield connection


def pages(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in pieces fit for one statement."""
    everything = list(ids)
    for start in range(0, len(everything), PAGE):
        yield everything[start : start + PAGE]


def read_dossiers(connection: sa.Connection, ids: Sequence[int], procedures: ProcedureTexts) -> list[Dossier]:
    """The dossiers of at most ``PAGE`` customers through an open snapshot."""
    dossiers: dict[int, Dossier] = {}
    for row in connection.execute(_CUSTOMERS, {"ids": list(ids)}).mappings():
        customer = dict(row)
        changed, archived = customer.pop("changed"), customer.pop("archived")
        dossiers[row["id"]] = Dossier(row["id"], row["number"], changed, archived, customer)
    _read_lists(connection, dossiers, _LISTS)
    for item in dossiers.values():
        if item.kept:
            item.mails = sorted([*item.mails, *item.kept], key=lambda row: int(row["id"]))
    running = {key: item for key, item in dossiers.items() if any(case["procedure"] for case in item.cases)}
    if running:
        _read_lists(connection, running, _CASEWORK)
        known = procedures.read(connection, {case["procedure"] for item in running.values() for case in item.cases})
        for item in running.values():
            item.procedures = {
                case["procedure"]: known[case["procedure"]] for case in item.cases if case["procedure"] in known
            }
    return list(dossiers.values())


def _read_lists(
    connection: sa.Connection, dossiers: Mapping[int, Dossier], lists: Mapping[str, sa.Select[Any]]
) -> None:
    values = {"ids": list(dossiers)}
    for name, query in lists.items():
        found: dict[int, list[Row]] = defaultdict(list)
        result = connection.execute(query, values)
        keys = list(result.keys())[:-1]  # the last column is the owner
        for values_of_row in result.fetchall():
            found[values_of_row[-1]].append(dict(zip(keys, values_of_row, strict=False)))
        for whose, rows in found.items():
            setattr(dossiers[whose], name, rows)


def _columns(table: sa.Table, names: str) -> list[Any]:
    """These columns; times as the text the ledger stores, which needs no parsing here."""
    columns: list[Any] = []
    for name in names.split():
        column = table.c[name]
        is_time = isinstance(column.type, t.Instant)
        columns.append(sa.type_coerce(column, sa.String).label(name) if is_time else column)
    return columns


def _of_cases(table: sa.Table, names: str, *more: Any) -> sa.Select[Any]:
    """Rows of a table that belong to the customers' cases, with the customer's id as the last column."""
    return (
        sa.select(*_columns(table, names), *more, t.cases.c.customer_id.label("owner"))
        .join_from(t.cases, table, table.c.case_id == t.cases.c.id)
        .where(t.cases.c.customer_id.in_(_IDS))
        .order_by(table.c.id)
    )


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_BEHIND = sa.select(t.customers.c.id).where(t.customers.c.archived < t.customers.c.changed).order_by(t.customers.c.id)
_CUSTOMERS = (
    sa.select(*_columns(t.customers, "id number company created_at changed archived"))
    .where(t.customers.c.id.in_(_IDS))
    .order_by(t.customers.c.id)
)
_SUCCESSOR = t.cases.alias("successor")
_TO_CUSTOMER = sa.and_(*(t.outbox.c.occasion.not_like(f"{name}:%") for name in STAFF_OCCASIONS))
_MAIL = (
    "id case_id digest size attachments status kind reason message_id sender subject received_at arrived_at"
    " collected_at"
)
_LISTS: Mapping[str, sa.Select[Any]] = {
    "contacts": sa.select(
        *_columns(t.contacts, "id address name phone first_seen unreachable_at"),
        t.contacts.c.customer_id.label("owner"),
    )
    .where(t.contacts.c.customer_id.in_(_IDS))
    .order_by(t.contacts.c.id),
    "cases": sa.select(
        *_columns(
            t.cases,
            "id number kind status language subject opened_at changed_at round channel subkinds procedure closed_at",
        ),
        *DECIDED[:-1],
        owner.label("handler"),
        t.cases.c.severity.label("severity_read"),
        _SUCCESSOR.c.number.label("goes_on_as"),
        t.cases.c.customer_id.label("owner"),
    )
    .outerjoin(_SUCCESSOR, _SUCCESSOR.c.id == t.cases.c.successor_id)
    .where(t.cases.c.customer_id.in_(_IDS))
    .order_by(t.cases.c.id),
    "mails": _of_cases(t.messages, _MAIL),
    "kept": sa.select(*_columns(t.messages, _MAIL), kind_questions.c.customer_id.label("owner"))
    .join_from(kind_questions, t.messages, t.messages.c.id == kind_questions.c.message_id)
    .where(
        kind_questions.c.customer_id.in_(_IDS),
        t.messages.c.case_id.is_(None),
        t.messages.c.status == Status.HANDLED.value,
    )
    .order_by(t.messages.c.id),
    "findings": _of_cases(t.findings, "id case_id message_id field value words source rule confidence"),
    "corrections": _of_cases(t.corrections, "id case_id field value was actor at message_id"),
    "records": _of_cases(
        t.records,
        "id case_id message_id number revision form form_version title digest file_name retention_years issued_at",
    ),
    "sent": _of_cases(
        t.outbox,
        "id case_id message_id occasion mail_id sender recipient status created_at sent_at",
        sa.func.length(t.outbox.c.raw).label("size"),
    ).where(sa.or_(t.outbox.c.status == "sent", _TO_CUSTOMER)),
    "journal": _of_cases(t.journal, "id case_id message_id at actor event hash"),
    "profile": sa.select(
        *_columns(
            profile_values,
            "id contact_id field value was status source words message_id found_at decided_by decided_at version"
            " current basis",
        ),
        profile_values.c.customer_id.label("owner"),
    )
    .where(profile_values.c.customer_id.in_(_IDS))
    .order_by(profile_values.c.id),
}
_CASEWORK: Mapping[str, sa.Select[Any]] = {
    "shared": sa.select(shared_mails.c.case_id, shared_mails.c.message_id, t.cases.c.customer_id.label("owner"))
    .join_from(t.cases, shared_mails, shared_mails.c.case_id == t.cases.c.id)
    .where(t.cases.c.customer_id.in_(_IDS))
    .order_by(shared_mails.c.case_id, shared_mails.c.message_id),
    "tasks": _of_cases(
        t.tasks,
        "id case_id name round status role person record opened_at due_at done_at done_by outcome current",
    ),
    "answers": _of_cases(t.answers, "id case_id task_id field value actor at message_id"),
    "signatures": _of_cases(
        t.signatures,
        "id case_id record_id task_id cell person name at way signed_digest copy_digest copy_name copy_pdf"
        " evidence_digest evidence_name message_id current",
    ),
    "promises": _of_cases(t.promises, "id case_id kind words due_at approved_by made_at kept_at"),
}
