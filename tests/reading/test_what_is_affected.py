"""How many are affected: in many trades, in digits and words; not what was delivered, sampled, packed or asked."""

from __future__ import annotations

import pytest

from mailflow.domain.model import SUPERSEDED
from tests.reading.conftest import Read

AFFECTED = [
    ("三台都这样，开机就跳闸。", ["三台"]),
    ("10箱里有3箱压坏了。", ["3箱"]),
    ("3 out of 50 valves leak.", ["3"]),
    ("每箱少2包，40箱都是这样。", ["2包"]),
    ("少了整整两托，司机说就这么多。", ["两托"]),
    ("还差我两个托，单子上写的7托，仓库说只有5托。", ["两个托"]),
    ("送来六把椅子坏了俩。", ["俩"]),
    ("水杯碎了五件（5件），请补。", ["五件"]),
    ("一百零三颗灯珠死灯。", ["一百零三颗"]),
    ("上周换上去的16个灯头，昨晚又灭了5个。", ["5个"]),
    ("Delivered: 2.500 pcs, the entire lot is rejected, wrong marking.", ["2.500 pcs"]),
    ("零件号\t批次\t到货数\t不良数\nKM-3060\t250708B\t600\t37\n停线了！", ["37"]),
    ("品名\t应收\t实收\t短缺\n毛巾\t200\t188\t12\n浴巾\t50\t50\t0\n请补。", ["12"]),
    ("货名: 管钳；单上数: 12把；实到: 8把；缺: 4把", ["4把"]),
    ("供货数量: 320盏\n问题数量: 26盏\n进水了", ["26盏"]),
    ("偏色的一共是1260米，没法用。", ["1260米"]),
    ("600多块的四件套，一水就掉色。", []),
    ("床是1.8米的，床板裂了。", []),
    ("25公斤桶的清洗剂漏了4桶。", ["4桶"]),
    ("20粒装的水饺，全数150箱标签漏印。", ["150箱"]),
    ("色温3000K的射灯有64盏发绿。", ["64盏"]),
    ("Out of the 210 fitted I count 64 that are visibly off.", ["64"]),
    ("按合同第十二条，逾期要罚款。", []),
    ("肋骨断了两根，是你们的梯子断的！", []),
    ("电梯夹了孩子一只手，吓死人了。", []),
    ("到今天一根没见着，380根半轴全线等着，逾期6天！", ["380根"]),
    ("收到的五十箱苹果，烂了十几箱。", ["十几箱"]),
    ("Of the 34 cartons delivered, two were soaked through.", ["two"]),
    ("Eleven cartons arrived crushed, the other 89 are fine.", ["Eleven cartons"]),
    ("请先安排300件良品过来，这次不良37件。", ["37件"]),
    ("库存还有200件没用，用过的里面有9件开裂。", ["9件"]),
    ("抽检80件，不合格6件，退货！", ["6件"]),
    ("短装12卷，请补发12卷。", ["12卷"]),
    ("到货100件，其中20件外壳划伤，5件缺螺丝。", ["20件", "5件"]),
    ("数量也不是8把，后来又翻出来一箱，一共是11把。缺扶手。", ["11把"]),
    ("3*40HQ 又被甩柜了，船都开了。", ["3*40HQ"]),
    ("我们投诉过三次，打了5个电话，2个小时没人回。", []),
    ("不良率2.3%，要求改善。", []),
    ("8把椅子没有气杆，3把少了螺丝包。", ["8把", "3把"]),
    ("500米电缆短了17米。", ["17米"]),
    ("包裹里一件都没有，空的！", []),
    ("Box 3 was short 4 pcs.", ["4 pcs"]),
    ("We are missing seven rolls.", ["seven rolls"]),
    ("差1.2吨，过磅单附后。", ["1.2吨"]),
    ("先拆开一箱就漏了，后来8箱都漏。", ["8箱"]),  # one among many weighs less than the many
    ("1台冒烟，3台不启动。", ["3台"]),
    ("一把椅子坏了。", []),  # 一 is an article here, as "a" is
    ("一个轴承坏了，要求换货。", []),
    ("坏的不是8箱，仔细清点后是11箱，有2箱渗油。", ["11箱", "2箱"]),  # what was taken back is replaced some words on
]


@pytest.mark.parametrize(("text", "expected"), AFFECTED)
def test_what_is_affected(read: Read, text: str, expected: list[str]) -> None:
    details = read("投诉", text + "\n要求处理，我们很不满意。")
    assert list(details.values("quantity")) == expected, (details.kind, details.findings)


def test_a_count_that_replaces_one_taken_back_is_as_sure_as_any(read: Read) -> None:
    details = read("投诉", "坏的不是8箱，仓库同事今天仔细清点了一遍，是11箱。")
    found = {item.value: item.confidence for item in details.findings if item.field == "quantity"}
    plain = read("投诉", "坏了11箱。")
    sure = next(item.confidence for item in plain.findings if item.field == "quantity")
    assert found == {"8箱": SUPERSEDED, "11箱": sure}


LINES = [
    ("请报价：QY-12 密封圈 500 / 1,000 / 3,000 pcs", ["500", "1,000", "3,000 pcs"]),
    ("下单：\n升降桌 1.4米 白色 6张\n椅子 15把", ["6张", "15把"]),
    ("采购订单\n品名\t规格\t数量\n螺栓\tM8x40\t2000\n螺母\tM8\t3500\n请安排生产", ["2000", "3500"]),
    ("请订舱，品名手动葫芦，1*20GP + 2*40HQ，毛重47,300 KGS", ["1*20GP", "2*40HQ"]),
]


@pytest.mark.parametrize(("text", "expected"), LINES)
def test_every_line_of_an_order_or_enquiry(read: Read, text: str, expected: list[str]) -> None:
    details = read("采购订单", text)
    assert list(details.values("quantity")) == expected, (details.kind, details.findings)
