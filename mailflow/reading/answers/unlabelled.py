"""Words above the quote that have no label: taken as the one thing a task asks for, when they can be nothing else.

A text is taken as written.  A person is taken when exactly one known name stands there and nothing speaks against it.
Questions, promises to answer later, notices and what robots write are no answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from mailflow.reading.answers import people
from mailflow.reading.answers.pieces import Piece
from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer, Verdict
from mailflow.reading.answers.verdicts import Judged, pieces_of
from mailflow.reading.answers.words import AnswerWords, squeeze

ENOUGH = 10
"""Signs (a Latin word counts as two) that make unlabelled words an answer to what a task asks for."""

_PROSE = frozenset({"comment", "not_understood", "later", "conditional", "negated", "name_missing"})
"""Why words beside a verdict were not understood, which they need not be when they are kept as they are."""

_HAN, _WORD = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z0-9]+")
_ENDS = re.compile(r"[。！!.…)）”\"]{1,3}")


def unlabelled(
    words: AnswerWords,
    body: str,
    judged: Sequence[Judged],
    answer: StaffAnswer,
    field: FieldSpec,
    names: Collection[str],
    *,
    least: int,
) -> StaffAnswer:
    """The answer with this field filled from words without a label; as it was when they cannot be taken for it.

    ``least`` is how much must be said for a text.  An agreement stays one; without it the verdict is ``work``.
    """
    if any(problem.field for problem in answer.problems):
        return answer
    agreed: Verdict = "signed" if pieces_of(judged, "signed") else "agree" if pieces_of(judged, "agree") else "work"
    if field.name in answer.values:  # with a label, and an agreement beside it: 批示：抓紧办 / 同意
        is_both = answer.verdict == "unclear" and agreed != "work" and _may_be_prose(words, body, judged, answer)
        return StaffAnswer(agreed, values=answer.values, words=answer.words) if is_both else answer
    if words["no_prose"].find(squeeze(body)) or any(item.piece.asked for item in judged):
        return answer
    if field.type == "person":
        value = _person(words, judged, names)
        return StaffAnswer("work", values={**answer.values, field.name: value}, words=value) if value else answer
    if field.type != "text" or not _may_be_prose(words, body, judged, answer):
        return answer
    value = _text(body, judged, names, least)
    if not value:
        return answer
    return StaffAnswer(agreed, values={**answer.values, field.name: value}, words=value)


def _may_be_prose(words: AnswerWords, body: str, judged: Sequence[Judged], answer: StaffAnswer) -> bool:
    codes = {problem.code for problem in answer.problems}
    if handing := pieces_of(judged, "transfer"):
        # 由秦朗带队到现场，补发十件: who does what is part of a plan; 转秦朗 is none.
        more = sum(_weight(body[piece.start : piece.end]) for piece in pieces_of(judged, "unknown"))
        agreed = codes == {"two_answers"} and not pieces_of(judged, "return")  # 知道了，由秦朗牵头
        is_plan = more >= ENOUGH and codes <= {"name_unknown", "several_names"}
        return (agreed or is_plan) and all(words["hand_over"].start(piece.words) < 0 for piece in handing)
    return answer.verdict in ("agree", "signed", "work") or (answer.verdict == "unclear" and codes <= _PROSE)


def _text(body: str, judged: Sequence[Judged], names: Collection[str], least: int) -> str:
    """What is said, without greeting, agreement and closing around it; empty when it is too little."""
    said = pieces_of(_above_signature(judged, names), "unknown", "comment", "transfer")
    if sum(_weight(body[piece.start : piece.end]) for piece in said) < least:
        return ""
    end = said[-1].end
    closing = _ENDS.match(body, end)
    lines = body[said[0].start : closing.end() if closing else end].split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip()).strip()


def _above_signature(judged: Sequence[Judged], names: Collection[str]) -> Sequence[Judged]:
    """What stands above a closing formula or a line with nothing but a colleague's name: below it are slogans."""
    known = {squeeze(name) for name in names}
    for place, item in enumerate(judged):
        line = [other for other in judged if other.piece.line == item.piece.line]
        is_name = item.kind == "card" and any(name in item.piece.words for name in known if name)
        if place and (item.kind == "closing" or (is_name and all(other.kind == "card" for other in line))):
            return judged[:place]
    return judged


def _weight(said: str) -> int:
    return len(_HAN.findall(said)) + 2 * len(_WORD.findall(said))


def _person(words: AnswerWords, judged: Sequence[Judged], names: Collection[str]) -> str:
    """The only known person of the sentence; of a card alone when there is no sentence."""
    if pieces_of(judged, "return", "signed", "agree") or any(item.several for item in judged):
        return ""
    sentences = pieces_of(judged, "unknown", "transfer", "comment")
    if any(words["hand_over"].start(piece.words) >= 0 for piece in sentences):
        return ""  # the task itself goes to somebody else
    doubts = ("condition", "later", "negation")
    if any(words[doubt].find(piece.words) for piece in sentences for doubt in doubts):
        return ""
    if any(piece.words.startswith("等") for piece in sentences):
        return ""  # 等李梅回来: not now
    found = _named(words, sentences or pieces_of(judged, "card"), names)
    return found.pop() if len(found) == 1 else ""


def _named(words: AnswerWords, pieces: Iterable[Piece], names: Collection[str]) -> set[str]:
    return {name for piece in pieces for name in people.mentioned(words, piece.words, names)}
