"""What stands in the summary, section by section: each takes the facts and says them.  READ ON HERE."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.casework.summary.page import MOST_LINES, Page, Row, Section, Speaker, Table, counted, is_grave, table
from mailflow.casework.summary.period import Arrived, CaseEvent, Facts, FolderState, OpenTask
from mailflow.domain.model import Kind, Status
from mailflow.outgoing.compose import one_line
from mailflow.outgoing.templates import day_words

SECTIONS = (
    "arrived", "cases", "late", "signatures", "unheld", "held", "aside", "folders", "unsent", "promises", "repeats",
    "rules",
)  # fmt: skip
"""The sections, in their order; their numbers count from 1."""

COMMANDS = {
    "arrived": "mailflow cases",
    "cases": "mailflow cases",
    "late": "mailflow tasks --late",
    "signatures": "mailflow records --unsigned",
    "unheld": "mailflow tasks --unheld",
    "held": "mailflow held",
    "promises": "mailflow promises",
    "repeats": "mailflow case {case}",
    "unsent": "mailflow outbox list",
    "rules": "mailflow check --offline",
}
"""What shows a section's whole list."""

STALE = timedelta(hours=2)
"""A mailbox not counted for longer is out of reach."""

SEVERITIES = ("恶性", "重大", "一般")
_LAST = datetime.max.replace(tzinfo=UTC)
_HAPPENINGS = ("opened", "reopened", "closed", "closed_unsatisfied")
_BY_PEOPLE = ("signature", "reply", "")
_CASE = ("case", "what", "kind", "severity", "validity", "owner", "customer", "subject", "instructions", "at")
_FIGURES = ("present", "handled", "aside", "held", "waiting", "unknown")


def make_page(facts: Facts, say: Speaker, *, mailboxes: Sequence[str] | None = None, rules: Sequence[str] = ()) -> Page:
    """The summary of these facts.

    ``mailboxes`` are those watched now (None: all that were ever counted); ``rules`` are lines about rules that are
    broken and calendars that lack a year.
    """
    made = (
        _arrived(facts, say), _cases(facts, say), _late(facts, say), _signatures(facts, say), _unheld(facts, say),
        _held(facts, say), _aside(facts, say), _folders(facts, say, mailboxes), _unsent(facts, say),
        _promises(facts, say), _repeats(facts, say), _rules(rules, say),
    )  # fmt: skip
    sections = tuple(
        replace(
            section, number=number, title=say.word("sections", section.key),
            nothing="" if section.tables else say.word("nothing", section.key),
            command=COMMANDS.get(section.key, "").replace("{case}", say.word("words", "number")),
        )
        for number, section in enumerate(made, 1)
    )  # fmt: skip
    day = day_words(facts.period.until.astimezone(say.zone).date(), say.language)
    late = [task for task in facts.tasks if _is_late(task, facts.now)]
    to_sign = [task for task in facts.tasks if task.by == "signature"]
    figures = {"mails": sum(item.count for item in facts.arrived), "late": len(late), "sign": len(to_sign)}
    quiet = not any(section.tables for section in sections if section.key != "folders")
    calm = quiet and not any(section.alarm for section in sections)
    return Page(
        subject=say.word("subjects", "nothing" if calm else "figures", day=day, **figures),
        day=day,
        since=say.moment(facts.period.since),
        until=say.moment(facts.period.until),
        as_of=say.moment(facts.now),
        sections=sections,
        anchor=facts.anchor,
    )


# ------------------------------------------------------------------------------------------------- what came in


def _arrived(facts: Facts, say: Speaker) -> Section:
    grades = [*SEVERITIES, *sorted({item.severity for item in facts.arrived} - {*SEVERITIES, ""}), ""]
    sorts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in facts.arrived:
        sorts[_sort(item)][item.severity] += item.count
    order = [*(kind.value for kind in Kind), *(f"status:{status.value}" for status in Status)]
    rows = []
    for sort in sorted(sorts, key=lambda name: (order.index(name) if name in order else len(order), name)):
        found = sorts[sort]
        figures = [found[grade] for grade in grades]
        rows.append((say.word("kinds", sort), [*figures, sum(figures)], any(found[g] for g in grades if is_grave(g))))
    columns = [*say.columns("kind"), *(say.word("severities", grade or "none") for grade in grades)]
    counts = (("imported", facts.imported), ("late", facts.late))
    notes = tuple(say.word("notes", name, count=count) for name, count in counts if count)
    return Section(
        "arrived", 0, "", _number(say, "mails", sum(item.count for item in facts.arrived)),
        tables=(counted([*columns, *say.columns("sum")], rows, say.word("columns", "sum")),) if rows else (),
        notes=notes,
    )  # fmt: skip


def _sort(item: Arrived) -> str:
    """A handled mail counts as what it is, another one as where it stands."""
    return item.kind if item.status == Status.HANDLED.value and item.kind else f"status:{item.status}"


def _cases(facts: Facts, say: Speaker) -> Section:
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for event in facts.events:
        by_kind[event.kind][event.what] += 1
    totals = Counter(event.what for event in facts.events)
    rows = [
        (say.word("kinds", kind), [by_kind[kind][what] for what in _HAPPENINGS], bool(by_kind[kind]["reopened"]))
        for kind in sorted(by_kind)
    ]
    lines = [_case_line(event, say) for event in sorted(facts.events, key=lambda item: not is_grave(item.severity))]
    tables = (
        counted(say.columns("kind", *_HAPPENINGS), rows, say.word("columns", "sum")),
        *_classes(facts, say),
        table(say.columns(*_CASE), lines),
    )
    words = say.word(
        "headlines", "cases", opened=totals["opened"], reopened=totals["reopened"],
        closed=totals["closed"] + totals["closed_unsatisfied"],
    )  # fmt: skip
    return Section("cases", 0, "", words, tables=tables if rows else ())


def _classes(facts: Facts, say: Speaker) -> tuple[Table, ...]:
    """How many complaints of the period are of each class; one that tells several troubles counts in all of theirs."""
    opened = [event for event in facts.events if event.what == "opened" and event.kind == Kind.COMPLAINT.value]
    found = Counter(box for event in opened for box in dict.fromkeys(event.classes))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    rows = tuple(Row((say.outside(box), str(count))) for box, count in ordered)
    return (Table(say.columns("class", "complaints"), rows, numbers=1),) if rows else ()


def _case_line(event: CaseEvent, say: Speaker) -> Row:
    alarm = event.what in ("reopened", "closed_unsatisfied") or (event.what == "opened" and is_grave(event.severity))
    severity = say.word("severities", event.severity or "none")
    cells = (
        event.case, say.word("columns", event.what), say.word("kinds", event.kind), severity,
        event.validity or "–", say.person(event.owner) if event.owner else "–",
        say.company(event.company, event.customer), say.outside(event.subject), say.outside(event.instructions, 60),
        say.moment(event.at),
    )  # fmt: skip
    return Row(cells, alarm)


# -------------------------------------------------------------------------------------------------------- tasks


def _late(facts: Facts, say: Speaker) -> Section:
    late = [task for task in facts.tasks if _is_late(task, facts.now)]
    late.sort(key=lambda task: (not is_grave(task.severity), *_by_due(task)))
    with_whom = Counter(say.holder(task) for task in late)
    rows = [(name, [count], False) for name, count in sorted(with_whom.items(), key=lambda item: (-item[1], item[0]))]
    lines = [
        Row(
            (task.case, say.company(task.company, task.customer), say.task(task), say.holder(task),
             say.moment(task.due_at), say.late(task)),
            alarm=is_grave(task.severity),
        )
        for task in late[:MOST_LINES]
    ]  # fmt: skip
    tables = (
        counted(say.columns("person", "late"), rows, say.word("columns", "sum")),
        table(say.columns("case", "customer", "task", "person", "due", "late_by"), lines, total_rows=len(late)),
    )
    return Section("late", 0, "", _number(say, "tasks", len(late)), tables=tables if late else (), alarm=bool(late))


def _signatures(facts: Facts, say: Speaker) -> Section:
    waiting = sorted((task for task in facts.tasks if task.by == "signature"), key=_by_due)
    people: defaultdict[str, list[OpenTask]] = defaultdict(list)
    for task in waiting:
        people[say.holder(task)].append(task)
    rows = []
    for name, mine in sorted(people.items(), key=lambda item: (-len(item[1]), item[0])):
        late = sum(_is_late(task, facts.now) for task in mine)
        rows.append((name, [len(mine), late], late > 0))
    lines = [
        Row(
            (say.holder(task), task.case, task.record, say.task(task), say.company(task.company, task.customer),
             say.moment(task.due_at)),
            alarm=_is_late(task, facts.now),
        )
        for task in waiting[:MOST_LINES]
    ]  # fmt: skip
    tables = (
        counted(say.columns("person", "to_sign", "late"), rows, say.word("columns", "sum")),
        table(say.columns("person", "case", "record", "task", "customer", "due"), lines, total_rows=len(waiting)),
    )
    words = say.word("headlines", "signatures", count=len(waiting), people=len(people))
    return Section("signatures", 0, "", words, tables=tables if waiting else ())


def _unheld(facts: Facts, say: Speaker) -> Section:
    nobody = sorted((task for task in facts.tasks if not task.person and task.by in _BY_PEOPLE), key=_by_due)
    lines = [
        Row(
            (task.case, say.company(task.company, task.customer), say.task(task),
             one_line(say.staff.title(task.role, say.language), 40) if task.role else "", say.moment(task.opened_at),
             say.moment(task.due_at)),
            alarm=_is_late(task, facts.now),
        )
        for task in nobody[:MOST_LINES]
    ]  # fmt: skip
    made = table(say.columns("case", "customer", "task", "role", "since", "due"), lines, total_rows=len(nobody))
    words = _number(say, "tasks", len(nobody))
    return Section("unheld", 0, "", words, tables=(made,) if nobody else (), alarm=bool(nobody))


def _is_late(task: OpenTask, now: datetime) -> bool:
    return task.due_at is not None and task.due_at < now


def _by_due(task: OpenTask) -> tuple[datetime, int]:
    return task.due_at or _LAST, task.id


# -------------------------------------------------------------------------------------------------------- mails


def _held(facts: Facts, say: Speaker) -> Section:
    timed = any(mail.due_at for mail in facts.held)
    lines = []
    reasons: Counter[str] = Counter()
    for mail in facts.held:
        reasons[mail.reason] += mail.on_pile or 1
        name = say.word("words", "pile", id=mail.id, count=mail.on_pile) if mail.on_pile else str(mail.id)
        cells = (
            name, say.word("held_reasons", mail.reason), one_line(mail.sender, 60), say.outside(mail.subject),
            f"{mail.mailbox}/{mail.folder}".strip("/"), say.moment(mail.collected_at),
        )  # fmt: skip
        task = (say.moment(mail.due_at), say.person(mail.person) if mail.person else "") if timed else ()
        lines.append(Row((*cells, *task), alarm=mail.due_at is not None and mail.due_at < facts.now))
    columns = ("id", "reason", "sender", "subject", "folder", "since", *(("due", "person") if timed else ()))
    made = (_reasons(reasons, "held_reasons", say), table(say.columns(*columns), lines))
    notes = [say.word("notes", "held")] if lines else []
    notes += [say.word("notes", "piles")] if any(mail.on_pile for mail in facts.held) else []
    words = _number(say, "mails", reasons.total())
    return Section("held", 0, "", words, tables=made if lines else (), notes=tuple(notes), alarm=bool(lines))


def _aside(facts: Facts, say: Speaker) -> Section:
    reasons: Counter[str] = Counter()
    for item in facts.arrived:
        if item.status == Status.ASIDE.value:
            reasons[item.reason] += item.count
    made = (_reasons(reasons, "aside_reasons", say),) if reasons else ()
    return Section("aside", 0, "", _number(say, "mails", reasons.total()), tables=made)


def _reasons(reasons: Counter[str], kind: str, say: Speaker) -> Table:
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    rows = [(say.word(kind, reason or "none"), [count], False) for reason, count in ordered]
    return counted(say.columns("reason", "mails"), rows, say.word("columns", "sum"))


def _folders(facts: Facts, say: Speaker, mailboxes: Sequence[str] | None) -> Section:
    watched = [item for item in facts.folders if mailboxes is None or item.mailbox in mailboxes]
    counted_boxes = {item.mailbox for item in watched}
    watched += [FolderState(name, "", None, 0, 0, 0, 0, 0, 0) for name in mailboxes or () if name not in counted_boxes]
    rows, wrong = [], 0
    for item in watched:
        word, alarm = _balance(item, facts.now)
        wrong += alarm
        name = one_line(f"{item.mailbox}/{item.folder}".rstrip("/"), 60)
        figures = [str(getattr(item, key)) if item.checked_at else "–" for key in _FIGURES]
        rows.append(Row((name, say.word("balances", word), say.moment(item.checked_at), *figures), alarm))
    sums = [str(sum(getattr(item, key) for item in watched)) for key in _FIGURES]
    total = (say.word("columns", "sum"), "", "", *sums) if len(rows) > 1 else ()
    columns = say.columns("folder", "balance", "checked", *_FIGURES)
    made = Table(columns, tuple(rows), numbers=len(_FIGURES), total=total)
    words = say.word("headlines", "folders_wrong" if wrong else "folders", count=len(rows), wrong=wrong)
    return Section(
        "folders", 0, "", words, tables=(made,) if rows else (), notes=_notes_of(watched, say),
        alarm=wrong > 0,
    )  # fmt: skip


def _notes_of(watched: Sequence[FolderState], say: Speaker) -> tuple[str, ...]:
    old = sum(item.old for item in watched)
    return (
        *([say.word("notes", "folders")] if watched else ()),
        *([say.word("notes", "old", count=old)] if old else ()),
    )


def _balance(item: FolderState, now: datetime) -> tuple[str, bool]:
    """What a folder's count says, and whether somebody must look."""
    if item.checked_at is None:
        return "never", True
    if not item.adds_up:
        return "wrong", True
    if item.checked_at < now - STALE:
        return "stale", True
    if item.unknown:
        return "unknown", True
    return ("waiting", False) if item.waiting else ("balanced", False)


def _unsent(facts: Facts, say: Speaker) -> Section:
    lines = [
        Row(
            (one_line(item.recipient, 60), item.case, say.word("unsent", item.why), str(item.code or ""),
             say.outside(item.words, 60), say.moment(item.at), str(item.attempts)),
            alarm=item.why != "waiting",
        )
        for item in facts.unsent
    ]  # fmt: skip
    columns = say.columns("recipient", "case", "trouble", "code", "words", "at", "attempts")
    ordered = sorted(Counter(item.why for item in facts.unsent).items())
    reasons = [(say.word("unsent", why), [count], False) for why, count in ordered]
    made = (counted(say.columns("trouble", "mails"), reasons, say.word("columns", "sum")), table(columns, lines))
    return Section(
        "unsent", 0, "", _number(say, "mails", len(lines)), tables=made if lines else (),
        alarm=bool(lines),
    )  # fmt: skip


# -------------------------------------------------------------------------------------------- promises and the rest


def _promises(facts: Facts, say: Speaker) -> Section:
    overdue = sum(item.due_at < facts.now for item in facts.promises)
    lines = [
        Row(
            (item.case, say.company(item.company, item.customer), say.outside(item.words, 60), say.moment(item.due_at),
             say.person(item.approved_by)),
            alarm=item.due_at < facts.now,
        )
        for item in facts.promises
    ]  # fmt: skip
    made = table(say.columns("case", "customer", "promise", "due", "approved_by"), lines)
    words = say.word("headlines", "promises", count=len(lines), overdue=overdue)
    return Section("promises", 0, "", words, tables=(made,) if lines else (), alarm=overdue > 0)


def _repeats(facts: Facts, say: Speaker) -> Section:
    lines = [
        Row((item.case, say.outside(item.company), one_line(item.earlier, 80), say.moment(item.at)))
        for item in facts.repeats
    ]
    made = (table(say.columns("case", "customer", "earlier", "at"), lines),) if lines else ()
    return Section("repeats", 0, "", _number(say, "repeats", len(lines)), tables=made)


def _rules(rules: Sequence[str], say: Speaker) -> Section:
    lines = [Row((one_line(line, 300),)) for line in rules]
    made = (table(say.columns("rule"), lines),) if lines else ()
    return Section("rules", 0, "", _number(say, "lines", len(lines)), tables=made, alarm=bool(lines))


def _number(say: Speaker, unit: str, count: int) -> str:
    return say.word("headlines", unit if count != 1 else f"{unit}_1", count=count)
