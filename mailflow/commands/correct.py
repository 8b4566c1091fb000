"""``mailflow correct``: a person's word about a fact, kept beside what was found."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, err, fail, one_line_errors, opened, out
from mailflow.corrections import KIND, Corrected, NotUnderstood, actor_name, clean, parse
from mailflow.errors import PermanentError, TemporaryError
from mailflow.wording import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailflow.app import App
    from mailflow.config import Config
    from mailflow.model import Case


def correct(
    number: Annotated[str, typer.Argument(metavar="CASE", help=t("案件编号", "case number"))],
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE...",
            help=t(
                "字段=值；“字段=”表示邮件中没有；多个值用“；”隔开或重复写",
                "field=value; 'field=' means: not in the mail; several values: repeat, or separate by ；",
            ),
        ),
    ],
    by: Annotated[str, typer.Option("--by", help=t("更正人姓名", "who says so"))] = "",
) -> None:
    """Correct (or confirm) a fact or the kind of a case; the finding stays beside it."""
    from mailflow import corrections
    from mailflow.worker import now_utc

    with one_line_errors():
        try:
            changes = parse(assignments)
            actor = actor_name(by, user_name())
        except NotUnderstood as mistake:
            fail(str(mistake))
        with opened() as app:
            wanted = clean(number).upper()
            with app.ledger.begin() as work:
                case = work.case_by_number(wanted)
                if case is not None:
                    done = corrections.correct(
                        case, changes, actor=actor, prefixes=prefixes(app.config), work=work, now=now_utc()
                    )
            if case is None:
                shown = wanted[:60]
                fail(t(f"没有案件 {shown}；用 mailflow cases 查看", f"no case {shown} -> mailflow cases lists them"), 1)
            for item in done:
                out.print(_line(item), soft_wrap=True)
            _archive(app, case)
            if any(item.field == KIND and item.written and not item.confirms for item in done):
                out.print(
                    t(
                        f"编号 {wanted} 不变；不会因更正补发记录或答复。",
                        f"The number {wanted} stays; a correction issues no record and sends nothing.",
                    ),
                    style="dim",
                )


def prefixes(config: Config) -> Mapping[str, str]:
    """The prefix a case of each kind is numbered with; one for all when numbers do not show it."""
    known = config.numbering.prefixes
    return known if "{prefix" in config.numbering.case else dict.fromkeys(known, "")


def user_name() -> str:
    """The account this runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in many containers
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _line(item: Corrected) -> str:
    before, after = (cell(text) or t("（无）", "(none)") for text in (item.before, item.after))
    if not item.written:
        return t(f"{item.field}：{after}（此前已更正，未变）", f"{item.field}: {after} (said before, unchanged)")
    if item.confirms:
        return t(f"{item.field}：{after}（已确认）", f"{item.field}: {after} (confirmed)")
    return f"{item.field}{t('：', ': ')}{before} -> {after}"


def _archive(app: App, case: Case) -> None:
    """Show the correction in the customer's folder at once; when that cannot be, the next pass does it."""
    try:
        app.archive_customer(case.customer.id)
    except (TemporaryError, PermanentError) as error:
        words = t("档案将在下一轮更新：", "the archive follows in the next round: ")
        err.print(words + error.message, style="yellow", soft_wrap=True)
