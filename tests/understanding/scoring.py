"""Compare what was read of labelled mails with their key: hits, extras and misses of every field.

A key gives for each field nothing (``null``: it is not in the mail), a value or a list of values, and in ``accept``
other answers that are as right.  Words are compared without case, blanks and punctuation; a shorter wording that is
part of the longer one is the same thing said shorter.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from mailflow.reading.text.numerals import chinese

EXACT = ("order_no", "batch_no", "model")
WORDS = ("product", "defect_or_issue", "demand")
DAYS = ("happened_on", "requested_deadline")
FIELDS = ("customer_company", "contact", "phone", *EXACT, "quantity", *WORDS, *DAYS, "severity", "validity_hint")
NO_CASE = frozenset({"auto_reply", "read_receipt", "bounce", "spam", "newsletter", "loop"})
Said = Mapping[str, Any]

_TITLES = re.compile("(?:总经理|经理|主任|主管|科长|厂长|老板|先生|女士|小姐|老师|师傅|工程师|总|工|姐|哥)$")
_UNIT_NAMES = (
    "pcs pc ea 个 個 只 隻 件 块 片 支 枚 颗",
    "箱 ctn ctns carton cartons",
    "套 set sets",
    "米 m 公尺",
    "公斤 kg kgs",
    "吨 t mt ton tons",
)
_UNITS = {word: words.split()[0] for words in _UNIT_NAMES for word in words.split()}


@dataclass
class Count:
    """How many values were found (hits), said but not in the key (extras), and missed."""

    hits: int = 0
    extras: int = 0
    misses: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.hits, self.extras, self.misses = (
            self.hits + other.hits, self.extras + other.extras, self.misses + other.misses,
        )  # fmt: skip
        return self

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 where there was nothing to find and nothing was said."""
        wrong = self.extras + self.misses
        return 2 * self.hits / (2 * self.hits + wrong) if self.hits or wrong else 1.0


@dataclass
class Score:
    """The figures of a set of mails."""

    mails: int = 0
    kinds: int = 0
    suppressed: list[str] = field(default_factory=list)  # mails of people that were taken for a machine's
    too_mild: list[str] = field(default_factory=list)  # grave mails that were graded lower
    fields: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in FIELDS})
    wrong: list[str] = field(default_factory=list)

    @property
    def overall(self) -> Count:
        """All fields together."""
        total = Count()
        for count in self.fields.values():
            total += count
        return total


def score(keys: Iterable[Said], said: Mapping[str, Said]) -> Score:
    """Every mail of the key against what was read of the file of that name."""
    result = Score()
    for key in keys:
        name, read = key["file"], said[key["file"]]
        result.mails += 1
        right = read["kind"] in (key["kind"], *key.get("alt_kinds", ()))
        result.kinds += right
        if not right:
            result.wrong.append(f"{name} kind: {key['kind']} read as {read['kind']}")
        if key["kind"] not in NO_CASE and read["kind"] in NO_CASE and not right:
            result.suppressed.append(name)
        if compare("severity", key, read).misses and _grade(read) < _grade(key):
            result.too_mild.append(name)
        for field_name in FIELDS:
            count = compare(field_name, key, read)
            result.fields[field_name] += count
            if count.extras or count.misses:
                result.wrong.append(f"{name} {field_name}: {key.get(field_name)} read as {read.get(field_name)}")
    return result


def compare(name: str, key: Said, read: Said) -> Count:
    """One field of one mail: the best of the accepted answers."""
    main, told = values(key.get(name)), _distinct(name, values(read.get(name)))
    options = [main, *(values(option) for option in (key.get("accept") or {}).get(name, ()))]
    best: Count | None = None
    for place, option in enumerate(options):
        hits = 1 if name == "phone" and _matched(name, option, told) else _matched(name, option, told)
        extras = sum(not any(alike(name, a, b) for a in option) for b in told) if name == "phone" else len(told) - hits
        wanted = min(len(option), 1) if name == "phone" else len(option)
        count = Count(hits, extras, wanted - hits)
        if place and not hits and (option or told):
            continue  # another answer counts only where it was given
        if not main or not option:
            count.hits = count.misses = 0
        if best is None or (count.extras + count.misses, -count.hits) < (best.extras + best.misses, -best.hits):
            best = count
    assert best is not None
    return best


def alike(name: str, wanted: str, told: str) -> bool:
    """Whether two values of a field say the same."""
    return _ALIKE.get(name, _same)(wanted, told)


def values(value: Any) -> list[str]:
    """A field's values as texts; none for a null."""
    if value is None or value == "" or value == []:
        return []
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def plain(value: str) -> str:
    """Letters and digits only, in NFKC and lower case."""
    text = unicodedata.normalize("NFKC", value).lower()
    return "".join(char for char in re.sub("[×✕*]", "x", text) if unicodedata.category(char)[0] not in "PZCS")


def _grade(said: Said) -> int:
    return ("一般", "重大", "恶性").index(next(iter(values(said.get("severity"))), "一般"))


def _distinct(name: str, told: Sequence[str]) -> list[str]:
    return list({plain(value): value for value in told}.values()) if name in EXACT else list(told)


def _matched(name: str, wanted: Sequence[str], told: Sequence[str]) -> int:
    """How many pairs can be made, each value used once."""
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for other, value in enumerate(told):
            if other not in tried and alike(name, wanted[index], value):
                tried.add(other)
                if other not in taken or place(taken[other], tried):
                    taken[other] = index
                    return True
        return False

    return sum(place(index, set()) for index in range(len(wanted)))


def _same(a: str, b: str) -> bool:
    return plain(a) == plain(b) != ""


def _within(a: str, b: str) -> bool:
    short, full = sorted((plain(a), plain(b)), key=len)
    return short in full and len(short) >= (2 if short.isascii() else 1)


def _phrase(a: str, b: str) -> bool:
    if _within(a, b):
        return True
    pairs = [Counter(pairwise(text)) for text in (plain(a), plain(b))]
    total = sum(pairs[0].values()) + sum(pairs[1].values())
    return bool(total) and 2 * sum((pairs[0] & pairs[1]).values()) / total >= 0.5


def _person(a: str, b: str) -> bool:
    first, second = (_TITLES.sub("", re.sub(r"^(?:mr|mrs|ms|dr)\.? ", "", text.strip().lower())) for text in (a, b))
    return plain(first) == plain(second) or _same(a, b)


def _phone(a: str, b: str) -> bool:
    short, full = sorted((re.sub(r"\D", "", text).removeprefix("0086") for text in (a, b)), key=len)
    return len(short) >= 7 and len(full) - len(short) <= 5 and (full.startswith(short) or full.endswith(short))


def _day(a: str, b: str) -> bool:
    return a[:10] == b[:10] and (len(a) == 10 or a == b[:16])


def _amount(a: str, b: str) -> bool:
    (first, unit), (second, other) = _counted(a), _counted(b)
    if first is None or second is None:
        return _same(a, b)
    return first == second and (not unit or not other or unit == other)


def _counted(text: str) -> tuple[float | None, str]:
    """The number of a quantity and its unit; words of one meaning are one unit."""
    match = re.match(
        r"\D*?([\d,.]*\d|[一二两三四五六七八九十百千万]+)\s*([万千百k]?)[多余来]?\s*(.*)", text.lower(), re.DOTALL
    )
    if not match:
        return None, ""
    digits = match[1].replace(",", "")
    base = float(digits) if digits[:1].isdigit() else float(chinese(digits) or 0)
    scale = {"万": 1e4, "千": 1e3, "百": 1e2, "k": 1e3}.get(match[2], 1.0)
    unit = re.match(r"[a-z]+|[\u4e00-\u9fff]", match[3])
    return base * scale, _UNITS.get(unit[0], unit[0]) if unit else ""


_ALIKE: dict[str, Callable[[str, str], bool]] = {
    "customer_company": _within, "contact": _person, "phone": _phone, "quantity": _amount, "product": _within,
    "defect_or_issue": _phrase, "demand": _phrase, "happened_on": _day, "requested_deadline": _day,
}  # fmt: skip
