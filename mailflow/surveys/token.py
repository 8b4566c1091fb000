"""The number of an invitation: who brings it back has the letter we wrote to this address.

``SV-<invitation>-<check>``: the check is a keyed digest over the invitation and the address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata

CHECK_BYTES = 10
_READ = 400_000  # characters
_TOKEN = re.compile(r"(?<![A-Z0-9])SV[\s>]{0,4}-[\s>]{0,4}(\d{1,12})[\s>]{0,4}-[\s>]{0,4}([A-Z2-7]{16})", re.IGNORECASE)


def make(invitation: int, address: str, secret: bytes) -> str:
    """The number of the letter of this invitation (its row) to this address."""
    return f"SV-{invitation}-{_check(invitation, address, secret)}"


def find(text: str) -> list[tuple[int, str]]:
    """The numbers in a text, each once: the invitation's row and the check."""
    folded = unicodedata.normalize("NFKC", text[:_READ])
    return list(dict.fromkeys((int(match[1]), match[2].upper()) for match in _TOKEN.finditer(folded)))


def is_ours(invitation: int, check: str, address: str, secret: bytes) -> bool:
    """Was this number written to this address by us?"""
    return hmac.compare_digest(check, _check(invitation, address, secret))


def _check(invitation: int, address: str, secret: bytes) -> str:
    said = "\0".join(("survey", str(invitation), address.lower())).encode("utf-8", "surrogatepass")
    return base64.b32encode(hmac.digest(secret, said, hashlib.sha256)[:CHECK_BYTES]).decode()
