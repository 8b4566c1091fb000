"""Gravity, hints and demands: what words mean when they are denied, supposed, courteous or stand in lists."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read


@pytest.mark.parametrize(
    ("text", "gravity"),
    [
        ("幸好没有停线，就是外壳有划痕", "一般"),
        ("如果导致停线，后果很严重；目前两件有毛刺", "一般"),
        ("油位报警三次，密封圈漏油", "一般"),
        ("We are a hospital in Leeds; two of the lamps flicker.", "一般"),
        ("Hi Sue, the fire door you sent is scratched.", "一般"),
        ("The battery died after an hour and the cover is cracked.", "一般"),
        ("我们不想打12315，也不想起诉，只要把破损的换掉", "一般"),
        ("产线停了半天，全是接触不良", "重大"),
        ("整个财务部干坐着没法开票", "重大"),
        ("再不解决，合同到期不续了", "重大"),
        ("如果周五前不解决，我们就起诉", "重大"),
        ("货被海关扣了，说是标签不符", "重大"),
        ("The line is down because of your relay.", "重大"),
        ("If this is not solved we will take legal action over the damaged parts.", "重大"),
        ("再不退款我就发抖音曝光", "重大"),
        ("视频在微博上已经有三十万阅读量", "恶性"),
        ("你们的保安把业主打伤了", "恶性"),
    ],
)
def test_gravity_heeds_denial_and_supposition(read: Read, text: str, gravity: str) -> None:
    assert read("投诉", text).value("severity") == gravity


@pytest.mark.parametrize(
    ("subject", "text", "hint"),
    [
        ("骗子公司", "", "无效倾向"),
        ("骗子公司", "7月10日买的水泵漏水，订单号KM-2507-040，一直不处理。", "待查"),
        ("投诉前台", "5月8日那天前台态度很差，爱理不理。", "无效倾向"),
        ("投诉前台", "昨天前台态度很差，爱理不理。", "待查"),
        ("面包里有东西", "吃出一根铁丝，5万块私了，不给就全网发。", "恶意倾向"),
    ],
)
def test_hints_rest_on_evidence(read: Read, subject: str, text: str, hint: str) -> None:
    assert read(subject, text).value("validity_hint") == hint


@pytest.mark.parametrize(
    "text",
    [
        "合页有划痕，请查收附件照片，请知悉。",
        "The hinges are scratched. Please find the photos attached.",
        "合页有划痕，请勿回复本邮件。",
    ],
)
def test_courtesy_is_no_demand(read: Read, text: str) -> None:
    assert read("反馈", text).values("demand") == ()


def test_lists_are_kept_apart(read: Read) -> None:
    text = (
        "收货后发现三个问题：\n1、外箱破损两只；\n2、标签贴错；\n3、内衬少了一层。\n\n"
        "要求：\n1、补发内衬；\n2、书面说明原因；\n3、承担重新包装的费用。\n"
    )
    details = read("反馈单", text)
    assert details.values("defect_or_issue") == ("外箱破损两只", "标签贴错", "内衬少了一层")
    assert details.values("demand") == ("补发内衬", "书面说明原因", "承担重新包装的费用")


def test_an_unticked_box_is_no_demand(read: Read) -> None:
    details = read("异常单", "不良描述：端子氧化\n处置：□特采 ■换货 □退货\n")
    assert details.values("demand") == ("换货",)


def test_every_trigger_of_the_grade_is_shown(read: Read) -> None:
    details = read("投诉", "设备漏电，一名工人触电送医，产线已经停线，再不处理就找律师。")
    assert details.values("severity") == ("重大",)
    words = [item.words for item in details.findings if item.field == "severity"]
    assert {"触电", "停线", "律师"} <= set(words)
    assert len(words) == len(set(words)) <= 5


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("上批也有这个毛病，这次轴承又出现异响。", True),
        ("已经是第三次发错货了，轴承型号不对。", True),
        ("The bearings are noisy. This is the third time.", True),
        ("轴承异响，请分析原因，避免类似的质量问题再次发生。", False),
        ("轴承异响，请采取措施防止再次发生。", False),
        ("The bearings are noisy. Please make sure it never happens again.", False),
        ("轴承异响，请第二次送样前先确认。", False),
    ],
)
def test_trouble_that_came_before_is_hinted_at(read: Read, text: str, repeated: bool) -> None:
    assert read("投诉", text).values("repeat_hint") == (("重复",) if repeated else ())
