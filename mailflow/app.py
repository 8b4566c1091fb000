"""The composition root: configuration in, a working mailflow out.  The only module that knows the adapters."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from mailflow.adapters.apart import Apart
from mailflow.adapters.archive.folders import FolderArchive
from mailflow.adapters.archive.page import CasePages
from mailflow.adapters.attachments.forms import their_forms
from mailflow.adapters.attachments.reader import AttachmentTexts
from mailflow.adapters.libreoffice.printer import OfficePrinter
from mailflow.adapters.local.ical import calendar_file
from mailflow.adapters.local.sheet_file import sheet as sheet
from mailflow.adapters.local.table_file import read_table as read_table
from mailflow.adapters.loopback import loopback_servers, put_mails
from mailflow.adapters.mail_servers import local_mailbox, mailboxes, sender, server_problems
from mailflow.adapters.reporting import ReportTools
from mailflow.adapters.scans.papers import PaperComparer
from mailflow.adapters.scans.reader import ScanReader
from mailflow.adapters.secrets.key import make_secret, read_secret, secret_name, secret_problem, storage_secret
from mailflow.adapters.sql.dossier import Dossiers
from mailflow.adapters.sql.keys import read_keys
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.adapters.sql.lists import Lists
from mailflow.adapters.sql.opening import ledger_address, open_ledger, probe_ledger, refuse_postgresql
from mailflow.adapters.sql.summary_rows import SummaryRows
from mailflow.adapters.upkeep.backup import BackedUp, backup
from mailflow.adapters.upkeep.findings import Discrepancy, Progress
from mailflow.adapters.upkeep.journal_checks import REBUILT, Witness
from mailflow.adapters.upkeep.newest import (
    check_journal_key,
    newest_mails,
    secret_of_ledger,
    starts,
    waiting_for_people,
)
from mailflow.adapters.upkeep.rebuild import Rebuilt, rebuild
from mailflow.adapters.upkeep.restore import Restored, restore, restore_in_place
from mailflow.adapters.upkeep.series_checks import NumberPatterns
from mailflow.adapters.upkeep.verify import verify
from mailflow.adapters.vault import FileVault
from mailflow.adapters.word.forms import WordForms, load_forms
from mailflow.adapters.word.shaded import shaded
from mailflow.backoffice import BackOffice, letterhead, load_back_office, make_desk, own_servers
from mailflow.casework.acknowledgement import load_templates
from mailflow.casework.desk import Opening
from mailflow.casework.paper import Paper
from mailflow.domain import freemail
from mailflow.domain.anchor import Anchor
from mailflow.domain.errors import ConfigError, Problem
from mailflow.domain.model import Case, Details, Message
from mailflow.domain.ports import Printer, Reader
from mailflow.excluding.machine_marks import MachineMarks, load_marks
from mailflow.flow import Services, Task, look, warm_up
from mailflow.outgoing.templates import MailTemplates
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.lexicon_files import load as load_lexicon
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.matching.rulebook import load as load_rulebook
from mailflow.reading.people.ours import Ours
from mailflow.reading.review.second_opinion import SecondOpinion
from mailflow.reading.review.sure import printed
from mailflow.records.numbering import NumberFinder, check_pattern
from mailflow.records.registration import registration_fields
from mailflow.records.series import Series
from mailflow.records.sidecar import forms_named
from mailflow.runtime.private import private_storage
from mailflow.scheduled.archive import archive
from mailflow.settings import catalogue_file, shipped
from mailflow.settings.config import Config
from mailflow.stages.decode import decode
from mailflow.stages.extract import RuleReader
from mailflow.stages.file import FilingRules

__all__ = [
    "App", "Discrepancy", "Parts", "attachment_text", "calendar_file", "check_key", "check_secret",
    "go_on_in_place", "letterhead", "load_forms", "load_parts", "local_mailbox", "loopback_servers", "mailboxes",
    "make_backup", "newest_mails", "open_app", "printer", "probe_ledger", "put_mails", "reader", "reading_rules",
    "renew_secret", "restore_backup", "rule_reader", "sender", "server_problems", "starts", "waiting_for_people",
]  # fmt: skip

KINDS_MODEL = "models/kinds"  # below the storage: what mailflow learn makes


@dataclass(frozen=True)
class Parts:
    """What people wrote, read and checked: rules, forms, mail texts."""

    rulebook: Rulebook
    marks: MachineMarks
    forms: WordForms
    texts: MailTemplates
    office: BackOffice


@dataclass(frozen=True)
class App:
    """A mailflow ready to work, over one storage."""

    config: Config
    parts: Parts
    services: Services
    ledger: SqlLedger
    vault: FileVault
    folders: FolderArchive
    lists: Lists
    summaries: SummaryRows
    apart: Apart

    def read_apart(self) -> Callable[[Task], Any] | None:
        """Have mails read in a process forked here, best before there are threads; None where that cannot be."""
        own = self.services
        return self.apart if self.apart.start(partial(look, services=own), partial(warm_up, own)) else None

    def bring_archive_up_to_date(self) -> int:
        """Write the folders of all customers that are behind; returns how many."""
        total = 0
        while count := archive(self.folders.dossiers, self.folders):
            total += count
        return total

    def archive_customer(self, customer: int) -> None:
        """Write one customer's folder now."""
        self.folders.dossiers.mark(self.folders.write([customer]))

    def verify(self, progress: Progress | None = None, anchors: Sequence[Anchor] = ()) -> list[Discrepancy]:
        """Compare ledger, vault and archive, and all of them with the anchors people noted; errors first."""
        return verify(
            self.ledger.engine,
            self.vault,
            self.folders.folder,
            forms=self.parts.forms.specs(),
            patterns=number_patterns(self.config),
            progress=progress,
            witness=Witness(self.ledger.keys, tuple(anchors)),
        )

    def rebuild_archive(self, now: datetime, progress: Progress | None = None) -> Rebuilt:
        """Write the whole archive anew from ledger and vault; the old one is kept beside it.

        That it was, and whether the old one knew more than the ledger, stands in the journal.
        """
        self.ledger.check_key()
        done = rebuild(
            self.folders.folder, self.vault, self.folders.dossiers, decode, now, progress, self.folders.pages
        )
        with self.ledger.begin() as work:
            first = done.beyond[0] if done.beyond else None
            work.journal(REBUILT, now, customers=done.customers, beyond=len(done.beyond), first=first)
        return done

    @property
    def reports(self) -> ReportTools:
        """What the managers' reports are made with."""
        return ReportTools(self.ledger.engine, self.parts.forms, self.services.desk.secret, self.config.zone)

    def anchor(self) -> Anchor | None:
        """The journal's head now; None before its first entry."""
        return self.summaries.anchor()


def check_key(config: Config) -> None:
    """Raise ConfigError when the journal bears another key than the settings say; nothing is made."""
    check_journal_key(config.ledger, config.storage, read_keys(config.journal, config.kept))


def check_secret(config: Config) -> None:
    """Raise ConfigError when the storage's secret key is missing or another one; nothing is made."""
    if problem := secret_problem(config.storage, secret_of_ledger(config.ledger, config.storage)):
        raise ConfigError([problem])


def renew_secret(config: Config, now: datetime, *, actor: str, because: str) -> bool:
    """Go on with the secret key that lies in the storage, or with a new one; False when it is the one in use.

    Safe to repeat: the key is there before the ledger names it.
    """
    keys = read_keys(config.journal, config.kept)
    with contextlib.closing(open_ledger(config.ledger, config.storage, keys)) as ledger:
        ledger.check_key()
        known = ledger.secret()
        value = read_secret(config.storage)
        if not secret_name(value):
            value = make_secret(config.storage)
        elif not known or secret_name(value) == known:
            return False
        ledger.renew_secret(secret_name(value), now, actor=actor, because=because)
    return True


def make_backup(config: Config, config_file: Path, target: Path, now: datetime, progress: Progress) -> BackedUp:
    """Back up the storage with the settings, while the worker may run."""
    refuse_postgresql(config.ledger, "backup")
    settings = {config_file.name: config_file, "rules": config.rules, "templates": config.templates}
    return backup(config.storage, target, now=now, settings=settings, progress=progress)


def restore_backup(config: Config, source: Path, now: datetime, progress: Progress, gap: int | None = None) -> Restored:
    """Make the configured storage out of a backup; it must be empty."""
    refuse_postgresql(config.ledger, "restore")
    forms, problems = load_forms(config.templates / "forms")
    if forms is None:
        raise ConfigError(problems)
    return restore(
        source,
        config.storage,
        decode,
        now=now,
        forms=forms.specs(),
        patterns=number_patterns(config),
        progress=progress,
        witness=Witness(read_keys(config.journal, config.kept)),
        gap=gap,
        pages=CasePages(config.templates, config.zone),
    )


def go_on_in_place(config: Config, now: datetime, gap: int | None) -> None:
    """Go on with an older ledger in the storage as after a restore."""
    restore_in_place(config.storage, ledger_address(config.ledger, config.storage), config.ledger.password(), now, gap)


def number_patterns(config: Config) -> NumberPatterns:
    """The patterns verify checks the series with."""
    return NumberPatterns(config.numbering.case, config.numbering.record, config.numbering.customer)


def load_parts(config: Config, *, whole: bool = False) -> tuple[Parts | None, list[Problem]]:
    """Read everything people wrote; all problems of all files at once.

    Rules that are as they were shipped were tried by the tests; ``whole`` tries them too.
    """
    rulebook, marks, problems = reading_rules(config.rules, config.reading.industries, whole=whole)
    forms, more = load_forms(config.templates / "forms", whole=whole)
    texts, rest = load_templates(config.templates / "mail", whole=whole)
    known = {spec.code: spec for spec in forms.specs()} if forms else forms_named(config.templates / "forms")
    office, last = load_back_office(config, known, lexicon=rulebook.lexicon if rulebook else None, whole=whole)
    problems = [*problems, *more, *rest, *last, *_number_problems(config)]
    if problems or rulebook is None or marks is None or forms is None or texts is None or office is None:
        return None, problems
    return Parts(rulebook, marks, forms, texts, office), []


@contextlib.contextmanager
def open_app(config: Config, *, any_ledger: bool = False) -> Iterator[App]:
    """Open the storage and join everything.  Raises ConfigError with every problem, TemporaryError, PermanentError.

    ``any_ledger``: also one that is not this storage's; nothing is to be written then.
    """
    parts, problems = load_parts(config)
    if parts is None:
        raise ConfigError(problems)
    company = config.company
    with private_storage(config.storage), freemail.configured(company.freemail_domains, company.not_freemail):
        vault = FileVault(config.storage / "vault")
        ledger = open_ledger(
            config.ledger, config.storage, read_keys(config.journal, config.kept), any_ledger=any_ledger
        )
        scans, apart = ScanReader(), Apart(seconds=config.limits.reading_seconds)
        try:
            pages = _pages(config, parts.office)
            folders = FolderArchive(config.storage / "archive", vault, Dossiers(ledger.engine), decode, pages=pages)
            secret = _secret(config.storage, ledger, any_ledger=any_ledger)
            services = _services(config, parts, ledger, vault, scans, secret)
            lists = Lists(ledger.engine, config.storage)
            yield App(config, parts, services, ledger, vault, folders, lists, SummaryRows(ledger.engine), apart)
            if not any_ledger:
                ledger.watch(config.storage)
        finally:
            apart.close()
            scans.close()
            ledger.close()


def reading_rules(
    rules: Path | None, industries: Sequence[str] | None = None, *, whole: bool = False
) -> tuple[Rulebook | None, MachineMarks | None, list[Problem]]:
    """The rules that reading needs, from this folder or the shipped one; all problems at once.

    Rules that are as they were shipped were tried by the tests; ``whole`` tries them too.
    """
    folder = rules or shipped.folder("rules")
    lexicon, problems = load_lexicon(folder / shipped.LEXICON, whole=whole)
    rulebook, wrong = load_rulebook(folder / "reading", industries, whole=whole)
    marks, more = load_marks(folder / "exclusion.yaml", whole=whole)
    if rulebook is not None and lexicon is not None:
        rulebook = replace(rulebook, lexicon=lexicon)
    return rulebook, marks, [*problems, *wrong, *more]


def reader(config: Config, rulebook: Rulebook, staff: Collection[str] = ()) -> Reader:
    """Reads mails with the rules, knowing who we are; with a second opinion when that is wanted."""
    rules = rule_reader(config, rulebook, staff)
    return SecondOpinion(rules, config.storage / KINDS_MODEL) if config.reading.second_opinion else rules


def rule_reader(config: Config, rulebook: Rulebook, staff: Collection[str] = ()) -> RuleReader:
    """Reads mails with the rules alone, knowing who we are."""
    company = config.company
    names = tuple(filter(None, (company.name, company.english_name, *company.also_known_as)))
    own = Ours(config.own_addresses | set(company.staff) | set(staff), _domains(config), names)
    said = config.reading
    book = rulebook.with_words_of(said.products, said.models, said.order_shapes)
    book = book.with_catalogue(catalogue_file.load(config.rules))
    return RuleReader(book, own, attachment_text(rulebook.lexicon))


@cache
def attachment_text(lexicon: Lexicon) -> AttachmentTexts:
    """Reads the text of attached files; one for the whole program and the word lists it goes by."""
    return AttachmentTexts(lexicon)


# ------------------------------------------------------------------------------------------------------------ parts


def _secret(storage: Path, ledger: SqlLedger, *, any_ledger: bool) -> bytes:
    """The storage's key, known to the ledger from now on; for whoever only looks what is there, fit or not."""
    if any_ledger:
        return read_secret(storage)
    secret = storage_secret(storage, ledger.secret())
    ledger.take_secret(secret_name(secret))
    return secret


def _services(
    config: Config, parts: Parts, ledger: SqlLedger, vault: FileVault, scans: ScanReader, secret: bytes
) -> Services:
    def intake(case: Case, message: Message, details: Details) -> Mapping[str, Any]:
        received = message.received_at or case.opened_at
        return registration_fields(config.company.name, case, message, printed(details), received, config.zone)

    prefixes = config.numbering.prefixes
    staff = {address.lower() for address in config.company.staff} | parts.office.staff().addresses()
    filing = FilingRules(
        own_addresses=config.own_addresses | staff,
        own_domains=_domains(config),
        people=frozenset(staff),
        secret=secret,
        series=Series(config.numbering.case, config.numbering.record, config.numbering.customer, config.zone),
        prefixes=prefixes,
        case_numbers=NumberFinder(config.numbering.case, prefixes.values()),
        archive=parts.office.archive,
    )
    reads = reader(config, parts.rulebook, staff)
    desk = make_desk(
        parts.office,
        config,
        forms=parts.forms,
        vault=vault,
        letters=Paper(parts.texts, letterhead(config), config.casework.language, config.zone),
        decode=decode,
        filing=filing,
        fill_form=their_forms(),
    )
    opening = Opening(reads.read, intake, prefixes, filing.case_numbers)
    return Services(
        ledger=ledger,
        vault=vault,
        marks=parts.marks,
        own_mailboxes=config.own_addresses,
        servers=own_servers(config),
        reader=reads,
        scans=scans,
        papers=PaperComparer(scans, printer(), shaded),
        intake=intake,
        desk=replace(desk, opening=opening, cells=attachment_text(parts.rulebook.lexicon).cells),
        filing=filing,
    )


def printer() -> Printer:
    """Makes PDFs and pictures of records, where the machine has LibreOffice."""
    return OfficePrinter()


def _pages(config: Config, office: BackOffice) -> CasePages:
    """The pages of cases, with the names of our people as they are now."""

    def name(address: str) -> str:
        person = office.staff().by_address(address)
        return person.name if person else ""

    return CasePages(config.templates, config.zone, name, office.archive)


def _number_problems(config: Config) -> list[Problem]:
    patterns = (config.numbering.case, config.numbering.record)
    return [problem for pattern in patterns for problem in check_pattern(pattern, "mailflow.yaml")]


def _domains(config: Config) -> frozenset[str]:
    return frozenset(domain.lower() for domain in config.company.domains)
