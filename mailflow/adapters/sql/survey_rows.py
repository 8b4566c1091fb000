"""The ledger's rows of surveys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.survey_tables import customer_traits, survey_answers, survey_invitations, survey_rounds
from mailflow.adapters.sql.tables import cases, contacts, customers, outbox
from mailflow.domain.model import Kind
from mailflow.domain.survey_ports import CHOSEN, PLANNED, Candidate, Invitation, Round, SurveyAnswer, Traits
from mailflow.domain.tasks import CaseStatus

GRAVE = ("恶性", "重大")
TOP = "特急"
REMINDER = "survey:{invitation}:"
"""How the occasions of an invitation's mails begin."""

_I, _R, _A, _T = survey_invitations.c, survey_rounds.c, survey_answers.c, customer_traits.c
_MOST_NAMES = 500


class SurveyRows(Rows):
    """Rows of ``customer_traits``, ``survey_rounds``, ``survey_invitations`` and ``survey_answers``."""

    # ------------------------------------------------------------------------------------------------- customers

    def survey_candidates(self, since: datetime) -> list[Candidate]:
        """Every contact of customers with a case since then or with traits; customers without contacts once."""
        of_customers = cases.c.kind != Kind.DUTY.value
        recent = (
            sa.select(
                cases.c.customer_id.label("customer"),
                sa.func.max(cases.c.opened_at).label("last"),
                sa.func.sum(sa.case((cases.c.kind == Kind.COMPLAINT.value, 1), else_=0)).label("complaints"),
            )
            .where(cases.c.opened_at >= since, of_customers, cases.c.status != CaseStatus.VOID.value)
            .group_by(cases.c.customer_id)
            .subquery()
        )
        grave = (
            sa.select(cases.c.customer_id)
            .where(
                cases.c.status == CaseStatus.OPEN.value,
                cases.c.kind == Kind.COMPLAINT.value,
                sa.or_(cases.c.severity.in_(GRAVE), cases.c.priority == TOP),
            )
            .distinct()
        )
        asked = (
            sa.select(_I.customer_id.label("customer"), sa.func.max(_I.sent_at).label("asked"))
            .where(_I.sent_at.is_not(None))
            .group_by(_I.customer_id)
            .subquery()
        )
        query = (
            sa.select(
                customers.c.id, customers.c.company, contacts.c.address, contacts.c.name, contacts.c.unreachable_at,
                contacts.c.confirmed, _T.customer_id.label("known"), _T.tier, _T.level, _T.is_key, _T.manager,
                recent.c.last, recent.c.complaints, asked.c.asked, customers.c.id.in_(grave).label("grave"),
            )
            .outerjoin(contacts, contacts.c.customer_id == customers.c.id)
            .outerjoin(customer_traits, _T.customer_id == customers.c.id)
            .outerjoin(recent, recent.c.customer == customers.c.id)
            .outerjoin(asked, asked.c.customer == customers.c.id)
            .where(sa.or_(_T.customer_id.is_not(None), recent.c.customer.is_not(None)))
            .order_by(customers.c.id, contacts.c.confirmed.desc(), contacts.c.id)
        )  # fmt: skip
        return [
            Candidate(
                row.id, row.company, row.address or "", row.name or "",
                Traits(row.id, row.tier or "", row.level or "", bool(row.is_key), row.manager or ""),
                _moment(row.last), row.unreachable_at is None, int(row.complaints or 0), bool(row.grave),
                _moment(row.asked),
            )
            for row in self.connection.execute(query)
        ]  # fmt: skip

    def set_traits(self, traits: Traits) -> None:
        """What the company says of a customer, replacing what it said before."""
        self.connection.execute(customer_traits.delete().where(_T.customer_id == traits.customer))
        values = {"tier": fit(traits.tier, 60), "level": fit(traits.level, 60), "manager": fit(traits.manager, 320)}
        self.connection.execute(
            customer_traits.insert(), {"customer_id": traits.customer, "is_key": traits.is_key, **values}
        )

    def all_traits(self) -> list[tuple[str, Traits]]:
        """The customers something is said of, each with its name, by row."""
        query = (
            sa.select(customers.c.company, _T.customer_id, _T.tier, _T.level, _T.is_key, _T.manager)
            .join(customers, customers.c.id == _T.customer_id)
            .order_by(_T.customer_id)
        )
        return [(company, Traits(*row)) for company, *row in self.connection.execute(query)]

    def customers_named(self, names: Sequence[str]) -> dict[str, int]:
        """The customers with these numbers or names, as far as there are; a name two have is nobody's."""
        found: dict[str, int] = {}
        several: set[str] = set()
        for at in range(0, len(names), _MOST_NAMES):
            part = list(names[at : at + _MOST_NAMES])
            query = sa.select(customers.c.id, customers.c.number, customers.c.company).where(
                sa.or_(customers.c.number.in_(part), customers.c.company.in_(part))
            )
            for row in self.connection.execute(query.order_by(customers.c.id)):
                for name in {row.number, row.company} & set(part):
                    several |= {name} if found.setdefault(name, row.id) != row.id else set()
        return {name: row for name, row in found.items() if name not in several}

    # ------------------------------------------------------------------------------------------------- rounds

    def add_round(self, case: int, questionnaire: str, text: str, period: str, plan: str, now: datetime) -> int:
        """Enter a round; its row."""
        values = {"case_id": case, "questionnaire": questionnaire, "text": text, "period": fit(period, 10)}
        return self.insert(survey_rounds, {**values, "status": PLANNED, "plan": plan, "created_at": now})

    def rounds(self) -> list[Round]:
        """All rounds, the newest first."""
        return self._rounds(sa.true())

    def survey_round(self, round_id: int) -> Round:
        """One round by its row."""
        return self._rounds(_R.id == round_id)[0]

    def _rounds(self, which: sa.ColumnElement[bool]) -> list[Round]:
        query = sa.select(survey_rounds, cases.c.number).join(cases, cases.c.id == _R.case_id).where(which)
        return [
            Round(
                row.id, row.case_id, row.number, row.questionnaire, row.text, row.period, row.status,
                json.loads(row.plan), row.created_at, row.sent_at, row.closed_at,
            )
            for row in self.connection.execute(query.order_by(_R.id.desc()))
        ]  # fmt: skip

    def set_round(self, round_id: int, **values: Any) -> None:
        """Change columns of a round."""
        self.connection.execute(survey_rounds.update().where(_R.id == round_id).values(**values))

    # ------------------------------------------------------------------------------------------------- invitations

    def add_invitation(self, round_id: int, who: Candidate, instead: int | None = None) -> int:
        """Choose somebody for a round; raises IntegrityError when he was before."""
        values = {"round_id": round_id, "customer_id": who.customer, "address": fit(who.address.lower(), 320)}
        traits = {"tier": who.traits.tier, "is_key": who.traits.is_key, "manager": who.traits.manager}
        more = {"name": fit(who.name, 255), "status": CHOSEN, "instead_of": instead}
        return self.insert(survey_invitations, values | traits | more)

    def set_invitation(self, invitation: int, **values: Any) -> None:
        """Change columns of an invitation."""
        self.connection.execute(survey_invitations.update().where(_I.id == invitation).values(**values))

    def invitations(self, round_id: int) -> list[Invitation]:
        """All of a round, by row."""
        return self._invitations(_I.round_id == round_id)

    def invitation(self, invitation: int) -> Invitation | None:
        """One by its row."""
        return next(iter(self._invitations(_I.id == invitation)), None)

    def invited_under(self, outbox_rows: Sequence[int]) -> Invitation | None:
        """The invitation one of these mails was the letter, or a reminder, of."""
        query = sa.select(outbox.c.occasion).where(outbox.c.id.in_(outbox_rows), outbox.c.occasion.like("survey:%"))
        for row in self.connection.execute(query.order_by(outbox.c.id.desc())):
            return self.invitation(int(row.occasion.split(":")[1]))
        return None

    def _invitations(self, which: sa.ColumnElement[bool]) -> list[Invitation]:
        query = (
            sa.select(survey_invitations, customers.c.company)
            .join(customers, customers.c.id == _I.customer_id)
            .where(which)
            .order_by(_I.id)
        )
        return [
            Invitation(
                row.id, row.round_id, row.customer_id, row.company, row.address, row.name, row.tier, row.is_key,
                row.manager, row.status, row.outbox_id, row.sent_at, row.reminders, row.instead_of, row.followed_by,
            )
            for row in self.connection.execute(query)
        ]  # fmt: skip

    # ------------------------------------------------------------------------------------------------- answers

    def add_survey_answer(self, answer: SurveyAnswer) -> int:
        """Enter an answer as the next version of its invitation; its version."""
        last = sa.select(sa.func.max(_A.version)).where(_A.invitation_id == answer.invitation)
        version = (self.connection.execute(last).scalar() or 0) + 1
        texts = {name: _json(getattr(answer, name)) for name in ("scores", "words", "remarks")}
        values = {
            "invitation_id": answer.invitation, "version": version, "way": answer.way, "at": answer.at,
            "sender": fit(answer.sender, 320), "message_id": answer.message, "verdict": answer.verdict,
            "actor": fit(answer.actor, 320), "doubts": _json([list(doubt) for doubt in answer.doubts]),
        }  # fmt: skip
        self.insert(survey_answers, values | texts)
        return version

    def survey_answers(self, round_id: int) -> list[SurveyAnswer]:
        """All answers of a round, by invitation and version."""
        query = (
            sa.select(survey_answers)
            .join(survey_invitations, _I.id == _A.invitation_id)
            .where(_I.round_id == round_id)
            .order_by(_A.invitation_id, _A.version)
        )
        return [
            SurveyAnswer(
                row.id, row.invitation_id, row.version, row.way, row.sender, row.at, row.message_id,
                json.loads(row.scores), json.loads(row.words), json.loads(row.remarks),
                [(key, why, words) for key, why, words in json.loads(row.doubts)], row.verdict, row.actor,
            )
            for row in self.connection.execute(query)
        ]  # fmt: skip


def _json(value: Any) -> str:
    text = json.dumps(dict(value) if hasattr(value, "keys") else value, ensure_ascii=False)
    return fit(text, len(text))


def _moment(value: Any) -> datetime | None:
    """An aggregate's value: some databases give back the text of the column."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
