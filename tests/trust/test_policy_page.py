"""docs/security.md shows the tables the code decides by."""

from __future__ import annotations

import re
from pathlib import Path

from mailflow.trust.level import Level
from mailflow.trust.policy import STANDINGS, TABLE, Action, Standing

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text("utf-8")


def test_the_page_shows_what_each_level_may_do() -> None:
    head = re.search(r"^\| action \| what it is \| (.+) \|$", PAGE, re.MULTILINE)
    assert head is not None
    levels = [Level(name) for name in head[1].split(" | ")]
    assert levels == list(Level)
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\w+) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)
    shown = {
        Action(name): {level for level, cell in zip(levels, cells, strict=True) if cell == "yes"}
        for name, *cells in rows
    }
    assert {cell for _, *cells in rows for cell in cells} <= {"yes", "no"}
    assert shown == dict(TABLE)


def test_the_page_names_every_level() -> None:
    assert re.findall(r"^\| (authenticated|unverified|failed) \|", PAGE, re.MULTILINE) == list(Level)


def test_the_page_shows_who_does_what_in_a_case() -> None:
    head = re.search(r"^\| in a case \| (.+) \|$", PAGE, re.MULTILINE)
    assert head is not None
    standings = [Standing(name) for name in head[1].split(" | ")]
    assert standings == list(Standing)
    rows = re.findall(r"^\| `(\w+)` \| ((?:yes|no)(?: \| (?:yes|no)){4}) \|$", PAGE, re.MULTILINE)
    shown = {
        Action(name): {who for who, cell in zip(standings, cells.split(" | "), strict=True) if cell == "yes"}
        for name, cells in rows
    }
    assert shown == dict(STANDINGS)


def test_the_page_names_every_standing() -> None:
    assert re.findall(r"^\| (confirmed|sole|opener|colleague|stranger) \|", PAGE, re.MULTILINE) == list(Standing)
