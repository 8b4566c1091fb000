"""Charts of Word's own in a record: anybody can open their numbers and correct them.

The XML and the workbook behind a chart are python-pptx's; python-docx packs them.  What stands in a paragraph of its
own and is a chart's mark is replaced by the chart.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml import etree  # type: ignore[import-untyped]
from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.chart.xmlwriter import ChartXmlWriter
from pptx.enum.chart import XL_CHART_TYPE

from mailflow.reports.page import Chart

CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH, HEIGHT = Mm(150), Mm(62)
COLOUR = "2F5D8A"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"


def with_charts(record: bytes, charts: Mapping[str, Mapping[str, Any] | None]) -> bytes:
    """The record with charts in the place of their marks; a mark without a chart (None) is taken away.

    A chart has the fields of :class:`mailflow.reports.page.Chart`, as JSON keeps them.
    """
    document = docx.Document(io.BytesIO(record))
    count = 0
    for paragraph in list(document.paragraphs):  # of the body alone: no stranger's words stand there
        mark = paragraph.text.strip()
        if mark not in charts:
            continue
        for run in list(paragraph._p.findall(qn("w:r"))):
            paragraph._p.remove(run)
        if (chart := charts[mark]) is not None:
            count += 1
            _put(document, paragraph, Chart(**chart), count)
    written = io.BytesIO()
    document.save(written)
    return _same_dates(written.getvalue())


# ------------------------------------------------------------------------------------------------------------ parts


def _put(document: Any, paragraph: Any, chart: Chart, number: int) -> None:
    package = document.part.package
    data = CategoryChartData(number_format="0")
    data.categories = [name or "-" for name in chart.names]
    data.add_series(chart.bars, chart.values)
    book = Part(
        PackURI(f"/word/embeddings/chart{number}.xlsx"), WORKBOOK, CategoryWorkbookWriter(data).xlsx_blob, package
    )
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART, b"", package)
    relation = part.relate_to(book, RT.PACKAGE)
    part._blob = _xml(ChartXmlWriter(XL_CHART_TYPE.COLUMN_CLUSTERED, data).xml, chart, relation)
    words = f"{chart.title}: {chart.words}"
    drawing = (
        f'<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<wp:inline xmlns:wp="{_WP}" distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{WIDTH}" cy="{HEIGHT}"/><wp:docPr id="{900 + number}" name="chart{number}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic xmlns:a="{_A}"><a:graphicData uri="{_C}">'
        f'<c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="{document.part.relate_to(part, RT.CHART)}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    made = paragraph.add_run()
    made._r.append(parse_xml(drawing))
    made._r.find(f".//{{{_WP}}}docPr").set("descr", words)


def _xml(xml: str, chart: Chart, relation: str) -> bytes:
    """The chart's XML in our look: a title, every value at its bar, small letters, its workbook."""
    root = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    inner = root.find(f"{{{_C}}}chart")
    title = _element("title")
    body = _element("tx", title)
    rich = _element("rich", body)
    etree.SubElement(rich, f"{{{_A}}}bodyPr")
    run = etree.SubElement(etree.SubElement(rich, f"{{{_A}}}p"), f"{{{_A}}}r")
    etree.SubElement(run, f"{{{_A}}}rPr", sz="1000", b="0")
    etree.SubElement(run, f"{{{_A}}}t").text = chart.title
    _element("overlay", title, "0")
    inner.insert(0, title)
    for series in root.iter(f"{{{_C}}}ser"):
        look = _element("spPr")
        fill = etree.SubElement(etree.SubElement(look, f"{{{_A}}}solidFill"), f"{{{_A}}}srgbClr")
        fill.set("val", COLOUR)
        series.find(f"{{{_C}}}tx").addnext(look)
        labels = _element("dLbls")
        for name in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize"):
            _element(name, labels, "1" if name == "showVal" else "0")
        series.find(f"{{{_C}}}cat").addprevious(labels)
    for scale in root.iter(f"{{{_C}}}valAx"):  # bars that do not begin at nothing mislead
        _element("min", scale.find(f"{{{_C}}}scaling"), "0")
    for size in root.iter(f"{{{_A}}}defRPr"):
        size.set("sz", "800")
    outside = _element("externalData")
    outside.set(f"{{{_R}}}id", relation)
    _element("autoUpdate", outside, "0")
    root.append(outside)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _element(name: str, parent: Any = None, value: str = "") -> Any:
    made = etree.Element(f"{{{_C}}}{name}") if parent is None else etree.SubElement(parent, f"{{{_C}}}{name}")
    if value:
        made.set("val", value)
    return made


def _same_dates(package: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()
