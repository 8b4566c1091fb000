"""``mailflow promises`` and ``promise kept``: what customers were promised, until when, whether it was kept."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, local, print_json


def promises(
    everything: Annotated[bool, typer.Option("--all", help="kept ones too")] = False,
    late: Annotated[bool, typer.Option("--late", help="only those overdue")] = False,
    as_json: AsJson = False,
) -> None:
    """List promises made to customers in approved answers, those due first."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        rows = app.lists.promises(now=now_utc(), open_only=not everything, late=late)
        if as_json:
            print_json(rows)
            return
        staff, zone = app.services.desk.staff(), app.config.zone
        shown = table(
            "ID", t("case"), t("customer"), t("promise"), t("promise|due"),
            t("approved by"), t("kept"),
        )  # fmt: skip
        for row in rows:
            approver = staff.by_address(row["approved_by"])
            kept = local(row["kept_at"], zone) or (t("overdue") if row["late"] else "")
            cells = (
                row["id"], row["case"], f"{row['customer']} {row['company']}".strip(), row["words"],
                local(row["due_at"], zone), approver.name if approver else row["approved_by"], kept,
            )  # fmt: skip
            shown.add_row(*map(cell, cells), style="yellow" if row["late"] else None)
        out.print(shown)
        if any(row["kept_at"] is None for row in rows):
            out.print(t("when it was kept: mailflow promise kept ID"), style="dim")


def kept(
    promise: Annotated[int, typer.Argument(metavar="ID", help="see promises")],
    by: Annotated[str, typer.Option("--by", help="who says so")] = "",
) -> None:
    """Note that a promise was kept."""
    from mailflow.commands.byhand import actor_of
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        actor = actor_of(by)
        with opened() as app:
            now = now_utc()
            with app.ledger.begin() as work:
                found = next((item for item in work.promises(open_only=False) if item.id == promise), None)
                if found is None:
                    fail(
                        t("no promise {promise} -> mailflow promises lists them", promise=promise),
                        1,
                    )
                case = work.case(found.case_id)
                if work.keep_promise(promise, now):
                    work.journal("promise.kept", now, actor=actor, case=case.id, promise=promise)
                    work.touch_case(case.id)
            if found.kept_at is not None:
                when = local(found.kept_at, app.config.zone)
                out.print(t("promise {promise} was kept at {when}, unchanged", promise=promise, when=when))
                return
            archive_now(app, case)
            out.print(t("{number}: promise {promise} is kept", number=case.number, promise=promise))
