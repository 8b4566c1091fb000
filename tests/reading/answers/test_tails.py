"""Lines below a text: what is none of it is left out of it or asked about, never sent on with it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers import tails
from mailflow.reading.answers.shapes import FieldSpec, StaffAnswer
from mailflow.reading.answers.staff import read_staff_answer
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords
from tests.growth import grows_with_its_input, repeated

ANSWER = FieldSpec("answer_text", ("答复内容",), outward=True, required=True)
WAYBILL = FieldSpec("waybill", ("运单号",), required=True)
SHIPPED = FieldSpec("ship_date", ("发货期",), "date", required=True)
BASIS = FieldSpec("basis", ("判定依据", "依据"), required=True)
CAPA = FieldSpec("needs_capa", ("是否需要纠正措施",), "yesno", required=True)
CAUSE = FieldSpec("cause", ("原因",), required=True)


@pytest.fixture
def reading(words: AnswerWords, now: datetime, zone: ZoneInfo) -> Reading:
    return Reading(words, now, zone, ("韩梅", "邓宁"))


def read(reading: Reading, text: str, *fields: FieldSpec) -> StaffAnswer:
    return read_staff_answer(reading, text, {field.name: field for field in fields})


def problems(said: StaffAnswer) -> set[tuple[str, str]]:
    return {(item.field, item.code) for item in said.problems}


@pytest.mark.parametrize("line", ["请经理审核，谢谢。", "妥否请批示", "如有不妥，请指正。"])
def test_a_request_to_the_approver_does_not_go_to_the_customer(reading: Reading, line: str) -> None:
    said = read(reading, f"答复内容：补发5件已寄出。\n{line}", ANSWER)
    assert said.values == {"answer_text": "补发5件已寄出。"}


@pytest.mark.parametrize("line", ["请质量部审核后再寄", "请您审核我们的报价"])
def test_a_request_of_the_text_itself_stays_in_it(reading: Reading, line: str) -> None:
    assert line in read(reading, f"答复内容：补发5件已寄出。\n{line}", ANSWER).values["answer_text"]


@pytest.mark.parametrize("line", ["（韩经理，运单号晚点补）", "邓宁，这句你看行不行", "@韩梅 留意一下"])
def test_words_to_a_colleague_below_words_for_the_customer_are_asked_about(reading: Reading, line: str) -> None:
    said = read(reading, f"答复内容：补发5件已寄出。\n{line}", ANSWER)
    assert said.values == {}
    assert ("answer_text", "to_colleague") in problems(said)


def test_a_line_that_corrects_is_no_part_of_the_text_above_it(reading: Reading) -> None:
    said = read(reading, "发货期：11月20日\n运单号：SF1403928817265\n更正：发货期11月21日", WAYBILL, SHIPPED)
    assert "waybill" not in said.values
    assert ("waybill", "twice") in problems(said)


def test_what_corrects_a_person_without_its_label_is_asked_about(reading: Reading) -> None:
    who = FieldSpec("investigator", ("调查人",), "person", required=True)
    assert read(reading, "调查人：韩梅\n不对，改成邓宁", who).verdict == "unclear"


@pytest.mark.parametrize("text", ["依据：复检报告\n纠正措施要", "依据：复检报告。纠正措施要"])
def test_the_value_of_another_field_is_not_swallowed(reading: Reading, text: str) -> None:
    said = read(reading, text, BASIS, CAPA)
    assert said.values == {}
    assert ("basis", "strange_label") in problems(said)


def test_yes_or_no_is_known_by_what_it_is_about(reading: Reading) -> None:
    said = read(reading, "依据：复检报告；纠正措施：需要", BASIS, CAPA)
    assert said.values == {"basis": "复检报告", "needs_capa": "是"}


def test_while_a_required_text_is_missing_an_unknown_label_is_asked_about(reading: Reading) -> None:
    text = "原因：漏装\n管控对策：加首检"
    action = FieldSpec("action", ("纠正措施",), required=True)
    assert ("cause", "strange_label") in problems(read(reading, text, CAUSE, action))
    assert read(reading, text, CAUSE).values == {"cause": text.removeprefix("原因：")}


@pytest.mark.parametrize(
    "text", ["依据\t复检报告\n是否需要纠正措施\t是", "| 依据 | 复检报告 |\n| 是否需要纠正措施 | 是 |"]
)
def test_cells_of_a_pasted_table_are_labels_and_values(reading: Reading, text: str) -> None:
    assert read(reading, text, BASIS, CAPA).values == {"basis": "复检报告", "needs_capa": "是"}


def test_an_agreement_to_one_thing_beside_a_refusal_of_another_is_two_answers(reading: Reading) -> None:
    assert ("", "two_answers") in problems(read(reading, "同意方案一，不同意方案二"))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("人民币800元整（¥800.00）", "800.00 CNY"),
        ("800元（780元）", ""),
        ("800元（USD 800）", ""),
    ],
)
def test_an_amount_written_twice_must_agree(reading: Reading, said: str, wanted: str) -> None:
    money = FieldSpec("amount", ("金额",), "money")
    assert read(reading, f"金额：{said}", money).values.get("amount", "") == wanted


def test_the_time_grows_with_the_text(reading: Reading) -> None:
    others = {"basis": BASIS, "needs_capa": CAPA}
    for line in ("请经理审核，\n", "更正", "（韩经理，"):
        assert grows_with_its_input(
            lambda text: tails.doubt_of(reading, ANSWER, text, others),
            partial(repeated, line),
            4000,
        )
        assert grows_with_its_input(
            lambda text: tails.is_for_approver(reading.words, text),
            partial(repeated, line),
            4000,
        )
