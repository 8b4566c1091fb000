"""``mailflow kind``: what kind a mail is that waits for that word, or that was kept because it asks for nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t


def kind(
    message: Annotated[int, typer.Argument(metavar="ID", help="number of the mail, see mailflow held, summary")],
    words: Annotated[str, typer.Argument(metavar="KIND", help="as in a reply: 投诉, inquiry, ...")],
    by: Annotated[str, typer.Option("--by", help="who says so (a name of the staff list)")],
) -> None:
    """Say what kind a mail is; one that asks for nothing becomes a case, whose times count from its arrival."""
    from mailflow.casework import sorting
    from mailflow.casework.step import Turn
    from mailflow.commands.byhand import staff_member
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        person, desk = staff_member(app, by), app.services.desk
        said = desk.moves.kind(words) if desk.moves is not None else None
        if said is None:
            called = ", ".join(desk.moves.called().values()) if desk.moves is not None else ""
            fail(t("no kind of mail: {words} -> one of {kinds}", words=cell(words)[:40], kinds=called))
        with app.ledger.begin() as work:
            done = sorting.say(Turn(desk, work, now_utc()), message, said, person)
        if not done:
            fail(t("mail {message} waits for no word on its kind, and was not kept without a case", message=message), 4)
        out.print(t("mail {message} is processed in the next round", message=message))
