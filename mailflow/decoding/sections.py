"""Header sections of strangers' mail (RFC 5322 section 2.2) as raw fields, of which a bounded part is read.

Up to :data:`USUAL` bytes everything is read.  Of a longer section, which no person's mail has, only the fields are that
the office goes by (:data:`KNOWN`), wherever they stand, and of each so much as :func:`_limits` says.  A field is cut
where it says nothing false: a list of addresses behind an address, an identifier not at all.  Nothing here raises.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailflow.decoding.addresses import whole_items
from mailflow.domain.model import OTHERS

USUAL = 64_000  # bytes of a section; ordinary mail stays below 20,000
MAX_FIELDS = 5000  # of a section, before only the known ones are read

_ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-to")
_THREAD = ("references", "in-reply-to")
_IDENTIFIERS = ("message-id", "resent-message-id", "original-message-id", "x-original-message-id")
_RESULTS = ("authentication-results", "received-spf", "arc-authentication-results", "arc-seal")
_STRUCTURE = (
    "mime-version", "content-type", "content-disposition", "content-transfer-encoding", "content-id",
    "content-language",
)  # fmt: skip
# What tells a machine, a list or an old thread; those of rules/exclusion.yaml are among them.
_MARKS = (
    "subject", "date", "return-path", "delivered-to", "x-original-to", "envelope-to", "auto-submitted", "precedence",
    "list-id", "list-post", "list-unsubscribe", "mailing-list", "x-mailing-list", "x-beenthere", "feedback-id",
    "x-mailflow-loop", "x-loop", "x-mailer", "x-failed-recipients", "x-autoreply", "x-auto-reply", "x-autorespond",
    "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-auto-response-suppress", "x-campaign",
    "x-campaign-id", "x-campaignid", "x-spam-flag", "x-ms-exchange-generated-message-source",
    "x-ms-exchange-inbox-rules-loop", "x-ms-exchange-message-is-ndr", "x-ms-exchange-organization-authas",
    "disposition-notification-to",
)  # fmt: skip
KNOWN = frozenset((*_ADDRESSES, *_THREAD, *_IDENTIFIERS, *_RESULTS, *_STRUCTURE, *_MARKS, "received"))
"""The fields, in lower case, that are found wherever in a header they stand."""

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_WHOLE_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*\n(?:[ \t]+\S[^\n]*\n)*)")
_FOLD = re.compile(rb"[ \t]*\r*\n[ \t]*|\r+")
_ANY_KNOWN = "|".join(sorted(KNOWN, key=len, reverse=True)).encode("ascii")
_KNOWN_FIELD = re.compile(rb"(%s)[ \t]*:" % _ANY_KNOWN, re.I)
_NEXT_KNOWN = re.compile(rb"\n(?:%s)[ \t]*:" % _ANY_KNOWN, re.I)
_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_LAST_ADDRESS = re.compile(rb"<([^<>\s@\"]{1,64}@[^<>\s@\"]{1,255})>\s*\Z")
_TELLING = re.compile(rb';\s*(boundary|charset)\s*=\s*("[^"\r\n]{1,200}"|[^\s;"]{1,200})', re.I)
_NAMES_NOBODY = b'@<>,;:"()\\\r\n'
_SAID = 400  # bytes at the end of a field that may tell what its beginning does not


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of a header: names as written, raw values unfolded; where the body starts.

    ``cut`` names, in lower case, the fields that were not read whole or not at all, ``*`` for all that are not known.
    """

    fields: list[tuple[str, bytes]]
    body: int
    damaged: bool = False
    cut: tuple[str, ...] = ()


def split_section(raw: bytes, start: int, end: int) -> Section:
    """Read header fields from ``raw[start:end]``.

    A line that is neither field nor continuation is joined to the field before it when more fields follow (a subject
    with a bare line break), otherwise the body starts there (RFC 5322 section 2.1 asks for an empty line).
    """
    plain = _plain_section(raw, start, end)
    if plain is not None:
        return Section(*plain)
    reader = _Reader(raw, start, end)
    while reader.position < end:
        line_end = raw.find(b"\n", reader.position, end)
        if not reader.takes(end if line_end < 0 else line_end + 1):
            break
    if reader.is_long:
        return _long_section(raw, reader.fields, reader.position, end, reader.damaged)
    return Section([item.field() for item in reader.fields], reader.position, reader.damaged)


# ------------------------------------------------------------------------------------------------------------ details


@dataclass(slots=True)
class _Lines:
    """A field as it is being read: where it starts, its lines without the name."""

    name: str
    start: int
    parts: list[bytes]

    def field(self) -> tuple[str, bytes]:
        return self.name, _unfold(b"".join(self.parts))


@dataclass(slots=True)
class _Reader:
    """A section that is no plain one, while its lines are read; ``position`` is where the next one starts."""

    raw: bytes
    start: int
    end: int
    fields: list[_Lines] = field(default_factory=list)
    position: int = -1
    damaged: bool = False
    is_long: bool = False  # too long to go on line by line from ``position``

    def __post_init__(self) -> None:
        self.position = self.start

    def takes(self, line_end: int) -> bool:
        """Take the line up to ``line_end``; False where the section ends or is too long."""
        line = self.raw[self.position : min(line_end, self.position + USUAL)]
        bare = line.rstrip(b"\r\n")
        if not bare or (not bare.strip() and not self.fields):
            self.position = line_end
            return not self.fields
        if line[:1] in b" \t" and self.fields:
            return self.takes_folded(line, line_end, blank=not bare.strip())
        match = _FIELD.match(line)
        if match is None:
            return self.takes_other(line, bare, line_end)
        if self.is_full(line_end):
            return False
        self.fields.append(_Lines(match[1].decode("ascii"), self.position, [line[match.end() :]]))
        self.position = line_end
        return True

    def takes_folded(self, line: bytes, line_end: int, *, blank: bool) -> bool:
        """The rest of a field; or an empty line to which a gateway added blanks, where a body follows it."""
        if blank and _body_follows(self.raw, line_end, self.end):
            self.position = line_end
            return False
        if self.is_full(line_end):
            self.position = self.fields.pop().start
            return False
        self.fields[-1].parts.append(line)
        self.position = line_end
        return True

    def takes_other(self, line: bytes, bare: bytes, line_end: int) -> bool:
        """Neither field nor continuation: the separator of an mbox, a broken field, or the body."""
        if self.fields or not bare.lstrip(b">").startswith(b"From "):
            self.damaged = True
            more = _FIELD.match(self.raw, line_end, min(line_end + 300, self.end)) and not bare.startswith(b"--")
            if not (self.fields and more) or self.position - self.start > USUAL:
                return False
            self.fields[-1].parts.append(b" " + line)
        self.position = line_end
        return True

    def is_full(self, line_end: int) -> bool:
        self.is_long = line_end - self.start > USUAL or len(self.fields) >= MAX_FIELDS
        return self.is_long


def _plain_section(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int] | None:
    """The fields and where the body starts, when the section is nothing but whole fields; None for all others."""
    stop = raw.find(b"\n\n", start, min(start + USUAL, end))
    other = raw.find(b"\n\r\n", start, min(start + USUAL, end) if stop < 0 else stop)
    if other < 0 and stop < 0:
        return None
    stop, body = (stop + 1, stop + 2) if other < 0 else (other + 1, other + 3)
    fields: list[tuple[str, bytes]] = []
    position = start
    for match in _WHOLE_FIELD.finditer(raw, start, stop):
        if match.start() != position:
            return None
        position = match.end()
        value = match[2]
        bare = value.strip(b" \t\r\n")
        if b"\n" in bare or b"\r" in bare:
            lines = bare.replace(b"\r\n", b"\n")
            # A pattern is slow over values of many blanks; only a bare CR needs it.
            bare = _FOLD.sub(b" ", bare) if b"\r" in lines else b" ".join([x.strip(b" \t") for x in lines.split(b"\n")])
        fields.append((match[1].decode("ascii"), bare))
    return (fields, body) if position == stop and len(fields) < MAX_FIELDS else None


def _unfold(value: bytes) -> bytes:
    value = value.strip(b" \t\r\n")
    return _FOLD.sub(b" ", value) if b"\n" in value or b"\r" in value else value


def _body_follows(raw: bytes, position: int, end: int) -> bool:
    """After a line of blanks only: is the next line no header any more?"""
    line_end = raw.find(b"\n", position, end)
    line = raw[position : line_end if line_end >= 0 else end][:400]
    return not _FIELD.match(line) and line[:1] not in (b" ", b"\t")


# ------------------------------------------------------------------------------------------------- sections too long


def _long_section(raw: bytes, near: list[_Lines], position: int, end: int, damaged: bool) -> Section:
    """The fields read so far, and of those from ``position`` on the known ones; all are found at the speed of C."""
    stop, body = _section_end(raw, position, end)
    found = _Bounded()
    if _KNOWN_FIELD.match(raw, position, stop) is None and (match := _FIELD.match(raw, position, stop)):
        found.fields.append((match[1].decode("ascii"), _unfold(raw[match.end() : match.end() + _SAID])))
    for name, first, last in _known_fields(raw, position, stop):
        if name == OTHERS:
            found.cut[OTHERS] = None
        else:
            found.add(name, raw, first, last)
    return Section([*(item.field() for item in near), *found.fields], body, damaged, tuple(found.cut))


def _section_end(raw: bytes, position: int, end: int) -> tuple[int, int]:
    """Where the fields end, and where the body starts."""
    plain = raw.find(b"\n\n", position, end)
    other = raw.find(b"\n\r\n", position, end if plain < 0 else plain)
    if other >= 0:
        return other + 1, other + 3
    return (plain + 1, plain + 2) if plain >= 0 else (end, end)


def _known_fields(raw: bytes, position: int, stop: int) -> Iterator[tuple[str, int, int]]:
    """Name and range of the value of each known field; ``*`` where others stand between them."""
    while position < stop:
        match = _KNOWN_FIELD.match(raw, position, stop)
        if match is None:
            yield OTHERS, position, position
            other = _NEXT_KNOWN.search(raw, position, stop)
            if other is None:
                return
            position = other.start() + 1
            continue
        following = _NEXT_FIELD.search(raw, match.end(), stop)
        position = following.start() + 1 if following else stop
        yield match[1].decode("ascii").lower(), match.end(), position


@dataclass(slots=True)
class _Bounded:
    """Known fields within their limits, and the names of those that were cut."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    cut: dict[str, None] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, raw: bytes, first: int, last: int) -> None:
        longest, together = _limits(name)
        spent = self.spent.get(name, 0)
        if spent >= together:
            self.cut[name] = None
            return
        size = min(last - first, longest)
        self.spent[name] = spent + size + 100  # an empty field is not for nothing
        if size < last - first:
            self.cut[name] = None
            self.fields.append((name, _shortened(name, raw, first, last, longest)))
        else:
            self.fields.append((name, _unfold(raw[first:last])))


def _limits(name: str) -> tuple[int, int]:
    """Bytes of one field of this name, and of all of them together."""
    if name in ("to", "cc", "bcc", "references"):
        return USUAL, USUAL
    if name in _RESULTS:
        return 17_000, 2 * USUAL  # more than its reader takes, so that it sees the end is missing
    if name == "received":
        return 4_000, 2 * USUAL
    return 16_000, USUAL


def _shortened(name: str, raw: bytes, first: int, last: int, longest: int) -> bytes:
    """The value at ``raw[first:last]`` within its limit, without a piece that was cut in two."""
    head = _unfold(raw[first : first + longest])
    if name in _ADDRESSES:
        return whole_items(head) or _only_address(head, raw[last - _SAID : last])
    if name in _IDENTIFIERS:
        return b""  # half of one is another one
    if name in _THREAD:  # the mail that started it, and those answered last
        tail = _unfold(raw[last - 3 * longest // 4 : last])
        return head[: head.rfind(b">", 0, longest // 4) + 1] + b" " + tail[max(tail.find(b"<"), 0) :]
    if name == "received":
        return head[: longest - _SAID] + b"; " + _unfold(raw[last - _SAID : last]).rpartition(b";")[2]
    if name.startswith("content-"):
        kind, _, rest = head.partition(b";")
        more = [b"; %s=%s" % (found[0], found[1]) for found in _TELLING.findall(raw, first, last)[:2]]
        return b"".join((kind[:_SAID], *more, b";", rest[: max(rest.rfind(b";"), 0)]))
    return _without_half(head[: max(head.rfind(b" "), len(head) - _SAID)])


def _without_half(text: bytes) -> bytes:
    """UTF-8 without the character that was cut in two; the readers of other charsets forgive it."""
    for half in range(4):
        with contextlib.suppress(UnicodeDecodeError):
            return text[: len(text) - half].decode("utf-8").encode()
    return text


def _only_address(head: bytes, tail: bytes) -> bytes:
    """A field without a whole address in its beginning: the one that ends it, when no other was begun before.

    Else some words that name nobody: of two such fields the first must not look as if it were not there.
    """
    last = _LAST_ADDRESS.search(tail) if b"@" not in head and b"<" not in head else None
    return b"<%s>" % last[1] if last else b'"%s"' % head[:100].translate(None, _NAMES_NOBODY)
