"""Who writes and for whom, where no list knows the company's name: by where the words stand."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read

SIGNED = [
    ("灯带不亮，请换。\n青禾轻居 罗敏 13800006301", "青禾轻居", "罗敏"),
    ("灯带不亮，请换。\n罗敏 青禾轻居 13800006301", "青禾轻居", "罗敏"),
    ("灯带不亮，请换。\n罗敏 / 青禾轻居 / 13800006301", "青禾轻居", "罗敏"),
    ("灯带不亮，请换。\n罗敏 | 青禾轻居 行政", "青禾轻居", "罗敏"),
    ("水管裂了两根。\n长沙望岳灌溉 鲜于志 13800006302", "长沙望岳灌溉", "鲜于志"),
    ("水管裂了两根。\n谢永顺 13800006303", "", "谢永顺"),
    ("水管裂了两根。\n徽源茶铺 小蒋 13800006304", "徽源茶铺", "小蒋"),
    ("孩子被喷出的水烫伤送医院了，怎么办？", "", ""),
    ("我刚从附近的仁爱口腔医院出来，牙刷断了。", "", ""),
    ("桌子是在锦绣家园购物中心买的，腿断了。", "", ""),
    ("尊敬的望川公司客服：\n杯子漏水。\n孔令德", "", "孔令德"),
    ("季经理 你好\n杯子漏水。\n孔令德", "", "孔令德"),
    ("杯子漏水。\n色牢度我们测了，经向 -6.2%，请处理", "", ""),
    ("杯子漏水，请在说明上署名盖章", "", ""),
    ("我是该买水桶，还是该等你们？", "", ""),
    ("满意", "", ""),
]


@pytest.mark.parametrize(("text", "company", "person"), SIGNED)
def test_who_writes_is_told_by_place(read: Read, text: str, company: str, person: str) -> None:
    found = read("投诉", text)
    assert (found.value("customer_company"), found.value("contact")) == (company, person)
