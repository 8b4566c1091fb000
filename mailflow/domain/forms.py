"""Forms as their sidecars describe them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mailflow.domain.model import Kind

CHART = "chart"
"""A field whose value is a mapping with this key prints a chart: the names and values of its bars, None for none."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form: its fields, and the signature cells whose signers answer for them (none: nobody does).

    ``late_facts``: what was unknown when it was signed may be filled in later without a new signature.
    """

    fields: tuple[str, ...]
    signers: tuple[str, ...] = ()
    late_facts: bool = False


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form's sidecar: its code, version, title, kinds it serves, fields, signers, answers, years kept.

    ``fields`` maps what mailflow prints to its label, ``signers`` a signature cell's key to its title, ``answers`` what
    people fill in Word to its label.  ``kinds`` is empty for forms that only procedures issue.  ``number`` is the
    pattern of the form's record numbers, "" for the company's usual one.  ``signers_en`` are the titles of signature
    cells for readers of English, as far as they are given.  ``sections`` say by name what each cell answers for;
    without any, each answers for the whole form.
    """

    code: str
    version: str
    title: str
    title_en: str
    kinds: tuple[Kind, ...]
    fields: Mapping[str, str]
    signers: Mapping[str, str]
    retention_years: int
    effective_on: date | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    signers_en: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, Section] = field(default_factory=dict)
