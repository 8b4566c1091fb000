"""What each clause of a colleague's answer is: a verdict, a courtesy, or something nobody understood.

Only a clause that is an agreement *and nothing else* agrees; a clause the words do not know is never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mailflow.reading.answers import covered, people
from mailflow.reading.answers.pieces import Piece, cut, parts
from mailflow.reading.answers.words import AnswerWords, squeeze

Class = Literal[
    "agree", "signed", "return", "transfer", "polite", "card", "closing", "comment", "received", "attachment", "unknown"
]
HARMLESS = frozenset({"polite", "card", "closing", "comment", "received", "attachment"})
VERDICTS = frozenset({"agree", "signed", "return", "transfer"})

_REASON_FOLLOWS = re.compile(
    r"[ ]?(?:[:,(-]|的?原因|的?理由|因为?|由于|(?:补充|完善|更正|修改|核实|核对|重新|重做|重填|请|再)|"
    r"because|as |due to|since |for |reason)"
)
_REASON_HEAD = re.compile(
    r"^[\s:,(\-]{0,4}(?:的?(?:原因|理由)(?:是|如下|为|(?=[\s:,]))|因为|由于|because(?: of)?|due to|"
    r"since|(?:the )?reason(?: is)?)?[\s:,(\-]{0,4}"
)
_NOT_SAID = frozenset("也就才还吗么嘛的会可都又")
_THANKS = re.compile(r"(?:many )?thanks|thank you|thx|cheers")
_ALTERNATIVE = re.compile(r"\s*(?:[/|、,;]|\bor\b|或者?|还是)\s*")
_SEVERAL = re.compile(r".{0,20}[^和及与或]?(?:和|及|与|或者?|还是| or | and |&)(?=\S)")


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece and what it is.

    ``rest`` is where, in the text, the words behind a return begin; ``to`` whom a transfer names, ``fits`` how many
    known names that may be.  ``loose``: told by the words it is made of, not as a whole.
    """

    piece: Piece
    kind: Class
    rest: int = 0
    to: str = ""
    known: bool = False
    several: bool = False
    loose: bool = False


def judge(
    words: AnswerWords, text: str, folded: str, names: Collection[str], days: frozenset[str] = frozenset()
) -> list[Judged]:
    """All clauses of a text (``folded`` may have stretches blanked out) with what they are, in reading order.

    ``days`` are spellings of today: a signature's date.
    """
    found: list[Judged] = []
    closed = -1  # the line of a closing formula: a name stands below it
    for piece in cut(folded):
        for judged in _one(words, piece, text, folded, names, days):
            if judged.kind == "unknown" and 0 <= closed < piece.line and _is_signed_name(words, text, judged.piece):
                judged = Judged(judged.piece, "card")
            if closed < 0 and (judged.kind == "closing" or _THANKS.match(piece.words)):
                closed = piece.line
            found.append(judged)
    return _joined_names(_carded(words, text, _handed_back(words, found, names)))


def _handed_back(words: AnswerWords, found: Sequence[Judged], names: Collection[str]) -> list[Judged]:
    """这个归柳青管，转她: whom a pronoun means when exactly one colleague was named before."""
    group, result = words.get("handed_back"), list(found)
    for place, item in enumerate(found):
        if group is None or item.kind != "unknown" or not group.whole(item.piece.words):
            continue
        before = {name for other in found[:place] for name in people.mentioned(words, other.piece.words, names)}
        if len(before) == 1:
            result[place] = Judged(item.piece, "transfer", to=before.pop(), known=True)
    return result


def _carded(words: AnswerWords, text: str, found: Sequence[Judged]) -> list[Judged]:
    """A name in Latin letters right above the rest of its card: David Chen, Production Manager."""
    result = list(found)
    for place in range(len(found) - 2, 0, -1):
        item, below = found[place], result[place + 1]
        alone = found[place - 1].piece.line < item.piece.line < below.piece.line
        if item.kind == "unknown" and below.kind == "card" and alone and _is_signed_name(words, text, item.piece):
            result[place] = Judged(item.piece, "card")
    return result


def _is_signed_name(words: AnswerWords, text: str, piece: Piece) -> bool:
    doubts = ("condition", "later", "negation")
    return people.is_latin_name(text[piece.start : piece.end]) and not any(
        words[doubt].find(piece.words) for doubt in doubts
    )


def _joined_names(found: Sequence[Judged]) -> list[Judged]:
    """转张三、李四 names two."""
    result = list(found)
    for place, item in enumerate(found[:-1]):
        following = found[place + 1]
        if (
            item.kind == "transfer"
            and item.piece.joined
            and following.kind == "card"
            and item.piece.line == following.piece.line
        ):
            result[place] = Judged(item.piece, "transfer", to=item.to, known=item.known, several=True)
    return result


def _one(
    words: AnswerWords, piece: Piece, text: str, folded: str, names: Collection[str], days: frozenset[str]
) -> list[Judged]:
    judged = _classify(words, piece, text, folded, names, days)
    if judged.kind != "unknown":
        return [judged]
    colon = folded.find(":", piece.start, piece.end)
    if colon > 0 and _harmless_head(words, squeeze(folded[piece.start : colon])):
        return [item for rest in _behind(folded, colon, piece) for item in _one(words, rest, text, folded, names, days)]
    smaller = parts(piece, folded)
    if len(smaller) < 2:
        return [judged]
    each = [_classify(words, part, text, folded, names, days) for part in smaller]
    # "同意 王芳" is two clauses; "同意 才怪" is one nobody knows.
    whole = [item.kind for item in each]
    return each if "unknown" not in whole and not {"return", "transfer"} & set(whole) else [judged]


def _behind(folded: str, colon: int, piece: Piece) -> list[Piece]:
    """What stands behind the colon of a piece, with the sign that ends the piece."""
    found = cut(folded, colon + 1, piece.end)
    return [replace(rest, asked=rest.asked or piece.asked, joined=rest.joined or piece.joined) for rest in found]


def _harmless_head(words: AnswerWords, said: str) -> bool:
    """王经理：同意."""
    return people.is_greeting(said, words.lexicon) or words["polite"].whole(said) or words["received"].whole(said)


def _classify(
    words: AnswerWords, piece: Piece, text: str, folded: str, names: Collection[str], days: frozenset[str]
) -> Judged:
    said = piece.words
    simple: tuple[Class, ...] = ("agree", "signed", "polite", "closing", "received", "attachment", "comment")
    for kind in simple:
        if words[kind].whole(said):
            return Judged(piece, kind)
    asked = words.get("wants_word")
    if people.is_greeting(said, words.lexicon) or (asked is not None and asked.whole(said)):
        return Judged(piece, "polite")
    if covered.is_consent(words, said):
        return Judged(piece, "agree", loose=True)
    returned = _returned(words, piece, folded)
    if returned is not None:
        return returned
    transferred = _transferred(words, piece, text, folded, names)
    if transferred is not None:
        return transferred
    if said in days or people.is_card(words, said, names):
        return Judged(piece, "card")
    if covered.is_cover_note(words, said):
        return Judged(piece, "attachment", loose=True)
    return Judged(piece, "comment", loose=True) if covered.is_comment(words, said) else Judged(piece, "unknown")


def _returned(words: AnswerWords, piece: Piece, folded: str) -> Judged | None:
    for group in ("disagree", "return"):
        end = words[group].start(piece.words)
        if end < 0:
            continue
        rest = piece.words[end:]
        apart = bool(rest) and folded[_place(folded, piece, end) :][:1].isspace() and not rest[0].isascii()
        again = words.get("redo")
        if again is not None and rest and again.whole(rest.strip(" :")):
            return Judged(piece, "return", rest=piece.end)  # 打回去重写: that is no reason
        if group == "return" and rest and not apart and not _REASON_FOLLOWS.match(rest):
            continue
        if group == "disagree" and rest[:1] in _NOT_SAID:
            continue  # 不同意也没办法, 不同意的话, 不同意吗
        told = not rest or apart or _REASON_FOLLOWS.match(rest) is not None
        if not told and (
            words["return"].start(rest) >= 0 or any(words[kind].find(rest) for kind in ("agree", "signed"))
        ):
            continue  # 不同意退回, 不同意签字: who could say what is meant
        start = _place(folded, piece, end) if told else piece.start
        return Judged(piece, "return", rest=start)
    return None


def _place(folded: str, piece: Piece, squeezed_end: int) -> int:
    """Where in the text the first ``squeezed_end`` signs of a piece end."""
    wanted = len(piece.words[:squeezed_end].replace(" ", ""))
    at = piece.start
    while wanted and at < piece.end:
        wanted -= not folded[at].isspace()
        at += 1
    return at


def reason_start(folded: str, at: int) -> int:
    """Where the reason begins behind 退回, 退回原因：, Rejected because."""
    match = _REASON_HEAD.match(folded[at : at + 40])
    return at + (match.end() if match else 0)


def _transferred(words: AnswerWords, piece: Piece, text: str, folded: str, names: Collection[str]) -> Judged | None:
    end = words["transfer"].start(piece.words)
    if end < 0:
        return None
    start = _place(folded, piece, end)
    while start < piece.end and folded[start] in ' :\t-<[("':
        start += 1
    original = text[start : piece.end]
    who = people.named(words, squeeze(original), original, names)
    if who is None:
        return None
    tail = squeeze(original)[who.end :].strip(' :,>)]"')
    if tail and words["transfer_tail"].start(tail) < 0:
        several = re.match(r"(?:和|及|与|或者?|还是|or |and |&)", tail)
        return Judged(piece, "transfer", to=who.written, several=True) if several else None
    return Judged(piece, "transfer", to=who.known or who.written, known=bool(who.known) or not names)


def is_verdict_line(words: AnswerWords, line: str, names: Collection[str]) -> bool:
    """Whether a line is a verdict, with nothing beside it but courtesies."""
    judged = judge(words, line, line, names)
    kinds = {"unknown" if item.loose else item.kind for item in judged}
    return bool(kinds & VERDICTS) and "unknown" not in kinds


def is_instruction(words: AnswerWords, folded_line: str) -> bool:
    """Whether a line is our own list of what may be answered (同意 / 已签 / 退回：原因), quoted back."""
    line = squeeze(folded_line)
    if words["instruction"].find(line):
        return True
    head = line.rfind("请回复")
    choices = [part.strip(" :'\"[]()<>.。-*") for part in _ALTERNATIVE.split(line[head + 3 :] if head >= 0 else line)]
    choices = [part for part in choices if part]
    kinds = [_choice_kind(words, part) for part in choices]
    if len(choices) < 2 or "" in kinds:
        return False
    return "placeholder" in {kind.partition("+")[2] for kind in kinds} or len({kind[:4] for kind in kinds}) >= 3


def _choice_kind(words: AnswerWords, choice: str) -> str:
    for kind in ("agree", "signed"):
        if words[kind].whole(choice):
            return kind
    for kind in ("return", "disagree", "transfer"):
        end = words[kind].start(choice)
        if end < 0:
            continue
        rest = choice[end:].strip(" :'\"[]()<>.…_-")
        if not rest:
            return kind
        if words["placeholder"].whole(rest):
            return f"{kind}+placeholder"
    return ""


def pieces_of(judged: Iterable[Judged], *kinds: Class) -> list[Piece]:
    """The pieces of these kinds."""
    return [item.piece for item in judged if item.kind in kinds]
