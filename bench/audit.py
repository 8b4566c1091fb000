"""Casework judged from outside: does what ledger and SMTP server hold follow from the procedures' words?

Nothing of :mod:`mailflow` is used here.  Which tasks a case must have is worked out anew from the text of its
procedure, its task rows and its answers; what people were sent is read from the mails the server took.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = re.compile(r"〔MF-(\d+)-(\d+)-\d{6}-[A-Z2-7]{16}〕")
JOINT = re.compile(r"〔MF-J(\d+)-\d+-\d{6}-[A-Z2-7]{16}〕")
FACTS = ("kind", "subkinds", "severity", "language", "channel", "repeat", "round", "urgent")
FINISHED, GRAVE = ("done", "skipped"), ("重大", "恶性")
ASKS, REMINDERS, ESCALATION, DAILY = ("请签字", "请签收", "请办理"), ("请尽早办理", "已超时限"), "请协调", "今日待办"


@dataclass
class Audit:
    """What was found: figures to show, and what must not be."""

    figures: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """A mail the server took, each Message-ID once."""

    key: str
    to: str
    subject: str
    case: str
    date: str

    @property
    def about(self) -> str:
        """What the subject begins with, without the case and the mark of urgency."""
        return re.sub(r"^(?:\[[^\]]+\] )?(?:【[^】]+】)?", "", self.subject)


def audit(ledger: Path, sink: Path) -> Audit:
    """Judge the casework in a ledger, and what was sent about it."""
    found = Audit()
    rows = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30)
    rows.row_factory = sqlite3.Row
    try:
        mails = list(_taken(sink))
        procedures = {row["digest"]: json.loads(row["text"]) for row in rows.execute("SELECT * FROM procedures")}
        for case in rows.execute("SELECT * FROM cases WHERE procedure <> '' ORDER BY id").fetchall():
            found.wrong += _tasks_of(case, procedures[case["procedure"]]["tasks"], rows)
        found.wrong += [*_signatures(rows), *_once(rows), *_chain(rows), *_asked(rows, mails), *_sent_once(rows, mails)]
        _count(found.figures, rows, mails)
    finally:
        rows.close()
    return found


# ----------------------------------------------------------------------------------------------------- no task is lost


def _was_signed(case: int, need: str, task: sqlite3.Row, rows: sqlite3.Connection) -> bool:
    """Was this signature there when the task began, and voided since?"""
    found = rows.execute(
        "SELECT 1 FROM tasks t JOIN signatures s ON s.task_id = t.id WHERE t.case_id = ? AND t.name = ?"
        " AND NOT t.current AND t.done_at <= ? AND EXISTS"
        " (SELECT 1 FROM journal j WHERE j.case_id = t.case_id AND j.event = 'signature.void')",
        (case, need, task["opened_at"]),
    )
    return found.fetchone() is not None


def _tasks_of(case: sqlite3.Row, specs: Mapping[str, Any], rows: sqlite3.Connection) -> Iterator[str]:
    """The open tasks of a case are those its procedure asks for, given what is done."""
    number = case["number"]
    tasks: dict[str, sqlite3.Row] = {}
    for row in rows.execute("SELECT * FROM tasks WHERE case_id = ? AND current ORDER BY id", (case["id"],)):
        if row["name"] in tasks:
            yield f"{number}: the task {row['name']} is there twice"
        tasks[row["name"]] = row
    if case["status"] != "open":
        yield from (f"{number} is closed, {name} is open" for name, row in tasks.items() if row["status"] == "open")
        return
    answers = rows.execute(
        "SELECT field, value, at FROM answers WHERE case_id = ? ORDER BY id", (case["id"],)
    ).fetchall()
    for name, spec in specs.items():
        ready = all(need in tasks and tasks[need]["status"] in FINISHED for need in spec.get("needs", ()))
        row = tasks.get(name)
        if row is None and ready and not _waits_to_sign(name, specs, tasks):
            states = "、".join(f"{other} {tasks[other]['status'] if other in tasks else '-'}" for other in specs)
            yield f"{number}: the task {name} is lost ({states})"
        if row is None:
            continue
        # A correction may void a signature given before: it is asked for again while what followed goes on.
        was_ready = ready or all(
            (need in tasks and tasks[need]["status"] in FINISHED) or _was_signed(case["id"], need, row, rows)
            for need in spec.get("needs", ())
        )
        if row["status"] == "open" and not was_ready:
            yield f"{number}: the task {name} is open before its time"
        if row["status"] not in ("open", *FINISHED):
            yield f"{number}: the task {name} is {row['status']} in an open case"
        if _wanted(spec, case, row, answers) is (row["status"] == "skipped"):
            yield f"{number}: the task {name} is {row['status']}, against its condition {spec['when']}"
    if len(tasks) == len(specs) and all(row["status"] in FINISHED for row in tasks.values()):
        yield f"{number}: nothing is left to do, and it is open"


def _waits_to_sign(name: str, specs: Mapping[str, Any], tasks: Mapping[str, sqlite3.Row]) -> bool:
    """Must somebody sign the same record first, on whom this task builds?  A void signature is given anew before it."""
    spec = specs[name]
    before: set[str] = set()
    left = list(spec.get("needs", ()))
    while left:
        if (need := left.pop()) not in before:
            before.add(need)
            left += specs[need].get("needs", ())
    return spec.get("done_by") == "signature" and any(
        specs[other].get("done_by") == "signature"
        and specs[other].get("form") == spec.get("form")
        and (other not in tasks or tasks[other]["status"] not in FINISHED)
        for other in before
    )


def _wanted(spec: Mapping[str, Any], case: sqlite3.Row, row: sqlite3.Row, answers: list[sqlite3.Row]) -> bool | None:
    """Did the condition of a task hold when it was opened?  The conditions are Python's as well as Jinja's."""
    if not spec.get("when"):
        return True
    values = (
        case["kind"], [word for word in case["subkinds"].split("；") if word], case["severity"], case["language"],
        case["channel"], False, row["round"], case["severity"] in GRAVE,
    )  # fmt: skip
    known: dict[str, Any] = defaultdict(str, zip(FACTS, values, strict=True))
    known |= {answer["field"]: answer["value"] for answer in answers if answer["at"] <= row["opened_at"]}
    known["repeat"] = known["repeat_judged"] == "是"
    known["urgent"] = (known["severity_judged"] or case["severity"]) in GRAVE
    known["promised"] = bool(known["plan_promises"])
    return bool(eval(spec["when"], {"__builtins__": {}}, known))


# -------------------------------------------------------------------------------------------------- nothing comes twice


def _signatures(rows: sqlite3.Connection) -> Iterator[str]:
    """A task that was signed has one signature, its signer's; any other has none."""
    given = Counter(task for (task,) in rows.execute("SELECT task_id FROM signatures"))
    yield from (f"task {task} is signed {n} times" for task, n in given.items() if n > 1)
    signed = {row["id"]: row for row in rows.execute("SELECT * FROM tasks WHERE outcome = 'signed'")}
    yield from (f"task {task} is done as signed, without a signature" for task in signed.keys() - given.keys())
    yield from (f"task {task} has a signature and is not signed" for task in given.keys() - signed.keys())
    for row in rows.execute("SELECT * FROM signatures"):
        task = signed.get(row["task_id"])
        if task is not None and (task["done_by"] != row["person"] or task["case_id"] != row["case_id"]):
            yield f"the signature of task {row['task_id']} is not its signer's"
    cells = Counter(
        (row["record_id"], row["cell"], row["person"]) for row in rows.execute("SELECT * FROM signatures WHERE current")
    )
    yield from (
        f"record {record}: {cell} holds {n} signatures of one person" for (record, cell, _), n in cells.items() if n > 1
    )
    answered = rows.execute(
        "SELECT message_id, count(*) FROM signatures WHERE way = 'reply' GROUP BY message_id HAVING count(*) > 1"
    )
    for mail, n in answered.fetchall():
        of_one_ask = rows.execute(  # one answer may sign several points of the one mail that asked for them
            "SELECT count(*) FROM joint_points p JOIN signatures s ON s.task_id = p.task_id WHERE s.message_id = ?"
            " AND s.way = 'reply' GROUP BY p.ask_id ORDER BY 1 DESC LIMIT 1",
            (mail,),
        ).fetchone()
        if of_one_ask is None or of_one_ask[0] < n:
            yield f"mail {mail} gave {n} signatures"


def _once(rows: sqlite3.Connection) -> Iterator[str]:
    """The journal tells of each end, step and opening once, and of all of them."""
    told: dict[str, Counter[Any]] = defaultdict(Counter)
    for event, data in rows.execute(
        "SELECT event, data FROM journal WHERE event LIKE 'task.%' OR event = 'record.signed'"
    ):
        said = json.loads(data)
        told[event][(said.get("id"), said.get("step")) if event == "task.reminded" else said.get("id")] += 1
    yield from (f"task {id_} is done {n} times" for id_, n in told["task.done"].items() if id_ and n > 1)
    yield from (f"task {id_} is opened {n} times" for id_, n in told["task.opened"].items() if n > 1)
    yield from (
        f"task {id_}: step {step} is taken {n} times" for (id_, step), n in told["task.reminded"].items() if n > 1
    )
    for row in rows.execute("SELECT id, status, done_by, outcome, step FROM tasks"):
        by_people = row["status"] == "done" and row["outcome"] not in ("auto", "returned")
        if by_people and not told["task.done"][row["id"]]:
            yield f"task {row['id']} is done, and the journal does not tell"
        steps = sum(1 for id_, _ in told["task.reminded"] if id_ == row["id"])
        if steps != row["step"]:
            yield f"task {row['id']} took {row['step']} steps, the journal tells of {steps}"
    (signatures,) = rows.execute("SELECT count(*) FROM signatures").fetchone()
    if sum(told["record.signed"].values()) != signatures:
        yield f"{signatures} signatures, the journal tells of {sum(told['record.signed'].values())}"


def _chain(rows: sqlite3.Connection) -> Iterator[str]:
    before = ""
    for row in rows.execute("SELECT * FROM journal ORDER BY id"):
        entry = {name: row[name] for name in ("actor", "at", "case_id", "data", "event", "message_id")}
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()
        if before != row["hash"]:
            yield f"journal: the chain breaks at entry {row['id']}"
            return


# ------------------------------------------------------------------------------------------------ what people were sent


def _asked(rows: sqlite3.Connection, mails: list[Sent]) -> Iterator[str]:
    """Whoever holds an open task got the mail that asks for it, about the record as it is now."""
    asked = {(task, record, mail.to) for mail in mails for task, record in _asks_about(rows, mail)}
    query = "SELECT * FROM tasks WHERE status = 'open' AND person <> '' AND asked_at IS NOT NULL"
    for row in rows.execute(query).fetchall():
        waits = rows.execute(
            "SELECT 1 FROM outbox WHERE occasion LIKE ? UNION SELECT 1 FROM joint_points WHERE task_id = ?",
            (f"ask:{row['id']}:%", row["id"]),
        ).fetchone()
        if (row["id"], row["record"], row["person"].lower()) in asked or (_is_event(row, rows) and not waits):
            continue
        yield f"task {row['id']} ({row['name']}): {row['person']} was never asked"
    left = rows.execute("SELECT count(*) FROM tasks WHERE status = 'open' AND person <> '' AND asked_at IS NULL")
    if number := left.fetchone()[0]:
        yield f"{number} tasks wait for somebody to be asked"


def _asks_about(rows: sqlite3.Connection, mail: Sent) -> list[tuple[int, int]]:
    """The tasks, and versions of records, a mail asks about by its token."""
    found = [(int(match[1]), int(match[2])) for match in TOKEN.finditer(mail.subject)]
    for match in JOINT.finditer(mail.subject):
        found += rows.execute("SELECT task_id, record FROM joint_points WHERE ask_id = ?", (int(match[1]),)).fetchall()
    return [(task, record) for task, record in found]


def _is_event(task: sqlite3.Row, rows: sqlite3.Connection) -> bool:
    query = "SELECT text FROM procedures JOIN cases ON procedure = digest WHERE cases.id = ?"
    (text,) = rows.execute(query, (task["case_id"],)).fetchone()
    return json.loads(text)["tasks"][task["name"]]["done_by"] in ("event", "clock")


def _sent_once(rows: sqlite3.Connection, mails: list[Sent]) -> Iterator[str]:
    """Of every occasion people heard once: each Message-ID stands for another occasion."""
    numbers: dict[str, int] = dict(rows.execute("SELECT number, id FROM cases"))
    asks: Counter[Any] = Counter()
    reminders: Counter[int] = Counter()
    escalations: Counter[str] = Counter()
    daily: Counter[tuple[str, str]] = Counter()
    for mail in mails:
        token = TOKEN.search(mail.subject)
        if mail.about.startswith(DAILY):
            daily[mail.to, mail.date] += 1
        elif mail.about.startswith(ESCALATION):
            escalations[mail.case] += 1
        elif mail.about.startswith(ASKS):
            for asked, record in _asks_about(rows, mail):
                asks[asked, record, mail.to] += 1
        elif token and mail.about.startswith(REMINDERS):
            reminders[int(token[1])] += 1
    in_digests = (
        "SELECT number, count(*) FROM gathered JOIN cases ON cases.id = case_id WHERE occasion LIKE 'escalate:%'"
    )
    escalations.update(dict(rows.execute(f"{in_digests} GROUP BY number")))  # of several, one mail tells
    steps, told, holds = _told(rows)
    handed = _handed_on(rows)
    for (task, record, to), n in asks.items():
        if n > 1 + handed[task]:
            yield f"task {task}, record {record}: {to} was asked {n} times"
    for task, n in reminders.items():
        if n > steps[task] + daily_of_one(rows, task, mails):
            yield f"task {task}: {n} reminders for {steps[task]} occasions"
    for number in escalations.keys() | {key for key, id_ in numbers.items() if told[id_]}:
        if escalations[number] != told[numbers.get(number, 0)]:
            yield f"{number}: {escalations[number]} escalations sent, {told[numbers.get(number, 0)]} told of"
    yield from (f"{to} got {n} daily mails on {day}" for (to, day), n in daily.items() if n > 1)
    for case, n in holds.items():
        (rounds,) = rows.execute("SELECT round FROM cases WHERE id = ?", (case,)).fetchone()
        if n > rounds:
            yield f"case {case} was asked for patience {n} times in {rounds} rounds"


def _handed_on(rows: sqlite3.Connection) -> Counter[int]:
    """How often each task was given to somebody else, who is asked in turn."""
    handed: Counter[int] = Counter()
    for case, name in rows.execute(
        "SELECT case_id, json_extract(data, '$.task') FROM journal WHERE event = 'task.handed_on'"
    ):
        for (task,) in rows.execute("SELECT id FROM tasks WHERE case_id = ? AND name = ?", (case, name)):
            handed[task] += 1
    return handed


def daily_of_one(rows: sqlite3.Connection, task: int, mails: list[Sent]) -> int:
    """How many daily mails had this task alone: they bear its token and read like a reminder."""
    keys = {mail.key for mail in mails if (found := TOKEN.search(mail.subject)) and int(found[1]) == task}
    daily = rows.execute("SELECT mail_id FROM outbox WHERE occasion LIKE 'daily:%'")
    return sum(key in keys for (key,) in daily)


def _told(rows: sqlite3.Connection) -> tuple[Counter[int], Counter[int], Counter[int]]:
    steps: Counter[int] = Counter()
    escalated: Counter[int] = Counter()
    holds: Counter[int] = Counter()
    for event, case, data in rows.execute("SELECT event, case_id, data FROM journal"):
        said = json.loads(data)
        if event == "task.reminded" and said["what"] == "remind":
            steps[said["id"]] += 1
        if event == "task.escalated":
            escalated[case] += 1
        if event == "letter.queued" and said["what"] == "holding":
            holds[case] += 1
    return steps, escalated, holds


def _count(figures: Counter[str], rows: sqlite3.Connection, mails: list[Sent]) -> None:
    for name, question in (
        ("signatures", "SELECT count(*) FROM signatures"),
        ("tasks", "SELECT count(*) FROM tasks"),
        ("tasks open", "SELECT count(*) FROM tasks WHERE status = 'open'"),
        ("cases closed", "SELECT count(*) FROM cases WHERE status <> 'open'"),
        ("steps of ladders", "SELECT count(*) FROM journal WHERE event = 'task.reminded'"),
        ("holding letters", "SELECT count(*) FROM outbox WHERE occasion LIKE 'holding:%'"),
        ("escalations", "SELECT count(*) FROM outbox WHERE occasion LIKE 'escalate:%'"),
        ("reminders", "SELECT count(*) FROM outbox WHERE occasion LIKE 'remind:%'"),
        ("daily mails", "SELECT count(*) FROM outbox WHERE occasion LIKE 'daily:%'"),
        ("refused answers", "SELECT count(*) FROM journal WHERE event = 'sign.refused'"),
        ("returned", "SELECT count(*) FROM journal WHERE event = 'task.returned'"),
    ):
        figures[name] = rows.execute(question).fetchone()[0]
    figures["asked"] = sum(mail.about.startswith(ASKS) for mail in mails)


def _taken(sink: Path) -> Iterator[Sent]:
    seen = set()
    for path in sorted(sink.rglob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        key = str(mail["Message-ID"]).strip("<> ")
        if key in seen:
            continue
        seen.add(key)
        to = mail["To"].addresses[0].addr_spec.lower() if mail["To"] and mail["To"].addresses else ""
        day = f"{mail['Date'].datetime:%Y-%m-%d}" if mail["Date"] else ""
        yield Sent(key, to, str(mail["Subject"] or ""), str(mail["X-Mailflow-Case"] or ""), day)
