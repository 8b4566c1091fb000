"""What a customer says is never a signature, and the fuller of two readings of his letter is the letter."""
# ruff: noqa: E501  a sample is easier to compare on one line

from __future__ import annotations

import pytest

from mailflow.decoding.quotes import split_text
from mailflow.stages.decode import decode
from tests.decoding.build import multipart, part

SAID = "机封漏水12台，请更换，订单20261019。"
ABOVE = [
    "发自我的iPhone", "发自我的小米手机", "Sent from my iPad", "来自我的企业微信", "Get Outlook for iOS", "发送自 Windows 版邮件",
    "本邮件含保密信息，仅供收件人使用。", "此邮件及附件含机密信息，专供指定收件人。",
    "This e-mail is confidential and intended only for the addressee.", "免责声明：本邮件不构成要约。",
    "--\n陈琳 13800138000", "--\n华宇包装有限公司\n电话：0512-62881234", "-- \nChen Lin\nTel: +86 512 6288 1234",
]  # fmt: skip


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize(
    "said", [SAID, "机封漏水12台\n请更换", "All 12 seals leak, please replace them. Order 20261019."]
)
def test_a_letter_below_a_device_line_a_notice_or_a_card_is_new(above: str, said: str) -> None:
    parts = split_text(f"{above}\n\n{said}")
    assert parts.new == said
    assert parts.signature == above.replace("-- ", "--")


@pytest.mark.parametrize(
    "below",
    [
        "另外请周五前退货，订单HY20261019。", "另：订单20261019也要退", "补充：还有3台漏水", "PS: we also need 3 more seals",
        "Please also send the 8D report for order 20261019", "请打 13800138000 联系我司仓库",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "mark", ["发自我的iPhone", "--", "-- ", "祝好\n陈琳 13800138000", "本邮件含保密信息，仅供收件人使用。"]
)
def test_a_postscript_below_what_ends_letters_is_new(mark: str, below: str) -> None:
    assert split_text(f"漏水12台。\n{mark}\n\n{below}").new.endswith(below)


def test_rules_between_paragraphs_end_nothing() -> None:
    text = "漏水情况如下：\n--\n3号泵 漏水 5台\n5号泵 漏水 7台\n--\n请更换，订单HY20261019"
    assert split_text(text).new == text


def test_many_sentences_below_a_notice_are_new() -> None:
    letter = "\n".join(f"第{number}台泵机封漏水，请更换。" for number in range(1, 9))
    assert split_text(f"本邮件含保密信息，仅供收件人使用。\n{letter}").new == letter


def test_a_notice_of_several_lines_below_a_letter_is_none_of_its_words() -> None:
    notice = (
        "This e-mail and its attachments are confidential. If you are not the intended\nrecipient please notify the sender "
        "and delete the message.\nAny unauthorised copying is prohibited."
    )
    assert split_text(f"The pump leaks, please help.\n\n{notice}").new == "The pump leaks, please help."


def _read(plain: str, html: str) -> str:
    parts = [part(text.encode(), b"Content-Type: text/" + kind + b"; charset=utf-8")
             for kind, text in ((b"plain", plain), (b"html", html))]  # fmt: skip
    return decode(multipart(*parts, kind=b"alternative")).new_text


HTML = "<p>贵司：</p><p>机封漏水12台，请三天内更换，订单HY20261019。</p>"
STUBS = [
    "Your mail client does not support HTML messages.", "This is an HTML message. Please use an HTML capable mail program.",
    "To view this email, open it in your browser: https://x.example/v?1", "您的邮件客户端不支持HTML格式，请使用浏览器查看。",
    "请以网页方式查看本邮件", "如无法显示，请点击链接在线查看", "该邮件为HTML格式，请切换到HTML模式查看！", "Sorry, your reader cannot display rich text.", "",
]  # fmt: skip


@pytest.mark.parametrize("stub", STUBS)
def test_a_plain_part_that_only_points_at_the_html_is_not_the_letter(stub: str) -> None:
    assert _read(stub, HTML) == "贵司：\n机封漏水12台，请三天内更换，订单HY20261019。".replace("\n", _gap(HTML))


def _gap(html: str) -> str:
    return "\n\n" if "\n\n" in _read("", html) else "\n"


@pytest.mark.parametrize(
    "shorter", ["贵司：", "贵司：机封漏水12台...", "贵司：\n机封漏水12台", "贵司：机封漏水12台，请三天内…", "机封漏水"]
)
def test_a_plain_part_that_was_cut_off_gives_way_to_the_whole(shorter: str) -> None:
    assert "请三天内更换，订单HY20261019" in _read(shorter, HTML)


@pytest.mark.parametrize(
    "words",
    ["我们的系统不能显示HTML报表，请尽快修好，订单HY20261019", "贵司：机封漏水12台，请三天内更换，订单HY20261019。",
     "请换货，附件打不开"],
)  # fmt: skip
def test_a_plain_letter_of_its_own_stays(words: str) -> None:
    assert _read(words, f"<div>{words}</div>") == words
