"""How a case moves on: what a task's end begins, what a void or reopened case keeps, who hears of it.

Everything is done by command and by mail, and looked up in the ledger: nobody's answers are waited for.
"""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.commands.corrections.conftest import Home, letter
from tests.commands.staffed_home import CASE, RECORD, rows, sheet, task
from tests.commands.test_casework import _surroundings, _worked_off, home

__all__ = ["_surroundings", "_worked_off", "home"]

BAI, HAN, ZHENG, CUSTOMER = "bai@firm.example", "han@firm.example", "zheng@firm.example", "wangq@hechuan.example"
PLAN = "plan=已安排质量部复检同批库存"
VOID = ("--because", "与 TS-2025-0005 重复", "--by", "韩梅", "--agreed", "郑浩")


def journal(home: Home, event: str, case: str = CASE) -> list[tuple[str, dict[str, Any]]]:
    """Who did what is called so in a case, and what the journal says of it, in order."""
    question = (
        "SELECT actor, data FROM journal JOIN cases ON cases.id = case_id"
        " WHERE event = ? AND number = ? ORDER BY journal.id"
    )
    return [(actor, json.loads(data)) for actor, data in rows(home, question, event, case)]


def told(home: Home, occasion: str) -> list[str]:
    """To whom mails of such an occasion were written, in order."""
    question = "SELECT recipient FROM outbox WHERE occasion LIKE ? ORDER BY id"
    return [recipient for (recipient,) in rows(home, question, f"{occasion}%")]


def states(home: Home, case: str = CASE) -> dict[str, tuple[str, str, str]]:
    """Status, outcome and doer of the newest task of each name."""
    question = (
        "SELECT name, tasks.status, outcome, done_by FROM tasks JOIN cases ON cases.id = case_id"
        " WHERE number = ? ORDER BY tasks.id"
    )
    return {name: (status, outcome, by) for name, status, outcome, by in rows(home, question, case)}


def complains_again(home: Home, number: int) -> None:
    words = "球阀还是漏水，问题没有解决，请尽快处理！"
    home.take_in(letter(words, subject=f"Re: [{CASE}] 投诉：球阀漏水", sender=CUSTOMER, number=number, name="王强"))


def praises(home: Home, number: int) -> None:
    words = "感谢贵司技术员刘工冒雨到现场服务，特此表扬！"
    home.take_in(letter(words, subject="表扬信", sender=f"d@praise{number}.example", number=number))


def sign(home: Home, by: str = "白露") -> None:
    """The register is signed on paper."""
    scan = sheet(home, home.folder / "signed.jpg")
    home.ok("sign", str(task(home, "register")), "--by", by, "--scan", str(scan))


def test_a_new_case_asks_whoever_holds_its_first_tasks_and_writes_nobody_else(home: Home) -> None:
    assert {name: state for name, (state, *_) in states(home).items()} == {"register": "open", "plan": "open"}
    opened = [(data["task"], data["person"]) for _, data in journal(home, "task.opened")]
    assert opened == [("register", BAI), ("plan", BAI)]
    assert sorted(told(home, "ask:")) == [BAI] * 2  # the complaint's two tasks in one mail, the praise's one
    by_the_clock = "SELECT id FROM outbox WHERE occasion NOT LIKE 'summary:%' AND occasion NOT LIKE 'daily:%'"
    written = rows(home, by_the_clock)
    assert len(written) == 2 + len(told(home, "receipt:")) == 4


def test_the_end_of_a_task_is_journaled_and_begins_what_waited_for_it_alone(home: Home) -> None:
    plan = task(home, "plan")
    home.ok("done", str(plan), PLAN, "--by", "白露")
    ((actor, data),) = journal(home, "task.done")
    assert (actor, data["task"], data["id"]) == (BAI, "plan", plan)
    assert data["outcome"]
    now = states(home)
    assert now["plan"] == ("done", data["outcome"], BAI)
    assert now["approve_plan"] == ("open", "", "")
    assert "tell_plan" not in now
    home.ok("done", str(task(home, "approve_plan")), "plan_approved=同意", "--by", "韩梅")
    now = states(home)
    assert now["tell_plan"] == ("done", "auto", "mailflow")
    assert len(told(home, "progress:")) == 1
    assert [data["task"] for _, data in journal(home, "task.done")] == ["plan", "approve_plan", "tell_plan"]
    assert "appoint" not in now  # it waits for the register
    sign(home)
    assert states(home)["appoint"][0] == "open"


def test_words_that_are_not_approved_go_back_to_their_writer_with_the_reason(home: Home) -> None:
    home.ok("done", str(task(home, "plan")), PLAN, "--by", "白露")
    approval = ("done", str(task(home, "approve_plan")), "plan_approved=不同意", "--by", "韩梅")
    assert "--because" in home.run(*approval).output
    home.ok(*approval, "--because", "费用未核定")
    assert states(home)["plan"][0] == "open"
    assert "tell_plan" not in states(home)
    assert told(home, "progress:") == []


def test_a_void_case_keeps_what_was_done_and_tells_whoever_had_a_task_but_not_who_decided(home: Home) -> None:
    home.ok("assign", str(task(home, "plan")), "韩梅")
    home.ok("done", str(task(home, "plan")), PLAN, "--by", "韩梅")
    home.ok("void", CASE, *VOID)
    now = states(home)
    assert now["plan"][0] == "done"
    assert now["plan"][2] == HAN
    assert now["register"][:2] == ("cancelled", "void")
    assert "appoint" not in now
    assert journal(home, "case.voided") == [(HAN, {"agreed": ZHENG, "round": 1})]
    assert told(home, "notice:voided:") == [BAI]
    answers = home.data("case", CASE)["answers"]
    assert ("end_reason", VOID[1], HAN) in [(row["field"], row["value"], row["actor"]) for row in answers]
    assert home.archived(CASE)["status"] == "void"
    home.ok("verify")


def test_a_closed_case_that_is_complained_of_again_goes_into_its_next_round(home: Home) -> None:
    home.ok("assign", str(task(home, "register")), "韩梅")
    sign(home, by="韩梅")
    home.ok("done", str(task(home, "plan")), PLAN, "--by", "白露")
    for round_ in (2, 3, 4):
        home.ok("void", CASE, "--because", "重复", "--by", "白露", "--agreed", "郑浩")
        complains_again(home, 10 + round_)
        assert rows(home, "SELECT status, round FROM cases WHERE number = ?", CASE) == [("open", round_)]
        assert journal(home, "case.reopened")[-1] == (CUSTOMER, {"reason": "customer_wrote", "round": round_})
        assert journal(home, "task.again")[-1] == (CUSTOMER, {"reason": "customer_wrote", "task": "plan"})
        assert set(told(home, f"notice:reopened:1:{round_}:")) == {HAN}  # who signed
        beside = f"beside:notice:reopened:1:{round_}:%"
        # Whose case it is reads it in the mail that asks her.
        assert rows(home, "SELECT person FROM gathered WHERE occasion LIKE ?", beside) == [(BAI,)]
        assert told(home, f"reopened:1:{round_}") == [CUSTOMER]
        assert states(home)["plan"] == ("open", "", "")
        assert states(home)["register"][0] == "done"  # what was signed of the first round stays
        assert home.archived(CASE)["status"] == "open"
    assert len(journal(home, "case.reopened")) == len(journal(home, "task.again")) == 3
    home.ok("verify")


def test_why_a_case_goes_on_is_told_in_the_customers_words(home: Home) -> None:
    home.ok("void", CASE, "--because", "重复", "--by", "郑浩", "--agreed", "韩梅")
    complains_again(home, 11)
    asks = rows(home, "SELECT raw FROM outbox WHERE occasion LIKE 'ask:%' AND case_id = 1 ORDER BY id DESC LIMIT 1")
    ((raw,),) = asks  # no notice besides
    message = message_from_bytes(raw, EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert "球阀还是漏水" in body.get_content()


def test_a_correction_of_a_case_that_is_over_stands_beside_its_records(home: Home) -> None:
    home.ok("void", CASE, *VOID)
    home.ok("correct", CASE, "batch_no=B9")
    assert len(journal(home, "record.kept")) == 1
    assert [row["revision"] for row in home.data("case", CASE)["records"]] == [1]


def test_a_correction_of_an_open_case_prints_its_record_anew_and_asks_again_whoever_signed(home: Home) -> None:
    sign(home)
    before = task(home, "plan")
    home.ok("correct", CASE, "batch_no=B9")
    assert journal(home, "record.kept") == []
    assert [data["revision"] for _, data in journal(home, "record.issued")] == [1, 2]
    ((_, data),) = journal(home, "signature.void")
    assert data == {"record": RECORD, "tasks": "register"}
    assert states(home)["register"] == ("open", "", "")
    assert task(home, "plan") == before  # what is not about the record goes on
    (record,) = rows(home, "SELECT record FROM tasks WHERE name = 'register' AND current AND case_id = 1")
    assert record == (rows(home, "SELECT max(id) FROM records WHERE form = 'JL-23-01'")[0])
    assert {path.name for path in home.storage.rglob(f"{RECORD}*.docx")} >= {f"{RECORD}-r2.docx"}


def test_a_correction_before_anybody_signed_leaves_the_task_and_asks_about_the_new_version(home: Home) -> None:
    register = task(home, "register")
    home.ok("correct", CASE, "batch_no=B9")
    assert task(home, "register") == register
    newest = rows(home, "SELECT max(id) FROM records WHERE form = 'JL-23-01'")[0]
    ((record, asked),) = rows(home, "SELECT record, asked_at FROM tasks WHERE id = ?", register)
    assert ((record,), asked) == (newest, None)
    assert journal(home, "signature.void") == []
    asks = len(told(home, "ask:"))
    home.ok("run", "--once", "--since", "all")
    assert len(told(home, "ask:")) == asks + 1


def test_the_last_task_closes_the_case_and_whose_case_it_is_hears_of_it_unless_he_did_it(home: Home) -> None:
    for number, by, hears in ((21, "白露", []), (22, "韩梅", [BAI])):
        praises(home, number)
        case = f"BY-2026-{number - 20:04d}"
        home.ok("done", str(task(home, "pass_on", case)), "to_dept=质量部", "--by", "白露")
        assert journal(home, "case.closed", case) == []
        thanking = str(task(home, "thank", case))
        home.ok("assign", thanking, by)
        home.ok("done", thanking, "passed_on=已转达刘工并登记", "--by", by)
        assert journal(home, "case.closed", case) == [("mailflow", {"how": "closed", "round": 1})]
        (key,) = rows(home, "SELECT id FROM cases WHERE number = ?", case)[0]
        assert told(home, f"notice:closed:{key}:") == hears
        assert home.archived(case)["status"] == "closed"
        assert told(home, f"closed:{key}:") == []  # nobody was asked whether he is satisfied


def test_who_answers_second_changes_nothing(home: Home) -> None:
    plan = str(task(home, "plan"))
    home.ok("done", plan, PLAN, "--by", "白露")
    assert home.run("done", plan, "plan=另一个方案", "--by", "白露").exit_code == 1
    assert len(journal(home, "task.done")) == 1
    assert [row["value"] for row in home.data("case", CASE)["answers"] if row["field"] == "plan"] == [PLAN[5:]]


def test_a_case_is_moved_at_the_machine_in_the_words_of_a_reply(home: Home) -> None:
    said = home.ok("move", CASE, "改为：咨询", "--by", "白露")
    assert "ZX-2026-0002" in said
    shown = home.data("case", CASE)
    assert (shown["status"], shown["goes_on_as"]) == ("void", "ZX-2026-0002")
    assert home.data("case", "ZX-2026-0002")["joined"] == [CASE]
    assert told(home, "receipt:").count(CUSTOMER) == 1  # he was acknowledged once
    home.ok("verify")
    home.ok("archive", "rebuild")
    home.ok("verify")


def test_a_move_that_is_not_understood_or_not_his_to_say_changes_nothing(home: Home) -> None:
    assert home.run("move", CASE, "请看看", "--by", "白露").exit_code != 0
    refused = home.run("move", CASE, "改为：询价", "--by", "施磊")
    assert refused.exit_code != 0
    assert "只有登记案件的人" in refused.output
    assert home.data("case", CASE)["status"] == "open"


def test_the_customer_of_a_moved_case_is_asked_for_patience_once(home: Home) -> None:
    rows_before = told(home, "holding:")
    home.ok("move", CASE, "另立：价格咨询", "--by", "白露")
    assert home.data("case", CASE)["status"] == "open"
    assert told(home, "holding:") == rows_before
