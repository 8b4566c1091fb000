"""Model, part and drawing numbers that stand without a label: beside the goods, in the subject, or in an order line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.model import Finding, Kind
from mailflow.reading.codes.labelled import names_our_case
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.products import candidates as goods
from mailflow.reading.text import tables

_CODE = re.compile(
    r"(?<![a-z0-9@._/+#=\\-])(?<![\d/p]:)(?=[a-z0-9./×*+-]{0,24}\d)[a-z0-9]{1,20}(?:[-/.×*+][a-z0-9]{1,12}){0,5}"
    r"(?![a-z0-9@=\\]|[./_-][a-z0-9])(?:[ ](?:rev\.? ?[a-z0-9]{1,2}|ver\.? ?\d|v\d[\d.]{0,4}|em|c[2-5]|p[456]|"
    r"dn ?\d{1,4})(?![a-z0-9-]))?"
)
# Letters, then a size: a cable, a film, a profile.
_SIZED = re.compile(
    r"(?<![A-Za-z0-9@._/-])[A-Z][A-Z/-]{1,12} ?\d{1,4}(?:\.\d{1,2})?(?: ?[x×*] ?\d{1,4}(?:\.\d{1,2})?){0,3}"
    r"(?:\+\d ?[x×*] ?\d{1,3})?(?:mm²|mm2|mm|平方)?(?![A-Za-z0-9-])"
)
# A series, a blank, then its size: a pump, a fan, a valve.
_SERIES = re.compile(
    r"(?<![A-Za-z0-9@._/-])(?!(?:PO|NO|TEL|FAX|LOT|RMB|USD|EUR|CNY|BL|HBL|MBL|SF|ISO|IEC|GB|EN|DIN|ASTM|ANSI|JIS|"
    r"HRC|HB|SN|NCR|RMA|"
    r"WO|SO|BKG|AWB|REF|INV|HS|ID|OA|QA|IP|TO|OF|ON|IN|AT|DN|PN|CC|SC|CI|PI|DO|QQ|VX)\b)[A-Z]{2,6} "
    r"\d{1,4}(?:[-/.x×*]\d{1,4}){1,3}(?:\+\d ?[x×*] ?\d{1,3})?[A-Z]{0,2}(?![A-Za-z0-9/@+-]| ?%)"
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
_PAPER_BEFORE = Grammar(r"<number-papers>[ ]?(?:号码?|编号|nos?\.?|number|#)?[ :为是]{0,3}$")
# So is what these words name: an order, a batch, a machine's own number, a parcel, a mistake, a case.
_OTHER_BEFORE = Grammar(
    r"(?:\b(?:po|so|wo|bl|b/l|hbl|mbl|awb|bkg|booking|(?:our|your|customer|order) ref|reference|s/n|sn|sr|serial|lots?"
    "|batch"
    "(?:es)?|heat|order|contract|waybill|tracking|invoice|ncr|rma|8d|alarm|fault|case|ticket"
    "|err|error|claim|report|certificate|container|vessel|voyage|flight|room|unit|rev|version"
    "|date code|d/c|dc|lc|l/c)|<number-others>)(?: (?:is|was|are|on|of|the|ones?|we|did|get"
    r"|got|code|label|marked))*[ ]?(?:号码?|nos?\.?|number|#)?(?:还是|就是|是)?(?:那个|这个|那张|这张)?[ :.为是"
    r"(\[]{0,3}$"
)
_LOOSE_LOT = re.compile(r"\b(?:lot|batch|serial|tracking|heat)\b[a-z ]{0,40}$")
_OTHER_AFTER = Grammar("[ ]?<number-others-behind>")
_CALLED = Grammar(r"<model-called>[ ]?[:：]?[ ]{0,2}$")  # 产品：X, 都是X: a model unless it is called something else
_TYPE_BEFORE = Grammar(r"<model-labels>[^\n。;!?a-z\d]{0,16}$")
_TYPE_AFTER = Grammar("[ ]?<model-behind>")
_FINE = Grammar(r"[^\n,。;!?]{0,24}?[ ,]?<fine-models>")
_POSTCODE = re.compile(r"[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}\b")
_GRADE = re.compile(
    r"\d{1,4}(?:\.\d+)?(?:g|kg|ml|l|克|升)[x×*]\d+|\d{1,3}[x×*]\d{1,4}(?:\.\d+)?(?:g|kg|ml|l)|"
    r"[a-z]{0,4}-?(?:20)?2[4-9](?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[a-z]{0,2}\d?|"
    r"[a-z]{1,6}[-/]?(?:20)?2[4-9](?:[-/]?(?:0[1-9]|1[0-2]))?[-/]\d{2,6}|"  # a paper by its year, month and number
    r"hrc\d.*|hb\d+.*|hv\d+.*|sus\d{3}[a-z]?|aisi.*|[234]\d\d[lsf]|q\d{3}[a-e]?|\d{2}(?:cr|mn|si|#)[a-z0-9]*|"
    r"[5-7]\d{3}-?t\d+|a\d{3}-?\d{0,3}|"
    r"(?:\d{1,2}[x×*])?(?:20|40|45)(?:gp|hq|hc|rf|ot|fr|ft|dv|dc)|(?:err|error|e)-?\d{2,6}|rs-?(?:232|485)|"
    r"u[ns]\d{4}|un38\.3|msds|"
    r"(?:pp|pa|pc|pe|abs|pbt|pom)\d{0,2}[+-].*|\d+(?:\.\d+)?%.*|v\d+(?:\.\d+){1,3}|(?:usb|type-c|hdmi|ip|wifi|bt|"
    r"4g|5g)[\d.-]*|"
    r"(?:cif|fob|exw|ddp|dap|rmb|usd|eur)\d.*|t/?t\d+|p[oi]-?\d.*|po[-_/].*|inv.*\d|sf\d{10,}|1z[0-9a-z]{10,}|"
    r"[a-z]{3}u\d{7}|\d+[x×*]\d+[hg][cqp]"
)
_MODEL_COLUMN = Grammar(
    "<model-column-prefixes>?<model-column-heads>|零件号|物料号|产品号|版号|(?:part|item|material"
    r"|article|art\.?|product|model|type|drawing|stock|cat(?:alog)?\.?)[ ]?(?:no\.?|nr\.?|number"
    r"|code|#|ref)?|p/?n|sku|mpn|ref\.?|size|spec(?:ification)?s?\.?"
)
_COLUMN_CODE = re.compile(r"(?=[^\t\n]{0,40}\d)[A-Za-z0-9φΦØ][A-Za-z0-9 ./×*+#_()-]{1,40}")
_DIGIT = re.compile(r"\d")
_SIZE = re.compile(r"\d{1,4}(?:\.\d+)?(?:[×*x]\d{1,4}(?:\.\d+)?){1,3}")
_UNITS = (
    "mm|cm|dm|m|km|kg|g|mg|t|ml|l|v|kv|w|kw|a|ma|hz|khz|mhz|h|k|s|ms|min|pcs|pc|ea|sets?|units?|rolls?|boxes|box|"
    "ctns?|usd|rmb|eur|cny|"
    "am|pm|st|nd|rd|th|d|x|mb|gb|ppm|bar|mpa|pa|nm|c|f|yd|ft|in|inch|mah|db|rpm|days?|hrs?|hours?|weeks?|months?|"
    "years?|yrs?|dpi|kb|tb|px|lm"
)
_NO_MODEL = re.compile(
    rf"\d+(?:[.,]\d+)*(?:{_UNITS})|v\d[\d.]*|[a-z]\d{{1,3}}|\d{{1,2}}[a-z]|\d+[-/.]\d+(?:[-/.]\d+)?|\d+(?:\.\d+)?|"
    r"i[pe]\d{1,2}[a-z]?|[a-z]{1,3}[23]?/[a-z]{1,3}[23]?|[2-6]g(?:/[2-6]g){0,3}|"  # IP55, IE3, m3/h, 4G/5G
    r"(?:iso|iec|en|gb|gb/t|din|ansi|astm|ul|jis|qs|ts|iatf|as|bs)[-/ ]?\d[\d.:-]*|co2|h2o|pm2\.5|utf-8|mp[34]|win\d+|"
    r"covid-?19|"
    r"dn\d{1,4}|pn\d{1,3}|no\.?\d+|q[1-4]|fy\d+|w\d{1,2}|wk\d+|\d{1,2}-\d{1,2}[a-z]+|\d{4}q\d|http.*|www.*|24x7|24/7|"
    r"7x24|office365|c4d|b2b|b2c|o2o|\d+/\d+|"
    r"\d+(?:\.\d+)?/\d+(?:\.\d+)?(?:kv|v|a|w)"
)
_QUANTITY_AFTER = Grammar(r"[\s:,)（(]{0,6}(?:[\u4e00-\u9fff]{0,4}\s{0,2})?\d{1,7}\s?<units-behind-code>")
_LINE_KINDS = frozenset({Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE, Kind.INQUIRY})
_MAX = 30
_SHORTEST_NUMBER = 4  # of a bare number in a column of models; shorter ones count the lines
_NAMED = 0.45  # how sure a name must be to vouch for the code beside it


@dataclass(slots=True)
class _Candidate:
    part: Part
    start: int
    end: int
    rule: str
    beside: bool = False  # whether a name of goods stands next to it


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
    looks = {_look(finding.value) for finding in taken if finding.field in ("order_no", "batch_no")}
    candidates = [item for item in candidates if item.rule == "model-column" or _look(_key(item)) not in looks]
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
    found = list(_codes(part))
    names = [(hit.start, hit.end) for hit in goods.find(part) if hit.rule.confidence >= _NAMED] if found else []
    for item in found:
        near = any(
            -2 <= start - item.end <= 3 or (-2 <= item.start - end <= 4 and "," not in part.text[end : item.start])
            for start, end in names
        )
        item.beside = near
        yield item


def _codes(part: Part) -> Iterator[_Candidate]:
    if not _DIGIT.search(part.text):
        return  # every one of them holds a digit
    taken: list[tuple[int, int]] = []
    for cell in tables.cells(part)[: 4 * ENOUGH]:
        words = part.original[cell.start : cell.end]
        if any(sign.isdigit() for sign in words):
            taken.append((cell.start, cell.end))
        if length := _model_in(part, cell.label, words):
            yield _Candidate(part, cell.start, cell.start + length, "model-column")
    yield from _by_form(part, taken)
    for match in _CODE.finditer(part.text):
        if _overlap(match.span(), taken):
            continue
        if _SIZE.fullmatch(match[0]):
            yield _Candidate(part, match.start(), match.end(), "model-size")
        elif any("a" <= c <= "z" for c in match[0]) and not _is_no_model(part, match):
            yield _Candidate(part, match.start(), match.end(), "model-code")


def _model_in(part: Part, label: str, words: str) -> int:
    """How long the code is that a cell begins with, 0 for none: below 型号 (CXW-ZW90侧吸), or below a heading of names
    where the goods have no other name.  A short bare number counts the lines.
    """
    code = _COLUMN_CODE.match(words)
    if code is None or (words.isdigit() and len(words) < _SHORTEST_NUMBER):
        return 0
    length = len(code[0].rstrip())
    if part.lexicon(_MODEL_COLUMN).fullmatch(label):
        return length if length == len(words) or "\u4e00" <= words[length] <= "\u9fff" else 0
    named = part.lexicon(goods.NAME_COLUMN).fullmatch(label) is not None
    return length if named and length == len(words) and " " not in words and _strong(fold(words)) else 0


def _by_form(part: Part, taken: list[tuple[int, int]]) -> Iterator[_Candidate]:
    """Codes whose form or place alone says that they are models; ``taken`` grows by them, the surest first."""
    for match in islice(_SERIES.finditer(part.original), ENOUGH):
        if not _overlap(match.span(), taken) and not _is_other(part, *match.span()):
            taken.append(match.span())
            yield _Candidate(part, match.start(), match.end(), "model-series")
    for match in islice(_SIZED.finditer(part.original), ENOUGH):
        if _overlap(match.span(), taken):
            continue
        if any(sign in match[0] for sign in "x×*") or match[0].endswith(("mm", "mm²", "mm2", "平方")):
            taken.append(match.span())
            yield _Candidate(part, match.start(), match.end(), "model-sized")
    sections = islice(_SECTION.finditer(part.original), ENOUGH) if _has_area(part.original) else ()
    for match in sections:
        if not _overlap(match.span(), taken):
            taken.append(match.span())
            yield _Candidate(part, match.start(), match.end(), "model-section")
    for match in islice(_LINE_CODE.finditer(part.text), ENOUGH):
        if _overlap(match.span("code"), taken):
            continue
        taken.append(match.span("code"))
        yield _Candidate(part, match.start("code"), match.end("code"), "model-line")


def _has_area(text: str) -> bool:
    return "mm" in text or "平方" in text


def _is_no_model(part: Part, match: re.Match[str]) -> bool:
    """Whether a code is known to be something else: by its form, or by the words round it."""
    text, start, end = part.text, match.start(), match.end()
    return bool(
        _NO_MODEL.fullmatch(match[0])
        or names_our_case(part, start)
        or _GRADE.fullmatch(match[0])
        or _is_other(part, start, end)
        or part.lexicon(_FINE).match(text, end)
        or _POSTCODE.match(text, start)
        or _PLATE_BEFORE.search(text[max(0, start - 8) : start])
        or part.lexicon(_PAPER_BEFORE).search(text[max(0, start - 20) : start])
    )


def _is_other(part: Part, start: int, end: int) -> bool:
    """Whether the words round a code call it the number of an order, a batch, a parcel or a case."""
    before = part.text[max(0, start - 48) : start]
    return bool(
        part.lexicon(_OTHER_BEFORE).search(before[-30:])
        or _LOOSE_LOT.search(before)
        or part.lexicon(_OTHER_AFTER).match(part.text, end)
    ) and not part.lexicon(_TYPE_BEFORE).search(before[-24:])


def _look(words: str) -> str:
    """A code with any digit for each of its digits: two numbers of one series look alike."""
    return re.sub(r"\d", "9", words.casefold())


def _overlap(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _confidence(item: _Candidate, kind: Kind, count: int) -> float:
    """How surely it is a model: beside the goods, in a line with a quantity, in the subject, or said twice."""
    text, lexicon = item.part.text, item.part.lexicon
    if item.rule == "model-column":
        return 0.9
    before = text[max(0, item.start - 24) : item.start]
    if item.beside or lexicon(_TYPE_BEFORE).search(before) or lexicon(_CALLED).search(before):
        return 0.8
    if item.rule == "model-series" or lexicon(_TYPE_AFTER).match(text, item.end):
        return 0.75
    if item.rule == "model-line":
        return 0.75 if kind in _LINE_KINDS else 0.0
    if item.rule == "model-section":
        return 0.75 if kind in _LINE_KINDS else 0.65
    lined = kind in _LINE_KINDS and bool(lexicon(_QUANTITY_AFTER).match(text, item.end))
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
