"""An answer to a mail with numbered points: which words are about which point.

``1 同意 2 退回：原因``, ``1、同意；2、…``, a point on each line, ``1-3 同意``; without numbers a labelled line belongs
to the point that asks for its field.  A number counts a point where the line begins with it, or where nothing but a
verdict or a label follows; what may as well be a list inside somebody's words is not taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from mailflow.reading.answers import labelled
from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.verdicts import VERDICTS, is_instruction, is_verdict_line, judge
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold

_HAN = "一二三四五六七八九十"
_NUMBER = rf"(?:\d{{1,2}}|[{_HAN}])"
_JOIN = r"[ \t]{0,2}(?:[、,和及与&~-]|至|到|and|to)[ \t]{0,2}"
_MARK = re.compile(
    r"(?P<head>^[ \t*#>\-]{0,6}|(?<=[;,。.!、\s\u4e00-\u9fff]))(?P<nth>第|item ?|point ?|no\. ?)?[(\[]?"
    rf"(?P<numbers>{_NUMBER}(?:{_JOIN}{_NUMBER}){{0,9}})(?![\d.]\d)[ \t]{{0,3}}"
    r"(?P<sep>(?:[)\]]|项|点|个|条|件|份)?[ \t]{0,2}[、.:)]?(?!\d))[ \t]{0,3}",
    re.MULTILINE,
)
_ONE = re.compile(rf"(?P<first>{_NUMBER})(?:[ \t]{{0,2}}(?:[~-]|至|到|to)[ \t]{{0,2}}(?P<last>{_NUMBER}))?")
_CLAUSE = re.compile(r"[^,;。!?\n]{0,120}")
# 3 件, not 3 件数：…
_MEASURE = re.compile(
    r"(?:[个台套只支箱条张份天月年分万吨米公斤克升%％楼]|件(?!数)|批(?!号|次)|次(?!数)|位(?!置)|名(?!称|字)|日(?!期)|号(?!码)|"
    r"时(?!间)|小时|元|版(?!本)|层)|(?:pcs|pieces?|units?|days?|hours?|weeks?|sets?|kg|pm|am)\b"
)
_THINGS = tuple("项点个条件份")
_MOST_MARKS = 200
_HABIT = 9  # no mail with one task has a second point: any other number is of another mail, or of a list


@dataclass(frozen=True, slots=True)
class Pointed:
    """The words about each point by its number, and ``rest``, those before the first number and about all others.

    ``unclear``: numbers stand there of which nobody can say whether they count the points.
    """

    by_number: Mapping[int, str]
    rest: str = ""
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """An answer without numbers, for each point: the text without the lines of other points' fields.

    ``own`` are the points with lines of their own; ``doubtful`` are labels that several points ask for.
    """

    texts: Mapping[int, str]
    own: frozenset[int] = frozenset()
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    numbers: tuple[int, ...]
    leads: bool  # the line begins with it
    apart: bool  # a sign of enumeration parts it from what follows
    verdict: bool  # a verdict and nothing else follows
    label: bool  # a label of an asked field follows
    loose: bool  # words follow behind a blank, and no measure: 2 今天复检, not 3 件
    nth: bool = False  # an ordinal of a thing: 第二项

    @property
    def counts(self) -> bool:
        """May it count a point?"""
        return self.verdict or self.nth or self.label or (self.leads and (self.apart or self.loose))


def pointed(reading: Reading, text: str, count: int, titles: Collection[str]) -> Pointed:
    """Part an answer by the numbers of ``count`` points; ``titles`` are the labels of all their fields."""
    body, folded = _own(reading.words, text)
    body, folded, others = _about_others(reading, body, folded)
    labels = _labels(titles)
    chosen = _Chosen(folded, labels)
    for mark in _marks(reading, folded, count, labels):
        if chosen.take(mark) == "unclear":
            return Pointed({}, body, unclear=True)
    marks = chosen.marks
    if not marks:
        return Pointed({}, f"{body}\n{others}" if others else body)
    if not any(mark.verdict or mark.label for mark in marks) and not _is_one(marks, folded):
        return Pointed({}, body, unclear=True)
    ends = [mark.start for mark in marks[1:]] + [len(body)]
    by_number = {
        number: body[mark.end : end].strip(" \t\n\u3000\xa0;；,，、")
        for mark, end in zip(marks, ends, strict=True)
        for number in mark.numbers
    }
    return Pointed(by_number, body[: marks[0].start] + others)


def of_one(reading: Reading, text: str, titles: Collection[str]) -> str:
    """An answer to a mail that asks for one task, without the number 1 it may begin with (``1 同意``), out of habit.

    Where other numbers stand as well nobody can say what they count: the text stays as it is.
    """
    parts = pointed(reading, text, _HABIT, titles)
    return parts.by_number[1] if list(parts.by_number) == [1] and not parts.rest.strip() else text


def in_their_places(
    reading: Reading, by_number: Mapping[int, str], fields: Mapping[int, Mapping[str, FieldSpec]]
) -> dict[int, str]:
    """The words about each point, with each labelled line under the one point that may be given its field.

    Who writes 被投诉人 below his plan, which a customer will read, means the point that asks who is complained of.
    """
    owners: dict[str, set[int]] = {}
    for number, own in fields.items():
        for title in {squeeze(each) for spec in own.values() for each in spec.titles if each.strip()}:
            owners.setdefault(title, set()).add(number)
    union = {f"{number}:{name}": spec for number, own in fields.items() for name, spec in own.items()}
    kept, moved = dict(by_number), dict[int, list[str]]()
    for number, text in by_number.items():
        for line in labelled.find(fold(text), union, lambda one: is_verdict_line(reading.words, one, reading.names)):
            place = owners[line.label]
            if number not in place and len(place) == 1:
                kept[number] = blank_out(kept[number], line.start, line.end)
                moved.setdefault(min(place), []).append(text[line.start : line.end].strip())
    for number, lines in moved.items():
        has = by_number.get(number, "")
        kept[number] = "\n".join([kept.get(number, ""), *(line for line in dict.fromkeys(lines) if line not in has)])
    return kept


def shared(
    reading: Reading, text: str, fields: Mapping[int, Mapping[str, FieldSpec]], required: Mapping[int, Collection[str]]
) -> Shared:
    """Part an answer without numbers: ``fields`` are those each point may be given, ``required`` those it asks for."""
    body, folded = _own(reading.words, text)
    wanting: dict[str, list[tuple[int, str]]] = {}
    for number, own in fields.items():
        for name, spec in own.items():
            for title in {squeeze(each) for each in spec.titles if each.strip()}:
                wanting.setdefault(title, []).append((number, name))
    union = {f"{number}:{name}": spec for number, own in fields.items() for name, spec in own.items()}

    def ends(line: str) -> bool:
        return is_verdict_line(reading.words, line, reading.names)

    texts = dict.fromkeys(fields, body)
    owners: set[int] = set()
    doubtful: list[str] = []
    for line in labelled.find(folded, union, ends):
        wants = wanting[line.label]
        asking = [(number, name) for number, name in wants if name in required[number]] or wants[:1]
        if len({number for number, _ in asking}) > 1:
            doubtful.append(line.label)
            continue
        owner = asking[0][0]
        owners.add(owner)
        for number in texts:
            if number != owner:
                texts[number] = blank_out(texts[number], line.start, line.end)
    return Shared(texts, frozenset(owners), tuple(dict.fromkeys(doubtful)))


# ------------------------------------------------------------------------------------------------------------ parts


def _about_others(reading: Reading, body: str, folded: str) -> tuple[str, str, str]:
    """The text without a line that says something of all points it names no number of (其余同意), and what it says."""
    group, at, others = reading.words.get("the_rest"), 0, ""
    if group is None:
        return body, folded, others
    for line in folded.split("\n"):
        said = squeeze(line)
        head = group.start(said)
        if head > 0 and _is_verdict(reading.words, said[head:], reading.names):
            body, folded = (blank_out(each, at, at + len(line)) for each in (body, folded))
            others += f"\n{said[head:]}"
        at += len(line) + 1
    return body, folded, others


def _is_one(marks: Sequence[_Mark], folded: str) -> bool:
    """Does the whole answer begin with one number that no list begins with?"""
    return len(marks) == 1 and not folded[: marks[0].start].strip() and (marks[0].loose or marks[0].numbers[0] > 1)


class _Chosen:
    """The marks that count points, told from those of a list inside somebody's words."""

    def __init__(self, folded: str, labels: re.Pattern[str] | None) -> None:
        self.folded, self.labels = folded, labels
        self.marks: list[_Mark] = []
        self.used: set[int] = set()
        self.inner: tuple[int, bool] | None = None  # of such a list: its last number, whether lines begin with it

    def take(self, mark: _Mark) -> Literal["point", "words", "unclear"]:
        """What the next mark is."""
        what = self._first(mark) if not self.marks else self._next(mark)
        if what == "point":
            self.marks.append(mark)
            self.used |= {*mark.numbers}
            self.inner = None
        return what

    def _first(self, mark: _Mark) -> Literal["point", "words", "unclear"]:
        if self._has_label(0, mark.start):  # then the words behind the label may hold a list
            return "unclear" if mark.leads and mark.verdict else "words"
        return "point" if mark.counts else "words"

    def _next(self, mark: _Mark) -> Literal["point", "words", "unclear"]:
        last = max(self.used)
        if self.inner is not None and mark.numbers == (self.inner[0] + 1,) and mark.leads == self.inner[1]:
            if mark.leads and mark.numbers[0] > last:
                return "unclear"  # the list goes on, or the next point begins
            self.inner = (mark.numbers[0], mark.leads)
            return "words"
        if mark.counts and min(mark.numbers) > last:
            return "point"
        within = not mark.leads or (mark.nth and mark.verdict)  # 1、3同意；2转薛平, or on a line: 第1项也同意
        if (mark.nth or mark.verdict) and within and not self.used & {*mark.numbers}:
            return "point"
        if mark.leads and mark.verdict and not self._has_label(self.marks[-1].end, mark.start):
            return "unclear" if self.used & {*mark.numbers} else "point"
        if mark.apart or mark.leads:
            self.inner = (max(mark.numbers), mark.leads)
        return "words"

    def _has_label(self, start: int, end: int) -> bool:
        found = self.labels.finditer(self.folded, start, end) if self.labels is not None else ()
        return any(not self.folded[max(match.start() - 1, 0)].isalnum() or not match.start() for match in found)


def _own(words: AnswerWords, text: str) -> tuple[str, str]:
    """The sender's own words, and the same folded, without quoted lines and our list of answers."""
    body = own_words(words, text) if len(text) <= MAX_TEXT else ""
    folded = without_quoted_lines(fold(body))
    lines = [" " * len(line) if is_instruction(words, line) else line for line in folded.split("\n")]
    return body, "\n".join(lines)


def _labels(titles: Collection[str]) -> re.Pattern[str] | None:
    known = sorted({fold(title).strip() for title in titles if title.strip()}, key=len, reverse=True)
    if not known:
        return None
    spoken = "|".join(r"[ ]{0,3}".join(map(re.escape, title.replace(" ", ""))) for title in known)
    return re.compile(rf"(?:{spoken})[ \t*_\]]{{0,4}}(?:[:=|]|[为是]|[ \t]*\n)")


def _marks(reading: Reading, folded: str, count: int, labels: re.Pattern[str] | None) -> Iterator[_Mark]:
    words = reading.words.with_receipts()
    matches = list(islice(_MARK.finditer(folded), _MOST_MARKS))
    for place, match in enumerate(matches):
        following = matches[place + 1].start() if place + 1 < len(matches) else len(folded)
        numbers = _numbers(match["numbers"])
        start, end, sep = match.start(), match.end(), match["sep"].strip()
        clause = _CLAUSE.match(folded, end, max(end, following))
        said = clause[0] if clause else ""
        verdict, label = _is_verdict(words, said, reading.names), bool(labels and labels.match(folded, end))
        if len(numbers) > 1 and not (verdict or label):
            # 1、2件退回: the first number alone
            first = re.match(rf"{_NUMBER}(?=[ \t]{{0,2}}[、.:)])", match["numbers"])
            if first is None:
                continue
            numbers, end, sep = _numbers(first[0]), match.start("numbers") + first.end() + 1, "、"
        if not numbers or not all(1 <= number <= count for number in numbers):
            continue
        thing = sep[:1] in _THINGS
        nth = bool(match["nth"]) and (thing or not match["nth"].isascii())
        if thing and not match["nth"] and sep[:1] not in "项点":
            continue  # 2件: so many
        by_sign = bool(sep) and (sep in "、.:)]" or thing or len(sep) > 1)
        if match["numbers"][:1] in _HAN and not by_sign:
            continue
        loose = not by_sign and folded[end - 1 : end].isspace() and not _MEASURE.match(said)
        verdict = verdict or _is_name(said, reading.names)
        yield _Mark(start, end, numbers, _leads(folded, start), by_sign, verdict, label, loose, nth)


def _is_name(clause: str, names: Collection[str]) -> bool:
    said = squeeze(clause).strip(" .")
    return any(said == squeeze(name) for name in names if name)


def _leads(folded: str, start: int) -> bool:
    line = folded.rfind("\n", 0, start) + 1
    return not folded[line:start].strip()


def _numbers(said: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _ONE.finditer(said):
        first = _number(match["first"])
        last = _number(match["last"]) if match["last"] else first
        found += range(first, min(last, first + 20) + 1)
    return tuple(dict.fromkeys(found))


def _number(said: str) -> int:
    return _HAN.index(said) + 1 if said in _HAN else int(said)


def _is_verdict(words: AnswerWords, clause: str, names: Sequence[str] | Collection[str]) -> bool:
    judged = judge(words, clause, clause, names)
    kinds = {item.kind for item in judged}
    if any(item.kind == "return" and item.rest < item.piece.end for item in judged):
        return True  # with its reason: 2退回 数量不对
    return bool(kinds & (VERDICTS | {"received"})) and "unknown" not in kinds
