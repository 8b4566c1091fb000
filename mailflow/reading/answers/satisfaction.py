"""What a customer answers to "are you satisfied?".

Praise counts as satisfaction only when nothing else stands beside it: closing a case by mistake costs a customer.
Everything mixed, conditional or ironic is ``doubtful``: a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailflow.reading.answers import people
from mailflow.reading.answers.body import blank_out, own_words, without_quoted_lines
from mailflow.reading.answers.pieces import MAX_TEXT, Piece, cut
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.spans import longest

Verdict = Literal["满意", "基本满意", "不满意", ""]
_GROUPS: tuple[tuple[str, Verdict], ...] = (("unsatisfied", "不满意"), ("fairly", "基本满意"), ("satisfied", "满意"))
_LONG = 160  # who writes this much has more to say than that he is satisfied
_CLAUSE = 40
_NAMES = 24  # signs of a line with somebody's company and name
_STOP = re.compile(r"[,。;!?\n]|\.\s")
_EMOJI = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")
_CHEERFUL = re.compile(r"[👍👌🙏😊😀😃😄🌹❤✅✔☺\ufe0f]")
_NO_TROUBLE = re.compile(
    r"(?:没有?|无)(?:任何|什么|其他)?(?:问题|意见|异常)|不错|不客气|no (?:more |further |"
    r"other )?(?:problems?|issues?|worries)|not bad"
)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """The verdict (empty when the words give none), the words it stands on, how sure it is (0..1).

    ``doubtful`` means that a person decides; ``verdict`` is then no more than a hint.  ``wish`` are the words of a
    satisfied customer for what he wants besides (请把检测报告发我一份): whoever decides sees to that as well.
    ``told``: he speaks of being satisfied or not, and not only of what is wrong.
    """

    verdict: Verdict
    words: str
    confidence: float
    doubtful: bool
    wish: str = ""
    told: bool = False


def read_satisfaction(words: AnswerWords, text: str) -> Satisfaction:
    """Read the new text of an answer (``Message.new_text``).  An empty one has no verdict and is not doubtful."""
    if len(text) > MAX_TEXT:
        return Satisfaction("", "", 0.0, True)
    body = own_words(words, text)
    folded = without_quoted_lines(fold(body))
    body = "".join(sign if kept != " " else " " for sign, kept in zip(body, folded, strict=True))
    at = 0
    for line in folded.split("\n"):
        if words["choices_line"].whole(squeeze(line).strip(" -*.。")):
            folded = blank_out(folded, at, at + len(line))
        at += len(line) + 1
    folded = _without_labels(words, folded)
    if words["automatic"].find(squeeze(folded)):
        return Satisfaction("", "", 0.0, False)
    hits = _hits(words, folded)
    pieces = cut(folded)
    if not hits:
        told = [piece for piece in pieces if not _courteous(words, piece)]
        return Satisfaction("", "", 0.0, bool(told) or bool(_EMOJI.search(body)))
    left = _left_over(words, folded, pieces, hits)
    beside = [hit for hit in hits if not (hit[2] == "不满意" and any(p.start <= hit[0] < p.end for p in left))]
    hits = beside if any(verdict != "不满意" for *_, verdict in beside) else hits
    verdicts = {verdict for _, _, verdict in hits}
    start, end, first = hits[0]
    said = body[start:end]
    if words["irony"].find(squeeze(folded)) or words["irony"].find(folded) or _sour(body):
        return Satisfaction(first, said, 0.2, True)
    if verdicts == {"不满意"}:
        return _unsatisfied(words, body, folded, pieces, said)
    if len(verdicts) > 1:
        return Satisfaction("不满意" if "不满意" in verdicts else "基本满意", said, 0.4, True)
    if _alone(words, folded, pieces, hits):
        return Satisfaction(first, said, 0.95 if len(squeeze(body)) <= 30 else 0.85, False, told=True)
    wish = _wish(words, body, folded, pieces, hits, left)
    return Satisfaction(first, said, 0.7 if wish else 0.5, True, wish)


def _hits(words: AnswerWords, folded: str) -> list[tuple[int, int, Verdict]]:
    """Where a verdict stands; the longer phrase is meant (不满意 is no 满意)."""
    found = [(m.start(), m.end(), verdict) for group, verdict in _GROUPS for m in words[group].all(folded)]
    bad = [hit for hit in found if hit[2] == "不满意"]
    good = [hit for hit in found if hit[2] != "不满意" and not _denied(folded, hit[0], bad)]
    return longest([*bad, *good], lambda hit: (hit[0], hit[1]))


def _denied(folded: str, at: int, hits: Sequence[tuple[int, int, Verdict]]) -> bool:
    """Whether a complaint stands right before this praise: "still not" before "fixed"."""
    return any(
        verdict == "不满意" and start <= at <= end + 8 and not _STOP.search(folded[min(end, at) : at])
        for start, end, verdict in hits
    )


def _unsatisfied(words: AnswerWords, body: str, folded: str, pieces: Sequence[Piece], said: str) -> Satisfaction:
    """A complaint is one, however it is worded; only a supposed one is doubtful."""
    holding = [piece for piece in pieces if words["unsatisfied"].find(folded[piece.start : piece.end])]
    supposed = all(re.search(r"如果|若|要是|假如|万一|\bif\b|是不是|是否|有没有", piece.words) for piece in holding)
    asked = bool(holding) and all(piece.asked for piece in holding)
    if (holding and supposed) or asked:
        return Satisfaction("不满意", said, 0.4, True)
    dissatisfied = words.get("dissatisfied")
    told = dissatisfied is None or dissatisfied.find(folded) is not None
    return Satisfaction("不满意", said, 0.95 if len(squeeze(body)) <= _LONG else 0.85, False, told=told)


def _without_labels(words: AnswerWords, folded: str) -> str:
    """The text without the names of what is asked (满意度：): they give no verdict."""
    group = words.get("verdict_label")
    for match in [*group.all(folded)] if group is not None else ():
        folded = blank_out(folded, match.start(), match.end())
    return folded


def _wish(
    words: AnswerWords,
    body: str,
    folded: str,
    pieces: Sequence[Piece],
    hits: Sequence[tuple[int, int, Verdict]],
    left: Sequence[Piece],
) -> str:
    """What a satisfied customer wants besides; empty when something else stands there, or may change his verdict."""
    group, later = words.get("wish"), words.get("not_yet")
    if group is None or later is None or any(piece.asked for piece in pieces):
        return ""
    if any(later.find(piece.words) for piece in pieces if piece not in left):
        return ""
    last = max(end for _, end, _ in hits)
    wishes = [piece for piece in pieces if piece.start >= last and (piece in left or group.find(piece.words))]
    if not wishes:
        return ""
    others = [piece for piece in pieces if piece.start < wishes[0].start]
    behind = [piece for piece in pieces if piece.start > wishes[-1].start]
    if not _alone(words, folded, others, hits) or not all(_courteous(words, piece) for piece in behind):
        return ""
    return body[wishes[0].start : wishes[-1].end].strip()


def _left_over(
    words: AnswerWords, folded: str, pieces: Sequence[Piece], hits: Sequence[tuple[int, int, Verdict]]
) -> list[Piece]:
    """The clauses behind a praise that name a paper or a small part still to come: 满意，但铭牌还没寄到."""
    group, praised = words.get("left_over"), [end for _, end, verdict in hits if verdict != "不满意"]
    if group is None or not praised:
        return []
    return [piece for piece in pieces if piece.start >= min(praised) and group.find(piece.words)]


def _is_signed_below(words: AnswerWords, folded: str, piece: Piece) -> bool:
    """Is it a short last line below an empty one or a closing: the company and name of whoever wrote?"""
    above, line, below = folded[: piece.start], folded[piece.start : piece.end], folded[piece.end :]
    closed = words["closing"].whole(squeeze(above.rstrip().split("\n")[-1]).strip(" ,.!"))
    ends = re.search(r"\n[ \t]*$" if closed else r"\n[ \t]*\n[ \t]*$", above)
    alone = not below.strip() and ends is not None
    return alone and len(line) <= _NAMES and re.search(r"[\d?!]", line) is None


def _sour(body: str) -> bool:
    """Signs no satisfied customer ends with."""
    return bool(_EMOJI.search(_CHEERFUL.sub("", body))) or "？！" in body or "?!" in body


def _alone(words: AnswerWords, folded: str, pieces: Sequence[Piece], hits: Sequence[tuple[int, int, Verdict]]) -> bool:
    """Whether every clause is a verdict, a courtesy, or something plainly harmless."""
    if sum(len(piece.words) for piece in pieces) > _LONG:
        return False
    for piece in pieces:
        if piece.asked:
            return False
        if _courteous(words, piece):
            continue
        is_hit = any(start < piece.end and piece.start < end for start, end, _ in hits)
        if not is_hit and _is_signed_below(words, folded, piece) and not words["trouble"].find(piece.words):
            continue
        rest = folded[piece.start : piece.end]
        for start, end, _ in hits:
            if start < piece.end and piece.start < end:
                rest = blank_out(rest, max(0, start - piece.start), max(0, end - piece.start))
        rest = _NO_TROUBLE.sub("", squeeze(rest))
        if (
            words["trouble"].find(rest)
            or words["doubt"].find(rest)
            or len(rest) > _CLAUSE * (1 if re.search("[\u4e00-\u9fff]", rest) else 2)
        ):
            return False
        if words["neutral"].pattern.sub("", rest).strip(" '"):
            return False
    return True


def _courteous(words: AnswerWords, piece: Piece) -> bool:
    said = piece.words
    return any(words[group].whole(said) for group in ("customer_polite", "polite", "closing")) or (
        people.is_greeting(said, words.lexicon) or people.is_card(words, said, ())
    )
