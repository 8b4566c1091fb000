"""Kinds of a mail so close to each other that a person should decide."""

from __future__ import annotations

from mailflow.domain.attached import CUT
from mailflow.domain.model import SUPERSEDED, Details, Kind

WEAK = 1.5  # evidence below this is one faint sign
CLOSE = 0.8  # another kind with this share of the winner's evidence might be the right one
TELLING = frozenset(
    "order_no product model batch_no quantity amount defect_or_issue happened_on demand requested_deadline".split()
)
"""Fields that tell what a mail is about; who wrote it and how grave it is does not."""
_ONE_MATTER = frozenset({Kind.COMPLAINT, Kind.FOLLOWUP})  # which of the two it is, the thread decides


def _apart(details: Details) -> dict[Kind, float]:
    """The kinds with their weights, without those that are matters of their own beside this one."""
    beside = {other.kind for other in details.beside}
    beside |= _ONE_MATTER if beside & _ONE_MATTER else set()
    return {kind: weight for kind, weight in details.kinds if kind is details.kind or kind not in beside}


def doubtful_kinds(details: Details) -> str:
    """What a person should decide between: ``inquiry 1.0, complaint 0.9``; empty when the kind is clear."""
    if details.kind is Kind.STAFF_REPLY:
        return ""  # known by who writes, not by what is said
    weights = _apart(details)
    own = weights.get(details.kind, 0.0)
    rivals = {
        kind: weight
        for kind, weight in weights.items()
        if kind is not details.kind and weight >= CLOSE * own and not {kind, details.kind} <= _ONE_MATTER
    }
    if own > WEAK and not rivals:
        return ""
    shown = {details.kind: own, **rivals}
    return ", ".join(f"{kind.value} {weight:.1f}" for kind, weight in shown.items())


def only_in_unread_files(details: Details) -> bool:
    """Does nothing that was read tell the matter, while a file is attached that nobody has read?"""
    told = any(finding.field in TELLING and finding.confidence > SUPERSEDED for finding in details.findings)
    return not told and any(file.why != CUT for file in details.unread)


def candidates(details: Details) -> tuple[Kind, ...]:
    """The kinds a person should choose from, the gravest first; none when the kind is clear enough to go by."""
    if details.kind is Kind.STAFF_REPLY:
        return ()
    weights = _apart(details)
    least = CLOSE * weights.get(details.kind, 0.0)
    close = tuple(kind for kind, weight in weights.items() if weight >= least or kind is details.kind)
    return close if len(close) > 1 and not {*close} <= _ONE_MATTER else ()
