"""Order, contract and freight numbers wherever people write them; other numbers never."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

NAMED = [
    ("采购单号：KM-PO-250711，货迟了五天。", ["KM-PO-250711"]),
    ("我们的采购订单 4500330192 第20项还没交。", ["4500330192"]),
    ("合同（编号：TZJS-CG-2025-018）约定7月10日交货，逾期了。", ["TZJS-CG-2025-018"]),
    ("《设备采购合同》（合同编号 HX2025-0717）逾期未交。", ["HX2025-0717"]),
    ("签订的编号为DL-2025-066的《购销合同》逾期。", ["DL-2025-066"]),
    ("订单号我刚才又核对了一遍，是DD20250709113，你们查下。货破了。", ["DD20250709113"]),
    ("合同还是上次那个HZ25-0719，催一下，逾期了。", ["HZ25-0719"]),
    ("XK250711那个单什么时候发？拖了一周了。", ["XK250711"]),
    ("4500118233这张订单怎么还没到货？", ["4500118233"]),
    ("单KB2507-14 货不对 退", ["KB2507-14"]),
    ("关于PO77120的交期，已经晚了。", ["PO77120"]),
    ("订单号：\nGX-250701-3\n外箱破损。", ["GX-250701-3"]),
    ("订单号 A250701、A250702、A250703 都没到，催！", ["A250701", "A250702", "A250703"]),
    ("PO 4500330192 and 4500330193 are overdue.", ["4500330192", "4500330193"]),
    ("提单号 COSU6071234560 的柜子少了两箱，柜号 TGHU6071234。", ["COSU6071234560"]),
    ("MBL: ONEYNGBF07112200, the cargo arrived wet.", ["ONEYNGBF07112200"]),
    ("Our booking no. SHZ2507112 was rolled again, unacceptable.", ["SHZ2507112"]),
    ("AWB 172-4471 0925 has been stuck for a week. Please investigate.", ["172-44710925"]),
    ("快递单号 SF 1422 0071 3365，盒子压扁了。", ["SF142200713365"]),
    ("订单号 DD250711-2，运单号 YT7788123456012，东西碎了。", ["DD250711-2"]),
    ("送货单 HT-S 20711 少了3箱。", ["HT-S20711"]),
    ("The order in question is 77-41902, half of it is missing.", ["77-41902"]),
    ("Bestellung 4500871123: 12 pcs. are broken.", ["4500871123"]),
    ("Purchase order number 7100-3392, goods damaged.", ["7100-3392"]),
    ("单子上周下的，订单编号为：2025070911223344，到现在没发货。", ["2025070911223344"]),
    ("我司合同号HT-25-0617/03项下第二批不合格。", ["HT-25-0617/03"]),
    ("关于LT-CG-250711的货，少了一件。", ["LT-CG-250711"]),
    ("Our ref KT-22071, the boxes were crushed.", ["KT-22071"]),
    (
        "采购单号\t物料\t到货数\t不良数\nZY25-07-11\t电容\t4000\t12\nZY25-07-12\t电阻\t800\t3\n请处理不良。",
        ["ZY25-07-11", "ZY25-07-12"],
    ),
    ("订单号 | 品名 | 短少\nQW-0711 | 毛巾 | 12条\n请补。", ["QW-0711"]),
]
NONE = [
    "订单5000个只到了3000个，催货。",
    "合同260套还没交完，逾期了。",
    "订单金额 128000元，多收了。",
    "请在订单2025-07-20前交货，已逾期。",
    "order 500 pcs were short.",
    "We ordered 2x40HC, the order 1,200 cartons arrived wet.",
    "案件编号 TS-2025-0117 一直没人回复，太差了。",
    "[TS-2025-0042] 你们的处理结果我不接受。",
    "发票号 25442000011223 开错了。",
    "电话13800006123，合同的事谁负责？没人管。",
    "这个单价 3500 太贵，质量还差。",
    "简单3500字说不清楚，服务太差。",
    "订单 7月11日下的，还没发货。",
    "车牌 沪A·33K21 在你们停车场被划了。",
    "The order dated 12-Jul-2025 is late.",
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_the_number_of_the_order(read: Read, text: str, expected: list[str]) -> None:
    details = read("投诉", text)
    assert list(details.values("order_no")) == expected, details.findings


@pytest.mark.parametrize("text", NONE)
def test_other_numbers_are_no_order(read: Read, text: str) -> None:
    assert read("投诉", text).values("order_no") == ()


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("催货 单CK0711-9", ["CK0711-9"]),
        ("Re: SO-250711 短装", ["SO-250711"]),
        ("XM-XS-250702 到货破损", ["XM-XS-250702"]),
        ("空運提單 172-4471 0925 貨損", ["172-44710925"]),
        ("Telex release QDHPH2507064 still not done", ["QDHPH2507064"]),
        ("订舱委托 JN-25-0711 甩柜", ["JN-25-0711"]),
    ],
)
def test_a_number_in_the_subject_only(read: Read, subject: str, expected: list[str]) -> None:
    assert list(read(subject, "问题很严重，请尽快处理。").values("order_no")) == expected
