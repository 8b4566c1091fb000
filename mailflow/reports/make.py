"""A report made: what the ledger says of a period and of those it is compared with, told to one reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from mailflow.office.staff import Staff
from mailflow.reports.duty_book import DutyBook, duty_sections
from mailflow.reports.facts import COMPLAINT, GRAVEST, CaseFacts, PeriodFacts, Source
from mailflow.reports.figures import Figure, Ruler, figures
from mailflow.reports.page import Change, Reader, Report, Row, Section, Table
from mailflow.reports.sections import Told, beside, compared, make_sections
from mailflow.reports.span import Span, before, span, unknown_years, year_before
from mailflow.reports.speak import Say
from mailflow.reports.words import better, name_of, number

KEY_FIGURES = (
    "received", "first_response_median", "first_response_p90", "within_30", "on_time_closure", "closing_rate",
    "closure_median", "reopen_rate", "recurrence_rate", "satisfaction",
)  # fmt: skip
SERVICE, TOP, REP, MANAGER = "service_manager", "general_manager", "management_rep", "manager"
WHOLE = (SERVICE, REP, TOP, MANAGER)
"""The roles that see all of a report, in the order a person is greeted by; heads of departments see their own."""

MOST_NAMED = 5


@dataclass(frozen=True)
class Maker:
    """What reports are made of.

    ``staff`` gives who is in force now, ``knows`` says if a year's holidays are known; ``book`` has the duties of the
    calendar, None: nothing is said of them.
    """

    source: Source
    staff: Callable[[], Staff]
    knows: Callable[[int], bool]
    zone: tzinfo
    company: str = ""
    book: DutyBook | None = None

    def ruler(self) -> Ruler:
        """What figures are measured with: the company's working time."""
        return Ruler(self.staff().calendar.between, self.zone)

    def make(
        self, period: str, reader: Reader, language: str, now: datetime, *, changes: Sequence[Change] = ()
    ) -> Report:
        """The report of a period for a reader.  Raises ValueError for what is no period's name, or one yet to begin."""
        return self.make_for(period, [reader], language, now, changes={reader.key: changes})[0]

    def make_for(
        self, period: str, readers: Sequence[Reader], language: str, now: datetime, *,
        changes: dict[str, Sequence[Change]] | None = None,
    ) -> list[Report]:  # fmt: skip
        """The same for several readers, from one state of the ledger."""
        spans = self.spans(period, now)
        read = dict(zip((each.name for each in spans), self.source.read(spans), strict=True))
        return [
            self._report(spans, read, reader, language, now, (changes or {}).get(reader.key, ())) for reader in readers
        ]

    def figures_at(self, periods: Sequence[tuple[str, datetime]], reader: Reader) -> list[dict[str, Figure]]:
        """The figures of periods as they were so at a moment, by what is known now; without those of the moment."""
        spans = [span(period, self.zone, as_of) for period, as_of in periods]
        read = self.source.read(spans, whole=False) if spans else ()
        return [figures(_scoped(facts, reader), self.ruler(), whole=False) for facts in read]

    def spans(self, period: str, now: datetime) -> list[Span]:
        """The period, the one before, and the same of the year before."""
        asked = span(period, self.zone, now)
        if asked.since > now:
            raise ValueError(f"{period} is yet to begin")
        found = [asked, before(asked, self.zone)]
        last = year_before(asked, self.zone)
        return found if last is None or last.name == found[1].name else [*found, last]

    def _report(
        self, spans: Sequence[Span], read: dict[str, PeriodFacts], reader: Reader, language: str, now: datetime,
        changes: Sequence[Change],
    ) -> Report:  # fmt: skip
        t, ruler = Say(language, self.zone, self.staff()), self.ruler()
        facts, *others = (_scoped(read[each.name], reader) for each in spans)
        mine = figures(facts, ruler)
        compared_with = [figures(each, ruler, whole=False) if each.cases else {} for each in others]
        then, last_year = compared_with[0], compared_with[1] if len(spans) > 2 else {}
        told = Told(
            facts, mine, then, last_year, spans[1].name, spans[2].name if len(spans) > 2 else "", ruler, changes
        )
        words = t.period(spans[0].name)
        sections = [one for one in make_sections(told, t) if _is_told(one, reader, spans[0])]
        duties, handed_in = duty_sections(self.book, spans[0], reader, now, t) if self.book else ((), ())
        return Report(
            span=spans[0], reader=reader, language=language,
            title=t("Report on complaints"), period=words,
            subject=_subject(mine, reader, words, t),
            opening=tuple(self._opening(spans, reader, told, t)),
            first=(_late(told, t), _better(told, t), _unhappy(told, t)),
            sections=(*sections, *duties), figures=mine, then=then, last_year=last_year,
            closing=(t("Every figure can be looked up: mailflow report --{kind} {period} --explain FIGURE",
                       kind=spans[0].kind, period=spans[0].name),),
            beside=(*beside(told, t), *handed_in), company=self.company, made_at=now,
        )  # fmt: skip

    def _opening(self, spans: Sequence[Span], reader: Reader, told: Told, t: Say) -> Iterator[str]:
        asked = spans[0]
        yield t(
            "Period: {since} to {until} ({zone}). What became of its complaints is counted up to {as_of}.",
            since=t.moment(asked.since), until=t.moment(asked.until), zone=str(self.zone), as_of=t.moment(asked.as_of),
        )  # fmt: skip
        if not asked.is_over:
            yield t("The period is not over yet: these are the figures so far.")
        if reader.department:
            yield t(
                "Only what {department} answers for: cases judged to be its own, and late tasks of its people.",
                department=t.department(reader.department),
            )
        if missing := unknown_years(asked, self.knows):
            yield t(
                "The holidays of {years} are not known here: working time counts them as work (rules/calendars).",
                years=", ".join(map(str, missing)),
            )
        if not told.then:
            yield t("There is nothing to compare with: no case of the period before.")


def readers(staff: Staff, day: date) -> list[Reader]:
    """Who gets reports: who holds a role that sees all, and the heads of departments for their own.

    Who sees all gets one; who is head of several departments gets one for each.  On leave too, not after leaving.
    """
    found: dict[str, Reader] = {}
    heads: list[Reader] = []
    for role in WHOLE:
        for person in staff.people:
            if role in person.roles and not staff.has_left(person, day):
                found.setdefault(person.address, Reader(person.name, person.address, role))
    for department in staff.departments.values():
        head = staff.by_address(department.head)
        if head is not None and not staff.has_left(head, day) and head.address not in found:
            heads.append(head_of(staff, department.name, head.name, head.address))
    return [*found.values(), *heads]


def head_of(staff: Staff, department: str, name: str = "", address: str = "") -> Reader:
    """The reader of what a department answers for."""
    people = frozenset(person.address for person in staff.people if person.department == department)
    return Reader(name, address, "head", department, people)


# ------------------------------------------------------------------------------------------------- the first screen


def _late(told: Told, t: Say) -> Section:
    late = told.facts.late
    with_whom = Counter(t.holder(task) for task in late)
    ordered = sorted(with_whom.items(), key=lambda item: (-item[1], item[0]))
    names = "；" if t.language != "en" else "; "
    people = names.join(f"{name} {count}" for name, count in ordered[:MOST_NAMED])
    silent = told.figures["not_answered"].cases
    lines = [
        t("{count} tasks are late, with: {people}", count=len(late), people=people) if late else t("No task is late."),
    ]
    if silent:
        lines.append(t("{count} complaints have no answer yet: {cases}", count=len(silent), cases=_some(silent, t)))
    rows = tuple(
        Row((t.holder(task), task.case, t.outside(task.company), t.outside(task.title_en if t.language == "en" else
             task.title), t.short_day(task.due_at)), alarm=task.severity in (GRAVEST, "重大"))
        for task in late
    )  # fmt: skip
    columns = (t("figure|with"), t("figure|case"), t("figure|customer"), t("figure|task"), t("figure|was due"))
    tables = (Table(columns, rows, key="cases"),) if rows else ()
    return Section("late", t("figure|What is late, and with whom?"), tuple(lines), tables, alarm=bool(late or silent))


def _better(told: Told, t: Say) -> Section:
    moved = {key: better(told.figures[key], told.then.get(key)) for key in KEY_FIGURES}
    worse = [name_of(key, t.language) for key, verdict in moved.items() if verdict is False]
    line = t("{better} figures are better than before, {worse} worse", better=sum(v is True for v in moved.values()),
             worse=len(worse))  # fmt: skip
    if worse:
        line += t("figure|: ") + t("figure|, ").join(worse[:MOST_NAMED])
    lines = (line,) if told.then else (t("There is nothing to compare with: no case of the period before."),)
    return Section("better", t("figure|Are we getting better?"), lines, (compared(told, KEY_FIGURES, t),))


def _unhappy(told: Told, t: Say) -> Section:
    """Customers who said so, whose case came again or was closed against their will; the gravest first."""
    span = told.facts.span
    found: dict[str, list[str]] = {}
    order: list[CaseFacts] = []
    for case in sorted(told.facts.cases, key=lambda one: (one.grade != GRAVEST, one.id)):
        why = list(_signs(case, span, t)) if case.kind == COMPLAINT else []
        if why:
            order.append(case)
            found[case.number] = why
    rows = tuple(
        Row((t.customer(case), case.number, t.outside(case.subject, 40), t("figure|, ").join(found[case.number])),
            alarm=case.grade == GRAVEST)
        for case in order
    )  # fmt: skip
    columns = (t("figure|customer"), t("figure|case"), t("figure|subject"), t("figure|sign"))
    customers = list(dict.fromkeys(t.customer(case) for case in order))
    lines = (
        (t("{count} customers: {names}", count=len(customers), names=_some(customers, t)),)
        if customers
        else (t("Nobody said so: of {count} who were asked, all are satisfied.", count=_asked(told)),)
        if _asked(told)
        else (t("Nobody said so; nobody was asked in the period."),)
    )
    return Section("unhappy", t("figure|Who is unhappy?"), lines, (Table(columns, rows, key="cases"),) if rows else (),
                   alarm=bool(rows))  # fmt: skip


def _signs(case: CaseFacts, span: Span, t: Say) -> Iterator[str]:
    said = case.said("satisfied")
    if said.value == "不满意" and span.holds(said.at):
        yield t("figure|not satisfied")
    if any(map(span.holds, case.reopenings)):
        yield t("figure|opened again")
    if span.holds(case.received) and case.repeats:
        yield t("figure|the same again")
    if span.holds(case.received) and case.grade == GRAVEST:
        yield t.value(GRAVEST)


# ------------------------------------------------------------------------------------------------------------ parts


def _asked(told: Told) -> int:
    return told.figures["satisfaction"].denominator or 0


def _some(names: Sequence[str], t: Say) -> str:
    more = f" … +{len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return t("figure|, ").join(names[:MOST_NAMED]) + more


def _is_told(section: Section, reader: Reader, of: Span) -> bool:
    """Mail is told to who sees all; room for people's words is on records alone, which days and weeks have none of."""
    if section.is_open:
        return of.kind not in ("day", "week")
    return not (reader.department and section.key == "machine")


def _scoped(facts: PeriodFacts, reader: Reader) -> PeriodFacts:
    return facts.only(reader.department, reader.people) if reader.department else facts


def _subject(mine: dict[str, Figure], reader: Reader, period: str, t: Say) -> str:
    received, open_, late = (number(mine[key], t.language) for key in ("received", "open_now", "late_now"))
    if reader.department:
        return t(
            "{department}, {period}: {received} complaints, {open} open, {late} tasks late",
            department=t.department(reader.department), period=period, received=received, open=open_, late=late,
        )  # fmt: skip
    return t(
        "Complaints in {period}: {received} received, {open} open, {late} tasks late",
        period=period, received=received, open=open_, late=late,
    )  # fmt: skip
