"""Deadlines, days of trouble, companies and contacts in mails of many trades."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

# Read on Wednesday 16 July 2025, 10:30 in UTC+8.
DEADLINES = [
    ("锅炉又灭火了，明天上午派人来。", "2025-07-17"),
    ("窗户漏雨，今天下班前给我答复。", "2025-07-16"),
    ("面料色差，这周五之前必须换货。", "2025-07-18"),
    ("轮胎鼓包，3天内给处理意见。", "2025-07-19"),
    ("投影仪坏了，限你们两个工作日解决。", "2025-07-18"),
    ("水泵不转，下午四点前必须有人到。", "2025-07-16T16:00"),
    ("水泵不转，明天务必派人，上午十点前到场。", "2025-07-17T10:00"),
    ("灯不亮。期望完成时间：7月25日", "2025-07-25"),
    ("灯不亮。①24小时内派人到现场。", "2025-07-17T10:30"),
    ("门坏了，月底前必须修好。", "2025-07-31"),
    ("The pump leaks. Please reply by EOD Friday.", "2025-07-18"),
    ("The belt is torn. We need the spare by the 21st.", "2025-07-21"),
    ("The lamps flicker. A new set has to be on site by Friday 25 July, please.", "2025-07-25"),
    ("The seal is cracked. Send a credit note by close of business.", "2025-07-16"),
    ("The doors are scratched. Replace them no later than 20 July.", "2025-07-20"),
    ("消防要求我们五天内提交材料，烟感误报。", ""),
    ("一个月内坏了三次，太差了。", ""),
    ("上个月25号约定的，你们说周五给回复。", ""),
]


@pytest.mark.parametrize(("text", "value"), DEADLINES)
def test_by_when_something_is_asked_of_us(read: Read, text: str, value: str) -> None:
    assert read("投诉", text).value("requested_deadline") == value


HAPPENED = [
    ("昨天上午到的货，外箱全破了。", "2025-07-15"),
    ("7月10号下单，7月14号开箱发现少了两只。", "2025-07-14"),
    ("发现日期：7月12日\n缺件三套。", "2025-07-12"),
    ("凌晨三点2号空压机跳了，起不来。", "2025-07-16"),
    ("上周五夜里发生漏水，楼下也泡了。", "2025-07-11"),
    ("合同写的7月9号到，拖到今天还没见着货，要求赔偿。", "2025-07-09"),
    ("三天前收到的瓷砖有裂纹。", "2025-07-13"),
    ("Received on 3 July, two cartons were broken.", "2025-07-03"),
    ("The drive has been down since last Friday.", "2025-07-11"),
    ("生产日期2025年6月3日的饼干受潮。", ""),
    ("五把椅子开裂。\n谢谢\n地址：苏州市木渎镇12号", ""),
    ("今天都16号了，灯还不亮，质量太差。", ""),
]


@pytest.mark.parametrize(("text", "value"), HAPPENED)
def test_when_the_trouble_happened(read: Read, text: str, value: str) -> None:
    assert read("质量投诉", text).value("happened_on") == value


NAMES = [
    ("灯带烧了，赔偿。\n谢谢\n青禾物联 沈小满 13600001122", "青禾物联", "沈小满"),
    ("叉车漏油，来修。\n谢谢\n白塔热力 阙师傅", "白塔热力", "阙师傅"),
    ("我是长桥县周家五金店的，扳手断了，退货。", "长桥县周家五金店", ""),
    ("王姐，面粉发霉了，退货。\n谢谢\n桃源面业有限公司二车间 郗敏", "桃源面业有限公司", "郗敏"),
    ("泵坏了，投诉。\n此致\n柳林镇污水处理站 苟志远", "柳林镇污水处理站", "苟志远"),
    ("箱子破了，投诉。\n谢谢\nKelvin 简\n13600001122", "", "Kelvin 简"),
    ("维保对接人由原周凤变更为樊一帆，电话13600001122。", "", "樊一帆"),
    ("北山餐饮：\n碗有裂，退货。\n谢谢\n南浦酒楼 陆大海", "南浦酒楼", "陆大海"),
]


@pytest.mark.parametrize(("text", "company", "contact"), NAMES)
def test_who_writes(read: Read, text: str, company: str, contact: str) -> None:
    details = read("投诉", text)
    assert (details.value("customer_company"), details.value("contact")) == (company, contact)


def test_a_company_is_known_by_its_domain_and_a_job_is_none(read: Read) -> None:
    text = "Marcy from Bluefin Fixtures here. The hinges are broken, we complain."
    assert read("Broken", text, ("", "m@bluefin-fixtures.example")).value("customer_company") == "Bluefin Fixtures"
    signed = "The lamps are broken, replace them.\n\nRegards,\nDan Mbeki\nChief Engineer, Heron Bay Hotel\n"
    assert read("Broken", signed).value("customer_company") == "Heron Bay Hotel"
