"""What a later mail of a case says otherwise than an earlier one."""

from __future__ import annotations

import pytest

from mailflow.domain.model import SUPERSEDED, Finding
from mailflow.reading.review.changes import changes, same
from tests.reading.conftest import Read


def said(field: str, *values: str, source: str = "new_text", confidence: float = 0.9) -> list[Finding]:
    return [Finding(field, value, f"<{value}>", source, 0, 2, "rule", confidence) for value in values]


def test_another_value_in_a_later_mail_is_shown_with_the_words_of_both() -> None:
    found = changes([(3, said("batch_no", "B2603-01")), (7, said("batch_no", "B2603-11"))])
    assert [(item.field, item.how) for item in found] == [("batch_no", "other")]
    assert (found[0].older.mail, found[0].older.words) == (3, ("<B2603-01>",))
    assert (found[0].newer.mail, found[0].newer.words) == (7, ("<B2603-11>",))


def test_a_value_taken_back_is_replaced() -> None:
    later = [*said("order_no", "A-2"), *said("order_no", "A1", confidence=SUPERSEDED)]
    assert [item.how for item in changes([(1, said("order_no", "A-1")), (2, later)])] == ["replaced"]


def test_repeating_some_values_changes_nothing_and_naming_more_adds() -> None:
    mails = [(1, said("quantity", "7只", "3箱")), (2, said("quantity", "3 箱")), (3, said("quantity", "3箱", "9只"))]
    assert [(item.how, item.newer.mail) for item in changes(mails)] == [("other", 3)]
    mails = [(1, said("order_no", "A1")), (2, said("order_no", "A2", "a-1")), (3, said("order_no", "A1"))]
    assert [(item.how, item.newer.mail) for item in changes(mails)] == [("added", 2)]


def test_the_quote_says_nothing_new_and_silence_changes_nothing() -> None:
    mails = [(1, said("phone", "13800001234")), (2, said("phone", "13900001234", source="quoted_text")), (3, [])]
    assert changes(mails) == []


def test_each_change_is_against_the_value_before_it() -> None:
    mails = [
        (number, said("requested_deadline", day))
        for number, day in enumerate(("2026-03-01", "2026-03-03", "2026-03-01"))
    ]
    assert [(item.older.values, item.newer.values) for item in changes(mails)] == [
        (("2026-03-01",), ("2026-03-03",)), (("2026-03-03",), ("2026-03-01",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "one", "other", "alike"),
    [
        ("quantity", "7只", "7 pcs", True), ("quantity", "1,200米", "一千二百米", True),
        ("quantity", "2万只", "20000", True),
        ("quantity", "7只", "7箱", False), ("quantity", "7只", "8只", False), ("quantity", "若干", "几只", False),
        ("phone", "0512-66881234-8021", "0512-66881234", True), ("phone", "+8613800001234", "13800001234", True),
        ("phone", "13800001234", "13800001235", False), ("phone", "110", "1105", False),
        ("batch_no", "B26-01", "b2601", True), ("batch_no", "B26-01", "B26-011", False),
        ("amount", "500.00 CNY", "500.00 USD", False), ("amount", "500.00 CNY", "500.00 CNY", True),
        ("requested_deadline", "2026-03-01", "2026-03-01T18:00:00+08:00", True),
        ("requested_deadline", "2026-03-01T10:00:00+00:00", "2026-03-01T18:00:00+08:00", True),
        ("requested_deadline", "2026-03-01T17:00:00+08:00", "2026-03-01T18:00:00+08:00", False),
        ("requested_deadline", "soon", "2026-03-01", False),
    ],
)  # fmt: skip
def test_values_are_compared_as_people_mean_them(field: str, one: str, other: str, alike: bool) -> None:
    assert same(field, one, other) is alike
    assert same(field, other, one) is alike


def test_real_mails_of_one_case(read: Read) -> None:
    first = read("投诉", "批号：240711-3 的轴承生锈，坏了40只，索赔3000元。")
    second = read("回复：投诉", "批号240711-3写错了，应为240711-8，坏的是52只，索赔改为5000元。")
    found = {item.field: (item.how, item.newer.values) for item in changes([(1, first.findings), (2, second.findings)])}
    assert found == {
        "batch_no": ("replaced", ("240711-8",)), "quantity": ("other", ("52只",)),
        "amount": ("other", ("5000.00 CNY",)),
    }  # fmt: skip
