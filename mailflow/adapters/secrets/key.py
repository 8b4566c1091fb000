"""The storage's own secret: it signs QR codes, the tokens of mails to staff, the references in mails to customers.

Its name, which gives nothing of it away, stands in the ledger: a missing or another key is told, and never quietly made
anew, for what the old one signed would no longer count.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from mailflow.domain.errors import ConfigError, Problem

FILE = "secret.key"
LEAST, MOST = 32, 1024  # bytes
_NONE = b"-"  # what is there and no key
_NAME = b"mailflow secret key"
_REMEDY = (
    "put it back, from the newest backup (it holds the key); if it is lost: mailflow secret renew "
    "(docs/howto/verify.md#the-secret-key)"
)


def secret_name(value: bytes) -> str:
    """Tells keys apart and gives nothing of the key away; empty for what is no key."""
    return hmac.digest(value, _NAME, hashlib.sha256).hex()[:12] if len(value) >= LEAST else ""


def read_secret(storage: Path) -> bytes:
    """The key as it lies there, empty when there is none; what is no file of its size is no key.  Raises OSError."""
    path = storage / FILE
    if not path.exists():
        return b""
    if not path.is_file():  # a folder, a device without an end
        return _NONE
    with path.open("rb") as stream:
        value = stream.read(MOST + 1)
    return value if len(value) <= MOST else _NONE


def make_secret(storage: Path) -> bytes:
    """A new key in the place of what is there, readable by its owner alone.  Raises OSError."""
    part, value = (storage / FILE).with_suffix(".new"), secrets.token_hex(32).encode()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(value)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(storage / FILE)
    return value


def secret_problem(storage: Path, known: str) -> Problem | None:
    """What is wrong with the key of a storage whose ledger knows a key of this name (empty: none yet)."""
    value, place = read_secret(storage), str(storage / FILE)
    if not value:
        words = "the key of tokens, references and QR codes is missing"
        return Problem(place, 0, "MF024", words, _REMEDY) if known else None
    if secret_name(value) != known if known else not secret_name(value):
        words = "this is not the key tokens, references and QR codes were signed with so far"
        return Problem(place, 0, "MF025", words, _REMEDY)
    return None


def storage_secret(storage: Path, known: str) -> bytes:
    """The key to work with, made when the ledger knows none and none is there.  Raises ConfigError, OSError."""
    if problem := secret_problem(storage, known):
        raise ConfigError([problem])
    return read_secret(storage) or make_secret(storage)
