"""``mailflow catalogue``: a list is shown before it is written, written once, and used in reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from mailflow.settings import catalogue_file, shipped
from tests.commands.corrections.conftest import Home, lay_out, letter

CSV = "名称,型号,别名,单位,部门\n云海棠,YH-300,,樘,门窗部\n静音铰链,QL-7,静享合页,付,五金一部\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    made = lay_out(tmp_path / "home")
    own = made.folder / "own"
    own.mkdir()
    for path in shipped.folder("rules").iterdir():
        (own / path.name).symlink_to(path)
    settings = made.folder / "mailflow.yaml"
    settings.write_text(settings.read_text("utf-8").replace(str(shipped.folder("rules")), "own"), "utf-8")
    monkeypatch.chdir(made.folder)
    return made


def written(home: Home, text: str, encoding: str = "utf-8") -> str:
    path = home.folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_list_is_shown_first_and_written_on_demand(home: Home, encoding: str) -> None:
    file = written(home, CSV, encoding)
    shown = home.run("catalogue", "import", file)
    assert "2 new, 0 changed, 0 gone" in shown.output
    assert "+ 云海棠 | YH-300 | 樘 | 门窗部" in shown.output
    assert not catalogue_file.load(home.folder / "own")
    assert home.run("catalogue", "import", file, "--yes").exit_code == 0
    assert [item.name for item in catalogue_file.load(home.folder / "own").goods] == ["云海棠", "静音铰链"]


def test_importing_again_changes_nothing(home: Home) -> None:
    file = written(home, CSV)
    home.run("catalogue", "import", file, "--yes")
    before = (home.folder / "own" / catalogue_file.NAME).stat().st_mtime_ns
    assert "Nothing changes." in home.run("catalogue", "import", file, "--yes").output
    assert (home.folder / "own" / catalogue_file.NAME).stat().st_mtime_ns == before


def test_a_newer_list_tells_what_is_changed_and_gone_and_leaves_customers_alone(home: Home) -> None:
    home.run("catalogue", "import", written(home, "客户名称,客户编号\n金华宏达五金有限公司,KH8812\n"), "--yes")
    home.run("catalogue", "import", written(home, CSV), "--yes")
    newer = CSV.replace("樘", "扇").replace("静音铰链,QL-7", "静音铰链,QL-8")
    output = home.run("catalogue", "import", written(home, newer), "--yes").output
    assert "goods: 1 new, 1 changed, 1 gone, 0 the same" in output  # another model is another line
    kept = catalogue_file.load(home.folder / "own")
    assert [item.code for item in kept.buyers] == ["KH8812"]
    assert {item.model for item in kept.goods} == {"YH-300", "QL-8"}


def test_excel_is_read_and_a_formula_is_no_value(home: Home) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["名称", "型号"])
    sheet.append(["云海棠", 300])
    book.save(home.folder / "list.xlsx")
    assert "+ 云海棠 | 300" in home.run("catalogue", "import", str(home.folder / "list.xlsx")).output
    sheet.append(['=HYPERLINK("http://evil.example","x")', "Y-1"])
    sheet.append(["", "Y-2"])
    book.save(home.folder / "list.xlsx")
    result = home.run("catalogue", "import", str(home.folder / "list.xlsx"), "--yes")
    assert result.exit_code == 2
    assert "MF225" in result.stderr
    assert "A3" in result.stderr
    assert "MF224" in result.stderr
    assert "A4" in result.stderr
    assert not catalogue_file.load(home.folder / "own")


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\xff", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"", b"a,b\n1,2\n"]
)
def test_what_is_no_list_is_refused_in_words(home: Home, content: bytes) -> None:
    (home.folder / "x.bin").write_bytes(content)
    result = home.run("catalogue", "import", str(home.folder / "x.bin"), "--yes")
    assert result.exit_code == 2, result.output
    assert "MF22" in result.stderr
    assert "->" in result.stderr


def test_a_file_that_is_not_there_ends_with_four(home: Home) -> None:
    assert home.run("catalogue", "import", "nowhere.csv").exit_code == 4


def test_the_list_is_used_in_reading_and_shown(home: Home) -> None:
    mail = home.folder / "one.eml"
    mail.write_bytes(letter("静享合页断了3付，请换货。", subject="投诉", sender="w@k.example", number=7))
    file = written(home, CSV)
    assert json.loads(home.run("read", "--json", "--catalogue", file, str(mail)).output)["product"]
    home.run("catalogue", "import", file, "--yes")
    said = json.loads(home.run("read", "--json", str(mail)).output)
    assert "静音铰链" in json.dumps(said["product"], ensure_ascii=False)
    assert "云海棠" in home.run("catalogue", "list").output
    assert [row["name"] for row in json.loads(home.run("catalogue", "list", "--json").output)] == ["云海棠", "静音铰链"]


def test_a_damaged_catalogue_is_told_and_importing_mends_it(home: Home) -> None:
    folder = home.folder / "own"
    (folder / catalogue_file.NAME).write_text("{", "utf-8")
    assert "MF221" in home.run("catalogue", "list").stderr
    assert home.run("catalogue", "import", written(home, CSV), "--yes").exit_code == 0
    assert home.run("catalogue", "list").exit_code == 0
