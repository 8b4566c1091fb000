"""How grave: forms of sentences of many trades, each with words no list was written for."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

_USUAL = (
    "椅子的一个把手断了，麻烦补寄一个。",
    "外箱被压坏，里面两瓶漏了，请补发。",
    "刹车片少发了两套，请补发。",
    "这次来的毛巾掉色，洗了三次就花了。",
    "保洁阿姨三天没来打扫，楼道很脏。",
    "发票抬头开错了，请作废重开。",
    "晚到了两天，仓库有意见，下次注意。",
    "空调外机噪音大，晚上睡不好觉。",
    "没有人受伤，也没有停线，只是包装破了。",
    "停车场多收了我20块，请退。",
    "媒体播放器打不开，换一台。",
    "你们客服说话不耐烦，我不太满意。",
    "我是律师事务所的行政，订的信封印歪了。",
    "抖音店铺买的杯子有划痕，要求换一个。",
    "The lid of one bottle is cracked, please send another.",
    "Two chairs arrived with scratches on the arms.",
    "The PDF you sent will not open, we cannot open the file.",
    "Wrong colour delivered, please exchange.",
    "Your invoice shows the wrong VAT number.",
    "The delivery was two days late again.",
)
_GRAVE = (
    "热水壶盖子弹开，开水溅到我女儿手上，起了水泡。",
    "货架上层板断了，差一点砸到理货的阿姨。",
    "电动车骑着骑着前轮锁死，我摔了一跤，膝盖缝了四针。",
    "奶奶在大堂湿地上滑倒骨折，现在还躺着。",
    "充电宝放床头自己冒烟，床单烧了个洞。",
    "洗衣机外壳一摸手就麻，地线根本没接。",
    "客梯昨晚把两个外卖员关在里面四十分钟。",
    "小孩吃了你们的果冻以后上吐下泻，挂了急诊。",
    "刹车踩下去软绵绵的，刹不住。",
    "氨机房法兰漏氨，氨气泄漏，人都撤出来了。",
    "收银系统从中午挂到现在，门店没法营业。",
    "料还没到，我们两条线都停着，三十号人等米下锅。",
    "手术室的无影灯不亮，今天的手术都做不了。",
    "冷库压缩机趴窝，库里货要坏，整库都得报废。",
    "这批螺丝抽检全部不合格，已经整批隔离。",
    "送来的苗子一棵都活不了，整车都烂了根。",
    "整柜货到港一看都发霉了。",
    "再拖我就去卫健委反映。",
    "请于三日内答复，否则我方将通过诉讼途径解决。",
    "消防大队来检查，说你们装的烟感不合格，责令整改。",
    "再不解决就换一家物业，业委会开会表决。",
    "年度供货协议我们准备解除。",
    "再不退款我就发到小红书上让大家看看。",
    "再不给说法我就找电视台记者来。",
    "甩出来个铁片，把操作工脸划了道口子。",
    "唔该快啲，條生產線已經停咗，成班人等料。",
    "The seat collapsed and my mother hit her head; she needed five stitches.",
    "Sparks came out of the socket when my son plugged in the lamp.",
    "The lift dropped half a floor with three of us inside.",
    "Our bakery cannot trade today because the oven you serviced is dead.",
    "The filling line has stopped and the operators are sitting idle.",
    "The whole consignment is mouldy, we had to quarantine the lot.",
    "If we do not hear from you by Friday we will report this to trading standards.",
    "Our legal department has been informed.",
    "We will take our business elsewhere if this is not settled.",
    "Two guests became ill after eating your salad.",
    "The brakes failed on the first hill; I nearly hit a child.",
    "We were fined 3,000 euros because of your labels.",
)
_WORST = (
    "视频昨晚已经发到抖音上，三十多万播放，评论都在骂。",
    "晚报的记者已经来店里采访了。",
    "我已经把全过程挂到黑猫投诉上了。",
    "业主群里都在讨论这段视频，本地公众号也发了文章。",
    "你们配送员把我爸推倒在地还动手打人。",
    "一百多名业主拉横幅要说法。",
    "幼儿园十几个孩子吃完呕吐发烧送医。",
    "热水器漏一氧化碳，老人没抢救过来。",
    "工地吊带断裂砸死一人，两人重伤，死亡原因在查。",
    "It is already all over Facebook with 40,000 views.",
    "A TV crew turned up at our shop this morning.",
    "Your driver punched our receptionist.",
    "Fourteen children were taken ill after lunch.",
    "A worker was killed when the sling snapped.",
)


@pytest.mark.parametrize(
    ("text", "grade"),
    [*((text, "一般") for text in _USUAL), *((text, "重大") for text in _GRAVE), *((text, "恶性") for text in _WORST)],
)
def test_the_grade_rests_on_the_form_of_the_sentence(read: Read, text: str, grade: str) -> None:
    assert read("投诉", text).values("severity") == (grade,)
