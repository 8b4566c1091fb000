"""More mails of people and of customers' systems that look like machine mail: every one is kept."""

from __future__ import annotations

import pytest

from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, mail, marks

LIST = {"List-Unsubscribe": "<https://x/u>", "List-Id": "<x.y>", "Precedence": "bulk"}
AG = {
    "Auto-Submitted": "auto-generated",
    "Return-Path": "<>",
    "Precedence": "bulk",
    "X-Auto-Response-Suppress": "All",
}

CASES: list[tuple[str, str, dict[str, str], str]] = [
    (
        "Ticket #8812 created: bearing noise",
        "A new ticket has been created for your team. Description: noise on motor 3 after 20 hours. Priority: "
        "high. Do not reply to this email.",
        AG,
        "noreply@service.kehu.example",
    ),
    (
        "工单 2026110301 已创建",
        "【设备报修】3号楼电梯困人，请立即处理。系统自动发送，请勿回复。",
        AG,
        "system@oa.kehu.example",
    ),
    (
        "供应商质量异常通知（自动发送）",
        "贵司11月2日来料抽检发现尺寸超差，已判退，请登录SRM系统查看并于48小时内回复8D。本邮件由系统自动发送，"
        "请勿直接回复。",
        AG,
        "srm@kehu.example",
    ),
    (
        "SRM 提醒",
        "您有一条新的询价单 RFQ-2261 待报价，请登录平台处理。本邮件由系统自动发送，请勿回复",
        AG,
        "srm@kehu.example",
    ),
    ("SRM 提醒", "您有一条待办事项，请登录平台处理。本邮件由系统自动发送，请勿回复", AG, "srm@kehu.example"),
    (
        "Supplier portal",
        "You have a new message in the supplier portal. Log in to read it. This is an automated message, please "
        "do not reply.",
        AG,
        "noreply@portal.kehu.example",
    ),
    (
        "Your parcel complaint",
        "My parcel 88221 was marked as delivered, could not be delivered in fact. Mailbox full of your notices.",
        {},
        "a@gmail.example",
    ),
    ("Re: 自动回复: 电梯", "你们的自动回复说24小时内处理，已经三天了", {}, "a@qq.example"),
    ("自动回复: 电梯", "已经三天了，没人来", {}, "a@qq.example"),
    ("Auto reply is useless", "Your auto reply says 24 hours. It has been a week.", {}, "a@x.example"),
    ("Out of office?", "Is everybody out of office at your company? No answer since Monday.", {}, "a@x.example"),
    ("Automatic door broken", "The automatic door in hall 2 does not close.", {}, "a@x.example"),
    ("Out of tolerance", "The shaft is out of tolerance.", {}, "a@x.example"),
    ("Read: this is urgent", "Read this please. The pump failed and the plant is down.", {}, "a@x.example"),
    ("已读", "收到，同意。", {}, "a@x.example"),
    ("回执", "回执已签，见附件。", {}, "a@x.example"),
    ("回执: 满意度调查", "1. 5分 2. 4分 3. 建议多回访", {}, "a@x.example"),
    ("会议回执：供应商大会", "参会人员：王强、李丽，共2人。", {}, "a@x.example"),
    ("供应商大会邀请函", "诚邀贵司出席我司2026年度供应商大会，时间11月28日，请回复参会人员。", {}, "a@kehu.example"),
    (
        "第十届供应商大会邀请函",
        "诚邀贵司参加我司第十届供应商大会，报名回执请于11月20日前发回采购部。",
        {},
        "a@kehu.example",
    ),
    ("退订", "我要退订你们的会员服务，钱退给我。", {}, "a@x.example"),
    ("退订", "TD", {}, "a@x.example"),
    ("取消订阅", "请取消我们公司的云服务订阅，不再续费，数据怎么导出？", {}, "a@x.example"),
    ("Unsubscribe", "Please unsubscribe me from your survey mails.", {}, "a@x.example"),
    (
        "Delivery failure of pump P-101",
        "Delivery pressure failed to reach 6 bar. Unknown user error on HMI. Returned mail says code 554.",
        {},
        "a@x.example",
    ),
    ("退件", "快件被退回，说收件人不存在，可我电话一直通。单号 XL7788", {}, "a@x.example"),
    ("无法投递", "快递显示无法投递，原因是地址错误，但地址是对的", {}, "a@x.example"),
    ("邮件发送失败", "我从你们网站发邮件发送失败，提示550错误", {}, "a@x.example"),
    ("贷款", "银行说要你们出具的验收证明才放款，当天能开吗？", {}, "a@x.example"),
    ("邮箱", "您的邮箱空间是不是满了，我发的图片总是发不过去", {}, "a@x.example"),
    ("账号将被停用？", "收到你们通知说我的账户将被停用，请问是真的吗？要不要点击链接验证？", {}, "a@x.example"),
    ("是不是诈骗", "收到一封邮件说您的企业邮箱即将停用请点击此处升级验证密码，是你们发的吗？", {}, "a@x.example"),
    (
        "Phishing in your name",
        "Somebody sends mails in your name: 'your mailbox is almost full, click here to verify your account'. "
        "Please warn your customers.",
        {},
        "a@x.example",
    ),
    (
        "Fwd: 代开发票",
        "你们公司的人给我发这种代开发票的短信，点数低，是不是客户信息泄露了？请解释。",
        {},
        "a@x.example",
    ),
    ("发票", "你们能不能代开发票？我个人买的，需要专票抵扣。", {}, "a@x.example"),
    ("SEO", "你们给我们做的SEO优化，关键词排名没上首页，合同约定包上首页，要求退款。", {}, "a@x.example"),
    ("展位", "贵司搭建的展位掉了一块板，砸到人，展会主办单位要求处理。", {}, "a@x.example"),
    ("展会", "在上海展会上看到贵司展位，想了解DN50球阀价格。", {}, "a@x.example"),
    ("课程", "买了你们的培训班课程，讲师根本没来，学费退给我。", {}, "a@x.example"),
    ("会员", "我是你们的会员，积分被冻结了", {}, "a@x.example"),
    ("Newsletter", "Your November newsletter shows a wrong price for the X20.", {}, "a@x.example"),
    (
        "[quality] crack",
        "Dear all, see the photos of the crack in lot 2211.",
        dict(LIST, **{"List-Post": "<mailto:quality@kehu.example>"}),
        "a@kehu.example",
    ),
    (
        "question",
        "Hi, is the shop open on Saturday?\n\nThis message was sent via Kehu Secure Mail. Unsubscribe | Privacy",
        LIST,
        "a@kehu.example",
    ),
    ("问一下", "请问周六上班吗？", dict(LIST), "a@kehu.example"),
    ("问一下", "请问周六上班吗？", AG, "a@kehu.example"),
    ("问一下", "请问周六上班吗？", {"X-Loop": "kefu@women.example"}, "a@kehu.example"),
    ("满意度调查回复", "总体满意，售后回复慢，自动回复多，人工少。", {}, "a@x.example"),
    ("同意", "同意。我出差在外，回来补签，急事请联系小李。", {}, "wang@women.example"),
    ("Re: 8D", "我明天开始休假，附上8D初稿，后续工作由小陈接替，急事请联系他。", {}, "wang@women.example"),
    (
        "Re: claim",
        "I am on vacation next week, for urgent matters call Tom. The claim is accepted, please send credit note.",
        {},
        "wang@kehu.example",
    ),
    ("ok", "Thank you for your message. We will get back to you with the photos tomorrow.", {}, "wang@kehu.example"),
    ("Re: 回访", "收到，谢谢，我看看再回复您。", {}, "wang@kehu.example"),
    ("Re: 通知", "邮件已收到，我们会尽快安排打款，请及时发货。", {}, "wang@kehu.example"),
    (
        "价格",
        "We are a manufacturer of pumps in Poland and need 500 bearings, best price please.",
        {},
        "wang@kehu.example",
    ),
    (
        "bank",
        "Please send us your bank account details, our accounting wants to transfer the payment to the new "
        "account you mentioned.",
        {},
        "wang@kehu.example",
    ),
    ("变更收款账户", "我司退款收款账户变更如下，请将退款汇至新账户。", {}, "wang@kehu.example"),
    ("中奖", "你们活动说我中奖了，奖品一直没寄。", {}, "wang@kehu.example"),
    ("催单", "【紧急】三天没有物流信息，急！", {}, "wang@kehu.example"),
    ("dear", "Hello dear, my order is still not shipped, 100% risk for our fair.", {}, "wang@kehu.example"),
    ("系统管理员权限", "系统管理员账号密码过期了，登录不了，请重置。", {}, "admin@kehu.example"),
    (
        "Mailbox",
        "The parcel box (mailbox) 12 in building 3 is full and will not open, access denied code 550.",
        {},
        "info@kehu.example",
    ),
]


@pytest.mark.parametrize(("subject", "text", "headers", "sender"), CASES)
def test_it_is_kept(subject: str, text: str, headers: dict[str, str], sender: str) -> None:
    exclusion = exclude(mail(text, subject=subject, headers=headers, sender=sender), marks(), OWN)
    assert exclusion is None, exclusion
