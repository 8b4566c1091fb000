"""The Word form of a survey as a customer fills it in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import docx
from docx.oxml.ns import qn


def filled_in(form: bytes, said: Mapping[int, str]) -> bytes:
    """The form with these words typed into the controls of these questions."""
    document: Any = docx.Document(io.BytesIO(form))
    for row in document.element.iter(qn("w:tr")):
        control = next(row.iter(qn("w:sdt")), None)
        number = "".join(words.text or "" for words in next(row.iter(qn("w:tc"))).iter(qn("w:t")))
        if control is None or not number.isdecimal() or int(number) not in said:
            continue
        properties = control.find(qn("w:sdtPr"))
        properties.remove(properties.find(qn("w:showingPlcHdr")))
        next(control.iter(qn("w:t"))).text = said[int(number)]
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()
