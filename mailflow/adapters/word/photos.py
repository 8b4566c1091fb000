"""Customers' photos at the end of a record, on pages of their own: each with its file's name and when it came.

The section is added to the finished file, so that a form need not draw it, its pages stay as they are, and records
without photos are made as before.  What cannot be shown is named with the reason.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from mailflow.adapters.word.controls import DOCUMENT
from mailflow.domain.picture_ports import Photo
from mailflow.records.clean import short

WIDEST, HIGHEST = 150.0, 95.0  # millimetres of a photo: two stand on a page
EMU = 36_000  # in a millimetre (ISO/IEC 29500-1, 20.1.2.1)
_RELS, _TYPES = "word/_rels/document.xml.rels", "[Content_Types].xml"
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_END = "</w:body>"
_FIRST_ID = 9000  # of drawings and relationships; a form has a handful


def with_photos(record: bytes, photos: Sequence[Photo], heading: str) -> bytes:
    """The record with these photos at its end; the same arguments give the same bytes."""
    shown = [photo for photo in photos if photo.jpeg]
    with zipfile.ZipFile(io.BytesIO(record)) as old:
        files = {info.filename: old.read(info) for info in old.infolist()}
    body = files[DOCUMENT].decode()
    end = body.rindex(_END)
    section = body.rfind("<w:sectPr", 0, end)
    at = section if section > body.rfind("</w:p>", 0, end) else end
    parts = [_paragraph(_run(heading, bold=True), keep=bool(photos), new_page=True)]
    parts += [_shown(photo, number) for number, photo in enumerate(shown)]
    parts += [_paragraph(_run(photo.caption)) for photo in photos if not photo.jpeg]
    files[DOCUMENT] = (body[:at] + "".join(parts) + body[at:]).encode()
    links = "".join(
        f'<Relationship Id="mfPhoto{number}" Type="{_IMAGE}" Target="media/mf-photo-{number}.jpeg"/>'
        for number in range(len(shown))
    )
    files[_RELS] = files[_RELS].decode().replace("</Relationships>", f"{links}</Relationships>").encode()
    types = files[_TYPES].decode()
    if shown and 'Extension="jpeg"' not in types:
        first = types.index(">", types.index("<Types")) + 1
        types = f'{types[:first]}<Default Extension="jpeg" ContentType="image/jpeg"/>{types[first:]}'
        files[_TYPES] = types.encode()
    return _zipped(files, {f"word/media/mf-photo-{number}.jpeg": photo.jpeg for number, photo in enumerate(shown)})


def _shown(photo: Photo, number: int) -> str:
    scale = min(WIDEST / photo.width, HIGHEST / photo.height)
    width, height = (max(1, round(side * scale * EMU)) for side in (photo.width, photo.height))
    name = quoteattr(short(photo.caption, 160))
    key = _FIRST_ID + number
    drawing = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        f' distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{key}" name="photo {number + 1}" descr={name}/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:nvPicPr><pic:cNvPr id="{key}" name="photo {number + 1}"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        f' r:embed="mfPhoto{number}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    return _paragraph(drawing, keep=True) + _paragraph(_run(photo.caption))


def _paragraph(inside: str, *, keep: bool = False, new_page: bool = False) -> str:
    kept = "<w:keepNext/>" if keep else ""
    page = "<w:pageBreakBefore/>" if new_page else ""
    return (
        f'<w:p><w:pPr>{kept}{page}<w:spacing w:before="60" w:after="60"/><w:jc w:val="center"/></w:pPr>{inside}</w:p>'
    )


def _run(words: str, *, bold: bool = False) -> str:
    weight = "<w:b/>" if bold else ""
    return (
        f'<w:r><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="宋体"/>{weight}<w:sz w:val="18"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(short(words, 160))}</w:t></w:r>'
    )


def _zipped(files: Mapping[str, bytes], photos: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 3)
        for name, content in photos.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_STORED)
    return out.getvalue()
