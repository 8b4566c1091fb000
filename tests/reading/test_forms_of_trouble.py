"""Troubles and demands told by the form of the sentence, in the words of trades no list knows."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

TROUBLES = [
    ("葡萄苗", "上周送来的葡萄苗根全断了，栽下去没一棵活的。请退款。", "断了"),
    ("琴弦", "换上你们的琴弦，调音调不上去。", "调不上去"),
    ("骑行服", "这件骑行服洗了一次，拉链就拉不动了，袖口也起球。", "起球"),
    ("鱼缸", "新鱼缸 注水半小时 底部开始渗水 客厅地板都泡了", "渗水"),
    ("门票", "亲子票扫了三遍都进不去，后面排队的人都在看我们。请说明。", "进不去"),
    ("投诉：药柜", "应到24组药柜，仅到货17组，施工队在等。", "仅到货17组"),
    ("课程", "直播课到现在没开，班主任也不回消息。", "不回消息"),
    ("路灯", "村口的路灯老是断电，孩子晚自习回来黑灯瞎火。请派人修。", "老是断电"),
    ("蛋糕", "生日蛋糕送来塌成一堆。赔钱！", "塌成一堆"),
    ("豆浆机", "豆浆机转着转着自动停，要拔了插头才行。请换一台。", "自动停"),
    ("窗帘", "送来的窗帘比约定的短开了三十公分，挂上去露一截。请重做。", "短开了三十公分"),
    ("检测", "问题描述：探头读数偏高\n数量：3只\n要求：更换", "探头读数偏高"),
    (
        "Harness",
        "Defect description: buckle slips under load\nQuantity: 12\nPlease replace.",
        "buckle slips under load",
    ),
    ("Candles", "The candles were soaked through when we opened the pallet. Please credit us.", "soaked through"),
    ("Tents", "Packing list says 40 tents but the box had 36. Please advise.", "says 40 tents but the box had 36"),
    ("Piano", "The tuner never turned up although he was booked for nine.", "never turned up"),
    ("Seeds", "Half of the trays are dead after one week in the greenhouse.", "are dead"),
    ("投诉客房", "保洁把行李堆在走廊，也没有打招呼，客人很生气。请处理。", "堆在走廊"),
]
WISHES = [
    ("葡萄苗", "苗全断了。要么补苗要么退钱，给个痛快话。", ("要么补苗要么退钱", "痛快话")),
    ("鱼缸", "鱼缸漏水。退钱！地板也得赔。", ("退钱", "地板也得赔")),
    ("锅炉", "锅炉又灭了。天黑前必须有人到，备件先寄过来。", ("必须有人到", "备件先寄过来")),
    ("舞台灯", "灯坏了六台。运费你们出，违约金按合同走。", ("运费你们出", "违约金按合同走")),
    ("地毯", "地毯起毛。派个懂行的人来看看，检查结果告诉我们一声。", ("派个懂行的人来看看", "检查结果告诉我们一声")),
    (
        "跑步机",
        "跑步机突然停机，老人摔了。\n我要求：\n当面道歉；\n医药费你们承担；\n同批机器先停用检查。",
        ("道歉", "医药费你们承担", "停用"),
    ),
    (
        "药柜",
        "药柜门板变形。\n要求：\nA. 12日前更换；\nB. 说明变形原因；\nC. 搬运费由贵司承担。",
        ("更换", "说明变形原因", "贵司承担"),
    ),
    (
        "花岗岩",
        "石材色差严重。现要求贵司：\n（一）全部拉回，退款\n（二）检测报告，三天内发我\n否则合作到此为止。",
        ("拉回", "退款", "检测报告"),
    ),
    ("电梯", "电梯停了九天。到底哪天能修好？", ("哪天能修好",)),
    ("Choir robes", "The robes shrank. Pls send new robes by Friday.", ("send new robes",)),
    (
        "Kayaks",
        "Two kayaks leak. Either get me sound ones or credit the pair.",
        ("get me sound ones", "credit the pair"),
    ),
    ("Ovens", "The oven trips daily. I want a working oven, and an explanation in writing.", ("oven", "explanation")),
    ("Pumps", "The pump failed again. Root cause analysis also to be given.", ("root cause analysis",)),
    ("Looms", "The loom jams. We expect from you\n- a new cam\n- a visit by your fitter", ("new cam", "visit")),
]
NO_WISH = [
    ("谢谢", "收到货了，很好，谢谢师傅。请查收附件照片。"),
    ("投诉", "司机昨天把箱子摔了，我们已经退货给仓库了。"),
    ("Thanks", "The kiln leaked at first. Looking forward to your reply."),
]


@pytest.mark.parametrize(("subject", "text", "words"), TROUBLES)
def test_the_trouble_is_read_by_its_form(read: Read, subject: str, text: str, words: str) -> None:
    found = read(subject, text).values("defect_or_issue")
    assert any(words.casefold() in value.casefold() for value in found), found


@pytest.mark.parametrize(("subject", "text", "words"), WISHES)
def test_what_is_asked_is_read_by_its_form(read: Read, subject: str, text: str, words: tuple[str, ...]) -> None:
    found = read(subject, text).values("demand")
    assert all(any(word in value.casefold() for value in found) for word in words), found


@pytest.mark.parametrize(("subject", "text"), NO_WISH)
def test_courtesy_and_what_was_done_are_no_demand(read: Read, subject: str, text: str) -> None:
    assert read(subject, text).values("demand") == ()
