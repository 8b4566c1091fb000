"""A Word template compiled once: a record then costs one Jinja rendering and one zip file written by hand.

What docxtpl does anew for every document (open the package, patch its XML, parse and compile the template, deflate
every part) does not depend on the mail.  Here the parts that hold expressions are kept compiled, and all other parts
are copied as they lie, compressed, in the template.  The zip carries one fixed date, so equal fields give equal bytes.
Measured in docs/decisions/0022-compiled-word-forms.md.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.records.clean import ticked, word_text

CORE = "docProps/core.xml"
QR_PICTURE = "qr"
"""The alternative text of the picture that is exchanged for the record's QR code."""

_LEVEL = 3  # of deflate: 6 saves one byte in eight of this XML and takes four times as long
_FILTERS = frozenset(
    "abs capitalize count d default first float int join last length lower max min reject rejectattr replace round "
    "select selectattr sort string sum title trim truncate unique upper".split()
)
"""What a form may do to a value.  Left out are filters that make long texts of short ones (center, indent ...)."""
_DATE = 0x21  # 1980-01-01, the zip format's zero
_DATES = re.compile(r"(<dcterms:(?:created|modified)[^>]*>)[^<]*(?=<)")


def environment(finalize: Callable[[Any], Any] = word_text) -> ImmutableSandboxedEnvironment:
    """Jinja as templates see it: sandboxed, escaping, and refusing to print what it does not know."""
    env = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=True, finalize=finalize, keep_trailing_newline=True
    )
    env.globals.clear()  # a form prints its fields; Jinja's helpers (range, lipsum, cycler) only open doors
    env.filters = {name: action for name, action in env.filters.items() if name in _FILTERS} | {"tick": ticked}
    return env


@dataclass(frozen=True, slots=True)
class _Stored:
    """One file of the zip as it lies there: method, CRC, sizes, bytes."""

    method: int
    crc: int
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    name: bytes
    template: Template | None = None
    stored: _Stored | None = None


class CompiledForm:
    """The parts of one package.  ``templates`` holds the compiled parts; all others are copied as they lie."""

    def __init__(self, package: bytes, templates: Mapping[str, Template], pictures: frozenset[str]) -> None:
        self._pictures = frozenset(name.encode() for name in pictures)
        self._parts: list[_Part] = []
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for info in archive.infolist():
                name = info.filename.encode()
                template = templates.get(info.filename)
                self._parts.append(_Part(name, template, None if template else _stored(package, info)))

    def render(self, fields: Mapping[str, Any], qr_png: bytes | None, issued_at: datetime | None) -> bytes:
        """The finished document.  Errors are Jinja's; the caller names form and field."""
        files: list[tuple[bytes, _Stored]] = []
        for part in self._parts:
            if part.template is not None:
                # The line ends that told Jinja one paragraph from the next are of no use to Word.
                xml = part.template.render(fields).replace("\n<w:p", "<w:p")
                if issued_at is not None and part.name == CORE.encode():
                    xml = _DATES.sub(rf"\g<1>{issued_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", xml)
                files.append((part.name, _deflated(xml.encode())))
            elif qr_png is not None and part.name in self._pictures:
                files.append((part.name, _Stored(0, zlib.crc32(qr_png), len(qr_png), qr_png)))
            else:
                assert part.stored is not None
                files.append((part.name, part.stored))
        return _zip(files)


def _stored(package: bytes, info: zipfile.ZipInfo) -> _Stored:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise zipfile.BadZipFile(f"{info.filename} is packed in a way Word does not use")
    name_size, extra_size = struct.unpack_from("<HH", package, info.header_offset + 26)
    start = info.header_offset + 30 + name_size + extra_size
    return _Stored(info.compress_type, info.CRC, info.file_size, package[start : start + info.compress_size])


def _deflated(data: bytes) -> _Stored:
    return _Stored(8, zlib.crc32(data), len(data), zlib.compress(data, _LEVEL, wbits=-15))


def _zip(files: list[tuple[bytes, _Stored]]) -> bytes:
    out: list[bytes] = []
    directory: list[bytes] = []
    position = 0
    for name, file in files:
        # version needed 2.0, names in UTF-8
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x800, file.method, 0, _DATE, file.crc, len(file.data), file.size, len(name), 0
        )
        out += (b"PK\x03\x04", common, name, file.data)
        directory += (b"PK\x01\x02\x14\x00", common, struct.pack("<HHHII", 0, 0, 0, 0, position), name)
        position += 30 + len(name) + len(file.data)
    listing = b"".join(directory)
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(listing), position, 0)
    return b"".join((*out, listing, b"PK\x05\x06", end))
