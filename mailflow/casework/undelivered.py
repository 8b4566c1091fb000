"""A mail of ours did not arrive: whoever handles the case hears of it at once, with another way to reach the reader.

It is proposed and not done: nobody knows better than a colleague whether an address was mistyped, a mailbox is full or
somebody has left.  A notice of this kind that fails itself is told to nobody, so that a server that takes nothing does
not keep us writing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mailflow.casework import notes, notices
from mailflow.casework.step import Step, Turn
from mailflow.domain.tasks import TaskStatus
from mailflow.office.staff import Person
from mailflow.outgoing.compose import harmless, one_line

OCCASION = "notice:undelivered:"
SERVES = "service"
BUNDLED = timedelta(hours=1)  # one mail at once; what fails in the hour after it stands in a digest


def tell(turn: Turn, mail: int, why: str, *, proven: bool = True) -> int:
    """Tell of a mail (its row) that failed for good or came back; how many were told.

    ``why`` are the server's words.  ``proven`` False: a report says so that proves nothing.
    """
    row = turn.work.outgoing(mail)
    if row is None or row["occasion"].startswith(OCCASION):
        return 0
    step = turn.load(turn.work.case(row["case_id"])) if row["case_id"] is not None else None
    about: Turn = step or turn
    reader = turn.desk.staff().by_address(row["recipient"])
    first, *lines = _lines(about, row, reader, why)
    kind = "undelivered" if proven else "undelivered_perhaps"
    once = f"{mail}:{turn.now:%Y%m%dT%H%M%S%f}" if proven else f"{mail}:perhaps"
    people = [person for person in _told(about, reader) if person != reader]
    return sum(_write(about, person, once, kind, first, lines) for person in people)


# ------------------------------------------------------------------------------------------------------------ parts


def _told(turn: Turn, reader: Person | None) -> list[Person]:
    """Who handles the case; of a mail to a colleague also who is above him; nobody else there: the managers."""
    found = [handler] if isinstance(turn, Step) and (handler := handling(turn)) else []
    if reader is not None and (above := turn.desk.staff().above(reader, turn.day)):
        found.append(above)
    found = [person for person in dict.fromkeys(found) if person != reader]
    return found or notices.who_can_name(turn)


def handling(step: Step) -> Person | None:
    """Who serves the customer in this case today: who has that work, or did it last, else who holds the role."""
    staff = step.desk.staff()
    mine = [task for task in step.file.tasks.values() if task.role == SERVES and (task.person or task.done_by)]
    for task in sorted(mine, key=lambda item: (item.status is TaskStatus.OPEN, item.opened_at), reverse=True):
        person = staff.by_address(task.person if task.status is TaskStatus.OPEN else task.done_by)
        if person is not None and staff.is_present(person, step.day):
            return person
    return staff.holder(SERVES, facts=step.routing(), day=step.day) or next(iter(notices.owners(step)), None)


def _lines(turn: Turn, row: Mapping[str, Any], reader: Person | None, why: str) -> list[str]:
    """To whom, what, why, which other way there is, and what may be done: a line each."""
    say = turn.desk.notes.templates.labels(turn.desk.notes.language, "undelivered")
    address = row["recipient"]
    if reader is not None:
        name, phone, remedy = reader.name, reader.phone, _for_colleague(turn, reader, say)
    else:
        name, phone, remedy = _customer(turn, address)
        remedy = say["customer"].replace("{customer}", remedy)
    known = harmless(name, turn.desk.notes.language, 40) or say["nameless"]
    to = say["to"].replace("{name}", known).replace("{address}", one_line(address, 320))
    another = say["phone"].replace("{phone}", phone) if phone else say["no_phone"]
    subject = say["mail"].replace("{subject}", one_line(turn.desk.decode(bytes(row["raw"])).subject, 80))
    reason = say["why"].replace("{why}", one_line(why, 160)) if why else ""
    again = say["again"].replace("{id}", str(row["id"]))
    return [line for line in (to, another, subject, reason, remedy, again) if line]


def _customer(turn: Turn, address: str) -> tuple[str, str, str]:
    """His name and telephone as far as they are known, and his customer's number."""
    contact = turn.work.contact(address)
    intake = turn.file.state.intake if isinstance(turn, Step) else {}
    is_his = str(intake.get("email", "")).strip().lower() == address.lower()
    name = (contact.name if contact else "") or (str(intake.get("complainant", "")) if is_his else "")
    phone = (contact.phone if contact else "") or str(intake.get("phone", ""))
    number = turn.file.case.customer.number if isinstance(turn, Step) else ""
    return name.strip("/ "), phone.strip("/ "), number


def _for_colleague(turn: Turn, reader: Person, say: Mapping[str, str]) -> str:
    """The tasks he has in this case, which another may be given, and who stands in for him."""
    if not isinstance(turn, Step):
        return say["colleague"]
    open_ones = [
        f"{task.id} {turn.file.spec(task).title.of(turn.desk.notes.language)}"
        for task in turn.file.tasks.values()
        if task.status is TaskStatus.OPEN and task.person == reader.address
    ]
    deputy = turn.desk.staff().stand_in(reader, turn.day)
    if not open_ones:
        return say["colleague"]
    words = say["assign"].replace("{tasks}", say["and"].join(open_ones))
    return words.replace("{deputy}", deputy.name if deputy else say["another"])


def _write(turn: Turn, person: Person, once: str, kind: str, first: str, lines: Sequence[str]) -> bool:
    """One mail at once; more of the same hour in one digest."""
    head = turn.head(person)
    occasion = f"{OCCASION}{once}:{person.address}"
    words = notes.notice_words(head, kind, lines, first=first)
    if turn.work.queued_since(person.address, turn.now - BUNDLED, occasion=OCCASION):
        return turn.work.gather(occasion[:120], person.address, words, case=turn.case_id, now=turn.now)
    return turn.tell(person, occasion, notes.notice_mail(head, kind, lines, first=first), words)
