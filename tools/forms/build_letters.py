"""The answer to a customer: a letter on the company's paper, with nothing internal on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from tools.forms.build_sheet import Sidecar
from tools.forms.drawing import (
    ACCENT,
    QUIET,
    SANS,
    WIDTH,
    beside,
    control,
    dxa,
    element,
    lay,
    page_of_pages,
    qr_picture,
    row,
    run,
    table,
)


@dataclass(frozen=True)
class Words:
    """What the letter says around the answer."""

    title: str
    title_en: str
    number: str
    dear: str
    subject: str
    thanks: str
    asked: str
    closing: tuple[str, ...]
    signer: str
    contact: str
    enclosures: str


CHINESE = Words(
    "客户答复函",
    "Reply to the Customer",
    "编号：{{ record_no }}",
    "{% if customer_name or complainant %}{{ customer_name or '' }}{% if customer_name and complainant %}　{% endif %}"
    "{{ complainant or '' }}{% else %}尊敬的客户{% endif %}：",
    "关于{% if subject %}“{{ subject }}”{% else %}所提事项{% endif %}的答复",
    "贵方{{ received_on or '' }}所提事项已经收悉，感谢贵方的信任。现答复如下：",
    "答复正文：查明的情况、原因、处理与措施、时间",
    ("如对上述答复有任何疑问，请与我们联系，来信请注明编号 {{ case_no }}。", "此致", "敬礼！"),
    "签发",
    "联系方式：{{ company_contact or '' }}",
    "附件：{{ enclosures or '无' }}",
)
ENGLISH = Words(
    "客户答复函（英文）",
    "Reply to the Customer (English)",
    "Our reference: {{ record_no }}",
    "{{ customer_name or '' }}\nAttn. {{ complainant or 'the person in charge' }}",
    "Re: {{ subject or 'your message' }}",
    "Thank you for contacting us{% if received_on %} on {{ received_on }}{% endif %}. Our answer is as follows:",
    "the answer: what we found, the cause, what we do, by when",
    ("Should you have any questions, please contact us and quote {{ case_no }}.", "Yours sincerely,"),
    "Signed by",
    "Contact: {{ company_contact or '' }}",
    "Enclosures: {{ enclosures or 'none' }}",
)
FIELDS = {
    "customer_name": "客户名称",
    "complainant": "收信人",
    "subject": "事由",
    "received_on": "来信日期",
    "letter_date": "落款日期",
    "company_contact": "公司联系方式",
    "enclosures": "附件",
}


def letter(document: Any, section: Any, about: Sidecar, words: Words, *, latin: bool = False) -> None:
    """Draw the letter and note what it prints."""
    about.fields |= FIELDS
    about.answers["answer_text"] = "答复正文"
    for part, signers, late, names in (
        ("addressed", ("approver",), True, ("customer_name", "complainant", "subject", "received_on", "enclosures")),
        ("words", ("approver",), False, ("answer_text",)),
        ("letterhead", (), False, ("letter_date", "company_contact")),
    ):
        about.begin(part, signers, late)
        for name in names:
            about.note(name)
    about.signers["approver"] = "签发"
    style: dict[str, Any] = {"latin_text": latin}
    letter_head(section, words)
    letter_foot(section, words, latin)

    def paragraph(text: str, **places: Any) -> Any:
        made = document.add_paragraph()
        lay(made, "MfLetter", **places)
        for number, line in enumerate(text.split("\n")):
            if number:
                element(run(made, "", **style), "br")
            run(made, line, **style)
        return made

    heading = paragraph("", align="center", before=8)
    run(heading, words.subject, 15, fonts=SANS, bold=True, latin_text=latin)
    paragraph(words.dear, before=14)
    _indent(paragraph(words.thanks, before=8), latin)
    answer = paragraph("", before=6)
    _indent(answer, latin)
    control(answer, "answer:answer_text", "答复正文", f"点此填写（{words.asked}）", latin_text=latin)
    for number, line in enumerate(words.closing):
        made = paragraph(line, before=6 if number < 2 else 0)
        if line != "敬礼！":
            _indent(made, latin)
    paragraph(words.enclosures, before=10)
    end = paragraph("", before=16)
    _right(end, f"{words.signer}{': ' if latin else '：'}")
    control(end, "sign:approver", "签发", "{{ sig.approver }}", latin_text=latin)
    for text in ("{{ company }}", "{{ letter_date or '' }}"):
        _right(paragraph("", before=4), text)


def _right(paragraph: Any, text: str) -> None:
    """Text that begins in the right half, as dates and signatures of letters do."""
    indent = OxmlElement("w:ind")
    indent.set(qn("w:left"), str(dxa(95)))
    _before(paragraph, indent)
    run(paragraph, text)


def _indent(paragraph: Any, latin: bool) -> None:
    """Chinese paragraphs begin two characters in."""
    if not latin:
        indent = OxmlElement("w:ind")
        indent.set(qn("w:firstLineChars"), "200")
        indent.set(qn("w:firstLine"), "460")
        _before(paragraph, indent)


def _before(paragraph: Any, indent: Any) -> None:
    """Where the schema wants an indent: behind the spacing, before the alignment."""
    properties = paragraph._p.pPr
    alignment = properties.find(qn("w:jc"))
    if alignment is None:
        properties.append(indent)
    else:
        alignment.addprevious(indent)


def letter_head(section: Any, words: Any) -> None:
    """The head of a letter: the company, ``number`` of the words, the code."""
    head = section.header
    head.is_linked_to_previous = False
    block = table(head, (0, 148, WIDTH), outer=0, inner=0)
    left, picture = row(block, [(148, {"valign": "center"}), (WIDTH, {"valign": "center"})], 24)
    lay(left, "MfBar", line=24)
    run(left, "{{ company }}", 18, fonts=SANS, bold=True, color=ACCENT, spacing=1)
    second = beside(left)
    lay(second, "MfNote", align="left", before=4)
    run(second, words.number, 9, fonts=SANS)
    lay(picture, "MfPicture")
    qr_picture(picture)
    borders = block._tbl.tblPr.find(qn("w:tblBorders"))
    for side in list(borders):
        borders.remove(side)
    element(borders, "bottom", val="single", sz=12, space=0, color=ACCENT)
    for paragraph in head.paragraphs[:1]:
        paragraph._p.getparent().remove(paragraph._p)
    lay(head.add_paragraph(), "MfNote", line=2)


def letter_foot(section: Any, words: Any, latin: bool) -> None:
    """The foot of a letter: ``contact`` of the words, the form, the page."""
    foot = section.footer
    foot.is_linked_to_previous = False
    first = foot.paragraphs[0]
    lay(first, "MfNote")
    run(first, words.contact, 8, fonts=SANS)
    second = foot.add_paragraph()
    lay(second, "MfNote")
    run(second, "{{ form.code }}　{{ form.version }}　　", 7, fonts=SANS, color=QUIET)
    page_of_pages(second, latin=latin, size=7, fonts=SANS, color=QUIET)
