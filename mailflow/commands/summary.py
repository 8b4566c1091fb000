"""``mailflow summary``: the managers' summary in the terminal, or into an HTML file; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from mailflow.commands.common import cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t
from mailflow.runtime.private import users_files

if TYPE_CHECKING:
    from mailflow.casework.summary.page import Page
    from mailflow.casework.summary.page import Table as PageTable


def summary(
    day: Annotated[str, typer.Option("--date", help="of which day, such as 2026-11-23")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="write an HTML file instead")] = None,
) -> None:
    """Show what the managers' summary would tell now, or what it told of a day; tasks and counts are as of now."""
    from mailflow.backoffice import make_digest
    from mailflow.casework.summary.mail import page_html

    with one_line_errors(), opened() as app:
        made = make_digest(app.parts.office, app.services.desk, app.config, app.summaries)
        now = datetime.now(app.config.zone)
        period = made.period(_day(day, now.date()), now) if day else made.coming(now)
        page = made.page(period, now)
        if html is not None:
            with users_files():
                html.write_text(page_html(page, paper=made.paper)[1], "utf-8")
            out.print(t("written: {html}", html=html), soft_wrap=True)
            return
        show(page, made.paper.templates.labels(made.paper.language, "words"))


# ------------------------------------------------------------------------------------------------------------ parts


def show(page: Page, words: Mapping[str, str]) -> None:
    """Print a page; ``words`` are those of ``labels.txt``."""
    out.print(cell(page.subject), style="bold")
    out.print(t("period: {since} to {until}; as of: {as_of}", since=page.since, until=page.until, as_of=page.as_of))
    for section in page.sections:
        said = section.headline if section.tables else section.nothing
        alarm = f" {words['alarm']}" if section.alarm else ""
        style = "bold red" if section.alarm else "bold" if section.tables else "dim"
        out.print()
        out.print(cell(f"{section.number}. {section.title}{words['colon']}{said}{alarm}"), style=style, soft_wrap=True)
        for table in section.tables:
            out.print(_table(table))
            if table.left_out:
                out.print(words["left_out"].replace("{count}", str(table.left_out)))
        for note in section.notes:
            out.print(cell(note), style="dim", soft_wrap=True)
        if section.tables and section.command:
            out.print(words["command"] + section.command, style="dim", soft_wrap=True)
    if page.anchor:
        out.print(t("\nanchor of the journal: ") + page.anchor, soft_wrap=True)


def _table(table: PageTable) -> Table:
    shown = Table(expand=False, show_footer=bool(table.total))
    figures = len(table.columns) - table.numbers
    for place, column in enumerate(table.columns):
        footer = cell(table.total[place]) if table.total else ""
        shown.add_column(cell(column), footer=footer, justify="right" if place >= figures else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(cell, row.cells), style="red" if row.alarm else None)
    return shown


def _day(text: str, today: date) -> date:
    """The day that was typed; it is not in the future."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        fail(t("{text!r} is not a day such as 2026-11-23", text=text))
    if found > today:
        fail(t("{text} is yet to come", text=text))
    return found
