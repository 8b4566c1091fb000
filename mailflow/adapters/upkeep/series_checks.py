"""Numbers of customers, cases and records: each once, none left out, the counters where they should be."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.restore_rows import RESERVED
from mailflow.adapters.upkeep.findings import REPORT, Discrepancy
from mailflow.domain.forms import FormSpec
from mailflow.duties.recurrence import kind_of
from mailflow.reports.records import FORMS

NONE_VOID: Mapping[str, set[int]] = {}
_GROUPS = {"n": r"\d+", "year": r"\d{4}", "yy": r"\d{2}", "month": r"0[1-9]|1[0-2]", "form": r".+?", "prefix": r".+?"}


@dataclass(frozen=True, slots=True)
class NumberPatterns:
    """How numbers are written, as in the configuration's section ``numbering``."""

    case: str = "{prefix}-{year}-{n:04d}"
    record: str = "{form}-{year}-{n:04d}"
    customer: str = "KH-{n:05d}"


def series(
    connection: sa.Connection, patterns: NumberPatterns, forms: Sequence[FormSpec] = ()
) -> Iterator[Discrepancy]:
    """Check every series against its counter.  A form may have a pattern of its own; the others share the usual one."""
    counters = {row.name: row.value for row in connection.execute(sa.select(t.counters))}
    void = _reserved(connection)
    cases = connection.scalars(sa.select(t.cases.c.number))
    customers = connection.scalars(sa.select(t.customers.c.number))
    yield from _check("customer", patterns.customer, customers, _of(counters, "customer"), void=void)
    yield from _check("case", patterns.case, cases, _of(counters, "case"), void=void)
    own = {form.code: form.number for form in forms if form.number}
    records: dict[str, list[str]] = defaultdict(list)
    for form, number in connection.execute(sa.select(t.records.c.form, t.records.c.number).distinct()):
        if not _names_a_period(form, number):
            records[form].append(number)
    counted = {name.removeprefix("record:").rpartition(":")[0] for name in _of(counters, "record")}
    for form in sorted(records.keys() | counted):
        ours = _of(counters, f"record:{form}")
        yield from _check("record", own.get(form, patterns.record), records[form], ours, form, void)


def _names_a_period(form: str, number: str) -> bool:
    """Is it the record of a period's report?  Its number comes from the calendar, not from a counter."""
    try:
        return form in FORMS and bool(kind_of(number.removeprefix(f"{form}-")))
    except ValueError:
        return False


def _reserved(connection: sa.Connection) -> dict[str, set[int]]:
    """Numbers left out when a backup was restored, as the journal says."""
    found: dict[str, set[int]] = defaultdict(set)
    for text in connection.scalars(sa.select(t.journal.c.data).where(t.journal.c.event == RESERVED)):
        said = json.loads(text)
        found[said["counter"]].update(range(said["first"], said["last"] + 1))
    return found


def _of(counters: Mapping[str, int], what: str) -> dict[str, int]:
    """The counters of one kind of number."""
    return {name: value for name, value in counters.items() if name == what or name.startswith(f"{what}:")}


def _check(
    what: str,
    pattern: str,
    numbers: Iterable[str],
    counters: Mapping[str, int],
    form: str = "",
    void: Mapping[str, set[int]] = NONE_VOID,
) -> Iterator[Discrepancy]:
    found: dict[str, Counter[int]] = defaultdict(Counter)
    strange = []
    parser = _parser(pattern, form)
    for number in numbers:
        match = parser.fullmatch(number)
        if match is None:
            strange.append(number)
        else:
            found[_counter(what, form, match)][int(match["n"])] += 1
    if strange:
        some = ", ".join(sorted(strange)[:5])
        where = f"{what} numbers of {form}" if form else f"{what} numbers"
        yield Discrepancy(
            "note", where, f"{len(strange)} are written in another pattern than {pattern}: {some}",
            "if the pattern was changed, gaps in its series are expected",
        )  # fmt: skip
    for name in sorted(found.keys() | counters.keys()):
        yield from _gaps(
            name, found[name], counters.get(name, 0), "note" if strange else "error", void.get(name, set())
        )


def _gaps(name: str, found: Counter[int], counted: int, severity: str, void: set[int]) -> Iterator[Discrepancy]:
    last = max(found, default=0)
    for n in sorted(n for n, times in found.items() if times > 1):
        yield Discrepancy("error", name, f"number {n} was given {found[n]} times", REPORT)
    if missing := _ranges(n for n in range(1, max(last, counted) + 1) if n not in found and n not in void):
        what = f"numbers are missing: {missing}"
        yield Discrepancy("note" if severity == "note" else "error", name, what, "a row was removed; " + REPORT)
    if last > counted:
        what = f"the counter stands at {counted} but number {last} was given"
        yield Discrepancy("error", name, what, "the next number would be given twice; " + REPORT)


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers for people: ``3, 7-9, 12``; at most ten pieces."""
    pieces: list[list[int]] = []
    for n in numbers:
        if pieces and pieces[-1][1] == n - 1:
            pieces[-1][1] = n
        else:
            pieces.append([n, n])
    text = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in pieces[:10])
    return f"{text} ..." if len(pieces) > 10 else text


def _counter(what: str, form: str, match: re.Match[str]) -> str:
    """The name of the counter a number came from."""
    parts = match.groupdict()
    if what == "customer":
        return what
    year = parts.get("year") or (f"20{parts['yy']}" if parts.get("yy") else "")
    period = f"{year}-{parts['month']}" if parts.get("month") else year
    return f"{what}:{form or parts.get('prefix') or ''}:{period}"


def _parser(pattern: str, form: str) -> re.Pattern[str]:
    expression = ""
    seen = set()
    for text, name, _spec, _conversion in Formatter().parse(pattern):
        expression += re.escape(text)
        if name == "form":
            expression += re.escape(form)
        elif name in seen:
            expression += f"(?P={name})"
        elif name in _GROUPS:
            expression += f"(?P<{name}>{_GROUPS[name]})"
            seen.add(name)
    return re.compile(expression)
