"""A web page as text, its tables as marked rows; Word files come here as the page mammoth makes of them.

What a reader of the page does not see (hidden, deleted, struck out) is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import html  # type: ignore[import-untyped]

from mailflow.reading.text import tables

MAX_ROWS, MAX_SPAN, MAX_DEPTH = 200, 40, 60
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "s", "del", "strike"})
_BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 li dt dd ul ol dl blockquote pre section article center form hr".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TICKED, _UNTICKED = "☑", "☐"


def lines(page: str) -> Iterator[str]:
    """The text of a page, line by line.  Raises what lxml raises for what is no page (ValueError, ParserError)."""
    root = html.document_fromstring(page, parser=html.HTMLParser(no_network=True, huge_tree=False))
    yield from _Reader().read(root)


class _Reader:
    def __init__(self) -> None:
        self._words: list[str] = []
        self._rows_left = MAX_ROWS

    def read(self, root: Any) -> Iterator[str]:
        yield from self._element(root, 0)
        yield from self._flush()

    def _element(self, element: Any, depth: int) -> Iterator[str]:
        if not isinstance(element.tag, str) or element.tag in _UNSEEN or _is_hidden(element) or depth > MAX_DEPTH:
            return
        if element.tag == "table":
            yield from self._flush()
            yield from self._table(element, depth)
            return
        is_block = element.tag in _BLOCKS
        if is_block or element.tag == "br":
            yield from self._flush()
        if element.tag == "input" and element.get("type", "") == "checkbox":
            self._words.append(_UNTICKED if element.get("checked") is None else _TICKED)
        self._words.append(element.text or "")
        for child in element:
            yield from self._element(child, depth + 1)
            self._words.append(child.tail or "")
        if is_block:
            yield from self._flush()

    def _flush(self) -> Iterator[str]:
        words = _SPACE.sub(" ", "".join(self._words)).strip()
        self._words = []
        if words:
            yield tables.unmarked(words)

    def _table(self, table: Any, depth: int) -> Iterator[str]:
        """Its rows, each cell in its column; tables in its cells come below it."""
        inner: list[Any] = []
        down: dict[int, tuple[int, str]] = {}  # by column: rows a cell still reaches into, and its words
        own = (row for row in table.iter("tr") if _table_of(row) is table and not _is_hidden(row))
        rows = [self._row(row, down, inner, depth) for row in [*islice(own, self._rows_left)]]
        self._rows_left -= len(rows)
        yield from tables.marked(rows)
        for each in inner:
            yield from self._element(each, depth + 1)

    def _row(self, row: Any, down: dict[int, tuple[int, str]], inner: list[Any], depth: int) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            _reach(cells, down)
            words = "" if _is_hidden(cell) else self._cell(cell, inner, depth)
            wide = _span(cell, "colspan")
            if (high := _span(cell, "rowspan")) > 1:
                down[len(cells)] = high - 1, words
            cells += [words, *[""] * (wide - 1)]
        _reach(cells, down)
        return cells

    def _cell(self, cell: Any, inner: list[Any], depth: int) -> str:
        tables_inside = [each for each in cell.iter("table") if _table_of(each) is _table_of(cell)]
        for each in tables_inside:
            inner.append(each)
            tail, parent = each.tail or "", each.getparent()
            before = each.getprevious()
            if before is not None:
                before.tail = f"{before.tail or ''} {tail}"
            else:
                parent.text = f"{parent.text or ''} {tail}"
            each.tail = None
            parent.remove(each)
        reader = _Reader()
        reader._rows_left = 0
        reader._words.append(cell.text or "")
        found: list[str] = []
        for child in cell:
            found += reader._element(child, depth + 1)
            reader._words.append(child.tail or "")
        found += reader._flush()
        return tables.cell(" ".join(found))


def _reach(cells: list[str], down: dict[int, tuple[int, str]]) -> None:
    """Put the words of cells that reach down from rows above where the row has come to."""
    while (column := len(cells)) in down:
        left, words = down.pop(column)
        if left > 1:
            down[column] = left - 1, words
        cells.append(words)


def _table_of(element: Any) -> Any:
    return next(element.iterancestors("table"), None)


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style", "")))


def _span(cell: Any, name: str) -> int:
    words = cell.get(name, "1")
    return max(1, min(int(words), MAX_SPAN)) if words.isascii() and words.isdigit() and len(words) < 6 else 1
