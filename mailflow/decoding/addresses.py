"""Address lists (RFC 5322 section 3.4) brought into a form that every parser reads alike.

Outlook and Foxmail separate by semicolons, Chinese clients put encoded words into quotes and raw 8-bit names into
the field; parsers then lose addresses or show ``=?gb2312?...``.  Here each item is taken apart, its name decoded, and
the list written anew: ``"name" <address>`` with RFC 2047 names, separated by commas.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from mailflow.decoding.headers import MAX_VALUE, decode_words, one_line, raw_text

MAX_ADDRESSES = 2000
MAX_ADDRESS = 320  # characters; no server takes a longer one (RFC 5321 section 4.5.3.1)

_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*+(?:"|\\?$))'
    r"|(?P<angle><[^<>]*>)"
    r"|(?P<comment>\((?:[^()\\]|\\.){0,400}+\))"  # one that does not close is looked for at every bracket
    r"|(?P<separator>[,;，；])"
    r"|(?P<colon>:)"
    r'|(?P<text>[^\s"<(,;:，；=]+|[\s]+|.)',
    re.S,
)
_SPEC = re.compile(
    r"(?<![^\s<>,;:\"'()\[])[^\s<>,;:\"'()\[]+@(?:\[[\d.]+\]|[^\s<>,;:\"'()\[\]@]+)"
)  # from a word's start only
_BEYOND_ASCII = re.compile(r"@[^\s<>,;@]*[^\s<>,;@\x00-\x7f]")  # in a domain
_MAILTO = re.compile(r"mailto$", re.I)
_MAILTO_REST = re.compile(r"\[?mailto:[^\]\s]{0,320}\]?", re.I)
_ESCAPED = re.compile(r"\\(.)", re.S)
_BAD_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>]")


def address_items(raw: bytes, hint: str = "") -> Iterator[tuple[str, str]]:
    """Yield (decoded name, addr-spec) of each mailbox in the field; group names are left out, their members stay."""
    waiting = ""  # the beginning of a name that holds a comma: ``Chen, Lin <chen@...>``
    for name, address in _items(one_line_keeping_words(_read(raw[: 4 * MAX_VALUE], hint))):
        if not address and name:
            if waiting:
                yield waiting, ""
            waiting = name
            continue
        joined = bool(waiting and name) and " " not in waiting.strip()
        if waiting and not joined:
            yield waiting, ""
        yield (f"{waiting}, {name}" if joined else name), address
        waiting = ""
    if waiting:
        yield waiting, ""


def _items(text: str) -> Iterator[tuple[str, str]]:
    name: list[str] = []
    address: str | None = None
    comment = ""
    in_group = has_at = False
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup, match[0]
        if kind == "separator":
            # A full-width comma is a separator only behind a complete address: names may hold it.
            if piece in "，；" and address is None and not has_at:
                name.append(piece)
                continue
            yield from _item(name, address, comment)
            name, address, comment, has_at = [], None, "", False
            if piece == ";":
                in_group = False
        elif kind == "angle":
            if address is not None:  # a separator was forgotten between two mailboxes
                yield from _item(name, address, comment)
                name, comment = [], ""
            has_at = True
            address = piece[1:-1]
        elif kind == "comment":
            comment = piece[1:-1]
        elif kind == "colon" and address is None and not (in_group or has_at or _MAILTO.search("".join(name[-2:]))):
            in_group, name = True, []
        elif kind == "quoted":
            name.append(_ESCAPED.sub(r"\1", piece[1:].removesuffix('"')))
        else:
            name.append(piece)
            has_at = has_at or "@" in piece
    yield from _item(name, address, comment)


def _read(raw: bytes, hint: str) -> str:
    """The field as text.  A domain beyond ASCII is UTF-8 wherever it can be (RFC 6532 section 3.2), however unusual it
    looks: another reading would be somebody else's domain.
    """
    text = raw_text(raw, hint)
    if _BEYOND_ASCII.search(text):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("utf-8")
    return text


def whole_items(raw: bytes) -> bytes:
    """The beginning of a field that was cut somewhere: up to the last separator, behind which an item is not whole."""
    end = 0
    for match in _TOKEN.finditer(raw.decode("latin-1")):
        if match[0] in ("(", "<") or (match[0] == "=" and raw.startswith(b"=?", match.start())):
            break  # a comment, an address or an encoded word was cut: what follows stands in it
        if match[0] in (",", ";"):
            end = match.start()
    return raw[:end]


def one_line_keeping_words(text: str) -> str:
    """Fold to one line without decoding, so that commas inside encoded words stay harmless."""
    return one_line(text) if "=?" not in text else text.replace("\r", " ").replace("\n", " ")


def _item(parts: list[str], address: str | None, comment: str) -> Iterator[tuple[str, str]]:
    name = one_line(decode_words("".join(parts)))
    if address is not None:
        spec = _clean(address)
        if spec or name:
            yield (name.strip("'") or one_line(decode_words(comment))), spec
        return
    if not name:
        return
    found = _SPEC.search(name)
    if found is None:
        yield name, ""
        return
    rest = name[: found.start()] + name[found.end() :]
    rest = _MAILTO_REST.sub("", rest).strip(" \"'<>()[]-")
    yield (rest or one_line(decode_words(comment))), _clean(found[0])


def _clean(address: str) -> str:
    """An addr-spec without blanks, source route and mailto:, its domain in lower case."""
    address = one_line(decode_words(address)).removeprefix("mailto:").strip("'\" ")
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]  # obsolete source route, RFC 5322 section 4.4
    address = _BAD_IN_ADDRESS.sub("", address)
    local, at, domain = address.rpartition("@")
    address = local + at + domain.lower() if at else address
    return address if len(address) <= MAX_ADDRESS else ""
