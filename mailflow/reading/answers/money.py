"""An amount of money in a labelled line: ``1,200.00元``, ``3.6万``, ``USD 4,250``, ``人民币叁万陆仟元整``."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from mailflow.reading.answers.words import squeeze
from mailflow.reading.text.numerals import CAPITALS, NUMERALS, SCALES, chinese, mixed

_CURRENCIES = {
    "CNY": ("人民币", "rmb", "cny", "¥", "元", "块钱", "块", "圆"),
    "USD": ("美元", "美金", "usd", "us$", "u.s.$"),
    "EUR": ("欧元", "eur", "€", "euros", "euro"),
    "HKD": ("港币", "港元", "hkd", "hk$"),
    "JPY": ("日元", "日币", "jpy"),
    "GBP": ("英镑", "gbp", "£"),
    "TWD": ("新台币", "台币", "twd", "nt$"),
}
_SIGNS = {sign: code for code, signs in _CURRENCIES.items() for sign in signs}
_ANY_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|\d{1,12}(?:\.\d{1,4})?"
_PLAIN = re.compile(
    rf"(?P<before>(?:{_ANY_SIGN}|:| ){{0,4}})(?P<number>{_NUMBER})(?P<scale> ?(?:万|千|k(?![a-z])))?"
    rf"(?P<after>(?: ?(?:{_ANY_SIGN}|整|正)){{0,3}})"
)
_WORDS = re.compile(
    rf"(?P<before>(?:{_ANY_SIGN}|:| ){{0,3}})(?P<number>[\d.{NUMERALS}]{{1,20}})(?P<after>(?:{_ANY_SIGN}|整|正){{0,3}})"
)
_CAPITAL = re.compile(
    rf"(?:人民币|大写|:|"
    rf" ){{0,4}}(?P<yuan>[{NUMERALS}]{{1,20}})[元圆](?:(?P<jiao>[{NUMERALS}])角)?零?(?:(?P<fen>[{NUMERALS}])分)?[整正]?"
)
_TAX = re.compile(
    r"\(?(?:不?含税|含\d{1,2}%?增?值?税|含税\d{1,2}%|税前|税后|incl\.? ?(?:vat|tax)|excl\.? ?(?:vat|tax))\)?$"
)
_ABOUT = re.compile(
    r"约|大概|左右|上下|不超过|以内|至多|最多|至少|以上|估计|暂估|预计|about|approx|around|up to|max|"
    r"min|(?<=\d)-\d|~|到\d|至\d"
)
_TWICE = re.compile(r"([^()]{1,40})\(([^()]{1,40})\)")
_CENT = Decimal("0.01")


def read_money(words: str) -> tuple[str, str]:
    """The amount as ``1200.00 CNY`` (decimal text, ISO 4217 code when a currency is written), and a problem code.

    One of the two is empty.  ``元`` and ``¥`` are CNY; a bare ``$`` is no currency anybody could be sure of.
    """
    text = squeeze(words).strip(" 。.;,")
    if _ABOUT.search(text):
        return "", "not_exact"
    text = _TAX.sub("", text).strip(" ,(")
    capital = _CAPITAL.search(text) if any(sign in text for sign in CAPITALS + "圆元") else None
    if capital is not None and any(sign in capital[0] for sign in CAPITALS):
        rest = (text[: capital.start()] + text[capital.end() :]).strip(" (),;:")
        rest = re.sub(r"^大写|大写$", "", rest).strip(" (),;:")
        amount = _capital(capital)
        if amount is None:
            return "", "not_money"
        if not rest or rest in _SIGNS:
            return _shown(amount, "CNY"), ""
        plain = _digits(rest)
        if plain is None:
            return "", "not_money"
        return (_shown(amount, "CNY"), "") if plain[0] == amount else ("", "amounts_differ")
    if (twice := _TWICE.fullmatch(text)) is not None:  # 人民币800元整（¥800.00）
        both = [_digits(part.strip(" :")) for part in twice.groups()]
        amounts = {found[0] for found in both if found}
        currencies = {found[1] for found in both if found and found[1]}
        if None not in both and len(amounts) == 1 and len(currencies) < 2:
            return _shown(amounts.pop(), next(iter(currencies), "")), ""
        return "", "not_money" if None in both else "amounts_differ"
    found = _digits(text)
    return (_shown(*found), "") if found is not None else ("", "not_money")


def _digits(text: str) -> tuple[Decimal, str] | None:
    match = _PLAIN.fullmatch(text)
    if match is not None:
        try:
            amount = Decimal(match["number"].replace(",", ""))
        except InvalidOperation:
            return None
        scale = (match["scale"] or "").strip()
        amount *= SCALES.get(scale, 1)
    else:
        match = _WORDS.fullmatch(text)
        if match is None:
            return None
        number = match["number"]
        said = mixed(number) if any(sign.isdigit() for sign in number) else chinese(number)
        if said is None:
            return None
        amount = Decimal(said)
    codes = {_SIGNS[sign] for part in (match["before"], match["after"]) for sign in re.findall(_ANY_SIGN, part or "")}
    if len(codes) > 1:
        return None
    return amount, next(iter(codes), "")


def _capital(match: re.Match[str]) -> Decimal | None:
    yuan = chinese(match["yuan"])
    if yuan is None:
        return None
    jiao = chinese(match["jiao"]) if match["jiao"] else 0
    fen = chinese(match["fen"]) if match["fen"] else 0
    if jiao is None or fen is None or jiao > 9 or fen > 9:
        return None
    return Decimal(yuan) + Decimal(jiao) / 10 + Decimal(fen) / 100


def _shown(amount: Decimal, currency: str) -> str:
    return f"{amount.quantize(_CENT)} {currency}".strip()
