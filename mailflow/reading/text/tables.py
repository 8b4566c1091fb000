"""Tables as text: every row one line that says what each cell is, ``型号: HG-35A；数量: 300只``.

A row of labels heads the rows below it; a row of a label and a value stands alone.  A quantity and the unit in the
next column become one word.  Pure: cells in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold, plain
from mailflow.reading.matching.spans import ENOUGH

if TYPE_CHECKING:  # what reads strangers' files in a process of its own needs no rules
    from mailflow.reading.matching.parts import Part

MAX_CELL, MAX_COLUMNS = 500, 40

_LABEL_WORDS = Grammar(r"^(?:no|nr|line|pos|item|#)\.?$|^sn$|^s/n$|<headings>|<bad-headings>|<headings-end>$")
_QUANTITY = Grammar("<quantity-headings>")
_UNIT = Grammar("<unit-headings>")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_MAX_LABEL = 16
_CELLS = "cells"
_MAX_LINE = 1000
_TABLE, _ROW, _CELL = "\x1d", "\x1e", "\x1f"  # group, record and unit separator (ISO/IEC 646)
_NO_MARKS = dict.fromkeys(map(ord, _TABLE + _ROW + _CELL), " ")
_TAB, _BAR, _GAP, _BLANK = (re.compile(edge) for edge in (r"\t", r"\|", r" {2,}", r" "))


def cell(value: object) -> str:
    """One cell as words: whole numbers without a decimal point, dates without midnight, white space folded."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    words = plain(str(value)[: 2 * MAX_CELL])[:MAX_CELL]
    return words.removesuffix(" 00:00:00")


def lines(rows: Iterable[Sequence[str]], lexicon: Lexicon) -> list[str]:
    """One line for each row that holds anything."""
    found: list[str] = []
    head: Sequence[str] = ()
    for row in rows:
        row = _without_repeats(row[:MAX_COLUMNS])
        words = [word for word in row if word]
        if not words:
            head = ()
        elif _is_head(row, lexicon):
            head = row
            found.append("\t".join(words))
        elif sum(bool(label and word) for label, word in zip(head, row, strict=False)) >= 2 and not _is_pair(
            row, lexicon
        ):
            found.append(_item(head, row, lexicon))
        else:
            head = head if len(words) > 2 else ()
            found.append(_pairs(words, lexicon))
    return found


def marked(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table as lines that :func:`laid_out` knows again, for whoever reads files and knows no words."""
    yield _TABLE
    for row in rows:
        yield _ROW + _CELL.join(row[:MAX_COLUMNS])


def unmarked(text: str) -> str:
    """A stranger's text without the signs of :func:`marked`."""
    return text.translate(_NO_MARKS)


def laid_out(text: str, lexicon: Lexicon) -> str:
    """A text with marked tables: every row one line that says what each cell is."""
    found: list[str] = []
    rows: list[list[str]] = []
    for line in (*text.split("\n"), _TABLE):
        if line.startswith(_ROW):
            rows.append(line[1:].split(_CELL))
            continue
        found += lines(rows, lexicon)
        rows = []
        if line != _TABLE:
            found.append(line)
    return "\n".join(found)


def in_cells(text: str) -> str:
    """A text with marked tables: every row one line, its cells parted by tabs."""
    found = (line[1:].replace(_CELL, "\t") if line.startswith(_ROW) else line for line in text.split("\n"))
    return "\n".join(line for line in found if line != _TABLE)


def _without_repeats(row: Sequence[str]) -> list[str]:
    """Merged cells come once for each column they span."""
    return [word if index == 0 or word != row[index - 1] or len(word) < 4 else "" for index, word in enumerate(row)]


_SENTENCE_SIGNS = frozenset(":。!?")  # signs of a sentence; no head has them


def is_label(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is what tables and forms call a column or a line."""
    folded = fold(word).strip(" :*")
    return (
        0 < len(folded) <= (_MAX_LABEL if not folded.isascii() else 24)
        and bool(lexicon(_LABEL_WORDS).search(folded))
        and sum(character.isdigit() for character in folded) < 2
    )


def _is_head(row: Sequence[str], lexicon: Lexicon) -> bool:
    words = [word for word in row if word]
    labels = sum(is_label(word, lexicon) for word in words)
    return len(words) >= 3 and labels >= 2 and labels >= 0.6 * len(words) and not any(":" in fold(w) for w in words)


def _is_pair(row: Sequence[str], lexicon: Lexicon) -> bool:
    """``收货地址：`` and its value below a table: no row of the table."""
    words = [word for word in row if word]
    return fold(words[0]).endswith(":") or (
        len(words) == 2 and is_label(words[0], lexicon) and not is_label(words[1], lexicon)
    )


def _item(head: Sequence[str], row: Sequence[str], lexicon: Lexicon) -> str:
    cells = list(zip(head, row, strict=False))
    units = [
        index for index, (label, word) in enumerate(cells) if word and lexicon(_UNIT).fullmatch(fold(label).strip(" :"))
    ]
    parts: list[str] = []
    for index, (label, word) in enumerate(cells):
        if not word or index in units:
            continue
        if lexicon(_QUANTITY).search(fold(label)) and _NUMBER.fullmatch(fold(word)):
            beside = [cells[unit][1] for unit in units if abs(unit - index) <= 2]
            word += next((unit for unit in beside if not unit[0].isdigit()), "")
        parts.append(f"{label.strip(' :：')}: {word}" if label else word)
    return "；".join(parts)


def _pairs(words: Sequence[str], lexicon: Lexicon) -> str:
    """``客户名称 | 某公司 | 电话 | ...`` as labelled words; anything else as it stands."""
    if len(words) == 2 and len(words[0]) <= _MAX_LABEL and ":" not in fold(words[0] + words[1])[:-1]:
        return f"{words[0]}: {words[1]}"
    parts: list[str] = []
    index = 0
    while index < len(words):
        label = words[index]
        follows = words[index + 1] if index + 1 < len(words) else ""
        if follows and (is_label(label, lexicon) or fold(label).endswith(":")) and not fold(follows).endswith(":"):
            parts.append(f"{label.strip(' :：')}: {follows}")
            index += 2
        else:
            parts.append(label)
            index += 1
    return "；".join(parts)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table written as text: the label over it, and where its words stand.  A head is its own label."""

    label: str
    start: int
    end: int
    is_head: bool = False


def columns(text: str, lexicon: Lexicon) -> Iterator[Cell]:
    """The heads and the labelled cells of tables in a text as written: below a line of labels, lines cut the same way.

    The labels come folded.  Tabs, bars or two blanks part the cells; single blanks do where every word of the head is
    a label.
    """
    head: list[str] = []
    at = 0
    for line in text.split("\n"):
        if line.count(" ") + line.count("\t") + line.count("|") < 2 and len(line) <= _MAX_LINE:
            # No head, and no row of one: heads have three cells.
            head = [] if line.replace("|", "").strip() else head
            at += len(line) + 1
            continue
        spans = _cut(line) if len(line) <= _MAX_LINE else []
        words = [line[start:end] for start, end in spans]
        filled = [word for word in words if word]
        if len(filled) >= 3 and _heads(filled, lexicon):
            head = [fold(word).strip(" :*") for word in words]
            yield from _cells(head, spans, at, is_head=True)
        elif head and len(words) == len(head):
            yield from _cells(head, spans, at)
        elif filled:
            head = []
        at += len(line) + 1


def _cells(head: Sequence[str], spans: Sequence[tuple[int, int]], at: int, *, is_head: bool = False) -> Iterator[Cell]:
    for label, (start, end) in zip(head, spans, strict=True):
        if label and end > start:
            yield Cell(label, at + start, at + end, is_head)


def cells(part: Part) -> list[Cell]:
    """The labelled cells of a part."""
    return [cell for cell in _looked_at(part) if not cell.is_head]


def heads(part: Part) -> list[Cell]:
    """The headings of the tables of a part: they name what is counted, they tell of nothing."""
    return [cell for cell in _looked_at(part) if cell.is_head]


def _looked_at(part: Part) -> list[Cell]:
    found: list[Cell] | None = part.shared.get(_CELLS)
    if found is None:
        found = list(islice(columns(part.original, part.lexicon), 10 * ENOUGH)) if "\n" in part.original else []
        part.shared[_CELLS] = found
    return found


def _cut(line: str) -> list[tuple[int, int]]:
    """Where the cells of a line stand, without the blanks round them."""
    edge = _TAB if "\t" in line else _BAR if "|" in line else _GAP if "  " in line.strip() else _BLANK
    found: list[tuple[int, int]] = []
    start = 0
    for mark in (*edge.finditer(line), None):
        end = mark.start() if mark else len(line)
        words = line[start:end]
        found.append((start + len(words) - len(words.lstrip()), start + len(words.rstrip())))
        start = mark.end() if mark else start
    while found and found[0][0] >= found[0][1] and edge is not _TAB:
        del found[0]
    while found and found[-1][0] >= found[-1][1]:
        del found[-1]
    return found[:MAX_COLUMNS]


def _heads(words: Sequence[str], lexicon: Lexicon) -> bool:
    if any(word[:1].isdigit() or not _SENTENCE_SIGNS.isdisjoint(word) for word in words):
        return False
    labels = sum(is_label(word, lexicon) for word in words)
    return labels >= 2 and labels >= 0.6 * len(words)
