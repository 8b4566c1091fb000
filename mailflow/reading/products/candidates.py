"""Goods that no word list knows, told by where their name stands: behind 发来的, 这批, 20件 or a model number.

A name begins where such a lead ends and goes on up to a word that no name of goods holds (有, 都, 出现 ...), a sign, or
the trouble.  What is left may still be no goods at all (``收到的附件``): the general words for things are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.matching.catalogue import is_listed
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.products import english, names
from mailflow.reading.text import tables

_MAKER = "<makers>"
_MADE = "<made-verbs>"
_BOUGHT = "<bought-verbs>"
_LEAD = Grammar(
    rf"(?:(?:{_MAKER})<maker-places>?<goods-when>?<to-us>?(?:(?:{_MADE})(?:了|过)?)?[的那]?|(?:{_MADE})(?:了|过)?<to-us>?的|"
    rf"(?:{_BOUGHT})(?:[了过到来]|回来)?(?:{_MAKER})?的?|<goods-these>一?<goods-lots>次?的?|"
    r"(?:那|这)<goods-each>(?:\d{1,4}<size-units-short>的?)?|\d多?(?:块|元)(?:钱)?的|"
    rf"<goods-missing-verbs>(?:了|的)?|关于)(?:[一这那上本该]?批)?(?:{names.NUMBER}\s?(?:{UNITS})的?)?\s?"
    r"(?:\"[^\"\n]{1,8}\"(?:牌的?)?)?(?=[\u3400-\u9fffa-z0-9])"
)
_QUOTED = Grammar(rf"(?:{_MAKER})(?:家|公司)?的?\s?\"(?=(?P<name>[\u3400-\u9fffa-z0-9]{{2,12}})\"(?P<on>{names.HAN})?)")
_UNCOUNTED = re.compile(rf"\d{{1,6}}[份个间位名本](?={names.HAN})")  # units that counts leave out before some words
_COUNTED = Grammar(rf"(?<![\d.年月第一二三四五六七八九十百]){names.NUMBER}\s?(?:{UNITS})(?:装)?(?:的)?(?={names.HAN})")
_CODED = re.compile(rf"(?<![a-z0-9/_.-])(?=[a-z0-9/_.×*-]{{0,20}}\d)[a-z][a-z0-9/_.×*-]{{2,20}}[ ]?的?(?={names.HAN})")
_CANDIDATES = "candidates"  # of a part, shared
_SHORT_TROUBLE = 9  # a longer one holds the name of what is in trouble


_HAN_RUN = re.compile(names.HAN)
_WORD = re.compile(rf"{names.HAN}|(?<![a-z0-9])[a-z]{{3,}}(?![a-z0-9-])")  # a code alone is no name
_BEFORE_TYPE = Grammar(rf"(?<={names.HAN})(?=[ ]?[\[(,]?[ ]?(?:[a-z0-9]|<type-labels>))")
_PAPER = Grammar("<paper-endings>$")
_CODE_AHEAD = Grammar(
    r"[ ]?(?P<sure>[(\[]|,[ ]?(?=型号|规格|图号|货号|料号))?[ ]?(?P<label><type-labels-ahead>)?[: 为是]{0,2}"
    r"(?<![a-z0-9])(?P<code>(?=[a-z0-9./*×+-]{0,24}\d)(?=[a-z0-9./*×+-]{0,24}[a-z*×]|[a-z]{2,6} \d)[a-z0-"
    "9][a-z0-9./*×+-]{2,24})"
)
_NO_TYPE = re.compile(
    r"20\d\d[-./].*|\d{1,2}[-./]\d{1,2}|[\d.,]+(?:mm|cm|m|kg|g|pcs|v|w|a|元|%)|\d+-\d{7,8}|1[3-9]\d{9}|po.*"
)
_TOPIC = Grammar(
    r"(?:^|[:;,/|!?。—-]|\]|\)|(?<=[\u3400-\u9fff]) )[ ]{0,2}(?:(?:[a-z]{0,4}[-#]?\d[a-z0-9-]{4,20}"
    r"|[: ]|<topic-lead-ins>)[ ]?){0,4}(?=[\u3400-\u9fffa-z0-9])"
)
_SUBJECT_ENDS = Grammar("<subject-ends>")
_ITEM_TOPIC = re.compile(
    r"(?:^|\n)[ \t>]{0,4}(?:[(]?[一二三四五六七八九十\d]{1,2}[).、,:]|[①-⑳]|[-*·●•])[ \t]{0,2}(?=[\u3400-\u9fffa-z0-9])"
)


_rule = names.rule
FIRST = "product-first-in-subject"  # the rule of what a subject begins with, be it goods or not
_LED, _AFTER_COUNT = _rule("product-by-lead", 0.6), _rule("product-by-count", 0.45)
_BEFORE_CODE, _BESIDE_CODE = _rule("product-before-code", 0.85), _rule("product-beside-code", 0.45)
_IN_SUBJECT, _FIRST = _rule("product-in-subject", 0.65), _rule(FIRST, 0.35)
_OWNED = _rule("product-behind-of", 0.4)
_OF = re.compile(rf"(?<={names.HAN})的(?={names.HAN})")
_SIZED = _rule("product-by-size", 0.55)
_SIZE = Grammar(rf"(?<![a-z0-9.#-])\d{{1,4}} ?<size-units>(?:的|装)?(?={names.HAN}{{2}})")
_MADE_BY_US = _rule("product-of-ours", 0.72)
_LED_WEAKLY, _COUNTED_WEAKLY = _rule("product-by-lead-weak", 0.42), _rule("product-by-count-weak", 0.3)
_OURS = Grammar(_MAKER)
_SINGLE = _rule("product-single", 0.35)
_ONE_SIGN = Grammar(
    r"(?:(?:^|[\n ,。;!?、:(\"])|<goods-these>(?:<goods-each>|<goods-lots>)?|[的了买拿换修卖订把将被给跟和收]"
    rf"|(?:{_MAKER})家?的?|{names.NUMBER}\s?(?:{UNITS})的?)(?P<name><goods-single>)"
    r"(?=[\s,。;!?、:)\"]|[一又就都也还有是没在不上里坏破裂漏掉了太很真]|$)"
)
LINE = "product-line"  # the rule of names at the head of a line with a quantity
_IN_LINE, _IN_WEAK_LINE = _rule(LINE, 0.6), _rule(LINE, 0.4)
_LINE_ITEM = Grammar(
    r"(?:^|\n)[ \t>]{0,4}(?:[(]?\d{1,2}[).、,][ \t]{0,2})?(?P<name>(?:[a-z]{1,5}|\d{1,2}号)?[\u3400-\u9fff]"
    rf"{{2,12}})(?=[ \t\u3000(,x×*\d]|[约各共]\s?\d)[^\n。;]{{0,40}}?(?<![\d.]){names.NUMBER}[ ]?(?:{UNITS})"
)
_CLAUSE = re.compile(r"(?:^|[\n,。;!?、:][ \t]{0,2}|[把将])(?=[\u3400-\u9fff]{2})")
_IN_ITEM, _BEFORE_TROUBLE = _rule("product-in-item", 0.4), _rule("product-before-trouble", 0.35)
COLUMN = "product-column"  # the rule of names in a column of a table
_IN_COLUMN = _rule(COLUMN, 0.95, "column")
NAME_COLUMN = Grammar(
    "<name-column-prefixes>?<name-column-heads>(?:规格|及规格|/规格)?|<name-columns>"
    r"|(?:product|item|part|goods|material)?[ ]?(?:name|desc(?:ription)?\.?(?: of goods)?)"
)
_COLUMN_NAME = re.compile(
    r"[a-z0-9#.×*/+-]{0,10}[ ]?[\u3400-\u9fff]{1,14}(?:[a-z0-9]{1,4}[\u3400-\u9fff]{1,8})?|[a-z][a-z "
    r",/()&-]{1,40}[a-z)]"
)


def find(part: Part) -> Sequence[Hit]:
    """Names of goods in one part, each as a hit of a rule of this module; words of a list come as whole names.

    They are looked for once: for the models beside them, and for the goods.
    """
    found: Sequence[Hit] | None = part.shared.get(_CANDIDATES)
    if found is None:
        found = part.shared[_CANDIDATES] = tuple(_find(part))
    return found


def _find(part: Part) -> Iterator[Hit]:
    text = part.text
    troubles = sorted({hit.start for hit in part.of("defect_or_issue")})
    columns = list(_in_columns(part))
    yield from columns
    for match in islice(part.lexicon(_QUOTED).finditer(text), ENOUGH):  # 你们"深海鱼鲜封罐"
        if names.is_name(match["name"], part.lexicon) and (not match["on"] or _is_thing(match["name"], part.lexicon)):
            yield Hit(_MADE_BY_US, *match.span("name"), match.start())
    for hit in part.of("product"):
        if is_listed(hit.rule):
            yield hit
            continue
        if hit.rule.labels and columns and part.original[hit.start - 1 : hit.start] == "\t":
            continue  # the heading of the next column
        whole = _whole(part, hit, troubles)
        if not hit.rule.labels or _WORD.search(text, whole.start, whole.end):
            yield whole
    if _HAN_RUN.search(text):
        yield from _led(part, troubles)
        yield from _before_codes(text, part.lexicon)
        yield from _topics(part, troubles)
        for match in islice(part.lexicon(_ONE_SIGN).finditer(text), ENOUGH):
            yield Hit(_SINGLE, *match.span("name"), match.start())
    yield from english.find(part)


def _in_columns(part: Part) -> Iterator[Hit]:
    text, lexicon = part.text, part.lexicon
    for cell in tables.cells(part)[: 4 * ENOUGH]:
        if lexicon(NAME_COLUMN).fullmatch(cell.label.strip(" *:#")):
            name = _COLUMN_NAME.match(text, cell.start, cell.end)
            if name and not tables.is_label(name[0], lexicon) and not lexicon(names.NO_GOODS).fullmatch(name[0]):
                yield Hit(_IN_COLUMN, cell.start, name.end(), cell.start)


def _whole(part: Part, hit: Hit, troubles: list[int]) -> Hit:
    """The whole name round a word of a list: ``循环泵`` for 泵, ``叶轮毂`` for 叶轮."""
    text, lexicon = part.text, part.lexicon
    if hit.rule.labels:
        trouble = next((at for at in troubles if hit.start < at < hit.end), hit.end)
        end = hit.start + len(text[hit.start : trouble].rstrip())
        return Hit(hit.rule, hit.start, end, hit.whole_start)
    if text[hit.end - 1] < "\u3400":
        return english.whole(text, hit)
    start = min(hit.start, names.start_of(text, hit.end, lexicon))
    end = max(hit.end, names.end_of(text, hit.start, troubles, lexicon)) if _HAN_RUN.match(text, hit.end) else hit.end
    if end - hit.end > 3 or not lexicon(names.ENDINGS).search(text[start:end]):
        end = hit.end
    if not names.is_name(text[start:end], lexicon):
        start, end = hit.start, hit.end
    return Hit(hit.rule, start, end, hit.whole_start)


def _led(part: Part, troubles: list[int]) -> Iterator[Hit]:
    lexicon = part.lexicon
    leads = (
        (lexicon(_LEAD), _LED), (_CODED, _LED), (lexicon(_COUNTED), _AFTER_COUNT), (_OF, _OWNED),
        (lexicon(_SIZE), _SIZED),
    )  # fmt: skip
    for pattern, rule in leads:
        for match in islice(pattern.finditer(part.text), ENOUGH):
            start, end = _behind(part.text, match.end(), troubles, lexicon)
            if start < end and not _is_trouble(part, start, end):
                hit = _led_by(part, match, rule, start, end)
                if hit is not None:
                    yield hit


def _behind(text: str, start: int, troubles: list[int], lexicon: Lexicon) -> tuple[int, int]:
    """The words behind a lead that may be a name: past a count, and past the first of two names (某牌的刹车片)."""
    end = names.end_of(text, start, troubles, lexicon)
    if amount := _UNCOUNTED.match(text, start):
        start = amount.end()
    if start >= end:
        return start, start
    further = names.end_of(text, end + 1, troubles, lexicon) if text.startswith("的", end) else end
    return (end + 1, further) if further - end > names.SHORTEST else (start, end)


def _is_trouble(part: Part, start: int, end: int) -> bool:
    """Whether words are no more than a part of a short word of trouble."""
    return any(hit.start <= start and end <= hit.end < hit.start + _SHORT_TROUBLE for hit in part.of("defect_or_issue"))


def _led_by(part: Part, match: re.Match[str], rule: Rule, start: int, end: int) -> Hit | None:
    text, lexicon = part.text, part.lexicon
    words = text[start:end]
    if rule is _LED and not lexicon(names.ENDINGS).search(words):  # 你们鱼丸嘴里: back to what ends as a thing
        back = max((stop.end() for stop in lexicon(names.HEADS).finditer(words, 1)), default=0)
        if back < names.SHORTEST:
            weak = names.is_name(words, lexicon) and match.re is not _CODED
            return Hit(_LED_WEAKLY, start, end, match.start()) if weak else None
        end = start + back
        words = text[start:end]
    sure = bool(lexicon(names.ENDINGS).search(words))
    if not names.is_name(words, lexicon) or not (sure or rule not in (_OWNED, _SIZED)):
        return None
    ours = rule is _LED and lexicon(_OURS).match(text, match.start())
    return Hit(_MADE_BY_US if ours else rule if sure else _COUNTED_WEAKLY, start, end, match.start())


def _before_codes(text: str, lexicon: Lexicon) -> Iterator[Hit]:
    """``直拉杆球头(型号 K27-3003)``: what stands right before a type."""
    for match in islice(lexicon(_BEFORE_TYPE).finditer(text), ENOUGH):
        end = match.start()
        code = lexicon(_CODE_AHEAD).match(text, end)
        if code and not _NO_TYPE.fullmatch(code["code"]):
            start = names.start_of(text, end, lexicon)
            words = text[start:end]
            labelled = tables.is_label(words, lexicon) or lexicon(_PAPER).search(words)
            if not labelled and names.is_name(words, lexicon):
                sure = code["label"] or lexicon(names.ENDINGS).search(words)
                yield Hit(_BEFORE_CODE if sure else _BESIDE_CODE, start, end, start)


def _topics(part: Part, troubles: list[int]) -> Iterator[Hit]:
    """What a subject or an item of a list begins with, up to its trouble."""
    if part.source == "subject":
        yield from _in_subject(part, troubles)
        return
    text, lexicon = part.text, part.lexicon
    yield from _ending(part, (match.end() for match in islice(_ITEM_TOPIC.finditer(text), 20)), troubles, _IN_ITEM)
    yield from _in_lines(part, troubles)
    yield from _ending(part, (match.end() for match in islice(_CLAUSE.finditer(text), ENOUGH)), troubles, _OWNED)
    for at in islice(troubles, 20):
        if at > 0 and "\u3400" <= text[at - 1] <= "\u9fff":
            start = names.start_of(text, at, lexicon)
            if _is_thing(text[start:at], lexicon):
                yield Hit(_BEFORE_TROUBLE, start, at, start)


def _is_thing(words: str, lexicon: Lexicon) -> bool:
    """Whether words may name goods and end as the names of things do."""
    return lexicon(names.ENDINGS).search(words) is not None and names.is_name(words, lexicon)


def _ending(part: Part, starts: Iterator[int], troubles: list[int], rule: Rule) -> Iterator[Hit]:
    """The names of things that begin at these places."""
    for start in starts:
        end = names.end_of(part.text, start, troubles, part.lexicon)
        if _is_thing(part.text[start:end], part.lexicon):
            yield Hit(rule, start, end, start)


def _in_subject(part: Part, troubles: list[int]) -> Iterator[Hit]:
    text, lexicon = part.text, part.lexicon
    for match in islice(lexicon(_TOPIC).finditer(text), 5):
        end = names.end_of(text, match.end(), troubles, lexicon)
        cut = lexicon(_SUBJECT_ENDS).search(text, match.end() + 1, end)
        end = cut.start() if cut else end
        known = max((stop.end() for stop in lexicon(names.HEADS).finditer(text, match.end() + 1, end)), default=end)
        end = known if known - match.end() >= names.SHORTEST else end
        words = text[match.end() : end]
        if names.is_name(words, lexicon) and not tables.is_label(words, lexicon):
            rule = _IN_SUBJECT if lexicon(names.ENDINGS).search(words) else _FIRST
            yield Hit(rule, match.end(), end, match.end())


def _in_lines(part: Part, troubles: list[int]) -> Iterator[Hit]:
    """What a line with a quantity begins with."""
    text, lexicon = part.text, part.lexicon
    for match in islice(lexicon(_LINE_ITEM).finditer(text), ENOUGH):
        start, end = match.span("name")
        words = text[start : min(end, names.end_of(text, start, troubles, lexicon))]
        if names.is_name(words, lexicon) and not tables.is_label(words, lexicon) and not lexicon(_PAPER).search(words):
            sure = part.source.startswith("attachment") or lexicon(names.ENDINGS).search(words)
            yield Hit(_IN_LINE if sure else _IN_WEAK_LINE, start, start + len(words), start)
