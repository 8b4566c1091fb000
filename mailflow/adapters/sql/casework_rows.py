"""The ledger's rows of a case's procedure, its records, signatures and promises, and of cases that resemble it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.moved_rows import of_case
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import (
    LONGEST_TRAIT,
    TRAITS,
    cases,
    findings,
    messages,
    procedures,
    promises,
    records,
    signatures,
)
from mailflow.domain.model import Kind, Status
from mailflow.domain.tasks import CaseState, CaseStatus, IssuedRecord, Promise, Signature

_RECORD = sa.select(
    records.c.id, records.c.case_id, records.c.number, records.c.revision, records.c.form, records.c.form_version,
    records.c.title, records.c.digest, records.c.file_name, records.c.issued_at, records.c.fields,
)  # fmt: skip
_SIGNATURE_COLUMNS = (
    signatures.c.id, signatures.c.record_id, signatures.c.case_id, signatures.c.task_id, signatures.c.cell,
    signatures.c.person, signatures.c.name, signatures.c.at, signatures.c.way, signatures.c.signed_digest,
    signatures.c.copy_digest, signatures.c.copy_name, signatures.c.evidence_digest, signatures.c.evidence_name,
    signatures.c.message_id, signatures.c.current,
)  # fmt: skip
_PROMISE = sa.select(
    promises.c.id, promises.c.case_id, promises.c.kind, promises.c.words, promises.c.due_at, promises.c.approved_by,
    promises.c.made_at, promises.c.kept_at,
)  # fmt: skip
# Asked for every case and mail, so made once: making a statement costs more than running it.
_CASE = sa.select(cases).where(cases.c.id == sa.bindparam("b_case")).with_for_update()
_PROCEDURE_TEXT = sa.select(procedures.c.text).where(procedures.c.digest == sa.bindparam("b_digest"))
_RECORDS_OF = _RECORD.where(records.c.case_id == sa.bindparam("b_case")).order_by(records.c.id)
_RECORD_OF = _RECORD.where(records.c.id == sa.bindparam("b_id"))
_NUMBERED = _RECORD.where(records.c.number == sa.bindparam("b_number")).order_by(records.c.revision)
_SIGNED = sa.select(*_SIGNATURE_COLUMNS).where(signatures.c.case_id == sa.bindparam("b_case")).order_by(signatures.c.id)
_SIGNED_NOW = _SIGNED.where(signatures.c.current)
_ORIGINAL = (
    sa.select(messages.c.id, messages.c.digest, messages.c.message_id)
    .where(of_case(sa.bindparam("b_case")))
    .order_by(messages.c.id)
    .limit(1)
)
_CASES_WITH = (
    sa.select(cases.c.id)
    .join(findings, findings.c.case_id == cases.c.id)
    .where(
        sa.text(TRAITS),  # said again in full, so that the index is found
        findings.c.field == sa.bindparam("b_field"),
        findings.c.value.in_(sa.bindparam("b_values", expanding=True)),
        cases.c.opened_at >= sa.bindparam("b_since"),
        cases.c.kind.in_(sa.bindparam("b_kinds", expanding=True)),
        cases.c.successor_id.is_(None),
    )
    .distinct()
    .order_by(cases.c.id.desc())
    .limit(sa.bindparam("b_limit"))
)
_EARLIER = (
    sa.select(cases.c.id)
    .where(
        cases.c.customer_id == sa.bindparam("b_customer"), cases.c.opened_at >= sa.bindparam("b_since"),
        cases.c.kind.in_(sa.bindparam("b_kinds", expanding=True)), cases.c.successor_id.is_(None),
    )
    .order_by(cases.c.id.desc())
    .limit(sa.bindparam("b_limit"))
)  # fmt: skip
_KNOWN_PROCEDURE = sa.select(procedures.c.digest).where(procedures.c.digest == sa.bindparam("b_digest"))
_BEGIN = (
    cases.update()
    .where(cases.c.id == sa.bindparam("b_case"))
    .values(
        procedure=sa.bindparam("b_procedure"),
        intake=sa.bindparam("b_intake"),
        channel=sa.bindparam("b_channel"),
        subkinds=sa.bindparam("b_subkinds"),
        priority=sa.bindparam("b_priority"),
    )
)


class CaseworkRows(Rows):
    """Rows of ``procedures``, ``signatures``, ``promises``, and what casework reads of ``cases`` and ``records``."""

    def case_state(self, case_id: int) -> CaseState:
        """What a case's own row says."""
        row = self.connection.execute(_CASE, {"b_case": case_id}).one()
        return CaseState(
            status=CaseStatus(row.status),
            round=row.round,
            channel=row.channel,
            severity=row.severity,
            language=row.language,
            subkinds=tuple(filter(None, row.subkinds.split("；"))),
            procedure=row.procedure,
            intake=json.loads(row.intake),
            subject=row.subject,
            priority=row.priority,
        )

    def begin_procedure(
        self, case_id: int, digest: str, name: str, text: str, intake: Mapping[str, Any], now: datetime, **case: str
    ) -> None:
        """Note by which procedure a new case runs, and the fields of its first mail."""
        if digest and self.connection.scalar(_KNOWN_PROCEDURE, {"b_digest": digest}) is None:
            values = {"digest": digest, "name": name, "text": text, "first_used_at": now}
            self.connection.execute(procedures.insert(), values)
        self.connection.execute(
            _BEGIN,
            {
                "b_case": case_id,
                "b_procedure": digest,
                "b_intake": _json(intake),
                "b_channel": case.get("channel", "mail"),
                "b_subkinds": fit(case.get("subkinds", ""), 200),
                "b_priority": case.get("priority", ""),
            },
        )

    def procedure_text(self, digest: str) -> str:
        """A procedure as it was when its first case began."""
        return str(self.connection.scalar(_PROCEDURE_TEXT, {"b_digest": digest}) or "")

    def set_intake(self, case_id: int, intake: Mapping[str, Any]) -> None:
        """The fields of the first mail, corrected."""
        self.connection.execute(cases.update().where(cases.c.id == case_id).values(intake=_json(intake)))

    def close_case(self, case_id: int, status: CaseStatus, now: datetime) -> None:
        """Close a case."""
        values = {"status": status.value, "closed_at": now, "changed_at": now}
        self.connection.execute(cases.update().where(cases.c.id == case_id).values(**values))

    def reopen_case(self, case_id: int, round_: int, now: datetime) -> None:
        """Open a case again, in its next round."""
        values = {"status": CaseStatus.OPEN.value, "round": round_, "closed_at": None, "changed_at": now}
        self.connection.execute(cases.update().where(cases.c.id == case_id).values(**values))

    # ------------------------------------------------------------------------------------------------ records

    def issued_records(self, case_id: int) -> list[IssuedRecord]:
        """The records of a case, every revision, in the order issued."""
        return [_record(row) for row in self.connection.execute(_RECORDS_OF, {"b_case": case_id})]

    def issued_record(self, record_id: int) -> IssuedRecord | None:
        """The record of a row id."""
        row = self.connection.execute(_RECORD_OF, {"b_id": record_id}).first()
        return None if row is None else _record(row)

    def record_by_number(self, number: str) -> list[IssuedRecord]:
        """Every revision of a record number, the newest last."""
        return [_record(row) for row in self.connection.execute(_NUMBERED, {"b_number": fit(number, 80)})]

    # --------------------------------------------------------------------------------------------- signatures

    def signatures(self, case_id: int, *, history: bool = False) -> list[Signature]:
        """The signatures of a case in the order given; with ``history`` also those that no longer count."""
        query = _SIGNED if history else _SIGNED_NOW
        return [_signature(row) for row in self.connection.execute(query, {"b_case": case_id})]

    def add_signature(self, signature: Signature) -> int:
        """Enter a signature; returns its row."""
        names = [column.name for column in _SIGNATURE_COLUMNS if column.name != "id"]
        values = {name: getattr(signature, _FIELD.get(name, name)) for name in names}
        return self.insert(signatures, {**values, "name": fit(signature.name, 100)})

    # -------------------------------------------------------------------------------------------------- mails

    def original_of_case(self, case_id: int) -> tuple[int, str, str] | None:
        """The case's first mail: row, digest, Message-ID."""
        row = self.connection.execute(_ORIGINAL, {"b_case": case_id}).first()
        return None if row is None else (row.id, row.digest, row.message_id)

    def customer_mails(self, case_id: int, limit: int) -> list[tuple[int, str]]:
        """The handled mails of a case that are no answers of our own staff, newest first: rows and digests."""
        query = sa.select(messages.c.id, messages.c.digest).where(
            of_case(case_id),
            messages.c.status == Status.HANDLED.value,
            messages.c.kind != Kind.STAFF_REPLY.value,
        )
        found = self.connection.execute(query.order_by(messages.c.id.desc()).limit(limit))
        return [(row.id, row.digest) for row in found]

    # ------------------------------------------------------------------------------------- repeats, promises

    def cases_with(
        self, field: str, values: Sequence[str], since: datetime, *, kinds: Sequence[str], limit: int
    ) -> list[int]:
        """Cases of these kinds opened since then, of any customer, that hold one of these values; newest first."""
        if not values:
            return []
        found = {"b_field": field, "b_values": [fit(value, LONGEST_TRAIT) for value in values]}
        among = {"b_since": since, "b_kinds": list(kinds), "b_limit": limit}
        return list(self.connection.scalars(_CASES_WITH, {**found, **among}))

    def earlier_cases(self, customer: int, since: datetime, *, kinds: Sequence[str], limit: int) -> list[int]:
        """A customer's cases of these kinds opened since then, newest first."""
        among = {"b_customer": customer, "b_since": since, "b_kinds": list(kinds), "b_limit": limit}
        return list(self.connection.scalars(_EARLIER, among))

    def add_promise(
        self, case_id: int, kind: str, words: str, due_at: datetime | None, *, approved_by: str, now: datetime
    ) -> int:
        """Enter a promise made to a customer."""
        values = {"case_id": case_id, "kind": kind, "words": fit(words, 2000), "due_at": due_at}
        return self.insert(promises, {**values, "approved_by": fit(approved_by, 320), "made_at": now})

    def promises(self, *, open_only: bool = True) -> list[Promise]:
        """Promises, by due time; those kept only when asked for."""
        query = _PROMISE.order_by(promises.c.due_at.nulls_first(), promises.c.id)
        if open_only:
            query = query.where(promises.c.kept_at.is_(None))
        return [Promise(*row) for row in self.connection.execute(query)]

    def keep_promise(self, promise_id: int, now: datetime) -> bool:
        """Note that a promise was kept; False when there is no such open promise."""
        done = self.connection.execute(
            promises.update().where(promises.c.id == promise_id, promises.c.kept_at.is_(None)).values(kept_at=now)
        )
        return done.rowcount == 1


_FIELD = {"message_id": "message"}


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)


def _record(row: Any) -> IssuedRecord:
    values: tuple[Any, ...] = tuple(row)
    return IssuedRecord(*(*values[:-1], json.loads(values[-1])))


def _signature(row: Any) -> Signature:
    values: tuple[Any, ...] = tuple(row)
    return Signature(*values)
