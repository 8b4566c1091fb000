"""The kind of short mails in both languages: every kind, many trades, words no rule was tuned to."""

from __future__ import annotations

import pytest

from mailflow.domain.model import Kind
from mailflow.reading.matter.close_kinds import candidates
from tests.reading.conftest import Read

MAILS = {
    "complaint": (
        ("花盆", "打开箱子八个花盆碎了三个，泡沫都没垫。"),
        ("感谢", "多谢你们，新沙发坐塌了，正好锻炼腿力，托你们的福。"),
        ("转发: 水龙头又滴水", "下面是租客写来的，装上一个月就滴水，怎么处理？"),
        ("有点小意见", "总体还可以，就是送货师傅把门框磕掉一块漆。"),
        ("Kettle", "The kettle I bought last week does not switch off any more."),
        ("Thanks for nothing", "Third courier, third no-show. Just great."),
        ("Curtains", "I am afraid the curtains are ten centimetres too short."),
        ("打印机", "新打印机一直卡纸，换了纸也一样。"),
        ("饭盒", "饭盒盖子盖不严，汤都洒包里了。"),
        ("Labels", "Half of the labels you printed are smeared and unreadable."),
    ),
    "inquiry": (
        ("几个问题", "请教一下，这款胶水零下二十度还能用吗？开封后能放多久？"),
        ("咨询", "请问你们的净水器滤芯多长时间换一次？"),
        ("Question", "Do you have this lamp in a version for 110 V?"),
        ("Opening hours", "Could you tell me whether your showroom is open on Sunday?"),
        ("发货了吗", "麻烦查一下单号SF1099发到哪了？"),
    ),
    "rfq": (
        ("询价", "不锈钢水箱2吨的，带支架，含税多少钱？"),
        ("Quotation", "Please quote 300 tote bags with one-colour print."),
        ("报价", "麻烦报个价：A4画册2000本，铜版纸。"),
        ("Price request", "What would be your best price for 5 tons of PP granulate?"),
    ),
    "order": (
        ("订舱委托", "委托贵司订舱，青岛到汉堡一个大柜，周五装箱。"),
        ("11月单子", "采购订单见附件，请盖章回传，颜色千万别弄错。"),
        ("PO 8812", "Please find our order attached."),
        ("订货", "要两箱打印纸，老地址，月底前送。"),
        ("Booking request", "Please book a double room for two nights from 3 March."),
    ),
    "order_change": (
        ("改一下", "上次订的桌子改成白色的，数量加到12张，能不能周五送？"),
        ("订单变更", "订单取消第3行，其余照旧。"),
        ("Change to our order", "Please change the quantity of item 2 to 40."),
        ("改地址", "麻烦把收货地址改到新仓库，能不能早两天送？"),
        ("PO 771", "Please postpone the delivery of PO 771 by one week."),
    ),
    "suggestion": (
        ("小建议", "建议在小程序里加一个发票下载的按钮。"),
        ("一点想法", "要是能提供小包装就更好了，仅供参考。"),
        ("Idea", "It would be great if the app could remember my address."),
        ("Suggestion", "I'd suggest a larger font on the labels."),
    ),
    "praise": (
        ("表扬", "要表扬小刘师傅，冒雨来装的，一点灰都没留下。"),
        ("感谢信", "特别感谢你们连夜送来备件，救了急。"),
        ("Well done", "Excellent service, we are very happy with the new gate."),
        ("Thank you", "I wanted to thank your fitter, he went above and beyond."),
        ("感谢", "非常感谢你们的耐心，速度真快，服务很好。"),
    ),
    "info_update": (
        ("更名通知", "我司更名为海棠食品有限公司，请更新资料。"),
        ("换联系人", "小赵离职了，以后由我负责对接。"),
        ("New address", "We have moved, please note our new address."),
        ("Contact", "Jane Poole has taken over from Tim Reed in purchasing."),
        ("换电话", "我换手机号了，旧号下月停用，请登记。"),
    ),
    "followup": (
        ("催一下", "上周反馈的渗水处理得怎么样了？有进展吗？"),
        ("Any update?", "I am still waiting for your answer, any news on my case?"),
        ("更正一下", "上一封邮件数量写错了，应是16个，以这封为准。"),
        ("可以结案", "换的货收到了，没问题，可以结案。"),
        ("Re: [TS-2025-0007] 门锁", "换过之后还是打不开，没修好。"),
        ("Re: [TS-2025-0009] Pump", "As requested, the photos of the pump."),
        ("回复: [TS-2025-0011] 灯", "按你们要求补几张照片，见附件。"),
    ),
    "survey_reply": (
        ("满意度调查表", "问卷已填，见附件。"),
        ("Re: 顾客满意度调查", "服务 9分，质量 8分，交期 9分。"),
        ("Satisfaction survey", "Our ratings: quality 4, delivery 5, service 5."),
        ("Re: Customer survey", "Questionnaire completed, please see attached."),
    ),
}
STAFF = (
    ("Re: [请签批] JL-23-01 签批码 A7K2", "同意。"),
    ("回复: 待办 请审核 登记表", "退回，原因没写清楚。"),
    ("Re: action required: please sign JL-23-02", "Approved."),
    ("回复: 请签字 JL-23-03", "已签字，扫描件见附件。"),
    ("Re: please approve JL-23-04", "Signed, scan attached."),
    ("回复: 请签批 JL-23-05", "不同意，重写。"),
)


@pytest.mark.parametrize(
    ("kind", "subject", "text"),
    [(kind, subject, text) for kind, mails in MAILS.items() for subject, text in mails],
)
def test_the_kind_of_a_short_mail(read: Read, kind: str, subject: str, text: str) -> None:
    answered = {"in_reply_to": "earlier@us.example"} if subject.lower().startswith(("re:", "回复")) else {}
    assert read(subject, text, **answered).kind.value == kind


@pytest.mark.parametrize(("subject", "text"), STAFF)
def test_the_answer_of_our_own_staff_to_a_task(read: Read, subject: str, text: str) -> None:
    details = read(subject, text, ("王五福", "wangwu@us.example"), in_reply_to="task@us.example")
    assert details.kind.value == "staff_reply"


NO_CLAIM = (
    ("锅", "用了两年从来没坏过，也没掉过漆，邻居都问是哪家的。"),
    ("反馈", "收到了，一点划痕没有，孩子很喜欢。"),
    ("好用", "之前买别家的三天就裂了，找客服没人理。你们家的用到现在跟新的一样。"),
    ("谢谢", "本来担心会像便宜货一样掉毛，结果完全不掉，谢谢。"),
    ("通知", "兹定于5月8日召开茶话会，逾期未回执视为不参加。另：漏水的屋顶已经修好，勿念。"),
    (
        "Still fine",
        "Bought it in 2021. Nothing cracked, not a single leak. The set from another maker fell apart in a year.",
    ),
    ("登录提醒", "您的验证码为 221908，请勿泄露给他人。系统自动发送，请勿回复。"),
    ("价格表", "各位老板，不锈钢今日价附上，量大从优，货不好包退，要的联系。"),
    ("对账", "截至11月底我司应收贵司8,000.00元，请核对，无误盖章回传。"),
    ("调价函", "自1月1日起每吨上调150元，已签订单不受影响，感谢支持。"),
    ("感谢", "谢谢你们师傅上门把泵修好了，非常满意！"),
    ("表扬信", "感谢贵司技术员刘工冒雨到现场服务，特此表扬！"),
)


@pytest.mark.parametrize(("subject", "text"), NO_CLAIM)
def test_what_is_denied_of_others_settled_or_offered_is_no_complaint_and_nobody_is_asked(
    read: Read, subject: str, text: str
) -> None:
    details = read(subject, text)
    assert details.kind.value in ("other", "praise")
    assert Kind.COMPLAINT not in candidates(details)


STILL_TROUBLE = (
    ("热水器", "别家的都没坏过，你们的三天就漏了。"),
    ("下月计划", "计划照旧，聚餐我去。对了，上周到的那批有三盘一弯就裂。"),
    ("谢谢招待", "参观很愉快，特此感谢。只是5号泵还在滴漏，说好本周换掉的。"),
    ("过磅单", "单子转给财务。顺便说下，这车料40公斤一袋的称了六袋都是37公斤。"),
    ("茶叶", "老样子再来十斤，别拿上回那种糊弄我，喝着跟锯末似的。"),
    ("请教", "请教老师，Z轴下午就往下掉，是不是温度的关系？已经废了26件模板了。"),
    ("Drinks on Friday", "Count me in. By the way, the last container arrived with cartons soaked."),
)


@pytest.mark.parametrize(("subject", "text"), STILL_TROUBLE)
def test_a_complaint_beside_chat_thanks_or_other_peoples_things_is_seen_or_asked_about(
    read: Read, subject: str, text: str
) -> None:
    details = read(subject, text)
    assert details.kind in (Kind.COMPLAINT, Kind.FOLLOWUP) or Kind.COMPLAINT in candidates(details)


def test_thanks_for_what_came_go_on_with_no_case(read: Read) -> None:
    quoted = "\n\n> 杯子漏发一只，今天补上寄出。"
    details = read("Re: 杯子", f"收到了，谢谢！{quoted}", in_reply_to="earlier@us.example")
    assert details.kind is Kind.OTHER


def test_who_will_handle_complaints_from_now_on_does_not_complain(read: Read) -> None:
    details = read("联系人变更", "即日起由我接手来料和客诉对接，以后8D报告请发给我，请更新通讯录。")
    assert details.kind is Kind.INFO_UPDATE
    assert candidates(details) == ()
