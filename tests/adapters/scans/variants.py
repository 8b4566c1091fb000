"""Ways a signed record comes back: scanned, photographed, faxed, spoilt.  Each says which records a reader may find."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from tests.adapters.scans.sheets import (
    WHITE,
    Sheets,
    at,
    blurred,
    faxed,
    from_above,
    noisy,
    photographed,
    saved,
    side_by_side,
    speckled,
    together,
    turned,
    uneven,
)

A, B, LONG = 0, 1, 2


@dataclass(frozen=True)
class Variant:
    """A file as it comes back.  ``pages`` holds, page by page, the records whose codes must be found there."""

    name: str
    suffix: str
    make: Callable[[Sheets], bytes]
    pages: tuple[tuple[int, ...], ...] = ((A,),)
    hopeless: bool = False  # nothing need be found; finding something else would be wrong


def _scan(dpi: int, degrees: float) -> Callable[[Sheets], bytes]:
    return lambda sheets: together([turned(at(sheets.first, dpi), degrees)], "PDF", dpi)


def _jpeg(change: Callable[[Image.Image], Image.Image], quality: int = 80) -> Callable[[Sheets], bytes]:
    return lambda sheets: saved(change(sheets.first), "JPEG", quality=quality)


def _foreign(sheets: Sheets) -> bytes:
    return together([with_code(at(sheets.first, 150), "https://pay.shop.example/c/8841", (80, 80))], "PDF", 150)


def with_code(sheet: Image.Image, text: str, place: tuple[int, int]) -> Image.Image:
    """The sheet with one more QR code on it."""
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(stream, kind="png", scale=4, border=4)
    sheet = sheet.copy()
    sheet.paste(Image.open(stream).convert("L"), place)
    return sheet


def _stamped(sheet: Image.Image) -> Image.Image:
    """A seal whose rim runs over a corner of the code."""
    sheet = sheet.copy()
    ImageDraw.Draw(sheet).ellipse((1750, 230, 2080, 560), outline=110, width=9)
    return sheet


def _creased(sheet: Image.Image) -> Image.Image:
    """Folded once, and the fold runs over the code."""
    sheet = sheet.copy()
    draw = ImageDraw.Draw(sheet)
    draw.line((0, 265, sheet.width, 245), fill=200, width=10)
    draw.line((0, 270, sheet.width, 250), fill=235, width=4)
    return sheet


def _cropped(sheet: Image.Image) -> Image.Image:
    """The scanner cut the margins off, almost to the code."""
    small = at(sheet, 150)
    return small.crop((40, 50, small.width - 100, small.height - 60))


def _small_in_large(sheet: Image.Image) -> Image.Image:
    """A sheet far away in a photograph of twelve million pixels."""
    desk = Image.new("L", (4000, 3000), 105)
    desk.paste(at(sheet, 110), (1500, 900))
    return noisy(desk, 0.1)


def _faint(sheet: Image.Image) -> Image.Image:
    return at(sheet, 150).point(lambda value: 200 + value * 45 // 255)


def _dark(sheet: Image.Image) -> Image.Image:
    return at(sheet, 150).point(lambda value: value * 55 // 255)


CLEAN = tuple(
    Variant(f"scan {dpi} dpi, turned {degrees}", ".pdf", _scan(dpi, degrees))
    for dpi, degrees in (
        *((dpi, 0) for dpi in (72, 100, 150, 200, 300)),
        *((150, degrees) for degrees in (90, 180, 270, 3, -3, 7, -7)),
        *((72, degrees) for degrees in (90, 3, -7)),
        (100, 183),
        (200, 45),
    )
)

SPOILT = (
    Variant("as printed by Word", ".pdf", lambda sheets: sheets.printed),
    Variant("jpeg quality 25, 100 dpi", ".jpg", _jpeg(lambda sheet: at(sheet, 100), 25)),
    Variant("jpeg quality 25, 72 dpi, turned 5", ".jpg", _jpeg(lambda sheet: turned(at(sheet, 72), 5), 25)),
    Variant("grain, 150 dpi", ".png", lambda sheets: saved(noisy(at(sheets.first, 150), 0.9), "PNG")),
    Variant("dirty copier, 200 dpi", ".png", lambda sheets: saved(speckled(at(sheets.first, 200)), "PNG")),
    Variant("perspective 6%", ".jpg", _jpeg(lambda sheet: from_above(at(sheet, 150), 0.06))),
    Variant("perspective 15%", ".jpg", _jpeg(lambda sheet: from_above(at(sheet, 150), 0.15))),
    Variant("uneven light", ".jpg", _jpeg(lambda sheet: uneven(at(sheet, 150)), 60)),
    Variant("photograph", ".jpg", _jpeg(photographed, 60)),
    Variant("photograph, turned 90", ".webp", lambda s: saved(turned(photographed(s.first), 90), "WEBP", quality=60)),
    Variant("photograph, sheet far away", ".jpg", _jpeg(_small_in_large, 70)),
    Variant("fax 204x98", ".tif", lambda sheets: saved(faxed(sheets.first), "TIFF", dpi=(204, 98))),
    Variant("fax 204x98, no resolution given", ".png", lambda sheets: saved(faxed(sheets.first), "PNG")),
    Variant("fax 204x196", ".tif", lambda s: saved(faxed(s.first, square=True), "TIFF", compression="group4")),
    Variant("cropped margin", ".jpg", _jpeg(_cropped)),
    Variant("faint print", ".jpg", _jpeg(_faint, 60)),
    Variant("dark copy", ".bmp", lambda sheets: saved(_dark(sheets.first), "BMP")),
    Variant("negative", ".png", lambda sheets: saved(at(sheets.first, 100).point(lambda v: 255 - v), "PNG")),
    Variant("seal over a corner of the code", ".jpg", _jpeg(lambda sheet: _stamped(at(sheet, 200)))),
    Variant("folded through the code", ".jpg", _jpeg(lambda sheet: _creased(at(sheet, 200)))),
    Variant("soft focus, radius 2 at 150 dpi", ".jpg", _jpeg(lambda sheet: blurred(at(sheet, 150), 2))),
    Variant("another code on the page", ".pdf", _foreign),
)

SEVERAL = (
    Variant(
        "two pages of one record",
        ".pdf",
        lambda sheets: together([at(page, 120) for page in sheets.long[:2]], "PDF", 120),
        ((LONG,), (LONG,)),
    ),
    Variant(
        "two records in one PDF",
        ".pdf",
        lambda sheets: together([at(sheets.first, 150), turned(at(sheets.second, 150), 180)], "PDF", 150),
        ((A,), (B,)),
    ),
    Variant(
        "two records in one TIFF",
        ".tiff",
        lambda sheets: together([at(sheets.second, 100), at(sheets.first, 100)], "TIFF", 100),
        ((B,), (A,)),
    ),
    Variant(
        "two sheets in one photograph",
        ".jpg",
        lambda sheets: saved(noisy(side_by_side(sheets.first, sheets.second), 0.1), "JPEG", quality=70),
        ((A, B),),
    ),
)

HOPELESS = (
    *(
        Variant(
            f"out of focus, radius {radius} at 150 dpi",
            ".jpg",
            _jpeg(lambda sheet, radius=radius: blurred(at(sheet, 150), radius)),  # type: ignore[misc]
            hopeless=True,
        )
        for radius in (3, 4, 6)
    ),
    Variant("half of the code torn off", ".jpg", _jpeg(lambda sheet: _torn(at(sheet, 150))), hopeless=True),
)


def _torn(sheet: Image.Image) -> Image.Image:
    sheet = sheet.copy()
    ImageDraw.Draw(sheet).polygon([(1060, 0), (sheet.width, 0), (sheet.width, 260)], fill=WHITE)
    return sheet


EVERY = (*CLEAN, *SPOILT, *SEVERAL, *HOPELESS)
