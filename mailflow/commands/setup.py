"""``mailflow init`` and ``mailflow check``: lay out a home, and find every mistake before mail is touched."""

from __future__ import annotations

import shlex
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, config_path, err, fail, one_line_errors, out
from mailflow.commands.journal import make_key
from mailflow.commands.language import in_words, language, t
from mailflow.commands.start import show_old
from mailflow.commands.waiting import obsolete, say_waiting
from mailflow.domain.errors import ConfigError, MailflowError, PermanentError, Problem
from mailflow.runtime.private import exposed
from mailflow.settings import config as configuration
from mailflow.settings import shipped
from mailflow.settings.config import Config
from mailflow.settings.problem_words import error_line, problem_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailflow.domain.ports import Mailbox

NEWEST = 50  # mails looked at for the name of the mailbox's own mail server
KEY_FILE = "keys/journal.key"  # below a new home
LEAST_FREE = 500_000_000  # bytes; below this a busy mailbox may fill the disk within a day


def init(
    folder: Annotated[Path, typer.Argument(help=t("要建立的目录", "the folder to make"), metavar="DIR")],
) -> None:
    """Lay out a new home: mailflow.yaml, rules/, templates/, storage/ - all yours to edit."""
    with one_line_errors():
        target = folder / configuration.FILE_NAME
        if target.exists():
            raise PermanentError(f"{target} exists already", remedy="edit it, or choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("rules", "templates"):
            # People's own files are kept: only what is missing is laid down.
            copy_missing(shipped.folder(name), folder / name)
        (folder / "storage").mkdir(exist_ok=True)
        if not (folder / KEY_FILE).exists():
            make_key(folder / KEY_FILE)
        target.write_text(SAMPLE, "utf-8")
        out.print(t(f"已建立 {target}", f"made {target}"))
        out.print(
            t(
                "下一步：1) 编辑 mailflow.yaml；2) 设置密码环境变量；3) mailflow check；4) mailflow run\n"
                f"请把 {KEY_FILE} 另存一份（不要与存储或备份放在一起）：没有它，日志就无法核对。",
                "Next: 1) edit mailflow.yaml; 2) set the password variables; 3) mailflow check; 4) mailflow run\n"
                f"Keep a copy of {KEY_FILE}, apart from storage and backups: without it the journal cannot be checked.",
            )
        )


def check(
    offline: Annotated[
        bool, typer.Option("--offline", help=t("不连接邮件服务器", "do not contact the mail servers"))
    ] = False,
) -> None:
    """Check configuration, rules (with their examples), templates, storage and connections; list every problem."""
    with one_line_errors():
        config, problems = configuration.sound_settings(config_path())
        is_sound = not problems
        if config is not None:
            problems += _files(config)
        if config is not None and is_sound and not (offline and config.ledger.address):
            problems += _keys(config)
        for problem in sorted(set(problems)):
            err.print(problem_line(problem, language()), style="red", soft_wrap=True)
        if config is None or not is_sound:
            count = len(set(problems))
            fail(
                t(
                    f"共 {count} 处问题。{configuration.FILE_NAME} 改正之后再试邮件服务器和存储。",
                    f"{count} problems.  Servers and storage are tried when {configuration.FILE_NAME} is right.",
                )
            )
        _say_exposed(config)
        _say_unkeyed(config)
        trouble = _storage(config)
        if not (offline and config.ledger.address):
            say_waiting(config, old=offline)  # else each mailbox says it
        if not (offline or _unusable(problems)):
            trouble += _connections(config)
        if not (offline and config.ledger.address):
            _own_servers(config)
        if problems:
            fail(t(f"共 {len(problems)} 处问题。", f"{len(problems)} problems."))
        if trouble:
            raise typer.Exit(3)
        out.print(t("一切正常。", "Everything is in order."), style="green")


def _unusable(problems: Sequence[Problem]) -> bool:
    """Do the settings of a server keep it from being tried?"""
    return any(problem.code.startswith("MF6") and problem.code < "MF620" for problem in problems)


def _files(config: Config) -> list[Problem]:
    from mailflow.app import load_parts, server_problems

    parts, problems = load_parts(config, whole=True)
    if parts is not None:
        office = parts.office
        rules, forms = len(parts.rulebook.rules), len(parts.forms.specs())
        procedures, people = len(office.procedures().all), len(office.staff().people)
        out.print(
            t(
                f"规则、模板：正常（规则 {rules}，表单 {forms}，流程 {procedures}，人员 {people}）",
                f"rules, templates: fine ({rules} rules, {forms} forms, {procedures} procedures, {people} people)",
            ),
            soft_wrap=True,
        )
    for words in _warnings(config):
        err.print(t("提醒：", "warning: ") + words, style="yellow", soft_wrap=True)
    return [*problems, *configuration.secret_problems(config_path(), config), *server_problems(config)]


def _keys(config: Config) -> list[Problem]:
    """Whether the journal bears the key of the settings, and whether the storage's own key is the one it had."""
    from mailflow.app import check_key, check_secret

    found = []
    for check_one in (check_key, check_secret):
        try:
            check_one(config)
        except ConfigError as error:
            found += error.problems
        except MailflowError:
            pass  # what keeps the ledger from being opened is said where it is tried
    return found


def _warnings(config: Config) -> list[str]:
    """What is no mistake yet and will leave something undone: holidays, roles, anchor or printer missing.

    Files that have mistakes are looked at as far as they are right.
    """
    from mailflow.app import printer
    from mailflow.backoffice import rules_path, sound_office, template_path
    from mailflow.office.calendar_files import load_calendars
    from mailflow.office.staff import problems_of
    from mailflow.runtime.clock import now_utc

    today = now_utc().astimezone(config.zone).date()
    calendars, _ = load_calendars(rules_path(config, "calendars"), config.zone)
    staff, roles = sound_office(config, calendars)
    summary = template_path(config, "digests") / config.casework.language / "summary.txt"
    silent = t(
        f"{summary} 没有印出日志校验码（page.anchor），请从随附的模板补上",
        f"{summary} does not print the journal's anchor (page.anchor): take it over from the shipped template",
    )
    no_paper = t(
        "本机没有 LibreOffice：签过字的扫描件不能与记录比对，都要由人核对后登记（mailflow sign） -> 安装 LibreOffice",
        "no LibreOffice here: signed pages cannot be compared with the record, a person looks at each "
        "(mailflow sign) -> install LibreOffice",
    )
    return [
        *(calendars.warnings(today, language()) if calendars else ()),
        *(problems_of(staff, roles, today, language()) if staff else ()),
        *obsolete(config),
        *([no_paper] if staff and staff.people and not printer().is_there() else ()),
        *((silent,) if summary.is_file() and b"page.anchor" not in summary.read_bytes() else ()),
    ]


def _say_exposed(config: Config) -> None:
    """Warn of storage and configuration that others on this machine can read.

    Nothing is changed: a group may have been let in on purpose, and files people put there are theirs.
    """
    for place in (config.storage, config_path(), *config.journal.files()):
        found = list(exposed(place))
        if found:
            remedy = f"chmod -R go= {shlex.quote(str(place))}"
            words = t(
                f"提醒：本机其他用户可访问 {place} 中的 {len(found)} 项，如 {found[0]} -> {remedy}",
                f"warning: others here may use {len(found)} files at {place}, such as {found[0]} -> {remedy}",
            )
            err.print(words, style="yellow", soft_wrap=True)


def _say_unkeyed(config: Config) -> None:
    """Warn of a journal without a key, which whoever has the storage can write anew from end to end."""
    if not config.journal.has_key:
        words = t(
            "提醒：日志没有密钥，能改动存储的人可以把它整个重写 -> mailflow journal new-key keys/journal.key",
            "warning: the journal has no key: whoever can write to the storage can write it anew "
            "-> mailflow journal new-key keys/journal.key",
        )
        err.print(words, style="yellow", soft_wrap=True)


def _storage(config: Config) -> list[str]:
    config.storage.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.storage).free
    if free < LEAST_FREE:
        words = t(f"磁盘剩余空间不足：{free >> 20} MB", f"little disk space left: {free >> 20} MB")
        err.print(words, style="red")
        return [words]
    out.print(t(f"存储：{config.storage}，剩余 {free >> 30} GB", f"storage: {config.storage}, {free >> 30} GB free"))
    health = config.storage / "health.json"
    if health.is_file():
        import json

        for place, words in json.loads(health.read_text("utf-8")).get("troubles", {}).items():
            err.print(
                t("上一轮的问题：", "trouble in the last round: ") + f"{place}: {in_words(words)}", style="yellow"
            )
    return []


def _own_servers(config: Config) -> None:
    """Say which name each mailbox's own mail server writes its checks under, or that the one in the settings is not."""
    from mailflow.app import newest_mails
    from mailflow.backoffice import own_servers
    from mailflow.stages.decode import decode
    from mailflow.trust.proposal import names_confirmed, names_seen, sealers_seen

    servers = own_servers(config)
    for box in config.mailboxes:
        try:
            mails = [decode(raw) for raw in newest_mails(config.ledger, config.storage, box.name, NEWEST)]
        except MailflowError:
            return  # what keeps the ledger from being opened is said where it is tried
        where = f"{t('邮箱', 'mailbox')} {box.name}: "
        if box.authserv_ids:
            names = ", ".join(box.authserv_ids)
            if mails and not names_confirmed(mails, servers[box.name]):
                words = t(
                    f"最近 {len(mails)} 封邮件中没有一封带有 authserv_ids（{names}）的认证结果：没有发件人能算已认证",
                    f"none of the newest {len(mails)} mails bears results of authserv_ids ({names}): "
                    "no sender counts as authenticated",
                )
                err.print(where + words, style="yellow", soft_wrap=True)
            for name, count in sealers_seen(mails, servers[box.name]):
                words = t(
                    f"最近 {len(mails)} 封邮件中有 {count} 封未通过核验，但带有 {name} 的 ARC 封签。"
                    "如果它是贵公司知道的、会核验来信的转发服务器或邮件列表，请人工确认后写入 mailflow.yaml："
                    f"arc_sealers: [{name}]",
                    f"{count} of the newest {len(mails)} mails failed the checks and are sealed (ARC) by {name}. If a "
                    "person knows it for a forwarder or list that checks what it passes on, write into mailflow.yaml: "
                    f"arc_sealers: [{name}]",
                )
                out.print(where + cell(words), style="yellow", soft_wrap=True, markup=False)
            continue
        for name, count in names_seen(mails):
            words = t(
                f"最近 {len(mails)} 封邮件中有 {count} 封的认证结果由 {name} 写入。请管理员确认这是贵公司自己的"
                f"收信服务器（旧邮件里的名称可能是发件人伪造的），再写入 mailflow.yaml：authserv_ids: [{name}]",
                f"{count} of the newest {len(mails)} mails bear results written by {name}. A person must confirm that "
                "this is your own mail server (senders can plant such names); then write into mailflow.yaml: "
                f"authserv_ids: [{name}]",
            )
            out.print(where + cell(words), style="yellow", soft_wrap=True, markup=False)
        if not mails:
            words = t(
                "未设 authserv_ids；收取过邮件后再运行 mailflow check，会列出可能的名称",
                "no authserv_ids; run mailflow check again when mail was collected: it then names what it sees",
            )
            out.print(where + words, soft_wrap=True)


def _connections(config: Config) -> list[str]:
    from mailflow.app import mailboxes, probe_ledger, sender

    failed = _probe(t("台账数据库", "ledger"), lambda: probe_ledger(config.ledger))
    for box in mailboxes(config, threading.Event()):
        failed += _probe(f"{t('邮箱', 'mailbox')} {box.name}", getattr(box, "probe", None)) or _old_mail(config, box)
        box.close()
    way_out = sender(config)
    if way_out is None:
        out.print(t("未配置 smtp：不会发出任何答复", "no smtp: no replies will leave"), style="yellow")
    else:
        troubles = way_out.probe()
        for words in troubles:
            err.print(f"smtp: {in_words(words)}", style="red", soft_wrap=True)
        if not troubles:
            out.print(t("smtp: 可以发信", "smtp: mails would be taken"))
        failed += troubles
        way_out.close()
    return failed


def _old_mail(config: Config, box: Mailbox) -> list[str]:
    """Say what of a mailbox would not be answered because it lay there before, or since when its mail is new."""
    from mailflow.app import starts
    from mailflow.runtime.clock import now_utc

    name = f"{t('邮箱', 'mailbox')} {box.name}: "
    try:
        found = starts(config.ledger, config.storage, box.name)
        if not found:
            show_old(box, now_utc())
    except MailflowError as error:
        err.print(name + error_line(error, language()), style="red", soft_wrap=True)
        return [str(error)]
    for row in found:
        since = row["since"].astimezone(config.zone).strftime("%Y-%m-%d %H:%M") if row["since"] else ""
        words = t(f"自 {since} 起的来信算新邮件", f"mail received since {since} is new") if since else ""
        if row["old"]:
            words += t(f"；更早的 {row['old']} 封未收取", f"; {row['old']} from before were not taken in")
            words += t("（mailflow import --history 归档）", " (mailflow import --history files them)")
        if words:
            out.print(f"{name}{cell(row['folder'])}: {words}", soft_wrap=True)
    return []


def _probe(name: str, probe: Callable[[], list[str]] | None) -> list[str]:
    if probe is None:
        return []
    try:
        for line in probe():
            out.print(f"{name}: {in_words(line)}", soft_wrap=True)
    except ConfigError as error:
        for problem in error.problems:
            err.print(f"{name}: {problem_line(problem, language())}", style="red", soft_wrap=True)
        return [str(error)]
    except MailflowError as error:
        err.print(f"{name}: {error_line(error, language())}", style="red", soft_wrap=True)
        return [str(error)]
    return []


def copy_missing(source: Path, target: Path) -> None:
    """Lay down what of ``source`` is not in ``target`` yet; content alone, modes are those of new files.

    Of the word lists an office has its own words alone: the shipped lists are always in use, a copy could only mislead.
    """
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        is_shipped_list = path.parent.name == shipped.LEXICON and path.name != shipped.OWN_WORDS
        if path.is_dir() or place.exists() or path.suffix in (".py", ".pyc") or is_shipped_list:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


SAMPLE = """\
# mailflow 配置。相对路径以本文件所在目录为准；密码不写在这里。
# Settings of mailflow.  Relative paths count from this file's folder; passwords never stand here.

company:
  name: 示例精密机械有限公司            # 我方公司全称 / our full company name
  english_name: Example Precision Machinery Co., Ltd.
  also_known_as: [示例精密]
  domains: [example.com]               # 我方邮箱域名 / our mail domains
  staff: []                            # 用免费邮箱的同事地址 / colleagues' addresses at free-mail hosts
  phone: ""
  urgent_phone: ""                     # 涉及人身安全的紧急电话 / for urgent safety matters

mailboxes:
  - name: service
    type: imap                         # imap | folder | maildir | mbox
    host: imap.exmail.qq.com
    security: tls                      # tls (993) | starttls (143)
    username: service@example.com
    password_env: MAILFLOW_IMAP_PASSWORD
    # password_file: secrets/imap      # 或 OAuth2 / or OAuth2:  token_command: "..."   token_file: ...
    addresses: [service@example.com]
    folders: [INBOX]
    after: nothing                     # 处理后 / when handled: nothing | flag | move
    done_folder: 已处理
    sent_folder: auto                  # 发出的邮件存入“已发送”，并读同事手写的答复 / copies; colleagues' own answers
    # authserv_ids: [mx.example.com]   # 贵公司收信服务器的名称，由 mailflow check 提示 / your mail server, see check

smtp:
  host: smtp.exmail.qq.com
  security: tls                        # tls (465) | starttls (587)
  username: service@example.com
  password_env: MAILFLOW_SMTP_PASSWORD
  from_address: service@example.com
  from_name: 示例精密 客户服务部

timezone: Asia/Shanghai
storage: storage
# ledger:                              # 默认是 storage 里的 SQLite；PostgreSQL 见 docs/howto/postgresql.md
#   address: postgresql://mailflow@db.example.com/mailflow
#   password_env: MAILFLOW_LEDGER_PASSWORD
journal:                               # 日志的密钥：不放在 storage 里，不进备份 / outside of storage and backups
  key_file: keys/journal.key           # 或 / or  key_env: MAILFLOW_JOURNAL_KEY
rules: rules
templates: templates

reading:
  second_opinion: false                # 显示“第二意见”，先运行 mailflow learn / shown after mailflow learn

worker:
  poll_seconds: 60
  health_port: 0                       # 例如 9117：http://127.0.0.1:9117/health 与 /metrics
"""
