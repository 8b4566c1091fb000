"""``mailflow run``, ``import`` and ``demo``: mail is taken in, filed and answered."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mailflow import logs
from mailflow.commands.common import err, load_config, one_line_errors, out
from mailflow.wording import t

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.flow import Outcome
    from mailflow.health import Health
    from mailflow.ports import Mailbox, Sender
    from mailflow.worker import Worker


def run(
    once: Annotated[
        bool, typer.Option("--once", help=t("处理完现有邮件后退出", "work off what is there, then end"))
    ] = False,
    level: Annotated[str, typer.Option(help=t("日志级别", "log level"))] = "INFO",
) -> None:
    """Read the mailboxes, file and answer until stopped (Ctrl-C or SIGTERM; nothing is lost)."""
    from mailflow import app as composition
    from mailflow.health import Health
    from mailflow.lock import StorageLock

    with one_line_errors():
        config = load_config()
        logs.start(level=level.upper())
        stop = stop_on_signals()
        with StorageLock(config.storage), composition.open_app(config) as app:
            health = Health(config.storage)
            if config.worker.health_port:
                port = health.serve(config.worker.health_port)
                logs.event("health.serving", port=port)
            boxes = composition.mailboxes(config, stop)
            worker = make_worker(app, boxes, composition.sender(config), health, stop)
            worker.once(calendar=True) if once else worker.run()
            health.close()
            if once and (troubles := health.troubles()):
                for place, words in troubles.items():
                    err.print(f"{place}: {words}", style="red", soft_wrap=True)
                raise typer.Exit(3)


def import_mail(
    path: Annotated[Path, typer.Argument(exists=True, help="mbox / Maildir / .eml")],
    history: Annotated[
        bool, typer.Option("--history", help=t("旧邮件：只归档，不答复", "old mail: file it, answer nothing"))
    ] = False,
) -> None:
    """Take in mails from an mbox, a Maildir or a folder of .eml files."""
    from mailflow import app as composition
    from mailflow.health import Health
    from mailflow.lock import StorageLock
    from mailflow.stages.collect import collect

    with one_line_errors():
        config = load_config()
        stop = stop_on_signals()
        with StorageLock(config.storage), composition.open_app(config) as app:
            source = composition.local_mailbox(path, config)
            total = sum(len(listing.uids) for listing in source.listing())
            with progress() as shown:
                taken = shown.add_task(t("收取", "taking in"), total=total)
                worked = shown.add_task(t("处理", "working"), total=total)
                sender = None if history else composition.sender(config)
                worker = make_worker(
                    app, [], sender, Health(config.storage), stop, tell=lambda outcome: shown.advance(worked)
                )
                for count in collect(source, app.ledger, app.vault, worker.clock(), history=history):
                    shown.advance(taken, count)
                    if stop.is_set():
                        break
                worker.once()
            counts = app.lists.counts()
            out.print("  ".join(f"{name}={count}" for name, count in sorted(counts.items())))


def demo(
    folder: Annotated[Path, typer.Option("--dir", help=t("演示目录", "folder of the demo"))] = Path("demo"),
) -> None:
    """Run the main job on sample mails with built-in mail servers; ends by itself with a table."""
    from mailflow.demo import run_demo

    with one_line_errors():
        run_demo(folder)


# ------------------------------------------------------------------------------------------------------------ parts


def make_worker(
    app: App,
    boxes: Sequence[Mailbox],
    sender: Sender | None,
    health: Health,
    stop: threading.Event,
    *,
    tell: Callable[[Outcome], None] | None = None,
) -> Worker:
    """A worker over an opened mailflow, with the duties every storage needs."""
    from mailflow.backoffice import daily_mails, going_on, make_digest
    from mailflow.records.pdfs import pdfs_of
    from mailflow.scheduled.digest import summary_duties
    from mailflow.scheduled.duties import Duty
    from mailflow.worker import Pace, Worker

    config, desk = app.config, app.services.desk
    pace = Pace(config.worker.poll_seconds, config.limits.delivery_attempts, config.limits.processing_attempts)
    daily = [
        Duty("upkeep", time(3, 30), lambda now: app.ledger.upkeep()),
        Duty("reminders", config.casework.reminders_at, daily_mails(desk, app.ledger)),
        *summary_duties(make_digest(app.parts.office, desk, config, app.summaries), app.ledger),
    ]
    to_pdf = pdfs_of if config.casework.pdf else None
    return Worker(
        app.services,
        boxes,
        sender,
        app.bring_archive_up_to_date,
        health,
        pace=pace,
        stop=stop,
        tell=tell,
        daily=daily,
        casework=_watched(going_on(desk, app.parts.office, app.ledger, app.vault, to_pdf), app, health),
    )


def _watched(step: Callable[[datetime], int], app: App, health: Health) -> Callable[[datetime], int]:
    """The step, with files of rules that broke while we run said in the health report: the old ones are in force."""

    def watched(now: datetime) -> int:
        done = step(now)
        if problems := app.parts.office.problems():
            health.trouble("rules", f"{problems[0]} ({len(problems)})")
        else:
            health.well("rules")
        return done

    return watched


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set; a second SIGINT ends at once."""
    stop = threading.Event()

    def end(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    return stop


def progress() -> Progress:
    """A progress display for long work, on stderr."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=err,
    )  # fmt: skip
