"""The command line.  Every command: ``--help`` with an example, long work with progress, errors one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mailflow import __version__
from mailflow.commands import (
    cases,
    catalogue,
    contact,
    correct,
    examples,
    explain,
    journal,
    keep,
    learn,
    ledger,
    look,
    move,
    note,
    outbox,
    pile,
    procedure,
    promises,
    read,
    secret,
    setup,
    sign,
    summary,
    tasks,
    template,
    void,
    work,
)
from mailflow.commands.common import EXIT_CODES
from mailflow.commands.language import t
from mailflow.runtime.private import private_files

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


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailflow {__version__}")
        raise typer.Exit


@main.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help=t("配置文件，默认 ./mailflow.yaml", "configuration file, ./mailflow.yaml")),
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    context.with_resource(private_files())
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
    ("import", work.import_mail, "从 mbox、Maildir 或 .eml 目录收取邮件；旧邮件由人选择归档或答复。",
     "Take in mails from an mbox, a Maildir or a folder of .eml files; of old mail a person says what becomes of it.",
     "mailflow import old-mails.mbox --history"),
    ("cases", look.cases, "列出最近的案件。", "List the newest cases.", "mailflow cases --kind complaint"),
    ("case", cases.case, "查看一个案件的全部内容：客户、事实与原文、流程进度、记录与签字、填写内容、承诺、邮件、经过。",
     "Show one case in full: customer, facts, procedure, records, signatures, answers, promises, mails, journal.",
     "mailflow case TS-2026-0001"),
    ("tasks", tasks.tasks, "列出未完成的任务，最急的在前：时限、承担人、超时多久（按工作时间）。",
     "List open tasks, the most urgent first: due time, person, how late in working time.",
     "mailflow tasks --late --person 李梅"),
    ("assign", tasks.assign, "把任务交给某人；按流程不能办理的人接不了。",
     "Give an open task to somebody; whoever the procedure excludes cannot get it.",
     "mailflow assign 12 李梅"),
    ("done", tasks.done, "登记邮件之外办完的工作（电话、会议），检查与回信相同。",
     "Enter work done outside the mail (a call, a meeting), with all checks a mail would meet.",
     "mailflow done 12 处理方案=已安排复检 --by 李梅"),
    ("sign", sign.sign, "登记纸质签字；必须有签字页的扫描件。",
     "File a signature given on paper; the scan of the signed page is its evidence.",
     "mailflow sign 15 --by 李梅 --scan signed.pdf"),
    ("records", look.records, "列出记录的最新版：谁已签，还差谁。",
     "List records in their newest version: who signed, who must still sign.",
     "mailflow records --unsigned"),
    ("promises", promises.promises, "列出对客户的承诺，先到期的在前。",
     "List promises made to customers in approved answers, those due first.",
     "mailflow promises --late"),
    ("void", void.void, "作废开错或重复的案件：须两人同意，编号和邮件保留。",
     "End a case opened in error or twice: two people agree to it, its number and its mails stay.",
     "mailflow void TS-2026-0007 --because 与TS-2026-0005重复 --by 白露 --agreed 韩梅"),
    ("move", move.move, "拆分案件、并入别案、改类别或另立一案：写法与回信相同。",
     "Split a case, join it to another, make it another kind or open another: in the words of a reply.",
     "mailflow move TS-2026-0007 改为：询价 --by 白露"),
    ("note", note.note, "登记口头投诉（电话、来访）：与邮件一样保存和办理。",
     "Take in a complaint told by telephone or in person; it is kept and handled like a mail.",
     "mailflow note call.txt --by 李梅 --caller 王强 --company 沧州禾川管道设备有限公司 --phone 13800001234"),
    ("ledger", ledger.ledger, "投诉台账：按年或月显示，或写成 Word（JL-23-04）、CSV。",
     "Show or write the ledger of complaints of a year or month (Word form JL-23-04, CSV for Excel).",
     "mailflow ledger --year 2026 --month 11 --docx ledger.docx --csv ledger.csv"),
    ("summary", summary.summary, "显示管理层日报：来件、超时、待签、待人工、对账；不发信。",
     "Show the managers' daily summary in the terminal, or write it as HTML; nothing is sent.",
     "mailflow summary --html today.html"),
    ("explain", explain.explain, "说明一个案件为何这样理解：标注原文、类别与规则、事实、疑点、询问内容、更正。",
     "Show why a case was read as it was: marked mails, kinds and rules, facts, doubts, questions asked, corrections.",
     "mailflow explain TS-2026-0001"),
    ("correct", correct.correct, "更正（或确认）案件的事实或类别；原提取值保留，更正并列其旁，相关记录出新版。",
     "Correct (or confirm) a fact or the kind of a case; what was found stays, records that show it get a new version.",
     "mailflow correct TS-2026-0001 batch_no=240711-3 quantity= --by 王工"),
    ("learn", learn.learn, "用人工确认过类别的邮件训练“第二意见”，并与规则对照给出准确率；它只供参考。",
     "Train a second opinion from mails people checked, with its figures beside the rules'; it never decides.",
     "mailflow learn"),
    ("held", look.held, "列出等待人工处理的邮件及原因。", "List the mails that wait for a person, with the reason.",
     "mailflow held --json"),
    ("pile", pile.pile, "对来得过密的一堆邮件作答：合为一案、各立一案或不立案（须写理由）；不写答案则列出。",
     "Say what a pile of mail that came too fast is: one case, a case of each, or none, with the reason.",
     "mailflow pile 3 none --because 监控系统误报"),
    ("release", keep.release, "放行一封待人工或不予答复的邮件，不再排除。",
     "Let a held or set-aside mail be handled like any other; it is not excluded again.", "mailflow release 17"),
    ("replay", keep.replay, "用现在的规则重读一封待人工或不予答复的邮件。",
     "Read a held or set-aside mail again with today's rules.", "mailflow replay 17"),
    ("verify", keep.verify, "核对台账、原件库与档案：哈希、数量、编号、日志链；有错时退出码为 1。",
     "Compare ledger, vault and archive: hashes, counts, numbers, the journal's chain; exit code 1 on an error.",
     "mailflow verify --anchor 1234-9F3A-4B2C-7D01-55AA-16"),
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
# Groups: name, what it is about, its commands.
GROUPS: tuple[tuple[str, str, str, tuple[tuple[str, Callable[..., None], str, str, str], ...]], ...] = (
    ("archive", "客户档案", "customer archives", (
        ("rebuild", keep.rebuild, "用台账和原件库重建全部客户档案；旧档案保留在旁。",
         "Write all customer archives anew from ledger and vault; the old archive is kept beside.",
         "mailflow archive rebuild"),
    )),
    ("catalogue", "产品与客户目录", "the company's list of goods and customers", (
        ("import", catalogue.import_, "导入产品或客户目录（.xlsx、.csv）：先显示新增、变更、移除，加 --yes 写入。",
         "Take in the list of goods or customers (.xlsx, .csv): shows what is new, changed, gone; --yes writes it.",
         "mailflow catalogue import 产品目录.xlsx --yes"),
        ("list", catalogue.list_, "列出现用的目录。", "Show the catalogue in use.", "mailflow catalogue list"),
    )),
    ("contact", "客户联系人", "contacts of customers", (
        ("list", contact.list_, "列出联系人：属于哪个客户，是否已确认。",
         "List contacts: of which customer, and whether they are confirmed.",
         "mailflow contact list --unconfirmed"),
        ("confirm", contact.confirm, "确认某地址属于该客户：此后可向其告知案件内容。",
         "Say that an address is this customer's: from now on it is told about his cases.",
         "mailflow contact confirm li@hechuan.example --customer KH-00001 --by 李梅"),
        ("forget", contact.forget, "某地址不再（或从不）属于该客户：此后只能续写自己开立的案件。",
         "Say that an address is not, or no longer, this customer's: it can only continue cases it opened itself.",
         "mailflow contact forget li@hechuan.example --by 李梅"),
    )),
    ("examples", "规则示例", "examples for rules", (
        ("export", examples.export, "把人工更正变成规则示例（YAML），个人信息已隐去。",
         "Turn people's corrections into examples for the reading rules (YAML); personal data is masked.",
         "mailflow examples export --out examples.yaml"),
    )),
    ("journal", "日志的密钥", "the journal's key", (
        ("new-key", journal.new_key, "生成日志密钥文件（放在存储之外）；暂不改变任何内容。",
         "Make a key for the journal, outside of the storage; nothing is changed yet.",
         "mailflow journal new-key keys/journal.key"),
        ("use-key", journal.use_key, "让日志自此使用配置中的密钥；此前的内容一并封存。",
         "Let the journal bear the key of the configuration from now on; what was before is sealed.",
         "mailflow journal use-key"),
    )),
    ("outbox", "发件箱", "mails of ours that have not arrived", (
        ("list", outbox.list_, "列出未发出的邮件：待发、失败、待放行，及邮件服务器最后的答复。",
         "List mails that have not left: pending, failed, waiting to be released, with the mail server's last answer.",
         "mailflow outbox list --status failed"),
        ("show", outbox.show, "查看一封发出邮件的内容和每次投递的结果。",
         "Show one of our mails: its words and every try to deliver it.", "mailflow outbox show 17"),
        ("resend", outbox.resend, "重发失败、被退回或已撤销的邮件；内容和 Message-ID 不变。",
         "Send mails again that failed, came back or were withdrawn: the same words, the same Message-ID.",
         "mailflow outbox resend 17 --by 李梅"),
        ("cancel", outbox.cancel, "撤销未发出的邮件；须写明理由，永久载入日志。",
         "Withdraw mails that have not left; the reason stands in the journal for ever.",
         "mailflow outbox cancel 17 --because 已电话告知"),
        ("release", outbox.release, "放行待放行的邮件：写于没有邮件服务器时，或恢复备份前可能已发出。",
         "Let mails go out that wait: written while there was no mail server, or possibly sent before a restore.",
         "mailflow outbox release --all"),
    )),
    ("procedure", "办理流程", "procedures", (
        ("list", procedure.list_, "列出流程：服务哪些来信，多少步骤，用哪些表单。",
         "List the procedures: which cases they serve, how many tasks, which forms.",
         "mailflow procedure list"),
        ("show", procedure.show, "显示一个流程：Mermaid 图和步骤表。",
         "Show a procedure: a Mermaid diagram and a table of its tasks.",
         "mailflow procedure show complaint"),
        ("test", procedure.trial, "推演流程：所有路径、死路、循环；并用已有案件重选流程。",
         "Try procedures on paper: every way through; then which one the cases of the storage would get today.",
         "mailflow procedure test complaint"),
    )),
    ("promise", "对客户的承诺", "promises to customers", (
        ("kept", promises.kept, "登记一项承诺已兑现。", "Note that a promise was kept.", "mailflow promise kept 3"),
    )),
    ("secret", "令牌的密钥", "the key of tokens and QR codes", (
        ("renew", secret.renew, "存储中的密钥 secret.key 丢失或被换后，改用现有的或新的密钥；理由永久载入日志。",
         "Go on with another secret.key when the storage's is lost; the reason stands in the journal for ever.",
         "mailflow secret renew --because 磁盘损坏，备份中也没有"),
    )),
    ("template", "Word 表单", "Word forms", (
        ("new", template.new, "按随附表单的样式新建一张表单（.docx 和 .yaml），在 Word 中修改。",
         "Write a first .docx and its sidecar, in the look of the shipped forms, for you to edit in Word.",
         "mailflow template new JL-23-20 --title 现场服务记录"),
        ("check", template.check, "检查表单及其说明：每个问题和它在文档中的位置。",
         "Check forms and sidecars: every problem with its place in the document.",
         "mailflow template check templates/forms/JL-23-20.docx"),
        ("preview", template.preview, "用虚构数据填写表单来看：.docx，有 LibreOffice 时另出 PDF 和图片。",
         "Fill a form with invented data: .docx, and PDF and pictures where LibreOffice is installed.",
         "mailflow template preview JL-23-01 --png"),
    )),
)  # fmt: skip


def _add(place: typer.Typer, name: str, run: Callable[..., None], chinese: str, english: str, example: str) -> None:
    place.command(name, help=f"{t(chinese, english)}\n\n{t('示例', 'Example')}: {example}")(run)


for _command in COMMANDS:
    _add(main, *_command)
for _name, _chinese, _english, _commands in GROUPS:
    _group = typer.Typer(help=t(_chinese, _english), no_args_is_help=True)
    for _command in _commands:
        _add(_group, *_command)
    main.add_typer(_group, name=_name)
