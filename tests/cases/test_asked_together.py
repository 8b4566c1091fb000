"""Several tasks of one case that begin at once are one mail: numbered points, each answered by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.casework import answered, joint
from mailflow.casework.step import Turn
from mailflow.scheduled import ask as asking_module
from tests.adapters.sql.stores import BOTH
from tests.cases.papers import filled, retyped, scanned
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.robots import play, usual
from tests.flow.staffed import ASKS, STAFF, Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN = "bai@firm.example", "han@firm.example", "qin@firm.example"
REGISTER, PLAN = "登记投诉", "提出处理方案"
PLANNED = "同批库存已封存，正在复检"


def asked(people: Staffed) -> Ask:
    """The one mail that asks 白露 to sign the registration and to give a plan; an answer says itself what it means."""
    people.work(letter(sender=CUSTOMER))
    (ask,) = [item for item in people.sent(BAI) if ASKS.match(item.subject)]
    return ask


def done(people: Staffed) -> set[str]:
    """The tasks people did."""
    return {
        name for (name,) in people.office.ask("SELECT name FROM tasks WHERE status = 'done' AND done_by LIKE '%@%'")
    }


def told(people: Staffed, to: str = BAI) -> str:
    """The newest mail somebody got."""
    return people.sent(to)[-1].text


def test_one_mail_one_token_numbered_points_with_their_times_and_all_attachments(people: Staffed) -> None:
    ask = asked(people)
    assert "请办理 2 项：登记投诉、提出处理方案" in ask.subject
    assert len(set(ask.points.values())) == 2
    register, plan = ask.points
    assert "请审阅并签署" in register
    assert "《客户投诉登记表》 JL-23-01-2026-0001" in register
    assert "请填写办理情况" in plan
    assert all("09:" in point or "10:" in point for point in ask.points)  # each with its time
    names = [part.get_filename() for part in ask.mail.iter_attachments()]
    assert "JL-23-01-2026-0001.docx" in names
    assert "TS-2026-0001-original.eml" in names
    assert len(names) == len(set(names))
    assert "\n2 处理方案：\n" in ask.text


def test_each_point_stands_apart_and_what_holds_for_all_is_said_once(office: Office) -> None:
    people = Staffed(office, f"{STAFF}routes:\n  - {{when: {{kind: [complaint]}}, department: 质量部}}\n")
    ask = asked(people)
    html = ask.mail.get_body(("html",))
    assert html is not None
    shown = str(html.get_content())
    assert all(f">{number}. “{task}”" in shown for number, task in ((1, REGISTER), (2, PLAN)))  # begin paragraphs
    assert ask.text.count("有关部门（按主题）") == 1
    assert "\n  · 有关部门（按主题）：" in ask.text
    assert people.office.one("SELECT count(*) FROM joint_asks") == 1
    people.work()
    assert people.office.one("SELECT count(*) FROM outbox WHERE occasion LIKE 'ask:%'") == 1


@pytest.mark.parametrize(
    "words",
    [
        f"1 同意\n2 处理方案：{PLANNED}",
        f"1、同意；2、处理方案：{PLANNED}",
        f"1同意 2 处理方案：{PLANNED}",
        f"2、{PLANNED}，三日内答复客户\n1、同意",
        f"同意\n处理方案：{PLANNED}",
        f"1 agree\n2 Plan: {PLANNED}",
    ],
)
def test_every_point_is_done_by_one_answer(people: Staffed, words: str) -> None:
    people.work(answer(asked(people), words))
    assert done(people) == {"register", "plan"}
    assert PLANNED in people.office.one("SELECT value FROM answers WHERE field = 'plan'")
    assert people.office.one("SELECT way FROM signatures") == "reply"


def test_a_bare_agreement_signs_what_asks_for_nothing_else_and_names_what_is_open(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "同意"))
    assert done(people) == {"register"}
    assert ("plan", BAI) in people.open_tasks()
    assert "还等您办理的：\n\n  · 2. 提出处理方案" in told(people)
    assert "\n2 处理方案：\n" in told(people)
    assert people.sent(BAI)[-1].token == ask.token
    people.work(answer(people.sent(BAI)[-1], f"2 处理方案：{PLANNED}"))  # to the mail that says what is open
    assert done(people) == {"register", "plan"}


@BOTH
def test_the_rest_is_answered_later_and_what_was_done_is_not_done_twice(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "1 同意"))
    assert done(people) == {"register"}
    assert len(people.sent(BAI)) == 1  # he knows what he left out
    people.work(
        answer(ask, PLANNED + "，并核对发货记录，三日内告知结果。")
    )  # what is left needs no number: he did the other
    assert done(people) == {"register", "plan"}
    people.work(answer(ask, "1 同意"))
    assert "已经办完" in told(people)
    assert people.office.one("SELECT count(*) FROM signatures") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("退回：批号不对", "看不出是哪一项"),
        ("转 韩梅", "看不出是哪一项"),
        ("1、库存封存\n2、安排补发", "看不出是哪一项"),
        ("1 同意\n1 退回：数量不对", "看不出是哪一项"),
        ("同意，但是数量要改", "看不出明确的意思"),
        ("", "看不出是哪一项"),
    ],
)
def test_what_does_not_say_which_point_it_means_does_nothing(people: Staffed, words: str, why: str) -> None:
    people.work(answer(asked(people), words))
    assert done(people) == set()
    assert why in told(people)
    assert people.office.one("SELECT count(*) FROM signatures") == 0


def test_of_an_answer_what_is_clear_is_done_and_what_is_not_is_told_with_its_number(people: Staffed) -> None:
    people.work(answer(asked(people), "1 同意，但是数量要改\n2 处理方案：" + PLANNED))
    assert done(people) == {"plan"}
    assert "1. 登记投诉：您同意时附带了条件或改动" in told(people)
    assert "（“但是数量要改”）" in told(people)
    assert ("register", BAI) in people.open_tasks()
    assert people.journal().count("sign.refused") == 1


def test_a_point_handed_on_goes_to_the_colleague_alone(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "1 同意\n2 转 韩梅"))
    assert ("plan", HAN) in people.open_tasks()
    assert "请办理：提出处理方案" in people.asked(HAN, PLAN).subject
    people.work(answer(ask, "2 处理方案：" + PLANNED))
    assert "经办人不是您" in told(people)


def test_a_point_that_a_colleague_did_meanwhile_is_named_and_the_rest_counts(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "2 转 韩梅"))
    people.work(answer(people.asked(HAN, PLAN), f"处理方案：{PLANNED}"))
    people.work(answer(ask, "1 同意\n2 处理方案：全部换货"))
    assert done(people) == {"register", "plan"}
    assert "2. 提出处理方案：这项任务已经办完。（韩梅" in told(people)
    assert people.office.ask("SELECT value FROM answers WHERE field = 'plan'") == [(PLANNED,)]


def test_two_people_answer_one_mail_and_each_point_counts_once(people: Staffed) -> None:
    ask = asked(people)
    words = f"1 同意\n2 处理方案：{PLANNED}"
    people.work(answer(ask, words), answer(ask, words), answer(ask, words, sender=QIN))
    assert people.office.one("SELECT count(*) FROM signatures") == 1
    assert people.office.one("SELECT count(*) FROM answers WHERE field = 'plan'") == 1
    assert any("经办人不是您" in item.text for item in people.sent(QIN))


def test_neither_token_nor_thread_and_nothing_is_done(people: Staffed) -> None:
    ask = asked(people)
    bare = answer(replace(ask, mail=ask.mail), "1 同意", subject="回复", thread=False)
    trimmed = b"\r\n".join(line for line in bare.split(b"\r\n"))
    head, _, _ = trimmed.partition(b"\r\n\r\n")
    plain = head.replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: 8bit")
    people.work(plain + b"\r\n\r\n" + "1 同意\r\n".encode())
    assert done(people) == set()


def test_a_program_that_does_not_thread_is_known_by_the_subject_and_one_that_trims_it_by_the_thread(
    people: Staffed,
) -> None:
    ask = asked(people)
    people.work(answer(ask, "1 同意", thread=False))
    assert done(people) == {"register"}
    people.work(answer(ask, f"2 处理方案：{PLANNED}", subject="回复"))
    assert done(people) == {"register", "plan"}


def test_a_forged_or_foreign_token_opens_nothing(people: Staffed) -> None:
    ask = asked(people)
    wrong = ask.token[:-16] + "A" * 16
    people.work(answer(ask, "1 同意", subject=f"回复: {wrong}", thread=False))
    assert "核对不上" in told(people)
    people.work(answer(ask, "1 同意", sender=QIN))
    assert "经办人不是您" in told(people, QIN)
    people.office.clock.forward(days=61)
    people.work(answer(ask, "1 同意"))
    assert any("过期" in item.text for item in people.sent(BAI))
    assert people.office.one("SELECT count(*) FROM signatures") == 0


def test_words_that_the_html_shows_otherwise_sign_nothing(people: Staffed) -> None:
    mail = answer(asked(people), "1 同意")
    head, _, body = mail.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-"))]
    alternative = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + body
        + b"\r\n--b\r\n"
        b'Content-Type: text/html; charset="utf-8"\r\n\r\n' + "<p>1 不同意：数量不对</p>".encode() + b"\r\n--b--\r\n"
    )
    people.work(b"\r\n".join(lines) + b"\r\n" + alternative)
    assert done(people) == set()
    assert people.office.one("SELECT count(*) FROM signatures") == 0


def test_a_returned_word_file_is_its_own_points_answer_and_an_old_version_is_refused(people: Staffed) -> None:
    ask = asked(people)
    name, content = ask.file(".docx")
    signed = filled(content, {"sign:registrar": "白露"})
    people.work(answer(ask, "", files={name: signed}))
    assert done(people) == {"register"}
    people.work(answer(ask, "2 处理方案：" + PLANNED))  # prints a new version
    play(people, lambda item: None)
    people.work(answer(ask, "", files={name: signed}))
    assert people.office.one("SELECT count(*) FROM signatures") == 1


def test_words_beside_a_file_are_about_the_file_and_go_before_it(people: Staffed) -> None:
    ask = asked(people)
    name, content = ask.file(".docx")
    people.work(answer(ask, "1 退回：批号不对", files={name: filled(content, {"sign:registrar": "白露"})}))
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert done(people) == set()


def test_a_scan_signs_its_point_and_the_words_do_the_other(people: Staffed, tmp_path: Path) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    ask = asked(people)
    page = scanned(ask.file(".docx")[1], tmp_path / "desk")
    people.work(answer(ask, f"已签，见附件\n处理方案：{PLANNED}", files={"扫描.jpg": page}))
    assert done(people) == {"register", "plan"}
    assert people.office.one("SELECT way FROM signatures") == "scan"


@pytest.mark.parametrize("words", ["", "1 同意\n\n"])
def test_our_own_mail_quoted_without_any_mark_says_nothing(people: Staffed, words: str) -> None:
    ask = asked(people)
    people.work(letter(f"{words}{ask.text}", subject=f"回复: {ask.subject}", sender=BAI))
    assert done(people) == ({"register"} if words else set())
    assert people.office.one("SELECT count(*) FROM answers") == 0


def test_what_puts_a_fact_right_is_about_the_point_that_registers_the_case(people: Staffed) -> None:
    people.work(answer(asked(people), f"同意\n批号：B2301\n处理方案：{PLANNED}"))
    assert done(people) == {"register", "plan"}
    said = people.office.ask("SELECT field, value FROM corrections")
    # His signature confirms what the mail asked him about, beside the line he wrote.
    assert sorted(said) == [("batch_no", "B2301"), ("quantity", "五件")]
    assert people.office.one("SELECT count(*) FROM signatures") == 1
    assert people.office.ask("SELECT value FROM answers WHERE field = 'plan'") == [(PLANNED,)]


def test_whoever_is_asked_twice_in_a_later_step_gets_one_mail_too(people: Staffed) -> None:
    people.work(answer(asked(people), f"1 同意\n2 处理方案：{PLANNED}"))
    (both,) = [item for item in people.sent(HAN) if ASKS.match(item.subject)]
    assert len(both.points) == 2
    people.work(answer(both, "同意"))  # a consent to words that leave takes its number
    assert "approve_plan" not in done(people)
    people.work(answer(both, usual(both)))
    assert {"approve_plan", "appoint"} <= done(people)


def test_one_task_is_asked_as_ever(people: Staffed) -> None:
    people.work(answer(asked(people), "2 转 韩梅"))
    last = people.asked(HAN, PLAN)
    assert last.points == {}
    assert "请办理：提出处理方案" in last.subject
    assert "MF-J" not in last.token
    people.work(answer(last, f"处理方案：{PLANNED}"))
    assert "plan" in done(people)


def test_nobody_signs_a_version_his_own_answer_to_another_point_replaced(office: Office) -> None:
    two_posts = STAFF.replace("roles: [quality]", "roles: [quality, leader]")
    people = Staffed(
        office, two_posts.replace("roles: [leader, general_manager, manager]", "roles: [general_manager, manager]")
    )
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(BAI, REGISTER), "同意\n严重程度：重大"))
    both = next(item for item in reversed(people.sent(QIN)) if "主管领导批示" in item.text)
    numbers = {title.partition("“")[2].partition("”")[0]: number for title, number in both.points.items()}
    leads, receives = numbers["主管领导批示"], numbers["质检科签收原件"]
    people.work(answer(both, f"{leads} 知道了，抓紧办，从严处理\n{receives} 收到"))
    signed = office.ask("SELECT task_id, record_id FROM signatures WHERE person = ?", QIN)
    assert signed
    shown = set(office.ask("SELECT task_id, record FROM joint_points"))
    versions = dict(office.ask("SELECT id, number FROM records"))
    assert {versions[record] for _, record in signed} == {"JL-23-01-2026-0001"}
    (received,) = office.ask("SELECT id FROM tasks WHERE name = 'receive_quality'")[0]
    plain = {(task, record) for task, record in signed if task == received}
    assert plain <= shown
    assert office.errors() == []


class Killed(BaseException):
    """The process ends here."""


def test_a_kill_while_asking_neither_loses_the_mail_nor_sends_it_twice(
    people: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Turn.queue

    def dies(turn: Turn, occasion: str, *args: Any, **named: Any) -> int | None:
        row = queue(turn, occasion, *args, **named)
        if occasion.startswith("ask:J"):
            raise Killed
        return row

    with monkeypatch.context() as patched:
        patched.setattr(Turn, "queue", dies)
        with pytest.raises(Killed):
            people.work(letter(sender=CUSTOMER))
    assert people.office.one("SELECT count(*) FROM joint_asks") == 0
    assert people.office.one("SELECT count(*) FROM tasks WHERE asked_at IS NOT NULL") == 0
    people.work()
    people.work()
    assert len([item for item in people.sent(BAI) if ASKS.match(item.subject)]) == 1
    assert people.office.one("SELECT count(*) FROM joint_points") == 2


def test_a_kill_while_an_answer_is_taken_does_all_its_points_once(
    people: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = asked(people)
    act, calls = answered.act, []

    def dies(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise Killed
        return act(*given)

    with monkeypatch.context() as patched:
        patched.setattr(joint, "act", dies)
        with pytest.raises(Killed):
            people.work(answer(ask, f"1 同意\n2 处理方案：{PLANNED}"))
    assert done(people) == set()
    people.work()
    assert done(people) == {"register", "plan"}
    assert people.office.one("SELECT count(*) FROM signatures") == 1


def test_a_record_whose_file_cannot_be_read_is_asked_for_alone(
    people: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_module, "_paper", lambda turn, task: None)
    people.work(letter(sender=CUSTOMER))
    asking = [item for item in people.sent(BAI) if ASKS.match(item.subject)]
    assert len(asking) == 2
    assert all(item.points == {} for item in asking)


def test_a_file_that_is_of_no_use_is_told_and_words_beside_it_do_not_sign(people: Staffed) -> None:
    ask = asked(people)
    name, content = ask.file(".docx")
    people.work(answer(ask, f"1 已签\n2 处理方案：{PLANNED}", files={name: retyped(content, "五件", "一件")}))
    assert done(people) == {"plan"}
    assert people.office.one("SELECT count(*) FROM signatures") == 0
    assert "1. 登记投诉：发回的表单与发出时不一致" in told(people)
    assert [reason for status, _, reason in people.office.mails() if status == "held"] == ["altered_form"]


def test_mails_of_a_grave_complaint_from_the_first_word_to_the_closing(people: Staffed) -> None:
    words = "贵厂球阀使用中爆裂，烫伤一名操作工，已送医院。要求立即派人处理。订单号 DD20260301008，球阀，五件。"
    people.work(letter(words, subject="球阀爆裂伤人投诉", sender=CUSTOMER))
    play(people)
    people.office.clock.forward(days=4)
    people.work()
    people.work(answer(people.sent(CUSTOMER)[-1], "满意，谢谢。"))
    play(people)
    assert people.office.one("SELECT status FROM cases") == "closed"
    assert people.office.one("SELECT count(*) FROM signatures") == 20
    inside = [item for item in people.all_sent() if item.to != CUSTOMER]
    assert len(inside) <= 26  # of which two tell: that an urgent case came, that it is closed
    assert people.office.errors() == []


def test_beside_a_numbered_point_the_rest_may_be_agreed_to(people: Staffed) -> None:
    people.work(answer(asked(people), f"同意\n2 处理方案：{PLANNED}"))
    assert done(people) == {"register", "plan"}


def test_beside_a_numbered_point_words_of_no_point_are_asked_about(people: Staffed) -> None:
    people.work(answer(asked(people), f"2 处理方案：{PLANNED}\n这个事情我看要再商量商量，等周一再说"))
    assert done(people) <= {"plan"}
    assert people.office.one("SELECT count(*) FROM signatures") == 0


def test_an_answer_whose_subject_was_changed_is_known_by_its_thread_and_by_who_wrote_it(people: Staffed) -> None:
    ask = asked(people)
    people.work(answer(ask, "1 同意", subject="关于登记", sender=QIN))
    assert done(people) == set()
    assert people.sent(QIN, containing="未办成")
    people.work(answer(ask, "1 同意", subject="关于登记"))
    assert done(people) == {"register"}
