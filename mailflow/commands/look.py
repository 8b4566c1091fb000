"""``mailflow cases``, ``records`` and ``held``: what is there, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.table import Table

from mailflow.casework.corrections import clean
from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import in_words, is_english, t
from mailflow.commands.words import kind_words
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from mailflow.office.staff import Staff

TRUST = {
    "authenticated": sentence("authenticated"),
    "unverified": sentence("unverified"),
    "failed": sentence("trust|failed"),
}
HELD = {
    "oversize": sentence("too large"),
    "unreadable": sentence("cannot be read"),
    "damaged": sentence("original missing or damaged"),
    "error": sentence("program error"),
    "failed": sentence("failed again and again"),
    "storage": sentence("storage trouble"),
    "altered_form": sentence("returned form was altered"),
    "unreadable_scan": sentence("scan cannot be read"),
    "unknown_address": sentence("task answered from an unknown address"),
    "failed_sender": sentence("sender of a continuation failed the checks"),
    "kind_doubt": sentence("its kind is in doubt"),
    "storm": sentence("more mail than an hour bears"),
    "foreign_sent": sentence("a mail among those sent that is not from us"),
    "perhaps_automatic": sentence("it says only that somebody is away; a machine may have written it"),
}
"""Why a mail is held."""

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def cases(
    kind: Annotated[str, typer.Option(help="only this kind, such as complaint")] = "",
    customer: Annotated[str, typer.Option(help="customer number or name")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10000, help="at most")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest cases."""
    with one_line_errors(), opened() as app:
        rows = app.lists.cases(kind=kind, customer=customer, limit=limit)
        staff = app.services.desk.staff()
        for row in rows:
            row["owner"] = name_of(row["owner"], staff)
        if as_json:
            print_json(rows)
            return
        shown = table(
            t("case"), t("kind"), t("severity"), t("finding"), t("owner"),
            t("customer"), t("subject"), t("opened"), t("mails"), t("record"),
        )  # fmt: skip
        for row in rows:
            name = f"{row['customer']} {row['company']}".strip()
            opened_at = local(row["opened_at"], app.config.zone)
            decided = row["severity"], row["validity"], row["owner"]
            told = name, row["subject"], opened_at, row["mails"], row["record"]
            shown.add_row(*map(cell, (row["number"], _kind(row), *decided, *told)))
        out.print(shown)


def records(
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="only of this case")] = "",
    unsigned: Annotated[bool, typer.Option("--unsigned", help="only those somebody must sign or fill now")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10000, help="at most")] = 50,
    as_json: AsJson = False,
) -> None:
    """List records in their newest version: who signed, who must still sign."""
    with one_line_errors(), opened() as app:
        number = clean(case).upper()
        rows = app.lists.records(case=number, unsigned=unsigned, limit=limit)
        if number and not rows and app.lists.case(number) is None:
            no_case(number)
        if as_json:
            print_json(rows)
            return
        staff, zone, language = app.services.desk.staff(), app.config.zone, "en" if is_english() else "zh"
        shown = table(
            t("record"), t("record|version"), t("title"), t("case"), t("customer"),
            t("signed"), t("missing"),
        )  # fmt: skip
        for row in rows:
            signed = [f"{item['name']} {local(item['at'], zone)}" for item in row["signed"]]
            missing = []
            for item in row["missing"]:
                person = staff.by_address(item["person"])
                missing.append(person.name if person else item["person"] or staff.title(item["role"], language))
            customer = f"{row['customer']} {row['company']}".strip()
            cells = (row["number"], row["revision"], row["title"], row["case"], customer)
            shown.add_row(*map(cell, cells), cell("；".join(signed)), cell("；".join(dict.fromkeys(missing))))
        out.print(shown)


def held(as_json: AsJson = False) -> None:
    """List the mails that wait for a person, with the reason."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        rows, unsure, piles = app.lists.held(), app.lists.unsure(), app.lists.piles()
        missing = app.lists.left_out()
        if as_json:
            print_json([*piles, *rows, *({"id": None, "reason": "not_given", **row} for row in missing)])
            return
        when = _Deadlines(app.services.desk.staff(), app.config.zone, now_utc())
        shown = table(
            "ID",
            t("reason"),
            t("detail"),
            t("from"),
            t("trust"),
            t("subject"),
            t("due"),
        )
        for row in rows:
            sender = row["sender"], trust_words(row["trust"])
            reason, due = held_words(row["reason"]), when.words(row)
            shown.add_row(*map(cell, (row["id"], reason, in_words(row["detail"]), *sender, row["subject"], due)))
        out.print(shown)
        if rows:
            out.print(t("let one go on: mailflow release ID (not excluded again); read it anew: mailflow replay ID"))
        if missing:
            out.print(_left_out(missing, app.config.zone))
        if piles:
            _show_piles(piles, when)
        if unsure:
            ask = table(t("case"), t("subject"), t("which kind is it?"), title="")
            for row in unsure:
                ask.add_row(*map(cell, (row["number"], row["subject"], json.loads(row["data"])["kinds"])))
            out.print(ask)
            out.print(t("confirm: mailflow correct CASE kind=KIND"))


WHY = {
    "connection": sentence("the server ends the connection over it"),
    "timeout": sentence("the server gives no answer"),
    "refused": sentence("the server refuses it"),
}


def _left_out(rows: Sequence[dict[str, Any]], zone: tzinfo) -> Table:
    """The mails that lie in a mailbox and do not come; the others went on."""
    shown = table(
        t("mailbox"), t("folder"), "UID", t("why it does not come"),
        t("tries"), t("since"), t("next try"),
    )  # fmt: skip
    for row in rows:
        why = t(WHY[row["why"]]) if row["why"] in WHY else row["why"]
        times = local(row["first_at"], zone), local(row["next_at"], zone)
        shown.add_row(*map(cell, (row["mailbox"], row["folder"], row["uid"], why, row["tries"], *times)))
    return shown


@dataclass(frozen=True, slots=True)
class _Deadlines:
    """Says until when something must be decided, by whom, and whether that is over."""

    staff: Staff
    zone: tzinfo
    now: datetime

    def words(self, row: dict[str, Any]) -> str:
        """Empty where no time is set."""
        due, address = row["due_at"], row["person"] or ""
        if due is None:
            return ""
        person = self.staff.by_address(address)
        late = t("late: ") if due < self.now else ""
        return f"{late}{local(due, self.zone)} {person.name if person else address}".rstrip()


def _pile_words(row: dict[str, Any]) -> str:
    """Why mails lie on one pile: whose they are, or that they say the same."""
    kind, _, whose = row["key"].partition(":")
    if kind == "words":
        return t("the same words, from {senders} senders", senders=row["senders"])
    return f"{cell(whose)} ({trust_words(kind)})"


def _show_piles(piles: list[dict[str, Any]], when: _Deadlines) -> None:
    shown = table(
        t("pile"), t("count|mails"), t("why"), t("first"), t("last"),
        t("samples"), t("due"),
    )  # fmt: skip
    for row in piles:
        samples = "；".join(f"{mail['sender']}：{mail['subject']}" for mail in row["samples"])
        times = local(row["first"], when.zone), local(row["last"], when.zone)
        cells = (row["pile"], row["count"], _pile_words(row), *times, samples, when.words(row))
        shown.add_row(*map(cell, cells))
    out.print(shown)
    out.print(t("say what a pile is: mailflow pile ID one (one case) | each (a case of each) | none --because REASON"))


def held_words(reason: str) -> str:
    """Why a mail is held, in the operator's language beside the stable word."""
    return f"{t(HELD[reason])} ({reason})" if reason in HELD else reason


def _kind(row: dict[str, Any]) -> str:
    """The kind, marked when a person said it."""
    return kind_words(row["kind"]) + ("*" if "kind" in row["corrected"] else "")


def trust_words(level: str) -> str:
    """How sure we are of a mail's sender, in the operator's language; empty when it was not worked out."""
    return t(TRUST[level]) if level in TRUST else level


def name_of(who: str, staff: Staff) -> str:
    """One of our people by name, who may be given by address."""
    person = staff.by_address(who) if who else None
    return person.name if person else who


def no_case(number: str) -> NoReturn:
    """End the command: there is no such case."""
    shown = cell(number)[:60]
    fail(t("no case {shown} -> mailflow cases lists them", shown=shown), 4)


def print_json(value: Any) -> None:
    """Print a value for programs; moments become words."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def local(moment: datetime | None, zone: tzinfo) -> str:
    """A moment on the clocks of a zone, to the minute; nothing for None."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
