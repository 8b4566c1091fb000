"""``mailflow ledger``: the ledger of complaints 投诉台账 of a year or month: shown, as form JL-23-04, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.commands.common import cell, err, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, local, name_of, print_json
from mailflow.runtime.private import users_files
from mailflow.sentences.catalogue import sentence, worded

if TYPE_CHECKING:
    from mailflow.app import App

Row = Mapping[str, Any]

FORM = "JL-23-04"

COLUMNS: tuple[tuple[str, str], ...] = (
    ("number", sentence("ledger|number")),
    ("date", sentence("ledger|date")),
    ("opened_at", sentence("ledger|received")),
    ("channel", sentence("ledger|channel")),
    ("customer", sentence("ledger|customer")),
    ("company", sentence("ledger|company")),
    ("product", sentence("ledger|product")),
    ("model", sentence("ledger|model")),
    ("batch", sentence("ledger|batch")),
    ("quantity", sentence("ledger|quantity")),
    ("trouble", sentence("ledger|trouble")),
    ("class", sentence("ledger|class")),
    ("severity", sentence("ledger|severity")),
    ("owner", sentence("ledger|owner")),
    ("instructions", sentence("ledger|instructions")),
    ("department", sentence("ledger|department")),
    ("first_response", sentence("ledger|first response")),
    ("required_by", sentence("ledger|required by")),
    ("validity", sentence("ledger|finding")),
    ("reason", sentence("ledger|reason code")),
    ("result", sentence("ledger|result")),
    ("amount", sentence("ledger|amount")),
    ("satisfied", sentence("ledger|customer's opinion")),
    ("status", sentence("ledger|status")),
    ("round", sentence("ledger|round")),
    ("closed_at", sentence("ledger|closed")),
)
"""The columns of the CSV file: key of a row, heading."""

_SHOWN = (
    "number", "date", "company", "product", "quantity", "trouble", "severity", "owner", "department",
    "first_response", "validity", "result", "satisfied", "status",
)  # fmt: skip
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
BOM = "\ufeff"


def ledger(
    year: Annotated[int | None, typer.Option("--year", min=2000, max=2999, help="this one if left out")] = None,
    month: Annotated[int | None, typer.Option("--month", min=1, max=12, help="the whole year if left out")] = None,
    docx: Annotated[Path | None, typer.Option("--docx", metavar="FILE", help="write form JL-23-04")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="write CSV for Excel")] = None,
    as_json: AsJson = False,
) -> None:
    """Show or write the ledger of complaints of a year or month."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        zone, now = app.config.zone, now_utc()
        chosen = year or now.astimezone(zone).year
        staff = app.services.desk.staff()
        rows = app.lists.complaints(chosen, month or 0, zone=zone)
        for row in rows:
            row["owner"] = name_of(row["owner"], staff)
        if docx is not None:
            write(docx, word_file(app, rows, chosen, month or 0, now))
        if csv_file is not None:
            write(csv_file, csv_text(rows, zone).encode())
        if as_json:
            print_json(rows)
        elif docx is None and csv_file is None:
            _show(rows, zone)


def csv_text(rows: Iterable[Row], zone: tzinfo) -> str:
    """The rows as CSV with a byte order mark; no cell of it is a formula, whoever wrote its words."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([t(heading) for _, heading in COLUMNS])
    for row in rows:
        writer.writerow([harmless(_words(row[key], zone)) for key, _ in COLUMNS])
    return BOM + stream.getvalue()


def harmless(text: str) -> str:
    """A cell that a spreadsheet shows and never calculates."""
    plain = cell(text)
    return f"'{plain}" if text.startswith(_FORMULA) or plain.lstrip().startswith(_FORMULA) else plain


def word_file(app: App, rows: Sequence[Row], year: int, month: int, now: datetime) -> bytes:
    """The ledger as a Word file.  Its number names the period: the same period printed again is the same ledger."""
    from mailflow.records.clean import short
    from mailflow.records.qr import payload

    zone, number = app.config.zone, f"{FORM}-{year}" + (f"-{month:02d}" if month else "")
    fields = {
        "company": app.config.company.name,
        "record_no": number,
        "qr": payload(number, f"{now.astimezone(zone):%Y%m%d}", app.services.desk.secret),
        "period": worded("zh", "{year}-{month}", year=year, month=month)
        if month
        else worded("zh", "year {year}", year=year),
        "count": len(rows),
        "issued_on": now.astimezone(zone).date(),
        "items": [
            {
                "case_no": row["number"],
                "received_at": local(row["opened_at"], zone),
                "customer_name": short(row["company"] or row["customer"], 40),
                "product": short("/".join(filter(None, (row["product"], row["model"]))), 40),
                "batch_no": short(row["batch"], 30),
                "qty_defect": short(row["quantity"], 20),
                "problem": short(row["trouble"], 60),
                "class1": short(row["class"], 30),
                "severity": short(row["severity"], 10),
                "owner_dept": short(row["department"], 20),
                "first_reply": local(row["first_response"], zone) or "/",
                "due": short(_day(row["required_by"]), 20),
                "closed_at": _words(row["closed_at"], zone)[:10] or "/",
                "result": short(row["result"], 60),
                "satisfied": short(row["satisfied"], 20),
            }
            for row in rows
        ],
    }
    return app.parts.forms.fill(FORM, fields)


# ------------------------------------------------------------------------------------------------------------ parts


def _show(rows: Sequence[Row], zone: tzinfo) -> None:
    titles = {key: t(heading) for key, heading in COLUMNS}
    shown = table(*(titles[key] for key in _SHOWN))
    for row in rows:
        shown.add_row(*(cell(_words(row[key], zone)) for key in _SHOWN))
    out.print(shown)
    out.print(t("{count} complaints", count=len(rows)))


def _words(value: Any, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return local(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _day(value: str) -> str:
    """A deadline as a day and time where it is one."""
    return value.replace("T", " ")[:16]


def write(path: Path, content: bytes) -> None:
    """Write a file the user named; ends the command in one line when it cannot be written."""
    try:
        with users_files():
            path.write_bytes(content)
    except OSError as error:
        words = error.strerror
        fail(t("{path} cannot be written: {words} -> check the folder", path=path, words=words), 1)
    err.print(t("written: {path}", path=path), soft_wrap=True)
