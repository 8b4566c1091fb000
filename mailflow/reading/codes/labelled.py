"""Order, batch and model numbers: what the rules' labelled shapes hit, and what follows as a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.amounts.counts import counted
from mailflow.reading.codes import unlabelled
from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.parts import CODES, Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text.rows import is_sound
from mailflow.reading.text.superseded import is_stale

_TRIM = "./-_*×"
_AND = re.compile(r"\s{0,2}(?:、|,|;|/|及|和|与|and\b|&)\s{0,2}")
_MORE = re.compile(r"(?=[a-z0-9/_.-]{0,24}\d)[a-z0-9][a-z0-9/_.-]{2,24}#?")
_OUR_CASE = re.compile(
    r"[a-z]{2,3}-20\d\d-\d{3,5}"
)  # the usual form of our own case numbers, in brackets in the subject
_OURS_BEFORE = Grammar(r"<our-numbers>\s{0,2}(?:号|编号|no\.?|#)?[\s:]{0,3}\[?$")
_NO_CODE = re.compile(
    r"(?:19|20)\d\d[./-]\d{1,2}(?:[./-]\d{1,2})?|\d{1,2}[./-]\d{1,2}|\d{1,2}:\d\d|20\d\d|1[3-9]\d{9}|"
    r"0\d{2,3}-\d{7,8}|\d{1,2}(?:st|nd|rd|th)|\d{1,2}-?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)[a-z-]{0,8}\d{0,4}|"
    r"\d{1,3}(?:,\d{3}){1,3}|\d{1,2}[x×*](?:20|40|45)(?:gp|hq|hc|ft|dv)?"
)
_MONEY_BEFORE = re.compile(r"(?:[$¥€£]|rmb|usd|eur|cny|hkd|人民币)\s?$")
_MONEY_AFTER = re.compile(r"(?:\.\d{2})?\s?(?:万?元|块钱|rmb|usd|eur|cny|%)")


_INSTEAD = Grammar(
    "(?:是?(?:写|填|报|打)错了?|有误|(?:is|was) (?:wrong|incorrect|a typo))?[ ,;.]{0,3}<instead-words>[ ]?"
    r"(?P<value>(?=[a-z0-9/_.-]{0,20}\d)[a-z0-9][a-z0-9/_-]{2,24})"
)
_LABELLED = re.compile(r"^(?:po|p\.o\.|so|no)[-.#]?(?=[a-z0-9-]{4})")  # PO88123 beside PO 88123 is said twice
_SURE, _SOME = 0.8, 0.6
_CARRIAGE = "waybill-"
_ITEM_NUMBER = "item-number-label"


@dataclass(frozen=True, slots=True)
class Code:
    """A code found in a part."""

    field: str
    start: int
    end: int
    rule: str
    confidence: float
    labelled: bool


def codes(part: Part) -> list[Code]:
    """The codes of one part; where two overlap the better one stays."""
    found = list(
        islice(
            (code for hit in _hits(part) for code in (hit, *_list_after(part, hit), *_instead(part, hit))), 2 * ENOUGH
        )
    )
    found.sort(key=lambda code: (-code.confidence, code.start - code.end, code.start))
    kept: list[Code] = []
    for code in found:
        if not any(code.start < other.end and other.start < code.end for other in kept):
            kept.append(code)
    return sorted(kept, key=lambda code: code.start)


def findings(part: Part, found: Iterable[Code]) -> list[Finding]:
    """Codes as Findings with their evidence; one that is named only to be replaced is marked so."""
    return [
        part.finding(c.field, c.start, c.end, f"{c.rule}-corrected", SUPERSEDED)
        if is_stale(part, c.start, c.end)
        else part.finding(c.field, c.start, c.end, c.rule, c.confidence)
        for c in found
    ]


def best_orders(found: Sequence[Finding]) -> list[Finding]:
    """The numbers that name the order; a number said again counts once.

    Delivery notes, references and the like (less sure than 0.6) count only when there is nothing surer; of waybills
    (rules named ``waybill-...``) the same holds beside the number of an order or a contract.
    """
    top = max((finding.confidence for finding in found), default=0.0)
    floor = _SOME if top >= _SOME else 0.0
    kept = [finding for finding in found if finding.confidence >= floor]
    orders = [finding for finding in kept if not finding.rule.startswith(_CARRIAGE)]
    if top >= _SOME and orders:
        kept = orders
    bare = {finding.value.casefold() for finding in kept}
    return [
        finding
        for finding in kept
        if _LABELLED.sub("", finding.value.casefold()) not in bare - {finding.value.casefold()}
    ]


def best_batches(found: Sequence[Finding]) -> list[Finding]:
    """Serial numbers of single goods count only when no batch is named."""
    sure = [finding for finding in found if finding.confidence >= _SURE]
    return sure or list(found)


def best_models(found: Sequence[Finding], lines: bool, others: Iterable[Finding] = ()) -> list[Finding]:
    """An item number of somebody's system counts only where no type is named; lines of goods keep the first kind.

    What is an order's or a batch's number elsewhere in the mail (``others``) is no model.
    """
    taken = {finding.value.casefold() for finding in others}
    found = [finding for finding in found if finding.value.casefold() not in taken]
    types = [finding for finding in found if finding.rule != _ITEM_NUMBER]
    return types if types and (not lines or len(types) * 2 > len(found) - len(types)) else list(found)


def _hits(part: Part) -> Iterator[Code]:
    for said in unlabelled.find(part):
        end = _trimmed(part.text, said.start, said.end)
        if _is_code(part, said.field, said.start, end, year=said.year):
            yield Code(said.field, said.start, end, said.rule, said.confidence, True)
    for hit in part.of(*CODES):
        start, end, field = hit.start, hit.end, hit.rule.finds
        while field == "order_no" and start > hit.whole_start and "a" <= part.text[start - 1] <= "z":
            start -= 1  # PO7788 written in one word is the number as a whole
        end = _trimmed(part.text, start, end)
        if end - start < 3 or not _is_code(part, field, start, end):
            continue
        labelled = bool(hit.rule.labels)
        length = (start - hit.whole_start) / 1000 if labelled else 0.0  # 采购订单号 says more than 单号
        yield Code(field, start, end, hit.rule.name, hit.rule.confidence + min(length, 0.03), labelled)


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in _TRIM:
        end -= 1
    return end


def _is_code(part: Part, field: str, start: int, end: int, *, year: bool = False) -> bool:
    """Not a date, a telephone number, a sum, a count of goods or a number of our own.

    ``year``: what looks like a year is one of a date code's four digits.
    """
    text = part.text
    words = text[start:end]
    if not words or (_NO_CODE.fullmatch(words) and not (year and len(words) == 4)) or _is_our_case(part, start, words):
        return False
    if field == "model":
        return True
    if field == "batch_no" and is_sound(text, start, part.lexicon):
        return False
    bare = words.replace(",", "").replace(".", "").isdigit()
    if not bare:
        return True
    return not (
        _MONEY_BEFORE.search(text[max(0, start - 6) : start])
        or _MONEY_AFTER.match(text, end)
        or (len(words) < 7 and counted(text, end, part.lexicon))
    )


def _list_after(part: Part, code: Code) -> Iterator[Code]:
    """``H25-01、H25-02 and H25-03`` behind one label: every further code of the same look."""
    if not code.labelled:
        return
    end = code.end
    for _ in range(50):
        gap = _AND.match(part.text, end)
        more = _MORE.match(part.text, gap.end()) if gap else None
        if more is None:
            return
        last = more.end()
        while part.text[last - 1] in _TRIM:
            last -= 1
        if not _alike(part.text[more.start() : last], part.text[code.start : code.end]):
            return
        yield Code(code.field, more.start(), last, code.rule, code.confidence, True)
        end = last


def _instead(part: Part, code: Code) -> Iterator[Code]:
    """``A写错了，应为B``: the code that replaces this one."""
    new = part.lexicon(_INSTEAD).match(part.text, code.end)
    if code.labelled and new and is_stale(part, code.start, code.end):
        yield Code(code.field, new.start("value"), new.end("value"), code.rule, code.confidence, True)


def _alike(more: str, first: str) -> bool:
    """Whether two codes are of one kind: the same form, or the same beginning and length."""
    return _look(more) == _look(first) or (
        len(more) == len(first) and not first.isdigit() and more[:2] == first[:2] and more[:1].isalpha()
    )


def _look(words: str) -> str:
    """The form of a code: two bare numbers look alike only when they are of one length."""
    if words.isdigit():
        return "9" * len(words)
    return re.sub(r"\d+", "9", re.sub(r"[a-z]+", "a", words))


def names_our_case(part: Part, start: int) -> bool:
    """Whether what starts here is called a case, ticket or form number: those are ours."""
    return bool(part.lexicon(_OURS_BEFORE).search(part.text[max(0, start - 14) : start]))


def _is_our_case(part: Part, start: int, words: str) -> bool:
    before = part.text[max(0, start - 14) : start]
    return names_our_case(part, start) or (bool(_OUR_CASE.fullmatch(words)) and before.rstrip().endswith(("[", "(")))
