"""A form drawn cell by cell, and its sidecar written from the same words.

A cell is (label, value, right edge in mm).  A value is one of

    customer_name                      printed by mailflow, ``/`` when unknown
    tick:severity|一般 重大 恶性        boxes; the field holds the words to tick
    answer:validity|有效/一般无效       a content control for people; behind the bar, what is asked for
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from tools.forms.drawing import (
    BAR,
    BAR_HEIGHT,
    LABEL,
    ROW,
    SANS,
    WIDTH,
    answer,
    bar,
    element,
    keep_together,
    lay,
    row,
    run,
    sign,
    table,
    ticks,
)

NAME = 23.0  # mm: six characters of a label
HEAD = {"company": "公司名称", "record_no": "记录编号", "case_no": "案件编号", "qr": "二维码内容"}


SIGNERS = {
    "登记人": "Registrar",
    "记录人": "Recorder",
    "经办人": "Person in charge",
    "拟制": "Drafted by",
    "编制": "Prepared by",
    "审核": "Reviewed by",
    "审核（部门负责人）": "Reviewed by head of department",
    "检查（营销经理）": "Checked by marketing",
    "受文部门签收": "Received by department",
    "回复人": "Replied by",
    "确认人": "Confirmed by",
    "调查人": "Investigator",
    "责任部门负责人": "Head of department responsible",
    "提出部门负责人": "Head of issuing department",
    "质量部": "Quality",
    "质量": "Quality",
    "质检": "Quality",
    "质检部（盖章）": "Quality (seal)",
    "审核（质量部）": "Reviewed by quality",
    "审核（质量）": "Reviewed by quality",
    "品质部批准": "Approved by quality",
    "客服经理": "Customer service manager",
    "客服": "Customer service",
    "管理者代表": "Management representative",
    "批准": "Approved by",
    "批准（赔偿、恶性投诉）": "Approved by (compensation, grave cases)",
    "批准（管理者代表）": "Approved by management representative",
    "签发": "Signed by",
    "销售员": "Sales",
    "销售": "Sales",
    "业务主管": "Sales manager",
    "销售部批准": "Approved by sales",
    "仓库": "Warehouse",
    "调度/生产": "Dispatch / production",
    "生产": "Production",
    "检验员": "Inspector",
    "检验员（代号）": "Inspector (code)",
    "技术": "Engineering",
    "采购": "Purchasing",
    "采购/物控": "Purchasing / material control",
    "财务": "Finance",
    "组织人": "Organiser",
    "申请人": "Applicant",
    "供方代表": "For the supplier",
    "需方代表": "For the customer",
    "提出人": "Proposed by",
    "验证人": "Verified by",
    "关闭人": "Closed by",
    "客户确认": "Confirmed by customer",
    "3D 编制": "3D prepared by",
    "3D 批准": "3D approved by",
    "5D 编制": "5D prepared by",
    "5D 批准": "5D approved by",
}
"""Signature cells as mails to readers of English call them."""


@dataclass
class Sidecar:
    """What a form turns out to print and ask while it is drawn, in order."""

    code: str
    title: str
    title_en: str
    years: int = 3
    fields: dict[str, str] = field(default_factory=lambda: dict(HEAD))
    signers: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    version: str = "A/0"
    sections: dict[str, tuple[list[str], tuple[str, ...], bool]] = field(default_factory=dict)
    section: str = ""

    def begin(self, name: str, signers: tuple[str, ...], late: bool) -> None:
        """What is drawn from here on stands in this section; one that was begun before goes on."""
        self.sections.setdefault("head", (list(HEAD), (), False))  # printed on every form, and nobody's
        self.sections.setdefault(name, ([], signers, late))
        self.section = name

    def note(self, name: str) -> None:
        """A field was drawn: it belongs to the section at hand, unless it was drawn before."""
        if self.section and not any(name in names for names, *_ in self.sections.values()):
            self.sections[self.section][0].append(name)

    def text(self) -> str:
        """The file beside the form."""
        lines = [
            f"# {self.title}：表单 {self.code}.docx 的说明。fields 由系统印出，answers 由人在 Word 中填写（内容控件），"
            "signers 为签字栏，signers_en 为英文邮件中的叫法。",
            f"code: {self.code}",
            f"version: {self.version}",
            "title:",
            f"  zh: {self.title}",
            f"  en: {self.title_en}",
            "effective_on: 2026-11-22",
            f"retention_years: {self.years}",
        ]
        signers_en = {key: SIGNERS[title] for key, title in self.signers.items()}
        parts = {"signers": self.signers, "signers_en": signers_en, "fields": self.fields, "answers": self.answers}
        for name, content in parts.items():
            if content:
                lines += [f"{name}:", *(f"  {key}: {label}" for key, label in content.items())]
        lines += ["sections:"] if self.sections else []
        for name, (names, signers, late) in self.sections.items():
            lines.append(f"  {name}:")
            lines += [f"    signers: [{', '.join(signers)}]"] if signers else []
            lines += ["    late_facts: true"] if late else []
            lines += _listed([name for name in names if name in self.fields or name in self.answers])
        return "\n".join(lines) + "\n"


def _listed(names: list[str]) -> list[str]:
    """The fields of a section, on lines that are not too long."""
    return textwrap.wrap(
        f"fields: [{', '.join(names)}]", 118, initial_indent="    ", subsequent_indent="             ",
        break_on_hyphens=False,
    )  # fmt: skip


class Sheet:
    """A form in the making: rows are noted first and drawn when their table ends, since a table's columns are fixed."""

    def __init__(self, document: Any, about: Sidecar, width: float = WIDTH) -> None:
        self.document, self.about, self.width = document, about, width
        self._rows: list[Callable[[Any], None]] = []
        self._edges: set[float] = {0, width}
        self._kept: int | None = None

    def section(self, name: str, *signers: str, late: bool = False) -> None:
        """Which signature cells answer for what is drawn from here on; without any, nobody's does.

        ``late``: facts, of which some may come in after it was signed.
        """
        self.about.begin(name, signers, late)

    def bar(self, title: str, note: str = "") -> None:
        """A bar over a part of the form."""
        self._rows.append(lambda into: bar(into, title, note, self.width))

    def cells(self, *cells: tuple[str, str, float], height: float = ROW, split: bool = False) -> None:
        """A row of labels and values."""
        left = 0.0
        for _, _, right in cells:
            self._edges |= {left + NAME, right}
            left = right
        writers = [(label, self._value(value, label), right) for label, value, right in cells]

        def draw(into: Any) -> None:
            shapes: list[tuple[float, dict[str, Any]]] = []
            start = 0.0
            for _, _, right in cells:
                shapes += [(start + NAME, {"fill": LABEL}), (right, {"valign": "top"} if height > 12 else {})]
                start = right
            made = row(into, shapes, height, split=split)
            for (label, write, _), name, content in zip(writers, made[::2], made[1::2], strict=True):
                lay(name, "MfLabel")
                run(name, label, fonts=SANS)
                lay(content, "MfValue")
                write(content)

        self._rows.append(draw)

    def line(self, label: str, value: str, height: float = ROW) -> None:
        """A row of one label and one value over the whole width, which may grow over a page's end."""
        self.cells((label, value, self.width), height=height, split=height > ROW)

    def photos(self) -> None:
        """The customer's photos stand behind the form, on pages of their own; nobody signs for them."""
        before = self.about.section
        self.about.begin("head", (), False)
        self.about.fields["pictures"] = "客户照片"
        self.about.note("pictures")
        self.about.section = before

    def legend(self, words: str) -> None:
        """A row of small print over the whole width."""

        def draw(into: Any) -> None:
            (paragraph,) = row(into, [(self.width, {})], ROW)
            lay(paragraph, "MfNote", align="left")
            run(paragraph, words, fonts=SANS)

        self._rows.append(draw)

    def signs(self, *cells: tuple[str, str], title: str, per_row: int = 4) -> None:
        """The signature cells, kept together on one page: (title, key)."""
        self._kept = len(self._rows) if self._kept is None else self._kept
        self.bar(title, "亲笔或电子签字，不得代签")
        for start in range(0, len(cells), per_row):
            some = cells[start : start + per_row]
            rights = [round(self.width * (number + 1) / len(some), 1) for number in range(len(some))]
            self._edges |= set(rights)

            def draw(into: Any, some: Any = some, rights: Any = rights) -> None:
                made = row(into, [(right, {"valign": "top"}) for right in rights], 14)
                for paragraph, (role, key) in zip(made, some, strict=True):
                    sign(paragraph, role, key, 14)

            self._rows.append(draw)
        self.about.signers |= {key: role for role, key in cells}

    def items(self, title: str, *columns: tuple[str, str, float], name: str = "items", label: str = "明细") -> None:
        """A table of its own, a row per item, its head repeated on every page: (column, heading, right edge in mm)."""
        self.end()
        self.about.note(name)
        self.about.fields |= {name: label} | {f"{name}.{column}": heading for column, heading, _ in columns}
        number = 9.0
        made = table(self.document, (0, number, *(right for _, _, right in columns)))
        bar(made, title, "", self.width)
        shapes = [(number, {"fill": LABEL}), *((right, {"fill": LABEL}) for _, _, right in columns)]
        for paragraph, heading in zip(row(made, shapes, ROW), ("序号", *(item[1] for item in columns)), strict=True):
            lay(paragraph, "MfLabel")
            run(paragraph, heading, 8.5, fonts=SANS)
        for head in made._tbl.findall(qn("w:tr")):
            element(head.trPr, "tblHeader")
        plain: list[tuple[float, dict[str, Any]]] = [(number, {}), *((right, {}) for _, _, right in columns)]
        for words in (
            f"{{%tr for item in {name} %}}",
            "",
            "{%tr endfor %}",
            f"{{%tr if not {name} %}}",
            "/",
            "{%tr endif %}",
        ):
            if words.startswith("{%"):
                (paragraph,) = row(made, [(self.width, {})], ROW)
                lay(paragraph, "MfNote")
                run(paragraph, words)
                continue
            values = ("", *[""] * len(columns)) if words else ("loop.index", *(f"item.{item[0]}" for item in columns))
            for paragraph, value in zip(row(made, plain, ROW), values, strict=True):
                lay(paragraph, "MfValue", align="center" if value == "loop.index" else "")
                run(paragraph, f"{{{{ {value} }}}}" if value else "", 9)
        self._gap()

    def end(self) -> None:
        """Draw the table that was noted so far."""
        if self._rows:
            made = table(self.document, tuple(sorted(self._edges)))
            for draw in self._rows:
                draw(made)
            if self._kept is not None:
                keep_together(made, self._kept)
            self._gap()
        self._rows, self._edges, self._kept = [], {0, self.width}, None

    def _gap(self) -> None:
        lay(self.document.add_paragraph(), "MfNote", line=2)  # two tables that touch are one in Word

    def _value(self, value: str, label: str) -> Callable[[Any], None]:
        kind, _, rest = value.partition(":") if ":" in value else ("", "", value)
        name, _, more = rest.partition("|")
        label = "".join(label.split())
        if kind == "answer":
            self.about.answers[name] = label
            self.about.note(name)
            return answer(name, label, more)
        if name:
            self.about.fields.setdefault(name, label)
            self.about.note(name)
        if kind == "tick":
            return ticks(more, name)
        return lambda paragraph: run(paragraph, f"{{{{ {name} }}}}") if name else None


__all__ = ["BAR", "BAR_HEIGHT", "Sheet", "Sidecar"]
