"""Invented mails of other trades and tones: trouble, demands, gravity and days, each in words of the mail."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

# subject, text, (words of troubles), (words of demands), gravity, deadline, kind
MAILS = [
    (
        "关于A3水泵漏油的问题",
        "贵司上月供的6台液压泵站，其中2台运行三天后轴端漏油，油位报警。请安排售后到现场检修，并书面说明原因，本周五前回复。",
        ("轴端漏油",),
        (
            "安排售后到现场检修",
            "书面说明原因",
        ),
        "一般",
        "2025-07-18",
        "complaint",
    ),
    (
        "衬衫退货",
        "7月12日到货的白色衬衫500件，抽检发现领口变形、线头多，还有30件尺码不准。要求整批退货，退款请在3个工作日内打回。",
        (
            "领口变形",
            "尺码不准",
        ),
        (
            "整批退货",
            "退款",
        ),
        "重大",
        "2025-07-21",
        "complaint",
    ),
    (
        "冷链超温",
        "昨天到的冻虾，温度记录仪显示途中最高到零下3度，有6箱已经化冻。我们拒收，请赔偿货值并给出超温原因。",
        ("化冻",),
        (
            "赔偿货值",
            "给出超温原因",
        ),
        "一般",
        "",
        "complaint",
    ),
    (
        "会议桌",
        "桌面接缝处翘边，抽屉滑轨卡，师傅来装的时候态度很差。能不能换个新桌面？",
        (
            "翘边",
            "滑轨卡",
        ),
        ("换个新桌面",),
        "一般",
        "",
        "complaint",
    ),
    (
        "系统问题",
        "从昨天升级之后报表一直打不开，导出也是空白的，财务没法对账。麻烦今天下班前处理好。",
        ("报表一直打不开",),
        ("处理好",),
        "一般",
        "2025-07-16",
        "complaint",
    ),
    (
        "电梯困人",
        "今天早上8点3号楼电梯又把人困住了，里面有个孕妇，消防来了才救出来。请马上停用检修，给全体业主一个书面说明。",
        ("困人",),
        (
            "停用检修",
            "书面说明",
        ),
        "重大",
        "",
        "complaint",
    ),
    (
        "Late pallets",
        (
            "Dear team, the two pallets for our Lyon warehouse have not arrived, they "
            "were due on Monday. The driver never called. Please deliver tomorrow before "
            "noon and confirm the slot by e-mail."
        ),
        ("have not arrived",),
        (
            "deliver tomorrow",
            "confirm the slot",
        ),
        "一般",
        "2025-07-17T12:00",
        "complaint",
    ),
    (
        "Broken mixers",
        (
            "Hello, 3 of the 20 mixers do not switch on and one has a cracked bowl. We "
            "need replacements this week and a credit note for the return freight."
        ),
        ("mixers",),
        (
            "replacements",
            "credit note",
        ),
        "一般",
        "",
        "complaint",
    ),
    (
        "Injury",
        (
            "One of our operators was burned when the hose burst at the coupling. Production "
            "is stopped. Please send an engineer immediately and stop all shipments of "
            "this batch."
        ),
        ("hose burst",),
        (
            "send an engineer",
            "stop all shipments",
        ),
        "重大",
        "",
        "complaint",
    ),
    (
        "真是佩服",
        "真是佩服贵司的效率，一张发票开了三次，三次都是错的，抬头、税号、金额轮着错。请问第四次能对吗？",
        ("都是错的",),
        (),
        "一般",
        "",
        "complaint",
    ),
    (
        "一点小意见",
        "咖啡豆整体不错，就是这次烘焙得好像偏深了一点，客人说有点苦。不用退，下次注意就好。",
        ("偏深",),
        (),
        "一般",
        "",
        "complaint",
    ),
    (
        "停线预警",
        "贵司6月28日应到的连接器至今未到，产线库存只够两天，再不到我们就要停线了。请今天回复准确到货时间。",
        ("至今未到",),
        ("准确到货时间",),
        "",
        "2025-07-16",
        "complaint",
    ),
    (
        "没有停线",
        "这批端子有12只压接不良，好在发现得早，没有停线，也没影响出货。请分析一下原因，7月25日之前给8D。",
        ("压接不良",),
        (
            "分析",
            "8D",
        ),
        "一般",
        "2025-07-25",
        "complaint",
    ),
    (
        "无人受伤",
        "货架横梁昨天掉下来一根，幸好无人受伤。请派人把所有横梁检查一遍并加固。",
        ("横梁昨天掉下来",),
        ("派人把所有横梁检查",),
        "",
        "",
        "complaint",
    ),
    (
        "网上曝光",
        "你们快递员踹门的视频已经在抖音上传开了，二十多万播放。公司要是不道歉，我们业主会一起起诉。",
        ("踹门",),
        ("道歉",),
        "恶性",
        "",
        "complaint",
    ),
    (
        "再拖就找媒体",
        "押金拖了两个月不退，每次都说在走流程。本月20号前不退，我就打12345，再找媒体。",
        (
            "押金",
            "不退",
        ),
        (),
        "重大",
        "2025-07-20",
        "complaint",
    ),
    (
        "证书",
        "请提供这批铝棒的材质证明和RoHS报告，客户周四验厂要用。",
        (),
        ("材质证明",),
        "",
        "2025-07-17",
        "inquiry",
    ),
    (
        "退货申请",
        "现申请退货：HX-20型接头40只，原因是螺纹规格不符（要G1/2，来的是R1/2）。请给退货地址。",
        ("螺纹规格不符",),
        ("退货地址",),
        "一般",
        "",
        "complaint",
    ),
    (
        "投诉贵司司机",
        "贵司司机昨天送货到我仓库，不按要求戴安全帽，还跟我们保安吵架，把闸杆撞坏了。要求更换司机并赔偿闸杆维修费800元。",
        ("闸杆撞坏",),
        (
            "更换司机",
            "赔偿",
        ),
        "一般",
        "",
        "complaint",
    ),
    (
        "8月账单",
        "8月份服务费比合同多收了1200元，打电话问了三次没人说得清。请核对后把多收的退给我们。",
        ("多收了1200元",),
        ("多收的退",),
        "一般",
        "",
        "complaint",
    ),
    (
        "Wrong labels",
        (
            "We received 40 drums yesterday. The labels say 25 kg but the drums hold "
            "20 kg. Could you please correct the invoice and ship the missing 200 kg "
            "by 25 July?"
        ),
        ("labels",),
        (
            "correct the invoice",
            "ship the missing",
        ),
        "",
        "2025-07-25",
        "complaint",
    ),
    (
        "Re: Cracked tiles [TS-2025-0044]",
        (
            "It is two weeks now and we still have no answer. The customer threatens "
            "to cancel the contract. When will the replacement tiles be shipped?"
        ),
        (),
        ("replacement tiles",),
        "重大",
        "",
        "followup",
    ),
    (
        "胶水",
        "贵司的胶这批固化慢，附着力也不够，出去的样品全开胶了。麻烦尽快换一批，顺便把运费承担一下。",
        (
            "固化慢",
            "开胶",
        ),
        (
            "换一批",
            "运费承担",
        ),
        "一般",
        "",
        "complaint",
    ),
    (
        "RoHS超标",
        "SGS报告显示贵司塑胶粒镉含量320ppm，超过RoHS限值。客户已经扣货，请立即停止供货并提交全部批次的检测报告。",
        ("超标",),
        (
            "停止供货",
            "检测报告",
        ),
        "",
        "",
        "complaint",
    ),
    (
        "发票",
        "上个月的发票一直没收到，财务要关账了，周三之前能寄到吗？",
        ("没收到",),
        (),
        "",
        "2025-07-16",
        "complaint",
    ),
    (
        "快件破损",
        "今天签收的时候发现箱子被压扁了，里面的显示器屏幕碎裂。已经拍照，请48小时内给理赔方案。",
        ("屏幕碎裂",),
        ("理赔方案",),
        "一般",
        "2025-07-18T10:30",
        "complaint",
    ),
    (
        "软件卡",
        "CRM这两天特别慢，点一下要转半分钟，销售都在骂。能不能派个人看看？",
        ("特别慢",),
        ("派个人看看",),
        "一般",
        "",
        "complaint",
    ),
    (
        "食品安全",
        "学校食堂反映，用了贵司7月14日送的豆腐后，有7名学生出现呕吐腹泻，已送医院。疾控中心下午会来取样，请立即封存同批产品。",
        ("呕吐",),
        ("封存同批产品",),
        "恶性",
        "",
        "complaint",
    ),
    (
        "关于贵司服务",
        "前台接待全程玩手机，问三句答一句，我等了四十分钟没人管。希望贵司加强管理，并给我一个道歉。",
        ("玩手机",),
        ("道歉",),
        "一般",
        "",
        "complaint",
    ),
    (
        "空调",
        "办公室空调不制冷，报修单7月9日提的，到现在师傅都没来。明天下午3点前必须有人来修。",
        ("不制冷",),
        ("来修",),
        "一般",
        "2025-07-17T15:00",
        "complaint",
    ),
    (
        "Order 8812 short",
        (
            "Only 180 of 200 chairs were delivered and six have loose legs. Please make "
            "up the shortage no later than next Friday. No need to collect the loose "
            "ones, we will fix them."
        ),
        ("180 of 200",),
        ("make up the shortage",),
        "一般",
        "2025-07-25",
        "complaint",
    ),
    (
        "質量異常通知",
        "貴司 7/10 交貨之墊片，厚度實測 1.8mm，圖面要求 2.0±0.05，共 3,000 片。煩請於三日內提出改善對策，並安排換貨。",
        ("厚度實測",),
        (
            "改善對策",
            "換貨",
        ),
        "一般",
        "2025-07-19",
        "complaint",
    ),
    (
        "【系统通知】供应商品质异常单 QN-77812",
        "异常描述：连接器端子氧化\n不良数：18\n处理要求：挑选、补货\n回复期限：2025-07-18\n本邮件由系统自动发送",
        ("端子氧化",),
        ("挑选",),
        "一般",
        "2025-07-18",
        "complaint",
    ),
]


@pytest.mark.parametrize(("subject", "text", "troubles", "wishes", "gravity", "deadline", "kind"), MAILS)
def test_what_a_mail_says(
    read: Read,
    subject: str,
    text: str,
    troubles: tuple[str, ...],
    wishes: tuple[str, ...],
    gravity: str,
    deadline: str,
    kind: str,
) -> None:
    answered = {"in_reply_to": "earlier@us.example"} if subject.startswith("Re:") else {}
    details = read(subject, text, **answered)
    assert details.kind.value == kind
    for name, words in (("defect_or_issue", troubles), ("demand", wishes)):
        found = details.values(name)
        assert all(any(word in value for value in found) for word in words), (name, found)
    assert not gravity or details.value("severity") == gravity
    assert details.value("requested_deadline") == deadline
