"""What our mails of casework are written on: letterhead and templates, those for staff checked and tried out here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

from mailflow.domain.errors import Problem
from mailflow.outgoing.letterhead import Letterhead
from mailflow.outgoing.templates import MailTemplates
from mailflow.settings import shipped


@dataclass(frozen=True, slots=True)
class Paper:
    """What mails are written on: templates, letterhead, the language of the reader and the zone of times shown."""

    templates: MailTemplates
    letterhead: Letterhead
    language: str
    zone: tzinfo


DONE = ("signed", "worked", "returned", "transferred", "corrected", "confirmed", "moved", "noted")
"""What an answer did (``what_done``)."""

REFUSALS = (
    "wrong_person old_version expired forged unreadable_scan ambiguous reason_missing fields_missing bad_value "
    "already_done unknown_staff altered_form not_open not_allowed unknown_record unknown_address "
    "unsigned_page unclear_signature missing_pages other_record no_token foreign_cell has_left "
    "correction_unclear move_unclear which_point which_kind which_held held_reason which_profile conditional "
    "change_shown no_thread unread_file other"
).split()
"""Why an answer changed nothing; a reason not among them is told as ``other``."""

LATE = ("overdue", "unheld", "customer_waits", "other")
"""Why a task is told to a superior: late, nobody holds its role, not done near its time while the customer waits."""

NOTICES = (
    "closed", "voided", "reopened", "closed_unsatisfied", "customer_wrote", "unreached", "unheld", "procedure_broken",
    "answered_by_hand", "urgent", "undelivered", "undelivered_perhaps", "letters_as_word", "customer_escalates",
    "answered_twice", "recurrence", "report_failed", "forwarded", "forwarded_told",
)  # fmt: skip
"""What a notice is about."""

NAMES = ("ask_sign", "ask_work", "confirm", "refused", "reminder", "daily", "escalation", "notice")
"""The templates, one for each occasion of a case."""

ADDED = ("held", "gathered", "ask_several", "kinds", "profile", "profile_check", "profile_copy")
"""Those which release 0.1 had not: a company's own folder that lacks one gets the shipped file."""

UNDELIVERED = (
    "to", "nameless", "phone", "no_phone", "mail", "why", "customer", "colleague", "assign", "another", "and", "again",
)  # fmt: skip
"""What is said of a mail that did not arrive."""

_LATER_NOTICES = (
    "answered_by_hand", "urgent", "undelivered", "undelivered_perhaps", "letters_as_word", "customer_escalates",
    "answered_twice", "recurrence", "report_failed", "forwarded", "forwarded_told",
)  # fmt: skip
_LATER_REFUSALS = tuple(
    "unsigned_page unclear_signature missing_pages other_record no_token foreign_cell has_left correction_unclear "
    "move_unclear which_point which_kind conditional change_shown no_thread which_held held_reason "
    "unread_file which_profile".split()
)
LATER: Mapping[str, tuple[str, ...]] = {
    "subjects": (
        "held",
        "held_late",
        "gathered",
        "top",
        "told",
        "ask_several",
        "kinds",
        "kinds_listed",
        "profile",
        "profile_copy",
        "profile_check",
    ),
    "refused_why": _LATER_REFUSALS,
    "refused_remedy": _LATER_REFUSALS,
    "notices": _LATER_NOTICES,
    "notice_subjects": _LATER_NOTICES,
    "undelivered": UNDELIVERED,
    "escalated": LATE,
    "confirmed": (*DONE, "intro", "and", "colon", "open", "close"),
    "words": ("outward", "going_out", "told_out", "and", "news"),
}
"""Words that release 0.1 had not; the shipped ones are used where a company's own file lacks them."""

EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(
        "name task record_title record_number cell customer due returned_reason token done to_name reason why remedy "
        "late_person what sentence outward going_out_intro operator".split(),
        "",
    ),
    **dict.fromkeys(
        ("fields", "facts", "files", "following", "details", "items", "points", "going_out", "confirmed", "news"), ()
    ),
    **dict.fromkeys(("urgent", "overdue", "original", "past"), False),
    **dict.fromkeys(("count", "late", "left_out"), 0),
}
"""Every name a template may use beside the letterhead, so that any of them may ask for any."""


def load_staff_templates(folder: Path, *, whole: bool = True) -> tuple[MailTemplates | None, list[Problem]]:
    """The templates of mails to staff (``templates/staff``), each tried out; mistakes with file and line.

    Unless ``whole``, templates that are as they were shipped are believed: tests tried them.
    """
    subjects = (*NAMES[:-1], *ADDED, *LATER["subjects"], "ask_receive", "overdue", "daily_late", "urgent", "colon")
    labels = {
        "subjects": subjects,
        "words": (
            "case_number",
            "token",
            "do_not_forward",
            "colon",
            "customer",
            "task",
            "record",
            "due",
            "overdue",
            *LATER["words"],
        ),
        "confirmed": LATER["confirmed"],
        "undelivered": UNDELIVERED,
        "escalated": LATE,
        "refused_why": REFUSALS,
        "refused_remedy": REFUSALS,
        "notices": NOTICES,
        "notice_subjects": NOTICES,
    }
    spare = shipped.folder("templates") / "staff", ADDED
    needed = ("common", *NAMES, *ADDED)
    tried = None if not whole and shipped.are_unchanged(folder, "staff") else samples
    return MailTemplates.load(folder, needed=needed, labels=labels, samples=tried, spare=spare, later=LATER)


def samples(language: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every template with made-up values: everything known, and as little as possible, for each of its cases."""
    always: dict[str, Any] = {
        "language_tag": language,
        "company_name": "x",
        "department": "x",
        "case_number": "TS-2026-0001",
    }
    always |= dict.fromkeys(("phone", "urgent_phone", "address", "first_reply"), "")
    always |= {"channels": [], "signature": []}
    point = {"number": 1, "task": "x", "what": "sign", "customer": "x", "due": "x", "past": True, "record_title": "x"}
    point |= {"record_number": "x", "cell": "x", "files": ["x"], "returned_reason": "x", "token": "", "fields": []}
    item = {"case_number": "x", "customer": "x", "task": "x", "record_number": "x", "due": "x", "overdue": True}
    lists: dict[str, Any] = {
        "fields": [{"title": "x", "hint": "x", "required": True}],
        "facts": [("x", "x")],
        "items": [item],
        "points": [
            *(point | {"what": what, "lets_go": False} for what in ("sign", "receive", "work")),
            point | {"what": "work", "lets_go": True},
        ],
        **{key: ["x"] for key in ("files", "following", "details", "going_out", "confirmed", "news")},
    }
    texts = {key: "x" for key, value in EMPTY.items() if value == ""}
    full = (
        dict(EMPTY)
        | always
        | texts
        | lists
        | {"urgent": True, "overdue": True, "original": True, "past": True, "count": 2, "late": 1, "left_out": 1}
    )
    cases: dict[str, list[dict[str, Any]]] = {
        "confirm": [{"done": word} for word in (*DONE, "several")],
        "escalation": [{"reason": word} for word in LATE],
        "reminder": [{"what": word} for word in ("sign", "receive", "work")],
        "ask_sign": [{"what": word} for word in ("sign", "receive")],
        "refused": [{"what": word} for word in ("", "sign", "receive", "work")],
    }
    for name in (*NAMES, *ADDED):
        for changes in cases.get(name, [{}]):
            yield name, full | changes
            yield name, dict(EMPTY) | always | changes
