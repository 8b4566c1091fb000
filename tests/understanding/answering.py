"""What becomes of the answers of a set (``staff.jsonl``, ``customers.jsonl``), by the reader casework goes by.

The procedures, forms and words are the shipped ones; only the ledger is none: a case of which nothing is known yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from mailflow.adapters.word.forms import load_forms
from mailflow.casework import joint, putright
from mailflow.casework.answered import Answer
from mailflow.casework.casefile import CaseFile
from mailflow.casework.said import AUTOMATIC, said_about
from mailflow.casework.signing import Refused
from mailflow.casework.step import Step
from mailflow.decoding.quotes import split_text
from mailflow.domain.joint_ports import JointAsk
from mailflow.domain.joint_ports import Point as AskedPoint
from mailflow.domain.model import Kind, Message
from mailflow.domain.tasks import CaseStatus, Task, TaskStatus
from mailflow.office.staff import Person
from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import Procedure
from mailflow.reading.answers.corrections import read_corrections
from mailflow.reading.answers.move_words import load_move_words
from mailflow.reading.answers.satisfaction import read_satisfaction
from mailflow.reading.answers.tone import tones
from mailflow.reading.answers.words import AnswerWords, load_answer_words
from mailflow.records.returned import Returned

ROOT = Path(__file__).parents[2]
SETS = Path(__file__).parent / "answers"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 30, 15, 0, tzinfo=ZONE)
PEOPLE = ("白露", "韩梅", "秦朗", "邓宁", "薛平", "郑浩", "施磊", "柳青", "钱进", "沈志强")
ASKED = "asked@firm.example"
MACHINE = {AUTOMATIC: "nothing"}

Said = Mapping[str, Any]
"""What became of an answer, or what should: in the form of the sets' keys."""


@dataclass
class Count:
    """How the answers of a set were read: by what became of them their ids, ``said`` what was understood."""

    name: str = ""
    of: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    keys: dict[str, Said] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many."""
        return len(self.keys)

    def share(self, *kinds: str) -> float:
        """The part of the answers of which this became."""
        return sum(len(self.of.get(kind, ())) for kind in kinds) / max(1, self.answers)


KINDS = ("right", "asked", "less", "wrong", "harm")
"""``right`` at once; ``asked`` though it could be understood; ``less`` than was said, and nothing wrong; ``wrong``;
``harm``: what must never come of it."""


def measured(path: Path) -> Count:
    """Every answer of a file against its key."""
    read = of_customer if "customer" in path.name else of_staff
    count = Count(path.stem)
    for key in map(json.loads, path.read_text("utf-8").splitlines()):
        said = read(key)
        count.keys[key["id"]], count.said[key["id"]] = key, said
        count.of.setdefault(judged(key, said), []).append(key["id"])
    return count


def judged(key: Said, said: Said) -> str:
    """One of :data:`KINDS`."""
    if any(_harms(never, said) for never in key["never"]):
        return "harm"
    if _is(key["want"], said) or any(_is(other, said) and not _asks(other) for other in key["also_right"]):
        return "right"
    if any(_is(other, said) for other in key["also_right"]):
        return "asked"
    every = [key["want"], *key["also_right"]]
    if any(_is_less(other, said) for other in every):
        return "less"
    return "wrong"


# ------------------------------------------------------------------------------------------------------------- staff


def of_staff(key: Said) -> Said:
    """What becomes of a colleague's reply."""
    message, names = message_of(key["reply"]), key["task"]
    if isinstance(names, str):
        return _of_task(step_of([names]), names, message, key["attachment"])
    step = step_of(names)
    points = tuple(AskedPoint(number, number, 0) for number in range(1, len(names) + 1))
    person = Person("", ASKED)
    found = joint.points_of(step, step, JointAsk(1, 1, ASKED, NOW, points))
    answer = Answer(cast(Any, None), message, person)
    try:
        words = joint.words_of(step, answer, found, frozenset()).of
    except Refused as refusal:
        return {"verdict": MACHINE.get(refusal.reason, "ask")}
    return {
        "per_point": [
            _of_task(step, name, message_of(words[number]), None) if number in words else {"verdict": "nothing"}
            for number, name in enumerate(names, 1)
        ]
    }


def _of_task(step: Step, name: str, message: Message, attachment: str | None) -> Said:
    task, person = step.file.tasks[name], Person("", ASKED)
    returned = Returned("", {}, {}, ()) if attachment == "form" else None
    right = putright.read(step, task, message)
    plain = putright.answers(step, task, person, right.rest)
    if (right.doubts and not (plain and not right.said_something)) or (right.said_something and not plain):
        return {"verdict": "ask"}
    signs = step.file.spec(task).done_by == "signature"
    try:
        said = said_about(step, task, person, right.rest, returned=returned, scanned=attachment == "scan")
    except Refused as refusal:
        if returned is not None and not signs and refusal.reason == "fields_missing":
            return {"verdict": "work", "values": {}}  # the file brings them
        return {"verdict": MACHINE.get(refusal.reason, "ask")}
    if said.verdict == "return":
        return {"verdict": "return", "reason": said.reason}
    if said.verdict == "transfer":
        return {"verdict": "transfer", "to": said.to}
    found: dict[str, Any] = {"verdict": "agree" if signs else "work", "values": dict(said.values)}
    if right.changes:
        if not right.plain:
            return {"verdict": "ask"}  # what was made of the words is shown first
        found["corrections"] = {title: "；".join(values) for title, values in right.called().items()}
    return found


def message_of(text: str) -> Message:
    """A mail with these words and no more."""
    return Message(text=text, new_text=split_text(text, is_reply=True).new)


def step_of(names: Sequence[str]) -> Step:
    """A case in which these tasks are open and nothing else was done."""
    tasks = {
        name: Task(
            number, 1, name, 1, TaskStatus.OPEN, "", ASKED, 0, NOW, None, NOW, None, "", "", 0, None, True,
        )
        for number, name in enumerate(names, 1)
    }  # fmt: skip
    rows = {task.id: task for task in tasks.values()}
    work = SimpleNamespace(
        task=rows.get, issued_record=lambda row: None, corrections=lambda case: (), facts_read=lambda case: (),
        found_values=lambda case, name: (),
    )  # fmt: skip
    state = SimpleNamespace(status=CaseStatus.OPEN, language="zh", intake={}, subkinds=())
    case = SimpleNamespace(id=1, number="TS-2026-0001", kind=Kind.COMPLAINT)
    file = CaseFile(cast(Any, case), cast(Any, state), procedure(), NOW, tasks)
    file.records = cast(Any, dict.fromkeys(("JL-23-01",)))
    return Step(cast(Any, desk()), cast(Any, work), NOW, file)


@cache
def words() -> AnswerWords:
    """The shipped words of answers."""
    found, problems = load_answer_words(ROOT / "rules" / "answers.yaml")
    assert found is not None, problems
    return found


@cache
def procedure() -> Procedure:
    """The shipped way of a complaint."""
    found, problems = load_procedures(ROOT / "rules" / "procedures")
    assert found is not None, problems
    named = found.named("complaint")
    assert named is not None
    return named


@cache
def desk() -> SimpleNamespace:
    """What answers are read with."""
    forms, wrong = load_forms(ROOT / "templates" / "forms")
    assert forms is not None, wrong
    moves, problems = load_move_words(ROOT / "rules" / "moves.yaml")
    assert moves is not None, problems
    staff = SimpleNamespace(people=[Person(name, "") for name in PEOPLE])
    specs = {spec.code: spec for spec in forms.specs()}
    return SimpleNamespace(
        words=words(), moves=moves, zone=ZONE, staff=lambda: staff, notes=SimpleNamespace(language="zh"), form=specs.get
    )


# --------------------------------------------------------------------------------------------------------- customers

TITLES = {"batch_no": "批号", "quantity": "数量", "order_no": "订单号", "contact": "联系人", "phone": "电话"}
FACTS = {
    "batch_no": "B2611-01", "quantity": "5件", "order_no": "DD20261101001", "contact": "王强", "phone": "13800000101",
}  # fmt: skip


def of_customer(key: Said) -> Said:
    """What becomes of a customer's answer."""
    message, asked = message_of(key["text"]), key["after"] == "survey"
    found = read_satisfaction(words(), message.new_text)
    satisfied: str = "满意" if found.verdict == "基本满意" else found.verdict or "none"
    if found.doubtful and not found.wish:  # with a wish a person is told that he is satisfied, and of the wish
        satisfied = "doubtful"
    if not asked and not (satisfied == "不满意" and found.told):
        satisfied = "none"
    said: dict[str, Any] = {"satisfied": satisfied}
    if found.wish and asked:
        said["wish"] = found.wish
    heard = tones(words(), message.new_text)
    said["escalates"], said["asks_progress"] = "escalates" in heard, "asks_progress" in heard
    changes = read_corrections(words(), message.new_text, FACTS, now=NOW, zone=ZONE)
    if changes:
        said["facts"] = {TITLES.get(item.field, item.field): item.value for item in changes}
    return said


# ------------------------------------------------------------------------------------------------------------- judging


def _asks(want: Said) -> bool:
    if "per_point" in want:
        return any(_asks(point) for point in want["per_point"])
    return want.get("verdict") == "ask" or want.get("satisfied") == "doubtful"


def _is(want: Said, said: Said) -> bool:
    """Is this what was wanted?"""
    if "per_point" in want or "per_point" in said:
        pairs = _pairs(want, said)
        return pairs is not None and all(_is(one, other) for one, other in pairs)
    if "satisfied" in want:
        return _is_customers(want, said)
    if want["verdict"] != said["verdict"]:
        return want["verdict"] == "nothing" and said["verdict"] == "ask" and "quiet" in want
    return (
        _same_values(want.get("values", {}), said.get("values", {}))
        and _same_values(want.get("corrections", {}), said.get("corrections", {}))
        and _plain(want.get("reason", "")) == _plain(said.get("reason", ""))
        and want.get("to", "") == said.get("to", "")
    )


def _is_less(want: Said, said: Said) -> bool:
    """Is it a part of what was wanted, and nothing else?"""
    if "per_point" in want or "per_point" in said:
        if said.get("verdict") in ("ask", "nothing"):
            return True
        pairs = _pairs(want, said)
        return pairs is not None and all(_is(one, other) or _is_less(one, other) for one, other in pairs)
    if "satisfied" in want:
        return said["satisfied"] in ("doubtful", want["satisfied"])
    if said["verdict"] in ("ask", "nothing"):
        return True
    if want["verdict"] != said["verdict"] or want["verdict"] not in ("agree", "work"):
        return False
    return all(
        _same(want.get(part, {}).get(name), value)
        for part in ("values", "corrections")
        for name, value in said.get(part, {}).items()
    )


def _harms(never: Said, said: Said) -> bool:
    """Is it what must never come of this answer?"""
    if "per_point" in said:
        points = said["per_point"]
        chosen = points[never["point"] - 1 : never["point"]] if "point" in never else points
        return any(_harms({**never, "point": 0} if "point" in never else never, point) for point in chosen)
    if "field" in never:
        value = said.get("values", {}).get(never["field"], "")
        return bool(value) and _plain(never["holds"]) in _plain(value)
    if "satisfied" in never or "facts" in never or "wish" in never or "asks_progress" in never:
        return all(_harms_customer(never, said, name) for name in never)
    if never.get("verdict") != said.get("verdict"):
        return False
    if "reason" in never and _plain(never["reason"]) != _plain(said.get("reason", "")):
        return False
    if "to" in never and never["to"] != said.get("to"):
        return False
    return all(
        name in said.get(part, {}) and _same(value, said[part][name])
        for part in ("values", "corrections")
        for name, value in never.get(part, {}).items()
    )


def _harms_customer(never: Said, said: Said, name: str) -> bool:
    if name == "facts":
        return any(_same(value, said.get("facts", {}).get(title)) for title, value in never["facts"].items())
    if name == "wish" and never["wish"] is not None:
        return _plain(never["wish"]) == _plain(said.get("wish") or "")
    return bool(name in said and said[name] == never[name])


def _pairs(want: Said, said: Said) -> list[tuple[Said, Said]] | None:
    if "per_point" not in want or "per_point" not in said:
        return None
    return list(zip(want["per_point"], said["per_point"], strict=True))


def _is_customers(want: Said, said: Said) -> bool:
    """Longer and shorter cuts of the same wish are alike; what is not read yet counts for nothing."""
    if want["satisfied"] != said["satisfied"]:
        return False
    for name in ("escalates", "asks_progress"):
        if name in said and bool(want.get(name)) != bool(said[name]):
            return False
    wish, heard = _plain(want.get("wish") or ""), _plain(said.get("wish") or "")
    if "wish" in said and bool(wish) != bool(heard):
        return False
    if wish and heard and not (wish in heard or heard in wish):
        return False
    return _same_values(want.get("facts", {}), said.get("facts", {}))


def _same_values(want: Said, said: Said) -> bool:
    return want.keys() == said.keys() and all(_same(value, said[name]) for name, value in want.items())


def _same(want: object, said: object) -> bool:
    if isinstance(want, list):
        return sorted(want) == sorted(str(said).split("、"))
    one, other = _plain(str(want)), _plain(str(said))
    return one == other or (one[:16] == other[:16] and other.endswith("+08:00") and len(one) == 16)


def _plain(said: str) -> str:
    return "".join(said.split()).strip('，,。.;；:：!！、？?“”"')


def listed(count: Count) -> Iterator[str]:
    """Every answer that was not understood at once, a line each."""
    for kind in KINDS[1:]:
        for name in count.of.get(kind, ()):
            key = count.keys[name]
            said = key.get("reply", key.get("text", "")).replace("\n", "⏎")
            yield f"{kind:6} {name} {key.get('task', key.get('after'))} {said[:150]}"
            yield f"       want {key['want']}"
            yield f"       said {count.said[name]}"
