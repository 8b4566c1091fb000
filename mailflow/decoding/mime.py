"""The part tree of a mail (RFC 2045, 2046) by slicing its bytes: linear in size, bounded in depth, never raising.

The standard library's parser reads line by line and keeps every boundary of every level at hand: 25 MB of base64 cost
it a second and 300 MB, a few hundred nested multiparts much more, and a wrong boundary loses the text.  Here bodies
are ranges of the raw bytes until somebody asks for them; a wrong or missing boundary is looked for in the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailflow.decoding.file_names import as_shown
from mailflow.decoding.headers import decode_value, parse_parameters
from mailflow.decoding.sections import split_section
from mailflow.decoding.smime import ENCRYPTED, TYPES, is_encrypted, open_signed
from mailflow.decoding.transfer import decode_transfer

MAX_PARTS = 1000
MAX_DEPTH = 60
_CODED_PARAMETER = re.compile(rb"^Content-[^\n]{1,200}(?:charset|boundary|name)=3D", re.M | re.I)
_CMS = bytes.fromhex("2a864886f70d0107")  # how the name of each kind of CMS content begins (RFC 5652 section 14)
_TRAVELLED = frozenset({"date", "message-id", "to", "cc", "received", "return-path"})
_NO_DOMAIN = frozenset({b"localhost", b"localhost.localdomain"})
PLAIN = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"})

# A line "--something" followed by a part's header: a boundary that nobody declared, or declared differently.
_LOOKS_LIKE_BOUNDARY = re.compile(
    rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=(?:[A-Za-z-]{1,40}:[^\n]{0,998}\n){0,6}Content-[A-Za-z-]{1,40}[ \t]*:)",
    re.M | re.I,
)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_LENIENT_TYPE = re.compile(r"([a-z0-9!#$&^_.+-]{1,100})\s*/\s*([a-z0-9!#$&^_.+-]{1,100})")


@dataclass(slots=True)
class Part:
    """One entity: its raw fields, its declared nature, and where its body lies in the raw mail."""

    raw: bytes = field(repr=False)
    fields: list[tuple[str, bytes]]
    start: int
    end: int
    type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    declared: bool = False  # whether a Content-Type was there
    children: list[Part] = field(default_factory=list)
    begin: int = 0  # where its header begins
    first: dict[str, bytes] = field(default_factory=dict, repr=False)  # the first value of each field, by lower case

    def __post_init__(self) -> None:
        for key, value in reversed(self.fields):
            self.first[key.lower()] = value

    def field_value(self, name: str) -> bytes:
        """The first raw value of a field, lower-case ``name``; empty when absent."""
        return self.first.get(name, b"")

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding in lower case."""
        value = self.field_value("content-transfer-encoding").decode("latin-1")
        return value.partition(";")[0].partition("(")[0].strip(" \t\"'").lower()

    def content(self) -> tuple[bytes, str]:
        """The body behind its transfer encoding, and a problem (usually empty)."""
        return decode_transfer(self.raw[self.start : self.end], self.encoding)

    def leaves(self) -> Iterator[Part]:
        """All parts without children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class Structure:
    """The outermost part and what was wrong on the way; ``hint`` is a charset named anywhere in the mail.

    ``cut`` names, in lower case, the header fields of any part that were not read whole.
    """

    top: Part
    problems: list[str]
    hint: str = ""
    cut: tuple[str, ...] = ()


def parse_structure(raw: bytes) -> Structure:
    """Take a whole mail apart.  Trouble is named in ``problems``; what is past a limit starts with ``unreadable:``."""
    reader = _Reader()
    top = reader.entity(raw, 0, len(raw), "text/plain", 0)
    return Structure(top, reader.problems, reader.hint, tuple(reader.cut))


def is_made_up(top: Part) -> bool:
    """Whether a server wrote a mail of its own for one it could not give any more (Courier does).

    Nobody is addressed, nobody passed it on, it has neither date nor Message-ID, and its sender is on no domain.
    """
    sender = top.field_value("from").rstrip(b"> \t\r\n")
    return not _TRAVELLED.intersection(top.first) and sender.rpartition(b"@")[2].lower() in _NO_DOMAIN and bool(sender)


def _is_cms(part: Part) -> bool:
    """Whether the whole body is S/MIME though its type says something else."""
    if not part.type.startswith("application/"):
        return False
    head = decode_transfer(part.raw[part.start : min(part.end, part.start + 120)], part.encoding)[0]
    return _CMS in head[:24]


class _Reader:
    def __init__(self) -> None:
        self.problems: list[str] = []
        self.parts = 0
        self.hint = ""
        self.cut: dict[str, None] = {}

    def problem(self, words: str) -> None:
        if words and words not in self.problems and len(self.problems) < 50:
            self.problems.append(words)

    def entity(self, raw: bytes, start: int, end: int, default_type: str, depth: int) -> Part:
        """The entity in ``raw[start:end]`` with everything below it."""
        self.parts += 1
        section = split_section(raw, start, end)
        if section.damaged:
            self.problem("header section damaged")
        self.cut |= dict.fromkeys(section.cut)
        part = Part(raw, section.fields, section.body, end, type=default_type, begin=start)
        self._describe(part)
        if part.type.startswith("multipart/"):
            self._decode_whole(part)
            self._open_multipart(part, depth)
        elif part.type in TYPES or part.filename.lower().endswith(".p7m") or (depth == 0 and _is_cms(part)):
            self._open_signed(part, depth)
        elif depth == 0 and not part.declared:
            self._undeclared_multipart(part)
        return part

    def _describe(self, part: Part) -> None:
        value = part.field_value("content-type")
        if value and len(part.first) < len(part.fields):
            value = self._content_type(part)
        if value:
            kind, part.parameters = parse_parameters(value, self.hint)
            match = _TYPE.fullmatch(kind)
            if match is not None:
                part.type, part.declared = kind, True
            else:
                self._repair_type(part, kind)
        charset = part.parameters.get("charset", "")
        if charset and not self.hint and charset.lower() not in ("us-ascii", "utf-8"):
            self.hint = charset
        disposition, options = parse_parameters(part.field_value("content-disposition"), self.hint)
        part.disposition = disposition
        part.filename = as_shown(options.get("filename") or part.parameters.get("name", ""))
        if not part.filename and disposition and "=" not in disposition and "." in disposition:
            part.filename = disposition  # seen: "Content-Disposition: report.pdf"

    def _content_type(self, part: Part) -> bytes:
        """Of several Content-Types the one that the body bears out: a multipart whose boundary stands in it."""
        values = [value for name, value in part.fields if name.lower() == "content-type"]
        if len(values) < 2:
            return values[0]
        self.problem(f"header content-type stands {len(values)} times")
        for value in values:
            boundary = parse_parameters(value, self.hint)[1].get("boundary", "")
            if boundary and part.raw.find(b"--" + boundary.encode("utf-8", "replace"), part.start, part.end) >= 0:
                return value
        return next((value for value in values if not value.lower().startswith(b"multipart/")), values[0])

    def _decode_whole(self, part: Part) -> None:
        """A multipart must not be encoded as a whole (RFC 2045 section 6.4); gateways do it all the same."""
        boundary = part.parameters.get("boundary", "")
        if part.encoding in PLAIN or not boundary:
            return
        delimiter = b"--" + _boundary_bytes(part, boundary)
        coded = _CODED_PARAMETER.search(part.raw, part.start, part.end) if part.encoding.startswith("q") else None
        if coded or part.raw.find(delimiter, part.start, part.end) < 0:
            content = part.content()[0]
            if delimiter in content:
                part.raw, part.start, part.end = content, 0, len(content)
                self.problem("multipart encoded as a whole, repaired")

    def _open_signed(self, part: Part, depth: int) -> None:
        if is_encrypted(part.type, part.parameters.get("smime-type", "")):
            self.problem(ENCRYPTED)
            return
        content, problem = open_signed(part.content()[0]) if depth < MAX_DEPTH else (b"", "")
        self.problem(problem)
        if content:
            part.children.append(self.entity(content, 0, len(content), "text/plain", depth + 1))
            part.type, part.disposition, part.filename = "multipart/signed", "", ""

    def _repair_type(self, part: Part, kind: str) -> None:
        match = _LENIENT_TYPE.search(kind)
        if match is not None:
            part.type, part.declared = f"{match[1]}/{match[2]}", True
        elif kind in ("text", "html", "plain"):
            part.type, part.declared = ("text/html" if kind == "html" else "text/plain"), True
        elif "boundary" in part.parameters:
            part.type, part.declared = "multipart/mixed", True

    def _open_multipart(self, part: Part, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self.problem(f"unreadable: parts nested deeper than {MAX_DEPTH}")
            part.type = "application/octet-stream"
            return
        boundary = part.parameters.get("boundary", "")
        ranges = self._ranges(part, _boundary_bytes(part, boundary)) if boundary else []
        if not ranges:
            found = _LOOKS_LIKE_BOUNDARY.search(part.raw, part.start, part.end)
            if found is not None:
                self.problem("boundary missing or wrong, repaired")
                ranges = self._ranges(part, found[1])
        if not ranges:
            self.problem("multipart without parts, body taken as text")
            body = part.raw[part.start : part.start + 2000].lstrip()[:200].lower()
            part.type = "text/html" if body.startswith((b"<html", b"<!doctype html")) else "text/plain"
            part.parameters.pop("boundary", None)
            return
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        if part.type == "multipart/encrypted":
            self.problem(ENCRYPTED)
        for start, end in ranges:
            if self.parts >= MAX_PARTS:
                self.problem(f"unreadable: more than {MAX_PARTS} parts")
                break
            part.children.append(self.entity(part.raw, start, end, default, depth + 1))

    def _undeclared_multipart(self, part: Part) -> None:
        """No Content-Type at all, but the body starts with what can only be a boundary and a part's header."""
        body = part.start
        while part.raw[body : body + 1] in (b"\r", b"\n"):
            body += 1
        found = _LOOKS_LIKE_BOUNDARY.match(part.raw, body)
        if found is None:
            return
        self.problem("boundary missing or wrong, repaired")
        for start, end in self._ranges(part, found[1])[:MAX_PARTS]:
            part.children.append(self.entity(part.raw, start, end, "text/plain", 1))
        part.type = "multipart/mixed"

    def _ranges(self, part: Part, boundary: bytes) -> list[tuple[int, int]]:
        """Where the parts between the delimiter lines of ``boundary`` lie; parts behind a premature end count too."""
        raw, end = part.raw, part.end
        delimiter = b"--" + boundary
        ranges: list[tuple[int, int]] = []
        opened = -1
        closed = False
        position = part.start
        while True:
            found = raw.find(delimiter, position, end)
            if found < 0:
                break
            position = found + len(delimiter)
            if found > part.start and raw[found - 1] not in b"\n\r":
                continue
            line_end = raw.find(b"\n", position, end)
            line_end = end if line_end < 0 else line_end
            rest = raw[position : min(line_end, position + 200)].strip()
            if rest and not rest.startswith(b"--"):
                continue  # a longer boundary of another level
            if opened >= 0:
                ranges.append((opened, _before_line_end(raw, opened, found)))
                if len(ranges) > MAX_PARTS:
                    self.problem(f"unreadable: more than {MAX_PARTS} parts")
                    return ranges
            closed = rest.startswith(b"--")
            opened = -1 if closed else min(line_end + 1, end)
            position = min(line_end, end)
        if opened >= 0:
            if raw[opened:end].strip():
                ranges.append((opened, end))
            self.problem("closing boundary missing")
        return ranges


def _before_line_end(raw: bytes, start: int, delimiter: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if delimiter > start and raw[delimiter - 1] == 0x0A:
        delimiter -= 1
    if delimiter > start and raw[delimiter - 1] == 0x0D:
        delimiter -= 1
    return delimiter


def _boundary_bytes(part: Part, decoded: str) -> bytes:
    """The boundary as it stands in the mail; 8-bit ones must be taken from the raw field."""
    if decoded.isascii():
        return decoded.rstrip().encode("ascii")
    match = re.search(rb'boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', part.field_value("content-type"), re.I)
    return (match[1] or match[2]) if match is not None else decoded.encode("utf-8", "replace")


def content_id(part: Part) -> str:
    """The Content-ID without brackets (RFC 2392)."""
    return decode_value(part.field_value("content-id")).strip("<> ")
