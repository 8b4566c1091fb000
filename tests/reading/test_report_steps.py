"""The steps of an 8D report a mail asks for with their times, and the customer's own number of his complaint."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mailflow.reading.codes.complaint_number import find_complaint_number
from mailflow.reading.dates.report_steps import Term, find_report_steps
from mailflow.reading.matching.lexicon_files import shipped_lexicon

RECEIVED = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, 9:00 in UTC+8


def asked(text: str) -> dict[str, Term | None]:
    return {item.step: item.term for item in find_report_steps(text, RECEIVED, shipped_lexicon())}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("请24小时内提供3D，5个工作日提交8D报告。", {"3D": Term(hours=24), "8D": Term(working_days=5)}),
        (
            "Please submit 3D within 24 hours and the 8D report within 10 working days.",
            {"3D": Term(hours=24), "8D": Term(working_days=10)},
        ),
        (
            "3D: 24h, 5D: 5 working days, 8D: 10 working days, please.",
            {"3D": Term(hours=24), "5D": Term(working_days=5), "8D": Term(working_days=10)},
        ),
        (
            "3D 24h 5D 5天 8D 10天，请按时提交",
            {"3D": Term(hours=24), "5D": Term(calendar_days=5), "8D": Term(calendar_days=10)},
        ),
        ("请于3月9日前提交8D报告", {"8D": Term(day=date(2026, 3, 9))}),
        ("We require an 8D report by 13 March.", {"8D": Term(day=date(2026, 3, 13))}),
        (
            "要求：48小时内回复临时措施（3D），一周内提供5D，两周内提交完整8D报告",
            {"3D": Term(hours=48), "5D": Term(calendar_days=7), "8D": Term(calendar_days=14)},
        ),
        ("请24小时内，提供3D报告", {"3D": Term(hours=24)}),
        ("请10天内提供3D和8D报告", {"3D": Term(calendar_days=10), "8D": Term(calendar_days=10)}),
        ("请提供８Ｄ报告，5个工作日内。", {"8D": Term(working_days=5)}),
        ("请貴司提供8D報告", {"8D": None}),
    ],
)
def test_each_step_has_its_own_time(text: str, steps: dict[str, Term | None]) -> None:
    assert asked(text) == steps


@pytest.mark.parametrize(
    "text",
    [
        "贵司上次的8D报告我们看过了", "不需要8D报告，换货即可", "No need for an 8D report, please just replace them.",
        "请提供3D图纸和3D打印件", "Please send the 3D model within 2 days", "请3天内换货", "型号DN50-8D，请尽快换货",
    ],
)  # fmt: skip
def test_what_is_only_spoken_of_or_something_else_is_no_report(text: str) -> None:
    assert asked(text) == {}


@pytest.mark.parametrize(
    "text", ["5天内换货，请提供8D报告", "请3天内换货并提供8D报告", "请给出8D。5天内换货。", "请提供8D报告，5天内换货"]
)
def test_the_time_of_another_wish_is_not_the_reports(text: str) -> None:
    assert asked(text) == {"8D": None}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("投诉编号：CC-4711，请回复", "CC-4711"),
        ("Our complaint no. CC-4711.", "CC-4711"),
        ("NCR No. 2026-118 refers", "2026-118"),
        ("见附件 NCR-2026-118", "NCR-2026-118"),
        ("客诉单号 KS20260301", "KS20260301"),
        ("订单号：DD20260301008", ""),
        ("投诉编号：CC-4711；投诉编号：CC-4712", ""),
        ("请给投诉编号", ""),
    ],
)
def test_the_customers_own_number_is_the_one_he_calls_so(text: str, number: str) -> None:
    assert find_complaint_number(text, shipped_lexicon()) == number
