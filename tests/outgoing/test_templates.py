"""Templates a person edits: every mistake is found when loading, with its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailflow.casework.acknowledgement import NAMES, load_templates, samples
from mailflow.domain.errors import Problem
from mailflow.outgoing.templates import MailTemplates
from tests.outgoing.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped templates to spoil."""
    return Path(shutil.copytree(ROOT / "templates" / "mail", tmp_path / "mail"))


def problems_after(path: Path, old: str, new: str) -> list[Problem]:
    """The problems found when one line of one template is edited."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    templates, problems = load_templates(path.parent.parent if path.parent.name in ("zh", "en") else path.parent)
    assert templates is None
    return problems


def test_the_shipped_templates_are_complete(templates: MailTemplates) -> None:
    assert set(NAMES) <= templates.names()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("zh/complaint.txt", "{{ case_number }}", "{{ case_nummer }}", "case_nummer"),
        ("en/inquiry.txt", "{{ case_number }}", "{{ case_number", "expected name"),
        ("zh/inquiry.txt", "{% endblock %}", "{% endblok %}", "endblok"),
        ("zh/rfq.txt", "{{ first_reply }}", "{{ first_reply.upper().nothing }}", "nothing"),
        ("layout.html", "{{ company_name }}", "{{ company }}", "company"),
        ("layout.txt", "{{ phone }}", "{{ 1 / 0 }}", "division"),
        ("zh/order.txt", "{{ case_number }}", "{{ case_number.__class__.__mro__ }}", "unsafe"),
        ("zh/order.txt", "{{ case_number }}", "{% include '/etc/passwd' %}", "passwd"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(folder: Path, file: str, old: str, new: str, words: str) -> None:
    text = (folder / file).read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    found = problems_after(folder / file, old, new)
    assert any(words in problem.message for problem in found), found
    assert str(folder / file) in {problem.file for problem in found}
    assert min(abs(problem.line - line) for problem in found) <= 2


def test_a_missing_file_or_folder_is_told(folder: Path) -> None:
    (folder / "en" / "praise.txt").unlink()
    (folder / "layout.html").unlink()
    templates, problems = load_templates(folder)
    assert templates is None
    assert {Path(problem.file).name for problem in problems} == {"praise.txt", "layout.html"}
    shutil.rmtree(folder / "zh")
    assert any(problem.code == "MF620" for problem in load_templates(folder)[1])


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "zh" / "praise.txt").write_bytes("感谢".encode("gb18030"))
    assert [problem.message for problem in load_templates(folder)[1]] == ["not UTF-8 text"]


def test_a_missing_label_is_told(folder: Path) -> None:
    found = problems_after(folder / "zh" / "labels.txt", '"order_no": "订单号或合同号",', "")
    assert [(problem.code, "order_no" in problem.message) for problem in found] == [("MF624", True)]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    for name in ("zh/praise.txt", "en/praise.txt", "en/order.txt"):
        path = folder / name
        path.write_text(path.read_text("utf-8") + "{% if %}", "utf-8")
    assert {Path(problem.file).relative_to(folder).as_posix() for problem in load_templates(folder)[1]} == {
        "zh/praise.txt",
        "en/praise.txt",
        "en/order.txt",
    }


def test_a_sentence_may_hold_any_characters_and_is_edited_in_one_place(folder: Path) -> None:
    path = folder / "zh" / "praise.txt"
    path.write_text(path.read_text("utf-8").replace("感谢您的肯定和鼓励。", "感谢您：1 < 2 & 3。"), "utf-8-sig")
    templates, problems = load_templates(folder)
    assert problems == []
    assert templates is not None
    values = next(values for name, values in samples("zh") if name == "praise")
    text, page = templates.render("zh", "praise", values)
    assert "感谢您：1 < 2 & 3。" in text
    assert "感谢您：1 &lt; 2 &amp; 3。" in page
    assert "感謝您：1 &lt; 2 &amp; 3。" in templates.render("zh-Hant", "praise", values)[1]


def test_an_edit_counts_from_the_next_start(folder: Path) -> None:
    templates, _ = load_templates(folder)
    assert templates is not None
    values = next(values for name, values in samples("en") if name == "praise")
    before = templates.render("en", "praise", values)
    (folder / "en" / "praise.txt").write_text("{% if %}", "utf-8")
    shutil.rmtree(folder / "zh")
    assert templates.render("en", "praise", values) == before
    assert "感謝" in templates.render("zh-Hant", "praise", values)[0]


def test_shipped_templates_are_believed_and_written_with_and_one_changed_letter_is_tried(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    shutil.copytree(ROOT / "templates" / "mail", folder)
    templates, problems = load_templates(folder, whole=False)
    tried, _ = load_templates(folder)
    assert problems == []
    assert templates is not None
    assert tried is not None
    assert templates.names() == tried.names()
    said = templates.render("zh", "reference", {"reference": "TS-1"})
    assert said == tried.render("zh", "reference", {"reference": "TS-1"})
    letter = folder / "zh" / "reference.txt"
    letter.write_text(letter.read_text("utf-8") + "{{ misspelt_name }}", "utf-8")
    assert [problem.code for problem in load_templates(folder, whole=False)[1]] == ["MF623"]
