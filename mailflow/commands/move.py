"""``mailflow move``: what a colleague would write in answer to a case's task, entered at the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t


def move(
    number: Annotated[str, typer.Argument(metavar="CASE", help="case number")],
    words: Annotated[
        str,
        typer.Argument(
            metavar="WORDS",
            help=("as in a reply: split: ..., merge into: NUMBER, change kind to: KIND, another case: ..."),
        ),
    ],
    by: Annotated[str, typer.Option("--by", help="who says so (a name of the staff list)")],
) -> None:
    """Split a case, join it to another, make it another kind, or open another beside it."""
    from mailflow.casework import moves
    from mailflow.casework.corrections import clean
    from mailflow.casework.signing import Refused
    from mailflow.casework.step import Turn
    from mailflow.commands.byhand import staff_member
    from mailflow.commands.look import no_case
    from mailflow.domain.model import Message
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        person, wanted, now = staff_member(app, by), clean(number).upper(), now_utc()
        message = Message(text=words, new_text=words)
        try:
            with app.ledger.begin() as work:
                case = work.case_by_number(wanted)
                if case is None:
                    no_case(wanted)
                step = Turn(app.services.desk, work, now).load(case)
                done = moves.take(step, None, person, message, None) if step is not None else None
                if done is None:
                    fail(t("not understood -> split: ..., merge into: NUMBER, change kind to: KIND, another case: ..."))
                if done.blobs:
                    app.vault.put(done.blobs)  # durable before the commit that names them
        except Refused as refusal:
            why = "; ".join(refusal.details) or t("the case is not open")
            fail(f"{wanted}{t(': ')}{cell(why)}")
        for title, line in done.lines.items():
            out.print(cell(f"{title}{t(': ')}{line}"), soft_wrap=True)
        for each in (case, *done.cases):
            archive_now(app, each)
