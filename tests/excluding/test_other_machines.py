"""More mails of machines in other words: every one is set aside with its kind."""

from __future__ import annotations

import pytest

from mailflow.domain.model import Kind
from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, mail, marks

CASES: list[tuple[Kind, str, str, dict[str, str], str, str]] = [
    (Kind.AUTO_REPLY, "自动回复:Re:8D报告", "你好，我已收到你的邮件。谢谢！", {}, "a@qq.com", ""),
    (
        Kind.AUTO_REPLY,
        "Re: 关于贵司投诉的回复",
        "您好，我现在不在办公室，看到邮件后会第一时间回复您，如有急事请电联13900000000。",
        {},
        "a@qq.com",
        "",
    ),
    (Kind.AUTO_REPLY, "答复: 调查", "（自动回复）感谢您的来信，我们会在24小时内处理。", {}, "a@163.com", ""),
    (
        Kind.AUTO_REPLY,
        "来信已收到",
        "尊敬的用户：\n感谢您联系某某客服中心，我们已收到您的来信，工单号 8821，客服人员将尽快与您联系。"
        "此邮件为系统自动发送，请勿回复。",
        {},
        "service@x.com",
        "客服中心",
    ),
    (
        Kind.AUTO_REPLY,
        "RE: survey",
        "Hi,\n\nThanks for your email. I am on annual leave until Monday 16 November with no access to "
        "emails.\nFor anything urgent please contact Tom on +44 20 5550.\n\nKind regards\nJane",
        {},
        "jane@x.com",
        "Jane",
    ),
    (
        Kind.AUTO_REPLY,
        "Auto: Re: complaint",
        "This mailbox is not monitored. Please contact sales@x.com.",
        {},
        "info@x.com",
        "",
    ),
    (
        Kind.AUTO_REPLY,
        "放假通知 Re: 8D",
        "您好！国庆放假期间（10月1日-7日）无法及时回复邮件，请谅解。上班后会尽快回复您。",
        {},
        "b@x.com",
        "",
    ),
    (Kind.AUTO_REPLY, "自動回覆：您的郵件已收到", "您好，您的來信我們已收到，將盡快回覆您。", {}, "tw@x.tw", ""),
    (
        Kind.AUTO_REPLY,
        "Re: [TS-2026-0101] 处理进展",
        "I am out of office with limited access to email. I will reply upon my return.",
        {"X-MS-Exchange-Inbox-Rules-Loop": "a@b"},
        "c@x.com",
        "",
    ),
    (
        Kind.AUTO_REPLY,
        "Abwesenheitsnotiz: Re: Survey",
        "Ich bin bis zum 9.11. nicht erreichbar.",
        {"X-Auto-Response-Suppress": "All"},
        "d@x.de",
        "",
    ),
    (
        Kind.AUTO_REPLY,
        "Accusé de réception",
        "Nous avons bien reçu votre message.",
        {"Auto-Submitted": "auto-replied"},
        "e@x.fr",
        "",
    ),
    (Kind.READ_RECEIPT, "已读: 8D", "您的邮件已被阅读", {}, "f@x.com", ""),
    (
        Kind.READ_RECEIPT,
        "邮件已阅读回执：通知",
        "收件人 f@x.com 已于2026年11月3日打开了您发送的邮件“通知”。",
        {},
        "f@x.com",
        "",
    ),
    (Kind.READ_RECEIPT, "Read: offer", "Your message was read on Monday.", {}, "f@x.com", ""),
    (Kind.READ_RECEIPT, "已读回执", "李明 已阅读您的邮件《关于质量问题的答复》。", {}, "f@x.com", ""),
    (
        Kind.BOUNCE,
        "退信通知",
        "您发送给 zhang@x.com 的邮件未能送达，原因：对方邮箱不存在。",
        {},
        "postmaster@qq.com",
        "PostMaster",
    ),
    (
        Kind.BOUNCE,
        "来自qq.com的退信",
        "很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n被退回邮件 主题：8D\n无法发送到 "
        "zhang@x.com\n退信原因 收件人邮件地址（zhang@x.com）不存在，邮件无法送达。",
        {},
        "PostMaster@qq.com",
        "",
    ),
    (
        Kind.BOUNCE,
        "系统退信",
        "您的邮件未送达 liu@x.com。mx.x.com said: 552 mailbox quota exceeded",
        {},
        "postmaster@mail.x.com",
        "",
    ),
    (
        Kind.BOUNCE,
        "投递失败通知",
        "由于以下原因，您的邮件投递失败：收件人 wang@x.com 的服务器拒收 554 5.7.1 spam",
        {},
        "noreply@mail.x.com",
        "邮件系统",
    ),
    (
        Kind.BOUNCE,
        "Delivery has failed",
        "Your message to wang@x.com couldn't be delivered. wang wasn't found at x.com.",
        {"Return-Path": "<>"},
        "postmaster@x.com",
        "",
    ),
    (
        Kind.BOUNCE,
        "邮件延迟",
        "您的邮件还未投递到 wang@x.com，服务器将继续重试48小时。",
        {"Return-Path": "<>"},
        "MAILER-DAEMON@x.com",
        "",
    ),
    (Kind.BOUNCE, "Mail delivery failed", "wang@x.com\n   mailbox full", {}, "mailer-daemon@x.com", ""),
    (Kind.BOUNCE, "郵件無法傳遞", "您的郵件無法傳遞給下列收件者：wang@x.tw，使用者不存在", {}, "postmaster@x.tw", ""),
    (
        Kind.SPAM,
        "【发票】优惠代理",
        "您好：我司可提供各类正规发票，点数优惠，电话/微信 13800000000 张经理",
        {},
        "zz@vip.163.com",
        "张经理",
    ),
    (Kind.SPAM, "开票", "本公司有剩余进项专票，有需要联系，真实有效，可查验后付款，QQ 123456789", {}, "k@sina.com", ""),
    (
        Kind.SPAM,
        "关于2026年个人劳动补贴申领通知",
        "财政部、人社部联合发放个人劳动补贴，请扫描二维码认证领取，逾期视为放弃。",
        {},
        "hr@x.com",
        "",
    ),
    (Kind.SPAM, "工资补贴通知", "请各位员工于今日内扫码填写银行卡信息领取工资补贴。", {}, "hr@x.com", ""),
    (
        Kind.SPAM,
        "Your parcel is waiting",
        "Your package could not be delivered because of unpaid customs fee. Click here to confirm your payment "
        "of 1.99 EUR.",
        {},
        "dhl@x.com",
        "DHL",
    ),
    (
        Kind.SPAM,
        "Increase your sales",
        "Hi, we are a lead generation company and can provide verified email list of buyers in your industry. "
        "Interested?",
        {},
        "amy@x.com",
        "Amy",
    ),
    (
        Kind.SPAM,
        "LED screen supplier",
        "Dear friend, glad to know you are in the market of LED display. We are a professional manufacturer in "
        "Shenzhen with competitive price. Pls find our catalog. Free sample available.",
        {},
        "led@x.com",
        "",
    ),
    (
        Kind.SPAM,
        "供应不锈钢紧固件",
        "您好，我们是专业生产不锈钢螺丝的厂家，质优价廉，现货供应，欢迎来电咨询索取样品。",
        {},
        "sale@x.com",
        "",
    ),
    (Kind.SPAM, "物流特价", "深圳到欧洲海运双清包税，价格优惠，一手舱位，欢迎询价。联系QQ 888888", {}, "wl@x.com", ""),
    (
        Kind.SPAM,
        "网站备案即将到期",
        "您的域名备案即将过期，请登录以下网址完成核验，否则将被注销。",
        {},
        "icp@x.com",
        "",
    ),
    (
        Kind.SPAM,
        "域名保护通知",
        "我们是亚洲域名注册中心，有公司申请注册贵司名称为域名 xxx.asia，如贵司不授权请尽快回复。",
        {},
        "dom@x.com",
        "",
    ),
    (Kind.SPAM, "招聘 学历", "成人学历提升，免考入学，学信网可查，咨询老师微信 abc12345", {}, "x@x.com", ""),
    (
        Kind.NEWSLETTER,
        "三季度产品更新",
        "本月产品更新：1. 新增报表 2. 优化导出。点击查看详情。取消订阅",
        {"List-Unsubscribe": "<x>"},
        "noreply@saas.com",
        "某某云",
    ),
    (
        Kind.NEWSLETTER,
        "Weekly digest",
        "Top stories this week ... Manage your email preferences",
        {"List-Unsubscribe": "<x>", "Precedence": "bulk"},
        "digest@x.com",
        "",
    ),
    (
        Kind.NEWSLETTER,
        "钢材价格日报 11月3日",
        "今日螺纹钢 3,420 元/吨，上涨20元。退订请回复TD",
        {"Precedence": "bulk"},
        "price@x.com",
        "",
    ),
    (
        Kind.NEWSLETTER,
        "行业协会通讯 第18期",
        "各会员单位：本期内容：质量月活动、客诉处理经验交流。如需退订请联系秘书处。",
        {},
        "xh@x.org",
        "协会秘书处",
    ),
    (
        Kind.NEWSLETTER,
        "Black Friday",
        "Save 30% on all tools. Shop now. Unsubscribe | View in browser",
        {"List-Unsubscribe": "<x>"},
        "shop@x.com",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "subject", "text", "headers", "sender", "name"), CASES)
def test_it_is_set_aside(kind: Kind, subject: str, text: str, headers: dict[str, str], sender: str, name: str) -> None:
    exclusion = exclude(mail(text, subject=subject, headers=headers, sender=sender, name=name), marks(), OWN)
    assert exclusion is not None
    assert exclusion.kind == kind
