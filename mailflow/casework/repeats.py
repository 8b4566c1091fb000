"""Earlier cases that look like the same trouble: proposed to people at intake, decided by them.

The same goods with the same trouble within twelve months, of any customer; or the same customer, which alone is only
shown.  Auditors look for two complaints about one defect that were worked on apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.domain.model import SUPERSEDED, Case, Details, Kind
from mailflow.domain.ports import Work
from mailflow.records.clean import clean, short
from mailflow.sentences.catalogue import worded

WITHIN = timedelta(days=365)
LOOKED_AT = 20
SHOWN = 3
NAMED = 5  # more are found, and not told
_KINDS = (Kind.COMPLAINT.value, Kind.FOLLOWUP.value)


@dataclass(frozen=True, slots=True)
class Repeats:
    """``same`` are cases of the same trouble with why they are thought so; ``customer`` others of this customer."""

    same: tuple[tuple[str, str], ...] = ()
    customer: tuple[str, ...] = ()

    def words(self, said: str = "") -> str:
        """A hint for the cell of the form: that names cases and what they share; empty when there is none.

        ``said`` is how the writer says that it happened before.
        """
        hints = [worded("zh", "as {number}: {why}", number=number, why=why) for number, why in self.same[:SHOWN]]
        if said:
            hints.append(worded("zh", "the mail says “{words}”", words=said))
        if self.customer and not self.same:
            numbers = "、".join(self.customer[:SHOWN])
            hints.append(worded("zh", "of this customer also {numbers}", numbers=numbers))
        return worded("zh", "hint: {hints}", hints="；".join(hints)) if hints else ""


def said_again(details: Details) -> str:
    """The writer's first words that say it is not the first time; empty when he says nothing of the kind."""
    words = (item.words for item in details.findings if item.field == "repeat_hint" and item.confidence > SUPERSEDED)
    return next((short(" ".join(clean(said).split()), 20) for said in words if said.strip()), "")


def find(case: Case, details: Details, work: Work, now: datetime) -> Repeats:
    """Earlier complaints that a new one may repeat; nothing for other kinds of cases."""
    if case.kind is not Kind.COMPLAINT:
        return Repeats()
    since = now - WITHIN
    why: dict[int, str] = {}
    for found in work.cases_with("batch_no", details.values("batch_no"), since, kinds=_KINDS, limit=LOOKED_AT):
        why.setdefault(found, worded("zh", "repeat|same batch"))
    mine = work.earlier_cases(case.customer.id, since, kinds=_KINDS, limit=LOOKED_AT)
    others_like = [
        (work.cases_with(field, details.values(field), since, kinds=_KINDS, limit=LOOKED_AT), words)
        for field, words in (
            ("model", worded("zh", "repeat|same model, same trouble")),
            ("product", worded("zh", "repeat|same product, same trouble")),
        )
    ]
    others_like.append((mine, worded("zh", "repeat|same customer, same trouble")))
    troubles = details.values("defect_or_issue")
    asked = {found for cases, _ in others_like for found in cases} - why.keys() - {case.id}
    theirs = work.found_values_of(asked, "defect_or_issue") if troubles and asked else {}
    for cases, words in others_like:
        for found in cases:
            if found not in why and alike(troubles, theirs.get(found, ())):
                why[found] = words
    why.pop(case.id, None)
    same = tuple((work.case(found).number, why[found]) for found in sorted(why, reverse=True)[:NAMED])
    others = tuple(work.case(found).number for found in mine[: SHOWN + 1] if found not in why and found != case.id)
    return Repeats(same, others)


def alike(troubles: Sequence[str], others: Sequence[str]) -> bool:
    """Do two complaints name the same trouble?  One of the words contains the other (毛刺, 毛刺超标)."""
    pairs = ((one, other) for one in troubles for other in others)
    return any((one in other or other in one) and len(min(one, other, key=len)) > 1 for one, other in pairs)
