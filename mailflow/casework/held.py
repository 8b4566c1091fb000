"""What a person decides about held mail by answering the mail that asks: let it go on, drop it, or what a pile is.

It is believed like a signature: by the token or the thread of the mail that asked, from the address that was asked, and
not when our own mail server says that the sender failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.casework import reply_token, storms
from mailflow.casework.answered import Answer, believed, check_token, stands_in, thread, tokens
from mailflow.casework.returned_files import NO_FILES
from mailflow.casework.said import is_automatic
from mailflow.casework.signing import Refused
from mailflow.casework.step import Turn
from mailflow.domain.model import Message
from mailflow.domain.storm_ports import Answer as OfPile
from mailflow.domain.storm_ports import HeldTask
from mailflow.office.staff import Person
from mailflow.reading.answers.held_words import Decision, read_decisions
from mailflow.sentences.catalogue import sentence, worded

UNCLEAR = "which_held"
"""Why an answer changed nothing: it does not say what becomes of which mail."""

NO_REASON = "held_reason"
"""Why an answer changed nothing: a mail is dropped with a reason alone."""

_OF_PILE: dict[str, OfPile] = {"one": "one", "each": "each", "drop": "none"}
_DONE = {
    "release": sentence("held|{name}: goes on"),
    "drop": sentence("held|{name}: set aside ({reason})"),
    "one": sentence("held|{name}: one case"),
    "each": sentence("held|{name}: a case of each"),
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What an answer did: lines for whoever wrote it, of what was decided and of what was not understood."""

    done: tuple[str, ...]
    unclear: tuple[str, ...]


def points(turn: Turn, message: Message, person: Person) -> list[HeldTask]:
    """The points of the mail this one answers, by its token or its thread, when it is one about held mail.

    Raises Refused when its token is not good, or when it asked somebody else.
    """
    named = tokens(message)
    if len(named) == 1 and named[0].held:
        return _named(turn, named[0], person)
    ids = thread(message)
    found = turn.work.held_tasks_of(ids) if ids else []
    if found and person.address != found[0].person and not stands_in(turn, person, found[0].person):
        raise Refused("wrong_person")
    return found


def decide(turn: Turn, given: Answer, asked: Sequence[HeldTask]) -> Decided:
    """Do what an answer says of each point, all in the caller's transaction.

    Raises Refused, with nothing changed, when it says nothing anybody could do, or drops without a reason.
    """
    believed(given, NO_FILES, named=True)
    words = turn.desk.moves
    if is_automatic(given.message) or words is None:
        raise Refused("automatic")
    said = read_decisions(turn.desk.words, words, given.message.text, [task.number for task in asked])
    wanted = [(task, said.by_number[task.number]) for task in asked if task.number in said.by_number]
    wrong = [*said.unclear, *(str(task.number) for task, what in wanted if not _fits(task, what))]
    if not wanted or len(wrong) > len(said.unclear):
        raise Refused(UNCLEAR, *wrong)
    if unsaid := [str(task.number) for task, what in wanted if what.what == "drop" and not what.reason]:
        raise Refused(NO_REASON, *unsaid)
    done = [line for task, what in wanted if (line := _do(turn, given, task, what))]
    if not done and not said.unclear:
        raise Refused("already_done")
    return Decided(tuple(done), said.unclear)


def name_of(turn: Turn, task: HeldTask) -> str:
    """What a point is called: its mail, or its pile with how many mails lie there."""
    language = turn.desk.notes.language
    if task.pile:
        return worded(language, "pile {id}, {count} mails", id=task.pile, count=task.mails)
    return worded(language, "mail {id}", id=task.message)


# ------------------------------------------------------------------------------------------------------------ parts


def _fits(task: HeldTask, said: Decision) -> bool:
    """Of one mail nothing is said that is only of piles; of a pile it is said whether it is one case or many."""
    return said.what in (("one", "each", "drop") if task.pile else ("release", "drop"))


def _do(turn: Turn, given: Answer, task: HeldTask, said: Decision) -> str:
    """Decide one point; the line that tells it, empty when it was decided before."""
    name, actor = name_of(turn, task), given.person.address
    if task.pile:
        reason = said.reason if said.what == "drop" else ""
        moved = storms.answer(task.pile, _OF_PILE[said.what], reason, actor=actor, work=turn.work, now=turn.now)
        if moved is None:
            return ""
    elif task.message is not None and said.what == "release":
        if not turn.work.held_decided(task.message, "", now=turn.now):
            return ""
        turn.journal("mail.released", actor=actor, message=task.message, case=task.case_id, by=given.stored.id)
    elif task.message is not None:
        if not turn.work.held_decided(task.message, said.reason, now=turn.now):
            return ""
        turn.journal("mail.aside", actor=actor, message=task.message, case=task.case_id, reason=task.reason)
    return worded(turn.desk.notes.language, _DONE[said.what], name=name, reason=said.reason)


def _named(turn: Turn, token: reply_token.Token, person: Person) -> list[HeldTask]:
    """The points of the mail that bore this token; what was asked again since is answered there."""
    found = turn.work.held_tasks_beside(token.held)
    if not found:
        raise Refused("forged")
    check_token(turn, token, person, found[0].person)
    if found[0].id != token.held or len(found) != token.record:
        raise Refused("expired")
    return found
