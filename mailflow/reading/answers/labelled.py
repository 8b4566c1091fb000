"""Labelled lines: ``责任部门：生产部``, ``【原因】…``, ``1、措施: …``, ``原因 | …``, and tables of labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.words import squeeze
from mailflow.reading.matching.normalise import fold

_NUMBER = r"(?:\(?\d{1,2}[.、)]?|\(?[一二三四五六七八九十]{1,2}[、.)]|[-*•·●▪■]{1,2})"
_OPEN, _CLOSE = r"[ \t*_#|\[<\"]{0,6}", r"[ \t*_|\]>\"]{0,6}"
_HINT = r"(?:\([^)\n:]{0,30}\) ?)?(?:(?:内容|说明)?如下|as follows)?"
_COLON = r"(?:[:∶︰=|\t]|-{1,4})"
_MAX_HITS = 200
_TYPED = 4  # signs of a title in which one may be wrong
_SIGN = r"[^\s\d:,;。!?()\"]"
_LABEL = re.compile(
    rf"^[ \t>*•·\-]{{0,6}}(?P<label>(?=[^\n:]*[\u3400-\u9fffa-z]){_SIGN}{{1,12}}(?: {_SIGN}{{1,12}})?) ?:"
    r"[ \t]{0,6}(?=[^\s/])",
    re.MULTILINE,
)
_QUOTED_LABEL = re.compile(rf"[\s>]{{0,8}}>[\s>]{{0,8}}{_NUMBER}?[ \t]{{0,3}}(?P<label>[^:\n]{{1,24}}) ?:[ \t]{{0,3}}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A field's value in the text: the whole line or lines at ``[start:end]``, the value at ``[value_start:end]``."""

    field: FieldSpec
    label: str
    start: int
    value_start: int
    end: int


def find(
    folded: str,
    fields: Mapping[str, FieldSpec],
    ends: Callable[[str], bool],
    strange: Callable[[str], bool] = lambda line: False,
) -> list[Labelled]:
    """The labelled values of a folded text, in reading order.

    A value of type ``text`` goes on to the next label, or to a line that ``ends`` says is none of it (a verdict);
    any other value ends with its line, and is looked for on the next line when its own holds nothing.  A text that
    begins beside its label ends at a line that is ``strange`` (begins with a label nobody asked for) as well.  A label
    with one wrong sign (判定依剧) is the one it is nearest to.
    """
    by_title = _by_title(fields)
    if not by_title:
        return []
    by_title |= _misspelt(folded, by_title)
    rows = list(_rows(folded, by_title))
    heads = [head for head in _heads(folded, by_title) if not any(row.start <= head.start < row.end for row in rows)]
    found = [*rows]
    for place, head in enumerate(heads):
        limit = heads[place + 1].start if place + 1 < len(heads) else len(folded)
        limit = min([limit, *(row.start for row in rows if row.start > head.start)])
        beside = folded[head.value_start : _line_end(folded, head.value_start, limit)].strip()
        stops = (lambda line: ends(line) or strange(line)) if beside else ends
        found.append(replace(head, end=_value_end(folded, head, limit, stops)))
    return sorted(found, key=lambda item: item.start)


def is_strange(line: str) -> bool:
    """Does a folded line begin with a short label and a value behind it (备注：发之前改错别字)?"""
    return _LABEL.match(line) is not None


def unquoted(text: str, own: str, fields: Mapping[str, FieldSpec]) -> str:
    """The sender's ``own`` words with the quoted labels he wrote his values under, every position kept."""
    by_title = _by_title(fields)
    lines, kept = text.split("\n"), own.split("\n")
    for place, line in enumerate(lines[:-1]):
        quoted = _QUOTED_LABEL.fullmatch(fold(line))
        if quoted and kept[place + 1].strip() and not kept[place].strip() and squeeze(quoted["label"]) in by_title:
            kept[place] = line.replace(">", " ").replace("＞", " ")
    return "\n".join(kept)


def _by_title(fields: Mapping[str, FieldSpec]) -> dict[str, FieldSpec]:
    return {squeeze(title): spec for spec in reversed(list(fields.values())) for title in spec.titles if title.strip()}


def _misspelt(folded: str, by_title: Mapping[str, FieldSpec]) -> dict[str, FieldSpec]:
    """Labels of the text that differ from one title by a single sign."""
    found: dict[str, FieldSpec] = {}
    for match in islice(_LABEL.finditer(folded), _MAX_HITS):
        said = squeeze(match["label"])
        near = {by_title[title].name: by_title[title] for title in by_title if _one_off(said, title)}
        if said not in by_title and len(near) == 1:
            found[said] = next(iter(near.values()))
    return found


def _one_off(said: str, title: str) -> bool:
    """Is one of at least four signs another, too many, or missing?"""
    if said.isascii() or len(title) < _TYPED or abs(len(said) - len(title)) > 1:
        return False
    shorter, longer = sorted((said, title), key=len)
    same = next((at for at, sign in enumerate(shorter) if sign != longer[at]), len(shorter))
    return shorter[same + (len(shorter) == len(longer)) :] == longer[same + 1 :]


def _heads(folded: str, by_title: Mapping[str, FieldSpec]) -> list[Labelled]:
    """Where labels stand.  What separates them from the value may be loose where the value's type is a check."""
    titles = tuple(sorted(by_title, key=len, reverse=True))
    found: list[Labelled] = []
    for shape in _shapes(titles):
        for match in shape.finditer(folded):
            title = next(titles[i] for i in range(len(titles)) if match[f"l{i}"] is not None)
            spec = by_title[title]
            if not _separated(match, spec) or any(
                o.start < match.end() and match.start() < o.value_start for o in found
            ):
                continue
            found.append(Labelled(spec, title, match.start(), match.end(), match.end()))
            if len(found) >= _MAX_HITS:
                return sorted(found, key=lambda item: item.start)
    return sorted(found, key=lambda item: item.start)


@lru_cache(maxsize=32)
def _shapes(titles: Sequence[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How a label stands at the beginning of a line, and how within one.

    Titles stand together by their first sign: what may stand before a label can be read in many ways, and after each
    of them a look at one sign tells that no label follows.
    """
    begun: dict[str, list[str]] = {}
    for index, title in enumerate(titles):
        begun.setdefault(title[0], []).append(f"(?P<l{index}>{_spoken(title)})")
    label = (
        f"(?=[{''.join(map(re.escape, begun))}])(?:"
        + "|".join(f"(?={re.escape(sign)})(?:{'|'.join(shapes)})" for sign, shapes in begun.items())
        + ")"
    )
    line = re.compile(
        rf"^(?P<head>[ \t>]{{0,6}}{_OPEN}{_NUMBER}?{_OPEN}){label}(?P<mark>{_CLOSE}){_HINT}[ \t*_]{{0,4}}"
        rf"(?P<sep>{_COLON}|为(?!什)|是(?![ \t|]*$)|(?=[ \t]*$)|(?=[ \t]{{1,8}}\S)|)[ \t*_|]{{0,6}}",
        re.MULTILINE,
    )
    inner = re.compile(
        rf"(?<=[;,。|"
        rf"\t ])(?P<head>{_OPEN}{_NUMBER}?{_OPEN}){label}(?P<mark>{_CLOSE}){_HINT}(?P<sep>{_COLON})[ \t*_|"
        rf"]{{0,6}}"
    )
    return line, inner


def _spoken(title: str) -> str:
    """A title with the blanks people put between its signs: 原  因."""
    if title.isascii():
        return r"(?<![a-z0-9])" + re.escape(title).replace(r"\ ", r"[ _-]{1,3}") + r"(?![a-z0-9])"
    return r"[ ]{0,6}".join(re.escape(sign) for sign in title if sign != " ")


def _separated(match: re.Match[str], spec: FieldSpec) -> bool:
    sep, rest = match["sep"], match.string[match.end() : match.end() + 1]
    if sep and (sep in ":∶︰=|\t" or sep.startswith("-")):
        return True
    bracketed = "]" in match["mark"] or "**" in match["mark"] or "|" in match["mark"] or "\t" in match["mark"]
    if bracketed:
        return True
    if sep in ("为", "是"):
        return spec.type != "text" and bool(rest.strip())
    tail = match.string[match.end("mark") : match.end()]
    if rest in ("", "\n"):
        return True  # the label alone on its line
    return spec.type != "text" and bool(match["mark"].strip(" ") == "" and (" " in match["mark"] + tail))


def _value_end(folded: str, head: Labelled, limit: int, ends: Callable[[str], bool]) -> int:
    at = head.value_start
    line_end = _line_end(folded, at, limit)
    if head.field.type != "text":
        if folded[at:line_end].strip(" \t|*_"):
            return line_end
        while line_end < limit and not folded[at:line_end].strip(" \t\n|*_"):
            line_end = _line_end(folded, line_end + 1, limit)
        return min(line_end, limit)
    end = line_end
    quoted = folded[head.start : at].lstrip(" \t").startswith(">")
    while end < limit:
        following = _line_end(folded, end + 1, limit)
        if quoted and not folded[end + 1 : following].strip(" \t>"):
            break  # an empty line of the quote: what follows is the quoted mail's, not filled in
        if ends(folded[end + 1 : following]):
            break
        end = following
    return min(end, limit)


def _line_end(folded: str, at: int, limit: int) -> int:
    end = folded.find("\n", at, limit)
    return end if end >= 0 else limit


_CELL = re.compile(r"[^|\t]+")


def _rows(folded: str, by_title: Mapping[str, FieldSpec]) -> Iterator[Labelled]:
    """A row of labels, then a row of values with as many cells."""
    lines = _spans(folded)
    for place in range(len(lines) - 1):
        start, end = lines[place]
        labels = _cells(folded, start, end)
        titles = [squeeze(folded[a:b]).strip(" *_") for a, b in labels]
        if len(titles) < 2 or not all(title in by_title for title in titles):
            continue
        below = place + 1
        while below < len(lines) and re.fullmatch(r"[\s|:+-]*", folded[slice(*lines[below])]):
            below += 1
        values = _cells(folded, *lines[below]) if below < len(lines) else []
        if len(values) != len(titles) or any(squeeze(folded[a:b]) in by_title for a, b in values):
            continue
        for title, (a, b) in zip(titles, values, strict=True):
            yield Labelled(by_title[title], title, start if title == titles[0] else a, a, b)


def _cells(folded: str, start: int, end: int) -> Sequence[tuple[int, int]]:
    found = [(m.start(), m.end()) for m in _CELL.finditer(folded, start, end) if m[0].strip()]
    return found if "|" in folded[start:end] or "\t" in folded[start:end] else []


def _spans(folded: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for line in folded.split("\n"):
        if line.strip():
            spans.append((at, at + len(line)))
        at += len(line) + 1
    return spans
