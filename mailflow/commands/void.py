"""``mailflow void``: a case that was opened in error or twice, ended by two people; its number and mails stay."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t

LONGEST = 500  # characters of a reason


def void(
    number: Annotated[str, typer.Argument(metavar="CASE", help=t("案件编号", "case number"))],
    because: Annotated[str, typer.Option("--because", help=t("作废理由（必填）", "why (needed)"))],
    by: Annotated[
        str, typer.Option("--by", help=t("谁作废（名单中的姓名）", "who ends it (a name of the staff list)"))
    ],
    agreed: Annotated[str, typer.Option("--agreed", help=t("谁同意（另一人）", "who agreed (another person)"))],
) -> None:
    """End a case opened in error; whoever has a task in it is told."""
    from mailflow.casework import engine
    from mailflow.casework.corrections import clean
    from mailflow.casework.step import Turn
    from mailflow.commands.byhand import staff_member
    from mailflow.commands.look import no_case
    from mailflow.domain.tasks import CaseStatus
    from mailflow.runtime.clock import now_utc

    reason = " ".join(because.split())
    with one_line_errors(), opened() as app:
        first, second = staff_member(app, by), staff_member(app, agreed)
        if not reason or len(reason) > LONGEST:
            fail(t(f"理由须为 1 至 {LONGEST} 字", f"--because: give the reason in 1 to {LONGEST} characters"))
        if first.address == second.address:
            fail(
                t(
                    "作废须由两个人：--by 与 --agreed 不能是同一人",
                    "two people are needed: --agreed names another person than --by",
                )
            )
        wanted, now = clean(number).upper(), now_utc()
        with app.ledger.begin() as work:
            case = work.case_by_number(wanted)
            if case is None:
                no_case(wanted)
            step = Turn(app.services.desk, work, now).load(case)
            if step is None or step.file.state.status is not CaseStatus.OPEN:
                fail(t(f"{wanted} 没有在办理，不能作废", f"{wanted} is not open, so it cannot be made void"))
            engine.void(step, reason, by=first.address, agreed=second.address)
        archive_now(app, case)
        words = f"{wanted} 已作废：{reason}（{first.name}；同意：{second.name}）"
        english = f"{wanted} is void: {reason} ({first.name}; agreed: {second.name})"
        out.print(cell(t(words, english)), soft_wrap=True)
