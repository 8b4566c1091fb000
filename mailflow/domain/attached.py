"""What a stranger's file says, and which files nobody has read.

Why a file, or the rest of it, was not read is one of ``WHY``: people must know of it, whatever its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "unknown"
LOCKED = "locked"
BROKEN = "broken"
TOO_LARGE = "too_large"
TIMEOUT = "timeout"
NO_TEXT = "no_text"
NO_PROGRAM = "no_program"
TOO_MANY = "too_many"
CUT = "cut"

WHY = (UNKNOWN, LOCKED, BROKEN, TOO_LARGE, TIMEOUT, NO_TEXT, NO_PROGRAM, TOO_MANY, CUT)
"""Of a kind nobody here reads; behind a password; broken; too large; too slow; a scan or empty; LibreOffice is not
installed; one file too many; only its beginning was read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file nobody has read, or not to its end: its name, in an archive behind ``/``, and one of ``WHY``."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of one attached file within limits, and what of it is unread; of an archive several files may be."""

    name: str
    text: str = ""
    unread: tuple[Unread, ...] = ()
