"""``mailflow report``: the managers' report of a period: shown, explained, written into a file, sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, err, fail, one_line_errors, opened, out
from mailflow.commands.language import language, t
from mailflow.runtime.private import users_files

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.office.staff import Staff
    from mailflow.reports.page import Reader, Report
    from mailflow.scheduled.report import Made, Reporting

SUFFIXES = (".html", ".txt", ".xlsx", ".docx")
_LAST = "last"


def report(
    day: Annotated[str, typer.Option("--day", metavar="DAY", help="of a day, such as 2026-11-02, or: last")] = "",
    week: Annotated[str, typer.Option("--week", metavar="WEEK", help="of a week, such as 2026-W45, or: last")] = "",
    month: Annotated[str, typer.Option("--month", metavar="MONTH", help="of a month, such as 2026-10, or: last")] = "",
    quarter: Annotated[
        str, typer.Option("--quarter", metavar="QUARTER", help="of a quarter, such as 2026-Q4, or: last")
    ] = "",
    year: Annotated[str, typer.Option("--year", metavar="YEAR", help="of a year, such as 2026, or: last")] = "",
    reader: Annotated[str, typer.Option("--for", metavar="NAME", help="as this person or department sees it")] = "",
    file: Annotated[
        Path | None, typer.Option("--open", metavar="FILE", help="write it: .html, .txt, .xlsx or .docx")
    ] = None,
    figure: Annotated[
        str, typer.Option("--explain", metavar="FIGURE", help="what a figure means, its numbers and its cases")
    ] = "",
    form: Annotated[
        str, typer.Option("--form", metavar="CODE", help="write this form: JL-23-16 feedback, JL-23-17 by product")
    ] = "",
    send: Annotated[bool, typer.Option("--send", help="send it to everybody who gets it, each once")] = False,
) -> None:
    """Show the managers' report of a period; without one, the daily summary."""
    asked = {"day": day, "week": week, "month": month, "quarter": quarter, "year": year}
    given = {kind: name for kind, name in asked.items() if name}
    if len(given) > 1:
        fail(t("name one period, not several: {names}", names=", ".join(f"--{kind}" for kind in given)))
    if file is not None and file.suffix.lower() not in SUFFIXES:
        fail(t("{file}: a report is written as {suffixes}", file=file, suffixes=", ".join(SUFFIXES)))
    _check_form(form)
    if not given:
        _summary(reader, file, figure, send)
        return
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        made, now = _reporting(app), now_utc()
        period = _period(*next(iter(given.items())), made, now)
        who = _reader(reader, made.maker.staff(), now.astimezone(app.config.zone))
        if send:
            _send(app, made, period, now, [who] if reader else None)
        elif figure:
            _explain(made.maker.make(period, who, language(), now), figure)
        elif file is not None:
            _write(file, made.make_report(period, who, made.language, now, form=form))
        else:
            from mailflow.reports.plain import text_of

            shown, _ = made.report(period, who, language(), now)
            out.print(cell_lines(text_of(shown)), soft_wrap=True)


# ------------------------------------------------------------------------------------------------------------ parts


def cell_lines(text: str) -> str:
    """Lines fit for the terminal."""
    return "\n".join(map(cell, text.splitlines()))


def _check_form(form: str) -> None:
    from mailflow.reports.records import FORMS

    if form and form not in FORMS:
        fail(t("{form} is no form of a report -> one of: {names}", form=form, names=", ".join(FORMS)))


def _summary(reader: str, file: Path | None, figure: str, send: bool) -> None:
    """Without a period: what the daily summary has not told yet."""
    from mailflow.commands.summary import summary

    if reader or figure or send:
        fail(t("name a period, such as --month 2026-10"))
    if file is not None and file.suffix.lower() != ".html":
        fail(t("{file}: the daily summary is written as .html", file=file))
    summary(day="", html=file)


def _reporting(app: App) -> Reporting:
    from mailflow.backoffice import make_reporting

    return make_reporting(app.parts.office, app.services.desk, app.config, app.reports)


def _period(kind: str, name: str, made: Reporting, now: datetime) -> str:
    from mailflow.duties.recurrence import kind_of
    from mailflow.reports.span import last_closed

    if name == _LAST:
        return last_closed(kind, now, made.maker.zone)
    try:
        if kind_of(name.upper()) != kind:
            fail(t("{name} is no {kind}: write it as in --help", name=name, kind=f"--{kind}"))
        made.maker.spans(name.upper(), now)
    except ValueError as error:
        fail(t("{name}: {words}", name=name, words=error))
    return name.upper()


def _reader(name: str, staff: Staff, today: datetime) -> Reader:
    """Whose view it is: somebody who gets reports, or a department; without a name all of it."""
    from mailflow.reports.make import head_of, readers
    from mailflow.reports.page import Reader

    if not name:
        return Reader()
    if (person := staff.by_name(name)) is not None:
        found = next((each for each in readers(staff, today.date()) if each.address == person.address), None)
        return found or fail(t("{name} gets no reports: neither a role that does nor head of a department", name=name))
    if (department := staff.department(name)) is not None:
        return head_of(staff, department.name)
    return fail(t("{name}: nobody and no department in rules/staff.yaml has this name", name=name))


def _explain(shown: Report, figure: str) -> None:
    from mailflow.reports.explain import explained, known
    from mailflow.reports.words import NAMES

    key = known(figure, language())
    if not key:
        fail(t("{figure} is no figure -> one of: {names}", figure=figure, names=", ".join(NAMES)))
    for line in explained(shown, key):
        out.print(cell(line), soft_wrap=True)


def _write(file: Path, made: Made) -> None:
    content = {".html": made.html.encode(), ".txt": made.text.encode(), ".xlsx": made.xlsx, ".docx": made.docx}
    found = content[file.suffix.lower()]
    if not found:
        fail(t("there is no Word form for this kind of period"))
    try:
        with users_files():
            file.write_bytes(found)
    except OSError as error:
        fail(t("{path} cannot be written: {words} -> check the folder", path=file, words=error.strerror), 1)
    err.print(t("written: {path}", path=file), soft_wrap=True)


def _send(app: App, made: Reporting, period: str, now: datetime, to: list[Reader] | None) -> None:
    from mailflow.scheduled.report import send

    if to is not None and not to[0].address:
        fail(t("nobody is head of this department: name a person"))
    done = send(made, app.services.desk, app.ledger, period, now, to=to)
    if not (done.queued or done.before or done.failed):
        fail(t("nobody gets reports -> give somebody the role manager in rules/staff.yaml"), 5)
    out.print(t("{count} mails queued; {before} had it before", count=done.queued, before=done.before))
    for name, why in done.failed:
        err.print(t("not made for {name}: {why}", name=cell(name), why=cell(why)), style="red", soft_wrap=True)
    if done.failed:
        raise typer.Exit(1)
