"""A field's words as its value in normal form, or the reason why they are none.

Normal forms: ``choice`` one of the field's choices, also when said in English; ``choices`` several joined by ``、``;
``yesno`` 是 or 否;
``date`` ``2026-11-30``; ``moment`` ``2026-11-30T15:00+08:00``; ``money`` ``1200.00 CNY`` (the currency when one is
written); ``person``, ``department``, ``quantity`` and ``text`` as written, without stray white space.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailflow.reading.answers import people
from mailflow.reading.answers.days import read_day
from mailflow.reading.answers.money import read_money
from mailflow.reading.answers.pieces import cut
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold, plain
from mailflow.reading.text.numerals import COUNTED

MAX_TEXT, MAX_LINE = 10_000, 200
_SEVERAL = re.compile(r"[、,;/+&|]|(?<=[\u4e00-\u9fff])(?:和|及|与|并)(?=[\u4e00-\u9fff])|\s{1,8}")
_QUANTITY = re.compile(
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{1,3})?\s?[^\s\d,。;]{0,6}|"
    rf"[{COUNTED}百千万]{{1,8}}[^\s\d,。;]{{1,4}}"
)
_BOX, _TICK = re.compile("[□☐◻]"), re.compile("[√✓✔☑■]")
_FIRST_BOX = re.compile("[□☐◻√✓✔☑■]")
_TICKED_AFTER = re.compile(r"[√✓✔☑■]\s?([^\s□☐◻√✓✔☑■]{1,30})")
_TICKED_BEFORE = re.compile(r"([^\s□☐◻√✓✔☑■]{1,30})\s?[√✓✔☑■]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What typed values are read with: the words, the time and zone they count from, the people known."""

    words: AnswerWords
    now: datetime
    zone: tzinfo
    names: Collection[str]


def is_blank(words: AnswerWords, said: str) -> bool:
    """Whether nothing was filled in: white space, rules, a lone slash."""
    text = squeeze(said).strip(" *|")
    return not text or words["blank"].whole(text)


def read_value(reading: Reading, spec: FieldSpec, said: str) -> tuple[str, str]:
    """The value and a problem code; one of the two is empty."""
    limit = MAX_TEXT if spec.type == "text" else MAX_LINE
    if len(said) > limit:
        return "", "too_long"
    if spec.type == "text":
        open_ = reading.words["open_value"].whole(squeeze(said).strip(" 。.!"))
        return ("", "open") if open_ else (_text(said), "")
    value, problem = _line(reading, spec, _bare(said))
    if problem and problem != "open":
        value, problem = _none_or(reading, spec, said, problem)
    return value, problem


def _none_or(reading: Reading, spec: FieldSpec, said: str, problem: str) -> tuple[str, str]:
    """The value without a courtesy or what was written by mistake; ``none`` where it is said that there is none."""
    none = reading.words.get("none_value")
    if none is not None and spec.type not in ("choice", "choices", "yesno") and none.whole(squeeze(_bare(said))):
        return "", "none"
    first, rest = _first(reading.words, said)
    for other in filter(None, (first if rest else "", _corrected(reading.words, said))):
        value, wrong = _line(reading, spec, other)
        if not wrong:
            return value, ""
    return "", problem


def _corrected(words: AnswerWords, said: str) -> str:
    """What counts of 退货 不对 换货, and of 1200元，上封写的12000是手误; empty when nothing was corrected."""
    corrects, mistaken = words.get("corrects"), words.get("mistaken")
    folded = fold(said)
    if corrects is not None and (found := [*corrects.all(folded)]):
        return said[found[-1].end() :].strip(" ，,。.;；:：、")
    pieces = cut(folded)
    if mistaken is None or not any(mistaken.find(piece.words) for piece in pieces[1:]):
        return ""
    kept = [piece for piece in pieces if not mistaken.find(piece.words)]
    return said[kept[0].start : kept[0].end] if len(kept) == 1 else ""


def _ticked(said: str) -> str:
    """The words beside the ticks of a row of boxes (√是 □否); the words themselves when there are no boxes."""
    if not _BOX.search(said) or not _TICK.search(said):
        return said
    first = _FIRST_BOX.match(said.strip())
    found = _TICKED_AFTER.findall(said) if first else _TICKED_BEFORE.findall(said)
    return "、".join(found) or said


def _line(reading: Reading, spec: FieldSpec, said: str) -> tuple[str, str]:
    said = _ticked(said) if spec.type in ("choice", "choices", "yesno") else said
    squeezed = squeeze(said).strip(" 。.!")
    if reading.words["open_value"].whole(squeezed):
        return "", "open"
    match spec.type:
        case "choice" | "choices":
            return _choices(reading.words, spec, said)
        case "yesno":
            return _yes_or_no(reading.words, squeezed)
        case "date":
            return read_day(reading.words, said, reading.now, reading.zone, timed=False)
        case "moment":
            return read_day(reading.words, said, reading.now, reading.zone, timed=True)
        case "money":
            return read_money(said)
        case "quantity":
            return (plain(said).strip(" 。."), "") if _QUANTITY.fullmatch(squeezed) else ("", "not_a_quantity")
        case "person":
            return _person(reading, said)
        case _:
            return (plain(said).strip(" 。."), "") if len(squeezed) >= 1 else ("", "not_a_name")


def _bare(said: str) -> str:
    return said.strip().strip("|*_").strip().rstrip(" ;；,，。")


def _first(words: AnswerWords, said: str) -> tuple[str, bool]:
    """The first clause, when all the others are courtesies."""
    folded = fold(said)
    pieces = cut(folded)
    rest = pieces[1:]
    if not rest or not all(words["polite"].whole(piece.words) for piece in rest):
        return said, False
    return said[pieces[0].start : rest[0].start].strip(" ，,。.;；、"), True


def _text(said: str) -> str:
    lines = [_CONTROLS.sub(" ", line).rstrip().replace("\t", " ") for line in said.strip().split("\n")]
    lines[0] = lines[0].lstrip("*_| ")
    lines[-1] = lines[-1].rstrip("*_| ,，;；")
    return "\n".join(lines).strip()


def _choices(words: AnswerWords, spec: FieldSpec, said: str) -> tuple[str, str]:
    known = {squeeze(said): choice for said, choice in zip(spec.choices_en, spec.choices, strict=False)}
    known |= {squeeze(choice): choice for choice in spec.choices}
    meant = {f"{squeeze(code)}{_letters(meaning)}": code for code, meaning in spec.meanings}
    one = _choice(words, known, squeeze(said)) or meant.get(_letters(said), "")
    if one:
        return one, ""
    parts = [part for part in _SEVERAL.split(fold(said)) if part.strip(" 。.")]
    found = [_choice(words, known, squeeze(part)) for part in parts]
    if not parts or not all(found):
        return "", "not_a_choice"
    if spec.type == "choice" and len(set(found)) > 1:
        return "", "one_choice"
    return "、".join(dict.fromkeys(found)), ""


def _letters(said: str) -> str:
    return re.sub(r"[\W_]+", "", squeeze(said))


def _choice(words: AnswerWords, known: dict[str, str], said: str) -> str:
    """The choice meant: itself, among fillers (判定为有效), or a code with its meaning behind it (S1 服务态度)."""
    said = said.strip(' 。.!√✓✔☑()[]"')
    if said in known:
        return known[said]
    bare = words["choice_filler"].pattern.sub("", said).strip()
    if bare in known:
        return known[bare]
    code = re.match(r"[a-z]{1,3}-?\d{1,2}(?![a-z0-9])", said)
    if code and code[0] in known and not re.search(r"不|非|或|还是|\?", said):
        return known[code[0]]
    return ""


def _yes_or_no(words: AnswerWords, said: str) -> tuple[str, str]:
    yes, no = words["yes"].whole(said), words["no"].whole(said)
    if yes == no:
        return "", "not_yes_or_no"
    return ("是" if yes else "否"), ""


def _person(reading: Reading, said: str) -> tuple[str, str]:
    written = plain(said).strip(" 。.")
    parts = [part.strip() for part in re.split(r"[、,，;；/]|和(?=[\u4e00-\u9fff])", written) if part.strip()]
    if len(parts) > 1 and all(len(part) <= 12 for part in parts):
        return "", "several_names"
    if not people.is_person(written):
        return "", "not_a_name"
    known = people.fitting(written, reading.names, reading.words.lexicon) or people.bracketed(written, reading.names)
    return (known[0] if len(known) == 1 else written), ""
