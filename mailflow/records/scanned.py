"""Which pages of a scan belong to which record.

Our forms print the record's code in the head of every page, so a page tells by itself where it belongs.  A page on
which no code could be read is therefore not taken for the next page of the record before it: it may be the first page
of another one.  It is taken only where the pages before and after it are the same record's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from mailflow.domain.ports import Scan, ScanPage


@dataclass(frozen=True, slots=True)
class SortedPages:
    """Every page of a scan, in exactly one place, by its number.

    ``records`` is keyed by the text of the code; who files them verifies it.  ``unknown`` pages show no code,
    ``ambiguous`` ones more than one: a person decides.  A blank page goes with the page before it, at the beginning
    with the one after.
    """

    records: Mapping[str, tuple[int, ...]]
    unknown: tuple[int, ...] = ()
    ambiguous: tuple[int, ...] = ()


def pages_of_record(scan: Scan) -> SortedPages:
    """Assign each page of a scan.  Pages of a record that lie apart come together, in the scan's order."""
    records: dict[str, list[int]] = {}
    unknown: list[int] = []
    ambiguous: list[int] = []
    for page, codes in zip(scan.pages, _codes(scan.pages), strict=True):
        place = ambiguous if len(codes) > 1 else records.setdefault(codes[0], []) if codes else unknown
        place.append(page.number)
    return SortedPages({code: tuple(numbers) for code, numbers in records.items()}, tuple(unknown), tuple(ambiguous))


def _codes(pages: tuple[ScanPage, ...]) -> list[tuple[str, ...]]:
    """The codes each page goes by: its own, or its neighbours'."""
    found = [page.codes for page in pages]
    told = [index for index, page in enumerate(pages) if page.codes]
    for before, after in pairwise(told):
        if found[before] == found[after] and len(found[before]) == 1:
            found[before:after] = [found[before]] * (after - before)
    for index, page in enumerate(pages):
        if page.blank and index:
            found[index] = found[index - 1]
    first = next((index for index, page in enumerate(pages) if not page.blank), 0)
    found[:first] = [found[first]] * first if pages else []
    return found
