"""What machines write is set aside with its kind, the sign that told and the words it stood in."""

from __future__ import annotations

import pytest

from mailflow.domain.model import Exclusion, Kind, Message, Report
from mailflow.stages.exclude import OWN_MAIL, exclude
from tests.excluding.builder import OWN, US, mail, marks

OUR_ID = "20261103.42@women.example"


def excluded(message: Message) -> Exclusion:
    exclusion = exclude(message, marks(), OWN)
    assert exclusion is not None
    return exclusion


# ------------------------------------------------------------------------------------------------------ auto-replies


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": 'Auto-Replied; owner-email="a@b.example"'},
        {"X-Autoreply": "yes"},
        {"X-Autorespond": "Re: 满意度调查"},
        {"Precedence": "auto_reply"},
    ],
    ids=str,
)
def test_headers_of_auto_replies_suffice(headers: dict[str, str]) -> None:
    exclusion = excluded(mail("收到。质量投诉请找品管部。", headers=headers, in_reply_to=OUR_ID))
    assert exclusion.kind == Kind.AUTO_REPLY
    assert exclusion.about == (OUR_ID,)
    assert next(iter(headers)).lower() in exclusion.evidence


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("自动回复: 满意度调查", "您好，来信已收到。"),
        ("自动回复：您的投诉已登记", "您好！邮件已收悉，稍后回复。"),
        ("【自动回复】对账单", "我在外地，质量投诉请联系品管部李工 13800000001。"),
        ("自動回覆: 進度通知", "本人休假中，11月9日上班。"),
        ("[External] Automatic reply: Survey", "I am out of the office until 9 November."),
        (
            "Out of Office: Re: 8D report",
            "I am travelling and have limited access to email. For urgent matters call +86 21 5550.",
        ),
        ("Re: 回访", "您好，您的邮件我已收到，我会尽快给您回复！"),
        ("答复: 通知", "这是一封系统自动回复邮件，我们已收到您的来信。"),
        ("Re: 结案确认", "本邮件为系统自动答复，您的来信已经收到，将在2个工作日内回复。"),
        ("自动回复", ""),
        ("离职通知: Re: 对账", "本人已于10月底离职，工作已移交给陈静，请联系 chenjing@kehu.example。"),
        (
            "Your request has been received",
            "Thank you for contacting us. Your request (#9921) has been received. An agent will respond within "
            "24 hours.",
        ),
        (
            "Re: TS-2026-0101",
            "Thank you for your message. We have received your request and will get back to you shortly.",
        ),
        ("自动答复: 纠正措施", "我于11月2日至6日参加外审，期间邮件回复可能较慢，紧急事宜请致电。"),
        ("休假通知: Re: 样品", "我正在休年假，11日上班后会尽快回复您的邮件。"),
        ("Automatische Antwort: Reklamation", "Ich bin bis 9. November nicht im Büro."),
    ],
)
def test_auto_replies_without_headers_are_told_by_their_words(subject: str, text: str) -> None:
    assert excluded(mail(text, subject=subject)).kind == Kind.AUTO_REPLY


def test_auto_generated_counts_when_the_words_agree() -> None:
    text = "您好，我10月26日至30日出差，邮件回复会晚一些。"
    assert exclude(mail(text, subject="Re: 通知"), marks(), OWN) is None
    assert (
        excluded(mail(text, subject="Re: 通知", headers={"Auto-Submitted": "auto-generated"})).kind == Kind.AUTO_REPLY
    )


# ---------------------------------------------------------------------------------------------------- receipts, reports


def test_a_disposition_notification_is_a_read_receipt_about_our_mail() -> None:
    report = Report(
        "disposition-notification", ({"original-message-id": f"<{OUR_ID}>", "disposition": "manual; displayed"},)
    )
    exclusion = excluded(mail("", subject="已读: 不合格品处理", report=report, content_type="multipart/report"))
    assert (exclusion.kind, exclusion.about) == (Kind.READ_RECEIPT, (OUR_ID,))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "已读：投诉处理结果",
            "这是来自 李明 <liming@kehu.example> 的回执。\n您发送的邮件已于 2026-11-03 09:00 被阅读。",
        ),
        ("阅读回执: 8D报告", "您的邮件\n主题: 8D报告 不良 退货\n已于 2026年11月3日 9:00:00 阅读。"),
        ("未读: 报价", "您的邮件\n主题: 报价\n未经阅读即被删除。"),
        (
            "Read: Your complaint TS-2026-0007",
            "Your message\n\nTo: Li\nSubject: Your complaint\n\nwas read on Tuesday, November 3.",
        ),
        ("已讀: 通知", ""),
        (
            "Return Receipt (displayed) - offer",
            "This is a Return Receipt for the mail that you sent to li@kehu.example. "
            "Note: This Return Receipt only acknowledges that the message was displayed on the recipient's computer.",
        ),
    ],
)
def test_read_receipts_that_are_plain_mails(subject: str, text: str) -> None:
    assert excluded(mail(text, subject=subject)).kind == Kind.READ_RECEIPT


def test_a_delivery_report_of_success_is_no_bounce() -> None:
    report = Report(
        "delivery-status",
        ({"reporting-mta": "dns; mx"}, {"final-recipient": "rfc822; a@b.example", "action": "relayed"}),
    )
    exclusion = excluded(mail("", report=report, content_type="multipart/report"))
    assert (exclusion.kind, exclusion.failed_recipients) == (Kind.READ_RECEIPT, ())


def test_an_abuse_report_goes_with_the_bounces_and_fails_nobody() -> None:
    report = Report(
        "feedback-report",
        ({"feedback-type": "abuse", "original-rcpt-to": "a@b.example"},),
        {"message-id": (f"<{OUR_ID}>",)},
    )
    exclusion = excluded(mail("This is an email abuse report", report=report, content_type="multipart/report"))
    assert (exclusion.kind, exclusion.sign) == (Kind.BOUNCE, "feedback-report")
    assert (exclusion.failed_recipients, exclusion.about, exclusion.permanent) == ((), (OUR_ID,), None)


# ------------------------------------------------------------------------------------------------- newsletters and spam


@pytest.mark.parametrize(
    ("subject", "sender", "text", "headers"),
    [
        (
            "【月刊】轴承行业动态",
            "news@hangye.example",
            "本期要闻：钢价上涨。点击阅读全文。如不想再收到此类邮件，请点击退订。",
            {"List-Unsubscribe": "<https://hangye.example/u>", "Precedence": "bulk"},
        ),
        (
            "November newsletter",
            "newsletter@tools.example",
            "In this issue: five ways to cut scrap. View in browser. Unsubscribe.",
            {"List-Unsubscribe": "<mailto:u@tools.example>", "List-Id": "<tools.example>"},
        ),
        ("双十一满减", "hi@edm.shop.example", "限时优惠，立即抢购。回复TD退订", {"List-Id": "<promo.shop.example>"}),
        (
            "Complaint handling webinar",
            "events@quality.example",
            "Register now for our free webinar on customer complaints and defects. "
            "You are receiving this email because you signed up. Unsubscribe here.",
            {"List-Unsubscribe": "<https://q.example/u>", "Precedence": "bulk"},
        ),
    ],
)
def test_newsletters(subject: str, sender: str, text: str, headers: dict[str, str]) -> None:
    assert excluded(mail(text, subject=subject, sender=sender, headers=headers)).kind == Kind.NEWSLETTER


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("合作", "您好，我公司有各地增.值.税.发.票对外代开，点数优惠，可先验证后付款，加微信 fp88666。"),
        ("代 开 发 票", "贵公司如需代*开*发*票请联系，税务局网上可查。"),
        ("您的邮箱容量已满", "尊敬的用户：您的邮箱即将停用，请立即点击此处验证密码，否则将无法收发邮件。"),
        ("邮箱系统升级通知", "因邮件系统迁移，请各位员工尽快登录下方链接重新验证，逾期账号将被冻结。"),
        ("Mailbox quota", "Your mailbox is almost full. Click here to verify your account and keep the same password."),
        ("企业贷款", "企业信用贷款，额度最高1000万，月息低至0.3%，最快当天放款，欢迎来电咨询。"),
        ("Google 排名", "专业谷歌SEO优化，外贸推广，不上首页不收费，加微信 seo9999 免费诊断。"),
        (
            "Website",
            "Dear website owner, I was looking through your website. We offer SEO services to get you on the "
            "first page of Google. "
            "Shall I send you a quote?",
        ),
        ("邀请函｜第12届国际五金展", "诚邀贵司参加第12届国际五金博览会，展位火热预订中，扫码报名。"),
        ("【公开课】采购谈判实战班", "课程大纲：一、采购谈判……主讲老师：王某。培训费用 3800 元，欢迎来电报名。"),
        (
            "Payment",
            "Our bank account is under audit. Please remit the payment to our new bank account below. Do not "
            "call, treat this as confidential.",
        ),
        (
            "Hello dear",
            "I am a barrister writing about the inheritance of a late client, 12 million US dollars. Reply urgently.",
        ),
        ("海外客户", "提供海关数据、海外采购商邮箱，外贸获客软件免费试用。"),
    ],
)
def test_spam(subject: str, text: str) -> None:
    assert excluded(mail(text, subject=subject, sender="x@vps.example")).kind == Kind.SPAM


# ---------------------------------------------------------------------------------------------------------------- loops


def test_our_own_mark_is_a_loop_whatever_the_text_says() -> None:
    exclusion = excluded(mail("30件破损，要求换货", headers={"X-Mailflow-Loop": "kefu@women.example"}))
    assert (exclusion.kind, exclusion.sign) == (Kind.LOOP, "own-loop-mark")


def test_a_mail_that_has_been_going_round_is_a_loop() -> None:
    going = Message(subject="x", headers={"received": tuple(f"from a by b{n}" for n in range(45))})
    assert excluded(going).sign == "many-hops"


def test_an_answer_of_another_robot_that_copies_our_x_loop_is_a_loop() -> None:
    text = (
        "Your request (#5521) has been received and is being reviewed.\n---\nYour complaint has been "
        "registered under TS-2026-0166."
    )
    exclusion = excluded(
        mail(text, subject="[Request received] Re: damaged", headers={"X-Loop": US, "Auto-Submitted": "auto-generated"})
    )
    assert exclusion.kind == Kind.LOOP


def test_a_copy_of_what_we_sent_is_our_own_mail() -> None:
    ours = mail("尊敬的客户，您的投诉已登记，我们会安排换货。", sender=US, to="liming@kehu.example")
    assert excluded(ours).kind == OWN_MAIL
    assert excluded(mail("测试", sender=US)).kind == OWN_MAIL


def test_an_exclusion_names_the_sign_and_the_words() -> None:
    exclusion = excluded(mail("您好，来信已收到，会尽快回复您。", subject="自动回复: 通知"))
    assert "auto-reply-subject" in exclusion.sign
    assert "subject: 自动回复:" in exclusion.evidence
