"""A word to the customer between the foreseen ones: who must write it and why, and what he hears at once.

He is never met with silence: who is angry, turns to a higher place or asks how it stands is answered by a person within
a working time; who asks how it stands hears at once what was approved and promised, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mailflow.casework import actions, engine
from mailflow.casework.step import Step
from mailflow.domain.model import Message
from mailflow.domain.tasks import CaseStatus, Task, TaskStatus
from mailflow.outgoing.compose import one_line
from mailflow.procedures import between
from mailflow.procedures.outward import sent_field
from mailflow.reading.answers.tone import TONES, Tone
from mailflow.sentences.catalogue import sentence, worded

LONGEST = 400  # signs of a customer's words
_WHY = {
    "escalates": sentence("word|he turns to a higher place, or holds back money ({sign})"),
    "angry": sentence("word|he has had enough ({sign})"),
    "asks_progress": sentence("word|he asks how it stands ({sign})"),
    "unhappy": sentence("word|he says that he is not satisfied"),
    "twice": sentence("word|he answers otherwise than before ({sign})"),
    "quiet": sentence("word|he has heard nothing since {sign}"),
}


def is_due(step: Step) -> Task | None:
    """The task in which somebody is to write to the customer now; None when there is none."""
    open_ = (task for task in step.file.tasks.values() if task.status is TaskStatus.OPEN)
    return next((task for task in open_ if task.name == between.word(between.number_of(task.name))), None)


def ask_for(step: Step, why: str, sign: str, words: str, message: int | None) -> engine.Blobs:
    """Let somebody write to the customer, once however often he asks: what he wrote meanwhile stands in the same task.

    ``why`` is one of the reasons above, ``sign`` the words (or the day) it stands on, ``words`` his own.
    """
    if step.file.state.status is not CaseStatus.OPEN or not step.desk.staff().people:
        return []
    language = step.desk.notes.language
    reason = worded(language, _WHY[why], sign=one_line(sign, 40))
    said = " · ".join(filter(None, (reason, one_line(words, LONGEST))))
    task, blobs = is_due(step), list[bytes]()
    if task is None:
        task, blobs = open_word(step, between.WITHIN.get(why, between.ANYWAY), message)
    if task is None:
        return blobs
    field = between.because_field(between.number_of(task.name))
    before = step.file.answers.get(field, "")
    engine.answer(step, task, {field: f"{before}\n{said}" if before else said}, by="mailflow", message=message)
    step.journal("word.due", message=message, task=task.name, why=why)
    return blobs


def open_word(step: Step, within: str, message: int | None) -> tuple[Task | None, engine.Blobs]:
    """Begin the tasks of one more word to the customer; the one in which it is written, and the files of records."""
    number = 1 + max((between.number_of(name) for name in step.file.tasks), default=0)
    name = between.word(number)
    step.file.procedure = between.with_words(step.file.procedure, [name], within)
    blobs = engine.advance(step, message=message)
    return step.file.tasks.get(name), blobs


def heard(step: Step, tones: Mapping[Tone, str], message: Message, stored: int) -> tuple[bool, engine.Blobs]:
    """See to it that a customer's mail of such a tone is answered; was he told at once how it stands?"""
    words, told = one_line(message.new_text, LONGEST), False
    if "asks_progress" in tones and not {"escalates", "angry"} & tones.keys():
        told, when = tell_state(step, message, stored)
        if told and when is not None:
            return True, []
    tone = next((each for each in TONES if each in tones), None)
    return told, ask_for(step, tone, tones[tone], words, stored) if tone else []


def tell_state(step: Step, message: Message, stored: int) -> tuple[bool, datetime | None]:
    """Tell him who asks how it stands what was last approved and sent to him, and the next day that was promised.

    Was he told, and which day?  Nothing is told before anything was approved.
    """
    text, when = approved(step), next_promise(step)
    told = bool(text) and actions.tell_state(step, text, when, message, stored)
    return told, when


def approved(step: Step) -> str:
    """The newest words that another person let go to the customer in this round; empty when none went yet."""
    file = step.file
    sent = [
        (task.done_at, file.answers.get(sent_field(file.spec(task)), ""))
        for task in file.tasks.values()
        if task.status is TaskStatus.DONE and task.done_at is not None and sent_field(file.spec(task))
    ]
    return max(sent, key=lambda item: item[0], default=(None, ""))[1]


def next_promise(step: Step) -> datetime | None:
    """The next day somebody promised this customer, of promises that are still open; None when none is ahead."""
    ahead = (
        promise.due_at
        for promise in step.work.promises()
        if promise.case_id == step.case_id and promise.due_at is not None and promise.due_at > step.now
    )
    return min(ahead, default=None)
