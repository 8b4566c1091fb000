"""``mailflow case``: the story of a case - what was read, done, signed, answered and promised, what comes next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.casework.casefile import TAKEN_OVER
from mailflow.casework.corrections import clean
from mailflow.commands.common import cell, one_line_errors, opened, out, table
from mailflow.commands.contact import contact_words
from mailflow.commands.language import is_english, t
from mailflow.commands.look import AsJson, local, name_of, no_case, print_json, trust_words
from mailflow.commands.words import field_words, kind_words, way_words
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.procedures.model import Procedure

Row = Mapping[str, Any]

STATUS = {
    "open": sentence("open"),
    "closed": sentence("case|closed"),
    "closed_unsatisfied": sentence("case|closed, not satisfied"),
    "void": sentence("void"),
}
STATES = {
    "done": sentence("state|done"),
    "open": sentence("open"),
    "next": sentence("state|next"),
    "later": sentence("later"),
    "skipped": sentence("not needed"),
    "cancelled": sentence("task|cancelled"),
}
_STYLES = {"open": "bold", "next": None, "done": "dim", "cancelled": "dim"}
_SHORT = {"later": sentence("later, if needed: "), "skipped": sentence("not needed: ")}


def case(number: Annotated[str, typer.Argument(metavar="NUMBER", help="case number")], as_json: AsJson = False) -> None:
    """Show one case in full: customer, facts, procedure, records and signatures, answers, promises, mails, journal."""
    from mailflow.procedures.extra import with_extras

    with one_line_errors(), opened() as app:
        wanted = clean(number).upper()
        found = app.lists.case(wanted)
        if found is None:
            no_case(wanted)
        procedure = _procedure(app, found["procedure"])
        if procedure:
            procedure = with_extras(procedure, (row["name"] for row in found["tasks"] if row["current"]))
        found["steps"] = list(steps(procedure, found["tasks"])) if procedure else []
        found["procedure_name"] = procedure.name if procedure else ""
        if as_json:
            print_json(found)
            return
        _head(found, procedure, app)
        _proposals(found)
        _contacts(found)
        _facts(found)
        _steps(found, app)
        _records(found, app)
        _answers(found, procedure, app)
        _promises(found, app)
        _mails(found, app)
        _journal(found, app)


def steps(procedure: Procedure, rows: list[Row]) -> Iterator[dict[str, Any]]:
    """Where every task of a procedure stands: ``done``, ``skipped``, ``open``, ``next`` (it waits for open ones only)
    or ``later``; with its row's id, person, times and outcome where it has begun."""
    current = {row["name"]: row for row in rows if row["current"]}
    finished = {name for name, row in current.items() if row["status"] in ("done", "skipped")}
    for name in procedure.order:
        spec, row = procedure.tasks[name], current.get(name)
        waits = [need for need in spec.needs if need not in finished]
        state = row["status"] if row else "next" if all(need in current for need in waits) else "later"
        yield {
            "name": name, "title": spec.title.zh, "title_en": spec.title.en, "state": state,
            "id": row["id"] if row else None, "role": spec.role, "person": row["person"] if row else "",
            "form": spec.form, "due_at": row["due_at"] if row else None, "done_at": row["done_at"] if row else None,
            "done_by": row["done_by"] if row else "", "outcome": row["outcome"] if row else "", "waits_for": waits,
        }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ parts


def _procedure(app: App, digest: str) -> Procedure | None:
    from mailflow.procedures.model import from_text

    if not digest:
        return None
    with app.ledger.begin(durable=False) as work:
        return from_text(work.procedure_text(digest))


def _head(found: Row, procedure: Procedure | None, app: App) -> None:
    status = t(STATUS[found["status"]]) if found["status"] in STATUS else found["status"]
    out.print(f"{found['number']}  {kind_words(found['kind'])}  {status}  {cell(found['subject'])}", style="bold")
    out.print(t("customer: ") + cell(f"{found['customer']} {found['company']}"))
    if procedure:
        title = procedure.title.of("en" if is_english() else "zh")
        round_ = t(", round {round}", round=found["round"]) if found["round"] > 1 else ""
        severity = f"，{found['severity']}" if found["severity"] else ""
        if found["severity_read"] not in ("", found["severity"]):
            severity += t(" (read: {severity_read})", severity_read=found["severity_read"])
        out.print(t("procedure: ") + f"{title} ({procedure.name} {procedure.version}){round_}{severity}")
    owner = name_of(found["owner"], app.services.desk.staff())
    decided = (
        (t("owner: "), owner), (t("finding: "), found["validity"]),
        (t("instructions: "), found["instructions"]),
    )  # fmt: skip
    for title, words in decided:
        if words:
            out.print(title + cell(words), soft_wrap=True)
    opened_at, closed_at = local(found["opened_at"], app.config.zone), local(found["closed_at"], app.config.zone)
    out.print(t("opened: ") + opened_at + (t("  closed: ") + closed_at if closed_at else ""))
    if found["goes_on_as"]:
        out.print(t("goes on as: ") + cell(found["goes_on_as"]))
    if found["joined"]:
        out.print(t("holds: ") + cell("、".join(found["joined"])))
    out.print(t("folder: ") + found["folder"], soft_wrap=True)


def _proposals(found: Row) -> None:
    """Customers that may be one: a person decides, and says so by correcting the company's name."""
    for row in found["journal"]:
        if row["event"] == "customer.merge_proposed":
            data = json.loads(row["data"]) if isinstance(row["data"], str) else row["data"]
            pair = f"{data['number']} / {data['other']}"
            words = t("may be one customer (same mail domain, other company name, not merged): {pair}", pair=pair)
            out.print(cell(words), style="yellow")


def _contacts(found: Row) -> None:
    """Whose cases these are, and how surely; with what to do about an address nobody proved."""
    for row in found["contacts"]:
        mark = contact_words(row)
        out.print(t("contact: ") + cell(f"{row['name']} {row['address']}".strip()) + f"  {mark}")
    if any(not row["confirmed"] and row["address"] == found["opened_by"] for row in found["contacts"]):
        words = t("to confirm: mailflow contact confirm ADDRESS")
        out.print(words, style="dim")


def _facts(found: Row) -> None:
    shown = table(t("field"), t("value"), t("words"), t("mail"), t("rule"))
    for row in found["findings"]:
        values = (field_words(row["field"]), row["value"], row["words"], row["message_id"], row["rule"])
        shown.add_row(*map(cell, values), style="dim" if row["corrected"] else None)
    for name, fact in found["facts"].items():
        if fact["corrected"]:
            now = "；".join(fact["values"]) or t("(not in the mail)")
            shown.add_row(name, cell(now), t("corrected"), "", cell(fact["by"]), style="bold")
    out.print(shown)


def _steps(found: Row, app: App) -> None:
    if not found["steps"]:
        return
    staff, zone = app.services.desk.staff(), app.config.zone
    language = "en" if is_english() else "zh"
    shown = table(
        t("step"), t("state"), t("task"), t("who"), t("due"), t("done"),
        t("outcome"), t("form"),
    )  # fmt: skip
    for row in found["steps"]:
        if row["state"] in _SHORT:
            continue
        by = row["done_by"] if row["state"] == "done" else row["person"]
        who = name_of(by, staff) or (staff.title(row["role"], language) if row["role"] else "")
        times = local(row["due_at"], zone), local(row["done_at"], zone) if row["state"] == "done" else ""
        title = row["title_en"] if language == "en" else row["title"]
        cells = (title, t(STATES[row["state"]]), row["id"], who, *times, row["outcome"], row["form"])
        shown.add_row(*map(cell, cells), style=_STYLES[row["state"]])
    out.print(shown)
    name = "title_en" if language == "en" else "title"
    for state, short in _SHORT.items():
        if titles := [row[name] for row in found["steps"] if row["state"] == state]:
            out.print(t(short) + cell("、".join(titles)), style="dim", soft_wrap=True)
    past = [row for row in found["tasks"] if not row["current"]]
    if past:
        words = t("{count} more became history by a return or reopening", count=len(past))
        out.print(words, style="dim")


def _records(found: Row, app: App) -> None:

    staff, zone = app.services.desk.staff(), app.config.zone
    for record in found["records"]:
        version = t("version {revision}", revision=record["revision"]) if record["revision"] > 1 else ""
        out.print(
            f"{record['number']} {version}  {cell(record['title'])}  {record['file_name']}  "
            f"sha256 {record['digest'][:16]}…", soft_wrap=True,
        )  # fmt: skip
        for item in found["signatures"]:
            if item["record_id"] != record["id"]:
                continue
            way = way_words(item["way"])
            void = "" if item["current"] else t("(no longer counts)")
            who = item["name"] or name_of(item["person"], staff)
            line = (
                f"   {item['cell']}: {who} {local(item['at'], zone)} {way} {item['copy_name']} {item['evidence_name']}"
            )
            out.print(cell(line).rstrip() + void, style=None if item["current"] else "dim", soft_wrap=True)


def _answers(found: Row, procedure: Procedure | None, app: App) -> None:
    if not found["answers"]:
        return
    zone, staff, language = app.config.zone, app.services.desk.staff(), "en" if is_english() else "zh"
    names = {row["id"]: row["name"] for row in found["tasks"]}
    shown = table(t("answers|field"), t("answers|value"), t("who"), t("time"), t("step"))
    for row in found["answers"]:
        if not row["value"]:
            continue
        field = procedure.fields.get(row["field"]) if procedure else None
        taken = row["field"] == TAKEN_OVER
        title = field.title.of(language) if field else t("taken over by") if taken else row["field"]
        value = name_of(row["value"], staff) if taken else row["value"]
        task = names.get(row["task_id"], "")
        cells = (title, value, name_of(row["actor"], staff), local(row["at"], zone), task)
        shown.add_row(*map(cell, cells))
    out.print(shown)


def _promises(found: Row, app: App) -> None:
    zone = app.config.zone
    for row in found["promises"]:
        due = t(", due ") + local(row["due_at"], zone) if row["due_at"] else ""
        kept = t("kept ") + local(row["kept_at"], zone) if row["kept_at"] else t("promise|open")
        out.print(t("promise") + f" {row['id']}: {cell(row['words'])}{due}  {kept}", soft_wrap=True)


def _mails(found: Row, app: App) -> None:
    zone = app.config.zone
    shown = table(
        t("mail"), t("received"), t("from"), t("trust"), t("subject"),
        t("status"),
    )  # fmt: skip
    for row in found["mails"]:
        at = row["received_at"] or row["arrived_at"] or row["collected_at"]
        state = f"{row['status']} {row['reason']}".strip()
        cells = (row["id"], local(at, zone), row["sender"], trust_words(row["trust"]), row["subject"], state)
        shown.add_row(*map(cell, cells))
    out.print(shown)
    for reply in found["replies"]:
        when = local(reply["sent_at"], zone)
        out.print(
            f"-> {cell(reply['recipient'])}  {reply['status']} {when} {cell(reply['last_error'])}", soft_wrap=True
        )


def _journal(found: Row, app: App) -> None:
    shown = table(t("time"), t("who"), t("event"), t("data"))
    for row in found["journal"]:
        shown.add_row(*map(cell, (local(row["at"], app.config.zone), row["actor"], row["event"], row["data"])))
    out.print(shown)
