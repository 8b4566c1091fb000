"""One event told twice, by mail and by telephone, or from two addresses: proposed to whoever takes it in, never joined.

Filing joins what is surely one (:mod:`mailflow.stages.file`).  What is left is an open complaint of the last days that
came another way and shares what tells two events apart: an order, a batch, a telephone.  A person says whether it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from mailflow.domain.model import Case, Details, Kind
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseStatus
from mailflow.sentences.catalogue import sentence, worded

FIELD = "same_event"
"""Where the proposals stand among the fields a case came with: number, evidence, what joins them."""
ASKED = "receptionist"
"""The role that is shown them."""

WITHIN = timedelta(days=7)
SHOWN = 2
_KINDS = (Kind.COMPLAINT.value, Kind.FOLLOWUP.value)
_LOOKED_AT = 20
_SHORTEST = {"order_no": 5, "phone": 7}  # shorter ones are shared by chance
_TITLES: Mapping[str, str] = {
    "order_no": sentence("same order"),
    "batch_no": sentence("same batch"),
    "phone": sentence("same telephone"),
    "contact": sentence("same contact"),
    "model": sentence("same model"),
    "product": sentence("same product"),
    "defect_or_issue": sentence("same trouble"),
}
_TELLING = frozenset({"order_no", "batch_no", "phone"})
_WAYS: Mapping[str, str] = {"oral": sentence("a colleague's note"), "mail": sentence("a mail")}


@dataclass(frozen=True, slots=True)
class SameEvent:
    """A case that may be of the same event: its number, how and when it came, and what both say (field, value)."""

    number: str
    channel: str
    opened_at: datetime
    shared: tuple[tuple[str, str], ...]
    customers: tuple[str, ...] = ()  # of two customers both numbers, which whoever joins them must name

    def target(self) -> str:
        """What stands behind 并入： to make them one."""
        if not self.customers:
            return self.number
        one, two = self.customers
        return worded("zh", "{number}, {one} and {two}", number=self.number, one=one, two=two)

    def words(self, language: str, zone: tzinfo) -> str:
        """How it came, and what speaks for one event, on one line."""
        way = worded(language, _WAYS[self.channel]) if self.channel in _WAYS else self.channel
        evidence = [f"{worded(language, _TITLES[field])} {value}" for field, value in self.shared]
        return worded(language, "list|; ").join((f"{way} {self.opened_at.astimezone(zone):%m-%d %H:%M}", *evidence))


def find(case: Case, details: Details, channel: str, work: Work, now: datetime) -> list[SameEvent]:
    """The open complaints that may be of the same event as a new one, those that share most first."""
    mine = {field: _plain(field, details.values(field)) for field in _TITLES}
    found = []
    for other in _candidates(case, details, work, now - WITHIN):
        state = work.case_state(other.id)
        came_alike = state.channel == channel and other.opened_by == case.opened_by
        if state.status is not CaseStatus.OPEN or came_alike:
            continue
        theirs = {field: _plain(field, work.found_values(other.id, field)) for field in _TITLES}
        shared = _shared(mine, theirs)
        if _is_enough({field for field, _ in shared}, same_customer=other.customer.id == case.customer.id):
            both = () if other.customer.id == case.customer.id else (case.customer.number, other.customer.number)
            found.append(SameEvent(other.number, state.channel, other.opened_at, tuple(shared), both))
    return sorted(found, key=lambda item: -len(item.shared))[:SHOWN]


# ------------------------------------------------------------------------------------------------------------ parts


def _candidates(case: Case, details: Details, work: Work, since: datetime) -> Iterable[Case]:
    """Recent complaints of the customer, and of others about the same goods."""
    ids = dict.fromkeys(work.earlier_cases(case.customer.id, since, kinds=_KINDS, limit=_LOOKED_AT))
    for field in ("batch_no", "model", "product"):
        ids |= dict.fromkeys(work.cases_with(field, details.values(field), since, kinds=_KINDS, limit=_LOOKED_AT))
    return (work.case(found) for found in ids if found != case.id)


def _shared(mine: Mapping[str, Mapping[str, str]], theirs: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """The fields both have a value of in common, with the value as the new mail writes it."""
    common = ((field, next((mine[field][key] for key in mine[field] if key in theirs[field]), "")) for field in mine)
    return [(field, value) for field, value in common if value]


def _is_enough(fields: set[str], *, same_customer: bool) -> bool:
    """One of one customer's telling marks, or his goods with the same trouble; of two customers more than one mark."""
    if same_customer:
        return bool(fields & _TELLING) or ("defect_or_issue" in fields and bool(fields & {"model", "product"}))
    return bool(fields & (_TELLING - {"batch_no"})) and len(fields) > 1


def _plain(field: str, values: Sequence[str]) -> dict[str, str]:
    """The values by how they are compared."""
    pairs = ((re.sub(r"\D", "", value)[-11:] if field == "phone" else value.casefold(), value) for value in values)
    return {key: value for key, value in pairs if len(key) >= _SHORTEST.get(field, 1)}
