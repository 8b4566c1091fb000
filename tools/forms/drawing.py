"""Drawing Word forms with python-docx: the measures, styles and cells all shipped forms share."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from typing import Any

import segno
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph

SERIF = ("Times New Roman", "宋体")
SANS = ("Arial", "黑体")
SYMBOL = ("Segoe UI Symbol", "Segoe UI Symbol")  # Word and WPS on Windows have the boxes ☐ ☑ in this font

INK, ACCENT, QUIET, LINE = "1B1F24", "1F3A5F", "5B6673", "8A98A8"
BAR, LABEL = "DCE5F0", "F3F6FA"

WIDTH = 174.0
EDGES = (0, 21, 43.5, 54, 58, 72, 75, 79, 87, 100, 108, 116, 123, 129, 130.5, 137, 174)
"""Where cells may begin and end, in mm: thirds (label 21 + value 37), halves, and what single rows need."""

ROW, BAR_HEIGHT = 5.4, 4.9


def dxa(mm: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(mm * 1440 / 25.4)


def element(parent: Any, tag: str, **attributes: Any) -> Any:
    """Append an element of Word's namespace."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name.rstrip('_')}"), str(value))
    parent.append(made)
    return made


def run(
    paragraph: Any,
    text: str,
    size: float = 0,
    *,
    fonts: tuple[str, str] = SERIF,
    bold: bool = False,
    color: str = "",
    spacing: float = 0,
    latin_text: bool = False,
) -> Any:
    """A run with its fonts written out for all scripts: Word's theme fonts would change with the office language.

    Word draws quotation marks and apostrophes in the Chinese font, a character wide, unless the text is Latin.
    """
    made = element(paragraph._p, "r")
    properties = element(made, "rPr")
    latin, chinese = fonts
    hint = {} if latin_text else {"hint": "eastAsia"}
    element(properties, "rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese, **hint)
    if bold:
        element(properties, "b")
    if color:
        element(properties, "color", val=color)
    if spacing:
        element(properties, "spacing", val=round(spacing * 20))
    if size:
        element(properties, "sz", val=round(size * 2))
    if text:
        words = element(made, "t")
        words.text = text
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def field(paragraph: Any, code: str, **style: Any) -> None:
    """A field such as PAGE, with a plausible result for readers that do not compute it."""
    for kind in ("begin", None, "separate", "1", "end"):
        made = run(paragraph, "1" if kind == "1" else "", **style)
        if kind is None:
            words = element(made, "instrText")
            words.text = f" {code} "
            words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        elif kind != "1":
            element(made, "fldChar", fldCharType=kind)


def lay(paragraph: Any, style: str, *, align: str = "", before: float = -1, line: float = 0) -> None:
    """Give a paragraph one of the form's styles, and say where it differs."""
    properties = paragraph._p.get_or_add_pPr()
    for child in list(properties):
        properties.remove(child)
    element(properties, "pStyle", val=style)
    if before >= 0 or line:
        differing: dict[str, Any] = {"before": round(before * 20)} if before >= 0 else {}
        if line:
            differing |= {"line": round(line * 20), "lineRule": "exact"}
        element(properties, "spacing", **differing)
    if align:
        element(properties, "jc", val=align)


STYLES = {
    # name: (name in Word, size, line height in exact points or 0, alignment, fonts, colour)
    "MfValue": ("表格内容", 9.5, 13, "left", SERIF, INK),
    "MfLabel": ("表格标签", 9, 12, "center", SANS, INK),
    "MfBar": ("分栏标题", 10, 13, "left", SANS, ACCENT),
    "MfWords": ("客户原话", 10, 13.8, "left", SERIF, INK),
    "MfWordsSmall": ("客户原话（小）", 9, 11.6, "left", SERIF, INK),
    "MfLetter": ("信函正文", 11.5, 20, "left", SERIF, INK),
    "MfNote": ("小注", 7.5, 10.5, "center", SANS, QUIET),
    "MfPicture": ("图片", 9, 0, "center", SERIF, INK),
}
"""Paragraph styles, so that a company can change the look of all cells at once in Word.

Lines have exact heights: the fonts of Windows, WPS and LibreOffice differ in theirs, and the page must not.
"""


def paragraph_styles(styles: Any) -> None:
    """Write :data:`STYLES` into the document."""
    for code, (name, size, line, align, (latin, chinese), color) in STYLES.items():
        height = f'w:line="{round(line * 20)}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
        styles.append(
            parse_xml(
                f'<w:style {nsdecls("w")} w:type="paragraph" w:customStyle="1" w:styleId="{code}">'
                f'<w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:qFormat/>'
                f'<w:pPr><w:spacing w:before="0" w:after="0" {height}/><w:jc w:val="{align}"/></w:pPr>'
                f'<w:rPr><w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{chinese}"/>'
                f'<w:color w:val="{color}"/><w:sz w:val="{round(size * 2)}"/></w:rPr></w:style>'
            )
        )


def table(parent: Any, edges: tuple[float, ...], *, outer: int = 12, inner: int = 4) -> Any:
    """An empty table of fixed columns: dark frame, fine grey lines inside.  Widths in eighths of a point."""
    made = (
        parent.add_table(rows=0, cols=len(edges) - 1, width=Mm(edges[-1]))
        if _is_story(parent)
        else parent.add_table(rows=0, cols=len(edges) - 1)
    )
    properties = made._tbl.tblPr
    for child in list(properties):
        properties.remove(child)
    element(properties, "tblW", w=dxa(edges[-1]), type="dxa")
    element(properties, "jc", val="center")
    borders = element(properties, "tblBorders")
    for side in ("top", "left", "bottom", "right"):
        element(borders, side, val="single", sz=outer, space=0, color=ACCENT)
    for side in ("insideH", "insideV"):
        element(borders, side, val="single", sz=inner, space=0, color=LINE)
    element(properties, "tblLayout", type="fixed")
    margins = element(properties, "tblCellMar")
    for side, mm in (("top", 0.25), ("left", 1.4), ("bottom", 0.25), ("right", 1.2)):
        element(margins, side, w=dxa(mm), type="dxa")
    for column, left, right in zip(made._tbl.tblGrid.findall(qn("w:gridCol")), edges, edges[1:], strict=False):
        column.set(qn("w:w"), str(dxa(right) - dxa(left)))
    made.edges = edges
    return made


def _is_story(parent: Any) -> bool:
    return not hasattr(parent, "add_section")


def row(into: Any, cells: list[tuple[float, dict[str, Any]]], height: float, *, split: bool = False) -> list[Any]:
    """A row of cells, each (right edge in mm, properties).  Returns one empty paragraph per cell."""
    made = element(into._tbl, "tr")
    properties = element(made, "trPr")
    if not split:
        element(properties, "cantSplit")
    element(properties, "trHeight", val=dxa(height), hRule="atLeast")
    left = 0
    paragraphs = []
    for right, style in cells:
        end = into.edges.index(right)
        cell = element(made, "tc")
        shape = element(cell, "tcPr")
        element(shape, "tcW", w=dxa(into.edges[end]) - dxa(into.edges[left]), type="dxa")
        if end - left > 1:
            element(shape, "gridSpan", val=end - left)
        if "merge" in style:
            element(shape, "vMerge", **({"val": "restart"} if style["merge"] == "restart" else {}))
        if "fill" in style:
            element(shape, "shd", val="clear", color="auto", fill=style["fill"])
        element(shape, "vAlign", val=style.get("valign", "center"))
        paragraphs.append(Paragraph(element(cell, "p"), into))
        left = end
    return paragraphs


def beside(paragraph: Any) -> Any:
    """A further paragraph in the same cell."""
    made = OxmlElement("w:p")
    paragraph._p.getparent().append(made)
    return Paragraph(made, paragraph._parent)


def bar(into: Any, title: str, note: str = "", width: float = WIDTH) -> None:
    """A section bar: the title, and who fills the section.  It never stands alone at the foot of a page."""
    (paragraph,) = row(into, [(width, {"fill": BAR})], BAR_HEIGHT)
    lay(paragraph, "MfBar")
    properties = paragraph._p.pPr
    element(properties, "keepNext")
    tabs = element(properties, "tabs")
    element(tabs, "tab", val="right", pos=dxa(width - 2.8))
    run(paragraph, title, fonts=SANS, bold=True)
    if note:
        element(run(paragraph, ""), "tab")
        run(paragraph, note, 7.5, fonts=SANS, color=QUIET)


def pairs(into: Any, *cells: tuple[str, Any, float], height: float = ROW) -> None:
    """A row of (label, value, right edge).  A value is text, or a function that writes into the paragraph."""
    shapes: list[tuple[float, dict[str, Any]]] = []
    left = 0.0
    for _, _, right in cells:
        shapes += [(left + 21, {"fill": LABEL}), (right, {})]
        left = right
    paragraphs = row(into, shapes, height)
    for (label, value, _), name, content in zip(cells, paragraphs[::2], paragraphs[1::2], strict=True):
        lay(name, "MfLabel")
        run(name, label, fonts=SANS)
        lay(content, "MfValue")
        if callable(value):
            value(content)
        elif value:
            run(content, f"{{{{ {value} }}}}")


def ticks(options: str, name: str = "", after: str = "") -> Callable[[Any], None]:
    """Boxes for options separated by blanks (``_`` prints as one); without a field name they wait for a pen."""

    def write(paragraph: Any) -> None:
        words = [word.replace("_", " ") for word in options.split()]
        for option in words:
            run(paragraph, f'{{{{ {name} | tick("{option}") }}}}' if name else "☐", 9, fonts=SYMBOL)
            run(paragraph, f" {option}" + ("" if option == words[-1] else "   "), 9)
        if after:
            run(paragraph, after)

    return write


def control(paragraph: Any, tag: str, label: str, text: str, **style: Any) -> None:
    """A plain-text content control within a line: where a person types, found again by its tag."""
    made = element(paragraph._p, "sdt")
    properties = element(made, "sdtPr")
    element(properties, "alias", val=label)
    element(properties, "tag", val=tag)
    element(properties, "id", val=zlib.crc32(tag.encode()) & 0x7FFFFFFF)
    if tag.startswith("date:"):
        element(properties, "showingPlcHdr")
    element(properties, "text", **({"multiLine": 1} if tag.startswith("answer:") else {}))
    content = element(made, "sdtContent")
    run(paragraph, text, **style)
    content.append(paragraph._p[-1])


def answer(name: str, label: str, asked: str = "", size: float = 0) -> Callable[[Any], None]:
    """A cell's writer: a control for the field ``name``; ``asked`` tells what to write, such as the choices."""

    def write(paragraph: Any) -> None:
        control(paragraph, f"answer:{name}", label, f"点此填写（{asked}）" if asked else "点此填写", size=size)

    return write


def sign(paragraph: Any, role: str, key: str, gap: float) -> None:
    """A cell a person signs: the role, room for a hand, and the date line.

    Until somebody has signed, nothing is printed here; a name may be typed where the control is.
    """
    lay(paragraph, "MfLabel", align="left")
    run(paragraph, role, 8.5, fonts=SANS)
    name = beside(paragraph)
    lay(name, "MfValue", before=max(gap - 11, 1), line=11)
    control(name, f"sign:{key}", role, f"{{{{ sig.{key} }}}}", size=8)
    for words in (f"{{%p if not sig.{key} %}}", "年　　月　　日", "{%p endif %}"):
        line = beside(paragraph)
        lay(line, "MfValue", align="right", before=1, line=11)
        if words.startswith("{"):
            run(line, words, 8.5, color=QUIET)
        else:
            control(line, f"date:{key}", f"{role}：日期", words, size=8.5, color=QUIET)


def note(paragraph: Any, words: str) -> None:
    """A small second line under a label."""
    made = beside(paragraph)
    lay(made, "MfNote")
    run(made, words, fonts=SANS)


def keep_together(into: Any, first: int) -> None:
    """Hold the rows from ``first`` on one page with the line behind them: alone, that would be an empty page."""
    rows = into._tbl.findall(qn("w:tr"))
    for made in rows[first:]:
        for properties in made.iter(qn("w:pPr")):
            if properties.find(qn("w:keepNext")) is None:
                properties.insert(1, OxmlElement("w:keepNext"))


def page(document: Any, *, landscape: bool = False) -> Any:
    """A4, the header's and footer's room fixed so that the first page is the same everywhere."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.left_margin, section.right_margin = Mm(19), Mm(17)
    section.header_distance, section.footer_distance = Mm(7), Mm(5.5)
    section.top_margin, section.bottom_margin = Mm(33), Mm(14)
    return section


def header(section: Any, title: str, title_en: str, width: float = WIDTH) -> None:
    """The controlled head of every page: who, what, which form, which record, which page, and the code."""
    head = section.header
    head.is_linked_to_previous = False
    first, second, third = width - 80, width - 62, width - 26
    block = table(head, (0, first, second, third, width))
    facts = (
        ("表单编号", "{{ form.code }}"),
        ("版本/修改", "{{ form.version }}"),
        ("记录编号", "{{ record_no }}"),
        ("页　　码", None),
    )
    for number, (label, value) in enumerate(facts):
        merge = {"merge": "restart" if number == 0 else "go on"}
        left, name, content, picture = row(
            block, [(first, merge), (second, {"fill": LABEL}), (third, {}), (width, merge)], 6.1
        )
        lay(name, "MfLabel")
        run(name, label, 8.5, fonts=SANS)
        lay(content, "MfValue", align="center")
        if value:
            run(content, value, bold=value == "{{ record_no }}")
        else:
            page_of_pages(content)
        lay(left, "MfBar", align="center", line=15)
        lay(picture, "MfPicture")
        if number == 0:
            run(left, "{{ company }}", 11, fonts=SANS, bold=True)
            name_line = beside(left)
            lay(name_line, "MfBar", align="center", line=25, before=1)
            size, spacing = (18, 3) if len(title) <= 10 else (15, 1)
            run(name_line, title, size, fonts=SANS, bold=True, color=INK, spacing=spacing)
            subtitle = beside(left)
            lay(subtitle, "MfNote", before=1)
            run(subtitle, f"{title_en}　·　质量管理体系记录 GB/T 19001", color=QUIET)
            qr_picture(picture)
    for paragraph in head.paragraphs[:1]:  # python-docx begins a header with an empty line
        paragraph._p.getparent().remove(paragraph._p)
    lay(head.add_paragraph(), "MfNote", line=2)


def page_of_pages(paragraph: Any, *, latin: bool = False, **style: Any) -> None:
    """第 x 页　共 y 页, or Page x of y."""
    for part in ("Page ", "PAGE", " of ", "NUMPAGES") if latin else ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
        (field if part.isupper() else run)(paragraph, part, **style)


def qr_picture(paragraph: Any) -> None:
    """A stand-in of the size of the real code; its alternative text says what to put there."""
    image = io.BytesIO()
    segno.make("MF1:JL-00-00-2000-0000:A/0:AAAAAAAAAAAAAAAA", error="q", boost_error=False).save(
        image, kind="png", scale=8, border=2, light="#fff"
    )
    image.seek(0)
    made = paragraph.add_run()
    # 33 modules with the border in 23 mm: the code itself measures 20.2 mm, what a phone reads from a poor copy
    made.add_picture(image, width=Mm(23), height=Mm(23))
    about = made._r.find(f".//{qn('wp:docPr')}")
    about.set("descr", "qr")
    about.set("name", "QR")
    for side in ("distT", "distB", "distL", "distR"):  # left out, LibreOffice takes 3 mm and cuts the code
        made._r.find(f".//{qn('wp:inline')}").set(side, "0")


RETURN = "可在 Word 中填写、签名后发回，也可打印签字后扫描或拍照发回客服邮箱；凭二维码自动归档，栏外文字请勿改动。"


def footer(section: Any, width: float = WIDTH, *, case: bool = True, words: str = RETURN) -> None:
    """Form and version, case, years kept; and how the signed page comes back."""
    foot = section.footer
    foot.is_linked_to_previous = False
    first = foot.paragraphs[0]
    lay(first, "MfNote", align="left")
    tabs = OxmlElement("w:tabs")
    element(tabs, "tab", val="center", pos=dxa(width / 2))
    element(tabs, "tab", val="right", pos=dxa(width))
    first._p.pPr.insert(1, tabs)
    style: dict[str, Any] = {"size": 8, "fonts": SANS}
    run(first, "{{ form.code }}　版本 {{ form.version }}", **style)
    element(run(first, "", **style), "tab")
    run(first, "案件编号 {{ case_no }}" if case else "", **style)
    element(run(first, "", **style), "tab")
    run(first, "保存期限 {{ form.retention_years }} 年", **style)
    second = foot.add_paragraph()
    lay(second, "MfNote")
    run(second, words, 7, fonts=SANS)
