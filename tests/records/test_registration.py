"""JL-23-01: what a mail says and no more."""

from __future__ import annotations

from typing import Any

import pytest

from mailflow.domain.model import Address, Message
from tests.read_once import load_forms
from tests.records import samples
from tests.records.samples import details, file
from tests.records.test_word_forms import FORMS


def registered(message: Message | None = None, **given: Any) -> dict[str, Any]:
    company = given.pop("company", "")
    return samples.fields(message or Message(), details(**given), company)


def test_the_fields_are_exactly_those_the_form_declares() -> None:
    forms, _ = load_forms(FORMS)
    assert forms is not None
    assert set(registered()) - {"issued_at"} == set(forms.specs()[0].fields)


def test_a_mail_that_says_nothing_gives_slashes_and_no_ticks() -> None:
    fields = registered()
    for name in ("customer_name", "complainant", "phone", "email", "product", "model", "order_no", "deadline"):
        assert fields[name] == "/"
    for name in ("class1", "severity", "demand", "repeat"):
        assert fields[name] == []
    assert fields["content"] == "/　（邮件无正文，见附件）"
    assert fields["channel"] == ["邮件"]


def test_times_are_shown_in_the_configured_zone_and_deadlines_in_words() -> None:
    fields = registered(requested_deadline=("2026-11-24T01:41:00+00:00", "2026-12-01"), happened_on="2026-11-18")
    assert fields["received_at"] == "2026-11-22 09:41"
    assert fields["deadline"] == "2026年11月24日 09:41前；2026年12月1日前"
    assert fields["happened_on"] == "2026-11-18"
    assert registered(requested_deadline="下周")["deadline"] == "下周"


@pytest.mark.parametrize(
    ("demand", "boxes"),
    [
        ("全部退货", ["退货"]),
        ("更换4台并承担往返运费", ["换货", "赔偿"]),
        ("補寄 3 支手柄", ["补发"]),
        ("派人到我厂返修", ["返工"]),
        ("当面道个歉", ["道歉"]),
        ("提交8D", ["8D/整改报告"]),
        ("给个说法", ["答复说明"]),
        ("停用A座2号电梯", ["其他"]),
        ("多的钱退回来", ["其他"]),
        ("停线损失由贵司承担", ["赔偿"]),
        ("your root cause report", ["8D/整改报告"]),
        ("credit the lot", ["赔偿"]),
        ("We do not want a refund", ["其他"]),
        ("不要退货，只要换货", ["换货"]),
        ("不接受退货", ["其他"]),
    ],
)
def test_demands_tick_their_boxes_and_refused_remedies_do_not(demand: str, boxes: list[str]) -> None:
    fields = registered(demand=demand)
    assert fields["demand"] == boxes
    assert demand in fields["demand_words"]


def test_classes_are_ticked_from_sub_kinds_and_unknown_sub_kinds_tick_nothing() -> None:
    fields = registered(subkinds=("产品质量", "货差", "单证发票", "匿名"))
    assert fields["class1"] == ["产品质量", "业务", "单证/发票"]
    assert registered(subkinds=("匿名", "敲诈"))["class1"] == []


def test_only_the_gravest_severity_is_ticked() -> None:
    assert registered(severity=("一般", "恶性"))["severity"] == ["恶性"]
    assert registered(severity="严重")["severity"] == []


def test_repetition_is_never_ticked_by_reading() -> None:
    assert (registered()["repeat"], registered()["repeat_of"]) == ([], "")


def test_the_customer_s_words_are_kept_as_written_and_forwarded_ones_follow() -> None:
    words = "  第一行 \n\n\n\n\n第二行：“原话”,标点 不改。"
    assert registered(Message(new_text=words))["content"] == "第一行 \n\n第二行：“原话”,标点 不改。"
    fields = registered(Message(new_text="请处理", forwarded_text="轴承锈蚀"))
    assert fields["content"] == "请处理\n\n【所转发的邮件】\n轴承锈蚀"
    assert registered(Message(forwarded_text="轴承锈蚀"))["content"] == "轴承锈蚀"
    assert registered(Message(forwarded=(Message(text="内层"),)))["content"] == "内层"
    assert registered(Message(text="只有引文"))["content"] == "只有引文"


def test_the_customer_comes_from_the_archive_first_and_the_contact_from_the_mail() -> None:
    message = Message(from_=(Address("李工", "li@example.com"),))
    fields = registered(message, company="档案公司", customer_company="信里的公司")
    assert (fields["customer_name"], fields["complainant"], fields["email"]) == ("档案公司", "李工", "li@example.com")
    assert registered(message, customer_company="信里的公司")["customer_name"] == "信里的公司"
    assert registered(message, contact="王芳")["complainant"] == "王芳"


def test_attachments_are_named_and_counted() -> None:
    message = Message(attachments=(*(file(f"照片{n}.jpg") for n in range(8)), file("logo.png", inline=True)))
    fields = registered(message)
    assert fields["evidence"].startswith("附件 8 个：照片0.jpg、")
    assert fields["evidence"].endswith("等；正文内图片 1 张")


def test_long_lists_show_their_beginning_and_their_number() -> None:
    fields = registered(product=tuple(f"产品{n}" for n in range(40)))
    assert fields["product"] == "产品0；产品1；产品2；产品3；产品4；产品5 等40项"


def test_smaller_type_is_chosen_only_where_it_saves_a_page() -> None:
    assert [registered(Message(new_text="短句\n" * n))["compact"] for n in (5, 12, 13, 14, 15, 400)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
