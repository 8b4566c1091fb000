"""``rules/staff.yaml``: read, checked against itself and the calendars, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mailflow.domain.errors import Problem
from mailflow.domain.model import Kind
from mailflow.office.calendar_files import Calendars
from mailflow.office.staff import Department, Person, Route, Staff, fold
from mailflow.settings import yaml_file

_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")


def load_staff(path: Path, calendars: Calendars | None) -> tuple[Staff | None, list[Problem]]:
    """Read the file; returns the staff, or None with all problems.  An absent file is a company without people.

    Without ``calendars`` (their own files are wrong) everything else is checked, and None returned.
    """
    if not path.exists():
        return (_staff(_File(), _Names([]), calendars) if calendars else None), []
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    parsed, problems = yaml_file.validate(_File, document)
    if parsed is None:
        return None, problems
    names, doubles = _names(parsed, document)
    problems = [
        *doubles,
        *_departments(parsed, document, names, calendars),
        *_people(parsed, document, names),
        *_circles(parsed, document, names),
        *_routes(parsed, document, names),
    ]
    if problems or calendars is None:
        return None, problems
    return _staff(parsed, names, calendars), []


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


class _Names:
    """Who is meant by a name or an address somebody wrote."""

    def __init__(self, people: list[_PersonPart]) -> None:
        self._found: dict[str, set[str]] = {}
        for person in people:
            for name in (person.name, person.english_name or "", person.address):
                if name:
                    self._found.setdefault(fold(name), set()).add(person.address)

    def address(self, text: str | None) -> str:
        """The address of the one person meant, or empty."""
        found = self._found.get(fold(text), set()) if text else set()
        return next(iter(found)) if len(found) == 1 else ""

    def wrong(self, document: yaml_file.Document, where: yaml_file.Path_, text: str | None) -> Iterator[Problem]:
        """The problem of a name nobody, or more than one, has."""
        if text and not self.address(text):
            several = len(self._found.get(fold(text), ())) > 1
            words = f"{text} is the name of several people" if several else f"{text} is not among the people"
            remedy = "write the mail address" if several else "add the person under people, or correct the name"
            yield document.problem(where, "MF761", words, remedy)


def _names(parsed: _File, document: yaml_file.Document) -> tuple[_Names, list[Problem]]:
    problems = []
    seen: dict[str, int] = {}
    for index, person in enumerate(parsed.people):
        for key, value in (("name", person.name), ("address", person.address)):
            if (earlier := seen.setdefault(fold(value), index)) != index:
                where = document.line(("people", earlier))
                words = f"{value} stands in line {where} already"
                remedy = "tell them apart, such as 张伟（质量）" if key == "name" else "one entry for one address"
                problems.append(document.problem(("people", index, key), "MF760", words, remedy))
    return _Names(parsed.people), problems


def _departments(
    parsed: _File, document: yaml_file.Document, names: _Names, calendars: Calendars | None
) -> Iterator[Problem]:
    for name, department in parsed.departments.items():
        where: yaml_file.Path_ = ("departments", name)
        yield from names.wrong(document, (*where, "head"), department.head)
        calendar = department.calendar
        if calendar and calendars and calendars.get(calendar) is None:
            known = ", ".join(calendars.by_name)
            words = f"no calendar is named {calendar}"
            yield document.problem(
                (*where, "calendar"), "MF764", words, f"known: {known}; or add it to rules/calendars"
            )


def _people(parsed: _File, document: yaml_file.Document, names: _Names) -> Iterator[Problem]:
    for index, person in enumerate(parsed.people):
        where: yaml_file.Path_ = ("people", index)
        yield from _known_department(parsed, document, (*where, "department"), person.department)
        yield from _known_roles(parsed, document, (*where, "roles"), person.roles)
        for key, other in (("superior", person.superior), ("deputy", person.deputy)):
            yield from names.wrong(document, (*where, key), other)
            if other and names.address(other) == person.address:
                words = f"{person.name} is named as the own {key}"
                yield document.problem((*where, key), "MF765", words, "name somebody else, or nobody")
        for place, leave in enumerate(person.leave):
            if leave.last < leave.first:
                words = f"the leave ends on {leave.last}, before it begins"
                yield document.problem((*where, "leave", place), "MF766", words, "correct from or to")


def _known_department(
    parsed: _File, document: yaml_file.Document, where: yaml_file.Path_, name: str | None
) -> Iterator[Problem]:
    if name and name not in parsed.departments:
        known = ", ".join(parsed.departments)
        yield document.problem(where, "MF762", f"no department is named {name}", f"known: {known}; or add it")


def _known_roles(
    parsed: _File, document: yaml_file.Document, where: yaml_file.Path_, roles: list[str]
) -> Iterator[Problem]:
    for place, role in enumerate(roles):
        if role not in parsed.roles:
            known = ", ".join(parsed.roles)
            yield document.problem((*where, place), "MF763", f"no role is named {role}", f"known: {known}; or add it")


def _circles(parsed: _File, document: yaml_file.Document, names: _Names) -> Iterator[Problem]:
    """Superiors that lead back to where they began, each circle once."""
    above = {person.address: names.address(person.superior) for person in parsed.people}
    called = {person.address: person.name for person in parsed.people}
    reported: set[str] = set()
    for index, person in enumerate(parsed.people):
        way = [person.address]
        while (upper := above.get(way[-1], "")) and upper not in way:
            way.append(upper)
        if upper != person.address or len(way) < 2 or person.address in reported:
            continue
        reported.update(way)
        words = "superiors go round in a circle: " + " → ".join(called[each] for each in (*way, person.address))
        yield document.problem(("people", index, "superior"), "MF765", words, "take away one of them")


def _routes(parsed: _File, document: yaml_file.Document, names: _Names) -> Iterator[Problem]:
    for index, route in enumerate(parsed.routes):
        where: yaml_file.Path_ = ("routes", index)
        if not route.when:
            yield document.problem((*where, "when"), "MF767", "the route has no condition", "when: {words: [价格]}")
        if (route.person is None) == (route.department is None):
            words = "a route leads to a person or to a department, to one of them"
            yield document.problem(where, "MF767", words, "keep person or department")
        yield from names.wrong(document, (*where, "person"), route.person)
        yield from _known_department(parsed, document, (*where, "department"), route.department)
        yield from _known_roles(parsed, document, (*where, "role"), route.role)


def _staff(parsed: _File, names: _Names, calendars: Calendars) -> Staff:

    return Staff(
        people=tuple(_person(each, names) for each in parsed.people),
        departments={
            name: Department(name, each.title, each.calendar or "", names.address(each.head))
            for name, each in parsed.departments.items()
        },
        titles={role: (title.zh, title.en) for role, title in parsed.roles.items()},
        routes=tuple(_route(each, names) for each in parsed.routes),
        calendar=calendars.default,
        calendars={
            name: found
            for name, each in parsed.departments.items()
            if each.calendar and (found := calendars.get(each.calendar))
        },
    )


def _person(part: _PersonPart, names: _Names) -> Person:
    return Person(
        name=part.name,
        address=part.address,
        english_name=part.english_name or "",
        department=part.department or "",
        roles=frozenset(part.roles),
        superior=names.address(part.superior),
        deputy=names.address(part.deputy),
        leave=tuple((date.fromisoformat(each.first), date.fromisoformat(each.last)) for each in part.leave),
        left=date.fromisoformat(part.left) if part.left else None,
    )


def _route(part: _RoutePart, names: _Names) -> Route:
    return Route(
        roles=frozenset(part.role),
        person=names.address(part.person),
        department=part.department or "",
        words=tuple(part.when.words),
        kinds=frozenset(kind.value for kind in part.when.kind),
        subkinds=frozenset(part.when.subkind),
        products=tuple(part.when.product),
        customers=frozenset(part.when.customer),
    )
