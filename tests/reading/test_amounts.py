"""Amounts of money: every way they are written, and what is none."""

from __future__ import annotations

import pytest

from mailflow.domain.model import SUPERSEDED
from mailflow.reading.amounts import counts
from mailflow.reading.amounts.money import disagreements
from mailflow.reading.review.doubts import doubts
from mailflow.reading.text.numerals import chinese, mixed
from tests.reading.conftest import Read, part


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("货款￥36,000.00已付，货有问题。", ["36000.00 CNY"]),
        ("我们付了36000元，机器坏了。", ["36000.00 CNY"]),
        ("损失约3.6万，请给说法。", ["36000.00 CNY"]),
        ("损失3万6千元，请处理。", ["36000.00 CNY"]),
        ("要求赔偿人民币叁万陆仟元整。", ["36000.00 CNY"]),
        ("合計貳萬伍仟圓整，機器壞了。", ["25000.00 CNY"]),
        ("索赔壹拾贰万叁仟肆佰伍拾陆元柒角捌分。", ["123456.78 CNY"]),
        ("返工费用 RMB 36K，由贵司承担。", ["36000.00 CNY"]),
        ("The parts failed. We claim USD 4,250 from you.", ["4250.00 USD"]),
        ("The parts failed, the damage is €1.200,50 in total.", ["1200.50 EUR"]),
        ("Broken again. Damages of $1.2 million.", ["1200000.00 USD"]),
        ("货值港币8000，全部破损。", ["8000.00 HKD"]),
        ("含税金额：¥36,\n000.00（含税13%），货坏了。", ["36000.00 CNY"]),
        ("多收了三百五十块，请退。", ["350.00 CNY"]),
        ("赔偿3-5万元。", ["30000.00-50000.00 CNY"]),
        ("扣款3000美元，运费2000美元，货坏了。", ["3000.00 USD", "2000.00 USD"]),
        ("订金近10多万元，设备坏了。", ["100000.00 CNY"]),
        ("货款¥500,30天内要退。", ["500.00 CNY"]),
        ("赔偿5000，并道歉。", ["5000.00 CNY"]),
        ("不是5000元，是6000元，收错了。", ["6000.00 CNY"]),
    ],
)
def test_sums_are_read_with_their_currency(read: Read, words: str, values: list[str]) -> None:
    assert read("投诉", words).values("amount") == tuple(values)


@pytest.mark.parametrize(
    "words",
    [
        "单价12.5元，坏了100件。",
        "12.5元/件，坏了。",
        "每件12元，坏了。",
        "12元一个的东西，坏了。",
        "Broken: 100 pcs at $4.25 each.",
        "USD 4.25/pc and all broken.",
        "每延误一天扣500元。",
        "电话13800138000，订单号4500123456，坏了。",
        "三元乙丙密封条坏了，10元件脱落。",
        "几万块钱的东西，十几万元的设备，坏了。",
        "请补发100块板，3块断了。",
        "订购3.6万只，赔偿3倍，损失2个工作日。",
        "型号HT-36元宵礼盒破损。",
    ],
)
def test_prices_a_piece_codes_and_counts_are_no_sums(read: Read, words: str) -> None:
    assert read("投诉", words).values("amount") == ()


def test_a_sum_is_no_quantity(read: Read) -> None:
    details = read("complaint", "We lost RMB 36K, and 12 units were broken.")
    assert details.values("quantity") == ("12 units",)
    assert details.values("amount") == ("36000.00 CNY",)


@pytest.mark.parametrize(("words", "found"), [("they took 12 vouchers", ["12"]), ("they took $ 12 vouchers", [])])
def test_what_stands_behind_a_sign_of_money_is_no_count(words: str, found: list[str]) -> None:
    assert [words[count.start : count.end] for count in counts.find(part("new_text", words), lines=False)] == found


def test_words_and_digits_that_disagree_are_both_kept_and_doubted(read: Read) -> None:
    text = "索赔金额人民币叁万伍仟元整（¥36,000.00），请确认。"
    details = read("索赔", text)
    assert details.values("amount") == ("35000.00 CNY", "36000.00 CNY")
    found = doubts(details, [part("new_text", text)])
    assert ("amount", "amount_words_digits", ("36000.00 CNY", "35000.00 CNY")) in [
        (doubt.about, doubt.why, doubt.values) for doubt in found
    ]


def test_words_and_digits_that_agree_are_no_doubt(read: Read) -> None:
    text = "押金¥300。索赔金额人民币叁万陆仟元整（¥36,000.00）。"
    details = read("索赔", text)
    assert details.values("amount") == ("300.00 CNY", "36000.00 CNY")
    assert [finding.words for finding in details.findings if finding.field == "amount"] == [
        "¥300", "人民币叁万陆仟元整", "¥36,000.00",
    ]  # fmt: skip
    assert disagreements([part("new_text", text)]) == []


def test_another_sum_in_the_quote_is_a_doubt(read: Read) -> None:
    new, old = "赔偿金额改一下，应该是6000元。", "索赔5000元。"
    details = read("回复：索赔", new, quoted_text=old)
    found = doubts(
        details,
        [part("new_text", new), part("quoted_text", old)],
    )
    assert ("amount", ("6000.00 CNY", "5000.00 CNY")) in [(doubt.about, doubt.values) for doubt in found]


def test_a_sum_taken_back_is_shown_and_counts_no_more(read: Read) -> None:
    found = [item for item in read("投诉", "不是5000元，是6000元，收错了。").findings if item.field == "amount"]
    assert [(item.value, item.confidence > SUPERSEDED) for item in found] == [
        ("6000.00 CNY", True), ("5000.00 CNY", False),
    ]  # fmt: skip


def test_hostile_text_is_read_quickly_enough_to_end() -> None:
    for unit in ("1", "1,", "一", "元", "¥", "1.", "万", "1 元", "赔", "一 ", "¥(", "usd ", "1-"):
        text = unit * 4000
        disagreements([part("new_text", text)])


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("三万六千五", 36500), ("三万五", 35000), ("一千零二", 1002), ("拾万", 100000), ("一亿二千万", 120000000),
        ("两百五", 250), ("二三", None), ("万", None), ("百万", None),
    ],
)  # fmt: skip
def test_chinese_numerals(words: str, number: int | None) -> None:
    assert chinese(words) == number


@pytest.mark.parametrize(("words", "number"), [("3.6万", 36000), ("3万6", 36000), ("3万600", 30600), ("x", None)])
def test_digits_with_a_chinese_scale(words: str, number: int | None) -> None:
    assert mixed(words) == number
