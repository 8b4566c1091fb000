"""Facts of our acknowledgement that the customer corrects by reply: only what is said plainly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailflow.domain.model import FIELDS
from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.answers.body import own_words
from mailflow.reading.answers.days import wall
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.dates import moments
from mailflow.reading.matching.normalise import code, fold, plain
from mailflow.reading.matching.spans import longest

_MAX_LABELS = 20  # in one sentence: nobody corrects more
_CODES = frozenset({"order_no", "model", "batch_no"})
_DAYS = frozenset({"happened_on", "requested_deadline"})
_CODE = r"(?=[a-z0-9/_.×*-]{0,30}\d)[a-z0-9](?:[a-z0-9/_.×*-]{0,30}[a-z0-9])?#?"
_QUANTITY = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,9}})(?:\.\d{{1,3}})?\s?(?:[万千](?!\d))?\s?(?:{UNITS})?(?![\d./月日号-])"
)
_PHONE = r"\(?[+\d][\d ()-]{5,22}\d(?:\s?(?:转|ext\.?|#)\s?\d{1,6})?"
_WORDS = (
    r"[^,;:。!?\n]{2,60}?(?:,? (?:co|ltd|inc|llc|limited|gmbh)\b\.?,?){0,3}(?=\s*(?:$|[,;。!?\n]|"
    r"而?不是|而非|\bnot\b|\binstead\b))"
)
_SHAPES = (
    {"quantity": _QUANTITY, "phone": _PHONE} | dict.fromkeys(_CODES, _CODE) | dict.fromkeys(_DAYS, r"[^,;。!?\n]{2,40}")
)

_VERB = (
    r"(?:应该?改?[为是]|更正[为成]|改[为成]|更新为|变更为|修改为|修正为|换成了?|已换成|(?:实际|其实|"
    r"实则)(?:应)?[是为]|实为|正确的?应?该?[是为]|应更正为|请更正为|请改[为成]|"
    r"(?:should|must|ought to) (?:be|read)|(?:is|was) (?:actually|really|in fact|now)|actually is|"
    r"(?:has |have )?(?:been )?changed to|"
    r"(?:please )?(?:correct|change|update)(?:ed)? (?:it )?to|->|→|=>)"
)
_CUE = re.compile(
    r"不是|并非|而非|\bnot\b|instead|应|改|更正|修正|变更|更新|换|正确|实际|其实|实则|实为|错|误|不对|不准|wrong|incorrect|typo"
    r"|should|must|ought|actual|really|in fact|\bnow\b|change|correct|update|->|→|=>"
)
_DOUBTFUL = re.compile(
    r"不是|并非|而非|\bnot\b|应[为该是改]|更正|修正|改[为成]|错|误|不对|不准|wrong|incorrect|typo|should|must|actual|really"
)
_LONGEST = 500  # characters of one value
_FILLER = (
    r"(?:的|号码|编号|信息|一栏|这一栏|一项|这里|处|也|有变,?|已|现在?|请|麻烦|,|:| |is wrong|"
    r"in your (?:mail|list|form)){0,3}"
)
_WRONG = (
    r"(?:是?(?:写|填|登记|记|打|报|弄|给)?错了?|有误|不对|不正确|不准确|(?:is|was) (?:wrong|incorrect|"
    r"not correct|not right|a typo)"
    r"|has a typo|wrong)"
)
_RIGHT = rf"[,;。. ]{{0,3}}(?:and |it |the (?:right|correct) (?:one|number|value|quantity) )?(?:{_VERB}|而?是|is)"
_CHANGE = re.compile(r"\b(?:change|update|correct|amend) (?:the |our |my )?[a-z. ]{2,20}$")
_BUT = r"(?:[,; ]{1,3}(?:而|应该|应|but )?(?:是|为|it is|it's)|而?应?该?是|[, ]{1,3}but(?: it is)?)"
_INSIDE = re.compile(r"[\u4e00-\u9fff](?<![的把将请是该此原您贵我们司方和及与])")
_OLD = r"[^,;。!?\n]{1,30}?"
_INNER = re.compile(r"^.{0,40}?(?:→|->|=>|改[为成]|更正为|应该?[为是])\s*")
_SENTENCE = re.compile(r"(?:[^。!?;\n.]|\.(?!\s|$))+[。!?;.]?")
_TAIL = re.compile(r"\s*(?:\((?:更正|已更正|改|correct(?:ed)?|new|新)\)|[。.;,!]|谢谢|thanks?)+$")


@dataclass(frozen=True, slots=True)
class FactCorrection:
    """A fact in the customer's words: ``field`` one of ``mailflow.domain.model.FIELDS``, ``value`` normalised as a
    Finding's would be (codes without blanks, days as ISO dates), ``words`` the sentence that says so."""

    field: str
    value: str
    words: str


FindDays = Callable[[str], list[moments.Moment]]


def read_corrections(
    words: AnswerWords, text: str, facts: Mapping[str, str], *, now: datetime, zone: tzinfo
) -> tuple[FactCorrection, ...]:
    """The corrections in the new text of an answer, in the order of the fields.

    ``facts`` are those of our acknowledgement by field (several values joined by ``；``).  What equals a known fact is
    no correction; a field for which two values are said has none; a question or a guess corrects nothing.  ``now`` and
    ``zone`` serve days (下周五).
    """
    if len(text) > MAX_TEXT:
        return ()
    body = own_words(words, text)
    found: dict[str, dict[str, str]] = {}
    for field, value, start, end in _all(words, body, fold(body), facts, day_finder(words, now, zone)):
        known = {_alike(part) for part in re.split("[；;]", facts.get(field, ""))}
        if value and _alike(value) not in known:
            found.setdefault(field, {}).setdefault(value, body[start:end].strip())
    plain_ones = {field: next(iter(values.items())) for field, values in found.items() if len(values) == 1}
    return tuple(FactCorrection(field, *plain_ones[field]) for field in FIELDS if field in plain_ones)


def unclear(words: AnswerWords, text: str, understood: Sequence[str]) -> list[str]:
    """The sentences that speak of a wrong fact without saying plainly what is right (批号不对); ``understood`` are
    those that were read."""
    if len(text) > MAX_TEXT:
        return []
    body = own_words(words, text)
    found = []
    for match in _SENTENCE.finditer(fold(body)):
        said = body[match.start() : match.end()].strip()
        if not said or any(said in other or other in said for other in understood):
            continue
        guess = match[0].endswith("?") or words["hedge"].find(squeeze(match[0])) is not None
        if (guess or _DOUBTFUL.search(match[0])) and _labels(words, match[0], 0, len(match[0])):
            found.append(said[:120])
    return found[:_MAX_LABELS]


def day_finder(words: AnswerWords, now: datetime, zone: tzinfo) -> FindDays:
    """What finds the days of a folded text, counted from now in a zone."""
    return lambda said: moments.find(said, wall(now, zone), words.lexicon)


def fact_value(field: str, said: str, days: FindDays) -> str:
    """The value of a fact in words that hold nothing else, normalised as a Finding's; empty when they are none."""
    if len(said) > _LONGEST:
        return ""
    return _value(field, said, fold(said), 0, len(said), days, whole=True)


Found = tuple[str, str, int, int]


def _all(words: AnswerWords, body: str, folded: str, facts: Mapping[str, str], days: FindDays) -> Iterator[Found]:
    for match in _SENTENCE.finditer(folded):
        sentence = match[0]
        if not sentence.strip() or sentence.endswith("?") or words["hedge"].find(squeeze(sentence)):
            continue
        line = _line(words, body, folded, match, days)
        if line is not None:
            yield line
            continue
        # 订单号写错了。应该是… : what is wrong may stand in the sentence before.
        yield from _said(words, body, folded, match.start(), match.end(), days)
        yield from _replaced(words, body, folded, match.start(), match.end(), facts, days)


def _line(words: AnswerWords, body: str, folded: str, match: re.Match[str], days: FindDays) -> Found | None:
    """A line of our list, written anew: 批号：B2611."""
    for field, label in words.labels.items():
        head = re.match(rf"[\s>*·•\d.、)\-\[]{{0,6}}(?:{label.source})[\s\]]{{0,3}}[:=]\s*", match[0])
        if head is None:
            continue
        start = match.start() + head.end()
        end = folded.find("\n", start)
        end = len(folded) if end < 0 else end
        if inner := _INNER.match(folded[start:end]):
            start += inner.end()
        if tail := _TAIL.search(folded, start, end):
            end = tail.start()
        value = _value(field, body, folded, start, end, days, whole=True)
        if value and _fits(words, field, folded[start:end].strip()):
            return field, value, match.start(), end
    return None


def _said(words: AnswerWords, body: str, folded: str, start: int, end: int, days: FindDays) -> Iterator[Found]:
    """数量应为300件；订单号写错了，应该是…；数量不是200件，是300件；数量是300件，不是200件."""
    for field, at in _labels(words, folded, start, end):
        shape = words.lexicon.source(_SHAPES.get(field, _WORDS))
        asked = _CHANGE.search(folded[start:at]) is not None
        for form in (
            rf"{_FILLER}{_VERB}[ :]{{0,2}}(?P<value>{shape})",
            rf"{_FILLER}{_WRONG}{_RIGHT}[ :]{{0,2}}(?P<value>{shape})",
            rf"{_FILLER}(?:并?不是|is not|isn't|not) ?{_OLD}{_BUT} ?(?P<value>{shape})",
            rf"{_FILLER}(?:由|从|from ){_OLD}(?:改[为成]|更正为|变更为| to ) ?(?P<value>{shape})",
            rf"{_FILLER}(?:是|为|is) ?(?P<value>{shape})[,; ]{{0,3}}(?:而?不是|而非|not |instead of )",
        ):
            match = re.compile(form).match(folded, at, end)
            if match is None and asked:
                match = re.compile(rf" ?(?:to|into) (?P<value>{shape})").match(folded, at, end)
            if match and (value := _value(field, body, folded, match.start("value"), match.end("value"), days)):
                yield field, value, start, end
                break


def _labels(words: AnswerWords, folded: str, start: int, end: int) -> list[tuple[str, int]]:
    """The labels of a sentence and where they end; the longer one is meant, and none is the end of another word."""
    found = [
        (m.start(), m.end(), field)
        for field, label in words.labels.items()
        for m in label.pattern.finditer(folded, start, end)
    ]
    kept = longest(found, lambda item: (item[0], item[1]))
    kept = kept[:_MAX_LABELS]
    return [(field, last) for first, last, field in kept if not _INSIDE.search(folded[max(0, first - 1) : first])]


def _replaced(
    words: AnswerWords, body: str, folded: str, start: int, end: int, facts: Mapping[str, str], days: FindDays
) -> Iterator[Found]:
    """A known value and what stands in its place: 不是B2610，是B2611."""
    if not _CUE.search(folded, start, end):
        return  # most sentences; the patterns below are made for each value
    for field, known in facts.items():
        if field not in words.labels:
            continue
        shape = words.lexicon.source(_SHAPES.get(field, _WORDS))
        for part in (fold(part).strip() for part in re.split("[；;]", known)):
            if len(part) < 2 or part not in folded[start:end]:
                continue
            old = rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])"
            for form in (
                rf"(?:不是|并非|not ){old}{_BUT} ?(?P<value>{shape})",
                rf"(?:是|应为|it is )(?P<value>{shape})[,; ]{{0,3}}(?:而?不是|而非|not |instead of ){old}",
                rf"{old}[\"' ]{{0,2}}(?:{_WRONG}[,; ]{{0,3}})?{_VERB}[ :\"']{{0,2}}(?P<value>{shape})",
            ):
                match = re.compile(form).search(folded, start, end)
                if match and (value := _value(field, body, folded, match.start("value"), match.end("value"), days)):
                    yield field, value, start, end


def _fits(words: AnswerWords, field: str, said: str) -> bool:
    """Whether what stands on a line of our list has the shape of its field, if that has one; days are read."""
    shape = None if field in _DAYS else _SHAPES.get(field)
    return shape is None or re.fullmatch(words.lexicon.source(shape), said) is not None


def _value(field: str, body: str, folded: str, start: int, end: int, days: FindDays, *, whole: bool = False) -> str:
    """The value of a field at this place; empty when what stands there is none."""
    said = folded[start:end].strip()
    if field in _DAYS:
        found = days(said)
        if len(found) != 1 or found[0].start > 3 or (whole and len(said) - found[0].end > 3):
            return ""
        day = found[0].behind if field == "happened_on" else found[0].ahead
        return day.isoformat()
    if whole and field not in _SHAPES and (first := re.match(_WORDS, folded[start:end].lstrip())):
        start += len(folded[start:end]) - len(folded[start:end].lstrip())
        end = start + first.end()
    original = body[start:end].strip()
    if field in _CODES:
        value = code(original)
        return value if len(value) >= (5 if value.isdigit() else 3) else ""
    if field == "phone":
        return plain(original) if 7 <= len(re.sub(r"\D", "", said)) <= 17 else ""
    value = plain(original).strip(" 。.,，；;:\"'“”")
    return value if len(value) >= 2 or field == "quantity" else ""


def _alike(value: str) -> str:
    return re.sub(r"[\s,，()（）\-]", "", fold(value))
