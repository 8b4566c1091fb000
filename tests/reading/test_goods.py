"""What the goods are called and which type they are of, in mails of trades that no word list knows."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

COMPLAINTS = [
    ("投诉", "上周收到的不锈钢保温杯，有30个漏水，请换货。", "不锈钢保温杯"),
    ("投诉", "你们发来的竹纤维面巾，洗一次就掉毛，不能卖。", "竹纤维面巾"),
    ("儿童滑板车质量问题", "9月买的滑板车，骑了三天轮子就掉了，要求退货。", "儿童滑板车"),
    ("关于橡胶止水带渗漏的投诉", "贵司供应的橡胶止水带接头处渗漏，请派人处理。", "橡胶止水带"),
    ("电动葫芦制动失灵", "车间那台电动葫芦昨天制动失灵，险些砸到人。", "电动葫芦"),
    ("投诉", "我们采购的一批羊绒围巾(款号WJ-2207)起球严重，客户退货。", "羊绒围巾"),
    ("投诉", "贵司10月8日送来的脱硫石膏板共60张，其中9张断裂。", "脱硫石膏板"),
    ("投诉", "产品名称：硅胶奶嘴\n批号：T2510-3\n问题：有异味，要求退货。", "硅胶奶嘴"),
    ("投诉", "客户名称：东岭贸易行\n品名：竹砧板\n问题描述：开裂\n要求：换货", "竹砧板"),
    ("投诉", "项目名称：滨江花园二期\n货品：铸铁井盖\n问题：三块破裂，要求换货", "铸铁井盖"),
    ("到货少件", "1、陶瓷阀芯 TC-35 少发20只；\n2、手柄 SB-12 少发5只。请补发。", ["陶瓷阀芯", "手柄"]),
    (
        "投诉",
        "序号\t品名\t规格\t不良数\n1\t吊灯\tDD-600\t3只\n2\t壁灯\tBD-220\t2只\n以上都不亮，请换货。",
        ["吊灯", "壁灯"],
    ),
    ("投诉", "老板，那个36头的水晶吊灯一闪一闪的，装到酒店大堂里丢人，赶紧换！", "水晶吊灯"),
    ("投诉", "在你们店里买的电热毯漏电，把我老伴电着了！", "电热毯"),
    ("投诉", "你家的婴儿湿巾发霉了，孩子屁股都红了，要求赔偿。", "婴儿湿巾"),
    ("投诉", "我司向贵司采购的聚合氯化铝，有效含量不达标，检测报告见附件，请处理。", "聚合氯化铝"),
    ("投诉", "今天到货的松木托架全部受潮变形，不能用，拒收。", "松木托架"),
    (
        "Complaint about wooden toys",
        "The wooden toys from PO 88213 have sharp edges. We demand a refund.",
        "wooden toys",
    ),
    (
        "Leaking garden hoses",
        "Dear team, 40 of the garden hoses we received leak at the coupling. Please replace.",
        "garden hoses",
    ),
    ("Problem", "We received 300 pcs of ceramic mugs last week. 42 are chipped. Please send new ones.", "ceramic mugs"),
    ("Claim", "Your hydraulic jack HJ-20T collapsed under load yesterday. We want an explanation.", "hydraulic jack"),
    (
        "Complaint",
        "Dear Sirs, the yoga mats you delivered on our order 5521 smell terribly. Please refund.",
        "yoga mats",
    ),
    ("Wrong colour", "Hi, these roller blinds are not the colour we ordered. Please exchange them.", "roller blinds"),
    ("问题反馈", "Hi，这批carbon brush有问题，磨损太快，请尽快换货。", "carbon brush"),
    ("考试打不开", "学生登录不了在线考试系统，一直转圈，要投诉你们。", "在线考试系统"),
    ("酱油有异物", "昨天买的你们家生抽酱油，里面有一只虫子，太恶心了！", "生抽酱油"),
    ("投诉", "你们送货的司机态度恶劣，跟我们仓库的人吵起来了。", None),
    ("投诉", "打了三次电话没人接，投诉也没人理，你们就这样对客户？", None),
    ("投诉", "发票开错了，税号不对，请重开。", None),
    ("Complaint", "Nobody answers my emails. I am very disappointed with your service.", None),
]


@pytest.mark.parametrize(("subject", "text", "expected"), COMPLAINTS)
def test_goods_of_complaints(read: Read, subject: str, text: str, expected: str | list[str] | None) -> None:
    details = read(subject, text)
    wanted = [] if expected is None else [expected] if isinstance(expected, str) else expected
    assert list(details.values("product")) == wanted, details.findings


LINES = [
    (
        "询价",
        "请报价：\n不锈钢球阀 Q11F-16P DN50 20台\n铸铁闸阀 Z45T-10 DN80 10台\n请周五前回复。",
        ["不锈钢球阀", "铸铁闸阀"],
    ),
    (
        "询价单",
        "品名\t型号\t数量\n电磁吸盘\tXK-300\t4台\n磁力表座\tCZ-6A\t12个\n请报含税价。",
        ["电磁吸盘", "磁力表座"],
    ),
    ("RFQ for conveyor rollers", "Please quote 200 pcs of conveyor rollers, CIF Rotterdam.", ["conveyor rollers"]),
    ("询价 活性炭滤板", "您好，请报500片活性炭滤板的价格和交期。", ["活性炭滤板"]),
    (
        "Order",
        "Item | Description | Qty\n1 | Brass elbow | 50 pcs\n2 | Copper tee | 80 pcs\nPlease confirm the order.",
        ["Brass elbow", "Copper tee"],
    ),
]


@pytest.mark.parametrize(("subject", "text", "expected"), LINES)
def test_goods_of_lines(read: Read, subject: str, text: str, expected: list[str]) -> None:
    details = read(subject, text)
    assert list(details.values("product")) == expected, (details.kind, details.findings)


MODELS = [
    ("前灯总成（QD-88）进水，请换货。", ["QD-88"]),
    ("就是XK-7那款灰色的收纳凳，盖子裂了。", ["XK-7"]),
    ("冷却塔风机 HX 200-50 异响，轴承坏了。", ["HX200-50"]),
    ("六角螺栓M8x30断了12根，执行GB/T 5782，请换货。", ["M8x30"]),
    ("图号不是WT-118A，是WT-118B，尺寸不对。", ["WT-118B"]),
    ("单号CK2207-9的货破损，请处理。", []),
    ("编号为FX-2207-88的投诉还没结果。", []),
    ("运单YT77881234567破损，请赔偿。", []),
    ("材料40Cr，硬度HRC28-32，轴断了。", []),
    ("系统报错ERR-6031，无法登录。", []),
    ("3个40HQ的货还没到，投诉！", []),
    ("姓名填 {{7*7}} 就出错，系统故障。", []),
    ("订舱号 NBKG26K0415 又被甩柜，投诉！", []),
    ("Lot on the defective ones is K6W42, the valves leak.", []),
    ("手机13800006111打不通，投诉客服电话0571-88001234没人接。", []),
    ("升级到V8.4.2以后报表打不开。", []),
    ("零件号\t批次\t不良数\n30030-K27\t20261028B\t37\n漏加工，请换货。", ["30030-K27"]),
    ("The drive shaft DS-2290-A arrived rusty. Complaint.", ["DS-2290-A"]),
    ("发票号 FP26-8871 金额错误，投诉。", []),
    ("设备铭牌型号YE3-160M-4的电机烧了。", ["YE3-160M-4"]),
]


@pytest.mark.parametrize(("text", "expected"), MODELS)
def test_models_of_complaints(read: Read, text: str, expected: list[str]) -> None:
    details = read("投诉", text + "\n要求处理，我们很不满意。")
    assert list(details.values("model")) == expected, details.findings


def test_goods_said_to_be_in_order_are_not_the_trouble(read: Read) -> None:
    text = "We got the oak shelves and the steel brackets. The steel brackets are fine. The oak shelves are cracked."
    assert read("Complaint", text).values("product") == ("oak shelves",)
    mixed = "The steel brackets are fine but the oak shelves are cracked, please replace."
    assert "steel brackets" not in read("Complaint", mixed).values("product")
