"""Regular expressions say what they mean: no backslash too many, no alternative twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
# Two backslashes before a letter or before a $ that ends nothing: the text would have to hold a backslash.
DOUBLED = re.compile(r"(?<!\\)\\\\(?:[A-Za-z]|\$(?!$|[)|]))")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_OPENING = re.compile(r"\?(?:[:>=!]|<[=!]|P<\w+>|[a-z]+(?:-[a-z]+)?:)")


def groups(pattern: str) -> Iterator[list[str]]:
    """The alternatives of each group, and of what stands outside all of them; a piece of a pattern will do."""
    open_groups = [[""]]
    for token in _TOKEN.findall(pattern):
        if token == "(":
            open_groups.append([""])
        elif token == "|":
            open_groups[-1].append("")
        elif token == ")" and len(open_groups) > 1:
            inner = open_groups.pop()
            open_groups[-1][-1] += f"({'|'.join(inner)})"
            inner[0] = _OPENING.sub("", inner[0], count=1)
            yield inner
        else:
            open_groups[-1][-1] += token
    yield from open_groups


def twice(pattern: str) -> list[str]:
    """Alternatives that stand twice in one group; blank ones belong to printed tables."""
    return [each for group in groups(pattern) for each in sorted(set(group)) if each.strip() and group.count(each) > 1]


def written(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module but its docstrings, with its line; what an f-string fills in stands as its expression."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inside.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            inside.update(map(id, node.values))
            parts = (each.value if isinstance(each, ast.Constant) else f"<{ast.unparse(each)}>" for each in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def shapes(data: Any, key: str = "") -> Iterator[str]:
    """The regular expressions of a file of rules."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from shapes(value, str(name))
    elif isinstance(data, list):
        for value in data:
            yield from shapes(value, key)
    elif isinstance(data, str) and key in ("shapes", "regex"):
        yield data


def patterns() -> Iterator[tuple[str, str]]:
    """Every text that may be a pattern, with where it stands."""
    for path in sorted((ROOT / "mailflow").rglob("*.py")):
        for line, text in written(ast.parse(path.read_text("utf-8"))):
            yield f"{path.relative_to(ROOT)}:{line}", text
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        for text in shapes(yaml.safe_load(path.read_text("utf-8"))):
            yield str(path.relative_to(ROOT)), text


def test_no_pattern_has_a_backslash_too_many() -> None:
    found = [(place, text) for place, text in patterns()]
    assert len([text for place, text in found if place.startswith("rules")]) > 300
    assert [f"{place}: {match[0]}" for place, text in found for match in DOUBLED.finditer(text)] == []


def test_no_alternative_stands_twice_in_a_group() -> None:
    assert [f"{place}: {each}" for place, text in patterns() if "|" in text for each in twice(text)] == []


@pytest.mark.parametrize("pattern", [r"\\bok\\b", r"(?<!\\$ )\d", r"a\\d"])
def test_a_doubled_backslash_is_seen(pattern: str) -> None:
    assert DOUBLED.search(pattern)


@pytest.mark.parametrize("pattern", [r"\\.", r"[^\\\s]", r"(?:\"|\\?$)", r"\\(.)", r"a\\$|b", r"\b\$ 12"])
def test_a_backslash_that_is_meant_is_left_alone(pattern: str) -> None:
    assert not DOUBLED.search(pattern)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a|b|a", ["a"]),
        (r"(?:x|y(?=p|q|p))", ["p"]),
        (r"(?P<name>ab|[|]|ab)\|ab", ["ab"]),
        (r"(?i:a(?:b|c)|d|a(?:b|c))", ["a(?:b|c)"]),
        ("<UNITS>|kg|<UNITS>", ["<UNITS>"]),
        ("(?:a|b)(?:a|b)|a|b", []),
        (r"a|[a|a]|\(a\||a\)", []),
        ("| a | | |", []),
    ],
)
def test_an_alternative_that_stands_twice_is_seen(pattern: str, found: list[str]) -> None:
    assert twice(pattern) == found
