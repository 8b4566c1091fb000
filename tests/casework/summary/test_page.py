"""What the summary looks like: nothing new said as such, words for people, templates a person may edit."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.casework.paper import Paper
from mailflow.casework.summary.mail import LABELS, load_digest_templates, page_html, speaker
from mailflow.casework.summary.page import MOST_LINES, Page, Section
from mailflow.casework.summary.period import Arrived, CaseEvent, Facts, FolderState, HeldMail, OpenTask, Period, Unsent
from mailflow.casework.summary.sections import SECTIONS, make_page
from mailflow.office.staff import Department, Staff
from mailflow.outgoing.templates import MailTemplates
from tests.casework.summary.builder import NOW, SINCE, UNTIL, ZONE
from tests.casework.summary.conftest import COMPANY, OFFICE, ROOT, STAFF

PERIOD = Period(SINCE, UNTIL)
NOTHING = Facts(PERIOD, NOW, folders=(FolderState("fine", "INBOX", NOW, 3, 1, 1, 1, 0, 0),))
ROW = OpenTask(
    1, "TS-2026-0001", "KH-00001", "东湖阀门厂", "", "find", "查明原因", "Find the cause", "reply", "quality",
    "limei@beichuan.example", SINCE, None, "",
)  # fmt: skip


def page_of(facts: Facts, paper: Paper, staff: Staff = STAFF) -> Page:
    say = speaker(paper.templates, paper.language, ZONE, staff, facts.now)
    return make_page(facts, say, mailboxes=["fine"])


def section(page: Page, key: str) -> Section:
    return page.sections[SECTIONS.index(key)]


def late_words(due: datetime, now: datetime, paper: Paper, staff: Staff = STAFF) -> str:
    page = page_of(replace(NOTHING, now=now, tasks=(replace(ROW, due_at=due),)), paper, staff)
    return section(page, "late").tables[1].rows[0].cells[-1]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_nothing_new_is_said_in_each_section_and_no_empty_table_is_shown(paper: Paper) -> None:
    page = page_of(NOTHING, paper)
    assert page.subject.endswith({"zh": "无新情况", "en": "nothing new"}[paper.language])
    assert not page.alarm
    for item in page.sections:
        assert item.nothing == (
            "" if item.key == "folders" else paper.templates.labels(paper.language, "nothing")[item.key]
        )
        assert all(table.rows for table in item.tables)
    text, html = page_html(page, paper=paper, name="")
    for item in page.sections:
        assert (item.headline if item.tables else item.nothing) in text
        assert (item.headline if item.tables else item.nothing) in unescape(html)
    assert html.count("<th ") == 9  # the count of the mailbox alone


def test_both_mails_show_every_cell_of_the_page(paper: Paper) -> None:
    facts = replace(
        NOTHING,
        arrived=(Arrived("handled", "complaint", "", "重大", 4), Arrived("aside", "bounce", "bounce", "", 2)),
        events=(
            CaseEvent(
                "opened", SINCE, "TS-2026-0009", "complaint", "重大", "KH-00001", "东湖 <阀门> 厂", "漏水 & 生锈"
            ),
        ),
        tasks=(replace(ROW, by="signature", due_at=NOW - timedelta(days=3)), replace(ROW, id=2, person="")),
        held=(HeldMail(7, "fine", "INBOX", "oversize", "a@b.example", "大图", SINCE),),
        unsent=(Unsent("failed", "c@d.example", "", SINCE, 3, 550, "5.1.1 <c@d.example> unknown"),),
    )
    page = page_of(facts, paper)
    text, html = page_html(page, paper=paper, name="赵峰")
    shown = unescape(html)
    for item in page.sections:
        for table in item.tables:
            for line in ([row.cells for row in table.rows], [table.total] if table.total else []):
                for cells in line:
                    assert " | ".join(cell or "–" for cell in cells) in text
                    assert all(cell in shown for cell in cells)
    assert not re.search(r"None|\{\{|\{%|\{count|[，。：；]{2}| \n|https?:|<img|<a |<script", html + text)
    for tag in ("table", "tr", "td", "th", "p", "span", "div"):
        assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


def test_it_does_not_overflow_a_telephone_and_its_plain_text_has_every_number(paper: Paper) -> None:
    many = tuple(replace(ROW, id=n, due_at=NOW - timedelta(hours=n)) for n in range(1, 106))
    arrived = (Arrived("handled", "complaint", "", "重大", 4711), Arrived("aside", "bounce", "bounce", "", 23))
    text, html = page_html(page_of(replace(_said("x" * 200), tasks=many, arrived=arrived), paper), paper=paper)
    room = 375 - 2 * 16  # pixels: the screen, without the mail's own margins
    for style in re.findall(r'style="([^"]*)"', html):
        fixed = [int(width) for width in re.findall(r"(?<!max-)(?:min-)?width:\s*(\d+)px", style)]
        assert all(width <= room for width in fixed), style
        assert "nowrap" not in style
    for attribute, style in re.findall(r'<t(?:able|d|h)[^>]* width="(\d+)"[^>]*style="([^"]*)"', html):
        assert int(attribute) <= room or "width:100%" in style  # the attribute is for Outlook alone
    assert "word-break:break-word" in html
    assert html.count('<div style="overflow-x:auto">') == html.count('<tr valign="top" align="left"')
    seen = unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.S))
    numbers = set(re.findall(r"\d+", seen[seen.index("1") :]))
    assert numbers
    assert numbers - set(re.findall(r"\d+", text)) == set()


def test_the_anchor_of_the_journal_stands_at_the_end_of_both_mails_with_what_it_is_for(paper: Paper) -> None:
    anchor = "1234-9F3A-4B2C-7D01-55AA-16"
    for said in page_html(page_of(replace(NOTHING, anchor=anchor), paper), paper=paper):
        assert said.count(anchor) == 2
        assert f"mailflow verify --anchor {anchor}" in said
        assert ("日志校验码" if paper.language == "zh" else "Anchor of the journal") in said
    for said in page_html(page_of(NOTHING, paper), paper=paper):
        assert "--anchor" not in said


def test_more_lines_than_people_read_are_counted(paper: Paper) -> None:
    many = tuple(replace(ROW, id=n, due_at=NOW - timedelta(hours=n)) for n in range(1, 106))
    late = section(page_of(replace(NOTHING, tasks=many), paper), "late")
    assert (len(late.tables[1].rows), late.tables[1].left_out) == (MOST_LINES, 105 - MOST_LINES)
    text, html = page_html(page_of(replace(NOTHING, tasks=many), paper), paper=paper)
    assert str(105 - MOST_LINES) in text
    assert "mailflow tasks --late" in text
    assert "mailflow tasks --late" in html


@pytest.mark.parametrize(
    ("due", "now", "zh"),
    [
        ("2026-11-20T17:00", "2026-11-23T08:40", "40 分钟"),  # Friday evening to Monday morning
        ("2026-11-20T16:00", "2026-11-23T10:00", "3 小时"),
        ("2026-11-19T09:00", "2026-11-23T10:00", "2 个工作日 1 小时"),
        ("2026-11-22T12:00", "2026-11-23T08:30", "不足 1 分钟"),  # on Sunday nobody works
        ("2026-11-23T16:30", "2026-11-25T09:00", "1 小时 30 分钟"),  # over a holiday
    ],
)
def test_lateness_is_told_in_working_time(due: str, now: str, zh: str, templates: MailTemplates) -> None:
    paper = Paper(templates, COMPANY, "zh", ZONE)
    assert late_words(local(due), local(now), paper) == zh


def test_lateness_is_of_the_persons_own_calendar(templates: MailTemplates) -> None:
    nights = replace(OFFICE, name="nights", hours=(((0, 360), (1320, 1440)),) * 7)
    staff = replace(
        STAFF, departments={"质量部": Department("质量部", "Quality", "nights")}, calendars={"质量部": nights}
    )
    paper = Paper(templates, COMPANY, "zh", ZONE)
    assert late_words(local("2026-11-21T22:00"), local("2026-11-21T23:30"), paper, staff) == "1 小时 30 分钟"


def test_what_waits_for_the_customer_or_for_nobody_is_told_so(templates: MailTemplates) -> None:
    paper = Paper(templates, COMPANY, "zh", ZONE)
    waiting = replace(ROW, person="", due_at=NOW - timedelta(days=2))
    facts = replace(
        NOTHING, tasks=(replace(waiting, by="event"), replace(waiting, id=2), replace(waiting, id=3, role=""))
    )
    page = page_of(facts, paper)
    assert {row.cells[0] for row in section(page, "late").tables[0].rows} == {
        "等待客户",
        "无人承担（质量）",
        "无人承担",
    }
    assert len(section(page, "unheld").tables[0].rows) == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_of_the_program_has_its_words_for_people(templates: MailTemplates, language: str) -> None:
    other = templates.labels({"zh": "en", "en": "zh"}[language], "columns")
    assert set(templates.labels(language, "columns")) == set(other)
    for kind, names in LABELS.items():
        assert set(names) <= set(templates.labels(language, kind))
        assert all(templates.labels(language, kind).values())


def test_reasons_for_holding_mail_that_the_program_gives_are_translated(templates: MailTemplates) -> None:
    given = set()
    for path in (ROOT / "mailflow").rglob("*.py"):
        given |= set(re.findall(r'NeedsPerson\(\s*"([a-z_]+)"|held=\("([a-z_]+)"', path.read_text("utf-8")))
    reasons = {one or two for one, two in given}
    assert len(reasons) > 4
    for language in ("zh", "en"):
        assert reasons <= set(templates.labels(language, "held_reasons"))


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("zh/summary.txt", "{{ page.day }}", "{{ page.daay }}", "daay"),
        ("layout.html", "section.headline", "section.headlin", "headlin"),
        ("en/labels.txt", '"arrived": "no new mail",', "", "arrived"),
        ("layout.txt", "{% endfor %}", "", ""),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_file(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    folder = Path(shutil.copytree(ROOT / "templates" / "digests", tmp_path / "digests"))
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    templates, problems = load_digest_templates(folder)
    assert templates is None
    assert any(words in problem.message for problem in problems)
    assert str(folder / file) in {problem.file for problem in problems}


@given(text=st.text(max_size=300))
def test_any_words_from_outside_stay_on_their_line(text: str) -> None:
    paper = Paper(_templates(), COMPANY, "zh", ZONE)
    plain, html = page_html(page_of(_said(text), paper), paper=paper)
    usual = page_html(page_of(_said("x"), paper), paper=paper)
    assert len(plain.splitlines()) == len(usual[0].splitlines())
    assert html.count("<") == usual[1].count("<")


def test_a_complaint_counts_in_the_class_of_each_of_its_troubles(paper: Paper) -> None:
    one = CaseEvent(
        "opened", SINCE, "TS-2026-0009", "complaint", "", "KH-00001", "", "漏水", classes=("产品质量", "服务")
    )
    two = replace(one, case="TS-2026-0010", classes=("服务",))
    closed = replace(two, what="closed")
    cases = section(page_of(replace(NOTHING, events=(one, two, closed)), paper), "cases")
    headings = {"zh": ("投诉类别", "投诉件数"), "en": ("Complaint class", "Complaints")}[paper.language]
    (classes,) = [table for table in cases.tables if table.columns == headings]
    assert [row.cells for row in classes.rows] == [("服务", "2"), ("产品质量", "1")]


def _said(text: str) -> Facts:
    """Facts in which strangers, and files people edit, say this."""
    return replace(
        NOTHING,
        events=(CaseEvent("opened", SINCE, "TS-1", text, text, "KH-1", text, text),),
        tasks=(replace(ROW, company=text, severity=text, title="", name=text, person=f"x{text}", role=text),),
        held=(HeldMail(1, "fine", "INBOX", text, text, text, SINCE),),
        unsent=(Unsent("bounced", text, "", SINCE, 1, 0, text),),
    )


@cache
def _templates() -> MailTemplates:
    found, _ = load_digest_templates(ROOT / "templates" / "digests")
    assert found is not None
    return found
