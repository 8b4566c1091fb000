"""Plain mails, Chinese and English: the kind, the facts, and evidence that holds.  All mails are invented here."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from mailflow.domain.model import SUPERSEDED, Address, Attachment, Kind, Message
from mailflow.domain.ports import Reader
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.stages.extract import RuleReader, extract
from tests.reading.conftest import OURS, RECEIVED, Read, assert_evidence

COMPLAINT = """\
王经理：

您好！我司订单号ＫＭ－2507－033 的合页（型号：HG-35A，批号250702-1）7月14日到货后，今天上线发现有表面划痕，
挑出来42只不良，一共送了3000只。

请贵司在7月18日前派人到现场挑选，并提供8D报告。

谢谢！
陆晓梅  品质部
江阴市禾川橱柜有限公司
电话：0510-8123 4567转802  传真：0510-8123 4568
手机：136 0000 1122
"""


def test_a_plain_chinese_complaint(read: Read) -> None:
    details = read("关于合页划痕的投诉", COMPLAINT)
    assert details.kind is Kind.COMPLAINT
    assert "产品质量" in details.subkinds or "破损" in details.subkinds
    assert details.language == "zh"
    assert details.values("order_no") == ("KM-2507-033",)
    assert details.values("batch_no") == ("250702-1",)
    assert details.values("model") == ("HG-35A",)
    assert details.values("product") == ("合页",)
    assert details.values("quantity") == ("42只",)
    assert details.values("defect_or_issue") == ("表面划痕",)
    assert details.values("customer_company") == ("江阴市禾川橱柜有限公司",)
    assert details.values("contact") == ("陆晓梅",)
    assert set(details.values("phone")) == {"0510-81234567-802", "13600001122"}
    assert details.values("happened_on") == ("2025-07-16",)  # found today; it arrived on the 14th
    assert details.values("requested_deadline") == ("2025-07-18",)
    assert details.values("demand") == ("派人到现场挑选", "提供8D报告")
    assert details.values("severity") == ("一般",)
    assert details.values("validity_hint") == ("待查",)


def test_a_plain_english_complaint(read: Read) -> None:
    text = (
        "Dear Mr Wang,\n\nOn 14 July we received the hinges of our PO 88213-C (model HG-35A, lot no. 7K-2231). "
        "40 of the 500 hinges are cracked and we cannot use them.\n\n"
        "Please send replacements and your root cause report by 22 July.\n\n"
        "Kind regards\nMargaret Osei\nQuality Manager\nCastell Cabinets Ltd\n"
        "Phone +44 20 7946 0321\nFax +44 20 7946 0399\n"
    )
    details = read("Cracked hinges, PO 88213-C", text, sender=("Margaret Osei", "m.osei@castell.example"))
    assert details.kind is Kind.COMPLAINT
    assert details.language == "en"
    assert details.values("order_no") == ("88213-C",)
    assert details.values("batch_no") == ("7K-2231",)
    assert details.values("model") == ("HG-35A",)
    assert details.values("product") == ("hinges",)
    assert details.values("quantity") == ("40",)
    assert details.values("customer_company") == ("Castell Cabinets Ltd",)
    assert details.values("contact") == ("Margaret Osei",)
    assert details.values("phone") == ("+442079460321",)
    assert details.values("happened_on") == ("2025-07-14",)
    assert details.values("requested_deadline") == ("2025-07-22",)


@pytest.mark.parametrize(
    ("kind", "subject", "text"),
    [
        (Kind.COMPLAINT, "麻烦看一下", "总体还可以，就是这批抽屉关上去有点晃动，可能是我们要求高，有空看看。"),
        (Kind.COMPLAINT, "真行", "感谢贵司让我们周末全体加班，你们的质检是放假了吧？"),
        (Kind.COMPLAINT, "催了三次", "又是这样，打电话没人接，到底管不管？"),
        (Kind.COMPLAINT, "桌面", "桌面起拱了，师傅说过来看也没来人。"),
        (
            Kind.COMPLAINT,
            "Delivery",
            "The desks were due on Monday and have still not arrived. Nobody answers the phone.",
        ),
        (Kind.INQUIRY, "咨询", "请问这款合页的保修期是多久？有没有安装说明书？"),
        (Kind.INQUIRY, "Certificates", "Could you please send us the test reports for the drawer slides?"),
        (Kind.RFQ, "询价", "下面三种请报个价：\nHG-35A 500只\nHG-40B 200只"),
        (Kind.RFQ, "Request", "Please quote for 2,000 pcs of drawer slides, delivered to Hamburg."),
        (Kind.ORDER, "7月订单", "附件是我们的新订单，请安排生产并回签。"),
        (Kind.ORDER, "PO 5512", "Please find our order attached: 300 pcs hinges, delivery 1 September."),
        (Kind.ORDER_CHANGE, "订单变更", "KM-2507-040 的数量改成800只，交货提前到8月5日。"),
        (Kind.ORDER_CHANGE, "PO 5512", "Please change our order to 350 pcs and use the new delivery address below."),
        (Kind.SUGGESTION, "一个想法", "提个建议：能不能加个二维码，方便查安装视频。"),
        (Kind.PRAISE, "感谢信", "要表扬一下你们的安装师傅，服务很好，非常满意！"),
        (Kind.INFO_UPDATE, "变更通知", "我司已搬迁，新地址见附件，请更新资料。"),
        (Kind.SURVEY_REPLY, "回复：客户满意度调查", "问卷已填写：质量5分，交期3分，服务4分。"),
    ],
)
def test_the_kind_of_plain_mails(read: Read, kind: Kind, subject: str, text: str) -> None:
    details = read(subject, text)
    assert details.kind is kind, details.kinds
    assert details.kind in dict(details.kinds)


def test_denied_complaints_are_none(read: Read) -> None:
    assert read("不是投诉", "不是投诉，提个建议：门口能不能加个灯？").kind is Kind.SUGGESTION


def test_a_complaint_that_also_asks_a_price_is_a_complaint(read: Read) -> None:
    details = read("滑轨异响", "上周到的滑轨有异响，要求换货。另外HG-40B请报个价。")
    assert details.kind is Kind.COMPLAINT
    assert details.kinds[0][0] is Kind.COMPLAINT
    assert Kind.RFQ in dict(details.kinds)


def test_an_answer_in_a_trouble_is_a_followup(read: Read) -> None:
    quoted = "> 您好，您的投诉（合页划痕）我们正在处理。"
    details = read("回复: 合页划痕投诉", "照片补上了，又拆出来两只。", in_reply_to="x@us.example", quoted_text=quoted)
    assert details.kind is Kind.FOLLOWUP
    assert read("Re: [TS-2025-0031] scratches", "Any update on this?").kind is Kind.FOLLOWUP


def test_our_own_staff_answering_a_task(read: Read) -> None:
    fields = {"in_reply_to": "t1@us.example", "quoted_text": "请于7月18日前签批。[签批码 AB-1]"}
    details = read("答复: 【请签批】投诉登记表", "同意。", sender=("王五福", "wangwu@us.example"), **fields)
    assert details.kind is Kind.STAFF_REPLY
    assert details.findings == ()


def test_a_phone_note_of_our_staff_is_the_callers_case(read: Read) -> None:
    text = "刚接到电话，联系人：钱建国，13700002233，说昨天收到的拉手断裂了十个，要求换货。"
    details = read("电话记录", text, sender=("王五福", "wangwu@us.example"))
    assert details.kind is Kind.COMPLAINT
    assert details.values("contact") == ("钱建国",)
    assert details.values("phone") == ("13700002233",)


def test_a_mail_our_staff_attached_is_read_as_the_customers(rulebook: Rulebook) -> None:
    text = "Please quote for 1,200 pcs of drawer slides by 25 July.\n\nRegards\nTobias Lindqvist\nLund Kitchens AB\n"
    message = Message(
        subject="转发: Request",
        new_text="原件附上，麻烦登记。",
        text="原件附上，麻烦登记。",
        from_=(Address("王五福", "wangwu@us.example"),),
        received_at=RECEIVED,
        attachments=(Attachment("mail.eml", "mail.eml", "message/rfc822", b""),),
        forwarded=(Message(subject="Request", text=text, new_text=text),),
    )
    details = extract(message, rulebook, own=OURS, now=RECEIVED)
    assert details.kind is Kind.RFQ
    assert details.values("customer_company") == ("Lund Kitchens AB",)
    assert details.values("contact") == ("Tobias Lindqvist",)
    assert details.values("requested_deadline") == ("2025-07-25",)
    assert {finding.source for finding in details.findings} == {"attachment:mail.eml"}
    assert_evidence(message, details)


def test_our_own_company_is_never_the_customer(read: Read) -> None:
    details = read("划痕", "北岭五金制造有限公司：\n你们的合页有划痕。\n北岭五金客服处理一下。")
    assert details.values("customer_company") == ()


def test_values_of_the_quote_count_only_when_the_mail_has_none(read: Read) -> None:
    quoted = "> 订单号：KM-2506-001，批号250601-9"
    details = read("回复: 划痕", "批号是250702-1，还是有划痕。", in_reply_to="a@b", quoted_text=quoted)
    assert details.values("batch_no") == ("250702-1",)
    (order,) = (finding for finding in details.findings if finding.field == "order_no")
    assert (order.value, order.source) == ("KM-2506-001", "quoted_text")
    assert order.confidence < 0.5


def test_unknown_stays_blank(read: Read) -> None:
    details = read("", "你们怎么回事！！")
    assert details.kind is Kind.COMPLAINT
    for field in ("customer_company", "contact", "phone", "order_no", "product", "model", "batch_no", "quantity"):
        assert details.values(field) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("请在今天下班前回复", "2025-07-16"),
        ("请今天下午4点前派人", "2025-07-16T16:00"),
        ("明天中午12点前给答复", "2025-07-17T12:00"),
        ("本周五前处理", "2025-07-18"),
        ("下周三之前书面答复", "2025-07-23"),
        ("24小时内回复", "2025-07-17T10:30"),
        ("三天内给方案", "2025-07-19"),
        ("5个工作日内提供8D报告", "2025-07-23"),
        ("请于2025年8月1日前完成", "2025-08-01"),
        ("最迟20号要", "2025-07-20"),
        ("月底前必须解决", "2025-07-31"),
        ("please answer by Friday", "2025-07-18"),
        ("we need it within 48 hours", "2025-07-18T10:30"),
        ("before 5 August 2025", "2025-08-05"),
        ("within 3 working days", "2025-07-21"),
        ("尽快处理", ""),
        ("你们承诺过24小时内回电，没有人打来", ""),
        ("7月1日前的订单都正常", ""),
    ],
)
def test_deadlines(read: Read, text: str, value: str) -> None:
    assert read("投诉", text).value("requested_deadline") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("昨天上线发现有裂纹", "2025-07-15"),
        ("7月10日起陆续出现异响", "2025-07-10"),
        ("上周三到的货，全是划痕", "2025-07-09"),
        ("14号收到货，破损两箱", "2025-07-14"),
        ("we noticed on July 11 that the film leaks", "2025-07-11"),
        ("6月2日下单的桌子，一直有异响", ""),
        ("前一阵子有异响", ""),
    ],
)
def test_the_day_it_happened(read: Read, text: str, value: str) -> None:
    assert read("投诉", text).value("happened_on") == value


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("电话 0512-66880001-801", ("0512-66880001-801",)),
        ("Tel: 021-5550 1234 Fax: 021-5550 1235", ("021-55501234",)),
        ("传真：0755-88880000", ()),
        ("电话/传真：0755-88880000", ("0755-88880000",)),
        ("手机１３８００００１２３４", ("13800001234",)),
        ("热线400-800-1234", ("4008001234",)),
        ("Call me at +49 551 5550199", ("+495515550199",)),
        ("(419) 555-0123 ext. 12", ("(419) 555-0123-12",)),
        ("原来的手机13500001111不用了，现在13900002222", ("13900002222",)),
        ("订单202507160001234567", ()),
        ("身份证110101199003070011", ()),
    ],
)
def test_phones(read: Read, text: str, numbers: tuple[str, ...]) -> None:
    assert read("联系方式", text).values("phone") == numbers


@pytest.mark.parametrize(
    ("text", "field", "now", "before"),
    [
        ("批号写错了，不是B2603-01是B2603-09，轴承异响。", "batch_no", "B2603-09", "B2603-01"),
        ("批号B2603-01写错了，正确的是B2603-09，轴承异响。", "batch_no", "B2603-09", "B2603-01"),
        ("The lot no. is not B2603-01 but B2603-09. The bearing is broken.", "batch_no", "B2603-09", "B2603-01"),
        ("订单号更正：由A-1001改为A-1002，货坏了。", "order_no", "A-1002", "A-1001"),
        ("电话写错了，不是13800001111，是13800002222。", "phone", "13800002222", "13800001111"),
        ("原来的手机13500001111不用了，现在13900002222", "phone", "13900002222", "13500001111"),
        ("坏的数量不是5件，是7件。", "quantity", "7件", "5件"),
    ],
)
def test_what_the_writer_takes_back_is_shown_beside_what_holds(
    read: Read, text: str, field: str, now: str, before: str
) -> None:
    details = read("更正", text)
    assert details.values(field) == (now,)
    old = [item.value for item in details.findings if item.field == field and item.confidence <= SUPERSEDED]
    assert old == [before]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("不是5号前，是8号前要到货，请安排。", ("2025-08-08",)),
        ("你们是不是18号前能补发？请务必18号前补发。", ("2025-07-18",)),
    ],
)
def test_a_day_taken_back_is_no_deadline(read: Read, text: str, values: tuple[str, ...]) -> None:
    assert read("轴承生锈", text).values("requested_deadline") == values


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("抽屉有划痕", "一般"),
        ("掉下来砸伤了操作工", "重大"),
        ("产线已经停线等料", "重大"),
        ("再不处理我们就起诉", "重大"),
        ("视频已经在抖音上有二十万播放", "恶性"),
        ("柜子倒下来，没有受伤", "一般"),
    ],
)
def test_severity(read: Read, text: str, severity: str) -> None:
    assert read("投诉", text).value("severity") == severity


def test_languages(read: Read) -> None:
    assert read("投訴", "貴司的櫃子門板開裂，請盡快處理，謝謝。").language == "zh-Hant"
    assert read("Complaint", "The door is broken.").language == "en"
    mixed = (
        "Dear team, please see below what our customer in Norway wrote to us about the doors.\n麻烦尽快看一下怎么处理。"
    )
    assert read("门板", mixed).language == "mixed"


def test_evidence_stands_where_it_says(rulebook: Rulebook) -> None:
    message = Message(
        subject="【投诉】ＨＧ－３５Ａ 合页",
        new_text=COMPLAINT.replace("划痕", "劃 痕"),
        text=COMPLAINT,
        signature="陈　一鸣\n宁波市某某家居有限公司\nTel 0574-8800 1234",
        quoted_text="> 批号：250601-1",
        from_=(Address("念和家居-小陈", "chen@mail.example"),),
        received_at=RECEIVED,
    )
    details = extract(message, rulebook, own=OURS, now=RECEIVED)
    assert len(details.findings) > 8
    assert_evidence(message, details)


def test_the_same_mail_gives_the_same_details(rulebook: Rulebook) -> None:
    message = Message(subject="投诉", new_text=COMPLAINT, text=COMPLAINT)
    reader: Reader = RuleReader(rulebook, OURS)
    assert reader.read(message, RECEIVED) == reader.read(message, RECEIVED)


def test_without_a_time_of_arrival_now_counts(rulebook: Rulebook) -> None:
    now = datetime(2025, 1, 31, 20, 0, tzinfo=UTC)  # already 1 February in UTC+8
    details = extract(Message(new_text="投诉：异响。今天必须回复"), rulebook, own=OURS, now=now)
    assert details.value("requested_deadline") == "2025-02-01"


def test_an_empty_mail_is_read(rulebook: Rulebook) -> None:
    details = extract(Message(), rulebook, own=Ours(), now=RECEIVED)
    assert details.kind is Kind.INQUIRY
    assert details.findings == ()


HOSTILE = [
    "a",
    "1",
    " ",
    "\n",
    "订单号：A1-",
    "1-",
    "13800001234 ",
    "有限公司",
    "10月3日",
    "异响",
    "1、异响\n",
    "周五",
    "A.",
    "×1",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_megabyte_ends_soon(rulebook: Rulebook, unit: str) -> None:
    flood = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    message = Message(subject=flood, new_text=flood, text=flood, signature=flood, quoted_text=flood)
    began = time.thread_time()
    details = extract(message, rulebook, own=OURS, now=RECEIVED)
    assert time.thread_time() - began < 6  # four floods at once; under 2 s for one on a free machine
    assert_evidence(message, details)


def test_the_cost_grows_with_the_text_only(rulebook: Rulebook) -> None:
    costs = []
    for repeats in (5, 50):
        message = Message(new_text="订单号KM-1002的合页有划痕，请7月18日前换货13只。\n" * repeats)
        extract(message, rulebook, own=OURS, now=RECEIVED)
        began = time.thread_time()
        extract(message, rulebook, own=OURS, now=RECEIVED)
        costs.append(time.thread_time() - began)
    assert all(later < 40 * earlier + 0.05 for earlier, later in pairwise(costs))
