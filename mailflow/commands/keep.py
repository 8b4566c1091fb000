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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailflow.app import Discrepancy

MessageId = Annotated[int, typer.Argument(metavar="ID", help=t("邮件编号，见 mailflow held", "see mailflow held"))]


def release(message: MessageId) -> None:
    """Let a held or set-aside mail be handled like any other; it is not excluded again."""
    _again(message, "release")


def replay(message: MessageId) -> None:
    """Read a held or set-aside mail again with today's rules."""
    _again(message, "replay")


_AFTERWARDS = t(
    "下次 mailflow run：收取并归档此后的全部来信（包括已移到 done_folder 的）；编号跳过一段并作废；"
    "“已发送”文件夹中有副本的发件算已发出，其余可能已发出的等待人工放行（mailflow outbox）",
    "the next mailflow run collects and files everything since, also from the done_folder; numbers jump over a gap "
    "that is void; mail of which the folder of sent mail has a copy counts as sent, the rest that may have left waits "
    "for a person (mailflow outbox)",
)

Anchors = Annotated[
    list[str] | None,
    typer.Option("--anchor", help=t("日报中的日志校验码，可给多个", "of a summary mail; may be given several times")),
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
        out.print(
            t("日志校验码，请另行保存：", "anchor of the journal, to be kept elsewhere: ") + str(head), soft_wrap=True
        )


def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help=t("目录或 .tar/.tar.gz", "folder or .tar/.tar.gz"))],
) -> None:
    """Back up ledger, vault, archive extras and settings, also while the worker runs."""
    from mailflow.app import make_backup
    from mailflow.runtime.clock import now_utc

    with one_line_errors():
        with _steps() as step:
            done = make_backup(load_config(), config_path().resolve(), target, now_utc(), step)
        out.print(
            t(f"已备份到 {done.path}", f"backed up to {done.path}")
            + t(f"（{done.files} 个文件）", f"  ({done.files} files)"),
            soft_wrap=True,
        )
        if done.secret:
            words = t("备份中含密钥，请同样妥善保管。", "It holds the secret key: keep it as safe as the storage.")
            out.print(words, style="yellow")
        else:
            words = t(
                "备份中没有密钥：存储里缺 secret.key -> mailflow check",
                "It holds no secret key: the storage has no secret.key -> mailflow check",
            )
            out.print(words, style="red")
        if done.missing or done.altered:
            words = t(
                f"缺 {len(done.missing)}，被改 {len(done.altered)}",
                f"{len(done.missing)} missing, {len(done.altered)} altered",
            )
            fail(t("库中已有损坏：", "the vault was damaged before: ") + words + " -> mailflow verify", 1)


def restore(
    source: Annotated[Path | None, typer.Argument(metavar="BACKUP", exists=True, help=t("备份", "the backup"))] = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help=t("较新的台账已丢失：用现有的台账继续", "the newer ledger is lost: go on with the one that is there"),
        ),
    ] = False,
    gap: Annotated[
        int | None,
        typer.Option(min=0, help=t("每个编号系列跳过多少号，默认按速度估算", "numbers of each series to leave out")),
    ] = None,
) -> None:
    """Make the configured (empty) storage out of a backup, rebuild the archive and verify it."""
    from mailflow.app import go_on_in_place, restore_backup
    from mailflow.runtime.clock import now_utc
    from mailflow.runtime.lock import StorageLock

    if (source is None) == (not in_place):
        fail(t("请给出备份，或用 --in-place", "name a backup, or --in-place"))
    with one_line_errors():
        config = load_config()
        if source is None:
            with StorageLock(config.storage):
                go_on_in_place(config, now_utc(), gap)
            out.print(t("将用现有台账继续", "the ledger that is there is used from now on"), soft_wrap=True)
            out.print(_AFTERWARDS, style="dim", soft_wrap=True)
            return
        with _steps() as step:
            done = restore_backup(config, source, now_utc(), step, gap)
        out.print(t(f"已恢复到 {done.storage}", f"restored to {done.storage}"), soft_wrap=True)
        words = t(
            "此备份之后的记录不在其中；用日报中的日志校验码可以核对缺到哪里：mailflow verify --anchor",
            "what came after the backup is not in it; anchors of summary mails tell how much: mailflow verify --anchor",
        )
        out.print(words, style="dim", soft_wrap=True)
        out.print(_AFTERWARDS, style="dim", soft_wrap=True)
        if _report(done.discrepancies):
            raise typer.Exit(1)


def rebuild() -> None:
    """Write all customer archives anew from ledger and vault; the old archive is kept beside."""
    from mailflow.runtime.clock import now_utc

    with one_line_errors(), opened() as app:
        with _steps() as step:
            done = app.rebuild_archive(now_utc(), step)
        out.print(t(f"已重建 {done.customers} 个客户档案", f"{done.customers} customer archives written"))
        if done.old:
            out.print(t("旧档案：", "the old archive: ") + str(done.old), soft_wrap=True)
        if done.beyond:
            words = t(
                f"旧档案中有 {len(done.beyond)} 条日志（自第 {done.beyond[0]} 条起）与台账不符或台账中没有："
                "台账可能被截短或改写。请保留旧档案",
                f"the old archive shows {len(done.beyond)} journal entries (from {done.beyond[0]} on) that the ledger "
                "lacks or has otherwise: it may have been cut or rewritten. Keep the old archive",
            )
            fail(f"{words} -> docs/howto/verify.md", 5)


# ------------------------------------------------------------------------------------------------------------ parts


def _anchor(text: str) -> Anchor:
    found = read_anchor(text)
    if found is None:
        said = cell(text)[:60]
        fail(
            t(
                f"“{said}”不是日志校验码，或抄录有误：应为 编号-五组十六进制数，如 1234-9F3A-4B2C-7D01-55AA-16",
                f"{said!r} is no anchor, or was mistyped: a number and five groups of hexadecimal digits, "
                "such as 1234-9F3A-4B2C-7D01-55AA-16",
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
                t(
                    f"邮件 {message} 不在待人工或不予答复之列；用 mailflow held 查看",
                    f"mail {message} is neither held nor set aside -> mailflow held lists them",
                ),
                1,
            )
        out.print(t(f"邮件 {message} 将在下一轮处理", f"mail {message} is processed in the next round"))


def _report(found: Sequence[Discrepancy]) -> bool:
    """Print what was found; True when there is an error among it."""
    errors = [item for item in found if item.severity == "error"]
    if found:
        shown = table(t("程度", "severity"), t("位置", "where"), t("问题", "what"), t("处理", "remedy"))
        for item in found:
            severity = t({"error": "错误", "note": "说明"}[item.severity], item.severity)
            shown.add_row(*map(cell, (severity, item.where, in_words(item.what), in_words(item.remedy))))
        out.print(shown)
    if errors:
        out.print(t(f"发现 {len(errors)} 处错误", f"{len(errors)} errors"), style="red")
    else:
        out.print(t("核对无误", "verified: no errors"), style="green")
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
