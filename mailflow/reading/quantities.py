"""How many: what is affected in a complaint, every line of an order or enquiry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.model import Finding, Kind
from mailflow.reading.parts import Part
from mailflow.reading.spans import ENOUGH

_UNITS = (
    "pcs|pc|pieces|piece|sets|set|units|unit|boxes|box|cartons|carton|ctns|rolls|roll|bags|drums|drum|reels|reel|"
    "pallets|pallet|"
    "pairs|pair|sheets|kgs|kg|tons|tonnes|ton|mt|meters|metres|m(?![a-z²³/])|km|ea|bottles|cases|parcels|packs|"
    "公里|千米|公斤|千克|平方米|立方|个账号|只|件|套|台|箱|卷|盘|包|支|根|条|张|片|块|袋|瓶|桶|罐|双|副|单|票|托|板|"
    "吨|米|匹|颗|粒|"
    "枚|把|扇|盒|辆|部|本|册|令|樘|组|对|码|斤|个(?!月|小时|工作日|人|多?小时|星期|礼拜|问题|说法|交代|准话|电话|"
    "点|地方|方案|事)"
)
_ZH_NUMBER = "[一二两三四五六七八九十百千]{1,6}"
_QUANTITY = re.compile(
    rf"(?<![a-z0-9_.:/×*#-])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}}(?:\.\d{{1,3}})?|{_ZH_NUMBER})"
    rf"\s?(?:of (?:the |our |your )?\d[\d,]{{0,8}} )?(?P<scale>万|千|百|"
    rf"k(?![a-z]))?[多余来]?\s?(?P<unit>{_UNITS})(?![a-z])"
)
_EN_COUNT = re.compile(
    r"(?<![a-z0-9_.,:/×*#-])(?P<number>\d{1,3}(?:,\d{3})+|\d{1,6}|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"twelve)"
    r"(?: of (?:the |our |your |these )?(?:\d[\d,]{0,8}|"
    r"[a-z]+))? (?=(?:[a-z0-9\"'.-]{1,15} ){0,3}?(?P<noun>[a-z]{3,20}))"
)
_CHANGED = re.compile(
    rf"(?:改[成为到]|加到|减到|增加到|减少到|make it|(?:change|increase|reduce|raise|cut)[a-z ]{{0,30}} to) ?"
    rf"(\d{{1,9}}(?:,\d{{3}})*(?:\.\d+)?(?:\s?(?:{_UNITS}))?)(?![\d月号日./-])"
)
_TOTAL = re.compile(
    r"(?:共|一共|总共|合计|总计|总数|总量|这批|该批|本批|全批|批量|到货|来料|送了|发了|订了|买了|购买了?|采购了?|"
    r"订购了?|下了|供货|交货|发货|抽|抽检|抽了|抽查|实收|"
    r"应收|应发|写|库存|还剩|剩余?|of|total|ordered|delivered|shipped|supplied|bought|received)(?:的|是|为|有|约|大概|"
    r"only|just)?\s{0,2}$"
)
_AFFECTED = re.compile(
    r"不良|坏|没有|没(?=[发到收])|仍|还差|不行|异常|不合格|少|缺|短|漏|碎|破|裂|断|错|混|报废|有问题|卡|锈|脏|变形|"
    r"故障|失效|没反应|不能|无法|"
    r"挑出|停|丢|"
    r"defect|fail|broken|damaged|crack|wrong|missing|short|leak|faulty|reject|dead|scratch|bent|stuck|late|report"
)
_CLAUSE = re.compile(r"[,。;!?\n]|\.\s")
_LINE_KINDS = frozenset({Kind.RFQ, Kind.ORDER, Kind.INQUIRY, Kind.ORDER_CHANGE})
_MAX_AFFECTED, _MAX_LINES = 3, 60


@dataclass(frozen=True, slots=True)
class _Count:
    start: int
    end: int
    affected: float


def find(parts: Sequence[Part], kind: Kind) -> list[Finding]:
    """The quantities that matter for this kind of mail."""
    lines = kind in _LINE_KINDS
    found: list[Finding] = []
    if kind is Kind.ORDER_CHANGE:
        found = [
            part.finding("quantity", match.start(1), match.end(1), "quantity-changed", 0.9)
            for part in parts
            for match in islice(_CHANGED.finditer(part.text), ENOUGH)
        ]
        if found:
            return found
    for part in parts:
        counts = list(islice(_counts(part), ENOUGH))
        if not lines:
            counts = [count for count in counts if count.affected > 0]
        for count in counts:
            confidence = 0.8 if lines else 0.5 + 0.3 * min(count.affected, 1.0)
            found.append(part.finding("quantity", count.start, count.end, "quantity", confidence))
    if lines:
        return found[:_MAX_LINES]
    best = sorted(found, key=lambda finding: -finding.confidence)[:_MAX_AFFECTED]
    top = best[0].confidence if best else 0.0
    return [finding for finding in found if finding in best and finding.confidence >= top - 0.1]


def _counts(part: Part) -> Iterator[_Count]:
    text = part.text
    for match in _QUANTITY.finditer(text):
        if match["number"] in ("一", "1") and match["unit"] in ("部", "个", "把", "条", "块", "片", "张", "本"):
            continue  # 一批, 一个 ... are articles
        yield _Count(match.start(), match.end(), _affected(part, match.start(), match.end()))
    nouns = {part.text[hit.start : hit.end].split()[-1] for hit in part.of("product") if hit.start < hit.end}
    for match in _EN_COUNT.finditer(text):
        if match["noun"] in nouns:
            end = match.end("number")
            yield _Count(match.start(), end, _affected(part, match.start(), end))


def _affected(part: Part, start: int, end: int) -> float:
    """How much speaks for a count being what is affected: words of trouble in its clause, not words of a lot."""
    text = part.text
    before = text[max(0, start - 30) : start]
    if _TOTAL.search(before):
        return -1.0
    stops = [match.end() for match in _CLAUSE.finditer(before)]
    left = start - (len(before) - stops[-1]) if stops else max(0, start - 30)
    stop = _CLAUSE.search(text, end, end + 40)
    right = stop.start() if stop else min(len(text), end + 40)
    if any(left <= hit.start < right for hit in part.of("defect_or_issue")):
        return 1.0
    return 0.6 if _AFFECTED.search(text, left, right) else 0.0
