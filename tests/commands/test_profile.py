"""``mailflow profile``: what is known and from where, what waits, the ledger of customers, who was told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.commands.corrections.conftest import COMPLAINT, Home, letter
from tests.commands.staffed_home import events, rows
from tests.commands.staffed_home import lay_out as staffed
from tests.flow.office import DEFAULTS

CARD = "\n\n--\n王强\n地址：河北省沧州市解放路8号 邮编：061000\n手机：13800001234\n主营产品：=1+1管道\n"
CUSTOMER, WANG = "KH-00001", "wang@hechuan.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with people where a mail with a card was worked off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFLOW_LANG", "en")
        made = staffed(tmp_path_factory.mktemp("home"), DEFAULTS / "rules", DEFAULTS / "templates")
        made.take_in(letter(COMPLAINT + CARD, subject="投诉：球阀漏水", sender=WANG, number=7, name="王强"))
        yield made


def owner(home: Home) -> str:
    (number,) = {row["customer"] for row in home.data("profile", "list")}
    return str(number)


def test_what_was_read_is_listed_shown_and_decided(home: Home) -> None:
    listed = home.data("profile", "list")
    found = {row["field"]: row for row in listed if row["sender"] == WANG}
    assert found["postcode"]["value"] == "061000"
    assert (found["mobile"]["contact"], found["mobile"]["basis"]) == (WANG, "办理客户事务时联系")
    assert "061000" in home.ok("profile", "list")
    number = owner(home)
    ids = [str(row["id"]) for row in listed if row["field"] != "mobile"]
    assert f"{len(ids)} decided" in home.ok("profile", "decide", *ids, "--by", "白露")
    assert "0 decided" in home.ok("profile", "decide", *ids, "--by", "白露", "--refuse")
    home.ok("profile", "decide", str(found["mobile"]["id"]), "--by", "白露", "--refuse")
    assert "missing: Telephone" in home.ok("profile", "show", number)
    assert WANG not in {row["contact"] for row in home.data("profile", "show", number)}
    assert "refused" in home.ok("profile", "show", number, "--all")
    assert set(events(home, "profile.decided")) == {"bai@firm.example"}
    page = (home.storage / "archive" / number / "客户档案.html").read_text("utf-8")
    assert "河北省沧州市解放路8号" in page
    assert "白露" in page


def test_a_person_enters_values_and_what_was_there_stays_among_the_changes(home: Home) -> None:
    number = rows(home, "SELECT c.number FROM customers c JOIN contacts k ON k.customer_id = c.id"
                  " WHERE k.address = ?", WANG)[0][0]  # fmt: skip
    home.ok("profile", "set", number, "总机=0317-8001234", "竞争对手=甲公司", "--by", "韩梅")
    home.ok("profile", "set", number, "竞争对手=乙公司", "--by", "韩梅")
    home.ok("profile", "set", number, "competitors=", "--by", "韩梅")
    home.ok("profile", "set", number, "姓名=王强", "--contact", WANG, "--by", "韩梅")
    said = {row["field"]: row for row in home.data("profile", "show", number) if row["current"]}
    assert (said["competitors"]["value"], said["competitors"]["was"]) == ("", "乙公司")
    assert said["contact_name"]["contact"] == WANG
    assert "100%" in home.ok("profile", "show", number)


@pytest.mark.parametrize(
    ("given", "said", "code"),
    [
        (["{number}", "颜色=红"], "no field", 2),
        (["{number}", "邮编"], "no field", 2),
        (["{number}", "邮编=很多"], "has not the shape", 2),
        (["{number}", "手机=13800001234"], "say whose", 2),
        (["{number}", "邮编=061000", "--contact", WANG], "is the company's", 2),
        (["{number}", "手机=1", "--contact", "nobody@x.example"], "no contact", 4),
        (["KH-99999", "邮编=061000"], "no customer", 4),
    ],
)
def test_what_cannot_be_entered_is_said_in_a_line(home: Home, given: list[str], said: str, code: int) -> None:
    number = rows(home, "SELECT number FROM customers WHERE company <> '' ORDER BY id")[0][0]
    done = home.run("profile", "set", *(word.format(number=number) for word in given), "--by", "韩梅")
    assert done.exit_code == code
    assert said in done.stderr


def test_a_value_that_is_not_there_cannot_be_decided(home: Home) -> None:
    assert home.run("profile", "decide", "999", "--by", "白露").exit_code == 4


def test_the_ledger_has_a_line_for_each_customer_and_no_formula(home: Home, tmp_path: Path) -> None:
    xlsx, csv_file = tmp_path / "k.xlsx", tmp_path / "k.csv"
    home.ok("profile", "ledger", "--xlsx", str(xlsx), "--csv", str(csv_file))
    page = openpyxl.load_workbook(io.BytesIO(xlsx.read_bytes())).active
    assert page is not None
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=2)]
    (customers,) = rows(home, "SELECT count(*) FROM customers WHERE number NOT LIKE '%-00000'")[0]
    assert len(lines) == customers
    assert all(cell.data_type != "f" for line in page.iter_rows() for cell in line)
    assert "'=1+1管道" in csv_file.read_text("utf-8-sig")
    assert "customers" in home.ok("profile", "ledger")
    assert {"number", "missing", "postcode"} <= home.data("profile", "ledger")[0].keys()


def test_it_is_listed_of_whom_the_keeper_of_the_copies_was_not_told(home: Home) -> None:
    (behind,) = home.data("profile", "copies")
    assert behind["told"] == 0 < behind["version"]
    assert "柳青" in home.ok("profile", "copies")


def test_it_is_listed_which_profiles_were_checked_in_a_quarter(home: Home) -> None:
    (row,) = home.data("profile", "checks", "--period", "2026-q1")
    assert (row["period"], row["times"], row["checked_at"]) == ("2026-Q1", 0, None)
    assert "0 of 1 checked" in home.ok("profile", "checks")


def test_without_a_keeper_of_the_copies_it_is_said(home: Home) -> None:
    file = home.folder / "rules" / "archive.yaml"
    text = file.read_text("utf-8")
    file.unlink()
    file.write_text(text.replace("copy: sales", "copy: ''"), "utf-8")
    assert home.run("profile", "copies").exit_code == 5


def test_an_office_of_before_whose_people_have_no_such_roles_goes_on_with_the_shipped_file(home: Home) -> None:
    rules = home.folder / "rules"
    (rules / "archive.yaml").unlink()
    staff = (rules / "staff.yaml").read_text("utf-8")
    (rules / "duties.yaml").unlink()
    (rules / "staff.yaml").write_text(staff.replace("archivist", "filing_clerk"), "utf-8")
    done = home.run("profile", "list")
    assert "archive.yaml" not in done.stderr
    (rules / "archive.yaml").write_text((DEFAULTS / "rules" / "archive.yaml").read_text("utf-8"), "utf-8")
    assert "MF880" in home.run("profile", "list").stderr
