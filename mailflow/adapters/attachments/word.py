"""A Word file as text: mammoth makes a page of it, with content controls, tracked insertions, text boxes and remarks.

Deleted, struck out and hidden words are not said, nor what Word shows in a content control nobody typed into; pictures
are not looked at.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.attachments import pages

_BODY = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = "comment-reference => sup"  # what somebody remarked on the margin comes below the text


def lines(content: bytes) -> Iterator[str]:
    """The text of the body, line by line, tables as marked rows.  Raises what mammoth does for what is no Word file."""
    import mammoth

    made = mammoth.convert_to_html(
        io.BytesIO(_without_hidden(content)),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(lambda _: {}),
        external_file_access=False,
    )
    if made.value.strip():
        yield from pages.lines(made.value)


def _without_hidden(content: bytes) -> bytes:
    """The file without words a reader of it does not see, or nobody wrote."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read(_BODY) if _BODY in package.namelist() else b""
        if not any(mark in body for mark in (b"w:vanish", b"w:dstrike", b"w:showingPlcHdr")):
            return content
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        for about in [*root.iter(f"{_W}rPr")]:
            marks = [about.find(f"{_W}{name}") for name in ("vanish", "dstrike")]
            run = about.getparent()
            if run.tag == f"{_W}r" and any(m is not None and m.get(f"{_W}val") not in ("0", "false") for m in marks):
                run.getparent().remove(run)
        for control in root.iter(f"{_W}sdt"):
            if control.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None:
                for words in control.iter(f"{_W}t"):
                    words.text = ""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for item in package.infolist():
                new.writestr(item, etree.tostring(root) if item.filename == _BODY else package.read(item))
        return made.getvalue()
