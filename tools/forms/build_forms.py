"""Draws the shipped Word forms.  Run it after a change here; the .docx it writes is what mailflow fills.

    python -m tools.forms.build_forms [TEMPLATES]      (or: make forms)

A company changes its forms in Word, not here: this file exists so that the shipped ones can be read, reviewed and
drawn again, and so that every cell follows one set of measures (``drawing.py``).
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt

from tools.forms import build_cases, build_orders, build_quality, build_reports, build_surveys
from tools.forms.build_letters import CHINESE, ENGLISH, letter
from tools.forms.build_sheet import Sheet, Sidecar
from tools.forms.drawing import (
    EDGES,
    LABEL,
    SANS,
    SERIF,
    WIDTH,
    bar,
    beside,
    element,
    footer,
    header,
    keep_together,
    lay,
    note,
    page,
    pairs,
    paragraph_styles,
    row,
    run,
    sign,
    table,
    ticks,
)

SCANNED = "签字后请将各页扫描或拍照发回客服邮箱，凭页眉二维码自动归档；原始邮件另存，未作改动。"
APPLICATION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>mailflow</Application></Properties>"
)


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
    pairs(grid, ("投诉类别", ticks("产品质量 服务 业务 交期 包装 单证/发票 价格 安全 其他", "class1"), WIDTH))
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
    bar(grid, "四、投诉内容与客户要求", "照录来信正文；落款、引用的旧邮件见原始邮件")
    name, content = row(grid, [(21, {"fill": LABEL}), (WIDTH, {"valign": "top"})], 42, split=True)
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
    bar(grid, "五、处理与结案", "已知者由系统印出，其余由责任人填写")
    pairs(grid, ("首次答复", "first_reply or ''", 87), ("临时措施", "interim or ''", WIDTH), height=8.2)
    pairs(grid, ("应急处置", "containment or ''", 116), ("影响范围", "scope_first or ''", WIDTH))
    judged = ticks("有效 一般无效 恶意", "validity", "　　　原因代码：{{ reason_code or '' }}")
    pairs(grid, ("责任部门", "owner_dept or ''", 58), ("判　　定", judged, WIDTH))
    pairs(grid, ("处理结果", "result or ''", 108), ("领导批示", "instructions or ''", WIDTH), height=9.5)
    satisfied = ticks("满意 基本满意 不满意 未能联系", "satisfied")
    pairs(grid, ("回复客户", "reply_sent or ''", 79), ("客户意见", satisfied, WIDTH))
    pairs(
        grid,
        ("纠正措施", "capa_ref or ''", 58),
        ("损失金额", "amount or ''", 116),
        ("结案日期", "closed_at or ''", WIDTH),
    )
    bar(grid, "六、签字", "亲笔或电子签字，不得代签")
    ordinary = row(grid, [(right, {"valign": "top"}) for right in (43.5, 87, 130.5, WIDTH)], 13)
    for paragraph, role, key in zip(
        ordinary,
        ("登记人", "受理部门审核", "主管领导批示", "结案人"),
        ("registrar", "reviewer", "leader", "closer"),
        strict=True,
    ):
        sign(paragraph, role, key, 13)
    name, *serious = row(grid, [(21, {"fill": LABEL}), *((right, {"valign": "top"}) for right in (72, 123, WIDTH))], 12)
    lay(name, "MfLabel")
    run(name, "受　　领", fonts=SANS)
    note(name, "（重大/恶性）")
    for paragraph, role, key in zip(
        serious, ("质检科", "技术科", "管理者代表"), ("quality", "technical", "management_rep"), strict=True
    ):
        sign(paragraph, role, key, 10.5)
    keep_together(grid, handling)


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


@dataclass(frozen=True)
class Form:
    """A shipped form.  ``draw`` fills a sheet; those that are no sheets are drawn by name."""

    code: str
    title: str
    title_en: str
    draw: Callable[[Sheet], None] | None = None
    years: int = 3
    landscape: bool = False
    case: bool = True
    version: str = "A/0"


REGISTRATION = Form("JL-23-01", "客户投诉登记表", "Customer Complaint Registration")
LETTERS = {"JL-23-10": CHINESE, "JL-23-10E": ENGLISH}
FORMS = (
    Form("JL-23-02", "信息联络单", "Information Sheet", build_cases.information),
    Form(
        "JL-23-03",
        "客户投诉处理单（调查报告）",
        "Complaint Investigation Report",
        build_cases.investigation,
        version="A/2",
    ),
    Form("JL-23-04", "客户投诉台账", "Ledger of Complaints", build_cases.ledger, landscape=True, case=False),
    Form("JL-23-08", "沟通/回访记录", "Record of Communication", build_cases.talk),
    Form(
        "JL-8.5-01", "纠正和预防措施报告", "Corrective and Preventive Action Report", build_quality.capa, version="A/2"
    ),
    Form("JL-8.5-02", "8D 报告", "8D Report", build_quality.eight_d, version="A/3"),
    Form(
        "JL-8.5-03",
        "纠正和预防措施台账",
        "Ledger of Corrective Actions",
        build_cases.actions,
        landscape=True,
        case=False,
    ),
    Form("JL-8.6-03", "产品质量证明", "Certificate of Quality", build_quality.certificate),
    Form("JL-7.2-01", "产品要求/合同评审表", "Contract Review", build_orders.review),
    Form("JL-7.2-03", "合同修改申请单", "Request to Change a Contract", build_orders.change),
    Form("JL-23-12", "退货通知单", "Notice of Return", build_orders.goods_back, version="A/1"),
    Form("JL-23-13", "返工/返修通知单", "Notice of Rework", build_orders.rework),
    Form("JL-23-14", "换货/补发通知单", "Notice of Replacement", build_orders.replacement),
    Form("JL-8.2-02", "顾客满意度调查方案", "Plan of a Satisfaction Survey", build_surveys.plan),
    Form("JL-8.2-03", "顾客满意度分析报告", "Report on Customers' Satisfaction", build_surveys.report),
    Form(
        build_reports.MONTHLY, "投诉月度分析报告", "Monthly Analysis of Complaints", build_reports.monthly, case=False
    ),
    Form(
        build_reports.QUARTERLY, "客户服务季度评审记录", "Quarterly Service Review", build_reports.quarterly, case=False
    ),
    Form(build_reports.FEEDBACK, "客户反馈报告", "Report on Customer Feedback", build_reports.feedback, case=False),
    Form(build_reports.YEARLY, "年度服务评审会议纪要", "Yearly Service Review", build_reports.yearly, case=False),
    Form(build_reports.PRODUCTS, "产品投诉汇总", "Complaints by Product", build_reports.products, case=False),
    *(Form(code, words.title, words.title_en) for code, words in LETTERS.items()),
)


def start(sheet: Sheet) -> None:
    """The form a company begins its own with: a few cells of every sort, to copy and to delete."""
    sheet.section("mail", "registrar", "reviewer", late=True)
    sheet.bar("一、由系统印出", "双花括号里是字段名，须在说明文件的 fields 中声明")
    sheet.cells(("客户名称", "customer_name", 116), ("联 系 人", "complainant", 174))
    sheet.line("来信内容", "content", 30)
    sheet.section("opinion", "registrar", "reviewer")
    sheet.bar("二、由人填写", "内容控件，标记为 answer:字段名，须在 answers 中声明")
    sheet.line("意　　见", "answer:opinion", 30)
    sheet.signs(("经办人", "registrar"), ("审核", "reviewer"), title="三、签字")


STARTER = Form("JL-00-00", "新表单", "New Form", start)
"""What ``mailflow template new`` copies: its titles come from the sidecar."""


def draw(form: Form) -> tuple[Any, Sidecar]:
    """The document of a form, and the sidecar of what it prints and asks."""
    document = docx.Document()
    prepare(document)
    about = Sidecar(form.code, form.title, form.title_en, form.years, version=form.version)
    section = page(document, landscape=form.landscape)
    width = 261.0 if form.landscape else WIDTH
    if form.code in LETTERS:
        letter(document, section, about, LETTERS[form.code], latin=form.code.endswith("E"))
    else:
        titles = ("{{ form.title }}", "{{ form.title_en }}") if form is STARTER else (form.title, form.title_en)
        header(section, *titles, width)
        if form.draw is None:
            footer(section, width, words=SCANNED)
            registration(document)
            lay(document.add_paragraph(), "MfNote", line=1)  # Word wants a paragraph behind the last table
        else:
            if not form.case:
                del about.fields["case_no"]
            footer(section, width, case=form.case)
            sheet = Sheet(document, about, width)
            form.draw(sheet)
            sheet.end()
    facts = document.core_properties
    facts.author = facts.last_modified_by = "mailflow"
    english = form.code == "JL-23-10E"  # its readers see these facts too
    facts.title = f"{{{{ form.title{'_en' if english else ''} }}}} {{{{ record_no }}}}"
    facts.subject = "{{ case_no }}" if form.case else ""
    # The code's text twice: not every program keeps the identifier when it saves the file.
    facts.identifier, facts.keywords = "{{ qr }}", "{{ form.code }} {{ qr }}"
    facts.comments, facts.category = "", "Quality record" if english else "质量管理体系记录"
    facts.language = "en-GB" if english else "zh-CN"
    facts.created = facts.modified = datetime(2026, 11, 22, tzinfo=UTC)
    facts.revision = 1
    return document, about


def build(form: Form, folder: Path, *, sidecar: bool = True) -> None:
    """Write a form with fixed dates, so that drawing it again changes nothing."""
    document, about = draw(form)
    body = document.element.body
    body.append(body.find(qn("w:sectPr")))
    written = io.BytesIO()
    document.save(written)
    path = folder / f"{form.code}.docx"
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
    if sidecar:
        path.with_suffix(".yaml").write_text(about.text(), "utf-8")


def build_all(folder: Path) -> None:
    """Every shipped form and the starter; the registration's sidecar is written by hand."""
    build(REGISTRATION, folder / "forms", sidecar=False)
    for form in FORMS:
        build(form, folder / "forms")
    build(STARTER, folder / "starter")


if __name__ == "__main__":
    build_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "templates")
