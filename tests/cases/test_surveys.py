"""A whole survey in a running office: planned, signed, sent, answered in every way; every count reconciles."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from mailflow.casework.signing import do_work
from mailflow.casework.step import Turn
from mailflow.domain.survey_ports import BOUNCED, CLOSED, INVITED
from mailflow.scheduled.survey_measures import effect_of, open_measures
from mailflow.scheduled.surveys import CONDUCT, PROCEDURE, Planned, form_of, is_approved, plan_round, send_round
from mailflow.stages.survey import TELEPHONE, Answered, enter
from mailflow.surveys.answers import Sheet
from mailflow.surveys.report import report_fields
from mailflow.surveys.results import Results, results
from mailflow.surveys.sampling import draw
from tests.flow.office import Office
from tests.flow.staffed import Ask, Staffed, answer
from tests.surveys.answering import shipped
from tests.surveys.paper import filled_in

ZONE = ZoneInfo("Asia/Shanghai")
BAI, ZHENG = "bai@firm.example", "zheng@firm.example"
NAMES = "禾川 远洲 金泰 海润 博远 华瑞 天成 宏达 明辉 恒信 嘉禾 广源".split()
FIRMS = [f"c{number:02}" for number in range(1, 13)]
PLAN = {
    "survey_purpose": "了解满意程度", "survey_scope": "全部产品", "survey_way": "邮件", "survey_sampling": "全部",
    "survey_form": "A/0", "survey_scoring": "见问卷", "survey_target": "85", "survey_time": "2026-04-30",
    "survey_reminders": "7、14", "survey_owner": "白露",
}  # fmt: skip
LOW = "；".join(f"{n}、{1 if n in (4, 10, 11) else 2}分" for n in range(1, 15)) + "\n17. 交货总是晚"
GIVEN = dict(enumerate("5 4 5 3 4 4 5 5 4 3 3 4 4 8".split(), 1))
ALL_FIVE = "\n".join(f"{number}. 5" for number in range(1, 14)) + "\n14. 10"


def at(people: Staffed, month: int, day: int, *mails: bytes, hour: int = 10) -> list[Ask]:
    people.office.clock.now = datetime(2026, month, day, hour, tzinfo=ZONE).astimezone(UTC)
    people.unread()
    people.work(*mails)
    return people.unread()


def enquiry(firm: str, number: int) -> bytes:
    mail = EmailMessage()
    mail["Received"] = "from mx.a.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 09:00:00 +0800"
    mail["From"] = f"王{number} <wang@{firm}.example>"
    mail["To"] = "service@firm.example"
    mail["Subject"] = f"询价 {firm}"
    mail["Message-ID"] = f"<enquiry-{firm}@{firm}.example>"
    mail.set_content(
        f"您好，请报 CJ-50-200 离心泵 {number} 台的价格和交期。\n沧州{NAMES[number - 1]}管道设备有限公司", cte="base64"
    )
    return mail.as_bytes()


def bounce(letter: Ask) -> bytes:
    mail_id = str(letter.mail["Message-ID"])
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.firm.example>\r\nTo: service@firm.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b1@mx.firm.example>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nCould not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.firm.example\r\n\r\n"
        f"Final-Recipient: rfc822; {letter.to}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {mail_id}\r\n\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def people(office: Office) -> Staffed:
    found = Staffed(office)
    at(found, 3, 2, *(enquiry(firm, number) for number, firm in enumerate(FIRMS, 1)))
    return found


def plan(people: Staffed, *, confidential: bool = False, share: float = 1.0) -> int:
    with people.office.open() as (app, _), app.ledger.begin() as work:
        desk, now = app.services.desk, people.office.clock.now
        person, procedure = desk.staff().by_address(BAI), desk.procedures().named(PROCEDURE)
        assert person is not None
        assert procedure is not None
        sample = draw(work.survey_candidates(datetime(2025, 3, 2, tzinfo=UTC)), share, 1, now)
        known = {"until": "2026-04-30", "target": 85, "confidential": confidential, "language": "zh", "owner": BAI}
        planned = Planned(procedure, shipped(), "2026", person, sample, PLAN, known)
        _, row, blobs = plan_round(Turn(desk, work, now), planned)
        app.vault.put(blobs)
    return row


def sign_plan(people: Staffed) -> None:
    at(people, 3, 3)
    at(people, 3, 3, answer(people.asked(BAI, "方案编制人签字"), "同意"), hour=11)
    at(people, 3, 3, answer(people.asked(ZHENG, "批准调查方案"), "同意"), hour=14)


def send(people: Staffed, row: int) -> int:
    with people.office.open() as (app, _), app.ledger.begin() as work:
        turn = Turn(app.services.desk, work, people.office.clock.now)
        of = work.survey_round(row)
        assert is_approved(turn, of)
        return send_round(turn, of)


def sent_letters(people: Staffed, row: int) -> dict[str, Ask]:
    assert send(people, row) == len(FIRMS)
    return {mail.to: mail for mail in at(people, 3, 4) if "SV-" in mail.subject}


def figures(people: Staffed, row: int) -> Results:
    with people.office.open() as (app, _), app.ledger.begin() as work:
        of = work.survey_round(row)
        return results(form_of(of), work.invitations(row), work.survey_answers(row), {}, {})


def test_no_letter_leaves_before_the_plan_is_signed_and_none_leaves_twice(people: Staffed) -> None:
    row = plan(people)
    with people.office.open() as (app, _), app.ledger.begin() as work:
        assert not is_approved(Turn(app.services.desk, work, people.office.clock.now), work.survey_round(row))
    sign_plan(people)
    letters = sent_letters(people, row)
    assert len(letters) == 12
    text = letters["wang@c01.example"].text
    assert "4. 准时交货（" in text
    assert "2026年4月30日" in text
    assert send(people, row) == 0
    assert [mail for mail in at(people, 3, 5) if "SV-" in mail.subject] == []
    assert people.office.errors() == []


def test_a_whole_round_reconciles(people: Staffed) -> None:
    row = plan(people)
    sign_plan(people)
    letters = sent_letters(people, row)

    def reply(firm: str, words: str, **more: str) -> bytes:
        letter = letters[f"wang@{firm}.example"]
        return answer(letter, words, sender=more.get("sender", letter.to))

    filled = letters["wang@c03.example"]
    inside = re.sub(r"^(\d+\. .*（)　　）$", r"\g<1>4）", filled.text, flags=re.MULTILINE)
    by_word = letters["wang@c10.example"]
    in_the_quote = parsed_with(answer(filled, "已填写", sender=filled.to), filled.text, inside)
    at(
        people, 3, 5,
        reply("c01", ALL_FIVE), reply("c02", "5 4 5 3 4 4 5 5 4 3 3 4 4 8"), in_the_quote,
        reply("c04", LOW),
        reply("c05", "1. 5\n2. 4\n3. 4"), reply("c06", "都挺好，谢谢"), bounce(letters["wang@c07.example"]),
        reply("c08", ALL_FIVE, sender="other@elsewhere.example"),
        with_file(by_word, "见附件", "问卷.docx", filled_in(word_of(by_word), GIVEN)),
        with_file(letters["wang@c11.example"], "见附件", "IMG_2041.pdf", b"%PDF-1.4 scanned"),
    )  # fmt: skip
    at(people, 3, 6, reply("c01", ALL_FIVE.replace("1. 5", "1. 4", 1)))
    with people.office.open() as (app, _), app.ledger.begin() as work:
        of = work.survey_round(row)
        told = next(each for each in work.invitations(row) if each.address == "wang@c09.example")
        sheet = Sheet({question.key: 4 for question in shipped().weighted})
        enter(Turn(app.services.desk, work, people.office.clock.now), of, shipped(), told,
              Answered(sheet, TELEPHONE, told.address, actor=BAI))  # fmt: skip
    found = figures(people, row)
    returns = found.all.returns
    assert (returns.sent, returns.bounced, returns.delivered) == (12, 1, 11)
    assert (returns.answered, returns.valid, found.all.void, found.all.waiting) == (9, 6, 1, 2)
    assert returns.answered == returns.valid + found.all.void + found.all.waiting
    assert len(found.customers) == 6
    assert people.office.ask("SELECT way, scores FROM survey_answers WHERE way = 'file'") == [
        ("file", scores_of(GIVEN))
    ]
    assert [(number, verdict) for number, verdict in people.office.ask(
        "SELECT version, verdict FROM survey_answers JOIN survey_invitations i ON i.id = invitation_id "
        "WHERE i.address = 'wang@c01.example' ORDER BY version")] == [(1, "valid"), (2, "valid")]  # fmt: skip
    assert found.voices[0].words == "交货总是晚"
    assert people.office.ask("SELECT count(*) FROM cases WHERE subject LIKE '%满意度低%'") == [
        (2,)
    ]  # c04, and c03 which would not recommend us
    (intake,) = next(row for row in people.office.ask("SELECT intake FROM cases WHERE subject LIKE '%满意度低%海润%'"))
    assert "wang@c04.example" in intake
    assert people.open_tasks().count(("follow_up", "liu@firm.example")) >= 2
    states = dict(people.office.ask("SELECT address, status FROM survey_invitations"))
    assert states.pop("wang@c07.example") == BOUNCED
    assert set(states.values()) == {INVITED}
    assert people.office.errors() == []


def report(people: Staffed, row: int) -> bytes:
    """Close the round and write its figures into the record; the record as it is asked to be analysed."""
    with people.office.open() as (app, _), app.ledger.begin() as work:
        turn = Turn(app.services.desk, work, people.office.clock.now)
        work.set_round(row, status=CLOSED, closed_at=turn.now)
        of = work.survey_round(row)
        found = results(form_of(of), work.invitations(row), work.survey_answers(row), {}, {})
        fields = report_fields(form_of(of), found, "zh", target=85, confidential=False)
        step, person = turn.load(work.case(of.case_id)), turn.desk.staff().by_address(BAI)
        assert step is not None
        assert person is not None
        app.vault.put(do_work(step, step.file.tasks[CONDUCT], person, fields, None))
        work.touch_case(of.case_id)
    at(people, 4, 1, hour=11)
    return people.asked(BAI, ANALYSE).file(".docx")[1]


ANALYSE = "分析原因、定改进措施"
MEASURES = """\
不满意原因：交货慢
满意度改进措施：
1. 常用规格备货；柳青；2026-06-30
2. 每周通报交期
满意度调查结论：提交管理评审
"""


def test_measures_of_an_approved_report_become_tasks_and_the_next_report_says_what_came_of_them(
    people: Staffed,
) -> None:
    row = plan(people)
    sign_plan(people)
    letters = sent_letters(people, row)
    some = [letters[f"wang@c0{number}.example"] for number in range(1, 8)]
    at(people, 3, 5, *(answer(each, LOW, sender=each.to) for each in some))
    at(people, 4, 1)
    content = report(people, row)
    with zipfile.ZipFile(io.BytesIO(content)) as record:
        assert "word/charts/chart1.xml" in record.namelist()
        assert "⟦" not in record.read("word/document.xml").decode()
    at(people, 4, 2, answer(people.asked(BAI, ANALYSE), MEASURES))
    at(people, 4, 2, answer(people.asked(BAI, "报告编制人签字"), "同意"), hour=11)
    assert people.open_tasks().count(("carry_out", "liu@firm.example")) == 0
    at(people, 4, 2, answer(people.asked(ZHENG, "批准满意度分析报告"), "同意"), hour=14)
    at(people, 4, 3)
    at(people, 4, 3, hour=11)
    assert people.open_tasks().count(("carry_out", "liu@firm.example")) == 1
    assert people.open_tasks().count(("carry_out", BAI)) == 1
    due = "SELECT substr(due_at, 1, 10) FROM tasks WHERE name = 'carry_out' AND person = 'liu@firm.example'"
    assert people.office.ask(due) == [("2026-06-30",)]
    at(people, 4, 7, answer(people.asked("liu@firm.example", "实施改进措施"), "已备货12个规格"))
    at(people, 4, 7, answer(people.asked("qin@firm.example", "验证改进措施的效果"), "验证结果：有效"), hour=11)
    assert people.open_tasks().count(("carry_out", BAI)) == 1
    with people.office.open() as (app, _), app.ledger.begin() as work:
        turn = Turn(app.services.desk, work, people.office.clock.now)
        of = work.survey_round(row)
        assert open_measures(turn, of) == 0
        lines = effect_of(turn, of, "zh").splitlines()
    assert [line.partition("：")[2] for line in lines] == ["已实施，验证：有效", "尚未实施"]
    assert people.office.errors() == []


def test_reminders_come_after_7_and_14_working_days_and_an_answer_ends_them(people: Staffed) -> None:
    row = plan(people)
    sign_plan(people)
    letters = sent_letters(people, row)
    at(people, 3, 5, answer(letters["wang@c01.example"], ALL_FIVE, sender="wang@c01.example"))
    assert [mail for mail in at(people, 3, 12) if "SV-" in mail.subject] == []
    first = [mail for mail in at(people, 3, 16) if "SV-" in mail.subject]
    assert len(first) == 11
    assert "wang@c01.example" not in {mail.to for mail in first}
    assert "还没有收到您的回信" in first[0].text
    assert len([mail for mail in at(people, 3, 25) if "SV-" in mail.subject]) == 11
    assert [mail for mail in at(people, 4, 20) if "SV-" in mail.subject] == []


def test_a_confidential_round_opens_no_task_by_name_and_says_it_in_the_letter(people: Staffed) -> None:
    row = plan(people, confidential=True)
    sign_plan(people)
    letters = sent_letters(people, row)
    letter = letters["wang@c01.example"]
    assert "保密" in letter.text
    assert "匿名" not in letter.text
    at(people, 3, 5, answer(letter, ALL_FIVE.replace("5", "1"), sender=letter.to))
    assert people.office.ask("SELECT count(*) FROM cases WHERE subject LIKE '%满意度低%'") == [(0,)]


def word_of(letter: Ask) -> bytes:
    """The Word form in a letter."""
    (file,) = letter.mail.iter_attachments()
    assert str(file.get_filename()).endswith(".docx")
    content = file.get_content()
    assert isinstance(content, bytes)
    return content


def with_file(letter: Ask, words: str, name: str, content: bytes) -> bytes:
    """A reply with a file, and without our text."""
    mail = EmailMessage()
    mail["Received"] = "from mx.a.example by mx.firm.example with ESMTP; Thu, 05 Mar 2026 09:00:00 +0800"
    mail["From"], mail["To"] = letter.to, "service@firm.example"
    mail["Subject"] = f"回复：{letter.subject}"
    mail["Message-ID"] = f"<file-{letter.to}>"
    mail["In-Reply-To"] = str(letter.mail["Message-ID"])
    mail.set_content(words, cte="base64")
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def scores_of(said: Mapping[int, str]) -> str:
    """The scores as the ledger keeps them."""
    return json.dumps({shipped().questions[number - 1].key: int(value) for number, value in said.items()})


def parsed_with(mail: bytes, was: str, now: str) -> bytes:
    """The mail with the quote as its writer changed it."""
    import email
    import email.policy

    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    quoted = "\n".join(f"> {line}" for line in was.splitlines())
    words = found.get_content().replace("\r\n", "\n")
    assert quoted in words
    found.set_content(words.replace(quoted, "\n".join(f"> {line}" for line in now.splitlines())), cte="base64")
    return found.as_bytes()
