"""What opens cases faster than people can work is one pile, of which a person says one case, many, or none."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from mailflow.casework import storms
from mailflow.domain.storm_ports import Answer
from mailflow.settings.sections import Limits
from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import answer_of, letter
from tests.flow.office import Office
from tests.flow.staffed import Staffed
from tests.flow.test_on_postgresql import killed

THREE = Limits(new_cases_per_hour_and_sender=3)
_WORDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"


def trouble(number: int, sender: str, *, headers: dict[str, str] | None = None) -> bytes:
    """A complaint unlike any other, from this sender."""
    name = _WORDS[number % len(_WORDS)] * 3
    words = f"{name}泵的{name}阀漏{name}水，{name}垫片{name}破损，请尽快更换{name}。"
    return letter(words, subject=f"投诉{name}", sender=sender, headers=headers)


@pytest.fixture
def office(new_office: OpenOffice) -> Office:
    """An office that bears three new cases of one sender in an hour."""
    return new_office(limits=THREE)


def counts(office: Office) -> tuple[int, int, int]:
    """Cases, mails on piles, piles."""
    held = office.one("SELECT count(*) FROM messages WHERE status = 'held' AND reason = 'storm'")
    return office.one("SELECT count(*) FROM cases"), held, office.one("SELECT count(*) FROM piles")


def say(office: Office, pile: int, answer: Answer, reason: str = "") -> int | None:
    """A person says what a pile is, and the worker goes on."""
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            moved = storms.answer(pile, answer, reason, actor="operator:x", work=work, now=office.clock())
        worker.once()
    return moved


def events(office: Office, event: str) -> list[dict[str, object]]:
    return [json.loads(data) for (data,) in office.ask("SELECT data FROM journal WHERE event = ? ORDER BY id", event)]


SENDERS: dict[str, Callable[[int], str]] = {
    "one address of a free host": lambda n: "wang@qq.com",
    "one mailbox of a free host under many tags": lambda n: f"wa{'.' * (n % 2)}ng+{n}@gmail.com",
    "one address of a company": lambda n: "wang@plant.example",
    "many names of one company": lambda n: f"w{n}@plant.example",
    "many hosts of one company": lambda n: f"w@h{n}.plant.com.cn",
    "our own monitoring": lambda n: "monitor@firm.example",
    "nobody": lambda n: "",
}


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS.keys())
def test_what_one_sender_sends_beyond_the_limit_is_one_pile(office: Office, sender: Callable[[int], str]) -> None:
    mails = [trouble(n, sender(n)) for n in range(8)]
    if not sender(0):
        mails = [b"\r\n".join(line for line in m.split(b"\r\n") if not line.startswith(b"From:")) for m in mails]
    office.put(*mails)
    office.work()
    assert counts(office) == (3, 5, 1)
    assert office.one("SELECT count(*) FROM customers") <= 3
    numbers = [number for (number,) in office.ask("SELECT number FROM cases ORDER BY id")]
    assert numbers == [f"TS-2026-000{n}" for n in (1, 2, 3)]
    assert [event["reason"] for event in events(office, "mail.held")] == ["storm"] * 5
    assert office.reconciled() == (8, 3, 0, 5, 0, 0)
    assert office.errors() == []


def test_many_senders_of_the_same_words_are_one_storm_whatever_the_numbers_in_them(office: Office) -> None:
    words = "编号 {n} 的订单一直没有发货，请马上处理，否则我们要投诉到消协。"
    office.put(*(letter(words.format(n=n * 37), subject=f"投诉 {n}", sender=f"a{n}@shop{n}.example") for n in range(8)))
    office.work()
    assert counts(office) == (3, 5, 1)
    assert str(office.one("SELECT key FROM piles")).startswith("words:")


def test_different_people_are_no_storm_and_neither_is_a_thread(office: Office) -> None:
    office.put(*(trouble(n, f"a{n}@qq.com") for n in range(6)))
    office.work()
    assert counts(office) == (6, 0, 0)
    thread = {"In-Reply-To": answer_of(office.replies()[0].content)}
    first = office.recipients()[0]
    office.put(*(letter(f"补充第{_WORDS[n]}点。", subject="补充", sender=first, headers=thread) for n in range(6)))
    office.work()
    assert counts(office) == (6, 0, 0)


def test_a_passed_hour_lets_cases_open_again_and_the_pile_stays(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(5)))
    office.work()
    assert counts(office) == (3, 2, 1)
    office.clock.forward(minutes=61)
    office.put(trouble(10, "wang@plant.example"))
    office.work()
    assert counts(office) == (4, 2, 1)


def test_what_came_over_many_hours_while_the_machine_was_off_is_no_storm(office: Office) -> None:
    def at(hour: int, raw: bytes) -> bytes:
        return raw.replace(b"09:00:00 +0800", f"0{hour}:00:00 +0800".encode(), 1)

    office.put(*(at(n, trouble(n, "wang@plant.example")) for n in range(1, 9)))
    office.work()
    assert counts(office) == (8, 0, 0)


def test_forged_mail_takes_no_room_away_from_the_true_sender(new_office: OpenOffice) -> None:
    office = new_office(limits=THREE, mailbox={"authserv_ids": ("mx.firm.example",)})
    fail = {"Authentication-Results": "mx.firm.example; dmarc=fail header.from=plant.example"}
    true = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=plant.example"}
    office.put(*(trouble(n, "wang@plant.example", headers=fail) for n in range(5)))
    office.put(*(trouble(n + 10, "wang@plant.example", headers=true) for n in range(5)))
    office.work()
    assert office.statuses() == ["handled"] * 3 + ["held"] * 2 + ["handled"] * 3 + ["held"] * 2
    assert counts(office)[2] == 2


@BOTH
def test_one_case_of_a_pile_holds_all_its_mails_and_one_acknowledgement(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(8)))
    office.work()
    told = len(office.replies())
    assert say(office, 1, "one") == 5
    assert counts(office) == (4, 0, 1)
    assert office.cases()[3:] == ["TS-2026-0004"] * 5
    assert office.statuses() == ["handled"] * 8
    assert len(office.replies()) == told + 1
    assert office.one("SELECT count(*) FROM contacts") == 1
    assert say(office, 1, "each") is None
    assert say(office, 7, "one") is None
    assert counts(office) == (4, 0, 1)
    assert events(office, "pile.answered") == [{"answer": "one", "mails": 5, "pile": 1}]
    assert office.errors() == []


def test_a_case_of_each_gives_each_its_number_its_record_and_its_acknowledgement(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(8)))
    office.work()
    assert say(office, 1, "each") == 5
    assert counts(office) == (8, 0, 1)
    assert office.one("SELECT count(DISTINCT case_id) FROM records") == 8
    assert office.recipients() == ["wang@plant.example"] * 8
    assert office.errors() == []


def test_no_case_of_a_pile_sets_its_mails_aside_with_the_reason(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(8)))
    office.work()
    assert say(office, 1, "none", "监控系统误报") == 5
    assert counts(office) == (3, 0, 1)
    assert office.mails()[3:] == [("aside", "storm", "storm")] * 5
    assert office.one("SELECT count(*) FROM messages WHERE detail LIKE '%监控系统误报'") == 5
    assert office.one("SELECT reason FROM piles") == "监控系统误报"
    assert len(events(office, "mail.aside")) == 5
    assert not any("监控" in str(event) for event in events(office, "mail.aside") + events(office, "pile.answered"))
    assert office.errors() == []


def test_a_mail_of_a_pile_that_is_let_go_on_alone_opens_its_case(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(5)))
    office.work()
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(4)
        worker.once()
        assert [pile["count"] for pile in app.lists.piles()] == [1]
    assert counts(office) == (4, 1, 1)
    assert say(office, 1, "each") == 1
    assert counts(office) == (5, 0, 1)


def test_killed_at_any_commit_a_pile_is_worked_off_once(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(6)))
    office.work()
    with office.open() as (app, _), app.ledger.begin() as work:
        assert storms.answer(1, "one", "", actor="operator:x", work=work, now=office.clock()) == 3
    deaths = 0
    while killed(office, "commit", deaths + 1):
        deaths += 1
    assert deaths >= 2
    assert counts(office) == (4, 0, 1)
    assert office.cases()[3:] == ["TS-2026-0004"] * 3
    assert len({mail.content for mail in office.replies()}) == 4
    assert office.errors() == []


def test_history_opens_what_it_holds(office: Office) -> None:
    office.put(*(trouble(n, "wang@plant.example") for n in range(5)))
    with office.open() as (app, worker):
        from mailflow.app import mailboxes
        from mailflow.stages.collect import collect

        box = mailboxes(office.config, worker.stop)[0]
        assert sum(collect(box, app.ledger, app.vault, office.clock(), history=True)) == 5
        worker.once()
        box.close()
    assert counts(office) == (5, 0, 0)


# ------------------------------------------------------------------------------------------------- the commands


def run(office: Office, *args: str, code: int = 0) -> str:
    """A command over the office's storage, in English."""
    home = office.folder / "mailflow.yaml"
    home.write_text(
        f"company: {{name: 示例}}\nstorage: {office.storage}\nrules: {office.rules}\n"
        f"templates: {office.config.templates}\n"
        f"mailboxes: [{{name: service, type: folder, path: {office.folder}, addresses: [{office.user}]}}]\n",
        encoding="utf-8",
    )
    from mailflow.cli import main

    result = CliRunner().invoke(main, ["--config", str(home), *args])
    assert result.exit_code == code, result.output
    return result.output


def test_the_commands_show_a_pile_as_one_and_answer_it(new_office: OpenOffice) -> None:
    office = new_office(limits=THREE)
    if office.ledger.address:
        pytest.skip("the command's own settings are for SQLite")
    office.put(*(trouble(n, f"w{n}@plant.example") for n in range(8)))
    office.work()
    (pile,) = json.loads(run(office, "held", "--json"))
    assert (pile["pile"], pile["count"], pile["senders"], len(pile["samples"])) == (1, 5, 5, 3)
    assert pile["samples"][0]["sender"] == "w3@plant.example"
    shown = run(office, "held")
    assert "plant.example" in shown
    assert "mailflow pile" in shown
    assert len(json.loads(run(office, "pile", "1", "--json"))) == 5
    run(office, "pile", "1", "many", code=2)
    run(office, "pile", "1", "none", code=2)
    run(office, "pile", "1", "one", "--because", "x", code=2)
    run(office, "pile", "9", code=4)
    run(office, "pile", "1", "none", "--because", "误报")
    run(office, "pile", "1", "one", code=1)
    assert json.loads(run(office, "held", "--json")) == []
    assert office.mails()[3:] == [("aside", "storm", "storm")] * 5


# ------------------------------------------------------------------------------------------------- mail to our people


def of_storm(people: Staffed, to: str) -> list[str]:
    """The subjects of the mails somebody got."""
    return [ask.subject for ask in people.sent(to)]


@BOTH
def test_a_colleague_gets_one_digest_instead_of_a_storm_of_mails(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mails_per_hour_and_colleague=5))
    people = Staffed(office)
    people.work(*(trouble(n, f"a{n}@shop{n}.example") for n in range(12)))
    assert office.one("SELECT count(*) FROM cases") == 12
    assert len(people.open_tasks()) >= 24
    assert office.one("SELECT count(*) FROM tasks WHERE status = 'open' AND due_at IS NULL AND person <> ''") == 0
    got = of_storm(people, "bai@firm.example")
    assert len(got) == 6
    assert got[-1] == "汇总：14 项任务和通知"
    digest = people.sent("bai@firm.example")[-1].text
    assert all(f"TS-2026-00{n:02d}" in digest for n in range(6, 13))
    people.work()
    assert len(of_storm(people, "bai@firm.example")) == 6
    office.clock.forward(minutes=61)
    people.work()
    later = of_storm(people, "bai@firm.example")[6:]
    assert len([subject for subject in later if "请签字" in subject or "请办理" in subject]) == 5
    assert len(later) <= 6
    assert office.errors() == []


def test_every_task_is_asked_for_in_the_end(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mails_per_hour_and_colleague=8))
    people = Staffed(office)
    people.work(*(trouble(n, f"a{n}@shop{n}.example") for n in range(6)))
    for _ in range(5):
        office.clock.forward(minutes=61)
        people.work()
    assert office.one("SELECT count(*) FROM tasks WHERE status = 'open' AND person <> '' AND asked_at IS NULL") == 0


def test_notices_of_one_case_are_braked_and_told_in_the_digest(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mails_per_hour_and_colleague=4))
    people = Staffed(office)
    people.work(trouble(0, "wang@plant.example"))
    thread = {"In-Reply-To": answer_of(people.office.replies()[0].content)}
    more = [
        letter(f"补充第{_WORDS[n]}点，请看。", subject=f"补充{_WORDS[n]}", sender="wang@plant.example", headers=thread)
        for n in range(9)
    ]
    people.work(*more)
    got = people.sent("bai@firm.example")
    assert len(got) == 5
    assert "汇总" in got[-1].subject
    assert f"补充{_WORDS[8]}" in got[-1].text
    assert office.one("SELECT count(*) FROM gathered WHERE told_at IS NULL AND occasion NOT LIKE 'registered:%'") == 0
    people.work()
    assert len(people.sent("bai@firm.example")) == 5


@BOTH
def test_whoever_serves_customers_hears_of_a_pile_once_and_again_when_its_time_is_over(
    new_office: OpenOffice,
) -> None:
    office = new_office(limits=Limits(new_cases_per_hour_and_sender=3, mails_per_hour_and_colleague=6))
    people = Staffed(office)
    people.work(*(trouble(n, "wang@plant.example") for n in range(8)))  # whose tasks alone are all he gets
    (asked,) = people.sent("bai@firm.example", containing="待人工")
    assert asked.subject.startswith("请决定：待人工的邮件 1 件 〔MF-H")
    assert "第 1 堆，5 封" in asked.text
    people.work(*(trouble(n + 10, "wang@plant.example") for n in range(3)))
    assert len(people.sent("bai@firm.example", containing="待人工的邮件")) == 1
    office.clock.forward(minutes=46)
    people.work()
    (_, late) = people.sent("bai@firm.example", containing="待人工的邮件")
    assert late.subject.startswith("已超时限：待人工的邮件 1 件 〔MF-H")
    office.clock.forward(hours=3)
    people.work()
    assert len(people.sent("bai@firm.example", containing="待人工的邮件")) == 2


def test_the_ledger_keeps_no_words_of_strangers_to_count_by(office: Office) -> None:
    words = "订单一直没有发货，请马上处理，否则我们要投诉。"
    office.put(*(letter(words, sender=f"a{n}@shop{n}.example") for n in range(5)))
    office.work()
    keys = [key for (key,) in office.ask("SELECT key FROM openings")] + [office.one("SELECT key FROM piles")]
    assert len(keys) == 7
    assert not any("发货" in key for key in keys)


def test_what_our_people_enter_at_the_machine_is_no_storm(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(new_cases_per_hour_and_sender=1))
    if office.ledger.address:
        pytest.skip("the command's own settings are for SQLite")
    people = Staffed(office)
    note = office.folder / "call.txt"
    for name in _WORDS[:3]:
        note.write_text(f"{name * 3}泵漏水，{name * 3}阀损坏，请尽快更换。", "utf-8")
        run(office, "note", str(note), "--by", "白露", "--caller", "王强", "--company", f"{name * 3}水务有限公司")
    assert office.statuses() == ["handled"] * 3
    assert people.office.one("SELECT count(*) FROM piles") == 0


def test_the_same_notice_many_times_is_one_line_of_a_digest(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mails_per_hour_and_colleague=3))
    people = Staffed(office)
    people.work(trouble(0, "wang@plant.example"))
    thread = {"In-Reply-To": answer_of(people.office.replies()[0].content)}
    again = [letter("请尽快答复。", subject="催办", sender="wang@plant.example", headers=thread) for _ in range(9)]
    people.work(*again)
    digest = people.sent("bai@firm.example")[-1].text
    assert digest.count("请尽快答复") == 1
    assert "×7" in digest
