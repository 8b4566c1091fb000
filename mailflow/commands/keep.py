"""``mailflow release``, ``replay``, ``verify``, ``backup``, ``restore``, ``archive rebuild``: what keeps it whole."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import TaskID

from mailflow.commands.common import cell, config_path, fail, load_config, one_line_errors, opened, out, table
from mailflow.commands.language import in_words, t
from mailflow.commands.running import progress
from mailflow.domain.anchor import Anchor, read_anchor
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailflow.app import Discrepancy

MessageId = Annotated[int, typer.Argument(metavar="ID", help="number of the mail, see mailflow held")]


def release(message: MessageId) -> None:
    """Let a held or set-aside mail be handled like any other; it is not excluded again."""
    _again(message, "release")


def replay(message: MessageId) -> None:
    """Read a held or set-aside mail again with today's rules."""
    _again(message, "replay")


_AFTERWARDS = sentence(
    "the next mailflow run collects and files everything since, also from the "
    "done_folder; numbers jump over a gap that is void; mail of which the folder of sent "
    "mail has a copy counts as sent, the rest that may have left waits for a person "
    "(mailflow outbox)"
)

Anchors = Annotated[
    list[str] | None,
    typer.Option("--anchor", help="of a summary mail; may be given several times"),
]


def verify(anchor: Anchors = None) -> None:
    """Compare ledger, vault and archive: hashes, counts, numbers, the journal's chain.  Exit code 1 on an error."""
    anchors = [_anchor(text) for text in anchor or ()]
    with one_line_errors(), opened(any_ledger=True) as app, _steps() as step:
        found = app.verify(step, anchors)
        head = app.anchor()
    if _report(found):
        raise typer.Exit(1)
    if head is not None:
        out.print(t("anchor of the journal, to be kept elsewhere: ") + str(head), soft_wrap=True)


def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="folder or .tar/.tar.gz")],
) -> None:
    """Back up ledger, vault, archive extras and settings, also while the worker runs."""
    from mailflow.app import make_backup
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        with _steps() as step:
            done = make_backup(load_config(), config_path().resolve(), target, now_utc(), step)
        out.print(
            t("backed up to {path}", path=done.path) + t("  ({files} files)", files=done.files),
            soft_wrap=True,
        )
        if done.secret:
            words = t("It holds the secret key: keep it as safe as the storage.")
            out.print(words, style="yellow")
        else:
            words = t("It holds no secret key: the storage has no secret.key -> mailflow check")
            out.print(words, style="red")
        if done.missing or done.altered:
            words = t("{count} missing, {altered} altered", count=len(done.missing), altered=len(done.altered))
            fail(t("the vault was damaged before: ") + words + " -> mailflow verify", 1)


def restore(
    source: Annotated[Path | None, typer.Argument(metavar="BACKUP", exists=True, help="the backup")] = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="the newer ledger is lost: go on with the one that is there",
        ),
    ] = False,
    gap: Annotated[
        int | None,
        typer.Option(min=0, help="numbers of each series to leave out"),
    ] = None,
) -> None:
    """Make the configured (empty) storage out of a backup, rebuild the archive and verify it."""
    from mailflow.app import go_on_in_place, restore_backup
    from mailflow.runtime.clock import now_utc
    from mailflow.runtime.lock import StorageLock

    if (source is None) == (not in_place):
        fail(t("name a backup, or --in-place"))
    with one_line_errors():
        config = load_config()
        if source is None:
            with StorageLock(config.storage):
                go_on_in_place(config, now_utc(), gap)
            out.print(t("the ledger that is there is used from now on"), soft_wrap=True)
            out.print(t(_AFTERWARDS), style="dim", soft_wrap=True)
            return
        with _steps() as step:
            done = restore_backup(config, source, now_utc(), step, gap)
        out.print(t("restored to {storage}", storage=done.storage), soft_wrap=True)
        words = t(
            "what came after the backup is not in it; anchors of summary mails tell how much: mailflow verify --anchor"
        )
        out.print(words, style="dim", soft_wrap=True)
        out.print(t(_AFTERWARDS), style="dim", soft_wrap=True)
        if _report(done.discrepancies):
            raise typer.Exit(1)


def rebuild() -> None:
    """Write all customer archives anew from ledger and vault; the old archive is kept beside."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        with _steps() as step:
            done = app.rebuild_archive(now_utc(), step)
        out.print(t("{customers} customer archives written", customers=done.customers))
        if done.old:
            out.print(t("the old archive: ") + str(done.old), soft_wrap=True)
        if done.beyond:
            words = t(
                (
                    "the old archive shows {count} journal entries (from {beyond} on) that the ledger "
                    "lacks or has otherwise: it may have been cut or rewritten. Keep the old archive"
                ),
                count=len(done.beyond),
                beyond=done.beyond[0],
            )
            fail(f"{words} -> docs/howto/verify.md", 5)


# ------------------------------------------------------------------------------------------------------------ parts


def _anchor(text: str) -> Anchor:
    found = read_anchor(text)
    if found is None:
        said = cell(text)[:60]
        fail(
            t(
                (
                    "{said!r} is no anchor, or was mistyped: a number and five groups of hexadecimal "
                    "digits, such as 1234-9F3A-4B2C-7D01-55AA-16"
                ),
                said=said,
            )
        )
    return found


def _again(message: int, what: str) -> None:
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        with app.ledger.begin() as work:
            done = work.release(message) if what == "release" else work.replay(message)
            if done:
                work.journal(f"mail.{what}d" if what == "release" else "mail.replayed", now_utc(),
                             actor=f"operator:{getpass.getuser()}", message=message)  # fmt: skip
        if not done:
            fail(
                t("mail {message} is neither held nor set aside -> mailflow held lists them", message=message),
                1,
            )
        out.print(t("mail {message} is processed in the next round", message=message))


_SEVERITIES = {"error": sentence("error"), "note": sentence("note")}


def _report(found: Sequence[Discrepancy]) -> bool:
    """Print what was found; True when there is an error among it."""
    errors = [item for item in found if item.severity == "error"]
    if found:
        shown = table(t("verify|severity"), t("verify|where"), t("what"), t("remedy"))
        for item in found:
            severity = t(_SEVERITIES[item.severity])
            shown.add_row(*map(cell, (severity, item.where, in_words(item.what), in_words(item.remedy))))
        out.print(shown)
    if errors:
        out.print(t("{count} errors", count=len(errors)), style="red")
    else:
        out.print(t("verified: no errors"), style="green")
    return bool(errors)


@contextmanager
def _steps() -> Iterator[Callable[[str, int, int], None]]:
    """Progress of named steps, each with its own bar."""
    with progress() as shown:
        bars: dict[str, TaskID] = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = shown.add_task(what, total=total)
            shown.update(bars[what], completed=done, total=total)

        yield step
