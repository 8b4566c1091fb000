"""The command line.  Every command: ``--help`` with an example, long work with progress, errors one line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mailflow import __version__
from mailflow.commands import keep, look, read, setup, work
from mailflow.commands.common import EXIT_CODES
from mailflow.wording import t

main = typer.Typer(
    name="mailflow",
    help=t(
        "把客服公共邮箱变成有编号的案件、客户档案和 Word 记录。",
        "Turns a shared customer-service mailbox into numbered cases, customer archives and Word records.",
    ),
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
archive = typer.Typer(help=t("客户档案", "customer archives"), no_args_is_help=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailflow {__version__}")
        raise typer.Exit


@main.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help=t("配置文件，默认 ./mailflow.yaml", "configuration file, ./mailflow.yaml")),
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    if config is not None:
        os.environ["MAILFLOW_CONFIG"] = str(config)


for _command in (setup.init, setup.check, work.run, read.read, look.cases, look.case, look.held, work.demo):
    main.command()(_command)
main.command("import")(work.import_mail)
for _command in (keep.release, keep.replay, keep.verify, keep.backup, keep.restore):
    main.command()(_command)
archive.command("rebuild")(keep.rebuild)
main.add_typer(archive, name="archive")
