"""``rules/archive.yaml``: what a customer's profile holds, who keeps it, and by which labels mails say it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.procedures.model import Title
from mailflow.reading.answers.words import squeeze
from mailflow.reading.people.card import Label, Labels, Shape
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, sound

FILE = "archive.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_Word = Annotated[str, Field(min_length=1, max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProfileField(_Part):
    """What a profile may hold; ``rules/archive.yaml`` says what the keys mean."""

    title: Title
    of: Literal["company", "contact"] = "company"
    shape: Shape = "text"
    labels: tuple[_Word, ...] = ()
    mobile: Annotated[str, Field(max_length=40)] = ""
    required: bool = False
    verify: bool = False
    purpose: Annotated[str, Field(max_length=200)] = ""
    consent: bool = False
    on: bool = True


class _Holders(_Part):
    original: Annotated[str, Field(min_length=1, max_length=320)]
    copy_: Annotated[str, Field(max_length=320, alias="copy")] = ""


class _Answers(_Part):
    accept: Annotated[tuple[_Word, ...], Field(min_length=1)]
    refuse: Annotated[tuple[_Word, ...], Field(min_length=1)]


class _File(_Part):
    holders: _Holders
    answers: _Answers
    fields: dict[str, ProfileField]


@dataclass(frozen=True, slots=True)
class ArchiveRules:
    """The fields in use by their names, the roles or addresses of who keeps the original and the copy (empty: nobody),
    and what the words of an answer say: squeezed word to ``True`` for what holds, ``False`` for what does not.
    """

    fields: Mapping[str, ProfileField] = field(default_factory=dict)
    original: str = ""
    copy: str = ""
    answers: Mapping[str, bool] = field(default_factory=dict)

    @property
    def labels(self) -> Labels:
        """What mails are read by: of each label its field, shape, and whether it is a contact's."""
        return Labels({
            label: Label(name, spec.shape, spec.of == "contact", spec.mobile) for name, spec in self.fields.items()
            for label in spec.labels
        })  # fmt: skip

    def named(self, said: str) -> str | None:
        """The field of this name or title, in whatever language; None when there is none."""
        wanted = squeeze(said)
        for name, spec in self.fields.items():
            if wanted in {name, squeeze(spec.title.zh), squeeze(spec.title.en)}:
                return name
        return None


NO_RULES = ArchiveRules()
"""Nothing is read and nothing kept: for tests and tools without a company."""


def load_archive_rules(
    path: Path, *, roles: Collection[str] | None = None
) -> tuple[ArchiveRules | None, list[Problem]]:
    """Read the file; None with all problems when anything is wrong.  ``roles`` None: holders are not checked."""
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(_File, document, _STAND_INS)
    file = found.value
    if file is None:
        return None, problems
    for key, whose in (("original", file.holders.original), ("copy", file.holders.copy_)):
        if roles is not None and found.is_whole("holders", key) and whose and "@" not in whose and whose not in roles:
            words = f"holders: nobody has the role {whose!r}"
            remedy = f"an address, or one of the roles {', '.join(sorted(roles))}"
            problems.append(document.problem(("holders", key), "MF880", words, remedy))
    called: dict[str, str] = {}
    for name, spec in file.fields.items():
        at = ("fields", name)
        if not _NAME.fullmatch(name):
            problems.append(
                document.problem(at, "MF881", f"{name!r} is no name for a field", "use small letters, digits and _")
            )
        personal = spec.of == "contact" and spec.on
        if personal and found.is_whole(*at) and not spec.purpose.strip():
            words = f"{name}: personal data is kept for a purpose, and none is written"
            problems.append(document.problem(at, "MF882", words, "add purpose, or on: false"))
        for label in spec.labels:
            other = called.setdefault(squeeze(label), name)
            if other != name:
                words = f"{label!r} is what both {other} and {name} are called"
                problems.append(document.problem((*at, "labels"), "MF883", words, "remove one"))
    if problems:
        return None, problems
    answers = {squeeze(word): True for word in file.answers.accept} | dict.fromkeys(
        map(squeeze, file.answers.refuse), False
    )
    used = {name: spec for name, spec in file.fields.items() if spec.on}
    return ArchiveRules(used, _holder(file.holders.original), _holder(file.holders.copy_), answers), []


def _holder(said: str) -> str:
    return said.strip().lower() if "@" in said else said.strip()


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("holders",): {"original": "archivist"},
    ("holders", "original"): "archivist",
    ("answers",): {"accept": ["-"], "refuse": ["--"]},
    ("answers", ANY): ["-"],
    ("fields",): {},
    ("fields", ANY, "title"): {"zh": "-", "en": "-"},
}
