"""What a returned scan of a record shows in its signature cells, compared with the record as it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pypdfium2
import zxingcpp

from mailflow.adapters.scans.codes import MARK
from mailflow.adapters.scans.compare import (
    ABSENT,
    DPI,
    EMPTY,
    UNCLEAR,
    Box,
    Cell,
    Features,
    Laid,
    Printed,
    is_ours,
    laid_over,
    marks,
)
from mailflow.adapters.scans.pages import Unreadable, opened

MOST_PAGES = 12
"""Pages of a scan, or of a record, that are compared; more are a person's to look at."""

SIGN, DATE = "sign:", "date:"

Colours = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a record as printed, with its features."""

    printed: Printed
    features: Features


def signed_cells(scan: bytes, record: bytes, colours: Colours) -> dict[str, Any]:
    """What each cell shows, by signer (``cells``), and which pages of the record are not there (``missing``, from 1).

    ``record`` is its PDF with every cell in its colour.  Raises Unreadable.
    """
    sheets = sheets_of(record, colours)
    source = opened(scan)
    if max(source.count, len(sheets)) > MOST_PAGES:
        raise Unreadable("too_large")
    whole = all(source.is_whole(index) for index in range(source.count))
    cells, missing = shown((np.asarray(source.page(index)) for index in range(source.count)), sheets)
    if not whole:  # the signature may be what could not be drawn
        cells = {name: UNCLEAR if cell == EMPTY else cell for name, cell in cells.items()}
    return {"cells": cells, "missing": missing}


def sheets_of(record: bytes, colours: Colours) -> list[Sheet]:
    """The pages of a record's PDF.  Raises Unreadable."""
    cv2.setNumThreads(1)
    return [Sheet(page, Features(page.picture)) for page in printed_pages(record, colours)]


def shown(pictures: Iterable[Any], sheets: Sequence[Sheet]) -> tuple[dict[str, str], list[int]]:
    """What the cells of a record show on these pictures (grey arrays), and the numbers of its pages not among them."""
    best: dict[int, Laid] = {}
    for picture in pictures:
        number, laid = _closest(picture, sheets)
        if laid is not None and (number not in best or laid.found > best[number].found):
            best[number] = laid
    if not best:  # no picture of this record, or too poor a one
        return {name: UNCLEAR for sheet in sheets for name in sheet.printed.cells}, []
    cells: dict[str, str] = {}
    for number, sheet in enumerate(sheets):
        laid = best.get(number)
        if laid is None:
            cells |= dict.fromkeys(sheet.printed.cells, ABSENT)
        elif is_ours(laid, sheet.printed):
            cells |= marks(laid, sheet.printed)
        else:
            cells |= dict.fromkeys(sheet.printed.cells, UNCLEAR)
    if any(cell != EMPTY for cell in cells.values()):  # ink elsewhere: perhaps in the wrong cell
        cells = {name: UNCLEAR if cell == EMPTY else cell for name, cell in cells.items()}
    return cells, [number + 1 for number in range(len(sheets)) if number not in best]


def _closest(picture: Any, sheets: Sequence[Sheet]) -> tuple[int, Laid | None]:
    """The printed page a picture shows, and the picture laid over it.  Tried also as a negative."""
    for seen in (picture, 255 - picture):
        page = Features(seen)
        found = [
            (laid.found, number, laid)
            for number, sheet in enumerate(sheets)
            if (laid := laid_over(page, sheet.features))
        ]
        if found:
            _, number, laid = max(found, key=lambda item: item[:2])
            return number, laid
    return 0, None


def printed_pages(record: bytes, colours: Colours) -> Iterator[Printed]:
    """The pages of a record as printed, each with the cells that lie on it."""
    try:
        document = pypdfium2.PdfDocument(record)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("broken") from error
    try:
        for page in document:
            coloured = np.asarray(page.render(scale=DPI / 72).to_pil().convert("RGB"))
            page.close()
            boxes = {name: box for name, colour in colours.items() if (box := _box(coloured, colour))}
            cells = {
                name.removeprefix(SIGN): Cell(box, _dates(box, boxes))
                for name, box in boxes.items()
                if name.startswith(SIGN)
            }
            grey = cv2.cvtColor(coloured, cv2.COLOR_RGB2GRAY)
            yield Printed(grey, cells, _code(grey))
    finally:
        document.close()


def _box(page: Any, colour: Sequence[int]) -> Box | None:
    ys, xs = np.nonzero((page == np.array(colour, np.uint8)).all(axis=-1))
    return (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1) if len(xs) else None


def _dates(cell: Box, boxes: Mapping[str, Box]) -> tuple[Box, ...]:
    return tuple(
        box
        for name, box in boxes.items()
        if name.startswith(DATE)
        and cell[0] <= box[0] < box[2] <= cell[2] + 1
        and cell[1] <= box[1] < box[3] <= cell[3] + 1
    )


def _code(page: Any) -> Box:
    for found in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])):
        if found.valid and found.text.startswith(MARK):
            place = found.position
            corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            across, down = [corner.x for corner in corners], [corner.y for corner in corners]
            return min(across), min(down), max(across), max(down)
    return 0, 0, 0, 0
