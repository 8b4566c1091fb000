"""Until when a customer wants the steps of an 8D report: by his mail, else as agreed with him, else by the rule.

What the mail says is kept with its words; nobody decides by it whether the complaint is valid, and no step leaves
before people wrote and approved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailflow.casework.step import Turn
from mailflow.domain.model import Case, Details, Kind, Message
from mailflow.office.report_terms import STEPS, Clock
from mailflow.outgoing.templates import moment_words
from mailflow.procedures.model import REPORT, REPORT_STEPS
from mailflow.reading.codes.complaint_number import find_complaint_number
from mailflow.reading.dates.report_steps import ReportStep, find_report_steps
from mailflow.records.clean import clean, short
from mailflow.sentences.catalogue import sentence, worded

SAID = "report_steps"
"""Where a case keeps each step with its time, where that is from and the words: lists of four texts."""
NUMBER = "customer_ref"
BY_MAIL, AGREED, RULE = "mail", "agreed", "rule"
_ABOUT_GOODS = frozenset({"产品质量", "有害物质", "破损"})
_FROM = {
    BY_MAIL: sentence("report|by his mail"), AGREED: sentence("report|as agreed with him"),
    RULE: sentence("report|by our rule"),
}  # fmt: skip


def wanted(turn: Turn, case: Case, message: Message, details: Details) -> dict[str, Any]:
    """What a new complaint keeps of it: the last step asked for, each step's time, and the customer's own number."""
    if case.kind is not Kind.COMPLAINT:
        return {}
    received, lexicon = message.received_at or turn.now, turn.desk.words.lexicon
    text = "\n".join(filter(None, (message.subject, message.new_text, message.forwarded_text)))
    number = find_complaint_number(text, lexicon)
    ours = turn.desk.opening.case_numbers(number) if number and turn.desk.opening else []
    kept: dict[str, Any] = {NUMBER: number} if number and not ours else {}
    asked = {item.step: item for item in find_report_steps(text, received, lexicon)}
    author = turn.desk.author(message)
    agreed = turn.desk.reports.agreed(case.customer.number, author.domain if author else "")
    last = max((STEPS.index(step) for step in STEPS if step in asked), default=-1)
    if agreed.report and _ABOUT_GOODS & set(details.subkinds):
        last = max(last, STEPS.index(agreed.report))
    if last < 0:
        return kept
    clock = Clock(received, turn.desk.staff().calendar)
    lines, latest = list[list[str]](), None
    for step in reversed(STEPS[: last + 1]):
        said = asked.get(step)
        due, source = _said(said, clock), BY_MAIL
        if due is None:
            terms, source = (agreed.steps, AGREED) if step in agreed.steps else (turn.desk.reports.steps, RULE)
            due = clock.after(terms[step])
        latest = due if latest is None else min(due, latest)  # no step is due after the one it is part of
        words = short(" ".join(clean(text[said.start : said.end]).split()), 60) if said else ""
        moment = latest.astimezone(turn.desk.zone).isoformat(timespec="minutes")
        kept[REPORT_STEPS[step]] = moment
        lines.insert(0, [step, moment, source, words])
    return {**kept, REPORT: STEPS[last], SAID: lines}


def shown(intake: Mapping[str, Any], language: str, turn: Turn) -> str:
    """The steps with their times and the words they were read from, in one line; empty when none is wanted."""
    found = []
    for step, moment, source, words in intake.get(SAID, ()):
        when = moment_words(datetime.fromisoformat(moment), language, turn.desk.zone)
        why = worded(language, _FROM[source]) + (f"“{words}”" if words and source == BY_MAIL else "")
        found.append(f"{step} {when} ({why})" if language == "en" else f"{step} {when}（{why}）")
    return ("; " if language == "en" else "；").join(found)


# ------------------------------------------------------------------------------------------------------------ parts


def _said(said: ReportStep | None, clock: Clock) -> datetime | None:
    term = said.term if said else None
    if term is None:
        return None
    if term.day is not None:
        return clock.on(term.day)
    if term.hours:
        return clock.after(f"{min(term.hours, 999)}h")
    return clock.after(f"{min(term.working_days, 999)}d" if term.working_days else f"{min(term.calendar_days, 999)}c")
