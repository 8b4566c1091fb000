"""What somebody's card says of his company and himself: labelled values of the signature, and of lines of the letter.

Only what stands behind a label of ``rules/archive.yaml`` is taken, and only in the shape its field has; a blank beats a
guess.  Pure, and the time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mailflow.domain.model import Message
from mailflow.domain.profile_ports import CardValue
from mailflow.reading.matching.normalise import fold, plain

Shape = Literal["text", "name", "address", "postcode", "phone", "web", "mail", "credit_code", "account"]
READ = 5_000  # characters of a part that are looked at: its end, where cards stand
LINES, LONGEST_LINE = 80, 300
LONG_LABEL = 3
CARD_LINES = 10  # of a letter without a signature that may be one

_LEFT = r"(?:^|(?<=[\s|;,/·(\[]))"
_ITEM = re.compile(r"\s{0,4}(?:\d{1,2}[.、)]|[-*•])?\s{0,2}")
_ENDS = re.compile(r"[|;]|\s{3,}|\t|,\s{0,2}$")
_CLAUSE_ENDS = re.compile(r"[,;。!?|]")
_PHONE = re.compile(r"[+(]{0,2}\d[\d ()./-]{4,24}\d(?:\s{0,2}(?:转|分机|ext\.?|x)\s{0,2}\d{1,6})?")
_MOBILE = re.compile(r"(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}")
_WEB = re.compile(r"(?:https?://)?(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}(?:/[\w./-]{0,80})?")
_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}")
_CODE = re.compile(r"[0-9a-hj-npqrtuwxy]{18}")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, 4.2
_PLACE = re.compile(r"[\u4e00-\u9fff]{2}|[a-z]{3}")
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,12}|[a-z][a-z'. -]{1,38}[a-z]")
_BLANK = re.compile(r"[-/—_.\s]{0,20}|\(?(?:无|暂无|不变|n/?a|none|同上|unchanged)\)?")


@dataclass(frozen=True, slots=True)
class Label:
    """The field a label names, the shape of its values, whether it is a contact's, and the field a mobile number
    behind it belongs to (empty: the same)."""

    field: str
    shape: Shape
    is_contacts: bool
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """What each label, as people write it, names."""

    by_label: Mapping[str, Label]
    _known: Mapping[str, Label] = field(init=False, repr=False)
    pattern: re.Pattern[str] | None = field(init=False, repr=False)
    """Finds a label with its colon."""

    def __post_init__(self) -> None:
        known = {_squeezed(fold(label)): what for label, what in self.by_label.items()}
        words = sorted((fold(label) for label in self.by_label), key=len, reverse=True)
        spoken = "|".join(r"\s{0,4}".join(map(re.escape, word.replace(" ", ""))) for word in words)
        pattern = re.compile(rf"{_LEFT}(?P<label>{spoken})\.?\s{{0,4}}[:=]\s{{0,6}}") if words else None
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "pattern", pattern)

    def what(self, label: str) -> Label:
        """What a label as it was found names."""
        return self._known[_squeezed(label)]


def read_card(message: Message, labels: Labels) -> list[CardValue]:
    """What a mail's writer says of his company and himself, each field once: what the letter says goes before the card.

    What is a contact's is read in the signature alone (without one in the last lines of the letter); what is the
    company's also where a line of the letter begins with its label, or a clause with a long one (新地址：…).  Quoted
    and forwarded words are somebody else's.
    """
    lines = message.new_text[-READ:].splitlines()[-LINES:]
    card = message.signature[:READ].splitlines()[:LINES]
    source, letter = "signature", lines
    if not message.signature.strip():
        source, letter, card = "new_text", lines[:-CARD_LINES], lines[-CARD_LINES:]
    found = {value.field: value for line in card for value, _ in _values(line, labels, source, anywhere=True)}
    for line in letter:
        for value, is_contacts in _values(line, labels, "new_text", anywhere=False):
            if not is_contacts:
                found[value.field] = value
    return list(found.values())


def normal(shape: Shape, words: str) -> str:
    """The words in the normal form of a shape; empty when they have it not."""
    folded, value = fold(words), plain(words).strip(" ,;，；。")
    if _BLANK.fullmatch(folded.strip()) or len(value) > LONGEST_LINE:
        return ""
    if shape == "text":
        return value
    if shape == "address":
        return value if len(value) >= 6 and _PLACE.search(folded) and "@" not in value and "//" not in value else ""
    if shape == "name":
        match = _NAME.match(folded.strip())
        return plain(words.strip()[: match.end()]) if match else ""
    if shape == "postcode":
        match = re.match(r"\s{0,4}(\d{6})(?!\d)", folded)
        return match[1] if match else ""
    if shape == "phone":
        match = _PHONE.match(folded.strip())
        digits = sum(sign.isdigit() for sign in match[0]) if match else 0
        return plain(words.strip()[: match.end()]) if match and 7 <= digits <= 20 else ""
    if shape in ("web", "mail"):
        match = (_WEB if shape == "web" else _MAIL).match(folded.strip())
        return match[0] if match else ""
    bare = re.sub(r"[\s-]", "", folded)[:60]
    if shape == "credit_code":
        return bare.upper() if _CODE.fullmatch(bare) and _is_checked(bare.upper()) else ""
    return bare if bare.isdigit() and 5 <= len(bare) <= 30 else ""


def _values(line: str, labels: Labels, source: str, *, anywhere: bool) -> Iterator[tuple[CardValue, bool]]:
    """The values of a line of a card (``anywhere``), or of the letter."""
    line = line[:LONGEST_LINE]
    folded = fold(line)
    if labels.pattern is None:
        return
    matches = list(labels.pattern.finditer(folded))
    if not matches:
        return
    prose = not anywhere and not _ITEM.fullmatch(folded, 0, matches[0].start())
    if prose:
        matches = [match for match in matches if len(match["label"]) >= LONG_LABEL]
    for match, end in zip(matches, [*(each.start() for each in matches[1:]), len(folded)], strict=False):
        label = labels.what(match["label"])
        stop = (_CLAUSE_ENDS if prose else _ENDS).search(folded, match.end(), end)
        words = line[match.end() : stop.start() if stop else end].strip(" \t,;，；/|")
        if value := normal(label.shape, words):
            name = label.mobile if label.mobile and _MOBILE.fullmatch(fold(value)) else label.field
            yield CardValue(name, value, words, source), label.is_contacts


def _is_checked(code: str) -> bool:
    """Does the last sign fit the others (GB 32100-2015, 4.5)?"""
    total = sum(_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return _ALPHABET[(31 - total % 31) % 31] == code[17]


def _squeezed(label: str) -> str:
    return re.sub(r"\s", "", label)
