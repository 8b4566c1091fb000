"""Goods that no word list knows, told by where their name stands: behind 发来的, 这批, 20件 or a model number.

A name begins where such a lead ends and goes on up to a word that no name of goods holds (有, 都, 出现 ...), a sign, or
the trouble.  What is left may still be no goods at all (``收到的附件``): the general words for things are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.products import english, names
from mailflow.reading.text import tables

_MAKER = "贵司|贵公司|贵厂|贵方|贵店|你们公司|你们厂|你们家|你们店|你们|你司|你厂|你家|您家|您司|咱们|咱家|咱厂"
_MADE = "生产|出品|制造|加工|供应|提供|发来|送来|寄来|发过来|送过来|寄过来|发|送|寄|供|交|做|卖|出|到|收到"
_BOUGHT = (
    "采购|订购|订做|定做|定制|购买|购进|购入|买|订|(?<![一确规约决稳固特指肯假设])定|拿|(?<![跟改先])进|拍|下单|"
    "收到|验收"
)
_LEAD = re.compile(
    rf"(?:(?:{_MAKER})(?:公司|厂|店|家|这边|那边)?(?:上次|这次|本次|上周|上个?月|昨天|最近)?(?:给我(?:们|司|厂)?)?"
    rf"(?:(?:{_MADE})(?:了|过)?)?(?:的|那)?"
    rf"|(?:{_MADE})(?:了|过)?(?:给我(?:们|司|厂)?)?的"
    rf"|(?:{_BOUGHT})(?:了|过|到|来|回来)?(?:贵司|贵公司|贵厂|你们家|你们店|你们|你家|您家)?的?"
    r"|(?:这|那|该|此|本|上|首|同)一?(?:批次?|款|种|台|套|些|车|柜|箱|卷|桶|盘)(?:次)?(?:的)?"
    r"|(?:那|这)(?:个|把|张|只|支|条|件|部|辆|双|瓶|盒|袋|本|单)(?:\d{1,4}(?:头|瓦|w|寸|号|mm|cm|v)?的?)?|"
    r"\d多?(?:块|元)(?:钱)?的"
    r"|(?:漏发|少发|错发|多发|补发|补寄|短少|缺少|缺了|少了|退回|退掉|换掉|更换|缺|少)(?:了|的)?"
    r"|关于)"
    rf"(?:(?:一|这|那|上|本|该)?批)?(?:{names.NUMBER}\s?(?:{UNITS})(?:的)?)?\s?"
    rf"(?:\"[^\"\n]{{1,8}}\"(?:牌的?)?)?(?=[\u3400-\u9fffa-z0-9])"
)
_UNCOUNTED = re.compile(rf"\d{{1,6}}[份个间位名本](?={names.HAN})")  # units that counts leave out before some words
_COUNTED = re.compile(
    rf"(?<![\d.年月第一二三四五六七八九十百]){names.NUMBER}\s?(?:{UNITS})(?:装)?(?:的)?(?={names.HAN})"
)
_CODED = re.compile(rf"(?<![a-z0-9/_.-])(?=[a-z0-9/_.×*-]{{0,20}}\d)[a-z][a-z0-9/_.×*-]{{2,20}}[ ]?的?(?={names.HAN})")
_SHORT_TROUBLE = 9  # a longer one holds the name of what is in trouble


_HAN_RUN = re.compile(names.HAN)
_BEFORE_TYPE = re.compile(
    rf"(?<={names.HAN})(?=[ ]?[\[(,]?[ ]?(?:[a-z0-9]|(?:产品)?型号|规格|图号|货号|料号|物料|件号|零件号|编码|款号|"
    rf"也?就是))"
)
_PAPER = re.compile(
    r"(?:案|案子|电|投诉|单子|单|号|函|票|合同|协议|编码?|代码|批次?|日|月|年|期|手机|电话|微信|邮箱|箱|地址|版本|"
    r"标准|材质|材料|型号|规格)$"
)
_CODE_AHEAD = re.compile(
    r"[ ]?(?P<sure>[(\[]|,[ ]?(?=型号|规格|图号|货号|料号))?[ ]?(?P<label>(?:产品)?型号|规格|图号|货号|料号|物料号|"
    r"件号|零件号|编码|款号|model|type|part no\.?|p/n|就是|也就是)?[: 为是]{0,2}"
    r"(?<![a-z0-9])(?P<code>(?=[a-z0-9./*×+-]{0,24}\d)(?=[a-z0-9./*×+-]{0,24}[a-z*×]|[a-z]{2,6} "
    r"\d)[a-z0-9][a-z0-9./*×+-]{2,24})"
)
_NO_TYPE = re.compile(
    r"20\d\d[-./].*|\d{1,2}[-./]\d{1,2}|[\d.,]+(?:mm|cm|m|kg|g|pcs|v|w|a|元|%)|\d+-\d{7,8}|1[3-9]\d{9}|po.*"
)
_TOPIC = re.compile(
    r"(?:^|[:;,/|!?。—-]|\]|\)|(?<=[\u3400-\u9fff]) )[ ]{0,2}(?:(?:关于|对于|有关|投诉|反馈|反映|询价|咨询|求购|"
    r"采购|订购|购买|申请|催交|催|再次|紧急|急|"
    r"(?:贵|你)(?:公司|司|厂|方|店)|你们家?|您家|我们?(?:司|公司|厂)?|的|这批|那批|一批|本批|"
    r"\d{1,2}[.月/]\d{1,2}[日号]?|(?:到货|来料|新到)(?:的)?|[a-z]{0,4}[-#]?\d[a-z0-9-]{4,20}|[: ])[ "
    r"]?){0,4}(?=[\u3400-\u9fffa-z0-9])"
)
_SUBJECT_ENDS = re.compile(
    r"(?:来料|到货|出货|供货|采购|订货|发货|交货|批量|整批|全部|大量|严重|多次|频繁|反复|使用|安装|售后|品质|质量|"
    r"技术|价格|报价|询价|合同|订单|退换?货?|换货|"
    r"更换|维修|补货|补发|赔偿|索赔|投诉|反馈|咨询|求助|催货|加急|急|近期|事件|事故|问题|异常|不良|故障|缺陷|检验|"
    r"抽检|验收|检测|申报|一点|几点|两点|三点)"
)
_ITEM_TOPIC = re.compile(
    r"(?:^|\n)[ \t>]{0,4}(?:[(]?[一二三四五六七八九十\d]{1,2}[).、,:]|[①-⑳]|[-*·●•])[ \t]{0,2}(?=[\u3400-\u9fffa-z0-9])"
)


def _rule(name: str, confidence: float, *labels: str) -> Rule:
    return Rule.model_construct(name=name, finds="product", confidence=confidence, labels=labels)


FIRST = "product-first-in-subject"  # the rule of what a subject begins with, be it goods or not
_LED, _AFTER_COUNT = _rule("product-by-lead", 0.6), _rule("product-by-count", 0.45)
_BEFORE_CODE, _BESIDE_CODE = _rule("product-before-code", 0.85), _rule("product-beside-code", 0.45)
_IN_SUBJECT, _FIRST = _rule("product-in-subject", 0.65), _rule(FIRST, 0.35)
_OWNED = _rule("product-behind-of", 0.4)
_OF = re.compile(rf"(?<={names.HAN})的(?={names.HAN})")
_SIZED = _rule("product-by-size", 0.55)
_SIZE = re.compile(
    rf"(?<![a-z0-9.#-])\d{{1,4}} ?(?:ml|l|kg|g|寸|升|斤|克|w|瓦|v|mm|cm|#|号|头|克重)(?:的|装)?(?={names.HAN}{{2}})"
)
_MADE_BY_US = _rule("product-of-ours", 0.72)
_LED_WEAKLY, _COUNTED_WEAKLY = _rule("product-by-lead-weak", 0.42), _rule("product-by-count-weak", 0.3)
_OURS = re.compile(_MAKER)
LINE = "product-line"  # the rule of names at the head of a line with a quantity
_IN_LINE, _IN_WEAK_LINE = _rule(LINE, 0.6), _rule(LINE, 0.4)
_LINE_ITEM = re.compile(
    rf"(?:^|\n)[ \t>]{{0,4}}(?:[(]?\d{{1,2}}[).、,][ \t]{{0,2}})?(?P<name>(?:[a-z]{{1,5}}|"
    rf"\d{{1,2}}号)?[\u3400-\u9fff]{{2,12}})(?=[ \t\u3000(,x×*\d]|[约各共]\s?\d)"
    rf"[^\n。;]{{0,40}}?(?<![\d.]){names.NUMBER}[ ]?(?:{UNITS})"
)
_CLAUSE = re.compile(r"(?:^|[\n,。;!?、:][ \t]{0,2}|[把将])(?=[\u3400-\u9fff]{2})")
_IN_ITEM, _BEFORE_TROUBLE = _rule("product-in-item", 0.4), _rule("product-before-trouble", 0.35)
COLUMN = "product-column"  # the rule of names in a column of a table
_IN_COLUMN = _rule(COLUMN, 0.95, "column")
_NAME_COLUMN = re.compile(
    r"(?:产品|货物|物料|商品|货品|设备|配件|零件|部件|材料|备件|物资|系统|功能|服务)?(?:品名|名称|货名|品项|描述|"
    r"说明)(?:规格|及规格|/规格)?|"
    r"产品|商品|货物|货品|物料|零件|部件|配件|备件|设备|材料|物资|系统|模块|故障设备|服务项目|"
    r"(?:product|item|part|goods|material)?[ ]?(?:name|desc(?:ription)?\.?(?: of goods)?)|product|goods|commodity|"
    r"item|article|material"
)
_COLUMN_NAME = re.compile(
    r"[a-z0-9#.×*/+-]{0,10}[ ]?[\u3400-\u9fff]{1,14}(?:[a-z0-9]{1,4}[\u3400-\u9fff]{1,8})?|[a-z][a-z "
    r",/()&-]{1,40}[a-z)]"
)


def find(part: Part) -> Iterator[Hit]:
    """Names of goods in one part, each as a hit of a rule of this module; words of a list come as whole names."""
    text = part.text
    troubles = sorted({hit.start for hit in part.of("defect_or_issue")})
    yield from _in_columns(part)
    for hit in part.of("product"):
        yield _whole(text, hit, troubles)
    if _HAN_RUN.search(text):
        yield from _led(part, troubles)
        yield from _before_codes(text, part.lexicon)
        yield from _topics(part, troubles)
    yield from english.find(part, _rule)


def _in_columns(part: Part) -> Iterator[Hit]:
    text = part.text
    for cell in islice(tables.columns(part.original, part.lexicon), 4 * ENOUGH):
        if _NAME_COLUMN.fullmatch(cell.label.strip(" *:#")):
            name = _COLUMN_NAME.match(text, cell.start, cell.end)
            if name and not tables.is_label(name[0], part.lexicon) and not names.NO_GOODS.fullmatch(name[0]):
                yield Hit(_IN_COLUMN, cell.start, name.end(), cell.start)


def _whole(text: str, hit: Hit, troubles: list[int]) -> Hit:
    """The whole name round a word of a list: ``循环泵`` for 泵, ``叶轮毂`` for 叶轮."""
    if hit.rule.labels:
        return hit
    if text[hit.end - 1] < "\u3400":
        return english.whole(text, hit)
    start = min(hit.start, names.start_of(text, hit.end))
    end = max(hit.end, names.end_of(text, hit.start, troubles)) if _HAN_RUN.match(text, hit.end) else hit.end
    if end - hit.end > 3 or not names.ENDINGS.search(text[start:end]):
        end = hit.end
    if not names.is_name(text[start:end]):
        start, end = hit.start, hit.end
    return Hit(hit.rule, start, end, hit.whole_start)


def _led(part: Part, troubles: list[int]) -> Iterator[Hit]:
    text = part.text
    taken = [(hit.start, hit.end) for hit in part.of("defect_or_issue")]
    for pattern, rule in ((_LEAD, _LED), (_CODED, _LED), (_COUNTED, _AFTER_COUNT), (_OF, _OWNED), (_SIZE, _SIZED)):
        for match in islice(pattern.finditer(text), ENOUGH):
            end = names.end_of(text, match.end(), troubles)
            start = match.end()
            if amount := _UNCOUNTED.match(text, start):
                start = amount.end()
            if start >= end:
                continue
            if text.startswith("的", end) and (further := names.end_of(text, end + 1, troubles)) - end > names.SHORTEST:
                start, end = end + 1, further  # 你们某牌的刹车片
            words = text[start:end]
            if any(first <= start and end <= last < first + _SHORT_TROUBLE for first, last in taken):
                continue
            if rule is _LED and not names.ENDINGS.search(words):  # 你们鱼丸嘴里: back to what ends like a thing
                back = max((stop.end() for stop in names.HEADS.finditer(words, 1)), default=0)
                if back < names.SHORTEST:
                    if names.is_name(words) and pattern is not _CODED:
                        yield Hit(_LED_WEAKLY, start, end, match.start())
                    continue
                end = start + back
                words = text[start:end]
            sure = bool(names.ENDINGS.search(words))
            if names.is_name(words) and (sure or rule not in (_OWNED, _SIZED)):
                ours = rule is _LED and _OURS.match(text, match.start())
                yield Hit(_MADE_BY_US if ours else rule if sure else _COUNTED_WEAKLY, start, end, match.start())


def _before_codes(text: str, lexicon: Lexicon) -> Iterator[Hit]:
    """``直拉杆球头(型号 K27-3003)``: what stands right before a type."""
    for match in islice(_BEFORE_TYPE.finditer(text), ENOUGH):
        end = match.start()
        code = _CODE_AHEAD.match(text, end)
        if code and not _NO_TYPE.fullmatch(code["code"]):
            start = names.start_of(text, end)
            words = text[start:end]
            if names.is_name(words) and not tables.is_label(words, lexicon) and not _PAPER.search(words):
                sure = code["label"] or names.ENDINGS.search(words)
                yield Hit(_BEFORE_CODE if sure else _BESIDE_CODE, start, end, start)


def _topics(part: Part, troubles: list[int]) -> Iterator[Hit]:
    """What a subject or an item of a list begins with, up to its trouble."""
    text = part.text
    if part.source == "subject":
        for match in islice(_TOPIC.finditer(text), 5):
            end = names.end_of(text, match.end(), troubles)
            cut = _SUBJECT_ENDS.search(text, match.end() + 1, end)
            end = cut.start() if cut else end
            known = max((stop.end() for stop in names.HEADS.finditer(text, match.end() + 1, end)), default=end)
            end = known if known - match.end() >= names.SHORTEST else end
            words = text[match.end() : end]
            if names.is_name(words) and not tables.is_label(words, part.lexicon):
                yield Hit(_IN_SUBJECT if names.ENDINGS.search(words) else _FIRST, match.end(), end, match.end())
        return
    for match in islice(_ITEM_TOPIC.finditer(text), 20):
        end = names.end_of(text, match.end(), troubles)
        if names.is_name(text[match.end() : end]) and names.ENDINGS.search(text[match.end() : end]):
            yield Hit(_IN_ITEM, match.end(), end, match.end())
    for match in islice(_LINE_ITEM.finditer(text), ENOUGH):
        words = match["name"]
        if names.is_name(words) and not tables.is_label(words, part.lexicon) and not _PAPER.search(words):
            sure = part.source.startswith("attachment") or names.ENDINGS.search(words)
            yield Hit(_IN_LINE if sure else _IN_WEAK_LINE, match.start("name"), match.end("name"), match.start("name"))
    for match in islice(_CLAUSE.finditer(text), ENOUGH):
        end = names.end_of(text, match.end(), troubles)
        if names.is_name(text[match.end() : end]) and names.ENDINGS.search(text[match.end() : end]):
            yield Hit(_OWNED, match.end(), end, match.end())
    for at in islice(troubles, 20):
        start = names.start_of(text, at)
        if (
            at > 0
            and "\u3400" <= text[at - 1] <= "\u9fff"
            and names.ENDINGS.search(text[start:at])
            and names.is_name(text[start:at])
        ):
            yield Hit(_BEFORE_TROUBLE, start, at, start)
