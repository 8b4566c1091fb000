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
    folder: Annotated[Path, typer.Argument(help="the folder to make", metavar="DIR")],
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
        target.write_text(shipped.sample_settings("mailflow"), "utf-8")
        out.print(t("made {target}", target=target))
        out.print(
            t(
                (
                    "Next: 1) edit mailflow.yaml; 2) set the password variables; 3) mailflow check; 4) "
                    "mailflow run\nKeep a copy of {key_file}, apart from storage and backups: without it "
                    "the journal cannot be checked."
                ),
                key_file=KEY_FILE,
            )
        )


def check(
    offline: Annotated[bool, typer.Option("--offline", help="do not contact the mail servers")] = False,
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
                    "{count} problems.  Servers and storage are tried when {file_name} is right.",
                    count=count,
                    file_name=configuration.FILE_NAME,
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
            fail(t("{count} problems.", count=len(problems)))
        if trouble:
            raise typer.Exit(3)
        out.print(t("Everything is in order."), style="green")


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
                ("rules, templates: fine ({rules} rules, {forms} forms, {procedures} procedures, {people} people)"),
                rules=rules,
                forms=forms,
                procedures=procedures,
                people=people,
            ),
            soft_wrap=True,
        )
    for words in _warnings(config):
        err.print(t("warning: ") + words, style="yellow", soft_wrap=True)
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
        ("{summary} does not print the journal's anchor (page.anchor): take it over from the shipped template"),
        summary=summary,
    )
    no_paper = t(
        "no LibreOffice here: signed pages cannot be compared with the record, a person "
        "looks at each (mailflow sign) -> install LibreOffice"
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
                "warning: others here may use {count} files at {place}, such as {found} -> {remedy}",
                count=len(found),
                place=place,
                found=found[0],
                remedy=remedy,
            )
            err.print(words, style="yellow", soft_wrap=True)


def _say_unkeyed(config: Config) -> None:
    """Warn of a journal without a key, which whoever has the storage can write anew from end to end."""
    if not config.journal.has_key:
        words = t(
            "warning: the journal has no key: whoever can write to the storage can write it anew "
            "-> mailflow journal new-key keys/journal.key"
        )
        err.print(words, style="yellow", soft_wrap=True)


def _storage(config: Config) -> list[str]:
    config.storage.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.storage).free
    if free < LEAST_FREE:
        words = t("little disk space left: {free} MB", free=free >> 20)
        err.print(words, style="red")
        return [words]
    out.print(t("storage: {storage}, {free} GB free", storage=config.storage, free=free >> 30))
    health = config.storage / "health.json"
    if health.is_file():
        import json

        for place, words in json.loads(health.read_text("utf-8")).get("troubles", {}).items():
            err.print(t("trouble in the last round: ") + f"{place}: {in_words(words)}", style="yellow")
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
        where = f"{t('mailbox')} {box.name}: "
        if box.authserv_ids:
            names = ", ".join(box.authserv_ids)
            if mails and not names_confirmed(mails, servers[box.name]):
                words = t(
                    (
                        "none of the newest {count} mails bears results of authserv_ids ({names}): no sender "
                        "counts as authenticated"
                    ),
                    count=len(mails),
                    names=names,
                )
                err.print(where + words, style="yellow", soft_wrap=True)
            for name, count in sealers_seen(mails, servers[box.name]):
                words = t(
                    (
                        "{count} of the newest {mails} mails failed the checks and are sealed (ARC) by "
                        "{name}. If a person knows it for a forwarder or list that checks what it passes on, "
                        "write into mailflow.yaml: arc_sealers: [{name}]"
                    ),
                    count=count,
                    mails=len(mails),
                    name=name,
                )
                out.print(where + cell(words), style="yellow", soft_wrap=True, markup=False)
            continue
        for name, count in names_seen(mails):
            words = t(
                (
                    "{count} of the newest {mails} mails bear results written by {name}. A person must "
                    "confirm that this is your own mail server (senders can plant such names); then "
                    "write into mailflow.yaml: authserv_ids: [{name}]"
                ),
                count=count,
                mails=len(mails),
                name=name,
            )
            out.print(where + cell(words), style="yellow", soft_wrap=True, markup=False)
        if not mails:
            words = t("no authserv_ids; run mailflow check again when mail was collected: it then names what it sees")
            out.print(where + words, soft_wrap=True)


def _connections(config: Config) -> list[str]:
    from mailflow.app import mailboxes, probe_ledger, sender

    failed = _probe(t("ledger"), lambda: probe_ledger(config.ledger))
    for box in mailboxes(config, threading.Event()):
        failed += _probe(f"{t('mailbox')} {box.name}", getattr(box, "probe", None)) or _old_mail(config, box)
        box.close()
    way_out = sender(config)
    if way_out is None:
        out.print(t("no smtp: no replies will leave"), style="yellow")
    else:
        troubles = way_out.probe()
        for words in troubles:
            err.print(f"smtp: {in_words(words)}", style="red", soft_wrap=True)
        if not troubles:
            out.print(t("smtp: mails would be taken"))
        failed += troubles
        way_out.close()
    return failed


def _old_mail(config: Config, box: Mailbox) -> list[str]:
    """Say what of a mailbox would not be answered because it lay there before, or since when its mail is new."""
    from mailflow.app import starts
    from mailflow.runtime.clock import now_utc

    name = f"{t('mailbox')} {box.name}: "
    try:
        found = starts(config.ledger, config.storage, box.name)
        if not found:
            show_old(box, now_utc())
    except MailflowError as error:
        err.print(name + error_line(error, language()), style="red", soft_wrap=True)
        return [str(error)]
    for row in found:
        since = row["since"].astimezone(config.zone).strftime("%Y-%m-%d %H:%M") if row["since"] else ""
        words = t("mail received since {since} is new", since=since) if since else ""
        if row["old"]:
            words += t("; {old} from before were not taken in", old=row["old"])
            words += t(" (mailflow import --history files them)")
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
