"""The section ``journal:`` of the configuration: where the key of the ledger's journal lies, and what is wrong with it.

The key makes the journal's chain something that whoever has the storage cannot work out anew.  That holds only while
the key lies elsewhere: outside of the storage, and outside of what ``mailflow backup`` copies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from mailflow.domain.errors import Problem
from mailflow.settings.sections import Section
from mailflow.settings.sound_part import Mistake

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class JournalSection(Section):
    """``key_file`` or ``key_env`` holds the key, 64 hexadecimal digits; ``former_key_files`` are those used before."""

    key_env: str = ""
    key_file: Path | None = None
    former_key_files: tuple[Path, ...] = ()

    def mistakes(self) -> Iterator[Mistake]:
        """The key stands in one place, and former ones stand beside it."""
        if self.key_env and self.key_file:
            yield ("key_env", "key_file"), "give one of key_env, key_file"
        if self.former_key_files and not self.has_key:
            keys = ("key_env", "key_file", "former_key_files")
            yield keys, "former keys need the key in use: key_file or key_env"

    @property
    def has_key(self) -> bool:
        """Is the journal to bear a key?"""
        return bool(self.key_env or self.key_file)

    def key(self) -> bytes:
        """The key in use, 32 bytes.  Raises ValueError with the reason when it cannot be read."""
        if self.key_file:
            return key_in(self.key_file)
        text = os.environ.get(self.key_env, "").strip()
        if not text:
            raise ValueError(f"the environment variable {self.key_env} is not set")
        return _parsed(text, f"what {self.key_env} holds")

    def files(self) -> Iterator[Path]:
        """Every key file that is named."""
        if self.key_file:
            yield self.key_file
        yield from self.former_key_files

    def resolved(self, folder: Path) -> JournalSection:
        """The same with relative paths counted from this folder."""
        former = tuple(folder / path.expanduser() for path in self.former_key_files)
        current = folder / self.key_file.expanduser() if self.key_file else None
        return self.model_copy(update={"key_file": current, "former_key_files": former})


def key_in(path: Path) -> bytes:
    """The key of a file, 32 bytes.  Raises ValueError with the reason when there is none."""
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"the key file {path} cannot be read: {reason}") from error
    return _parsed(text, f"what {path} holds")


def misplaced(section: JournalSection, kept: Iterable[Path]) -> Iterator[Path]:
    """The key files that lie in one of these places (storage, settings that are backed up), links followed."""
    places = [place.resolve() for place in kept]
    for path in section.files():
        there = (path.resolve(), path.absolute())
        if any(key == place or place in key.parents for key in there for place in places):
            yield path


def key_problems(section: JournalSection, kept: Iterable[Path], file: str, line: int = 0) -> list[Problem]:
    """Every key that cannot be read, and every one that lies where the storage or its backups are."""
    remedy = "put the key back from where you keep its copy; if it is lost: docs/howto/verify.md"
    problems = []
    sources = [section.key] if section.has_key else []
    sources += [partial(key_in, path) for path in section.former_key_files]
    for source in sources:
        try:
            source()
        except ValueError as error:
            problems.append(Problem(file, line, "MF021", str(error), remedy))
    for path in misplaced(section, kept):
        what = f"the key file {path} lies in the storage or in what is backed up: whoever has these has the key"
        problems.append(Problem(file, line, "MF022", what, "move it to a folder of its own, such as keys/"))
    return problems


def _parsed(text: str, where: str) -> bytes:
    if not _KEY.fullmatch(text):
        raise ValueError(f"{where} is no key: 64 hexadecimal digits, as mailflow journal new-key makes them")
    return bytes.fromhex(text)
