"""How many: what is affected in a complaint (not the lot, not the sample), every line of an order or enquiry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mailflow.model import SUPERSEDED, Finding, Kind
from mailflow.reading import counts, superseded
from mailflow.reading.counts import UNITS, Count
from mailflow.reading.normalise import plain
from mailflow.reading.parts import Part
from mailflow.reading.spans import ENOUGH

_CHANGED = re.compile(
    rf"(?:改[成为到]|加到|减到|增加到|减少到|增至|减至|调整?[为到成]|make it|"
    rf"(?:change|increase|reduce|raise|cut)[a-z ]{{0,30}} to) ?"
    rf"(?P<value>\d{{1,9}}(?:,\d{{3}})*(?:\.\d+)?(?:\s?[万千k](?![a-z]))?(?:\s?(?:{UNITS}))?)(?![\d月号日./:-])"
)
# What stands before a count of the whole: delivered, ordered, sampled, in stock.
_SAMPLE = re.compile(
    r"(?:抽|抽检|抽了|抽查|抽测|抽样|送检|检验|检了|测了|试了|sampled?|tested|inspected|checked|留了?|写|应收|应发|实收|实到|"
    r"抽样数量?|送检数量?|检验数量?|到货数量?|送货数量?|订购数量?|订单数量?|交货数量?|发货数量?|来料数量?|批量|总数量?)"
    r"(?:的|是|为|有|约|大概|only|just|\t|:){0,2}\s{0,2}$"
)
_TOTAL = re.compile(
    r"(?:共|一共|总共|合计|总计|总数|总量|这批|该批|本批|全批|到货|来料|送来|送了?|发了?|发来|订了?|买了?|购买了?|采购了?|订购了?|"
    r"下了|供货|交货|发货|收到|进了|库存|还剩|剩余?|剩下|of|total|totally|ordered|delivered|shipped|supplied|bought|received|"
    r"purchased|of (?:our|the|your))(?:的|是|为|有|约|大概|only|just|\t|:){0,2}\s{0,2}$"
)
_HAS = re.compile(
    r"^[^\n。;!?]{0,10}?(?:(?:其?中|里面?)有?|有|(?:碎|坏|断|漏|破|丢|少|裂|烂|湿|化|瘪|缺|压[坏扁])[了掉]?)\s?$"
)
_PART_OF = re.compile(r"\s{0,2}(?:里面?|里头|当中|之?中|中间|内(?!包装|层|径|部))")
_WHOLE = re.compile(
    r"整批|全批|整柜|全部|全都|都不|都是|都有|无一|整车|涉及|受影响|波及|\ball\b|\bentire\b|\bwhole\b|\bevery\b|\baffected\b"
)
_AFFECTED = re.compile(
    r"不良|坏|没有|没(?=[发到收装贴交做送给来])|仍|还差|不行|异常|不合格|少|缺|短|漏|碎|破|裂|断|错|混|报废|有问题|卡|锈|脏|变形|故障|失效|"
    r"没反应|不能|无法|不亮|不符|不对|不通|不上|不了|不转|发霉|变质|过期|发黄|掉漆|划伤|划痕|脱落|松动|色差|污|渗|霉|鼓|炸|烧|"
    r"挑出|拆出|停|丢|压[坏扁]|湿|化了|死|退|召回|下架|查封|拒收|返工|返修|抱死|翘|瘪|弯|焊|气泡|气孔|杂质|起皮|开胶|脱胶|褪色|异味|发臭|糊|偏|歪|"
    r"defect|fail|broke|damag|crack|wrong|missing|short|leak|faulty|reject|dead|scratch|bent|stuck|late\b|report|gone|lost|"
    r"peel|rust|mould|mold|torn|wet|spoil|crush|dent|unusable|not work|stain|loose|burn|overdue|outstanding|mix"
)
_FEWER = re.compile(
    r"(?:还差|还缺|尚缺|还有|仍有|尚有|少了?|缺了?|短少?了?|漏发?了?|丢了?|差|不良|坏了?|挑出来?|其中有?|只有)(?:了|约|大概|大约)?\s?$"
)
_CLAUSE = re.compile(r"[,。;!?\n]|\.\s")
_SENTENCE = re.compile(r"[。;!?]|\.\s|\n\s*\n|\n\s{0,3}(?:\(?\d{1,2}[).、]|[一二三四五六七八九十][、.]|[-*•●])")
_ASKED = re.compile(
    r"(?:补寄|补发|补|重发|重寄|更换|换|寄|赔|再发|send|replace|need|deliver)(?:我们?|us)?(?:先)?\s{0,2}$"
)
_ONE = re.compile(r"[一1](?![\d十百千万.,])|one\b")
_FEW = re.compile(r"(?:[2-5]|[两二三四五])(?![\d十百千万.,])")
_LOT_BAD = re.compile(
    r"(?:整批|全批|整柜|整车)(?!退|换|返|检|复)|(?:whole|entire) (?:batch|lot|shipment|delivery|order)"
)
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
        return _changed(parts) if kind is Kind.ORDER_CHANGE and _changed(parts) else _lines(parts, taken)
    weighed = [item for part in parts for item in _of_part(part, taken)]
    stale = [item for item in weighed if superseded.is_stale(item.part, item.count.start, item.count.end)]
    weighed = [item for item in weighed if item.weight > 0 and item not in stale]
    found = _once(_finding(item) for item in _best(weighed))
    if found:
        found += [replace(_finding(item), confidence=SUPERSEDED, rule="quantity-corrected") for item in stale]
    return found


def _once(found: Iterable[Finding]) -> list[Finding]:
    first: dict[str, Finding] = {}
    for finding in found:
        first.setdefault(finding.value.casefold(), finding)
    return list(first.values())


def _changed(parts: Sequence[Part]) -> list[Finding]:
    return [
        part.finding("quantity", match.start("value"), match.end("value"), "quantity-changed", 0.9)
        for part in parts
        for match in islice(_CHANGED.finditer(part.text), ENOUGH)
    ]


def _lines(parts: Sequence[Part], taken: Sequence[_Place]) -> list[Finding]:
    found: list[Finding] = []
    for part in parts:
        # Two lines of one table may order the same; what an earlier part said is not said again.
        known = {finding.value.casefold() for finding in found}
        for count in _counts(part, taken, lines=True):
            if count.said < 0 or plain(part.original[count.start : count.end]).casefold() in known:
                continue
            stale = superseded.is_stale(part, count.start, count.end)
            rule, confidence = ("quantity-corrected", SUPERSEDED) if stale else (count.rule, 0.8)
            found.append(part.finding("quantity", count.start, count.end, rule, confidence))
    return found[:_MAX_LINES]


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
        if item.weight >= (_NEAR if item.item else floor) and (id(item.part), item.sentence) not in told
    ]
    return [item for item in weighed if item in best or item in more][:_MAX_AFFECTED]


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
        if not alike or len(between) > 14 or following.said > 0 or weighed[place].weight >= _CLEAR:
            continue
        if _HAS.search(between) or (weighed[place + 1].weight > weighed[place].weight and between[-1:] in ",、"):
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
    before = text[max(0, start - 30) : start]
    left, right = _bounds(_CLAUSE, text, start, end, 40)
    sentence = text[first:last]
    weight = 0.0
    if _SAMPLE.search(before) or _PART_OF.match(text, end):
        pass
    elif _TOTAL.search(before):
        weight = _LOT if _WHOLE.search(text) or (_troubled(part, first, last) and "剩" in before) else 0.0
        if weight and re.search("涉及|受影响|波及|affected", sentence):
            weight = _CLEAR
        elif weight and _LOT_BAD.search(text):
            weight = _CLAUSED
        elif not weight and _FEW.match(text, start) and _troubled(part, first - 20, last):
            weight = _LOT / 2  # who bought two and complains means both
    elif _ASKED.search(before):
        weight = _LOT
    elif _FEWER.search(before) or _PART_OF_BEFORE.search(before):
        weight = _CLEAR
    elif _troubled(part, left, right):
        weight = _CLAUSED
    elif count.said < 0:
        pass
    elif _troubled(part, first, last):
        weight = _NEAR
    else:
        weight = _ALONE
    if weight and _ONE.match(text, start):
        weight = _single(part, end, weight)
    if weight and re.search(r"又\S{0,4}$", before):
        weight -= 0.15  # two more: the count itself was named before
    return _Weighed(part, count, weight, first, item)


def _single(part: Part, end: int, weight: float) -> float:
    """One of many, or no more than an article: little, and nothing when no goods follow."""
    if weight > _ALONE:
        return weight - 0.25
    return _LOT / 2 if any(0 <= hit.start - end < 10 for hit in part.of("product")) else 0.0


_PART_OF_BEFORE = re.compile(
    r"[\d一二两三四五六七八九十百千万]\s?[^\s\d,。;]{1,3}(?:里面?|里头|当中|之?中|中间)(?:就|已)?(?:的|是|有|也有|坏|不良){0,2}\s?$"
)  # 50只里面是9只


def _troubled(part: Part, left: int, right: int) -> bool:
    if any(left <= hit.start < right for hit in part.of("defect_or_issue")):
        return True
    return _AFFECTED.search(part.text, left, right) is not None


def _bounds(stops: re.Pattern[str], text: str, start: int, end: int, reach: int) -> tuple[int, int]:
    floor = max(0, start - reach)
    found = [match.end() for match in stops.finditer(text, floor, start)]
    stop = stops.search(text, end, end + reach)
    return found[-1] if found else floor, stop.start() if stop else min(len(text), end + reach)
