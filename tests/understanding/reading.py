"""Read the mails of a set as ``mailflow read --json`` does, and score what it says."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from mailflow.cli import main
from tests.understanding.scoring import Score, score

HERE = Path(__file__).parent
SETS = sorted(path.parent for path in (HERE / "sets").glob("*/key.jsonl"))


def read_set(folder: Path) -> Score:
    """Every mail of a folder against its key; the mails are read without any company's settings."""
    mails = sorted((folder / "mails").glob("*.eml"))
    shown = CliRunner().invoke(main, ["read", "--json", *map(str, mails)], env={"MAILFLOW_CONFIG": ""})
    assert shown.exit_code == 0, shown.output
    said = {read["file"]: read for read in map(json.loads, shown.stdout.splitlines())}
    keys = [json.loads(line) for line in (folder / "key.jsonl").read_text("utf-8").splitlines()]
    return score(keys, said)
