"""Which steps of an 8D report a mail asks for, and until when: ``24小时内提供3D，5个工作日提交8D报告``.

A step is asked for where words that ask stand in its sentence near it; what is only spoken of (上次的8D报告) is not.
Its time is the one of its own clause, or one that stands alone in the clause beside it: a spell (hours by the clock,
working days, calendar days) or a day.  Steps named in one breath (3D和8D) share it.  In doubt the time stays blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice, pairwise

from mailflow.reading.dates.moments import CHINA, find
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.text.numerals import COUNTED, number

STEPS = ("3D", "5D", "8D")
_MOST = 20  # steps named in one mail
_LONGEST = 20_000  # characters looked at
_REACH = 80  # characters between a step and the words that ask for it
_ONE = r"[358]\s?-?\s?(?:d(?![a-z\d])|disciplines?(?![a-z]))"
_STEP = Grammar(
    rf"(?<![a-z\d._-])(?P<first>{_ONE})"
    rf"(?P<more>(?:\s?(?:报告|reports?)?\s?(?:、|/|&|和|及|与|and)\s?(?:the )?{_ONE}){{0,2}})"
    r"(?!\s?(?:<no-report-step>))"
)
_DIGIT = re.compile(r"([358])\s?-?\s?d")
_COUNT = rf"(?:\d{{1,3}}|[{COUNTED}]{{1,3}})"
_SPAN = re.compile(
    rf"(?<![\d第.])(?P<count>{_COUNT})\s?个?\s?(?:"
    r"(?P<hours>小时|钟头|hours?(?![a-z])|hrs?(?![a-z])|h(?![a-z]))|"
    r"(?P<working>工作日|工作天|(?:working|business|work) ?days?(?![a-z])|wd(?![a-z]))|"
    r"(?P<days>自然日|日历日|天|日(?=之?以?内)|(?:calendar )?days?(?![a-z]))|"
    r"(?P<weeks>周|星期|礼拜|weeks?(?![a-z])))"
)
_ASKS = Grammar(r"<asks-for-report>")
_DENIED = Grammar(r"(?:<report-not-wanted>)\s?(?:提供|提交|出具|做|写|再|the |an? |any )?\s?$")
_STOP = re.compile(r"[。!?\n]|\.(?=\s)")
_BREAK = re.compile(r"[,;、]|并且?|以及|\band\b")
_ALONE = re.compile(r"(?:请|在|于|须|需|务必|最迟|不迟于|之|以|内|前|within|by|in|latest|please|[:()\s])*")


@dataclass(frozen=True, slots=True)
class Term:
    """Until when: at most one of ``hours`` by the clock, ``working_days``, ``calendar_days``, or a ``day``."""

    hours: int = 0
    working_days: int = 0
    calendar_days: int = 0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ReportStep:
    """A step that is asked for, with the words ``[start:end]`` of the text that say so; its time, where one is said."""

    step: str
    start: int
    end: int
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A step, or several in one breath, or (without steps) a time."""

    start: int
    end: int
    steps: tuple[str, ...] = ()
    term: Term | None = None


def find_report_steps(text: str, received: datetime, lexicon: Lexicon) -> list[ReportStep]:
    """The steps a text asks for, each once, in the order of :data:`STEPS`.  ``received`` is aware."""
    folded = fold(text[:_LONGEST])
    named = [_named(match) for match in islice(lexicon(_STEP).finditer(folded), _MOST)]
    if not named:
        return []
    times = [*_times(folded, received, lexicon)]
    found: dict[str, ReportStep] = {}
    for start, end in dict.fromkeys(_sentence(folded, mark) for mark in named):
        marks = sorted(
            (mark for mark in (*named, *times) if start <= mark.start and mark.end <= end), key=lambda mark: mark.start
        )
        for mark, time in _paired(folded, marks, (start, end)):
            if not _is_asked(folded, mark, (start, end), lexicon):
                continue
            first, last = (min(mark.start, time.start), max(mark.end, time.end)) if time else (mark.start, mark.end)
            for step in mark.steps:
                said = ReportStep(step, first, last, time.term if time else None)
                if step not in found or (said.term and not found[step].term):
                    found[step] = said
    return [found[step] for step in STEPS if step in found]


# ------------------------------------------------------------------------------------------------------------ parts


def _named(match: re.Match[str]) -> _Mark:
    return _Mark(match.start(), match.end(), tuple(dict.fromkeys(f"{digit}D" for digit in _DIGIT.findall(match[0]))))


def _sentence(text: str, mark: _Mark) -> tuple[int, int]:
    """Where the sentence round a step begins and ends, within reach of it."""
    low, high = max(0, mark.start - 2 * _REACH), min(len(text), mark.end + 2 * _REACH)
    before = [match.end() for match in _STOP.finditer(text, low, mark.start)]
    after = _STOP.search(text, mark.end, high)
    return (before[-1] if before else low), (after.start() if after else high)


def _is_asked(text: str, mark: _Mark, sentence: tuple[int, int], lexicon: Lexicon) -> bool:
    if lexicon(_DENIED).search(text[max(sentence[0], mark.start - 16) : mark.start]):
        return False
    around = text[max(sentence[0], mark.start - _REACH) : min(sentence[1], mark.end + _REACH)]
    return lexicon(_ASKS).search(around) is not None


def _times(text: str, received: datetime, lexicon: Lexicon) -> Iterator[_Mark]:
    """Every spell and day of the text; a spell that is part of a day's words is that spell."""
    taken: list[tuple[int, int]] = []
    for match in islice(_SPAN.finditer(text), 4 * _MOST):
        count = number(match["count"])
        if not count:
            continue
        taken.append(match.span())
        if match["hours"]:
            term = Term(hours=count)
        elif match["working"]:
            term = Term(working_days=count)
        else:
            term = Term(calendar_days=count * (7 if match["weeks"] else 1))
        yield _Mark(*match.span(), term=term)
    today = received.astimezone(CHINA).date()
    for moment in find(text, received, lexicon):
        if moment.ahead >= today and not any(moment.start < end and start < moment.end for start, end in taken):
            yield _Mark(moment.start, moment.end, term=Term(day=moment.ahead))


def _paired(text: str, marks: Sequence[_Mark], sentence: tuple[int, int]) -> Iterator[tuple[_Mark, _Mark | None]]:
    """Each of a sentence's steps with its time: that of its clause, or one that stands alone in the next clause."""
    clauses: list[list[_Mark]] = [[]]
    before = sentence[0]
    for mark in marks:
        if _BREAK.search(text, before, mark.start) and clauses[-1]:
            clauses.append([])
        clauses[-1].append(mark)
        before = mark.end
    mine: dict[_Mark, _Mark] = {}
    for clause in clauses:
        mine |= _alternating(clause)
    rest: list[_Mark] = []
    for clause in [*clauses, []]:
        if len(clause) == 1 and clause[0] not in mine and (clause[0].steps or _is_alone(text, clause[0], sentence)):
            rest += clause
            continue
        if len(rest) > 1:
            mine |= _alternating(rest)
        rest = []
    yield from ((mark, mine.get(mark)) for mark in marks if mark.steps)


def _alternating(marks: Sequence[_Mark]) -> dict[_Mark, _Mark]:
    """Steps with their times where both follow each other in turn; nothing where they do not."""
    if len(marks) % 2 or any(bool(one.steps) == bool(other.steps) for one, other in pairwise(marks)):
        return {}
    pairs = zip(marks[::2], marks[1::2], strict=True)
    return {one if one.steps else other: other if one.steps else one for one, other in pairs}


def _is_alone(text: str, time: _Mark, sentence: tuple[int, int]) -> bool:
    """Does a clause say nothing but this time?"""
    breaks = [match.end() for match in _BREAK.finditer(text, sentence[0], time.start)]
    after = _BREAK.search(text, time.end, sentence[1])
    before = text[breaks[-1] if breaks else sentence[0] : time.start]
    behind = text[time.end : after.start() if after else sentence[1]]
    return _ALONE.fullmatch(before) is not None and _ALONE.fullmatch(behind) is not None
