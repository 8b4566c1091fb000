"""What one reading rule is: the typed shape of ``rules/reading/*.yaml`` (rules/README.md tells it for people)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from mailflow.domain.model import NO_CASE, OWN, Kind
from mailflow.reading.matching.reasons import REASONS, SUBKINDS, misplaced
from mailflow.settings.expressions import MAX_WAYS
from mailflow.settings.sections import pattern, shape
from mailflow.settings.sound_part import Mistake, is_proven, refuse

CASE_KINDS = tuple(kind for kind in Kind if kind not in NO_CASE | OWN)
# What is found by rules; the other facts (companies, contacts, phones, counts, sums, days) are read by the program.
FINDABLE = (
    "kind", "subkind", "order_no", "product", "model", "batch_no", "defect_or_issue", "demand", "severity", "urgency",
    "validity_hint", "repeat_hint", "shop",
)  # fmt: skip

Words = Annotated[str, Field(min_length=1, max_length=200)]
Pattern = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(pattern)]
_TIMES = re.compile(r"[?!1]|\{(\d{1,3})\}|\{(?:(\d{1,3}))?,(\d{1,3})\}")
Part = Literal["subject", "new_text", "forwarded_text", "quoted_text", "signature"]


class Rule(BaseModel):
    """One rule: what it finds and by which patterns, with sentences that prove it."""

    # A phrase such as 12315 is written without quotation marks.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
    finds: str
    value: str = ""
    kind: Kind | None = None
    subkind: str = ""
    reason: str = ""
    weight: Annotated[float, Field(gt=0, le=5)] = 1.0
    confidence: Annotated[float, Field(gt=0, le=1)] = 0.8
    phrases: tuple[Words, ...] = ()
    tokens: tuple[tuple[dict[str, Any], ...], ...] = ()
    labels: tuple[Words, ...] = ()
    shapes: tuple[Pattern, ...] = ()
    keep_label: bool = False
    even_if: bool = False
    whole: bool = False
    only_with: tuple[Words, ...] = ()
    parts: tuple[Part, ...] = ()
    not_after: tuple[Words, ...] = ()
    not_before: tuple[Words, ...] = ()
    matches: Annotated[tuple[Words, ...], Field(min_length=1)]
    misses: tuple[Words, ...] = ()

    @field_validator("finds")
    @classmethod
    def _finds(cls, value: str) -> str:
        if value not in FINDABLE:
            raise ValueError(f"{value!r} is none of {', '.join(FINDABLE)}")
        return value

    @field_validator("kind")
    @classmethod
    def _kind(cls, value: Kind | None) -> Kind | None:
        if value is not None and value not in CASE_KINDS:
            raise ValueError(f"{value.value!r} is decided by the exclusion stage, not by reading rules")
        return value

    @field_validator("subkind")
    @classmethod
    def _subkind(cls, value: str) -> str:
        if value and value not in SUBKINDS:
            raise ValueError(f"{value!r} is none of {', '.join(SUBKINDS)}")
        return value

    @field_validator("reason")
    @classmethod
    def _reason(cls, value: str) -> str:
        if value and value not in REASONS:
            raise ValueError(f"{value!r} is none of {', '.join(REASONS)}")
        return value

    @field_validator("tokens")
    @classmethod
    def _tokens(
        cls, value: tuple[tuple[dict[str, Any], ...], ...], given: ValidationInfo
    ) -> tuple[tuple[dict[str, Any], ...], ...]:
        for said_so in () if is_proven(given) else value:
            ways = 1
            for token in said_so:
                ways *= _times(token)
                for said in token.values():
                    pattern_of_one = said.get("REGEX") if isinstance(said, dict) else None
                    if isinstance(pattern_of_one, str):
                        shape(pattern_of_one)
            if ways > MAX_WAYS:
                raise ValueError(f"the tokens {said_so!r} may be tried in too many ways: shorten their repeats")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse(self._mistakes())
        return self

    def _mistakes(self) -> Iterator[Mistake]:
        if not (self.phrases or self.tokens or self.shapes):
            yield ("phrases", "tokens", "shapes"), "a rule needs phrases, tokens or shapes"
        if self.labels and not self.shapes:
            yield ("labels", "shapes"), "labels need shapes: the form of the code that follows the label"
        if self.finds == "kind" and self.kind is None:
            yield ("finds", "kind"), "a rule that finds a kind names it: kind: complaint"
        if self.finds == "subkind" and not self.subkind:
            yield ("finds", "subkind"), "a rule that finds a subkind names it: subkind: 产品质量"
        if self.reason and (said := misplaced(self.subkind, self.reason, hint=self.finds == "validity_hint")):
            yield ("subkind", "reason", "finds"), said
        if self.finds in ("severity", "urgency", "validity_hint", "repeat_hint", "shop") and not self.value:
            yield ("finds", "value"), f"a rule that finds {self.finds} names its value"


def _times(token: dict[str, Any]) -> int:
    """In how many ways a token may be repeated.  Raises ValueError for a repeat without end."""
    wanted = str(token.get("OP", "1"))
    found = _TIMES.fullmatch(wanted)
    if found is None:
        raise ValueError(f"the tokens repeat without end or oddly ({wanted!r}): write {{0,5}}, ?, ! or 1")
    return int(found[3]) - int(found[2] or 0) + 1 if found[3] else 2


class RuleFile(BaseModel):
    """A file of rules about one topic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: Words
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
