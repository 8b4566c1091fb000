"""Checks of the ledger by itself, all in one snapshot: counts, numbers, the journal's chain, the file's structure."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.casework_checks import check_casework
from mailflow.adapters.upkeep.findings import REPORT, RESTORE, Discrepancy
from mailflow.adapters.upkeep.journal_checks import Witness, check_journal
from mailflow.adapters.upkeep.series_checks import NumberPatterns, series
from mailflow.casework.corrections import digest
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind, Status

_SHOWN = 20  # of one sort; the rest is counted


def check_ledger(
    connection: sa.Connection,
    forms: Sequence[FormSpec],
    patterns: NumberPatterns,
    step: Callable[[str, int, int], None],
    witness: Witness,
) -> Iterator[Discrepancy]:
    """Everything the ledger can say about itself."""
    checks: tuple[Callable[[], Iterator[Discrepancy]], ...] = (
        lambda: _structure(connection),
        lambda: _counts(connection),
        lambda: check_journal(connection, witness),
        lambda: _records(connection, forms),
        lambda: _outbox(connection),
        lambda: _corrections(connection),
        lambda: check_casework(connection),
        lambda: series(connection, patterns, forms),
    )
    for done, check in enumerate(checks, 1):
        yield from check()
        step("ledger", done, len(checks))


def _structure(connection: sa.Connection) -> Iterator[Discrepancy]:
    if connection.dialect.name != "sqlite":
        return
    for row in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if row[0] != "ok":
            yield Discrepancy("error", "ledger.db", str(row[0]), RESTORE)
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN):
        yield Discrepancy("error", f"{row[0]} {row[1]}", f"refers to a row of {row[2]} that is not there", REPORT)


def _counts(connection: sa.Connection) -> Iterator[Discrepancy]:
    known = [status.value for status in Status]
    m = t.messages
    by_status = {
        row[0]: row[1] for row in connection.execute(sa.select(m.c.status, sa.func.count()).group_by(m.c.status))
    }
    for status, count in by_status.items():
        if status not in known:
            yield Discrepancy("error", "messages", f"{count} mails have the unknown status {status!r}", REPORT)
    unfinished = sa.select(sa.func.count()).where(
        m.c.status.in_(("handled", "aside")), m.c.kind == "", m.c.reason == ""
    )
    if count := connection.scalar(unfinished):
        yield Discrepancy("error", "messages", f"{count} finished mails do not say what they were", REPORT)
    f = t.folders
    for row in connection.execute(sa.select(f)).mappings():
        where = f"{row['mailbox']} {row['folder']}"
        parts = sum(row[name] for name in ("handled", "aside", "held", "old", "waiting", "unknown"))
        if row["present"] != parts:
            yield Discrepancy(
                "error", where, f"{row['present']} mails in the mailbox, {parts} accounted for",
                "poll again; when it stays, " + REPORT,
            )  # fmt: skip
        if row["unknown"]:
            yield Discrepancy("note", where, f"{row['unknown']} mails were not collected yet at the last poll")
    c = t.customers
    for number in connection.scalars(sa.select(c.c.number).where(c.c.archived > c.c.changed).limit(_SHOWN)):
        yield Discrepancy(
            "error", number, "the archive is marked newer than the ledger", "run: mailflow archive rebuild"
        )


def _records(connection: sa.Connection, forms: Sequence[FormSpec]) -> Iterator[Discrepancy]:
    """A handled complaint has one record on the form its kind asks for; cases from imported mails need none.

    Nor does a case that a person made one of this kind: nothing issues its record by itself.
    """
    r, c, m = t.records, t.cases, t.messages
    asked: dict[Kind, FormSpec] = {}
    for spec in forms:
        for kind in spec.kinds:
            asked.setdefault(kind, spec)  # the first form of a kind is the one that is filled
    handled = sa.exists().where(m.c.case_id == c.c.id, m.c.status == Status.HANDLED.value, m.c.history.is_(False))
    k = t.corrections
    by_person = sa.exists().where(k.c.case_id == c.c.id, k.c.field == "kind", k.c.was != k.c.value)
    for kind, spec in asked.items():
        same = sa.and_(r.c.case_id == c.c.id, r.c.form == spec.code)
        query = (
            sa.select(c.c.number, sa.func.count(sa.distinct(r.c.number)).label("count"))
            .select_from(c.outerjoin(r, same))
            .where(c.c.kind == kind.value, handled, ~by_person)
            .group_by(c.c.id, c.c.number)
            .having(sa.func.count(sa.distinct(r.c.number)) != 1)
            .order_by(c.c.id)
        )
        if spec.effective_on is not None:
            query = query.where(sa.type_coerce(c.c.opened_at, sa.String) >= spec.effective_on.isoformat())
        wrong = connection.execute(query).fetchall()
        for number, count in wrong[:_SHOWN]:
            yield Discrepancy("error", number, f"has {count} records on form {spec.code} instead of one", REPORT)
        if len(wrong) > _SHOWN:
            yield Discrepancy(
                "error", spec.code, f"{len(wrong) - _SHOWN} more cases without exactly one record", REPORT
            )
    revisions = sa.select(r.c.number, r.c.revision).order_by(r.c.number, r.c.revision)
    for (number, revision), (next_number, next_revision) in pairwise(
        [("", 0), *connection.execute(revisions).fetchall()]
    ):
        if next_revision != (revision + 1 if number == next_number else 1):
            what = f"revision {next_revision} does not follow the one before it"
            yield Discrepancy("error", next_number, what, REPORT)


def _corrections(connection: sa.Connection) -> Iterator[Discrepancy]:
    """Every correction is what its journal entry says, and none is missing."""
    j, k = t.journal, t.corrections
    noted: dict[int, str] = {}
    for data in connection.scalars(sa.select(j.c.data).where(j.c.event == "case.corrected").order_by(j.c.id)):
        with contextlib.suppress(ValueError, KeyError, TypeError):  # such an entry breaks the chain, and is told there
            entry = json.loads(data)
            noted[entry["correction"]] = entry["digest"]
    for key, field, value in connection.execute(sa.select(k.c.id, k.c.field, k.c.value).order_by(k.c.id)):
        if noted.pop(key, "") != digest(key, field, value):
            yield Discrepancy("error", f"correction {key}", "is not what the journal says was corrected", RESTORE)
    for key in sorted(noted)[:_SHOWN]:
        yield Discrepancy("error", f"correction {key}", "is in the journal, but is gone", RESTORE)


def _outbox(connection: sa.Connection) -> Iterator[Discrepancy]:
    o = t.outbox
    twice = sa.select(o.c.occasion, sa.func.count()).group_by(o.c.occasion).having(sa.func.count() > 1)
    for occasion, count in connection.execute(twice).fetchmany(_SHOWN):
        yield Discrepancy("error", f"outbox {occasion}", f"{count} mails for one occasion", REPORT)
    odd = sa.select(o.c.id).where(
        sa.or_(~o.c.status.in_(t.OUTBOX_STATES), sa.and_(o.c.status == "sent", o.c.sent_at.is_(None)))
    )
    for key in connection.scalars(odd).fetchmany(_SHOWN):
        yield Discrepancy("error", f"outbox {key}", "its status is not one that can be", REPORT)
