"""A person's word about a fact: it stands beside the finding, everywhere, and the newest counts."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from mailflow.casework.corrections import CORRECTABLE, MAX_VALUE, NotUnderstood, digest, parse
from tests.commands.corrections.conftest import Home

CASE = "TS-2026-0001"


def journal(home: Home) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection:
        query = "SELECT actor, data FROM journal WHERE event = 'case.corrected' ORDER BY id"
        return connection.execute(query).fetchall()


def test_both_values_are_kept_and_the_corrected_one_counts(home: Home) -> None:
    found = home.data("case", CASE)["findings"]
    assert "DD20260301008" in home.ok("correct", CASE, "order_no=DD20260301009")
    case = home.data("case", CASE)
    assert [(row["field"], row["value"]) for row in case["findings"]] == [(row["field"], row["value"]) for row in found]
    assert case["facts"]["order_no"]["values"] == ["DD20260301009"]
    assert case["facts"]["order_no"]["found"][0] == "DD20260301008"
    assert case["facts"]["order_no"]["corrected"] is True
    assert case["facts"]["batch_no"]["corrected"] is False
    assert {row["field"] for row in case["findings"] if row["corrected"]} == {"order_no"}
    row = next(row for row in home.data("cases") if row["number"] == CASE)
    assert row["corrected"] == {"order_no": "DD20260301009"}
    shown = home.ok("case", CASE)
    assert "DD20260301009" in shown
    assert "corrected" in shown


def test_the_archive_shows_both_at_once_and_verify_finds_nothing(home: Home) -> None:
    home.ok("correct", CASE, "order_no=DD20260301009", "--by", "赵敏")
    case = home.archived(CASE)
    assert "DD20260301008" in [item["value"] for item in case["findings"]]
    (entry,) = case["corrections"]
    assert entry["field"] == "order_no"
    assert entry["value"] == "DD20260301009"
    assert entry["was"].startswith("DD20260301008")
    assert entry["actor"].startswith("赵敏 (operator:")
    home.ok("verify")
    home.ok("archive", "rebuild")
    assert home.archived(CASE)["corrections"] == [entry]
    home.ok("verify")


def test_a_corrected_company_is_the_customers_name_everywhere(home: Home) -> None:
    home.ok("correct", CASE, "customer_company=华南泵业有限公司")
    row = next(row for row in home.data("cases") if row["number"] == CASE)
    assert row["company"] == "华南泵业有限公司"
    assert home.data("case", CASE)["company"] == "华南泵业有限公司"
    home.ok("verify")
    other = next(row for row in home.data("cases") if row["number"] != CASE)
    home.ok("correct", str(other["number"]), "customer_company=华南泵业公司")  # the other customer has that name
    assert next(row for row in home.data("cases") if row["number"] != CASE)["company"] == other["company"]


def test_a_case_nobody_corrected_is_archived_as_before(home: Home) -> None:
    home.ok("correct", CASE, "order_no=X-1")
    assert "corrections" not in home.archived("TS-2026-0002")


def test_a_correction_of_a_correction_keeps_all_three_values(home: Home) -> None:
    home.ok("correct", CASE, "batch_no=B1")
    home.ok("correct", CASE, "batch_no=B2")
    case = home.data("case", CASE)
    assert case["facts"]["batch_no"]["values"] == ["B2"]
    assert [(item["was"], item["value"]) for item in case["corrections"]] == [("B2603-01", "B1"), ("B1", "B2")]
    home.ok("verify")


def test_saying_the_same_again_changes_nothing(home: Home) -> None:
    home.ok("correct", CASE, "batch_no=B1")
    before = journal(home), home.archived(CASE)
    assert "unchanged" in home.ok("correct", CASE, "batch_no=B1")
    assert (journal(home), home.archived(CASE)) == before


def test_a_value_that_was_right_is_confirmed(home: Home) -> None:
    assert "confirmed" in home.ok("correct", CASE, "batch_no=B2603-01")
    assert home.data("case", CASE)["facts"]["batch_no"] | {"at": 0, "by": 0} == {
        "values": ["B2603-01"], "found": ["B2603-01"], "corrected": True, "at": 0, "by": 0,
    }  # fmt: skip


def test_an_empty_value_says_that_the_mail_does_not_hold_it(home: Home) -> None:
    assert "(none)" in home.ok("correct", CASE, "batch_no=")
    assert home.data("case", CASE)["facts"]["batch_no"]["values"] == []
    assert "(not in the mail)" in home.ok("case", CASE)
    home.ok("verify")


def test_several_values_come_by_repeating_or_in_one_word(home: Home) -> None:
    home.ok("correct", CASE, "batch_no=B1；B2", "order_no=A1", "order_no=A2", "order_no=A1")
    facts = home.data("case", CASE)["facts"]
    assert facts["batch_no"]["values"] == ["B1", "B2"]
    assert facts["order_no"]["values"] == ["A1", "A2"]


def test_the_journal_says_who_and_which_field_but_no_customers_words(home: Home) -> None:
    home.ok("correct", CASE, "contact=欧阳慧中", "--by", "赵敏")
    ((actor, data),) = journal(home)
    assert actor.startswith("赵敏 (operator:")
    entry: dict[str, Any] = json.loads(data)
    assert entry["field"] == "contact"
    assert entry["new"] == 4
    assert entry["digest"] == digest(entry["correction"], "contact", "欧阳慧中")
    assert "欧阳" not in data
    home.ok("correct", CASE, "contact=王强")
    assert journal(home)[1][0].startswith("operator:")


def test_the_number_stays_when_the_kind_is_corrected(home: Home) -> None:
    assert "ZX-2026-0001" in home.ok("correct", "ZX-2026-0001", "kind=complaint")
    row = next(row for row in home.data("cases") if row["number"] == "ZX-2026-0001")
    assert row["kind"] == "complaint"
    assert row["corrected"] == {"kind": "complaint"}
    assert "ZX-2026-0001" in [row["number"] for row in home.data("cases", "--kind", "complaint")]
    assert "ZX-2026-0001" not in [row["number"] for row in home.data("cases", "--kind", "inquiry")]
    assert "complaint*" in home.ok("cases")
    archived = home.archived("ZX-2026-0001")
    assert (archived["kind"], archived["corrections"][0]["value"]) == ("inquiry", "complaint")
    home.ok("verify")


def test_the_case_changes_its_kind_where_numbers_do_not_show_it(home: Home) -> None:
    home.setting('numbering:\n  case: "AJ-{year}-{n:04d}"\n')
    home.ok("correct", "TS-2026-0002", "kind=suggestion")
    assert home.archived("TS-2026-0002")["kind"] == "suggestion"
    home.ok("correct", "TS-2026-0002", "kind=complaint")
    case = home.archived("TS-2026-0002")
    assert case["kind"] == "complaint"
    assert [item["was"] for item in case["corrections"]] == ["complaint", "suggestion"]
    home.ok("correct", "ZX-2026-0001", "kind=complaint")  # a complaint without a record: a person made it one
    assert home.archived("ZX-2026-0001")["kind"] == "complaint"
    errors = home.run("verify").output
    assert "records on form" not in errors


def test_a_corrected_severity_is_the_cases_own(home: Home) -> None:
    home.ok("correct", CASE, "severity=恶性")
    assert next(row for row in home.data("cases") if row["number"] == CASE)["severity"] == "恶性"
    home.ok("verify")


def test_an_unknown_field_is_answered_with_the_known_ones_in_one_line(home: Home) -> None:
    result = home.run("correct", CASE, "order_no=1", "color=red")
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert all(field in result.output for field in CORRECTABLE)
    assert home.data("case", CASE)["corrections"] == []  # all or none


def test_an_unknown_case_is_said_in_one_line(home: Home) -> None:
    result = home.run("correct", "TS-1999-0001", "order_no=1")
    assert result.exit_code == 4
    assert result.output.count("\n") == 1
    assert "mailflow cases" in result.output
    assert home.run("explain", "TS-1999-0001").exit_code == 4


def test_a_case_number_is_found_however_it_is_typed(home: Home) -> None:
    home.ok("correct", f" {CASE.lower()} ", "batch_no=B9")
    assert home.data("case", CASE)["facts"]["batch_no"]["values"] == ["B9"]


@pytest.mark.parametrize(
    "words",
    ["order_no", "kind=", "kind=sales", "kind=rfq；order", "severity=bad", "happened_on=明天", "=x", "",
     "requested_deadline=20260301", f"product={'x' * (MAX_VALUE + 1)}"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_line(words: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        parse([words])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("'; DROP TABLE corrections; --", ("'; DROP TABLE corrections; --",)),
        ("=SUM(A1)", ("=SUM(A1)",)),
        ("a\x1b[31mred\x07\nb\u202ec\u200bd", ("a [31mred b c d",)),
        ("\ud800x", ("x",)),
        ("；；", ()),
        ("{{ 7*7 }}", ("{{ 7*7 }}",)),
        ("a=b", ("a=b",)),
    ],
)
def test_hostile_values_are_kept_as_harmless_text(typed: str, kept: tuple[str, ...]) -> None:
    assert parse([f"product={typed}"]) == {"product": kept}


def test_hostile_values_go_through_ledger_archive_and_lists(home: Home) -> None:
    values = ["'; DROP TABLE cases; --", "\x1b]0;owned\x07x", "../../etc/passwd", "x" * MAX_VALUE]
    for value in values:
        home.ok("correct", CASE, f"product={value}", "--by", "\x1b[2Jmallory\n\n")
        for output in (home.ok("case", CASE), home.ok("explain", CASE), home.ok("cases")):
            assert "\x1b" not in output
            assert "\x07" not in output
    assert len(home.archived(CASE)["corrections"]) == len(values)
    home.ok("verify")


def test_a_name_of_nothing_is_refused(home: Home) -> None:
    assert home.run("correct", CASE, "batch_no=1", "--by", "\x1b\n").exit_code == 2


def test_a_folder_that_cannot_be_written_now_follows_later(home: Home) -> None:
    customer = home.data("case", CASE)["customer"]
    index = home.storage / "archive" / customer / "archive.json"
    kept = index.read_bytes()
    index.unlink()
    index.mkdir()
    result = home.run("correct", CASE, "batch_no=B7")
    assert result.exit_code == 0
    assert "next round" in result.output
    index.rmdir()
    index.write_bytes(kept)
    home.ok("run", "--once", "--since", "all")
    assert home.archived(CASE)["corrections"][0]["value"] == "B7"
    home.ok("verify")


@pytest.mark.parametrize("change", ["UPDATE corrections SET value = 'B2'", "DELETE FROM corrections"])
def test_verify_tells_a_correction_that_was_tampered_with(home: Home, change: str) -> None:
    home.ok("correct", CASE, "batch_no=B1")
    home.ok("verify")
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection:
        connection.executescript(change)
    result = home.run("verify")
    assert result.exit_code == 1
    assert "correction 1" in result.output


def test_a_ledger_of_the_first_schema_is_brought_forward(home: Home) -> None:
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection:
        later = (
            "profile_checks profile_copies profile_values "
            "survey_answers survey_invitations survey_rounds customer_traits report_periods "
            "duty_occasions duty_watch kind_questions joint_points joint_asks pictures shared_mails "
            "gathered held_tasks pile_mails piles".split()
        )
        later += "openings answers signatures promises tasks procedures corrections".split()
        later += "unfetched old_mails marks sent_copies".split()
        steps = [f"DROP TABLE {table}" for table in later]
        steps += ["DROP INDEX ix_findings_traits", "DROP INDEX ix_cases_opened_at"]
        steps += ["DROP INDEX ix_cases_successor_id"]
        columns = "round channel subkinds procedure intake closed_at successor_id priority".split()
        steps += [f"ALTER TABLE cases DROP COLUMN {column}" for column in columns]
        steps += ["ALTER TABLE records DROP COLUMN fields", "ALTER TABLE messages DROP COLUMN trust"]
        steps += ["DROP INDEX ix_messages_answers", "ALTER TABLE messages DROP COLUMN answers"]
        steps += [f"ALTER TABLE outbox DROP COLUMN claimed_{word}" for word in ("by", "at")]
        steps += [
            "DROP INDEX ix_outbox_uncopied",
            "DROP INDEX ix_outbox_unprinted",
            "ALTER TABLE outbox DROP COLUMN printing",
            "ALTER TABLE outbox DROP COLUMN copy",
            "ALTER TABLE folders DROP COLUMN read_to",
        ]
        steps += ["ALTER TABLE contacts DROP COLUMN claimed", "ALTER TABLE cases DROP COLUMN opened_by"]
        steps += [f"ALTER TABLE folders DROP COLUMN {column}" for column in ("since", "first_uidvalidity", "old")]
        steps += ["UPDATE alembic_version SET version_num = '0001'"]
        connection.executescript(";".join(steps))
    home.ok("correct", CASE, "batch_no=B1")
    home.ok("verify")
