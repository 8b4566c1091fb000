"""The sentences a person edits: complete in both languages, every mistake found before anybody is written to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mailflow.casework import letters, paper
from mailflow.casework.acknowledgement import load_templates
from mailflow.casework.notes import load_staff_templates
from mailflow.outgoing.templates import MailTemplates
from tests.casework.mails.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped templates to spoil."""
    return Path(shutil.copytree(ROOT / "templates", tmp_path / "templates"))


def edit(path: Path, old: str, new: str) -> None:
    """Change one place of one template."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_staff_template_renders_cleanly_whatever_is_known(staff_templates: MailTemplates, language: str) -> None:
    seen = set()
    for name, values in paper.samples(language):
        seen.add(name)
        for text in staff_templates.render(language, name, values):
            assert not re.search(r"[，。：；]{2}|\.\.|None|\{\{|\[\]| \n|<p [^>]*></p>|https?:|<img|<a ", text), text
        page = staff_templates.render(language, name, values)[1]
        for tag in ("table", "tr", "td", "p", "ul", "li", "div", "span", "b"):
            assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag
    assert seen == {*paper.NAMES, *paper.ADDED}


@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_every_letter_renders_cleanly_whatever_is_known(customer_templates: MailTemplates, language: str) -> None:
    seen = set()
    for name, values in letters.samples(language):
        seen.add(name)
        for text in customer_templates.render(language, name, values):
            assert not re.search(r"[，。：；]{2}|\.\.|None|\{\{|\[\]| \n|<p [^>]*></p>|https?:|<img|<a ", text), text
    assert seen == set(letters.NAMES)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("zh/ask_sign.txt", "{{ record_number }}", "{{ record_nummer }}", "record_nummer"),
        ("en/confirm.txt", '{% elif done == "transferred" %}', "{% elif dun %}", "dun"),
        ("zh/escalation.txt", "{% endblock %}", "{% endblok %}", "endblok"),
        ("layout.html", "{{ item.task }}", "{{ item.job }}", "job"),
        ("en/daily.txt", "{{ left_out }} more", "{{ 1 / 0 }} more", "division"),
    ],
)
def test_a_mistake_in_a_staff_template_is_told_with_its_file(
    folder: Path, file: str, old: str, new: str, words: str
) -> None:
    edit(folder / "staff" / file, old, new)
    templates, problems = load_staff_templates(folder / "staff")
    assert templates is None
    assert any(words in problem.message for problem in problems)
    assert str(folder / "staff" / file) in {problem.file for problem in problems}


def test_a_refusal_without_its_sentence_is_told(folder: Path) -> None:
    edit(folder / "staff" / "en" / "labels.txt", '"expired": "the token in the email has expired.",', "")
    templates, problems = load_staff_templates(folder / "staff")
    assert templates is None
    assert [(problem.code, "expired" in problem.message) for problem in problems] == [("MF624", True)]


def test_a_mistake_in_a_letter_is_told_by_the_check_of_customers_templates(folder: Path) -> None:
    edit(folder / "mail" / "zh" / "holding.txt", "{{ next_news }}", "{{ next_week }}")
    (folder / "mail" / "en" / "closed.txt").unlink()
    problems = load_templates(folder / "mail")[1]
    assert {Path(problem.file).name for problem in problems} >= {"closed.txt"}
    shutil.copy(ROOT / "templates" / "mail" / "en" / "closed.txt", folder / "mail" / "en" / "closed.txt")
    assert any("next_week" in problem.message for problem in load_templates(folder / "mail")[1])


def test_the_readme_names_every_occasion_and_every_name() -> None:
    staff = (ROOT / "templates" / "staff" / "README.md").read_text("utf-8")
    customers = (ROOT / "templates" / "mail" / "README.md").read_text("utf-8")
    assert [name for name in (*paper.NAMES, *paper.EMPTY) if f"`{name}`" not in staff] == []
    assert [name for name in letters.NAMES if f"`{name}`" not in customers] == []


def test_a_companys_own_folder_from_before_an_occasion_was_added_is_served_with_the_shipped_file(folder: Path) -> None:
    for language in ("zh", "en"):
        for name in letters.ADDED:
            (folder / "mail" / language / f"{name}.txt").unlink()
    edit(folder / "mail" / "zh" / "common.txt", "您好！", "敝司问候！")
    templates, problems = load_templates(folder / "mail")
    assert problems == []
    assert templates is not None
    values = dict(letters.samples("zh"))["impersonated"]
    text = templates.render("zh", "impersonated", values)[0]
    assert "敝司问候！" in text
    assert "以您的名义写来的邮件" in text
    own = '{% extends "letter.txt" %}{% block opening %}{{ nobody_knows }}{% endblock %}'
    (folder / "mail" / "zh" / "impersonated.txt").write_text(own, "utf-8")
    problems = load_templates(folder / "mail")[1]
    assert {(Path(problem.file).name, "nobody_knows" in problem.message) for problem in problems} == {
        ("impersonated.txt", True)
    }
