"""Counts with their units in running text: ``42只``, ``8.6万只``, ``一千二百米``, ``3K``, ``12 of the 150 boards``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text import tables
from mailflow.reading.text.numerals import COUNTED, ONES

_ENGLISH = (
    "pcs|pc|pieces|piece|sets|set|units|unit|boxes|box|cartons|carton|ctns|rolls|roll|bags|bag|drums|drum|reels|reel|"
    "pallets|pallet|pairs|pair|sheets|sheet|kgs|kg|tons|tonnes|ton|mt|meters|metres|m(?![a-z²³/])|km|ea|bottles|cases|"
    "case|parcels|packs|litres|liters|yards|yds|yd|feet|ft|lbs|lb|dozen|tins|cans|jars|tubes|coils|bales|sacks|crates|"
    "bundles|copies|licences|licenses|sqm|spools|panels|trays(?! )"
)
_NOT_COUNTED = (
    "月|小时|工作日|人|多?小时|星期|礼拜|问题|说法|交代|准话|电话|点|地方|方案|事|村|色|颜色|长度|尺寸|大小|"
    "高度|宽度|厚度|不同|一样|不一样|标准|牌子|厂家|供应商|故障|电脑|手机号|号码|字|同事|师傅|客服|客户|"
    "部门|朋友|孩子|老人|小区|视频|建议|疑问|原因|要求|情况|日历|自然日|季度|学期|钟|多月|半月|来月|版本|方面|"
    "选项|门店|店|网点|学员|单位|公司|窗口|工厂|车间|班|家|住户|房间|环节|步骤|"
    "文件|附件|邮件|群|品种|型号|规格|批次|订单|合同|项目|单子|意思|电子邮件"
)
UNITS = (
    f"{_ENGLISH}|个(?:托盘?|高?柜|整柜|小柜|大柜)(?!台|门|子)|公里|千米|公斤|千克|平方米|平米|立方米|立方|"
    f"个账号|只|件(?!事|套)|套|台|箱|卷|盘|包|支|根|条(?!意见|建议|短信|"
    "信息|消息|评论)|"
    "张(?!照片|图片|发票|单)|片|块(?!钱|多钱)|袋|瓶|桶|罐|双(?!方|休|十)|副(?!总|理|主)|单(?!价|子|位|号|独|次|"
    "据|元)|票|托盘|托|"
    "板(?!子|材)|吨(?!位|级|的?(?:单梁|双梁|桥式|电动)?(?:行车|天车|吊[车钩]|起重机|葫芦|叉车|冲床|压力机|油压机|液压机|注塑机|千斤顶|锅炉|地磅|卡车|货车|龙门))|米(?!\\d|/秒)|匹|颗|粒|枚|把|扇|盒|辆|部(?!门|分|长|位|队|委)|本(?!人|次|月|周|公|"
    "司|批|来|身|单|厂)|册|令|樘|组(?!织|装|长|成)|"
    "对(?=$|[^\u4e00-\u9fff])|码(?!头|率)|斤|升(?!级)|株|盏|架(?!子|构)|艘|筐|串|节(?!假|日|点|后|前|能|约|目)|"
    "提(?=$|[^\u4e00-\u9fff])|捆|筒|听(?=$|[^\u4e00-\u9fff])|打(?=$|[^\u4e00-\u9fff])|车(?!间|位|牌|库|"
    "队|主|顶|辆|身|型)|柜(?!台|门|子)|"
    "幅(?!度)|面(?=$|[^\u4e00-\u9fff])|头(?=$|[^\u4e00-\u9fff])|份(?!报告|证书|文件|合同|资料|说明|检验|材料|"
    "书面|正式|清单|函|问卷|"
    "起|内|底|初|中)|"
    f"间(?=客房|房|$|[^\u4e00-\u9fff])|㎡|m²|个(?!{_NOT_COUNTED})"
)
_ZH_SIGN = f"[{COUNTED}百千]"
_ZH_NUMBER = f"{_ZH_SIGN}(?:[{COUNTED}百千万零〇]{{0,9}}{_ZH_SIGN})?(?![年月日号天周])"
# A unit on the next line must not begin another word: a phone number, then 张工.
_GAP = r"(?:[ \t\u3000]{0,2}|[ \t]?\n[ \t>]{0,3}(?=[^\n]{1,3}(?:[^\u4e00-\u9fffa-z]|不良|坏|有|$)))"
_COUNT = re.compile(
    rf"(?<![a-z0-9_./×*#第零〇{COUNTED}百千-])(?<!\d:)(?:(?<=\d\*)|(?<=[a-z]\*)|"
    rf")(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|"
    rf"\d{{1,3}}(?:\.\d{{3}})+(?![\d.])|(?:0\.\d{{1,4}}|[1-9]\d{{0,8}}(?:\.\d{{1,3}})?)|{_ZH_NUMBER})"
    rf"\s?(?:of\s(?:the\s|our\s|your\s)?\d[\d,]{{0,8}}\s)?(?P<scale>万|千|百|k(?![a-z]))?[多余来几]?{_GAP}"
    rf"(?:(?P<unit>{UNITS})(?![a-z])|(?<=\dk)(?=[\s,。;.!)]|$))"
)
_NOT_NUMBERS = re.compile(rf"[\u4e00-\u9fff]*[{ONES}][{ONES}]+$")
_ARTICLES = frozenset("部个把条块片张本份")
_ORDINAL_UNITS = frozenset("部单票面")
_MEASURES = re.compile(
    "公里|千米|公斤|千克|平方米|平米|立方米|立方|吨|米|斤|升|码|㎡|m²|kgs?|tons?|tonnes|mt|met(?:er|re)s|m|km|"
    "lit(?:er|re)s|"
    "yards|yds?|feet|ft|lbs?|sqm"
)
_NAME_UNITS = frozenset("张包单米双部车")
_GERMAN = re.compile(r"\d{1,3}(?:\.\d{3})+")
_EACH = re.compile(
    r"(?:每|一)(?:一)?[箱盒袋包卷桶托板件套台盘瓶车柜捆批扎打只个条支][^\n,。;少缺短漏差坏破多]{0,4}$|\b(?:each|"
    r"every|per) [a-z]{3,10}(?: (?:has|holds|of|with|contains))? ?$"
)
_PACKED = re.compile(r"(?:/|每|per\b)|装(?!的?货)|规格|容量")
# What a length or a weight says of a thing: 1.8米床, 25公斤桶, 5米卷尺.
_SIZED = re.compile(r"(?:装|桶|袋|包|箱|罐|瓶|床|尺|宽|长|高|厚|深|款|规格|的?[大小]包)")
_BODY = re.compile(r"(?:肋骨|骨头|手指|指头|脚趾|牙齿?|体重|身高|骨折|视力)[^\n,。;]{0,6}$")
_LIMBS = re.compile(r"(?:脚|手(?![套机电柄轮动提把表工])|眼(?!镜)|耳(?!机)|胳膊|腿|狗|猫|老鼠)")
_NOT_ONE = re.compile(r"[^\n,。;!?]{0,6}(?:都|也)(?:还)?(?:没|不|未|无)|[^\n,。;!?]{0,3}没(?:有|见)")
_FEW = re.compile(r"(?<=了)(?P<value>俩|仨)(?![\u4e00-\u9fff])")
_CONTAINERS = re.compile(
    r"(?<![a-z0-9.-])\d{1,3} ?[x×*] ?(?:20|40|45) ?(?:gp|hq|hc|ft|dv|ot|fr|rf|rh|'|尺|呎)(?![a-z0-9])"
)
_LISTED = re.compile(
    rf"(?<![a-z0-9.,/×*#$€£-])(?:\d{{1,3}}(?:,\d{{3}})+|\d{{2,7}})(?:\s?[/、]\s?(?:\d{{1,3}}(?:,\d{{3}})+|"
    rf"\d{{2,7}})){{1,5}}"
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
_UNIT_NEXT = re.compile(rf"[ ](?:{_ENGLISH})(?![a-z])")
_EN_NEVER = frozenset(
    "days hours weeks months years minutes seconds times people persons men women calls emails mails percent points "
    "customers staff per each kg mm cm bar engineers technicians guests issues questions requests "
    "problems things lines pages working "
    "business calendar reasons ways options of the and our your this that was has were are his its bars degrees "
    "euros dollars pounds cents employees colleagues workers drivers users january february march april may june july "
    "august september october november december addresses previous photos pictures sites status process less access "
    "business always photos videos reminders attempts visits steps parts hs os us is as".split()
) - {"parts"}
_SAMPLED = re.compile(
    r"(?:抽检?|抽查|抽测|抽了|检了?|测了?|试了?|"
    r"查了?)[了到]?\s?\d{1,6}(?P<u>[只件个套台支根条张片块袋瓶盒箱pcs]{0,3})[,，\s]{0,2}"
    r"(?:其?中?有?|就有|坏了?|不良|不合格|ng|不行的?|破了?)\s?(?P<part>\d{1,6})(?!\d|[./:年月日%])"
)
_SHARE = re.compile(
    r"(?:不良|坏|ng|失效|不合格|defective|failed|rejected|reject|"
    r"rate)[^\d\n。,;]{0,6}(?P<share>\d{1,5})\s?/\s?(?P<of>\d{1,6})"
    r"(?![\d/年月日])"
    r"|(?<![\d./-])(?P<share2>\d{1,5})\s?/\s?(?P<of2>\d{1,6})\s?(?:pcs|只|件|个|台)?\s?(?:不良|坏|ng|失效|"
    r"不合格|defective|failed|"
    r"rejected)"
)
_OUT_OF = re.compile(  # 40 boxes out of 288: without "out" only where the unit stands between
    rf"(?<![a-z0-9.,/×*#$€£-])(?P<part>\d{{1,6}}(?:[ ](?:{_ENGLISH}))?)[ ](?:out[ ]of|of[ ]a[ ]total[ ]of)"
    r"[ ](?:the[ ]|our[ ]|your[ ]|these[ ]|a[ ]total[ ]of[ ])?\d"
)
_OF_WHICH = re.compile(  # out of the 210 fitted I count 64
    rf"\b(?:out )?of (?:the |our |your |these |those |"
    rf"all )?\d[\d,]{{0,7}}(?: [a-z']{{1,12}}){{0,6}}?,?[ ](?P<part>\d{{1,3}}(?:,\d{{3}})*|{_EN_NUMBER})"
    r"(?= (?:that|which|are|were|had|have|failed|came|arrived|did|do|show|showed|was|is|pcs|units|pieces|"
    r"[a-z]{3,12} (?:are|were|had|have|failed|came|arrived))\b|[,.;](?!\d)|$)"
)
_TOTALS = (
    r"到货|来料|送货|发货|交货|订单|订购|订货|采购|供货|生产|入库|库存|抽检|抽样|抽查|检验|送检|应收|实收|应到|"
    r"实到|实发|应发|单上|批量|总|出货|签收|装箱|"
    r"delivered|ordered|received|shipped|inspected|sample|lot|stock|total|order|delivery"
)
_WHOLES = re.compile(
    rf"(?:{_TOTALS})(?:的|件|箱|货)?(?:数量?|件数|箱数|qty|quantity|"
    rf"size)?(?:\([^()\n]{{1,6}}\))?[ \t]{{0,2}}[:=][ \t]{{0,3}}(?P<value>(?:\d[\d,.]{{0,8}}\d|"
    rf"\d)(?:[ ]?(?:{UNITS})(?![a-z]))?)"
)
_LABELLED = re.compile(
    r"(?:(?P<bad>不良|不合格|缺陷|短少|短缺|缺少|问题|异常|破损|拒收|退货|差异|损坏|坏|缺|欠|ng|defective|"
    r"defects|rejected|short|missing|damaged)"
    r"(?:品|件|箱)?(?:数量?|件数|箱数|qty|quantity)?(?:\([^()\n]{1,6}\))?|(?:数量|订购数|订货数|采购数|需求量|"
    r"qty|quantity))"
    r"[ \t]{0,2}[:= ][ \t]{0,3}(?P<value>(?:\d{1,3}(?:,\d{3})+|\d{1,8}(?:\.\d{1,3})?)"
    rf"(?:[ ]?(?:{UNITS})(?![a-z]))?)"
    r"(?!\d|[.,:-]\d|[/%]|[ ]?[a-z\u4e00-\u9fff])"
)
_LABEL_WORDS = (
    "数",
    "qty",
    "quantity",
    "不良",
    "不合格",
    "缺",
    "短",
    "异常",
    "破损",
    "拒收",
    "问题",
    "defective",
    "rejected",
    "ng",
)
_BAD_HEAD = re.compile(
    r"不良|不合格|缺陷|短少|短缺|缺少|缺数|缺件|^缺|^欠|^差|差异|差数|破损|损坏|坏|异常数|拒收|退货数?|问题数|"
    r"\bng\b|defect|reject|short|missing|damage|fail"
)
_WHOLE_HEAD = re.compile(rf"^(?:{_TOTALS})|(?:{_TOTALS})(?:数量?|qty|quantity)?$")
_LINE_HEAD = re.compile(
    r"^(?:订购|订货|采购|需求|购买|下单|要货)?(?:数量?|件数|台数|只数|箱数|套数)(?:\([^()]{1,6}\))?$|qty|quantity|^pcs$"
)
_CELL = re.compile(rf"\d[\d,]{{0,9}}(?:\.\d{{1,3}})?[万k]?(?: ?(?:{UNITS}))?")
_LINE_END = re.compile(
    r"(?<=[a-z0-9)\u4e00-\u9fff])[ \t]{0,3}[x×*][ \t]{0,2}(?P<value>[1-9]\d{0,6})(?=[ \t]{0,3}(?:$|\n|[,;，。]))"
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
    found: list[Count] = []
    labels = any(word in text for word in _LABEL_WORDS)
    found += _columned(part, lines=lines)
    if not lines:
        found += [Count(*m.span("value"), WHOLE, "") for m in islice(_WHOLES.finditer(text), ENOUGH)]
    else:
        for match in islice(_LISTED.finditer(text), ENOUGH):
            numbers = list(_EACH_LISTED.finditer(text, *match.span()))
            found += [Count(*number.span(), 0.0, "") for number in numbers[:-1]]
    for match in islice(_LABELLED.finditer(text), ENOUGH) if labels else ():
        if match["value"] in ("0", "00"):
            continue
        if lines or match["bad"]:
            said = 1.0 if match["bad"] else 0.0
            found.append(Count(match.start("value"), match.end("value"), said, "", "quantity-label"))
    if not lines:
        found += _ratios(text)
    if lines:
        found += [Count(m.start("value"), m.end("value")) for m in islice(_LINE_END.finditer(text), ENOUGH)]
    found += islice(_with_units(text, lines=lines), ENOUGH)
    found += [Count(*m.span(), 0.0, "柜", "quantity-containers") for m in islice(_CONTAINERS.finditer(text), ENOUGH)]
    if "了俩" in text or "了仨" in text:
        found += [Count(*m.span("value"), 1.0, "") for m in islice(_FEW.finditer(text), ENOUGH)]
    found += islice(_english(part, found), ENOUGH)
    found.sort(key=lambda count: (count.start, count.said != WHOLE, -count.said, count.start - count.end))
    kept: list[Count] = []
    for count in found:
        if not kept or count.start >= kept[-1].end:
            kept.append(count)
    return _without_weights(kept)


def _ratios(text: str) -> Iterator[Count]:
    """``抽50坏3`` and ``3/50不良``: the smaller number is what is wrong."""
    if "/" in text:
        for match in islice(_SHARE.finditer(text), ENOUGH):
            name = "share" if match["share"] else "share2"
            if int(match[name]) <= int(match["of"] or match["of2"]):
                yield _ratio(text, *match.span(name))
    if "of" in text:
        for match in islice(_OF_WHICH.finditer(text), ENOUGH):
            yield Count(*match.span("part"), 1.0, "", "quantity-ratio")
        for match in islice(_OUT_OF.finditer(text), ENOUGH):
            yield Count(*match.span("part"), 1.0, "", "quantity-ratio")
    if any(word in text for word in "抽检测试查"):
        for match in islice(_SAMPLED.finditer(text), ENOUGH):
            yield _ratio(text, *match.span("part"))


def _ratio(text: str, start: int, end: int) -> Count:
    unit = re.match(r"\s?[只件个套台支根条张片块袋瓶盒箱]", text[end : end + 2])
    return Count(start, end + (unit.end() if unit else 0), 1.0, "", "quantity-ratio")


def counted(text: str, end: int) -> bool:
    """Whether the bare number that ends here counts something: a unit of goods, people or time stands behind it."""
    return _UNIT_AFTER.match(text, end) is not None


_UNIT_AFTER = re.compile(
    rf" ?(?:(?:{UNITS})(?![a-z])|[位名人天年月日时元分秒度]|个|小时|days?\b|weeks?\b|hours?\b|people\b|%)"
)


def _without_weights(found: list[Count]) -> list[Count]:
    """Containers are what is ordered; what they weigh and measure in all is not ordered beside them."""
    if any(count.rule == "quantity-containers" for count in found):
        return [count for count in found if not is_measure(count.unit)]
    return found


def is_measure(unit: str) -> bool:
    """Whether a unit measures (米, kg) instead of counting."""
    return _MEASURES.fullmatch(unit) is not None


def _columned(part: Part, *, lines: bool) -> Iterator[Count]:
    """The numbers under a table's heading: what is wrong, or what is ordered."""
    if "\n" not in part.text:
        return
    for cell in islice(tables.columns(part.original), 10 * ENOUGH):
        label = fold(cell.label).strip(" *:#")
        words = part.text[cell.start : cell.end]
        if not _CELL.fullmatch(words) or not words.strip("0 "):
            continue
        if _BAD_HEAD.search(label):
            yield Count(cell.start, cell.end, 1.0, "", "quantity-column")
        elif _WHOLE_HEAD.search(label):
            yield Count(cell.start, cell.end, 0.0 if lines else WHOLE, "", "quantity-column")
        elif lines and _LINE_HEAD.search(label):
            yield Count(cell.start, cell.end, 0.0, "", "quantity-column")


def _with_units(text: str, *, lines: bool) -> Iterator[Count]:
    for match in _COUNT.finditer(text):
        number, unit = match["number"], match["unit"] or ""
        before = text[max(0, match.start() - 6) : match.start()]
        if number in ("一", "1") and unit in _ARTICLES:
            continue  # 一批, 一个 ... are articles
        if unit in _NAME_UNITS and len(number) > 2 and re.search(r"\d[ -]$", before):
            continue  # a telephone number, then a name
        if (
            unit == "块"
            and re.match(r"(?:的|啊|呢|左右|上下)", text[match.end() : match.end() + 2])
            and len(number) > 1
        ):
            continue  # 600多块的四件套
        if unit == "块" and (match["scale"] or re.search(r"[收花付交赔扣值才到][了的]?\s?$|元|¥", before)):
            continue  # money
        if number[0] in ONES and (unit in _ORDINAL_UNITS or _NOT_NUMBERS.fullmatch(number)):
            continue  # 二部 is a name; 三四个: about so many
        measure = _MEASURES.fullmatch(unit) is not None
        if "." in number and not match["scale"] and not measure and not _GERMAN.fullmatch(number):
            continue  # 协议7.3条
        behind = text[match.end() : match.end() + 6]
        ahead = text[max(0, match.start() - 16) : match.start()]
        if _PACKED.match(behind.lstrip()) or re.search(r"(?:max\.? ?|每|≤)$", before) or _EACH.search(ahead):
            continue  # 12 kg per carton, 20粒装
        if match["scale"] == "k" and not unit and ("." not in number and len(number) > 3):
            continue  # 3000K is a colour of light
        if number in ("一", "1") and _NOT_ONE.match(text, match.end()):
            continue  # 一根都没有
        if unit in ("只", "个", "根", "条", "颗", "斤") and (_LIMBS.match(behind) or _BODY.search(ahead)):
            continue
        if measure and ahead.endswith("是") and behind.startswith("的"):
            continue  # 床是1.8米的
        if measure and _SIZED.match(behind) and not lines:
            continue
        yield Count(match.start(), match.end(), 0.0, unit)


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
                unit = _UNIT_NEXT.match(text, match.end("number"))
                end = unit.end() if unit else match.end("number")
                yield Count(match.start(), end, 0.0 if noun in nouns or unit or match["whole"] else -0.2, noun)
                break
