"""A home with people in it for the command line: one complaint and one inquiry were worked off, and a signed sheet."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import segno
from PIL import Image, ImageDraw

from mailflow.records.qr import payload
from tests.commands.corrections.conftest import COMPLAINT, Home, letter
from tests.flow.staffed import STAFF

SETTINGS = """\
company:
  name: 示例阀门有限公司
  domains: [firm.example]
mailboxes:
  - {{name: service, type: folder, path: inbox, addresses: [service@firm.example]}}
casework: {{pdf: false}}
templates: {templates}
"""
CASE, INQUIRY = "TS-2026-0001", "ZX-2026-0001"
RECORD = "JL-23-01-2026-0001"


def lay_out(folder: Path, rules: Path, templates: Path) -> Home:
    """A home whose rules are the shipped ones with our staff, and whose two mails are worked off."""
    own = folder / "rules"
    own.mkdir(parents=True)
    for path in rules.iterdir():
        if path.name != "staff.yaml":
            (own / path.name).symlink_to(path)
    (own / "staff.yaml").write_text(STAFF, "utf-8")
    (folder / "mailflow.yaml").write_text(SETTINGS.format(templates=templates), "utf-8")
    home = Home(folder)
    question = "请问贵公司有没有适合80度热水的球阀？想要一份产品样本。谢谢！"
    home.take_in(
        letter(COMPLAINT, subject="投诉：球阀漏水", sender="wangq@hechuan.example", number=1, name="王强"),
        letter(question, subject="咨询热水阀门", sender="li@jinhui.example", number=2),
    )
    return home


def task(home: Home, name: str, case: str = CASE) -> int:
    """The row of a case's open task."""
    (found,) = [row["id"] for row in home.data("tasks", case) if row["name"] == name]
    return int(found)


def rows(home: Home, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the ledger."""
    with closing(sqlite3.connect(home.storage / "ledger.db")) as connection:
        return connection.execute(question, values).fetchall()


def events(home: Home, event: str) -> list[str]:
    """Who did what is called so in the journal, in order."""
    return [actor for (actor,) in rows(home, "SELECT actor FROM journal WHERE event = ? ORDER BY id", event)]


def sheet(home: Home, path: Path, record: str = RECORD, version: str = "1") -> Path:
    """A scanned page with handwriting and the QR code of a record."""
    picture = Image.new("L", (1240, 1754), 255)
    if record:
        stream = io.BytesIO()
        code = payload(record, version, (home.storage / "secret.key").read_bytes())
        segno.make(code, error="q").save(stream, kind="png", scale=8)
        stream.seek(0)
        picture.paste(Image.open(stream).convert("L"), (700, 90))
    ImageDraw.Draw(picture).line([(100, 900), (500, 950), (300, 870)], fill=40, width=6)
    picture.save(path, quality=70)
    return path
