"""Numbers of cases and records, written after a pattern such as ``{prefix}-{year}-{n:04d}``.

Pure: who counts is the ledger's business.  A pattern must give every number once, and a number must be fit for a file
name, a mail subject and a QR code, so patterns are checked before anything is numbered with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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


def number_finder(pattern: str, *, form: str = "", prefix: str = "") -> re.Pattern[str]:
    """Finds numbers of a checked pattern in a text (a subject, say), not inside a longer word or number."""
    known = {"form": form, "prefix": prefix}
    expression = ""
    for text, name, spec, _ in Formatter().parse(pattern):
        expression += re.escape(text)
        if name is not None:
            width = int(spec.strip("0d") or 1) if spec else 1
            place = rf"\d{{{width},}}" if name == "n" else _PLACES[name]
            expression += re.escape(known[name]) if known.get(name) else place
    return re.compile(rf"(?<![0-9A-Za-z-]){expression}(?![0-9A-Za-z])", re.IGNORECASE)
