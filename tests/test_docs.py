"""What the documents show can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailflow.sentences.catalogue import names
from mailflow.settings import config, yaml_file
from mailflow.settings.sound_part import sound
from tools import problem_page

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.zh-CN.md", "docs/howto/mailbox.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_configuration_shown_is_a_valid_one(page: str) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    whole = [block for block in blocks if re.search(r"^mailboxes:", block, re.MULTILINE)]
    assert whole
    for block in whole:
        document, problems = yaml_file.parse(block, page)
        assert document is not None, problems
        found, problems = sound(config.Config, document)
        assert problems == []
        assert found.value is not None
        assert found.value.own_addresses


def test_every_decision_is_listed_and_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text("utf-8")
        assert f"({page.name})" in index
        assert re.findall(r"^(Status|## \w+)", text, re.MULTILINE) == [
            "Status",
            "## Context",
            "## Decision",
            "## Consequences",
        ]


def test_the_page_of_problems_is_what_the_code_says() -> None:
    assert problem_page.PAGE.read_text("utf-8") == problem_page.page()  # else: make pages


def test_every_problem_code_has_its_words_in_both_languages_on_the_page() -> None:
    rows = re.findall(r"^\| (MF\d{3}) \| (.*?) \| (.*?) \|", problem_page.page(), re.MULTILINE)
    assert [code for code, _, _ in rows] == sorted(names("problems"))
    assert [code for code, chinese, english in rows if not (chinese and english)] == []


def test_the_words_of_a_problem_are_found_through_names_branches_rows_and_functions() -> None:
    source = """
HELP = "write it"
def check(name, count):
    def said():
        return "too many" if count > 9 else f"none of {name}"
    if name:
        words = f"{name!r} is taken"
    else:
        words = "no name"
    yield problem("MF901", words, HELP)
    for key, what in (("a", "the first"), ("b", "the second")):
        yield problem("MF902", f"{what} of {count} " + "is wrong")
    yield ("MF903", said(), "")
"""
    found = {code: (use.messages, use.remedies) for code, use in problem_page.uses(source, "module")}
    assert found == {
        "MF901": (("… is taken", "no name"), ("write it",)),
        "MF902": (("the first of … is wrong", "the second of … is wrong"), ("",)),
        "MF903": (("too many", "none of …"), ("",)),
    }
