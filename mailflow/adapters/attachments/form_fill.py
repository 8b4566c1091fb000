"""A customer's own Word or Excel form, filled in where a label of his names a fact of ours.  His file is data.

Nothing in it is run, evaluated or taken as a template of ours.  A fact is written into the empty cell right of its
label, else below it, else behind a colon in the same cell; where a label stands twice, or no place is empty, nothing
is.
:mod:`mailflow.adapters.attachments.forms` runs this as a process of its own.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.attachments.file_text import MAX_CPU_SECONDS, MAX_MEMORY, read_frame, sound_zip, write_frame
from mailflow.reading.matching.normalise import fold

MAX_CELLS = 20_000
_LONGEST_LABEL, _MOST_LEFT, _MOST_SHEETS = 60, 60, 10
_LONGEST_VALUE = 4000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_EMPTY = re.compile(r"[\s_＿　]*")
_COLON_END = re.compile(r"[:：][\s_＿　]*$")
_NUMBER = re.compile(r"^(?:[一二三四五六七八九十]{1,3}[、.]|\d{1,2}[、.)]|d\d(?![a-z\d]))")
_TWO_LANGUAGES = re.compile(r"([^\n]*[\u4e00-\u9fff）)])\s*[(（]?([A-Za-z][^\u4e00-\u9fff]*)$")
_TWO_LANGUAGES_TURNED = re.compile(r"([A-Za-z][^\u4e00-\u9fff]*?)\s*[(（]?([\u4e00-\u9fff].*)$")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_SIGNS = re.compile(r"[\s:*()\\.、_-]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass
class Place:
    """A cell: its text, where it stands, and what writes into it or behind its colon."""

    text: str
    row: int
    column: int
    last: int  # the last column it spans
    down: int  # the last row it spans
    cell: Any


@dataclass
class Found:
    """What became of the labels of one file."""

    written: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)


def fill(kind: str, content: bytes, facts: Sequence[tuple[str, Sequence[str], str]]) -> tuple[bytes, Found]:
    """The file with the facts (name, labels, value) filled in.  Raises ValueError for one that is not to be filled."""
    if not sound_zip(content):
        raise ValueError("too large")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith(".rels"):
                _check_relations(package.read(name))
    return (_docx if kind == "docx" else _xlsx)(content, facts)


def _check_relations(raw: bytes) -> None:
    for relation in _parsed(raw).iter("{*}Relationship"):
        if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink"):
            raise ValueError("asks for files from outside")


def _parsed(raw: bytes) -> Any:
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


# -------------------------------------------------------------------------------------------------- which cell is what


def _matched(
    grids: Sequence[Sequence[Place]], facts: Sequence[tuple[str, Sequence[str], str]]
) -> tuple[Found, list[tuple[Place, bool, str]]]:
    """What is to be written: the cell, whether behind its colon, and the value."""
    names = {_bare(label): name for name, labels, _ in facts for label in labels}
    values = {name: value for name, _, value in facts}
    found, places = Found(), dict[str, list[tuple[Place, Place | None, bool]]]()
    blanks: list[tuple[str, str]] = []  # label, name of the fact or ""
    for grid in grids:
        at = {(place.row, place.column): place for place in grid}
        for place in grid:
            words = place.text.strip()
            if not words or len(words) > _LONGEST_LABEL:
                continue
            name = _named(words, names)
            right = at.get((place.row, place.last + 1))
            below = at.get((place.down + 1, place.column))
            target = next((cell for cell in (right, below) if cell is not None and _EMPTY.fullmatch(cell.text)), None)
            behind = bool(_COLON_END.search(place.text))
            if name:
                found.known.add(name)
                places.setdefault(name, []).append((place, target, behind))
            if target is not None or behind or (right is not None and _EMPTY.fullmatch(right.text)):
                blanks.append((words, name))
    todo = []
    for name, stands in places.items():
        free = [(place, target, behind) for place, target, behind in stands if target is not None or behind]
        if values[name] and len(free) == 1 and len(stands) == 1:
            place, target, behind = free[0]
            todo.append((target or place, target is None, values[name][:_LONGEST_VALUE]))
            found.written[name] = place.text.strip()
    done = set(found.written)
    for words, name in blanks:
        if name not in done and _LETTERS.search(words) and words not in found.left and len(found.left) < _MOST_LEFT:
            found.left.append(words)
    return found, todo


def _named(words: str, names: dict[str, str]) -> str:
    """The one fact a cell's words name, in one language or in two."""
    two = _TWO_LANGUAGES.match(words) or _TWO_LANGUAGES_TURNED.match(words)
    said = (words, *re.split(r"[\n/|]", words), *(two.groups() if two else ()))
    parts = {names.get(_bare(part), "") for part in said} - {""}
    return parts.pop() if len(parts) == 1 else ""


def _bare(label: str) -> str:
    folded = fold(label).strip()
    return _SIGNS.sub("", _NUMBER.sub("", folded, count=1))


# ---------------------------------------------------------------------------------------------------------------- Word


def _docx(content: bytes, facts: Sequence[tuple[str, Sequence[str], str]]) -> tuple[bytes, Found]:
    part = "word/document.xml"
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        document = _parsed(package.read(part))
    grids = [[*_word_grid(table)] for table in document.iter(f"{_W}tbl")]
    found, todo = _matched(grids, facts)
    for place, behind, value in todo:
        _write_word(place.cell, value, behind)
    return _with(
        content, {part: etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True)}
    ), found


def _word_grid(table: Any) -> Iterator[Place]:
    for row, line in enumerate(table.findall(f"{_W}tr")):
        column = 0
        for cell in line.findall(f"{_W}tc"):
            about = cell.find(f"{_W}tcPr")
            span, merged = 1, None
            if about is not None:
                wide = about.find(f"{_W}gridSpan")
                span = int(wide.get(f"{_W}val", "1")) if wide is not None else 1
                merged = about.find(f"{_W}vMerge")
            if merged is None or merged.get(f"{_W}val") == "restart":
                lines = ["".join(text.text or "" for text in p.iter(f"{_W}t")) for p in cell.findall(f"{_W}p")]
                inner = cell.find(f"{_W}tbl") is not None
                yield Place("\0" if inner else "\n".join(lines), row, column, column + span - 1, row, cell)
            column += span


def _write_word(cell: Any, value: str, behind: bool) -> None:
    paragraphs = cell.findall(f"{_W}p")
    paragraph = next((p for p in reversed(paragraphs) if "".join(t.text or "" for t in p.iter(f"{_W}t")).strip()), None)
    paragraph = paragraph if behind and paragraph is not None else paragraphs[0]
    like = paragraph.find(f"{_W}r/{_W}rPr")
    if not behind:
        for text in paragraph.iter(f"{_W}t"):
            text.text = ""  # a line of underscores
    run = etree.SubElement(paragraph, f"{_W}r")
    if like is not None:
        run.append(copy.deepcopy(like))
        for bold in (*run.iter(f"{_W}b"), *run.iter(f"{_W}bCs")):
            bold.getparent().remove(bold)
    for number, line in enumerate(_clean(value).split("\n")):
        if number:
            etree.SubElement(run, f"{_W}br")
        text = etree.SubElement(run, f"{_W}t")
        text.text = line
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


# --------------------------------------------------------------------------------------------------------------- Excel


def _xlsx(content: bytes, facts: Sequence[tuple[str, Sequence[str], str]]) -> tuple[bytes, Found]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        shared = _shared(package.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
        sheets = {part: _parsed(package.read(part)) for part in _visible(package) if part in names}
    grids = [[*_excel_grid(sheet, shared)] for sheet in sheets.values()]
    found, todo = _matched(grids, facts)
    for place, behind, value in todo:
        _write_excel(place, f"{place.text.rstrip()}{value}" if behind else value)
    parts = {
        part: etree.tostring(sheet, xml_declaration=True, encoding="UTF-8", standalone=True)
        for part, sheet in sheets.items()
    }
    return _with(content, parts), found


def _visible(package: zipfile.ZipFile) -> list[str]:
    book = _parsed(package.read("xl/workbook.xml"))
    relations = _parsed(package.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations.iter("{*}Relationship")}
    parts = [
        targets.get(sheet.get(f"{_R}id"), "")
        for sheet in book.iter(f"{_S}sheet")
        if sheet.get("state", "visible") == "visible"
    ]
    return [part.lstrip("/") if part.startswith("/") else f"xl/{part}" for part in parts[:_MOST_SHEETS] if part]


def _shared(raw: bytes) -> list[str]:
    return [
        "".join(text.text or "" for text in item.iter(f"{_S}t") if text.getparent().tag != f"{_S}rPh")
        for item in _parsed(raw).findall(f"{_S}si")
    ]


def _excel_grid(sheet: Any, shared: Sequence[str]) -> Iterator[Place]:
    """The cells of a sheet, with those not written that stand beside a written one or are merged."""
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    hidden: set[tuple[int, int]] = set()
    for merged in sheet.iter(f"{_S}mergeCell"):
        first, _, last = merged.get("ref", "").partition(":")
        (top, left), (bottom, right) = _at(first), _at(last or first)
        spans[top, left] = (bottom, right)
        if (bottom - top + 1) * (right - left + 1) <= MAX_CELLS:
            hidden |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
    known: dict[tuple[int, int], tuple[str, Any]] = {}
    for cell in sheet.iter(f"{_S}c"):
        known[_at(cell.get("r", ""))] = (_excel_text(cell, shared), cell)
        if len(known) > MAX_CELLS:
            break
    wanted = dict(known)
    for (row, column), (text, _) in known.items():
        if text.strip():
            bottom, right = spans.get((row, column), (row, column))
            for place in ((row, right + 1), (bottom + 1, column)):
                wanted.setdefault(place, ("", sheet))
    for (row, column), (text, cell) in wanted.items():
        if (row, column) not in hidden:
            bottom, right = spans.get((row, column), (row, column))
            yield Place(text, row, column, right, bottom, cell)


def _excel_text(cell: Any, shared: Sequence[str]) -> str:
    if cell.find(f"{_S}f") is not None:
        return "\0"  # a formula: never empty, never a label
    kind, value = cell.get("t", "n"), cell.find(f"{_S}v")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_S}t"))
    if value is None or not value.text:
        return ""
    if kind == "s":
        return shared[int(value.text)] if value.text.isdigit() and int(value.text) < len(shared) else ""
    return str(value.text)


def _write_excel(place: Place, value: str) -> None:
    cell = place.cell
    if not str(cell.tag).endswith("}c"):
        cell = _new_cell(cell, place.row, place.column)
    for child in list(cell):
        cell.remove(child)
    cell.set("t", "inlineStr")  # text, whatever it begins with
    text = etree.SubElement(etree.SubElement(cell, f"{_S}is"), f"{_S}t")
    text.text = _clean(value)
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _new_cell(sheet: Any, row: int, column: int) -> Any:
    data = sheet.find(f"{_S}sheetData")
    lines = {int(line.get("r", "0")): line for line in data.findall(f"{_S}row")}
    line = lines.get(row)
    if line is None:
        line = etree.Element(f"{_S}row", r=str(row))
        data.insert(sum(number < row for number in lines), line)
    cell = etree.Element(f"{_S}c", r=f"{_letters(column)}{row}")
    line.insert(sum(_at(other.get("r", ""))[1] < column for other in line.findall(f"{_S}c")), cell)
    return cell


def _at(reference: str) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference)
    if found is None:
        raise ValueError("no cell")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# ---------------------------------------------------------------------------------------------------------------- both


def _clean(value: str) -> str:
    return _NOT_IN_XML.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))


def _with(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The package with these parts in place of its own; all others byte for byte."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, parts.get(entry.filename) or old.read(entry), entry.compress_type)
    return stream.getvalue()


def serve() -> None:
    """Answer frames until the other side closes; an empty answer where a file is not filled."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such limits on this system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            _, asked = read_frame(sys.stdin.buffer)
            kind, content = read_frame(sys.stdin.buffer)
            try:
                made, found = fill(kind, content, json.loads(asked))
                about = {"written": found.written, "known": sorted(found.known), "left": found.left}
            except Exception:  # whatever the libraries raise on strangers' bytes
                made, about = b"", {}
            write_frame(answers, "json", json.dumps(about).encode())
            write_frame(answers, "file", made)


if __name__ == "__main__":
    serve()
