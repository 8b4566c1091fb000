"""Folder names: modified UTF-7 (RFC 3501 section 5.1.3), LIST responses, finding a folder by the name people use.

A name has two faces: ``name`` as people write it (``已处理``), ``wire`` as the server writes it (``&XfJZBHQG-``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from imapclient.exceptions import ProtocolError
from imapclient.imap_utf7 import decode as _decode_utf7
from imapclient.imap_utf7 import encode as _encode_utf7
from imapclient.response_parser import parse_response


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as listed.  ``usable`` is False for names we cannot send back and for mere containers (Noselect)."""

    name: str
    wire: str
    delimiter: str = "/"
    flags: frozenset[str] = frozenset()
    usable: bool = True


def encode(name: str) -> str:
    """The name for the server; pure ASCII, control characters encoded as well, so nothing can be smuggled in."""
    wire: bytes = _encode_utf7(name)
    return wire.decode("ascii")


def decode(wire: bytes) -> str | None:
    """The name for people, or None when it is not valid modified UTF-7."""
    if any(byte < 0x20 or byte > 0x7E for byte in wire):
        return None
    try:
        name: str = _decode_utf7(wire)
    except (UnicodeError, ValueError):
        return None
    return name


def parse_list(items: Iterable[Any]) -> list[Folder]:
    """The folders of a LIST response as imaplib returns it.

    Each line is parsed by itself: one malformed line or name must not hide the other folders.
    """
    folders = []
    for item in items:
        if not item:
            continue
        try:
            flags, delimiter, raw = parse_response([item])[:3]
        except (ProtocolError, ValueError, TypeError, LookupError, AttributeError):
            continue
        folders.append(_folder(flags, delimiter, raw))
    return folders


def find(folders: Sequence[Folder], name: str, prefixes: Iterable[str] = ()) -> Folder | None:
    """The folder people mean by ``name``: exactly, else below a personal namespace (``INBOX.``), else with the
    server's delimiter in place of ``/``.  INBOX is matched in any case (RFC 9051 section 5.1)."""
    usable = {folder.name: folder for folder in folders if folder.usable}
    wanted = "INBOX" if name.upper() == "INBOX" else name
    delimiter = next((folder.delimiter for folder in folders if folder.delimiter), "/")
    local = wanted.replace("/", delimiter)
    for candidate in (wanted, local, *(prefix + local for prefix in prefixes)):
        if candidate in usable:
            return usable[candidate]
    if wanted == "INBOX":
        return next((folder for folder in usable.values() if folder.name.upper() == "INBOX"), None)
    return None


def show(folders: Sequence[Folder], limit: int = 30) -> str:
    """The usable names in one line for a remedy."""
    names = [folder.name for folder in folders if folder.usable]
    more = f" ... ({len(names) - limit} more)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _folder(flags: Any, delimiter: Any, raw: Any) -> Folder:
    # Unquoted digits come out of the parser as int.
    wire = raw if isinstance(raw, bytes) else str(raw).encode("ascii", "replace")
    marks = frozenset(_text(flag).lower() for flag in (flags or ()))
    name = decode(wire)
    if name is None:
        return Folder(wire.decode("utf-8", "replace"), wire.decode("ascii", "replace"), _text(delimiter), marks, False)
    usable = not marks & {"\\noselect", "\\nonexistent"}
    return Folder(name, wire.decode("ascii"), _text(delimiter), marks, usable)


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
