"""``mailflow customers``: a list is shown before it is written, and says who is a key customer."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from mailflow.settings import shipped
from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import lay_out, rows

CSV = "客户名称,客户编号,客户等级,重点客户,客户经理\n沧州禾川管道设备有限公司,,A,是,白露\n没来过信的公司,,B,,\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lay_out(tmp_path_factory.mktemp("customers"), shipped.folder("rules"), shipped.folder("templates"))


@pytest.fixture
def home(made: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.chdir(made.folder)
    return made


def written(home: Home, text: str, encoding: str = "utf-8") -> str:
    path = home.folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def known(home: Home) -> list[tuple[object, ...]]:
    return rows(home, "SELECT tier, is_key, manager FROM customer_traits ORDER BY customer_id")


def test_a_list_is_shown_first_written_on_demand_and_kept(home: Home) -> None:
    assert "none yet" in home.ok("customers", "list")
    shown = home.ok("customers", "import", written(home, CSV, "gbk"))
    assert "1 customers change, 0 stay the same" in shown
    assert "沧州禾川管道设备有限公司: - -> A | key customer | bai@firm.example" in shown
    assert "? 没来过信的公司" in shown
    assert known(home) == []
    home.ok("customers", "import", written(home, CSV), "--yes")
    assert known(home) == [("A", 1, "bai@firm.example")]
    assert "Nothing changes." in home.ok("customers", "import", written(home, CSV), "--yes")
    assert home.data("customers", "list")[0]["company"] == "沧州禾川管道设备有限公司"
    assert "沧州禾川管道设备有限公司" in home.ok("customers", "list")
    assert len(rows(home, "SELECT 1 FROM journal WHERE event = 'customers.listed'")) == 1


def test_two_lines_about_one_customer_are_refused_and_nothing_is_written(home: Home) -> None:
    (number,) = rows(home, "SELECT number FROM customers WHERE company LIKE '沧州%'")[0]
    before = known(home)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("客户名称", "客户编号", "等级"), ("沧州禾川管道设备有限公司", "", "A"), ("禾川", number, "B")):
        sheet.append(row)
    book.save(home.folder / "list.xlsx")
    result = home.run("customers", "import", str(home.folder / "list.xlsx"), "--yes")
    assert result.exit_code == 2
    assert "MF228" in result.stderr
    assert known(home) == before


def test_mistakes_are_told_and_a_long_list_is_cut(home: Home) -> None:
    result = home.run("customers", "import", written(home, "客户名称,客户经理\n甲,无此人\n"), "--yes")
    assert (result.exit_code, "MF845" in result.stderr) == (2, True)
    many = "客户名称,等级\n" + "".join(f"公司{number},A\n" for number in range(30))
    assert "... 30 in all" in home.ok("customers", "import", written(home, many))
