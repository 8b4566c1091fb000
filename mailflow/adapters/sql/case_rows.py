"""The ledger's rows of customers, cases, findings, records and counters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import (
    LONGEST_TRAIT,
    TRAIT_FIELDS,
    cases,
    counters,
    customers,
    findings,
    messages,
    outbox,
    records,
)
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Case, Customer, Details, Kind, Record

CASE = sa.select(
    cases.c.id,
    cases.c.number,
    cases.c.kind,
    cases.c.opened_at,
    cases.c.opened_by,
    cases.c.customer_id,
    customers.c.number.label("customer_number"),
    customers.c.company,
    customers.c.created_at,
).join(customers, customers.c.id == cases.c.customer_id)
_CASE_BY_ID = CASE.where(cases.c.id == sa.bindparam("b_case"))
_CASE_BY_NUMBER = CASE.where(cases.c.number == sa.bindparam("b_number"))
_CUSTOMER = sa.select(customers.c.id, customers.c.number, customers.c.company, customers.c.created_at)
_BY_COMPANY = _CUSTOMER.where(customers.c.company_key == sa.bindparam("b_key")).order_by(customers.c.id).limit(1)
_TOUCH = (
    customers.update()
    .where(customers.c.id == sa.bindparam("b_id"))
    .values(changed=customers.c.changed + 1)
)  # fmt: skip
_TOUCH_CASE = (
    customers.update()
    .where(
        customers.c.id == sa.select(cases.c.customer_id).where(cases.c.id == sa.bindparam("b_case")).scalar_subquery()
    )
    .values(changed=customers.c.changed + 1)
)
_CHANGE_CASE = (
    cases.update().where(cases.c.id == sa.bindparam("b_id")).values(changed_at=sa.bindparam("b_now"))
)  # fmt: skip
_COUNT = (
    counters.update()
    .where(counters.c.name == sa.bindparam("b_name"))
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
_RESENT = (
    sa.select(messages.c.case_id)
    .where(
        messages.c.sender == sa.bindparam("b_sender"),
        messages.c.text_digest == sa.bindparam("b_text"),
        messages.c.case_id.is_not(None),
        messages.c.finished_at >= sa.bindparam("b_since"),
    )
    .order_by(messages.c.id.desc())
    .limit(1)
)
_EARLIER = sa.and_(messages.c.id != sa.bindparam("b_id"), messages.c.status != "waiting")
_DUPLICATE = (
    sa.select(messages.c.id, messages.c.case_id)
    .where(messages.c.digest == sa.bindparam("b_digest"), messages.c.id < sa.bindparam("b_id"), _EARLIER)
    .union_all(
        sa.select(messages.c.id, messages.c.case_id).where(
            messages.c.message_id == sa.bindparam("b_message_id"),
            messages.c.message_id != "",
            messages.c.sender == sa.bindparam("b_sender"),
            messages.c.text_digest == sa.bindparam("b_text"),
            messages.c.reason != "duplicate",  # it was set aside for this one, which is looked at again
            _EARLIER,
        )
    )
    .limit(1)
)
_NAMED = sa.select(sa.func.min(messages.c.id)).where(messages.c.message_id == sa.bindparam("b_message_id"), _EARLIER)
_MAILS_CASES = (
    sa.select(messages.c.case_id)
    .where(messages.c.message_id.in_(sa.bindparam("b_ids", expanding=True)), messages.c.case_id.is_not(None))
    .union(
        sa.select(outbox.c.case_id).where(
            outbox.c.mail_id.in_(sa.bindparam("b_ids", expanding=True)), outbox.c.case_id.is_not(None)
        )
    )
)
_ANSWERS_CASES = sa.select(messages.c.case_id).where(
    messages.c.answers == sa.bindparam("b_id"), messages.c.case_id.is_not(None)
)
_SAME_ORDER = (
    sa.select(findings.c.case_id)
    .join(cases, cases.c.id == findings.c.case_id)
    .where(
        cases.c.customer_id == sa.bindparam("b_customer"),
        cases.c.opened_at >= sa.bindparam("b_since"),
        cases.c.successor_id.is_(None),  # its mails are the successor's, too
        findings.c.field == sa.bindparam("b_field"),
        findings.c.value.in_(sa.bindparam("b_values", expanding=True)),
    )
    .distinct()
)


class CaseRows(Rows):
    """Rows of ``customers``, ``cases``, ``findings``, ``records`` and ``counters``."""

    # ------------------------------------------------------------------------------------------ seen before?

    def duplicate_of(
        self, message: int, digest: str, message_id: str, sender: str, text_digest: str
    ) -> tuple[int, int | None] | None:
        """The earlier mail this one repeats (row, case): same bytes, or same Message-ID, sender and text."""
        where = {
            "b_digest": digest,
            "b_id": message,
            "b_message_id": fit(message_id, 255),
            "b_sender": fit(sender, 320),
            "b_text": text_digest,
        }
        row = self.connection.execute(_DUPLICATE, where).first()
        return None if row is None else (row.id, row.case_id)

    def of_same_name(self, message: int, message_id: str) -> int | None:
        """The first other mail with this Message-ID that has come to its end, or None."""
        found: int | None = self.connection.scalar(_NAMED, {"b_id": message, "b_message_id": fit(message_id, 255)})
        return found

    def subjects_of(self, case: int) -> list[str]:
        """The subjects of a case and of its mails, each once."""
        own = sa.select(cases.c.subject).where(cases.c.id == case)
        return list(self.connection.scalars(own.union(sa.select(messages.c.subject).where(messages.c.case_id == case))))

    def case_of_resent(self, sender: str, text_digest: str, since: datetime) -> Case | None:
        """The case of a mail with the same words from the same sender."""
        where = {"b_sender": fit(sender, 320), "b_text": text_digest, "b_since": since}
        case_id = self.connection.scalar(_RESENT, where)
        return None if case_id is None else self.case(case_id)

    def cases_of_mails(self, mail_ids: Sequence[str]) -> list[Case]:
        """The cases these Message-IDs belong to, ours and theirs."""
        found = set(self.connection.scalars(_MAILS_CASES, {"b_ids": [fit(item, 255) for item in mail_ids]}))
        return [self.case(case_id) for case_id in sorted(found)]

    def cases_answering(self, mail_id: str) -> list[Case]:
        """The cases of mails that answer the mail with this Message-ID."""
        found = set(self.connection.scalars(_ANSWERS_CASES, {"b_id": fit(mail_id, 255)}))
        return [self.case(case_id) for case_id in sorted(found)]

    def case_by_number(self, number: str) -> Case | None:
        """The case with this number, or None."""
        row = self.connection.execute(_CASE_BY_NUMBER, {"b_number": number}).first()
        return None if row is None else case_of(row)

    def cases_sharing(self, customer: int, field: str, values: Sequence[str], since: datetime) -> list[int]:
        """Cases of a customer, opened since then, that hold one of these values in a field."""
        wanted = [fit(value, 5000) for value in values]
        where = {"b_customer": customer, "b_field": field, "b_values": wanted, "b_since": since}
        return sorted(self.connection.scalars(_SAME_ORDER, where)) if values else []

    def case(self, case_id: int) -> Case:
        """The case of a row id."""
        return case_of(self.connection.execute(_CASE_BY_ID, {"b_case": case_id}).one())

    # ---------------------------------------------------------------------------------------------- customers

    def customer_of_company(self, company_key: str) -> Customer | None:
        """The customer with this company name (compared by its key)."""
        row = self.connection.execute(_BY_COMPANY, {"b_key": fit(company_key, 255)}).first()
        return None if row is None else Customer(*row)

    def add_customer(self, number: str, company: str, company_key: str, now: datetime) -> Customer:
        """Open a customer."""
        values = {"number": number, "company": fit(company, 255), "company_key": fit(company_key, 255)}
        key = self.insert(customers, {**values, "created_at": now})
        return Customer(key, number, values["company"], now)

    def name_customer(self, customer: Customer, company: str, company_key: str) -> None:
        """Give a customer without a company name its name."""
        self.connection.execute(
            customers.update()
            .where(customers.c.id == customer.id, customers.c.company == "")
            .values(company=fit(company, 255), company_key=fit(company_key, 255))
        )

    def rename_customer(self, customer: Customer, was: str, company: str, company_key: str) -> bool:
        """Correct the name of a customer who is called ``was`` and has one case; whether it was done.

        Not when another customer has the right name already: which of the two it is, a person must say.
        """
        if self.customer_of_company(company_key) not in (None, customer):
            return False
        others = sa.select(sa.func.count()).where(cases.c.customer_id == customer.id).scalar_subquery()
        changed = self.connection.execute(
            customers.update()
            .where(customers.c.id == customer.id, customers.c.company == fit(was, 255), others == 1)
            .values(company=fit(company, 255), company_key=fit(company_key, 255))
        )
        return bool(changed.rowcount)

    def touch(self, customer: int) -> None:
        """Something about this customer changed: its archive is behind."""
        self.connection.execute(_TOUCH, {"b_id": customer})

    def touch_case(self, case_id: int) -> None:
        """The same for the customer of a case."""
        self.connection.execute(_TOUCH_CASE, {"b_case": case_id})

    # -------------------------------------------------------------------------------------------------- cases

    def next_number(self, counter: str) -> int:
        """The next number of a series, gap-free because it lives in the same transaction as its use."""
        value = self.connection.execute(_COUNT, {"b_name": counter}).scalar()
        if value is None:
            self.connection.execute(counters.insert(), {"name": counter, "value": 1})
            value = 1
        return int(value)

    def add_case(
        self,
        number: str,
        customer: Customer,
        details: Details,
        kind: Kind,
        *,
        subject: str,
        opened_by: str,
        now: datetime,
    ) -> Case:
        """Open a case; ``opened_by`` is the address that opened it, lower case, empty when nobody's mail did."""
        opened_by = fit(opened_by, 320)
        values = {
            "number": number,
            "customer_id": customer.id,
            "kind": kind.value,
            "status": "open",
            "language": details.language,
            "subject": fit(subject, 500),
            "severity": fit(details.value("severity"), 20),
            "opened_at": now,
            "changed_at": now,
            "opened_by": opened_by,
        }
        key = self.insert(cases, values)
        return Case(key, number, customer, kind, now, is_new=True, opened_by=opened_by)

    def change_case(self, case: Case, now: datetime) -> None:
        """Note that something was added to a case."""
        self.connection.execute(_CHANGE_CASE, {"b_id": case.id, "b_now": now})

    def add_findings(self, message: int, case: int, details: Details) -> None:
        """Keep what was read, with its evidence."""
        rows = [
            {
                "message_id": message,
                "case_id": case,
                "field": item.field,
                "value": fit(item.value, LONGEST_TRAIT if item.field in TRAIT_FIELDS else 5000),
                "words": fit(item.words, 5000),
                "source": fit(item.source, 300),
                "start": item.start,
                "end": item.end,
                "rule": fit(item.rule, 100),
                "confidence": item.confidence,
            }
            for item in details.findings
        ]
        if rows:
            self.connection.execute(findings.insert(), rows)

    # ------------------------------------------------------------------------------------------------ records

    def add_record(
        self, case: Case, message: int | None, spec: FormSpec, record: Record, fields: Mapping[str, Any], revision: int
    ) -> int:
        """Enter an issued record with the values it was printed with."""
        values: dict[str, Any] = {
            "number": record.number,
            "revision": revision,
            "form": record.form,
            "form_version": record.version,
            "title": record.title,
            "case_id": case.id,
            "message_id": message,
            "digest": record.digest,
            "file_name": record.file_name,
            "retention_years": spec.retention_years,
            "issued_at": record.issued_at,
            "fields": json.dumps(fields, ensure_ascii=False, separators=(",", ":"), default=str),
        }
        return self.insert(records, values)


def case_of(row: Any) -> Case:
    """A case from its row."""
    customer = Customer(row.customer_id, row.customer_number, row.company, row.created_at)
    return Case(row.id, row.number, customer, Kind(row.kind), row.opened_at, opened_by=row.opened_by)
