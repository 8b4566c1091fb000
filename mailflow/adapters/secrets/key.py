"""The storage's own secret: it signs QR codes and the tokens of mails to staff."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def storage_secret(storage: Path) -> bytes:
    """The key that proves a QR code is ours, made once per storage and readable by its owner alone."""
    path = storage / "secret.key"
    if not path.is_file():
        part = path.with_suffix(".new")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    return path.read_bytes()
