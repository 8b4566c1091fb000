"""Counts with their units in running text: ``42只``, ``8.6万只``, ``一千二百米``, ``3K``, ``12 of the 150 boards``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text import tables
from mailflow.reading.text.numerals import COUNTED, ONES

_ENGLISH = r"m(?![a-z\d²³/]|<metres-not>)|<units-english>"
_NOT_COUNTED = "<units-ge-not>"
UNITS = f"<units>|{_ENGLISH}|个(?!{_NOT_COUNTED})"
_ZH_SIGN = f"[{COUNTED}百千]"
_ZH_NUMBER = f"{_ZH_SIGN}(?:[{COUNTED}百千万零〇]{{0,9}}{_ZH_SIGN})?(?![年月日号天周])"
# A unit on the next line must not begin another word: a phone number, then 张工.
_GAP = r"(?:[ \t\u3000]{0,2}|[ \t]?\n[ \t>]{0,3}(?=[^\n]{1,3}(?:[^\u4e00-\u9fffa-z]|不良|坏|有|$)))"
_COUNT = Grammar(
    rf"(?<![a-z0-9_./×*#第零〇{COUNTED}百千-])(?<!\d:)(?:(?<=\d\*)|(?<=[a-z]\*)|)(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"
    rf"|\d{{1,3}}(?:\.\d{{3}})+(?![\d.])|(?:0\.\d{{1,4}}|[1-9]\d{{0,8}}(?:\.\d{{1,3}})?)|{_ZH_NUMBER})\s?(?:of\s(?:the\s"
    rf"|our\s|your\s)?\d[\d,]{{0,8}}\s)?(?P<scale>万|千|百|k(?![a-z]))?[多余来几]?{_GAP}(?:(?P<unit>{UNITS})(?![a-z])"
    r"|(?<=\dk)(?=[\s,。;.!)]|$))"
)
_NOT_NUMBERS = re.compile(rf"[\u4e00-\u9fff]*[{ONES}][{ONES}]+$")
# What stands before a number that names a standard, a date code or a colour of light: it counts nothing.
_NUMBER_OF = Grammar(r"<number-standards>[ -]?$|<number-of-code>[^\n,。;\d]{0,3}$")
_ARTICLES = "units-articles"
_ALONE = ("一", "1")
_OF_BODIES = ("只", "个", "根", "条", "颗", "斤")
_ORDINAL_UNITS = frozenset("部单票面")
_MEASURES = Grammar("<units-measures>")
_NAME_UNITS = "units-names"
_GERMAN = re.compile(r"\d{1,3}(?:\.\d{3})+")
_EACH = re.compile(
    r"(?:每|一)(?:一)?[箱盒袋包卷桶托板件套台盘瓶车柜捆批扎打只个条支][^\n,。;少缺短漏差坏破多]{0,4}$|\b(?:each|"
    r"every|per) [a-z]{3,10}(?: (?:has|holds|of|with|contains))? ?$"
)
_PACKED = Grammar(r"(?:/|每|per\b)|<packing-words>")
# What a length or a weight says of a thing: 1.8米床, 25公斤桶, 5米卷尺.
_SIZED = Grammar("<size-words>")
_BODY = Grammar(r"<body-parts>[^\n,。;]{0,6}$")
_LIMBS = Grammar("<limbs>")
_NOT_ONE = re.compile(r"[^\n,。;!?]{0,6}(?:都|也)(?:还)?(?:没|不|未|无)|[^\n,。;!?]{0,3}没(?:有|见)")
_FEW = re.compile(r"(?<=了)(?P<value>俩|仨)(?![\u4e00-\u9fff])")
_CONTAINERS = re.compile(
    r"(?<![a-z0-9.-])\d{1,3} ?[x×*] ?(?:20|40|45) ?(?:gp|hq|hc|ft|dv|ot|fr|rf|rh|'|尺|呎)(?![a-z0-9])"
)
_LISTED = Grammar(
    r"(?<![a-z0-9.,/×*#$€£-])(?:\d{1,3}(?:,\d{3})+|\d{2,7})(?:\s?[/、]\s?(?:\d{1,3}(?:,\d{3})+|\d{2,7})){1,5}"
    rf"(?=\s?(?:{UNITS})(?![a-z]))"
)
_EACH_LISTED = re.compile(r"[\d,]+")
_EN_NUMBER = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty"
)
_EN_COUNT = re.compile(
    rf"(?<![a-z0-9_.,:/×*#$€£-])(?<!\$ )(?<!\bpo )(?<!\bno )(?<!\bno\. )"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}|{_EN_NUMBER})"
    r"(?P<whole>\s(?:out\s)?of\s(?:the\s|our\s|your\s|these\s|all\s)?(?:\d[\d,]{0,8}[\"']?|[a-z]+))?"
    r"(?=(?P<words>(?:[ \n][a-z][a-z\"'-]{0,14}){1,4})(?![a-z]))"
)
_UNIT_NEXT = Grammar(f"[ ](?:{_ENGLISH})(?![a-z])")
_EN_NEVER = frozenset(
    "days hours weeks months years minutes seconds times people persons men women calls emails mails percent points "
    "customers staff per each kg mm cm bar engineers technicians guests issues questions requests "
    "problems things lines pages working "
    "business calendar reasons ways options of the and our your this that was has were are his its bars degrees "
    "euros dollars pounds cents employees colleagues workers drivers users january february march april may june july "
    "august september october november december addresses previous photos pictures sites status process less access "
    "business always photos videos reminders attempts visits steps parts hs os us is as".split()
) - {"parts"}
_SAMPLED = Grammar(
    r"<sampling-verbs>[了到]?\s?\d{1,6}(?P<u>[只件个套台支根条张片块袋瓶盒箱pcs]{0,3})[,，\s]{0,2}(?:其?中?有?|<sampling-bad>)\s?(?P<part>\d{1,"
    r"6})(?!\d|[./:年月日%])"
)
_SHARE = Grammar(
    r"<bad-rates>[^\d\n。,;]{0,6}(?P<share>\d{1,5})\s?/\s?(?P<of>\d{1,6})(?![\d/年月日])|(?<![\d./-])(?P<share2>\d{1,5}"
    r")\s?/\s?(?P<of2>\d{1,6})\s?(?:pcs|只|件|个|台)?\s?<bad-rates>"
)
_OUT_OF = Grammar(
    rf"(?<![a-z0-9.,/×*#$€£-])(?P<part>\d{{1,6}}(?:[ ](?:{_ENGLISH}))?)[ ](?:out[ ]of|of[ ]a[ ]total[ ]of)[ ]"
    r"(?:the[ ]|our[ ]|your[ ]|these[ ]|a[ ]total[ ]of[ ])?\d"
)
_OF_WHICH = re.compile(  # out of the 210 fitted I count 64
    rf"\b(?:out )?of (?:the |our |your |these |those |"
    rf"all )?\d[\d,]{{0,7}}(?: [a-z']{{1,12}}){{0,6}}?,?[ ](?P<part>\d{{1,3}}(?:,\d{{3}})*|{_EN_NUMBER})"
    r"(?= (?:that|which|are|were|had|have|failed|came|arrived|did|do|show|showed|was|is|pcs|units|pieces|"
    r"[a-z]{3,12} (?:are|were|had|have|failed|came|arrived))\b|[,.;](?!\d)|$)"
)
_TOTALS = "<total-words>"
_WHOLES = Grammar(
    rf"(?:{_TOTALS})(?:的|件|箱|货)?(?:数量?|件数|箱数|qty|quantity|size)?(?:\([^()\n]{{1,6}}\))?"
    rf"[ \t]{{0,2}}[:=][ \t]{{0,3}}(?P<value>(?:\d[\d,.]{{0,8}}\d|\d)(?:[ ]?(?:{UNITS})(?![a-z]))?)"
)
_LABELLED = Grammar(
    r"(?:(?P<bad><bad-labels>|<bad-headings>)(?:品|件|箱)?(?:数量?|件数|箱数|qty|quantity)?(?:\([^()\n]{1,6}\))?|<ordered-labels>)"
    r"[ \t]{0,2}[:= ][ \t]{0,3}(?P<value>(?:\d{1,3}(?:,\d{3})+|\d{1,8}(?:\.\d{1,3})?)"
    rf"(?:[ ]?(?:{UNITS})(?![a-z]))?)"
    r"(?!\d|[.,:-]\d|[/%]|[ ]?[a-z\u4e00-\u9fff])"
)
_DIGIT = re.compile(r"\d")
_BAD_HEAD = Grammar("<bad-headings>")
_COUNT_OF = Grammar("<counts-of>")
_WHOLE_HEAD = Grammar(f"^(?:{_TOTALS})|(?:{_TOTALS})(?:数量?|qty|quantity)?$")
_LINE_HEAD = Grammar(r"^<ordered-heads>?<count-heads>(?:\([^()]{1,6}\))?$|^pcs$|<count-headings>")
_CELL = Grammar(rf"\d[\d,]{{0,9}}(?:\.\d{{1,3}})?[万k]?(?: ?(?:{UNITS}))?")
_LINE_END = re.compile(
    r"(?:(?<=[a-z)\u4e00-\u9fff])[ \t]{0,3}|(?<=\d)[ \t]{1,3})[x×*][ \t]{0,2}(?P<value>[1-9]\d{0,6})"
    r"(?=[ \t]{0,3}(?:$|\n|[,;，。]))"
)


WHOLE = -1.0


@dataclass(frozen=True, slots=True)
class Count:
    """A count in a part: its words, its unit, and whether a label or a ratio says it is what is wrong (above 0) or no
    more than the whole of a lot (``WHOLE``)."""

    start: int
    end: int
    said: float = 0.0
    unit: str = ""
    rule: str = "quantity"


def find(part: Part, *, lines: bool) -> list[Count]:
    """The counts of a part in reading order; with ``lines`` also numbers without a unit where lines of goods end."""
    text = part.text
    found = [*_columned(part, lines=lines), *_labelled(part, lines=lines)]
    found += _of_lines(text, part.lexicon) if lines else _of_troubles(text, part.lexicon)
    found += islice(_with_units(text, part.lexicon, lines=lines), ENOUGH)
    found += [Count(*m.span(), 0.0, "柜", "quantity-containers") for m in islice(_CONTAINERS.finditer(text), ENOUGH)]
    found += islice(_english(part, found), ENOUGH)
    found = _outside_cells(part, found)
    found.sort(key=lambda count: (count.start, count.said != WHOLE, -count.said, count.start - count.end))
    kept: list[Count] = []
    for count in found:
        if not kept or count.start >= kept[-1].end:
            kept.append(count)
    return _without_weights(kept, part.lexicon)


def _labelled(part: Part, *, lines: bool) -> Iterator[Count]:
    """``不良数：12``, and where goods are ordered ``数量：500`` too."""
    for match in islice(part.lexicon(_LABELLED).finditer(part.text), ENOUGH) if _DIGIT.search(part.text) else ():
        if match["value"].strip("0") and (lines or match["bad"]):
            yield Count(*match.span("value"), 1.0 if match["bad"] else 0.0, "", "quantity-label")


def _of_lines(text: str, lexicon: Lexicon) -> Iterator[Count]:
    """``500 / 1,000 / 3,000 pcs`` and ``HT-220 x 50``: what only an order or an enquiry says so."""
    for match in islice(lexicon(_LISTED).finditer(text), ENOUGH):
        numbers = list(_EACH_LISTED.finditer(text, *match.span()))
        yield from (Count(*number.span()) for number in numbers[:-1])
    yield from (Count(*m.span("value")) for m in islice(_LINE_END.finditer(text), ENOUGH))


def _of_troubles(text: str, lexicon: Lexicon) -> Iterator[Count]:
    """The whole of a lot, shares of it, and the few of 坏了俩."""
    yield from (Count(*m.span("value"), WHOLE) for m in islice(lexicon(_WHOLES).finditer(text), ENOUGH))
    yield from _ratios(text, lexicon)
    yield from (Count(*m.span("value"), 1.0) for m in islice(_FEW.finditer(text), ENOUGH))


def labels(part: Part) -> Iterator[tuple[int, int]]:
    """Where the words stand that say what is counted: the headings of tables, and labels such as 漏水数: 12."""
    yield from ((cell.start, cell.end) for cell in tables.heads(part))
    for match in islice(part.lexicon(_LABELLED).finditer(part.text), ENOUGH):
        if part.lexicon(_COUNT_OF).search(part.text, match.start(), match.start("value")):
            yield match.start(), match.start("value")


def _ratios(text: str, lexicon: Lexicon) -> Iterator[Count]:
    """``抽50坏3`` and ``3/50不良``: the smaller number is what is wrong."""
    if "/" in text:
        for match in islice(lexicon(_SHARE).finditer(text), ENOUGH):
            name = "share" if match["share"] else "share2"
            if int(match[name]) <= int(match["of"] or match["of2"]):
                yield _ratio(text, *match.span(name))
    if "of" in text:
        for match in islice(_OF_WHICH.finditer(text), ENOUGH):
            yield Count(*match.span("part"), 1.0, "", "quantity-ratio")
        for match in islice(lexicon(_OUT_OF).finditer(text), ENOUGH):
            yield Count(*match.span("part"), 1.0, "", "quantity-ratio")
    if any(word in text for word in "抽检测试查"):
        for match in islice(lexicon(_SAMPLED).finditer(text), ENOUGH):
            yield _ratio(text, *match.span("part"))


def _ratio(text: str, start: int, end: int) -> Count:
    unit = re.match(r"\s?[只件个套台支根条张片块袋瓶盒箱]", text[end : end + 2])
    return Count(start, end + (unit.end() if unit else 0), 1.0, "", "quantity-ratio")


def counted(text: str, end: int, lexicon: Lexicon) -> bool:
    """Whether the bare number that ends here counts something: a unit of goods, people or time stands behind it."""
    return lexicon(_UNIT_AFTER).match(text, end) is not None


_UNIT_AFTER = Grammar(f" ?(?:(?:{UNITS})(?![a-z])|<counted-other>)")


def _without_weights(found: list[Count], lexicon: Lexicon) -> list[Count]:
    """Containers are what is ordered; what they weigh and measure in all is not ordered beside them."""
    if any(count.rule == "quantity-containers" for count in found):
        return [count for count in found if not is_measure(count.unit, lexicon)]
    return found


def is_measure(unit: str, lexicon: Lexicon) -> bool:
    """Whether a unit measures (米, kg) instead of counting."""
    return lexicon(_MEASURES).fullmatch(unit) is not None


def _columned(part: Part, *, lines: bool) -> Iterator[Count]:
    """The numbers under a table's heading: what is wrong, or what is ordered."""
    if "\n" not in part.text:
        return
    for cell in tables.cells(part):
        label = fold(cell.label).strip(" *:#")
        words = part.text[cell.start : cell.end]
        if not part.lexicon(_CELL).fullmatch(words) or not words.strip("0 "):
            continue
        if part.lexicon(_BAD_HEAD).search(label):
            yield Count(cell.start, cell.end, 1.0, "", "quantity-column")
        elif part.lexicon(_WHOLE_HEAD).search(label):
            yield Count(cell.start, cell.end, 0.0 if lines else WHOLE, "", "quantity-column")
        elif lines and part.lexicon(_LINE_HEAD).search(label):
            yield Count(cell.start, cell.end, 0.0, "", "quantity-column")


def _outside_cells(part: Part, found: list[Count]) -> list[Count]:
    """The counts but bare numbers that fill a cell of a column which counts nothing: the 10, 20, 30 of the lines."""
    if "\n" not in part.text:
        return found
    counted = {(count.start, count.end) for count in found if count.rule == "quantity-column"}
    bare = [
        (cell.start, cell.end)
        for cell in tables.cells(part)
        if part.text[cell.start : cell.end].isdigit() and (cell.start, cell.end) not in counted
    ]
    return [count for count in found if not any(start <= count.start < end for start, end in bare)]


def _with_units(text: str, lexicon: Lexicon, *, lines: bool) -> Iterator[Count]:
    for match in lexicon(_COUNT).finditer(text):
        unit = match["unit"] or ""
        measure = bool(unit) and lexicon(_MEASURES).fullmatch(unit) is not None
        if _is_no_number(match, lexicon, measure=measure) or _is_name(text, match, lexicon) or _is_price(text, match):
            continue
        if _is_pack(text, match, lexicon) or _is_of_body(text, match, lexicon):
            continue
        if measure and _is_size(text, match, lexicon, lines=lines):
            continue
        yield Count(match.start(), match.end(), 0.0, unit)


def _is_no_number(match: re.Match[str], lexicon: Lexicon, *, measure: bool) -> bool:
    """三四个: about so many; 协议7.3条; 3000K is a colour of light; 一根都没有; EN 10204 pc is a standard."""
    number, unit = match["number"], match["unit"] or ""
    if number[0] in ONES and (unit in _ORDINAL_UNITS or _NOT_NUMBERS.fullmatch(number)):
        return True
    if "." in number and not match["scale"] and not measure and not _GERMAN.fullmatch(number):
        return True
    if match["scale"] == "k" and not unit and "." not in number and len(number) > 3:
        return True
    if lexicon(_NUMBER_OF).search(match.string, max(0, match.start() - 24), match.start()):
        return True
    return number in _ALONE and _NOT_ONE.match(match.string, match.end()) is not None


def _is_name(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """一批, 一个 are articles; behind a telephone number 张 is a surname."""
    number, unit = match["number"], match["unit"] or ""
    if number in _ALONE and unit in lexicon.words(_ARTICLES):
        return True
    before = text[max(0, match.start() - 6) : match.start()]
    return len(number) > 2 and unit in lexicon.words(_NAME_UNITS) and re.search(r"\d[ -]$", before) is not None


def _is_price(text: str, match: re.Match[str]) -> bool:
    """600多块的四件套, 收了300块: money."""
    if match["unit"] != "块":
        return False
    if len(match["number"]) > 1 and re.match(r"(?:的|啊|呢|左右|上下)", text[match.end() : match.end() + 2]):
        return True
    before = text[max(0, match.start() - 6) : match.start()]
    return bool(match["scale"] or re.search(r"[收花付交赔扣值才到][了的]?\s?$|元|¥", before))


def _is_pack(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """12 kg per carton, 20粒装: how much is in one of them."""
    before, ahead = text[max(0, match.start() - 6) : match.start()], text[max(0, match.start() - 16) : match.start()]
    behind = text[match.end() : match.end() + 6]
    return bool(
        lexicon(_PACKED).match(behind.lstrip()) or re.search(r"(?:max\.? ?|每|≤)$", before) or _EACH.search(ahead)
    )


def _is_of_body(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """两只脚, 肋骨断了两根."""
    if match["unit"] not in _OF_BODIES:
        return False
    ahead, behind = text[max(0, match.start() - 16) : match.start()], text[match.end() : match.end() + 6]
    return bool(lexicon(_LIMBS).match(behind) or lexicon(_BODY).search(ahead))


def _is_size(text: str, match: re.Match[str], lexicon: Lexicon, *, lines: bool) -> bool:
    """床是1.8米的, 25公斤桶: what a measure says of a thing; in lines of goods that is what is ordered."""
    behind = text[match.end() : match.end() + 6]
    if text[max(0, match.start() - 16) : match.start()].endswith("是") and behind.startswith("的"):
        return True
    return not lines and lexicon(_SIZED).match(behind) is not None


def _english(part: Part, known: list[Count]) -> Iterator[Count]:
    text = part.text
    if not re.search("[a-z]{3} [a-z]{3}", text):
        return
    nouns = {text[hit.start : hit.end].split()[-1] for hit in part.of("product") if hit.start < hit.end}
    starts = {count.start for count in known}
    for match in _EN_COUNT.finditer(text):
        if match.start() in starts:
            continue
        for noun in match["words"].split():
            if noun in _EN_NEVER:
                break
            if noun in nouns or (noun.endswith("s") and not noun.endswith("ss")):
                unit = part.lexicon(_UNIT_NEXT).match(text, match.end("number"))
                end = unit.end() if unit else match.end("number")
                yield Count(match.start(), end, 0.0 if noun in nouns or unit or match["whole"] else -0.2, noun)
                break
