"""Values of header fields of strangers' mail: raw text, encoded words (RFC 2047), parameters (RFC 2231).

Real mail breaks all three: raw 8-bit values, characters cut across encoded words, quoted encoded words, parameters
without quotes, semicolons in addresses.  Everything here answers with text; nothing raises.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from mailflow.decoding.charsets import decode_text
from mailflow.decoding.transfer import decode_base64

MAX_VALUE = 64_000  # characters of one header value; the raw mail keeps the rest

_SHORT = 1000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SPACE = re.compile(r"[ \t\r\n]+")
_MASK = re.compile(r"(?<![A-Za-z0-9-])X{4,}(?![A-Za-z0-9-])")  # two characters of GBK; fewer may be meant
_WORD = re.compile(r"=\?([A-Za-z0-9_.:()+*'/ -]{1,60}?)\?([bBqQ])\?([^?]*(?:\?(?![=])[^?]*){0,40})\?=")
_BETWEEN = re.compile(r"[ \t\r\n]*")
_SEPARATORS = re.compile(r"[\s;]*")
_PARAMETER = re.compile(r'([^\s=;"]{1,200})\s*=\s*(?:"((?:[^"\\]|\\.)*)("?)|([^;]*))', re.S)
_UNESCAPE = re.compile(r"\\([\"\\])")
_CONTINUED = re.compile(r"(.+?)\*(\d{1,4})?(\*)?")


def decode_value(raw: bytes, hint: str = "") -> str:
    """A header value as one line of text: raw 8-bit read, encoded words decoded, control characters stripped."""
    if len(raw) < _SHORT and raw.isascii():
        text = raw.decode("ascii")
        if text.isprintable() and "=?" not in text and "  " not in text and "~{" not in text:
            return text  # nine values of ten
    return one_line(decode_words(raw_text(raw[: 4 * MAX_VALUE], hint)))[:MAX_VALUE]


def raw_text(raw: bytes, hint: str = "") -> str:
    """The value as text with encoded words still in place; raw 8-bit values are read by how usual they look."""
    if raw.isascii() and b"\x1b" not in raw and b"~{" not in raw:
        return raw.decode("ascii")
    return decode_text(raw, "", hint)[0]


def decode_words(text: str) -> str:
    """Replace encoded words (RFC 2047) by their text; neighbours of one charset are joined as bytes first."""
    if "=?" not in text:
        return text
    out: list[str] = []
    position = 0
    run: list[tuple[str, str, str]] = []
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        if run and not between.strip():
            between = ""
        else:
            _flush(run, out)
        out.append(between)
        run.append((match[1].split("*")[0].strip(), match[2].lower(), match[3]))
        position = match.end()
    _flush(run, out)
    out.append(text[position:])
    return "".join(out)


def unmasked(text: str) -> str:
    """Without the X a server put in the place of each byte beyond ASCII (Cyrus does): what stood there is unknown."""
    if "XXXX" not in text or not text.isascii():
        return text
    return " ".join(_MASK.sub("", text).split()).strip(" :-,[]()")


def one_line(text: str) -> str:
    """Without control characters and line breaks: a decoded header must never become two headers."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    text = _CONTROL.sub("", text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return _SPACE.sub(" ", text).strip()


def parse_parameters(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """A structured value such as Content-Type: its first word in lower case, and its parameters decoded.

    RFC 2231 continuations and charsets, encoded words inside quotes, raw 8-bit and unquoted values are all read.
    """
    text = raw_text(raw[:MAX_VALUE], hint)
    head, _, rest = text.partition(";")
    if "=" in head and "/" not in head:
        head, rest = "", text
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    if rest:
        for match in _parameters(";" + rest):
            name = match[1].lower()
            value = _UNESCAPE.sub(r"\1", match[2]) if match[2] is not None else match[4].strip()
            continued = _CONTINUED.fullmatch(name)
            if continued is not None:
                pieces.setdefault(continued[1], {})[int(continued[2] or 0)] = (
                    value,
                    bool(continued[3]) or not continued[2],
                )
            else:
                plain.setdefault(name, value)
    result = {name: one_line(decode_words(value)) for name, value in plain.items()}
    for name, numbered in pieces.items():
        result[name] = one_line(_join_2231(numbered, hint))
    return head.strip().strip('"').lower(), result


# ------------------------------------------------------------------------------------------------------------ details


def _parameters(text: str) -> Iterator[re.Match[str]]:
    """Each parameter behind a semicolon; a run of semicolons and blanks is looked at once, not from each of them."""
    position = text.find(";")
    while position >= 0:
        position = _SEPARATORS.match(text, position).end()  # type: ignore[union-attr]
        match = _PARAMETER.match(text, position)
        if match is not None:
            yield match
            position = match.end()
        position = text.find(";", position)


def _flush(run: list[tuple[str, str, str]], out: list[str]) -> None:
    """Decode a run of neighbouring encoded words; words of one charset may share a character or a base64 quad."""
    start = 0
    while start < len(run):
        stop = start + 1
        while stop < len(run) and run[stop][0].lower() == run[start][0].lower():
            stop += 1
        data = _word_bytes(run[start:stop])
        out.append(decode_text(data, run[start][0])[0])
        start = stop
    run.clear()


def _word_bytes(words: list[tuple[str, str, str]]) -> bytes:
    out: list[bytes] = []
    pending = ""
    for index, (_, way, body) in enumerate(words):
        if way == "q":
            out.append(_q_bytes(body))
            continue
        pending += body
        clean = pending.rstrip("= \t")
        more = index + 1 < len(words) and words[index + 1][1] == "b"
        if more and len(clean) % 4 and not pending.rstrip().endswith("="):
            continue  # cut in the middle of a quad: the next word goes on
        out.append(decode_base64(pending.encode("ascii", "ignore"))[0])
        pending = ""
    return b"".join(out)


def _q_bytes(body: str) -> bytes:
    data = body.replace("_", " ").encode("utf-8", "surrogateescape")
    try:
        return binascii.a2b_qp(data, header=False)
    except binascii.Error:
        return data


def _join_2231(numbered: dict[int, tuple[str, bool]], hint: str) -> str:
    data = bytearray()
    charset = ""
    for index in sorted(numbered):
        value, extended = numbered[index]
        if extended and index == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if extended or (b"%" in raw and charset) else raw
    text = decode_text(bytes(data), charset, hint)[0]
    return decode_words(text)
