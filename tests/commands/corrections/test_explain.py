"""``explain`` and ``read`` show people why a mail was read as it was, and never let its text steer the terminal."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailflow.commands.evidence import differences, harmless, marked, passages
from mailflow.domain.model import Details, Finding, Kind
from mailflow.reading.review.doubts import doubts
from mailflow.settings import shipped
from tests.commands.corrections.conftest import Home, letter

CASE = "TS-2026-0001"


def finding(field: str, value: str, confidence: float = 0.9, words: str = "x") -> Finding:
    return Finding(field, value, words, "new_text", 0, len(words), "rule", confidence)


def test_explain_shows_evidence_rules_facts_and_the_question_that_was_asked(home: Home) -> None:
    shown = home.ok("explain", CASE)
    assert "⟦batch_no: B2603-01⟧" in shown
    assert "complaint-said" in shown
    assert "confidence" in shown
    assert "asked for: " in shown
    assert "today's rules read this mail otherwise" not in shown


def test_the_questions_are_those_of_the_mail_that_went_out(home: Home) -> None:
    line = next(line for line in home.ok("explain", "TS-2026-0002").splitlines() if "asked for" in line)
    assert "batch_no" in line
    assert "order_no" not in line


def test_explain_says_when_todays_rules_read_otherwise(home: Home) -> None:
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection:
        connection.executescript(
            "UPDATE findings SET value = 'OLD-1' WHERE field = 'batch_no' AND case_id = 1;"
            "UPDATE messages SET kind = 'inquiry' WHERE id = 1;"
        )
    shown = home.ok("explain", CASE)
    assert "today's rules read this mail otherwise" in shown
    assert "- batch_no: OLD-1" in shown
    assert "+ batch_no: B2603-01" in shown
    assert "kind: inquiry -> complaint" in shown


def test_explain_shows_corrections_with_who_and_what_was_there(home: Home) -> None:
    home.ok("correct", CASE, "batch_no=B9", "--by", "赵敏")
    shown = home.ok("explain", CASE)
    assert "赵敏" in shown
    assert "B2603-01 => B9" in shown


def test_a_mail_damaged_in_the_vault_is_said_and_the_rest_is_shown(home: Home) -> None:
    digest = home.data("case", CASE)["mails"][0]["digest"]
    blob = home.storage / "vault" / digest[:2] / digest[2:]
    blob.chmod(0o600)
    blob.write_bytes(b"altered")
    assert "needs a person" in home.ok("explain", CASE)


def test_a_header_that_was_not_read_whole_is_said(home: Home) -> None:
    plain = letter("球阀漏水，批号：B2603-77，请换货。", subject="投诉", sender="w@long.example", number=9)
    raw = b"Cc: " + b"a@b.example, " * 10_000 + b"\nX-Long: " + b"a" * 70_000 + b"\n" + plain
    home.take_in(raw)
    number = home.data("cases")[0]["number"]
    for shown in (home.ok("explain", number), home.ok("read", str(sorted((home.folder / "inbox").iterdir())[-1]))):
        assert "not read whole, the original is kept: others, cc" in " ".join(shown.split())
    assert home.data("explain", number)["mails"][0]["message"]["cut"] == ["*", "cc"]
    assert "mail.header_cut" in [row["event"] for row in home.data("case", number)["journal"]]


def test_strangers_text_cannot_steer_the_terminal(home: Home) -> None:
    words = "投诉：\x1b]0;owned\x07\x1b[2J球阀漏水\u202e，\x9b31m批号：B2603-77\r请换货。\x7f"
    home.take_in(letter(words, subject="x\x1b[31m 投诉", sender="eve@evil.example", number=9, name="\x1b[1mEve"))
    number = home.data("cases")[0]["number"]
    for shown in (home.ok("explain", number), home.ok("read", str(sorted((home.folder / "inbox").iterdir())[-1]))):
        assert not set("\x1b\x07\x9b\u202e\x7f\r") & set(shown)
        assert "B2603-77" in shown


def test_read_shows_the_same_view_and_json_stays_a_line_a_mail(home: Home) -> None:
    sample = str(shipped.samples() / "01-complaint-foxmail.eml")
    shown = home.ok("read", sample)
    assert "⟦" in shown
    assert "complaint-said" in shown
    lines = home.ok("read", "--json", sample, sample).splitlines()
    assert len(lines) == 2
    assert home.ok("read", "absent.eml")


@pytest.mark.parametrize("number", ["12-auto-reply", "13-bounce"])
def test_read_shows_why_a_mail_is_not_answered(home: Home, number: str) -> None:
    assert "not answered" in home.ok("read", str(shipped.samples() / f"{number}.eml"))


def with_file(mail: bytes, text: str) -> bytes:
    message = message_from_bytes(mail, policy=policy.default)
    message.add_attachment(text.encode(), maintype="text", subtype="plain", filename="检验记录.txt")
    return message.as_bytes()


def test_what_was_found_in_an_attached_file_is_marked_there(home: Home, tmp_path: Path) -> None:
    mail = tmp_path / "file.eml"
    words = letter("您好，球阀漏水，请换货，详见附件。", subject="投诉", sender="w@x.example", number=1)
    mail.write_bytes(with_file(words, "检验记录\n" + "一切正常。\n" * 900 + "批号：B2603-77 不合格\n"))
    shown = home.ok("read", str(mail))
    assert "-- attachment 检验记录.txt" in shown
    assert "⟦batch_no: B2603-77⟧ 不合格" in shown
    home.take_in(mail.read_bytes())
    assert "⟦batch_no: B2603-77⟧ 不合格" in home.ok("explain", home.data("cases")[0]["number"])


def test_explain_shows_what_a_later_mail_says_otherwise(home: Home) -> None:
    words = "您好，批号写错了，不是B2603-01是B2603-09，漏水的是七件。索赔 3,000 元。"
    home.take_in(letter(words, subject=f"回复：投诉 [{CASE}]", sender="wang@hechuan.example", number=77))
    if len(home.data("case", CASE)["mails"]) < 2:
        pytest.fail("the second mail did not reach the case")
    shown = home.ok("explain", CASE)
    assert "a later mail says otherwise" in shown
    changed = home.data("explain", CASE)["changes"]
    assert [(item["field"], item["how"], item["older"]["values"], item["newer"]["values"]) for item in changed] == [
        ("batch_no", "replaced", ["B2603-01"], ["B2603-09"]),
        ("quantity", "other", ["五件"], ["七件"]),
    ]
    assert changed[0]["older"]["mail"] < changed[0]["newer"]["mail"]
    assert changed[1]["newer"]["words"] == ["七件"]


def test_explain_gives_programs_each_mail_with_its_doubts_and_questions(home: Home) -> None:
    data = home.data("explain", CASE)
    assert data["case"] == CASE
    assert data["changes"] == []
    (mail,) = data["mails"]
    assert (mail["kind"], mail["batch_no"], mail["status"], mail["otherwise"]) == (
        "complaint",
        "B2603-01",
        "handled",
        [],
    )
    assert "Q1" in mail["reasons"]
    assert isinstance(data["asked"][0]["fields"], list)


def test_read_names_doubts_for_programs(home: Home, tmp_path: Path) -> None:
    mail = tmp_path / "sum.eml"
    words = "球阀漏水，索赔人民币叁万伍仟元整（¥36,000.00）。"
    mail.write_bytes(letter(words, subject="投诉", sender="w@x.example", number=1))
    (read,) = map(json.loads, home.ok("read", "--json", str(mail)).splitlines())
    assert read["amount"] == ["35000.00 CNY", "36000.00 CNY"]
    wanted = {"about": "amount", "why": "amount_words_digits", "values": ["36000.00 CNY", "35000.00 CNY"]}
    assert wanted in read["doubts"]
    assert "amount in words and in digits differ" in home.ok("read", str(mail))


def test_passages_are_the_beginning_and_what_was_found_further_down() -> None:
    text = "x" * 2000
    assert passages("short", [(1, 3, "a")], 100) == [(0, 5)]
    assert passages(text, [], 100) == [(0, 100)]
    assert passages(text, [(90, 110, "a"), (1000, 1010, "b"), (1100, 1110, "c"), (1990, 2000, "d")], 100) == [
        (0, 230), (880, 1230), (1870, 2000),
    ]  # fmt: skip


def test_marks_are_brackets_without_colours_and_styles_with_them() -> None:
    text = "order AB-1 and B2"
    spans = [(6, 10, "order_no"), (8, 10, "model"), (15, 17, "batch_no"), (3, 3, "severity"), (90, 95, "phone")]
    assert marked(text, spans, plain=True).plain == "order ⟦order_no: AB-1⟧ and ⟦batch_no: B2⟧"
    coloured = marked(text, spans, [(0, 5)], plain=False)
    assert coloured.plain == text
    assert len(coloured.spans) >= 3
    assert marked("x" * 50, [], limit=10, plain=True).plain.startswith("x" * 10 + " …")


def test_harmless_text_keeps_its_length_and_lines() -> None:
    text = "a\x00b\tc\nd\u3000e\u200bf\ud800"
    assert harmless(text) == "a b c\nd\u3000e f "


def test_doubts_name_contradictions_low_confidence_close_kinds_and_the_second_opinion() -> None:
    details = Details(
        Kind.RFQ,
        ((Kind.RFQ, 2.0), (Kind.INQUIRY, 1.9)),
        findings=(
            finding("customer_company", "A"), finding("customer_company", "B"), finding("product", "x", 0.3),
            finding("severity", "一般", 0.3, words=""),
        ),
        second_opinion=(Kind.COMPLAINT, 0.81),
    )  # fmt: skip
    assert [(doubt.about, doubt.why) for doubt in doubts(details, ())] == [
        ("customer_company", "contradiction"),
        ("product", "low_confidence"),
        ("kind", "close"),
        ("kind", "no_rule"),
        ("kind", "second_opinion"),
    ]


def test_a_number_of_the_quote_beside_another_of_the_new_text_is_a_doubt(home: Home, tmp_path: Path) -> None:
    quote = "------------------ 原始邮件 ------------------\n发件人: 王强\n\n批号：B2603-44 的有问题"
    words = f"这次的批号：B2603-55，也漏水，请换货。\n\n{quote}"
    mail = tmp_path / "quote.eml"
    mail.write_bytes(letter(words, subject="回复：投诉：漏水", sender="w@x.example", number=1))
    shown = home.ok("read", str(mail))
    assert "B2603-55 | B2603-44" in shown


def test_differences_compare_facts_once() -> None:
    assert differences([("a", "1"), ("a", "1"), ("b", "2")], [("a", "1"), ("b", "3")]) == ([("b", "2")], [("b", "3")])
