"""The printed cells of a Word form that somebody changed, when he changed nothing else.

A form is rows of titles and the cells beside them.  What a returned file says in such a cell may be taken as put right
by whoever may do so; everything around it must be as it was issued.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from mailflow.records.clean import clean
from mailflow.records.returned import differences, read_package
from mailflow.records.word_package import Package, W, package
from mailflow.records.word_text import BOUND, HIDDEN, LISTED, PICTURE, STRUCK, Reader, squeezed

_MARKS = (HIDDEN, PICTURE, LISTED, BOUND, STRUCK)
_GONE = {f"{W}{name}" for name in ("del", "moveFrom", "delText", "delInstrText", "rPr", "pPr", "tcPr")}
_SIGNS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": " ", f"{W}noBreakHyphen": "-"}


def changed_cells(issued: bytes, returned: bytes, titles: Collection[str]) -> tuple[tuple[str, str], ...] | None:
    """Title and present words of every cell that was changed, in the order of the form.

    None when anything else was changed: a cell beside none of these ``titles``, a field to fill in or sign, or words
    nobody sees.  Raises ValueError as :func:`mailflow.records.returned.read_returned` does.
    """
    before, after = package(issued), package(returned)
    old, new = list(_cells(before)), list(_cells(after))
    if len(old) != len(new):
        return None
    wanted = {squeezed(title) for title in titles}
    found = []
    for (title, was), (_, now) in zip(old, new, strict=True):
        words = _lines(now, after)
        if words == _lines(was, before):
            continue
        if title not in wanted or _has_controls(now) or any(mark in line for line in words for mark in _MARKS):
            return None
        found.append((title, " ".join("".join(_words(now)).split())))
        now[:] = list(was)  # the rest is compared as if it had not been changed
    if not found or differences(read_package(before), read_package(after)):
        return None
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------ parts


def _cells(parts: Package) -> Iterator[tuple[str, Element]]:
    """Every cell that holds no table of its own, with the words of the one on its left."""
    for row in parts.body.iter(f"{W}tr"):
        title = ""
        for cell in row.iter(f"{W}tc"):
            if cell.find(f".//{W}tbl") is None:
                yield title, cell
                title = "".join(_lines(cell, parts))


def _lines(cell: Element, parts: Package) -> list[str]:
    reader = Reader(parts.styles)
    reader.read(cell)
    return [*reader.lines, *(f"{tag}={words}" for tag, words in sorted(reader.controls.items()))]


def _has_controls(cell: Element) -> bool:
    return cell.find(f".//{W}sdt") is not None


def _words(element: Element) -> Iterator[str]:
    """What stands in a cell, with the white space between its words."""
    for child in element:
        if child.tag in _GONE:
            continue
        yield clean(child.text or "") if child.tag == f"{W}t" else _SIGNS.get(child.tag, "")
        yield from _words(child)
        if child.tag == f"{W}p":
            yield "\n"
