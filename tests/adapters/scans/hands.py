"""Signatures by hand on a printed record, and what else comes back: each with what a reader of cells may say."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.scans.compare import Box
from mailflow.adapters.scans.signed import Sheet, sheets_of, shown
from mailflow.adapters.word.shaded import shaded
from mailflow.records import qr
from tests.adapters.scans.sheets import (
    A4,
    DPI,
    FIRST,
    FORM,
    INK,
    ROOT,
    at,
    blurred,
    faxed,
    from_above,
    jpeg,
    noisy,
    photographed,
    speckled,
    turned,
    uneven,
)
from tests.read_once import load_forms
from tests.records import samples

SCALE = DPI / 150  # the cells are measured at 150 dpi

Change = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Desk:
    """A record as printed: what is compared with, the page as it is sent out (300 dpi), and one of another record."""

    sheets: Sequence[Sheet]
    page: Image.Image
    other: Image.Image
    pdf: bytes
    coloured: bytes
    colours: dict[str, tuple[int, int, int]]

    def box(self, cell: str) -> Box:
        """Where a cell lies on :attr:`page`."""
        left, top, right, bottom = (round(edge * SCALE) for edge in self.sheets[0].printed.cells[cell].box)
        return left, top, right, bottom

    def cells(self, *pictures: Image.Image) -> dict[str, str]:
        """What the cells show on these pictures."""
        return shown((np.asarray(picture.convert("L")) for picture in pictures), self.sheets)[0]


def laid_out(folder: Path) -> Desk:
    """The form filled for two records of the same number, printed with one start of LibreOffice.  Needs LibreOffice."""
    forms, problems = load_forms(ROOT / "templates" / "forms")
    assert forms is not None, problems
    system = {"record_no": FIRST, "qr": qr.payload(FIRST, "1", samples.SECRET)}
    record = forms.fill(FORM, {**samples.ordinary(), **system})
    other = forms.fill(FORM, {**samples.english(), **system})
    copy, colours = shaded(record)
    paths = []
    for name, content in (("record", record), ("other", other), ("coloured", copy)):
        paths.append(folder / f"{name}.docx")
        paths[-1].write_bytes(content)
    plain, another, coloured = (path.read_bytes() for path in convert.to_pdf(paths, folder))
    sheets = sheets_of(coloured, colours)
    return Desk(sheets, rendered(plain), rendered(another), plain, coloured, dict(colours))


def rendered(pdf: bytes, page: int = 0) -> Image.Image:
    """A page of a PDF in grey, 300 dpi."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: Image.Image = document[page].render(scale=DPI / 72, grayscale=True).to_pil()
        return picture.convert("L").resize(A4)
    finally:
        document.close()


def written(page: Image.Image, box: Box, seed: int = 1, *, width: int = 7, ink: int = INK) -> Image.Image:
    """The page with a name written by hand into a box, above the line for the date."""
    page, dice = page.copy(), random.Random(seed)
    left, top, right, bottom = box
    x, y = left + dice.randint(40, 160), top + (bottom - top) * 0.5
    step = min(24.0, (right - left - 220) / 10)
    points = [(x + number * step + dice.randint(-22, 22), y + dice.randint(-38, 38)) for number in range(10)]
    ImageDraw.Draw(page).line(points, fill=ink, width=width, joint="curve")
    return page


def dated(page: Image.Image, box: Box) -> Image.Image:
    """Only the date is written, between the printed year, month and day."""
    page = page.copy()
    draw, (left, _, right, bottom) = ImageDraw.Draw(page), box
    for part in (0.3, 0.62, 0.86):
        x = left + (right - left) * part
        draw.line([(x, bottom - 42), (x + 30, bottom - 16), (x + 4, bottom - 12), (x + 26, bottom - 40)], INK, 6)
    return page


def folded(page: Image.Image, box: Box) -> Image.Image:
    """A fold runs through the cells, from edge to edge."""
    page, y = page.copy(), (box[1] + box[3]) // 2
    ImageDraw.Draw(page).line([(0, y - 8), (page.width, y + 8)], fill=120, width=6)
    return page


def _dim(low: int, high: int) -> Change:
    return lambda page: at(page, 150).point(lambda value: low + value * (high - low) // 255)


WAYS: dict[str, Change] = {
    "scan 150 dpi": lambda page: at(page, 150),
    "scan 72 dpi": lambda page: at(page, 72),
    "scan 60 dpi": lambda page: at(page, 60),
    "scan 300 dpi": lambda page: page,
    "turned 3": lambda page: turned(at(page, 100), 3),
    "upside down": lambda page: turned(at(page, 150), 180),
    "turned 45": lambda page: turned(at(page, 200), 45),
    "jpeg 25, 72 dpi, turned 5": lambda page: jpeg(turned(at(page, 72), 5), 25),
    "jpeg 60, grain, upside down": lambda page: jpeg(noisy(turned(at(page, 150), 183), 0.3), 60),
    "strong grain": lambda page: noisy(at(page, 150), 0.9),
    "dirty copier": lambda page: speckled(at(page, 200)),
    "perspective 6%": lambda page: from_above(at(page, 150), 0.06),
    "perspective 15%": lambda page: from_above(at(page, 150), 0.15),
    "uneven light": lambda page: uneven(at(page, 150)),
    "photograph": photographed,
    "photograph, turned 90": lambda page: turned(photographed(page), 90),
    "fax 204x98": lambda page: faxed(page).convert("L"),
    "fax 204x196": lambda page: faxed(page, square=True).convert("L"),
    "faint": _dim(200, 245),
    "dark": _dim(0, 55),
    "negative": lambda page: at(page, 100).point(lambda value: 255 - value),
    "soft focus": lambda page: blurred(at(page, 150), 1),
    "out of focus": lambda page: blurred(at(page, 150), 3),
    "one bit": lambda page: at(page, 200).convert("1").convert("L"),
    "margin cut off": lambda page: at(page, 150).crop((60, 40, 1180, 1640)),
}
"""What happens to a page on its way back."""
