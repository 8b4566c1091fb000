"""``mailflow promises`` and ``promise kept``: what customers were promised, until when, whether it was kept."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out, table
from mailflow.commands.language import t
from mailflow.commands.look import AsJson, local, print_json


def promises(
    everything: Annotated[bool, typer.Option("--all", help=t("也列已兑现的", "kept ones too"))] = False,
    late: Annotated[bool, typer.Option("--late", help=t("只列过期未兑现的", "only those overdue"))] = False,
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
            "ID", t("案件", "case"), t("客户", "customer"), t("承诺", "promise"), t("期限", "due"),
            t("批准人", "approved by"), t("兑现", "kept"),
        )  # fmt: skip
        for row in rows:
            approver = staff.by_address(row["approved_by"])
            kept = local(row["kept_at"], zone) or (t("已过期", "overdue") if row["late"] else "")
            cells = (
                row["id"], row["case"], f"{row['customer']} {row['company']}".strip(), row["words"],
                local(row["due_at"], zone), approver.name if approver else row["approved_by"], kept,
            )  # fmt: skip
            shown.add_row(*map(cell, cells), style="yellow" if row["late"] else None)
        out.print(shown)
        if any(row["kept_at"] is None for row in rows):
            out.print(t("已兑现：mailflow promise kept ID", "when it was kept: mailflow promise kept ID"), style="dim")


def kept(
    promise: Annotated[int, typer.Argument(metavar="ID", help=t("承诺编号，见 mailflow promises", "see promises"))],
    by: Annotated[str, typer.Option("--by", help=t("由谁确认", "who says so"))] = "",
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
                        t(
                            f"没有承诺 {promise}；用 mailflow promises 查看",
                            f"no promise {promise} -> mailflow promises lists them",
                        ),
                        1,
                    )
                case = work.case(found.case_id)
                if work.keep_promise(promise, now):
                    work.journal("promise.kept", now, actor=actor, case=case.id, promise=promise)
                    work.touch_case(case.id)
            if found.kept_at is not None:
                when = local(found.kept_at, app.config.zone)
                out.print(
                    t(f"承诺 {promise} 已于 {when} 兑现，未变", f"promise {promise} was kept at {when}, unchanged")
                )
                return
            archive_now(app, case)
            out.print(t(f"{case.number} 承诺 {promise} 已兑现", f"{case.number}: promise {promise} is kept"))
