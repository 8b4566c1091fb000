"""``mailflow run``, ``import`` and ``demo``: mail is taken in, filed and answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mailflow.commands.common import err, fail, load_config, one_line_errors, out
from mailflow.commands.language import in_words, t
from mailflow.commands.running import make_worker, progress, stop_on_signals
from mailflow.commands.start import Dated, begin, importing, since_given
from mailflow.commands.words import count_words
from mailflow.domain.ports import Mailbox
from mailflow.runtime import logs
from mailflow.runtime.clock import now_utc
from mailflow.runtime.private import is_exposed


def run(
    once: Annotated[bool, typer.Option("--once", help="work off what is there, then end")] = False,
    level: Annotated[str, typer.Option(help="log level")] = "INFO",
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="mail received since then is new: a day, a moment, or all",
        ),
    ] = None,
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
            boxes = composition.mailboxes(config, stop)
            worker = make_worker(app, boxes, composition.sender(config), health, stop)
            if config.worker.health_port:
                port = health.serve(config.worker.health_port)
                logs.event("health.serving", port=port)
            begin(app, boxes, since_given(since, config), now_utc())
            worker.once(calendar=True) if once else worker.run()
            health.close()
            for name, mails in health.left_out_mails().items() if once else ():
                said = "; ".join(map(in_words, mails[:10]))
                words = t("{name}: {count} mails left out: {said}", name=name, said=said, count=len(mails))
                err.print(words, soft_wrap=True, markup=False)
            if once and (troubles := health.troubles()):
                for place, words in troubles.items():
                    err.print(f"{place}: {in_words(words)}", style="red", soft_wrap=True, markup=False)
                raise typer.Exit(3)


def import_mail(
    path: Annotated[Path | None, typer.Argument(exists=True, help="mbox / Maildir / .eml")] = None,
    history: Annotated[bool, typer.Option("--history", help="old mail: file it, answer nothing")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="answer mail received since then (a day, a moment, or all), only file what is older",
        ),
    ] = None,
) -> None:
    """Take in mails from an mbox, a Maildir or a folder of .eml files; without one, old mail of the mailboxes."""
    from mailflow import app as composition
    from mailflow.runtime.health import Health
    from mailflow.runtime.lock import StorageLock
    from mailflow.stages.collect import collect, old_mail

    if path is None and not history:
        fail(t("name a file or folder to take in; for the old mail of the mailboxes add --history"))
    if history and since is not None:
        fail(t("give either --history or --since"))
    with one_line_errors():
        config = load_config()
        chosen = since_given(since, config)
        stop = stop_on_signals()
        with StorageLock(config.storage), composition.open_app(config) as app:
            app.read_apart()  # before the display has its thread
            sources: list[Mailbox] = composition.mailboxes(config, stop)
            if path is None:
                begin(app, sources, None, now_utc(), tell=False)
                take: Callable[..., Iterator[int]] = old_mail
            else:
                files = Dated(composition.local_mailbox(path, config))
                sources = [files]
                take = partial(collect, history=history or importing(app, files, chosen, now_utc()))
            with progress() as shown:
                taken = shown.add_task(t("taking in"), total=None)
                worked = shown.add_task(t("working"), total=None)
                sender = None if history else composition.sender(config)
                worker = make_worker(
                    app, [], sender, Health(config.storage), stop, tell=lambda outcome: shown.advance(worked)
                )
                for source in sources:
                    for count in take(source, app.ledger, app.vault, worker.clock()):
                        shown.advance(taken, count)
                        if stop.is_set():
                            break
                    source.close()
                worker.once()
            out.print("  ".join(map(_counted, sorted(app.lists.counts().items()))))


def _counted(item: tuple[str, int]) -> str:
    name, count = item
    return f"{count_words(name)}={count}"


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="folder of the demo")] = Path("demo"),
) -> None:
    """Run the main job on sample mails with built-in mail servers; ends by itself with a table."""
    from mailflow.commands.demo import run_demo

    with one_line_errors():
        run_demo(folder)
