"""Quantities, models, batches and goods in plain mails of many trades: what is affected, not what was delivered."""

from __future__ import annotations

import pytest

from mailflow.domain.model import SUPERSEDED, Kind
from tests.reading.conftest import Read

FACTS = [
    ("缸号25-0611的32支府绸布面有横档，8匹里有3匹不能裁。", "quantity", ["3匹"]),
    ("型号KX-330B的注塑壳来料500个，抽50坏3，请换货。", "quantity", ["3"]),
    ("开箱发现12桶清洗剂有两桶漏液，外箱都湿了。", "quantity", ["两桶"]),
    ("应发1200米，实收1000米，少了200米，请补发。", "quantity", ["200米"]),
    ("昨天到货20箱冻虾，有5箱化冻了，拒收。", "quantity", ["5箱"]),
    ("不锈钢弯头共300只，探伤不合格 17/300，请处理。", "quantity", ["17"]),
    ("这批面粉共8吨，整批发霉，必须退货。", "quantity", ["8吨"]),
    ("约定15号到的3000套包装盒到今天还没到，产线等着用。", "quantity", ["3000套"]),
    ("窗帘布一千二百来米，有两百多米色差严重。", "quantity", ["两百多米"]),
    ("里面两瓶红酒碎了一瓶，要求赔偿。", "quantity", ["一瓶"]),
    ("来料2K，上线不良率 2.3%，已确认46片虚焊。", "quantity", ["46片"]),
    ("昨天装了120盏筒灯，9盏不亮。", "quantity", ["9盏"]),
    ("3台打印机里有1台卡纸。", "quantity", ["1台"]),
    ("合同约定的60台配电柜，还有25台没交，工期耽误了。", "quantity", ["25台"]),
    ("不良数量：46，请换货。", "quantity", ["46"]),
    ("挑出来的坏件有\n42\n只，请处理。", "quantity", ["42 只"]),
    ("7月3号买的2箱纯牛奶过期了！", "quantity", ["2箱"]),
    ("Inspected 80 pcs, 5 defective. Please replace the 5 defective units.", "quantity", ["5"]),
    ("We received 40 cartons of tiles, 6 cartons were broken.", "quantity", ["6 cartons"]),
    ("3 pallets are still missing, 9 pallets were delivered. We complain.", "quantity", ["3 pallets"]),
    ("Two of the eight chairs arrived with broken legs.", "quantity", ["Two"]),
    (
        "About 1,250 invoice records are gone since your update. Please restore them, this is a disaster.",
        "quantity",
        ["1,250"],
    ),
    ("客服态度太差，打了三次电话都没人接，两个小时才回复。0571-8800 1234 张先生", "quantity", []),
    ("系统打不开，30个门店全部无法收银，8个人等着。", "quantity", []),
    ("多收了350块，按协议7.3条请退。", "quantity", []),
    ("批号不是T2507-1，是T2507-4，外观都有划伤。", "batch_no", ["T2507-4"]),
    ("炉号 K250622、K250623 探伤不合格。", "batch_no", ["K250622", "K250623"]),
    ("卷号2207、2208有破洞，不能用。", "batch_no", ["2207", "2208"]),
    ("打印机卡纸，序列号 CNB7K12345。", "batch_no", ["CNB7K12345"]),
    ("批号P2508-11的泵漏水，序列号 00412。", "batch_no", ["P2508-11"]),
    ("The lot label on the cartons: 31W07-C. The seals are cracked.", "batch_no", ["31W07-C"]),
    ("图号 WT-22-018 Rev.B 的支架尺寸不对。", "model", ["WT-22-018Rev.B"]),
    ("规格型号 RT-88，物料编码 10.07.0051，外壳开裂。", "model", ["RT-88"]),
    ("板子 MB-77 V2.1 虚焊。", "model", ["MB-77V2.1"]),
    ("现场装的Ｍ16×80 高强螺栓断了4根。型号：Ｍ16×80", "model", ["M16×80"]),
    ("车牌 苏B·3K8P1，在你们停车场被砸了。", "model", []),
    ("物料名称 铝合金支架，外箱破了，标签也掉了。", "product", ["铝合金支架"]),
    ("上周到的绿茶袋，封口处漏气。", "product", ["绿茶袋"]),
    ("你们的快递员态度恶劣。", "product", []),
]


@pytest.mark.parametrize(("text", "field", "expected"), FACTS)
def test_facts_of_complaints(read: Read, text: str, field: str, expected: list[str]) -> None:
    details = read("投诉", text + "\n要求处理，我们很不满意。")
    assert list(details.values(field)) == expected, details.findings


def test_lines_of_orders_and_enquiries_in_order(read: Read) -> None:
    order = read(
        "采购订单", "请安排生产：\n1. 铝箔袋 AL-1525 2万个\n2. 自立袋 ZL-2030 5000个\n3. 真空袋 VB-7 5000个\n月底前交。"
    )
    assert order.values("quantity") == ("2万个", "5000个", "5000个")
    assert order.values("model") == ("AL-1525", "ZL-2030", "VB-7")
    assert order.values("product") == ("铝箔袋", "自立袋", "真空袋")
    rfq = read("RFQ", "Please quote:\n- ball valve BV-25, 200 pcs\n- gate valve GV-80, 1.5k pcs\nDelivery Hamburg.")
    assert rfq.values("quantity") == ("200 pcs", "1.5k pcs")
    assert rfq.values("model") == ("BV-25", "GV-80")
    bearings = read("询价", "请报价：\n1）KU208 EM  100套\n2）51110  60套\n3）电缆 3×2.5平方 800米")
    assert bearings.values("model") == ("KU208EM", "51110", "3×2.5平方")


def test_what_is_taken_back_stays_visible(read: Read) -> None:
    details = read("更正", "抱歉，批号B2507-1写错了，应为B2507-4，数量不是20件，是26件，都有划伤。")
    assert details.values("batch_no") == ("B2507-4",)
    assert details.values("quantity") == ("26件",)
    old = {finding.value for finding in details.findings if finding.confidence <= SUPERSEDED}
    assert old == {"B2507-1", "20件"}


def test_numbers_of_papers_are_no_models(read: Read) -> None:
    details = read(
        "投诉", "贵司送来的M12×45内六角螺栓（送货单SH251103-07）共2400件，13件螺纹烂牙。发票号FP-220918已开。"
    )
    assert details.values("model") == ("M12×45",)
    assert read("Complaint", "The pump leaks. Invoice no. INV-2209 was paid.").values("model") == ()


def test_lines_of_an_enquiry_are_no_demands(read: Read) -> None:
    text = "麻烦报个价：\n1. 304不锈钢法兰 DN80 PN16  120片\n2. 316L 弯头 DN50  60个\n另外请提供材质证明。"
    demands = read("询价", text).values("demand")
    assert demands[0] == "报个价"
    assert not any("法兰" in demand or "弯头" in demand for demand in demands)


def test_a_familiar_name_alone_on_the_last_line_signs(read: Read) -> None:
    assert read("缸差", "这批布缸差，损失很大，请给方案。\n老赵").values("contact") == ("老赵",)
    assert read("缸差", "老赵说这批布缸差，请给方案。").values("contact") == ()


def test_the_sum_a_paper_should_show_counts_not_the_slip(read: Read) -> None:
    details = read("发票", "发票开错了，应该是¥12,600.00，开成了¥16,200.00，请重开。")
    assert details.values("amount") == ("12600.00 CNY",)


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("请于7月18日（周五）下午5点前答复。", "2025-07-18T17:00"),
        ("请于本周五（7月18日）17:00前答复。", "2025-07-18T17:00"),
        ("请今天下午三点半前回复。", "2025-07-16T15:30"),
        ("请明天早一点回复。", "2025-07-17"),
        ("請於三個工作天內回覆。", "2025-07-21"),
        ("Please reply no later than Friday 18 July, 5 pm.", "2025-07-18T17:00"),
        ("Please send it by 18 July (Friday) noon.", "2025-07-18T12:00"),
    ],
)
def test_a_date_and_its_day_of_the_week_are_one_moment_with_its_hour(read: Read, text: str, deadline: str) -> None:
    assert read("轴承生锈", text).values("requested_deadline") == (deadline,)


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("运单号7712 0045 8831的货外包装湿了。", "order_no", ("771200458831",)),
        ("Roughly 40 boxes out of 288 show a clear shade difference, 12 pallets in all.", "quantity", ("40 boxes",)),
        ("逾期每日扣款500元。轴承异响。", "defect_or_issue", ("轴承异响",)),
    ],
)
def test_grouped_waybills_ratios_in_english_and_threats(
    read: Read, text: str, field: str, values: tuple[str, ...]
) -> None:
    assert read("反馈", text).values(field) == values


def test_a_vacuum_packer_is_no_empty_parcel(read: Read) -> None:
    details = read("咨询", "请问KD-350真空包装机的密封条还有货吗？多少钱一条？")
    assert details.kind in (Kind.INQUIRY, Kind.RFQ)
    assert details.values("defect_or_issue") == ()
