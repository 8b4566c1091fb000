"""The letter of a survey and its reminder: why, what, until when, and the questions to be answered in a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mailflow.casework.letters import Letter, letter_mail
from mailflow.domain.model import Attachment, OutgoingMail
from mailflow.outgoing.templates import day_words

LETTER, REMINDER = "survey", "survey_reminder"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the lines of the sheet (a blank one between paragraphs), the scale in words, the last day.

    ``files`` is the same as a Word form, where the office has one.
    """

    sheet: Sequence[str]
    scale: str
    period: str
    until: date
    confidential: bool
    files: tuple[Attachment, ...] = ()


def survey_letter(letter: Letter, asked: Asked, *, name: str, message_id: str, now: datetime) -> OutgoingMail:
    """The letter (``name`` is :data:`LETTER`) or its :data:`REMINDER`."""
    paragraphs: list[list[str]] = [[]]
    for line in asked.sheet:
        if line.strip():
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    values = {
        "approved": [paragraph for paragraph in paragraphs if paragraph],
        "scale": asked.scale,
        "period": asked.period,
        "until": day_words(asked.until, letter.speech),
        "confidential": asked.confidential,
    }
    return letter_mail(letter, name, message_id, now, values, asked.files)
