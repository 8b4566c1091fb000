"""Reports of mail that came back, in the words and layouts of servers that write no fields (RFC 3464).

Each is a whole mail: ``made(NAME, ...)`` fills in whom our mail was for, its subject and its Message-ID.  ``COPYING``
bring a copy or the headers of our mail back, ``NAMING`` only its recipient and subject.
"""
# ruff: noqa: E501  a report is easier to compare as it stands

from __future__ import annotations

import itertools

from tests.world.mail import mail_of

_numbers = itertools.count(1)

# Name: sender, subject, text.  A text that begins with < is HTML.
COPYING = {
    "qmail": (
        "MAILER-DAEMON@mx.kunde.example",
        "failure notice",
        "Hi. This is the qmail-send program at mx.kunde.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{to}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <service@firm.example>\nMessage-ID: <{ours}>\nTo: {to}\nSubject: {subject}\n\n您好，投诉已登记。",
    ),
    "qmail in Chinese": (
        "MAILER-DAEMON@mx.kunde.example",
        "退信通知 failure notice",
        "您好。这是 mx.kunde.example 的 qmail-send 程序。\n很抱歉，我无法将您的邮件投递到以下地址。\n这是一个永久性错误，我已放弃投递。\n\n<{to}>:\n对不起，这里没有这个邮箱。(#5.1.1)\n\n--- 以下是原邮件的副本。\n\nMessage-ID: <{ours}>\nTo: {to}\nSubject: {subject}\n\n漏水的投诉已登记",
    ),
    "Exim": (
        "Mail Delivery System <Mailer-Daemon@mx.kunde.example>",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {to}\n    host mx.kunde.example [10.0.0.1]\n    SMTP error from remote mail server after RCPT TO:<{to}>:\n    550 5.1.1 User unknown\n\n------ This is a copy of the message's headers. ------\n\nReturn-path: <service@firm.example>\nMessage-ID: <{ours}>\nTo: {to}\nSubject: {subject}\n",
    ),
    "Exim in Chinese": (
        "Mail Delivery System <postmaster@relay.example>",
        "邮件投递失败：退回发件人",
        "本邮件由邮件投递软件自动生成。\n\n您发送的一封邮件无法投递给一个或多个收件人。这是一个永久性错误。\n下列地址投递失败：\n\n  {to}\n    远程邮件服务器返回错误: 550 5.1.1 用户不存在\n\n------ 这是邮件的副本，包括所有邮件头。 ------\n\nMessage-ID: <{ours}>\nTo: {to}\nSubject: {subject}\n\n漏水投诉",
    ),
    "Postfix in Chinese": (
        "邮件投递系统 <postmaster@mail.kunde.example>",
        "未投递的邮件已退回发件人",
        "这是 mail.kunde.example 主机上的邮件系统。\n\n很抱歉地通知您，您的邮件无法投递到一个或多个收件人。邮件附于下方。\n\n如需进一步帮助，请将此报告发送给 postmaster。\n\n                   邮件系统\n\n<{to}>: host mx.kunde.example[10.0.0.2] said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command)\n\nMessage-ID: <{ours}>\nFrom: service@firm.example\nTo: {to}\nSubject: {subject}\n",
    ),
    "Exchange in Chinese": (
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@kunde.example>",
        "未送达: {subject}",
        "未能向这些收件人或通讯组传递邮件:\n\n李明 ({to})\n找不到你输入的电子邮件地址。请检查收件人的电子邮件地址，并尝试重新发送邮件。\n\n供管理员使用的诊断信息:\n\n生成服务器: EX01.kunde.example\n\n{to}\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'\n\n原始邮件头:\n\nReceived: from mx.firm.example (10.1.1.1) by EX01\nFrom: <service@firm.example>\nTo: <{to}>\nSubject: {subject}\nMessage-ID: <{ours}>\n",
    ),
    "MDaemon": (
        "MDaemon at mx.kunde.example <MDaemon@mx.kunde.example>",
        "Warning: li - User unknown!",
        "The following data may contain sections which represent BASE64 encoded\nfile attachments.\n\nMDaemon has identified this message as undeliverable.\n{to} - no such user here.\n\n: Message contains [1] file attachments\n\nMessage-ID: <{ours}>\nTo: {to}\nSubject: {subject}\n",
    ),
}
NAMING = {
    "QQ": (
        "PostMaster@qq.example",
        "来自qq.example的退信",
        "<html><body><div>尊敬的用户：</div><div>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</div><table><tr><td>被退回邮件</td><td>主　题：{subject}</td></tr><tr><td></td><td>时　间：2026-03-02 09:12:21</td></tr><tr><td>无法发送到</td><td>{to}</td></tr><tr><td>退信原因</td><td>收件人邮箱不存在，或者收件人已停用该邮箱。</td></tr><tr><td>解决方案</td><td>请联系您的收件人，重新核实邮箱地址。</td></tr></table></body></html>",
    ),
    "NetEase": (
        "Postmaster@163.example",
        "系统退信",
        "<html><body><p>抱歉，您的邮件被退回来了……</p><table><tr><td>原邮件信息：</td></tr><tr><td>时　间</td><td>2026-03-02 09:12:42</td></tr><tr><td>主　题</td><td>{subject}</td></tr><tr><td>收件人</td><td>{to}</td></tr><tr><td>退信原因：</td><td>收件人邮件地址（{to}）不存在，邮件无法送达。<br>SMTP error, RCPT TO: 550 User not found</td></tr><tr><td>解决方案：</td><td>请检查收件人地址，确认后重新发送</td></tr></table></body></html>",
    ),
    "Aliyun": (
        "mailer@aliyun.example",
        "来自阿里邮箱的退信：{subject}",
        "您好！\n您的邮件《{subject}》未能成功发送给以下收件人：\n{to}\n失败原因：收件人地址不存在\n错误详情：550 RCPT (Mailbox not found)\n---------------\n原邮件信息\n发件人：service@firm.example\n收件人：{to}\n",
    ),
    "U-Mail": (
        "postmaster@u.example",
        "邮件发送失败",
        "邮件发送失败，您发送的邮件没有送达。\n邮件主题：{subject}\n收件地址：{to}\n服务器应答：550 Mailbox not found\n",
    ),
    "263": (
        "admin@263.example",
        "退信：用户不存在",
        "您发给 {to} 的邮件已被退回。\n原因：该用户不存在或已被禁用。\n邮件主题：{subject}\n本邮件由系统自动发送，请勿直接回复。",
    ),
    "Sina": (
        "MAILER-DAEMON@sina.example",
        "系统退信",
        "亲爱的用户：\n您发往 {to} 的邮件没有投递成功，原因如下：\n收件人不存在（550 5.1.1 User unknown）\n原信主题：{subject}\n",
    ),
    "Domino": (
        "Mail Router <postmaster@kunde.example>",
        "DELIVERY FAILURE: User li ({to}) not listed in Domino Directory",
        "Your message\n\n  Subject: {subject}\n\nwas not delivered to:\n\n  {to}\n\nbecause:\n\n  User li ({to}) not listed in Domino Directory\n",
    ),
    "Exchange as a page": (
        "postmaster@kunde.example",
        "无法送达: {subject}",
        "<html><body><p><b>未能将邮件传递到以下收件人或组：</b></p><p><a href='mailto:{to}'>{to}</a><br>找不到收件人的电子邮件地址。</p><p>供管理员使用的诊断信息：</p><p>{to}<br>#550 5.1.1 RESOLVER.ADR.RecipNotFound ##</p></body></html>",
    ),
    "Coremail of an office": (
        "sysadmin@kunde.example",
        "退信通知：邮件投递失败",
        "您发送的邮件被退回，相关信息如下：\n    发件人：service@firm.example\n    收件人：{to}\n    主题：{subject}\n    时间：2026-03-02 09:12:42\n退信原因：收件人不存在\n",
    ),
}
REPORTS = COPYING | NAMING


def made(name: str, *, to: str, subject: str, ours: str = "") -> bytes:
    """This server's report about our mail ``ours`` (Message-ID, no brackets) of this subject to this address."""
    sender, title, text = REPORTS[name]
    filled = (part.format(to=to, subject=subject, ours=ours) for part in (title, text))
    title, text = filled
    return mail_of(sender, title, text, message_id=f"report{next(_numbers)}@mx.kunde.example")
