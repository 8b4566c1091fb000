"""Mails to staff: please sign, please do, done, not done and why, reminders, notices.

Pure: the same arguments give the same bytes.  The sentences stand in ``templates/staff/``; here is what they are
about.  Whatever came from outside (a customer's name, a reason somebody wrote) is data: on one line, bounded, without
links.  Instructions are worded so that, quoted in an answer without any mark, they do not read as an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from mailflow.casework import going_out
from mailflow.casework.asked import Asked as Asked
from mailflow.casework.asked import Counted as Counted
from mailflow.casework.asked import Field as Field
from mailflow.casework.asked import Head as Head
from mailflow.casework.asked import ReminderItem as ReminderItem
from mailflow.casework.asked import Wanted as Wanted
from mailflow.casework.paper import EMPTY, LATE, REFUSALS
from mailflow.casework.paper import Paper as Paper
from mailflow.casework.paper import load_staff_templates as load_staff_templates
from mailflow.casework.priority import HIGH, TOP, rank
from mailflow.domain.model import Attachment, Message, OutgoingMail
from mailflow.outgoing.compose import Draft, bare_subject, compose, harmless, one_line, thread_of
from mailflow.outgoing.letterhead import letterhead_values
from mailflow.outgoing.templates import moment_words

MAX_WORDS = 200
MAX_DETAILS = 20
_SEPARATOR = " · "
MAX_ITEMS = 100  # more open tasks than this are counted, not listed
_TOKEN_MARK = re.compile(r"〔([A-Za-z0-9-]{1,80})〕")
_CASE_MARK = re.compile(r"\[[^\[\]\s]{1,40}\]\s*")


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
        **_task_values(head, asked),
        "what": asked.what,
        "record_title": one_line(asked.record_title, 60),
        "cell": one_line(asked.cell_title, 40),
        "past": asked.due is not None and asked.due <= head.now,
        "urgent": urgent,
        "facts": [(one_line(label, 40), harmless(value, language, 160)) for label, value in facts if value],
        "original": any(item.safe_name.endswith(".eml") for item in attachments),
        "files": [one_line(item.safe_name or item.name, 80) for item in attachments],
        "returned_reason": harmless(returned_reason, language, 500),
        "details": _lines(details, paper),
        **going_out.values(paper, asked.going_out, asked.outward, asked.note),
    }
    name, title = ("ask_work", asked.title) if asked.what == "work" else ("ask_sign", asked.record_title)
    flag = _flag(head.paper, asked.priority or (HIGH if urgent else ""))
    subject = _subject(head, f"ask_{asked.what}", title, asked.token, flag=flag)
    return _mail(head, name, subject, values, attachments=attachments)


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
    return _answer(head, "confirm", message, values, keep_token=False)


def confirmation(head: Head, counted: Counted) -> str:
    """The same as one line of his next mail."""
    words = head.paper.templates.labels(head.paper.language, "confirmed")
    done = words[counted.done].replace("{to}", one_line(counted.to_name, 40))
    taken = words["and"].join(
        f"{one_line(label, 40)}{words['colon']}{harmless(value, head.paper.language, 60)}"
        for label, value in counted.taken
    )
    line = f"{_mark(head.case_number)}{one_line(counted.title, 60)}{words['colon']}{done}"
    return f"{line}{words['open']}{taken}{words['close']}" if taken else line


def refused_mail(
    head: Head,
    message: Message,
    reason: str,
    *,
    details: Sequence[str] = (),
    what: Wanted | Literal[""] = "",
    fields: Sequence[Field] = (),
) -> OutgoingMail:
    """Say that an answer changed nothing, why, and what to do.  ``reason`` is one of :data:`.paper.REFUSALS`.

    ``what`` the task wants and its ``fields`` show how to write it; empty: what was written was not the trouble.
    The token stays in the subject, so that the next try may simply answer this mail.
    """
    paper, known = head.paper, reason if reason in REFUSALS else "other"
    values = {
        "reason": known,
        "why": paper.templates.labels(paper.language, "refused_why")[known],
        "remedy": paper.templates.labels(paper.language, "refused_remedy")[known],
        "details": _lines([] if known == "fields_missing" and fields else details, paper),
        "what": what,
        "fields": _fields(fields, {title for title, _ in fields}, paper.language),
    }
    return _answer(head, "refused", message, values, keep_token=True)


def reminder_mail(head: Head, asked: Asked, *, overdue: bool, in_reply_to: str = "") -> OutgoingMail:
    """Remind of one urgent task; the answer may be given to this very mail.

    ``in_reply_to`` is the Message-ID (without brackets) of the mail that asked, so that both stand in one thread.
    """
    values = {
        **_task_values(head, asked),
        "overdue": overdue,
        "what": asked.what or ("work" if asked.fields else "sign"),
    }
    flag = _flag(head.paper, asked.priority)
    subject = _subject(head, "overdue" if overdue else "reminder", asked.title, asked.token, flag=flag)
    return _mail(head, "reminder", subject, values, in_reply_to=in_reply_to)


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
    rows, lines = _rows(ordered[:MAX_ITEMS], paper), told[:MAX_ITEMS]
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
        subject = _subject(head, "overdue" if only.overdue else "reminder", only.task_title, only.token)
    else:
        kind = "daily_late" if late else "daily" if ordered else "told"
        words = paper.templates.labels(paper.language, "subjects")[kind]
        subject = words.replace("{count}", str(len(ordered) or len(told))).replace("{late}", str(late))
    return _mail(head, "daily", subject, values)


def escalation_mail(
    head: Head, name: str, *, task_title: str, due: datetime | None, reason: str, customer: str = ""
) -> OutgoingMail:
    """Tell a superior of a task that does not get done: ``name`` is late, ``reason`` is one of :data:`.paper.LATE`."""
    values = {
        "late_person": one_line(name, 40),
        "task": one_line(task_title, 60),
        "customer": harmless(customer, head.paper.language, 80),
        "due": _moment(due, head.paper),
        "reason": reason if reason in LATE else "other",
    }
    return _mail(head, "escalation", _subject(head, "escalation", task_title), values)


def escalation_words(head: Head, task_title: str, late_person: str) -> str:
    """The same as one line of a digest: the case, that somebody is asked to see to it, what, and whose it is."""
    what = _subject(replace(head, case_number=""), "escalation", task_title)
    return _SEPARATOR.join(filter(None, (head.case_number, what, late_person)))


def notice_mail(head: Head, kind: str, details: Sequence[str] = ()) -> OutgoingMail:
    """Tell somebody what happened to a case; nothing is asked.  ``kind`` is one of :data:`.paper.NOTICES`."""
    paper = head.paper
    labels = paper.templates.labels(paper.language, "notices")
    headlines = paper.templates.labels(paper.language, "notice_subjects")
    values = {"sentence": labels[kind], "details": _lines(details, paper)}
    return _mail(head, "notice", f"{_mark(head.case_number)}{headlines[kind]}", values)


def notice_words(head: Head, kind: str, details: Sequence[str] = ()) -> str:
    """The same notice as one line of a digest: the case, what happened, the particulars."""
    headline = head.paper.templates.labels(head.paper.language, "notice_subjects")[kind]
    return _SEPARATOR.join(filter(None, (head.case_number, headline, *_lines(details, head.paper))))


def held_mail(head: Head, lines: Sequence[str], *, due: datetime | None, overdue: bool) -> OutgoingMail:
    """Ask somebody to decide about held mails, each a line, until ``due``; or remind him of it."""
    count = str(len(lines))
    words = head.paper.templates.labels(head.paper.language, "subjects")["held_late" if overdue else "held"]
    values = {
        "details": _lines(lines, head.paper),
        "count": len(lines),
        "left_out": max(len(lines) - MAX_DETAILS, 0),
        "due": _moment(due, head.paper),
        "overdue": overdue,
    }
    return _mail(head, "held", f"{_mark(head.case_number)}{words.replace('{count}', count)}", values)


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
        "items": _rows(items[:MAX_ITEMS], paper),
        "details": told[:MAX_ITEMS],
        "count": len(items) + len(lines),
        "left_out": max(len(items) - MAX_ITEMS, 0) + max(len(told) - MAX_ITEMS, 0),
        "what": str(limit or ""),
    }
    words = paper.templates.labels(paper.language, "subjects")["gathered"]
    return _mail(head, "gathered", words.replace("{count}", str(values["count"])), values)


# ------------------------------------------------------------------------------------------------------------ parts


def _mail(
    head: Head,
    name: str,
    subject: str,
    values: Mapping[str, Any],
    *,
    message: Message | None = None,
    in_reply_to: str = "",
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    paper = head.paper
    common = letterhead_values(paper.letterhead, paper.templates, paper.language)
    confirmed = [harmless(words, paper.language, 2 * MAX_WORDS) for _, words in head.confirmed]
    greeted = {
        "name": one_line(head.to.name, 40),
        "case_number": one_line(head.case_number, 40),
        "confirmed": confirmed,
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
    return replace(mail, confirms=tuple(row for row, _ in head.confirmed))


def _rows(items: Sequence[ReminderItem], paper: Paper) -> list[dict[str, Any]]:
    return [
        {
            "case_number": item.case_number,
            "customer": harmless(item.customer, paper.language, 60),
            "task": f"{_flag(paper, item.priority)}{one_line(item.task_title, 60)}",
            "record_number": item.record_number,
            "due": _moment(item.due, paper),
            "overdue": item.overdue,
        }
        for item in items
    ]


def _answer(head: Head, name: str, message: Message, values: Mapping[str, Any], *, keep_token: bool) -> OutgoingMail:
    """An answer to a colleague's mail.  Its token goes once the task is done: nothing is left to be answered."""
    words = bare_subject(message.subject)
    token = _TOKEN_MARK.search(words) if keep_token else None
    if mark := _mark(head.case_number):
        words = _CASE_MARK.sub(lambda found: "" if found[0].strip() == mark.strip() else found[0], words)
    words = harmless(bare_subject(_TOKEN_MARK.sub("", words)), head.paper.language, 60)
    prefix = head.paper.templates.labels(head.paper.language, "subjects")[name]
    subject = f"{mark}{prefix}{words}".rstrip() + (f" {token[0]}" if token else "")
    return _mail(head, name, subject, values, message=message)


def _task_values(head: Head, asked: Asked) -> dict[str, Any]:
    language = head.paper.language
    return {
        "task": one_line(asked.title, 60),
        "record_number": one_line(asked.record_number, 60),
        "customer": harmless(asked.customer, language, 80),
        "due": _moment(asked.due, head.paper),
        "fields": _fields(asked.fields, asked.required, language),
        "token": asked.token,
    }


def _flag(paper: Paper, priority: str) -> str:
    """What stands before the title of a task that comes before the ordinary ones."""
    labels = paper.templates.labels(paper.language, "subjects")
    return {TOP: labels["top"], HIGH: labels["urgent"]}.get(priority, "")


def _subject(head: Head, kind: str, title: str, token: str = "", *, flag: str = "") -> str:
    labels = head.paper.templates.labels(head.paper.language, "subjects")
    words = f"{_mark(head.case_number)}{flag}{labels[kind]}{labels['colon']}{one_line(title, 50)}"
    return words + (f" 〔{token}〕" if token else "")


def _mark(case_number: str) -> str:
    return f"[{one_line(case_number, 40)}] " if case_number else ""


def _fields(fields: Sequence[Field], required: Collection[str], language: str) -> list[dict[str, Any]]:
    return [
        {"title": one_line(title, 40), "hint": harmless(hint, language, MAX_WORDS), "required": title in required}
        for title, hint in fields
    ]


def _lines(details: Sequence[str], paper: Paper) -> list[str]:
    return [line for line in (harmless(item, paper.language, MAX_WORDS) for item in details[:MAX_DETAILS]) if line]


def _moment(moment: datetime | None, paper: Paper) -> str:
    return moment_words(moment, paper.language, paper.zone) if moment else ""
