"""Mails to staff: please sign, please do, done, not done and why, reminders, notices.

Pure: the same arguments give the same bytes.  The sentences stand in ``templates/staff/``; here is what they are
about.  Whatever came from outside (a customer's name, a reason somebody wrote) is data: on one line, bounded, without
links.  Instructions are worded so that, quoted in an answer without any mark, they do not read as an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from mailflow.casework import going_out
from mailflow.casework.asked import Asked as Asked
from mailflow.casework.asked import Counted as Counted
from mailflow.casework.asked import Field as Field
from mailflow.casework.asked import Head as Head
from mailflow.casework.asked import Point as Point
from mailflow.casework.asked import ReminderItem as ReminderItem
from mailflow.casework.asked import Rest as Rest
from mailflow.casework.asked import Wanted as Wanted
from mailflow.casework.paper import LATE, REFUSALS
from mailflow.casework.paper import Paper as Paper
from mailflow.casework.paper import load_staff_templates as load_staff_templates
from mailflow.casework.priority import HIGH, rank
from mailflow.casework.writing import MAX_DETAILS as MAX_DETAILS
from mailflow.casework.writing import (
    MAX_WORDS,
    answer_of,
    fields_of,
    flag_of,
    lines_of,
    mail_of,
    mark_of,
    moment_of,
    numbered_fields,
    point_values,
    rows_of,
    subject_of,
    task_values,
)
from mailflow.domain.model import Attachment, Message, OutgoingMail
from mailflow.outgoing.compose import harmless, one_line

_SEPARATOR = " · "
MAX_ITEMS = 100  # more open tasks than this are counted, not listed


def ask_mail(
    head: Head,
    asked: Asked,
    *,
    urgent: bool = False,
    details: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    returned_reason: str = "",
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    """Ask for a signature or for work.

    ``facts`` sum up the case (label, value); ``details`` explain codes one may answer with.  ``returned_reason`` is why
    the work came back, empty when it is new.
    """
    paper, language = head.paper, head.paper.language
    values = {
        **task_values(head, asked),
        "what": asked.what,
        "record_title": one_line(asked.record_title, 60),
        "cell": one_line(asked.cell_title, 40),
        "past": asked.due is not None and asked.due <= head.now,
        "urgent": urgent,
        "facts": [(one_line(label, 40), harmless(value, language, 160)) for label, value in facts if value],
        "original": any(item.safe_name.endswith(".eml") for item in attachments),
        "files": [one_line(item.safe_name or item.name, 80) for item in attachments],
        "returned_reason": harmless(returned_reason, language, 500),
        "details": lines_of(details, paper),
        **going_out.values(paper, asked.going_out, asked.outward, asked.note),
    }
    name, title = ("ask_work", asked.title) if asked.what == "work" else ("ask_sign", asked.record_title)
    flag = flag_of(paper, asked.priority or (HIGH if urgent else ""))
    subject = subject_of(head, f"ask_{asked.what}", title, asked.token, flag=flag)
    return mail_of(head, name, subject, values, attachments=attachments)


def ask_several_mail(
    head: Head,
    points: Sequence[Point],
    *,
    token: str,
    urgent: bool = False,
    details: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    """Ask for several tasks of one case in one mail, each a numbered point that may be answered by itself.

    ``facts`` are those of the case; the arguments are those of :func:`ask_mail`.
    """
    paper, language = head.paper, head.paper.language
    numbered = list(enumerate(points, 1))
    own = [(f"{number}. {label}", value) for number, point in numbered for label, value in point.facts]
    asked = [point.asked for point in points]
    titles = paper.templates.labels(language, "words")["and"].join(one_line(item.title, 50) for item in asked)
    values = {
        "customer": harmless(asked[0].customer, language, 80),
        "count": len(points),
        "token": token,
        "urgent": urgent,
        "points": [point_values(head, number, point) for number, point in numbered],
        "facts": [(one_line(label, 60), harmless(value, language, 160)) for label, value in (*facts, *own) if value],
        "original": any(item.safe_name.endswith(".eml") for item in attachments),
        "files": [one_line(item.safe_name or item.name, 80) for item in attachments],
        "details": lines_of(details, paper),
        "fields": [field for number, point in numbered for field in numbered_fields(number, point.asked, language)],
        **going_out.of_several(paper, [(item.going_out, item.outward, item.note) for item in asked]),
    }
    flag = flag_of(paper, asked[0].priority or (HIGH if urgent else ""))
    subject = subject_of(head, "ask_several", titles, token, flag=flag).replace("{count}", str(len(points)))
    return mail_of(head, "ask_several", subject, values, attachments=attachments)


def confirm_mail(head: Head, message: Message, counted: Counted, *, next_titles: Sequence[str] = ()) -> OutgoingMail:
    """Say that an answer counted, and what comes next and with whom (``next_titles``)."""
    language = head.paper.language
    values = {
        "done": counted.done,
        "record_number": one_line(counted.record_number, 60),
        "task": one_line(counted.title, 60),
        "to_name": one_line(counted.to_name, 40),
        "following": [one_line(item, 80) for item in next_titles],
        "facts": [(one_line(label, 40), harmless(value, language, MAX_WORDS)) for label, value in counted.taken],
    }
    return answer_of(head, "confirm", message, values, keep_token=False)


def confirm_several_mail(
    head: Head, message: Message, counted: Sequence[Counted], rest: Rest, *, next_titles: Sequence[str] = ()
) -> OutgoingMail:
    """Say what counted of an answer to several tasks, and what is open still and why."""
    paper = head.paper
    words = paper.templates.labels(paper.language, "confirmed")
    titles = paper.templates.labels(paper.language, "words")["and"].join(one_line(item.title, 50) for item in counted)
    done = [(item.title, words[item.done].replace("{to}", one_line(item.to_name, 40))) for item in counted]
    taken = [pair for item in counted for pair in item.taken]
    values = {
        "done": "several",
        "task": titles,
        "following": [one_line(item, 80) for item in next_titles],
        "facts": [
            (one_line(label, 60), harmless(value, paper.language, MAX_WORDS)) for label, value in (*done, *taken)
        ],
        "details": lines_of([*rest.why, *(f"{number}. {title}" for number, title in rest.open)], paper),
        "fields": fields_of(rest.fields, {title for title, _ in rest.fields}, paper.language),
        "token": rest.token,
    }
    return answer_of(head, "confirm", message, values, keep_token=bool(rest.token))


def confirmation(head: Head, counted: Counted) -> str:
    """The same as one line of his next mail."""
    words = head.paper.templates.labels(head.paper.language, "confirmed")
    done = words[counted.done].replace("{to}", one_line(counted.to_name, 40))
    taken = words["and"].join(
        f"{one_line(label, 40)}{words['colon']}{harmless(value, head.paper.language, 60)}"
        for label, value in counted.taken
    )
    line = f"{mark_of(head.case_number)}{one_line(counted.title, 60)}{words['colon']}{done}"
    return f"{line}{words['open']}{taken}{words['close']}" if taken else line


def refused_mail(
    head: Head,
    message: Message,
    reason: str,
    *,
    details: Sequence[str] = (),
    what: Wanted | Literal[""] = "",
    fields: Sequence[Field] = (),
    kept: Sequence[tuple[str, str]] = (),
    token: str = "",
) -> OutgoingMail:
    """Say that an answer did nothing, why, and what to do.  ``reason`` is one of :data:`.paper.REFUSALS`; ``kept`` is
    what of it stands all the same (label, value).

    ``what`` the task wants and its ``fields`` show how to write it; empty: what was written was not the trouble.
    The token stays in the subject, so that the next try may simply answer this mail; ``token`` is one of its own.
    """
    paper, known = head.paper, reason if reason in REFUSALS else "other"
    values = {
        "reason": known,
        "why": paper.templates.labels(paper.language, "refused_why")[known],
        "remedy": paper.templates.labels(paper.language, "refused_remedy")[known],
        "details": lines_of([] if known == "fields_missing" and fields else details, paper),
        "facts": [(one_line(label, 40), harmless(value, paper.language, MAX_WORDS)) for label, value in kept],
        "what": what,
        "fields": fields_of(fields, {title for title, _ in fields}, paper.language),
    }
    return answer_of(head, "refused", message, values, keep_token=True, token=token)


def reminder_mail(head: Head, asked: Asked, *, overdue: bool, in_reply_to: str = "") -> OutgoingMail:
    """Remind of one urgent task; the answer may be given to this very mail.

    ``in_reply_to`` is the Message-ID (without brackets) of the mail that asked, so that both stand in one thread.
    """
    values = {
        **task_values(head, asked),
        "overdue": overdue,
        "what": asked.what or ("work" if asked.fields else "sign"),
    }
    flag = flag_of(head.paper, asked.priority)
    subject = subject_of(head, "overdue" if overdue else "reminder", asked.title, asked.token, flag=flag)
    return mail_of(head, "reminder", subject, values, in_reply_to=in_reply_to)


def reminder_words(head: Head, asked: Asked, *, overdue: bool) -> str:
    """The same as one line of a digest: the case, that a task is near or past its time, which, until when."""
    what = subject_of(replace(head, case_number=""), "overdue" if overdue else "reminder", asked.title)
    customer = harmless(asked.customer, head.paper.language, 60)
    return _SEPARATOR.join(filter(None, (head.case_number, what, moment_of(asked.due, head.paper), customer)))


def daily_mail(head: Head, name: str, items: Sequence[ReminderItem], *, told: Sequence[str] = ()) -> OutgoingMail:
    """One mail a day with everything a person has to do, what is late first; ``name`` is how he is greeted.

    What is equally late stands by its priority.  ``told`` are complaints he hears of, a line each.
    With one task the mail may be answered itself; with several, each is answered in the mail that asked for it.
    """
    paper, last = head.paper, datetime.max.replace(tzinfo=UTC)
    ordered = sorted(
        items,
        key=lambda item: (not item.overdue, rank(item.priority), item.due or last, item.case_number, item.task_title),
    )
    only = ordered[0] if len(ordered) == 1 and ordered[0].token else None
    rows, lines = rows_of(ordered[:MAX_ITEMS], paper), told[:MAX_ITEMS]
    late = sum(item.overdue for item in ordered)
    values = {
        "name": one_line(name, 40),
        "items": rows,
        "count": len(ordered),
        "late": late,
        "left_out": len(ordered) - len(rows) + len(told) - len(lines),
        "details": [harmless(line, paper.language, MAX_WORDS) for line in lines],
        "token": only.token if only else "",
    }
    if only:
        head = replace(head, case_number=only.case_number)
        subject = subject_of(head, "overdue" if only.overdue else "reminder", only.task_title, only.token)
    else:
        kind = "daily_late" if late else "daily" if ordered else "told"
        words = paper.templates.labels(paper.language, "subjects")[kind]
        subject = words.replace("{count}", str(len(ordered) or len(told))).replace("{late}", str(late))
    return mail_of(head, "daily", subject, values)


def escalation_mail(
    head: Head, name: str, *, task_title: str, due: datetime | None, reason: str, customer: str = ""
) -> OutgoingMail:
    """Tell a superior of a task that does not get done: ``name`` is late, ``reason`` is one of :data:`.paper.LATE`."""
    values = {
        "late_person": one_line(name, 40),
        "task": one_line(task_title, 60),
        "customer": harmless(customer, head.paper.language, 80),
        "due": moment_of(due, head.paper),
        "reason": reason if reason in LATE else "other",
    }
    return mail_of(head, "escalation", subject_of(head, "escalation", task_title), values)


def escalation_words(head: Head, task_title: str, late_person: str) -> str:
    """The same as one line of a digest: the case, that somebody is asked to see to it, what, and whose it is."""
    what = subject_of(replace(head, case_number=""), "escalation", task_title)
    return _SEPARATOR.join(filter(None, (head.case_number, what, late_person)))


def notice_mail(head: Head, kind: str, details: Sequence[str] = (), *, first: str = "") -> OutgoingMail:
    """Tell somebody what happened to a case; nothing is asked.  ``kind`` is one of :data:`.paper.NOTICES`.

    ``first`` is a detail in which an address we wrote to may stand: it is shown as it is.
    """
    paper = head.paper
    labels = paper.templates.labels(paper.language, "notices")
    headlines = paper.templates.labels(paper.language, "notice_subjects")
    values = {"sentence": labels[kind], "what": kind, "details": [*filter(None, [first]), *lines_of(details, paper)]}
    return mail_of(head, "notice", f"{mark_of(head.case_number)}{headlines[kind]}", values)


def notice_words(head: Head, kind: str, details: Sequence[str] = (), *, first: str = "") -> str:
    """The same notice as one line of a digest: the case, what happened, the particulars."""
    headline = head.paper.templates.labels(head.paper.language, "notice_subjects")[kind]
    return _SEPARATOR.join(filter(None, (head.case_number, headline, first, *lines_of(details, head.paper))))


def held_mail(
    head: Head, lines: Sequence[str], token: str, *, due: datetime | None, overdue: bool, kinds: Collection[str]
) -> OutgoingMail:
    """Ask somebody to decide about held mails, a numbered line each, until ``due``; or remind him of it.

    ``kinds`` says what is among them: ``mail``, ``pile``.
    """
    words = head.paper.templates.labels(head.paper.language, "subjects")["held_late" if overdue else "held"]
    values = {
        "details": lines_of(lines, head.paper),
        "count": len(lines),
        "due": moment_of(due, head.paper),
        "overdue": overdue,
        "what": " ".join(sorted(kinds)),
    }
    subject = f"{mark_of(head.case_number)}{words.replace('{count}', str(len(lines)))} 〔{token}〕"
    return mail_of(head, "held", subject, values)


def kinds_mail(
    head: Head, lines: Sequence[str], kinds: Sequence[str], token: str, *, due: datetime | None
) -> OutgoingMail:
    """Ask what kind each of these mails is, a numbered line each; ``kinds`` are words to answer with.

    ``due`` is when the first of them is decided without an answer; None when all of them are listed only.
    """
    words = head.paper.templates.labels(head.paper.language, "subjects")["kinds" if due else "kinds_listed"]
    values = {
        "details": [harmless(line, head.paper.language, 2 * MAX_WORDS) for line in lines],
        "fields": [{"title": kind, "hint": "", "required": False} for kind in kinds],
        "count": len(lines),
        "due": moment_of(due, head.paper),
    }
    return mail_of(head, "kinds", f"{words.replace('{count}', str(len(lines)))} 〔{token}〕", values)


def gathered_mail(
    head: Head, items: Sequence[ReminderItem], lines: Sequence[str], *, limit: int | None
) -> OutgoingMail:
    """One mail instead of many: tasks he has but is not asked for yet, and what else he would have been told.

    ``limit`` is how many single mails one gets in an hour, None where that is not why.  What is too much is counted.
    """
    paper = head.paper
    same = Counter(harmless(line, paper.language, MAX_WORDS) for line in lines)
    told = [f"{line} ×{times}" if times > 1 else line for line, times in same.items()]
    values = {
        "items": rows_of(items[:MAX_ITEMS], paper),
        "details": told[:MAX_ITEMS],
        "count": len(items) + len(lines),
        "left_out": max(len(items) - MAX_ITEMS, 0) + max(len(told) - MAX_ITEMS, 0),
        "what": str(limit or ""),
    }
    words = paper.templates.labels(paper.language, "subjects")["gathered"]
    return mail_of(head, "gathered", words.replace("{count}", str(values["count"])), values)
