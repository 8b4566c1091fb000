"""``mailflow outbox list``, ``show``, ``resend``, ``cancel``, ``release``: our own mails that have not arrived."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mailflow.commands.common import archive_now, cell, err, fail, one_line_errors, opened, out, table
from mailflow.commands.language import in_words, t
from mailflow.commands.look import AsJson, local, print_json
from mailflow.commands.words import occasion_words
from mailflow.domain.errors import NeedsPerson, TemporaryError

if TYPE_CHECKING:
    from datetime import datetime

    from mailflow.app import App
    from mailflow.domain.ports import Work

    Change = Callable[[Work, int, datetime], bool]

_NO_CHANGE = "outbox"  # no mail is held for it: the command ends with it

STATES = {
    "pending": ("待发", "pending"),
    "sent": ("已发", "sent"),
    "failed": ("失败", "failed"),
    "parked": ("待放行", "parked"),
    "cancelled": ("已撤销", "cancelled"),
}
RESULTS = {
    "sent": ("已发出", "sent"),
    "temporary": ("暂时被拒", "refused for now"),
    "permanent": ("最终失败", "failed for good"),
    "bounced": ("被退回", "came back"),
    "delayed": ("延迟投递", "delayed"),
    "found": ("备份之后已发出", "sent before the restore"),
    "broken": ("连接中断", "the line broke"),
    "dropped": ("因此信连接中断", "the line broke over this mail"),
    "resent": ("人工重发", "sent again by a person"),
    "released": ("人工放行", "released by a person"),
    "cancelled": ("人工撤销", "withdrawn by a person"),
}
LONGEST = 300  # characters of a reason

Mails = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID]...", help=t("编号，见 mailflow outbox list", "see mailflow outbox list")),
]
By = Annotated[str, typer.Option("--by", help=t("由谁决定（姓名）", "who says so (a name)"))]


def list_(
    status: Annotated[
        str, typer.Option("--status", help=t("只列某状态：", "only this state: ") + " ".join(STATES))
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help=t("也列已发和已撤销的", "sent and withdrawn ones too"))
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100000, help=t("最多条数", "at most"))] = 1000,
    as_json: AsJson = False,
) -> None:
    """List our mails that have not left: pending, failed, or waiting to be released."""
    if status and status not in STATES:
        fail(
            t(f"没有状态 {cell(status)[:30]}；可用：", f"no state {cell(status)[:30]} -> one of: ") + ", ".join(STATES)
        )
    states = (status,) if status else tuple(STATES) if everything else None
    with one_line_errors(), opened() as app:
        rows = app.lists.outbox(states=states, limit=limit)
        if as_json:
            print_json(rows)
            return
        zone = app.config.zone
        shown = table(
            "ID", t("状态", "state"), t("收件人", "to"), t("案件", "case"), t("事由", "occasion"), t("写于", "written"),
            t("次数", "attempts"), t("下次", "next"), t("最后的答复", "last answer"),
        )  # fmt: skip
        for row in rows:
            state = t(*RESULTS["bounced"]) if row["came_back"] else t(*STATES[row["status"]])
            following = local(row["next_attempt_at"], zone) if row["status"] == "pending" else ""
            cells = (
                row["id"], state, row["recipient"], row["case"], occasion_words(row["occasion"]),
                local(row["created_at"], zone), row["attempts"], following, row["last_error"],
            )  # fmt: skip
            shown.add_row(*map(cell, cells), style="yellow" if row["status"] in ("failed", "parked") else None)
        out.print(shown)
        if rows:
            words = t(
                "内容：outbox show ID；重发：resend；撤销：cancel；放行：release",
                "its text: outbox show ID; send again: resend; withdraw: cancel; let go: release",
            )
            out.print(words, style="dim")


def show(
    mail: Annotated[
        int, typer.Argument(metavar="ID", help=t("编号，见 mailflow outbox list", "see mailflow outbox list"))
    ],
    save: Annotated[
        Path | None, typer.Option("--save", help=t("把原文写入此文件", "write its bytes to this file"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one of our mails: to whom, what it says, every try to deliver it."""
    with one_line_errors(), opened() as app:
        row = app.lists.outgoing(mail)
        if row is None:
            _none(mail)
        if save is not None:
            _save(save, row["raw"])
        message = app.services.desk.decode(row.pop("raw"))
        if as_json:
            print_json(row | {"subject": message.subject, "text": message.text})
            return
        zone = app.config.zone
        for name, value in (
            (t("状态", "state"), t(*STATES[row["status"]])), (t("案件", "case"), row["case"]),
            (t("收件人", "to"), row["recipient"]), (t("主题", "subject"), message.subject),
            ("Message-ID", row["mail_id"]), (t("写于", "written"), local(row["created_at"], zone)),
            (t("附件", "files"), "、".join(item.name for item in message.attachments)),
        ):  # fmt: skip
            out.print(f"{name}: {cell(value)}", soft_wrap=True)
        for line in message.text.splitlines():
            out.print(f"  {cell(line)}", soft_wrap=True)
        shown = table(t("时间", "at"), t("结果", "result"), t("代码", "code"), t("答复", "answer"))
        for item in row["deliveries"]:
            result = t(*RESULTS[item["result"]]) if item["result"] in RESULTS else item["result"]
            shown.add_row(*map(cell, (local(item["at"], zone), result, item["code"] or "", item["words"])))
        out.print(shown)


def resend(
    mails: Mails = None,
    failed: Annotated[bool, typer.Option("--failed", help=t("所有失败的", "all that failed"))] = False,
    by: By = "",
) -> None:
    """Send mails again that failed for good, were withdrawn, or came back: the same words, the same Message-ID."""

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.send_again(mail, ("failed", "cancelled"), "resent", now) or (
            work.has_come_back(mail) and work.send_again(mail, ("sent",), "resent", now)
        )

    words = t("将重发", "is sent again")
    refusal = t("既未失败也未退回，不重发", "neither failed nor came back, so it is not sent again")
    _each(mails, "failed" if failed else "", change, "outbox.resent", by, (words, refusal))


def cancel(
    mails: Mails = None,
    because: Annotated[str, typer.Option("--because", help=t("撤销理由（必填）", "why (needed)"))] = "",
    by: By = "",
) -> None:
    """Withdraw mails that have not left: they stay in the ledger, and go out no more."""
    reason = " ".join(because.split())
    if not reason or len(reason) > LONGEST:
        fail(t(f"理由须为 1 至 {LONGEST} 字：--because", f"--because: give the reason in 1 to {LONGEST} characters"))

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.cancel(mail, reason, now)

    words = t("已撤销", "is withdrawn")
    refusal = t("已发出或已撤销，不能撤销", "has left or was withdrawn before, so it cannot be withdrawn")
    _each(mails, "", change, "outbox.cancelled", by, (words, refusal), because=reason)


def release(
    mails: Mails = None,
    everything: Annotated[bool, typer.Option("--all", help=t("所有待放行的", "all that wait for it"))] = False,
    by: By = "",
) -> None:
    """Let mails go out that wait: written while there was no mail server, or possibly sent before a restore."""

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.send_again(mail, ("parked",), "released", now)

    words = t("将发出", "goes out")
    refusal = t("不在待放行之列", "does not wait to be released")
    _each(mails, "parked" if everything else "", change, "outbox.released", by, (words, refusal))


# ------------------------------------------------------------------------------------------------------------ parts


def _each(
    mails: list[int] | None,
    state: str,
    change: Change,
    what: str,
    by: str,
    words: tuple[str, str],
    *,
    because: str = "",
) -> None:
    """Do it with each mail, each by itself; ends with 5 when one was refused, with 3 when one is leaving just now."""
    from mailflow.commands.byhand import actor_of

    with one_line_errors():
        actor = actor_of(by)
        with opened() as app:
            chosen = list(
                dict.fromkeys(mails or [row["id"] for row in (app.lists.outbox(states=(state,)) if state else [])])
            )
            if not chosen and not state:
                fail(t("请给出编号；用 mailflow outbox list 查看", "name the mails -> mailflow outbox list"))
            refused: Exception | None = None
            for mail in chosen:
                try:
                    _one(app, mail, change, what, actor, words[1], because)
                    out.print(f"{mail} {words[0]}", soft_wrap=True)
                except (NeedsPerson, TemporaryError) as error:
                    err.print(in_words(error.message), style="red", soft_wrap=True)
                    refused = refused or error
            if refused is not None:
                raise typer.Exit(getattr(refused, "exit_code", 1))
            if state:
                out.print(t(f"共 {len(chosen)} 封", f"{len(chosen)} mails"))


def _one(app: App, mail: int, change: Change, what: str, actor: str, refusal: str, because: str) -> None:
    from mailflow.runtime.clock import now_utc

    now = now_utc()
    with app.ledger.begin() as work:
        row = work.outgoing(mail)
        if row is None:
            _none(mail)
        if not change(work, mail, now):
            if row["status"] == "pending" and row["claimed_by"]:
                raise TemporaryError(t(f"{mail} 正在发出，请稍后再看", f"{mail} is leaving this moment, look again"))
            raise NeedsPerson(_NO_CHANGE, f"{mail} ({t(*STATES[row['status']])}): {refusal}")
        data: dict[str, Any] = {"because": because} if because else {}
        work.journal(what, now, actor=actor, message=row["message_id"], case=row["case_id"], outbox=mail, **data)
        case = work.case(row["case_id"]) if row["case_id"] is not None else None
        if case is not None:
            work.touch_case(case.id)
    if case is not None:
        archive_now(app, case)


def _none(mail: int) -> NoReturn:
    fail(
        t(f"发件箱中没有 {mail}；用 mailflow outbox list --all 查看", f"no mail {mail} -> mailflow outbox list --all"),
        4,
    )


def _save(path: Path, raw: bytes) -> None:
    from mailflow.domain.errors import PermanentError

    try:
        with path.open("xb") as stream:
            stream.write(raw)
    except OSError as error:
        remedy = "give the name of a new file in a folder you may write to"
        raise PermanentError(f"{path} cannot be written: {error.strerror}", remedy=remedy) from error
