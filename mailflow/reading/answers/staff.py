"""What a colleague answers to a mail that asks for a signature or for work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol

from mailflow.reading.answers import labelled, tails
from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.labelled import Labelled
from mailflow.reading.answers.pieces import MAX_TEXT, Piece, slice_of
from mailflow.reading.answers.sentences import begins_with_name, read_sentences
from mailflow.reading.answers.shapes import AnswerProblem, FieldSpec, StaffAnswer, Verdict
from mailflow.reading.answers.typed import Reading, is_blank, read_value
from mailflow.reading.answers.unlabelled import ENOUGH, unlabelled
from mailflow.reading.answers.verdicts import (
    HARMLESS,
    VERDICTS,
    Judged,
    is_instruction,
    is_verdict_line,
    judge,
    pieces_of,
    reason_start,
)
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold

# Struck words, and boxes nobody ticked.
_STRUCK = re.compile(r"~~[^~\n]{1,60}~~|\[\s{0,3}\]|\(\s{1,3}\)")
_TAB = re.compile(r"(?<=[^\s])\t(?=[^\s])")
_SAYS_NOTHING = re.compile(r"[\s\-_=*~─━—.·>|]*")
_REQUEST = re.compile(r"could you|can you|can you please|能否|可否|能不能")
_FIRST = re.compile(r"(?P<value>[^,，;；]{1,60})[,，;；]\s{0,3}(?=\S)")
_REASON_BEHIND = re.compile(r"[^:;。\n]{0,16}?(?:原因|理由)(?:如下|是|为)?[ ]?:")
_REASON_LABEL = re.compile(r".{0,6}(?:原因|理由)|reason|.{0,12} reason")
_DOUBTS = (("later", "later"), ("conditional", "condition"), ("negated", "negation"))


@dataclass(slots=True)
class _Fields:
    """The labelled part of an answer."""

    lines: list[Labelled]
    values: dict[str, str] = field(default_factory=dict)
    problems: list[AnswerProblem] = field(default_factory=list)


def read_staff_answer(
    reading: Reading,
    text: str,
    fields: Mapping[str, FieldSpec],
    *,
    receipt: bool = False,
    sole: str = "",
    least: int = ENOUGH,
) -> StaffAnswer:
    """Read the new text of an answer (``Message.new_text``).

    ``fields`` are those asked for; lines labelled with other names are prose.  The time of ``reading`` is the mail's
    arrival, from which days count; its names are the people a transfer may name.  An agreement must stand alone: words
    beside it that are no courtesy make it ``unclear``.  Never raises on strangers' text.

    ``receipt``: a word of receipt (收到, 签收) signs.  ``sole`` is the field (of ``fields``) that words without a label
    are taken for when at least ``least`` is said (see :mod:`.unlabelled`).
    """
    if receipt:
        reading = replace(reading, words=reading.words.with_receipts())
    words, names = reading.words, reading.names
    if len(text) > MAX_TEXT:
        return StaffAnswer("unclear", problems=(AnswerProblem("", "not_understood", ""),))
    body = labelled.unquoted(text, own_words(words, text), fields)
    folded = fold(body)
    if hit := words["automatic"].find(squeeze(body)):
        return StaffAnswer("nothing", problems=(AnswerProblem("", "automatic", hit[0]),))
    quoted = False
    at = 0
    for line in folded.split("\n"):
        if line.strip() and is_instruction(words, line):
            folded, quoted = blank_out(folded, at, at + len(line)), True
        at += len(line) + 1
    fields = _by_core(words, fields)
    filled = _read_fields(reading, body, folded, fields)
    rest = folded
    for item in filled.lines:
        if not words["opinion_label"].whole(item.label):
            rest = blank_out(rest, item.start, item.end)
        else:
            rest = blank_out(rest, item.start, item.value_start)
    rest = without_quoted_lines(rest)
    judged = judge(words, body, rest, names, frozenset(_spellings(reading.now.astimezone(reading.zone).date())))
    said = _decide(words, body, rest, judged, filled, quoted)
    if said.verdict in ("unclear", "work") and not any(problem.field for problem in said.problems):
        said = _in_sentences(reading, body, rest, judged, said, fields)
    return unlabelled(words, body, judged, said, fields[sole], names, least=least) if sole else said


def _in_sentences(
    reading: Reading,
    body: str,
    rest: str,
    judged: Sequence[Judged],
    said: StaffAnswer,
    fields: Mapping[str, FieldSpec],
) -> StaffAnswer:
    """The answer with the values its sentences give, when all of them do; else as it was."""
    open_ = {name: spec for name, spec in fields.items() if name not in said.values}
    if _STRUCK.search(rest):
        return said
    found = read_sentences(reading, body, rest, judged, open_)
    if not found:
        return said
    kinds = {item.kind for item in judged}
    verdict: Verdict = "signed" if "signed" in kinds else "agree" if "agree" in kinds else "work"
    return StaffAnswer(verdict, values={**said.values, **found}, words=said.words, span=said.span)


def _spellings(today: date) -> Iterator[str]:
    """How people date their signature: with the day they write on, or the one before."""
    for day in (today, today - timedelta(1)):
        for sign in "/.-":
            yield f"{day.month}{sign}{day.day}"
            yield f"{day.month:02}{sign}{day.day:02}"
            yield f"{day.year}{sign}{day.month}{sign}{day.day}"
        yield f"{day.month}月{day.day}日"
        yield f"{day:%Y%m%d}"


# ------------------------------------------------------------------------------------------------------------- fields


def _read_fields(reading: Reading, body: str, folded: str, fields: Mapping[str, FieldSpec]) -> _Fields:
    def ends(line: str) -> bool:
        return is_verdict_line(reading.words, line, reading.names)

    choices = {squeeze(each) for spec in fields.values() if spec.type == "choice" for each in spec.choices}

    def strange(line: str) -> bool:
        return _is_strange(reading.words, line) or any(
            len(each) > 1 and squeeze(line).startswith(each) for each in choices
        )

    result = _Fields(labelled.find(_with_cells(body, folded), fields, ends, strange))
    labelled_too = {item.field.name for item in result.lines}
    before = 0
    for place, item in enumerate(result.lines):
        end, between = item.end, folded[min(before, item.start) : item.start]
        before = item.end
        if item.field.type == "text":
            end = _without_closing(reading, folded, item)
            result.lines[place] = Labelled(item.field, item.label, item.start, item.value_start, end)
        said = body[item.value_start : end].strip()
        if is_blank(reading.words, said):
            continue
        value, problem = read_value(reading, item.field, said)
        name = item.field.name
        if problem and item.field.type != "text" and (first := _FIRST.match(said)):
            others = {key: spec for key, spec in fields.items() if key != name}
            if begins_with_name(said[first.end() :], others):  # 判定：有效，代码Q1
                value, problem = read_value(reading, item.field, first["value"])
                end = (
                    item.value_start + folded[item.value_start : end].index(fold(first["value"])) + len(first["value"])
                )
                result.lines[place] = replace(result.lines[place], end=end)
        if not problem and item.field.type == "text":
            open_ = {key: spec for key, spec in fields.items() if key != name and key not in labelled_too}
            problem = tails.doubt_of(reading, item.field, folded[item.value_start : end], open_)
        if problem:
            result.problems.append(AnswerProblem(name, problem, said[:200]))
        elif _finds(reading.words, "corrects", between):
            result.values[name] = value
        elif result.values.setdefault(name, value) != value:
            result.problems.append(AnswerProblem(name, "twice", said[:200]))
        known = any(end <= other.start <= end + 1 for other in result.lines)
        if item.field.type == "text" and not known and (line := _next_line(folded, end)) and strange(line):
            result.problems.append(AnswerProblem(name, "strange_label", line.strip()[:200]))
    for problem_ in result.problems:
        result.values.pop(problem_.field, None)
    return result


def _is_strange(words: AnswerWords, line: str) -> bool:
    """Does a line begin with a label for colleagues (备注, 对内)?  Any other label is part of what is said."""
    label = squeeze(line.partition(":")[0]).strip(" >*•·-")
    group = words.get("note_label")
    return labelled.is_strange(line) and group is not None and group.find(label) is not None


def _by_core(words: AnswerWords, fields: Mapping[str, FieldSpec]) -> Mapping[str, FieldSpec]:
    """The fields, those of yes or no also named without 是否需要, where no other bears that name: 纠正措施：需要."""
    group, taken = words.get("whether"), {squeeze(title) for spec in fields.values() for title in spec.titles}
    if group is None:
        return fields
    found = dict(fields)
    for name, spec in fields.items():
        titles = [squeeze(title) for title in spec.titles] if spec.type == "yesno" else []
        cores = {title[group.start(title) :].strip() for title in titles if group.start(title) > 0}
        found[name] = replace(spec, titles=(*spec.titles, *sorted(core for core in cores - taken if len(core) > 1)))
    return found


def _with_cells(body: str, folded: str) -> str:
    """The folded text with a bar where a tab parts two cells: a label from its value, as tables are pasted."""
    cells = {match.start() for match in _TAB.finditer(body)}
    return "".join("|" if place in cells else sign for place, sign in enumerate(folded)) if cells else folded


def _finds(words: AnswerWords, name: str, said: str) -> bool:
    group = words.get(name)
    return group is not None and group.find(squeeze(said)) is not None


def _next_line(folded: str, end: int) -> str:
    return next((line for line in folded[end:].split("\n")[:2] if line.strip()), "")


def _without_closing(reading: Reading, folded: str, item: Labelled) -> int:
    """Where a text really ends: not with thanks, a closing formula, or a name below an empty line."""
    lines = folded[item.value_start : item.end].split("\n")
    last = len(lines)
    for index in range(len(lines) - 1, 0, -1):
        if tails.is_for_approver(reading.words, lines[index]):
            last = index
            continue
        judged = judge(reading.words, lines[index], lines[index], reading.names)
        kinds = {"unknown" if item.loose else item.kind for item in judged}
        if not kinds <= HARMLESS - {"comment"}:
            break
        courteous = bool(kinds & {"polite", "closing"})
        if kinds and (courteous or not lines[index - 1].strip()):
            last = index
    return item.value_start + len("\n".join(lines[:last]))


# ----------------------------------------------------------------------------------------------------------- decision


class _Answer(Protocol):
    """Puts an answer together: verdict, the pieces that decided, codes of what is wrong with it."""

    def __call__(
        self, verdict: Verdict, at: Sequence[Piece], *codes: str, reason: str = "", to: str = ""
    ) -> StaffAnswer: ...


def _decide(
    words: AnswerWords, body: str, rest: str, judged: Sequence[Judged], filled: _Fields, quoted: bool
) -> StaffAnswer:
    def answer(verdict: Verdict, at: Sequence[Piece], *codes: str, reason: str = "", to: str = "") -> StaffAnswer:
        said = slice_of(body, at)
        problems = (*(AnswerProblem("", code, said) for code in codes), *filled.problems)
        span = (at[0].start, at[-1].end) if at else (0, 0)
        return StaffAnswer(verdict, reason, to, filled.values, problems, body[slice(*span)], span)

    unknown = pieces_of(judged, "unknown")
    said = [item for item in judged if item.kind in VERDICTS]
    kinds = {"agree" if item.kind == "signed" else item.kind for item in said}
    if said and _STRUCK.search(rest):
        return answer("unclear", [item.piece for item in said], "not_understood")
    if len(kinds) > 1:
        return answer("unclear", [item.piece for item in said], "two_answers")
    if any(item.piece.asked for item in said if item.kind != "return" and not _REQUEST.match(item.piece.words)):
        return answer("unclear", [item.piece for item in said], "question")
    if kinds == {"agree"} and any(item.piece.asked for item in judged):
        return answer("unclear", [item.piece for item in judged], "question")
    if kinds == {"agree"}:
        if unknown:
            return replace(answer("unclear", unknown, _doubt(words, unknown, "comment")), agrees=True)
        signed = any(item.kind == "signed" for item in said)
        return answer("signed" if signed else "agree", [item.piece for item in said])
    if kinds == {"return"}:
        return _return(words, body, rest, judged, filled, answer)
    if kinds == {"transfer"}:
        return _transfer(said, unknown, answer)
    return _no_verdict(words, body, judged, filled, quoted, answer)


def _doubt(words: AnswerWords, pieces: Sequence[Piece], otherwise: str) -> str:
    if any(piece.asked for piece in pieces):
        return "question"
    for code, group in _DOUBTS:
        if any(words[group].find(piece.words) for piece in pieces):
            return code
    return otherwise


def _return(
    words: AnswerWords, body: str, folded: str, judged: Sequence[Judged], filled: _Fields, answer: _Answer
) -> StaffAnswer:
    place = next(index for index, item in enumerate(judged) if item.kind == "return")
    item = judged[place]
    before = pieces_of(judged[:place], "unknown")
    if any(words[kind].start(piece.words) >= 0 for piece in before for kind in ("agree", "signed")):
        return answer("unclear", [*before, item.piece], "two_answers")  # 同意方案一，不同意方案二
    telling = {"unknown", "attachment", "comment", "return"}
    same = item.piece.line
    after = [  # a company's name in the sentence is no signature
        other.piece
        for other in judged[place + 1 :]
        if other.kind in telling or (other.kind == "card" and other.piece.line == same)
    ]
    start = reason_start(folded, item.rest)
    end = max([item.piece.end, *(piece.end for piece in after)])
    if start >= item.piece.end and not after:
        if any(words[kind].find(piece.words) for piece in before for kind in ("agree", "signed")):
            return answer("unclear", [*before, item.piece], "two_answers")
        reason = slice_of(body, before)
    else:
        reason = _behind_its_head(body[start:end].strip(" \n\t,，。.;；:：、!！"))
    for line in filled.lines if not reason else ():
        if _REASON_LABEL.fullmatch(line.label):
            reason = body[line.value_start : line.end].strip()
            filled.values.pop(line.field.name, None)
            filled.problems[:] = [problem for problem in filled.problems if problem.field != line.field.name]
    squeezed = squeeze(reason).strip(" :,.。!?")
    if item.piece.asked and not squeezed:
        return answer("unclear", [item.piece], "question")
    if (
        not re.search(r"[^\W\d_]", squeezed)
        or words["no_reason"].whole(squeezed)
        or words["placeholder"].whole(squeezed)
    ):
        return answer("unclear", [item.piece], "reason_missing")
    return answer("return", [item.piece], reason=reason)


def _behind_its_head(reason: str) -> str:
    """What stands behind 理由如下：, where the words before it only send it back."""
    head = _REASON_BEHIND.match(fold(reason))
    return reason[head.end() :].strip() if head else reason


def _transfer(said: Sequence[Judged], unknown: Sequence[Piece], answer: _Answer) -> StaffAnswer:
    pieces = [item.piece for item in said]
    if any(item.several for item in said) or len({item.to for item in said}) > 1:
        return answer("unclear", pieces, "several_names")
    if any(piece.asked for piece in unknown):
        return answer("unclear", pieces, "question")
    codes = () if said[0].known else ("name_unknown",)
    return answer("transfer", pieces, *codes, to=said[0].to)


def _no_verdict(
    words: AnswerWords, body: str, judged: Sequence[Judged], filled: _Fields, quoted: bool, answer: _Answer
) -> StaffAnswer:
    unknown = pieces_of(judged, "unknown")
    lines = [Piece(item.start, item.end, "", 0) for item in filled.lines]
    if filled.values:
        heads = {squeeze(body[item.start : item.value_start]) for item in filled.lines}
        hedged = [
            piece
            for piece in unknown
            if words["hedge"].find(piece.words)
            or (tails.corrects_more(words, piece.words) and not any(head in piece.words for head in heads))
        ]
        return answer("unclear", hedged, "conditional") if hedged else answer("work", lines)
    if filled.problems:
        return answer("unclear", lines)
    if unknown:
        wanted = any(words["transfer"].start(piece.words) >= 0 for piece in unknown)
        return answer("unclear", unknown, _doubt(words, unknown, "name_missing" if wanted else "not_understood"))
    everything = [item.piece for item in judged]
    kinds = {item.kind for item in judged}
    if "attachment" in kinds:
        return answer("nothing", everything, "see_attachment")
    if kinds & {"received", "polite", "comment"}:
        return answer("unclear", everything, "only_received")
    if quoted:
        return answer("unclear", [], "only_instructions")
    if kinds or _SAYS_NOTHING.fullmatch(body):
        return StaffAnswer("nothing")
    return answer("unclear", [], "not_understood")
