"""What people decided is shown wherever cases are shown, before what was read of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailflow.casework.summary.period import Period
from mailflow.commands.ledger import COLUMNS, csv_text
from tests.cases.papers import archived, words
from tests.flow.letters import letter
from tests.flow.robots import play, usual
from tests.flow.staffed import Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, ZHENG = "bai@firm.example", "zheng@firm.example"
SHANGHAI = ZoneInfo("Asia/Shanghai")
TOLD = "抓紧办，务必让客户满意"


def decided(people: Staffed) -> None:
    """A complaint that was read as ordinary and judged grave, with the leader's words, investigated and found valid."""
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(BAI, "登记投诉"), "同意\n严重程度：重大"))
    people.work(answer(people.asked(ZHENG, "主管领导批示"), f"知道了，{TOLD}"))
    play(people, lambda ask: None if "“提出处置与结论”" in ask.text or "主管领导批示" in ask.text else usual(ask))


def test_the_lists_the_ledger_the_summary_and_the_archive_say_what_people_decided(people: Staffed) -> None:
    decided(people)
    wanted = {"severity": "重大", "validity": "有效", "instructions": TOLD, "owner": "邓宁"}
    now = people.office.clock()
    with people.office.open() as (app, _):
        (listed,) = app.lists.cases()
        shown = app.lists.case("TS-2026-0001")
        (line,) = app.lists.complaints(2026, zone=SHANGHAI)
        table = csv_text([line], SHANGHAI)
        facts = app.summaries.read(Period(now - timedelta(days=2), now), now, promises_until=now)
        (task,) = {row["severity"] for row in app.lists.tasks(now=now)}
    assert shown is not None
    for row in (listed, shown, line):
        assert {key: row[key] for key in wanted} == wanted
        assert row["severity_read"] != "重大"
    assert all(word in table for word in wanted.values())
    assert {"owner", "instructions"} <= {key for key, *_ in COLUMNS}
    assert task == "重大"
    opened = next(event for event in facts.events if event.what == "opened")
    assert {key: getattr(opened, key) for key in wanted} == wanted
    assert {item.severity for item in facts.arrived if item.kind == "complaint"} == {"重大"}
    archive = json.loads((people.office.storage / "archive" / "KH-00001" / "archive.json").read_text("utf-8"))
    (case,) = archive["cases"].values()
    assert {key: case[key] for key in wanted} == wanted
    assert people.office.errors() == []


def test_the_leaders_instruction_is_printed_in_its_own_cell(people: Staffed) -> None:
    decided(people)
    printed = people.office.ask("SELECT fields FROM records WHERE form = 'JL-23-01' ORDER BY revision")
    assert json.loads(printed[-1][0])["instructions"] == TOLD
    newest = max(name for name in people.office.files() if "JL-23-01-2026-0001-r" in name and "signed" not in name)
    text = words(archived(people.office, newest.rpartition("/")[2]))
    assert TOLD in text
    assert "领导批示" in text


def test_before_anybody_judged_what_was_read_counts(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    with people.office.open() as (app, _):
        (listed,) = app.lists.cases()
    assert listed["severity"] == listed["severity_read"]
    assert (listed["validity"], listed["instructions"], listed["owner"]) == ("", "", BAI)
    assert isinstance(listed["opened_at"], datetime)
