"""HTML nested beyond reason, reduced to text by one plain scan: no tree is built from it."""

from __future__ import annotations

import html
import re

MAX_OPEN = 2000  # unclosed elements: the parser's time grows with the square of the depth

_OPEN_TAG = re.compile(r"<(?!(?:br|hr|img|meta|link|input|col|wbr|area|base|p|li|td|th|tr|option|!)\b)[a-z]", re.I)
_CLOSE_TAG = re.compile(r"</(?!(?:p|li|td|th|tr|option)\b)[a-z]", re.I)
_TAG = re.compile(r"<[^<>]*>")
_DROPPED = re.compile(r"<(!--|(?:script|style|head|title)\b)", re.I)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|hr)\b[^<>]*>", re.I)
_CONTAINER = re.compile(r"<(/?)(?:div|span|font|blockquote|b|i|u|a|center|table|section)\b", re.I)
_MANY_BLANK = re.compile(r"\n{3,}")


def is_too_deep(markup: str) -> bool:
    """Whether elements are opened and not closed, or closed much later: parsing would take the square of that."""
    if markup.count("<") < MAX_OPEN:
        return False
    if len(_OPEN_TAG.findall(markup)) - len(_CLOSE_TAG.findall(markup)) > MAX_OPEN:
        return True
    depth = deepest = 0
    for match in _CONTAINER.finditer(markup):
        depth += -1 if match[1] else 1
        deepest = max(deepest, depth)
        depth = max(depth, 0)
    return deepest > MAX_OPEN


def scan_text(markup: str) -> str:
    """The text between the tags, comments and invisible elements left out, line breaks at the ends of blocks."""
    text = _BREAK.sub("\n", _without_dropped(markup))
    text = html.unescape(_TAG.sub("", text)).replace("\xa0", " ")
    return _MANY_BLANK.sub("\n\n", "\n".join(" ".join(row.split()) for row in text.split("\n"))).strip()


def _without_dropped(markup: str) -> str:
    """Cut comments and invisible elements out in one pass; an unclosed one is only its tag."""
    lower = markup.lower()
    out = []
    position = 0
    ends: dict[str, int] = {}  # where the search for this end mark last succeeded; -1 when there are no more
    for match in _DROPPED.finditer(lower):
        if match.start() < position:
            continue
        mark = "-->" if match[1] == "!--" else "</" + match[1]
        if ends.get(mark, 0) < 0:
            continue
        ends[mark] = end = lower.find(mark, match.end())
        if end >= 0:
            out.append(markup[position : match.start()])
            close = lower.find(">", end)
            position = close + 1 if close >= 0 else len(markup)
    out.append(markup[position:])
    return "".join(out)
