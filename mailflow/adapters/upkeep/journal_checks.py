"""The journal against itself and against what was noted elsewhere: its chain, its keys, anchors."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.journal_walk import Fault, JournalWalk, Segment, walk
from mailflow.adapters.sql.keys import NO_KEYS, JournalKeys
from mailflow.adapters.upkeep.findings import Discrepancy
from mailflow.domain.anchor import Anchor

REBUILT = "archive.rebuilt"
"""The event of an archive made anew; ``beyond`` is how many entries the one before showed that the ledger lacked."""

_SHOWN = 20  # of one sort; the rest is counted
_BACKUP = "compare with the journal of a backup"
_GUIDE = "see docs/howto/verify.md"
_FAULTS: dict[Fault, tuple[str, str]] = {
    "broken": (
        "does not follow from the entry before it: one of the two was changed, or entries are missing", _BACKUP,
    ),
    "without_key": ("was chained without the key: somebody else than mailflow wrote it", _BACKUP),
    "seal": ("what stands before it is not what it sealed: entries there were changed since", _BACKUP),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Witness:
    """What does not come from the storage and can speak against it: keys, and anchors people noted."""

    keys: JournalKeys = NO_KEYS
    anchors: tuple[Anchor, ...] = ()


def check_journal(connection: sa.Connection, witness: Witness) -> Iterator[Discrepancy]:
    """One pass over all entries: their chain, the keys they bear, and the anchors."""
    noted = {anchor.number: anchor for anchor in witness.anchors}
    passed = JournalWalk(witness.keys)
    told: Counter[Fault] = Counter()
    seen: set[int] = set()
    for entry, stored, fault in walk(connection, passed):
        if fault:
            told[fault] += 1
            if told[fault] <= _SHOWN:
                yield Discrepancy("error", f"journal {entry.id}", *_FAULTS[fault])
        if entry.id in noted:
            seen.add(entry.id)
            if not all(anchor.fits(stored) for anchor in witness.anchors if anchor.number == entry.id):
                what = "is not the entry that was noted: the journal was written anew, or the anchor is of another one"
                yield Discrepancy("error", f"journal {entry.id}", what, _GUIDE)
    for fault, count in told.items():
        if count > _SHOWN:
            yield Discrepancy("error", "journal", f"{count - _SHOWN} more entries: {_FAULTS[fault][0]}", "see above")
    yield from _missing([noted[number] for number in sorted(noted.keys() - seen)], passed.last)
    yield from _keys(passed, witness.keys)
    yield from _rebuilt(connection)


def _missing(anchors: list[Anchor], last: int) -> Iterator[Discrepancy]:
    for anchor in anchors:
        if anchor.number > last:
            what = f"the journal ends at entry {last}: {anchor.number - last} entries or more are missing at its end"
        else:
            what = "the entry is not there"
        yield Discrepancy("error", f"anchor {anchor}", what, _GUIDE)


def _keys(passed: JournalWalk, keys: JournalKeys) -> Iterator[Discrepancy]:
    """Whose key the entries bear: what cannot be checked, and every change of keys, for ever."""
    if keys.problem:
        yield Discrepancy("error", "journal", f"its key cannot be used: {keys.problem.message}", keys.problem.remedy)
    used = keys.current.name if keys.current else ""
    if used and passed.entries and passed.name != used:
        what = (
            f"no entry says that it bears the key {used}, which is set: entries were cut off, or it is not in use yet"
        )
        yield Discrepancy("error", "journal", what, "only if the key is new: mailflow journal use-key; else " + _GUIDE)
    for place, segment in enumerate(passed.segments):
        newest = place == len(passed.segments) - 1
        where = f"journal {segment.first}-{segment.last}"
        if segment.key is None and newest:
            what = f"bears the key {segment.name}, which is not at hand: nothing there can be checked"
            yield Discrepancy("error", where, what, "name its file under journal: in mailflow.yaml; " + _GUIDE)
        elif segment.key is None:
            what = f"bears the key {segment.name}, which is not at hand; unchanged since the next key sealed it"
            yield Discrepancy("note", where, what)
        elif words := _stated(segment):
            yield Discrepancy("note", f"journal {segment.first}", words)


def _stated(segment: Segment) -> str:
    """What the beginning of a key has to say for ever; empty for one that was there from the first entry."""
    if not segment.before:
        return ""
    said = f"{segment.at[:10]}: {segment.actor}"
    if segment.lost:
        because = f" ({segment.because})" if segment.because else ""
        said += f" went on with the key {segment.name}, for {segment.former} was lost{because}"
    elif segment.former:
        said += f" changed the key {segment.former} to {segment.name}"
    else:
        said += f" gave the journal the key {segment.name}; the {segment.before} entries before bear none, sealed"
    return f"{said}; {segment.broken} entries before did not follow even then" if segment.broken else said


def _rebuilt(connection: sa.Connection) -> Iterator[Discrepancy]:
    query = sa.select(t.journal.c.id, t.journal.c.data).where(t.journal.c.event == REBUILT).order_by(t.journal.c.id)
    for key, data in connection.execute(query):
        with contextlib.suppress(ValueError, KeyError, TypeError):  # such an entry breaks the chain, and is told there
            said = json.loads(data)
            if count := int(said["beyond"]):
                what = f"the archive was made anew while it showed {count} journal entries that the ledger lacked"
                yield Discrepancy("note", f"journal {key}", f"{what}, the first of them {int(said['first'])}", _GUIDE)
