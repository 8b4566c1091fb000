"""What a customer's mail answers of a questionnaire: scores, words, and what only a person can tell.

Read is what he wrote: new text, and of a quote the lines of ours whose brackets he filled in.  Our own lines that come
back say nothing.  A number counts where it stands as an answer: behind a question's number or name, in a bracket, in a
table's cell, or in a row of as many as there are questions; a number of prose is none.  Two answers to one question,
and what is outside the scale, are doubts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mailflow.surveys.questionnaire import OVERALL, Question, Questionnaire
from mailflow.surveys.rewriting import DASHES, Rewriting
from mailflow.surveys.sheet import sheet_lines
from mailflow.surveys.values import Value, Values, any_of, folded, squeezed

LONGEST = 60_000  # characters of a mail looked at
MOST_LINES = 1500
FEWEST_NUMBERED = 3
"""Numbered lines without the question's words count from so many on: two of them are any list."""

OUTSIDE, TWICE, UNCLEAR, OTHER_SCALE, OF_A_GROUP, SHORT_ROW = (
    "outside", "twice", "unclear", "other_scale", "of_a_group", "short_row",
)  # fmt: skip
_QUOTE = re.compile(r"^[\s>]+")
_SEPARATED = re.compile(r"[\s,;、|]+")
_CLAUSES = re.compile(r"[,;。\n、]|(?<!\d)\.|\.(?!\d)")
_DIGIT = re.compile(r"\d")
_CIRCLED = re.compile("[\u2460-\u2473]")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a person must look at: of which question (its key, empty: of the sheet), why, and the customer's words."""

    key: str
    why: str
    words: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: ``scores`` by question (a number or ``n/a``), ``words`` of open questions and choices, ``remarks``
    written beside a score."""

    scores: dict[str, int | str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def read_sheet(questionnaire: Questionnaire, new: str, quoted: str = "", ours: Iterable[str] = ()) -> Sheet:
    """Read a mail's new text and its quote; ``ours`` are further lines of our letter, that say nothing."""
    return _Reader(questionnaire, ours).read(new[:LONGEST], quoted[:LONGEST])


# ------------------------------------------------------------------------------------------------------------ parts


class _Reader:
    def __init__(self, questionnaire: Questionnaire, ours: Iterable[str]) -> None:
        self.form = questionnaire
        self.values = Values(questionnaire)
        self.rewriting = Rewriting(questionnaire, self.values.pattern)
        lines = [line for language in ("zh", "en") for line in sheet_lines(questionnaire, language)]
        scale = [questionnaire.shown_scale(language) for language in ("zh", "en")]
        self.ours = {squeezed(line) for line in (*lines, *scale, *ours)} - {""}
        self.found: dict[str, list[Value]] = {}
        self.numbered: list[tuple[Question, Value]] = []
        self.doubts: list[Doubt] = []
        self.is_unread = False  # a clause with a number said nothing we know: what the others got is not sure
        self.words: dict[str, str] = {}
        said, value = questionnaire.said, self.values.pattern
        unit, gives, items = any_of(said.unit), f"(?:{any_of(said.gives)}\\s*)*", f"(?:{any_of(said.items)})*"
        lead = f"(?:{any_of(said.lead)})?"
        self.number = re.compile(
            rf"^\W{{0,3}}{lead}\s*[(\[]?(\d{{1,2}})(?!\d)[)\]]?\s*(?:{unit})?\s*([.、:=)\t\-]?)\s*",
            re.IGNORECASE,
        )
        self.pair = re.compile(
            rf"(?<![\d.\-]){lead}\s*(\d{{1,2}})\s*(?:{unit})?\s*(?:[.、:=\-)]\s*)?"
            rf"(\(\s*{value}\s*\)|(?<=[.、:=\-)\s]){value}(?:\s*/\s*(?:5|10))?(?![\w.]))"
        )
        counted = f"(?:{any_of(said.lead)}\\s*|(?<!\\w))(\\d{{1,2}})"  # 前3项 are three of them, and none is named
        self.some = re.compile(rf"{counted}\s*{unit}\s*{gives}({value}.*)$")
        self.range = re.compile(
            rf"^{lead}\s*(\d{{1,2}})\s*[-~至到]\s*{lead}\s*(\d{{1,2}})\s*(?:{unit}|(?={any_of(said.all)}))"
            rf"\s*(?:{any_of(said.all)}\s*)?{gives}({value}.*)$"
        )
        self.all = re.compile(rf"^\s*{any_of(said.all)}\s*{items}\s*{gives}({value})\s*$")
        self.others = re.compile(rf"{any_of(said.others)}\s*{items}\s*(?:{any_of(said.all)}\s*)*{gives}({value})\s*$")
        self.token = re.compile(rf"^{value}$")
        self.gives = re.compile(rf"^[\s:=(]*{gives}[\s:=(]*")
        self.names = sorted(
            ((folded(name).lower(), question) for question in questionnaire.scored for name in _names(question)),
            key=lambda pair: -len(pair[0]),
        )
        self.groups = [
            (folded(title.of(language)).lower(), key)
            for key, (title, _) in questionnaire.groups.items()
            for language in ("zh", "en")
        ]

    def read(self, new: str, quoted: str) -> Sheet:
        lines = [line for line in self._lines(new) if squeezed(line) not in self.ours]
        rest = self._tables(lines)
        rest = [line for line in rest if not self._labelled(line)]
        rest = self._columns(rest)
        rest = [self.rewriting.line(line) for line in rest]
        prose = [line for line in rest if not (self._pairs(line) or self._row(line) or self._by_number(line))]
        self._take_numbered()
        for line in prose:
            for clause in filter(None, map(str.strip, _CLAUSES.split(line))):
                self._clause(clause)
        for line in self._tables([line for line in self._lines(quoted) if squeezed(line) not in self.ours]):
            self._labelled(line)
        self._in_common(prose)
        return self._sheet()

    def _lines(self, text: str) -> list[str]:
        found = []
        for line in folded(_CIRCLED.sub(lambda sign: f" {ord(sign[0]) - 0x245F}. ", text)).splitlines()[:MOST_LINES]:
            bare = DASHES.sub(":", _QUOTE.sub("", line).strip())
            if bare.startswith("|"):
                bare = bare.strip("|").replace("|", "\t").strip()
            if bare:
                found.append(bare)
        return found

    # -------------------------------------------------------------------------------------- sheets of ours filled in

    def _tables(self, lines: Sequence[str]) -> list[str]:
        """Cells that came back one a line: number, words of the question, answer.  What is no cell is left."""
        left: list[str] = []
        at = 0
        while at < len(lines):
            question = self._cell(lines, at)
            if question is None:
                left.append(lines[at])
                at += 1
                continue
            at += 2
            if at < len(lines) and self._cell(lines, at) is None and not self._is_heading(lines[at]):
                self._note(question, self.values.read(lines[at], question))
                at += 1
        return left

    def _cell(self, lines: Sequence[str], at: int) -> Question | None:
        if at + 1 >= len(lines) or not lines[at].rstrip(".").isdecimal() or len(lines[at]) > 3:
            return None
        question = self.form.numbered(int(lines[at].rstrip(".")))
        if question is None or not question.is_scored:
            return None
        return question if squeezed(lines[at + 1]) in set(map(squeezed, _titles(question))) else None

    def _is_heading(self, line: str) -> bool:
        return squeezed(line) in {squeezed(name) for name, _ in self.groups}

    def _labelled(self, line: str) -> bool:
        """A line with a question's number and words, or with its words alone in front of a cell or a bracket."""
        found = self.number.match(line)
        question = self.form.numbered(int(found[1])) if found else None
        if found and question is not None:
            rest = _without(line[found.end() :], (*_titles(question), *question.also))
            if rest is not None:
                self._answer(question, rest)
                return True
        for question in self.form.questions:
            rest = _without(line, _titles(question))
            if rest is not None and rest[:1] in ("\t", "(", ":", " "):
                self._answer(question, rest)
                return True
        return False

    def _answer(self, question: Question, rest: str) -> None:
        if question.is_scored:
            self._note(question, self.values.read(rest, question))
        elif words := rest.strip(" \t:()[]"):
            self.words[question.key] = words

    # ------------------------------------------------------------------------------------------- numbers and their rows

    def _columns(self, lines: Sequence[str]) -> list[str]:
        """A value a line, as many as there are questions."""
        bare = [at for at, line in enumerate(lines) if self.token.match(line.lower())]
        runs = len(bare) in self._lengths() and bare == list(range(bare[0], bare[0] + len(bare)))
        if not runs:
            return list(lines)
        self._place([lines[at] for at in bare])
        return [line for at, line in enumerate(lines) if at not in set(bare)]

    def _pairs(self, line: str) -> bool:
        """Several numbers of questions with their answers in one line, and no number besides."""
        found = list(self.pair.finditer(line.lower()))
        numbers = [int(pair[1]) for pair in found]
        if len(found) < 2 or numbers != sorted(set(numbers)) or _DIGIT.search(self.pair.sub(" ", line.lower())):
            return False
        for number, pair in zip(numbers, found, strict=True):
            question = self.form.numbered(number)
            if question is not None and question.is_scored:
                self.numbered.append((question, self.values.read(pair[2], question)))
        return True

    def _row(self, line: str) -> bool:
        """Answers alone, in the order of the questions, behind a word or two that lead to them."""
        words = line.rpartition(":")[2].strip(" .。")
        tokens = [token for token in _SEPARATED.split(words) if token]
        tokens = [*filter(None, words.split("/"))] if len(tokens) == 1 else [each for each in tokens if each != "/"]
        tokens = self.rewriting.row(tokens[: self._said_first(tokens)])
        if len(tokens) < 4 or not all(self.token.match(token.lower()) for token in tokens):
            return False
        if len(tokens) in self._lengths():
            self._place(tokens)
        else:
            self.doubts.append(Doubt("", SHORT_ROW, line))
        return True

    def _said_first(self, tokens: Sequence[str]) -> int:
        """How many of them are the row: all, or one for each question where only words follow."""
        scored = len(self.form.scored)
        return scored if not _DIGIT.search("".join(tokens[scored:])) else len(tokens)

    def _lengths(self) -> Collection[int]:
        """How many answers a row has: all.  Of a shorter one nobody can tell which is missing."""
        return (len(self.form.scored),)

    def _place(self, tokens: Sequence[str]) -> None:
        for token, question in zip(tokens, self.form.scored, strict=False):
            self._note(question, self.values.read(token, question))

    def _by_number(self, line: str) -> bool:
        """A line that begins with a question's number."""
        found = self.number.match(line)
        question = self.form.numbered(int(found[1])) if found else None
        if found is None or question is None or self._is_said(line.lower()):
            return False
        rest = line[found.end() :]
        if not rest.strip():
            return bool(found[2])
        if question.is_scored:
            self.numbered.append((question, self.values.read(rest, question)))
            return True
        if found[2] and self.numbered:
            self.words.setdefault(question.key, rest.strip())
        return bool(found[2])

    def _is_said(self, line: str) -> bool:
        """Is it a sentence about several questions, and no line of one?"""
        return bool(self.range.match(line)) or sum(bool(self.some.search(part)) for part in _CLAUSES.split(line)) > 1

    def _take_numbered(self) -> None:
        """Enough numbered answers are a sheet; fewer may be any list, and are shown to a person."""
        enough = sum(value.outside or value.score is not None for _, value in self.numbered) >= FEWEST_NUMBERED
        for question, value in self.numbered:
            if enough:
                self._note(question, value)
            elif value.score is not None:
                self.doubts.append(Doubt(question.key, UNCLEAR, f"{question.number}. {value.score}"))

    # --------------------------------------------------------------------------------------------------- prose

    def _clause(self, clause: str) -> None:
        before = sum(map(len, self.found.values()))
        self._read_clause(clause, clause.lower())
        in_common = self.all.match(clause.lower()) or self.others.search(clause.lower())
        is_read = in_common or sum(map(len, self.found.values())) > before
        self.is_unread |= not is_read and bool(_DIGIT.search(clause))

    def _read_clause(self, clause: str, low: str) -> None:
        if found := self.range.match(low):
            for number in range(int(found[1]), int(found[2]) + 1):
                self._numbered_in_words(number, found[3])
        elif not self.others.search(low) and (found := self.some.search(low)):
            self._numbered_in_words(int(found[1]), found[2])
        else:
            self._named(clause, low)

    def _numbered_in_words(self, number: int, words: str) -> None:
        question = self.form.numbered(number)
        if question is not None and question.is_scored:
            value = self.values.read(words, question)
            if value.score is not None:
                self._note(question, value)

    def _named(self, clause: str, low: str) -> None:
        """A question's name, with a number behind it as its answer; a word of the scale only behind a mark."""
        for name, question in self.names:
            at = low.find(name)
            if at < 0 or (name.isascii() and low[max(at - 1, 0) : at].isalpha()):
                continue
            rest = low[at + len(name) :]
            joined = self.gives.match(rest)
            after = rest[joined.end() :] if joined else rest
            marked = rest[:1] in (" ", ":", "=", "\t", "(")
            said = after[:1].isdigit() or marked or (question.sort != "recommendation" and self._counted(after))
            value = self.values.read(after if said else "", question)
            if value.score is not None and self._is_free(low[:at], question):
                self._note(question, Value(value.score, clause[at + len(name) :].strip(" :=") if value.rest else ""))
            return
        for title, key in self.groups:
            if title in low and _DIGIT.search(low.partition(title)[2]):
                self.doubts.append(Doubt("", OF_A_GROUP, f"{key}: {clause}"))

    def _is_free(self, before: str, question: Question) -> bool:
        """Stands no number in front of a name, but the question's own?"""
        found = self.number.match(before)
        mine = found is not None and found.end() == len(before) and int(found[1]) == question.number
        return mine or not _DIGIT.search(before)

    def _counted(self, text: str) -> bool:
        """Is it a numeral with points?"""
        return any(text.startswith(word) for word in self.form.said.numerals) and any(
            text[1:].startswith(points) for points in self.form.said.points
        )

    def _in_common(self, prose: Iterable[str]) -> None:
        """All the same, or all the others: of the questions on the scale."""
        on_scale = [*self.form.weighted, *filter(None, [self.form.question(OVERALL)])]
        for line in prose if not self.is_unread else ():
            for clause in filter(None, map(str.strip, _CLAUSES.split(line.lower()))):
                found, others = self.all.match(clause), self.others.search(clause)
                if not (found or (others and self.found)):
                    continue
                words = found[1] if found else others[1] if others else ""
                if found and not _DIGIT.search(words):  # 都很满意 is said of a firm, not of fourteen questions
                    self.doubts.append(Doubt("", UNCLEAR, clause))
                    continue
                for question in on_scale:
                    if question.key not in self.found:
                        self._note(question, self.values.read(words, question))

    # --------------------------------------------------------------------------------------------------- the sheet

    def _note(self, question: Question, value: Value) -> None:
        if value.score is not None or value.rest:
            self.found.setdefault(question.key, []).append(value)

    def _sheet(self) -> Sheet:
        scores: dict[str, int | str] = {}
        remarks: dict[str, str] = {}
        on_scale = {each.key for each in self.form.scored if each.sort != "recommendation"}
        outside = [key for key, found in self.found.items() if key in on_scale and any(each.outside for each in found)]
        for question in self.form.scored:
            found = self.found.get(question.key, [])
            said = list(dict.fromkeys(each.score for each in found if each.score is not None))
            rest = next((each.rest for each in found if each.rest), "")
            if len(said) == 1 and len(outside) > 1 and question.key in on_scale and said[0] != "n/a":
                self.doubts.append(Doubt(question.key, OTHER_SCALE, str(said[0])))
            elif len(said) == 1:
                scores[question.key] = said[0]
                remarks |= {question.key: rest} if rest else {}
            elif len(said) > 1:
                self.doubts.append(Doubt(question.key, TWICE, " / ".join(map(str, said))))
            elif found:
                why = OUTSIDE if any(each.outside for each in found) else UNCLEAR
                self.doubts.append(Doubt(question.key, why, rest))
        return Sheet(scores, self.words, remarks, tuple(self.doubts))


def _titles(question: Question) -> tuple[str, str]:
    return question.title.zh, question.title.en


def _names(question: Question) -> Iterator[str]:
    yield from _titles(question)
    yield from question.also


def _without(text: str, titles: Iterable[str]) -> str | None:
    """What stands behind one of these titles, however it is spaced; None when it begins with none of them."""
    for title in sorted(titles, key=len, reverse=True):
        wanted, got = squeezed(title), 0
        for at, char in enumerate(text):
            if not char.isalnum():
                continue
            if got >= len(wanted) or char.lower() != wanted[got]:
                break
            got += 1
            if got == len(wanted):
                return _tail_of_title(title, text[at + 1 :])
    return None


def _tail_of_title(title: str, rest: str) -> str:
    """Marks that end the title itself, a bracket say, are not the answer's."""
    ending = folded(title)[len(folded(title).rstrip(")]】")) :]
    return rest.lstrip()[len(ending) :] if ending and rest.lstrip().startswith(ending) else rest
