"""Sections of a form: what each signature cell answers for, and what of it reads otherwise now.

A signature is void only when what its signer answers for changed in substance since the version he signed.  A form
without sections is one section that every cell signs.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec, Section
from mailflow.records.clean import BLANK
from mailflow.settings.yaml_file import Document

_ANSWERS = "answer"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that reads otherwise: what the form calls it, what it read and reads; "" where nothing is said."""

    field: str
    label: str
    before: str
    after: str


def check_sections(
    sections: Mapping[str, Section], fields: Collection[str], answers: Collection[str], signers: Collection[str],
    document: Document,
) -> Iterator[Problem]:  # fmt: skip
    """Every field in no section, in two, or unknown; every cell unknown, or answering for nothing."""
    if not sections:
        return
    own = list(dict.fromkeys((*(name for name in fields if "." not in name), *answers)))
    times = Counter(name for section in sections.values() for name in dict.fromkeys(section.fields))
    for name in own:
        if not times[name]:
            words = f"{name} is in no section"
            remedy = "put it into one; a section without signers is nobody's"
            yield document.problem(("sections",), "MF418", words, remedy)
    for title, section in sections.items():
        at = ("sections", title)
        for place, name in enumerate(section.fields):
            if name not in own:
                remedy = "declare it under fields or answers"
                yield document.problem((*at, "fields", place), "MF418", f"there is no field {name!r}", remedy)
            elif times[name] > 1:
                named = ", ".join(other for other, item in sections.items() if name in item.fields)
                yield document.problem(
                    (*at, "fields", place), "MF418", f"{name} is in the sections {named}", "leave it in one"
                )
        for place, cell in enumerate(section.signers):
            if cell not in signers:
                remedy = f"cells: {', '.join(signers)}"
                yield document.problem((*at, "signers", place), "MF418", f"there is no cell {cell!r}", remedy)
    signing = {cell for section in sections.values() for cell in section.signers}
    for cell in signers:
        if cell not in signing:
            remedy = "name it among the signers of a section"
            yield document.problem(("sections",), "MF418", f"the cell {cell} answers for nothing", remedy)


def changes(
    form: FormSpec,
    cell: str,
    signed: Mapping[str, Any],
    now: Mapping[str, Any],
    *,
    but: Collection[str] = (),
    blanks: bool = False,
) -> list[Change]:
    """What reads otherwise now of what a cell answers for; ``signed`` are the values of the version signed.

    How it is written (white space, widths of letters) does not count, nor do layout hints.  A blank that was filled
    counts, but for late facts.  A form without sections counts what was said and reads otherwise.  ``but`` are fields
    that do not count; ``blanks``: every blank that was filled counts.
    """
    found = []
    for name, late in _answered_for(form, cell):
        before, after = _said(name, signed), _said(name, now)
        if name in but or (late and not before and not blanks) or _plain(before) == _plain(after):
            continue
        found.append(Change(name, form.answers.get(name) or form.fields.get(name, name), before, after))
    return found


# ------------------------------------------------------------------------------------------------------------ parts


def _answered_for(form: FormSpec, cell: str) -> list[tuple[str, bool]]:
    """The fields a cell answers for, and whether they may still come in after it was signed."""
    mine = [section for section in form.sections.values() if cell in section.signers]
    if not mine:  # no sections, or a cell that none names
        return [(name, True) for name in dict.fromkeys((*form.fields, *form.answers)) if "." not in name]
    return [(name, section.late_facts) for section in mine for name in section.fields]


def _said(name: str, values: Mapping[str, Any]) -> str:
    """A value in words; empty when nothing is said."""
    answered = values.get(_ANSWERS, {}).get(name)
    return "；".join(filter(None, (_words(values.get(name)), _words(answered))))


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool) or value == BLANK:
        return ""
    if isinstance(value, Mapping):
        return " ".join(filter(None, map(_words, value.values())))
    if isinstance(value, list):
        return "、".join(filter(None, map(_words, value)))
    return str(value)


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())
