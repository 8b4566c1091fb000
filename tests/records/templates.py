"""Small Word templates, drawn for one test each."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import segno
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

SIDECAR = """\
code: JL-99-01
version: A/0
title: {zh: 测试表, en: Test form}
kinds: [complaint]
retention_years: 3
signers: {}
fields:
  record_no: 记录编号
  qr: 二维码
  note: 说明
"""


def simple_field(paragraph: Any, code: str) -> None:
    made = OxmlElement("w:fldSimple")
    made.set(qn("w:instr"), code)
    paragraph._p.append(made)


def write_form(
    folder: Path,
    *paragraphs: str,
    sidecar: str = SIDECAR,
    code: str = "JL-99-01",
    extra: Callable[[Any], None] | None = None,
    qr: bool = True,
    pages: bool = True,
) -> None:
    """A form with everything a record must print, and these paragraphs."""
    document = docx.Document()
    top = document.sections[0].header.paragraphs[0]
    top.add_run("{{ form.code }} {{ form.version }} {{ record_no }}")
    if pages:
        simple_field(top, "PAGE")
        simple_field(top, "NUMPAGES")
    if qr:
        image = io.BytesIO()
        segno.make("placeholder").save(image, kind="png", scale=4)
        image.seek(0)
        picture = document.add_paragraph().add_run()
        picture.add_picture(image)
        picture._r.find(f".//{qn('wp:docPr')}").set("descr", "qr")
    for text in paragraphs:
        document.add_paragraph(text)
    if extra is not None:
        extra(document)
    document.save(str(folder / f"{code}.docx"))
    (folder / f"{code}.yaml").write_text(sidecar, encoding="utf-8")
