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
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from mailflow.app import App
    from mailflow.domain.ports import Work

    Change = Callable[[Work, int, datetime], bool]

_NO_CHANGE = "outbox"  # no mail is held for it: the command ends with it

STATES = {
    "pending": sentence("pending"),
    "sent": sentence("sent"),
    "failed": sentence("failed"),
    "parked": sentence("parked"),
    "cancelled": sentence("cancelled"),
}
RESULTS = {
    "sent": sentence("result|sent"),
    "temporary": sentence("refused for now"),
    "permanent": sentence("failed for good"),
    "bounced": sentence("came back"),
    "delayed": sentence("delayed"),
    "found": sentence("sent before the restore"),
    "broken": sentence("the line broke"),
    "dropped": sentence("the line broke over this mail"),
    "resent": sentence("sent again by a person"),
    "released": sentence("released by a person"),
    "cancelled": sentence("withdrawn by a person"),
}
LONGEST = 300  # characters of a reason

Mails = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID]...", help="see mailflow outbox list"),
]
By = Annotated[str, typer.Option("--by", help="who says so (a name)")]


def list_(
    status: Annotated[str, typer.Option("--status", help="only this state: pending sent failed parked cancelled")] = "",
    everything: Annotated[bool, typer.Option("--all", help="sent and withdrawn ones too")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100000, help="at most")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List our mails that have not left: pending, failed, or waiting to be released."""
    if status and status not in STATES:
        fail(t("no state {status} -> one of: ", status=cell(status)[:30]) + ", ".join(STATES))
    states = (status,) if status else tuple(STATES) if everything else None
    with one_line_errors(), opened() as app:
        rows = app.lists.outbox(states=states, limit=limit)
        if as_json:
            print_json(rows)
            return
        zone = app.config.zone
        shown = table(
            "ID", t("state"), t("to"), t("case"), t("occasion"), t("written"),
            t("attempts"), t("next"), t("last answer"),
        )  # fmt: skip
        for row in rows:
            state = t(RESULTS["bounced"]) if row["came_back"] else t(STATES[row["status"]])
            following = local(row["next_attempt_at"], zone) if row["status"] == "pending" else ""
            cells = (
                row["id"], state, row["recipient"], row["case"], occasion_words(row["occasion"]),
                local(row["created_at"], zone), row["attempts"], following, row["last_error"],
            )  # fmt: skip
            shown.add_row(*map(cell, cells), style="yellow" if row["status"] in ("failed", "parked") else None)
        out.print(shown)
        if rows:
            words = t("its text: outbox show ID; send again: resend; withdraw: cancel; let go: release")
            out.print(words, style="dim")


def show(
    mail: Annotated[int, typer.Argument(metavar="ID", help="see mailflow outbox list")],
    save: Annotated[Path | None, typer.Option("--save", help="write its bytes to this file")] = None,
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
            (t("state"), t(STATES[row["status"]])), (t("case"), row["case"]),
            (t("to"), row["recipient"]), (t("subject"), message.subject),
            ("Message-ID", row["mail_id"]), (t("written"), local(row["created_at"], zone)),
            (t("files"), "、".join(item.name for item in message.attachments)),
        ):  # fmt: skip
            out.print(f"{name}: {cell(value)}", soft_wrap=True)
        for line in message.text.splitlines():
            out.print(f"  {cell(line)}", soft_wrap=True)
        shown = table(t("at"), t("result"), t("code"), t("answer"))
        for item in row["deliveries"]:
            result = t(RESULTS[item["result"]]) if item["result"] in RESULTS else item["result"]
            shown.add_row(*map(cell, (local(item["at"], zone), result, item["code"] or "", item["words"])))
        out.print(shown)


def resend(
    mails: Mails = None,
    failed: Annotated[bool, typer.Option("--failed", help="all that failed")] = False,
    by: By = "",
) -> None:
    """Send mails again that failed for good, were withdrawn, or came back: the same words, the same Message-ID."""

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.send_again(mail, ("failed", "cancelled"), "resent", now) or (
            work.has_come_back(mail) and work.send_again(mail, ("sent",), "resent", now)
        )

    words = t("is sent again")
    refusal = t("neither failed nor came back, so it is not sent again")
    _each(mails, "failed" if failed else "", change, "outbox.resent", by, (words, refusal))


def cancel(
    mails: Mails = None,
    because: Annotated[str, typer.Option("--because", help="why it is withdrawn (needed)")] = "",
    by: By = "",
) -> None:
    """Withdraw mails that have not left: they stay in the ledger, and go out no more."""
    reason = " ".join(because.split())
    if not reason or len(reason) > LONGEST:
        fail(t("--because: give the reason in 1 to {longest} characters", longest=LONGEST))

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.cancel(mail, reason, now)

    words = t("is withdrawn")
    refusal = t("has left or was withdrawn before, so it cannot be withdrawn")
    _each(mails, "", change, "outbox.cancelled", by, (words, refusal), because=reason)


def release(
    mails: Mails = None,
    everything: Annotated[bool, typer.Option("--all", help="all that wait for it")] = False,
    by: By = "",
) -> None:
    """Let mails go out that wait: written while there was no mail server, or possibly sent before a restore."""

    def change(work: Work, mail: int, now: datetime) -> bool:
        return work.send_again(mail, ("parked",), "released", now)

    words = t("goes out")
    refusal = t("does not wait to be released")
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
                fail(t("name the mails -> mailflow outbox list"))
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
                out.print(t("{count} mails", count=len(chosen)))


def _one(app: App, mail: int, change: Change, what: str, actor: str, refusal: str, because: str) -> None:
    from mailflow.runtime.clock import now_utc

    now = now_utc()
    with app.ledger.begin() as work:
        row = work.outgoing(mail)
        if row is None:
            _none(mail)
        if not change(work, mail, now):
            if row["status"] == "pending" and row["claimed_by"]:
                raise TemporaryError(t("{mail} is leaving this moment, look again", mail=mail))
            raise NeedsPerson(_NO_CHANGE, f"{mail} ({t(STATES[row['status']])}): {refusal}")
        data: dict[str, Any] = {"because": because} if because else {}
        work.journal(what, now, actor=actor, message=row["message_id"], case=row["case_id"], outbox=mail, **data)
        case = work.case(row["case_id"]) if row["case_id"] is not None else None
        if case is not None:
            work.touch_case(case.id)
    if case is not None:
        archive_now(app, case)


def _none(mail: int) -> NoReturn:
    fail(
        t("no mail {mail} -> mailflow outbox list --all", mail=mail),
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
