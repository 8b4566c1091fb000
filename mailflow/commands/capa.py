"""``mailflow capa``: the ledger of corrective actions, and one that no complaint led to.

The ledger is worked out anew from the cases each time it is shown.  What is opened here enters as a mail of the
colleague who opens it, kept as raw bytes, and is handled like one he sent.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.ledger import BOM, harmless, write
from mailflow.commands.look import AsJson, local, name_of, print_json
from mailflow.commands.note import read_words, take_in, writer_of
from mailflow.sentences.catalogue import sentence, worded

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Address

Row = Mapping[str, Any]

FORM = "JL-8.5-03"
COLUMNS: tuple[tuple[str, str], ...] = (
    ("number", sentence("capa|number")), ("case", sentence("capa|case")), ("opened_at", sentence("capa|opened")),
    ("source", sentence("capa|source")), ("company", sentence("capa|company")), ("product", sentence("capa|product")),
    ("model", sentence("capa|model")), ("batch", sentence("capa|batch")), ("fact", sentence("capa|fact")),
    ("department", sentence("capa|department")), ("action", sentence("capa|action")),
    ("preventive", sentence("capa|preventive action")), ("owner", sentence("capa|owner")),
    ("due", sentence("capa|due")), ("done_at", sentence("capa|done")), ("verified_at", sentence("capa|verified")),
    ("effect", sentence("capa|effect")), ("status", sentence("capa|status")), ("closed_at", sentence("capa|closed")),
)  # fmt: skip
"""The columns of the written tables: key of a row, heading."""
STATUS: Mapping[str, str] = {
    "planned": sentence("capa|being planned"), "doing": sentence("capa|being carried out"),
    "checking": sentence("capa|effect being checked"), "closing": sentence("capa|to be closed"),
    "closed": sentence("capa|is closed"), "none": sentence("capa|none needed"),
}  # fmt: skip
_SHOWN = ("number", "case", "source", "product", "fact", "department", "owner", "due", "done_at", "effect", "status")


def list_(
    only_open: Annotated[bool, typer.Option("--open", help="only those not closed")] = False,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2999, help="opened in it; all if left out")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="write an Excel workbook")] = None,
    docx: Annotated[Path | None, typer.Option("--docx", metavar="FILE", help="write form JL-8.5-03")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="write CSV for Excel")] = None,
    as_json: AsJson = False,
) -> None:
    """Show or write the ledger of corrective actions."""
    from mailflow.app import sheet
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        zone, now = app.config.zone, now_utc()
        staff = app.services.desk.staff()
        rows = app.lists.actions(now=now, open_only=only_open)
        rows = [row for row in rows if year is None or row["opened_at"].astimezone(zone).year == year]
        for row in rows:
            row["owner"] = name_of(row["owner"], staff)
        headings = [t(heading) for _, heading in COLUMNS]
        if xlsx is not None:
            cells = [[_cell(key, row[key], zone) for key, _ in COLUMNS] for row in rows]
            write(xlsx, sheet(t("Ledger of corrective actions"), headings, cells))
        if docx is not None:
            write(docx, word_file(app, rows, year, now))
        if csv_file is not None:
            write(csv_file, csv_text(headings, rows, zone).encode())
        if as_json:
            print_json(rows)
        elif xlsx is None and docx is None and csv_file is None:
            _show(rows, zone)


def open_(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="a file with the facts; - for stdin")],
    about: Annotated[str, typer.Option("--about", metavar="WORDS", help="what it is about, in one line")],
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="who opens it; must have the role")],
    where: Annotated[str, typer.Option("--source", metavar="WORDS", help="what led to it: survey, visit ...")] = "",
    product: Annotated[str, typer.Option("--product", help="the goods")] = "",
    batch: Annotated[str, typer.Option("--batch", help="the batch")] = "",
) -> None:
    """Open a corrective action that no complaint led to; it is kept and handled like a mail of who opens it."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        words = read_words(source)
        with opened() as app:
            now, writer = now_utc(), writer_of(app, by)
            said = ((worded("zh", "capa|source"), where), (worded("zh", "capa|product"), product),
                    (worded("zh", "capa|batch"), batch))  # fmt: skip
            raw = _mail(app, writer, about, [(label, cell(value)) for label, value in said if value], words, now)
            outcomes = take_in(app, raw, now, now)
            if outcomes is None:
                return
            mine = next((item for item in reversed(outcomes) if item.reason in ("capa", "refused")), None)
            if mine is None or mine.case is None or mine.reason != "capa":
                fail(t("kept, but nothing was opened: who opens it must have one of the roles for it"), 5)
            out.print(t("opened {case}", case=mine.case.number), style="bold")


def csv_text(headings: Sequence[str], rows: Sequence[Row], zone: tzinfo) -> str:
    """The rows as CSV with a byte order mark; no cell of it is a formula, whoever wrote its words."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([harmless(str(_cell(key, row[key], zone))) for key, _ in COLUMNS])
    return BOM + stream.getvalue()


def word_file(app: App, rows: Sequence[Row], year: int | None, now: datetime) -> bytes:
    """The ledger as form JL-8.5-03.  Its number names the period: the same printed again is the same ledger."""
    from mailflow.records.clean import short
    from mailflow.records.qr import payload

    zone = app.config.zone
    number = f"{FORM}-{year or 'all'}"
    items = [
        {
            "capa_no": short(row["number"], 30), "case_no": row["case"], "source": short(row["source"], 20),
            "product": short("/".join(filter(None, (row["product"], row["model"]))), 40),
            "fact": short(" ".join(row["fact"].split()), 80), "owner_dept": short(row["department"], 20),
            "action": short(" ".join(row["action"].split()), 80), "owner": short(row["owner"], 20),
            "due": short(row["due"], 10) or "/", "done": _day(row["done_at"], zone) or "/",
            "effect": short(row["effect"], 10) or "/", "status": worded("zh", STATUS[row["status"]]),
        }
        for row in rows
    ]  # fmt: skip
    fields = {
        "company": app.config.company.name, "record_no": number,
        "qr": payload(number, f"{now.astimezone(zone):%Y%m%d}", app.services.desk.secret),
        "period": worded("zh", "year {year}", year=year) if year else worded("zh", "capa|all"),
        "count": len(rows), "issued_on": now.astimezone(zone).date(), "items": items,
    }  # fmt: skip
    return app.parts.forms.fill(FORM, fields)


# ------------------------------------------------------------------------------------------------------------ parts


def _show(rows: Sequence[Row], zone: tzinfo) -> None:
    titles = {key: t(heading) for key, heading in COLUMNS}
    shown = table(*(titles[key] for key in _SHOWN))
    for row in rows:
        style = "red" if row["late"] else ""
        shown.add_row(*(cell(str(_cell(key, row[key], zone)))[:60] for key in _SHOWN), style=style)
    out.print(shown)
    out.print(
        t("{count} corrective actions, {late} past their day", count=len(rows), late=sum(r["late"] for r in rows))
    )


def _cell(key: str, value: Any, zone: tzinfo) -> str | int | date:
    if key == "status":
        return t(STATUS[value])
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    if key == "due" and value:
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    return "" if value is None else str(value)


def _day(value: datetime | None, zone: tzinfo) -> str:
    return local(value, zone)[:10] if value else ""


def _mail(app: App, writer: Address, about: str, said: Sequence[tuple[str, str]], words: str, now: datetime) -> bytes:
    """What is opened, as a mail of the colleague who opens it."""
    from mailflow.outgoing.compose import new_message_id

    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = formataddr((writer.name, writer.address)), min(app.config.own_addresses)
    mail["Subject"] = f"{worded('zh', 'open a corrective action')}：{cell(about).replace(chr(10), ' ').strip()[:200]}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{new_message_id(writer.address.rpartition('@')[2], now, 'capa-' + uuid.uuid4().hex)}>"
    lines = "\n".join(f"{label}：{value}" for label, value in said)
    mail.set_content(f"{lines}\n{words.strip()}\n".lstrip(), cte="base64")
    return mail.as_bytes()
