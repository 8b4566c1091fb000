"""docs/obligations.md says what is so: no duty of its list is missing, and whatever it names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from mailflow.cli import COMMANDS
from mailflow.domain.forms import FormSpec
from mailflow.procedures.model import TaskSpec
from tests.obligations.shipped import forms, procedures

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "obligations.md").read_text("utf-8")
CORE, NEAR = PAGE.split("## Near duties")
CLOCKS = re.findall(r"^\| `[a-z_]+\.[^|]+\| \d+[mhd] \|[^|]+\|$", PAGE, re.MULTILINE)
STATES = ("done", "in part", "not done")
_ROW = re.compile(r"^\| (?P<id>[A-Z]{3}-\d\d) \|(?P<cells>.*)\|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def rows(text: str) -> dict[str, list[str]]:
    """The cells behind the id of each row."""
    found: dict[str, list[str]] = {}
    for match in _ROW.finditer(text):
        assert match["id"] not in found, f"{match['id']} stands twice"
        found[match["id"]] = [cell.strip() for cell in match["cells"].split("|")]
    return found


def listed() -> Iterator[str]:
    """The ids of the page's list of core duties: ``CMP 01-17, 21; INV 01``."""
    text = re.search(r"^The list of core duties: (.+?)\.\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert text is not None
    for part in text[1].replace("\n", " ").split(";"):
        group, _, numbers = part.strip().partition(" ")
        for item in numbers.split(","):
            first, _, last = item.strip().partition("-")
            yield from (f"{group}-{number:02d}" for number in range(int(first), int(last or first) + 1))


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def is_there(token: str) -> bool:
    """Is this a path, a test, a task, a form, a field, a key of a task or form, a duty, or a command?"""
    path, _, test = token.partition("::")
    if test:
        return (ROOT / path).is_file() and test in functions_of(path)
    if "/" in token:
        return (ROOT / token).exists()
    if token.startswith("mailflow "):
        return token.split()[1] in {name for name, *_ in COMMANDS}
    name, dot, task = token.partition(".")
    if dot and (procedure := procedures().named(name)):
        return task in procedure.tasks
    known = {field for procedure in procedures().all for field in procedure.fields}
    keys = {*TaskSpec.model_fields, *(item.name for item in fields(FormSpec)), "archive.json"}
    return token in known | keys | set(forms()) | duties()


@cache
def duties() -> set[str]:
    """The duties shipped, also those switched off."""
    return set(re.findall(r"^  (\w+):$", (ROOT / "rules" / "duties.yaml").read_text("utf-8"), re.MULTILINE))


def test_every_core_duty_of_the_list_has_its_row_and_no_other_has() -> None:
    assert list(rows(CORE)) == list(listed())
    assert not set(rows(CORE)) & set(rows(NEAR))


def test_the_counts_are_those_of_the_rows() -> None:
    assert len(CLOCKS) >= 15
    states = [cells[1] for cells in rows(CORE).values()]
    assert set(states) <= set(STATES)
    counts = [states.count(state) for state in STATES]
    said = re.search(r"\*\*Core duties: (\d+)\. Done: (\d+)\. Done in part: (\d+)\. Not done: (\d+)\.\*\*", PAGE)
    assert said is not None
    assert [int(item) for item in said.groups()] == [len(states), *counts]
    assert counts[0] >= 0.95 * len(states)


@pytest.mark.parametrize("duty", rows(CORE))
def test_every_core_duty_names_where_it_is_done_and_a_test(duty: str) -> None:
    words, _, where, proof = rows(CORE)[duty]
    assert words
    assert where
    assert any("::test_" in token for token in _CODE.findall(proof))


@pytest.mark.parametrize("duty", rows(NEAR))
def test_a_near_duty_that_is_done_names_a_test(duty: str) -> None:
    _, state, proof = rows(NEAR)[duty]
    tests = [token for token in _CODE.findall(proof) if "::test_" in token]
    assert tests or not state.startswith(("done", "in part", "mostly"))


@pytest.mark.parametrize("duty", [*rows(CORE), *rows(NEAR)])
def test_whatever_a_row_names_is_there(duty: str) -> None:
    cells = rows(CORE).get(duty) or rows(NEAR)[duty]
    assert [token for cell in cells for token in _CODE.findall(cell) if not is_there(token)] == []


@pytest.mark.parametrize("line", CLOCKS)
def test_every_clock_is_that_of_the_file(line: str) -> None:
    names, time, _ = (cell.strip() for cell in line.strip("| ").split("|"))
    for token in _CODE.findall(names):
        name, _, task = token.partition(".")
        procedure = procedures().named(name)
        assert procedure is not None, token
        assert procedure.tasks[task].within == time, token


def test_what_the_page_names_beside_its_rows_is_there() -> None:
    named = set(_CODE.findall(PAGE)) - {"complaint.plan", "plan"}
    assert [token for token in sorted(named) if not is_there(token)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "tests/obligations/test_page.py::test_of_nothing", "tests/nowhere.py::test_x", "mailflow/nowhere.py",
        "complaint.nothing", "nothing.plan", "JL-00-00", "nothing", "mailflow nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_noticed(wrong: str) -> None:
    assert not is_there(wrong)
