"""The back office joined: staff, calendars, procedures and mails of casework, read, kept in force, and put to work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from mailflow.casework import notices
from mailflow.casework.desk import Brakes, Desk, Recurrence
from mailflow.casework.paper import Paper, load_staff_templates
from mailflow.casework.step import Turn
from mailflow.casework.summary.mail import load_digest_templates
from mailflow.casework.summary.period import Source
from mailflow.customers.profile_file import FILE as ARCHIVE
from mailflow.customers.profile_file import NO_RULES, ArchiveRules, load_archive_rules
from mailflow.customers.standing import Follows, answer_address
from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Address, Kind, Message
from mailflow.domain.ports import Forms, Ledger, Printer, Vault
from mailflow.domain.their_form_ports import FillForm
from mailflow.duties.file import FILE as DUTIES
from mailflow.duties.file import load_duties
from mailflow.duties.model import Duties
from mailflow.office.calendar_files import Calendars, load_calendars
from mailflow.office.holidays import Holidays
from mailflow.office.in_force import InForce, Read
from mailflow.office.report_terms import USUAL, ReportTerms, load_report_terms
from mailflow.office.staff import Staff, problems_of
from mailflow.office.staff_file import load_staff, role_keys, sound_staff
from mailflow.outgoing.letterhead import Letterhead
from mailflow.outgoing.templates import MailTemplates
from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import Procedures
from mailflow.reading.answers.move_words import MoveWords, load_move_words
from mailflow.reading.answers.words import AnswerWords, load_answer_words
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reports.duty_book import DutyBook
from mailflow.reports.make import Maker
from mailflow.scheduled.ask import ask
from mailflow.scheduled.attend import attend
from mailflow.scheduled.calendar_work import begin_duties
from mailflow.scheduled.digest import Digest
from mailflow.scheduled.gather import gather
from mailflow.scheduled.handover import hand_over
from mailflow.scheduled.papers import print_copies, print_letters
from mailflow.scheduled.profiles import EVERY as PROFILES_EVERY
from mailflow.scheduled.profiles import attend_profiles
from mailflow.scheduled.quiet import quiet
from mailflow.scheduled.remind import daily, remind
from mailflow.scheduled.report import Reporting, Tools
from mailflow.scheduled.sort import sort
from mailflow.scheduled.surveys import attend_surveys
from mailflow.settings import catalogue_file, shipped
from mailflow.settings.config import Config
from mailflow.settings.problem_words import problem_line
from mailflow.stages.file import FilingRules
from mailflow.surveys.file import FOLDER as SURVEYS
from mailflow.surveys.file import load_questionnaires
from mailflow.trust.level import OwnServer

SURVEYS_EVERY = timedelta(minutes=10)
"""How often what came back, and who is to be reminded, is looked for."""


@dataclass(frozen=True)
class BackOffice:
    """What people wrote for casework, read and checked."""

    staff: InForce[Staff]
    procedures: InForce[Procedures]
    duties: InForce[Duties]
    words: AnswerWords
    moves: MoveWords
    texts: MailTemplates
    digests: MailTemplates
    calendars: Calendars
    reports: ReportTerms = USUAL
    archive: ArchiveRules = NO_RULES

    def check(self) -> None:
        """Read again what was edited while we run."""
        self.staff.check()
        self.procedures.check()
        self.duties.check()

    def problems(self) -> tuple[Problem, ...]:
        """The problems of files whose last good state stays in force."""
        return (*self.staff.problems, *self.procedures.problems, *self.duties.problems)


def load_back_office(
    config: Config, forms: Mapping[str, FormSpec | None], *, lexicon: Lexicon | None = None, whole: bool = True
) -> tuple[BackOffice | None, list[Problem]]:
    """Read everything casework goes by; all problems of all files at once.

    A folder of rules from before there was casework is served with the shipped files.  ``forms`` are by code, None one
    that is wrong itself.  ``lexicon`` are the word lists of reading, the shipped ones without it.  Unless ``whole``,
    words that are as they were shipped are believed.
    """
    calendars, problems = load_calendars(rules_path(config, "calendars"), config.zone)
    staff_file = rules_path(config, "staff.yaml")
    procedure_folder = rules_path(config, "procedures")
    staff, more = load_staff(staff_file, calendars)
    problems += more
    roles = set(staff.titles) if staff else role_keys(staff_file)
    procedures, more = load_procedures(procedure_folder, forms=forms, roles=roles)
    duty_file = config.rules / DUTIES
    duties, wrong_duties = load_duties(duty_file, roles=roles, procedures=_for_duties(procedures))
    problems += wrong_duties
    words, rest = load_answer_words(rules_path(config, "answers.yaml"), whole=whole)
    moves, still_more = load_move_words(rules_path(config, "moves.yaml"), whole=whole)
    reports, about_reports = load_report_terms(rules_path(config, "reports.yaml"))
    own_archive = (config.rules / ARCHIVE).exists()  # the shipped holders may be roles the company has not
    archive, about_archive = load_archive_rules(rules_path(config, ARCHIVE), roles=roles if own_archive else None)
    texts, last = load_staff_templates(template_path(config, "staff"), whole=whole)
    digests, wrong_digests = load_digest_templates(template_path(config, "digests"), whole=whole)
    questions = load_questionnaires(config.rules / SURVEYS)[1] if whole else []
    problems += [*more, *rest, *still_more, *about_reports, *about_archive, *last, *wrong_digests, *questions]
    if problems or staff is None or calendars is None or procedures is None or words is None:
        return None, problems
    if duties is None or texts is None or digests is None or moves is None or reports is None or archive is None:
        return None, problems
    hours = calendars

    def read_staff() -> Read[Staff]:
        found, wrong = load_staff(staff_file, hours)
        return Read(found, tuple(wrong))

    people = InForce(staff, staff_file, read_staff)

    def read_procedures() -> Read[Procedures]:
        found, wrong = load_procedures(procedure_folder, forms=forms, roles=set(people().titles))
        return Read(found, tuple(wrong))

    rules = InForce(procedures, procedure_folder, read_procedures)

    def read_duties() -> Read[Duties]:
        found, wrong = load_duties(duty_file, roles=set(people().titles), procedures=_for_duties(rules()))
        return Read(found, tuple(wrong))

    words = replace(words, lexicon=lexicon) if lexicon else words
    calendar_of_duties = InForce(duties, duty_file, read_duties)
    return BackOffice(people, rules, calendar_of_duties, words, moves, texts, digests, calendars, reports, archive), []


def sound_office(config: Config, calendars: Calendars | None) -> tuple[Staff | None, list[str]]:
    """The people and the roles procedures need, as far as their files are right; for warnings alone."""
    staff, _ = sound_staff(rules_path(config, "staff.yaml"), calendars)
    procedures, _ = load_procedures(rules_path(config, "procedures"))
    return staff, sorted({role for each in (procedures.all if procedures else ()) for role in each.roles()})


def make_desk(
    office: BackOffice,
    config: Config,
    *,
    forms: Forms,
    vault: Vault,
    letters: Paper,
    decode: Callable[[bytes], Message],
    filing: FilingRules,
    fill_form: FillForm | None = None,
) -> Desk:
    """Everything casework needs, in one value.  ``letters`` is what customers are written on."""

    def customer_of(message: Message, is_followed: Follows) -> Address | None:
        if filing.is_ours(message.sender):
            return filing.author(message)
        return answer_address(message, config.own_addresses, is_followed)

    return Desk(
        procedures=office.procedures,
        staff=office.staff,
        forms=forms,
        series=filing.series,
        vault=vault,
        secret=filing.secret,
        company=config.company.name,
        letterhead=letters.letterhead,
        notes=replace(letters, templates=office.texts),
        letters=letters,
        words=office.words,
        moves=office.moves,
        decode=decode,
        is_ours=filing.is_ours,
        author=filing.author,
        customer_of=customer_of,
        brakes=Brakes(
            config.limits.replies_per_hour_and_address,
            config.limits.replies_per_hour,
            config.limits.mails_per_hour_and_colleague,
            config.limits.new_cases_per_hour_and_sender,
        ),
        zone=config.zone,
        token_days=config.casework.token_days,
        quiet_days=config.casework.quiet_days,
        letter_files=config.casework.letters,
        catalogue=catalogue_file.load(config.rules),
        reports=office.reports,
        fill_form=fill_form,
        archive=office.archive,
        recurrence=Recurrence(config.casework.recurrence.count, config.casework.recurrence.days),
    )


QUIET_EVERY = timedelta(hours=1)  # how often customers who hear nothing are looked for


def going_on(
    desk: Desk,
    office: BackOffice,
    ledger: Ledger,
    vault: Vault,
    printer: Printer,
    *,
    pdfs: bool = True,
    made: Reporting | None = None,
) -> Callable[[datetime], int]:
    """What a worker calls in every round: ask the people of new tasks, take due steps; returns how much was done.

    ``pdfs``: people get PDFs beside their Word files, and signed copies too.  ``made`` makes the reports that duties
    carry.
    """

    known: tuple[Staff, date] | None = None
    looked: datetime | None = None
    told: tuple[Problem, ...] = ()
    seen: tuple[Duties, datetime] | None = None
    surveys_at: datetime | None = None
    profiles_at: datetime | None = None

    def step(now: datetime) -> int:
        nonlocal known, told, looked, seen, surveys_at, profiles_at
        office.check()
        if (broken := office.problems()) != told:
            tell_broken(broken, desk, ledger, now)
            told = broken
        staff, day = office.staff(), now.astimezone(desk.zone).date()
        if known is None or known[0] is not staff or known[1] != day:
            hand_over(desk, ledger, now)
            known = staff, day
        if looked is None or now - looked >= QUIET_EVERY:
            quiet(desk, ledger, vault, now)
            looked = now
        if _has_begun(duties := office.duties(), staff, seen, now):
            begin_duties(desk, ledger, vault, duties, now, made=made)
            seen = duties, now
        if surveys_at is None or now < surveys_at or now - surveys_at >= SURVEYS_EVERY:
            attend_surveys(lambda work, at: Turn(desk, work, at), ledger, now)
            surveys_at = now
        if profiles_at is None or now < profiles_at or now - profiles_at >= PROFILES_EVERY:
            attend_profiles(desk, ledger, now)
            profiles_at = now
        done = print_letters(desk, ledger, printer, now)
        done += ask(desk, ledger, now, printer=printer if pdfs else None) + remind(desk, ledger, vault, now)
        done += sort(desk, ledger, now)
        done = done or attend(desk, ledger, now) + gather(desk, ledger, now)
        return done or (print_copies(ledger, vault, printer) if pdfs else 0)

    return step


def _has_begun(duties: Duties, staff: Staff, seen: tuple[Duties, datetime] | None, now: datetime) -> bool:
    """May a duty have begun since the last look at this file?"""
    return seen is None or seen[0] is not duties or bool(duties.begun(staff.calendar, seen[1], now))


def _for_duties(procedures: Procedures | None) -> set[str] | None:
    return {each.name for each in procedures.all if Kind.DUTY in each.kinds} if procedures else None


def tell_broken(problems: Sequence[Problem], desk: Desk, ledger: Ledger, now: datetime) -> int:
    """Tell the operator of files of rules that broke while we run; once for each content, also after a restart."""
    if not problems:
        return 0
    lines = [problem_line(problem, desk.notes.language) for problem in problems]
    content = sha256("\n".join(lines).encode())
    for path in sorted({Path(problem.file) for problem in problems}):
        if path.is_file():
            content.update(path.read_bytes())
    with ledger.begin() as work:
        return notices.broken(Turn(desk, work, now), lines, content.hexdigest())


def daily_mails(desk: Desk, ledger: Ledger) -> Callable[[datetime], None]:
    """The combined mail to everybody with work that is due."""

    def run(now: datetime) -> None:
        daily(desk, ledger, now)

    return run


def make_digest(office: BackOffice, desk: Desk, config: Config, source: Source) -> Digest:
    """The managers' summary over this ledger."""

    def rules(day: date) -> list[str]:
        roles = dict.fromkeys(role for procedure in office.procedures().all for role in sorted(procedure.roles()))
        broken = [problem_line(problem, language) for problem in office.problems()]
        unstaffed = problems_of(office.staff(), roles, day, language)
        return [*broken, *unstaffed, *office.calendars.warnings(day, language)]

    language = desk.notes.language
    paper = Paper(office.digests, desk.letterhead, language, config.zone)
    watched = [box.name for box in config.mailboxes]
    return Digest(paper, office.staff, source, config.casework.summary_at, watched, rules)


def make_reporting(office: BackOffice, desk: Desk, config: Config, tools: Tools) -> Reporting:
    """The managers' reports over this ledger."""

    def knows(year: int) -> bool:
        rule = office.staff().calendar.rule
        return not isinstance(rule, Holidays) or rule.knows(year)

    source = tools.source()
    book = DutyBook(office.duties, office.staff, source)
    maker = Maker(source, office.staff, knows, config.zone, config.company.name, book)
    return Reporting(maker, desk.letterhead, tools, desk.notes.language)


def letterhead(config: Config) -> Letterhead:
    """Who writes to customers."""
    company, smtp = config.company, config.smtp
    address = smtp.from_address if smtp else min(config.own_addresses, default="nobody@invalid")
    return Letterhead(
        sender=Address((smtp.from_name if smtp else "") or company.name, address),
        name=company.name,
        name_en=company.english_name,
        department=company.department,
        department_en=company.english_department,
        phone=company.phone,
        urgent_phone=company.urgent_phone,
        address=company.address,
        address_en=company.english_address,
        channels=company.channels,
        channels_en=company.english_channels,
        signature=company.signature,
        signature_en=company.english_signature,
        first_reply=config.worker.first_reply,
        first_reply_en=config.worker.first_reply_en,
    )


def own_servers(config: Config) -> dict[str, OwnServer]:
    """What is known of each mailbox's mail server, by the mailbox's name."""
    found = {}
    for box in config.mailboxes:
        name, _, value = box.inside_mark.partition(":")
        inside = (name.strip().lower(), value.strip())
        found[box.name] = OwnServer(frozenset(box.authserv_ids), inside, frozenset(box.arc_sealers))
    return found


def rules_path(config: Config, name: str) -> Path:
    """A file or folder of the rules in use, or the shipped one when the company's folder has none."""
    own = config.rules / name
    return own if own.exists() else shipped.folder("rules") / name


def template_path(config: Config, name: str) -> Path:
    """The same for templates."""
    own = config.templates / name
    return own if own.exists() else shipped.folder("templates") / name
