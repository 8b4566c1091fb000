"""Sentences, clauses and lists of a mail: where the words around a find begin and end.

All of it works on :func:`flow`, the folded text in which a line break means a break: lines that a mail program wrapped
are joined, the cells of a table row are parted.  Positions stay those of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH

Span = tuple[int, int]

_NEAR, _REACH = 24, 160  # no clause is longer; hostile text is cut
_BREAK = re.compile(
    r"[。!?;…\n()\[\]①-⑳□■☑☐√]|(?<=[\u4e00-\u9fff]) {1,3}(?=[\u4e00-\u9fff])|"
    r"\+(?=[\u4e00-\u9fff])|,(?!(?<=\d,)\d{3}(?!\d))|:(?!(?<=\d:)\d\d)|(?<!\d\.\d)(?<!\d\.\d\d)\.(?=\s|$)|(?<=\s)-{1,2}(?=\s)|--"
)
SENTENCE = re.compile(r"[。!?…\n]|\.(?=\s|$)")
_MARK = re.compile(
    r"[\s>]{0,4}(?:[-*·●•・①-⑳]|\(?(?:\d{1,2}|[一二三四五六七八九十]{1,2}|[a-h])[).、:]|[a-h]\.\s|\d{1,2}\s(?=[\u4e00-\u9fff])|第[一二三四五六七八九][件点条,、:]?|"
    r"[(](?:\d{1,2}|[一二三四五六七八九十])[)])[\s,、]{0,3}"
)
_FIRST = re.compile(r"[\s>]{0,4}\(?(?:1|一|a|第一|①)(?![\d十])")
_INLINE = re.compile(
    r"[。;:,!?]\s{0,2}(?=\(?\d[、.)](?!\d)|[(][一二三四五六][)]|第[一二三四五六][,、是]|[一二三四五六][、是](?=\S)|"
    r"其[一二三四五][,、是:])|(?<=\S)[ ](?=\([1-9一二三四五六]\))"
)
_LINE_ITEM = re.compile(r"\n[ ]{0,4}(?=\([一二三四五六七八九十]{1,2}\)|[a-h][.)、]\s?\S|[・•])")
_GLUED = re.compile(r"(?:(?<=[\s:,;。])|^)(?P<mark>[1-9])(?=[、.)]?\s?[\u4e00-\u9fff])")  # 1退货 2扣款
_HEAD = re.compile(r":[ ]{0,3}\n")
_LINES, _SHORT_LINE = 7, 50
_CIRCLED = re.compile("[①-⑳]")
_WANTS = Grammar("<wants>")
_TOLD_OF = Grammar("<told-of>")
# Every alternative begins with a plain character: that keeps the search fast.
_ASK_HAN = Grammar("<ask-words>")
_ASK_LATIN = re.compile(
    r"\bplease\b|\bpls\b|\bplz\b|\bkindly\b|\bif you (?:could|would|can)\b|"
    r"\b(?:could|can|would|will) you\b(?: please)?|"
    r"\b(?:we|i) (?:(?:now|also|therefore|hereby|must|urgently|would|formally) )?(?:need|want|expect|require|request|"
    r"demand|insist on|like|ask)\b(?: from you| of you| you)?(?: to)?(?: have)?|"
    r"\bwhat (?:we|i)(?:'d| would| do)? (?:need|want|like|suggest|propose|expect|ask)(?: (?:is|for))?|"
    r"\b(?:we|i)'d like(?: you)?(?: to)?(?: have)?|"
    r"\b(?=(?:send|give|tell|show|refund|credit|get) (?:me|us)\b)|\blet (?:me|us) (?=have|know)"
)
_LATIN_SIGNS = ("please", "pls", "plz", "kindly", " you", "you ", "we ", "i ", " me", " us")
_WRAPPED, _WRAPPED_HAN = 50, 30
_JOINED = "\u00a0"


def _is_han(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list: its span, and whether the list says what is wanted of us."""

    start: int
    end: int
    wanted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A part with its flow and the items of its lists."""

    part: Part
    text: str
    items: tuple[Item, ...]


def lay_out(parts: Sequence[Part]) -> list[Laid]:
    """These parts, each with its flow and lists."""
    laid = []
    for part in parts:
        text = flow(part)
        laid.append(Laid(part, text, tuple(items(part, text))))
    return laid


def flow(part: Part) -> str:
    """The folded text with wrapped lines joined and table cells parted, each character in its place."""
    text = part.text
    if "\n" not in text and "\t" not in part.original:
        return text
    signs = list(text)
    if "\t" in part.original:
        for at, sign in enumerate(part.original):
            if sign == "\t":
                signs[at] = "\n"
    at = text.find("\n")
    last = 0
    while at >= 0:
        end = at
        while end > last and text[end - 1] == " ":
            end -= 1
        if _soft(text, last, end, at + 1):
            # Chinese runs on without a space; a space there would part clauses.
            signs[at] = _JOINED if _is_han(text[end - 1]) and _is_han(text[at + 1 : at + 2]) else " "
        last, at = at + 1, text.find("\n", at + 1)
    return "".join(signs)


def _soft(text: str, start: int, end: int, following: int) -> bool:
    """Whether a line [start:end] goes on in the next one: it is full, and the next is no item and no new sentence."""
    if end <= start:
        return False
    sign = text[end - 1]
    han = "\u4e00" <= sign <= "\u9fff"
    if end - start < (_WRAPPED_HAN if han else _WRAPPED) or sign in "。!?:;":
        return False
    ahead = text[following : following + 8]
    return ahead[:1].isalnum() and not _MARK.match(ahead)


def clause(text: str, start: int, end: int) -> Span:
    """The clause around a span of the flow, without white space at its ends."""
    first = _back(_BREAK, text, start)
    stop = _BREAK.search(text, end, end + _REACH)
    return trimmed(text, first, stop.start() if stop else min(len(text), end + _REACH))


def _back(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the last break before a place ends; most are near."""
    for reach in (_NEAR, _REACH):
        low = max(0, start - reach)
        first = -1
        for match in pattern.finditer(text, low, start):
            first = match.end()
        if first >= 0:
            return first
    return low


def sentence(text: str, start: int, end: int) -> Span:
    """The sentence around a span of the flow."""
    first = _back(SENTENCE, text, start)
    stop = SENTENCE.search(text, end, end + _REACH)
    return first, stop.start() if stop else min(len(text), end + _REACH)


def pieces(text: str, start: int, end: int) -> list[Span]:
    """The clauses between two places, empty ones left out."""
    found, at = [], start
    for match in _BREAK.finditer(text, start, end):
        found.append(trimmed(text, at, match.start()))
        at = match.end()
        if len(found) > ENOUGH:
            break
    found.append(trimmed(text, at, end))
    return [span for span in found if span[1] > span[0]]


def trimmed(text: str, start: int, end: int) -> Span:
    """A span without white space, dashes, quotation marks and commas at its ends."""
    while start < end and text[start] in " \n\t-*·•、,;.\"'":
        start += 1
    while end > start and text[end - 1] in " \n\t-、,;.\"'~":
        end -= 1
    return start, end


def asking(text: str, start: int, end: int, lexicon: Lexicon) -> Iterator[int]:
    """Where words that ask for something end."""
    yield from (match.end() for match in lexicon(_ASK_HAN).finditer(text, start, end))
    said = text[max(0, start - 1) : end + 1]
    if any(sign in said for sign in _LATIN_SIGNS):
        yield from (match.end() for match in _ASK_LATIN.finditer(text, start, end))


def items(part: Part, text: str) -> list[Item]:
    """The items of the numbered and dashed lists of a part, in order."""
    starts = set(part.items)
    starts.update(match.end() for match in _INLINE.finditer(text[: 40 * ENOUGH]))
    circled = {match.start() for match in _CIRCLED.finditer(part.original[: 40 * ENOUGH])}
    starts |= circled
    starts.update(match.end() for match in _LINE_ITEM.finditer(text[: 40 * ENOUGH]))
    glued = set(_counted_up(text[: 40 * ENOUGH]))
    starts |= glued
    if "\t" not in part.original:
        starts |= set(_unmarked(text, part.lexicon))
    ordered = _apart(sorted(starts))[:ENOUGH]
    found: list[Item] = []
    wanted = False
    for place, start in enumerate(ordered):
        following = ordered[place + 1] if place + 1 < len(ordered) else len(text)
        blank = text.find("\n\n", start + 3)
        end = min(following, blank if blank >= 0 else len(text))
        if found and place + 1 == len(ordered) and "\n" not in text[found[-1].start : found[-1].end].strip():
            line = text.find("\n", start + 3)  # the others took one line each: what follows is no item
            end = line if 0 <= line < end else end
        above = _above(text, start)
        if not found or _FIRST.match(text[start : start + 8].lstrip("\n")) or above.endswith(":"):
            # What a list is about stands in the words before it.
            wants, told = _last(part.lexicon(_WANTS), above), _last(part.lexicon(_TOLD_OF), above)
            wanted = wants > told
        if start in circled | glued and "\u4e00" <= text[start + 1 : start + 2] <= "\u9fff":
            start += 1  # the number of the item, circled or bare: no digit of the words
        found.append(Item(start, end, wanted))
    return found if len(found) > 1 or (found and found[0].wanted) else []


def _unmarked(text: str, lexicon: Lexicon) -> Iterator[int]:
    """Where the items of a list without marks begin: short lines below a line that says what is wanted."""
    for head in islice(_HEAD.finditer(text), 4):
        start, above = head.end(), text[max(0, head.end() - 40) : head.end()]
        if _last(lexicon(_WANTS), above) <= _last(lexicon(_TOLD_OF), above):
            continue
        lines: list[int] = []
        while len(lines) < _LINES and start < len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            line = text[start:end].strip()
            if not 2 <= len(line) <= _SHORT_LINE or _MARK.match(text, start):
                break
            lines.append(start)
            if line[-1] in "。.!?:":
                break
            start = end + 1
        if len(lines) > 1:
            yield from lines


def _counted_up(text: str) -> Iterator[int]:
    """Where items stand that only count up within a line, ``1退货 2扣款3000元 3道歉``: at least 1 and 2."""
    run: list[int] = []
    for match in islice(_GLUED.finditer(text), ENOUGH):
        if run and int(match["mark"]) == len(run) + 1 and "\n" not in text[run[-1] : match.start()]:
            run.append(match.start())
            continue
        yield from run if len(run) > 1 else ()
        run = [match.start()] if match["mark"] == "1" else []
    yield from run if len(run) > 1 else ()


def _apart(starts: Sequence[int]) -> list[int]:
    """Starts of items, one for those that two patterns saw a few characters apart."""
    kept: list[int] = []
    for start in starts:
        if not kept or start - kept[-1] > 3:
            kept.append(start)
    return kept


def _above(text: str, start: int) -> str:
    """The words before a list: the last line or, when it is short, the two last."""
    before = text[max(0, start - 90) : start].rstrip()
    return "\n".join(before.splitlines()[-2:])[-70:]


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.end() for match in pattern.finditer(text)), default=-1)


def item_at(found: Sequence[Item], position: int) -> Item | None:
    """The item a position stands in, if any."""
    return next((item for item in reversed(found) if item.start <= position < item.end), None)


def after_mark(text: str, start: int, end: int) -> int:
    """Where the words of an item begin, behind its mark."""
    while start < end and text[start] in "\n ":
        start += 1
    match = _MARK.match(text, start, end)
    return match.end() if match else start
