"""What mail servers wrote about a mail: Authentication-Results (RFC 8601), its ARC sibling, Received-SPF (RFC 7208).

Real headers leave the grammar: Microsoft names no server, others forget a semicolon or put ``<a@b>`` where a quoted
string belongs, and half of a comment may have come from the sender.  Everything is read in one pass over a bounded
text and nothing raises.  A header that is not whole is ``damaged``: what speaks against the sender counts, a pass not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_TEXT = 16_000  # characters of one header; real ones stay below 2,000
MAX_RESULTS = 100
METHODS = frozenset({"spf", "dkim", "dmarc", "arc"})
"""Those that begin a new result even where the semicolon before them was forgotten."""

_OUTSIDE = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|\\.|[^()"\\;]+|.', re.S)
_INSIDE = re.compile(r"\\.|[^()\\]+|.", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_PARENTHESES = str.maketrans("()", "  ")
_MARK = "\x01"  # around the number of a quoted string; headers hold no control characters


@dataclass(frozen=True, slots=True)
class Result:
    """One result: ``dkim``, ``pass``, and its properties by name, such as ``header.d``.  All but values lower case."""

    method: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)

    def domain(self, *names: str) -> str:
        """The domain of the first of these properties that is there (an address or a domain), lower case."""
        for name in names:
            if value := self.properties.get(name, "").strip("<>"):
                return value.rpartition("@")[2].lower().rstrip(".")
        return ""


@dataclass(frozen=True, slots=True)
class Results:
    """One header: who wrote it (empty when it does not say), its results, and its place in an ARC set."""

    server: str
    results: tuple[Result, ...] = ()
    instance: int = 0
    damaged: bool = False

    def of(self, method: str) -> tuple[Result, ...]:
        """What it says of one method."""
        return tuple(item for item in self.results if item.method == method)


def read_results(value: str) -> Results:
    """An Authentication-Results or ARC-Authentication-Results header.  Never raises."""
    segments, quoted, damaged = _segments(value)
    server, instance = "", 0
    results: list[Result] = []
    for number, segment in enumerate(segments):
        pairs = list(_pairs(segment))
        if not server and not results and pairs and pairs[0][0] == "i" and number == 0:
            instance = int(pairs[0][1]) if pairs[0][1].isascii() and pairs[0][1][:3].isdigit() else 0
            continue
        if not server and not results and pairs and not pairs[0][1]:
            server = _plain(pairs[0][0], quoted).lower().rstrip(".")
            pairs = pairs[1:]
        results += _results(pairs, quoted)
    damaged = damaged or len(results) > MAX_RESULTS
    return Results(server, tuple(results[:MAX_RESULTS]), instance, damaged)


def read_received_spf(value: str) -> Result:
    """A Received-SPF header (RFC 7208 section 9.1) as an ``spf`` result; its result is empty when there is none."""
    segments, quoted, _ = _segments(value)
    pairs = [pair for segment in segments for pair in _pairs(segment)]
    if not pairs or pairs[0][1]:
        return Result("spf", "")
    names = {name: _plain(word, quoted) for name, word in pairs[1:] if word}
    properties = {"smtp.mailfrom": names["envelope-from"]} if "envelope-from" in names else {}
    return Result("spf", pairs[0][0].lower(), properties)


def without_comments(value: str) -> str:
    """A structured value without its comments, its quoted strings in place."""
    segments, quoted, _ = _segments(value)
    return "; ".join(_plain(segment, quoted) for segment in segments)


# ------------------------------------------------------------------------------------------------------------ parts


def _segments(value: str) -> tuple[list[str], list[str], bool]:
    """What stands between semicolons, comments blanked and quoted strings taken out; these; was it damaged?"""
    text = value[:MAX_TEXT].replace(_MARK, "")
    damaged = len(value) > MAX_TEXT
    segments: list[list[str]] = [[]]
    quoted: list[str] = []
    depth = position = opened = 0
    while position < len(text):
        found = (_INSIDE if depth else _OUTSIDE).match(text, position)
        assert found is not None  # both patterns end with "any character"
        piece, start = found[0], position
        position = found.end()
        if piece == "(":
            opened = opened if depth else start
            depth += 1
        elif depth:
            depth -= piece == ")"
        elif piece == ";":
            segments.append([])
        elif not depth and piece[0] == '"' and len(piece) > 1:
            segments[-1].append(f"{_MARK}{len(quoted)}{_MARK}")
            quoted.append(_ESCAPED.sub(r"\1", found["quoted"]))
        else:
            damaged = damaged or piece == '"'
            segments[-1].append(" " if piece in ('"', ")") else piece)
            continue
        if depth == 0 and piece == ")":
            segments[-1].append(" ")
        if position == len(text) and depth:
            # A comment without an end: what stands in it is read as if it were none.
            damaged, depth = True, 0
            text, position = text[opened:].translate(_PARENTHESES), 0
    return ["".join(parts) for parts in segments], quoted, damaged


def _pairs(segment: str) -> Iterator[tuple[str, str]]:
    """The words of a segment as ``name=value``, blanks around ``=``, ``/`` and ``.`` allowed; value empty: a word."""
    name = ""
    waiting = False  # "=" was read, its value was not
    for word in " ".join(segment.split()).replace(" . ", ".").replace(" / ", "/").split():
        if waiting:
            yield name, word
            name, waiting = "", False
        elif word.startswith("=") and name:
            name, waiting = name, len(word) == 1
            if not waiting:
                yield name, word[1:]
                name = ""
        else:
            if name:
                yield name, ""
            name, equals, value = word.partition("=")
            if value:
                yield name, value
                name = ""
            waiting = bool(equals) and not value
    if name:
        yield name, ""


def _results(pairs: list[tuple[str, str]], quoted: list[str]) -> Iterator[Result]:
    method = verdict = ""
    properties: dict[str, str] = {}
    for name, word in pairs:
        key = name.partition("/")[0].strip().lower()
        if not word:
            continue
        if not method or key in METHODS:
            if method:
                yield Result(method, verdict, properties)
            method, verdict, properties = key, _plain(word, quoted).lower(), {}
        else:
            properties.setdefault(key, _plain(word, quoted))
    if method:
        yield Result(method, verdict, properties)


def _plain(word: str, quoted: list[str]) -> str:
    """The word with its quoted strings put back."""
    if _MARK not in word:
        return word
    parts = word.split(_MARK)
    return "".join(quoted[int(part)] if number % 2 else part for number, part in enumerate(parts))
