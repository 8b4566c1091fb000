"""Personal data out of a sentence: people, phones, addresses and companies become marks; what must stay is kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.people import phones

PHONE, MAIL, NAME, COMPANY, LINK, NUMBER, PLACE = (
    "〔电话〕", "〔邮箱〕", "〔姓名〕", "〔公司〕", "〔链接〕", "〔号码〕", "〔地址〕",
)  # fmt: skip

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；）)]{1,300}", re.IGNORECASE)
_LONG_NUMBER = re.compile(
    r"(?<![\dA-Za-z-])\d{5}(?:[ -]?\d{2,5}){2,5}[\dXx]?(?![\dA-Za-z])"
)  # accounts, identity cards
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?:\s?(?:转|分机|-)\s?\d{1,6})?(?!\d)")
_PLACE = re.compile(
    r"(?:(?:收货|公司|联系|家庭)?地址|住址|address)\s{0,3}[:：]\s{0,3}([^\n；;。]{4,80})", re.IGNORECASE
)
_COMPANY = re.compile(r"[\u4e00-\u9fff（）()]{2,24}(?:有限责任公司|股份有限公司|有限公司)")
_TITLED = Grammar(
    r"(?!施工|常工|金工|方工)(?:<surnames>)[\u4e00-\u9fff]{0,2}?(?:总经理|副总|经理|主任|科长|部长|厂长|主管|老板|先生|女士|小姐|老师|师傅|工程师"
    r"|总(?!是|共|体|的|额|数|量|计)|工(?!作|程|厂|人|业|资|时|地|艺|序|期|具|件))"
)
_LABELLED = re.compile(
    r"(?:联系人|收件人|收货人|经办人|负责人|姓名|采购员|我叫|我是|contact(?: person)?|attn\.?)\s{0,3}[:：]?\s{0,3}"
    r"([\u4e00-\u9fff·]{2,4}(?![\u4e00-\u9fff])|[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2})",
)
_WHOLE = (
    (_MAIL, MAIL), (_LINK, LINK), (_COMPANY, COMPANY), (_LANDLINE, PHONE), (_LONG_NUMBER, NUMBER),
)  # fmt: skip
_HAN = re.compile(r"[\u3400-\u9fff]")


def mask(
    text: str, *, names: Collection[str] = (), companies: Collection[str] = (), keep: Iterable[tuple[int, int]] = ()
) -> str:
    """The text with personal data replaced by marks; what overlaps a span to ``keep`` stays as it is."""
    kept = sorted(keep)
    found = [piece for item in _personal(text, names, companies) for piece in _without(item, kept, text)]
    merged: list[tuple[int, int, str]] = []
    for start, end, mark in sorted(found, key=lambda item: (item[0], -item[1])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, mark))
    result, last = [], 0
    for start, end, mark in merged:
        result += [text[last:start], mark]
        last = end
    return "".join([*result, text[last:]])


def _personal(text: str, names: Collection[str], companies: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for finding in phones.find(Part("new_text", text, fold(text), shipped_lexicon())):
        yield finding.start, finding.end, PHONE
    for pattern, mark in (*_WHOLE, (shipped_lexicon()(_TITLED), NAME)):
        for match in pattern.finditer(text):
            yield match.start(), match.end(), mark
    for pattern, mark in ((_PLACE, PLACE), (_LABELLED, NAME)):
        for match in pattern.finditer(text):
            yield match.start(1), match.end(1), mark
    for words, mark in [*((name, NAME) for name in names), *((name, COMPANY) for name in companies)]:
        if len(words.strip()) >= 2:
            for match in re.finditer(_literal(words.strip()), text, re.IGNORECASE):
                yield match.start(), match.end(), mark


def _without(item: tuple[int, int, str], kept: Iterable[tuple[int, int]], text: str) -> Iterator[tuple[int, int, str]]:
    """What is left of a find outside the kept spans."""
    start, end, mark = item
    for first, last in kept:
        if start < last and first < end:
            if text[start:first].strip():
                yield start, first, mark
            start = max(start, last)
    if text[start:end].strip():
        yield start, end, mark


def _literal(words: str) -> str:
    """These words as an expression; Latin ones as whole words only."""
    plain = re.escape(words)
    return plain if _HAN.search(words) else rf"(?<![\w]){plain}(?![\w])"
