"""Staff: who holds which role, who stands in for whom, who gets a task.

Everything is answered from what people wrote in ``rules/staff.yaml`` (:mod:`mailflow.office.staff_file` reads it) and
a day.  Nobody is guessed: where the file names nobody who is there, the answer is None, and the caller says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from mailflow.office.working_time import WorkCalendar
from mailflow.sentences.catalogue import worded

NOBODY: frozenset[str] = frozenset()
MANAGER = "manager"
TOP = "general_manager"  # has nobody above
_YEAR = timedelta(days=366)  # how far ahead absences are looked at
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the company, known by ``address`` (lower case); superior and deputy are addresses too, or empty.

    ``leave`` holds first and last days, both included; ``left`` is the last day of work.  ``phone`` is for colleagues
    whom no mail reaches.
    """

    name: str
    address: str
    english_name: str = ""
    department: str = ""
    roles: frozenset[str] = frozenset()
    superior: str = ""
    deputy: str = ""
    leave: tuple[tuple[date, date], ...] = ()
    left: date | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """A department: its Chinese name, English title, the name of its calendar and its head's address, or empty."""

    name: str
    title: str
    calendar: str = ""
    head: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of a case decides who gets its work; unknown facts stay empty."""

    kind: str = ""
    subkinds: tuple[str, ...] = ()
    product: str = ""
    customer_number: str = ""
    subject: str = ""


NO_FACTS = CaseFacts()


@dataclass(frozen=True, slots=True)
class Route:
    """Where certain cases go: to a person (address) or to a department (name).

    Every condition that is not empty must hold, by any of its entries: words stand in the subject (an English word may
    go on: price, prices), products stand whole in the product, case and width do not matter; kinds, sub-kinds and
    customer numbers are equal.  ``roles`` empty: for all roles.
    """

    roles: frozenset[str] = frozenset()
    person: str = ""
    department: str = ""
    words: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    subkinds: frozenset[str] = frozenset()
    products: tuple[str, ...] = ()
    customers: frozenset[str] = frozenset()

    def fits(self, facts: CaseFacts) -> bool:
        """Does a case with these facts take this route?"""
        return (
            (not self.words or _stands_in(self.words, facts.subject, whole=False))
            and (not self.products or _stands_in(self.products, facts.product, whole=True))
            and (not self.kinds or facts.kind in self.kinds)
            and (not self.subkinds or not self.subkinds.isdisjoint(facts.subkinds))
            and (not self.customers or facts.customer_number in self.customers)
        )


@dataclass(frozen=True, slots=True)
class Staff:
    """The company's people, in the order of the file.  ``calendars`` are by department, ``calendar`` is the others'.

    Addresses may be given in any case.  ``without`` holds lower-case addresses of people who must not get the work
    (the accused, whoever did it); a ``day`` is the day of the work in the person's own calendar.
    """

    people: tuple[Person, ...]
    departments: Mapping[str, Department]
    titles: Mapping[str, tuple[str, str]]  # role: Chinese, English
    routes: tuple[Route, ...]
    calendar: WorkCalendar
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    _by_address: dict[str, Person] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_name: dict[str, Person | None] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for person in self.people:
            self._by_address[person.address] = person
            for name in {fold(person.name), fold(person.english_name), person.address} - {""}:
                self._by_name[name] = None if name in self._by_name else person

    def by_address(self, address: str) -> Person | None:
        """The person with this mail address."""
        return self._by_address.get(address.strip().lower())

    def by_name(self, text: str) -> Person | None:
        """The person of exactly this name, English name or address; None when unknown or when several have it."""
        return self._by_name.get(fold(text))

    def addresses(self) -> frozenset[str]:
        """The addresses of all people, of those who left too; lower case."""
        return frozenset(self._by_address)

    def department(self, name: str) -> Department | None:
        """The department of this name, with or without 部, or of this English title; None when unknown or ambiguous."""
        wanted = _department_key(name)
        found = [each for each in self.departments.values() if wanted and wanted in _department_keys(each)]
        exact = [each for each in found if fold(each.name) == fold(name)]
        return exact[0] if exact else found[0] if len(found) == 1 else None

    def title(self, role: str, language: str = "zh") -> str:
        """A role as people call it, ``zh`` or ``en``; the key itself for a role without title."""
        zh, en = self.titles.get(role, (role, role))
        return en if language.startswith("en") else zh

    def has_role(self, person: Person, role: str) -> bool:
        """Does the person hold the role, present or not?"""
        return role in person.roles

    def on_leave(self, person: Person, day: date) -> bool:
        """Is the person on leave that day?"""
        return any(first <= day <= last for first, last in person.leave)

    def has_left(self, person: Person, day: date) -> bool:
        """Has the person left the company before that day?"""
        return person.left is not None and day > person.left

    def is_present(self, person: Person, day: date) -> bool:
        """Neither on leave nor gone; days off are the calendar's business."""
        return not (self.on_leave(person, day) or self.has_left(person, day))

    def managers(self, day: date) -> tuple[Person, ...]:
        """Who receives summaries: the role ``manager``, also on leave, not after leaving."""
        return tuple(person for person in self.people if MANAGER in person.roles and not self.has_left(person, day))

    def calendar_of(self, person: Person) -> WorkCalendar:
        """The working time of the person's department, else the company's."""
        return self.calendars.get(person.department, self.calendar)

    def superior_of(self, person: Person) -> Person | None:
        """Who is named as the person's superior, present or not."""
        return self.by_address(person.superior)

    def above(self, person: Person, day: date, without: frozenset[str] = NOBODY) -> Person | None:
        """The nearest one above who can act that day: a superior who is present, or who stands in for him."""
        seen = {person.address}
        upper = self.superior_of(person)
        while upper and upper.address not in seen:
            if able := self._able(upper, day, without | {person.address}):
                return able
            seen.add(upper.address)
            upper = self.superior_of(upper)
        return None

    def stand_in(self, person: Person, day: date, without: frozenset[str] = NOBODY) -> Person | None:
        """Who stands in for the person: the deputy, or, when absent or in ``without``, the deputy's deputy ..."""
        seen = {person.address}
        deputy = self.by_address(person.deputy)
        while deputy and deputy.address not in seen:
            if self.is_present(deputy, day) and deputy.address not in without:
                return deputy
            seen.add(deputy.address)
            deputy = self.by_address(deputy.deputy)
        return None

    def head_of(self, department: str, day: date, without: frozenset[str] = NOBODY) -> Person | None:
        """Who acts as head of a department: the head, when absent who stands in, else the nearest one above."""
        found = self.department(department)
        head = self.by_address(found.head) if found else None
        if head is None:
            return None
        return self._able(head, day, without) or self.above(head, day, without)

    def holder(
        self, role: str, *, facts: CaseFacts = NO_FACTS, day: date, without: frozenset[str] = NOBODY
    ) -> Person | None:
        """Who gets the work of a role in a case; the same question has the same answer.

        First the routes in their order, then all holders of the role.  A route that names the role leads to its person
        or to its department (a holder of the role there, else the head); a route without roles only prefers among the
        holders of the role.  Of several, the first of the file who is present; when none is, the first who stands in
        for one.  A holder in ``without`` is passed over together with his deputy.
        """
        for route in self.routes:
            asked = (not route.roles or role in route.roles) and route.fits(facts)
            if asked and (found := self._routed(route, role, day, without)):
                return found
        return self._first_of((person for person in self.people if role in person.roles), day, without)

    def _routed(self, route: Route, role: str, day: date, without: frozenset[str]) -> Person | None:
        if person := self.by_address(route.person):
            return self._able(person, day, without) if route.roles or role in person.roles else None
        members = (each for each in self.people if each.department == route.department and role in each.roles)
        found = self._first_of(members, day, without)
        if found or not route.roles:
            return found
        head = (
            self.by_address(self.departments[route.department].head) if route.department in self.departments else None
        )
        return self._able(head, day, without) if head else None

    def _first_of(self, holders: Iterable[Person], day: date, without: frozenset[str]) -> Person | None:
        allowed = [person for person in holders if person.address not in without]
        for person in allowed:
            if self.is_present(person, day):
                return person
        return next((deputy for person in allowed if (deputy := self.stand_in(person, day, without))), None)

    def _able(self, person: Person, day: date, without: frozenset[str]) -> Person | None:
        """The person when present, else who stands in; None for somebody in ``without``."""
        if person.address in without:
            return None
        return person if self.is_present(person, day) else self.stand_in(person, day, without)


def fold(text: str) -> str:
    """A name as it is compared: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def problems_of(staff: Staff, roles_needed: Iterable[str], today: date, language: str = "zh") -> list[str]:
    """What will leave work undone, one sentence each: roles nobody holds, people who left, people without superior."""
    if not staff.people:
        return [worded(language, "rules/staff.yaml names no people: tasks have nobody to do them, fill in people")]
    return [
        *_roles(staff, roles_needed, today, language),
        *_without_superior(staff, today, language),
        *_gone(staff, today, language),
        *_nobody_stands_in(staff, today, language),
        *_rings_of_deputies(staff, language),
    ]


def _roles(staff: Staff, roles_needed: Iterable[str], today: date, language: str) -> Iterator[str]:
    for role in dict.fromkeys(roles_needed):
        holders = [person for person in staff.people if role in person.roles]
        title = staff.title(role, "en" if language == "en" else "zh")
        if not holders:
            yield worded(language, "nobody holds the role {title} ({role})", title=title, role=role)
        elif all(staff.has_left(person, today) for person in holders):
            names = "、".join(person.name for person in holders)
            yield worded(
                language,
                "all who hold the role {title} ({role}) have left: {names}",
                title=title,
                role=role,
                names=names,
            )


def _without_superior(staff: Staff, today: date, language: str) -> Iterator[str]:
    alone = [
        person
        for person in staff.people
        if not (person.superior or TOP in person.roles or staff.has_left(person, today))
    ]
    if len(alone) == 1 and not any(TOP in person.roles for person in staff.people):
        return  # the one at the top of a small company
    for person in alone:
        yield worded(language, "{name} has no superior: nothing can be escalated", name=person.name)


def _gone(staff: Staff, today: date, language: str) -> Iterator[str]:
    """People who left and still are somebody's superior or deputy, or head a department."""
    gone = {person.address: person.name for person in staff.people if staff.has_left(person, today)}
    for department in staff.departments.values():
        if name := gone.get(department.head):
            yield worded(
                language,
                "{name}, head of {department}, has left",
                name=name,
                department=department.title if language == "en" else department.name,
            )
    for person in staff.people:
        if person.address in gone:
            continue
        if name := gone.get(person.superior):
            yield worded(language, "{name}, superior of {person}, has left", name=name, person=person.name)
        if name := gone.get(person.deputy):
            yield worded(language, "{name}, deputy of {person}, has left", name=name, person=person.name)


def _nobody_stands_in(staff: Staff, today: date, language: str) -> Iterator[str]:
    """Leave, now or to come, in which the deputy is away as well, and whoever is deputy for him."""
    for person in staff.people:
        deputy = staff.by_address(person.deputy)
        if deputy is None or staff.has_left(deputy, today) or staff.has_left(person, today):
            continue  # whoever has left is told of already
        days = (day for first, last in person.leave for day in _days(max(first, today), min(last, today + _YEAR)))
        if day := next((day for day in days if staff.stand_in(person, day) is None), None):
            yield worded(
                language,
                (
                    "{name} is on leave on {day}, and so is the deputy {deputy}: nobody stands in. Name "
                    "as deputy somebody who is there"
                ),
                name=person.name,
                day=day,
                deputy=deputy.name,
            )


def _days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))


def _rings_of_deputies(staff: Staff, language: str) -> Iterator[str]:
    """Deputies that lead round in a circle of three and more; two may well stand in for each other."""
    told: set[str] = set()
    for person in staff.people:
        way = [person]
        while (deputy := staff.by_address(way[-1].deputy)) and deputy not in way:
            way.append(deputy)
        if deputy == person and len(way) > 2 and person.address not in told:
            told.update(each.address for each in way)
            names = " → ".join(each.name for each in (*way, person))
            yield worded(
                language,
                (
                    "deputies go round in a circle ({names}): when all are away nobody stands in. Let "
                    "one of them name somebody else as deputy"
                ),
                names=names,
            )


def _stands_in(words: Iterable[str], text: str, *, whole: bool) -> bool:
    """Does one of the words begin a word of the text, or, ``whole``, stand there alone?  Chinese has no such bounds."""
    plain = _plain(text)
    return any(
        (not _LATIN.match(word[0]) or not _LATIN.match(plain[max(at - 1, 0) : at]))
        and (not whole or not _LATIN.match(word[-1]) or not _LATIN.match(plain[at + len(word) :]))
        for word in map(_plain, words)
        if word
        for at in _places(word, plain)
    )


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _department_key(name: str) -> str:
    key = fold(name)
    for ending in ("部门", "部", "department", "dept.", "dept"):
        if len(key) > len(ending) and key.endswith(ending):
            return key.removesuffix(ending)
    return key


def _department_keys(department: Department) -> set[str]:
    return {_department_key(department.name), _department_key(department.title)} - {""}
