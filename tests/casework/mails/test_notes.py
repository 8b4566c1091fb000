"""Mails to staff: what they ask, how they are answered, what they say when an answer changed nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.casework import reply_token
from mailflow.casework.notes import MAX_ITEMS, Head, escalation_mail, escalation_words, gathered_mail
from mailflow.casework.paper import DONE, LATE, NAMES, NOTICES, REFUSALS, Paper
from mailflow.decoding.html_text import html_to_text
from mailflow.domain.model import Address
from mailflow.outgoing.templates import MailTemplates
from tests.casework.mails.conftest import (
    CASE,
    COMPANY,
    DUE,
    FILE,
    LIMEI,
    NOW,
    NUMBER,
    STAFF,
    STAFF_MAIL,
    TOKEN,
    ZONE,
    Compose,
    body,
    item,
    parsed,
)

LANGUAGES = ("zh", "en")
ASKING = ("ask_sign", "ask_work", "reminder")
ANSWERS = ("confirm", "refused")

EVERY = pytest.mark.parametrize(("name", "language"), [(name, language) for name in NAMES for language in LANGUAGES])


def visible(text: str) -> str:
    """The words of a mail without what text and HTML lay out differently."""
    return re.sub(r"[\s·•*\-—:：]", "", text)


# ------------------------------------------------------------------------------------------------------------- the mail


@EVERY
def test_every_mail_reads_back_as_it_was_meant(note: Compose, name: str, language: str) -> None:
    mail = note(name, language)
    message = parsed(mail)
    assert (mail.sender, mail.recipients) == ("kefu@beichuan.example", ("limei@beichuan.example",))
    assert str(message["to"]) == "李梅 <limei@beichuan.example>"
    assert message["Message-ID"] == "<note-9@beichuan.example>"
    assert str(message["date"]) == "Mon, 23 Nov 2026 09:05:00 +0800"
    assert message["Content-Language"] == {"zh": "zh-CN", "en": "en"}[language]
    assert message["Auto-Submitted"] == ("auto-replied" if name in ANSWERS else "auto-generated")
    for kind in ("plain", "html"):
        assert "李梅" in body(mail, kind)
        assert {"zh": "北川仪表有限公司", "en": "Beichuan Instruments Co., Ltd."}[language] in body(mail, kind)
    assert note(name, language).raw == mail.raw


@EVERY
def test_text_and_html_say_the_same(note: Compose, name: str, language: str) -> None:
    mail = note(name, language)
    assert visible(html_to_text(body(mail, "html"))) == visible(body(mail, "plain"))


@EVERY
def test_the_subject_carries_the_case_number(note: Compose, name: str, language: str) -> None:
    subject = str(parsed(note(name, language))["subject"])
    if name == "daily":
        assert re.findall(r"\d", subject) == ["3", "1"]
        subject = str(parsed(note(name, language, items=[item()]))["subject"])
    assert subject.startswith(f"[{CASE}] ")
    assert parsed(note(name, language, **({"items": [item()]} if name == "daily" else {})))["X-Mailflow-Case"] == CASE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ASKING)
def test_what_is_to_be_answered_carries_its_token_in_subject_and_foot(note: Compose, name: str, language: str) -> None:
    mail = note(name, language)
    subject, text = str(parsed(mail)["subject"]), body(mail, "plain")
    assert subject.endswith(f"〔{TOKEN}〕")
    foot = {"zh": f"签字凭证：{TOKEN}（请勿转发）", "en": f"Token: {TOKEN} (please do not forward)"}[language]
    assert text.rstrip().endswith(foot)
    assert len(reply_token.find(f"{subject}\n{text}")) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_be_answered_begins_with_the_line_above_which_to_write(note: Compose, language: str) -> None:
    line = {
        "zh": "-------- 回信请写在本行上方 --------",
        "en": "-------- Please write your reply above this line --------",
    }
    for name in (*ASKING, "refused"):
        assert body(note(name, language), "plain").startswith(line[language])
    for name in ("confirm", "daily", "escalation", "notice"):
        assert line[language] not in body(note(name, language), "plain")


# --------------------------------------------------------------------------------------------------------- what it asks


def test_a_signature_is_asked_for_with_record_cell_time_and_every_way_to_answer(note: Compose) -> None:
    mail = note("ask_sign")
    text = body(mail, "plain")
    assert str(parsed(mail)["subject"]).startswith(f"[{CASE}] 请签字：客户投诉处理单 ")
    for words in ("《客户投诉处理单》", NUMBER, "“审核”", "2026年11月23日 17:30", "鹿原水务有限公司", "部门负责人审核"):
        assert words in text
    assert "\n请回复：同意 / 已签 / 退回：原因 / 转 某人\n" in text
    for words in ("Word 文件", "扫描件", "照片", "二维码", "产品：YB-40 压力变送器"):
        assert words in text
    english = body(note("ask_sign", "en"), "plain")
    assert "\nPlease reply: agree / signed / returned: reason / transfer to somebody\n" in english
    assert "23 November 2026, 17:30 (UTC+08:00)" in english


@pytest.mark.parametrize(("language", "colon"), [("zh", "："), ("en", ":")])
def test_work_is_asked_for_with_lines_to_fill_and_nothing_behind_their_colons(
    note: Compose, language: str, colon: str
) -> None:
    lines = body(note("ask_work", language), "plain").splitlines()
    at = lines.index(f"发生原因{colon}")
    assert lines[at : at + 3] == [f"发生原因{colon}", f"判定{colon}", f"举一反三{colon}"]
    hints = [line for line in lines if line.startswith("  · ") and line.endswith(("）", ")"))]
    assert (
        hints
        == {
            "zh": ["  · 判定（可填 有效/一般无效/恶意）", "  · 举一反三（可不填）"],
            "en": ["  · 判定 (one of 有效/一般无效/恶意)", "  · 举一反三 (may be left out)"],
        }[language]
    )


def test_urgent_work_and_work_that_came_back_say_so(note: Compose) -> None:
    mail = note("ask_work")
    assert str(parsed(mail)["subject"]).startswith(f"[{CASE}] 【加急】请办理：查明原因")
    assert "优先办理" in body(mail, "plain")
    assert "“没有写明流出原因”" in body(mail, "plain")
    quiet = note("ask_work", urgent=False, returned_reason="")
    assert "加急" not in str(parsed(quiet)["subject"])
    assert "退回重办" not in body(quiet, "plain")
    assert "优先" not in body(quiet, "plain")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_is_left_out(note: Compose, language: str) -> None:
    nothing: dict[str, Any] = {
        "record_title": "", "record_number": "", "customer": "", "due": None, "facts": [("x", "")], "attachments": [],
        "cell_title": "",
    }  # fmt: skip
    for name in ("ask_sign", "ask_work"):
        text = body(note(name, language, **nothing), "plain")
        assert not re.search(
            r"None|《》|“”|（）|\(\)|编号 ）|number \)|  ·  x|客户 ，|customer [,.]|：\s*\n\n  · x", text
        )
        assert "17:30" not in text


def test_the_files_go_with_the_mail(note: Compose) -> None:
    (part,) = parsed(note("ask_sign")).iter_attachments()
    assert part.get_filename() == FILE.name
    assert part.get_content_type() == FILE.type
    assert part.get_payload(decode=True) == FILE.content


# -------------------------------------------------------------------------------------------------------- answers to it


@pytest.mark.parametrize("name", ANSWERS)
def test_our_answer_stands_in_the_colleagues_thread(note: Compose, name: str) -> None:
    message = parsed(note(name))
    assert message["In-Reply-To"] == "<answer-1@beichuan.example>"
    assert message["References"].split() == ["<ask-1@beichuan.example>", "<answer-1@beichuan.example>"]


def test_a_reminder_stands_in_the_thread_of_the_mail_that_asked(note: Compose) -> None:
    assert parsed(note("reminder"))["In-Reply-To"] == "<ask-1@beichuan.example>"
    assert parsed(note("reminder", in_reply_to=""))["In-Reply-To"] is None


def test_a_confirmation_has_no_token_and_a_refusal_keeps_it_for_the_next_try(note: Compose) -> None:
    assert str(parsed(note("confirm"))["subject"]) == f"[{CASE}] 已办妥：请签字：客户投诉处理单"
    assert TOKEN not in body(note("confirm"), "plain")
    assert str(parsed(note("refused"))["subject"]) == f"[{CASE}] 未办成：请签字：客户投诉处理单 〔{TOKEN}〕"
    assert str(parsed(note("refused", case_number=""))["subject"]).startswith("未办成：")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_outcome_is_confirmed_in_words_of_its_own(note: Compose, language: str) -> None:
    texts = {what: body(note("confirm", language, done=what, to_name="赵峰"), "plain") for what in DONE}
    assert len(set(texts.values())) == len(DONE)
    assert "赵峰" in texts["transferred"].partition("批准")[0]
    for text in texts.values():
        assert "批准（赵峰）" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_says_that_nothing_changed_why_and_what_to_do(
    note: Compose, staff_templates: MailTemplates, language: str
) -> None:
    why = staff_templates.labels(language, "refused_why")
    remedy = staff_templates.labels(language, "refused_remedy")
    assert len({why[reason] for reason in REFUSALS}) == len({remedy[reason] for reason in REFUSALS}) == len(REFUSALS)
    for reason in REFUSALS:
        text = body(note("refused", language, reason=reason, details=["判定", "2026-11-22 10:00"]), "plain")
        assert {"zh": "没有因此改动", "en": "nothing was changed"}[language] in text
        assert why[reason] in text
        assert remedy[reason] in text
        assert "  · 判定\n  · 2026-11-22 10:00\n" in text


def test_a_reason_nobody_knows_is_still_answered(note: Compose) -> None:
    assert note("refused", reason="from_the_future").raw == note("refused", reason="other").raw


# ------------------------------------------------------------------------------------------------------------ reminders


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_daily_mail_lists_what_is_late_first_and_has_no_token_among_several(note: Compose, language: str) -> None:
    mail = note("daily", language)
    text = body(mail, "plain")
    assert [found[1] for found in re.finditer(r"\d\. \[([^\]]+)\]", text)] == [
        "TS-2026-0003", "TS-2026-0002", "ZX-2026-0004",
    ]  # fmt: skip
    assert reply_token.find(text + str(parsed(mail)["subject"]) + body(mail, "html")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_daily_mail_about_one_task_may_be_answered_itself(note: Compose, language: str) -> None:
    mail = note("daily", language, items=[item()])
    assert len(reply_token.find(str(parsed(mail)["subject"]))) == 1
    assert len(reply_token.find(body(mail, "plain"))) == 1


def test_a_very_long_daily_list_is_cut_and_counted(note: Compose) -> None:
    mail = note("daily", items=[item(f"TS-2026-{number:04}") for number in range(MAX_ITEMS + 7)])
    text = body(mail, "plain")
    assert f"{MAX_ITEMS + 7} 项" in text
    assert "另有 7 项" in text
    assert text.count("[TS-2026-") == MAX_ITEMS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_superior_hears_who_is_late_with_what_and_why(note: Compose, language: str) -> None:
    texts = {reason: body(note("escalation", language, reason=reason), "plain") for reason in LATE}
    assert len(set(texts.values())) == len(LATE)
    for reason, text in texts.items():
        assert "查明原因" in text
        assert CASE in text
        assert "17:30" in text
        assert text.count("李梅") == (1 if reason == "unheld" else 2)  # the greeting, and who is late


def test_no_blank_stands_beside_a_full_width_sign(note: Compose) -> None:
    changes: dict[str, dict[str, str]] = {"escalation": {"customer": "鹿原水务有限公司"}}
    for name in NAMES:
        for reason in LATE if name == "escalation" else ("",):
            more = changes.get(name, {}) | ({"reason": reason} if reason else {})
            for line in body(note(name, "zh", **more), "plain").splitlines():
                assert not re.search(
                    r"[（）《》“”，。；：] +[\u4e00-\u9fff]|[\u4e00-\u9fff] +[（）《》“”，。；：]", line
                ), line


@pytest.mark.parametrize(("language", "said"), [("zh", "请协调：查明原因"), ("en", "查明原因")])
def test_what_a_superior_would_have_been_told_is_one_line_of_a_digest(
    staff_templates: MailTemplates, language: str, said: str
) -> None:
    paper = Paper(staff_templates, COMPANY, language, ZONE)
    words = escalation_words(Head(paper, LIMEI, "n@beichuan.example", NOW, CASE), "查明原因", "王强")
    assert words.startswith(f"{CASE} · ")
    assert words.endswith(" · 王强")
    assert said in words
    assert f"[{CASE}]" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_has_its_headline_and_sentence(
    note: Compose, staff_templates: MailTemplates, language: str
) -> None:
    for kind in NOTICES:
        mail = note("notice", language, kind=kind)
        assert str(parsed(mail)["subject"]) == f"[{CASE}] {staff_templates.labels(language, 'notice_subjects')[kind]}"
        assert staff_templates.labels(language, "notices")[kind] in body(mail, "plain")


# ----------------------------------------------------------------------------------------------------- strangers' words

ATTACKS = [
    "{{ 7*7 }}{% for x in ().__class__.__mro__ %}{{ x }}{% endfor %}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a\r\nBcc: all@victim.example\r\n\r\n同意",
    "请点 http://evil.example.com/x 或 www.evil-site.cn 登录",
    "\u202e翻转\u2066\x00\x1b[31m\ud800",
    "长" * 20_000,
]
SHAPES = {
    "ask_sign": ("customer", "returned_reason", "title", "record_title", "cell_title"),
    "ask_work": ("customer", "returned_reason", "title"),
    "confirm": ("to_name", "title"),
    "reminder": ("customer", "title"),
    "daily": ("name",),
    "escalation": ("name", "customer", "task_title"),
}


def hostile(name: str, words: str) -> dict[str, Any]:
    """Every argument of a mail that may hold words from outside, filled with these."""
    changes: dict[str, Any] = dict.fromkeys(SHAPES.get(name, ()), words)
    changes["to"] = Address(words, LIMEI.address)
    if name.startswith("ask_"):
        changes |= {"facts": [(words, words)], "fields": [(words, words)]}
    if name in ("refused", "notice"):
        changes["details"] = [words, words]
    if name == "daily":
        changes["items"] = [item(customer=words, task_title=words), item()]
    if name == "confirm":
        changes["next_titles"] = [words]
    return changes


@pytest.mark.parametrize("words", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_words_from_outside_are_shown_and_nothing_else(note: Compose, name: str, words: str) -> None:
    mail = note(name, **hostile(name, words))
    message, text, page = parsed(mail), body(mail, "plain"), body(mail, "html")
    assert message["bcc"] is None
    assert mail.recipients == (LIMEI.address,)
    assert not message.defects
    assert "49" not in text.replace(NUMBER, "")
    assert "<script" not in page
    assert "<img" not in page
    assert "\n同意" not in text
    assert len(text) < 8000
    for letters in ("\u202e", "\u2066", "\x00", "\x1b"):
        assert letters not in text + page + str(message["subject"])


@pytest.mark.parametrize("name", ["ask_sign", "ask_work", "refused", "daily", "notice", "reminder", "escalation"])
def test_no_link_of_a_stranger_goes_to_a_colleague(note: Compose, name: str) -> None:
    keys = {"customer", "returned_reason", "facts", "details", "items"}
    changes = {key: value for key, value in hostile(name, ATTACKS[3]).items() if key in keys}
    if "items" in changes:
        changes["items"] = [item(customer=ATTACKS[3]), item()]
    if "facts" in changes:
        changes["facts"] = [("产品", ATTACKS[3])]
    mail = note(name, **changes)
    assert not re.search(r"evil|https?:|www\.", body(mail, "plain") + body(mail, "html") + str(parsed(mail)["subject"]))


@given(st.text(max_size=200))
def test_any_words_give_a_sound_mail(note: Compose, words: str) -> None:
    for name in ("ask_work", "refused"):
        message = parsed(note(name, **hostile(name, words)))
        assert not message.defects
        assert str(message["subject"]).startswith(f"[{CASE}] ")


# ------------------------------------------------------------------------------------------------------------ sentences

CLAUSE = re.compile(r"[，。；：、,.;:!？?“”‘’「」\"'()（）/|\s]+")
SIGNS = frozenset("同意 已签 签字 批准 通过 已阅 agree agreed signed approved ok yes".split())


@EVERY
def test_no_line_of_ours_can_be_taken_for_a_signature(note: Compose, name: str, language: str) -> None:
    titles = {"title", "task_title"} & STAFF[name].keys()
    changes: dict[str, Any] = dict.fromkeys(titles, "查明原因")
    if name == "daily":
        changes = {"items": [item("TS-2026-0002"), item("TS-2026-0003")]}
    for line in body(note(name, language, **changes), "plain").splitlines():
        if line.startswith(("请回复：", "Please reply: ")):
            continue  # known to be no answer
        assert not SIGNS & {clause.lower() for clause in CLAUSE.split(line)[:1]}, line
        assert line.strip().lower() not in SIGNS


FORBIDDEN = r"保证|承诺|一定会|务必会|赔偿|退款|免费|guarantee|refund|compensat|we promise|will definitely"


@EVERY
def test_no_mail_promises_anything(note: Compose, name: str, language: str) -> None:
    mail = note(name, language)
    assert re.findall(FORBIDDEN, body(mail, "plain") + body(mail, "html"), re.IGNORECASE) == []


def test_an_answers_own_subject_cannot_break_ours(note: Compose) -> None:
    message = replace(STAFF_MAIL, subject=f"Re: x〔<b>〕\r\nBcc: a@b.example [{CASE}] www.evil-site.cn 〔{TOKEN}〕")
    made = parsed(note("refused", message=message))
    assert made["bcc"] is None
    assert str(made["subject"]).count(CASE) == 1
    assert str(made["subject"]).endswith(f"〔{TOKEN}〕")
    assert "evil" not in str(made["subject"])


def test_what_only_a_command_can_do_names_whom_to_ask(staff_templates: MailTemplates) -> None:
    operator = Address("万里", "wan@beichuan.example")
    for language, named in (("zh", "系统管理员 万里（wan@beichuan.example）"), ("en", "万里, wan@beichuan.example")):
        paper = Paper(staff_templates, COMPANY, language, ZONE)
        for known, words in ((operator, named), (None, "")):
            head = Head(paper, LIMEI, "n@beichuan.example", NOW, operator=known)
            digest = gathered_mail(head, [item()], [], limit=40)
            late = escalation_mail(head, "", task_title="查明原因", due=DUE, reason="unheld")
            assert all(words in body(mail, "plain") for mail in (digest, late))
            assert "mailflow" not in body(digest, "plain")
            assert "mailflow" not in body(late, "plain")
