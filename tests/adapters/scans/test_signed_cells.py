"""What a returned page shows in its signature cells.  ``python -m bench.signatures`` tries many more ways and hands."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject

from mailflow.adapters.scans.compare import Features, Printed
from mailflow.adapters.scans.reader import ScanReader
from mailflow.adapters.scans.signed import Sheet, shown
from mailflow.domain.model import Attachment
from mailflow.domain.paper_ports import Cell
from tests.adapters.scans.hands import WAYS, Desk, dated, folded, written
from tests.adapters.scans.sheets import at, together

MINE = "leader"


@pytest.mark.parametrize(
    "way", ["scan 72 dpi", "turned 3", "jpeg 60, grain, upside down", "perspective 15%", "dark", "negative"]
)
def test_a_hand_in_the_cell_is_seen_and_an_empty_cell_is_none(desk: Desk, way: str) -> None:
    assert set(desk.cells(WAYS[way](desk.page)).values()) == {"empty"}
    shown = desk.cells(WAYS[way](written(desk.page, desk.box(MINE), 3)))
    assert shown.pop(MINE) == "marked"
    assert set(shown.values()) == {"unclear"}  # perhaps somebody wrote into the wrong cell


@pytest.mark.parametrize("way", ["photograph", "dirty copier", "out of focus"])
def test_what_is_hard_to_tell_is_said_to_be_so(desk: Desk, way: str) -> None:
    assert "marked" not in desk.cells(WAYS[way](desk.page)).values()
    assert desk.cells(WAYS[way](written(desk.page, desk.box(MINE), 3)))[MINE] in ("marked", "unclear")


def test_a_date_a_fold_and_a_tick_are_no_signature(desk: Desk) -> None:
    box = desk.box(MINE)
    tick, (x, y) = desk.page.copy(), box[:2]
    ImageDraw.Draw(tick).line([(x + 80, y + 80), (x + 92, y + 96), (x + 110, y + 66)], 40, 5)
    for page in (dated(desk.page, box), folded(desk.page, box), tick):
        assert desk.cells(at(page, 150))[MINE] == "unclear"


def test_a_neighbour_s_signature_that_runs_over_is_none_of_mine(desk: Desk) -> None:
    left, top, right, bottom = desk.box("reviewer")
    page = desk.page.copy()
    middle = (top + bottom) // 2
    points = [(left + 200 + number * 24, middle + (-30 if number % 2 else 30)) for number in range(16)]
    assert points[-1][0] > right  # it ends in the next cell
    ImageDraw.Draw(page).line(points, fill=40, width=8, joint="curve")
    shown = desk.cells(at(page, 150))
    assert (shown["reviewer"], shown[MINE]) == ("marked", "unclear")


def test_a_signature_beside_all_cells_is_a_person_s_to_look_at(desk: Desk) -> None:
    left, top, right, bottom = desk.box(MINE)
    below = left, bottom + 150, right, bottom + 150 + bottom - top
    assert set(desk.cells(at(written(desk.page, below), 150)).values()) <= {"empty", "unclear"}


def test_another_page_with_our_code_on_it_proves_nothing(desk: Desk) -> None:
    """The other page is of the same form and was signed; our code stands at its place, or beside it."""
    left, top, right, bottom = (edge * 2 for edge in desk.sheets[0].printed.code)
    code = desk.page.crop((left, top, right, bottom))
    signed = written(desk.other, desk.box(MINE))
    beside = written(desk.page, desk.box(MINE))
    ImageDraw.Draw(beside).rectangle((left, top, right, bottom), fill=255)
    beside.paste(code, (300, 3240))
    for page in (signed, beside):
        assert desk.cells(at(page, 150))[MINE] == "unclear"


def test_a_piece_of_the_page_proves_nothing(desk: Desk) -> None:
    page = written(desk.page, desk.box(MINE))
    left, top, right, bottom = (edge * 2 for edge in desk.sheets[0].printed.code)
    assert "marked" not in desk.cells(page.crop((left - 40, top - 40, right + 40, bottom + 40))).values()
    assert "marked" not in desk.cells(at(page, 150).crop((0, 1150, 1240, 1754))).values()
    assert "marked" not in desk.cells(Image.new("L", (1240, 1754), 255)).values()


def test_pages_that_are_missing_are_named(desk: Desk) -> None:
    second = np.asarray(at(desk.other, 150))
    sheets = [*desk.sheets, Sheet(Printed(second, {}), Features(second))]
    assert shown([np.asarray(at(desk.page, 150))], sheets)[1] == [2]


def _annotated(pdf: bytes, desk: Desk, kind: str) -> bytes:
    """Our own PDF with a name drawn into the cell by a program that signs PDFs."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    left, top, _, bottom = (edge * 72 / 300 for edge in desk.box(MINE))
    middle = float(writer.pages[0].mediabox.height) - (top + bottom) / 2
    points = [
        FloatObject(value)
        for number in range(10)
        for value in (left + 15 + number * 4, middle + (6 if number % 2 else -6))
    ]
    annotation = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(kind),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (left + 10, middle - 10, left + 60, middle + 10))),
            NameObject("/InkList" if kind == "/Ink" else "/Vertices"): ArrayObject(
                [ArrayObject(points)] if kind == "/Ink" else points
            ),
            NameObject("/C"): ArrayObject([FloatObject(0), FloatObject(0), FloatObject(0.5)]),
            NameObject("/F"): NumberObject(4),
        }
    )
    writer.add_annotation(0, annotation)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_files_are_compared_as_they_look_in_a_process_of_their_own(desk: Desk, reader: ScanReader) -> None:
    def seen(content: bytes) -> Cell:
        return reader.compare(Attachment("x", "x.pdf", "", content), desk.coloured, desk.colours).cells[MINE]

    assert seen(desk.pdf) is Cell.EMPTY
    assert seen(together([at(written(desk.page, desk.box(MINE)), 120)], "PDF", 120)) is Cell.MARKED
    assert seen(_annotated(desk.pdf, desk, "/Ink")) is Cell.MARKED
    assert seen(_annotated(desk.pdf, desk, "/PolyLine")) is Cell.UNCLEAR  # nobody here can draw it
    broken = reader.compare(Attachment("x", "x.pdf", "", b"%PDF-1.4 no"), desk.coloured, desk.colours)
    assert (broken.cells, broken.problem) == ({}, "broken")
