"""The sidecar of a Word form: ``JL-23-01.yaml`` beside ``JL-23-01.docx`` says what Word cannot."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec, Section
from mailflow.domain.model import NO_CASE, Kind
from mailflow.records.numbering import check_pattern
from mailflow.records.sections import check_sections
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import sound

CODE = re.compile(r"[A-Z]{1,6}-[0-9A-Z]+([.-][0-9A-Z]+)*")
VERSION = re.compile(r"[A-Z]/[0-9]{1,3}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIELD = re.compile(rf"{_NAME.pattern}(\.{_NAME.pattern})?")

FORM, SIG, ANSWER = "form", "sig", "answer"
RESERVED = (FORM, SIG, ANSWER)
"""What every template sees besides its fields: the form's own code, version, title and years kept; the printed
signatures by signer; what people have answered so far."""

_TAKEN = frozenset(name for name in dir(dict) if not name.startswith("_"))
"""Names Jinja would look up on the mapping itself (``answer.items``) instead of in it."""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Title(BaseModel):
    """The form's name in both languages."""

    model_config = ConfigDict(extra="forbid", strict=True)
    zh: Text
    en: Text


class SectionKeys(BaseModel):
    """A part of the form, and whose signature answers for it."""

    model_config = ConfigDict(extra="forbid")
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    signers: tuple[str, ...] = ()
    late_facts: bool = False


class Sidecar(BaseModel):
    """What may stand in a sidecar file."""

    model_config = ConfigDict(extra="forbid")
    code: str
    version: str
    title: Title
    kinds: tuple[Kind, ...] = ()
    number: str = ""
    fields: Annotated[dict[str, Text], Field(min_length=1)]
    signers: dict[str, Text] = {}
    signers_en: dict[str, Text] = {}
    answers: dict[str, Text] = {}
    sections: dict[str, SectionKeys] = {}
    retention_years: Annotated[int, Field(ge=1, le=100)]
    effective_on: date | None = None

    @field_validator("code")
    @classmethod
    def _code(cls, value: str) -> str:
        if not CODE.fullmatch(value):
            raise ValueError("a form code looks like JL-23-01")
        return value

    @field_validator("version")
    @classmethod
    def _version(cls, value: str) -> str:
        if not VERSION.fullmatch(value):
            raise ValueError("a version looks like A/0: edition, then number of changes")
        return value

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[Kind, ...]) -> tuple[Kind, ...]:
        wrong = sorted(kind for kind in value if kind in NO_CASE)
        if wrong:
            raise ValueError(f"no case is opened for {', '.join(wrong)}")
        return value

    @field_validator("fields")
    @classmethod
    def _fields(cls, value: dict[str, str]) -> dict[str, str]:
        if wrong := [words for name in value if (words := _wrong_field(name, value))]:
            raise ValueError("; ".join(wrong))
        return value

    @field_validator("signers_en")
    @classmethod
    def _signers_en(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if strange := sorted(value.keys() - info.data.get("signers", value).keys()):
            raise ValueError(f"{', '.join(strange)}: English titles of cells that are not among signers")
        return value

    @field_validator("signers", "answers")
    @classmethod
    def _keys(cls, value: dict[str, str]) -> dict[str, str]:
        if wrong := [repr(name) for name in value if not _NAME.fullmatch(name) or name in _TAKEN]:
            raise ValueError(f"{', '.join(wrong)} cannot be a key: small letters, digits and _, as in service_manager")
        return value

    def parts(self) -> dict[str, Section]:
        """Its sections by name."""
        return {name: Section(item.fields, item.signers, item.late_facts) for name, item in self.sections.items()}


def _wrong_field(name: str, declared: dict[str, str]) -> str:
    """What is wrong with the name of a field among those declared, or an empty string."""
    owner, _, column = name.partition(".")
    if not _FIELD.fullmatch(name):
        return f"{name!r} is no field name: small letters, digits and _, a column as list.column"
    if owner in RESERVED:
        return f"{name!r}: {owner!r} is filled by mailflow itself"
    if column and owner not in declared:
        return f"{name!r} is a column of {owner!r}, which is not declared"
    return f"a column cannot be called {name!r}; choose another word" if column in _TAKEN else ""


def read_sidecar(path: Path) -> tuple[FormSpec | None, list[Problem]]:
    """The form described by a sidecar file, or None with every problem in it."""
    spec, problems, _ = sound_sidecar(path)
    return (None if problems else spec), problems


def sound_sidecar(path: Path) -> tuple[FormSpec | None, list[Problem], frozenset[str]]:
    """The part of a sidecar that is right, every problem in it, and which of its keys were left out for that."""
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems, frozenset()
    found, problems = sound(Sidecar, document, {**_STAND_INS, ("code",): path.stem})
    sidecar, document = found.value, found.document
    if sidecar is None:
        return None, problems, frozenset()
    if sidecar.code != path.stem:
        words = f"code {sidecar.code} in a file named {path.name}"
        problems.append(document.problem(("code",), "MF401", words, "make them equal"))
    if sidecar.number:
        problems += check_pattern(sidecar.number, str(path), document.line(("number",)))
    lost = frozenset(str(place[0]) for place in found.lost if place)
    if not lost & {"fields", "answers", "signers", "sections"}:  # else what is wrong there is said there
        problems += check_sections(sidecar.parts(), sidecar.fields, sidecar.answers, sidecar.signers, document)
    return _spec(sidecar), problems, lost


def forms_named(folder: Path) -> dict[str, FormSpec | None]:
    """The forms of a folder by code, also when files there are wrong; None of which the cells cannot be told."""
    found: dict[str, FormSpec | None] = {path.stem: None for path in folder.glob("*.docx")}
    for path in folder.glob("*.yaml"):
        spec, _, lost = sound_sidecar(path)
        found[path.stem] = None if "signers" in lost else spec
    return found


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("version",): "A/0",
    ("title",): {"zh": "-", "en": "-"},
    ("title", "zh"): "-",
    ("title", "en"): "-",
    ("fields",): {"record_no": "-"},
    ("retention_years",): 1,
}


def _spec(sidecar: Sidecar) -> FormSpec:
    return FormSpec(
        code=sidecar.code,
        version=sidecar.version,
        title=sidecar.title.zh,
        title_en=sidecar.title.en,
        kinds=sidecar.kinds,
        fields=dict(sidecar.fields),
        signers=dict(sidecar.signers),
        retention_years=sidecar.retention_years,
        effective_on=sidecar.effective_on,
        answers=dict(sidecar.answers),
        number=sidecar.number,
        signers_en=dict(sidecar.signers_en),
        sections=sidecar.parts(),
    )
