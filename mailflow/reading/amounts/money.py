"""Amounts of money: ``¥36,000.00``, ``3.6万元``, ``人民币叁万陆仟元整``, ``RMB 36K``, ``€1.200,50``; no price a piece.

A number is money when a sign, a code or a unit of a currency stands beside it, or a label such as 赔偿金额 before it.
The value is the sum with its ISO 4217 code (``36000.00 CNY``); a range keeps both ends (``300.00-500.00 CNY``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH, longest
from mailflow.reading.text import superseded
from mailflow.reading.text.numerals import CAPITALS, NUMERALS, ONES, chinese, mixed

CAPITAL_RULE = "amount-capitals"
MOST = 20  # of one mail: who encloses a price list names no sum
_ABOUT = re.compile(r"[\n多余]|\s+$")
_NEAR = 40  # characters between a sum in digits and the same sum in words

_CODES = {
    "CNY": "¥ rmb cny 人民币 元 圆 块 yuan",
    "USD": "$ us$ usd 美元 美金 dollar dollars",
    "EUR": "€ eur 欧元 euro euros",
    "GBP": "£ gbp 英镑",
    "HKD": "hk$ hkd 港币 港元",
    "JPY": "jpy 日元",
    "TWD": "nt$ twd 新台币 台币",
    "SGD": "s$ sgd 新加坡元",
    "AUD": "a$ aud 澳元",
    "CAD": "c$ cad 加元",
    "CHF": "chf 瑞士法郎",
    "KRW": "krw 韩元",
}
_CODE = {word: code for code, words in _CODES.items() for word in words.split()}
_WORDS = "|".join(re.escape(word) for word in sorted(_CODE, key=len, reverse=True) if word not in ("元", "圆", "块"))
_MARK = re.compile(rf"(?:(?<![a-z$])|(?<=\dk))(?:{_WORDS})(?![a-z])|[元圆](?![件器素旦宵月年组老首气帅])|块")
_GATE = tuple(
    "元 圆 块 $ ¥ € £ 人民币 金 币 镑 法郎 rmb cny usd eur gbp hkd jpy twd sgd aud cad chf krw yuan dollar "
    "万 赔 扣款 罚 退款 损失".split()
)

_PLAIN = r"\d{1,3}(?:,\n?\d{3})+(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?"
_EUROPEAN = r"\d{1,3}(?:\.\d{3})+(?:,\d{2})?|\d{1,3}(?:[ ']\d{3})+[.,]\d{2}|\d{1,9},\d{2}"
_DIGITS = rf"(?:(?:{_EUROPEAN})(?![\d,.]?\d)|(?:{_PLAIN}))(?!\d)"
_LATIN_SCALE = r"[ ]?(?:k|m|mn|mio|million|thousand|bn|billion)(?![a-z])"
_HAN_SCALE = rf"[多余]?[ ]?(?:百万|千万|[百千万亿](?:\d{{1,4}}千?|[{ONES}][百千]?)?)"
_NUMERAL = rf"(?:[{NUMERALS}] ?){{1,19}}[{NUMERALS}]"
_NUMBER = rf"(?:{_DIGITS}(?:{_LATIN_SCALE}|{_HAN_SCALE})?|{_NUMERAL})"
_RANGE = rf"(?:(?P<low>{_DIGITS}[万千k]?)[元块]?[ ]?[-~到至][ ]?)?"
_LEFT = re.compile(
    rf"(?<![a-z0-9×*#-])(?<!\d[.,/])(?<![{NUMERALS}几数多第])(?P<all>{_RANGE}(?P<number>{_NUMBER})[多余来]?[ ]?)$"
)
_RIGHT = re.compile(
    rf"(?P<gap>(?:\(?大写\)?|\(?小写\)?|约|大概|为|是|[ \t:=()]){{0,6}})(?P<all>{_RANGE}(?P<number>{_NUMBER})[多余来]?)"
)
_TAIL = re.compile(
    rf"(?:[ ]?(?:元|圆|块钱?|yuan)(?![件器素]))?(?P<jiao>[\d{NUMERALS}]角)?(?P<fen>[\d{NUMERALS}]分)?[ ]?[整正]?钱?"
    r"(?:人民币|rmb|cny)?(?:[ ]?\(?(?:含|不含|未)税(?:\d{1,2}%)?\)?)?"
)
_LABEL = Grammar("(?P<sure>(?:总?金|总|款|合同|发票|赔偿)额|总价|货款|货值|小写)|<sum-labels>")
_LABEL_SIGNS = "额赔价货损罚扣退违亏小"
_LABELLED = Grammar(
    rf"(?P<gap><sum-fillers>{{0,5}})(?P<all>(?P<number>\d{{1,8}}(?:\.\d{{1,4}})?{_HAN_SCALE}|{_NUMERAL}"
    rf"|{_PLAIN})[多余来]?)(?!\d)"
)
_NO_MONEY = Grammar(f"[ ]?(?:{UNITS}|[%‰°℃年月日号天周时分秒]|[a-z./:-]|[个小]|多?[人次天])")
_OWN_COMMA = re.compile(r"\d{1,9},\d{2}")
_END = re.compile(r"[ ]{0,2}(?:$|[\n,;。!)、]|左右|以上|作为|并)")

_EACH_BEFORE = re.compile(r"(?:单价|单位价格|每[^\n,;。]{0,12}|@|(?:unit|list|piece) price)[^\d\n,;。]{0,8}$")
_EACH_AFTER = Grammar(
    rf"[ ]?(?:/[ ]?(?![{NUMERALS}]|{_WORDS})[a-z\u4e00-\u9fff]|每|[一1](?:{UNITS}|[天次月人])|per\b"
    r"|each\b|apiece|a (?:piece|unit|set)\b)"
)
_CLAIM = Grammar("<claim-words>")
_SPENT = Grammar("<spent-verbs>[了的到是]?(?:我们|我司|我)?[ ]?$")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in a part: its place in the folded text, its value with the code, and whether capitals say it."""

    start: int
    end: int
    value: str
    rule: str
    confidence: float

    @property
    def capital(self) -> bool:
        """Whether the sum is written in words (叁万陆仟), not in digits."""
        return self.rule == CAPITAL_RULE


def find(parts: Sequence[Part]) -> list[Finding]:
    """The sums a mail names, each once in digits and once in words; those taken back are marked as such."""
    first: dict[tuple[str, bool], Finding] = {}
    stale: list[Finding] = []
    for part in parts:
        for amount in read(part):
            sure = amount.confidence * (0.8 if part.role == "attachment" else 1.0)
            finding = part.finding("amount", amount.start, amount.end, amount.rule, sure, amount.value)
            if superseded.is_stale(part, amount.start, amount.end):
                stale.append(
                    part.finding("amount", amount.start, amount.end, "amount-corrected", SUPERSEDED, amount.value)
                )
            else:
                first.setdefault((amount.value, amount.capital), finding)
    said = {value for value, _ in first}
    return [*islice(first.values(), MOST), *[item for item in stale if first and item.value not in said]]


def read(part: Part) -> list[Amount]:
    """Every sum of a part in reading order."""
    text = part.text
    if not any(word in text for word in _GATE):
        return []
    found = [*islice(_marked(part), ENOUGH), *islice(_labelled(part), ENOUGH)]
    return longest(found, lambda item: (item.start, item.end), lambda item: item.confidence)


def disagreements(parts: Iterable[Part]) -> list[tuple[str, str]]:
    """The sums that words and digits beside each other give differently, as (in digits, in words)."""
    found: list[tuple[str, str]] = []
    for part in parts:
        amounts = read(part)
        digits = [item for item in amounts if not item.capital]
        for item in amounts:
            if not item.capital:
                continue
            beside = [other for other in digits if _gap(item, other) <= _NEAR]
            nearest = min(beside, key=lambda other: _gap(item, other), default=digits[0] if len(digits) == 1 else None)
            if nearest is not None and nearest.value != item.value:
                found.append((nearest.value, item.value))
    return list(dict.fromkeys(found))


# ------------------------------------------------------------------------------------------------------------ parts


def _gap(one: Amount, other: Amount) -> int:
    return max(one.start - other.end, other.start - one.end)


def _marked(part: Part) -> Iterator[Amount]:
    """Numbers beside a currency's sign, code or unit."""
    text = part.text
    for mark in islice(_MARK.finditer(text), 5 * ENOUGH):
        word = mark[0]
        left = _LEFT.search(text, max(0, mark.start() - 48), mark.start())
        right = None if word in ("元", "圆", "块", "yuan") else _RIGHT.match(text, mark.end())
        # 4,250 USD or USD 4,250: of two numbers the one that stands closer is meant.
        if left and right and left["all"].endswith(" ") >= bool(right["gap"]):
            left = None
        number = left or right
        if number is None or (word == "块" and not _is_money(part, number.start("all"), mark.end())):
            continue
        start = number.start("all") if left else mark.start()
        tail = _TAIL.match(text, mark.end() if left else number.end("all"))
        assert tail
        amount = _amount(
            part, start, max(tail.end(), mark.end()), _CODE[word], number, tail, 0.6 if word == "块" else 0.9
        )
        if amount:
            yield amount


def _labelled(part: Part) -> Iterator[Amount]:
    """Numbers without a currency behind a word that speaks of money: ``损失约3.6万``.  What nobody names is yuan."""
    text, lexicon = part.text, part.lexicon
    if not any(sign in text for sign in _LABEL_SIGNS):
        return
    for label in islice(lexicon(_LABEL).finditer(text), 5 * ENOUGH):
        number = lexicon(_LABELLED).match(text, label.end())
        if (
            number is None
            or lexicon(_NO_MONEY).match(text, number.end())
            or text[number.end() : number.end() + 1] in ("元", "块")
        ):
            continue
        scaled = number["number"][-1] in "万千亿" or mixed(number["number"]) is not None
        plain = number["number"].replace(",", "").partition(".")[0]
        bare = plain.isdigit() and 3 <= len(plain) <= 9 and label["sure"] and ":" in number["gap"]
        told = plain.isdigit() and 3 <= len(plain) <= 7 and len(label[0]) > 1
        if (scaled or bare or told) and _END.match(text, number.end()):
            tail = _TAIL.match(text, number.end())
            assert tail
            if amount := _amount(part, number.start("all"), number.end("all"), "CNY", number, tail, 0.6):
                yield amount


def _amount(
    part: Part, start: int, end: int, code: str, number: re.Match[str], tail: re.Match[str], sure: float
) -> Amount | None:
    text, lexicon = part.text, part.lexicon
    before, low, words = text[max(0, start - 24) : start], None, number["number"]
    if code == "CNY" and _OWN_COMMA.fullmatch(words):  # ¥500,30天内: no decimals in this country
        words = words[:-3]
        end = number.start("number") + len(words)
    value = _value(words, code)
    if value is None or _EACH_BEFORE.search(before) or lexicon(_EACH_AFTER).match(text, end):
        return None
    for name, worth in (("jiao", "0.1"), ("fen", "0.01")):
        if tail[name]:
            value += _digit(tail[name][0]) * Decimal(worth)
    if not value or value >= 10**12:
        return None
    if "low" in number.re.groupindex and number["low"]:
        low = _value(number["low"], code)
        if low is not None and low * 1000 < value and number["number"][-1] in "万千k":
            low *= value / (_value(number["number"][:-1], code) or value)  # 3-5万
    capital = any(sign in CAPITALS for sign in number["number"])
    if lexicon(_CLAIM).search(before) or lexicon(_CLAIM).search(text, end, end + 8):
        sure += 0.05
    end = start + len(text[start:end].rstrip())
    shown = f"{_shown(low)}-{_shown(value)}" if low is not None and low < value else _shown(value)
    return Amount(start, end, f"{shown} {code}", CAPITAL_RULE if capital else "amount", sure)


def _is_money(part: Part, start: int, end: int) -> bool:
    """块 is money behind 花了, 收费 ..., before 钱 and by the ten thousand (5万块); otherwise it counts boards."""
    text = part.text
    if text[end : end + 1] == "钱" or text[end - 2] == "万":
        return True
    spent = part.lexicon(_SPENT).search(text[max(0, start - 4) : start])
    return spent is not None and _END.match(text, end) is not None


def _value(words: str, code: str) -> Decimal | None:
    words = _ABOUT.sub("", words)
    if words[0] in NUMERALS:
        number = chinese(words)
        return None if number is None or len(words) < 2 else Decimal(number)
    if (value := mixed(words.replace(",", ""))) is not None:
        return value
    scale = re.search(r"[a-z]+$", words)
    times = {"k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}[scale[0][0]] if scale else 1
    digits = (words[: scale.start()] if scale else words).replace(" ", "").replace("'", "")
    return Decimal(_plain(digits, code)) * times


def _plain(digits: str, code: str) -> str:
    """Digits with a point only: which of ``,`` and ``.`` parts thousands is told by how many digits follow."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d{2}|\d+,\d{2}", digits):
        return digits.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", digits) or (code == "EUR" and re.fullmatch(r"\d{1,3}\.\d{3}", digits)):
        return digits.replace(".", "")
    return digits.replace(",", "")


def _digit(sign: str) -> int:
    return int(sign) if sign.isdigit() else chinese(sign) or 0


def _shown(value: Decimal) -> str:
    """At least two decimals, as money is written; more only where somebody wrote more."""
    shown = value.quantize(Decimal("0.01"))
    return f"{shown if shown == value else value.normalize():f}"
