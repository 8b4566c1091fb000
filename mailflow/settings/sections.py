"""The smaller sections of the configuration: limits, the worker, reading, casework."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from mailflow.settings.expressions import pattern_problem
from mailflow.settings.sound_part import Mistake, is_proven, refuse

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


def shape(value: str) -> str:
    """A regular expression people write.  Raises ValueError for one that is none, or may be tried in too many ways."""
    if words := pattern_problem(value):
        raise ValueError(f"the shape {value!r} {words}")
    return value


def pattern(value: str, given: ValidationInfo) -> str:
    """Like :func:`shape`, for the rules: what is as it was shipped is not judged again."""
    return value if is_proven(given) else shape(value)


class Section(BaseModel):
    """A part of the configuration: keys nobody knows are mistakes, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def mistakes(self) -> Iterator[Mistake]:
        """What is wrong with values that are each right; a section that has such values says so."""
        yield from ()

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        refuse(self.mistakes())
        return self


class Limits(Section):
    """Brakes and bounds.

    ``reading_seconds`` of the processor are what reading one mail may cost.
    ``new_cases_per_hour_and_sender``: of one address, of one company's domain, and of the same words whoever sends
    them; what comes faster is held as one pile.  ``mails_per_hour_and_colleague``: tasks, reminders and notices; what
    would be more stands in one digest.
    """

    mail_bytes: Annotated[int, Field(ge=10_000, le=500_000_000)] = 50_000_000
    reading_seconds: Annotated[int, Field(ge=1, le=600)] = 5
    replies_per_hour_and_address: Annotated[int, Field(ge=1, le=1000)] = 20
    replies_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    new_cases_per_hour_and_sender: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    mails_per_hour_and_colleague: Annotated[int, Field(ge=1, le=1_000_000)] = 40
    # Taken from older files and of no effect; mails are tried for five days (docs/howto/outbox.md).
    delivery_attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    processing_attempts: Annotated[int, Field(ge=1, le=10_000)] = 300


class WorkerSection(Section):
    """How the worker runs."""

    poll_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    health_port: Annotated[int, Field(ge=0, le=65535)] = 0
    first_reply: str = "我们将在工作时间内尽快由专人与您联系。"
    first_reply_en: str = "A colleague will get back to you during working hours as soon as possible."


class ReadingSection(Section):
    """How mails are read.  ``second_opinion`` shows what a model learned by ``mailflow learn`` makes of a kind.

    ``industries`` names the word lists of ``rules/reading/industries`` that are used; left out, all are.
    ``products`` and ``models`` are the company's own, as customers write them; ``order_shapes`` are regular
    expressions of its order numbers, for numbers that stand without a label.
    """

    second_opinion: bool = False
    industries: tuple[Name, ...] | None = None
    products: tuple[Name, ...] = ()
    models: tuple[Name, ...] = ()
    order_shapes: tuple[Annotated[Name, AfterValidator(shape)], ...] = ()


class RecurrenceSection(Section):
    """The same trouble of the same goods is told at once at the ``count``-th complaint within ``days``; 0: never."""

    count: Annotated[int, Field(ge=0, le=1000)] = 3
    days: Annotated[int, Field(ge=1, le=3650)] = 90


class CaseworkSection(Section):
    """How cases are worked on: the language of mails to staff, PDFs beside Word files, when the daily mails go out.

    ``letters``: as what the letter to a customer is attached; a PDF that cannot be made goes out as the Word file.
    Times are local and count on working days only.  ``token_days`` is how long a mail that asks for a signature may
    be answered, ``quiet_days`` after how many working days without a word somebody must write to the customer (0:
    never).  ``reports`` are the kinds of period managers get a report of when one closes.
    """

    language: Literal["zh", "en"] = "zh"
    pdf: bool = True
    letters: Literal["pdf", "word", "both"] = "pdf"
    token_days: Annotated[int, Field(ge=1, le=730)] = 60
    quiet_days: Annotated[int, Field(ge=0, le=60)] = 5
    reminders_at: time = time(8, 40)
    summary_at: time = time(8, 30)
    reports: tuple[Literal["week", "month", "quarter", "year"], ...] = ("week", "month", "quarter", "year")
    recurrence: RecurrenceSection = RecurrenceSection()
