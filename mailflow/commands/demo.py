"""``mailflow demo``: the main job on sample mails, with a loopback IMAP server and an SMTP sink started here.

Needs the extra ``mailflow[demo]``.  Everything stays in one folder; nothing can leave this machine.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import os
import secrets
import shutil
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailflow import app as composition
from mailflow.commands.common import cell, out, table
from mailflow.commands.language import is_english, t
from mailflow.commands.running import make_worker, progress
from mailflow.commands.setup import copy_missing
from mailflow.domain.errors import PermanentError
from mailflow.runtime import logs
from mailflow.settings import config as configuration
from mailflow.settings import shipped

ADDRESS = "kefu@chengjiang-pump.example"


def run_demo(folder: Path) -> None:
    """Run the demo in ``folder`` (made anew) and print what became of each mail."""
    _make_room(folder)
    logs.start(stream=(folder / "mailflow.log").open("w", encoding="utf-8"))
    samples = sorted(shipped.samples().glob("*.eml"))
    password = secrets.token_hex(16)
    os.environ["MAILFLOW_DEMO_PASSWORD"] = password
    out.print(t("starting built-in mail servers (this machine only) ..."))
    with composition.loopback_servers(ADDRESS, password, folder / "sent") as (imap, smtp):
        with progress() as shown:
            mails = [path.read_bytes() for path in samples]
            tracked = shown.track(mails, description=t("putting sample mails into the mailbox"))
            composition.put_mails(tracked, ADDRESS, password, imap)
        (folder / "mailflow.yaml").write_text(
            shipped.sample_settings("demo").format(imap=imap, smtp=smtp, address=ADDRESS), "utf-8"
        )
        for name in ("rules", "templates"):
            copy_missing(shipped.folder(name), folder / name)
        shutil.copyfile(shipped.samples() / "staff.yaml", folder / "rules" / "staff.yaml")
        _work(folder, len(samples))
        signature = _answer_as_a_colleague(folder / "sent")
        if signature is not None:
            out.print(t("\na colleague answers “同意” (agreed) ..."))
            composition.put_mails([signature], ADDRESS, password, imap)
            _sign(folder)
    out.print(t("\nEverything lies in {folder}:", folder=folder.resolve()), soft_wrap=True)
    for path, what in (
        (
            "storage/archive",
            t("customer archives: mails, files, records, replies"),
        ),
        ("storage/ledger.db", t("the ledger (SQLite)")),
        ("storage/vault", t("raw bytes by SHA-256")),
        ("sent", t("the replies as sent")),
        ("mailflow.log", t("the log")),
    ):
        out.print(f"  {path:<20} {what}")
    out.print(
        t("next: ") + f"mailflow --config {folder / 'mailflow.yaml'} cases | case NUMBER | tasks | held | verify",
        soft_wrap=True,
    )


def _work(folder: Path, expected: int) -> None:
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock

    config = configuration.load(folder / "mailflow.yaml")
    stop = threading.Event()
    with StorageLock(config.storage), composition.open_app(config) as app, progress() as shown:
        task = shown.add_task(t("working off mail"), total=expected)
        worker = make_worker(
            app,
            composition.mailboxes(config, stop),
            composition.sender(config),
            Health(config.storage),
            stop,
            tell=lambda outcome: shown.advance(task),
        )
        worker.once()
        shown.stop()
        _report(app.lists.mails(), app.lists.folders())


def _answer_as_a_colleague(sent: Path) -> bytes | None:
    """The answer to the first mail that asks for a signature, as the colleague's mail program would send it."""
    for path in sorted(sent.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        subject = str(mail["Subject"])
        if "请签字" in subject:
            answer = EmailMessage()
            answer["From"], answer["To"] = str(mail["To"]), ADDRESS
            answer["Subject"] = f"回复: {subject}"
            answer["Message-ID"] = email.utils.make_msgid(domain="chengjiang-pump.example")
            answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
            answer.set_content("同意\n", cte="base64")
            return answer.as_bytes(policy=email.policy.SMTP)
    return None


def _sign(folder: Path) -> None:
    """Work off the colleague's answer and show where the signed copy lies and what has to be done next."""
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock

    config = configuration.load(folder / "mailflow.yaml")
    stop = threading.Event()
    with StorageLock(config.storage), composition.open_app(config) as app:
        boxes, sender = composition.mailboxes(config, stop), composition.sender(config)
        make_worker(app, boxes, sender, Health(config.storage), stop).once()
        for path in sorted((config.storage / "archive").rglob("*-signed-*.docx")):
            out.print(t("signed copy: ") + str(path), soft_wrap=True)
        shown = table(t("case"), t("open task"), t("person"), t("due"))
        for row in app.lists.tasks(now=datetime.now(UTC), limit=8):
            due = row["due_at"].astimezone(config.zone).strftime("%m-%d %H:%M") if row["due_at"] else ""
            shown.add_row(*map(cell, (row["case"], row["title_en" if is_english() else "title"], row["person"], due)))
        out.print(shown)


def _report(mails: list[dict[str, Any]], folders: list[dict[str, Any]]) -> None:
    status = {"handled": t("handled"), "aside": t("set aside"), "held": t("held")}
    shown = table(
        t("mail"), t("outcome"), t("customer"), t("case"), t("record"),
        t("reply"),
    )  # fmt: skip
    for row in mails:
        outcome = f"{status.get(row['status'], row['status'])} {row['reason'] or row['kind']}"
        customer = f"{row['customer'] or ''} {row['company'] or ''}".strip()
        shown.add_row(*map(cell, (row["subject"], outcome, customer, row["case"], row["record"], row["reply"])))
    out.print(shown)
    for row in folders:
        out.print(
            t("reconciled: ")
            + f"{row['present']} = {row['handled']} + {row['aside']} + {row['held']}"
            + t(" (mailbox = handled + set aside + held)")
        )


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "mailflow.log").is_file():
            raise PermanentError(
                f"{folder} holds something that is not a demo", remedy="choose another: mailflow demo --dir DIR"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
