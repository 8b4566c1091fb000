"""What a page that came back shows in a signature cell that the page as we printed it does not.

The page is laid over ours: by its features (SIFT, and a projection found with MAGSAC), then around each cell once
more, because paper bends.  What is dark where ours is white is new ink.  Ink counts for a cell when it is a stroke of a
hand's size, lies in the cell and does not come out of a neighbour's.  Whatever does not fit is ``unclear``: a person
looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

DPI = 150
"""Of the pages compared."""

MARKED, EMPTY, UNCLEAR, ABSENT = "marked", "empty", "unclear", "absent"
"""What a cell shows: a hand's strokes; nothing that we did not print; something else; the page does not show it."""

Picture = Any  # a two-dimensional array of uint8
Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the printed page

MM = DPI / 25.4
_LENGTH, _FEATURES, _RATIO, _OFF = 1800, 3000, 0.8, 4.0
_LEAST_FOUND = 30  # features that agree on how the page lies
_AROUND, _SHIFT, _NEAR = (
    7.0,
    3.0,
    1.5,
)  # mm of our page about a cell that are looked for; how far off cells and print lie
_LIKE = 0.55  # how like ours the surroundings of a cell must be (correlation)
_PRINT = 0.9  # mm by which print may lie elsewhere: other fonts, bent paper
_SPECK = 1.2  # mm: a mark of this length might be something
_PIECE, _NAME, _AREA = 2.0, 7.0, 0.8  # mm of a stroke, of all strokes of a name, and square mm of their ink
_TILE, _PRINTED = 8.0, 0.02  # mm of a side; the part of a tile that is print, at least, for it to be looked at
_ALIKE, _OTHER, _SHOWN = 0.5, 0.06, 0.6  # correlation of the same print; tiles that may be unlike, that must be there
_WHITE, _BLACK = 245, 215  # grey levels of our page: above paper, below print
_KNOWN = 250  # of 255: all of a place is on the picture
_INSIDE = 0.7  # the part of a stroke's ink that must lie in the cell: more of it outside may be a neighbour's


@dataclass(frozen=True, slots=True)
class Cell:
    """A signature cell of a printed page; ``dates`` are the lines in it that are for a date."""

    box: Box
    dates: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """A page as we print it: grey, :data:`DPI`; its cells by name and the box of its QR code (of no size: none)."""

    picture: Picture
    cells: Mapping[str, Cell]
    code: Box = (0, 0, 0, 0)


def evened(picture: Picture) -> Picture:
    """The picture with white paper everywhere, whatever the light was."""
    step = max(1, round(min(picture.shape) / 150))
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    paper = cv2.dilate(small, np.ones((7, 7), np.uint8))
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, 7), (0, 0), 4)
    paper = cv2.resize(paper, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(picture, np.maximum(paper, 40), scale=255)


class Features:
    """A picture, its light evened, and its features, found once."""

    def __init__(self, picture: Picture) -> None:
        self.picture = evened(picture)
        scale = _LENGTH / max(picture.shape)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = cv2.resize(self.picture, None, fx=scale, fy=scale, interpolation=how)
        keys, self.marks = cv2.SIFT.create(nfeatures=_FEATURES).detectAndCompute(sized, None)
        self.places = np.array([key.pt for key in keys], np.float32) / scale


@dataclass(frozen=True, slots=True)
class Laid:
    """A page that came back, laid over the printed one.

    ``picture`` is its light evened, ``known`` where it shows anything; ``found`` how many features agree, ``fine`` how
    many of its pixels lie along one of ours.
    """

    picture: Picture
    known: Picture
    found: int
    fine: float


def laid_over(page: Features, printed: Features) -> Laid | None:
    """The page in the place of the printed one; None when it is no picture of it."""
    if page.marks is None or printed.marks is None or min(len(page.marks), len(printed.marks)) < 2:
        return None
    pairs = cv2.BFMatcher().knnMatch(page.marks, printed.marks, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    if len(good) < _LEAST_FOUND:
        return None
    cv2.setRNGSeed(1)  # the same page is judged alike every time
    onto, kept = cv2.findHomography(
        page.places[[pair.queryIdx for pair in good]],
        printed.places[[pair.trainIdx for pair in good]],
        cv2.USAC_MAGSAC,
        _OFF,
        maxIters=5000,
        confidence=0.999,
    )
    found = 0 if onto is None else int(kept.sum())
    if found < _LEAST_FOUND:
        return None
    height, width = printed.picture.shape
    back = np.linalg.inv(onto)
    corners = cv2.perspectiveTransform(np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64), back)
    area = cv2.contourArea(corners[0].astype(np.float32), oriented=True)
    if area <= 0 or not cv2.isContourConvex(corners[0].astype(np.float32)):
        return None  # a mirror or a fold: no way to hold a sheet
    fine = math.sqrt(area / (width * height))
    source = page.picture
    if fine > 1.3:  # fewer pixels come out: grain averages
        source = cv2.GaussianBlur(source, (0, 0), fine / 2.5)
    flat = cv2.warpPerspective(source, onto, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)
    known = cv2.warpPerspective(np.full(source.shape, 255, np.uint8), onto, (width, height), flags=cv2.INTER_NEAREST)
    return Laid(flat, known, found, fine)


@dataclass(frozen=True, slots=True)
class Ink:
    """What is dark where ours is white: all that may be ink, what surely is, and where print hides it."""

    might: Any
    sure: Any
    near: Picture


def marks(laid: Laid, printed: Printed) -> dict[str, str]:
    """For every cell of the printed page :data:`MARKED`, :data:`EMPTY`, :data:`UNCLEAR` or :data:`ABSENT`."""
    return {name: _cell(laid, printed, cell) for name, cell in printed.cells.items()}


def is_ours(laid: Laid, printed: Printed) -> bool:
    """Is it this very page, and not another one, or a piece of it, with our code?"""
    like, shown = _likeness(laid, printed)
    if shown < _SHOWN or not like or sum(each < _ALIKE for each in like) > _OTHER * len(like):
        return False
    left, top, right, bottom = printed.code
    code = printed.picture[top:bottom, left:right]
    return bool(code.size) and _shifted(laid, code, printed.code, round(_NEAR * MM))[1] >= _ALIKE


def _cell(laid: Laid, printed: Printed, cell: Cell) -> str:
    around = _grown(cell.box, _AROUND, printed.picture.shape)
    left, top, right, bottom = around
    if laid.known[top:bottom, left:right].mean() < _KNOWN:
        return ABSENT
    ours = printed.picture[top:bottom, left:right]
    theirs, like = _shifted(laid, ours, around, round(_SHIFT * MM))
    if like < _LIKE:
        return UNCLEAR
    ink = _new_ink(theirs, ours)
    line = np.zeros(ours.shape, bool)
    _fill(line, cell.box, around, True)
    for date in cell.dates:
        _fill(line, date, around, False)
    return _judged(ink, line)


def _fill(area: Any, box: Box, around: Box, value: bool) -> None:
    area[box[1] - around[1] : box[3] - around[1], box[0] - around[0] : box[2] - around[0]] = value


def _shifted(laid: Laid, ours: Picture, around: Box, far: int) -> tuple[Picture, float]:
    """The surroundings of a cell on the laid page, moved to where ours fit best, and how well they do."""
    left, top, right, bottom = around
    height, width = laid.picture.shape
    field = laid.picture[max(0, top - far) : bottom + far, max(0, left - far) : right + far]
    edges = max(0, far - top), max(0, bottom + far - height), max(0, far - left), max(0, right + far - width)
    field = cv2.copyMakeBorder(field, *edges, cv2.BORDER_CONSTANT, value=255)
    soft = cv2.GaussianBlur(field, (0, 0), 1.5), cv2.GaussianBlur(ours, (0, 0), 1.5)
    near = cv2.dilate(255 - ours, np.ones((9, 9), np.uint8))
    mask = (near > 40).astype(np.float32)
    likeness = cv2.matchTemplate(
        soft[0].astype(np.float32), soft[1].astype(np.float32), cv2.TM_CCOEFF_NORMED, None, mask
    )
    likeness[~np.isfinite(likeness)] = -1
    _, like, _, (x, y) = cv2.minMaxLoc(likeness)
    return field[y : y + ours.shape[0], x : x + ours.shape[1]], like


def _new_ink(theirs: Picture, ours: Picture) -> Ink:
    """What is dark where we printed nothing.  Strokes go on across print, which is left out."""
    print_ = _print(ours)
    near = cv2.dilate(print_, _round(_PRINT))
    blank = near == 0
    soft = cv2.GaussianBlur(theirs, (0, 0), 0.8)
    values = soft[blank & (ours > _WHITE)].astype(np.float32)
    if not len(values):
        return Ink(blank, blank, near)
    paper = float(np.median(values))
    grain = float(np.median(np.abs(values - paper))) * 1.48
    black = float(np.percentile(soft[print_ > 0], 20)) if print_.any() else 0.0
    depth = max(paper - black, 30.0)
    tint = 255.0 - cv2.erode(ours, _round(_PRINT))  # cells may be coloured
    darker = paper - tint - soft
    might = darker > max(10.0, 3.5 * grain, 0.12 * depth)
    sure = darker > max(25.0, 5 * grain, 0.3 * depth)
    return Ink(might & blank, sure & blank, near)


def _strokes(ink: Any, near: Picture, inside: Any) -> list[_Stroke]:
    """The marks with ink in the cell (``inside``)."""
    drawn = ink.astype(np.uint8) * 255
    across = cv2.dilate(drawn, _round(_PRINT + 0.4)) & near  # what print hides of a stroke, from both sides
    joined = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) | across
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    height, width = ink.shape
    found = []
    for label in range(1, count):
        x, y, wide, high, _ = boxes[label]
        here = (labels[y : y + high, x : x + wide] == label) & ink[y : y + high, x : x + wide]
        within = here & inside[y : y + high, x : x + wide]
        if not within.any():
            continue
        ys, xs = np.nonzero(within)
        leaves = x == 0 or y == 0 or x + wide == width or y + high == height
        share = 0.0 if leaves else float(within.sum() / here.sum())
        found.append(_Stroke(math.hypot(np.ptp(xs) + 1, np.ptp(ys) + 1) / MM, share, len(xs) / MM**2))
    return found


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A mark: its ink in the cell, how long it is (mm) and how much (square mm), and the part of all its ink."""

    length: float
    share: float
    area: float


def _judged(ink: Ink, line: Any) -> str:
    """``line``: the cell without what is for a date, which alone is no signature."""
    anywhere = np.ones(line.shape, bool)  # a name written beside its cell is no empty cell
    if any(item.length >= _SPECK for item in _strokes(ink.might, ink.near, anywhere)):
        hand = [item for item in _strokes(ink.sure, ink.near, line) if item.length >= _PIECE and item.share >= _INSIDE]
        if sum(item.length for item in hand) >= _NAME and sum(item.area for item in hand) >= _AREA:
            return MARKED
        return UNCLEAR
    return EMPTY


def _print(ours: Picture) -> Picture:
    return np.where(ours < _BLACK, 255, 0).astype(np.uint8)


def _round(mm: float) -> Any:
    size = 2 * round(mm * MM) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def _grown(box: Box, mm: float, shape: tuple[int, ...]) -> Box:
    by = round(mm * MM)
    return max(0, box[0] - by), max(0, box[1] - by), min(shape[1], box[2] + by), min(shape[0], box[3] + by)


def _likeness(laid: Laid, printed: Printed) -> tuple[list[float], float]:
    """How like ours (1: the same) each piece of print is that the page shows, cells left out; and the part it shows."""
    side, near = round(_TILE * MM), round(_NEAR * MM)
    height, width = printed.picture.shape
    cells = np.zeros((height, width), bool)
    for cell in printed.cells.values():
        cells[cell.box[1] : cell.box[3], cell.box[0] : cell.box[2]] = True
    print_ = _print(printed.picture) > 0
    found, of = [], 0
    for top in range(0, height - side, side):
        for left in range(0, width - side, side):
            here = slice(top, top + side), slice(left, left + side)
            if print_[here].mean() < _PRINTED or cells[here].any():
                continue
            of += 1
            if laid.known[here].mean() >= _KNOWN:
                found.append(_shifted(laid, printed.picture[here], (left, top, left + side, top + side), near)[1])
    return found, len(found) / of if of else 0.0
