"""Every duty once in every period: ``python -m bench.duties [--years 2026,2027] [--restart-every 7] [--workers 2]``.

Two workers look at the calendar at the same time on every day of the years, start anew every so many days, and stand
still for two weeks of each year; the clock is set back once.  2027 has a calendar of its own, written for this run.
What was opened is compared with what the rules say, counted here month by month without the recurrence library.  Exit
code 1 when anything was missed or came twice, or a day is not worked.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailflow.app import App, open_app
from mailflow.backoffice import make_reporting
from mailflow.scheduled.calendar_work import begin_duties, owners
from mailflow.settings.config import Company, Config, MailboxSettings
from tests.flow.staffed import STAFF

ZONE = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).resolve().parent.parent
YEAR_2027 = """
years:
  2027:
    holidays: ["2027-01-01..2027-01-03", "2027-02-05..2027-02-11", "2027-04-03..2027-04-05", "2027-05-01..2027-05-05",
               "2027-06-09..2027-06-09", "2027-09-15..2027-09-17", "2027-10-01..2027-10-07"]
    workdays: ["2027-02-20", "2027-09-19", "2027-10-09"]
"""


def main() -> int:
    """Run and compare; prints what was seen."""
    parser = argparse.ArgumentParser(prog="bench.duties", description=__doc__)
    parser.add_argument("--years", default="2026,2027")
    parser.add_argument("--restart-every", type=int, default=7, metavar="DAYS")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    years = [int(item) for item in given.years.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        config = _home(Path(folder))
        days = [
            date(years[0], 1, 1) + timedelta(days=n)
            for n in range((date(years[-1] + 1, 1, 1) - date(years[0], 1, 1)).days)
        ]
        looks = [day for day in days if not _stands_still(day)]
        opened, slowest = 0, 0.0
        for start in range(0, len(looks), given.restart_every):
            with contextlib.ExitStack() as stack:
                apps = [stack.enter_context(open_app(config)) for _ in range(given.workers)]
                for day in looks[start : start + given.restart_every]:
                    count, seconds = _look(
                        apps, datetime(day.year, day.month, day.day, 18, tzinfo=ZONE).astimezone(UTC)
                    )
                    opened, slowest = opened + count, max(slowest, seconds)
                if start == 0 or day == looks[-1]:
                    _look(apps, datetime(years[0], 1, 2, 9, tzinfo=ZONE).astimezone(UTC))  # the clock is set back
        return _compare(config, looks, opened, slowest)


# ------------------------------------------------------------------------------------------------------------ parts


def _home(folder: Path) -> Config:
    rules = folder / "rules"
    rules.mkdir()
    (rules / "staff.yaml").write_text(STAFF, "utf-8")
    (rules / "calendars").mkdir()
    office = (ROOT / "rules" / "calendars" / "office.yaml").read_text("utf-8")
    (rules / "calendars" / "office.yaml").write_text(office.replace("years: {}", YEAR_2027.strip()), "utf-8")
    for name in ("exclusion.yaml", "reading", "duties.yaml"):
        (rules / name).symlink_to(ROOT / "rules" / name)
    password = folder / "password"
    password.write_text("secret")
    box = MailboxSettings(name="service", host="127.0.0.1", username="a@firm.example", password_file=password)
    return Config(
        company=Company(name="Example", domains=("firm.example",)), mailboxes=(box,), storage=folder / "storage",
        rules=rules, templates=ROOT / "templates",
    )  # fmt: skip


def _stands_still(day: date) -> bool:
    return (day.month, day.day) in {(month, n) for month in (4, 9) for n in range(1, 8)}


def _look(apps: list[App], now: datetime) -> tuple[int, float]:
    """All workers look at once; how many cases they opened, and how long the slowest look took."""
    found: list[tuple[int, float]] = []

    def work(app: App) -> None:
        begun = time.perf_counter()
        made = make_reporting(app.parts.office, app.services.desk, app.config, app.reports)
        count = begin_duties(app.services.desk, app.ledger, app.vault, app.parts.office.duties(), now, made=made)
        found.append((count, time.perf_counter() - begun))

    threads = [threading.Thread(target=work, args=(app,)) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) != len(apps):
        sys.exit("a worker broke, see above")
    return sum(count for count, _ in found), max(seconds for _, seconds in found)


def _compare(config: Config, looks: list[date], opened: int, slowest: float) -> int:
    with open_app(config) as app:
        duties, staff = app.parts.office.duties(), app.services.desk.staff()
        with app.ledger.begin(durable=False) as work:
            lines = work.duty_lines(date(2000, 1, 1))
        seen = Counter((line.duty, line.period, line.person) for line in lines)
        wanted: Counter[tuple[str, str, str]] = Counter()
        first, last = looks[0], looks[-1]
        for due in duties.due(staff.calendar, first, last + timedelta(days=120)):
            begins = due.begins.astimezone(ZONE)
            if (
                datetime(first.year, first.month, first.day, 18, tzinfo=ZONE)
                < begins
                <= datetime(last.year, last.month, last.day, 18, tzinfo=ZONE)
            ):
                for person in owners(due, staff, due.begins):
                    wanted[due.duty.name, due.occasion.period, person.address if person and due.duty.each else ""] += 1
        twice = [key for key, count in seen.items() if count > 1]
        missed, extra = wanted - seen, seen - wanted
        off = [line for line in lines if not staff.calendar.working_day(line.day)]
        uneven = [
            words
            for name, duty in duties.by_name.items()
            for words in _gaps(name, duty.recurrence.period, duty.recurrence.rule, seen)
        ]
        looked = f"{len(looks)} days looked at, {opened} cases opened, {len(seen)} periods"
        print(f"{looked}; slowest look {slowest * 1000:.0f} ms")
        wrong = f"missed {sum(missed.values())}, twice {len(twice)}, not wanted {sum(extra.values())}"
        print(f"{wrong}, on days off {len(off)}, gaps {len(uneven)}")
        for words in [*map(str, missed), *map(str, twice), *map(str, extra), *uneven]:
            print(words)
        return 1 if missed or twice or extra or off or uneven or opened != len(lines) else 0


def _gaps(name: str, period: str, rule: str, seen: Counter[tuple[str, str, str]]) -> Iterator[str]:
    """Periods left out between the first and the last one of a duty, counted without the recurrence library."""
    found = sorted({key[1] for key in seen if key[0] == name})
    if not found:
        yield f"{name}: never"
        return
    parts = dict(part.split("=") for part in rule.split(";"))
    months = [int(month) for month in parts.get("BYMONTH", ",".join(map(str, range(1, 13)))).split(",")]
    if period == "month" and len(months) == 12:
        between = (int(found[-1][:4]) - int(found[0][:4])) * 12 + int(found[-1][5:]) - int(found[0][5:]) + 1
    elif period == "quarter":
        between = (int(found[-1][:4]) - int(found[0][:4])) * 4 + int(found[-1][6]) - int(found[0][6]) + 1
    elif period == "year":
        between = int(found[-1]) - int(found[0]) + 1
    else:
        between = len([1 for year in range(int(found[0][:4]), int(found[-1][:4]) + 1) for month in months
                       if found[0] <= f"{year}-{month:02}" <= found[-1]])  # fmt: skip
    if between != len(found):
        yield f"{name}: {len(found)} of {between} periods from {found[0]} to {found[-1]}"


if __name__ == "__main__":
    sys.exit(main())
