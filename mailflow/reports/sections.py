"""What stands in a report, section by section, in the order of the form 投诉月度分析报告.  READ ON HERE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from mailflow.reports.facts import COMPLAINT, GRAVEST, PRAISE, SUGGESTION, CaseFacts, PeriodFacts, money
from mailflow.reports.figures import Figure, Ruler, days_open, worked
from mailflow.reports.groups import Line, by_age, grouped
from mailflow.reports.page import Cell, Change, Chart, Row, Section, Table
from mailflow.reports.speak import Say
from mailflow.reports.words import NAMES, better, bracket, difference, name_of, number, rounded, value_of

TYPICAL = 5
MOST_BARS = 8

COUNTS = ("received", "valid", "invalid", "malicious", "not_judged", "grave", "all_cases", "complaint_rate")
RESPONSE = ("first_response_mean", "first_response_median", "first_response_p90", "within_30", "not_answered")
CLOSING = ("closed", "closure_median", "closure_mean", "on_time_closure", "closing_rate", "follow_up_rate",
           "satisfaction", "promises_kept")  # fmt: skip
ACTIONS = ("capa_on_time", "capa_effectiveness", "eight_d_on_time")


@dataclass(frozen=True, slots=True)
class Told:
    """What a report tells: the facts and figures of its period, and the figures it is compared with."""

    facts: PeriodFacts
    figures: dict[str, Figure]
    then: dict[str, Figure]
    last_year: dict[str, Figure]
    then_name: str
    last_year_name: str
    ruler: Ruler
    changes: Sequence[Change] = field(default=())


def make_sections(told: Told, t: Say) -> tuple[Section, ...]:
    """Every section, also those of which there is nothing: they say so, with the counts that prove it."""
    return (
        _counts(told, t), _kinds(told, t), _response(told, t), _closing(told, t), _repeats(told, t), _reopened(told, t),
        _actions(told, t), _cost(told, t), _typical(told, t), _open(t, "advice"), _praise(told, t), _open(t, "next"),
        _corrected(told, t), _machine(told, t),
    )  # fmt: skip


def compared(told: Told, keys: Sequence[str], t: Say, title: str = "") -> Table:
    """Figures beside those of the period before and of the same period of the year before."""
    rows = []
    for key in keys:
        now = told.figures[key]
        then, last = told.then.get(key), told.last_year.get(key)
        cells = [name_of(key, t.language), value_of(now, t.language)]
        if told.then:
            cells += [number(then, t.language) if then else "", _moved(now, then, t)]
        if told.last_year:
            cells += [number(last, t.language) if last else ""]
        rows.append(Row(tuple(cells), alarm=better(now, then) is False))
    columns = [t("figure|Figure"), t.period(told.facts.span.name)]
    if told.then:
        columns += [t.period(told.then_name), t("figure|change")]
    if told.last_year:
        columns += [t.period(told.last_year_name)]
    return Table(tuple(columns), tuple(rows), title, "compared")


# ------------------------------------------------------------------------------------------------- 1 counts, 2 kinds


def _counts(told: Told, t: Say) -> Section:
    received, came = told.figures["received"], told.figures["all_cases"]
    lines = []
    if not received.cases:
        period, mails = t.period(told.facts.span.name), told.facts.mails.present
        lines.append(t("No complaint came in {period}; {cases} cases of other kinds came.", period=period,
                       cases=len(came.cases)))  # fmt: skip
        if mails:
            lines.append(t("{mails} mails were taken in; what became of each stands at the end.", mails=mails))
    kinds = Counter(case.kind for case in told.facts.received)
    rows = tuple(
        Row((t.kind(kind), count)) for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    tables = [compared(told, COUNTS, t)]
    if rows:
        tables.append(Table((t("figure|kind"), t("figure|cases")), rows, t("figure|Cases of all kinds"), "by_kind"))
    return Section("counts", t("figure|Number of complaints"), tuple(lines), tuple(tables))


def _kinds(told: Told, t: Say) -> Section:
    mine = told.facts.complaints
    titles = {
        "class": t("figure|by class"), "product": t("figure|by product"), "defect": t("figure|by defect"),
        "department": t("figure|by department responsible"), "customer": t("figure|by customer"),
        "severity": t("figure|by severity"), "reason": t("figure|by reason code"),
    }  # fmt: skip
    tables, charts = [], []
    for by, title in titles.items():
        lines = grouped(mine, by) if mine else ()
        if not lines:
            continue
        names = [_group_name(by, line, t) for line in lines]
        rows = tuple(
            Row((name, line.count, f"{rounded(line.share, 1)}%", f"{rounded(line.together, 1)}%"))
            for name, line in zip(names, lines, strict=True)
        )
        columns = (title, t("figure|complaints"), t("figure|share"), t("figure|together"))
        tables.append(Table(columns, rows, key=by))
        if by in ("class", "defect") and any(line.name for line in lines):
            charts.append(_pareto(by, title, names, lines, t))
    words = () if mine else (t("Nothing to group: no complaint in the period."),)
    return Section("kinds", t("figure|What they were about"), words, tuple(tables), tuple(charts))


def _pareto(by: str, title: str, names: Sequence[str], lines: Sequence[Line], t: Say) -> Chart:
    shown = list(zip(names, lines, strict=True))[:MOST_BARS]
    words = "; ".join(f"{name} {line.count}" for name, line in shown)
    return Chart(
        f"pareto_{by}", t("Complaints {by}", by=title), tuple(name for name, _ in shown),
        tuple(line.count for _, line in shown), t("figure|complaints"),
        tuple(float(line.together) for _, line in shown), t("figure|together, %"), words,
    )  # fmt: skip


def _group_name(by: str, line: Line, t: Say) -> str:
    if line.others:
        return t("{count} others", count=line.others)
    if not line.name:
        return t("figure|not decided") if by in ("department", "reason") else t("figure|not told")
    if by == "department":
        return t.department(line.name)
    return t.value(line.name, 30)


# ------------------------------------------------------------------------------------------- 3 response, 4 closing


def _response(told: Told, t: Say) -> Section:
    mine = told.facts.complaints
    slow = [case for case in mine if (spent := worked(case, told.ruler)) is None or spent > timedelta(minutes=30)]
    slow.sort(key=lambda case: (case.first_answer is not None, -(worked(case, told.ruler) or timedelta()), case.id))
    rows = tuple(
        Row((*_about(case, t), _spent(case, told, t)), alarm=case.first_answer is None) for case in slow
    )  # fmt: skip
    tables = [compared(told, RESPONSE, t)]
    if rows:
        columns = (*_about_columns(t), t("figure|first answer"))
        tables.append(Table(columns, rows, t("Answered later than within 30 working minutes, or not at all"), "slow"))
    return Section("response", t("figure|How fast we answered"), (), tuple(tables), alarm=bool(rows) and rows[0].alarm)


def _spent(case: CaseFacts, told: Told, t: Say) -> str:
    spent = worked(case, told.ruler)
    if spent is None:
        return t("figure|none yet")
    return t("{count} working min", count=rounded(Decimal(spent.total_seconds()) / 60, 0))


def _closing(told: Told, t: Say) -> Section:
    span, facts, zone = told.facts.span, told.facts, told.ruler.zone
    ended = [case for case in facts.cases if case.kind == COMPLAINT and span.holds(case.closed_at)]
    tables = [compared(told, CLOSING, t)]
    if rows := _closed_by_grade(ended, told, t):
        columns = (t("figure|severity"), t("figure|closed"), t("figure|days, median"), t("figure|days, longest"))
        tables.append(Table(columns, rows, t("Time to close, by severity")))
    open_ = sorted(facts.still_open, key=lambda case: (case.received, case.id))
    charts: tuple[Chart, ...] = ()
    lines = []
    if open_:
        ages = by_age(open_, span.as_of, zone)
        names = tuple(t("{ages} days", ages=name) for name, _ in ages)
        counts = tuple(len(numbers) for _, numbers in ages)
        words = "; ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
        charts = (Chart("ages", t("Complaints open now, by age"), names, counts, t("figure|complaints"), words=words),)
        aged = tuple(
            Row((name, count), alarm=place >= 2 and count > 0)
            for place, (name, count) in enumerate(zip(names, counts, strict=True))
        )
        tables.append(Table((t("figure|open for"), t("figure|complaints")), aged, t("Complaints open now, by age")))
        rows = tuple(
            Row(
                (*_about(case, t), t.person(case.owner) or "–", days_open(case, span.as_of, zone),
                 t.short_day(case.due) or "–"),
                alarm=case.due is not None and case.due < span.as_of,
            )
            for case in open_
        )  # fmt: skip
        listed = (*_about_columns(t), t("figure|owner"), t("figure|days open"), t("figure|expected"))
        tables.append(Table(listed, rows, t("Complaints that are not closed"), "open"))
    else:
        lines.append(t("No complaint is open."))
    late = any(case.due is not None and case.due < span.as_of for case in open_)
    return Section("closing", t("figure|Closing, and what is open"), tuple(lines), tuple(tables), charts, alarm=late)


def _closed_by_grade(ended: Sequence[CaseFacts], told: Told, t: Say) -> tuple[Row, ...]:
    grades: dict[str, list[int]] = {}
    for case in ended:
        assert case.closed_at is not None
        grades.setdefault(case.grade, []).append(days_open(case, case.closed_at, told.ruler.zone))
    rows = []
    for grade in sorted(grades, key=lambda name: (name != GRAVEST, name != "重大", name == "", name)):
        days = sorted(grades[grade])
        middle = Decimal(days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
        rows.append(Row((t.value(grade) or t("figure|not told"), len(days), rounded(middle, 1), days[-1])))
    return tuple(rows)


# --------------------------------------------------------------------------------- 5 repeats, 6 reopened, 7 actions


def _repeats(told: Told, t: Say) -> Section:
    mine = told.facts.complaints
    rows = tuple(
        Row((*_about(case, t), t.outside("；".join(case.defects), 30), case.repeats)) for case in mine if case.repeats
    )
    mute = sum(not case.names_defect for case in mine)
    lines = [t("{count} complaints name no defect and could not be compared.", count=mute)] if mute else []
    if not rows:
        lines.insert(0, t("No complaint of the period repeats an earlier one."))
    tables = [compared(told, ("recurrence_rate",), t)]
    if rows:
        tables.append(Table((*_about_columns(t), t("figure|defect"), t("figure|as in")), rows, key="cases"))
    return Section("repeats", t("figure|Repeated complaints"), tuple(lines), tuple(tables))


def _reopened(told: Told, t: Say) -> Section:
    wanted = set(told.figures["reopen_rate"].cases)
    rows = tuple(
        Row((*_about(case, t), t.short_day(case.reopenings[-1]) if case.reopenings else "",
             t.value(case.value("satisfied"), 20) or "–"))
        for case in told.facts.cases if case.number in wanted
    )  # fmt: skip
    columns = (*_about_columns(t), t("figure|opened again on"), t("figure|customer's opinion"))
    lines = () if rows else (t("No complaint that was closed in the period was opened again."),)
    tables = [compared(told, ("reopen_rate",), t), *([Table(columns, rows, key="cases")] if rows else [])]
    return Section("reopened", t("figure|Opened again"), lines, tuple(tables))


def _actions(told: Told, t: Say) -> Section:
    return Section("actions", t("figure|Corrective and preventive action"), (), (compared(told, ACTIONS, t),))


# ------------------------------------------------------------------------- 8 cost, 9 typical cases, 11 praise


def _cost(told: Told, t: Say) -> Section:
    wanted = set(told.figures["cost"].cases)
    rows = tuple(
        Row((*_about(case, t), _amount(case)[0], _amount(case)[1]))
        for case in told.facts.cases
        if case.number in wanted and money(case.value("amount"))
    )
    columns = (*_about_columns(t), t("figure|amount"), t("figure|currency"))
    lines = (t("Only compensation is recorded here; material, labour, freight and travel are to be added by hand."),)
    tables = [compared(told, ("cost",), t), *([Table(columns, rows, key="cases")] if rows else [])]
    return Section("cost", t("figure|Cost"), lines, tuple(tables))


def _amount(case: CaseFacts) -> tuple[Cell, str]:
    found = money(case.value("amount"))
    return (found[0].quantize(Decimal("0.01")), found[1]) if found else ("", "")


def _typical(told: Told, t: Say) -> Section:
    """The gravest ones and those that cost most: chosen by facts, told in the words people wrote."""
    order = {GRAVEST: 0, "重大": 1}

    def weight(case: CaseFacts) -> tuple[int, Decimal, int]:
        found = money(case.value("amount"))
        return order.get(case.grade, 2), -(found[0] if found else Decimal(0)), case.id

    chosen = [case for case in sorted(told.facts.complaints, key=weight) if weight(case)[:2] < (2, Decimal(0))][
        :TYPICAL
    ]
    rows = tuple(
        Row((*_about(case, t), t.outside("；".join(case.defects), 30),
             t.outside(case.value("conclusion") or case.value("disposition"), 80) or "–"))
        for case in chosen
    )  # fmt: skip
    columns = (*_about_columns(t), t("figure|defect"), t("figure|result"))
    lines = () if rows else (t("No complaint of the period was serious or cost compensation."),)
    return Section(
        "typical", t("figure|Cases to learn from"), lines, (Table(columns, rows, key="cases"),) if rows else ()
    )


def _praise(told: Told, t: Say) -> Section:
    chosen = [case for case in told.facts.received if case.kind in (PRAISE, SUGGESTION)]
    rows = tuple(
        Row((case.number, t.kind(case.kind), t.customer(case), t.outside(case.subject, 50),
             t.value(case.value("adopted"), 20) or "–"))
        for case in chosen
    )  # fmt: skip
    columns = (t("figure|case"), t("figure|kind"), t("figure|customer"), t("figure|subject"), t("figure|adopted"))
    lines = () if rows else (t("Neither praise nor suggestions came."),)
    return Section(
        "praise", t("figure|Praise and suggestions"), lines, (Table(columns, rows, key="cases"),) if rows else ()
    )


def _open(t: Say, key: str) -> Section:
    """What a person writes: the program has no opinion."""
    title = t("figure|Problems and proposals") if key == "advice" else t("figure|What matters next")
    return Section(key, title, (t("(to be written by whoever prepares the report)"),), is_open=True)


# -------------------------------------------------------------------------------------- corrections, machine


def _corrected(told: Told, t: Say) -> Section:
    rows = tuple(
        Row((t.period(one.period), name_of(one.key, t.language) if one.key in NAMES else one.key, one.was, one.now))
        for one in told.changes
    )
    columns = (t("figure|period"), t("figure|Figure"), t("figure|as reported"), t("figure|now"))
    lines = (t("Data of these periods were put right after their reports were sent."),) if rows else ()
    lines = lines or (t("Nothing that was reported before has changed."),)
    return Section(
        "corrected", t("figure|Earlier reports"), lines, (Table(columns, rows, key="cases"),) if rows else ()
    )


def _machine(told: Told, t: Say) -> Section:
    mails = told.facts.mails
    adds_up = mails.present == mails.handled + mails.aside + mails.held + mails.waiting
    lines = [
        t(
            "{present} mails came in the period = {handled} handled + {aside} set aside + {held} held",
            present=mails.present, handled=mails.handled, aside=mails.aside, held=mails.held,
        )
        + (t(" + {waiting} being worked on", waiting=mails.waiting) if mails.waiting else "")
        + bracket(t("figure|adds up") if adds_up else t("figure|DOES NOT ADD UP"), t.language),
        t("Sent: {sent}; failed or returned: {failed}; not sent yet: {unsent}.", sent=mails.sent, failed=mails.failed,
          unsent=mails.unsent),
    ]  # fmt: skip
    if mails.imported:
        lines.append(t("{count} mails were imported from the past and count nowhere.", count=mails.imported))
    rows = tuple(
        Row((t.outside(name), t("figure|adds up") if right else t("figure|DOES NOT ADD UP"),
             t.moment(at) if at else t("figure|never")), alarm=not right or at is None)
        for name, right, at in mails.folders
    )  # fmt: skip
    columns = (t("figure|mailbox"), t("figure|count"), t("figure|counted last"))
    if mails.anchor:
        lines.append(t("Anchor of the journal: {anchor}", anchor=mails.anchor))
    alarm = not adds_up or bool(mails.unsent or mails.failed) or any(row.alarm for row in rows)
    tables = (Table(columns, rows),) if rows else ()
    return Section("machine", t("figure|Mail and mailboxes"), tuple(lines), tables, alarm=alarm)


def beside(told: Told, t: Say) -> tuple[Section, ...]:
    """Complaints by product, whole, for those who develop and make it."""
    mine = told.facts.complaints
    rows = tuple(
        Row(
            (t.outside("/".join((*case.products, *case.models)), 40) or t("figure|not told"), case.number,
             t.customer(case), t.outside("；".join(case.defects), 40) or "–", case.value("reason_code") or "–",
             t.outside(case.value("conclusion"), 80) or "–")
        )
        for case in sorted(mine, key=lambda case: (not case.products, case.products, case.models, case.id))
    )  # fmt: skip
    columns = (
        t("figure|product"), t("figure|case"), t("figure|customer"), t("figure|defect"), t("figure|by reason code"),
        t("figure|result"),
    )  # fmt: skip
    title = t("figure|Complaints by product")
    return (Section("products", title, (), (Table(columns, rows, key="cases"),) if rows else ()),)


# ------------------------------------------------------------------------------------------------------------ parts


def _about_columns(t: Say) -> tuple[str, ...]:
    return t("figure|case"), t("figure|customer"), t("figure|subject"), t("figure|severity")


def _about(case: CaseFacts, t: Say) -> tuple[str, ...]:
    return case.number, t.customer(case), t.outside(case.subject, 40), t.value(case.grade, 10) or "–"


def _moved(now: Figure, then: Figure | None, t: Say) -> str:
    words = difference(now, then, t.language)
    verdict = better(now, then)
    if not words or verdict is None:
        return words
    return words + bracket(t("figure|better") if verdict else t("figure|worse"), t.language)
