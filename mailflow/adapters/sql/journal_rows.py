"""The ledger's journal: what happened, in order, append-only and hash-chained."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters.sql.chain import COLUMNS, FIRST, KEYED, Entry, entry_hash
from mailflow.adapters.sql.journal_walk import JournalWalk, stated_key, walk
from mailflow.adapters.sql.keys import NO_KEYS, JournalKeys
from mailflow.adapters.sql.rows import Rows, fit
from mailflow.adapters.sql.tables import cases, customers, journal
from mailflow.domain.errors import ConfigError, PermanentError, Problem, TemporaryError
from mailflow.settings.config import FILE_NAME

# What is told of a case stands in its archive too, so its customer has changed.
_TOUCH = (
    customers.update()
    .where(
        customers.c.id.in_(
            sa.select(cases.c.customer_id).where(cases.c.id.in_(sa.bindparam("b_cases", expanding=True)))
        )
    )
    .values(changed=customers.c.changed + 1)
)
_LAST = sa.select(journal.c.id, journal.c.hash).order_by(journal.c.id.desc()).limit(1)
_NEWEST = sa.select(*COLUMNS, journal.c.hash).order_by(journal.c.id.desc()).limit(2)


@dataclass(frozen=True, slots=True)
class _Entry:
    at: datetime
    actor: str
    event: str
    message: int | None
    case: int | None
    data: str


@dataclass(slots=True)
class Tip:
    """The newest entry this process wrote itself: while it is the journal's newest, its key need not be looked at."""

    id: int = 0
    hash: str = FIRST


class JournalRows(Rows):
    """Rows of ``journal``.  Entries are kept back and written together before the commit."""

    def __init__(self, connection: sa.Connection, keys: JournalKeys = NO_KEYS, tip: Tip | None = None) -> None:
        super().__init__(connection)
        self._keys = keys
        self._tip = tip or Tip()
        self._entries: list[_Entry] = []
        self._key_changes = False

    def journal(
        self,
        event: str,
        now: datetime,
        *,
        actor: str = "mailflow",
        message: int | None = None,
        case: int | None = None,
        **data: str | int | bool | None,
    ) -> None:
        """Say what happened.  ``data`` holds ids and stable words, never a customer's sentences."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._entries.append(_Entry(now, fit(actor, 320), event, message, case, fit(text, 4000)))

    def forget_entries(self, count: int) -> None:
        """Drop the entries made since there were ``count`` (their savepoint was rolled back)."""
        del self._entries[count:]

    def entries_kept_back(self) -> int:
        """How many entries wait to be written."""
        return len(self._entries)

    def check_key(self) -> None:
        """Raise ConfigError when entries cannot be written with the key that is configured."""
        if problem := self._wrong_key():
            raise ConfigError([problem])

    def use_key(self, now: datetime, *, actor: str, lost: bool = False, because: str = "") -> bool:
        """Let the entries from here on bear the key that is configured: a first one, or another than so far.

        The entry that says so seals everything before it.  False when they bear it already.  Reads the whole journal.
        Raises PermanentError when the key so far is not at hand, unless it is said to be ``lost``.
        """
        if self._keys.problem or self._keys.current is None:
            raise ConfigError([self._keys.problem or _NOT_SET])
        passed = JournalWalk(self._keys)
        deque(walk(self.connection, passed), maxlen=0)
        if passed.name == self._keys.current.name:
            return False
        if passed.name and self._keys.named(passed.name) is None and not lost:
            raise PermanentError(
                f"the journal bears the key {passed.name}, which is not at hand",
                remedy="name its file under journal: former_key_files; only when it is gone for good: --lost",
            )
        gone = lost and bool(passed.name) and self._keys.named(passed.name) is None
        self._state_key(now, passed, actor=actor, lost=gone, because=because)
        self._key_changes = True
        return True

    def write_journal(self) -> None:
        """Chain and write the entries kept back.

        Raises TemporaryError when the journal bears another key than the one configured: somebody changed it meanwhile.
        """
        if not self._entries:
            return
        last = self.connection.execute(_LAST).first()
        number, previous = (last[0], last[1]) if last else (0, FIRST)
        ours = number > 0 and (number, previous) == (self._tip.id, self._tip.hash)
        if not (ours or self._key_changes) and (problem := self._wrong_key()):
            raise TemporaryError(problem.message, remedy=problem.remedy)
        if not number and self._keys.current and not self._key_changes:
            self._state_key(self._entries[0].at, JournalWalk(self._keys))
        rows = []
        for place, entry in enumerate(self._entries, number + 1):
            stored_at = entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            text = Entry(place, stored_at, entry.actor, entry.event, entry.message, entry.case, entry.data)
            previous = entry_hash(previous, text, self._keys.current)
            rows.append({**text._asdict(), "at": entry.at, "hash": previous})
        self.connection.execute(journal.insert(), rows)
        if told := sorted({entry.case for entry in self._entries if entry.case is not None}):
            self.connection.execute(_TOUCH, {"b_cases": told})
        self._entries = []
        self._tip.id, self._tip.hash = number + len(rows), previous

    def _wrong_key(self) -> Problem | None:
        """Why the next entry must not bear the key that is configured."""
        keys = self._keys
        found: list[Any] = [tuple(row) for row in self.connection.execute(_NEWEST)]
        if keys.problem or not found:
            return keys.problem
        *columns, stored = found[0]
        if entry_hash(found[1][-1] if len(found) > 1 else FIRST, Entry(*columns), keys.current) == stored:
            return None
        # Seldom: another key, or an entry that was tampered with, which is verify's to tell and no reason to stop.
        stated, used = stated_key(self.connection), keys.current.name if keys.current else ""
        return None if stated == used else _other_key(stated, used)

    def _state_key(
        self, now: datetime, passed: JournalWalk, *, actor: str = "mailflow", lost: bool = False, because: str = ""
    ) -> None:
        key = self._keys.current
        assert key is not None
        self.journal(
            KEYED, now, actor=actor, key=key.name, former=passed.name, lost=lost, because=fit(because, 500),
            entries=passed.entries, broken=passed.broken, seal=passed.seal(),
        )  # fmt: skip
        self._entries.insert(0, self._entries.pop())  # whatever else is written bears the key already


_NOT_SET = Problem(
    FILE_NAME, 0, "MF021", "no key of the journal is set", "make one with mailflow journal new-key, and name it"
)


def _other_key(stated: str, used: str) -> Problem:
    """What is wrong when the journal bears another key than the one configured, and what to do."""
    if not stated:
        what = f"no entry of the journal says that it bears the key {used}"
        remedy = "if the key is new: mailflow journal use-key; if not, entries were cut off: docs/howto/verify.md"
    elif not used:
        what = f"the journal bears the key {stated}, and none is set"
        remedy = "name it again under journal: key_file; if it is lost: docs/howto/verify.md"
    else:
        what = f"the journal bears the key {stated}, the one that is set is {used}"
        remedy = "put the right one back; to go on with a new one: mailflow journal use-key"
    return Problem(FILE_NAME, 0, "MF023", what, remedy)
