"""``rules/duties.yaml``: read and checked, every mistake with its line.  An absent file is a company without duties."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.duties.model import GENERIC, Duties, Duty
from mailflow.duties.recurrence import About, Period, Recurrence, Shift, parse_rule
from mailflow.office.working_time import parse_term
from mailflow.procedures.model import Title
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, Sound, sound

FILE = "duties.yaml"
LONGEST = 30  # working days from the asking to the day it is due
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def load_duties(
    path: Path, *, roles: Collection[str] | None = None, procedures: Collection[str] | None = None
) -> tuple[Duties | None, list[Problem]]:
    """Read the file; None with all problems when anything is wrong.

    ``roles`` are the keys of the staff file and ``procedures`` the names of those that serve duties: None leaves what
    is said about them unchecked.
    """
    if not path.exists():
        return Duties(), []
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(_File, document, _STAND_INS)
    if found.value is None:
        return None, problems
    for name, part in found.value.duties.items():
        problems += _checked(name, part, found, roles, procedures)
    if problems:
        return None, problems
    return Duties({name: _duty(name, part) for name, part in found.value.duties.items() if part.on}), []


# ------------------------------------------------------------------------------------------------------------ parts


OVER = "over"
"""Instead of a working time before the day: asked for as soon as the period it is about is over."""


def _term(text: str) -> str:
    if text == OVER:
        return text
    term = parse_term(text)
    if term.unit not in "hdw" or not 0 < term.count <= (LONGEST if term.unit == "d" else 240):
        raise ValueError(f"{text[:20]!r} is no working time before the day such as 4h, 3d or 2w, up to {LONGEST}d")
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Part):
    zh: Annotated[str, Field(min_length=1, max_length=300)]
    en: Annotated[str, Field(min_length=1, max_length=400)]


class _DutyPart(_Part):
    title: Title
    on: bool = True
    rule: Annotated[str, AfterValidator(parse_rule)]
    period: Period
    about: About = "this"
    shift: Shift = "after"
    owner: Annotated[str, Field(min_length=1, max_length=320)]
    each: bool = False
    within: Annotated[str, AfterValidator(_term)] = "1d"
    text: _Words
    procedure: str = GENERIC


class _File(_Part):
    duties: dict[str, _DutyPart] = {}


_TITLE = {"zh": "-", "en": "-"}
_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("duties", ANY, "title"): _TITLE,
    ("duties", ANY, "text"): _TITLE,
    ("duties", ANY, "rule"): "FREQ=YEARLY",
    ("duties", ANY, "period"): "year",
    ("duties", ANY, "owner"): "-",
}


def _checked(
    name: str, part: _DutyPart, found: Sound[_File], roles: Collection[str] | None, procedures: Collection[str] | None
) -> Iterator[Problem]:
    """What single values cannot show."""
    document, at = found.document, ("duties", name)
    if not _NAME.fullmatch(name):
        yield document.problem(at, "MF820", f"{name!r} is no name for a duty", "use small letters, digits and _")
    if found.is_whole(*at, "rule") and found.is_whole(*at, "period"):
        for first, second in Recurrence(part.rule, part.period).collisions()[:1]:
            words = f"{name}: {first} and {second} fall into one {part.period}, and a duty is done once in each"
            yield document.problem((*at, "rule"), "MF821", words, "make period shorter, or the rule rarer")
    if roles is not None and found.is_whole(*at, "owner") and "@" not in part.owner and part.owner not in roles:
        remedy = f"an address, or one of the roles {', '.join(sorted(roles))}"
        yield document.problem((*at, "owner"), "MF822", f"{name}: nobody has the role {part.owner!r}", remedy)
    if part.each and "@" in part.owner:
        yield document.problem((*at, "each"), "MF822", f"{name}: each is for a role, not for one person", "remove it")
    if part.within == OVER and part.about != "last":
        words = f"{name}: within: over is for what is about the period before"
        yield document.problem((*at, "within"), "MF824", words, "write about: last, or a working time such as 3d")
    if procedures is not None and found.is_whole(*at, "procedure") and part.procedure not in procedures:
        remedy = f"procedures for duties: {', '.join(sorted(procedures))}"
        words = f"{name}: there is no procedure {part.procedure!r} for duties"
        yield document.problem((*at, "procedure"), "MF823", words, remedy)


def _duty(name: str, part: _DutyPart) -> Duty:
    return Duty(
        name=name,
        title=part.title,
        recurrence=Recurrence(part.rule, part.period, part.about, part.shift),
        owner=part.owner.strip().lower() if "@" in part.owner else part.owner,
        within=None if part.within == OVER else parse_term(part.within),
        text={"zh": part.text.zh, "en": part.text.en},
        each=part.each,
        procedure=part.procedure,
    )
