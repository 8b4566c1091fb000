"""A complaint told by telephone becomes a case like any other; the ledger of complaints: shown, in Word, in CSV."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.adapters.vault import FileVault
from mailflow.commands.ledger import harmless
from mailflow.commands.note import Note, note_mail
from mailflow.domain.model import Address
from mailflow.runtime.lock import StorageLock
from mailflow.settings import shipped
from mailflow.stages.decode import decode
from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import CASE, lay_out, rows

WORDS = "客户说上周到的球阀 DN50 有三件关不严，批号 B2611-07，要求派人来看，不行就换货。\n"
COMPANY = "宁安供水设备有限公司"
CALLER = ("--by", "白露", "--caller", "赵敏", "--company", COMPANY, "--phone", "13900005678")


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
def home(_worked_off: Path, tmp_path: Path) -> Home:
    """A home of one's own."""
    shutil.copytree(_worked_off, tmp_path / "home", symlinks=True)
    (tmp_path / "home" / "call.txt").write_text(WORDS, "utf-8")
    return Home(tmp_path / "home")


def note(home: Home, *more: str, file: str = "call.txt") -> tuple[int, str]:
    result = home.run("note", str(home.folder / file), *(more or CALLER))
    return result.exit_code, result.output


# ------------------------------------------------------------------------------------------------------------- the note


def test_a_call_becomes_an_oral_case_of_the_caller(home: Home) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    said = home.ok("note", str(home.folder / "call.txt"), *CALLER, "--at", at.isoformat(timespec="minutes"))
    assert "TS-2026-0002" in said
    case = home.data("case", "TS-2026-0002")
    assert (case["channel"], case["kind"], case["company"]) == ("oral", "complaint", COMPANY)
    assert case["procedure_name"] == "complaint_oral"
    facts = {name: fact["values"] for name, fact in case["facts"].items()}
    assert (facts["contact"], facts["phone"], facts["batch_no"]) == (["赵敏"], ["13900005678"], ["B2611-07"])
    assert case["replies"] == [] or all("firm.example" in row["recipient"] for row in case["replies"])
    (mail,) = case["mails"]
    assert mail["sender"] == "bai@firm.example"
    kept = decode(FileVault(home.storage / "vault").get(mail["digest"]))
    assert WORDS.strip() in kept.text
    assert datetime.fromisoformat(mail["arrived_at"]).replace(second=0, microsecond=0) == at.replace(
        second=0, microsecond=0
    )
    assert all(row["person"].endswith("firm.example") for row in home.data("tasks", "TS-2026-0002"))
    home.ok("verify")


def test_a_dry_run_shows_the_mail_and_keeps_nothing(home: Home) -> None:
    before = rows(home, "SELECT count(*) FROM messages")
    shown = home.ok("note", str(home.folder / "call.txt"), *CALLER, "--dry-run")
    for words in ("From: 白露 <bai@firm.example>", COMPANY, "赵敏", "B2611-07"):
        assert words in shown
    assert rows(home, "SELECT count(*) FROM messages") == before


def test_the_words_may_come_from_standard_input(home: Home) -> None:
    from typer.testing import CliRunner

    from mailflow.cli import main

    arguments = ["--config", str(home.folder / "mailflow.yaml"), "note", "-", *CALLER, "--dry-run"]
    result = CliRunner().invoke(main, arguments, input=WORDS.encode("gb18030"))
    assert result.exit_code == 0, result.output
    assert "B2611-07" in result.output


def test_a_note_taken_while_mailflow_runs_waits_for_it(home: Home) -> None:
    with StorageLock(home.storage):
        code, said = note(home)
    assert code == 0
    assert "running mailflow" in said
    assert rows(home, "SELECT status FROM messages WHERE mailbox = 'notes'") == [("waiting",)]
    home.ok("run", "--once", "--since", "all")
    assert home.data("case", "TS-2026-0002")["channel"] == "oral"


def test_a_note_that_cannot_be_taken_says_why_in_one_line(home: Home) -> None:
    (home.folder / "empty.txt").write_text(" \n")
    (home.folder / "picture.txt").write_bytes(b"\x89PNG\xff\xff\x00")
    wrong = [
        note(home, "--by", "陌生人"), note(home, "--by", "stranger@elsewhere.example"),
        note(home, "--by", "service@firm.example"), note(home, "--by", "白露", "--at", "yesterday"),
        note(home, "--by", "白露", "--at", "2999-01-01T08:00"), note(home, "--by", "白露", file="absent.txt"),
        note(home, "--by", "白露", file="empty.txt"), note(home, "--by", "白露", file="picture.txt"),
    ]  # fmt: skip
    assert [code for code, _ in wrong] == [2] * len(wrong)
    assert all(len(said.strip().splitlines()) == 1 for _, said in wrong)
    assert rows(home, "SELECT count(*) FROM messages WHERE mailbox = 'notes'") == [(0,)]


def test_what_was_told_cannot_become_a_header() -> None:
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    told = Note(at, "x\nBcc: a@b.example", company="甲公司 Bcc: c@d.example")
    raw = note_mail(
        told, Address("白露", "bai@firm.example"), to="service@firm.example", language="zh",
        zone=ZoneInfo("Asia/Shanghai"), now=at, key="1",
    )  # fmt: skip
    assert raw.lower().count(b"\nbcc:") == 0
    assert "Bcc: a@b.example" in decode(raw).text


# ----------------------------------------------------------------------------------------------------------- the ledger


def test_the_ledger_holds_the_complaints_of_its_time_only(home: Home) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    assert [row["number"] for row in home.data("ledger")] == [CASE]
    assert [row["number"] for row in home.data("ledger", "--month", str(now.month))] == [CASE]
    assert home.data("ledger", "--year", "2001") == []
    assert "1 complaints" in home.ok("ledger")


def test_the_csv_is_read_by_excel_and_holds_no_formula(home: Home) -> None:
    home.ok("correct", CASE, "product==1+1", "batch_no=@SUM(A1)")
    target = home.folder / "ledger.csv"
    home.ok("ledger", "--csv", str(target))
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
    assert (row["number"], row["product"], row["batch"]) == (CASE, "'=1+1", "'@SUM(A1)")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", " =1"])
def test_a_cell_never_begins_a_formula(text: str) -> None:
    assert harmless(text).startswith("'")


def test_plain_cells_stay_as_they_are() -> None:
    assert [harmless(text) for text in ("球阀", "5件", "a=b", "")] == ["球阀", "5件", "a=b", ""]


def test_the_word_file_is_the_form_of_the_period(home: Home) -> None:
    target = home.folder / "ledger.docx"
    home.ok("ledger", "--year", str(datetime.now(ZoneInfo("Asia/Shanghai")).year), "--docx", str(target))
    with zipfile.ZipFile(target) as package:
        words = "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))
    assert CASE in words
    assert "JL-23-04" in words
    before = rows(home, "SELECT count(*) FROM counters")
    home.ok("ledger", "--docx", str(target))
    assert rows(home, "SELECT count(*) FROM counters") == before  # a printout uses no number of a series
    gone = home.run("ledger", "--docx", str(home.folder / "no" / "ledger.docx"))
    assert gone.exit_code == 1
    assert len(gone.output.strip().splitlines()) == 1
