"""``mailflow pile``: what came faster than an hour bears; a person says whether it is one case, many, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from mailflow.casework.corrections import clean
from mailflow.commands.common import cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, local, print_json, trust_words
from mailflow.domain.storm_ports import Answer

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailflow.app import App

SHOWN = 50


def pile(
    number: Annotated[int, typer.Argument(metavar="PILE", min=1, help="number of the pile, see mailflow held")],
    answer: Annotated[
        str,
        typer.Argument(
            metavar="[one|each|none]",
            help="one: one case of all; each: a case of each; none: no case; left out: list the mails",
        ),
    ] = "",
    because: Annotated[str, typer.Option("--because", metavar="REASON", help="why there is no case")] = "",
    by: Annotated[str, typer.Option("--by", help="whose decision it is")] = "",
    as_json: AsJson = False,
) -> None:
    """Say of a whole pile of held mail: one case, a case of each, or none; without an answer, list its mails."""
    with one_line_errors(), opened() as app:
        mails = app.lists.pile(number)
        if not mails:
            fail(t("no pile {number} -> mailflow held lists them", number=number), 4)
        if answer:
            _answer(app, number, answer, clean(because), by)
        elif as_json:
            print_json(mails)
        else:
            _show(mails, app.config.zone)


# ------------------------------------------------------------------------------------------------------------ parts


def _answer(app: App, number: int, answer: str, reason: str, by: str) -> None:
    from mailflow.casework import storms
    from mailflow.commands.byhand import actor_of
    from mailflow.runtime.clock import now_utc

    said: Answer | None = next((word for word in get_args(Answer) if word == answer), None)
    if said is None:
        fail(t("an answer is one, each or none"))
    if (said == "none") is not bool(reason):
        fail(
            t("none, and none alone, needs --because REASON"),
        )
    actor = actor_of(by)
    with app.ledger.begin() as work:
        moved = storms.answer(number, said, reason, actor=actor, work=work, now=now_utc())
    if moved is None:
        fail(t("pile {number} was answered before", number=number), 1)
    if said == "none":
        out.print(t("{moved} mails set aside, with the reason", moved=moved))
    else:
        out.print(t("{moved} mails are processed in the next round", moved=moved))


def _show(mails: list[dict[str, Any]], zone: tzinfo) -> None:
    shown = table("ID", t("pile|received"), t("from"), t("trust"), t("subject"), t("pile|status"))
    for row in mails[:SHOWN]:
        came = local(row["received_at"] or row["collected_at"], zone)
        cells = (row["id"], came, row["sender"], trust_words(row["trust"]), row["subject"], row["status"])
        shown.add_row(*map(cell, cells))
    out.print(shown)
    if len(mails) > SHOWN:
        out.print(t("{count} more: --json lists all", count=len(mails) - SHOWN))
