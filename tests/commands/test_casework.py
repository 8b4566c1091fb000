"""The commands of casework: what is to be done, done by telephone, signed on paper, corrected; a case's story."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.settings import shipped
from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import CASE, RECORD, events, lay_out, rows, sheet, task

PLAN = "已安排质量部复检同批库存"


PROGRAMS = os.environ.get("PATH", "")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")


@pytest.fixture(scope="module")
def _worked_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFLOW_CONFIG", "")
        yield lay_out(
            tmp_path_factory.mktemp("office") / "home", shipped.folder("rules"), shipped.folder("templates")
        ).folder


@pytest.fixture
def home(_worked_off: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of one's own, on a machine that cannot print: what is on paper is for the person at it to see."""
    monkeypatch.setenv("PATH", str(tmp_path))
    shutil.copytree(_worked_off, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def refused(home: Home, *arguments: str, code: int = 1) -> str:
    """What a command says that changes nothing."""
    before = rows(home, "SELECT count(*), max(id) FROM journal")
    result = home.run(*arguments)
    assert result.exit_code == code, result.output
    assert len(result.output.strip().splitlines()) == 1
    assert rows(home, "SELECT count(*), max(id) FROM journal") == before
    return result.output


# ------------------------------------------------------------------------------------------------ what is open


def test_tasks_say_who_and_how_late_in_working_time(home: Home) -> None:
    found = {row["name"]: row for row in home.data("tasks", CASE)}
    assert {row["person"] for row in found.values()} == {"bai@firm.example"}
    plan = found["plan"]
    assert plan["late"]
    due = datetime.fromisoformat(plan["due_at"])
    assert 0 < plan["late_minutes"] < (datetime.now(UTC) - due) / timedelta(minutes=1) / 2  # nights do not count
    assert "白露" in home.ok("tasks", "--late", "--person", "白露")


def test_tasks_can_be_narrowed_down(home: Home) -> None:
    assert {row["case"] for row in home.data("tasks", CASE)} == {CASE}
    assert home.data("tasks", "--person", "qin@firm.example") == []
    assert home.data("tasks", "--unheld") == []
    assert "白露" in refused(home, "tasks", "--person", "李无名", code=2)  # says who there is
    assert "mailflow cases" in refused(home, "tasks", "TS-1999-0001", code=4)


def test_run_once_does_the_work_of_the_calendar_once_for_each_occasion(home: Home) -> None:
    question = "SELECT name, due_at, done_at FROM duties"
    done = rows(home, question)
    assert {"reminders", "summary", "upkeep"} <= {name for name, *_ in done}
    home.ok("run", "--once", "--since", "all")
    again = rows(home, question)
    assert set(done) <= set(again)
    assert len({item[:2] for item in again}) == len(again)


# -------------------------------------------------------------------------------------------------- hand over


def test_a_task_is_given_to_somebody_who_is_asked_then(home: Home) -> None:
    plan = task(home, "plan")
    assert "韩梅" in home.ok("assign", str(plan), "韩梅", "--by", "郑浩")
    assert [row["id"] for row in home.data("tasks", "--person", "han@firm.example") if row["case"] == CASE] == [plan]
    assert [actor.split(" (")[0] for actor in events(home, "task.handed_on")] == ["郑浩"]
    assert rows(home, "SELECT asked_at FROM tasks WHERE id = ?", plan) == [(None,)]
    assert "nothing changed" in home.ok("assign", str(plan), "han@firm.example")
    assert len(events(home, "task.handed_on")) == 1


def test_nobody_gets_a_task_without_its_role_nor_against_the_procedure(home: Home) -> None:
    plan, register = str(task(home, "plan")), str(task(home, "register"))
    said = refused(home, "assign", plan, "秦朗")
    for words in ("does not hold the role", "Customer service", "白露", "rules/staff.yaml"):
        assert words in said
    assert "白露" in refused(home, "assign", plan, "李无名", code=2)  # nobody of this name; these there are
    home.ok("assign", plan, "韩梅")  # the deputy of who holds the role
    home.ok("done", plan, f"plan={PLAN}，三天内补发", "--by", "韩梅")
    approve = str(task(home, "approve_plan"))
    said = refused(home, "assign", approve, "韩梅")
    assert "Plan or solution" in said  # what he did himself
    assert "procedure excludes" in said
    home.ok("sign", register, "被投诉人=邓宁", "--by", "白露", "--scan", str(sheet(home, home.folder / "scan.jpg")))
    home.ok("assign", approve, "白露")
    home.ok("done", approve, "plan_approved=同意", "--by", "白露")
    home.ok("done", str(task(home, "appoint")), "investigator=秦朗", "--by", "韩梅")
    investigate = str(task(home, "investigate"))
    assert "complained of" in refused(home, "assign", investigate, "邓宁")
    home.ok("assign", investigate, "施磊")  # whom the case names may be anybody else


def test_nobody_gets_a_task_that_is_not_there_or_is_done(home: Home) -> None:
    assert "mailflow tasks" in refused(home, "assign", "9999", "韩梅")
    plan = str(task(home, "plan"))
    home.ok("done", plan, f"plan={PLAN}", "--by", "白露")
    assert "done already" in refused(home, "assign", plan, "韩梅")


# ----------------------------------------------------------------------------------------- work outside the mail


def test_work_done_by_telephone_is_entered_with_both_names(home: Home) -> None:
    plan = str(task(home, "plan"))
    home.ok("done", plan, f"处理方案={PLAN}", "--by", "白露")
    case = home.data("case", CASE)
    assert ("plan", PLAN, "bai@firm.example") in [(row["field"], row["value"], row["actor"]) for row in case["answers"]]
    assert next(row for row in case["steps"] if row["name"] == "plan")["state"] == "done"
    (operator,) = events(home, "operator.worked")
    assert operator.startswith("operator:")
    assert "bai@firm.example" in events(home, "task.done")
    assert "done already" in refused(home, "done", plan, "plan=另一个方案", "--by", "白露")
    home.ok("verify")


def test_words_for_the_customer_that_are_not_approved_go_back_to_their_writer_with_a_reason(home: Home) -> None:
    home.ok("done", str(task(home, "plan")), f"plan={PLAN}", "--by", "白露")
    approve = str(task(home, "approve_plan"))
    assert "--because" in refused(home, "done", approve, "plan_approved=不同意", "--by", "韩梅", code=2)
    assert "--because" in refused(home, "done", approve, "plan_approved=同意", "--by", "韩梅", "--because", "x", code=2)
    home.ok("done", approve, "plan_approved=不同意", "--by", "韩梅", "--because", "明天来不及")
    again = task(home, "plan")
    assert ("returned_reason", "明天来不及") in [
        (row["field"], row["value"]) for row in home.data("case", CASE)["answers"]
    ]
    home.ok("done", str(again), f"plan={PLAN}，下周一前告知", "--by", "白露")
    home.ok("done", str(task(home, "approve_plan")), "plan_approved=同意", "--by", "韩梅")
    assert next(row for row in home.data("case", CASE)["steps"] if row["name"] == "tell_plan")["state"] == "done"
    home.ok("verify")


def test_a_corrected_severity_counts_above_what_was_judged_before(home: Home) -> None:
    scan = sheet(home, home.folder / "scan.jpg")
    register = str(task(home, "register"))
    home.ok("sign", register, "severity_judged=重大", "priority_judged=特急", "--by", "白露", "--scan", str(scan))
    case = home.ok("correct", CASE, "severity=一般", "urgency=不急", "--by", "韩梅")
    assert "severity: 重大 -> 一般" in case
    shown = next(row for row in home.data("cases") if row["number"] == CASE)
    assert shown["severity"] == "一般"
    answers = {row["field"]: row["value"] for row in home.data("case", CASE)["answers"]}
    assert (answers["severity_judged"], answers["priority_judged"]) == ("一般", "一般")
    printed = [row["file_name"] for row in home.data("case", CASE)["records"] if row["number"] == RECORD]
    assert any(name.endswith("-r3.docx") for name in printed)  # with what was judged, and with what is judged now
    home.ok("verify")


def test_only_who_holds_the_task_can_have_done_it(home: Home) -> None:
    plan = str(task(home, "plan"))
    assert "assign" not in refused(home, "done", plan, f"plan={PLAN}", "--by", "秦朗")  # nor could he be given it
    said = refused(home, "done", plan, f"plan={PLAN}", "--by", "韩梅")
    assert f"mailflow assign {plan} 韩梅" in said
    home.ok("assign", plan, "韩梅")
    home.ok("done", plan, f"plan={PLAN}", "--by", "韩梅")


def test_what_is_typed_is_checked_like_an_answer_by_mail(home: Home) -> None:
    plan, register = str(task(home, "plan")), str(task(home, "register"))
    assert "plan (处理方案)" in refused(home, "done", plan, "colour=red", "--by", "白露", code=2)
    assert "mailflow sign" in refused(home, "done", register, "severity_judged=一般", "--by", "白露")
    home.ok("assign", plan, "韩梅")
    home.ok("done", plan, f"plan={PLAN}", "--by", "韩梅")
    home.ok("sign", register, "--by", "白露", "--scan", str(sheet(home, home.folder / "scan.jpg")))
    appoint = str(task(home, "appoint"))
    assert "没有此人" in refused(home, "done", appoint, "investigator=没有此人", "--by", "韩梅")
    home.ok("done", appoint, "investigator=邓宁", "--by", "韩梅")


# ----------------------------------------------------------------------------------------------- signed on paper


def test_a_paper_signature_needs_the_scan_and_keeps_it(home: Home) -> None:
    register = str(task(home, "register"))
    assert "--scan" in refused(home, "sign", register, "--by", "白露", code=2)
    scan = sheet(home, home.folder / "signed.jpg")
    assert RECORD in home.ok("sign", register, "--by", "白露", "--scan", str(scan))
    case = home.data("case", CASE)
    (signature,) = case["signatures"]
    assert (signature["way"], signature["person"]) == ("scan", "bai@firm.example")
    assert signature["evidence_digest"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    (kept,) = Path(case["folder"]).rglob(signature["evidence_name"])
    assert kept.read_bytes() == scan.read_bytes()
    assert [actor.startswith("operator:") for actor in events(home, "operator.signed")] == [True]
    assert "白露" in home.ok("records", CASE)
    home.ok("verify")


def test_a_scan_of_another_record_or_of_none_signs_nothing(home: Home) -> None:
    register, folder = str(task(home, "register")), home.folder

    def sign(scan: Path, *more: str, by: str = "白露", code: int = 1) -> str:
        return refused(home, "sign", register, "--by", by, "--scan", str(scan), *more, code=code)

    other = sheet(home, folder / "other.jpg", "JL-23-01-2026-0002")
    assert "JL-23-01-2026-0002" in sign(other)
    assert "JL-23-01-2026-0002" in sign(other, "--compared")  # what the code says cannot be talked away
    assert "old version" in sign(sheet(home, folder / "old.jpg", version="0"))
    assert "somebody else" in sign(sheet(home, folder / "good.jpg"), by="秦朗")
    (folder / "words.jpg").write_text("signed, honestly")
    sign(folder / "words.jpg", code=2)
    sign(folder / "absent.jpg", code=2)
    blank = sheet(home, folder / "blank.jpg", record="")
    assert "--compared" in sign(blank)
    home.ok("sign", register, "--by", "白露", "--scan", str(blank), "--compared")
    assert len(events(home, "scan.compared")) == 1


def test_a_page_that_is_as_empty_as_it_was_printed_needs_somebody_who_looked(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", PROGRAMS)
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    register = str(task(home, "register"))
    (record,) = (home.storage / "archive").rglob(f"{RECORD}.docx")
    (own,) = convert.to_pdf([record], tmp_path)
    assert "--compared" in refused(home, "sign", register, "--by", "白露", "--scan", str(own))
    home.ok("sign", register, "--by", "白露", "--scan", str(own), "--compared")
    assert len(events(home, "scan.compared")) == 1


def test_check_says_that_pages_cannot_be_compared_without_libreoffice(home: Home) -> None:
    assert "LibreOffice" in home.run("check", "--offline").output


# --------------------------------------------------------------------------------------------------- corrections


def test_a_correction_prints_the_records_anew(home: Home) -> None:
    said = home.ok("correct", CASE, "batch_no=B9", "kind=complaint", "--by", "王工")
    assert f"{RECORD}, version 2" in said
    assert "complaint (confirmed)" in said
    case = home.data("case", CASE)
    assert [(row["number"], row["revision"]) for row in case["records"]] == [(RECORD, 1), (RECORD, 2)]
    files = {path.name for path in Path(case["folder"]).rglob("*.docx")}
    assert {f"{RECORD}.docx", f"{RECORD}-r2.docx"} <= files
    assert "unchanged" in home.ok("correct", CASE, "batch_no=B9")
    assert len(home.data("case", CASE)["records"]) == 2
    home.ok("verify")


def test_a_corrected_record_is_signed_again_and_its_old_paper_is_refused(home: Home) -> None:
    old = sheet(home, home.folder / "old.jpg")
    home.ok("sign", str(task(home, "register")), "--by", "白露", "--scan", str(old))
    assert "to be signed again" in home.ok("correct", CASE, "batch_no=B9")
    register = str(task(home, "register"))
    assert "old version" in refused(home, "sign", register, "--by", "白露", "--scan", str(old))
    new = sheet(home, home.folder / "new.jpg", version="2")
    home.ok("sign", register, "--by", "白露", "--scan", str(new))
    assert [row["current"] for row in home.data("case", CASE)["signatures"]] == [False, True]


# ----------------------------------------------------------------------------------------------------- the story


def test_a_case_tells_what_is_done_open_and_next(home: Home) -> None:
    home.ok("done", str(task(home, "plan")), f"plan={PLAN}", "--by", "白露")
    case = home.data("case", CASE)
    assert case["procedure_name"] == "complaint"
    states = {row["name"]: row["state"] for row in case["steps"]}
    assert (states["plan"], states["register"], states["appoint"]) == ("done", "open", "next")
    assert "later" in states.values()
    shown = home.ok("case", CASE)
    for words in ("complaint A/0", RECORD, PLAN, "task.done", "later, if needed"):
        assert words in shown


def test_promises_are_listed_until_kept(home: Home) -> None:
    assert home.data("promises") == []
    ledger, made = SqlLedger(f"sqlite:///{home.storage / 'ledger.db'}"), datetime(2026, 3, 3, 2, tzinfo=UTC)
    with ledger.begin() as work:
        case = work.case_by_number(CASE)
        assert case is not None
        key = work.add_promise(
            case.id, "date", "三天内补发", made + timedelta(days=3), approved_by="han@firm.example", now=made
        )
    ledger.close()
    (row,) = home.data("promises", "--late")
    assert (row["case"], row["words"]) == (CASE, "三天内补发")
    assert "韩梅" in home.ok("promises")
    home.ok("promise", "kept", str(key), "--by", "柳青")
    assert home.data("promises") == []
    assert [row["id"] for row in home.data("promises", "--all")] == [key]
    assert "unchanged" in home.ok("promise", "kept", str(key))
    assert [actor.split(" (")[0] for actor in events(home, "promise.kept")] == ["柳青"]
    assert "mailflow promises" in refused(home, "promise", "kept", "77")


def test_procedures_are_tried_with_the_cases_of_the_storage(home: Home) -> None:
    tried = home.ok("procedure", "test", "inquiry")
    assert "ZX-2026-0001" in tried
    assert CASE not in tried  # no inquiry, and it does not run by that procedure
    assert "ZX-2026-0001" not in home.ok("procedure", "test", "inquiry", "--cases", "0")


def test_a_case_opened_in_error_is_ended_by_two_people_and_keeps_its_number(home: Home) -> None:
    why = ("--because", "与 TS-2025-0005 重复", "--by", "白露")
    assert "another person" in refused(home, "void", CASE, *why, "--agreed", "白露", code=2)
    assert "not in rules/staff.yaml" in refused(home, "void", CASE, *why, "--agreed", "李四光", code=2)
    assert "void" in home.ok("void", CASE, *why, "--agreed", "韩梅")
    assert home.data("tasks", CASE) == []
    shown = home.data("case", CASE)
    assert shown["status"] == "void"
    assert "TS-2025-0005" in home.ok("case", CASE)
    assert list(events(home, "case.voided")) == ["bai@firm.example"]
    assert "not open" in refused(home, "void", CASE, *why, "--agreed", "韩梅", code=2)
