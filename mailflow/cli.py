"""The command line.  Every command: ``--help`` with an example, long work with progress, errors one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mailflow import __version__
from mailflow.commands import correct, examples, explain, keep, learn, look, read, setup, work
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
example = typer.Typer(help=t("规则示例", "examples for rules"), no_args_is_help=True)


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


# Name, function, what it does (Chinese, English), an example.
COMMANDS: tuple[tuple[str, Callable[..., None], str, str, str], ...] = (
    ("init", setup.init, "建立工作目录：mailflow.yaml、rules/、templates/、storage/，均可修改。",
     "Lay out a new home: mailflow.yaml, rules/, templates/, storage/ - all yours to edit.",
     "mailflow init /srv/mailflow"),
    ("check", setup.check, "检查配置、规则（含示例）、模板、存储与连接，一次列出全部问题。",
     "Check configuration, rules (with their examples), templates, storage and connections; list every problem.",
     "mailflow check --offline"),
    ("run", work.run, "读取邮箱、归档并答复，直到停止（Ctrl-C 或 SIGTERM，不会丢失）。",
     "Read the mailboxes, file and answer until stopped (Ctrl-C or SIGTERM; nothing is lost).",
     "mailflow run --once"),
    ("read", read.read, "读邮件并显示理解结果；不保存，不发送。",
     "Read mails and show what was understood; nothing is stored or sent.",
     "mailflow read inbox/*.eml --json > readings.jsonl"),
    ("import", work.import_mail, "从 mbox、Maildir 或 .eml 目录收取邮件。",
     "Take in mails from an mbox, a Maildir or a folder of .eml files.",
     "mailflow import old-mails.mbox --history"),
    ("cases", look.cases, "列出最近的案件。", "List the newest cases.", "mailflow cases --kind complaint"),
    ("case", look.case, "查看一个案件的全部内容：客户、邮件、事实与原文、记录、答复、经过。",
     "Show one case in full: customer, mails, facts with their words, records, replies, journal.",
     "mailflow case TS-2026-0001"),
    ("explain", explain.explain, "说明一个案件为何这样理解：标注原文、类别与规则、事实、疑点、询问内容、更正。",
     "Show why a case was read as it was: marked mails, kinds and rules, facts, doubts, questions asked, corrections.",
     "mailflow explain TS-2026-0001"),
    ("correct", correct.correct, "更正（或确认）案件的事实或类别；原提取值保留，更正并列其旁。",
     "Correct (or confirm) a fact or the kind of a case; what was found stays, the correction stands beside it.",
     "mailflow correct TS-2026-0001 batch_no=240711-3 quantity= --by 王工"),
    ("learn", learn.learn, "用人工确认过类别的邮件训练“第二意见”，并与规则对照给出准确率；它只供参考。",
     "Train a second opinion from mails people checked, with its figures beside the rules'; it never decides.",
     "mailflow learn"),
    ("held", look.held, "列出等待人工处理的邮件及原因。", "List the mails that wait for a person, with the reason.",
     "mailflow held --json"),
    ("release", keep.release, "放行一封待人工或不予答复的邮件，不再排除。",
     "Let a held or set-aside mail be handled like any other; it is not excluded again.", "mailflow release 17"),
    ("replay", keep.replay, "用现在的规则重读一封待人工或不予答复的邮件。",
     "Read a held or set-aside mail again with today's rules.", "mailflow replay 17"),
    ("verify", keep.verify, "核对台账、原件库与档案：哈希、数量、编号、日志链；有错时退出码为 1。",
     "Compare ledger, vault and archive: hashes, counts, numbers, the journal's chain; exit code 1 on an error.",
     "mailflow verify"),
    ("backup", keep.backup, "备份台账、原件库、档案与设置；运行中也可以。",
     "Back up ledger, vault, archive extras and settings, also while the worker runs.",
     "mailflow backup /backup/mailflow-2026-11-22.tar"),
    ("restore", keep.restore, "用备份恢复到配置的（空）存储，重建档案并核对。",
     "Make the configured (empty) storage out of a backup, rebuild the archive and verify it.",
     "mailflow restore /backup/mailflow-2026-11-22.tar"),
    ("demo", work.demo, "用样例邮件和内置邮件服务器演示主流程，结束时给出结果表。",
     "Run the main job on sample mails with built-in mail servers; ends by itself with a table.",
     "mailflow demo --dir /tmp/mailflow-demo"),
)  # fmt: skip
REBUILD = (
    "rebuild", keep.rebuild, "用台账和原件库重建全部客户档案；旧档案保留在旁。",
    "Write all customer archives anew from ledger and vault; the old archive is kept beside.",
    "mailflow archive rebuild",
)  # fmt: skip

EXPORT = (
    "export", examples.export, "把人工更正变成规则示例（YAML），个人信息已隐去。",
    "Turn people's corrections into examples for the reading rules (YAML); personal data is masked.",
    "mailflow examples export --out examples.yaml",
)  # fmt: skip


def _add(place: typer.Typer, name: str, run: Callable[..., None], chinese: str, english: str, example: str) -> None:
    place.command(name, help=f"{t(chinese, english)}\n\n{t('示例', 'Example')}: {example}")(run)


for _command in COMMANDS:
    _add(main, *_command)
_add(archive, *REBUILD)
main.add_typer(archive, name="archive")
_add(example, *EXPORT)
main.add_typer(example, name="examples")
