"""A figure explained: what it means, the numbers it is made of, and the cases it stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailflow.reports.figures import Figure
from mailflow.reports.page import Report
from mailflow.reports.words import NAMES, formula_of, name_of, number, value_of
from mailflow.sentences.catalogue import worded


def known(word: str, language: str) -> str:
    """The key of a figure that is named by its key, or as it is called in this language; empty when none is."""
    wanted = word.strip().casefold()
    return next((key for key in NAMES if wanted in (key, name_of(key, language).casefold())), "")


def explained(report: Report, key: str) -> list[str]:
    """The lines that explain a figure of a report."""
    return list(_lines(report, report.figures[key], report.language))


def _lines(report: Report, figure: Figure, language: str) -> Iterator[str]:
    yield f"{name_of(figure.key, language)} [{figure.key}] {report.period}"
    yield worded(language, "means: {formula}", formula=formula_of(figure.key, language))
    yield worded(language, "value: {value}", value=value_of(figure, language))
    if figure.unit == "percent":
        yield worded(
            language, "numbers: {numerator} / {denominator}", numerator=figure.numerator, denominator=figure.denominator
        )
    elif figure.denominator is not None:
        yield worded(
            language, "numbers: {numerator} of {denominator} counted", numerator=figure.numerator,
            denominator=figure.denominator,
        )  # fmt: skip
    if figure.key in report.then:
        was = number(report.then[figure.key], language)
        yield worded(language, "the period before: {value}", value=was)
    if figure.key in report.last_year:
        was = number(report.last_year[figure.key], language)
        yield worded(language, "the year before: {value}", value=was)
    yield from report.opening
    yield worded(language, "cases counted ({count}):", count=len(figure.cases))
    yield from _columns(figure.cases)
    if figure.others or figure.unit in ("percent", "minutes"):
        yield worded(language, "cases not counted ({count}):", count=len(figure.others))
        yield from _columns(figure.others)


def _columns(numbers: Sequence[str], across: int = 6) -> Iterator[str]:
    for at in range(0, len(numbers), across):
        yield "  " + "  ".join(numbers[at : at + across])
