"""Mails to the customer while his case is worked on, in his language and in the thread of his last mail.

Pure: the same arguments give the same bytes.  A letter decides and promises nothing: what it says beyond the shipped
sentences (an answer, news, the time of the next news) was written or approved by a person and is passed in.  The
customer's own words are data: on one line, bounded, without links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.casework.paper import Paper
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.outgoing import late
from mailflow.outgoing.compose import (
    Draft,
    bare_subject,
    compose,
    harmless,
    one_line,
    thread_of,
    thread_subject,
)
from mailflow.outgoing.greeting import greeted
from mailflow.outgoing.letterhead import letterhead_values
from mailflow.outgoing.reference import NAME as REFERENCE
from mailflow.outgoing.reference import with_reference
from mailflow.outgoing.templates import moment_words

SURVEYS = ("survey", "survey_reminder")
NAMES = (
    "holding", "progress", "answer", "satisfaction", "reopened", "closed", "corrected", "impersonated", "state",
    *SURVEYS,
)  # fmt: skip
"""The templates in ``templates/mail``, one for each occasion."""

ADDED = ("impersonated", "state", *SURVEYS, REFERENCE, late.NAME, late.PASSED_ON, late.BESIDE, late.UNREAD)
"""Those that release 0.1 had not: a company's own folder that lacks one is served with the shipped file."""

AT_ONCE = frozenset({"reopened", "corrected", "state"})
"""Letters that answer the customer's mail at once by themselves."""

BY_PEOPLE = frozenset({"progress", "answer"})
"""Letters a person wrote."""

MAX_CHANGES = 30
MAX_LINE = 4000

Change = tuple[str, str, str]  # a fact's field name (or its label), what we had written, what it is now


@dataclass(frozen=True, slots=True)
class Letter:
    """What every letter needs to know.

    ``paper`` holds the templates for customers.  ``message`` is the customer's last mail, whose thread and subject are
    kept; None when he never wrote (an oral complaint): then ``subject`` is used.  ``contact`` is greeted when it is a
    person's name, else his ``company``.  ``language`` is ``zh``, ``zh-Hant`` or ``en``; empty: that of the paper.
    ``reference`` is what the recipient proves his address with.  ``late``: the mail it answers reached us long before
    it could be read.
    """

    paper: Paper
    to: Address
    case_number: str
    message: Message | None = None
    subject: str = ""
    contact: str = ""
    company: str = ""
    language: str = ""
    kind: str = ""
    reference: str = ""
    late: bool = False

    @property
    def speech(self) -> str:
        """The language the letter is written in."""
        return self.language if self.language in ("zh", "zh-Hant", "en") else self.paper.language


def holding_letter(
    letter: Letter, *, message_id: str, now: datetime, next_news: datetime | None = None
) -> OutgoingMail:
    """We are at it and have no result yet: please be patient.  ``next_news`` is a time a person decided on."""
    when = moment_words(next_news, letter.speech, letter.paper.zone) if next_news else ""
    return _mail(letter, "holding", message_id, now, {"next_news": when})


def progress_letter(
    letter: Letter, *, message_id: str, now: datetime, text: str, attachments: Sequence[Attachment] = ()
) -> OutgoingMail:
    """News of the case.  ``text`` was approved by a person and is sent as it is."""
    return _mail(letter, "progress", message_id, now, {"approved": approved_lines(text)}, attachments)


def answer_letter(
    letter: Letter, *, message_id: str, now: datetime, answer_text: str, attachments: Sequence[Attachment] = (),
    enclosed: Sequence[str] = (),
) -> OutgoingMail:  # fmt: skip
    """The answer to the customer, usually with the letter of reply attached.  ``answer_text`` was approved.

    ``enclosed`` is what its files are called, each by its title; without it they go by their names.
    """
    values: dict[str, Any] = {"approved": approved_lines(answer_text)}
    if enclosed:
        values["files"] = [one_line(title, 80) for title in enclosed]
    return _mail(letter, "answer", message_id, now, values, attachments)


def state_letter(
    letter: Letter, *, message_id: str, now: datetime, text: str, next_news: datetime | None
) -> OutgoingMail:
    """How it stands, for who asks: ``text`` was approved and sent before, ``next_news`` is a day promised to him."""
    when = moment_words(next_news, letter.speech, letter.paper.zone) if next_news else ""
    return _mail(letter, "state", message_id, now, {"approved": approved_lines(text), "next_news": when})


def satisfaction_letter(letter: Letter, *, message_id: str, now: datetime, summary: str = "") -> OutgoingMail:
    """Are you satisfied?  One line answers it.  ``summary`` is the approved text of what was done, or empty."""
    return _mail(letter, "satisfaction", message_id, now, {"approved": approved_lines(summary)})


def reopened_letter(letter: Letter, *, message_id: str, now: datetime) -> OutgoingMail:
    """The case is worked on again because the customer said that it is not settled."""
    return _mail(letter, "reopened", message_id, now, {})


def closed_letter(letter: Letter, *, message_id: str, now: datetime) -> OutgoingMail:
    """The case is closed; he may write again at any time."""
    return _mail(letter, "closed", message_id, now, {})


def impersonated_letter(letter: Letter, *, message_id: str, now: datetime) -> OutgoingMail:
    """Somebody wrote in his name and failed our server's checks; a mail of its own, in nobody's thread."""
    return _mail(letter, "impersonated", message_id, now, {})


def corrected_letter(
    letter: Letter, *, message_id: str, now: datetime, changes: Sequence[Change], record_number: str = ""
) -> OutgoingMail:
    """The record was corrected as he wrote: each fact with what it is now, and what we had written before."""
    language = letter.speech
    labels = letter.paper.templates.labels(language, "facts")
    before, nothing = (letter.paper.templates.labels(language, "changes")[key] for key in ("before", "nothing_before"))
    facts = []
    for name, old, new in changes[:MAX_CHANGES]:
        was = harmless(old, language, 80)
        shown = f"{harmless(new, language, 120)}{before.replace('{}', was) if was else nothing}"
        facts.append((labels.get(name) or harmless(name, language, 40), shown))
    return _mail(letter, "corrected", message_id, now, {"facts": facts, "record_number": one_line(record_number, 60)})


def letter_mail(
    letter: Letter, name: str, message_id: str, now: datetime, values: Mapping[str, Any],
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:  # fmt: skip
    """A letter of another template of ``templates/mail``, with the values only that one knows."""
    return _mail(letter, name, message_id, now, values, attachments)


def approved_lines(text: str) -> list[list[str]]:
    """A person's text as paragraphs of lines: as written, without invisible characters, blank lines between them."""
    paragraphs: list[list[str]] = [[]]
    for raw in text.splitlines():
        line = one_line(raw, MAX_LINE)
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


# ------------------------------------------------------------------------------------------------------------ parts


def _mail(
    letter: Letter,
    name: str,
    message_id: str,
    now: datetime,
    values: Mapping[str, Any],
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    paper, language, message = letter.paper, letter.speech, letter.message
    written = {
        **letterhead_values(paper.letterhead, paper.templates, language),
        **EMPTY,
        "case_number": one_line(letter.case_number, 40),
        "kind": letter.kind,
        "contact": greeted(letter.contact, letter.company, _own_words(message), language),
        # Without the suffix: whether it leaves as a PDF or as a Word file, the letter reads as it was approved.
        "files": [one_line((item.safe_name or item.name).removesuffix(".docx"), 80) for item in attachments],
    }
    apology = late.sentence(paper.templates, language, late=letter.late and name in AT_ONCE)
    mail = late.with_sentence(*paper.templates.render(language, name, {**written, "late": apology, **values}), apology)
    text, html = with_reference(*mail, paper.templates, language, letter.reference)
    in_reply_to, references = thread_of(message) if message else ("", ())
    by_itself = "auto-replied" if name in AT_ONCE and message else "auto-generated"
    return compose(
        Draft(
            sender=paper.letterhead.sender,
            to=(Address(letter.to.name, letter.to.address),),
            subject=_subject(letter),
            text=text,
            html=html,
            message_id=message_id,
            date=now.astimezone(paper.zone),
            language=language,
            in_reply_to=in_reply_to,
            references=references,
            auto_submitted="no" if name in BY_PEOPLE else by_itself,
            case_number=letter.case_number,
            attachments=attachments,
        )
    )


def _own_words(message: Message | None) -> str:
    return f"{message.new_text}\n{message.signature}" if message is not None else ""


def _subject(letter: Letter) -> str:
    if letter.message is not None:
        return thread_subject(letter.message.subject or letter.subject, letter.case_number, letter.speech)
    words = harmless(bare_subject(letter.subject), letter.speech, 100)
    about = letter.paper.templates.labels(letter.speech, "changes")["about"]
    return f"{words or about} [{one_line(letter.case_number, 40)}]"


# ----------------------------------------------------------------------------------------------------------- templates

EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(("kind", "record_number", "received", "next_news"), ""),
    **dict.fromkeys(("facts", "missing", "approved", "files"), ()),
    "urgent": False,
}
"""What a letter's template may use beside the letterhead, the greeting and the number."""


def samples(language: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every template of this module with made-up values: everything known, and as little as possible."""
    always: dict[str, Any] = {"language_tag": language, "case_number": "TS-2026-0001"}
    always |= {"company_name": "x", "department": "x", **EMPTY}
    lines: dict[str, Any] = {"channels": [], "signature": []}
    words = ("phone", "urgent_phone", "address", "first_reply", "contact")
    for name in NAMES:
        asked: dict[str, Any] = {}
        if name in SURVEYS:
            asked = {**dict.fromkeys(("scale", "period", "until"), "x"), "confidential": True}
        yield name, {**always, **lines, **dict.fromkeys(words, ""), **asked}
        full = {"facts": [("x", "x")], "approved": [["x", "x"], ["x"]], "files": ["x"], "next_news": "x"}
        without = {"confidential": False} if asked else {}
        filled = {**dict.fromkeys(words, "x"), "channels": ["x"], "signature": ["x"], **asked, **without}
        yield name, {**always, **full, **filled}
