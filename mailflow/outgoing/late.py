"""Sentences an answer says once: that it is late, that a matter of top urgency was passed on, what else was opened.

Each stands where the layout puts it by its name; a company's own layout that does not know of it gets it at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailflow.outgoing.templates import MailTemplates

NAME = "late"
"""Its template in ``templates/mail``."""

PASSED_ON = "passed_on"
"""The template of the other sentence."""

BESIDE = "beside"
"""The template that names the cases of the mail's other matters."""

UNREAD = "unread"
"""The template that names attached files nobody could read."""

LATE = timedelta(days=1)
"""A mail the server received so long ago is answered late; beyond a day nobody takes the answer for prompt."""


def is_late(arrived_at: datetime | None, now: datetime) -> bool:
    """Did the server receive the mail long ago?  ``arrived_at`` is None where nobody says when; both are aware."""
    return arrived_at is not None and now - arrived_at >= LATE


def sentence(templates: MailTemplates, language: str, *, late: bool) -> str:
    """What is said of it, one line; empty for an answer in time."""
    return " ".join(templates.render(language, NAME, {})[0].split()) if late else ""


def passed_on(templates: MailTemplates, language: str, *, passed_on: bool) -> str:
    """What is said of a matter that went to its departments at once, one line; empty for any other."""
    return " ".join(templates.render(language, PASSED_ON, {})[0].split()) if passed_on else ""


def beside(templates: MailTemplates, language: str, matters: Sequence[tuple[str, str, str]]) -> str:
    """What is said of cases opened beside the mail's own, one line; ``matters`` are kind, number and words of each."""
    return " ".join(templates.render(language, BESIDE, {"matters": matters})[0].split()) if matters else ""


def unread(templates: MailTemplates, language: str, files: Sequence[str]) -> str:
    """What is said of attached files that hold the matter and were not read, one line; empty for none."""
    return " ".join(templates.render(language, UNREAD, {"files": files})[0].split()) if files else ""


def with_sentence(text: str, html: str, said: str) -> tuple[str, str]:
    """Both forms of a mail, with the sentence in them."""
    if not said or said in " ".join(text.split()):
        return text, html
    body, end, rest = html.rpartition("</body>")
    paragraph = f'<p style="margin:0;padding:0 16px 16px 16px">{said}</p>\n'
    return f"{text}\n{said}\n", f"{body}{paragraph}{end}{rest}" if end else f"{html}{paragraph}"
