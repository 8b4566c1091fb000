"""Finds a record's QR code on the picture of a page: at one glance where it is a clean scan, by many looks where not.

The reader of codes finds them at any angle by itself; what spoils them is grain, blur, light, thick or thin print and
few pixels, and each look below undoes one of these.  Wrong texts do not come of it: a QR code corrects or refuses.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

MARK = "MF1:"
MAX_TEXT = 200

# The code is a fifteenth of the height of our sheet.  Where it is much smaller in the picture, the picture may show a
# second sheet: two A4 sheets side by side are 420 mm wide, the code 20 mm.
_ROOM = 0.047
_LARGE, _SMALL = 6_000_000, 1_600_000  # pixels: more than an A4 page at 240 dpi, less than one at 125
_SPOTS, _CLOSE_UP = 4, 330  # places looked at closely; the pixels a code has there, about eleven a module
_LEAST = 25  # pixels of a side: less is no code of 29 modules
_SQUARE = 1.7  # the sides of a code photographed from one side differ by no more than this

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

Box = tuple[int, int, int, int]
Look = tuple[Image.Image, float]  # a picture, and how many of its pixels lie along one of the page's


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found so far.

    ``codes`` are our texts in the order found; ``upright`` is the quarter turn clockwise that sets the page upright.
    ``room``: the page may hold more than these.  ``spots``: boxes of what looked like a code and could not be read.
    """

    codes: tuple[str, ...] = ()
    upright: int = 0
    room: bool = True
    spots: tuple[Box, ...] = ()

    def and_then(self, later: Seen) -> Seen:
        """Both together."""
        return Seen(
            codes=tuple(dict.fromkeys(self.codes + later.codes)),
            upright=self.upright if self.codes else later.upright,
            room=self.room and later.room,
            spots=self.spots + later.spots,
        )


def glance(page: Image.Image) -> Seen:
    """The codes that are seen on a grey picture without any effort."""
    return _read(page, 1.0, max(page.size))


def search(page: Image.Image, seen: Seen, until: float) -> Seen:
    """What is found by looking again in every way, until it is or ``time.process_time()`` has come to ``until``.

    ``seen`` is what :func:`glance` found on this page; where that is a code already, the slowest ways are left out.
    """
    if min(page.size) < 60:
        return seen
    for looks in (_quick, _close) if seen.codes else (_quick, _close, _slow):
        for picture, scale in looks(page, seen):
            locate = looks is _quick
            seen = seen.and_then(_read(picture, scale, max(page.size), invert=locate, locate=locate))
            if not seen.room or time.process_time() > until:
                return seen
    return seen


# --------------------------------------------------------------------------------------------------------- the looks


def _quick(page: Image.Image, _: Seen) -> Iterator[Look]:
    """The whole page, cheaply: most of what a glance missed is found here, or at least located."""
    if min(page.size) > 400:
        yield page.reduce(2), 0.5
    yield page.filter(ImageFilter.GaussianBlur(1)), 1.0
    yield _sharpened(page, 3, 400), 1.0
    if page.width * page.height <= _SMALL:
        yield _enlarged(page, 2), 2.0


def _close(page: Image.Image, seen: Seen) -> Iterator[Look]:
    """What looked like a code, enlarged and treated in every way."""
    for left, top, right, bottom in _distinct(seen.spots):
        side = max(right - left, bottom - top)
        margin = side * 2 // 5
        scale = _CLOSE_UP / side
        around = page.crop((left - margin, top - margin, right + margin, bottom + margin))
        spot = _enlarged(ImageOps.autocontrast(around, cutoff=1), scale)
        yield from ((picture, scale) for picture in _treated(spot))


def _treated(spot: Image.Image) -> Iterator[Image.Image]:
    yield spot
    for radius, strength in ((4, 200), (8, 300), (8, 800), (14, 500)):
        yield _sharpened(spot, radius, strength)
    for blur in (2, 4):
        soft = spot.filter(ImageFilter.GaussianBlur(blur))
        yield soft
        yield _sharpened(soft, 10, 600)
    for size in (5, 9):
        yield spot.filter(ImageFilter.MaxFilter(size))
        yield spot.filter(ImageFilter.MinFilter(size))


def _slow(page: Image.Image, _: Seen) -> Iterator[Look]:
    """The whole page at length: evened light, thinner and thicker strokes, and parts of it."""
    scale = 1.0 if page.width * page.height > _SMALL else 2.0
    large = page if scale == 1 else _enlarged(page, scale)
    yield _evened(large), scale
    yield page.filter(ImageFilter.MaxFilter(3)), 1.0
    yield large.filter(ImageFilter.GaussianBlur(2)), scale
    yield page.filter(ImageFilter.MinFilter(3)), 1.0
    yield from ((_sharpened(tile, 5, 300), scale) for tile in _tiles(large))


def _tiles(page: Image.Image) -> Iterator[Image.Image]:
    """Parts that overlap by half, each with its own contrast."""
    parts = 4 if page.width * page.height > _LARGE else 3
    width, height = page.width * 2 // (parts + 1), page.height * 2 // (parts + 1)
    for row in range(parts):
        for column in range(parts):
            left, top = column * width // 2, row * height // 2
            yield ImageOps.autocontrast(page.crop((left, top, left + width, top + height)), cutoff=1)


def _enlarged(picture: Image.Image, scale: float) -> Image.Image:
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _sharpened(picture: Image.Image, radius: float, strength: int) -> Image.Image:
    return picture.filter(ImageFilter.UnsharpMask(radius, strength, 0))


def _evened(picture: Image.Image) -> Image.Image:
    """The picture with the light of the paper taken out: what the paper looks like nearby becomes white."""
    paper = picture.reduce(max(1, min(picture.size) // 150)).filter(ImageFilter.MaxFilter(5))
    paper = paper.filter(ImageFilter.GaussianBlur(5)).resize(picture.size)
    return ImageOps.autocontrast(ImageChops.subtract(picture, paper, 1, 255), cutoff=1)


# ------------------------------------------------------------------------------------------------- the reader of codes


def _read(picture: Image.Image, scale: float, longest: int, *, invert: bool = False, locate: bool = False) -> Seen:
    """Our codes on this very picture; ``longest`` is the longer side of the page.  ``locate``: keep unread spots."""
    codes: list[str] = []
    spots: list[Box] = []
    upright, smallest = 0, math.inf
    for found in zxingcpp.read_barcodes(
        picture,
        formats=_FORMATS,
        try_invert=invert,
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=locate,
    ):
        place = found.position
        corners = [
            (corner.x / scale, corner.y / scale)
            for corner in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        ]
        if not found.valid:
            if _is_square(corners):
                spots.append(_box(corners))
        elif found.text.startswith(MARK) and len(found.text) <= MAX_TEXT and found.text.isprintable():
            if not codes:
                upright = round(-found.orientation / 90) * 90 % 360
            codes.append(found.text)
            smallest = min(smallest, math.dist(corners[0], corners[2]) / math.sqrt(2))
    return Seen(tuple(dict.fromkeys(codes)), upright, not codes or smallest < _ROOM * longest, tuple(spots))


def _is_square(corners: list[tuple[float, float]]) -> bool:
    sides = [math.dist(corner, corners[index - 1]) for index, corner in enumerate(corners)]
    return min(sides) > _LEAST and max(sides) < _SQUARE * min(sides)


def _box(corners: list[tuple[float, float]]) -> Box:
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return int(min(across)), int(min(down)), math.ceil(max(across)), math.ceil(max(down))


def _distinct(spots: tuple[Box, ...]) -> list[Box]:
    """The spots in order, without those whose middle lies in an earlier one of about the same size; a few at most."""
    kept: list[Box] = []
    for box in spots:
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        width = box[2] - box[0]
        if not any(
            other[0] < middle[0] < other[2]
            and other[1] < middle[1] < other[3]
            and 0.7 < width / (other[2] - other[0]) < 1.4
            for other in kept
        ):
            kept.append(box)
    return kept[:_SPOTS]
