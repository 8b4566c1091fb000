"""How many: what is affected in a complaint (not the lot, not the sample), every line of an order or enquiry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mailflow.domain.model import SUPERSEDED, Finding, Kind
from mailflow.reading.amounts import counts
from mailflow.reading.amounts.counts import UNITS, Count
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.normalise import fold, plain
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text import numerals, superseded
from mailflow.reading.text.rows import is_sound

_CHANGED = Grammar(
    r"(?:(?:change|increase|reduce|raise|cut)[a-z ]{0,30} to|<change-verbs-to>) ?(?P<value>\d{1,9}(?:,\d{3})*"
    rf"(?:\.\d+)?(?:\s?[万千k](?![a-z]))?(?:\s?(?:{UNITS}))?)(?![\d月号日./:-])"
)
# What stands before a count of the whole: delivered, ordered, sampled, in stock, written on a paper.
_ABOUT = r"(?:\t|<about-words>){0,3}"
_WHO = "<who-words>?"
_SAMPLE = Grammar(rf"<sample-words>{_ABOUT}\s{{0,2}}$")
_TOTAL = Grammar(
    "<lot-words>"
    rf"{_WHO}{_ABOUT}\s{{0,2}}$"
)
_ARRIVED = Grammar(
    r"[^\d\n,。;!?没未不才迟晚]{0,8}(?:已经?|都|全)?<arrived-words>(?!<arrived-turns>)"
    "| (?:[a-z]+ ){0,3}(?:were|was|have been|are) (?:delivered|received|ok|fine|good)"
)
_ARRIVED_THEN = Grammar(r"[^\d\n,。;!?没未不]{0,4}<arrived-turns-behind>")  # 50件到货后, 其中3件漏
_BROKEN = "<broken>"
_HAS = Grammar(
    rf"^[^\n。;!?]{{0,22}}?(?:(?:其?中|里面?|里头|当中)的?(?:有|就|已)?|(?<!没)(?<!只)有|{_BROKEN}(?:坏|掉|出来?|过)?[了掉]?(?:有)?)<at-least>"
    r"?\s?$"
)
_PART_OF = Grammar(r"\s{0,2}<part-of>")
_WHOLE = Grammar("<whole-lot>")
_AFFECTED = Grammar("<affected>")
_FEWER = Grammar(
    rf"(?:{_BROKEN}(?:坏|掉|出来?|到)?|<fewer>)<fewer-fillers>{{0,3}}\s?$|\b(?:short|missing|lost|broken|damaged"
    "|rejected|defective|lacking|found|counted?|count)(?: of| by)?(?: about| roughly| exactly)? ?$"
)
_VAGUE = Grammar("<trouble-vague>")
_STOCK = Grammar(r"<stock-words>(?:的|还|有|大概|约|剩){0,3}\s?$")
_CLAUSE = re.compile(r"[,。;!?\n]|\.\s")
_BAD_IN_ALL = Grammar(
    rf"(?:{_BROKEN}|偏.|有问题|不能用|不对|出问题|报警|品|发.)[掉坏了]{{0,2}}的?(?:货|件|品)?<in-all>(?:是|有|约|大概|计|\s){{0,2}}$"
)
_SENTENCE = re.compile(r"[。;!?]|\.\s|\n\s*\n|\n\s{0,3}(?:\(?\d{1,2}[).、]|[一二三四五六七八九十][、.]|[-*•●])")
_ASKED = Grammar(r"<asked-for>(?:我们?|us|给我们?)?(?:先|of|the)?\s{0,2}$")
_WANTED_FIRST = Grammar(r"<wanted-first>[^\n,。;\d]{0,8}<wanted-verbs>[^\n,。;\d]{0,4}$|先(?:来|要|拿)$")
_ONE = re.compile(r"[一1](?![\d十百千万.,])|one\b")
_FEW = re.compile(r"(?:[2-5]|[两二三四五])(?![\d十百千万.,])")
_LOT_BAD = Grammar("<lots>(?!退|换|返|检|复)|(?:whole|entire|complete|full) (?:batch|lot|shipment|delivery|order)")
_LINE_KINDS = frozenset({Kind.RFQ, Kind.ORDER, Kind.INQUIRY, Kind.ORDER_CHANGE})
_NO_COUNT = frozenset({Kind.PRAISE, Kind.SURVEY_REPLY, Kind.INFO_UPDATE, Kind.SUGGESTION, Kind.STAFF_REPLY})
_MAX_AFFECTED, _MAX_LINES = 4, 60
_Place = tuple[str, int, int]
_CLEAR, _CLAUSED, _NEAR, _ALONE, _LOT = 1.0, 0.8, 0.6, 0.4, 0.2


@dataclass(frozen=True, slots=True)
class _Weighed:
    part: Part
    count: Count
    weight: float  # 0: the whole of a lot or a sample, never what is affected
    sentence: int
    item: bool  # an item of a list of troubles


def find(parts: Sequence[Part], kind: Kind, money: Iterable[Finding] = ()) -> list[Finding]:
    """The quantities that matter for this kind of mail; what counts ``money`` is none."""
    if kind in _NO_COUNT:
        return []
    taken = [(item.source, item.start, item.end) for item in money]
    if kind in _LINE_KINDS:
        lines, changed = _lines(parts, taken), _changed(parts)
        if changed and (kind is Kind.ORDER_CHANGE or any(line.confidence <= SUPERSEDED for line in lines)):
            return changed
        return lines
    weighed = [item for part in parts for item in _of_part(part, taken)]
    stale = [item for item in weighed if superseded.is_stale(item.part, item.count.start, item.count.end)]
    weighed = [_instead(item, stale) for item in weighed if item not in stale]
    weighed = [item for item in weighed if item.weight > 0]
    found = _once(_finding(item) for item in _best(weighed))
    if found:
        found += [replace(_finding(item), confidence=SUPERSEDED, rule="quantity-corrected") for item in stale]
    return found


def _instead(item: _Weighed, stale: Sequence[_Weighed]) -> _Weighed:
    """不是8把，...一共是11把: what follows a count that was taken back, in the same unit, replaces it."""
    for old in stale:
        if old.part is item.part and 0 < item.count.start - old.count.end < 40 and item.count.unit == old.count.unit:
            return replace(item, weight=_CLEAR)
    return item


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Each count once, in digits or in words: 五件（5件）."""
    first: dict[str, Finding] = {}
    for finding in found:
        first.setdefault(_amount(finding.value), finding)
    return list(first.values())


def _amount(value: str) -> str:
    words = fold(value).replace(",", "")
    numeral = _NUMERAL.match(words)
    number = numerals.chinese(numeral[0]) if numeral else None
    return f"{number}{words[numeral.end() :]}" if numeral and number is not None else words


_NUMERAL = re.compile(f"[{numerals.NUMERALS}]+")


def _changed(parts: Sequence[Part]) -> list[Finding]:
    return [
        part.finding("quantity", match.start("value"), match.end("value"), "quantity-changed", 0.9)
        for part in parts
        for match in islice(part.lexicon(_CHANGED).finditer(part.text), ENOUGH)
    ]


def _lines(parts: Sequence[Part], taken: Sequence[_Place]) -> list[Finding]:
    found: list[Finding] = []
    for part in parts:
        # Two lines of one table may order the same; what an earlier part said is not said again.
        known = {_said_as(finding.value) for finding in found}
        for count in _counts(part, taken, lines=True):
            if (
                -1 < count.said < 0
                or _is_size(part, count)
                or _said_as(part.original[count.start : count.end]) in known
            ):
                continue
            stale = superseded.is_stale(part, count.start, count.end)
            rule, confidence = ("quantity-corrected", SUPERSEDED) if stale else (count.rule, 0.8)
            found.append(part.finding("quantity", count.start, count.end, rule, confidence))
    return found[:_MAX_LINES]


def _said_as(words: str) -> str:
    """A count as it is compared between a letter and its sheet, where pieces have a column of their own: 50件, 50."""
    return _PIECES.sub("", "".join(plain(words).casefold().replace(",", "").split()))


_PIECES = re.compile(r"(?<=\d)(?:件|个|只|pcs?|pieces?|ea)\.?$")


def _is_size(part: Part, count: Count) -> bool:
    """``升降桌 1.4米 6张``: a short length or a small pack in front of the count of its line."""
    if not counts.is_measure(count.unit, part.lexicon):
        return False
    line_end = part.text.find("\n", count.end)
    rest = part.text[count.end : line_end if line_end >= 0 else count.end + 80]
    return bool(_SMALL.match(part.text, count.start)) and bool(part.lexicon(_COUNT_AHEAD).search(rest[:80]))


_SMALL = re.compile(rf"(?:\d{{1,2}}(?:\.\d{{1,3}})?|[{numerals.COUNTED}半]{{1,2}})(?![\d,])")
_COUNT_AHEAD = Grammar(r"(?<![\d.])\d{1,7} ?<units-plain>(?!\w)")


def _best(weighed: Sequence[_Weighed]) -> list[_Weighed]:
    """The surest counts; other sentences (other troubles) add theirs when they are nearly as sure."""
    top = max((item.weight for item in weighed), default=0.0)
    if top <= _ALONE:
        return [max(weighed, key=lambda item: item.weight)] if weighed else []
    best = [item for item in weighed if item.weight >= top - 0.05]
    told = {(id(item.part), item.sentence) for item in best}
    floor = max(top - 0.25, _NEAR)
    more = [
        item
        for item in weighed
        if item.weight >= (_NEAR if item.item else floor)
        and ((id(item.part), item.sentence) not in told or _also(item, best))
    ]
    return [item for item in weighed if item in best or item in more][:_MAX_AFFECTED]


def _also(item: _Weighed, best: Sequence[_Weighed]) -> bool:
    """8把没有气杆，3把少了扶手: another count of the same goods, not one among them, with a trouble of its own."""
    before = item.part.text[max(0, item.count.start - 6) : item.count.start]
    return (
        item.weight >= _CLAUSED
        and item.part.text[item.count.start - 1] in ",、和及 "
        and re.search(r"其中|里面|of (?:them|which)", before) is None
        and all(other.count.unit == item.count.unit and other.count.end < item.count.start for other in best)
    )


def _finding(item: _Weighed) -> Finding:
    confidence = 0.3 + 0.6 * min(item.weight, 1.0)
    return item.part.finding("quantity", item.count.start, item.count.end, item.count.rule, confidence)


def _counts(part: Part, taken: Sequence[_Place], *, lines: bool) -> list[Count]:
    found, money = counts.find(part, lines=lines), [place[1:] for place in taken if place[0] == part.source]
    if not money:
        return found
    at = part.offset
    return [c for c in found if not any(start < c.end + at and c.start + at < end for start, end in money)]


def _of_part(part: Part, taken: Sequence[_Place]) -> list[_Weighed]:
    """The counts of a part; of ``12桶…有两桶漏`` and ``120盏…，9盏不亮`` the second is what is affected."""
    found = _counts(part, taken, lines=False)
    weighed = [_weigh(part, count) for count in found]
    for place in range(len(found) - 1):
        count, following = found[place], found[place + 1]
        between = part.text[count.end : following.start]
        alike = count.unit == following.unit or not count.unit or not following.unit
        if not alike or len(between) > 26 or following.said or weighed[place].weight >= _CLEAR:
            continue
        if part.lexicon(_ARRIVED_THEN).match(between) and weighed[place + 1].weight >= _CLAUSED:
            weighed[place] = replace(weighed[place], weight=0.0)
            continue
        if part.lexicon(_AFFECTED).search(told := between.rpartition(",")[0]):
            if "其中" in between and not part.lexicon(_VAGUE).search(
                told
            ):  # 42箱破损,其中11箱漏了: the first is what is affected
                weighed[place] = replace(weighed[place], weight=_CLEAR)
                weighed[place + 1] = replace(weighed[place + 1], weight=_LOT)
            continue
        if part.lexicon(_HAS).search(between) or (
            weighed[place + 1].weight > weighed[place].weight and between[-1:] in ",、"
        ):
            weighed[place] = replace(weighed[place], weight=0.0)
            weighed[place + 1] = replace(weighed[place + 1], weight=_CLEAR)
    return weighed


def _weigh(part: Part, count: Count) -> _Weighed:
    """How much speaks for a count being what is affected: words of trouble near it, not words of a lot."""
    text, start, end = part.text, count.start, count.end
    first, last = _bounds(_SENTENCE, text, start, end, 120)
    item = any(first - 6 <= place <= first + 1 for place in part.items)
    if count.said > 0:
        return _Weighed(part, count, _CLEAR, first, item)
    if count.said == counts.WHOLE or is_sound(text, start, part.lexicon):
        whole = _LOT if count.said == counts.WHOLE and part.lexicon(_LOT_BAD).search(text) else 0.0
        return _Weighed(part, count, whole, first, item)
    weight = _said_of(part, count, first, last)
    if weight > _LOT and _ONE.match(text, start):
        weight = _single(part, end, weight)
    if weight and re.search(r"又\S{0,4}$", text[max(0, start - 30) : start]):
        weight -= 0.15  # two more: the count itself was named before
    return _Weighed(part, count, weight, first, item)


def _said_of(part: Part, count: Count, first: int, last: int) -> float:
    """What the words right before and behind a count, and those of its clause and sentence, say of it."""
    text, start, end, lexicon = part.text, count.start, count.end, part.lexicon
    before = text[max(0, start - 30) : start]
    if lexicon(_SAMPLE).search(before) or lexicon(_PART_OF).match(text, end):
        return 0.0
    if lexicon(_STOCK).search(before):
        return _LOT / 2 if _troubled(part, first, last) else 0.0
    if any(lexicon(told).search(before) for told in (_FEWER, _PART_OF_BEFORE, _BAD_IN_ALL)):
        return _CLEAR
    if lexicon(_TOTAL).search(before):
        return _of_lot(part, start, first, last, left_over="剩" in before)
    if lexicon(_ASKED).search(before):
        return _LOT
    if lexicon(_WANTED_FIRST).search(before):
        return _LOT / 2
    if lexicon(_ARRIVED).match(text, end):
        return 0.0
    return _troubles_near(part, count, first, last)


def _troubles_near(part: Part, count: Count, first: int, last: int) -> float:
    if _troubled(part, *_bounds(_CLAUSE, part.text, count.start, count.end, 40)):
        return _CLAUSED
    if count.said < 0:
        return 0.0
    return _NEAR if _troubled(part, first, last) else _ALONE


def _of_lot(part: Part, start: int, first: int, last: int, *, left_over: bool) -> float:
    """A whole lot's count is little, but for a lot that is bad as a whole; the sentence goes from first to last."""
    text = part.text
    if part.lexicon(_WHOLE).search(text) or (left_over and _troubled(part, first, last)):
        if re.search("涉及|受影响|波及|affected", text[first:last]):
            return _CLEAR
        return _CLAUSED if part.lexicon(_LOT_BAD).search(text) else _LOT
    if _FEW.match(text, start) and _troubled(part, first - 20, last):
        return _LOT / 2  # who bought two and complains means both
    return _LOT / 4 if _troubled(part, first - 60, last + 20) else 0.0  # a quarter: all that was named


def _single(part: Part, end: int, weight: float) -> float:
    """One of many, or no more than an article: little, and nothing when no goods follow."""
    if weight > _ALONE:
        return weight - 0.25
    return _LOT / 2 if any(0 <= hit.start - end < 10 for hit in part.of("product")) else 0.0


_PART_OF_BEFORE = Grammar(
    rf"[\d{numerals.COUNTED}百千万]\s?[^\s\d,。;]{{1,3}}<part-of>(?:就|已)?(?:的|是|有|也有|坏|不良){{0,2}}\s?$"
)  # 50只里面是9只


def _troubled(part: Part, left: int, right: int) -> bool:
    if any(left <= hit.start < right for hit in part.of("defect_or_issue")):
        return True
    return part.lexicon(_AFFECTED).search(part.text, left, right) is not None


def _bounds(stops: re.Pattern[str], text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    floor = max(0, start - reach)
    found = [match.end() for match in stops.finditer(text, floor, start)]
    stop = stops.search(text, end, end + reach)
    return found[-1] if found else floor, stop.start() if stop else min(len(text), end + reach)
