"""The journal's keys: the one in use and those used before, each known by a name that may be shown."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mailflow.domain.errors import Problem
from mailflow.settings.config import FILE_NAME
from mailflow.settings.journal import JournalSection, key_in, key_problems

_NAME = b"mailflow journal key"


@dataclass(frozen=True, slots=True)
class JournalKey:
    """A key of 32 random bytes.  ``name`` (12 hex digits) tells keys apart and gives nothing of the key away."""

    value: bytes = field(repr=False)
    name: str = ""

    @classmethod
    def of(cls, value: bytes) -> JournalKey:
        """The key with its name."""
        return cls(value, hmac.digest(value, _NAME, hashlib.sha256).hex()[:12])


@dataclass(frozen=True, slots=True)
class JournalKeys:
    """What is configured: ``current`` chains new entries (None: the chain is plain), ``former`` only check old ones.

    ``problem`` says why the key that is configured cannot be used: then nothing may be written.
    """

    current: JournalKey | None = None
    former: tuple[JournalKey, ...] = ()
    problem: Problem | None = None

    def named(self, name: str) -> JournalKey | None:
        """The key with this name, if it is at hand."""
        return next((key for key in (self.current, *self.former) if key is not None and key.name == name), None)


NO_KEYS = JournalKeys()


def read_keys(section: JournalSection, kept: Iterable[Path] = ()) -> JournalKeys:
    """The keys of the settings.  ``kept`` are the places that whoever has the storage or a backup has, too.

    A former key that cannot be read is left out: what it would have checked is then told as not checked.
    """
    if not section.has_key:
        return NO_KEYS
    former = [JournalKey.of(value) for path in section.former_key_files if (value := _or_none(partial(key_in, path)))]
    value = _or_none(section.key)
    alone = section.model_copy(update={"former_key_files": ()})
    problems = key_problems(alone, kept, FILE_NAME)
    return JournalKeys(JournalKey.of(value) if value else None, tuple(former), problems[0] if problems else None)


def _or_none(read: Callable[[], bytes]) -> bytes | None:
    try:
        return read()
    except ValueError:
        return None
