"""Reports sent: each reader his own, once, with its figures frozen; what is put right later is said in the next."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

from mailflow.adapters.charts.pictures import draw
from mailflow.adapters.charts.serve import wrapped
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.report_rows import ReportRows
from mailflow.domain.report_ports import SentReport
from mailflow.reports.page import Chart
from mailflow.reports.pictures import HEIGHT, WIDTH, Drawn
from mailflow.settings import shipped
from tests.adapters.sql.stores import BOTH, Store
from tests.commands.corrections.conftest import COMPLAINT, Home, letter
from tests.commands.staffed_home import CASE, lay_out, rows

MARCH = "2026-03"  # when the mails of the home reached us


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")


@pytest.fixture(scope="module")
def _worked_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFLOW_CONFIG", "")
        folder = tmp_path_factory.mktemp("office") / "home"
        yield lay_out(folder, shipped.folder("rules"), shipped.folder("templates")).folder


@pytest.fixture
def home(_worked_off: Path, tmp_path: Path) -> Home:
    shutil.copytree(_worked_off, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def queued(home: Home, occasion: str = "report:%") -> dict[str, EmailMessage]:
    """The mails with reports, by their occasion."""
    found = rows(home, "SELECT occasion, raw FROM outbox WHERE occasion LIKE ? ORDER BY id", occasion)
    return {name: email.message_from_bytes(raw, policy=email.policy.default) for name, raw in found}


# ------------------------------------------------------------------------------------------------------ the command


def test_the_report_of_a_month_is_shown_and_a_figure_is_explained(home: Home) -> None:
    shown = home.ok("report", "--month", MARCH)
    assert "What is late, and with whom?" in shown
    assert "March 2026" in shown
    lines = home.ok("report", "--month", MARCH, "--explain", "within_30").splitlines()
    assert lines[0] == "Answered within 30 minutes [within_30] March 2026"
    assert "numbers: 0 / 1" in lines
    assert lines[-1].strip() == CASE
    assert queued(home) == {}


def test_a_report_is_written_as_page_text_and_workbook(home: Home, tmp_path: Path) -> None:
    for suffix, sign in ((".html", b"<!DOCTYPE html>"), (".txt", "投诉分析报告".encode()), (".xlsx", b"PK")):
        target = tmp_path / f"report{suffix}"
        home.ok("report", "--month", MARCH, "--open", str(target))
        assert target.read_bytes().startswith(sign)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--month", "2026-13"), "2026-13"),
        (("--month", "2026-Q1"), "2026-Q1 is no --month"),
        (("--month", "2999-01"), "yet to begin"),
        (("--month", MARCH, "--week", "2026-W10"), "one period"),
        (("--month", MARCH, "--explain", "nothing"), "is no figure"),
        (("--month", MARCH, "--for", "王二麻子"), "nobody and no department"),
        (("--month", MARCH, "--for", "白露"), "gets no reports"),
        (("--month", MARCH, "--open", "x.pdf"), ".xlsx"),
        (("--explain", "within_30"), "name a period"),
    ],
)
def test_what_cannot_be_is_one_line_with_what_to_do(home: Home, arguments: tuple[str, ...], words: str) -> None:
    result = home.run("report", *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_without_a_period_it_is_the_daily_summary(home: Home, tmp_path: Path) -> None:
    assert home.ok("report").splitlines()[0] == home.ok("summary").splitlines()[0]
    home.ok("report", "--open", str(tmp_path / "day.html"))
    assert "<!DOCTYPE html>" in (tmp_path / "day.html").read_text("utf-8")


def test_a_head_of_department_is_shown_his_own(home: Home) -> None:
    assert "Quality, March 2026" not in home.ok("report", "--month", MARCH)
    assert "Only what Quality answers for" in home.ok("report", "--month", MARCH, "--for", "秦朗")
    assert "Only what Quality answers for" in home.ok("report", "--month", MARCH, "--for", "质量部")
    assert "Only what" not in home.ok("report", "--month", MARCH, "--for", "韩梅")


# ------------------------------------------------------------------------------------------------------- the mails


def test_everybody_gets_his_own_once_and_the_figures_are_frozen_with_it(home: Home) -> None:
    assert "had it before: 0" not in (first := home.ok("report", "--month", MARCH, "--send"))
    mails = queued(home)
    assert first.startswith(f"{len(mails)} mails queued; 0 had it before")
    people = [name.split(":")[2] for name in mails]
    assert "han@firm.example" in people
    assert "qin@firm.example" in people
    assert "bai@firm.example" not in people
    assert home.ok("report", "--month", MARCH, "--send").startswith(f"0 mails queued; {len(mails)} had it before")
    assert queued(home).keys() == mails.keys()
    kept = rows(home, "SELECT period, reader, figures, digest FROM report_periods")
    assert {(period, reader) for period, reader, *_ in kept} >= {(MARCH, "all"), (MARCH, "department:质量部")}
    for _, _, figures, digest in kept:
        assert sha256(figures.encode()).hexdigest() == digest
    whole = json.loads(next(figures for _, reader, figures, _ in kept if reader == "all"))
    assert whole["figures"]["received"] == {"value": "1", "numerator": None, "denominator": None}
    home.ok("verify")


def test_a_mail_stands_alone_as_text_and_shows_its_charts_as_pictures_within(home: Home) -> None:
    home.ok("report", "--month", MARCH, "--send", "--for", "韩梅")
    (mail,) = queued(home).values()
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",))
    page = mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "哪些逾期，在谁手里？" in text.get_content()
    content = page.get_content()
    assert "韩梅" in content
    pictures = {part["Content-ID"].strip("<>"): part for part in mail.walk() if part.get_content_type() == "image/png"}
    assert pictures
    assert {f"cid:{name}" for name in pictures} == {
        piece.split('"')[0] for piece in content.split('src="')[1:]
    }  # fmt: skip
    assert all(part.get_content_disposition() == "inline" for part in pictures.values())
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names[-2:] == [f"report-{MARCH}.xlsx", f"report-{MARCH}.docx"]


def test_what_was_put_right_after_a_report_is_said_once_in_the_next(home: Home) -> None:
    home.ok("report", "--month", MARCH, "--send", "--for", "韩梅")
    assert "Nothing that was reported before has changed." in home.ok("report", "--month", "2026-04")
    home.take_in(letter(COMPLAINT.replace("DD20260301008", "DD2").replace("B2603-01", "B9"), subject="又一件投诉",
                        sender="wu@other.example", number=9))  # fmt: skip
    # It reached us in March: had it not lain unread, it would have been in that report.
    with_it = "UPDATE cases SET opened_at = (SELECT as_of FROM report_periods) WHERE id = (SELECT max(id) FROM cases)"
    _write(home, with_it.replace("as_of", "strftime('%Y-%m-%dT%H:%M:%S.000000Z', as_of, '-1 day')"))
    said = home.ok("report", "--month", "2026-04")
    (line,) = [line for line in said.splitlines() if "March 2026" in line and "Complaints received" in line]
    assert line.split()[-2:] == ["1", "2"]
    assert "before has changed" not in said
    home.ok("report", "--month", "2026-04", "--send", "--for", "韩梅")
    assert "Nothing that was reported before has changed." in home.ok("report", "--month", "2026-05")


def _write(home: Home, statement: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection, connection:
        connection.execute(statement)


def test_one_report_that_fails_stops_no_other_and_the_operator_hears_of_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mailflow.adapters import reporting

    real = vars(reporting)["make_workbook"]

    def broken(report: object) -> bytes:
        if getattr(report, "reader").department == "质量部":  # noqa: B009
            raise RuntimeError("no room")
        return bytes(real(report))

    monkeypatch.setattr(reporting, "make_workbook", broken)
    result = home.run("report", "--month", MARCH, "--send")
    assert result.exit_code == 1
    assert "not made for 秦朗: RuntimeError: no room" in result.output
    assert "qin@firm.example" not in " ".join(queued(home))
    assert "han@firm.example" in " ".join(queued(home))
    (notice,) = queued(home, "notice:report_failed:%").values()
    body = notice.get_body(("plain",))
    assert body is not None
    assert "秦朗: RuntimeError: no room" in body.get_content()
    monkeypatch.setattr(reporting, "make_workbook", real)
    home.ok("report", "--month", MARCH, "--send")
    assert "qin@firm.example" in " ".join(queued(home))


# ------------------------------------------------------------------------------------------------------- the charts


def test_charts_are_small_pictures_of_twice_the_size_they_are_shown_in() -> None:
    from io import BytesIO

    from PIL import Image

    chart = Chart(
        "a",
        "投诉按类别",
        ("产品质量", "$x^2$ {{7*7}}", "交期", ""),
        (8, 5, 2, 1),
        "件数",
        (50.0, 81.0, 94.0, 100.0),
        "累计 %",
    )
    drawn = draw([chart, Chart("b", "空", ("0-7 天",), (0,), "件数")])
    assert drawn.problem == ""
    for picture in drawn.pictures.values():
        with Image.open(BytesIO(picture)) as image:
            assert image.size == (2 * WIDTH, 2 * HEIGHT)
            assert image.mode == "P"
        assert len(picture) < 20_000


def test_long_names_are_cut_to_two_lines() -> None:
    assert wrapped("产品质量") == "产品质量"
    assert wrapped("31-90 天") == "31-90 天"
    assert wrapped("甲乙丙丁戊己庚辛壬癸甲乙丙丁") == "甲乙丙丁戊己\n庚辛壬癸甲乙…"


def test_a_missing_font_is_said_and_the_words_go_out(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from mailflow.adapters import reporting

    monkeypatch.setattr(reporting, "draw_charts", lambda charts: Drawn({}, "no_font"))
    home.ok("report", "--month", MARCH, "--send", "--for", "韩梅")
    (mail,) = queued(home).values()
    body = mail.get_body(("plain",))
    assert body is not None
    assert "图表从略：本机没有含汉字的字体。所有数字见各表。" in body.get_content()


# ------------------------------------------------------------------------------------------------------- the ledger


@BOTH
def test_what_was_sent_first_stands(store: Store, tmp_path: Path) -> None:
    ledger: SqlLedger = store.open(tmp_path)
    now = datetime(2026, 11, 5, 1, tzinfo=UTC)
    sent = SentReport("2026-10", "all", now, '{"figures":{}}', "d" * 64, now)
    with ledger.begin() as work:
        assert work.freeze_report(sent)
        assert not work.freeze_report(SentReport("2026-10", "all", now, "{}", "e" * 64, now))
        assert work.freeze_report(SentReport("2026-10", "department:质量部", now, "{}", "f" * 64, now))
    assert ReportRows(ledger.engine).sent("all", limit=5) == [sent]
    ledger.close()
