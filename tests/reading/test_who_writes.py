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
    ("球阀爆裂，烫伤一名操作工，已送医院。要求立即派人处理。", "", ""),
    ("球阀爆裂，工人已送市第一医院治疗。", "", ""),
    ("球阀爆裂，伤者急送县人民医院。", "", ""),
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


HOLDING_SIGNS = [
    "山东硕岩给排水工程有限公司",
    "贵州华锦铝业有限公司",
    "贵阳新天光电科技有限公司",
    "广西贵港东晖医疗器械有限公司",
    "江西贵溪铜材有限公司",
    "福建将乐积善竹业有限公司",
    "浙江给力机械有限公司",
    "西藏那曲瑞昌煤业有限公司",
    "上海自来水给水设备厂有限公司",
    "青岛富贵木业有限公司",
    "北京致远互联软件有限公司",
    "广州从化鳌头塑胶有限公司",
    "湖南向阳水泵有限公司",
    "上海找钢科技有限公司",
    "苏州供给侧科技有限公司",
]


@pytest.mark.parametrize("company", HOLDING_SIGNS)
def test_a_name_that_begins_with_a_place_is_read_whole_whatever_signs_it_holds(read: Read, company: str) -> None:
    for text in (
        f"您好，泵漏水，请处理。\n\n{company}\n周海涛",
        f"我们是{company}，收到的泵漏水。",
        f"这批泵发到{company}就漏水，请处理。\n周海涛",
        f"泵漏水，请处理。\n周海涛 {company} 13800006301",
    ):
        assert read("投诉", text).value("customer_company") == company, text


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("货从上海发到河北禾川管道有限公司，漏水。", "河北禾川管道有限公司"),
        ("上海寄到河北禾川管道有限公司的泵漏水。", "河北禾川管道有限公司"),
        ("我们是去年在贵州给河北禾川管道有限公司做的项目，泵漏水。", "河北禾川管道有限公司"),
        ("华润天津医药有限公司\n泵漏水，请处理。\n\n华润天津医药有限公司\n周海涛", "华润天津医药有限公司"),
    ],
)
def test_a_place_in_a_sentence_is_no_beginning_of_a_name(read: Read, text: str, company: str) -> None:
    assert read("投诉", text).value("customer_company") == company
