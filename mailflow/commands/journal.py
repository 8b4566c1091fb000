"""``mailflow journal new-key``, ``use-key``: the key that makes the journal's chain one nobody else can work out."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from mailflow.commands.common import cell, err, fail, load_config, one_line_errors, opened, out, user_name
from mailflow.commands.language import t
from mailflow.domain.errors import PermanentError


def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where the key shall lie")],
) -> None:
    """Make a key for the journal, outside of the storage; nothing is changed yet."""
    with one_line_errors():
        make_key(file)
        out.print(t("made the key {file}", file=file), soft_wrap=True)
        words = t(
            "Next: 1) write these two lines into mailflow.yaml; 2) mailflow check; 3) stop "
            "mailflow, then mailflow journal use-key.\nKeep a copy of the file, apart from "
            "storage and backups: without it the journal cannot be checked."
        )
        out.print(words, soft_wrap=True)
        out.print(f"journal:\n  key_file: {cell(file)}", soft_wrap=True)


def use_key(
    lost: Annotated[bool, typer.Option("--lost", help="the key so far is gone for good")] = False,
    because: Annotated[str, typer.Option("--because", help="the reason; stands in the journal for ever")] = "",
) -> None:
    """Let the journal bear the key of the configuration from now on: a first one, or another one.

    The journal states it, and seals everything before it, for ever.
    """
    from mailflow.runtime.clock import now_utc
    from mailflow.runtime.lock import StorageLock

    with one_line_errors():
        if lost and not because.strip():
            fail(t("--lost needs a reason: --because"))
        with StorageLock(load_config().storage), opened() as app:
            changed = app.ledger.use_key(now_utc(), actor=f"operator:{user_name()}", lost=lost, because=because.strip())
            head = app.anchor()
        if not changed:
            out.print(t("the journal bears this key already"))
            return
        words = t("The journal bears the key from now on; what was before is sealed.")
        out.print(words, style="green")
        if lost:
            words = t("That a key was lost mailflow verify tells for ever.")
            err.print(words, style="yellow")
        out.print(t("anchor of the journal, to be kept elsewhere: ") + str(head), soft_wrap=True)


def make_key(file: Path) -> None:
    """Write a new key; readable by its owner alone.

    Raises PermanentError when the file is there, OSError when it cannot be made; half a key is not left behind.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        remedy = "a key is never overwritten: give another name"
        raise PermanentError(f"{file} is there already", remedy=remedy) from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        file.unlink(missing_ok=True)
        raise
