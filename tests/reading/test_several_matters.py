"""All matters of a mail: every trouble with its own facts, and what is asked besides that is of another kind."""

from __future__ import annotations

import pytest

from mailflow.reading.matter.close_kinds import candidates
from tests.reading.conftest import Read

APART = [  # the mail, its kind, what stands beside it
    ("上周到的离心泵有三台漏水，请尽快换货。另外请报一下CX-200的价格，我们要50台。", "complaint", ["rfq"]),
    ("这批蝶阀密封圈开裂，已经停用。此外，订单DD20260301009的交期请推迟到4月10日。", "complaint", ["order_change"]),
    ("收到的货少了两箱，麻烦查一下。\n\n还有一件事，我们想再订购30台QJ-40潜水泵，请安排发货。", "complaint", ["order"]),
    ("轴承有异响，五套都这样，要求退货。\n顺便请把十月份的增值税发票寄给我们。", "complaint", ["inquiry"]),
    ("1. 6台电机过热冒烟，请派人来看。\n2. 请报价：YE3-132M电机20台，含税到厂。", "complaint", ["rfq"]),
    ("一、阀门漏油，请处理。\n二、订单PO-88213数量改成800件。", "order_change", ["complaint"]),
    ("油漆起泡脱落，客户拒收。\n另请提供下一批货的报价单，规格Φ20和Φ25各一千米。", "complaint", ["rfq"]),
    (
        "你们司机态度恶劣，还骂人。另外我们公司地址变更为苏州市吴中区东吴路8号，请更新登记信息。",
        "complaint",
        ["info_update"],
    ),
    (
        "The pumps of PO 7731 leak at the seal, three of them. By the way, please quote for 40 sets of CX-200.",
        "rfq",
        ["complaint"],
    ),
    (
        "Two motors arrived cracked and we want replacements.\n\n"
        "Separately, please change the order 55210 to 50 pcs and deliver on 10 May.",
        "complaint",
        ["order_change"],
    ),
    (
        "Your valve is leaking badly, please replace it. Also, could you send us the invoice for October?",
        "complaint",
        ["inquiry"],
    ),
    ("水泵漏水两台，请换货。再有，想问一下，你们有没有QW-65防爆型排污泵？", "complaint", ["inquiry"]),
    ("请报价CX-300五十台。\n\n另外上次那批CX-200有四台漏水严重，要投诉，请给个说法。", "complaint", ["rfq"]),
    (
        "泵体开裂一台，请退货。另外请报价CX-300三十台。此外订单DD20260301011的收货地址改成常州。",
        "complaint",
        ["rfq", "order_change"],
    ),
]

ONE = [  # a demand, a question about the same trouble, a courtesy: one matter
    "离心泵三台漏水，请换货。另外请赔偿我们的停工损失。",
    "离心泵三台漏水。另外想问一下，维修费是多少，多久能修好？",
    "离心泵三台漏水，要求退款。此外请说明原因并提供整改报告。",
    "离心泵三台漏水，请补发三台新的。另外再补发两套密封圈。",
    "离心泵三台漏水，请问你们打算怎么处理？多久给答复？",
    "离心泵三台漏水，换一台新的多少钱？",
    "收到的货少了两箱。另外客服态度恶劣，没人管。",
    "发票抬头写错了，请重开发票。另外货也晚到了五天。",
    "离心泵三台漏水，价格还比别家贵。另外祝生意兴隆。",
    "离心泵三台漏水，剩下的先别发货，等你们查清楚再说。",
    "报价的时候说好是不锈钢的，到货却是铁的，已经生锈。另外包装也破损了。",
    "我们要求：1. 退货 2. 赔偿损失 3. 提供8D报告。球阀全部漏水。",
    "The pump leaks. Also, we want a refund and an explanation of the root cause.",
    "The pump leaks at the seal. By the way, how long will the repair take and what does it cost?",
    "请报价CX-300五十台。另外请问交期多久，能不能优惠？",
    "附件是订单，请回签。另外请告知什么时候能发货。",
    "请问CX-200有没有防爆型？另外请报个价。",
]


@pytest.mark.parametrize(("words", "kind", "beside"), APART)
def test_a_matter_of_another_kind_stands_beside(read: Read, words: str, kind: str, beside: list[str]) -> None:
    details = read("来信", words)
    assert (details.kind, [other.kind for other in details.beside]) == (kind, beside)


@pytest.mark.parametrize("words", ONE)
def test_what_has_to_do_with_the_trouble_is_no_matter_of_its_own(read: Read, words: str) -> None:
    assert read("来信", words).beside == ()


@pytest.mark.parametrize("words", [words for words, _, _ in APART])
def test_nobody_is_asked_which_of_two_matters_a_mail_is(read: Read, words: str) -> None:
    details = read("来信", words)
    beside = {other.kind for other in details.beside}
    assert not beside & set(candidates(details))


def test_each_matter_has_the_facts_of_its_own_passage(read: Read) -> None:
    words = "订单DD20260301008的离心泵三台漏水，请换货。\n另外请报价：YE3-132M电机20台。\n联系人：王强 13800001234"
    details = read("来信", words)
    (other,) = details.beside
    assert (details.value("order_no"), details.value("product"), details.value("quantity")) == (
        "DD20260301008", "离心泵", "三台",
    )  # fmt: skip
    assert (other.value("model"), other.value("quantity"), other.value("order_no")) == ("YE3-132M", "20台", "")
    assert details.value("phone") == "13800001234"
    assert other.passage is not None
    assert words[other.passage[1] : other.passage[2]].startswith("另外请报价")
    for finding in other.findings:
        assert words[finding.start : finding.end] == finding.words


def test_what_the_trouble_comes_back_to_is_no_part_of_the_other_matter(read: Read) -> None:
    words = "离心泵三台漏水。另外请报价CX-300五十台。漏水的三台请尽快换货。"
    (other,) = read("来信", words).beside
    assert other.passage is not None
    assert words[other.passage[1] : other.passage[2]] == "另外请报价CX-300五十台。"
    assert read("来信", words).value("demand") != ""


TROUBLES = [  # the mail; of each trouble the box it ticks, its product and quantity
    (
        "球阀开裂，共五件；蝶阀漏水三件。另外你们客服态度恶劣，挂我电话。",
        [("产品质量", "球阀", ""), ("产品质量", "蝶阀", "三件"), ("服务", "", "")],
    ),
    (
        "离心泵漏水，三台都停了。货比约定晚到了六天，发票抬头也写错了。",
        [("产品质量", "离心泵", "三台"), ("业务", "", ""), ("单证/发票", "", "")],
    ),
    (
        "1. 轴承异响两套\n2. 少发垫片40个\n3. 发票金额不对",
        [("产品质量", "轴承", "两套"), ("业务", "垫片", "40个"), ("价格", "", "")],
    ),
    ("离心泵漏水三台，请换货。", [("产品质量", "离心泵", "三台")]),
]


@pytest.mark.parametrize(("words", "told"), TROUBLES)
def test_every_trouble_has_its_own_words_goods_and_number(
    read: Read, words: str, told: list[tuple[str, str, str]]
) -> None:
    troubles = read("投诉", words).troubles
    assert [(item.box, item.product, item.quantity) for item in troubles] == told
    for item in troubles:
        assert words[item.start : item.end] == item.words


def test_rudeness_far_from_the_defect_is_kept(read: Read) -> None:
    words = "上周收到的离心泵有三台漏水，车间停了半天，大家都在等。我打了几次电话，你们客服态度恶劣，还挂我电话。"
    troubles = read("投诉", words).troubles
    assert {item.box for item in troubles} == {"产品质量", "服务"}


def test_a_trouble_that_is_denied_is_none(read: Read) -> None:
    troubles = read("投诉", "离心泵漏水三台。包装没有破损，你们的客服态度不差。").troubles
    assert [item.words for item in troubles] == ["离心泵漏水三台"]
