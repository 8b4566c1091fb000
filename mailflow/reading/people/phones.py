"""Phone numbers with extensions; never a fax number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import phonenumbers

from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH, longest
from mailflow.reading.text.superseded import is_stale

_EXTENSION = r"(?:\s{0,2}(?:转|分机|内线|ext\.?|x|#)\s{0,2}(\d{1,6})|-(\d{1,5}))?"
_MOBILE = re.compile(r"(?<![\d.-])(?:(?:\+|00)?86[ -]?)?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?![\d-])")
_LANDLINE = re.compile(
    r"(?<![a-z0-9.-])(?:\(?(?:\+|00)86\)?[ -]?)?\(?(0(?:10|2\d|[3-9]\d{2}))\)?[ -]{0,2}(\d{3,4})[ -]?(\d{4})(?!\d)"
    + _EXTENSION
)
_SERVICE = re.compile(r"(?<![\d.-])([48]00)[ -]?(\d{3,4})[ -]?(\d{3,4})(?![\d-])")
_FOREIGN = re.compile(r"(?<![a-z0-9.])(?:\+|00)[ ]?([1-9]\d{0,3}(?:[ .()/-]{1,3}\d{1,5}|\d){4,12})(?!\d)" + _EXTENSION)
_LABELLED = re.compile(
    r"(?:电话|手机|联系方式|座机|热线|tel|phone|mobile|mob|cell|direct|\bph|\bt|\bm)\.?[ \t]{0,3}[:.]?[ \t]{0,3}"
    r"(\(?\d{2,5}\)?(?:[ ./()-]{1,3}\d{1,6}|\d){2,8})(?!\d)" + _EXTENSION
)
_AMERICAN = re.compile(r"(?<![a-z0-9.-])\(?([2-9]\d{2})\)?[ .-]{1,2}(\d{3})[ .-](\d{4})(?![\d-])" + _EXTENSION)
_FAX = re.compile(r"(?:传真|fax|f)\s{0,2}(?:no\.?|号码?)?\s{0,2}[:.]?\s{0,3}(?:\(?\+?[\d() -]{0,6})?$")
_BOTH = re.compile(r"(?:电话|tel|t)\s{0,2}/\s{0,2}(?:传真|fax|f)\s{0,2}[:.]?\s{0,3}$")

_ANY = re.compile(r"[\d(][\d ()./-]{5,40}")
_OLD_BEFORE = re.compile(
    r"(?:原来?的?(?:登记)?的?(?:手机|电话|号码|手机号)?|旧(?:手机|电话|号码|号)?|old (?:phone|number|mobile))(?:是|为|"
    r":)?\s{0,2}$"
)
_OLD_AFTER = re.compile(r"[\s,()]{0,3}(?:不用了?|停用|已停|作废|不再使用|已注销|is no longer|no longer)")


def find(part: Part) -> list[Finding]:
    """The phone numbers of a part, in reading order; one that no longer holds is marked so."""
    found: list[Finding] = []
    seen = longest(_candidates(part.text), lambda item: (item[0], item[1]))
    for start, end, value, rule in seen[:ENOUGH]:
        before = part.text[max(0, start - 16) : start]
        if _OLD_BEFORE.search(before) or _OLD_AFTER.match(part.text, end) or is_stale(part, start, end):
            found.append(part.finding("phone", start, end, f"{rule}-corrected", SUPERSEDED, value))
        elif not _FAX.search(before) or _BOTH.search(before):
            found.append(part.finding("phone", start, end, rule, 0.9, value))
    return found


def _candidates(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Candidates around each stretch that looks like a number at all: nothing else of the text is searched."""
    end = 0
    for stretch in islice(_ANY.finditer(text), 2 * ENOUGH):
        if stretch.start() < end:
            continue
        start, end = max(0, stretch.start() - 24), min(len(text), stretch.end() + 24)
        while end < len(text) and text[end].isdigit():
            end += 1
        certain = [*_chinese(text, start, end), *_foreign(text, start, end)]
        yield from certain
        # A label vouches for digits of no known shape; two known numbers behind one label are two numbers.
        for item in _labelled(text, start, end):
            if not any(item[0] < known[1] and known[0] < item[1] for known in certain):
                yield item


def _chinese(text: str, start: int, end: int) -> Iterator[tuple[int, int, str, str]]:
    for match in _MOBILE.finditer(text, start, end):
        yield match.start(1), match.end(), "".join(match.groups()), "phone-mobile"
    for match in _LANDLINE.finditer(text, start, end):
        area, first, last, *extension = match.groups()
        yield match.start(), match.end(), f"{area}-{first}{last}{_tail(extension)}", "phone-landline"
    for match in _SERVICE.finditer(text, start, end):
        yield match.start(), match.end(), "".join(match.groups()), "phone-service"


def _foreign(text: str, start: int, end: int) -> Iterator[tuple[int, int, str, str]]:
    for match in _FOREIGN.finditer(text, start, end):
        digits, *extension = match.groups()
        number = "+" + re.sub(r"\D", "", digits.replace("(0)", ""))
        if _possible(number):
            yield match.start(), match.end(), number + _tail(extension), "phone-international"
    for match in _AMERICAN.finditer(text, start, end):
        area, first, last, *extension = match.groups()
        yield match.start(), match.end(), f"({area}) {first}-{last}{_tail(extension)}", "phone-american"


def _labelled(text: str, start: int, end: int) -> Iterator[tuple[int, int, str, str]]:
    for match in _LABELLED.finditer(text, start, end):
        digits, *extension = match.groups()
        if 6 <= len(re.sub(r"\D", "", digits)) <= 15:
            yield match.start(1), match.end(), digits.strip() + _tail(extension), "phone-labelled"


def _tail(extension: list[str | None]) -> str:
    inner = next((digits for digits in extension if digits), "")
    return f"-{inner}" if inner else ""


def _possible(number: str) -> bool:
    """Whether a number with its country code may exist, by the international tables."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    # Customers shorten and mistype: a country that exists and a length anybody uses are enough.
    return 6 <= len(str(parsed.national_number)) <= 12
