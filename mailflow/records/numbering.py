"""Numbers of cases and records, written after a pattern such as ``{prefix}-{year}-{n:04d}``.

Pure: who counts is the ledger's business.  A pattern must give every number once, and a number must be fit for a file
name, a mail subject and a QR code, so patterns are checked before anything is numbered with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from string import Formatter

from mailflow.domain.errors import Problem

CASE_PATTERN = "{prefix}-{year}-{n:04d}"

_PLACES: Mapping[str, str] = {  # what a placeholder may look like in a written number
    "form": r"[^\s:/\\]+?",
    "prefix": r"[^\s:/\\]+?",
    "year": r"\d{4}",
    "yy": r"\d{2}",
    "month": r"\d{2}",
    "n": r"\d+",
}
# How people write the dash of a number: en dash, minus, full stop, blank, or not at all.
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u30fc\ufe58\ufe63"), "-")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_PARTING = "-_./ "
_WIDTH = re.compile(r"0?[1-9]d?|")
_UNFIT = re.compile(r"[\s:/\\*?\"<>|\x00-\x1f]")


def number(pattern: str, *, n: int, year: int, month: int = 1, form: str = "", prefix: str = "") -> str:
    """The ``n``-th number of a checked pattern: ``JL-23-01-2026-0017``."""
    return pattern.format(n=n, year=year, yy=f"{year % 100:02d}", month=f"{month:02d}", form=form, prefix=prefix)


def check_pattern(pattern: str, file: str, line: int = 0) -> list[Problem]:
    """Everything that is wrong with a pattern; an empty list means it may be used."""

    def problem(message: str, remedy: str) -> Problem:
        return Problem(file, line, "MF420", f"number pattern {pattern!r}: {message}", remedy)

    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        return [problem(str(error), f"write it like {CASE_PATTERN}")]
    problems = []
    names = [name for _, name, _, _ in parts if name is not None]
    for name, spec, conversion in ((name, spec, conversion) for _, name, spec, conversion in parts if name is not None):
        if name not in _PLACES:
            problems.append(problem(f"unknown placeholder {{{name}}}", "use one of " + ", ".join(_PLACES)))
        elif conversion or (spec and (name != "n" or not _WIDTH.fullmatch(spec))):
            problems.append(problem(f"{{{name}}} cannot be written this way", "only {n:04d} takes a width"))
    if "n" not in names:
        problems.append(problem("{n} is missing, every number would be the same", "add {n:04d}"))
    if not {"year", "yy"} & set(names):
        problems.append(problem("the year is missing, the count starts anew each year", "add {year}"))
    if any(_UNFIT.search(text) for text, _, _, _ in parts):
        problems.append(problem("it holds white space or a sign a file name cannot hold", "use letters, digits and -"))
    return problems


class NumberFinder:
    """Finds numbers of a checked pattern as people write them, and gives them as they were issued.

    ``ＴＳ－２０２６－０００１``, ``ts–2026–0001``, ``TS 2026 0001`` and ``TS20260001`` are TS-2026-0001; digits that
    the pattern would not have written (``TS-2026-00001``) are another number.
    """

    def __init__(self, pattern: str, prefixes: Iterable[str]) -> None:
        self._parts = [(text, name, spec) for text, name, spec, _ in Formatter().parse(pattern)]
        self._prefixes = {prefix.casefold(): prefix for prefix in prefixes}
        places = {**_PLACES, "prefix": "|".join(map(re.escape, sorted(self._prefixes, key=len, reverse=True)))}
        expression = ""
        for text, name, _ in self._parts:
            expression += "".join(f"[{_PARTING}]{{0,3}}" if sign in _PARTING else re.escape(sign) for sign in text)
            expression += f"({places[name]})" if name is not None else ""
        self._expression = re.compile(rf"(?<![0-9A-Za-z-]){expression}(?![0-9A-Za-z])", re.IGNORECASE)

    def __call__(self, text: str, most: int = 5) -> list[str]:
        """The numbers in the first 500 characters of a text, each once, in order; at most so many."""
        written = unicodedata.normalize("NFKC", text[:500].translate(_UNSEEN)).translate(_DASHES | _UNSEEN)
        found: dict[str, None] = {}
        for match in self._expression.finditer(written):
            number_issued = self._issued(match)
            if _bare(number_issued) == _bare(match[0]):
                found[number_issued] = None
        return list(found)[:most]

    def _issued(self, match: re.Match[str]) -> str:
        values = iter(match.groups())
        written = ""
        for text, name, spec in self._parts:
            written += text
            if name is not None:
                value = next(values)
                value = self._prefixes.get(value.casefold(), value) if name == "prefix" else value
                written += format(int(value), spec or "") if name == "n" else value
        return written


def _bare(number: str) -> str:
    return "".join(sign for sign in number.casefold() if sign not in _PARTING)
