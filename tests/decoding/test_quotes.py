"""New words, quoted words, forwarded words and signature are told apart; a customer's words are never hidden."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.decoding.quotes import Split, split_text
from mailflow.stages.decode import decode
from tests.decoding.build import mail, multipart, part

ANSWER = "轴承又坏了，请今天回复。"
EARLIER = "您好，投诉已受理。"

QUOTES = {
    "qq": f'------------------ 原始邮件 ------------------\n发件人: "客服" <kf@f.example>;\n发送时间: 2026年9月21日(星期一) 晚上8:00\n收件人: "张三" <z@k.example>;\n主题: 受理\n\n{EARLIER}',
    "wecom": f"------------------ Original ------------------\nFrom: 客服<kf@f.example>\nDate: 周五,10月 16,2026 6:15 下午\nTo: 张三<z@k.example>\nSubject: 受理\n\n{EARLIER}",
    "163": f'在 2026-10-21 10:00:00，"客服" <kf@f.example> 写道：\n\n{EARLIER}',
    "163 English": f'At 2026-10-21 10:00:00, "kf" <kf@f.example> wrote:\n>{EARLIER}\n>再见',
    "foxmail": f"发件人： 客服\n发送时间： 2026-10-12 08:52\n收件人： 张三\n主题： 受理\n{EARLIER}",
    "foxmail with address": f"\nFrom: kf@f.example\nDate: 2026-10-12 08:52\nTo: z@k.example\nSubject: 受理\n\n{EARLIER}",
    "outlook": f"________________________________\n发件人: 客服 <kf@f.example>\n发送时间: 2026年10月13日 13:30\n收件人: 张三 <z@k.example>\n主题: 受理\n\n{EARLIER}",
    "outlook text": f"-----邮件原件-----\n发件人: 客服 [mailto:kf@f.example]\n发送时间: 2026年11月2日 16:00\n收件人: 张三\n主题: 受理\n\n{EARLIER}",
    "outlook English": f"-----Original Message-----\nFrom: kf\nSent: Monday, 2 November 2026 16:00\nTo: z\nSubject: x\n\n{EARLIER}",
    "aliyun": f"------------------------------------------------------------------\n发件人：客服 <kf@f.example>\n日　期：2026年10月21日 10:00:00\n收件人：张三<z@k.example>\n主　题：受理\n\n{EARLIER}",
    "gmail": f"客服 <kf@f.example> 于2026年10月21日周三 10:00写道：\n\n> {EARLIER}",
    "gmail English": f"On Wed, Oct 21, 2026 at 10:00 AM Customer Service\n<kf@f.example> wrote:\n\n> {EARLIER}\n>",
    "apple": f"> 2026年10月21日 10:00，客服 <kf@f.example> 写道：\n>\n> {EARLIER}",
    "thunderbird": f"在 2026/11/12 15:10, 客服 写道:\n> {EARLIER}\n> 再见",
    "german": f"Am 21.10.2026 um 10:00 schrieb Kundendienst <kf@f.example>:\n> {EARLIER}\n> bis dann",
}


@pytest.mark.parametrize("client", QUOTES, ids=str)
def test_an_answer_above_the_quote_of_every_client(client: str) -> None:
    parts = split_text(f"{ANSWER}\n\n{QUOTES[client]}\n", "回复: 受理")
    assert parts.new == ANSWER
    assert EARLIER in parts.quoted
    assert parts.forwarded == ""


def test_answers_between_and_below_quoted_lines_are_new() -> None:
    text = "On 1 Oct 2026, kf <kf@f.example> wrote:\n> 数量？\n6只\n> 批号？\nB2609\n\n以上，张三"
    assert split_text(text, "Re: x").new == "6只\n\nB2609\n\n以上，张三"


def test_an_answer_below_an_unmarked_quote_at_the_top_stays_in_sight() -> None:
    parts = split_text("On 1 Oct 2026 10:00, kf <kf@f.example> wrote:\n\n请问数量？\n六只", "Re: x")
    assert "六只" in parts.new


def test_answers_filled_into_the_quote_stay_in_sight_when_announced() -> None:
    text = '已填，见下面括号里。\n\n在 2026-11-03 09:00:12，"客服" <kf@f.example> 写道：\n\n>质量（ 5 ）\n>交付（ 2 ）'
    assert "交付（ 2 ）" in split_text(text, "回复: 调查").new


def test_coloured_answers_inside_a_quote_are_new() -> None:
    html = (
        "<div>答复如后</div><p>在 2026-10-16 08:15:02，客服 写道：</p><blockquote id='isReplyContent'><div>温度？</div>"
        "<div><span style='color:#ff0000'>165度</span></div><div>数量？</div><div><font color=red>420包</font></div></blockquote>"
    )
    plain = "答复如后\n\n在 2026-10-16 08:15:02，客服 写道：\n\n温度？\n165度\n数量？\n420包\n"
    both = multipart(
        part(plain.encode(), b"Content-Type: text/plain; charset=utf-8"),
        part(html.encode(), b"Content-Type: text/html; charset=utf-8"),
        kind=b"alternative",
    )
    for raw in (both, mail(html.encode(), b"Content-Type: text/html; charset=utf-8")):
        message = decode(raw)
        assert "165度" in message.new_text
        assert "420包" in message.new_text
        assert "温度？" not in message.new_text
        assert "温度？" in message.quoted_text


FORWARDS = {
    "gmail": "---------- Forwarded message ---------\nFrom: 李四 <l@k.example>\nDate: Wed, Oct 21, 2026\nSubject: 投诉\nTo: <x@y.example>\n\n",
    "163": "-------- 转发邮件信息 --------\n发件人：李四 <l@k.example>\n发送日期：2026-11-03 22:10:47\n收件人：x@y.example\n主题：投诉\n\n",
    "outlook": "________________________________\n发件人: 李四 <l@k.example>\n发送时间: 2026年10月13日 13:30\n收件人: x\n主题: 投诉\n\n",
    "apple": "Begin forwarded message:\n\n> From: l@k.example\n> Subject: x\n> Date: 1 Oct 2026\n> To: x@y.example\n>\n> ",
}


@pytest.mark.parametrize("client", FORWARDS, ids=str)
def test_a_forwarded_mail_is_content_and_no_quote(client: str) -> None:
    parts = split_text(f"请看下面\n\n{FORWARDS[client]}泵又漏了", "转发: 投诉")
    assert parts.new == "请看下面"
    assert "泵又漏了" in parts.forwarded
    assert parts.quoted == ""


def test_a_block_without_any_word_of_an_answer_is_taken_as_forwarded() -> None:
    text = "发件人: 李四 <l@k.example>\n发送时间: 2026年10月13日 13:30\n收件人: x\n主题: 投诉\n\n泵又漏了"
    assert "泵又漏了" in split_text(text, "投诉").forwarded
    assert "泵又漏了" in split_text("看\n" + text, "投诉", is_reply=True).quoted


@pytest.mark.parametrize(
    "text",
    [
        "寄件人：张三 13800000000\n收件人：李四 13900000000\n快递单号：XL730226101977\n三天没动了",
        "From: Ningbo\nTo: Hamburg\nThe container is late.",
        "日期：2026-10-01\n收件人：仓库\n数量少了两箱",
        "温度 >50 度就坏\n>5mm 的都不行",
        ">5mm 的全部退货",
        "-----------\n品名 数量\n轴承 6\n-----------\n请核对",
        "客户写道：轴承坏了",
        "On Monday we wrote you three times and nobody answered.",
        "谢谢！\n\n一二三\n四五六",
        "如有问题请联系张三 <z@k.example>：\n电话 13800000000",
    ],
)
def test_what_only_looks_like_a_quote_stays_new(text: str) -> None:
    parts = split_text(text, "投诉")
    assert parts.new == text
    assert (parts.quoted, parts.forwarded) == ("", "")


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (f"{ANSWER}\n\n--\n张三\n某某有限公司\n0512-1234567", "--\n张三\n某某有限公司\n0512-1234567"),
        (f"{ANSWER}\n\n发自我的iPhone", "发自我的iPhone"),
        (f"{ANSWER}\n\n发自我的企业微信", "发自我的企业微信"),
        (f"{ANSWER}\n\n从我的华为手机发送", "从我的华为手机发送"),
        (f"{ANSWER}\n\n发送自 网易邮箱大师", "发送自 网易邮箱大师"),
        (f"{ANSWER}\n\nSent from my iPhone", "Sent from my iPhone"),
        (f"{ANSWER}\n\nBest regards,\nTom\nTel: +86 512 1234567", "Best regards,\nTom\nTel: +86 512 1234567"),
        (f"{ANSWER}\n\n----------\n张三\nz@k.example\n某某有限公司", "----------\n张三\nz@k.example\n某某有限公司"),
    ],
)
def test_a_signature_is_told_apart(text: str, signature: str) -> None:
    parts = split_text(text)
    assert (parts.new, parts.signature) == (ANSWER, signature)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢\n张三",
        "请尽快处理。\n--\n还有一个问题，上次的货也少了两箱，什么时候补？\n我们生产线都停了，请马上答复，不然只能换供应商了。"
        + "\n再说一遍" * 20,
        "Thanks",
        "从昨天开始就漏水",
        "从我的邮箱里找到了订单，请看附件",
    ],
)
def test_words_are_not_taken_for_a_signature(text: str) -> None:
    assert split_text(text).signature == ""


@given(st.lists(st.sampled_from([ANSWER, "", "> 引用", "--", "发件人: a@b.example", "主题: x", "发送时间: 2026-01-01 10:00",
                                 "在 2026-01-01 10:00，a 写道：", "-----Original Message-----", "Thanks", "发自我的iPhone"]),
                max_size=25))  # fmt: skip
def test_no_line_is_ever_lost(lines: list[str]) -> None:
    parts: Split = split_text("\n".join(lines), "Re: x")
    kept = f"{parts.new}\n{parts.quoted}\n{parts.forwarded}\n{parts.signature}".split("\n")
    assert sorted(line for line in kept if line.strip()) == sorted(line for line in lines if line.strip())
