"""``mailflow duties``: what the calendar asks for, how it stands, and the same as a calendar file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, one_line_errors, opened, out, table
from mailflow.commands.language import is_english, t
from mailflow.commands.look import AsJson, print_json

if TYPE_CHECKING:
    from mailflow.duties.standing import Standing

AHEAD = timedelta(days=60)
YEAR = timedelta(days=366)


def duties(
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="from this day on; 60 days back")] = "",
    late: Annotated[bool, typer.Option("--late", help="only late ones")] = False,
    ics: Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="write a year as a calendar file")] = None,
    as_json: AsJson = False,
) -> None:
    """List the duties of the calendar: to come, being done, late, done, and with whom."""
    from mailflow.app import calendar_file
    from mailflow.commands.common import fail
    from mailflow.duties.standing import STATES, events, standings
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        now, office, staff = now_utc(), app.parts.office, app.services.desk.staff()
        today = now.astimezone(staff.calendar.zone).date()
        try:
            first = date.fromisoformat(since) if since else today - AHEAD
        except ValueError:
            fail(t("{day} is no day such as 2026-11-30", day=since), 2)
        in_force = office.duties()
        if ics is not None:
            language = "en" if is_english() else "zh"
            days = events(in_force, staff.calendar, today, today + YEAR, language)
            ics.write_bytes(calendar_file(t("Duties"), days, now))
            out.print(t("{file}: {count} days", file=str(ics), count=len(days)))
            return
        with app.ledger.begin(durable=False) as work:
            lines = work.duty_lines(first)
        found = standings(in_force, lines, staff.calendar, now, today + AHEAD)
        found = [each for each in found if not late or each.state == "late"]
        names = {name: duty.title.of("en" if is_english() else "zh") for name, duty in in_force.by_name.items()}
        if as_json:
            print_json([_plain(each, names) for each in found])
            return
        if not in_force.by_name and not found:
            out.print(t("No duties: rules/duties.yaml is not there, or all are off."))
            return
        shown = table(t("due"), t("duty"), t("period"), t("state"), t("person"), t("case"))
        for each in found:
            person = staff.by_address(each.person)
            cells = (
                each.day.isoformat(), names.get(each.duty, each.duty), each.period, t(STATES[each.state]),
                person.name if person else each.person, each.case_number,
            )  # fmt: skip
            shown.add_row(*map(cell, cells), style="yellow" if each.state == "late" else None)
        out.print(shown)


def _plain(each: Standing, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "duty": each.duty, "title": names.get(each.duty, ""), "period": each.period, "day": each.day.isoformat(),
        "state": each.state, "person": each.person, "case": each.case_number,
    }  # fmt: skip
