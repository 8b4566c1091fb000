"""A sheet of a table that a person keeps, as text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as they stand in the file: ``rows[i]`` is line ``i + 1`` there; ``title`` is empty for a CSV.

    ``formulas`` are the places (line, column from 0) that hold a formula, whose cells are empty here.  ``is_cut``: the
    file goes on behind the last row.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    formulas: tuple[tuple[int, int], ...] = ()
    is_cut: bool = False


def column_letter(place: int) -> str:
    """The letter over a column, as Excel shows it: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
