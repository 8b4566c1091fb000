"""The reference at the foot of every mail to a customer: whoever brings it back reads the mail of this address.

``RF-<case>-<check>``: the check is a keyed digest over the case and the address written to.  Passed on it proves
nothing for whoever got it; cut short it proves nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

CHECK_BYTES = 10
_MOST = 20  # references looked at; a long thread quotes many of ours
_READ = 400_000  # characters

# What mail programs put into the middle of a long word: line ends, quote marks, soft hyphens, invisible characters.
_BETWEEN = r"[\s>|*_\u00ad\u200b-\u200f\u2060\ufeff]{0,12}"
_LETTER = f"{_BETWEEN}[A-Z2-7]"
_TOKEN = re.compile(
    rf"(?<![A-Z0-9])R{_BETWEEN}F{_BETWEEN}-{_BETWEEN}(?P<case>\d(?:{_BETWEEN}\d){{0,11}}){_BETWEEN}-"
    rf"(?P<check>(?:{_LETTER}){{16}})(?![A-Z0-9])",
    re.IGNORECASE,
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc", "-"))
_JUNK = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference says; :func:`is_ours` tells whether it is true.  ``case`` is a case's row."""

    case: int
    check: str


def make(case: int, address: str, secret: bytes) -> str:
    """The reference of our mails about a case to this address."""
    return f"RF-{case}-{_check(case, address, secret)}"


def find(text: str) -> list[Reference]:
    """The references in a text, in order, each once: full width, wrapped, quoted or in small letters as may be."""
    folded = unicodedata.normalize("NFKC", text[:_READ]).translate(_DASHES)
    found: dict[Reference, None] = {}
    for match in _TOKEN.finditer(folded):
        case, check = (_JUNK.sub("", match[name].upper()) for name in ("case", "check"))
        found[Reference(int(case), check)] = None
        if len(found) >= _MOST:
            break
    return list(found)


def is_ours(reference: Reference, address: str, secret: bytes) -> bool:
    """Did we write this reference to this address?"""
    return hmac.compare_digest(reference.check, _check(reference.case, address, secret))


def _check(case: int, address: str, secret: bytes) -> str:
    said = "\0".join(("contact", str(case), address.lower())).encode("utf-8", "surrogatepass")
    return base64.b32encode(hmac.digest(secret, said, hashlib.sha256)[:CHECK_BYTES]).decode()
