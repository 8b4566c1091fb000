"""Whoever registers a case puts right what was read from the customer's mail, before it goes to others."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import docx

from tests.cases.papers import words
from tests.flow.letters import letter
from tests.flow.robots import play, usual
from tests.flow.staffed import Ask, Staffed, answer

CLERK, CUSTOMER, CASE = "bai@firm.example", "wang@plant.example", "TS-2026-0001"


def registered(people: Staffed, *, mail: bytes = b"") -> Ask:
    """A complaint came, and the clerk is asked to sign its registration."""
    people.work(mail or letter(sender=CUSTOMER))
    return people.asked(CLERK, "登记投诉")


def printed(people: Staffed, form: str = "JL-23-01") -> dict[str, Any]:
    """What the newest version of a record prints."""
    ((fields,),) = people.office.ask("SELECT fields FROM records WHERE form = ? ORDER BY id DESC LIMIT 1", form)
    return dict(json.loads(fields))


def corrected(people: Staffed) -> list[tuple[str, str, str, int | None]]:
    """The corrections of the case: field, value, who, in which mail."""
    return people.office.ask("SELECT field, value, actor, message_id FROM corrections ORDER BY id")


def test_lines_in_the_answer_put_right_what_the_registration_prints(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "产品名称：蝶阀\n发生时间：2月27日\n职务：采购部经理\n投诉类别：产品质量、交期"))

    now = printed(people)
    assert (now["product"], now["happened_on"], now["position"]) == ("蝶阀", "2026-02-27", "采购部经理")
    assert now["class1"] == ["产品质量", "交期"]
    said = corrected(people)
    assert {(field, value) for field, value, *_ in said} >= {("product", "蝶阀"), ("happened_on", "2026-02-27")}
    assert {who for _, _, who, _ in said} == {CLERK}
    assert {message for *_, message in said} == {2}
    assert [to for to in people.office.recipients() if to == CUSTOMER] == [CUSTOMER]  # acknowledged once
    assert people.office.errors() == []


def test_after_a_correction_the_new_version_is_asked_for_and_says_what_was_taken(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "批号错了，是B2301"))
    again = people.asked(CLERK, "登记投诉")
    assert again.token != ask.token
    assert "批号/序列号：B2301（原为：B2603-01）" in again.text
    assert "B2301" in words(again.file(".docx")[1])
    people.work(answer(again, "同意"))
    assert ("register", CLERK) not in people.open_tasks()


def test_lines_of_a_signature_that_came_without_it_are_named_as_not_counted(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "产品名称：蝶阀\n严重程度：重大\n优先级："))
    again = people.asked(CLERK, "登记投诉")
    assert "严重程度：重大（未计入，请在签字时再写）" in again.text
    assert again.text.count("未计入") == 1
    people.work(answer(again, "同意\n严重程度：重大"))
    assert people.office.ask("SELECT value FROM answers WHERE field = 'severity_judged'") == [("重大",)]
    assert "未计入" not in people.sent(CLERK)[-1].text.replace(again.text, "")


def test_a_signature_beside_labelled_lines_signs_what_they_say(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "同意\n产品名称：蝶阀"))
    assert printed(people)["product"] == "蝶阀"
    assert ("register", CLERK) not in people.open_tasks()
    ((revision,),) = people.office.ask(
        "SELECT r.revision FROM signatures s JOIN records r ON r.id = s.record_id WHERE s.current"
    )
    assert revision == 2


def test_a_signature_beside_prose_waits_until_its_writer_saw_what_was_made_of_it(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "同意。数量不是5是15"))
    assert printed(people)["qty_defect"] == "15"
    assert ("register", CLERK) in people.open_tasks()
    assert people.office.one("SELECT count(*) FROM signatures") == 0


def test_what_is_not_clear_changes_nothing_and_is_asked_back_with_what_was_understood(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "产品名称：蝶阀\n批号不对"))
    assert corrected(people) == []
    refusal = people.sent(CLERK)[-1]
    assert "“批号不对”？" in refusal.text
    assert "产品名称：蝶阀" in refusal.text
    people.work(answer(refusal, "产品名称：蝶阀\n批号：B2301"))
    assert (printed(people)["product"], printed(people)["batch_no"]) == ("蝶阀", "B2301")


def test_a_correction_after_the_signature_asks_for_it_again(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "同意"))
    people.work(answer(ask, "批号错了，是B2301"))
    assert printed(people)["batch_no"] == "B2301"
    assert ("register", CLERK) in people.open_tasks()
    assert people.asked(CLERK, "登记投诉").token != ask.token


def test_a_wrong_product_of_the_acknowledgement_is_put_right_and_the_warehouse_gets_the_right_one(
    people: Staffed,
) -> None:
    ask = registered(people)
    assert "球阀" in people.sent(CUSTOMER)[0].text
    people.work(answer(ask, "产品不是球阀，是电动蝶阀"))
    play(people, usual, until=lambda: ("ship", "shi@firm.example") in people.open_tasks())
    people.work()
    sheet = words(people.asked("shi@firm.example", "发货").file(".docx")[1])
    assert "数量1电动蝶阀/B2603-01五件" in sheet  # the line of goods; the customer's own words stay as he wrote them
    assert "产品：电动蝶阀" in people.asked("shi@firm.example", "发货").text


DOUBTFUL = (
    "我公司2月26日收到的阀门，装上以后漏水，有五六十件，麻烦处理。\n\n> 订单号：DD20260301008\n> 批号：B2603-01\n"
)


def test_what_was_read_with_doubt_is_asked_in_the_same_mail_with_the_words_it_was_read_from(people: Staffed) -> None:
    ask = registered(people, mail=letter(DOUBTFUL, sender=CUSTOMER))
    assert "待确认，批号/序列号：B2603-01？（读自“B2603-01”）" in ask.text
    assert "待确认，不良/短少数：五六十件？（读自“五六十件”）" in ask.text
    assert "2. 待确认" not in people.asked(CLERK, "提出处理方案").text

    people.work(answer(ask, "同意\n数量：56件"))
    said = {(field, value) for field, value, *_ in corrected(people)}
    confirmed = {
        ("batch_no", "B2603-01"),
        ("order_no", "DD20260301008"),
        ("product", "球阀"),
        ("happened_on", "2026-02-26"),
    }
    assert said == {("quantity", "56件"), *confirmed}
    assert printed(people)["qty_defect"] == "56件"
    assert ("register", CLERK) not in people.open_tasks()


def test_a_bare_right_confirms_what_was_asked_and_signs_nothing(people: Staffed) -> None:
    ask = registered(people, mail=letter(DOUBTFUL, sender=CUSTOMER))
    people.work(answer(ask, "对"))
    assert {field for field, *_ in corrected(people)} == {"quantity", "batch_no", "order_no", "product", "happened_on"}
    assert ("register", CLERK) in people.open_tasks()
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    people.work(answer(ask, "同意"))  # nothing was printed anew: the same mail still asks
    assert ("register", CLERK) not in people.open_tasks()


def test_one_line_confirms_one_fact(people: Staffed) -> None:
    ask = registered(people, mail=letter(DOUBTFUL, sender=CUSTOMER))
    people.work(answer(ask, "批号：对\n订单号：无"))
    assert {(field, value) for field, value, *_ in corrected(people)} == {("batch_no", "B2603-01"), ("order_no", "")}
    assert printed(people)["order_no"] == "/"


def test_cells_changed_in_the_word_file_are_corrections(people: Staffed) -> None:
    ask = registered(people)
    name, content = ask.file(".docx")
    changed = in_cell(in_cell(content, "产品名称", "电动 蝶阀"), "批号/序列号", "")
    people.work(answer(ask, "同意", files={name: in_cell(changed, "投诉类别", "☐ 产品质量 ☑ 交期")}))
    now = printed(people)
    assert (now["product"], now["batch_no"], now["class1"]) == ("电动 蝶阀", "/", ["交期"])
    assert ("register", CLERK) not in people.open_tasks()
    assert people.office.errors() == []


def test_words_changed_elsewhere_in_the_word_file_are_still_refused(people: Staffed) -> None:
    ask = registered(people)
    name, content = ask.file(".docx")
    changed = in_cell(in_cell(content, "产品名称", "蝶阀"), "案件编号", "TS-2026-0999")
    people.work(answer(ask, "同意", files={name: changed}))
    assert corrected(people) == []
    assert people.office.mails()[-1] == ("held", "", "altered_form")


def test_who_does_not_register_the_case_changes_no_printed_cell(people: Staffed) -> None:
    ask = registered(people)
    play(people, usual, until=lambda: ("review_registration", "han@firm.example") in people.open_tasks())
    people.work()
    review = people.asked("han@firm.example", "审核登记表")
    name, content = review.file(".docx")
    people.work(answer(review, "同意", files={name: in_cell(content, "产品名称", "蝶阀")}))
    assert not any("蝶阀" in value for _, value, *_ in corrected(people))
    assert people.office.mails()[-1][2] == "altered_form"
    assert ask.to == CLERK


def in_cell(content: bytes, title: str, words: str) -> bytes:
    """The Word file with these words typed into the cell beside a title."""
    document = docx.Document(io.BytesIO(content))
    for row in (row for table in document.tables for row in table.rows):
        for left, cell in itertools.pairwise(row.cells):
            if "".join(left.text.split()) == title and cell is not left:
                first, *others = [run for paragraph in cell.paragraphs for run in paragraph.runs]
                first.text = words
                for run in others:
                    run.text = ""
                stream = io.BytesIO()
                document.save(stream)
                return stream.getvalue()
    raise AssertionError(title)


def test_what_is_wrong_after_one_point_was_signed_is_no_answer_to_the_other(people: Staffed) -> None:
    ask = registered(people)
    people.work(answer(ask, "1 同意"))
    people.work(answer(ask, "批号错了，是B2301"))
    assert printed(people)["batch_no"] == "B2301"
    assert ("plan", CLERK) in people.open_tasks()  # it is no plan for the customer
    assert people.office.one("SELECT count(*) FROM answers WHERE field = 'plan'") == 0
