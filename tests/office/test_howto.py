"""What the page on staff and calendars shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from mailflow.office.calendar_files import load_calendars
from mailflow.office.staff_file import load_staff

ROOT = Path(__file__).resolve().parents[2]


def test_the_files_shown_are_accepted_beside_the_shipped_ones(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto" / "staff-and-calendar.md").read_text("utf-8")
    people, routes, years = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    office = (ROOT / "rules" / "calendars" / "office.yaml").read_text("utf-8")
    (tmp_path / "office.yaml").write_text(office.replace("years: {}\n", years), "utf-8")
    calendars, problems = load_calendars(tmp_path, ZoneInfo("Asia/Shanghai"))
    assert calendars is not None, problems

    shipped = (ROOT / "rules" / "staff.yaml").read_text("utf-8")
    others = "".join(
        f"  - {{name: {name}, address: p{at}@firm.example}}\n" for at, name in enumerate(["张建国", "王芳"])
    )
    text = shipped.replace("people: []\n", people + others)
    text = text[: text.index("routes:\n")] + routes
    (tmp_path / "staff.yaml").write_text(text, "utf-8")
    staff, problems = load_staff(tmp_path / "staff.yaml", calendars)
    assert staff is not None, problems
    assert [person.name for person in staff.people] == ["李梅", "张建国", "王芳"]
    assert len(staff.routes) == 2
