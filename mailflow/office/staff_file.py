"""``rules/staff.yaml``: read, checked against itself and the calendars, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mailflow.domain.errors import Problem
from mailflow.domain.model import Kind
from mailflow.office.calendar_files import Calendars
from mailflow.office.staff import Department, Person, Route, Staff, fold
from mailflow.settings import yaml_file
from mailflow.settings.sound_part import ANY, Sound, sound
from mailflow.settings.yaml_file import Document

_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")


def load_staff(path: Path, calendars: Calendars | None) -> tuple[Staff | None, list[Problem]]:
    """Read the file; returns the staff, or None with all problems.  An absent file is a company without people.

    Without ``calendars`` (their own files are wrong) everything else is checked, and None returned.
    """
    staff, problems = sound_staff(path, calendars)
    return (None if problems else staff), problems


def sound_staff(path: Path, calendars: Calendars | None) -> tuple[Staff | None, list[Problem]]:
    """The part of the file that is right, for whoever looks for more mistakes in it, and all problems."""
    if not path.exists():
        return (_staff(_File(), _Names([]), calendars) if calendars else None), []
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    found, problems = sound(_File, document, _STAND_INS)
    parsed = found.value
    if parsed is None:
        return None, problems
    names = _Names(_entries(found.document))
    problems += [
        *_doubles(found.document),
        *_departments(parsed, found, names, calendars),
        *_people(parsed, found, names),
        *_circles(parsed, found, names),
        *_routes(parsed, found, names),
    ]
    return (_staff(parsed, names, calendars) if calendars else None), problems


def role_keys(path: Path) -> frozenset[str] | None:
    """The roles the file names, also when something else in it is wrong; None when that cannot be told."""
    document, _ = yaml_file.read(path)
    roles = document.data.get("roles") if document and isinstance(document.data, dict) else None
    return frozenset(roles) if isinstance(roles, dict) else None


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text.strip()):
        raise ValueError(f"{text[:60]!r} is not a mail address")
    return text.strip().lower()


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:20]!r} is not a day such as 2027-01-31") from None
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return " ".join(text.split())


_Text = Annotated[str, Field(max_length=60), AfterValidator(_filled)]
_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class _Title(_Part):
    zh: _Text
    en: _Text


class _DepartmentPart(_Part):
    title: _Text
    calendar: _Text | None = None
    head: _Text | None = None


class _Leave(_Part):
    first: _Day = Field(alias="from")
    last: _Day = Field(alias="to")


class _PersonPart(_Part):
    name: _Text
    address: Annotated[str, AfterValidator(_address)]
    english_name: _Text | None = None
    department: _Text | None = None
    roles: list[_Key] = []
    superior: _Text | None = None
    deputy: _Text | None = None
    leave: list[_Leave] = []
    left: _Day | None = None
    phone: _Text | None = None


class _When(_Part):
    words: list[_Text] = []
    kind: list[Kind] = []
    subkind: list[_Text] = []
    product: list[_Text] = []
    customer: list[_Text] = []

    def __bool__(self) -> bool:
        return bool(self.words or self.kind or self.subkind or self.product or self.customer)


class _RoutePart(_Part):
    when: _When
    role: list[_Key] = []
    person: _Text | None = None
    department: _Text | None = None


class _File(_Part):
    departments: dict[_Text, _DepartmentPart] = {}
    roles: dict[_Key, _Title] = {}
    people: list[_PersonPart] = []
    routes: list[_RoutePart] = []

    @field_validator("*", mode="before")
    @classmethod
    def _left_empty(cls, value: object, info: ValidationInfo) -> object:
        """A heading with nothing below it is an empty list, not a mistake."""
        if value is not None:
            return value
        return {} if info.field_name in ("departments", "roles") else []


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("people", ANY, "name"): "-",
    ("people", ANY, "address"): "nobody@example.invalid",
    ("departments", ANY): {"title": "-"},
    ("departments", ANY, "title"): "-",
    ("roles", ANY): {"zh": "-", "en": "-"},
    ("routes", ANY, "when"): {},
}
"""What stands for a value that is wrong or missing, so that what it belongs to is looked at for more mistakes."""


def _entries(document: Document) -> list[dict[str, Any]]:
    """The people as they were written, in the order and with the places of the sound part."""
    people = document.data.get("people") if isinstance(document.data, dict) else None
    return [each if isinstance(each, dict) else {} for each in people or ()] if isinstance(people, list) else []


def _written(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) and value != _STAND_INS.get(("people", ANY, key)) else ""


class _Names:
    """Who is meant by a name or an address somebody wrote: places among the people, who may have other mistakes."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self._found: dict[str, set[int]] = {}
        for place, entry in enumerate(entries):
            for key in ("name", "english_name", "address"):
                if name := fold(_written(entry, key)):
                    self._found.setdefault(name, set()).add(place)

    def place(self, text: str | None) -> int | None:
        """The place of the one person meant, or None."""
        found = self._found.get(fold(text), set()) if text else set()
        return next(iter(found)) if len(found) == 1 else None

    def wrong(self, document: Document, where: yaml_file.Path_, text: str | None) -> Iterator[Problem]:
        """The problem of a name nobody, or more than one, has."""
        if text and self.place(text) is None:
            several = len(self._found.get(fold(text), ())) > 1
            words = f"{text} is the name of several people" if several else f"{text} is not among the people"
            remedy = "write the mail address" if several else "add the person under people, or correct the name"
            yield document.problem(where, "MF761", words, remedy)


def _doubles(document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(_entries(document)):
        for key in ("name", "address"):
            value = " ".join(_written(entry, key).split())
            if value and (earlier := seen.setdefault(fold(value), index)) != index:
                where = document.line(("people", earlier))
                words = f"{value} stands in line {where} already"
                remedy = "tell them apart, such as 张伟（质量）" if key == "name" else "one entry for one address"
                yield document.problem(("people", index, key), "MF760", words, remedy)


def _departments(parsed: _File, found: Sound[_File], names: _Names, calendars: Calendars | None) -> Iterator[Problem]:
    for name, department in parsed.departments.items():
        where: yaml_file.Path_ = ("departments", name)
        yield from names.wrong(found.document, (*where, "head"), department.head)
        calendar = department.calendar
        if calendar and calendars and calendars.get(calendar) is None:
            known = ", ".join(calendars.by_name)
            words = f"no calendar is named {calendar}"
            remedy = f"known: {known}; or add it to rules/calendars"
            yield found.document.problem((*where, "calendar"), "MF764", words, remedy)


def _people(parsed: _File, found: Sound[_File], names: _Names) -> Iterator[Problem]:
    document = found.document
    for index, person in enumerate(parsed.people):
        where: yaml_file.Path_ = ("people", index)
        yield from _known_department(parsed, found, (*where, "department"), person.department)
        yield from _known_roles(parsed, found, (*where, "roles"), person.roles)
        for key, other in (("superior", person.superior), ("deputy", person.deputy)):
            yield from names.wrong(document, (*where, key), other)
            if other and names.place(other) == index:
                words = f"{person.name} is named as the own {key}"
                yield document.problem((*where, key), "MF765", words, "name somebody else, or nobody")
        for place, leave in enumerate(person.leave):
            if leave.last < leave.first:
                words = f"the leave ends on {leave.last}, before it begins"
                yield document.problem((*where, "leave", place), "MF766", words, "correct from or to")


def _known_department(
    parsed: _File, found: Sound[_File], where: yaml_file.Path_, name: str | None
) -> Iterator[Problem]:
    if name and name not in parsed.departments and _is_sure(found, "departments", name):
        known = ", ".join(parsed.departments)
        yield found.document.problem(where, "MF762", f"no department is named {name}", f"known: {known}; or add it")


def _known_roles(parsed: _File, found: Sound[_File], where: yaml_file.Path_, roles: list[str]) -> Iterator[Problem]:
    for place, role in enumerate(roles):
        if role not in parsed.roles and _is_sure(found, "roles", role):
            known = ", ".join(parsed.roles)
            words, remedy = f"no role is named {role}", f"known: {known}; or add it"
            yield found.document.problem((*where, place), "MF763", words, remedy)


def _is_sure(found: Sound[_File], heading: str, name: str) -> bool:
    """Is a name that is not among those below the heading really not there, and not among what was taken out?"""
    return not found.lost & {(heading,), (heading, name)}


def _circles(parsed: _File, found: Sound[_File], names: _Names) -> Iterator[Problem]:
    """Superiors that lead back to where they began, each circle once."""
    above = [names.place(person.superior) for person in parsed.people]
    reported: set[int] = set()
    for index in range(len(parsed.people)):
        way = [index]
        while (upper := above[way[-1]]) is not None and upper not in way:
            way.append(upper)
        if upper != index or len(way) < 2 or index in reported:
            continue
        reported.update(way)
        called = (parsed.people[place].name for place in (*way, index))
        words = "superiors go round in a circle: " + " → ".join(called)
        yield found.document.problem(("people", index, "superior"), "MF765", words, "take away one of them")


def _routes(parsed: _File, found: Sound[_File], names: _Names) -> Iterator[Problem]:
    document = found.document
    for index, route in enumerate(parsed.routes):
        where: yaml_file.Path_ = ("routes", index)
        if not route.when and found.has_all(where, "when"):
            yield document.problem((*where, "when"), "MF767", "the route has no condition", "when: {words: [价格]}")
        if (route.person is None) == (route.department is None) and found.has_all(where, "person", "department"):
            words = "a route leads to a person or to a department, to one of them"
            yield document.problem(where, "MF767", words, "keep person or department")
        yield from names.wrong(document, (*where, "person"), route.person)
        yield from _known_department(parsed, found, (*where, "department"), route.department)
        yield from _known_roles(parsed, found, (*where, "role"), route.role)


def _staff(parsed: _File, names: _Names, calendars: Calendars) -> Staff:
    def address(text: str | None) -> str:
        place = names.place(text)
        return "" if place is None else parsed.people[place].address

    return Staff(
        people=tuple(_person(each, address) for each in parsed.people),
        departments={
            name: Department(name, each.title, each.calendar or "", address(each.head))
            for name, each in parsed.departments.items()
        },
        titles={role: (title.zh, title.en) for role, title in parsed.roles.items()},
        routes=tuple(_route(each, address) for each in parsed.routes),
        calendar=calendars.default,
        calendars={
            name: found
            for name, each in parsed.departments.items()
            if each.calendar and (found := calendars.get(each.calendar))
        },
    )


def _person(part: _PersonPart, address: Callable[[str | None], str]) -> Person:
    return Person(
        name=part.name,
        address=part.address,
        english_name=part.english_name or "",
        department=part.department or "",
        roles=frozenset(part.roles),
        superior=address(part.superior),
        deputy=address(part.deputy),
        leave=tuple((date.fromisoformat(each.first), date.fromisoformat(each.last)) for each in part.leave),
        left=date.fromisoformat(part.left) if part.left else None,
        phone=part.phone or "",
    )


def _route(part: _RoutePart, address: Callable[[str | None], str]) -> Route:
    return Route(
        roles=frozenset(part.role),
        person=address(part.person),
        department=part.department or "",
        words=tuple(part.when.words),
        kinds=frozenset(kind.value for kind in part.when.kind),
        subkinds=frozenset(part.when.subkind),
        products=tuple(part.when.product),
        customers=frozenset(part.when.customer),
    )
