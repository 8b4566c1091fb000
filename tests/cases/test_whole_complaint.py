"""A complaint from its first mail to its closing, every record signed: by reply, by Word file, by a scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.records.returned import Returned
from tests.adapters.sql.stores import BOTH
from tests.cases.papers import archived, filled, paper, scanned, words
from tests.flow.letters import letter
from tests.flow.robots import WORK, knowing, play, usual
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
CASE = "TS-2026-0001"
TYPED = {
    "与投诉方沟通": "hear_customer",
    "与被投诉人沟通": "hear_staff",
    "查明事实": "facts_found",
    "证据清单": "evidence_list",
    "管理漏洞": "gaps",
    "发生原因": "cause_occur",
    "流出原因": "cause_escape",
    "责任部门": "resp_dept",
}


def asked_whether_satisfied(people: Staffed) -> Ask:
    """A working day passes, whatever the weekday; the customer is asked."""
    people.office.clock.forward(days=4)
    people.work()
    question = people.sent(CUSTOMER)[-1]
    assert "满意" in question.text
    return question


def status(people: Staffed) -> tuple[str, int]:
    """Where the case stands, and in which round."""
    ((found, round_),) = people.office.ask("SELECT status, round FROM cases WHERE number = ?", CASE)
    return str(found), int(round_)


def closed(people: Staffed) -> bool:
    return status(people)[0] != "open"


def in_order(people: Staffed, *wanted: str) -> None:
    """The journal tells these in this order: an event, or an event and the task or record it is about."""
    told = iter(f"{event} {data}" for event, data in people.office.ask("SELECT event, data FROM journal ORDER BY id"))
    for item in wanted:
        event, _, about = item.partition(" ")
        assert any(line.startswith(f"{event} ") and about in line for line in told), f"{item} is not told in its place"


@BOTH
def test_a_complaint_is_answered_corrected_verified_and_closed_with_every_record_signed(
    people: Staffed, tmp_path: Path
) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    office = people.office
    by_word: list[Ask] = []

    def say(ask: Ask) -> str | bytes:
        if "“调查”" in ask.text:
            name, content = ask.file(".docx")
            typed = {f"answer:{field}": WORK[title] for title, field in TYPED.items()}
            by_word.append(ask)
            return answer(ask, "已填好，见附件", files={name: filled(content, typed)})
        if "“调查人签字”" in ask.text:
            name, content = ask.file(".docx")
            return answer(ask, "", files={name: filled(content, {"sign:investigator": "邓宁"})})
        if "“客服经理审核处理单”" in ask.text:
            return answer(ask, "", files={"扫描.jpg": scanned(ask.file(".docx")[1], tmp_path / "desk")})
        return usual(ask)

    people.work(letter(sender=CUSTOMER))
    play(people, say)
    assert by_word
    people.work(answer(asked_whether_satisfied(people), "满意，谢谢。"))
    play(people, say)

    assert status(people) == ("closed", 1)
    assert people.open_tasks() == []
    assert office.errors() == []
    assert {state for state, *_ in office.mails()} == {"handled"}
    assert people.journal().count("sign.refused") == 0
    _every_record_is_archived_signed(people)
    _the_customer_was_told(people)
    assert [mail.subject for mail in people.all_sent() if CASE not in mail.subject] == []
    in_order(
        people, "case.opened", "procedure.begun", "record.issued JL-23-01", "record.signed registrar", "task.done plan",
        "task.done appoint", "record.signed reviewer", "task.done investigate", "record.signed investigator",
        "record.signed resp_head", "task.done finding", "task.done disposition", 'record.signed "way":"scan"',
        "record.signed JL-23-10", "letter.queued answer", "letter.queued satisfaction", "task.done follow_up",
        "record.signed closer", "case.closed",
    )  # fmt: skip


def _every_record_is_archived_signed(people: Staffed) -> None:
    """Every record lies in the archive with its signed copies and evidence, and their cells name who signed when."""
    files = list(people.office.files())
    names = people.office.ask("SELECT number, max(revision) FROM records GROUP BY number")
    assert {number.rpartition("-2026")[0] for number, _ in names} >= {"JL-23-01", "JL-23-03", "JL-8.5-01", "JL-23-10"}
    for number, revision in names:
        for each in range(1, revision + 1):
            name = f"{number}.docx" if each == 1 else f"{number}-r{each}.docx"
            assert any(path.endswith(name) for path in files), name
        assert any(f"{number}-signed-" in path for path in files), number
    for mail in people.office.ask("SELECT id FROM messages"):
        assert any(f"{mail[0]:06}-original.eml" in path for path in files)
    evidence = sorted(path.rpartition("-back.")[2] for path in files if "-back." in path)
    assert evidence == ["docx", "jpg"]

    registration = max(path.rpartition("/")[2] for path in files if "JL-23-01-2026-0001-signed-" in path)
    signed = paper(people.office, registration).signatures
    assert signed["registrar"] == "白露 2026-03-02 10:10 邮件签字"  # what he signed for reads the same
    assert signed["reviewer"].startswith("韩梅 2026-03-02 ")
    assert signed["closer"].startswith("韩梅 2026-03-")
    sheet = paper(people.office, "JL-23-03-2026-0001-signed-4.docx").signatures
    assert sheet["service_manager"].startswith("韩梅 2026-03-02 ")
    assert sheet["service_manager"].endswith("纸质签字")
    assert sheet["quality"].endswith("邮件签字")
    by_word = paper(people.office, "JL-23-03-2026-0001-signed-1.docx")
    assert by_word.signatures["investigator"].endswith("Word回签")
    assert WORK["查明事实"] in words(archived(people.office, "JL-23-03-2026-0001-signed-1.docx"))


def _the_customer_was_told(people: Staffed) -> None:
    """Receipt, plan, answer with its signed letter, the question, and that the case is closed: all in his thread."""
    told = people.sent(CUSTOMER)
    everything = "\n".join(mail.text for mail in told)
    assert WORK["处理方案"] in everything
    (reply,) = [mail for mail in told if WORK["答复内容"] in mail.text]
    name, content = reply.file(".docx")
    assert name.startswith("JL-23-10-2026-0001")
    assert "韩梅 2026-03-02" in words(content)
    assert sum("是否满意" in mail.text or "满意吗" in mail.text for mail in told) == 1
    assert all(CASE in mail.subject and "球阀漏水" in mail.subject for mail in told)
    for inside in ("白露", "邓宁", "施磊", "Q1", "原因代码"):
        assert inside not in everything


def test_an_unsatisfied_customer_is_heard_again_and_a_new_mail_opens_the_closed_case(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people)
    people.work(answer(asked_whether_satisfied(people), "不满意：换来的又漏了两件，请重新处理。"))
    assert status(people) == ("open", 2)
    assert "disposition" in [name for name, _ in people.open_tasks()]
    play(people)
    people.work(answer(asked_whether_satisfied(people), "满意"))
    play(people)
    assert status(people) == ("closed", 2)
    sheets = {path for path in people.office.files() if "JL-23-10-2026-0001-signed-" in path}
    assert len(sheets) == 2

    last = people.sent(CUSTOMER)[-1]
    people.office.clock.forward(days=10)
    people.work(answer(last, "上次换的球阀又开始漏水了，三件都漏，请立即派人处理！"))
    assert status(people) == ("open", 3)
    assert "plan" in [name for name, _ in people.open_tasks()]
    in_order(people, "task.done follow_up", "case.reopened unsatisfied", "case.closed", "case.reopened customer_wrote")
    assert people.office.errors() == []


def test_after_three_rounds_a_case_is_closed_unsatisfied_with_reason_and_approval(people: Staffed) -> None:
    say = knowing(是否需要纠正措施="否")
    people.work(letter(sender=CUSTOMER))
    play(people, say)
    for words_ in ("不满意：又漏了", "不满意，还是漏", "不满意：你们根本没有解决"):
        people.work(answer(asked_whether_satisfied(people), words_))
        play(people, say)
    assert status(people) == ("closed_unsatisfied", 3)
    assert any("批准未满意结案：已签字" in line for line in people.confirmations("zheng@firm.example"))
    signed = [name for name in people.office.files() if "JL-23-01-2026-0001-signed-" in name]
    last = paper(people.office, max(signed, key=lambda name: (len(name), name)).rpartition("/")[2])
    assert last.signatures["leader"].startswith("郑浩 ")
    assert WORK["结案理由"] in " ".join(str(value) for value in people.office.ask("SELECT value FROM answers"))
    assert people.office.errors() == []


def test_the_investigation_report_gets_the_approved_answer_and_keeps_its_signatures(people: Staffed) -> None:
    def sheet() -> tuple[str, Returned]:
        question = "SELECT file_name FROM records WHERE form = 'JL-23-03' ORDER BY revision DESC LIMIT 1"
        name = people.office.one(question)
        return name, paper(people.office, name)

    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if "请签字：客户答复函" in ask.subject else usual(ask))
    drafted, before = sheet()
    assert before.answers["answer_text"] == ""  # a draft is nobody's answer yet
    signed = people.office.one("SELECT count(*) FROM signatures WHERE current AND copy_name LIKE 'JL-23-03%'")
    assert signed
    people.work(answer(people.asked("han@firm.example", "批准答复（承诺、日期、赔偿均在此把关）"), "同意"))
    answered, after = sheet()
    assert answered != drafted
    assert after.answers["answer_text"] == WORK["答复内容"]
    before_it = paper(people.office, _last_signed(people)).signatures
    assert after.signatures["approver"] == "/"  # nothing is paid: nobody is asked for it any more
    assert {cell: words.partition("（")[0].strip("/") for cell, words in after.signatures.items()} == {
        cell: words.partition("（")[0].strip("/") for cell, words in before_it.items()
    }
    # What each signed for reads as it did: the answer is said and signed elsewhere.
    assert not any("（第" in words for words in after.signatures.values())
    assert people.office.one("SELECT count(*) FROM signatures WHERE current AND copy_name LIKE 'JL-23-03%'") == signed

    play(people)
    people.work(answer(asked_whether_satisfied(people), "不满意：换来的又漏了两件，请重新处理。"))
    play(people, knowing(答复内容="我们今日已安排专人上门更换，并致歉意。"))
    assert "上门更换" in sheet()[1].answers["answer_text"]
    assert people.office.ask("SELECT data FROM journal WHERE event = 'signature.void'") == []
    assert people.office.errors() == []


def _last_signed(people: Staffed) -> str:
    question = "SELECT copy_name FROM signatures WHERE copy_name LIKE 'JL-23-03%' ORDER BY id DESC LIMIT 1"
    return str(people.office.one(question))
