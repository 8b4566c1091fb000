"""The smaller sections of the configuration: limits, the worker, reading, casework."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mailflow.settings.expressions import pattern_problem

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Section(BaseModel):
    """A part of the configuration: keys nobody knows are mistakes, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    # Read for the sake of older files; mails are tried for five days (docs/howto/outbox.md).
    delivery_attempts: Annotated[int, Field(ge=1, le=100)] = 12
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
    order_shapes: tuple[Name, ...] = ()

    @field_validator("order_shapes")
    @classmethod
    def _shapes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for shape in value:
            if words := pattern_problem(shape):
                raise ValueError(f"the shape {shape!r} {words}")
        return value


class CaseworkSection(Section):
    """How cases are worked on: the language of mails to staff, PDFs beside Word files, when the daily mails go out.

    Times are local and count on working days only.  ``token_days`` is how long a mail that asks for a signature may
    be answered.
    """

    language: Literal["zh", "en"] = "zh"
    pdf: bool = True
    token_days: Annotated[int, Field(ge=1, le=730)] = 60
    reminders_at: time = time(8, 40)
    summary_at: time = time(8, 30)
