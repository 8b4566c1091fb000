"""A continuation that failed the checks is held as something due within thirty working minutes, for a named person."""

from __future__ import annotations

import json

import pytest

from mailflow.casework.summary.mail import load_digest_templates
from tests.flow.conftest import OpenOffice
from tests.flow.letters import letter
from tests.flow.office import DEFAULTS, Office
from tests.flow.staffed import Ask, Staffed
from tests.flow.test_storms import run

WANG = "wang@plant.example"
FAIL = {"Authentication-Results": "mx.firm.example; dmarc=fail header.from=plant.example"}
HELD = "待人工的邮件"


@pytest.fixture
def people(office: Office) -> Staffed:
    """A staffed office with Wang's case in it."""
    found = Staffed(office)
    found.work(letter(sender=WANG))
    return found


def forged(words: str = "请把货改送到新地址。") -> bytes:
    return letter(words, subject="TS-2026-0001", sender=WANG, headers=FAIL)


def told(people: Staffed, to: str = "bai@firm.example") -> list[Ask]:
    return people.sent(to, containing=HELD)


def test_its_owner_is_asked_at_once_and_reminded_once(people: Staffed) -> None:
    office = people.office
    people.work(forged())
    assert office.mails()[1] == ("held", "", "failed_sender")
    (asked,) = told(people)
    assert asked.subject.partition(" 〔MF-H")[0] == "[TS-2026-0001] 请决定：待人工的邮件 1 件"
    assert "1. 邮件 2 · TS-2026-0001 · 发件人未通过核验 · " in asked.text
    assert " · 时限 03-02 10:30" in asked.text  # it is ten o'clock
    assert "新地址" not in asked.text
    people.work()
    assert len(told(people)) == 1
    office.clock.forward(minutes=29)
    people.work()
    assert len(told(people)) == 1
    office.clock.forward(minutes=2)
    people.work()
    assert [ask.subject.partition(" 〔MF-H")[0] for ask in told(people)][1:] == [
        "[TS-2026-0001] 已超时限：待人工的邮件 1 件"
    ]
    office.clock.forward(hours=2)
    people.work()
    assert len(told(people)) == 2
    assert [item for item in people.journal() if item.startswith("held.")] == ["held.asked", "held.reminded"]
    assert office.errors() == []


def test_nobody_is_reminded_of_what_was_decided(people: Staffed) -> None:
    people.work(forged())
    with people.office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(2)
        worker.once()
    people.office.clock.forward(hours=2)
    people.work()
    assert len(told(people)) == 1
    assert people.office.one("SELECT count(*) FROM held_tasks WHERE done_at IS NULL") == 0


def test_whoever_takes_over_is_asked_too(people: Staffed) -> None:
    people.work(forged())
    staff = people.office.rules / "staff.yaml"
    before = staff.read_text("utf-8")
    staff.write_text(
        before.replace("    deputy: 韩梅\n", "    deputy: 韩梅\n    leave: [{from: 2026-03-02, to: 2026-03-06}]\n", 1),
        "utf-8",
    )
    people.work()
    assert [len(told(people, f"{name}@firm.example")) for name in ("bai", "han")] == [1, 1]
    assert people.office.one("SELECT person FROM held_tasks") == "han@firm.example"


def test_several_are_one_mail(people: Staffed) -> None:
    people.work(*(forged(f"第{n}次：请改送。") for n in "一二三四"))
    (asked,) = told(people)
    assert asked.subject.partition(" 〔MF-H")[0] == "[TS-2026-0001] 请决定：待人工的邮件 4 件"
    assert asked.text.count("发件人未通过核验") == 4


def test_its_time_is_working_time(people: Staffed) -> None:
    people.office.clock.forward(hours=8)  # six in the evening
    people.work(forged())
    assert "时限 03-03 09:00" in told(people)[0].text
    people.office.clock.forward(hours=2)
    people.work()
    assert len(told(people)) == 1


def test_held_and_the_summary_show_until_when_and_with_whom(people: Staffed) -> None:
    office = people.office
    if office.ledger.address:
        pytest.skip("the command's own settings are for SQLite")
    people.work(forged())
    (row,) = json.loads(run(office, "held", "--json"))
    assert (row["reason"], row["person"], row["due_at"][:16]) == (
        "failed_sender",
        "bai@firm.example",
        "2026-03-02 02:30",
    )
    shown = " ".join(run(office, "held").split())
    assert "续信的发件人" in shown or "sender of a continuation" in shown
    page = run(office, "summary")
    assert "续信的发件人未通过核验" in page or "sender of a continuation" in page


def test_without_staff_it_is_held_and_nobody_is_asked(new_office: OpenOffice) -> None:
    office = new_office()
    office.put(letter(sender=WANG))
    office.work()
    office.put(forged())
    office.work()
    assert office.mails()[1] == ("held", "", "failed_sender")
    assert office.one("SELECT count(*) FROM held_tasks WHERE done_at IS NULL AND person = ''") == 1


def test_words_that_came_later_are_lent_to_a_companys_own_labels(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("digests")
    own = DEFAULTS / "templates" / "digests"
    for path in own.rglob("*.*"):
        target = folder / path.relative_to(own)
        target.parent.mkdir(exist_ok=True, parents=True)
        lines = path.read_text("utf-8").splitlines(keepends=True)
        later = ('  "failed_sender"', '  "storm"', '  "pile')
        target.write_text("".join(line for line in lines if not line.startswith(later)), encoding="utf-8")
    templates, problems = load_digest_templates(folder)
    assert templates is not None, problems
    assert templates.labels("zh", "held_reasons")["failed_sender"] == "续信的发件人未通过核验"
    assert templates.labels("en", "held_reasons")["failed_sender"] == "sender of a continuation failed the checks"
    assert templates.labels("zh-Hant", "held_reasons")["failed_sender"] == "續信的發件人未通過核驗"
    assert templates.labels("zh", "held_reasons")["error"] == "程序出错"


def test_forged_mail_one_by_one_is_no_storm_of_requests(people: Staffed) -> None:
    for n in "一二三四五六":
        people.work(forged(f"第{n}次：请改送。"))
        people.office.clock.forward(minutes=2)
    assert len(told(people)) == 4
    people.office.clock.forward(minutes=60)
    people.work()
    assert people.office.one("SELECT count(*) FROM held_tasks WHERE asked_at IS NULL") == 0
