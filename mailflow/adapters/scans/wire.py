"""What travels between :mod:`mailflow.adapters.scans.reader` and its child process, and how large it may be."""

from __future__ import annotations

import json
from typing import IO, Any

MAX_BYTES = 50_000_000
"""Bytes of a file that is looked at."""


def write_message(stream: IO[bytes], head: dict[str, Any], content: bytes = b"") -> None:
    """One message: two lengths, a few words in JSON, the bytes."""
    words = json.dumps(head).encode()
    stream.write(len(words).to_bytes(4, "big") + len(content).to_bytes(8, "big") + words)
    stream.write(content)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next message.  Raises EOFError when the other side is gone or sends more than it may, ValueError on junk."""
    lengths = stream.read(12)
    words, length = int.from_bytes(lengths[:4], "big"), int.from_bytes(lengths[4:], "big")
    if len(lengths) < 12 or words > 1_000_000 or length > 2 * MAX_BYTES:
        raise EOFError
    head, content = stream.read(words), stream.read(length)
    if len(head) < words or len(content) < length:
        raise EOFError
    said = json.loads(head)
    if not isinstance(said, dict):
        raise ValueError("no message")
    return said, content
