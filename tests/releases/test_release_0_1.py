"""Today's program takes over an office that release 0.1 left in the middle of its work, and finishes it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from mailflow import app as composition
from mailflow.adapters.libreoffice import convert
from mailflow.cli import main
from mailflow.domain.errors import ConfigError
from mailflow.settings.journal import JournalSection
from tests.cases.papers import filled, scanned
from tests.flow.letters import letter
from tests.flow.robots import WORK, play, usual
from tests.flow.staffed import ASKS, Ask, Staffed, answer
from tests.releases.frozen import HERE, FrozenOffice, people_of, unpack
from tests.servers.smtp_sink import SmtpSink

FROZEN = "4331808b11d194d670f42cd1cf079d79378d1b7da9497d04a5fdf333f7ef3f6d"
STOPPED_AT = datetime(2026, 3, 11, 15, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
MIDDLE, GRAVE, ORAL, ASKED, UNTOUCHED = (f"TS-2026-000{number}" for number in (3, 4, 5, 2, 6))
BAI, XUE, DENG = (f"{name}@firm.example" for name in ("bai", "xue", "deng"))
WANG, ZHAO, SUN = "wang@plant.example", "zhao@plant.example", "sun@works.example"
INVESTIGATION = {
    "hear_customer": "与投诉方沟通", "hear_staff": "与被投诉人沟通", "facts_found": "查明事实",
    "evidence_list": "证据清单", "gaps": "管理漏洞", "cause_occur": "发生原因", "cause_escape": "流出原因",
    "resp_dept": "责任部门",
}  # fmt: skip
OPEN = {"TS-2026-0001", ASKED, MIDDLE, GRAVE, ORAL, UNTOUCHED, "ZX-2026-0002", "ZX-2026-0003", "ZX-2026-0004"}


@pytest.fixture
def office(tmp_path: Path, sink: SmtpSink) -> FrozenOffice:
    return unpack("0.1", tmp_path, sink, STOPPED_AT)


@pytest.fixture
def people(office: FrozenOffice) -> Staffed:
    """The people of the office, some minutes after it was stopped."""
    found = people_of(office)
    office.clock.forward(minutes=20)
    return found


def waiting(people: Staffed, to: str, case: str) -> list[Ask]:
    """The mails of 0.1 that asked somebody for something in this case, as they lie in his mailbox."""
    return [mail for mail in people.sent(to) if f"[{case}]" in mail.subject and ASKS.match(mail.subject)]


def tasks(people: Staffed, case: str) -> set[str]:
    """The open tasks of a case."""
    question = "SELECT name FROM tasks t JOIN cases c ON c.id = case_id WHERE t.status = 'open' AND number = ?"
    return {name for (name,) in people.office.ask(question, case)}


def test_nobody_built_it_anew() -> None:
    """An office built by a later program would be no office of 0.1: what breaks it needs a migration."""
    assert hashlib.sha256((HERE / "0.1" / "office.tar.xz").read_bytes()).hexdigest() == FROZEN


def test_the_frozen_office_is_in_the_middle_of_everything(office: FrozenOffice) -> None:
    """What the other tests go on with is there: else they would prove less than they say."""
    assert {number for (number,) in office.ask("SELECT number FROM cases WHERE status = 'open'")} == OPEN
    assert office.ask("SELECT number, round FROM cases WHERE status = 'closed' OR round > 1 ORDER BY id") == [
        ("ZX-2026-0001", 1), ("TS-2026-0001", 2),
    ]  # fmt: skip
    assert dict(office.ask("SELECT way, count(*) FROM signatures GROUP BY way")).keys() == {"reply", "word", "scan"}
    assert Counter(office.statuses()).keys() == {"handled", "aside", "held"}
    assert {result for (result,) in office.ask("SELECT result FROM deliveries")} == {"sent", "temporary", "bounced"}
    attempts = [number for (number,) in office.ask("SELECT attempts FROM outbox WHERE status = 'pending'")]
    assert 0 in attempts
    assert max(attempts) > 0
    for table in ("corrections", "promises", "answers", "duties", "procedures"):
        assert office.one(f"SELECT count(*) FROM {table}") > 0  # noqa: S608
    assert office.one("SELECT max(revision) FROM records WHERE form = 'JL-23-01'") > 2


def test_it_opens_with_every_row_kept_and_verifies_clean(office: FrozenOffice) -> None:
    before, files = office.rows(), office.files()
    with composition.open_app(office.config) as app:
        (waiting,) = app.verify()  # the folders get their new layout in the next round
        assert (waiting.severity, waiting.where) == ("note", "archive")
    after = office.rows()
    assert {name: len(rows) for name, rows in after.items() if name in before} == {
        name: len(rows) for name, rows in before.items()
    }
    assert after["journal"] == before["journal"]
    assert office.files() == files


def test_its_archive_moves_into_todays_layout_with_every_file_kept(office: FrozenOffice) -> None:
    before = {content for name, content in office.files().items() if not name.endswith(".json")}
    with composition.open_app(office.config) as app:
        app.bring_archive_up_to_date()
        assert app.verify() == []
    after = office.files()
    assert before <= set(after.values())
    assert not [name for name in after if "/attachments/" in name]
    cases = {number for (number,) in office.ask("SELECT number FROM cases")}
    assert {name.split("/")[1] for name in after if name.endswith("/index.html")} == cases
    # Of every record one Word file is on top, and no more.
    top = [name.rpartition("/")[2] for name in after if name.count("/") == 2 and name.endswith(".docx")]
    records = {number for (number,) in office.ask("SELECT DISTINCT number FROM records")}
    assert len(top) == len(records)
    assert all(any(name.startswith(number) for name in top) for number in records)


def test_its_journal_gets_a_key_and_what_0_1_wrote_is_sealed(office: FrozenOffice, tmp_path: Path) -> None:
    (tmp_path / "journal.key").write_text("ab" * 32)
    config = office.config.model_copy(update={"journal": JournalSection(key_file=tmp_path / "journal.key")})
    with composition.open_app(config) as app:
        with pytest.raises(ConfigError, match="MF023"):
            app.ledger.check_key()
        assert app.ledger.use_key(office.clock(), actor="operator:x")
        app.bring_archive_up_to_date()
        (note,) = app.verify()
        assert "entries before bear none, sealed" in note.what
        (anchor,) = filter(None, [app.anchor()])
        assert app.verify(anchors=[anchor]) == [note]
    with closing(sqlite3.connect(office.storage / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE journal SET id = -1 WHERE id = 1")  # the number was in no hash of 0.1
    with composition.open_app(config) as app:
        assert any("is not what it sealed" in item.what for item in app.verify())


def test_its_settings_rules_forms_and_procedures_are_without_a_mistake(office: FrozenOffice) -> None:
    result = CliRunner().invoke(main, ["--config", str(office.folder / "mailflow.yaml"), "check", "--offline"])
    assert result.exit_code == 0, result.output


def test_mail_it_had_queued_leaves_exactly_once_and_nothing_is_done_again(people: Staffed) -> None:
    office = people.office
    queued = {mail for (mail,) in office.ask("SELECT mail_id FROM outbox WHERE status = 'pending'")}
    gone = {mail for (mail,) in office.ask("SELECT mail_id FROM outbox WHERE status = 'sent'")}
    mails, delivered = office.mails(), len(office.sink.mails)
    for _ in range(3):
        people.work()
        office.clock.forward(minutes=30)
    sent = Counter(str(mail.mail["Message-ID"]).strip("<>") for mail in people.all_sent()[delivered:])
    assert len(queued) == 4
    assert {mail: sent[mail] for mail in queued} == dict.fromkeys(queued, 1)
    assert not sent.keys() & gone
    assert set(sent.values()) == {1}
    assert office.mails() == mails  # the folder lies elsewhere now, and its mails are known by their bytes
    assert office.errors() == []


def test_a_customers_follow_up_joins_his_running_case(people: Staffed) -> None:
    office = people.office
    cases, receipts = office.one("SELECT count(*) FROM cases"), [len(people.sent(who)) for who in (WANG, SUN)]
    people.work(
        answer(people.sent(WANG)[-1], "补充：现场又发现一台闸阀卡涩，请一并处理。"),
        letter("请问换货什么时候能到？", subject=f"催办 {ASKED}", sender=SUN),
    )
    assert office.cases()[-2:] == [MIDDLE, ASKED]
    assert office.one("SELECT count(*) FROM cases") == cases
    assert [len(people.sent(who)) - was for who, was in zip((WANG, SUN), receipts, strict=True)] == [1, 1]
    assert office.errors() == []


def test_filled_word_files_and_replies_to_0_1_are_taken_as_signatures_and_work(people: Staffed) -> None:
    office = people.office
    (register,) = [ask for ask in waiting(people, BAI, ORAL) if "登记表" in ask.subject]
    (rep_receipt,), (receipt,) = waiting(people, XUE, GRAVE), waiting(people, DENG, GRAVE)
    (investigate,) = waiting(people, DENG, MIDDLE)
    before = office.one("SELECT count(*) FROM signatures")
    name, content = register.file(".docx")
    sheet, to_fill = investigate.file(".docx")
    done = filled(to_fill, {f"answer:{field}": WORK[title] for field, title in INVESTIGATION.items()})
    people.work(
        answer(register, "", files={name: filled(content, {"sign:registrar": "白露"})}),
        answer(rep_receipt, "收到", thread=False),  # by its token alone
        answer(receipt, "收到", subject="答复：原件"),  # by its thread alone
        answer(investigate, "已填好，见附件", files={sheet: done}),
    )
    assert office.ask("SELECT name, way, cell FROM signatures WHERE id > ? ORDER BY id", before) == [
        ("白露", "word", "registrar"), ("薛平", "reply", "management_rep"), ("邓宁", "reply", "technical"),
    ]  # fmt: skip
    assert "investigate" not in tasks(people, MIDDLE)
    assert "sign_investigation" in tasks(people, MIDDLE)
    assert [mail.subject for mail in people.all_sent() if "未办成" in mail.subject] == []
    assert office.errors() == []


def test_a_page_0_1_printed_is_known_by_its_code_when_it_comes_back_signed_and_scanned(
    people: Staffed, tmp_path: Path
) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    office = people.office
    (ask,) = [mail for mail in waiting(people, BAI, UNTOUCHED) if "登记表" in mail.subject]
    page = scanned(ask.file(".docx")[1], tmp_path / "desk")
    people.work(answer(ask, "", subject="签好了", files={"扫描.jpg": page}))
    assert office.ask("SELECT name, way FROM signatures ORDER BY id DESC LIMIT 1") == [("白露", "scan")]
    assert "register" not in tasks(people, UNTOUCHED)
    assert office.errors() == []


def test_a_new_mail_opens_a_case_with_the_next_number(people: Staffed) -> None:
    office = people.office
    people.work(
        letter(sender="xu@new.example"), letter("请报价：DN50球阀200台。", subject="询价", sender="hu@new2.example")
    )
    assert office.cases()[-2:] == ["TS-2026-0007", "XJ-2026-0001"]
    assert [number for (number,) in office.ask("SELECT number FROM customers ORDER BY id DESC LIMIT 2")] == [
        "KH-00010", "KH-00009",
    ]  # fmt: skip
    for table in ("cases", "customers"):
        numbers = [number for (number,) in office.ask(f"SELECT number FROM {table}")]  # noqa: S608
        assert len(set(numbers)) == len(numbers)
    newest = "SELECT number FROM records WHERE form = 'JL-23-01' ORDER BY id DESC"
    assert office.one(newest) == "JL-23-01-2026-0007"
    assert office.errors() == []


def finish(people: Staffed) -> None:
    """Everybody answers what lies before him, and customers whether they are satisfied, until every case is closed."""
    office, heard = people.office, set[str]()
    words = {
        **WORK,
        "是否需要纠正措施": "否",
        "需转部门": "质量部",
        "受文部门": "质量部",
        "客户满意度": "满意",
        "客户意见": "电话答复满意",
    }
    for _ in range(12):
        play(people, lambda ask: usual(ask, WORK if f"[{MIDDLE}]" in ask.subject else words))
        if not office.one("SELECT count(*) FROM cases WHERE status = 'open'"):
            return
        office.clock.forward(days=1)
        with office.open() as (_, worker):
            worker.once(calendar=True)
        asked = [mail for mail in people.all_sent() if "满意" in mail.text and not mail.to.endswith("@firm.example")]
        fresh = [mail for mail in asked if str(mail.mail["Message-ID"]) not in heard]
        heard |= {str(mail.mail["Message-ID"]) for mail in fresh}
        people.work(*(answer(mail, "满意，谢谢。") for mail in fresh))
    raise AssertionError(office.ask("SELECT c.number, name, person FROM tasks t JOIN cases c ON c.id = case_id"
                                    " WHERE t.status = 'open'"))  # fmt: skip


def test_every_case_is_brought_to_its_end_and_the_storage_is_rebuilt_and_restored(
    people: Staffed, tmp_path: Path
) -> None:
    office, delivered = people.office, len(people.office.sink.mails)
    procedures = office.ask("SELECT number, procedure FROM cases")
    people.work(letter(sender="xu@new.example"))  # and one of today's runs beside them
    finish(people)
    assert office.ask("SELECT number, procedure FROM cases")[: len(procedures)] == procedures
    assert {status for (status,) in office.ask("SELECT status FROM cases")} == {"closed"}
    assert office.clock.now - STOPPED_AT < timedelta(days=30)
    sent = Counter(str(mail.mail["Message-ID"]) for mail in people.all_sent()[delivered:])
    assert set(sent.values()) == {1}
    config = office.config
    with composition.open_app(config) as app:
        assert app.verify() == []
        listing = office.files()
        app.rebuild_archive(office.clock())
        assert office.files() == listing
        assert app.verify() == []
    copy = tmp_path / "copy.tar"
    composition.make_backup(config, office.folder / "mailflow.yaml", copy, office.clock(), quiet)
    again = config.model_copy(update={"storage": tmp_path / "again"})
    assert composition.restore_backup(again, copy, office.clock(), quiet).discrepancies == []
    archive = again.storage / "archive"
    assert {path.relative_to(archive).as_posix() for path in archive.rglob("*") if path.is_file()} == set(listing)
    with composition.open_app(again) as app:
        assert app.verify() == []


def test_mail_it_held_or_set_aside_is_handled_when_it_is_released(people: Staffed) -> None:
    office = people.office
    question = "SELECT id FROM messages WHERE reason IN ('unknown_address', 'auto_reply') ORDER BY id"
    kept = [row for (row,) in office.ask(question)]
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert [work.release(row) for row in kept] == [True, True]
        worker.once()
    question = (
        "SELECT m.status, number FROM messages m JOIN cases c ON c.id = case_id WHERE m.id IN (?, ?) ORDER BY m.id"
    )
    assert office.ask(question, *kept) == [("handled", "TS-2026-0007"), ("handled", "TS-2026-0008")]
    assert office.errors() == []


def test_an_office_a_newer_program_has_worked_in_is_refused_in_one_line(office: FrozenOffice) -> None:
    with closing(sqlite3.connect(office.storage / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    before = office.rows()
    result = CliRunner().invoke(main, ["--config", str(office.folder / "mailflow.yaml"), "run", "--once"])
    assert result.exit_code == 4, result.output
    assert "9999" in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert office.rows() == before


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress nobody looks at."""
