"""What people ask the ledger: lists of cases, one case in full, what is held, the counts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.capa_lists import CapaLists
from mailflow.adapters.sql.casework_lists import CaseworkLists, said_kind
from mailflow.adapters.sql.correction_rows import all_corrections
from mailflow.adapters.sql.decided import DECIDED
from mailflow.adapters.sql.engine import translated
from mailflow.adapters.sql.held_lists import SINGLE, TASK_OF_MAIL, mails_of_pile, open_piles
from mailflow.adapters.sql.moved_rows import of_case as belongs_to
from mailflow.adapters.sql.outbox_lists import OutboxLists
from mailflow.adapters.sql.storm_tables import held_tasks
from mailflow.adapters.sql.survey_tables import customer_traits
from mailflow.adapters.sql.tables import (
    answers,
    cases,
    contacts,
    corrections,
    customers,
    deliveries,
    findings,
    folders,
    journal,
    messages,
    outbox,
    promises,
    records,
    signatures,
    tasks,
    unfetched,
)
from mailflow.casework.corrections import facts, newest
from mailflow.domain.ports import Correction

Row = dict[str, Any]


class Lists(CaseworkLists, CapaLists, OutboxLists):
    """Read-only questions; each answer is one consistent state of the ledger."""

    def __init__(self, engine: sa.Engine, storage: Path) -> None:
        super().__init__(engine)
        self.storage = storage

    def cases(self, *, kind: str = "", customer: str = "", limit: int = 50) -> list[Row]:
        """The newest cases: number, kind, status, severity, validity, instructions, owner, customer, subject,
        opened_at, mails, record, corrected.

        ``severity_read`` is what was read, ``severity`` what counts.
        """
        mails = sa.select(sa.func.count()).where(messages.c.case_id == cases.c.id).scalar_subquery()
        record = sa.select(sa.func.max(records.c.number)).where(records.c.case_id == cases.c.id).scalar_subquery()
        query = (
            sa.select(
                cases.c.id,
                cases.c.number,
                said_kind.label("kind"),
                cases.c.status,
                *DECIDED,
                cases.c.severity.label("severity_read"),
                cases.c.subject,
                cases.c.opened_at,
                customers.c.number.label("customer"),
                customers.c.company,
                mails.label("mails"),
                record.label("record"),
            )
            .join(customers, customers.c.id == cases.c.customer_id)
            .order_by(cases.c.id.desc())
            .limit(limit)
        )
        if kind:
            query = query.where(said_kind == kind)
        if customer:
            query = query.where(
                sa.or_(customers.c.number == customer, customers.c.company.icontains(customer, autoescape=True))
            )
        with translated(), self.engine.connect() as connection, connection.begin():
            found = [dict(row) for row in connection.execute(query).mappings()]
            said: dict[int, dict[str, str]] = {}
            for item in all_corrections(connection, [row["id"] for row in found]):
                said.setdefault(item.case_id, {})[item.field] = item.value
            return [row | {"corrected": said.get(key, {})} for row in found if (key := row.pop("id"))]

    def corrections(self) -> list[Correction]:
        """Every correction of every case, the newest last."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return all_corrections(connection)

    def opening_mails(self) -> list[Row]:
        """The first handled mail of every case, by id: where its bytes lie, its times, its kind."""
        handled = sa.and_(messages.c.status == "handled", messages.c.case_id.is_not(None))
        first = sa.select(sa.func.min(messages.c.id)).where(handled).group_by(messages.c.case_id)
        return self._rows(
            sa.select(
                messages.c.id, messages.c.digest, messages.c.arrived_at, messages.c.received_at,
                messages.c.collected_at, messages.c.kind, messages.c.case_id,
            )
            .where(messages.c.id.in_(first))
            .order_by(messages.c.id)
        )  # fmt: skip

    def case_by_id(self, case: int) -> Row | None:
        """:meth:`case` for a row id."""
        number = self._rows(sa.select(cases.c.number).where(cases.c.id == case))
        return self.case(number[0]["number"]) if number else None

    def case(self, number: str) -> Row | None:
        """One case with all that hangs on it.

        Its customer, contacts, mails, findings, corrections, records, tasks, answers, signatures, promises, replies and
        journal; tasks and signatures also when they are history.
        """
        with translated(), self.engine.connect() as connection, connection.begin():

            def rows(query: Any) -> list[Row]:
                return [dict(row) for row in connection.execute(query).mappings()]

            found = rows(
                sa.select(
                    *(column for column in cases.c if column.name != "severity"),
                    *DECIDED,
                    cases.c.severity.label("severity_read"),
                    customers.c.number.label("customer"),
                    customers.c.company,
                )
                .join(customers, customers.c.id == cases.c.customer_id)
                .where(cases.c.number == number)
            )
            if not found:
                return None
            case = found[0]
            mine = case["id"]

            def of_case(table: sa.Table) -> list[Row]:
                return rows(sa.select(table).where(table.c.case_id == mine).order_by(table.c.id))

            read = of_case(findings)
            said = all_corrections(connection, [mine])
            corrected = newest(said)
            if "kind" in corrected:
                case["kind"] = corrected["kind"].value
            mail_columns = (
                messages.c.id, messages.c.received_at, messages.c.sender, messages.c.subject, messages.c.kind,
                messages.c.status, messages.c.reason, messages.c.digest, messages.c.message_id,
                messages.c.arrived_at, messages.c.collected_at, messages.c.trust,
            )  # fmt: skip
            reply_columns = (
                outbox.c.id, outbox.c.recipient, outbox.c.status, outbox.c.attempts, outbox.c.sent_at,
                outbox.c.last_error, outbox.c.mail_id,
            )  # fmt: skip
            successor = sa.select(cases.c.number).where(cases.c.id == case.pop("successor_id"))
            joined = sa.select(cases.c.number).where(cases.c.successor_id == mine).order_by(cases.c.id)
            return case | {
                "goes_on_as": next(iter(connection.scalars(successor)), ""),
                "joined": list(connection.scalars(joined)),
                "folder": str(self.storage / "archive" / case["customer"] / number),
                "contacts": rows(sa.select(contacts).where(contacts.c.customer_id == case["customer_id"])),
                "mails": rows(sa.select(*mail_columns).where(belongs_to(mine)).order_by(messages.c.id)),
                "findings": [row | {"corrected": row["field"] in corrected} for row in read],
                "corrections": [asdict(item) for item in said],
                "facts": facts(((row["field"], row["value"]) for row in read), said),
                "records": of_case(records),
                "tasks": of_case(tasks),
                "answers": of_case(answers),
                "signatures": of_case(signatures),
                "promises": of_case(promises),
                "replies": rows(sa.select(*reply_columns).where(outbox.c.case_id == mine).order_by(outbox.c.id)),
                "journal": of_case(journal),
            }

    def contacts(self, customer: str = "") -> list[Row]:
        """The contacts of all customers or of one (by its number), each with how sure it is; by customer."""
        query = sa.select(
            contacts.c.id, contacts.c.address, contacts.c.name, contacts.c.phone, contacts.c.confirmed,
            contacts.c.claimed, contacts.c.first_seen, contacts.c.unreachable_at,
            customers.c.number.label("customer"), customers.c.company,
        ).join(customers, customers.c.id == contacts.c.customer_id)  # fmt: skip
        if customer:
            query = query.where(customers.c.number == customer)
        return self._rows(query.order_by(customers.c.id, contacts.c.id))

    def customers(self) -> list[Row]:
        """Every customer: id, number, company, created_at, tier, and name and address (contact, mail) of his first
        contact, a confirmed one before others."""
        first = (
            sa.select(contacts.c.id)
            .where(contacts.c.customer_id == customers.c.id)
            .order_by(contacts.c.confirmed.desc(), contacts.c.id)
            .limit(1)
            .correlate(customers)
            .scalar_subquery()
        )
        return self._rows(
            sa.select(
                customers.c.id, customers.c.number, customers.c.company, customers.c.created_at,
                sa.func.coalesce(customer_traits.c.tier, "").label("tier"),
                sa.func.coalesce(contacts.c.name, "").label("contact"),
                sa.func.coalesce(contacts.c.address, "").label("mail"),
            )
            .outerjoin(contacts, contacts.c.id == first)
            .outerjoin(customer_traits, customer_traits.c.customer_id == customers.c.id)
            .order_by(customers.c.id)
        )  # fmt: skip

    def held(self) -> list[Row]:
        """Mails a person must look at, oldest first, but those on piles; who must decide until when, if that is set."""
        return self._rows(
            sa.select(
                messages.c.id, messages.c.mailbox, messages.c.folder, messages.c.uid, messages.c.reason,
                messages.c.detail, messages.c.sender, messages.c.subject, messages.c.collected_at, messages.c.digest,
                messages.c.trust, held_tasks.c.person, held_tasks.c.due_at,
            )
            .outerjoin(held_tasks, TASK_OF_MAIL)
            .where(SINGLE)
            .order_by(messages.c.id)
        )  # fmt: skip

    def left_out(self) -> list[Row]:
        """Mails that lie in a mailbox and that its server does not give: asked for at least once in vain."""
        columns = (unfetched.c.mailbox, unfetched.c.folder, unfetched.c.uid)
        rest = (unfetched.c.why, unfetched.c.tries, unfetched.c.first_at, unfetched.c.next_at)
        return self._rows(sa.select(*columns, *rest).order_by(*columns))

    def piles(self) -> list[Row]:
        """Piles of mails that came too fast, as :func:`mailflow.adapters.sql.held_lists.open_piles` gives them."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return open_piles(connection)

    def pile(self, pile: int) -> list[Row]:
        """The mails of one pile; empty when there is no such pile."""
        with translated(), self.engine.connect() as connection, connection.begin():
            return mails_of_pile(connection, pile)

    def unsure(self) -> list[Row]:
        """Cases whose kind a person should confirm: nothing spoke clearly, and nobody has said it yet."""
        said = sa.exists().where(corrections.c.case_id == cases.c.id, corrections.c.field == "kind")
        return self._rows(
            sa.select(cases.c.number, cases.c.subject, cases.c.kind, journal.c.data, journal.c.message_id)
            .join(cases, cases.c.id == journal.c.case_id)
            .where(journal.c.event == "kind.unsure", ~said)
            .order_by(journal.c.id)
        )

    def mails(self) -> list[Row]:
        """Every mail with what became of it, in the order collected."""
        record = sa.select(sa.func.max(records.c.number)).where(records.c.message_id == messages.c.id)
        reply = sa.select(sa.func.max(outbox.c.status)).where(outbox.c.message_id == messages.c.id)
        return self._rows(
            sa.select(
                messages.c.id, messages.c.mailbox, messages.c.uid, messages.c.subject, messages.c.sender,
                messages.c.status, messages.c.kind, messages.c.reason, messages.c.digest,
                cases.c.number.label("case"), customers.c.number.label("customer"), customers.c.company,
                record.scalar_subquery().label("record"), reply.scalar_subquery().label("reply"),
            )
            .join(cases, cases.c.id == messages.c.case_id, isouter=True)
            .join(customers, customers.c.id == cases.c.customer_id, isouter=True)
            .order_by(messages.c.id)
        )  # fmt: skip

    def folders(self) -> list[Row]:
        """The last reconciliation of every folder."""
        return self._rows(
            sa.select(folders).where(folders.c.read_to.is_(None)).order_by(folders.c.mailbox, folders.c.folder)
        )

    def counts(self) -> dict[str, int]:
        """Mails by status and replies by status: ``mails.held``, ``replies.pending`` ..."""
        with translated(), self.engine.connect() as connection, connection.begin():
            found: dict[str, int] = {}
            for name, table in (("mails", messages), ("replies", outbox)):
                query = sa.select(table.c.status, sa.func.count()).group_by(table.c.status)
                found |= {f"{name}.{status}": count for status, count in connection.execute(query)}
            bounced = sa.select(sa.func.count()).where(deliveries.c.result == "bounced")
            found["replies.bounced"] = connection.scalar(bounced) or 0
            return found

    def _rows(self, query: Any) -> list[Row]:
        with translated(), self.engine.connect() as connection, connection.begin():
            return [dict(row) for row in connection.execute(query).mappings()]
