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
EDGES = (0, 21, 43.5, 58, 72, 79, 87, 108, 116, 123, 130.5, 137, 174)
"""Where cells may begin and end, in mm: thirds (label 21 + value 37), halves, and the signature cells."""

ROW, BAR_HEIGHT = 6.1, 5.2


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
    size: float = 9.5,
    *,
    fonts: tuple[str, str] = SERIF,
    bold: bool = False,
    color: str = INK,
    spacing: float = 0,
) -> Any:
    """A run with its fonts written out for all scripts: Word's theme fonts would change with the office language."""
    made = element(paragraph._p, "r")
    properties = element(made, "rPr")
    latin, chinese = fonts
    element(properties, "rFonts", ascii=latin, hAnsi=latin, eastAsia=chinese, cs=latin, hint="eastAsia")
    if bold:
        element(properties, "b")
    element(properties, "color", val=color)
    if spacing:
        element(properties, "spacing", val=round(spacing * 20))
    element(properties, "sz", val=round(size * 2))
    element(properties, "szCs", val=round(size * 2))
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


def lay(
    paragraph: Any, *, align: str = "left", line: float | None = 13.5, before: float = 0, after: float = 0
) -> None:
    """Line height in exact points: fonts differ in their own heights, and the page must not."""
    properties = paragraph._p.get_or_add_pPr()
    for old in properties.findall(qn("w:spacing")) + properties.findall(qn("w:jc")):
        properties.remove(old)
    spacing = {"before": round(before * 20), "after": round(after * 20)}
    if line is None:
        element(properties, "spacing", **spacing, line=240, lineRule="auto")
    else:
        element(properties, "spacing", **spacing, line=round(line * 20), lineRule="exact")
    element(properties, "jc", val=align)


def table(parent: Any, edges: tuple[float, ...], *, outer: int = 12, inner: int = 4) -> Any:
    """An empty table of fixed columns: dark frame, fine grey lines inside.  Widths in eighths of a point."""
    made = parent.add_table(rows=0, cols=len(edges) - 1, width=Mm(edges[-1])) if _is_story(parent) else parent.add_table(
        rows=0, cols=len(edges) - 1
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
    """A section bar: the title, and who fills the section."""
    (paragraph,) = row(into, [(WIDTH, {"fill": BAR})], BAR_HEIGHT)
    keep_with_next(paragraph)
    lay(paragraph, line=13)
    tabs = element(paragraph._p.pPr, "tabs")
    element(tabs, "tab", val="right", pos=dxa(WIDTH - 2.8))
    paragraph._p.pPr.insert(1, tabs)
    run(paragraph, title, 10, fonts=SANS, bold=True, color=ACCENT)
    if note:
        element(run(paragraph, ""), "tab")
        run(paragraph, note, 7.5, fonts=SANS, color=QUIET)


def keep_with_next(paragraph: Any) -> None:
    """A bar must not stand alone at the foot of a page."""
    paragraph._p.get_or_add_pPr().insert(0, OxmlElement("w:keepNext"))


def pairs(into: Any, *cells: tuple[str, Any, float], height: float = ROW) -> None:
    """A row of (label, value, right edge).  A value is text, or a function that writes into the paragraph."""
    shapes: list[tuple[float, dict[str, Any]]] = []
    left = 0.0
    for _, _, right in cells:
        shapes += [(left + 21, {"fill": LABEL}), (right, {})]
        left = right
    paragraphs = row(into, shapes, height)
    for (label, value, _), name, content in zip(cells, paragraphs[::2], paragraphs[1::2], strict=True):
        lay(name, align="center", line=12)
        run(name, label, 9, fonts=SANS)
        lay(content)
        if callable(value):
            value(content)
        elif value:
            run(content, f"{{{{ {value} }}}}", 9.5)


def ticks(options: str, name: str = "", after: str = "", *, size: float = 9.5) -> Any:
    """Boxes for options separated by blanks (``_`` prints as one); without a field name they wait for a pen."""

    def write(paragraph: Any) -> None:
        for position, word in enumerate(options.split()):
            option = word.replace("_", " ")
            gap = "　" if position else ""
            box = f'{{{{ {name} | tick("{option}") }}}}' if name else "☐"
            if gap:
                run(paragraph, gap, size)
            run(paragraph, box, size, fonts=SYMBOL)
            run(paragraph, f" {option}", size)
        if after:
            run(paragraph, after, size)

    return write


def sign(paragraph: Any, role: str, gap: float) -> None:
    """A cell a person signs: the role, room for a hand, and the date line.  Nothing is ever printed here."""
    lay(paragraph, line=12)
    run(paragraph, role, 8.5, fonts=SANS, color=INK)
    line = beside(paragraph)
    lay(line, align="right", line=11, before=gap)
    run(line, "年　　月　　日", 8.5, color=QUIET)


def page(document: Any) -> Any:
    """A4 upright, the header's and footer's room fixed so that the first page is the same everywhere."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(19), Mm(17)
    section.header_distance, section.footer_distance = Mm(8.5), Mm(7.5)
    section.top_margin, section.bottom_margin = Mm(36.5), Mm(16)
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
        left, name, content, picture = row(
            block, [(94, merge), (112, {"fill": LABEL}), (148, {}), (WIDTH, merge)], 6.1
        )
        lay(name, align="center", line=12)
        run(name, label, 8.5, fonts=SANS)
        lay(content, align="center", line=12)
        if value:
            run(content, value, 9.5 if number != 2 else 9, bold=number == 2)
        else:
            for part in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
                if part.isascii():
                    field(content, part, size=9.5)
                else:
                    run(content, part, 9.5)
        if number == 0:
            lay(left, align="center", line=15)
            run(left, "{{ company }}", 11, fonts=SANS, bold=True, color=ACCENT)
            name_line = beside(left)
            lay(name_line, align="center", line=25, before=1)
            run(name_line, title, 18, fonts=SANS, bold=True, spacing=3)
            second = beside(left)
            lay(second, align="center", line=11, before=1)
            run(second, f"{title_en}　·　质量管理体系记录 GB/T 19001", 7.5, color=QUIET)
            lay(picture, align="center", line=None)
            qr_picture(picture)
        else:
            lay(left, line=10)
            lay(picture, line=10)
    for paragraph in head.paragraphs[:1]:  # python-docx begins a header with an empty line
        paragraph._p.getparent().remove(paragraph._p)
    last = head.add_paragraph()
    lay(last, line=2)


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


def footer(section: Any) -> None:
    """Form and version, case, years kept; and how the signed page comes back."""
    foot = section.footer
    foot.is_linked_to_previous = False
    first = foot.paragraphs[0]
    lay(first, line=11)
    properties = first._p.pPr
    tabs = OxmlElement("w:tabs")
    element(tabs, "tab", val="center", pos=dxa(WIDTH / 2))
    element(tabs, "tab", val="right", pos=dxa(WIDTH))
    properties.insert(1 if properties.find(qn("w:pStyle")) is not None else 0, tabs)
    style: dict[str, Any] = {"fonts": SANS, "color": QUIET}
    run(first, "{{ form.code }}　版本 {{ form.version }}", 8, **style)
    element(run(first, ""), "tab")
    run(first, "案件编号 {{ case_no }}", 8, **style)
    element(run(first, ""), "tab")
    run(first, "保存期限 {{ form.retention_years }} 年", 8, **style)
    second = foot.add_paragraph()
    lay(second, align="center", line=10)
    run(second, "签字后请将各页扫描或拍照发回客服邮箱，凭页眉二维码自动归档；原始邮件另存，未作改动。", 7, color=QUIET)


def registration(document: Any) -> None:
    """JL-23-01: one record per case, filled from the mail; judgement and closing are left to people."""
    grid = table(document, EDGES)
    bar(grid, "一、客户信息")
    pairs(grid, ("客户名称", "customer_name", 116), ("客户代码", "customer_code", WIDTH))
    pairs(grid, ("联 系 人", "complainant", 58), ("职务/部门", "position", 116), ("联系电话", "phone", WIDTH))
    pairs(grid, ("电子邮箱", "email", 87), ("联系地址", "address", WIDTH))
    bar(grid, "二、受理信息")
    pairs(grid, ("案件编号", "case_no", 58), ("接诉时间", "received_at", 116), ("要求答复", "deadline", WIDTH))
    pairs(grid, ("投诉方式", ticks("电话 邮件 微信/QQ 来函 来访 传真 网站", "channel"), WIDTH))
    pairs(grid, ("投诉类别", ticks("产品质量 服务 业务 交期 包装 单证/发票 价格 其他", "class1"), WIDTH))
    pairs(
        grid,
        ("严重程度", ticks("一般 重大 恶性", "severity"), 87),
        ("重复投诉", ticks("否 是", "repeat", "　{{ repeat_of }}"), WIDTH),
    )
    pairs(grid, ("投诉对象", "respondent", 87), ("投诉细类", "class2", WIDTH))
    bar(grid, "三、产品与订单")
    pairs(grid, ("产品名称", "product", 58), ("规格型号", "model", 116), ("批号/序列号", "batch_no", WIDTH))
    pairs(grid, ("订单/合同号", "order_no", 58), ("送货/运单号", "delivery_no", 116), ("发生日期", "happened_on", WIDTH))
    pairs(grid, ("不良/短少数", "qty_defect", 58), ("到货/批量数", "", 116), ("不 良 率", "", WIDTH))
    pairs(grid, ("发现环节", ticks("来料检验 生产线 0_km 终端 运输 仓库"), WIDTH))
    bar(grid, "四、投诉内容与客户要求", "客户原话照录，未作删改")
    name, content = row(grid, [(21, {"fill": LABEL}), (WIDTH, {"valign": "top"})], 34, split=True)
    lay(name, align="center", line=12)
    run(name, "投诉内容", 9, fonts=SANS)
    small = beside(name)
    lay(small, align="center", line=11)
    run(small, "（客户原话）", 7.5, fonts=SANS, color=QUIET)
    lay(content, line=14.5, before=2, after=2)
    run(content, "{{ content }}", 10)

    def wanted(paragraph: Any) -> None:
        ticks("退货 换货 补发 返工 赔偿 道歉 8D/整改报告 答复说明 其他", "demand", size=9)(paragraph)
        words = beside(paragraph)
        lay(words, before=1)
        run(words, "{{ demand_words }}", 9.5)

    pairs(grid, ("客户要求", wanted, WIDTH), height=11)
    pairs(grid, ("附件/证据", "evidence", 116), ("寄回样品", ticks("有 无"), WIDTH))
    pairs(grid, ("原始邮件", "source_mail", WIDTH))
    bar(grid, "五、处理与结案", "受理、调查后由责任人填写")
    pairs(grid, ("首次答复", "", 87), ("临时处置", "", WIDTH), height=9)
    pairs(grid, ("责任部门", "", 58), ("判　　定", ticks("有效 一般无效 恶意", after="　　　原因代码："), WIDTH))
    pairs(grid, ("处理结果", "", WIDTH), height=11)
    pairs(grid, ("回复客户", "", 87), ("客户意见", ticks("满意 基本满意 不满意 未能联系", size=9), WIDTH))
    pairs(grid, ("纠正措施编号", "", 58), ("损失金额", "", 116), ("结案日期", "", WIDTH))
    bar(grid, "六、签字", "亲笔或电子签字，不得代签")
    ordinary = row(grid, [(right, {"valign": "top"}) for right in (43.5, 87, 130.5, WIDTH)], 15)
    for paragraph, role in zip(ordinary, ("登记人", "受理部门审核", "主管领导批示", "结案人"), strict=True):
        sign(paragraph, role, 18)
    name, *serious = row(
        grid, [(21, {"fill": LABEL}), *((right, {"valign": "top"}) for right in (72, 123, WIDTH))], 13.5
    )
    lay(name, align="center", line=12)
    run(name, "受　　领", 9, fonts=SANS)
    small = beside(name)
    lay(small, align="center", line=11)
    run(small, "（重大、恶性）", 7.5, fonts=SANS, color=QUIET)
    for paragraph, role in zip(serious, ("质检科", "技术科", "管理者代表"), strict=True):
        sign(paragraph, role, 13.5)


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
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = latin, Pt(9.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), chinese)
    settings = document.settings.element
    for compat in settings.findall(qn("w:compat")):
        settings.remove(compat)
    compat = element(settings, "compat")
    # 15: Word lays it out as today's Word and does not show "compatibility mode"
    element(
        compat, "compatSetting", name="compatibilityMode", uri="http://schemas.microsoft.com/office/word", val="15"
    )
    for relation in list(document.part.package.rels.values()):
        if relation.reltype.endswith("/thumbnail"):
            document.part.package.rels.pop(relation.rId)
    for relation in list(document.part.rels.values()):
        if relation.reltype.endswith("/customXml"):
            document.part.rels.pop(relation.rId)


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
    lay(tail, line=1)
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
