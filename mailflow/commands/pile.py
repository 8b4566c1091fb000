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
    number: Annotated[
        int, typer.Argument(metavar="PILE", min=1, help=t("堆号，见 mailflow held", "see mailflow held"))
    ],
    answer: Annotated[
        str,
        typer.Argument(
            metavar="[one|each|none]",
            help=t(
                "one 合为一案；each 各立一案；none 不立案；不写则只列出",
                "one: one case of all; each: a case of each; none: no case; left out: list the mails",
            ),
        ),
    ] = "",
    because: Annotated[
        str, typer.Option("--because", metavar="REASON", help=t("不立案的理由", "why there is no case"))
    ] = "",
    by: Annotated[str, typer.Option("--by", help=t("谁的决定", "whose decision it is"))] = "",
    as_json: AsJson = False,
) -> None:
    """Say of a whole pile of held mail: one case, a case of each, or none; without an answer, list its mails."""
    with one_line_errors(), opened() as app:
        mails = app.lists.pile(number)
        if not mails:
            fail(t(f"没有第 {number} 堆；用 mailflow held 查看", f"no pile {number} -> mailflow held lists them"), 4)
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
        fail(t("只可答 one、each 或 none", "an answer is one, each or none"))
    if (said == "none") is not bool(reason):
        fail(
            t("不立案（none）须写理由：--because 理由；其他答案不写", "none, and none alone, needs --because REASON"),
        )
    actor = actor_of(by)
    with app.ledger.begin() as work:
        moved = storms.answer(number, said, reason, actor=actor, work=work, now=now_utc())
    if moved is None:
        fail(t(f"第 {number} 堆已有答复", f"pile {number} was answered before"), 1)
    if said == "none":
        out.print(t(f"{moved} 封不立案，理由已记录", f"{moved} mails set aside, with the reason"))
    else:
        out.print(t(f"{moved} 封将在下一轮处理", f"{moved} mails are processed in the next round"))


def _show(mails: list[dict[str, Any]], zone: tzinfo) -> None:
    shown = table(
        "ID", t("到达", "received"), t("发件人", "from"), t("可信", "trust"), t("主题", "subject"), t("状态", "status")
    )
    for row in mails[:SHOWN]:
        came = local(row["received_at"] or row["collected_at"], zone)
        cells = (row["id"], came, row["sender"], trust_words(row["trust"]), row["subject"], row["status"])
        shown.add_row(*map(cell, cells))
    out.print(shown)
    if len(mails) > SHOWN:
        out.print(t(f"另有 {len(mails) - SHOWN} 封；--json 全部列出", f"{len(mails) - SHOWN} more: --json lists all"))
