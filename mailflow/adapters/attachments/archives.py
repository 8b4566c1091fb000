"""The files of a ZIP archive, unpacked within limits of count and size; nothing is written to a disk."""

from __future__ import annotations

import contextlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from mailflow.decoding.charsets import decode_text
from mailflow.domain import attached

MAX_MEMBERS, MAX_MEMBER, MAX_ALL = 10, 10_000_000, 15_000_000
_UTF8, _LOCKED = 0x800, 0x1  # general purpose bits (APPNOTE 4.4.4)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its name without folders, its bytes, and why they are missing."""

    name: str
    content: bytes = b""
    why: str = ""


def members(content: bytes) -> list[Member]:
    """The files of an archive, those that were not unpacked with the reason.  Raises zipfile's errors."""
    found: list[Member] = []
    room = MAX_ALL
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for item in archive.infolist():
            name = _name(item)
            if item.is_dir() or not name or name.startswith(".") or "__MACOSX" in item.filename:
                continue
            if len(found) >= MAX_MEMBERS:
                found.append(Member("…", why=attached.TOO_MANY))
                break
            member = _unpacked(archive, item, name, room)
            room -= len(member.content)
            found.append(member)
    return found


def _unpacked(archive: zipfile.ZipFile, item: zipfile.ZipInfo, name: str, room: int) -> Member:
    if item.flag_bits & _LOCKED:
        return Member(name, why=attached.LOCKED)
    if item.file_size > min(MAX_MEMBER, room):
        return Member(name, why=attached.TOO_LARGE)
    try:
        with archive.open(item) as stream:
            content = stream.read(item.file_size + 1)  # whatever size it claims, no more is unpacked
    except Exception:  # zlib's and lzma's own errors have no common kind
        return Member(name, why=attached.BROKEN)
    return Member(name, content)


def _name(item: zipfile.ZipInfo) -> str:
    """The file's name; programs of Chinese Windows write GBK without saying so."""
    name = item.filename
    if not item.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeEncodeError):
            name = decode_text(name.encode("cp437"))[0]
    return PurePosixPath(name.replace("\\", "/")).name[:120]
