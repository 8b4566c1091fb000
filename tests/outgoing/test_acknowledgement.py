"""Who gets an answer, in which language, and what it lists, asks and never says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.casework.acknowledgement import MAX_ASKED, NAMES, UNANSWERED, answer_language, missing_facts, samples
from mailflow.customers.standing import answer_address
from mailflow.domain.model import NO_CASE, Address, Details, Kind, Message
from mailflow.outgoing.templates import MailTemplates
from tests.outgoing.conftest import (
    ANGRY,
    ANGRY_DETAILS,
    ASKING,
    ASKING_DETAILS,
    CASE,
    COMPANY,
    INQUIRY,
    OWN,
    Reply,
    found,
    html,
    parsed,
    plain,
    replied,
)

# --------------------------------------------------------------------------------------------------- who gets an answer


@pytest.mark.parametrize("kind", [*sorted(NO_CASE), Kind.STAFF_REPLY, Kind.OTHER])
def test_machines_staff_and_mail_that_asks_for_nothing_get_no_mail(templates: MailTemplates, kind: Kind) -> None:
    assert replied(templates, details=replace(ANGRY_DETAILS, kind=kind)) is None


def test_an_answer_to_our_survey_gets_a_receipt_only_where_it_belongs_to_no_case_of_ours(answer: Reply) -> None:
    survey = replace(ANGRY_DETAILS, kind=Kind.SURVEY_REPLY)
    opened = replace(CASE, number="DC-2026-0001", kind=Kind.SURVEY_REPLY)
    text = plain(answer(details=survey, case=opened))
    assert "DC-2026-0001" in text
    assert "歉意" not in text


def test_whose_address_is_unknown_gets_no_mail() -> None:
    assert answer_address(Message(subject="x"), OWN, lambda sender, wanted: True) is None


def person(address: str, name: str = "") -> Address:
    return Address(name, address)


@pytest.mark.parametrize(
    ("from_", "reply_to", "expected"),
    [
        (["wang@x.cn"], [], "wang@x.cn"),
        (["wang@x.cn"], ["office@x.cn"], "office@x.cn"),
        (["noreply@x.cn"], ["wang@x.cn"], "wang@x.cn"),
        (["noreply@x.cn"], [], None),
        (["wang@x.cn"], ["no-reply@x.cn"], "wang@x.cn"),
        (["MAILER-DAEMON@x.cn"], [], None),
        (["postmaster@x.cn"], [], None),
        (["service.noreply@x.cn"], [], None),
        (["bounce-123@x.cn"], [], None),
        (["bounceback@x.cn"], [], "bounceback@x.cn"),
        (["KEFU@hengxin.example.cn"], [], None),
        (["wang@x.cn"], ["kefu@HENGXIN.example.cn"], "wang@x.cn"),
        (["wang@x.cn"], ["a b@x.cn", "not an address"], "wang@x.cn"),
        (["wang@x.cn"], ["a@x.cn", "b@x.cn", "c@x.cn"], "a@x.cn"),
        ([], [], None),
        ([""], [], None),
    ],
)
def test_the_answer_goes_to_one_person_who_reads_it(
    from_: list[str], reply_to: list[str], expected: str | None
) -> None:
    message = Message(from_=tuple(map(person, from_)), reply_to=tuple(map(person, reply_to)))
    found_ = answer_address(message, OWN, lambda sender, wanted: True)
    assert (found_.address if found_ else None) == expected


def test_a_mail_with_an_empty_envelope_sender_is_never_answered() -> None:
    message = replace(ANGRY, headers={"return-path": ("<>",)})
    assert answer_address(message, OWN, lambda sender, wanted: True) is None


def test_the_envelope_names_the_customer_and_us(answer: Reply) -> None:
    mail = answer()
    assert (mail.sender, mail.recipients) == ("kefu@hengxin.example.cn", ("wang@huadong.example.cn",))
    assert str(parsed(mail)["to"]) == "王建国 <wang@huadong.example.cn>"
    assert str(parsed(mail)["from"]) == "恒信精密客户服务部 <kefu@hengxin.example.cn>"


def test_the_answer_stands_in_the_customers_thread(answer: Reply) -> None:
    message = parsed(answer())
    assert message["Subject"] == "回复：第三次了！！阀体毛刺装不上 [TS-2026-0123]"
    assert message["In-Reply-To"] == "<tencent_AB12@qq.example>"
    assert message["References"].split() == ["<first@hengxin.example.cn>", "<tencent_AB12@qq.example>"]
    assert message["Message-ID"] == "<receipt.1@hengxin.example.cn>"
    assert message["Auto-Submitted"] == "auto-replied"


# ------------------------------------------------------------------------------------------------------------ language


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "", "zh"),
        ("en", "您好", "en"),
        ("zh-Hant", "", "zh-Hant"),
        ("mixed", "您好，附件是 invoice 请查收，谢谢", "zh"),
        ("mixed", "Dear sirs, please find the invoice attached. 谢谢", "en"),
        ("mixed", "", "zh"),
        ("fr", "", "zh"),
    ],
)
def test_the_answer_is_in_the_language_of_the_mail(language: str, text: str, expected: str) -> None:
    details = Details(Kind.INQUIRY, language=language)
    assert answer_language(details, Message(new_text=text)) == expected


def test_an_english_customer_gets_an_english_mail(answer: Reply) -> None:
    mail = answer(details=replace(ANGRY_DETAILS, language="en"))
    assert parsed(mail)["Content-Language"] == "en"
    assert parsed(mail)["Subject"].startswith("Re: ")
    text = plain(mail)
    assert text.startswith("Dear 王建国,\n")
    assert "sorry for the trouble" in text
    assert "23 October 2026, 17:30 (UTC+08:00) (you wrote “本周五下班前”)" in text
    assert "Hengxin Precision Machinery Co., Ltd." in text
    assert COMPANY.first_reply_en in text
    ours = re.sub(r"“.*?”|华东泵业有限公司|王建国|阀体|件", "", text)
    assert not re.search(r"[\u3400-\u9fff]", ours)


def test_a_customer_who_writes_traditional_chinese_gets_it_back_and_his_words_untouched(answer: Reply) -> None:
    text = plain(answer(details=replace(ANGRY_DETAILS, language="zh-Hant")))
    assert "發來的郵件我們已經收到" in text
    assert "客戶服務部" in text
    assert "我們將在工作時間內儘快由專人與您聯繫" in text
    assert "华东泵业有限公司" in text  # as he is registered, not as a converter would have it
    assert "「螺纹口全是毛刺」" in text


# ------------------------------------------------------------------------------------------------ what the mail says


def test_the_mail_lists_what_was_understood_in_the_customers_words(answer: Reply) -> None:
    mail = answer()
    facts = dict(re.findall(r"^  · (.+?)：(.+)$", plain(mail), re.MULTILINE))
    assert facts == {
        "公司名称": "华东泵业有限公司",
        "联系人": "王建国",
        "联系电话": "+86 138 0000 0000",
        "产品名称": "阀体",
        "数量": "2000 件",
        "问题描述": "“螺纹口全是毛刺”",
        "您的要求": "“必须换货”",
        "期望时间": "2026年10月23日 17:30（您写的是“本周五下班前”）",
    }
    for value in facts.values():
        assert value in html(mail)


def test_what_we_make_of_the_mail_stays_with_us(answer: Reply) -> None:
    for language in ("zh", "en"):
        mail = answer(details=replace(ANGRY_DETAILS, language=language))
        for ours in ("停线", "可能有效", "severity", "validity"):
            assert ours not in plain(mail) + html(mail)


def test_the_mail_says_when_the_customers_mail_arrived_and_its_number(answer: Reply) -> None:
    text = plain(answer())
    assert "您于 2026年10月21日 10:32 发来的邮件" in text
    assert "案件编号为 TS-2026-0123" in text
    assert "JL-23-01-2026-0123" in text
    unknown = plain(answer(message=replace(ANGRY, received_at=None), record=None))
    assert "您发来的邮件我们已经收到" in unknown
    assert "登记编号" not in unknown


def test_facts_a_complaint_needs_are_asked_for_at_most_three(answer: Reply) -> None:
    assert missing_facts(Kind.COMPLAINT, ANGRY_DETAILS) == ("order_no", "batch_no")
    text = plain(answer())
    assert "  1. 订单号或合同号\n  2. 产品批号（一般印在外包装标签或合格证上）\n" in text
    assert "3. " not in text
    for kind in Kind:
        assert len(missing_facts(kind, Details(kind))) <= MAX_ASKED
    complete = Details(
        Kind.COMPLAINT, findings=tuple(found(f, "x") for f in ("order_no", "model", "batch_no", "quantity", "phone"))
    )
    assert missing_facts(Kind.COMPLAINT, complete) == ()
    assert "补充" not in plain(answer(details=complete))


def test_who_complains_about_behaviour_is_not_asked_for_a_batch_number() -> None:
    rude = Details(Kind.COMPLAINT, subkinds=("服务态度",))
    assert missing_facts(Kind.COMPLAINT, rude) == ("order_no", "happened_on", "phone")
    both = Details(Kind.COMPLAINT, subkinds=("服务态度", "产品质量"))
    assert "batch_no" in missing_facts(Kind.COMPLAINT, both)


def test_a_mail_nothing_was_read_from_lists_nothing(answer: Reply) -> None:
    for details in (Details(Kind.INQUIRY), ASKING_DETAILS):
        text = plain(answer(message=ASKING, details=details, case=INQUIRY))
        assert "核对：" not in text
        assert "·" not in text
    assert "尊敬的客户：" in plain(answer(message=ASKING, details=Details(Kind.INQUIRY), case=INQUIRY))


@pytest.mark.parametrize(
    ("finding", "greeting"),
    [
        (found("contact", "李敏", source="signature"), "尊敬的李敏："),
        (found("contact", "欧阳·娜娜 经理", source="from"), "尊敬的欧阳·娜娜 经理："),
        (found("contact", "David Wang", source="from"), "尊敬的David Wang："),
        (found("contact", "李敏", source="quoted_text"), "尊敬的客户："),
        (found("contact", "点击 www.evil.com 领奖", source="from"), "尊敬的客户："),
        (found("contact", "evil.com", source="from"), "尊敬的客户："),
        (found("contact", "{{7*7}}", source="from"), "尊敬的客户："),
        (found("contact", "一二三四五六七八九十", source="signature"), "尊敬的客户："),
    ],
)
def test_only_what_looks_like_a_name_is_greeted(answer: Reply, finding: Any, greeting: str) -> None:
    assert plain(answer(details=replace(ANGRY_DETAILS, findings=(finding,)))).startswith(greeting)


def test_a_followup_gets_a_short_receipt_of_what_is_new_in_it(answer: Reply) -> None:
    mail = answer(
        case=replace(CASE, is_new=False),
        details=Details(
            Kind.FOLLOWUP,
            findings=(
                found("customer_company", "华东泵业有限公司", source="signature"),
                found("order_no", "PO-OLD-1", source="quoted_text"),
                found("batch_no", "20261009A"),
            ),
        ),
    )
    text = plain(mail)
    assert "归入案件 TS-2026-0123" in text
    assert "让您为这件事再次来信，我们深表歉意" in text
    assert re.findall(r"^  · (.+)$", text, re.MULTILINE) == ["产品批号：20261009A"]
    assert "补充" not in text
    assert "歉意" not in plain(answer(case=replace(INQUIRY, is_new=False)))


def test_the_subject_of_an_answer_is_that_of_the_thread_and_no_news(answer: Reply) -> None:
    details = Details(Kind.FOLLOWUP, findings=(found("defect_or_issue", "漏水", source="subject"),))
    old, case = replace(ANGRY, subject="回复: 回复：投诉：球阀漏水 [TS-2026-0123]"), replace(CASE, is_new=False)
    assert "漏水" not in plain(answer(message=old, case=case, details=details)).partition("--------")[0]
    fresh = replace(ANGRY, subject="球阀漏水，补充照片")
    assert "问题描述" in plain(answer(message=fresh, case=case, details=details))


def test_the_urgent_number_stands_on_top_when_it_is_urgent_and_nowhere_when_there_is_none(answer: Reply) -> None:
    urgent = plain(answer())
    calm = plain(answer(details=replace(ANGRY_DETAILS, findings=())))
    assert urgent.index("400-800-0000") < urgent.index("核对")
    assert calm.index("400-800-0000") > calm.index("客服人员会先核实")
    assert urgent.count("400-800-0000") == calm.count("400-800-0000") == 1
    assert "直接拨打" not in plain(answer(company=replace(COMPANY, urgent_phone="")))
    assert "直接拨打" not in plain(answer(message=ASKING, details=ASKING_DETAILS, case=INQUIRY))


def test_the_foot_holds_the_letterhead_and_the_channels(answer: Reply) -> None:
    foot = plain(answer()).partition("--------")[2]
    for line in ("恒信精密机械有限公司", "客户服务部", "电话：0512-66880000", "服务号：恒信客服", "工作时间："):
        assert line in foot
    signed = plain(answer(company=replace(COMPANY, signature=("恒信精密 售后组", "顺颂商祺"))))
    assert "恒信精密 售后组\n顺颂商祺\n电话：" in signed


# --------------------------------------------------------------------------------------------------- what it never says

PROMISES = (
    "保证|承诺|赔偿|补偿|赔付|退款|免费|一定会|必定|确保|立即|马上|尽快|小时内|日内|工作日|天内|责任|过失|过错|我们的错|质量问题|属实|成立"
    "|guarantee|promise|compensat|refund|free of charge|immediately|as soon as|within|hours|days|liab|our fault"
    "|our mistake|responsib|valid|defective"
)
CHEERFUL = "感谢您的|高兴|荣幸|愉快|喜|祝您|！！|谢谢|thank|happy|glad|pleased|delighted|pleasure"
KINDS = [kind for kind in Kind if kind not in UNANSWERED]


@pytest.mark.parametrize(
    ("kind", "is_new"),
    [*((kind, True) for kind in KINDS), *((kind, False) for kind in KINDS if kind is not Kind.SURVEY_REPLY)],
)
@pytest.mark.parametrize("language", ["zh", "zh-Hant", "en"])
def test_no_mail_promises_or_admits_anything_on_its_own(answer: Reply, kind: Kind, language: str, is_new: bool) -> None:
    silent = replace(COMPANY, first_reply="", first_reply_en="", channels=(), channels_en=())
    case = replace(CASE, kind=kind, is_new=is_new)
    mail = answer(case=case, details=Details(kind, language=language), company=silent)
    for words in (plain(mail), html(mail)):
        visible = re.sub(r"<[^>]+>", "", words)
        assert re.findall(PROMISES, visible, re.IGNORECASE) == []
        if kind is Kind.COMPLAINT:
            assert re.findall(CHEERFUL, visible, re.IGNORECASE) == []
            assert re.search("歉|sorry", visible)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_new_case_hears_its_number_that_a_machine_wrote_and_that_a_person_reads(
    answer: Reply, kind: Kind, language: str
) -> None:
    text = plain(answer(case=replace(CASE, kind=kind), details=Details(kind, language=language)))
    assert "TS-2026-0123" in text.partition("--------")[0]
    assert re.search("系统自动发出.*客服人员阅读|automatically.*read by a person", text)
    assert "本邮件仅表示收到" in text or kind not in (Kind.ORDER, Kind.RFQ, Kind.ORDER_CHANGE) or language == "en"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_texts_are_clean(templates: MailTemplates, name: str, language: str) -> None:
    for sample, values in samples(language):
        if sample != name:
            continue
        text, page = templates.render(language, name, values)
        assert "\n\n\n" not in text
        assert "  \n" not in text
        assert " \n" not in text
        assert not re.search(r"[。，：；]{2}|\.\.|None|\{\{|\[\]", text)
        assert page.count("<table") == page.count("</table>")
        assert page.count("<p ") == page.count("</p>")
        assert not re.search(r"<p [^>]*></p>", page)
        assert not re.search(r"https?:|<img|<script|<link|url\(|@import|<a ", page)


# ---------------------------------------------------------------------------------------------------- strangers' words

ATTACKS = [
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</td></tr></table><h1>您中奖了</h1>",
    "a\r\nBcc: all@example.cn\r\n\r\nnew body",
    "\u202e钓鱼\u2066\x00\x1b[31m\ud800",
    "x" * 20_000,
    "第一行\n第二行\n\n\n第三行",
]


@pytest.mark.parametrize("words", ATTACKS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_strangers_words_are_shown_and_nothing_else(answer: Reply, words: str, language: str) -> None:
    findings = tuple(found(f.field, words) for f in ANGRY_DETAILS.findings)
    mail = answer(
        message=replace(ANGRY, subject=words, from_=(Address(words, "wang@huadong.example.cn"),)),
        details=Details(Kind.COMPLAINT, language=language, findings=findings),
        case=replace(CASE, customer=replace(CASE.customer, company=words)),
    )
    message, text, page = parsed(mail), plain(mail), html(mail)
    assert not message.defects
    assert "bcc" not in message
    assert "49" not in text.replace("TS-2026", "")
    assert "<script" not in page
    assert "<img" not in page
    assert "<h1" not in page
    assert page.count("<td") == page.count("</td>")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text + page)
    assert max(len(line) for line in text.splitlines()) < 400
    assert len(mail.raw) < 40_000


def test_html_in_a_mail_is_shown_as_it_was_written(answer: Reply) -> None:
    mail = answer(details=Details(Kind.COMPLAINT, findings=(found("product", 'A<B & "C"'), found("quantity", "3"))))
    assert '产品名称：A<B & "C"' in plain(mail)
    assert "A&lt;B &amp; &#34;C&#34;" in html(mail)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("见 https://evil.example/x?y=1 处理", "见 [链接略] 处理"),
        ("www.evil.example", "[链接略]"),
        ("请到evil-site.com/领奖 领取", "[链接略] 领取"),
        ("t.me/joinchat/abc", "[链接略]"),
        ("写信给boss@evil.com.cn！", "[链接略]！"),
        ("M27×1.5-06H 和 10.01.0032", "M27×1.5-06H 和 10.01.0032"),
        ("No.JC/XS-2026-118 Rev.C", "No.JC/XS-2026-118 Rev.C"),
        ("尺寸3.5mm，约1.2万件", "尺寸3.5mm，约1.2万件"),
    ],
)
def test_no_link_of_a_stranger_goes_out_under_our_name(answer: Reply, words: str, shown: str) -> None:
    text = plain(answer(details=Details(Kind.COMPLAINT, findings=(found("defect_or_issue", words),))))
    assert re.findall(r"问题描述：“(.*)”", text)[0].endswith(shown)
    assert "evil" not in text
    assert "t.me" not in text


def test_many_values_of_one_field_are_cut_and_repetitions_left_out(answer: Reply) -> None:
    findings = tuple(found("order_no", f"PO-{number:04d}") for number in range(30))
    findings += (found("defect_or_issue", "毛刺", "毛刺"), found("defect_or_issue", "毛刺", "螺纹口全是毛刺"))
    text = plain(answer(details=Details(Kind.COMPLAINT, findings=findings)))
    assert "PO-0000；PO-0001；PO-0002；PO-0003；PO-0004 …" in text
    assert "PO-0005" not in text
    assert "问题描述：“螺纹口全是毛刺”\n" in text


@pytest.mark.parametrize(
    ("value", "words", "shown"),
    [
        ("2026-10-23", "2026年10月23日", "2026年10月23日"),
        ("2026-10-23", "2026.10.23", "2026年10月23日"),
        ("2026-10-23", "10月23日", "2026年10月23日"),
        ("2026-10-23", "10/23.", "2026年10月23日"),
        ("2026-10-23", "3个工作日内", "2026年10月23日（您写的是“3个工作日内”）"),
        ("2026-10-23", "本周五", "2026年10月23日（您写的是“本周五”）"),
        ("2026-10-23T09:00:00+00:00", "周五", "2026年10月23日 17:00（您写的是“周五”）"),
        ("2026-10-23T09:00:00", "周五", "2026年10月23日 09:00（您写的是“周五”）"),
        ("尽快", "尽快", "尽快"),
        ("2026-99-99", "x", "2026-99-99"),
    ],
)
def test_a_date_is_shown_with_the_words_it_was_read_from(answer: Reply, value: str, words: str, shown: str) -> None:
    finding = found("requested_deadline", value, words)
    assert f"期望时间：{shown}\n" in plain(answer(details=Details(Kind.COMPLAINT, findings=(finding,))))


@given(words=st.text(max_size=80))
def test_any_words_give_a_sound_mail(answer: Reply, words: str) -> None:
    findings = (found("contact", words, source="from"), found("defect_or_issue", words), found("product", words))
    mail = answer(
        message=replace(ANGRY, subject=words, from_=(Address(words, "a@x.cn"),), message_id=words),
        details=Details(Kind.COMPLAINT, findings=findings),
    )
    assert parsed(mail).get_content_type() == "multipart/alternative"
    assert not parsed(mail).defects
    assert "客服人员会先核实" in plain(mail)


def test_the_same_mail_gives_the_same_bytes(answer: Reply) -> None:
    assert answer().raw == answer().raw


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("您好！收到的泵机械密封漏水，一台也不能用。请处理。", "漏水", "收到的泵机械密封漏水，一台也不能用"),
        ("Dear sirs, two of the pumps No. 5.3 were leaking. Please help us now.", "leaking",
         "Dear sirs, two of the pumps No. 5.3 were leaking"),
        ("Hello!\nTwo of the six pumps you delivered to our plant in spring are\nleaking at the shaft.\nPlease help.",
         "leaking", "Two of the six pumps you delivered to our plant in spring are leaking at the shaft"),
        ("两台10:30起漏水，多扣2,160元，", "漏水", "两台10:30起漏水，多扣2,160元"),
        ("说是“正常”，其实漏水", "漏水", "说是‘正常’，其实漏水"),
        ("甲" * 80 + "，密封漏水，" + "乙" * 80, "漏水", "密封漏水"),
        ("漏水\n电话13800000000", "漏水", "漏水"),
        ("问题如下：\n1. 三台漏水\n2、缺件", "漏水", "三台漏水"),
    ],
)  # fmt: skip
def test_the_trouble_is_shown_in_the_customers_own_sentence(answer: Reply, text: str, words: str, shown: str) -> None:
    start = text.index(words)
    finding = replace(found("defect_or_issue", words), start=start, end=start + len(words))
    language = "en" if text.isascii() else "zh"
    details = Details(Kind.COMPLAINT, language=language, findings=(finding,))
    mail = answer(message=replace(ANGRY, new_text=text), details=details)
    assert re.findall(r"(?:问题描述：|Issue: )“(.*)”", plain(mail)) == [shown]


def test_a_trouble_named_in_the_subject_alone_is_shown_with_the_subject(answer: Reply) -> None:
    message = replace(ANGRY, subject="Re: 【紧急!!停线】主控板错件，请处理", new_text="如题，请处理")
    details = Details(Kind.COMPLAINT, findings=(found("defect_or_issue", "错件", source="subject"),))
    assert "问题描述：“【紧急!!停线】主控板错件，请处理”\n" in plain(answer(message=message, details=details))
    message = replace(message, new_text="三块主控板错件。请处理")
    assert "问题描述：“三块主控板错件”\n" in plain(answer(message=message, details=details))


def test_an_ordinary_complaint_is_not_treated_as_an_emergency(answer: Reply) -> None:
    ordinary = plain(answer(details=Details(Kind.COMPLAINT, findings=(found("severity", "一般"),))))
    grave = plain(answer(details=Details(Kind.COMPLAINT, findings=(found("severity", "重大"),))))
    assert ordinary.index("400-800-0000") > ordinary.index("客服人员会先核实")
    assert grave.index("400-800-0000") < grave.index("客服人员会先核实")


def test_a_garbled_name_is_left_out_of_the_address(answer: Reply) -> None:
    mail = answer(message=replace(ANGRY, from_=(Address("\ufffd\ufffdԶӡ", "wang@x.cn"),)))
    assert str(parsed(mail)["to"]) == "wang@x.cn"


# ------------------------------------------------------------------------------------------------------- how sure it is

SURE, MIDDLE, UNSURE = 0.98, 0.85, 0.3


def read_as(**sureness: float) -> Details:
    """The angry customer's mail, each field read so surely."""
    told = (replace(item, confidence=sureness.get(item.field, SURE)) for item in ANGRY_DETAILS.findings)
    return replace(ANGRY_DETAILS, findings=tuple(told))


def test_what_was_not_surely_read_is_asked_and_not_told(answer: Reply) -> None:
    mail = answer(details=read_as(product=MIDDLE, quantity=MIDDLE))
    for text in (plain(mail), re.sub(r"<[^>]+>", "", html(mail))):
        told, unsure, rest = text.partition("还有几处我们不能确定")
        assert unsure
        assert "阀体" not in told.partition("核对")[2]
        assert "产品名称：阀体？" in rest
        assert "数量：2000 件？" in rest
        assert "联系电话：+86 138 0000 0000？" not in rest
    assert "product: 阀体?" in plain(answer(details=replace(read_as(product=MIDDLE), language="en"))).lower()


def test_what_was_read_by_chance_is_neither_told_nor_asked_about(answer: Reply) -> None:
    text = plain(answer(details=read_as(product=UNSURE, demand=UNSURE)))
    assert "阀体" not in text.partition("核对")[2]
    assert "换货" not in text
    assert "产品名称或规格型号" in text  # it is not known, and needed


def test_who_wrote_it_is_not_asked_for_it_again(answer: Reply) -> None:
    text = plain(answer(details=read_as(quantity=MIDDLE, product=0.6)))
    assert "涉及的数量" not in text
    assert "产品名称或规格型号" not in text


def test_a_customer_is_asked_about_three_readings_at_most_and_never_who_he_is(answer: Reply) -> None:
    doubtful = read_as(**dict.fromkeys((item.field for item in ANGRY_DETAILS.findings), MIDDLE))
    text = plain(answer(details=doubtful))
    assert len(re.findall("？$", text, re.MULTILINE)) == MAX_ASKED
    assert "公司名称" not in text
    assert text.startswith("尊敬的客户")  # a name that may be none is not greeted


def test_no_part_of_a_sentence_is_quoted(answer: Reply) -> None:
    words = "换货"
    text = "甲" * 80 + words + "乙" * 80
    finding = replace(found("demand", words), start=80, end=82)
    details = Details(Kind.COMPLAINT, findings=(finding, found("order_no", "A-1")))
    assert words not in plain(answer(message=replace(ANGRY, new_text=text), details=details))


def test_what_is_told_in_a_sentence_is_not_asked_about_again(answer: Reply) -> None:
    text = "请补发两台并取回错货。"
    wishes = [
        replace(found("demand", words), start=text.index(words), end=text.index(words) + 2)
        for words in ("补发", "取回")
    ]
    details = Details(Kind.COMPLAINT, findings=(wishes[0], replace(wishes[1], confidence=MIDDLE)))
    assert plain(answer(message=replace(ANGRY, new_text=text), details=details)).count("取回") == 1


def test_a_followup_is_not_questioned(answer: Reply) -> None:
    text = plain(answer(details=read_as(product=MIDDLE), case=replace(CASE, is_new=False)))
    assert "不能确定" not in text
