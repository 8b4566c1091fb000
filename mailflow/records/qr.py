"""What stands in a record's QR code, and whether we wrote it: ``MF1:record:version:check``.

The check is a keyed digest over record and version, so that a returned scan names a record we issued and not one
somebody typed.  Capitals, digits and ``-/:`` only, which QR codes store densely.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

MARK = "MF1"
CHECK_BYTES = 10  # 80 bits, 16 letters: out of reach of guessing, and the code stays small enough to print large
MIN_SECRET = 16

_PAYLOAD = re.compile(r"MF1:(?P<record>[^:\s]{1,80}):(?P<version>[^:\s]{1,12}):(?P<check>[A-Z2-7]{16})")
_PART = re.compile(r"[^:\s]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a QR code says.  Only :func:`verify` tells whether it is true."""

    record: str
    version: str
    check: str


def payload(record: str, version: str, secret: bytes) -> str:
    """The text of a record's QR code.  Record and version hold neither colon nor white space."""
    if not (_PART.fullmatch(record) and _PART.fullmatch(version)):
        raise ValueError("a record number or version with a colon or white space cannot stand in a QR code")
    return f"{MARK}:{record}:{version}:{_check(record, version, secret)}"


def parse(text: str) -> Claim | None:
    """What a scanned text claims, or None when it is not ours in form."""
    found = _PAYLOAD.fullmatch(text.strip())
    return Claim(found["record"], found["version"], found["check"]) if found else None


def verify(text: str, secret: bytes) -> Claim | None:
    """The claim of a scanned text when its check is right, otherwise None."""
    claim = parse(text)
    if claim is None or not hmac.compare_digest(claim.check, _check(claim.record, claim.version, secret)):
        return None
    return claim


def _check(record: str, version: str, secret: bytes) -> str:
    if len(secret) < MIN_SECRET:
        raise ValueError(f"the secret is shorter than {MIN_SECRET} bytes")
    said = f"{MARK}\0{record}\0{version}".encode()
    return base64.b32encode(hmac.digest(secret, said, hashlib.sha256)[:CHECK_BYTES]).decode()
