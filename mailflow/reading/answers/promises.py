"""Promises in a letter of ours, so that whoever approves it sees them: days, compensation, things we will do.

Rather one too many than one too few: the approver crosses out what is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from mailflow.reading.answers.days import wall
from mailflow.reading.answers.words import AnswerWords
from mailflow.reading.dates import moments
from mailflow.reading.matching.normalise import fold

PromiseKind = Literal["date", "compensation", "action"]
MAX_LETTER = 60_000
MAX_PROMISES = 100

_SENTENCE = re.compile(r"(?:[^。!?;\n.]|\.(?!\s|$))+")
_CLAUSE = re.compile(r"[^,:]+(?:,(?=\d{3}\D)[^,:]+|(?<=\d):(?=\d\d)[^,:]+)*")
_DUE = re.compile(r"^\s?(?:之?前|以前|内|之内|起|左右|下班前|中午前)|^[^,。]{0,6}(?:前|内)")


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: the sentence's ``words`` at ``[start:end]`` of the text.

    ``due`` is the day it names (ISO date, or minute with offset), empty when it names none that can be counted.
    """

    kind: PromiseKind
    words: str
    due: str
    start: int
    end: int


def find_promises(words: AnswerWords, text: str, *, now: datetime, zone: tzinfo) -> tuple[Promise, ...]:
    """The promises of an outgoing text in reading order, at most one of each kind in a sentence.

    Days count from ``now`` on the clocks of ``zone``.  Only the first 60 000 characters are read.
    """
    folded = fold(text[:MAX_LETTER])
    found: list[Promise] = []
    for match in _SENTENCE.finditer(folded):
        if not match[0].strip():
            continue
        found += _of_sentence(words, text, match, now, zone)
        if len(found) >= MAX_PROMISES:
            break
    return tuple(found[:MAX_PROMISES])


def find_internal(words: AnswerWords, text: str) -> tuple[str, ...]:
    """Sentences of an outgoing text that look as if they were meant for colleagues, in reading order.

    A sign for whoever approves it, no verdict.  Only the first 60 000 characters are read.
    """
    group = words.get("internal")
    if group is None:
        return ()
    folded = fold(text[:MAX_LETTER])
    found = (text[match.start() : match.end()].strip() for match in _SENTENCE.finditer(folded) if group.find(match[0]))
    return tuple(itertools.islice(found, MAX_PROMISES))


def _of_sentence(words: AnswerWords, text: str, match: re.Match[str], now: datetime, zone: tzinfo) -> Iterator[Promise]:
    sentence = match[0]
    start = match.start() + len(sentence) - len(sentence.lstrip())
    end = match.end() - (len(sentence) - len(sentence.rstrip()))
    today = wall(now, zone).date()
    committed = words["commitment"].find(sentence) is not None
    days = [day for day in moments.find(sentence, wall(now, zone), words.lexicon) if day.ahead >= today]
    ahead = [day for day in days if committed or day.behind >= today or _DUE.match(sentence[day.end :]) or day.term]
    term = words["term"].find(sentence)
    told: list[PromiseKind] = []
    if place := _meant(words, "compensation", sentence):
        told.append("compensation")
        yield Promise("compensation", text[start:end], _due(ahead, place, sentence, zone), start, end)
    place = _meant(words, "action", sentence)
    if place and (committed or ahead or term):
        told.append("action")
        yield Promise("action", text[start:end], _due(ahead, place, sentence, zone), start, end)
    named = any(day.behind > today or _DUE.match(sentence[day.end :]) or day.term for day in ahead)
    if not told and (named or (committed and (ahead or term))):
        yield Promise("date", text[start:end], _due(ahead, (0, 0), sentence, zone), start, end)


def _meant(words: AnswerWords, group: str, sentence: str) -> tuple[int, int] | None:
    """The first place of the group that the clause does not deny."""
    for clause in _CLAUSE.finditer(sentence):
        for hit in words[group].all(clause[0]):
            before = clause[0][: hit.start()]
            if not words["denied"].find(before):
                return clause.start() + hit.start(), clause.start() + hit.end()
    return None


def _due(days: list[moments.Moment], place: tuple[int, int], sentence: str, zone: tzinfo) -> str:
    """The day nearest to the words: of the same clause, else of the sentence."""
    if not days:
        return ""
    clause = next((c for c in _CLAUSE.finditer(sentence) if c.start() <= place[0] < c.end()), None)
    here = [day for day in days if clause and clause.start() <= day.start < clause.end()]
    day = min(here or days, key=lambda item: (abs(item.start - place[0]), item.start))
    if day.at is None:
        return day.ahead.isoformat()
    return datetime.combine(day.ahead, day.at, zone).isoformat(timespec="minutes")
