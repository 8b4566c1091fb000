"""The command line.  Every command: ``--help`` with an example, long work with progress, errors one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mailflow import __version__
from mailflow.commands import (
    capa,
    cases,
    catalogue,
    contact,
    correct,
    customers,
    duties,
    examples,
    explain,
    journal,
    keep,
    kind,
    learn,
    ledger,
    look,
    move,
    note,
    outbox,
    pile,
    procedure,
    profile,
    promises,
    read,
    report,
    secret,
    setup,
    sign,
    summary,
    survey,
    tasks,
    template,
    void,
    work,
)
from mailflow.commands.common import EXIT_CODES
from mailflow.commands.usage import Command, Group
from mailflow.runtime.private import private_files

main = typer.Typer(
    name="mailflow",
    cls=Group,
    help="Turns a shared customer-service mailbox into numbered cases, customer archives and Word records.",
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
        typer.Option("--config", "-c", help="configuration file, ./mailflow.yaml"),
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    context.with_resource(private_files())
    if config is not None:
        os.environ["MAILFLOW_CONFIG"] = str(config)


# Name, function, what it does, an example.
COMMANDS: tuple[tuple[str, Callable[..., None], str, str], ...] = (
    ("init", setup.init, "Lay out a new home: mailflow.yaml, rules/, templates/, storage/ - all yours to edit.",
     "mailflow init /srv/mailflow"),
    ("check", setup.check,
     "Check configuration, rules (with their examples), templates, storage and connections; list every problem.",
     "mailflow check --offline"),
    ("run", work.run, "Read the mailboxes, file and answer until stopped (Ctrl-C or SIGTERM; nothing is lost).",
     "mailflow run --once"),
    ("read", read.read, "Read mails and show what was understood; nothing is stored or sent.",
     "mailflow read inbox/*.eml --json > readings.jsonl"),
    ("import", work.import_mail,
     "Take in mails from an mbox, a Maildir or a folder of .eml files; of old mail a person says what becomes of it.",
     "mailflow import old-mails.mbox --history"),
    ("cases", look.cases, "List the newest cases.", "mailflow cases --kind complaint"),
    ("case", cases.case,
     "Show one case in full: customer, facts, procedure, records, signatures, answers, promises, mails, journal.",
     "mailflow case TS-2026-0001"),
    ("tasks", tasks.tasks, "List open tasks, the most urgent first: due time, person, how late in working time.",
     "mailflow tasks --late --person 李梅"),
    ("assign", tasks.assign, "Give an open task to somebody; whoever the procedure excludes cannot get it.",
     "mailflow assign 12 李梅"),
    ("done", tasks.done, "Enter work done outside the mail (a call, a meeting), with all checks a mail would meet.",
     "mailflow done 12 处理方案=已安排复检 --by 李梅"),
    ("sign", sign.sign, "File a signature given on paper; the scan of the signed page is its evidence.",
     "mailflow sign 15 --by 李梅 --scan signed.pdf"),
    ("duties", duties.duties, "List the duties of the calendar: to come, being done, late, done, and with whom.",
     "mailflow duties --late"),
    ("records", look.records, "List records in their newest version: who signed, who must still sign.",
     "mailflow records --unsigned"),
    ("promises", promises.promises, "List promises made to customers in approved answers, those due first.",
     "mailflow promises --late"),
    ("void", void.void, "End a case opened in error or twice: two people agree to it, its number and its mails stay.",
     "mailflow void TS-2026-0007 --because 与TS-2026-0005重复 --by 白露 --agreed 韩梅"),
    ("move", move.move,
     "Split a case, join it to another, make it another kind or open another: in the words of a reply.",
     "mailflow move TS-2026-0007 改为：询价 --by 白露"),
    ("note", note.note, "Take in a complaint told by telephone or in person; it is kept and handled like a mail.",
     "mailflow note call.txt --by 李梅 --caller 王强 --company 沧州禾川管道设备有限公司 --phone 13800001234"),
    ("ledger", ledger.ledger,
     "Show or write the ledger of complaints of a year or month (Word form JL-23-04, CSV for Excel).",
     "mailflow ledger --year 2026 --month 11 --docx ledger.docx --csv ledger.csv"),
    ("summary", summary.summary,
     "Show the managers' daily summary in the terminal, or write it as HTML; nothing is sent.",
     "mailflow summary --html today.html"),
    ("report", report.report,
     "Show the managers' report of a closed period, explain a figure, write it into a file, or send it; without a "
     "period the daily summary.", "mailflow report --month 2026-10 --explain within_30"),
    ("explain", explain.explain,
     "Show why a case was read as it was: marked mails, kinds and rules, facts, doubts, questions asked, "
     "corrections.",
     "mailflow explain TS-2026-0001"),
    ("correct", correct.correct,
     "Correct (or confirm) a fact or the kind of a case; what was found stays, records that show it get "
     "a new version.",
     "mailflow correct TS-2026-0001 batch_no=240711-3 quantity= --by 王工"),
    ("learn", learn.learn,
     "Train a second opinion from mails people checked, with its figures beside the rules'; it never decides.",
     "mailflow learn"),
    ("held", look.held, "List the mails that wait for a person, with the reason.",
     "mailflow held --json"),
    ("pile", pile.pile,
     "Say what a pile of mail that came too fast is: one case, a case of each, or none, with the reason.",
     "mailflow pile 3 none --because 监控系统误报"),
    ("kind", kind.kind,
     "Say what kind a mail is that waits for that word, or was kept because it asks for nothing: one of another "
     "kind becomes a case.", "mailflow kind 17 投诉 --by 白露"),
    ("release", keep.release,
     "Let a held or set-aside mail be handled like any other; it is not excluded again.", "mailflow release 17"),
    ("replay", keep.replay, "Read a held or set-aside mail again with today's rules.", "mailflow replay 17"),
    ("verify", keep.verify,
     "Compare ledger, vault and archive: hashes, counts, numbers, the journal's chain; exit code 1 on an error.",
     "mailflow verify --anchor 1234-9F3A-4B2C-7D01-55AA-16"),
    ("backup", keep.backup, "Back up ledger, vault, archive extras and settings, also while the worker runs.",
     "mailflow backup /backup/mailflow-2026-11-22.tar"),
    ("restore", keep.restore,
     "Make the configured (empty) storage out of a backup, rebuild the archive and verify it.",
     "mailflow restore /backup/mailflow-2026-11-22.tar"),
    ("demo", work.demo, "Run the main job on sample mails with built-in mail servers; ends by itself with a table.",
     "mailflow demo --dir /tmp/mailflow-demo"),
)  # fmt: skip
# Groups: name, what it is about, its commands.
GROUPS: tuple[tuple[str, str, tuple[tuple[str, Callable[..., None], str, str], ...]], ...] = (
    ("archive", "customer archives", (
        ("rebuild", keep.rebuild,
         "Write all customer archives anew from ledger and vault; the old archive is kept beside.",
         "mailflow archive rebuild"),
    )),
    ("survey", "rounds of asking customers how satisfied they are", (
        ("plan", survey.plan, "Show who would be asked and who not; with --yes open the round, to be signed.",
         "mailflow survey plan --period 2026 --until 2026-12-31 --by 白露 --yes"),
        ("send", survey.send, "Send the letters of a round whose plan is approved.", "mailflow survey send"),
        ("status", survey.status, "Show what became of each letter, and the answers a person must look at.",
         "mailflow survey status"),
        ("answer", survey.answer, "Enter what a customer said by telephone, or what a person reads in a mail.",
         "mailflow survey answer ZQ-2026-0007 wang@hc-pipe.example 1=5 2=4 3=n/a --by 白露"),
        ("close", survey.close, "End a round: what is answered later is kept and does not count.",
         "mailflow survey close ZQ-2026-0007 --by 白露"),
        ("report", survey.report, "Show what a round says and how surely; with --by write it into the report.",
         "mailflow survey report ZQ-2026-0007 --by 白露"),
    )),
    ("capa", "corrective and preventive actions", (
        ("list", capa.list_,
         "Show or write the ledger of corrective actions: source, owner, due, done, effect (Excel, Word form "
         "JL-8.5-03, CSV).", "mailflow capa list --open --xlsx capa.xlsx"),
        ("open", capa.open_,
         "Open a corrective action that no complaint led to: from a survey, a visit, a recurrence, an internal review.",
         "mailflow capa open fact.txt --about 交期得分下降 --source 满意度调查 --by 薛平"),
    )),
    ("catalogue", "the company's list of goods and customers", (
        ("import", catalogue.import_,
         "Take in the list of goods or customers (.xlsx, .csv): shows what is new, changed, gone; --yes writes it.",
         "mailflow catalogue import 产品目录.xlsx --yes"),
        ("list", catalogue.list_, "Show the catalogue in use.", "mailflow catalogue list"),
    )),
    ("contact", "contacts of customers", (
        ("list", contact.list_, "List contacts: of which customer, and whether they are confirmed.",
         "mailflow contact list --unconfirmed"),
        ("confirm", contact.confirm,
         "Say that an address is this customer's: from now on it is told about his cases.",
         "mailflow contact confirm li@hechuan.example --customer KH-00001 --by 李梅"),
        ("forget", contact.forget,
         "Say that an address is not, or no longer, this customer's: it can only continue cases it opened itself.",
         "mailflow contact forget li@hechuan.example --by 李梅"),
    )),
    ("customers", "what the company says of its customers", (
        ("import", customers.import_,
         "Take in tier, level, key customer and account manager from a list (.xlsx, .csv); --yes writes it.",
         "mailflow customers import 客户名单.xlsx --yes"),
        ("list", customers.list_, "Show what the company says of its customers.", "mailflow customers list"),
    )),
    ("examples", "examples for rules", (
        ("export", examples.export,
         "Turn people's corrections into examples for the reading rules (YAML); personal data is masked.",
         "mailflow examples export --out examples.yaml"),
    )),
    ("journal", "the journal's key", (
        ("new-key", journal.new_key, "Make a key for the journal, outside of the storage; nothing is changed yet.",
         "mailflow journal new-key keys/journal.key"),
        ("use-key", journal.use_key,
         "Let the journal bear the key of the configuration from now on; what was before is sealed.",
         "mailflow journal use-key"),
    )),
    ("outbox", "mails of ours that have not arrived", (
        ("list", outbox.list_,
         "List mails that have not left: pending, failed, waiting to be released, with the mail server's "
         "last answer.",
         "mailflow outbox list --status failed"),
        ("show", outbox.show,
         "Show one of our mails: its words and every try to deliver it.", "mailflow outbox show 17"),
        ("resend", outbox.resend,
         "Send mails again that failed, came back or were withdrawn: the same words, the same Message-ID.",
         "mailflow outbox resend 17 --by 李梅"),
        ("cancel", outbox.cancel, "Withdraw mails that have not left; the reason stands in the journal for ever.",
         "mailflow outbox cancel 17 --because 已电话告知"),
        ("release", outbox.release,
         "Let mails go out that wait: written while there was no mail server, or possibly sent before a restore.",
         "mailflow outbox release --all"),
    )),
    ("procedure", "procedures", (
        ("list", procedure.list_, "List the procedures: which cases they serve, how many tasks, which forms.",
         "mailflow procedure list"),
        ("show", procedure.show, "Show a procedure: a Mermaid diagram and a table of its tasks.",
         "mailflow procedure show complaint"),
        ("test", procedure.trial,
         "Try procedures on paper: every way through; then which one the cases of the storage would get today.",
         "mailflow procedure test complaint"),
    )),
    ("profile", "customers' profiles", (
        ("show", profile.show,
         "Show a customer's profile: every value with its mail and who entered it, what waits, what is missing.",
         "mailflow profile show KH-00001"),
        ("list", profile.list_, "List what mails say of customers that nobody has confirmed yet.",
         "mailflow profile list"),
        ("decide", profile.decide, "Say that values of the list hold, or (--refuse) that they do not.",
         "mailflow profile decide 3 4 --by 白露"),
        ("set", profile.set_, "Enter values of a customer's profile; what was there stays among the changes.",
         "mailflow profile set KH-00001 邮编=061000 --by 白露"),
        ("ledger", profile.ledger,
         "Show or write the ledger of customers (Excel, CSV): one line each, with what is missing.",
         "mailflow profile ledger --xlsx customers.xlsx"),
        ("copies", profile.copies,
         "List the customers of whose changes the keeper of the copies was not told, or did not get the mail.",
         "mailflow profile copies"),
        ("checks", profile.checks,
         "List every profile with whether it was checked in a quarter, by whom and when, and who is asked.",
         "mailflow profile checks --period 2026-Q1"),
    )),
    ("promise", "promises to customers", (
        ("kept", promises.kept, "Note that a promise was kept.", "mailflow promise kept 3"),
    )),
    ("secret", "the key of tokens and QR codes", (
        ("renew", secret.renew,
         "Go on with another secret.key when the storage's is lost; the reason stands in the journal for ever.",
         "mailflow secret renew --because 磁盘损坏，备份中也没有"),
    )),
    ("template", "Word forms", (
        ("new", template.new,
         "Write a first .docx and its sidecar, in the look of the shipped forms, for you to edit in Word.",
         "mailflow template new JL-23-20 --title 现场服务记录"),
        ("check", template.check, "Check forms and sidecars: every problem with its place in the document.",
         "mailflow template check templates/forms/JL-23-20.docx"),
        ("preview", template.preview,
         "Fill a form with invented data: .docx, and PDF and pictures where LibreOffice is installed.",
         "mailflow template preview JL-23-01 --png"),
    )),
)  # fmt: skip


def _add(place: typer.Typer, name: str, run: Callable[..., None], what: str, example: str) -> None:
    place.command(name, cls=Command, help=f"{what}\n\n{example}")(run)


for _command in COMMANDS:
    _add(main, *_command)
for _name, _about, _commands in GROUPS:
    _group = typer.Typer(cls=Group, help=_about, no_args_is_help=True)
    for _command in _commands:
        _add(_group, *_command)
    main.add_typer(_group, name=_name)
