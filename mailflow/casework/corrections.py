"""People's corrections of what was read: the finding stays, the correction stands beside it, the newest one wins.

A correction says what a field of a case holds according to a person; without values it says that the mail does not
hold it.  Whoever corrects a field to what it holds already confirms it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mailflow.casework import priority
from mailflow.domain.company_names import company_key
from mailflow.domain.model import FIELDS, OWN, Case, Kind
from mailflow.domain.ports import Correction, Work
from mailflow.records.boxes import CHANNELS, CLASSES
from mailflow.records.clean import BLANK
from mailflow.sentences.catalogue import sentence, worded

KIND = "kind"
ON_THE_FORM = ("position", "email", "address", "delivery_no", "class1", "channel", "repeat_of")
"""What the registration prints and no rule reads: people alone say it."""
CORRECTABLE = (*FIELDS, *ON_THE_FORM, KIND)
SEPARATOR = "；"
MAX_VALUE = 2000
MAX_NAME = 100

CHOICES: Mapping[str, tuple[str, ...]] = {
    KIND: tuple(kind.value for kind in Kind if kind not in OWN),
    "severity": ("一般", "重大", "恶性"),
    "urgency": ("特急", "紧急", "不急"),
    "validity_hint": ("待查", "无效倾向", "恶意倾向"),
    "class1": tuple(CLASSES),
    "channel": CHANNELS,
}
DATES = frozenset({"happened_on", "requested_deadline"})


class NotUnderstood(ValueError):
    """What was typed cannot be taken as a correction: one line for people, in their language."""

    def __init__(self, english: str, /, **values: object) -> None:
        super().__init__(worded("en", english, **values))
        self.english, self.values = english, values

    def said(self, language: str) -> str:
        """The line in this language."""
        return worded(language, self.english, **self.values)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was done about one field: what stood there before, what stands there now, whether anything was written."""

    field: str
    before: str
    after: str
    written: bool

    @property
    def confirms(self) -> bool:
        """Whether a person said that what stood there is right."""
        return self.before == self.after


def parse(assignments: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """``field=value`` words as values by field, in the order typed; no values: the mail does not hold it.

    Raises NotUnderstood, in one line, for unknown fields and impossible values.
    """
    found: dict[str, list[str]] = {}
    for word in assignments:
        name, sign, value = word.replace("＝", "=", 1).partition("=") if "=" not in word else word.partition("=")
        name = clean(name).lower()
        if name not in CORRECTABLE:
            known = ", ".join(CORRECTABLE)
            raise NotUnderstood(sentence("no field {name!r}; known: {known}"), name=name[:40], known=known)
        if not sign:
            raise NotUnderstood(sentence("an equals sign is missing: {name}=value"), name=name)
        values = [text for part in value.split(SEPARATOR) if (text := clean(part))]
        found.setdefault(name, []).extend(values)
    return {name: _checked(name, tuple(dict.fromkeys(values))) for name, values in found.items()}


def clean(text: str) -> str:
    """What a person typed, fit to be kept and shown: one line, no control, format or surrogate characters."""
    spaced = "".join(sign if sign.isprintable() or sign == "\u3000" else " " for sign in text)
    return " ".join(unicodedata.normalize("NFC", spaced).split())


def actor_name(by: str, user: str) -> str:
    """Who corrects, for the journal: the account, with the name it acts for when one is given."""
    account = f"operator:{user}"
    name = clean(by)[:MAX_NAME]
    if by and not name:
        raise NotUnderstood(sentence("--by names nobody"))
    return f"{name} ({account})" if name else account


def correct(
    case: Case,
    changes: Mapping[str, Sequence[str]],
    *,
    actor: str,
    prefixes: Mapping[str, str],
    message: int | None = None,
    work: Work,
    now: datetime,
) -> list[Corrected]:
    """Write the corrections of a case, all or none with the caller's transaction.  Saying the same again does nothing.

    The number never changes.  The case itself changes its kind only within its number's series: a number says by
    its prefix what it is.  Otherwise the correction stands beside it.  A customer who got his name from the value
    that is corrected, and has no other case, gets the right name.
    """
    earlier = newest(work.corrections(case.id))
    done = []
    for field, values in changes.items():
        after = SEPARATOR.join(values)
        last = earlier.get(field)
        if last is not None:
            before = last.value
        else:
            before = case.kind.value if field == KIND else _read_before(case, field, work)
        written = last is None or last.value != after
        done.append(Corrected(field, before, after, written))
        if not written:
            continue
        key = work.add_correction(case.id, field, after, before, actor=actor, message=message, now=now)
        if field == KIND and (kind := _kind_within_series(case, after, prefixes)):
            work.set_case(case.id, kind=kind)
        elif field == "severity":
            work.set_case(case.id, severity=after)
        elif (
            field == "customer_company"
            and values
            and work.rename_customer(case.customer, before, after, company_key(after))
        ):
            work.journal("customer.renamed", now, actor=actor, case=case.id, customer=case.customer.number)
        if field in ("severity", priority.URGENCY):
            work.set_case(case.id, priority=priority.of_case(case.id, work.case_state(case.id).severity, work))
        work.journal(
            "case.corrected", now, actor=actor, message=message, case=case.id, correction=key, field=field,
            old=len(before), new=len(after), digest=digest(key, field, after),
        )  # fmt: skip
    if any(item.written for item in done):
        work.change_case(case, now)
        work.touch(case.customer.id)
    return done


def newest(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """The correction that counts for each field: the one written last."""
    return {item.field: item for item in sorted(corrections, key=lambda item: item.id)}


def facts(found: Iterable[tuple[str, str]], corrections: Iterable[Correction]) -> dict[str, dict[str, Any]]:
    """What counts for each field of a case, beside what was found: ``values``, ``found``, ``corrected``, by whom."""
    read: dict[str, list[str]] = {}
    for field, value in found:
        read.setdefault(field, []).append(value)
    said = newest(corrections)
    result: dict[str, dict[str, Any]] = {}
    for field in CORRECTABLE:
        values = list(dict.fromkeys(read.get(field, ())))
        if last := said.get(field):
            now = last.value.split(SEPARATOR) if last.value else []
            result[field] = {"values": now, "found": values, "corrected": True, "by": last.actor, "at": last.at}
        elif values:
            result[field] = {"values": values, "found": values, "corrected": False}
    return result


def digest(key: int, field: str, value: str) -> str:
    """What the journal keeps of a correction's value: enough to show that it was not altered, no customer's words."""
    return hashlib.sha256(f"{key}\n{field}\n{value}".encode()).hexdigest()[:32]


# ------------------------------------------------------------------------------------------------------------ parts


def _read_before(case: Case, field: str, work: Work) -> str:
    if field not in ON_THE_FORM:
        return SEPARATOR.join(work.found_values(case.id, field))
    printed = work.case_state(case.id).intake.get(field, "")
    return SEPARATOR.join(printed) if isinstance(printed, list) else str(printed).strip(BLANK)


def _checked(field: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if sum(map(len, values)) > MAX_VALUE:
        raise NotUnderstood(sentence("{field}: more than {max_value} characters"), field=field, max_value=MAX_VALUE)
    if choices := CHOICES.get(field):
        if field == KIND and len(values) != 1:
            raise NotUnderstood(sentence("kind needs exactly one value"))
        for value in values:
            if value not in choices:
                listed = ", ".join(choices)
                raise NotUnderstood(
                    sentence("{field} is never {value!r}; known: {listed}"),
                    field=field,
                    value=value[:40],
                    listed=listed,
                )
    if field in DATES:
        for value in values:
            if not _is_time(value):
                example = "2026-03-01, 2026-03-01T18:00+08:00"
                raise NotUnderstood(
                    sentence("{field} needs a date such as {example}: {value!r}"),
                    field=field,
                    example=example,
                    value=value[:40],
                )
    return values


def _is_time(value: str) -> bool:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(value)
        except ValueError:
            continue
        return "-" in value
    return False


def _kind_within_series(case: Case, said: str, prefixes: Mapping[str, str]) -> str:
    """The kind the case itself takes; empty when that is its kind already, or its number would say otherwise."""
    # A case is never a follow-up: one whose first mail reads like it is a complaint (as in the stage file).
    kind = Kind.COMPLAINT.value if said == Kind.FOLLOWUP else said
    same = kind in prefixes and prefixes.get(case.kind.value) == prefixes[kind]
    return kind if same and kind != case.kind.value else ""
