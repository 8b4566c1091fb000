"""What mails to staff are about: how one begins, a task as they name it, an answer that counted, a line of a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailflow.casework.going_out import GoingOut
from mailflow.casework.paper import Paper
from mailflow.domain.model import Address, Attachment

Wanted = Literal["sign", "receive", "work"]
"""What a task asks of somebody: a signature, a signature that confirms a receipt, or work."""

Field = tuple[str, str]  # what a field is called, and what may be filled in ("" for anything)


@dataclass(frozen=True, slots=True)
class Head:
    """What every mail to staff begins with: to whom, when (aware), under which Message-ID, about which case.

    ``case_number`` is empty when the mail is about no one case.  ``confirmed`` are rows and words of what became of the
    reader's own answers, ``news`` those of what happened in cases he is asked about.  ``operator`` runs mailflow.
    """

    paper: Paper
    to: Address
    message_id: str
    now: datetime
    case_number: str = ""
    confirmed: tuple[tuple[int, str], ...] = ()
    news: tuple[tuple[int, str], ...] = ()
    operator: Address | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A task as mails name it.  ``what`` empty: work when there are fields to fill, a signature otherwise.

    ``required`` are the titles of ``fields`` that must be answered; ``record_number`` and ``record_title`` are empty
    without a record, ``cell_title`` when nothing is to be signed.  ``outward`` are the titles of ``fields`` whose words
    reach the customer as they are written, ``note`` that of the field that only colleagues read; ``going_out`` is what
    leaves when the task is done.  ``priority`` is the case's.
    """

    title: str
    what: Wanted | Literal[""] = ""
    due: datetime | None = None
    customer: str = ""
    record_number: str = ""
    record_title: str = ""
    cell_title: str = ""
    token: str = ""
    fields: Sequence[Field] = ()
    required: Collection[str] = ()
    outward: Collection[str] = ()
    note: str = ""
    going_out: GoingOut | None = None
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One of several tasks a mail asks for: with its own facts (label, value), why it came back, and its files."""

    asked: Asked
    facts: Sequence[tuple[str, str]] = ()
    returned_reason: str = ""
    files: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """What is open still of several tasks: numbers and titles, why what was said of some was not done (lines), what is
    to be filled in, and the token an answer to this mail may bear."""

    open: Sequence[tuple[int, str]] = ()
    why: Sequence[str] = ()
    fields: Sequence[Field] = ()
    token: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer that counted: ``done`` is one of :data:`.paper.DONE`, ``to_name`` who has the task if it was handed on.

    ``taken`` is what was kept of the answer (label, value), so that the sender sees what he was understood to say.
    """

    done: str
    title: str
    record_number: str = ""
    to_name: str = ""
    taken: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ReminderItem:
    """One open task in the daily mail.  ``token`` is used only when it is the only one: an answer to several tasks at
    once would not say which it means."""

    case_number: str
    customer: str
    task_title: str
    record_number: str
    due: datetime | None
    overdue: bool
    token: str
    priority: str = ""
