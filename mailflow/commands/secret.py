"""``mailflow secret renew``: go on when the key that signs tokens and QR codes is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.commands.common import cell, fail, load_config, one_line_errors, out, user_name
from mailflow.commands.language import t


def renew(
    because: Annotated[str, typer.Option("--because", help="the reason; stands in the journal for ever")] = "",
) -> None:
    """Go on with another secret key: the one that lies in the storage now, or a new one when there is none."""
    from mailflow.app import renew_secret
    from mailflow.runtime.clock import now_utc
    from mailflow.runtime.lock import StorageLock

    with one_line_errors():
        if not because.strip():
            fail(t("a reason is needed: --because"))
        config = load_config()
        with StorageLock(config.storage):
            changed = renew_secret(config, now_utc(), actor=f"operator:{user_name()}", because=cell(because.strip()))
        if not changed:
            out.print(t("The key is the one in use: nothing was changed."))
            return
        words = t(
            "Another key is in use from now on. Tokens (MF-, RF-) of mails sent before, and QR "
            "codes printed before, no longer count:\ncolleagues answer the mails as ever; a scan "
            "that comes by itself is filed by a person (mailflow sign --scan); customers' "
            "addresses are confirmed by their next answer.\nMake a new backup (mailflow backup)."
        )
        out.print(words, style="yellow", soft_wrap=True)
