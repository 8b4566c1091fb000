"""``mailflow void``: a case that was opened in error or twice, ended by two people; its number and mails stay."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t

LONGEST = 500  # characters of a reason


def void(
    number: Annotated[str, typer.Argument(metavar="CASE", help="case number")],
    because: Annotated[str, typer.Option("--because", help="why it is made void (needed)")],
    by: Annotated[str, typer.Option("--by", help="who ends it (a name of the staff list)")],
    agreed: Annotated[str, typer.Option("--agreed", help="who agreed (another person)")],
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
            fail(t("--because: give the reason in 1 to {longest} characters", longest=LONGEST))
        if first.address == second.address:
            fail(t("two people are needed: --agreed names another person than --by"))
        wanted, now = clean(number).upper(), now_utc()
        with app.ledger.begin() as work:
            case = work.case_by_number(wanted)
            if case is None:
                no_case(wanted)
            step = Turn(app.services.desk, work, now).load(case)
            if step is None or step.file.state.status is not CaseStatus.OPEN:
                fail(t("{wanted} is not open, so it cannot be made void", wanted=wanted))
            engine.void(step, reason, by=first.address, agreed=second.address)
        archive_now(app, case)
        words = t(
            "{case} is void: {reason} ({by}; agreed: {agreed})",
            case=wanted, reason=reason, by=first.name, agreed=second.name,
        )  # fmt: skip
        out.print(cell(words), soft_wrap=True)
