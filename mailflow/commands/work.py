"""``mailflow run``, ``import`` and ``demo``: mail is taken in, filed and answered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import err, load_config, one_line_errors, out
from mailflow.commands.language import t
from mailflow.commands.running import make_worker, progress, stop_on_signals
from mailflow.runtime import logs
from mailflow.runtime.private import is_exposed

if TYPE_CHECKING:
    pass


def run(
    once: Annotated[
        bool, typer.Option("--once", help=t("处理完现有邮件后退出", "work off what is there, then end"))
    ] = False,
    level: Annotated[str, typer.Option(help=t("日志级别", "log level"))] = "INFO",
) -> None:
    """Read the mailboxes, file and answer until stopped (Ctrl-C or SIGTERM; nothing is lost)."""
    from mailflow import app as composition
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock

    with one_line_errors():
        config = load_config()
        logs.start(level=level.upper())
        stop = stop_on_signals()
        if is_exposed(config.storage):
            logs.event("storage.exposed", logging.WARNING, folder=str(config.storage), remedy="mailflow check says how")
        with StorageLock(config.storage), composition.open_app(config) as app:
            health = Health(config.storage)
            if config.worker.health_port:
                port = health.serve(config.worker.health_port)
                logs.event("health.serving", port=port)
            boxes = composition.mailboxes(config, stop)
            worker = make_worker(app, boxes, composition.sender(config), health, stop)
            worker.once(calendar=True) if once else worker.run()
            health.close()
            for name, mails in health.left_out_mails().items() if once else ():
                said = "; ".join(mails[:10])
                words = t(f"邮箱 {name}：服务器不给的邮件 {len(mails)} 封：{said}", f"{name}: left out: {said}")
                err.print(words, soft_wrap=True, markup=False)
            if once and (troubles := health.troubles()):
                for place, words in troubles.items():
                    err.print(f"{place}: {words}", style="red", soft_wrap=True, markup=False)
                raise typer.Exit(3)


def import_mail(
    path: Annotated[Path, typer.Argument(exists=True, help="mbox / Maildir / .eml")],
    history: Annotated[
        bool, typer.Option("--history", help=t("旧邮件：只归档，不答复", "old mail: file it, answer nothing"))
    ] = False,
) -> None:
    """Take in mails from an mbox, a Maildir or a folder of .eml files."""
    from mailflow import app as composition
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock
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
    from mailflow.commands.demo import run_demo

    with one_line_errors():
        run_demo(folder)
