"""Model, part and drawing numbers that stand without a label: beside the goods, in the subject, or in an order line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.model import Finding, Kind
from mailflow.reading.parts import Part
from mailflow.reading.shapes import names_our_case
from mailflow.reading.spans import ENOUGH

_CODE = re.compile(
    r"(?<![a-z0-9@._/+#:=\\-])(?=[a-z0-9./×*+-]{0,24}\d)[a-z0-9]{1,12}(?:[-/.×*+][a-z0-9]{1,12}){0,5}"
    r"(?![a-z0-9@=\\]|[./_-][a-z0-9])(?:[ ](?:rev\.? ?[a-z0-9]{1,2}|ver\.? ?\d|v\d[\d.]{0,4}|em|c[2-5]|p[456]|"
    r"dn ?\d{1,4})(?![a-z0-9-]))?"
)
# Letters, then a size: a cable, a film, a profile.
_SIZED = re.compile(
    r"(?<![A-Za-z0-9@._/-])[A-Z][A-Z/-]{1,12} ?\d{1,4}(?:\.\d{1,2})?(?: ?[x×*] ?\d{1,4}(?:\.\d{1,2})?){0,3}"
    r"(?:\+\d ?[x×*] ?\d{1,3})?(?:mm²|mm2|mm|平方)?(?![A-Za-z0-9-])"
)
# A cable by its cores and section: ``4C x 70 mm2``, ``3×2.5平方``.
_SECTION = re.compile(
    r"(?<![\w.-])(?:\d{1,3} ?[Cc]? ?[x×*] ?)?\d{1,4}(?:\.\d{1,2})?(?: ?\+ ?\d ?[x×*] ?\d{1,4})? ?"
    r"(?:mm²|mm2|sq ?mm|平方)(?!\w|米)"
)
_LINE_CODE = re.compile(  # a bare number in front of a quantity: a bearing, an article
    r"(?:^|\n)[ \t]{0,4}(?:\(?\d{1,2}[).、,][ \t]{0,2})?(?P<code>\d{4,8})"
    r"(?=[ \t]{1,8}[1-9]\d{0,5} ?(?:pcs|sets?|只|个|件|套|台|支|根|条))"
)
_PLATE_BEFORE = re.compile(r"(?:[\u4e00-\u9fff][a-z][·. ]?|车牌号?[^\n]{0,4})$")
# The number of a paper, an account or a ticket is no model, whatever it looks like.
_PAPER_BEFORE = re.compile(
    r"(?:invoice|inv\.?|quotation|quote|receipt|ticket|account|发票|票据|收据|报价单|对账单|送货单|发货单|出库单|入库单|工单|流水|税|账|帐|卡|证)"
    r"[ ]?(?:号码?|编号|nos?\.?|number|#)?[ :为是]{0,3}$"
)
_SIZE = re.compile(r"\d{1,4}(?:\.\d+)?(?:[×*x]\d{1,4}(?:\.\d+)?){1,3}")
_UNITS = (
    "mm|cm|dm|m|km|kg|g|mg|t|ml|l|v|kv|w|kw|a|ma|hz|khz|mhz|h|k|s|ms|min|pcs|pc|ea|sets?|units?|rolls?|boxes|box|"
    "ctns?|usd|rmb|eur|cny|"
    "am|pm|st|nd|rd|th|d|x|mb|gb|ppm|bar|mpa|pa|nm|c|f|yd|ft|in|inch|mah|db|rpm|days?|hrs?|hours?|weeks?|months?|"
    "years?|yrs?|dpi|kb|tb|px|lm"
)
_NO_MODEL = re.compile(
    rf"\d+(?:[.,]\d+)*(?:{_UNITS})|v\d[\d.]*|[a-z]\d{{1,3}}|\d{{1,2}}[a-z]|\d+[-/.]\d+(?:[-/.]\d+)?|\d+(?:\.\d+)?|"
    rf"ip\d\d|"
    r"(?:iso|iec|en|gb|gb/t|din|ansi|astm|ul|jis|qs|ts|iatf|as|bs)[-/ ]?\d[\d.:-]*|co2|h2o|pm2\.5|utf-8|mp[34]|win\d+|"
    r"covid-?19|"
    r"dn\d{1,4}|pn\d{1,3}|no\.?\d+|q[1-4]|fy\d+|w\d{1,2}|wk\d+|\d{1,2}-\d{1,2}[a-z]+|\d{4}q\d|http.*|www.*|24x7|24/7|"
    r"7x24|office365|c4d|b2b|b2c|o2o|\d+/\d+|"
    r"\d+(?:\.\d+)?/\d+(?:\.\d+)?(?:kv|v|a|w)"
)
_QUANTITY_AFTER = re.compile(
    r"[\s:,)（(]{0,6}(?:[\u4e00-\u9fff]{0,4}\s{0,2})?\d{1,7}\s?(?:pcs|sets?|units?|只|个|件|套|台|支|根|条|张|米|卷|"
    r"盘|箱|块|片|m\b|rolls?)"
)
_LINE_KINDS = frozenset({Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE, Kind.INQUIRY})
_MAX = 30


@dataclass(frozen=True, slots=True)
class _Candidate:
    part: Part
    start: int
    end: int
    rule: str


def find(parts: Sequence[Part], kind: Kind, taken: Iterable[Finding]) -> list[Finding]:
    """Model numbers without a label, unless another fact already rests on the same words."""
    taken = list(taken)
    spans = [(finding.source, finding.start, finding.end) for finding in taken]
    known = {finding.value.lower() for finding in taken}
    candidates = [
        item
        for part in parts
        for item in islice(_candidates(part), ENOUGH)
        if not _overlaps(item, spans) and _key(item) not in known
    ]
    counts = Counter(_key(item) for item in candidates)
    found: dict[str, Finding] = {}
    for item in candidates:
        confidence = _confidence(item, kind, counts[_key(item)])
        key = _key(item)
        if confidence and (key not in found or found[key].confidence < confidence):
            found[key] = item.part.finding("model", item.start, item.end, item.rule, confidence)
    best = max((finding.confidence for finding in found.values()), default=0.0)
    floor = best - 0.1 if kind not in _LINE_KINDS else 0.0
    kept = [finding for key, finding in found.items() if finding.confidence >= floor and not _begins(key, found)]
    order = {part.source: index for index, part in enumerate(parts)}
    return sorted(kept, key=lambda finding: (order[finding.source], finding.start))[:_MAX]


def _begins(key: str, others: Iterable[str]) -> bool:
    """Whether this is another model without its ending: ``ab208`` beside ``ab208 em``."""
    return any(other.startswith((f"{key} ", f"{key}/")) for other in others)


def _candidates(part: Part) -> Iterator[_Candidate]:
    taken: list[tuple[int, int]] = []
    for match in islice(_SIZED.finditer(part.original), ENOUGH):
        if any(sign in match[0] for sign in "x×*") or match[0].endswith(("mm", "mm²", "mm2", "平方")):
            taken.append(match.span())
            yield _Candidate(part, match.start(), match.end(), "model-sized")
    for match in islice(_SECTION.finditer(part.original), ENOUGH):
        if not any(match.start() < end and start < match.end() for start, end in taken):
            taken.append(match.span())
            yield _Candidate(part, match.start(), match.end(), "model-section")
    for match in islice(_LINE_CODE.finditer(part.text), ENOUGH):
        taken.append(match.span("code"))
        yield _Candidate(part, match.start("code"), match.end("code"), "model-line")
    for match in _CODE.finditer(part.text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        words = match[0]
        if _SIZE.fullmatch(words):
            yield _Candidate(part, match.start(), match.end(), "model-size")
        elif any("a" <= c <= "z" for c in words) and not (
            _NO_MODEL.fullmatch(words)
            or names_our_case(part, match.start())
            or _PLATE_BEFORE.search(part.text[max(0, match.start() - 8) : match.start()])
            or _PAPER_BEFORE.search(part.text[max(0, match.start() - 20) : match.start()])
        ):
            yield _Candidate(part, match.start(), match.end(), "model-code")


def _confidence(item: _Candidate, kind: Kind, count: int) -> float:
    """How surely it is a model: beside the goods, in a line with a quantity, in the subject, or said twice."""
    text = item.part.text
    if any(-2 <= hit.start - item.end <= 3 or -2 <= item.start - hit.end <= 4 for hit in item.part.of("product")):
        return 0.8
    if item.rule == "model-line":
        return 0.75 if kind in _LINE_KINDS else 0.0
    if item.rule == "model-section":
        return 0.75 if kind in _LINE_KINDS else 0.65
    lined = kind in _LINE_KINDS and bool(_QUANTITY_AFTER.match(text, item.end))
    if lined:
        return 0.75
    words = text[item.start : item.end]
    if item.rule == "model-size" or not _strong(words):
        return 0.0
    if item.rule == "model-sized":
        return 0.7
    if item.part.source == "subject" or count > 1:
        return 0.65
    return 0.5 if kind in (Kind.COMPLAINT, *_LINE_KINDS) else 0.0


def _strong(words: str) -> bool:
    """Two kinds of signs at least: letters and digits in several groups, as in ``ab-220c``."""
    return len(words) >= 4 and sum(c.isdigit() for c in words) >= 2 and any("a" <= c <= "z" for c in words)


def _overlaps(item: _Candidate, spans: Sequence[tuple[str, int, int]]) -> bool:
    start, end = item.part.offset + item.start, item.part.offset + item.end
    return any(item.part.source == source and start < last and first < end for source, first, last in spans)


def _key(item: _Candidate) -> str:
    return item.part.text[item.start : item.end]
