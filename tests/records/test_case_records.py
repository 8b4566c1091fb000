"""What stands in the records of a case: every answer, every known fact, and nothing that was said of something else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from mailflow import app as composition
from mailflow.casework.casefile import CaseFile, Said
from mailflow.casework.desk import Desk
from mailflow.casework.fields import printed_fields
from mailflow.casework.step import Step, Turn
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Address, Case, Customer, Details, Kind, Message
from mailflow.domain.picture_ports import Picture
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseState, CaseStatus, IssuedRecord, Task, TaskStatus
from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import FieldSpec, Procedure
from mailflow.records.registration import registration_fields
from mailflow.records.returned import read_returned
from mailflow.settings import shipped
from mailflow.settings.config import Company, Config, MailboxSettings, SmtpSection
from tests.flow.staffed import STAFF
from tests.records.samples import details
from tests.records.test_all_forms import words_of

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
HOSTILE = "{{7*7}} {%x%} =cmd|' /C calc'!A0 <script>alert(1)</script> &amp; 😀 𠮷㐂龑 مرحبا שלום"
FACTS = {
    "customer_name": "海诚机电有限公司", "customer_code": "KH-00007", "case_no": "TS-2026-0123", "complainant": "方远",
    "phone": "13912340000", "product": "减速机", "model": "R37-Y0.75", "batch_no": "B2602-11", "qty_defect": "3台",
    "order_no": "DD20260210031", "class2": "漏油", "content": "三台减速机漏油，请尽快处理。",
}  # fmt: skip
CUSTOMER = Address("方远", "fang@haicheng.example")

procedures, _problems = load_procedures(shipped.folder("rules") / "procedures")
assert procedures is not None
PROCEDURES = {item.name: item for item in procedures.all}
ISSUED = sorted(
    {
        (name, form)
        for name, procedure in PROCEDURES.items()
        for task in procedure.tasks.values()
        for form in (task.form, task.form_en)
        if form
    }
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The shipped forms and procedures, and the people of the tests, as a running office has them."""
    home = tmp_path_factory.mktemp("home")
    (home / "rules").mkdir()
    for item in shipped.folder("rules").iterdir():
        if item.name != "staff.yaml":
            (home / "rules" / item.name).symlink_to(item)
    (home / "rules" / "staff.yaml").write_text(STAFF, encoding="utf-8")
    (home / "password").write_text("secret")
    box: dict[str, Any] = {"name": "service", "host": "mail.firm.example", "username": "service@firm.example"}
    config = Config(
        company=Company(
            name="示例精密机械有限公司",
            english_name="Example Precision",
            domains=("firm.example",),
            phone="0571-880000",
        ),
        mailboxes=(MailboxSettings(**box, password_file=home / "password"),),
        smtp=SmtpSection(host="mail.firm.example", from_address="service@firm.example"),
        storage=home / "storage",
        rules=home / "rules",
        templates=shipped.folder("templates"),
    )
    with composition.open_app(config) as app:
        yield app.services.desk


def form(desk: Desk, code: str) -> FormSpec:
    spec = desk.form(code)
    assert spec is not None
    return spec


def intake(facts: Mapping[str, str], sender: Address, subject: str, case: Case) -> dict[str, Any]:
    """What reading a mail with these facts gives."""
    found: Details = details(
        ("产品质量",), contact=facts["complainant"], phone=facts["phone"], product=facts["product"],
        model=facts["model"], batch_no=facts["batch_no"], quantity=facts["qty_defect"], order_no=facts["order_no"],
        defect_or_issue=facts["class2"], demand="退货", severity="一般",
    )  # fmt: skip
    message = Message(subject=subject, from_=(sender,), new_text=facts["content"])
    return registration_fields("", case, message, found, NOW, ZONE)


def opened(
    procedure: str,
    answers: Mapping[str, str] | None = None,
    *,
    facts: Mapping[str, str] = FACTS,
    sender: Address = CUSTOMER,
    subject: str = "投诉：减速机漏油",
    channel: str = "mail",
    by: Mapping[str, str] | None = None,
    kind: Kind = Kind.COMPLAINT,
) -> CaseFile:
    """A case by a shipped procedure; ``by`` are the tasks done and who did each."""
    customer = Customer(7, facts["customer_code"], facts["customer_name"], NOW)
    case = Case(1, facts["case_no"], customer, kind, NOW, is_new=True)
    state = CaseState(
        status=CaseStatus.OPEN, round=1, channel=channel, severity="一般", language="zh", subkinds=("产品质量",),
        procedure="x", intake=intake(facts, sender, subject, case), subject=subject,
    )  # fmt: skip
    tasks = {name: done(number, name, who) for number, (name, who) in enumerate((by or {}).items(), 1)}
    said = [Said(field, value, "", NOW) for field, value in (answers or {}).items()]
    return CaseFile(case, state, PROCEDURES[procedure], NOW, tasks=tasks, answers=dict(answers or {}), said=said)


def done(number: int, name: str, who: str) -> Task:
    return Task(
        id=number, case_id=1, name=name, round=1, status=TaskStatus.DONE, role="", person=who, record=0, opened_at=NOW,
        due_at=None, asked_at=NOW, done_at=NOW, done_by=who, outcome="done", step=0, next_at=None, current=True,
    )  # fmt: skip


def everybody(procedure: Procedure) -> dict[str, str]:
    return dict.fromkeys(procedure.tasks, "qin@firm.example")


def an_answer(name: str, field: FieldSpec, more: str = "") -> str:
    """What a person might answer, another thing for every field."""
    if field.choices:
        return "、".join(field.choices[:2]) if field.type == "choices" else field.choices[0]
    fixed = {"date": "2026-03-20", "person": "邓宁", "department": "质量部", "yesno": "是", "money": "1200.00 CNY"}
    return fixed.get(field.type) or f"{name}之所述{more}"


def asked_on(procedure: Procedure, code: str) -> set[str]:
    """The fields people answer in the tasks of a form."""
    tasks = [task for task in procedure.tasks.values() if code in (task.form, task.form_en)]
    return {name for task in tasks for name in (*task.asks, *task.may)}


def printed(desk: Desk, code: str, file: CaseFile, now: datetime = NOW, **more: Any) -> bytes:
    fields = printed_fields(step(desk, file, now), form(desk, code), more.pop("previous", None))
    system = {"record_no": f"{code}-2026-0001", "qr": "MF1:x:1:AAAAAAAAAAAAAAAA", "sig": {}, "issued_at": now}
    return desk.forms.fill(code, {**fields, **system})


def values(desk: Desk, code: str, file: CaseFile, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    return printed_fields(step(desk, file, now), form(desk, code), more.get("previous"))


class NoPhotos:
    """A ledger that knows of no photos; printing reads nothing else from it."""

    def pictures_of(self, case: int) -> list[Picture]:
        assert case
        return []


def step(desk: Desk, file: CaseFile, now: datetime) -> Step:
    """A moment of a case."""
    return Turn(desk, cast("Work", NoPhotos()), now).on(file)


@pytest.mark.parametrize(("name", "code"), ISSUED)
@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_what_people_answered_and_what_the_mail_said_stands_on_the_record(
    desk: Desk, name: str, code: str, hostile: bool
) -> None:
    procedure, spec = PROCEDURES[name], form(desk, code)
    more = f" {HOSTILE}\n第二行 {HOSTILE}" if hostile else ""
    facts = {**FACTS, "content": FACTS["content"] + more}
    if hostile:
        facts |= {key: f"{facts[key]} {{{{7*7}}}}<b>𠮷" for key in ("customer_name", "product", "model", "class2")}
    answers = {key: an_answer(key, field, more) for key, field in procedure.fields.items()}
    file = opened(name, answers, facts=facts, by=everybody(procedure))
    package = printed(desk, code, file)
    read, text = read_returned(package), words_of(package)
    asked = asked_on(procedure, code) & spec.answers.keys()
    assert {key: read.answers[key] for key in asked} == {key: answers[key] for key in asked}
    on_goods = {f"items.{column}" for column in ("name", "model", "batch_no", "qty")} <= spec.fields.keys()
    shown = {key: value for key, value in facts.items() if key in spec.fields}
    shown |= {key: facts[key] for key in ("product", "model", "batch_no", "qty_defect") if on_goods}
    missing = {key: value for key, value in shown.items() if any(line not in text for line in value.split("\n"))}
    assert missing == {}
    assert "49" not in text.replace(facts["content"], "")
    assert "['" not in text


@pytest.mark.parametrize("code", ["JL-8.6-03", "JL-7.2-03"])
def test_goods_are_no_rows_of_a_table_of_other_things(desk: Desk, code: str) -> None:
    assert values(desk, code, opened("certificate"))["items"] == []


def test_a_notice_of_return_lists_the_goods_of_the_mail(desk: Desk) -> None:
    assert values(desk, "JL-23-12", opened("complaint"))["items"] == [
        {"name": "减速机", "model": "R37-Y0.75", "batch_no": "B2602-11", "defect": "漏油", "reason": "", "qty": "3台"}
    ]


def test_the_conclusion_on_a_complaint_is_not_that_of_another_form(desk: Desk) -> None:
    file = opened("complaint", {"conclusion": "换货三台"}, by=everybody(PROCEDURES["complaint"]))
    assert values(desk, "JL-23-03", file)["answer"]["conclusion"] == "换货三台"
    assert values(desk, "JL-23-01", file)["result"] == "换货三台"
    for code in ("JL-8.5-01", "JL-8.5-02", "JL-23-13", "JL-23-02"):
        assert values(desk, code, file)["answer"]["conclusion"] == "", code


def test_the_inspection_of_the_return_and_the_check_after_rework_are_kept_and_printed_apart(desk: Desk) -> None:
    said = {"inspection": "三台均漏油", "rework_data": "三台气密合格"}
    file = opened("complaint", said, by=everybody(PROCEDURES["complaint"]))
    assert values(desk, "JL-23-12", file)["answer"]["inspection"] == "三台均漏油"
    assert values(desk, "JL-23-13", file)["answer"]["rework_data"] == "三台气密合格"
    asked = {name: {*task.asks, *task.may} for name, task in file.procedure.tasks.items()}
    assert [name for name in asked if "inspection" in asked[name]] == ["return_inspect"]
    assert [name for name in asked if "rework_data" in asked[name]] == ["rework_check"]


def test_a_letter_is_in_the_customers_language_and_says_how_to_reach_us(desk: Desk) -> None:
    zh, en = (values(desk, code, opened("complaint")) for code in ("JL-23-10", "JL-23-10E"))
    assert (zh["company"], zh["received_on"], zh["letter_date"]) == (
        "示例精密机械有限公司", "2026年3月2日", "2026年3月2日",
    )  # fmt: skip
    assert (en["company"], en["received_on"], en["letter_date"]) == (
        "Example Precision",
        "2 March 2026",
        "2 March 2026",
    )
    assert (zh["company_contact"], en["company_contact"]) == (
        "客户服务部　0571-880000　service@firm.example", "Customer Service　0571-880000　service@firm.example",
    )  # fmt: skip
    assert "关于“投诉：减速机漏油”的答复" in "".join(
        words_of(printed(desk, "JL-23-10", opened("complaint"))).split("\n")
    )


def test_a_letter_has_no_strokes_where_a_name_is_not_known(desk: Desk) -> None:
    facts = {**FACTS, "customer_name": "", "complainant": ""}
    text = words_of(printed(desk, "JL-23-10", opened("complaint", facts=facts, sender=Address("", "x@y.example"))))
    assert "/" not in text.replace("A/0", "")


def test_a_letter_keeps_the_day_its_words_were_written_and_our_address_of_then(desk: Desk) -> None:
    file = opened("complaint", {"answer_text": "已换货。"})
    first = values(desk, "JL-23-10", file)
    later = NOW + timedelta(days=9)
    moved = dataclasses.replace(desk, letterhead=dataclasses.replace(desk.letterhead, phone="0571-999999"))
    assert values(moved, "JL-23-10", file, later, previous=first) == first
    rewritten = opened("complaint", {"answer_text": "已换货并赔偿。"})
    assert values(desk, "JL-23-10", rewritten, later, previous=first)["letter_date"] == "2026年3月11日"


def test_the_note_of_a_call_gives_the_customer_neither_its_title_nor_our_address(desk: Desk) -> None:
    file = opened(
        "complaint_oral", {"answer_text": "已安排上门检修。"}, sender=Address("白露", "bai@firm.example"),
        subject="电话记录：减速机漏油", channel="oral", by=everybody(PROCEDURES["complaint_oral"]),
    )  # fmt: skip
    text = words_of(printed(desk, "JL-23-10", file))
    assert "电话记录" not in text
    assert "来信" not in text.replace("来信请注明编号", "")
    registration = values(desk, "JL-23-01", file)
    assert (registration["email"], registration["reply_sent"]) == ("/", "")
    assert values(desk, "JL-23-02", file)["subject"] == "电话记录：减速机漏油"
    assert values(desk, "JL-23-01", opened("complaint"))["email"] == "fang@haicheng.example"


def test_the_information_sheet_names_its_writer_once_he_signed(desk: Desk) -> None:
    before = values(desk, "JL-23-02", opened("complaint_oral", channel="oral"))
    signed = opened("complaint_oral", channel="oral", by={"write_sheet": "bai@firm.example"})
    after = values(desk, "JL-23-02", signed, previous=before)
    assert (before["from_dept"], before["from_person"]) == ("", "")
    assert (after["from_dept"], after["from_person"]) == ("客服部", "白露")
    assert (after["phone"], after["requested"], after["due"]) == ("13912340000", "“退货”", "")


def test_a_corrective_action_names_who_asked_for_it_and_the_registration_names_the_action(desk: Desk) -> None:
    file = opened("complaint", {"needs_capa": "是"}, by={"finding": "han@firm.example"})
    fields = values(desk, "JL-8.5-01", file)
    assert (fields["issuing_dept"], fields["source"], fields["severity"]) == ("客服部", "顾客投诉", ["一般"])
    file.records["JL-8.5-01"] = IssuedRecord(
        1, 1, "JL-8.5-01-2026-0004", 1, "JL-8.5-01", "A/0", "x", "0" * 64, "x.docx", NOW, {}
    )
    assert values(desk, "JL-23-01", file)["capa_ref"] == "JL-8.5-01-2026-0004"


def test_the_reply_noted_on_the_registration_is_the_answer_and_not_the_8d_report(desk: Desk) -> None:
    only_8d = opened("complaint", by={"send_8d": "mailflow"})
    assert values(desk, "JL-23-01", only_8d)["reply_sent"] == ""
    both = opened("complaint", by={"send_8d": "mailflow", "send_answer": "mailflow"})
    assert values(desk, "JL-23-01", both)["reply_sent"] == "2026-03-02 邮件"


def test_everything_a_procedure_asks_on_a_form_is_on_that_form_or_kept_with_the_case(desk: Desk) -> None:
    kept = {
        "internal_note",
        "delivered",
        "delivered_at",
        "letter_3d",
        "letter_5d",
        "letter_8d",
        "letter_certificate",
        "severity_judged",
        "priority_judged",
        "accused",
        "marking",
        "instructions",
        "repeat_judged",
        "end_reason",
        "needs_capa",
        "reason_basis",
    }
    for name, code in ISSUED:
        spec = form(desk, code)
        lost = asked_on(PROCEDURES[name], code) - spec.answers.keys() - spec.fields.keys() - kept
        assert lost == set(), (name, code)
