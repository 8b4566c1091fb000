"""``mailflow move``: what a colleague would write in answer to a case's task, entered at the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import archive_now, cell, fail, one_line_errors, opened, out
from mailflow.commands.language import t


def move(
    number: Annotated[str, typer.Argument(metavar="CASE", help=t("案件编号", "case number"))],
    words: Annotated[
        str,
        typer.Argument(
            metavar="WORDS",
            help=t(
                "与回信相同的写法：拆分：…、并入：编号、改为：类别、另立：…",
                "as in a reply: split: ..., merge into: NUMBER, change kind to: KIND, another case: ...",
            ),
        ),
    ],
    by: Annotated[
        str, typer.Option("--by", help=t("谁说的（名单中的姓名）", "who says so (a name of the staff list)"))
    ],
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
                    fail(
                        t(
                            "没有看懂；请写“拆分：…”“并入：编号”“改为：类别”或“另立：…”",
                            "not understood -> split: ..., merge into: NUMBER, change kind to: KIND, another case: ...",
                        )
                    )
                if done.blobs:
                    app.vault.put(done.blobs)  # durable before the commit that names them
        except Refused as refusal:
            why = "; ".join(refusal.details) or t("本案没有在办理", "the case is not open")
            fail(f"{wanted}{t('：', ': ')}{cell(why)}")
        for title, line in done.lines.items():
            out.print(cell(f"{title}{t('：', ': ')}{line}"), soft_wrap=True)
        for each in (case, *done.cases):
            archive_now(app, each)
