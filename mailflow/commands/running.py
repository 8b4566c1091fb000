"""A worker over an opened mailflow, for every command that runs one; how it is stopped, and how it shows progress."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mailflow.commands.common import err
from mailflow.domain.restore_ports import LOOKS, Look
from mailflow.runtime.logs import event

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.ports import Mailbox, Sender
    from mailflow.flow import Outcome
    from mailflow.runtime.health import Health
    from mailflow.scheduled.duties import Duty
    from mailflow.scheduled.report import Reporting
    from mailflow.worker import Worker


def make_worker(
    app: App,
    boxes: Sequence[Mailbox],
    sender: Sender | None,
    health: Health,
    stop: threading.Event,
    *,
    tell: Callable[[Outcome], None] | None = None,
) -> Worker:
    """A worker over an opened mailflow, with the duties every storage needs.

    It reads mail apart, in a process that is forked here: call this before any thread is started.
    Raises ConfigError when the journal's key is not the one configured.
    """
    from mailflow.app import printer
    from mailflow.backoffice import daily_mails, going_on, make_digest, make_reporting
    from mailflow.runtime.clock import now_utc
    from mailflow.scheduled.digest import summary_duties
    from mailflow.scheduled.duties import Duty
    from mailflow.scheduled.parking import begin_sending
    from mailflow.worker import Chores, Pace, Post, Worker

    app.ledger.check_key()
    apart = app.read_apart()
    config, desk = app.config, app.services.desk
    begin_sending(app.ledger, now_utc(), has_server=config.smtp is not None)
    pace = Pace(config.worker.poll_seconds, config.limits.processing_attempts, stop)
    made = make_reporting(app.parts.office, desk, config, app.reports)
    daily = [
        Duty("upkeep", time(3, 30), lambda now: app.ledger.upkeep()),
        Duty("reminders", config.casework.reminders_at, daily_mails(desk, app.ledger)),
        *summary_duties(make_digest(app.parts.office, desk, config, app.summaries), app.ledger),
        *_report_duties(app, made),
    ]
    step = going_on(desk, app.parts.office, app.ledger, app.vault, printer(), pdfs=config.casework.pdf, made=made)
    casework = _watched(step, app, health)
    return Worker(
        app.services,
        Post(boxes, sender, config.copies_to),
        Chores(app.bring_archive_up_to_date, casework, _watching(app, boxes), daily),
        health,
        pace=pace,
        tell=tell,
        apart=apart,
    )


def _report_duties(app: App, made: Reporting) -> list[Duty]:
    """Send managers the reports of periods that closed, at the time of their summary."""
    from mailflow.domain.report_ports import REPORTS
    from mailflow.scheduled.duties import Duty
    from mailflow.scheduled.report import send_closed

    casework, desk = app.config.casework, app.services.desk
    if not casework.reports:
        return []

    def run(now: datetime) -> None:
        send_closed(made, desk, app.ledger, casework.reports, now)

    return [Duty(REPORTS, casework.summary_at, run)]


def _watching(app: App, boxes: Sequence[Mailbox]) -> Callable[[], None]:
    """Looks whether the ledger is still there; after a restore, whether the safe start is over."""
    with app.ledger.begin(durable=False) as work:
        is_safe = work.starts_safe()
    if is_safe:
        event("restored.safe_start", logging.WARNING, remedy="mailflow outbox list, release")

    looks: list[tuple[Look, str]] = [
        (what, box.name) for box in boxes for what in LOOKS if getattr(box, f"has_{what}_folder", False)
    ]

    def watch() -> None:
        nonlocal is_safe
        app.ledger.watch(app.config.storage)
        if is_safe and boxes:
            with app.ledger.begin() as work:
                is_safe = not work.end_safe_start([box.name for box in boxes], looks)
            if not is_safe:
                event("restored.safe_start_over")

    return watch


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
