"""The forms of surveys: the plan and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from tools.forms.build_cases import SIGNED
from tools.forms.build_letters import letter_foot, letter_head
from tools.forms.build_sheet import Sheet, Sidecar
from tools.forms.drawing import BAR, LABEL, QUIET, SANS, WIDTH, control, element, lay, row, run, table


@dataclass(frozen=True)
class Words:
    """What the letter with the questionnaire says."""

    title: str
    title_en: str
    number: str
    contact: str
    dear: str
    thanks: str
    how: str
    confidential: str
    plain: str
    head: tuple[str, str, str]
    asked: str
    closing: tuple[str, ...]
    latin: bool = False


CHINESE = Words(
    "顾客满意度调查问卷",
    "Customer Satisfaction Survey",
    "回信编号：{{ record_no }}",
    "联系方式：{{ company_contact or '' }}",
    "{% if customer_name or contact %}{{ customer_name or '' }}{% if customer_name and contact %}　{% endif %}"
    "{{ contact or '' }}{% else %}尊敬的客户{% endif %}：",
    "感谢您一直以来的支持。为改进产品和服务，我们正在进行 {{ period }} 顾客满意度调查，想听听您的评价，约需 5 分钟。",
    "请在评分栏填 {{ scale }}；推荐的可能性填 0–10；不适用的填“不适用”。请于 {{ until }}前"
    "将本表作为附件回复我们的邮件，也可以不用本表，直接在邮件中写题号和分数。",
    "您的回答保密：报告中不出现您和贵公司的名称，人数少于 5 的分组不单独列出。",
    "您的回答只用于改进产品和服务；分数较低的，我们会有人与您联系。",
    ("题号", "调查项目", "评分 / 回答"),
    "点此填写",
    ("此致　敬礼！", "{{ company }}", "回信编号：{{ record_no }}"),
)
ENGLISH = Words(
    "顾客满意度调查问卷（英文）",
    "Customer Satisfaction Survey",
    "Our number: {{ record_no }}",
    "Contact: {{ company_contact or '' }}",
    "Dear {{ contact or 'customer' }}{% if customer_name %} ({{ customer_name }}){% endif %},",
    "thank you for working with us. To become better we are asking our customers about {{ period }}; it takes about "
    "five minutes.",
    "Please score {{ scale }}, the recommendation from 0 to 10, and write n/a where a question is not about you. "
    "Please reply to our email with this file by {{ until }}; numbers and scores in the email itself are as good.",
    "Your answers are confidential: reports name neither you nor your company, and no group of fewer than five is "
    "shown.",
    "Your answers serve to improve our products and service; after a low score somebody will get in touch with you.",
    ("No.", "Question", "Score / answer"),
    "click to write",
    ("Yours sincerely,", "{{ company }}", "Our number: {{ record_no }}"),
    latin=True,
)
FIELDS = {
    "customer_name": "客户名称",
    "company_contact": "公司联系方式",
    "contact": "收信人",
    "period": "调查期间",
    "until": "答复截止",
    "scale": "分值说法",
    "confidential": "是否保密",
    "questions": "调查项目",
    "questions.group": "分组",
    "questions.number": "题号",
    "questions.title": "项目",
}


def questionnaire(document: Any, section: Any, about: Sidecar, words: Words) -> None:
    """JL-8.2-01: the letter to the customer, and the questions with a control each to write into."""
    about.fields |= FIELDS
    about.begin("letter", (), False)
    for name in FIELDS:
        if "." not in name:
            about.note(name)
    letter_head(section, words)
    letter_foot(section, words, words.latin)
    style: dict[str, Any] = {"latin_text": words.latin}

    def paragraph(text: str, *, before: float = 2, rule: bool = False) -> None:
        made = document.add_paragraph()
        lay(made, "MfNote" if rule else "MfLetter", before=0 if rule else before, line=0 if rule else 16)
        run(made, text, 0 if rule else 10.5, **style)

    heading = document.add_paragraph()
    lay(heading, "MfLetter", align="center", before=4)
    run(heading, words.title_en if words.latin else words.title, 14, fonts=SANS, bold=True, **style)
    for text in (words.dear, words.thanks, words.how):
        paragraph(text)
    for text in ("{%p if confidential %}", words.confidential, "{%p else %}", words.plain, "{%p endif %}"):
        paragraph(text, rule=text.startswith("{%"))
    paragraph("", rule=True)
    grid = table(document, (0, 12, 124, WIDTH))
    shape = [(12.0, {"fill": LABEL}), (124.0, {"fill": LABEL}), (WIDTH, {"fill": LABEL})]
    for cell, text in zip(row(grid, shape, 6), words.head, strict=True):
        lay(cell, "MfLabel")
        run(cell, text, fonts=SANS, **style)
    element(grid._tbl.findall(qn("w:tr"))[-1].trPr, "tblHeader")

    def rule(text: str) -> None:
        (cell,) = row(grid, [(WIDTH, {})], 5)
        lay(cell, "MfNote")
        run(cell, text)

    rule("{%tr for question in questions %}")
    rule("{%tr if question.group %}")
    (cell,) = row(grid, [(WIDTH, {"fill": BAR})], 5)
    lay(cell, "MfBar")
    run(cell, "{{ question.group }}", 9, fonts=SANS, bold=True, **style)
    rule("{%tr endif %}")
    number, title, answer = row(grid, [(12.0, {}), (124.0, {}), (WIDTH, {})], 6.4)
    lay(number, "MfLabel")
    run(number, "{{ question.number }}", fonts=SANS)
    lay(title, "MfValue")
    run(title, "{{ question.title }}", **style)
    lay(answer, "MfValue")
    control(answer, "score", words.head[2], words.asked, color=QUIET)
    (properties,) = answer._p.iter(qn("w:sdtPr"))
    properties.insert(len(properties) - 1, element(properties, "showingPlcHdr"))
    properties.remove(properties.find(qn("w:id")))  # one for all rows would be the same for each
    rule("{%tr endfor %}")
    for text in words.closing:
        paragraph(text, before=4)


def plan(sheet: Sheet) -> None:
    """JL-8.2-02: whom we ask, how and until when, before a letter leaves."""
    both = ("planner", "approver")
    sheet.section("plan", *both)
    sheet.bar("一、目的与范围")
    sheet.line("调查目的", "answer:survey_purpose", 14)
    sheet.line("调查范围", "answer:survey_scope", 10)
    sheet.line("调查方式", "answer:survey_way", 10)
    sheet.bar("二、对象与抽样", "全部重点客户 + 抽样；不调查的客户及原因")
    sheet.line("对象与抽样", "answer:survey_sampling", 70)
    sheet.bar("三、问卷与评分")
    sheet.line("问卷及版本", "answer:survey_form", 8)
    sheet.line("权重与评分", "answer:survey_scoring", 26)
    sheet.line("目 标 值", "answer:survey_target", 8)
    sheet.bar("四、时间安排")
    sheet.cells(("答复截止", "answer:survey_time", 87), ("负 责 人", "answer:survey_owner", 174))
    sheet.line("催收安排", "answer:survey_reminders", 10)
    sheet.signs(("编制", "planner"), ("批准", "approver"), title=f"五、{SIGNED}")


def report(sheet: Sheet) -> None:
    """JL-8.2-03: what was answered, what it says and how surely, and what is done."""
    both = ("author", "approver")
    sheet.section("figures", *both)
    sheet.bar("一、概况", "发放、退信、回收、有效、回收率")
    sheet.line("发放与回收", "answer:survey_counts", 24)
    sheet.line("统计方法", "answer:survey_method", 20)
    sheet.bar("二、结果")
    sheet.line("满意度", "answer:survey_results", 44)
    sheet.line("各组得分", "answer:survey_groups", 24)
    sheet.line("推荐度", "answer:survey_nps", 10)
    sheet.line("对　　比", "answer:survey_change|目标、上期", 12)
    sheet.line("客户原话", "answer:survey_words", 24)
    sheet.end()
    chart = sheet.document.add_paragraph()
    lay(chart, "MfPicture")
    run(chart, "⟦survey_groups 各组得分（满分 100）⟧")
    sheet.bar("三、分析与改进")
    sheet.line("原因分析", "answer:survey_causes", 18)
    sheet.line("改进措施", "answer:survey_measures|每行一条：措施；责任人；期限", 18)
    sheet.line("结　　论", "answer:survey_conclusion|是否提交管理评审", 12)
    sheet.signs(("编制", "author"), ("批准", "approver"), title=f"四、{SIGNED}")
