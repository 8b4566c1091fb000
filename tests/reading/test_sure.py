"""How sure a reading is: the share of such readings that were right, one pair of limits for every field."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from mailflow.casework.acknowledgement import LISTED
from mailflow.domain.model import SUPERSEDED, Details, Finding, Kind
from mailflow.reading.review import sure
from mailflow.reading.review.sure import Band, Read, Sureness
from tests.reading.conftest import Read as ReadMail


def reading(field: str = "product", ground: str = "told", raw: float = 0.8, words: str = "x") -> Read:
    return Read(Finding(field, "x", words, "new_text", 0, len(words), "rule", raw), ground)


COUNTS = Sureness(
    0.95, 0.75, 0.4,
    {("product", "labelled", 0.0): (40, 40), ("product", "told", 0.7): (30, 60), ("product", "told", 0.0): (1, 1)},
)  # fmt: skip


def test_a_reading_is_as_sure_as_such_readings_were_right() -> None:
    assert COUNTS.band(COUNTS.share(reading(ground="labelled", raw=0.3))) is Band.HIGH  # a label says it all
    assert COUNTS.share(reading()) == pytest.approx(0.5, abs=0.02)
    assert COUNTS.share(reading(raw=0.9)) == COUNTS.share(reading(raw=0.95))  # nothing was counted: as the field


def test_one_lucky_hit_proves_nothing() -> None:
    assert COUNTS.band(COUNTS.share(reading(raw=0.2))) is Band.MIDDLE


def test_what_was_never_counted_and_what_the_company_listed_is_as_sure_as_its_rule() -> None:
    assert COUNTS.share(reading("amount", raw=0.64)) == 0.64
    assert COUNTS.share(reading(ground="known", raw=0.98)) == 0.98


def test_what_was_taken_back_stays_so_and_nothing_else_becomes_it() -> None:
    hopeless = replace(COUNTS, counts={("product", "told", 0.7): (0, 500)})
    assert hopeless.share(reading()) > SUPERSEDED
    taken_back = sure.grounded([Finding("product", "x", "x", "new_text", 0, 1, "rule", SUPERSEDED)], [], False)
    assert [item.confidence for item in sure.graded(taken_back, COUNTS)] == [SUPERSEDED]


def test_the_shipped_counts_are_of_fields_a_customer_is_shown_and_make_sense() -> None:
    told = yaml.safe_load(sure._BANDS.read_text("utf-8"))
    assert set(told["fields"]) == set(LISTED)
    rows = [row for rows in told["fields"].values() for row in rows]
    assert all(0 <= row["right"] <= row["of"] and row["from"] in sure.STEPS for row in rows)
    assert 0 < told["low"] < told["asked"] < told["high"] < 1


def test_a_low_reading_is_not_printed_and_what_holds_unsaid_is() -> None:
    low = Finding("product", "表面", "表面", "new_text", 0, 2, "rule", 0.3)
    usual = Finding("severity", "一般", "", "subject", 0, 0, "severity-usual", 0.3)
    good = replace(low, value="水泵", confidence=0.8)
    assert sure.printed(Details(Kind.COMPLAINT, findings=(low, usual, good))).findings == (usual, good)


SURELY = [
    ("产品名称：球阀\n漏水，请换货。", "product", "球阀", True),
    ("收到的球阀漏水，请换货。", "product", "球阀", True),
    ("换了水泵，球阀还是漏水，请换货。", "product", "球阀", False),
    ("泵漏水。\n要求：\n1、换货两台\n2、派人到现场", "demand", "换货两台", True),
    ("泵漏水，请于7月20日前派人到现场。", "requested_deadline", "2025-07-20", True),
]


@pytest.mark.parametrize(("text", "field", "value", "is_high"), SURELY)
def test_a_label_a_lone_name_a_list_of_wishes_and_a_clause_that_asks_make_a_reading_sure(
    read: ReadMail, text: str, field: str, value: str, is_high: bool
) -> None:
    bands = {item.value: sure.band(item.confidence) for item in read("投诉", text).findings if item.field == field}
    assert (bands[value] is Band.HIGH) is is_high


def test_what_stands_in_the_quote_alone_is_not_sure(read: ReadMail) -> None:
    details = read("回复：投诉", "还是漏水。", quoted_text="订单号：DD20260301008")
    assert [sure.band(item.confidence) for item in details.findings if item.field == "order_no"] == [Band.MIDDLE]


THREATS = [
    ("泵漏水。\n要求：\n1、换货\n2、再拖我们就退货", "再拖"),
    ("泵漏水，停机紧固后仍然滴漏，请派人。", "停机"),
]


@pytest.mark.parametrize(("text", "words"), THREATS)
def test_a_threat_and_what_was_done_before_are_no_demand(read: ReadMail, text: str, words: str) -> None:
    details = read("投诉", text)
    assert details.values("demand")
    assert not any(words in value or "退货" in value for value in details.values("demand"))


def test_the_heading_of_the_next_column_is_no_product(read: ReadMail) -> None:
    details = read("补货", "请补货：\n品名\t折射率\t数量\n绿膜镜片\t1.56\t200片\n灰色镜片\t1.60\t60片\n")
    assert details.values("product") == ("绿膜镜片", "灰色镜片")
