"""The page of a customer's profile: ``客户档案.html`` on top of his folder, once something is known for it.

It shows what holds, each value with its mail and day, what waits for a person, what is missing, the history of his
cases and every change.  Derived like the pages of cases: drawn from the rows of ``archive.json``, with a stamp.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2

from mailflow.adapters.archive.storage import Tables, encode
from mailflow.customers.profile_file import FILE, ArchiveRules, load_archive_rules
from mailflow.domain.profile_ports import ACCEPTED, PROPOSED
from mailflow.settings import shipped

PROFILE_PAGE = "客户档案.html"
PROFILE_TEMPLATE = "archive/customer.html"
TABLE = "profile_values"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A value: its title, what it was, from which mail, who decided it (an address), when, the change it came with."""

    title: str
    value: str
    was: str = ""
    mail: int | None = None
    by: str = ""
    at: str = ""
    version: int = 0
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one contact."""

    name: str
    address: str
    lines: Sequence[Line]


def profile_state(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """A digest of everything the page is drawn from; empty where there is no page."""
    if not tables.get(TABLE):
        return ""
    drawn = {name: dict(tables.get(name, {})) for name in ("profile", "contacts", TABLE)}
    return hashlib.sha256(encode({**drawn, "cases": _history(tables)})).hexdigest()


def draw_profile(
    template: jinja2.Template, rules: ArchiveRules | None, tables: Tables, tools: Mapping[str, Any]
) -> str:
    """The page; ``tools`` are what the template is given besides: ``time``, ``shown``, ``who``."""
    rules = rules or shipped_rules()
    rows = list(tables[TABLE].values())
    current = [row for row in rows if row["current"] and row["value"]]
    contacts = tables.get("contacts", {})

    def group(key: str) -> Group:
        contact = contacts.get(key, {})
        mine = [_line(rules, row) for row in _ordered(rules, current) if str(row["contact"]) == key]
        return Group(str(contact.get("name", "")), str(contact.get("address", "")), mine)

    keys = dict.fromkeys(str(row["contact"]) for row in current if row["contact"] is not None)
    has = {row["field"] for row in current}
    missing = [spec.title.zh for name, spec in rules.fields.items() if spec.required and name not in has]
    required = sum(spec.required for spec in rules.fields.values())
    changes = sorted((row for row in rows if row["version"]), key=lambda row: (row["version"], row["decided_at"] or ""))
    cases = list(_history(tables).values())
    return template.render(
        customer=tables["profile"]["1"],
        version=max((row["version"] for row in rows), default=0),
        company=[_line(rules, row) for row in _ordered(rules, current) if row["contact"] is None],
        contacts=[group(key) for key in keys],
        proposals=[_line(rules, row) for row in rows if row["status"] == PROPOSED],
        missing=missing,
        filled=required - len(missing),
        required=required,
        changes=[_line(rules, row) for row in changes if row["status"] == ACCEPTED],
        cases=cases,
        complaints=[case for case in cases if case["kind"] == "complaint" and case["status"] != "void"],
        **tools,
    )


@cache
def shipped_rules() -> ArchiveRules:
    """What fields are called where no company's file is at hand."""
    rules, problems = load_archive_rules(shipped.folder("rules") / FILE)
    assert rules is not None, problems
    return rules


def tried(html: Callable[[Tables], str]) -> str:
    """The page of made-up rows: raises what a template that cannot be drawn raises."""
    at = "2026-03-02T01:00:00.000000Z"
    row = {
        "contact": None, "field": "address", "value": "x", "was": "x", "status": ACCEPTED, "source": "x", "mail": 1,
        "found_at": at, "decided_by": "x", "decided_at": at, "version": 1, "current": True, "basis": "x",
    }  # fmt: skip
    case = {"number": "x", "kind": "complaint", "status": "open", "subject": "x", "opened_at": at, "closed_at": at}
    rows = {"1": row, "2": {**row, "status": PROPOSED, "current": False}, "3": {**row, "contact": 1, "field": "post"}}
    return html({
        "profile": {"1": {"number": "x", "company": "x", "created_at": at}}, "contacts": {}, TABLE: rows,
        "cases": {"1": {**case, "severity": "x", "folder": "x"}},
    })  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ parts


def _history(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    names = "number kind status subject severity opened_at closed_at folder".split()
    return {key: {name: row.get(name) for name in names} for key, row in tables.get("cases", {}).items()}


def _ordered(rules: ArchiveRules, rows: Sequence[Row]) -> list[Row]:
    order = {name: place for place, name in enumerate(rules.fields)}
    return sorted(rows, key=lambda row: order.get(row["field"], len(order)))


def _line(rules: ArchiveRules, row: Row) -> Line:
    spec = rules.fields.get(row["field"])
    title = spec.title.zh if spec else row["field"]
    at = row["decided_at"] or row["found_at"]
    return Line(title, row["value"], row["was"], row["mail"], row["decided_by"], at, row["version"], row["basis"] or "")
