"""A shop or platform is where something was bought, not who writes; whoever signs as a shop is one."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

BOUGHT = [
    "我在你们公司官方旗舰店买的空气净化器坏了，订单号：TB20250701，请换货。\n李娟 13800001234",
    "在公司官方旗舰店购买的热水器漏水，要求退货。\n张伟",
    "我在天猫格力官方旗舰店买的空调不制冷，请派人维修。",
    "在京东美的电器专卖店下单的电饭煲有裂纹，要求换货。\n赵丽",
    "从拼多多品牌旗舰店拍下的水杯漏水。",
    "抖音直播间买的，店铺是源氏木语家居旗舰店，床头柜开裂。",
    "你们海信电器旗舰店买的空调坏了",
    "海信电器旗舰店发来的空调坏了，请换。\n钱进",
    "购自：海信电器官方旗舰店\n电视花屏，请处理。",
    "热水器漏水。\n购买店铺：万和电气官方旗舰店\n王芳 13800001235",
    "在格力电器股份有限公司官方旗舰店买的空调不制冷，请维修。\n王芳",
    "淘宝店铺名：品牌专营店，买的灯坏了。",
    "I bought the purifier in the Anker Official Store on Amazon and it stopped working. Please replace it.\nJohn Hill",
    "The kettle leaks. Ordered on eBay, sold by Kitchen Goods Store.\nMary Poe",
]


@pytest.mark.parametrize("text", BOUGHT)
def test_where_something_was_bought_is_no_customer(read: Read, text: str) -> None:
    assert read("产品坏了", text).values("customer_company") == ()


WRITES = [
    ("我们店里到的这批杯子有划痕，请换货。\n\n李强\n宁波甬江家居旗舰店\n13800001234", "宁波甬江家居旗舰店"),
    ("这批货短少两箱，请补发。\n\n张敏\n苏州山塘茶具专卖店", "苏州山塘茶具专卖店"),
    ("发票抬头有误，请重开。\n\n刘洋\n北京京东世纪贸易有限公司", "北京京东世纪贸易有限公司"),
    ("我司在天猫下单的球阀漏水，请换货。\n\n王强\n东港热电设备有限公司", "东港热电设备有限公司"),
    ("公司名称：宁波甬江家居旗舰店\n这批杯子有划痕，请换货。", "宁波甬江家居旗舰店"),
]


@pytest.mark.parametrize(("text", "company"), WRITES)
def test_a_shop_that_signs_and_a_company_that_bought_in_one_are_the_customer(
    read: Read, text: str, company: str
) -> None:
    assert read("这批货有问题", text).values("customer_company") == (company,)
