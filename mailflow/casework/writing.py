"""How a mail to staff is put together: what its template is given, its subject, its thread.

Pure: the same arguments give the same bytes.  Whatever came from outside is data: on one line, bounded, without links.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from mailflow.casework import going_out
from mailflow.casework.asked import Asked, Field, Head, Point, ReminderItem
from mailflow.casework.paper import EMPTY, Paper
from mailflow.casework.priority import HIGH, TOP
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.outgoing.compose import Draft, bare_subject, compose, harmless, one_line, thread_of
from mailflow.outgoing.letterhead import letterhead_values
from mailflow.outgoing.templates import moment_words

MAX_WORDS = 200
MAX_DETAILS = 20
_TOKEN_MARK = re.compile(r"〔([A-Za-z0-9-]{1,80})〕")
_CASE_MARK = re.compile(r"\[[^\[\]\s]{1,40}\]\s*")


def mail_of(
    head: Head,
    name: str,
    subject: str,
    values: Mapping[str, Any],
    *,
    message: Message | None = None,
    in_reply_to: str = "",
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    """A mail of this template with these values; those of the letterhead and of the reader are added."""
    paper = head.paper
    common = letterhead_values(paper.letterhead, paper.templates, paper.language)
    confirmed = [harmless(words, paper.language, 2 * MAX_WORDS) for _, words in head.confirmed]
    greeted = {
        "name": one_line(head.to.name, 40),
        "case_number": one_line(head.case_number, 40),
        "confirmed": confirmed,
        "operator": _person(head.operator, paper.language),
        "news": [harmless(words, paper.language, 2 * MAX_WORDS) for _, words in head.news],
    }
    written = {**EMPTY, **common, **greeted, **values}
    text, html = going_out.with_words(*paper.templates.render(paper.language, name, written), written)
    parent, references = thread_of(message) if message else (in_reply_to, (in_reply_to,) if in_reply_to else ())
    mail = compose(
        Draft(
            sender=paper.letterhead.sender,
            to=(head.to,),
            subject=subject,
            text=text,
            html=html,
            message_id=head.message_id,
            date=head.now.astimezone(paper.zone),
            language=paper.language,
            in_reply_to=parent,
            references=references,
            auto_submitted="auto-replied" if message else "auto-generated",
            case_number=head.case_number,
            attachments=attachments,
        )
    )
    return replace(mail, confirms=tuple(row for row, _ in (*head.confirmed, *head.news)))


def rows_of(items: Sequence[ReminderItem], paper: Paper) -> list[dict[str, Any]]:
    """Tasks as rows of a list."""
    return [
        {
            "case_number": item.case_number,
            "customer": harmless(item.customer, paper.language, 60),
            "task": f"{flag_of(paper, item.priority)}{one_line(item.task_title, 60)}",
            "record_number": item.record_number,
            "due": moment_of(item.due, paper),
            "overdue": item.overdue,
        }
        for item in items
    ]


def answer_of(
    head: Head, name: str, message: Message, values: Mapping[str, Any], *, keep_token: bool, token: str = ""
) -> OutgoingMail:
    """An answer to a colleague's mail.  Its token goes once the task is done: nothing is left to be answered.

    ``token`` is one of this answer's own, in the place of that one.
    """
    words = bare_subject(message.subject)
    kept = _TOKEN_MARK.search(words) if keep_token else None
    mark_of_token = f" 〔{token}〕" if token else f" {kept[0]}" if kept else ""
    if mark := mark_of(head.case_number):
        words = _CASE_MARK.sub(lambda found: "" if found[0].strip() == mark.strip() else found[0], words)
    subjects = head.paper.templates.labels(head.paper.language, "subjects")
    words = _without_ours(bare_subject(_TOKEN_MARK.sub("", words)), (subjects["refused"], subjects["confirm"]))
    words, prefix = harmless(words, head.paper.language, 60), subjects[name]
    subject = f"{mark}{prefix}{words}".rstrip() + mark_of_token
    return mail_of(head, name, subject, {**values, "token": token} if token else values, message=message)


def _without_ours(words: str, prefixes: Sequence[str]) -> str:
    """A subject without what our answers put in front of it: an answer to an answer has no longer subject."""
    while (prefix := next((each for each in prefixes if each and words.startswith(each)), "")) != "":
        words = bare_subject(words[len(prefix) :])
    return words


def task_values(head: Head, asked: Asked) -> dict[str, Any]:
    """What every mail about a task says of it."""
    language = head.paper.language
    return {
        "task": one_line(asked.title, 60),
        "record_number": one_line(asked.record_number, 60),
        "customer": harmless(asked.customer, language, 80),
        "due": moment_of(asked.due, head.paper),
        "fields": fields_of(asked.fields, asked.required, language),
        "token": asked.token,
    }


def point_values(head: Head, number: int, point: Point) -> dict[str, Any]:
    """What a mail that asks for several tasks says of one."""
    asked = point.asked
    return {
        **task_values(head, asked),
        "number": number,
        "what": asked.what,
        "lets_go": asked.going_out is not None,
        "record_title": one_line(asked.record_title, 60),
        "cell": one_line(asked.cell_title, 40),
        "past": asked.due is not None and asked.due <= head.now,
        "files": [one_line(item.safe_name or item.name, 80) for item in point.files],
        "returned_reason": harmless(point.returned_reason, head.paper.language, 500),
    }


def numbered_fields(number: int, asked: Asked, language: str) -> list[dict[str, Any]]:
    """The fields of a point, its number before the first."""
    fields = fields_of(asked.fields, asked.required, language)
    return [
        field | {"title": f"{number} {field['title']}"} if not place else field for place, field in enumerate(fields)
    ]


def flag_of(paper: Paper, priority: str) -> str:
    """What stands before the title of a task that comes before the ordinary ones."""
    labels = paper.templates.labels(paper.language, "subjects")
    return {TOP: labels["top"], HIGH: labels["urgent"]}.get(priority, "")


def subject_of(head: Head, kind: str, title: str, token: str = "", *, flag: str = "") -> str:
    """A subject: the case, what is wanted, of what, and the token."""
    labels = head.paper.templates.labels(head.paper.language, "subjects")
    words = f"{mark_of(head.case_number)}{flag}{labels[kind]}{labels['colon']}{one_line(title, 50)}"
    return words + (f" 〔{token}〕" if token else "")


def mark_of(case_number: str) -> str:
    """How a subject names its case."""
    return f"[{one_line(case_number, 40)}] " if case_number else ""


def fields_of(fields: Sequence[Field], required: Collection[str], language: str) -> list[dict[str, Any]]:
    """Fields as lines to be filled in."""
    return [
        {"title": one_line(title, 40), "hint": harmless(hint, language, MAX_WORDS), "required": title in required}
        for title, hint in fields
    ]


def lines_of(details: Sequence[str], paper: Paper) -> list[str]:
    """Particulars as lines, bounded."""
    return [line for line in (harmless(item, paper.language, MAX_WORDS) for item in details[:MAX_DETAILS]) if line]


def moment_of(moment: datetime | None, paper: Paper) -> str:
    """A moment for people; empty for none."""
    return moment_words(moment, paper.language, paper.zone) if moment else ""


def _person(person: Address | None, language: str) -> str:
    if person is None:
        return ""
    name, address = one_line(person.name, 40), one_line(person.address, 80)
    return f"{name}, {address}" if language == "en" else f"{name}（{address}）"
