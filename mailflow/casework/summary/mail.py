"""The summary as a mail: its templates (``templates/digests``), checked and tried out, and one mail to a manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from mailflow.casework.paper import Paper
from mailflow.casework.summary.page import Page, Row, Section, Speaker, Table
from mailflow.casework.summary.sections import SECTIONS
from mailflow.domain.errors import Problem
from mailflow.domain.model import NO_CASE, OWN, Address, Kind, OutgoingMail, Status
from mailflow.office.staff import Staff
from mailflow.outgoing.compose import Draft, compose, one_line
from mailflow.outgoing.letterhead import letterhead_values
from mailflow.outgoing.templates import MailTemplates
from mailflow.settings import shipped

NAME = "summary"

_COLUMNS = (
    "kind sum case what severity customer subject at opened reopened closed closed_unsatisfied task person due late_by "
    "late to_sign record role since id reason mails sender folder balance checked present handled aside held waiting "
    "unknown recipient trouble code words attempts promise approved_by earlier rule validity owner instructions "
    "class complaints"
).split()
LABELS: Mapping[str, tuple[str, ...]] = {
    "subjects": ("figures", "nothing"),
    "sections": SECTIONS,
    "nothing": SECTIONS,
    "headlines": (
        "mails", "mails_1", "tasks", "tasks_1", "lines", "lines_1", "repeats", "repeats_1", "cases", "signatures",
        "folders", "folders_wrong", "promises",
    ),
    "columns": tuple(_COLUMNS),
    "kinds": (
        *(kind.value for kind in Kind if kind not in NO_CASE | OWN),
        *(f"status:{item.value}" for item in Status),
    ),
    "severities": ("恶性", "重大", "一般", "none"),
    "held_reasons": ("oversize", "unreadable", "damaged", "error", "failed", "storage", "none"),
    "aside_reasons": (*sorted(kind.value for kind in NO_CASE), "duplicate", "own_mail", "rate_brake", "none"),
    "balances": ("balanced", "waiting", "unknown", "wrong", "stale", "never"),
    "unsent": ("waiting", "failed", "bounced", "nobody", "parked"),
    "notes": ("imported", "held", "folders"),
    "spans": ("days", "hours", "minutes", "moment", "between"),
    "words": (
        "colon", "alarm", "left_out", "command", "nobody", "nobody_of", "customer_answers", "clock", "number",
    ),
}  # fmt: skip
"""What ``labels.txt`` of each language must name."""

LATER: Mapping[str, tuple[str, ...]] = {
    "held_reasons": (
        "ambiguous_customer", "altered_form", "unreadable_scan", "unknown_address", "failed_sender", "storm",
        "foreign_sent", "kind_doubt", "perhaps_automatic",
    ),
    "aside_reasons": ("storm",),
    "kinds": ("other",),
    "unsent": ("parked",),
    "notes": ("piles", "late", "old"),
    "columns": ("validity", "owner", "instructions", "class", "complaints"),
    "words": ("pile",),
}  # fmt: skip
"""Words a company's own ``labels.txt`` may lack, since they came after it: the shipped ones are shown then."""


def load_digest_templates(folder: Path, *, whole: bool = True) -> tuple[MailTemplates | None, list[Problem]]:
    """The templates of the summary (``templates/digests``), each tried out; mistakes with file and line.

    Unless ``whole``, templates that are as they were shipped are believed: tests tried them.
    """
    spare = shipped.folder("templates") / "digests", ()
    tried = None if not whole and shipped.are_unchanged(folder, "digests") else samples
    return MailTemplates.load(folder, needed=(NAME,), labels=LABELS, samples=tried, spare=spare, later=LATER)


def speaker(templates: MailTemplates, language: str, zone: tzinfo, staff: Staff, now: datetime) -> Speaker:
    """Who says the figures in this language and zone."""
    labels = {kind: templates.labels(language, kind) for kind in LABELS}
    return Speaker(labels, language, zone, staff, now)


def page_html(page: Page, *, paper: Paper, name: str = "") -> tuple[str, str]:
    """The page as plain text and as HTML, greeting ``name``."""
    common = letterhead_values(paper.letterhead, paper.templates, paper.language)
    return paper.templates.render(paper.language, NAME, {**common, "name": one_line(name, 40), "page": page})


def summary_mail(page: Page, *, paper: Paper, to: Address, message_id: str, now: datetime) -> OutgoingMail:
    """The summary for one manager.  ``paper`` is written on with the templates of :func:`load_digest_templates`."""
    text, html = page_html(page, paper=paper, name=to.name)
    return compose(
        Draft(
            sender=paper.letterhead.sender,
            to=(to,),
            subject=page.subject,
            text=text,
            html=html,
            message_id=message_id,
            date=now.astimezone(paper.zone),
            language=paper.language,
            auto_submitted="auto-generated",
        )
    )


def samples(language: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The template with made-up values: everything there, and nothing at all."""
    always = {"language_tag": language, "company_name": "x", "department": "x", "channels": [], "signature": []}
    always |= dict.fromkeys(("phone", "urgent_phone", "address", "first_reply"), "")
    rows = (Row(("x", "1")), Row(("x", "2"), alarm=True))
    full = Table(("x", "x"), rows, numbers=1, total=("x", "3"), left_out=4)
    section = Section("x", 1, "x", "x", tables=(full,), notes=("x",), nothing="x", command="x", alarm=True)
    empty = replace(section, tables=(), notes=(), command="", alarm=False)
    for sections, anchor in (((section, empty), "x"), ((empty,), "")):
        page = Page("x", "x", "x", "x", "x", sections, anchor)
        yield NAME, {**always, "name": "x", "page": page}
        yield NAME, {**always, "name": "", "page": page}
