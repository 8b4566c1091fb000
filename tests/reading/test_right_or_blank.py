"""Numbers, days, codes, people and goods that are something else than they look, in sentences of many trades."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.domain.model import Kind
from tests.reading.conftest import Read

ASKED = "\n要求处理，我们很不满意。"
SUNDAY = datetime(2025, 7, 20, 2, 30, tzinfo=UTC)
COLLEAGUE = ("王五福", "wangwu@us.example")


@pytest.mark.parametrize(
    "text",
    [
        "请提交8D报告，密封圈漏油。",
        "4M变更没有通知，密封圈漏油。",
        "电缆 YJV 1*50 绝缘破损，不能用。",
        "3000K 色温偏绿，灯不行。",
        "日期代码 2521 的电容失效。",
        "D/C 2531 的芯片不良。",
        "缺 EN 10204 3.1 证书。",
        "GB/T 3098 对不上，螺栓断了。",
        "ISO 9001 证书过期。",
    ],
)
def test_a_code_or_a_standard_counts_nothing(read: Read, text: str) -> None:
    assert read("投诉", text + ASKED).values("quantity") == ()


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("20 台到货后漏油。", ("20 台",)),
        ("20台到货就漏油。", ("20台",)),
        ("50件到的时候外箱破了。", ("50件",)),
        ("5台到厂3台漏油。", ("3台",)),
        ("60箱收到后8箱受潮。", ("8箱",)),
        ("100件已到货，外箱破了4件。", ("4件",)),
    ],
)
def test_what_came_and_then_broke_is_counted(read: Read, text: str, counts: tuple[str, ...]) -> None:
    assert read("投诉", text + ASKED).values("quantity") == counts


def test_the_numbers_of_lines_are_neither_counts_nor_models(read: Read) -> None:
    table = "Item\tDescription\tPart no.\tQty\n10\tGate valve\tJT-Z45X-050\t40\n20\tStrainer\tJT-GL41-050\t25\n"
    details = read("Purchase order", "Please find our order below.\n" + table)
    assert details.values("quantity") == ("40", "25")
    assert details.values("model") == ("JT-Z45X-050", "JT-GL41-050")


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("产品：QF41-10P，漏水。", ("QF41-10P",)),
        ("货品：HT220 坏了。", ("HT220",)),
        ("REF: AB-1203 leaks badly, please replace it.", ("AB-1203",)),
        ("P/N: KJ88-102 is broken.", ("KJ88-102",)),
        ("坏的都是KX3050。", ("KX3050",)),
        ("YJV 4×95+1×50 护套裂开。", ("YJV4×95+1×50",)),
        ("产品：304不锈钢管，有裂纹。", ()),
        ("租户 ID：T88231，系统登录不了。", ()),
        ("账号 AB12345 登录报错。", ()),
        ("tenant id T-8821 cannot log in.", ()),
        ("材质不符合 EN 10204。", ()),
        ("电机 IE3 IP55 烧了。", ()),
        ("泵流量只有 12 m3/h，太小。", ()),
        ("4G/5G 模块连不上。", ()),
    ],
)
def test_a_code_is_a_model_by_the_word_before_it(read: Read, text: str, models: tuple[str, ...]) -> None:
    assert read("投诉", text + ASKED).values("model") == models


def test_the_number_of_an_order_is_no_model_where_it_stands_without_its_label(read: Read) -> None:
    details = read("Short shipment / ref BF-55218", "We ordered 40 cartons, our ref BF-55218. Two were soaked.")
    assert "BF-55218" not in details.values("model")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2号、5号泵漏油。", ""),
        ("5号、6号、8号楼漏水。", ""),
        ("2号，5号泵漏水。", ""),
        ("3号下午泵漏了。", "2025-07-03"),
        ("上周三（9日）到货，发现破损。", "2025-07-09"),
        ("On 14/Jul/2025 the pump failed.", "2025-07-14"),
    ],
)
def test_a_number_of_a_thing_is_no_day(read: Read, text: str, day: str) -> None:
    assert read("投诉", text + ASKED).value("happened_on") == day


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("14-Nov-2025 前请回复，灯坏了。", "2025-11-14"),
        ("灯坏了，中午前给我答复。", "2025-07-16T12:00"),
        ("灯坏了，请在明天中午前回复。", "2025-07-17T12:00"),
        ("灯坏了，本周四（17日）前请派人。", "2025-07-17"),
        ("截至今天仍未收到货。", ""),
        ("截至7月18日仍未到货，灯坏了。", ""),
        ("灯坏了，截止今天下班前必须派人。", "2025-07-16"),
        ("14号到货，漏油。", ""),
    ],
)
def test_a_deadline_is_asked_and_a_state_is_none(read: Read, text: str, until: str) -> None:
    assert read("投诉", text + ASKED).value("requested_deadline") == until


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("灯坏了，请本周内派人。", "2025-07-27"),
        ("灯坏了，请下周内派人。", "2025-07-27"),
        ("The lamp is broken, please answer by the end of this week.", "2025-07-25"),
    ],
)
def test_on_a_sunday_this_week_is_the_one_that_begins(read: Read, text: str, until: str) -> None:
    assert read("投诉", text, received_at=SUNDAY).value("requested_deadline") == until


@pytest.mark.parametrize(
    ("signed", "name"),
    [
        ("采购经理", ""), ("安全主任", ""), ("质量总监", ""), ("程序员", ""), ("满意", ""), ("副总经理", ""),
        ("方经理", "方经理"), ("经理 王强", "王强"), ("品质主管\n李建国", "李建国"),
    ],
)  # fmt: skip
def test_a_rank_is_no_name(read: Read, signed: str, name: str) -> None:
    assert read("投诉", f"灯坏了，请处理。\n谢谢\n{signed}").value("contact") == name


@pytest.mark.parametrize(
    ("text", "company", "name"),
    [
        ("临溪包装的周敏刚打电话来，泵漏油，要退货。麻烦登记。\n李晓红", "临溪包装", "周敏"),
        (
            "刚接到杭州临溪包装有限公司周经理电话，泵漏油，要派人。\n王五福\n北岭五金客服部",
            "杭州临溪包装有限公司",
            "周经理",
        ),
        ("来电单位：临溪包装\n来电人：周敏\n反映：循环泵漏油\n接电人：王五福", "临溪包装", "周敏"),
    ],
)
def test_a_colleagues_note_names_who_called_and_for_whom(read: Read, text: str, company: str, name: str) -> None:
    details = read("电话记录", text, COLLEAGUE)
    assert (details.value("customer_company"), details.value("contact")) == (company, name)


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        ("需要以下文件：\n1. 材质证明\n2. 出厂检验报告", ("材质证明", "出厂检验报告")),
        ("请提供以下资料：\n- COC\n- MSDS\n- 原产地证", ("COC", "MSDS", "原产地证")),
        ("泵漏油。限你们三天内：\n1、把泵拉走\n2、退款\n3、书面道歉", ("把泵拉走", "退款", "书面道歉")),
        ("泵漏油。限贵司48小时内派人到场，并提交原因分析，另外补发2台。", ("派人到场", "提交原因分析", "补发2台")),
        ("泵漏油，我们要求：1退货 2扣款3000元 3承担违约金", ("退货", "扣款3000元", "承担违约金")),
        ("泵漏油。我司将扣款5000元。", ("我司将扣款5000元",)),
        ("泵漏油。违约金按合同3%执行。", ("违约金按合同3%执行",)),
        ("泵漏油，客户已扣款5000元。", ()),
        ("机器坏了，延长质保期！", ("延长质保期",)),
    ],
)
def test_what_is_asked_for(read: Read, text: str, demands: tuple[str, ...]) -> None:
    assert read("投诉", text).values("demand") == demands


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("出现不良事件，导管破裂。", "重大"),
        ("患者使用中导管断裂。", "重大"),
        ("泵漏油，我司法务已介入。", "重大"),
        ("患者手环打印机坏了。", "一般"),
        ("泵漏油，我们要换供应商。", "一般"),
        ("We may change suppliers, the pump leaks.", "一般"),
    ],
)
def test_what_is_grave_has_words_of_its_own(read: Read, text: str, grade: str) -> None:
    assert read("投诉", text + ASKED).value("severity") == grade


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("供应商的机器装了你们的轴承，轴承异响。", "轴承"),
        ("第三方检测机构的仪器测出铅超标，你们的玩具车不合格。", "玩具车"),
        ("护士说输液泵报警。", "输液泵"),
        ('你们"深海鱼鲜封罐"鼓包。', "深海鱼鲜封罐"),
        ("安装师傅态度差。", ""),
    ],
)
def test_others_machines_and_people_are_no_goods_of_ours(read: Read, text: str, product: str) -> None:
    assert read("投诉", text + ASKED).value("product") == product


def test_every_row_of_an_enquiry_is_one_with_a_model_or_without(read: Read) -> None:
    details = read("询价", "请报价：\n1. 离心泵 CQ50-32 5台\n2. 球阀 Q41F-16 20只\n3. 生料带 30卷\n")
    assert details.values("product") == ("离心泵", "球阀", "生料带")
    assert details.values("quantity") == ("5台", "20只", "30卷")


def test_a_column_of_goods_that_have_only_numbers_is_one_of_models(read: Read) -> None:
    table = "行号\t物料\t原数量\t现数量\t备注\n10\t6312-2Z\t400套\t250套\t减量\n30\tNU316E\t60套\t50套\t减量\n"
    assert read("订单变更通知", "采购订单变更如下：\n\n" + table).values("model") == ("6312-2Z", "NU316E")


def test_the_subject_of_our_own_mail_tells_of_no_trouble(read: Read) -> None:
    answer = read("Re: 【已受理】循环泵漏油 [KF-2025-00012]", "收到，今天什么时候来人？", in_reply_to="<x@us.example>")
    assert answer.values("defect_or_issue") == ()
    first = read("循环泵漏油", "今天什么时候来人？")
    assert (first.kind, first.values("defect_or_issue")) == (Kind.COMPLAINT, ("循环泵漏油",))


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("包装盒上的生产日期印成了2062年。", "包装盒上的生产日期印成了2062年"),
        ("才三个月就裂了。", "才三个月就裂了"),
        ("界面上的数一动没动。", "界面上的数一动没动"),
        ("顶盖一直滴油。下班前提交故障原因的报告。", "顶盖一直滴油"),
    ],
)
def test_a_trouble_is_known_by_its_form(read: Read, text: str, trouble: str) -> None:
    assert read("投诉", text).values("defect_or_issue") == (trouble,)
