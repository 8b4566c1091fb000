"""Draws the shipped Word forms.  Run it after a change here; the .docx it writes is what mailflow fills.

    python templates/build_forms.py [FOLDER]

A company changes its forms in Word, not here: this file exists so that the shipped ones can be read, reviewed and
drawn again, and so that every cell follows one set of measures.
"""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import segno
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

SERIF = ("Times New Roman", "宋体")
SANS = ("Arial", "黑体")
SYMBOL = ("Segoe UI Symbol", "Segoe UI Symbol")  # Word and WPS on Windows have the boxes ☐ ☑ in this font

INK, ACCENT, QUIET, LINE = "1B1F24", "1F3A5F", "5B6673", "8A98A8"
BAR, LABEL = "DCE5F0", "F3F6FA"

WIDTH = 174.0
EDGES = (0, 21, 43.5, 54, 58, 72, 75, 79, 87, 100, 108, 116, 123, 129, 130.5, 137, 174)
"""Where cells may begin and end, in mm: thirds (label 21 + value 37), halves, and what single rows need."""

ROW, BAR_HEIGHT = 5.4, 4.9


APPLICATION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>mailflow</Application></Properties>"
)


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
        paragraphs.append(docx.text.paragraph.Paragraph(element(cell, "p"), into))
        left = end
    return paragraphs


def beside(paragraph: Any) -> Any:
    """A further paragraph in the same cell."""
    made = OxmlElement("w:p")
    paragraph._p.getparent().append(made)
    return docx.text.paragraph.Paragraph(made, paragraph._parent)


def bar(into: Any, title: str, note: str = "") -> None:
    """A section bar: the title, and who fills the section.  It never stands alone at the foot of a page."""
    (paragraph,) = row(into, [(WIDTH, {"fill": BAR})], BAR_HEIGHT)
    lay(paragraph, "MfBar")
    properties = paragraph._p.pPr
    element(properties, "keepNext")
    tabs = element(properties, "tabs")
    element(tabs, "tab", val="right", pos=dxa(WIDTH - 2.8))
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


def ticks(options: str, name: str = "", after: str = "") -> Any:
    """Boxes for options separated by blanks (``_`` prints as one); without a field name they wait for a pen."""

    def write(paragraph: Any) -> None:
        words = [word.replace("_", " ") for word in options.split()]
        for option in words:
            run(paragraph, f'{{{{ {name} | tick("{option}") }}}}' if name else "☐", 9, fonts=SYMBOL)
            run(paragraph, f" {option}" + ("" if option == words[-1] else "   "), 9)
        if after:
            run(paragraph, after)

    return write


def sign(paragraph: Any, role: str, gap: float) -> None:
    """A cell a person signs: the role, room for a hand, and the date line.  Nothing is ever printed here."""
    lay(paragraph, "MfLabel", align="left")
    run(paragraph, role, 8.5, fonts=SANS)
    line = beside(paragraph)
    lay(line, "MfValue", align="right", before=gap, line=11)
    run(line, "年　　月　　日", 8.5, color=QUIET)


def page(document: Any) -> Any:
    """A4 upright, the header's and footer's room fixed so that the first page is the same everywhere."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(19), Mm(17)
    section.header_distance, section.footer_distance = Mm(7), Mm(5.5)
    section.top_margin, section.bottom_margin = Mm(33), Mm(14)
    return section


def header(section: Any, title: str, title_en: str) -> None:
    """The controlled head of every page: who, what, which form, which record, which page, and the code."""
    head = section.header
    head.is_linked_to_previous = False
    edges = (0, 94, 112, 148, WIDTH)
    block = table(head, edges)
    facts = (
        ("表单编号", "{{ form.code }}"),
        ("版本/修改", "{{ form.version }}"),
        ("记录编号", "{{ record_no }}"),
        ("页　　码", None),
    )
    for number, (label, value) in enumerate(facts):
        merge = {"merge": "restart" if number == 0 else "go on"}
        left, name, content, picture = row(block, [(94, merge), (112, {"fill": LABEL}), (148, {}), (WIDTH, merge)], 6.1)
        lay(name, "MfLabel")
        run(name, label, 8.5, fonts=SANS)
        lay(content, "MfValue", align="center")
        if value:
            run(content, value, bold=value == "{{ record_no }}")
        else:
            for part in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
                (field if part.isascii() else run)(content, part)
        lay(left, "MfBar", align="center", line=15)
        lay(picture, "MfPicture")
        if number == 0:
            run(left, "{{ company }}", 11, fonts=SANS, bold=True)
            name_line = beside(left)
            lay(name_line, "MfBar", align="center", line=25, before=1)
            run(name_line, title, 18, fonts=SANS, bold=True, color=INK, spacing=3)
            second = beside(left)
            lay(second, "MfNote", before=1)
            run(second, f"{title_en}　·　质量管理体系记录 GB/T 19001", color=QUIET)
            qr_picture(picture)
    for paragraph in head.paragraphs[:1]:  # python-docx begins a header with an empty line
        paragraph._p.getparent().remove(paragraph._p)
    lay(head.add_paragraph(), "MfNote", line=2)


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


def footer(section: Any) -> None:
    """Form and version, case, years kept; and how the signed page comes back."""
    foot = section.footer
    foot.is_linked_to_previous = False
    first = foot.paragraphs[0]
    lay(first, "MfNote", align="left")
    tabs = OxmlElement("w:tabs")
    element(tabs, "tab", val="center", pos=dxa(WIDTH / 2))
    element(tabs, "tab", val="right", pos=dxa(WIDTH))
    first._p.pPr.insert(1, tabs)
    style: dict[str, Any] = {"size": 8, "fonts": SANS}
    run(first, "{{ form.code }}　版本 {{ form.version }}", **style)
    element(run(first, "", **style), "tab")
    run(first, "案件编号 {{ case_no }}", **style)
    element(run(first, "", **style), "tab")
    run(first, "保存期限 {{ form.retention_years }} 年", **style)
    second = foot.add_paragraph()
    lay(second, "MfNote")
    run(second, "签字后请将各页扫描或拍照发回客服邮箱，凭页眉二维码自动归档；原始邮件另存，未作改动。", 7, fonts=SANS)


def registration(document: Any) -> None:
    """JL-23-01: one record per case, filled from the mail; judgement and closing are left to people."""
    grid = table(document, EDGES)
    bar(grid, "一、客户信息")
    pairs(grid, ("客户名称", "customer_name", 116), ("客户代码", "customer_code", WIDTH))
    pairs(grid, ("联 系 人", "complainant", 58), ("职务/部门", "position", 116), ("联系电话", "phone", WIDTH))
    pairs(grid, ("电子邮箱", "email", 87), ("联系地址", "address", WIDTH))
    bar(grid, "二、受理信息")
    pairs(grid, ("案件编号", "case_no", 54), ("接诉时间", "received_at", 108), ("要求答复", "deadline", WIDTH))
    pairs(grid, ("投诉方式", ticks("电话 邮件 微信/QQ 来函 来访 传真 网站", "channel"), WIDTH))
    pairs(grid, ("投诉类别", ticks("产品质量 服务 业务 交期 包装 单证/发票 价格 其他", "class1"), WIDTH))
    repeated = ticks("否 是", "repeat", "　{{ repeat_of }}")
    pairs(grid, ("严重程度", ticks("一般 重大 恶性", "severity"), 87), ("重复投诉", repeated, WIDTH))
    pairs(grid, ("投诉对象", "respondent", 87), ("细类/问题", "class2", WIDTH))
    bar(grid, "三、产品与订单")
    pairs(grid, ("产品名称", "product", 58), ("规格型号", "model", 116), ("批号/序列号", "batch_no", WIDTH))
    pairs(
        grid, ("订单/合同号", "order_no", 58), ("送货/运单号", "delivery_no", 116), ("发生日期", "happened_on", WIDTH)
    )
    pairs(grid, ("不良/短少数", "qty_defect", 58), ("到货/批量数", "", 116), ("不 良 率", "", WIDTH))
    pairs(grid, ("发现环节", ticks("来料检验 生产线 0_km 终端 运输 仓库"), 116), ("寄回样品", ticks("有 无"), WIDTH))
    bar(grid, "四、投诉内容与客户要求", "客户原话照录，未作删改")
    name, content = row(grid, [(21, {"fill": LABEL}), (WIDTH, {"valign": "top"})], 48, split=True)
    lay(name, "MfLabel")
    run(name, "投诉内容", fonts=SANS)
    note(name, "（客户原话）")
    # One size smaller where that, and only that, keeps the record on one page.
    for style, words in (
        ("MfNote", "{%p if compact %}"),
        ("MfWordsSmall", "{{ content }}"),
        ("MfNote", "{%p else %}"),
        ("MfWords", "{{ content }}"),
        ("MfNote", "{%p endif %}"),
    ):
        lay(content, style)
        if words.startswith("{%"):
            run(content, words)
        else:
            run(content, "{%r if latin %}")
            run(content, words, latin_text=True)
            run(content, "{%r else %}")
            run(content, words)
            run(content, "{%r endif %}")
        if "endif" not in words:
            content = beside(content)

    def wanted(paragraph: Any) -> None:
        ticks("退货 换货 补发 返工 赔偿 道歉 8D/整改报告 答复说明 其他", "demand")(paragraph)
        words = beside(paragraph)
        lay(words, "MfValue")
        run(words, "{{ demand_words }}")

    pairs(grid, ("客户要求", wanted, WIDTH), height=10.5)
    pairs(grid, ("附件/证据", "evidence", WIDTH))
    pairs(grid, ("原始邮件", "source_mail", WIDTH))
    handling = len(grid._tbl.findall(qn("w:tr")))
    bar(grid, "五、处理与结案", "受理、调查后由责任人填写")
    pairs(grid, ("首次答复", "", 87), ("临时处置", "", WIDTH), height=8.2)
    pairs(grid, ("责任部门", "", 58), ("判　　定", ticks("有效 一般无效 恶意", after="　　　原因代码："), WIDTH))
    pairs(grid, ("处理结果", "", WIDTH), height=9.5)
    pairs(grid, ("回复客户", "", 79), ("客户意见", ticks("满意 基本满意 不满意 未能联系"), WIDTH))
    pairs(grid, ("纠正措施", "", 58), ("损失金额", "", 116), ("结案日期", "", WIDTH))
    bar(grid, "六、签字", "亲笔或电子签字，不得代签")
    ordinary = row(grid, [(right, {"valign": "top"}) for right in (43.5, 87, 130.5, WIDTH)], 13)
    for paragraph, role in zip(ordinary, ("登记人", "受理部门审核", "主管领导批示", "结案人"), strict=True):
        sign(paragraph, role, 13)
    name, *serious = row(grid, [(21, {"fill": LABEL}), *((right, {"valign": "top"}) for right in (72, 123, WIDTH))], 12)
    lay(name, "MfLabel")
    run(name, "受　　领", fonts=SANS)
    note(name, "（重大/恶性）")
    for paragraph, role in zip(serious, ("质检科", "技术科", "管理者代表"), strict=True):
        sign(paragraph, role, 10.5)
    keep_together(grid, handling)


def note(paragraph: Any, words: str) -> None:
    """A small second line under a label."""
    made = beside(paragraph)
    lay(made, "MfNote")
    run(made, words, fonts=SANS)


def keep_together(into: Any, first: int) -> None:
    """Hold the rows from ``first`` on on one page: signatures belong under what is signed."""
    rows = into._tbl.findall(qn("w:tr"))
    for made in rows[first:-1]:
        for properties in made.iter(qn("w:pPr")):
            if properties.find(qn("w:keepNext")) is None:
                properties.insert(1, OxmlElement("w:keepNext"))


def prepare(document: Any) -> None:
    """Strip python-docx's default template to what a form needs, in fonts that every Chinese office has."""
    styles = document.styles.element
    for old in styles.findall(qn("w:docDefaults")) + styles.findall(qn("w:latentStyles")):
        styles.remove(old)
    keep = {"Normal", "DefaultParagraphFont", "TableNormal", "NoList", "Header", "Footer"}
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in keep:
            styles.remove(style)
        for link in style.findall(qn("w:link")):
            style.remove(link)
    latin, chinese = SERIF
    fonts = f'w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{chinese}" w:cs="{latin}"'
    styles.insert(
        0,
        parse_xml(
            f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr><w:rFonts {fonts}/>"
            '<w:sz w:val="19"/><w:szCs w:val="19"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
            "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        ),
    )
    paragraph_styles(styles)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = latin, Pt(9.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), chinese)
    settings = document.settings.element
    for child in list(settings):
        settings.remove(child)
    element(settings, "zoom", percent=100)
    element(settings, "defaultTabStop", val=420)
    element(settings, "characterSpacingControl", val="compressPunctuation")
    # 15: Word lays it out as today's Word and does not show "compatibility mode"
    element(
        element(settings, "compat"),
        "compatSetting",
        name="compatibilityMode",
        uri="http://schemas.microsoft.com/office/word",
        val="15",
    )
    element(settings, "themeFontLang", val="en-US", eastAsia="zh-CN")
    element(settings, "decimalSymbol", val=".")
    element(settings, "listSeparator", val=",")
    for part in document.part.package.parts:
        if str(part.partname) == "/docProps/app.xml":
            part._blob = APPLICATION.encode()
    # Parts of python-docx's own template that a form does not use, the largest of them 400 kB.
    unused = ("/thumbnail", "/customXml", "/stylesWithEffects", "/numbering", "/webSettings")
    for relations in (document.part.package.rels, document.part.rels):
        for relation in list(relations.values()):
            if relation.reltype.endswith(unused):
                relations.pop(relation.rId)


def build(path: Path) -> None:
    """Draw JL-23-01 and write it with fixed dates, so that drawing it again changes nothing."""
    title, title_en = "客户投诉登记表", "Customer Complaint Registration"
    document = docx.Document()
    prepare(document)
    section = page(document)
    header(section, title, title_en)
    footer(section)
    registration(document)
    tail = document.add_paragraph()  # Word wants a paragraph behind the last table
    lay(tail, "MfNote", line=1)
    body = document.element.body
    body.remove(tail._p)
    body.insert(len(body) - 1, tail._p)
    facts = document.core_properties
    facts.author = facts.last_modified_by = "mailflow"
    facts.title = f"{title} {{{{ record_no }}}}"
    facts.subject = "{{ case_no }}"
    facts.keywords, facts.comments, facts.category = "JL-23-01", "", "质量管理体系记录"
    facts.language = "zh-CN"
    facts.created = facts.modified = datetime(2026, 11, 22, tzinfo=UTC)
    facts.revision = 1
    written = io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "forms"
    build(folder / "JL-23-01.docx")
