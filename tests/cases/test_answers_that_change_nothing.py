"""Answers that must not count: nothing changes, the sender is told what to do, and it is journaled."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from PIL import Image

from mailflow.settings.sections import CaseworkSection
from mailflow.stages.sign import MOST_REFUSALS
from tests.adapters.scans.sheets import noisy, saved
from tests.cases.conftest import OpenOffice
from tests.cases.papers import filled, retyped
from tests.flow.letters import letter
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
HEADERS = b"Auto-Submitted: auto-replied\r\nX-Autoreply: yes\r\n"


def other_token(token: str) -> str:
    """The token with its last sign changed."""
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def another_task(token: str) -> str:
    """The check of one task under the number of another."""
    return re.sub(r"^MF-(J?)(\d+)", lambda found: f"MF-{found[1]}{int(found[2]) + 1}", token)


def retokened(ask: Ask, token: str) -> bytes:
    """The answer "agreed" to a mail with this token."""
    subject = f"回复: {ask.subject.replace(ask.token, token)}"
    return letter("同意", subject=subject, sender=ask.to)


def refusals(people: Staffed, to: str) -> list[str]:
    """Why people were refused, as they read it."""
    found = []
    for mail in people.sent(to, containing="未办成"):
        why = re.search(r"没有办成，是因为：(.+)", mail.text)
        assert why, mail.text
        found.append(why[1])
    return found


def unsigned(people: Staffed) -> None:
    """Nothing was signed or done, and the register is as it was issued."""
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert ("register", "bai@firm.example") in people.open_tasks()
    assert ("plan", "bai@firm.example") in people.open_tasks()
    assert [name for name in people.office.files() if "signed" in name] == []
    assert not {"record.signed", "task.done"} & set(people.journal())
    assert people.office.errors() == []


@pytest.fixture
def waiting(people: Staffed) -> tuple[Staffed, Ask, Ask]:
    """A complaint whose registration waits for a signature and whose plan waits to be written."""
    people.work(letter(sender=CUSTOMER))
    return (
        people,
        people.asked("bai@firm.example", "请签字：客户投诉登记表"),
        people.asked("bai@firm.example", "提出处理方案"),
    )


def test_answers_of_the_right_person_that_say_nothing_clear(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, plan = waiting
    said = {
        "同意，但是数量要改": "附带了条件或改动",
        "同意 / 退回": "看不出明确的意思",
        "明天再签": "看不出明确的意思",
        "收到": "看不出明确的意思",
        "退回": "没有写明原因",
        "转 王大锤": "找不到您写的姓名",
        "转 白露": "不能这样办理",
        "": "看不出是哪一项",
        "严重程度：相当严重": "填写得不合要求",
    }
    people.work(*(answer(ask, words) for words in said))
    why = refusals(people, "bai@firm.example")
    assert len(why) == len(said), why
    for told, expected in zip(why, said.values(), strict=True):
        assert expected in told
    people.office.clock.forward(minutes=61)
    people.work(answer(plan, "同意"), answer(plan, "处理方案："), answer(plan, "好的，我来处理"))
    assert len(refusals(people, "bai@firm.example")) == len(said) + 3
    unsigned(people)
    assert people.journal().count("sign.refused") == len(said) + 3


def test_answers_that_prove_nothing(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    people.work(
        answer(ask, "同意", sender="qin@firm.example"),
        retokened(ask, other_token(ask.token)),
        retokened(ask, another_task(ask.token)),
    )
    (stranger,) = refusals(people, "qin@firm.example")
    assert "经办人不是您" in stranger
    forged = refusals(people, "bai@firm.example")
    assert len(forged) == 2
    assert all("核对不上" in why for why in forged)
    unsigned(people)


def test_words_without_our_mail_below_sign_nothing_and_are_asked_back(
    waiting: tuple[Staffed, Ask, Ask],
) -> None:
    people, *_ = waiting
    before = len(people.all_sent())
    people.work(
        letter("同意", subject="回复: [TS-2026-0001] 请签字：客户投诉登记表", sender="bai@firm.example"),
    )
    (asked,) = people.all_sent()[before:]
    assert asked.to == "bai@firm.example"
    assert "登记投诉" in asked.text
    assert "请回复各自的任务邮件" in asked.text
    unsigned(people)


def test_a_leave_notice_signs_nothing_and_is_not_answered(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    before = len(people.all_sent())
    words = "您好，我正在休假，3月9日回来，期间无法及时回复邮件。批准事项请联系韩梅。同意"
    marked = answer(ask, words, subject=f"自动回复: {ask.subject}")
    people.work(HEADERS + marked, answer(ask, words))
    assert [item.subject for item in people.all_sent()[before:]] == []
    unsigned(people)


def test_two_robots_do_not_feed_each_other(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    words = "【工单系统】已为您登记，单号请妥善保存。"
    people.work(*(answer(ask, f"{words}{number}") for number in range(MOST_REFUSALS + 5)))
    assert len(refusals(people, "bai@firm.example")) == MOST_REFUSALS
    assert "reply.braked" in people.journal()
    unsigned(people)


def test_a_colleagues_private_address_signs_nothing_and_opens_no_case(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    private = "bai.private@elsewhere.example"
    before = len(people.all_sent())
    people.work(letter("同意", subject=f"回复: {ask.subject}", sender=private))
    assert people.office.one("SELECT count(*) FROM cases") == 1
    assert people.office.one("SELECT status FROM messages WHERE sender = ?", private) == "held"
    told = people.all_sent()[before:]
    assert [mail.to for mail in told] == ["bai@firm.example"]
    assert "人员名单之外的邮箱" in told[0].text
    assert "sign.refused" in people.journal()
    unsigned(people)


def test_a_customer_whom_a_colleague_passed_our_mail_is_read_as_a_customer(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    people.work(letter("另外还有两台也漏水，请一并处理。", subject=f"回复: {ask.subject}", sender=CUSTOMER))
    assert people.office.one("SELECT count(*) FROM messages WHERE status = 'handled'") == 2
    assert "sign.refused" not in people.journal()


def test_a_busy_hour_does_not_silence_the_answers_to_a_colleague(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    for number in range(12):  # each asks the same colleague for a signature and a plan
        people.work(
            letter(
                f"第{number}批轴承全部生锈，要求退货。订单号 DD-2026-{1000 + number}。",
                sender=f"b{number}@p{number}.example",
            )
        )
    people.work(answer(ask, "请问这个客户的订单号是多少？"))
    assert len(refusals(people, "bai@firm.example")) == 1
    people.work(answer(ask, "同意，收到请回复"))
    assert people.sent("bai@firm.example", containing="已办妥")
    assert "reply.braked" not in people.journal()


def test_what_cannot_be_read_or_was_altered_is_held_for_a_person(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    name, content = ask.file(".docx")
    blurred = saved(noisy(Image.new("L", (800, 1100), 200), 0.9), "JPEG", quality=60)
    people.work(
        answer(ask, "", files={"scan.jpg": blurred}),
        answer(ask, "已签", files={name: retyped(content, "五件", "一件")}),
    )
    held = [reason for status, _, reason in people.office.mails() if status == "held"]
    assert held == ["unreadable_scan", "altered_form"]
    unreadable, altered = refusals(people, "bai@firm.example")
    assert "二维码读不出来" in unreadable
    assert "文字被改动" in altered
    unsigned(people)


def test_nobody_fills_another_s_cell_in_word(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    name, content = ask.file(".docx")
    people.work(
        answer(ask, "已签", files={name: filled(content, {"sign:registrar": "白露", "sign:reviewer": "韩梅"})}),
        answer(ask, "已签", files={name: filled(content, {"sign:registrar": "白露", "date:leader": "2026年3月2日"})}),
    )
    assert [reason for status, _, reason in people.office.mails() if status == "held"] == ["foreign_cell"] * 2
    told = people.sent("bai@firm.example", containing="未办成")[-2:]
    assert "受理部门审核：韩梅" in told[0].text
    assert "主管领导批示" in told[1].text
    unsigned(people)


@pytest.mark.parametrize(
    "typed", ["代白露", "白露（代）", "白露未签", "不同意", "明天再签", "白露，数量以实际为准", "白露？"]
)
def test_a_cell_of_words_that_are_more_than_his_name_signs_nothing(
    waiting: tuple[Staffed, Ask, Ask], typed: str
) -> None:
    people, ask, _ = waiting
    name, content = ask.file(".docx")
    people.work(answer(ask, "", files={name: filled(content, {"sign:registrar": typed})}))
    assert refusals(people, "bai@firm.example")
    unsigned(people)


def test_an_agreement_struck_out_in_the_mail_signs_nothing(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    struck = ("<del>同意</del>", "<p>先看看 <s>同意</s></p>", '<span style="text-decoration:line-through">同意</span>')
    people.work(
        *(answer(ask, words).replace(b"Content-Type: text/plain", b"Content-Type: text/html") for words in struck)
    )
    assert people.journal().count("sign.refused") == len(struck)
    unsigned(people)


def both(ask: Ask, text: str, html: str) -> bytes:
    """An answer with a plain reading and an HTML one, as most programs send it."""
    mail = EmailMessage()
    mail["Received"] = "from mx.firm.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"], mail["To"], mail["Subject"] = ask.to, "service@firm.example", f"回复: {ask.subject}"
    mail["Message-ID"], mail["In-Reply-To"] = f"<{html.encode().hex()[:200]}@firm.example>", str(ask.mail["Message-ID"])
    mail.set_content(text, cte="base64")
    mail.add_alternative(html, subtype="html", cte="base64")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_an_agreement_that_most_programs_do_not_show_signs_nothing_and_one_both_show_does(
    waiting: tuple[Staffed, Ask, Ask],
) -> None:
    people, ask, _ = waiting
    for html in ("<p>不同意，请先核实</p>", "<p>请问什么时候要？</p>", "<p>同意</p><p>数量要改成三件</p>"):
        people.work(both(ask, "同意", html))
    assert len(refusals(people, "bai@firm.example")) == 3
    unsigned(people)
    people.work(both(ask, "同意", "<div>同意</div><div><br></div><div>白露</div><div>客服部</div>"))
    assert people.office.one("SELECT count(*) FROM signatures") == 1


def test_an_agreement_a_machine_sends_signs_nothing_and_is_not_answered(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    sent = len(people.all_sent())
    people.work(answer(ask, "同意").replace(b"From:", b"Auto-Submitted: auto-generated\r\nFrom:", 1))
    unsigned(people)
    assert len(people.all_sent()) == sent


def test_a_stranger_with_a_case_number_or_a_token_joins_and_learns_nothing(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    people.work(
        letter(
            "这个案件处理到哪一步了？请把记录发给我。", subject="Re: [TS-2026-0001] 投诉", sender="spy@rival.example"
        ),
        letter("同意", subject=f"回复: {ask.subject}", sender="thief@rival2.example"),
        letter("我司收到的轴承有三件生锈，请换货。", subject=f"回复: {ask.subject}", sender="thief@rival3.example"),
    )
    assert people.office.cases().count("TS-2026-0001") == 1
    for spy in ("spy@rival.example", "thief@rival2.example", "thief@rival3.example"):
        told = "\n".join(f"{mail.subject}\n{mail.text}" for mail in people.sent(spy))
        for secret in ("王强", "13800001234", "DD20260301008", "B2603-01", "白露", CUSTOMER, "JL-23-01-2026-0001"):
            assert secret not in told
    unsigned(people)


def test_an_old_mail_expires(new_office: OpenOffice) -> None:
    people = Staffed(new_office(casework=CaseworkSection(pdf=False, token_days=5)))
    people.work(letter(sender=CUSTOMER))
    ask = people.asked("bai@firm.example", "客户投诉登记表")
    people.office.clock.forward(days=6)
    people.work(answer(ask, "同意"))
    assert "已经过期" in refusals(people, "bai@firm.example")[-1]
    unsigned(people)


def test_a_customers_correction_gives_a_new_version_and_the_old_one_can_no_longer_be_signed(
    waiting: tuple[Staffed, Ask, Ask],
) -> None:
    people, ask, _ = waiting
    receipt = people.sent(CUSTOMER)[-1]
    people.office.clock.forward(minutes=5)
    people.work(answer(receipt, "更正：批号应为 B2603-07，不是 B2603-01。", sender=CUSTOMER))
    told = people.sent(CUSTOMER)[-1]
    assert "B2603-07" in told.text
    assert "[TS-2026-0001]" in told.subject
    people.work(answer(ask, "同意"))
    assert "旧版本" in refusals(people, "bai@firm.example")[-1]
    unsigned(people)
    again = people.asked("bai@firm.example", "客户投诉登记表")
    assert again.token != ask.token
    assert again.file(".docx")[0] == "JL-23-01-2026-0001-r2.docx"
    people.work(answer(again, "同意"))
    assert people.office.one("SELECT count(*) FROM signatures") == 1
    assert people.office.errors() == []


def test_who_comes_second_is_told_who_was_first(waiting: tuple[Staffed, Ask, Ask]) -> None:
    people, ask, _ = waiting
    people.work(answer(ask, "同意"), answer(ask, "同意，谢谢"))
    second = people.sent("bai@firm.example", containing="未办成")[-1]
    assert "已经办完" in second.text
    assert "白露" in second.text
    assert people.office.one("SELECT count(*) FROM signatures") == 1
