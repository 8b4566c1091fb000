"""Read the mails of a set as ``mailflow read --json`` does, and score what it says."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from mailflow.cli import main
from tests.understanding.scoring import Score, score

HERE = Path(__file__).parent
SETS = sorted(path.parent for path in (HERE / "sets").glob("*/key.jsonl"))


def read_set(folder: Path, catalogue: Path | None = None) -> Score:
    """Every mail of a folder against its key; the mails are read without any company's settings.

    ``catalogue`` is a file of goods as ``mailflow catalogue import`` takes it.
    """
    mails = sorted((folder / "mails").glob("*.eml"))
    given = [] if catalogue is None else ["--catalogue", str(catalogue)]
    shown = CliRunner().invoke(main, ["read", "--json", *given, *map(str, mails)], env={"MAILFLOW_CONFIG": ""})
    assert shown.exit_code == 0, shown.output
    said = {read["file"]: read for read in map(json.loads, shown.stdout.splitlines())}
    return score(keys_of(folder), said)


def keys_of(folder: Path) -> list[dict[str, Any]]:
    """The key of a set, one object a mail."""
    return [json.loads(line) for line in (folder / "key.jsonl").read_text("utf-8").splitlines()]


def goods_of(folders: Iterable[Path], target: Path) -> Path:
    """A list of goods as the companies of these sets would keep it: the names their mails are about."""
    names: dict[str, None] = {}
    for key in (key for folder in folders for key in keys_of(folder)):
        value = key.get("product")
        names.update(dict.fromkeys([value] if isinstance(value, str) else value or ()))
    with target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("名称",), *((name,) for name in names)])
    return target
