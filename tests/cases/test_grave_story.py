"""One grave complaint among twelve colleagues, from its first word to its closing: who is written to, signs and reads.

Everybody answers by himself, in a moment of his own, so that the order of what happened is one order.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from email.message import Message

import pytest

from tests.cases.papers import archived, paper, words
from tests.cases.test_signed_once import OWN_WORDS, TIME, each_in_his_own_words
from tests.cases.test_whole_complaint import CASE, CUSTOMER, asked_whether_satisfied, in_order, status
from tests.flow.conftest import OpenOffice
from tests.flow.letters import letter
from tests.flow.robots import WORK, play, received
from tests.flow.staffed import ASKS, STAFF, Ask, Staffed, answer

TWELVE = """\
people:
  - {name: 白露, address: bai@firm.example, department: 客服部, roles: [receptionist, archivist], superior: 韩梅}
  - {name: 顾盼, address: gu@firm.example, department: 客服部, roles: [service], superior: 韩梅, deputy: 白露}
  - {name: 韩梅, address: han@firm.example, department: 客服部, roles: [service_manager], superior: 郑浩, deputy: 顾盼}
  - {name: 秦朗, address: qin@firm.example, department: 质量部, roles: [quality], superior: 郑浩, deputy: 何畅}
  - {name: 何畅, address: he@firm.example, department: 质量部, roles: [], superior: 秦朗}
  - {name: 邓宁, address: deng@firm.example, department: 技术部, roles: [technical], superior: 郑浩, deputy: 何畅}
  - {name: 施磊, address: shi@firm.example, department: 生产部, roles: [production, dispatch], superior: 郑浩}
  - {name: 陶然, address: tao@firm.example, department: 生产部, roles: [warehouse], superior: 施磊}
  - {name: 柳青, address: liu@firm.example, department: 销售部, roles: [sales, purchasing, finance], superior: 郑浩}
  - {name: 薛平, address: xue@firm.example, department: 管理层, roles: [management_rep], superior: 郑浩}
  - {name: 郑浩, address: zheng@firm.example, department: 管理层, roles: [leader, manager], superior: 高远}
  - {name: 高远, address: gao@firm.example, department: 管理层, roles: [general_manager]}
"""
HAN, INVESTIGATOR = "han@firm.example", "he@firm.example"
RECEIVERS = ("qin@firm.example", "deng@firm.example", "xue@firm.example", "zheng@firm.example")
BURST = """贵厂球阀使用中爆裂，烫伤一名操作工，已送医院。订单号：DD20260301008，批号：B2603-01，球阀五件。
要求立即派人处理、更换，并提交8D报告。

华东泵业有限公司
王强 13800001234"""
WORDS_8D = OWN_WORDS["编写 8D"]["8D附信"]
NOTE = "对方设备主管口气强硬，先探明停线损失再说"
REPLIES = {"调查人": "何畅", "措施完成日期": "2026-03-02", "发货期": "2026-03-02"}  # who, and when, of this story

MOST = Counter({
    CUSTOMER: 7, HAN: 9, "qin@firm.example": 6, "xue@firm.example": 5, "gu@firm.example": 4, "shi@firm.example": 3,
    "bai@firm.example": 2, "deng@firm.example": 2, INVESTIGATOR: 2, "zheng@firm.example": 2, "gao@firm.example": 1,
    "tao@firm.example": 1,
})  # fmt: skip
"""The most mails each may get of this story: what was measured.  Whoever has no part in it gets none."""

SIGNERS = {
    "JL-23-01": {
        "registrar": "白露", "quality": "秦朗", "technical": "邓宁", "management_rep": "薛平", "leader": "郑浩",
        "reviewer": "韩梅", "closer": "韩梅",
    },
    "JL-23-03": {
        "investigator": "何畅", "resp_head": "施磊", "quality": "秦朗", "service_manager": "韩梅",
        "management_rep": "薛平", "approver": "高远",
    },
    "JL-23-08": {"checker": "韩梅"},
    "JL-23-10": {"approver": "韩梅"},
    "JL-23-14": {"service": "顾盼", "warehouse": "陶然"},
    "JL-8.5-01": {"quality": "秦朗", "management_rep": "薛平", "verifier": "秦朗", "closer": "薛平"},
    "JL-8.5-02": {"drafter": "秦朗", "technical": "邓宁", "approver": "薛平"},
}  # fmt: skip
"""Who signs in which cell of which form; every other cell is crossed out."""

NAMED = {"JL-8.5-01": {"proposer": "韩梅", "reviewer": "韩梅", "resp_head": "施磊"}}
"""Who is named in a cell for what he did elsewhere in the case: who raised it, whose signature says so, who planned."""

INTERNAL = ("白露", "顾盼", "何畅", "恶性", "Q1", "原因代码", "调查人", "从严处理", "批示", "封存在库二十件", NOTE)
"""What is said among colleagues, by which a leak would show."""


@pytest.fixture
def people(new_office: OpenOffice) -> Staffed:
    return Staffed(new_office(), STAFF.partition("people:\n")[0] + TWELVE)


def own(ask: Ask) -> str:
    """What each answers; who gives the plan adds a word for his colleagues."""
    said = each_in_his_own_words(ask)
    for title, value in REPLIES.items():
        said = re.sub(rf"(?m)^(\d+ )?{title}：.*$", rf"\g<1>{title}：{value}", said)
    return f"{said}\n内部备注：{NOTE}" if "提出处理方案" in ask.subject else said


def played(people: Staffed) -> Staffed:
    """The story, told to its end."""
    people.office.clock.now = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in the morning, when the mail comes
    people.work(letter(BURST, subject="投诉：球阀爆裂伤人", sender=CUSTOMER))
    play(people, own, together=False)
    question = asked_whether_satisfied(people)
    people.work(received(answer(question, "满意，谢谢。"), people.office.clock()))
    play(people, own, together=False)
    assert status(people) == ("closed", 1)
    assert people.open_tasks() == []
    assert people.office.errors() == []
    return people


def test_a_grave_complaint_takes_few_mails_and_each_signs_once_and_reads_what_is_his(people: Staffed) -> None:
    played(people)
    _few_mails(people)
    _signed_once_by_whom_it_concerns(people)
    _dates_in_the_order_of_events(people)
    _the_customer_reads_his_own_matter_only(people)
    _who_lets_words_go_read_them_whole(people)
    _who_investigates_and_who_receives_has_the_original(people)
    _the_page_tells_it_in_order(people)


def _few_mails(people: Staffed) -> None:
    got = Counter(mail.to for mail in people.all_sent())
    by_person = ", ".join(f"{to} {times}" for to, times in got.most_common())
    sys.stdout.write(f"{got.total()} mails: {by_person}\n")
    assert {to: times for to, times in got.items() if times > MOST[to]} == {}
    assert got.total() <= MOST.total() <= 45
    assert len({mail.text for mail in people.all_sent()}) == got.total()


def _signed_once_by_whom_it_concerns(people: Staffed) -> None:
    rows = people.office.ask(
        "SELECT r.form, s.cell, s.name, s.current FROM signatures s JOIN records r ON r.id = s.record_id"
    )
    wanted = [(form, cell, name, 1) for form, cells in SIGNERS.items() for cell, name in cells.items()]
    assert sorted(rows) == sorted(wanted)
    assert set(SIGNERS) == {form for (form,) in people.office.ask("SELECT DISTINCT form FROM records")}
    for form, signers in SIGNERS.items():
        cells = {cell: said for cell, said in _final(people, form).items() if said != "/"}
        named = {cell: cells.pop(cell) for cell in NAMED.get(form, {})}
        assert all(said.startswith(f"{NAMED[form][cell]} 2026-03-02 ") for cell, said in named.items())
        assert not any("邮件签字" in said for said in named.values())
        assert set(cells) == set(signers), form
        assert all(said.startswith(f"{signers[cell]} 2026-03-") for cell, said in cells.items()), form


def _dates_in_the_order_of_events(people: Staffed) -> None:
    """What the cells of all final records say, one after the other, is the order in which things happened."""
    given = people.office.ask(
        "SELECT r.form, s.cell FROM signatures s JOIN records r ON r.id = s.record_id ORDER BY s.id"
    )
    story = [found[0] for form, cell in given if (found := TIME.search(_final(people, form)[cell]))]
    assert len(story) == len(given)
    assert story == sorted(set(story))  # no two in one moment
    in_order(
        people, "case.opened", "record.signed registrar", "record.signed leader", "task.done appoint",
        "record.signed reviewer", "task.done investigate", "record.signed investigator", "record.signed resp_head",
        "task.done finding", "task.done disposition", "record.signed service_manager", "record.signed JL-23-03",
        "task.done draft_answer", "record.signed JL-23-10", "letter.queued answer", "letter.queued satisfaction",
        "task.done follow_up", "record.signed checker", "record.signed closer", "case.closed",
    )  # fmt: skip

    first, last = story[0], story[-1]
    for form in SIGNERS:
        fields = json.loads(_newest(people, form, "fields"))
        said = words(archived(people.office, _top(people, form)))
        days = re.findall(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?", f"{said} {json.dumps(fields, ensure_ascii=False)}")
        assert [day for day in days if not "2026-03-02" <= day <= last] == [], form
        assert not re.search(r"\d\dT\d\d:\d\d", said), form
    closing = words(archived(people.office, _top(people, "JL-23-01")))
    assert "2026-03-02 09:00" in closing  # when it was received
    assert first > "2026-03-02 09:00"
    assert closing.count(last[:10]) == 2  # the closer's cell, and the day of the closing


def _the_customer_reads_his_own_matter_only(people: Staffed) -> None:
    told = people.sent(CUSTOMER)
    assert {mail.to for mail in people.all_sent() if NOTE in mail.text} == {HAN, "gu@firm.example"}  # who wrote it
    assert [form for form in SIGNERS if NOTE in words(archived(people.office, _top(people, form)))] == []
    for mail in told:
        attached = "".join(
            words(part.get_payload(decode=True))  # type: ignore[arg-type]
            for part in mail.mail.iter_attachments()
            if (part.get_filename() or "").endswith(".docx") and "JL-8.5-02" not in (part.get_filename() or "")
        )
        assert [word for word in INTERNAL if word in f"{mail.subject}\n{mail.text}\n{attached}"] == []
        assert CASE in mail.subject
        assert "MF-" not in str(mail.mail)
    assert sum("满意" in mail.text for mail in told) == 1  # asked once; that he is, is not receipted
    assert not any("再次来信" in mail.text for mail in told)
    assert [part.get_filename() for mail in told for part in mail.mail.iter_attachments()] == [
        "JL-23-10-2026-0001-r2.docx", "JL-8.5-02-2026-0001-r3.docx",
    ]  # fmt: skip
    (report_,) = [mail for mail in told if WORDS_8D in mail.text]
    report = words(report_.file(".docx")[1])
    assert NOTE not in report
    assert "从严处理" not in report


def _who_lets_words_go_read_them_whole(people: Staffed) -> None:
    plan = people.asked(HAN, "核准发给客户的方案")
    letter_ = people.asked(HAN, "批准答复（承诺、日期、赔偿均在此把关）")
    for ask, said in ((plan, WORK["处理方案"]), (letter_, WORK["答复内容"])):
        (left,) = people.sent(CUSTOMER, containing=said)
        shown = re.sub(r"[>\s]+", "", ask.text)
        assert re.sub(r"\s+", "", re.sub(r"(?m)^.*RF-[A-Z0-9-]+.*$", "", left.text)) in shown
        assert CUSTOMER in ask.text
    assert f"内部备注（不发出）：{NOTE}" in plan.text
    assert "贵司反映的五件球阀" in words(letter_.file(".docx")[1])  # the letter itself, not only its mail


def _who_investigates_and_who_receives_has_the_original(people: Staffed) -> None:
    (came,) = (content for path, content in people.office.files().items() if path.endswith("000001-original.eml"))
    for address in (INVESTIGATOR, HAN, *RECEIVERS):
        asked = [mail for mail in people.sent(address) if ASKS.match(mail.subject)]
        enclosed = [part for mail in asked for part in mail.mail.iter_attachments() if _is_mail(part)]
        assert enclosed, address
        for part in enclosed:
            content = part.get_payload(decode=True)
            assert content == came, address


def _the_page_tells_it_in_order(people: Staffed) -> None:
    page = next(content for path, content in people.office.files().items() if path.endswith("/index.html")).decode()
    course = page[page.index("<h2>经过</h2>") :]
    times = re.findall(r'class="at">([^<]+)<', course)
    assert len(times) > 100
    assert times == sorted(times)
    assert "MF-" not in page
    assert "plan_promises" not in page
    assert not re.search(r"更正：[^<]*\s*<div class=\"said\">(\S+) → \1<", page)


# ------------------------------------------------------------------------------------------------------------ parts


def _is_mail(part: Message) -> bool:
    return (part.get_filename() or "").endswith(".eml")


def _newest(people: Staffed, form: str, column: str) -> str:
    question = f"SELECT {column} FROM records WHERE form = ? ORDER BY revision DESC LIMIT 1"  # noqa: S608
    return str(people.office.one(question, form))


def _top(people: Staffed, form: str) -> str:
    """The file that counts: the newest signed copy of the newest version, else that version."""
    question = (
        "SELECT s.copy_name FROM signatures s JOIN records r ON r.id = s.record_id WHERE r.form = ? AND r.revision ="
        " (SELECT max(revision) FROM records WHERE form = ?) ORDER BY s.id DESC LIMIT 1"
    )
    found = people.office.ask(question, form, form)
    return str(found[0][0]) if found else _newest(people, form, "file_name")


def _final(people: Staffed, form: str) -> dict[str, str]:
    """The cells of the final record, as Word shows them."""
    return dict(paper(people.office, _top(people, form)).signatures)
