"""verify: what is wrong with tasks, signatures, versions and numbers is found; nothing where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.upkeep.findings import Discrepancy
from mailflow.adapters.upkeep.verify import verify
from mailflow.domain.forms import FormSpec
from mailflow.scheduled.archive import archive
from tests.adapters.archive.builder import FORM, Office
from tests.adapters.archive.casework import SPEC, SUN, Casework, worked_case


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "storage")
    worked_case(office)
    office.complaint()
    archive(office.dossiers, office.archive)
    return office


def check(office: Office, *forms: FormSpec) -> list[Discrepancy]:
    return verify(office.engine, office.vault, office.storage / "archive", forms=forms or (SPEC,))


def errors(office: Office, *forms: FormSpec) -> list[str]:
    return [f"{item.where}: {item.what}" for item in check(office, *forms) if item.severity == "error"]


def ledger_errors(office: Office, *forms: FormSpec) -> list[str]:
    return [item for item in errors(office, *forms) if not item.startswith("archive/")]


def change(office: Office, table: sa.Table, key: int, **values: Any) -> None:
    """Break a row behind the program's back."""
    office.run(table.update().where(table.c.id == key).values(**values))


def test_nothing_is_found_where_nothing_is_wrong(office: Office) -> None:
    assert check(office) == []


@pytest.mark.parametrize(("column", "what"), [("copy", "signed copy"), ("evidence", "evidence")])
def test_a_signed_copy_or_returned_file_gone_from_the_vault(office: Office, column: str, what: str) -> None:
    digest, name = next(
        iter(
            office.engine.connect().execute(
                sa.select(t.signatures.c[f"{column}_digest"], t.signatures.c[f"{column}_name"])
            )
        )
    )
    office.vault.path(digest).unlink()
    assert errors(office) == [f"vault {digest}: is missing: {what} {name}"]


def test_an_altered_signed_copy_in_the_vault(office: Office) -> None:
    path = office.vault.path(office.scalar(sa.select(t.signatures.c.copy_digest).where(t.signatures.c.id == 2)))
    path.chmod(0o640)
    path.write_bytes(b"forged")
    (found,) = errors(office)
    assert "was altered: signed copy JL-23-01-2026-0001-signed-2.docx" in found


@pytest.mark.parametrize(
    "name",
    [
        "签字副本/JL-23-01-2026-0001-signed-1.docx",
        "签字凭据/JL-23-01-2026-0001-signed-2-back.pdf",
        "修订/JL-23-01-2026-0001-r2.docx",
    ],
)
def test_a_file_of_casework_missing_in_the_archive(office: Office, name: str) -> None:
    (office.storage / "archive/KH-00001/TS-2026-0001" / name).unlink()
    (found,) = errors(office)
    assert name in found
    assert "missing" in found


@pytest.mark.parametrize(
    "suffix", ["JL-23-01-2026-0001-signed-2.docx", "签字凭据/JL-23-01-2026-0001-signed-2-back.pdf"]
)
def test_a_file_of_casework_altered_in_the_archive(office: Office, suffix: str) -> None:
    path = office.storage / "archive/KH-00001/TS-2026-0001" / suffix
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    (found,) = errors(office)
    assert suffix in found
    assert "was altered" in found


@pytest.mark.parametrize(
    ("old", "new", "table"),
    [
        ("制定处理方案", "不必处理", "tasks"),
        ("补发两箱", "不补发", "answers"),
        ("钱立", "孙岚", "signatures"),
        ("三日内补发", "三年内补发", "promises"),
        ("B/2", "B/3", "cases"),
    ],
)
def test_an_archive_that_tells_another_story(office: Office, old: str, new: str, table: str) -> None:
    path = office.storage / "archive/KH-00001/archive.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert errors(office) == [f"archive/KH-00001/archive.json: its list '{table}' differs from the ledger"]


def test_a_signature_for_another_file(office: Office) -> None:
    change(office, t.signatures, 2, signed_digest="0" * 64)
    assert ledger_errors(office) == ["signature 2: was given for another file than record JL-23-01-2026-0001"]


def test_a_signature_in_a_task_of_another_case(office: Office) -> None:
    other = Casework(office, 2)
    other.begin()
    change(office, t.signatures, 2, task_id=other.open("approve", SUN))
    found = ledger_errors(office)
    assert "signature 2: of case TS-2026-0001 belongs to a task or a record of another case" in found
    assert "signature 2: counts, but its task approve is not done" in found


def test_a_signature_on_a_record_of_another_case(office: Office) -> None:
    digest = office.scalar(sa.select(t.records.c.digest).where(t.records.c.case_id == 2))
    record = office.scalar(sa.select(t.records.c.id).where(t.records.c.case_id == 2))
    change(office, t.signatures, 2, record_id=record, signed_digest=digest)
    (found,) = ledger_errors(office)
    assert found == "signature 2: of case TS-2026-0001 belongs to a task or a record of another case"


def test_a_signature_that_counts_though_its_task_is_history(office: Office) -> None:
    change(office, t.signatures, 1, current=True)
    assert ledger_errors(office) == ["signature 1: counts, but its task review is not done"]


def test_a_signature_without_a_copy(office: Office) -> None:
    change(office, t.signatures, 1, copy_digest="")
    assert "signature 1: has no copy that shows it (cell reviewer)" in ledger_errors(office)


def test_an_open_task_in_a_closed_case(office: Office) -> None:
    Casework(office, 1).close()
    assert ledger_errors(office) == ["TS-2026-0001: is closed, but its task approve is open"]


@pytest.mark.parametrize("values", [{"status": "lost"}, {"status": "closed"}, {"closed_at": "2026-03-02"}])
def test_a_status_its_closing_time_does_not_bear_out(office: Office, values: dict[str, Any]) -> None:
    if "closed_at" in values:
        values = {"closed_at": office.clock}
    change(office, t.cases, 2, **values)
    (found,) = ledger_errors(office)
    assert found.startswith("TS-2026-0002: has the status")


def test_an_open_task_about_a_record_that_is_not_there(office: Office) -> None:
    approve = office.scalar(sa.select(t.tasks.c.id).where(t.tasks.c.name == "approve"))
    change(office, t.tasks, approve, record=99)
    assert ledger_errors(office) == [f"task {approve}: (approve) is about a record that its case does not have"]


def test_a_task_with_a_status_nobody_knows(office: Office) -> None:
    change(office, t.tasks, 1, status="sleeping")
    assert "task 1: has the unknown status 'sleeping'" in ledger_errors(office)


def test_a_task_that_runs_twice_at_once(office: Office) -> None:
    change(office, t.tasks, 2, current=True)
    assert ledger_errors(office) == ["TS-2026-0001: has the task review 2 times at once"]


def test_an_answer_in_a_task_of_another_case(office: Office) -> None:
    change(office, t.answers, 1, case_id=2)
    assert "answer 1: belongs to a task of another case" in ledger_errors(office)


def test_a_procedure_altered_under_running_cases(office: Office) -> None:
    office.run(t.procedures.update().values(text=sa.func.replace(t.procedures.c.text, "quality", "nobody")))
    assert ledger_errors(office) == ["procedure goods_complaint: was altered after cases began to run by it"]


def test_a_procedure_that_is_gone(office: Office) -> None:
    office.run(t.procedures.delete())
    assert "TS-2026-0001: runs by a procedure that is not there" in ledger_errors(office)


def test_tasks_of_a_case_that_runs_by_no_procedure(office: Office) -> None:
    change(office, t.cases, 1, procedure="")
    assert "TS-2026-0001: has a task plan, but runs by no procedure" in ledger_errors(office)


def test_a_record_number_in_two_cases(office: Office) -> None:
    record = office.scalar(sa.select(t.records.c.id).where(t.records.c.case_id == 2))
    change(office, t.records, record, number="JL-23-01-2026-0001", revision=3)
    found = ledger_errors(office)
    assert "JL-23-01-2026-0001: is the number of records of more than one case or form" in found


def test_a_version_left_out(office: Office) -> None:
    record = office.scalar(sa.select(t.records.c.id).where(t.records.c.revision == 2))
    change(office, t.records, record, revision=3)
    assert "JL-23-01-2026-0001: revision 3 does not follow the one before it" in ledger_errors(office)


def test_many_of_one_sort_are_counted(office: Office) -> None:
    for _ in range(23):
        case = Casework(office, office.complaint(customer=1))
        case.begin()
        case.open("plan")
        case.close()
    found = [item for item in ledger_errors(office) if "is open" in item or "more like this" in item]
    assert len(found) == 21
    assert found[-1].endswith("and 3 more like this")


# ----------------------------------------------------------------------------------- numbers of a form's own pattern

OWN = FormSpec("CAPA", "A/0", "纠正预防措施单", "CAPA", (), {}, {}, 6, number="CA{yy}{month}-{n:03d}")


def issue_own(office: Office, number: str, counted: int, month: str) -> None:
    """A record on the form with the pattern of its own, and where its counter stands."""
    office.add(
        t.records,
        number=number, form=OWN.code, form_version="A/0", title="纠正预防措施单", case_id=1, revision=1,
        digest=office.store(number.encode()), file_name=f"{number}.docx", retention_years=6, issued_at=office.now(),
    )  # fmt: skip
    office.run(t.counters.delete().where(t.counters.c.name == f"record:CAPA:2026-{month}"))
    office.run(t.counters.insert(), {"name": f"record:CAPA:2026-{month}", "value": counted})


def test_a_form_with_a_pattern_of_its_own_is_counted_by_it(office: Office) -> None:
    issue_own(office, "CA2603-001", 1, "03")
    assert ledger_errors(office, SPEC, OWN) == []
    assert not [item for item in check(office, SPEC, OWN) if "pattern" in item.what]


def test_gaps_in_the_numbers_of_a_form_with_its_own_pattern(office: Office) -> None:
    issue_own(office, "CA2603-003", 3, "03")
    assert ledger_errors(office, SPEC, OWN) == ["record:CAPA:2026-03: numbers are missing: 1-2"]


def test_a_number_given_and_lost_is_missed_though_no_record_of_the_form_is_left(office: Office) -> None:
    office.run(t.counters.insert(), {"name": "record:CAPA:2026-04", "value": 1})
    assert ledger_errors(office, SPEC, OWN) == ["record:CAPA:2026-04: numbers are missing: 1"]


def test_a_changed_pattern_of_one_form_excuses_no_gaps_of_another(office: Office) -> None:
    issue_own(office, "CA2603-001", 1, "03")
    office.number(f"record:{FORM}:2026")  # counted, but no record has it
    changed = replace(OWN, number="CAPA-{year}-{n:04d}")
    assert ledger_errors(office, SPEC, changed) == ["record:JL-23-01:2026: numbers are missing: 3"]
    assert any(item.where == "record numbers of CAPA" for item in check(office, SPEC, changed))
