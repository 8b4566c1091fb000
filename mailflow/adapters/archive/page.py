"""The page of a case: ``index.html`` on top of its folder, which tells the case in order with links to its files.

It opens in any browser without a network, runs nothing and loads nothing.  It is derived: drawn from the rows of
``archive.json`` whenever they change, in no chain of hashes.  A stamp in it says of which rows it was drawn, and
whether it is as it was drawn.  Whatever people wrote is escaped, links are relative and percent-encoded.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.adapters.archive.profile_page import PROFILE_PAGE, PROFILE_TEMPLATE, draw_profile, profile_state, tried
from mailflow.adapters.archive.storage import Tables, encode
from mailflow.adapters.sql.dossier import Dossier
from mailflow.casework.engine import PLAN_PROMISES
from mailflow.customers.profile_file import ArchiveRules
from mailflow.settings import shipped

PAGE = "index.html"
TEMPLATE = "archive/case.html"
SEEN = 2000  # characters of what somebody wrote; the whole stands in the records and mails

_STAMP = re.compile(rb'<meta name="mailflow-page" content="([0-9a-f]{64}) ([0-9a-f]{64})">\n')
_NO_STAMP = b'<meta name="mailflow-page" content="">\n'
_OF_CASES = ("communications", "records", "tasks", "answers", "signatures", "promises")
_CREDENTIAL = re.compile(r" *〔MF-[^〕]{1,80}〕?")  # what proves an answer is nobody else's to read
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A file of the case: what it is called, and where it lies, percent-encoded and relative to the page."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at a time (UTC, as the ledger writes it).

    ``what`` chooses the sentence in the template; ``words`` are its parts, ``lines`` pairs of label and value below it.
    """

    at: str
    what: str
    who: str = ""
    words: str = ""
    more: str = ""
    lines: Sequence[tuple[str, str]] = ()
    files: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A record as it counts now: what it is, and who signed it."""

    title: str
    number: str
    revision: int
    files: Sequence[Link]
    signatures: Sequence[Event] = field(default_factory=list)


class CasePages:
    """Draws the pages.  ``zone`` is that of the times shown, ``name`` gives people their names by their addresses.

    ``templates`` is a company's folder of templates; a page of its own that cannot be drawn is passed over.  ``rules``
    say what the fields of profiles are called; the shipped ones without them.
    """

    def __init__(
        self,
        templates: Path | None = None,
        zone: tzinfo = UTC,
        name: Callable[[str], str] = lambda address: "",
        rules: ArchiveRules | None = None,
    ) -> None:
        self.zone, self.name, self.rules = zone, name, rules
        self._template = _load(templates, TEMPLATE)
        self._profile = _load(templates, PROFILE_TEMPLATE)

    def page(self, number: str, tables: Tables, dossier: Dossier) -> bytes:
        """The page of the case with this number."""
        case = next(row for row in tables["cases"].values() if row["number"] == number)
        rows = rows_of_cases(tables)[number]
        view = _View(self, case, rows, dossier)
        html = self._template.render(
            case=case,
            customer=dossier.customer,
            papers=view.papers(),
            events=sorted(view.events(), key=lambda event: event.at),
            waiting=view.waiting(),
            time=self.time,
            shown=_shown,
        )
        return stamped(html.encode("utf-8", "replace"), state_of(case, rows))

    def profile(self, tables: Tables) -> bytes:
        """The page of a customer's profile."""
        tools = {"time": self.time, "shown": _shown, "who": lambda address: self.name(address) or address}
        html = draw_profile(self._profile, self.rules, tables, tools)
        return stamped(html.encode("utf-8", "replace"), profile_state(tables))

    def time(self, at: str | None) -> str:
        """A time of the ledger for people."""
        if not at:
            return ""
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%Y-%m-%d %H:%M}"


def rows_of_cases(tables: Mapping[str, Mapping[str, Any]]) -> Mapping[str, dict[str, dict[str, Any]]]:
    """The rows a page is drawn from: by case number, then by table, then by key."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: {name: {} for name in _OF_CASES})
    for name in _OF_CASES:
        for key, row in tables.get(name, {}).items():
            # Communications are counted over all cases of the customer: a new mail must not move another case's.
            found[row["case"]][name][f"{row['direction']}{row['id']}" if name == "communications" else key] = row
    return found


def state_of(case: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> str:
    """A digest of everything a page is drawn from."""
    return hashlib.sha256(encode({"case": {"": dict(case)}, **rows})).hexdigest()


def changed_cases(
    before: Mapping[str, Mapping[str, Any]], now: Tables, size: Callable[[str], int | None]
) -> Iterator[tuple[str, str]]:
    """Number and folder of each case whose page is missing or was drawn from other rows.

    ``size`` tells the size of a case's page by its folder, None when there is none.
    """
    cases = {row.get("number"): row for row in before.get("cases", {}).values() if isinstance(row, dict)}
    try:
        old, format_before = rows_of_cases(before), before["versions"]["1"]["format"]
    except (KeyError, TypeError, AttributeError):
        old, format_before = {}, 0
    new = rows_of_cases(now)
    none: dict[str, dict[str, Any]] = {name: {} for name in _OF_CASES}
    for case in now["cases"].values():
        number, folder = case["number"], case["folder"]
        is_same = cases.get(number) == case and old.get(number, none) == new.get(number, none)
        if not is_same or format_before != now["versions"]["1"]["format"] or size(folder) in (None, -1):
            yield number, folder


def pages_of(tables: Tables) -> Iterator[tuple[str, str]]:
    """Each page below the customer's folder, and the state it must tell: that of his profile, and each case's."""
    if state := profile_state(tables):
        yield PROFILE_PAGE, state
    rows = rows_of_cases(tables)
    for case in tables["cases"].values():
        yield f"{case['folder']}/{PAGE}", state_of(case, rows[case["number"]])


def stamped(html: bytes, state: str) -> bytes:
    """The page with the state it was drawn from and a digest of itself."""
    check = hashlib.sha256(html).hexdigest()
    return html.replace(_NO_STAMP, f'<meta name="mailflow-page" content="{state} {check}">\n'.encode(), 1)


def stamp_of(content: bytes) -> str | None:
    """The state a page was drawn from; None when it is no page of ours or not as it was drawn."""
    found = _STAMP.search(content)
    if found is None:
        return None
    plain = content[: found.start()] + _NO_STAMP + content[found.end() :]
    return found[1].decode() if hashlib.sha256(plain).hexdigest() == found[2].decode() else None


# ------------------------------------------------------------------------------------------------------------ parts


class _View:
    """One case's rows as its page shows them."""

    def __init__(self, pages: CasePages, case: Mapping[str, Any], rows: dict[str, Any], dossier: Dossier) -> None:
        self.pages, self.case, self.rows = pages, case, rows
        self.prefix = f"{case['folder']}/"
        self.procedure = dossier.procedures.get(case["procedure"].get("sha256", ""))
        self.signers = {row["person"]: row["name"] for row in rows["signatures"].values()}

    def events(self) -> Iterator[Event]:
        """Everything that happened, in any order."""
        yield Event(self.case["opened_at"], "opened")
        yield from (self._mail(row) for row in self.rows["communications"].values() if row["kind"] != "note")
        yield from (self._record(row) for row in self.rows["records"].values())
        yield from self._tasks()
        yield from (self._signature(row) for row in self.rows["signatures"].values())
        for row in self.case.get("corrections", ()):
            is_new = row["was"] != row["value"]
            words = f"{row['was'] or '/'} → {row['value'] or '/'}" if is_new else row["value"] or "/"
            what = "corrected" if is_new else "confirmed"
            yield Event(row["at"], what, self._who(row["actor"]), row["field"], lines=[("", _shown(words))])
        for row in self.rows["promises"].values():
            yield Event(
                row["made_at"], "promised", self._who(row["approved_by"]), _shown(row["words"]), row["due_at"] or ""
            )
            if row["kept_at"]:
                yield Event(row["kept_at"], "kept", "", _shown(row["words"]))
        if self.case["closed_at"]:
            yield Event(self.case["closed_at"], "closed", words=self.case["status"])

    def papers(self) -> list[Paper]:
        """The records as they count now, by number."""
        newest: dict[str, Mapping[str, Any]] = {}
        for row in self.rows["records"].values():
            if row["number"] not in newest or newest[row["number"]]["revision"] < row["revision"]:
                newest[row["number"]] = row
        found = []
        for number, row in sorted(newest.items()):
            signed = [each for each in self.rows["signatures"].values() if each["record"] == number and each["current"]]
            link = self._link(row)
            files = [link] if link else []
            for each in signed:
                if each["revision"] == row["revision"] and "copy" in each:
                    files = self._files(each, "copy", "pdf")
            signatures = [self._signature(each) for each in signed]
            found.append(Paper(row["title"], number, row["revision"], files, signatures))
        return found

    def waiting(self) -> list[Event]:
        """The open tasks, the most urgent first."""
        rows = [row for row in self.rows["tasks"].values() if row["status"] == "open"]
        rows.sort(key=lambda row: row["due_at"] or "~")
        return [Event(row["due_at"] or "", "", self._who(row["person"]), row["title"] or row["name"]) for row in rows]

    def _mail(self, row: Mapping[str, Any]) -> Event:
        came = row["direction"] == "in"
        files = [self._link(row), *(self._link(item, item["name"]) for item in row.get("attachments", ()))]
        words = _shown(_CREDENTIAL.sub("", row["subject"] or ""))
        return Event(
            row["time"], "came" if came else "went", row["from"] if came else row["to"], words,
            row["kind"] if came else row["status"], files=[each for each in files if each],
        )  # fmt: skip

    def _record(self, row: Mapping[str, Any]) -> Event:
        link = self._link(row)
        return Event(
            row["issued_at"], "issued", words=row["title"], more=f"{row['number']} / {row['revision']}",
            files=[link] if link else [],
        )  # fmt: skip

    def _tasks(self) -> Iterator[Event]:
        said: defaultdict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
        for row in self.rows["answers"].values():
            if row["field"] == PLAN_PROMISES:
                continue  # read in the plan, which stands beside it; what was promised is an event of its own
            said[row["at"], row["task"], row["actor"]].append((self._title(row["field"]), _shown(row["value"])))
        for row in self.rows["tasks"].values():
            title = row["title"] or row["name"]
            if row["status"] == "skipped" or row["outcome"] == "auto":
                continue
            if row["done_by"] != "mailflow" or row["status"] != "done":
                yield Event(row["opened_at"], "asked", self._who(row["person"]), title, row["due_at"] or "")
            if row["done_at"]:
                lines = said.pop((row["done_at"], row["name"], row["done_by"]), [])
                what = row["outcome"] if row["status"] == "done" else row["status"]
                yield Event(row["done_at"], "done", self._who(row["done_by"]), title, what, lines=lines)
        for (at, task, actor), lines in said.items():
            titles = [row["title"] for row in self.rows["tasks"].values() if row["name"] == task]
            yield Event(at, "said", self._who(actor), titles[0] if titles else task, lines=lines)

    def _signature(self, row: Mapping[str, Any]) -> Event:
        title = self._title_of_task(row["task"])
        what = "signed" if row["current"] else "void"
        files = self._files(row, "copy", "pdf", "evidence")
        return Event(
            row["at"], what, row["name"], title, row["way"], [("", f"{row['record']} / {row['revision']}")], files
        )

    def _title_of_task(self, name: str) -> str:
        return next((row["title"] for row in self.rows["tasks"].values() if row["name"] == name and row["title"]), name)

    def _title(self, name: str) -> str:
        spec = self.procedure.fields.get(name) if self.procedure else None
        return spec.title.zh if spec else name

    def _who(self, address: str) -> str:
        if address in ("", "mailflow"):
            return address
        return self.signers.get(address) or self.pages.name(address) or address

    def _files(self, row: Mapping[str, Any], *names: str) -> list[Link]:
        return [link for name in names if name in row and (link := self._link(row[name]))]

    def _link(self, place: Mapping[str, Any], words: str = "") -> Link | None:
        """A link to a file of this case; none when it could not be had."""
        name = str(place["file"])
        if not name.startswith(self.prefix):
            return None
        inside = name[len(self.prefix) :]
        return Link(_shown(words) or inside.rpartition("/")[2], quote(inside, errors="replace"))


def _shown(text: str) -> str:
    """Somebody's words fit to be shown: bounded, without signs that hide or turn what stands there."""
    found = _INVISIBLE.sub("", str(text))
    return found if len(found) <= SEEN else f"{found[:SEEN]}…"


def _load(templates: Path | None, name: str) -> jinja2.Template:
    """The company's page where it has one that can be drawn, else the shipped one."""
    own = templates / name if templates else None
    if own is not None and own.is_file():
        try:
            return _tried_out(own.read_text("utf-8"), name)
        except (jinja2.TemplateError, UnicodeDecodeError, TypeError, OSError) as error:
            log.warning("archive: %s cannot be drawn, the shipped page is used: %s", own, error)
    return _shipped(name)


@cache
def _shipped(name: str) -> jinja2.Template:
    return _compiled((shipped.folder("templates") / name).read_text("utf-8"))


@lru_cache(maxsize=8)
def _tried_out(text: str, name: str) -> jinja2.Template:
    """The page of a company, once it could be drawn."""
    template = _compiled(text)
    tools = {"time": str, "shown": str, "who": str}
    profile = name == PROFILE_TEMPLATE
    html = tried(lambda tables: draw_profile(template, None, tables, tools)) if profile else _try_out(template)
    if _NO_STAMP.decode() not in html:
        raise TypeError("its line <meta name=mailflow-page> is missing")
    return template


def _compiled(text: str) -> jinja2.Template:
    env = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    env.globals.clear()
    return env.from_string(text)


def _try_out(template: jinja2.Template) -> str:
    link, at = Link("x", "x"), "2026-03-02T01:00:00.000000Z"
    events = [Event(at, what, "x", "x", "x", [("x", "x")], [link]) for what in (*_WHAT, "")]
    names = "number kind status severity subject round closed_at opened_at"
    case: dict[str, Any] = dict.fromkeys(names.split(), at) | {"round": 2, "procedure": {"title": "x", "version": "x"}}
    return template.render(
        case=case, customer={"number": "x", "company": "x"}, papers=[Paper("x", "x", 1, [link], events)], events=events,
        waiting=events, time=str, shown=str,
    )  # fmt: skip


_WHAT = "opened came went issued asked done said signed void corrected confirmed promised kept closed".split()
