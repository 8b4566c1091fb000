"""A procedure tried on paper: every way a case could take through it, and which procedure known cases would get.

No case is touched.  Conditions are tried with every answer they ask about (and one of the others), every severity and
up to :data:`MAX_ROUNDS` rounds; ways that differ in nothing a later condition asks about are followed once.  Times are
the tasks' own, used up to the last minute, in working minutes with a day of eight hours.  What people return to each
other is not followed: it only lengthens a way.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mailflow.domain.model import Kind
from mailflow.domain.tasks import CaseStatus
from mailflow.procedures.checks import minutes
from mailflow.procedures.conditions import compared_words, holds
from mailflow.procedures.model import FACTS, FieldSpec, Procedure, Procedures, TaskSpec

MAX_ROUNDS = 6
MAX_STATES = 100_000

BLANK_FACTS: Mapping[str, Any] = {
    "kind": "", "subkinds": [], "severity": "", "language": "zh", "channel": "mail", "repeat": False, "round": 1,
    "urgent": False, "promised": False, "report": "",
}  # fmt: skip
"""A case of which nothing is known; all of :data:`mailflow.procedures.model.FACTS`."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found out about a procedure.

    ``paths`` counts the ways to an end, ``ends`` how they end, ``unanswered`` those on which no answer was sent.
    ``to_answer`` and ``to_close`` are the longest working minutes to the first answer and to the end.  ``stuck`` are
    tasks nobody may be able to end, ``loops`` those that begin anew without an end, ``never`` those that never become
    due.  ``cut_short``: there were more ways than are followed.
    """

    name: str
    paths: int
    ends: Mapping[CaseStatus, int]
    unanswered: int
    to_answer: int
    to_close: int
    stuck: tuple[str, ...]
    loops: tuple[str, ...]
    never: tuple[str, ...]
    cut_short: bool

    @property
    def is_sound(self) -> bool:
        """Every task can become due, and every way that was followed ends."""
        return not (self.stuck or self.loops or self.never or self.cut_short) and self.paths > 0


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case as it was: its number, kind, and the facts known of it (:data:`mailflow.procedures.model.FACTS`)."""

    number: str
    kind: Kind
    facts: Mapping[str, Any] = field(default_factory=dict)
    ran_by: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which procedure a known case would get today; "" when none serves it."""

    case: PastCase
    procedure: str

    @property
    def differs(self) -> bool:
        """Would it run by another procedure than it did?"""
        return bool(self.case.ran_by) and self.case.ran_by != self.procedure


def choose_again(procedures: Procedures, cases: Iterable[PastCase]) -> Iterator[Chosen]:
    """For each known case the procedure in force that a new one like it would get."""
    for case in cases:
        facts = {**BLANK_FACTS, **case.facts, "kind": case.kind.value, "round": 1}
        chosen = procedures.choose(case.kind, facts)
        yield Chosen(case, chosen.name if chosen else "")


def try_out(procedure: Procedure) -> Trial:
    """Follow every way through a procedure."""
    walk = _Walk(procedure)
    walk.go()
    never = tuple(name for name in procedure.order if name not in walk.reached)
    return Trial(
        name=procedure.name,
        paths=sum(walk.ends.values()),
        ends=dict(walk.ends),
        unanswered=walk.unanswered,
        to_answer=walk.to_answer,
        to_close=walk.to_close,
        stuck=tuple(dict.fromkeys(walk.stuck)),
        loops=tuple(dict.fromkeys(walk.loops)),
        never=never,
        cut_short=walk.cut_short,
    )


# ------------------------------------------------------------------------------------------------------------ parts


@dataclass(frozen=True, slots=True)
class _State:
    """A case on its way: when each finished task ended, what is known, when it was answered (-1: not yet)."""

    done: Mapping[str, int]
    facts: Mapping[str, Any]
    round: int = 1
    answered: int = -1
    latest: int = 0
    floor: tuple[str, int] = ("", 0)  # the task of a new round, and when that round began


def _later(one: _State, other: _State) -> _State:
    """Two ways that go on alike, as one that took the longer time to each of its tasks."""
    return replace(
        one,
        done={name: max(end, other.done[name]) for name, end in one.done.items()},
        answered=max(one.answered, other.answered),
        latest=max(one.latest, other.latest),
        floor=max(one.floor, other.floor),
    )


class _Walk:
    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.compared = _compared(procedure)
        self.asked_by = {
            name: frozenset(compared_words(task.when) if task.when else ()) for name, task in procedure.tasks.items()
        }
        self.after = {name: frozenset(procedure.after(name)) for name in procedure.order}
        self.ends: Counter[CaseStatus] = Counter()
        self.reached: set[str] = set()
        self.stuck: list[str] = []
        self.loops: list[str] = []
        self.unanswered = self.to_close = 0
        self.to_answer = -1
        self.cut_short = False
        self.blank: Mapping[str, Any] = {**dict.fromkeys(self.compared, ""), **BLANK_FACTS}
        self.verdicts: dict[tuple[str, tuple[str, ...]], bool] = {}
        self.open: dict[frozenset[str], tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def go(self) -> None:
        """Follow all ways, those with less behind them first, so that equal ones meet before they go on."""
        waiting: dict[tuple[Any, ...], tuple[_State, int]] = {}
        heap: list[tuple[int, int, int, tuple[Any, ...]]] = []
        numbers = itertools.count()

        def put(state: _State, ways: int) -> None:
            key = self._key(state)
            if key in waiting:
                waiting[key] = (_later(waiting[key][0], state), waiting[key][1] + ways)
                return
            waiting[key] = (state, ways)
            heapq.heappush(heap, (state.round, len(state.done), next(numbers), key))

        for facts in self._beginnings():
            put(_State({}, facts), 1)
        seen = 0
        while heap:
            *_, key = heapq.heappop(heap)
            state, ways = waiting.pop(key)
            seen += 1
            if seen > MAX_STATES:
                self.cut_short = True
                return
            for following in self._on(state, ways):
                put(following, ways)

    def _on(self, state: _State, ways: int) -> Iterator[_State]:
        """Go on to the next point where ways part, and yield them."""
        done, facts, latest = dict(state.done), dict(state.facts), state.latest
        known = self._facts(state)
        answered = state.answered
        for name in self.procedure.order:  # each follows what it needs
            if name in done:
                continue
            task = self.procedure.tasks[name]
            start = max((done[need] for need in task.needs), default=0)
            if state.floor[0] == name:
                start = max(start, state.floor[1])
            if not self._holds(name, known):
                done[name] = start
                continue
            self.reached.add(name)
            here = replace(state, done=done, facts=facts, latest=max(latest, start), answered=answered)
            if task.do == "again":
                yield from self._again(name, task, here, start)
                return
            if task.do == "close_unsatisfied":
                self._end(CaseStatus.CLOSED_UNSATISFIED, here, ways)
                return
            if self._is_stuck(name, task, here):
                return
            done[name] = start + (minutes(task.within) if task.within else 0)
            latest = max(latest, done[name])
            if task.do == "answer":
                answered = start if answered < 0 else min(answered, start)
            answers = self._answers(task, here)
            if len(answers) > 1:
                for values in answers:
                    yield replace(here, facts={**facts, **values}, latest=latest, answered=answered)
                return
            facts |= answers[0]
            known |= answers[0]
        self._end(CaseStatus.CLOSED, replace(state, latest=latest, answered=answered), ways)

    def _holds(self, name: str, known: Mapping[str, Any]) -> bool:
        when = self.procedure.tasks[name].when
        if not when:
            return True
        key = (when, tuple(str(known[asked]) for asked in self.asked_by[name]))
        if key not in self.verdicts:
            self.verdicts[key] = holds(when, known)
        return self.verdicts[key]

    def _again(self, name: str, task: TaskSpec, state: _State, start: int) -> Iterator[_State]:
        if state.round >= MAX_ROUNDS:
            self.loops.append(name)
            return
        anew = self.after[task.from_]
        asked = {item for other in anew for item in self.procedure.tasks[other].fills()}
        yield replace(
            state,
            done={key: end for key, end in state.done.items() if key not in anew},
            facts={key: value for key, value in state.facts.items() if key not in asked},
            round=state.round + 1,
            floor=(task.from_, start),
        )

    def _is_stuck(self, name: str, task: TaskSpec, state: _State) -> bool:
        """Is there nobody who may end it?  A customer need not answer, so an event alone is never sure to come."""
        if task.done_by in ("clock", "mailflow") or task.role or (task.who and state.facts.get(task.who)):
            return False
        self.stuck.append(name)
        return task.done_by != "event"

    def _end(self, how: CaseStatus, state: _State, ways: int) -> None:
        self.ends[how] += ways
        self.to_close = max(self.to_close, state.latest)
        self.to_answer = max(self.to_answer, state.answered)
        if state.answered < 0:
            self.unanswered += ways

    def _facts(self, state: _State) -> dict[str, Any]:
        return {**self.blank, **state.facts, "round": state.round}

    def _key(self, state: _State) -> tuple[Any, ...]:
        """What decides how it goes on.

        Of what is settled only the verdicts of the conditions still to come count; times never do.
        """
        done = frozenset(state.done)
        if done not in self.open:
            self.open[done] = self._what_is_open(done)
        settled, live = self.open[done]
        known = self._facts(state)
        verdicts = tuple(self._holds(name, known) for name in settled)
        return (state.round, done, verdicts, tuple(str(known[name]) for name in live), state.answered >= 0)

    def _what_is_open(self, done: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tasks to come whose conditions nothing can change any more, and the facts the others depend on."""
        tasks = self.procedure.tasks
        open_ = set(tasks) - done
        for name in list(open_):
            if tasks[name].do == "again":
                open_ |= self.after[tasks[name].from_]
        may_change = {filled for name in open_ for filled in tasks[name].fills()} | {"round"}
        settled = {name for name in open_ if tasks[name].when and not self.asked_by[name] & may_change}
        live = {asked for name in open_ - settled for asked in self.asked_by[name]}
        live |= {who for name in open_ if (who := tasks[name].who)}
        return tuple(sorted(settled)), tuple(sorted(live))

    # --------------------------------------------------------------------------------------- what could be

    def _beginnings(self) -> Iterator[dict[str, Any]]:
        """The facts of new cases that conditions tell apart, as far as the procedure serves such cases."""
        asked = [name for name in FACTS if name in self.compared and name != "round"]
        for values in itertools.product(*(self._fact(name) for name in asked)):
            facts = dict(zip(asked, values, strict=True))
            if holds(self.procedure.when, {**BLANK_FACTS, **facts}):
                yield facts

    def _fact(self, name: str) -> list[Any]:
        words = sorted(self.compared[name])
        if name in ("repeat", "urgent", "promised"):
            return [False, True]
        if name == "kind":
            return [kind.value for kind in self.procedure.kinds]
        if name == "subkinds":
            every = [words] if len(words) > 1 else []
            return [[], *([word] for word in words), *every]
        blank = [BLANK_FACTS[name]] if BLANK_FACTS[name] not in words else []
        return [*blank, *words]

    def _answers(self, task: TaskSpec, state: _State) -> list[dict[str, Any]]:
        """What may be answered in a task, as far as a condition or the choice of a person depends on it."""
        names = [name for name in task.fills() if name in self.compared]
        values = [self._values(name, optional=name not in task.asks) for name in names]
        found = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]
        # A field that may be answered too keeps what was answered before when it is left out.
        return [{name: value or state.facts.get(name, "") for name, value in item.items()} for item in found]

    def _values(self, name: str, *, optional: bool) -> list[str]:
        spec: FieldSpec | None = self.procedure.fields.get(name)
        words = sorted(self.compared[name] - {""})
        found: list[str] = []
        if spec is None or spec.type not in ("choice", "choices", "yesno"):
            found = [*words, "…"]
        elif spec.type == "yesno":
            found = ["是", "否"]
        else:
            others = [choice for choice in spec.choices if choice not in words][:1]
            every = ["、".join(words)] if spec.type == "choices" and len(words) > 1 else []
            found = [*others, *words, *every]
        return [*found, ""] if optional else found


def _compared(procedure: Procedure) -> dict[str, frozenset[str]]:
    """Every name any condition asks about, with all words it is compared with."""
    found: dict[str, frozenset[str]] = {}
    conditions: Sequence[str] = [procedure.when, *(task.when for task in procedure.tasks.values())]
    for condition in filter(None, conditions):
        for name, words in compared_words(condition).items():
            found[name] = found.get(name, frozenset()) | words
    for task in procedure.tasks.values():
        if task.who:
            found.setdefault(task.who, frozenset())
    return found
