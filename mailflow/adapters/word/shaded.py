"""A copy of a record whose signature cells have colours of their own: where they lie shows when it is printed.

Shading moves nothing.  The colours are as good as white to the eye and to a grey picture, and each is found again by
its exact value on the printed page.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from docx.opc.oxml import parse_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.word.controls import DOCUMENT
from mailflow.records.returned import DATE_TAG, SIGN_TAG

Colour = tuple[int, int, int]

_MOST = 60  # cells
_FIRST = 0xFD  # of the blue of the first colour; two colours a cell count down from here


def shaded(record: bytes) -> tuple[bytes, Mapping[str, Colour]]:
    """The record with every signature cell shaded, and the colour of each ``sign:KEY`` and ``date:KEY``.

    A date's colour is that of its line within the cell.  Raises ValueError when the file is no Word record of ours.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(record)) as archive:
            body: Any = archive.read(DOCUMENT)
            document = parse_xml(body)
            colours = dict(_shade(document, _unused(body)))
            body = etree.tostring(document, encoding="UTF-8", xml_declaration=True, standalone=True)
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
                for info in archive.infolist():
                    new.writestr(info.filename, body if info.filename == DOCUMENT else archive.read(info))
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise ValueError("not a Word record") from error
    return out.getvalue(), colours


def _unused(body: bytes) -> Iterator[Colour]:
    """Colours next to white that the record does not use itself."""
    used = {found.upper() for found in re.findall(rb'="([0-9A-Fa-f]{6})"', body)}
    for blue in range(_FIRST, _FIRST - 4 * _MOST, -1):
        colour = 0xFF, 0xFF, blue
        if b"%02X%02X%02X" % colour not in used:
            yield colour


def _shade(document: Any, colours: Iterator[Colour]) -> Iterator[tuple[str, Colour]]:
    done: dict[Any, Colour] = {}
    for control in document.iter(qn("w:sdt")):
        found = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        tag = "" if found is None else str(found.get(qn("w:val")) or "")
        if tag.startswith(SIGN_TAG):
            cell = next(control.iterancestors(qn("w:tc")), None)
            place, properties = (cell, "w:tcPr") if cell is not None else (_paragraph(control), "w:pPr")
        elif tag.startswith(DATE_TAG):
            place, properties = _paragraph(control), "w:pPr"
        else:
            continue
        if place is None or (place in done and tag.startswith(DATE_TAG)):
            continue
        if place not in done:
            colour = next(colours, None)
            if colour is None:
                return
            done[place] = colour
            _colour(place, properties, colour)
        yield tag, done[place]


def _paragraph(control: Any) -> Any:
    above = next(control.iterancestors(qn("w:p")), None)
    return above if above is not None else next(control.iter(qn("w:p")), None)


_BEFORE = {
    "w:tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders".split(),
    "w:pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr".split(),
}
"""What stands before the shading (ISO/IEC 29500-1, 17.4.69 and 17.3.1.26): Word wants its elements in order."""


def _colour(place: Any, name: str, colour: Colour) -> None:
    properties = place.find(qn(name))
    if properties is None:
        properties = OxmlElement(name)
        place.insert(0, properties)
    for old in properties.findall(qn("w:shd")):
        properties.remove(old)
    shading = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", "{:02X}{:02X}{:02X}".format(*colour))):
        shading.set(qn(f"w:{key}"), value)
    before = {qn(f"w:{item}") for item in _BEFORE[name]}
    at = max((number for number, item in enumerate(properties, 1) if item.tag in before), default=0)
    properties.insert(at, shading)
