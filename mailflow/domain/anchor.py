"""Anchors: the journal's head at a moment, short enough to be printed, typed and pasted.

``1234-9F3A-4B2C-7D01-55AA-8E`` is the number of a journal entry, the first sixteen hexadecimal digits of its hash, and
two that check the typing.  Whoever keeps one outside of the storage can later prove that the journal up to there is
still the one it was.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

DIGITS = 16  # of the hash: 64 bits, of a keyed one not to be hit without the key
_MODULUS = 251
_SHAPE = re.compile(r"(\d{1,18})-([0-9A-F]{16})([0-9A-F]{2})")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad\u30fc_]")


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """A journal entry by number, and the first ``DIGITS`` hexadecimal digits of its hash, lower case."""

    number: int
    digits: str

    @classmethod
    def of(cls, number: int, stored: str) -> Anchor:
        """The anchor of an entry with this hash (hex)."""
        return cls(number, stored[:DIGITS].lower())

    def fits(self, stored: str) -> bool:
        """Is this the hash the anchor was made of?"""
        return stored[:DIGITS].lower() == self.digits

    def __str__(self) -> str:
        whole = f"{self.digits}{_check(f'{self.number}{self.digits}')}".upper()
        return "-".join((str(self.number), *(whole[at : at + 4] for at in range(0, len(whole), 4))))


def read_anchor(text: str) -> Anchor | None:
    """The anchor that was typed or pasted; None when it is none or its check digits do not fit.

    Blanks, line ends, letters of either case, full-width letters and dashes of all kinds are taken.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    number, _, rest = re.sub(r"\s", "", plain).upper().partition("-")
    found = _SHAPE.fullmatch(f"{number}-{rest.replace('-', '')}")
    if found is None or not found[1].isascii():
        return None
    digits = found[2].lower()
    if _check(f"{int(found[1])}{digits}").upper() != found[3]:
        return None
    return Anchor(int(found[1]), digits)


def _check(text: str) -> str:
    """Two digits that make the whole number, in base 16, 1 modulo 251.

    The way of ISO 7064 with a prime: every wrong digit and every two that changed places are noticed.
    """
    return f"{(1 - int(text, 16) * 256) % _MODULUS:02x}"
