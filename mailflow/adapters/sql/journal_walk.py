"""One pass over the journal: does every entry follow from the one before it, and by whose key?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.adapters.sql.chain import COLUMNS, FIRST, KEYED, Entry, entry_hash, seal_line
from mailflow.adapters.sql.keys import JournalKey, JournalKeys
from mailflow.adapters.sql.tables import journal

Fault = Literal["", "broken", "without_key", "seal"]


@dataclass(slots=True)
class Segment:
    """Entries that bear one key: from ``first``, which states it.  ``key`` None: it is not at hand.

    ``former`` is the name of the key before (empty: none), ``lost`` that it was gone when this one came; ``before``
    is how many entries stood before, ``broken`` how many of these did not follow then.  These are empty while nothing
    proves the entry genuine.
    """

    name: str
    key: JournalKey | None
    first: int
    last: int
    at: str = ""
    actor: str = ""
    former: str = ""
    lost: bool = False
    because: str = ""
    before: int = 0
    broken: int = 0


class JournalWalk:
    """Takes the entries in order of their numbers and keeps what can be said of them."""

    def __init__(self, keys: JournalKeys) -> None:
        self.keys = keys
        self.segments: list[Segment] = []
        self.entries = 0
        self.last = 0
        self.head = FIRST
        self.broken = 0
        self._seal = hashlib.sha256()

    def take(self, entry: Entry, stored: str) -> Fault:
        """What is wrong with the next entry; empty for nothing, or where its key is not at hand."""
        said = _said(entry) if entry.event == KEYED else {}
        name = str(said.get("key", ""))
        if name:
            # Whoever slips in one with a key of his own comes to no entry that bears ours again.
            self.segments.append(Segment(name, self.keys.named(name), entry.id, entry.id))
        fault = self._fault(entry, stored)
        if name and not fault and self.segments[-1].key is not None:
            fault = self._stated(entry, said)
        if self.segments:
            self.segments[-1].last = entry.id
        self.broken += bool(fault)
        self.entries, self.last, self.head = self.entries + 1, entry.id, stored
        self._seal.update(seal_line(entry, stored))
        return fault

    def seal(self) -> str:
        """The seal (hex) of everything taken so far."""
        return self._seal.hexdigest()

    @property
    def name(self) -> str:
        """The name of the key the newest entry bears; empty for none."""
        return self.segments[-1].name if self.segments else ""

    # ------------------------------------------------------------------------------------------------------- parts

    def _fault(self, entry: Entry, stored: str) -> Fault:
        if not self.segments:
            return "" if entry_hash(self.head, entry, None) == stored else "broken"
        key = self.segments[-1].key
        if key is None or entry_hash(self.head, entry, key) == stored:
            return ""
        return "without_key" if entry_hash(self.head, entry, None) == stored else "broken"

    def _stated(self, entry: Entry, said: dict[str, Any]) -> Fault:
        """Take down what a genuine entry states, and compare its seal with what was passed."""
        segment = self.segments[-1]
        segment.at, segment.actor = entry.at, entry.actor
        segment.former, segment.because = str(said.get("former", "")), str(said.get("because", ""))
        segment.lost, segment.before = said.get("lost") is True, self.entries
        segment.broken = int(said.get("broken", 0))
        return "" if said.get("seal") == self.seal() else "seal"


def walk(connection: sa.Connection, walker: JournalWalk) -> Iterator[tuple[Entry, str, Fault]]:
    """Every entry with its hash and what is wrong with it; memory stays bounded."""
    query = sa.select(*COLUMNS, journal.c.hash).order_by(journal.c.id)
    for *columns, stored in connection.execute(query, execution_options={"yield_per": 1000}):
        entry = Entry(*columns)
        yield entry, stored, walker.take(entry, stored)


def stated_key(connection: sa.Connection) -> str:
    """The name of the key the newest entries bear by the journal's own word; empty for none."""
    query = sa.select(*COLUMNS).where(journal.c.event == KEYED).order_by(journal.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return str(_said(Entry(*row)).get("key", "")) if row else ""


def _said(entry: Entry) -> dict[str, Any]:
    try:
        said = json.loads(entry.data)
    except (ValueError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
