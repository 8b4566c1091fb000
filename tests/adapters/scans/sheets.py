"""Signed sheets of the real form, as printed, signed by hand and laid on a scanner; drawn from one rendering.

Everything is made with fixed seeds, so that a variant is the same picture on every machine.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from mailflow.adapters.libreoffice import convert
from mailflow.records import qr
from tests.read_once import load_forms
from tests.records import samples

ROOT = Path(__file__).resolve().parents[3]
FORM = "JL-23-01"
FIRST, SECOND = "JL-23-01-2026-0017", "JL-23-01-2026-0018"
DPI = 300  # of the sheets below; variants are made smaller from these
A4 = (2480, 3508)
WHITE, INK = 255, 45


@dataclass(frozen=True)
class Sheets:
    """The signed sheets, grey, 300 dpi: two records of one page, one of several pages; and the first as printed PDF."""

    first: Image.Image
    second: Image.Image
    long: tuple[Image.Image, ...]
    printed: bytes
    codes: tuple[str, str, str]  # the texts of the three records' QR codes


def printed_and_signed(folder: Path) -> Sheets:
    """Fill the form three times, print it with one start of LibreOffice, sign it.  Needs LibreOffice."""
    forms, problems = load_forms(ROOT / "templates" / "forms")
    assert forms is not None, problems
    long_record = "JL-23-01-2026-0019"
    codes = tuple(qr.payload(record, "A/0", samples.SECRET) for record in (FIRST, SECOND, long_record))
    records = []
    for record, code, fields in zip(
        (FIRST, SECOND, long_record), codes, (samples.ordinary(), samples.ordinary(), samples.hostile()), strict=True
    ):
        path = folder / f"{record}.docx"
        path.write_bytes(forms.fill(FORM, {**fields, "record_no": record, "qr": code}))
        records.append(path)
    first, second, long = convert.to_pdf(records, folder)
    return Sheets(
        first=signed(_rendered(first)[0], 1),
        second=signed(_rendered(second)[0], 2),
        long=tuple(_rendered(long)),
        printed=first.read_bytes(),
        codes=(codes[0], codes[1], codes[2]),
    )


def _rendered(pdf: Path) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(str(pdf))
    try:
        return [page.render(scale=DPI / 72, grayscale=True).to_pil().resize(A4) for page in document]
    finally:
        document.close()


def signed(sheet: Image.Image, seed: int) -> Image.Image:
    """The sheet with handwriting over the cells of its lower half, and a round seal."""
    sheet = sheet.copy()
    draw = ImageDraw.Draw(sheet)
    dice = random.Random(seed)
    for row in range(6):
        for column in (700, 1500, 2150):
            x, y = column + dice.randint(-60, 60), 2150 + row * 210 + dice.randint(-20, 20)
            points = [(x + step * 18 + dice.randint(-25, 25), y + dice.randint(-45, 45)) for step in range(12)]
            draw.line(points, fill=INK, width=dice.randint(5, 9), joint="curve")
    draw.ellipse((1750, 2700, 2230, 3180), outline=90, width=16)
    return sheet


# ------------------------------------------------------------------------------------------- what happens to a sheet


def at(sheet: Image.Image, dpi: int) -> Image.Image:
    """The sheet at another resolution."""
    return sheet.resize((round(A4[0] * dpi / DPI), round(A4[1] * dpi / DPI)), Image.Resampling.BOX)


def turned(sheet: Image.Image, degrees: float) -> Image.Image:
    """Laid on the glass at an angle, clockwise."""
    return sheet.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)


def noisy(sheet: Image.Image, strength: float) -> Image.Image:
    """With the grain of a cheap camera."""
    width, height = sheet.size
    grain = Image.frombytes("L", sheet.size, random.Random(7).randbytes(width * height))
    return ImageChops.add(sheet, grain.point(lambda value: round(value * strength)), 1, -round(128 * strength))


def speckled(sheet: Image.Image) -> Image.Image:
    """With the black and white dots of a dirty copier."""
    width, height = sheet.size
    grain = Image.frombytes("L", sheet.size, random.Random(8).randbytes(width * height))
    black = grain.point(lambda value: 255 if value < 5 else 0)
    white = grain.point(lambda value: 255 if value > 250 else 0)
    return ImageChops.lighter(ImageChops.subtract(sheet, black), white)


def blurred(sheet: Image.Image, radius: float) -> Image.Image:
    """Out of focus."""
    return sheet.filter(ImageFilter.GaussianBlur(radius))


def uneven(sheet: Image.Image) -> Image.Image:
    """A lamp on the left, the photographer's shadow on the right."""
    width, height = sheet.size
    light = Image.linear_gradient("L").rotate(60, expand=True).resize((width, height)).point(lambda v: 255 - v // 5 * 4)
    shadow = Image.new("L", sheet.size, WHITE)
    ImageDraw.Draw(shadow).polygon([(width, 0), (width * 2 // 3, 0), (width // 2, height), (width, height)], fill=110)
    return ImageChops.multiply(ImageChops.multiply(sheet, light), shadow.filter(ImageFilter.GaussianBlur(width / 30)))


def from_above(sheet: Image.Image, lean: float) -> Image.Image:
    """A photograph taken from one side: the far edge is shorter by ``lean``."""
    width, height = sheet.size
    desk = Image.new("L", (width * 5 // 4, height * 5 // 4), 120)
    x, y, cut = width / 8, height / 8, width * lean
    corners = ((x + cut, y), (x, y + height), (x + width, y + height * 0.97), (x + width - cut / 2, y + height * lean))
    return sheet.transform(
        desk.size,
        Image.Transform.PERSPECTIVE,
        _onto(corners, ((0, 0), (0, height), (width, height), (width, 0))),
        Image.Resampling.BICUBIC,
        fillcolor=120,
    )


def _onto(shown: Sequence[tuple[float, float]], source: Sequence[tuple[float, float]]) -> list[float]:
    """The eight numbers of the projection that takes ``shown`` to ``source``."""
    import numpy as np

    rows, wanted = [], []
    for (x, y), (u, v) in zip(shown, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(wanted))]


def jpeg(sheet: Image.Image, quality: int) -> Image.Image:
    """With what saving as JPEG does to it."""
    return Image.open(io.BytesIO(saved(sheet, "JPEG", quality=quality))).convert("L")


def photographed(sheet: Image.Image) -> Image.Image:
    """What a telephone makes of it: leaning, badly lit, grainy, slightly soft."""
    return noisy(blurred(uneven(from_above(at(sheet, 200), 0.06)), 0.8), 0.12)


def faxed(sheet: Image.Image, *, square: bool = False) -> Image.Image:
    """A fax: one bit, 204 dots an inch across and 98 down (ITU-T T.30 standard resolution)."""
    size = (1728, 2292 if square else 1145)
    return sheet.resize(size, Image.Resampling.BOX).point(lambda value: 255 if value > 140 else 0).convert("1")


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two sheets on one desk, in one photograph."""
    left, right = at(left, 150), at(right, 150)
    desk = Image.new("L", (left.width * 2 + 400, left.height + 300), 130)
    desk.paste(turned(left, 0), (100, 120))
    desk.paste(right, (left.width + 250, 160))
    return desk


# ------------------------------------------------------------------------------------------------------------- files


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    """The file of one picture."""
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def together(pictures: Sequence[Image.Image], form: str, dpi: int) -> bytes:
    """Several pages in one PDF or TIFF."""
    stream = io.BytesIO()
    if form == "PDF":
        pictures[0].save(stream, form, save_all=True, append_images=list(pictures[1:]), resolution=dpi)
    else:
        pictures[0].save(stream, form, save_all=True, append_images=list(pictures[1:]), dpi=(dpi, dpi))
    return stream.getvalue()
