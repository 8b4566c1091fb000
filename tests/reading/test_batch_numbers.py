"""Batch, heat, lot and date codes: behind a label, in a sentence, in a column, on the goods."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

NAMED = [
    ("批次写的R2507-15，表面起泡。", ["R2507-15"]),
    ("生产日期代码 2521，耐压不合格。", ["2521"]),
    ("DC2521的电容引脚发黑。", ["2521"]),
    ("周期码：2518、2521，上锡不良。", ["2518", "2521"]),
    ("批号我这边又核了一遍，是 7K2531A，花屏。", ["7K2531A"]),
    ("缸号/批号在吊牌背面，我拍下来是 G25-0711，色差。", ["G25-0711"]),
    ("箱子侧面喷的码是 YZ250708A3，卡纸。", ["YZ250708A3"]),
    ("瓶底印着 L250622C，发黄。", ["L250622C"]),
    ("包装背面：20250615 F2，里面有玻璃。", ["20250615F2"]),
    ("钢印号 H250711 的法兰开裂。", ["H250711"]),
    ("全是20250629A这个批的，漏加工。", ["20250629A"]),
    ("the 25C07 batch smells bad.", ["25C07"]),
    ("The reels carry two different date codes, 2518 and 2521. Wrong.", ["2518", "2521"]),
    ("Batch number on the drums reads 25-0711-B, colour is wrong.", ["25-0711-B"]),
    ("Lots 7K2231, 7K2232 and 7K2240 failed the leak test.", ["7K2231", "7K2232", "7K2240"]),
    ("炉批号：25L0711-2 探伤不合格", ["25L0711-2"]),
    ("桶号：T0711，里面结块。", ["T0711"]),
    ("品名\t批号\t不良数\n酸奶\t250702B\t14\n奶酪\t250703A\t6\n胀袋了", ["250702B", "250703A"]),
    (
        "品名: 洗洁精；生产批号: 250625-1；现象: 漏液\n品名: 洗手液；生产批号: 250703-2；问题描述: 正常",
        ["250625-1"],
    ),
    ("批号P2507-11，喷码 K0711、K0712，开裂。", ["P2507-11"]),
    ("机号 88-20517 的机器又停机了。", ["88-20517"]),
    ("批号是B2507-6，之前报的B2507-5不对。划伤。", ["B2507-6"]),
]
NONE = [
    "这批5000个全部有问题。",
    "a lot of trouble, 5000 pcs are wrong.",
    "批量不良，一共320件。",
    "电源 DC24V 不工作。",
    "瓶底印着一行字，看不清，漏液。",
    "生产日期2025年7月1日，已经发霉。",
    "第二批货到了，外箱破损，电话13800006123。",
    "同批次产品没有检测报告。",
]


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_the_number_of_the_batch(read: Read, text: str, expected: list[str]) -> None:
    details = read("质量问题", text)
    assert list(details.values("batch_no")) == expected, details.findings


@pytest.mark.parametrize("text", NONE)
def test_other_words_are_no_batch(read: Read, text: str) -> None:
    assert read("质量问题", text).values("batch_no") == ()
