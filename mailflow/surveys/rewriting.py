"""Ways of saying several answers at once, written out as one each, before they are read.

``1、2、5项4分`` becomes ``第1题4分;第2题4分;第5题4分``, ``3分：价格、交期`` becomes ``价格3分;交期3分``.  What does
not stand wholly so stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.surveys.questionnaire import Questionnaire
from mailflow.surveys.values import any_of, folded

ELEVEN = 11  # numerals from 0 to 10: those up to 19 are made of them
LONGEST_LINE = 600  # characters of a line that is written out
MOST = 40  # questions of one list
_SENTENCES = re.compile(r"([;。\n]|(?<!\d)\.(?!\d)|\.\s)")
DASHES = re.compile(r"\s{0,4}[—–─]{1,4}\s{0,4}(?=\d{1,2}(?!\d))")
_TICKS = re.compile("[√✓✔]\\s*(?=\\w)")


class Rewriting:
    """Writes lines of one questionnaire's answers out; the text comes folded (NFKC)."""

    def __init__(self, questionnaire: Questionnaire, value: str) -> None:
        said = questionnaire.said
        self._lead, self._unit = (said.lead or ("",))[0], (said.unit or ("",))[0]
        lead, unit, joined = any_of(said.lead), any_of(said.unit), any_of(said.joins)
        gives = f"(?:(?:{any_of(said.gives)}|{any_of(said.all)})\\s*)*"
        one = rf"(?:{lead}\s*)?\d{{1,2}}(?:\s*(?:[-~至到]|{any_of(said.until)})\s*(?:{lead}\s*)?\d{{1,2}})?"
        several = rf"{one}(?:\s*(?:[、,/]|{joined})\s*{one}){{0,24}}"
        self._list = re.compile(
            rf"(?<![\w.%-])(?P<list>{several})\s*(?:{unit})\s*[:=]?\s*{gives}(?P<value>{value})(?![\w.%-])"
            rf"|(?<![\w.%-])(?P<led>{lead}\s*{several})\s*[:=]\s*{gives}(?P<said>{value})(?![\w.%-])",
            re.IGNORECASE,
        )
        first = rf"^\s*(?P<value>\d{{1,2}}\s*{any_of(said.points)})\s*[:=]\s*(?P<rest>.+?)\s*$"
        self._first = re.compile(first, re.IGNORECASE)
        self._run_on = re.compile(rf"(?<=\d)(\s*{any_of(said.points)})(?=(?:{lead})?\d{{1,2}}\s*{unit})", re.IGNORECASE)
        self._joined = re.compile(rf"\s*(?:[、,/]|{joined})\s*", re.IGNORECASE)
        self._range = re.compile(r"(\d{1,2})\D+(\d{1,2})$")
        self._bare = re.compile(rf"^(?:{lead}\s*)?(\d{{1,2}})\s*(?:{unit})?$", re.IGNORECASE)
        self._groups = {
            folded(name).lower(): [each.number for each in questionnaire.weighted if each.group == key]
            for key, all_names in questionnaire.group_names.items()
            for name in all_names
        }
        named, count = any_of(self._groups), rf"\d|{any_of(said.numerals)}"
        row = rf"\s*[:=]?\s*(?P<row>{value}(?:[\s,/、]{{1,3}}{value}){{1,24}})(?![\w.%-])"
        whole = rf"\D{{0,3}}(?P<count>{count})\s*(?:个)?{unit}\s*{gives}(?P<value>{value})(?![\w.%-])"
        self._group = re.compile(rf"(?<![a-z])(?P<name>{named})(?:{row}|{whole})", re.IGNORECASE)
        names = (name for each in questionnaire.scored for name in (*each.also, each.title.zh, each.title.en))
        self._names = {folded(name).lower() for name in names}
        self._numerals = {word: str(number) for number, word in enumerate(said.numerals)}
        if len(said.numerals) == ELEVEN:
            tens = {f"{said.numerals[10]}{said.numerals[number]}": str(10 + number) for number in range(1, 10)}
            self._numerals |= tens
        many = any_of(self._numerals)
        ordinal = rf"(?P<lead>{lead})\s*(?P<word>{many})\s*(?P<unit>{unit})|^\s*(?P<first>{many})\s*(?=[、.])"
        self._ordinal = re.compile(ordinal)
        self._most = len(questionnaire.questions)

    def line(self, text: str) -> str:
        """The line written out; it stays one line.  One longer than :data:`LONGEST_LINE` stays as it is."""
        if len(text) > LONGEST_LINE:
            return text
        text = self._ordinal.sub(self._in_digits, _TICKS.sub("", text))
        text = self._run_on.sub(r"\1;", text)
        parts = _SENTENCES.split(self._group.sub(self._of_group, text))
        return "".join(self._list.sub(self._each, self._turned(part)) for part in parts)

    def row(self, tokens: Sequence[str]) -> list[str]:
        """Tokens of a row, numerals of words as digits where all are such."""
        return (
            [self._numerals[each] for each in tokens] if all(each in self._numerals for each in tokens) else [*tokens]
        )

    # ---------------------------------------------------------------------------------------------------------- parts

    def _in_digits(self, found: re.Match[str]) -> str:
        if found["first"]:
            return self._numerals[found["first"]]
        return f"{found['lead']}{self._numerals[found['word']]}{found['unit']}"

    def _numbers(self, words: str) -> list[int]:
        numbers: list[int] = []
        for part in self._joined.split(words)[:MOST]:
            if (found := self._range.search(part)) is not None:
                numbers += range(int(found[1]), int(found[2]) + 1)
            else:
                numbers += map(int, re.findall(r"\d+", part))
        return numbers

    def _each(self, found: re.Match[str]) -> str:
        words, value = found["list"] or found["led"], found["value"] or found["said"]
        numbers = self._numbers(words)
        if not numbers or len(numbers) > MOST or len(set(numbers)) < len(numbers) or max(numbers) > self._most:
            return found[0]
        if len(numbers) == 1 and not found["led"]:
            return found[0]
        return ";".join(f"{self._lead}{number}{self._unit}{value}" for number in numbers)

    def _of_group(self, found: re.Match[str]) -> str:
        """A group's name with as many answers as it has questions, or with their number and the answer of each."""
        numbers = self._groups[found["name"].lower()]
        if found["row"]:
            values = re.split(r"[\s,/、]+", found["row"])
        else:
            many = int(self._numerals.get(found["count"], found["count"]))
            values = [found["value"]] * many
        if len(values) != len(numbers):
            return found[0]
        pairs = zip(numbers, values, strict=True)
        return ";".join(f"{self._lead}{number}{self._unit}{value}" for number, value in pairs)

    def _turned(self, part: str) -> str:
        """The score first, and then what gets it."""
        found = self._first.match(part)
        if found is None:
            return part
        items = [each.strip() for each in self._joined.split(found["rest"])]
        said = [self._one(each, found["value"]) for each in items]
        return ";".join(said) if all(said) else part

    def _one(self, item: str, value: str) -> str:
        if (found := self._bare.match(item)) and int(found[1]) <= self._most:
            return f"{self._lead}{found[1]}{self._unit}{value}"
        return f"{item}{value}" if item.lower() in self._names else ""
