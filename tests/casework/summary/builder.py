"""A ledger full of made-up rows, entered in the order of time as the program enters them, from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.model import NO_CASE, Kind
from mailflow.procedures.model import Procedure, TaskSpec, Title

ZONE = ZoneInfo("Asia/Shanghai")
SINCE = datetime.combine(date(2026, 11, 20), time(8, 30), ZONE)  # a Friday
UNTIL = datetime.combine(date(2026, 11, 23), time(8, 30), ZONE)
NOW = datetime.combine(date(2026, 11, 23), time(8, 30, 7), ZONE)
TICK = timedelta(microseconds=1)

PEOPLE = ("limei@beichuan.example", "zhaofeng@beichuan.example", "gone@beichuan.example", "")
COMPANIES = ("鹿原水务有限公司", "Elm & Sons <Ltd>", "", "东湖阀门厂", "远山轴承股份有限公司")
SEVERITIES = ("", "一般", "重大", "恶性")
CASE_KINDS = ("complaint", "inquiry", "order_change", "praise")
ASIDE = (*sorted(kind.value for kind in NO_CASE), "duplicate", "own_mail", "rate_brake")

PROCEDURE = Procedure(
    name="complaint",
    title=Title(zh="投诉", en="Complaint"),
    kinds=(Kind.COMPLAINT,),
    tasks={
        name: TaskSpec.model_validate({"title": {"zh": zh, "en": en}, "done_by": by, "event": event})
        for name, zh, en, by, event in (
            ("approve", "部门审核", "Review", "signature", ""),
            ("find", "查明原因", "Find the cause", "reply", ""),
            ("heard", "客户答复", "Customer answers", "event", "customer.answered"),
            ("wait", "观察期", "Wait", "clock", ""),
        )
    },
)


def moments(random_: random.Random, count: int) -> Iterator[datetime]:
    """Moments around the period in order, its bounds and their neighbours among them, some a little out of order."""
    edges = [SINCE - TICK, SINCE, SINCE + TICK, UNTIL - TICK, UNTIL, UNTIL + TICK]
    first, last = SINCE - timedelta(days=12), NOW + timedelta(hours=3)
    span = (last - first).total_seconds()
    found = sorted(edges + [first + timedelta(seconds=random_.uniform(0, span)) for _ in range(max(count - 6, 0))])
    for moment in found:
        yield moment - timedelta(hours=30) if random_.random() < 0.02 and moment not in edges else moment


def fill(ledger: SqlLedger, seed: int, *, cases: int = 60, mails: int = 160, tasks: int = 120) -> None:
    """Enter customers, cases, mails, tasks, promises, outgoing mail, counts and the journal."""
    random_ = random.Random(seed)
    pick = random_.choice
    with ledger.engine.execution_options(writing=True).begin() as connection:

        def enter(table: sa.Table, rows: list[dict[str, object]]) -> None:
            if rows:
                connection.execute(table.insert(), rows)

        enter(t.procedures, [
            {"digest": PROCEDURE.digest, "name": "complaint", "text": PROCEDURE.text, "first_used_at": SINCE},
            {"digest": "f" * 64, "name": "broken", "text": "{", "first_used_at": SINCE},
        ])  # fmt: skip
        enter(t.customers, [
            {"id": n, "number": f"KH-{n:05d}", "company": COMPANIES[n % 5], "company_key": f"k{n}", "created_at": SINCE}
            for n in range(1, 9)
        ])  # fmt: skip
        enter(t.cases, [
            {
                "id": n, "number": f"TS-2026-{n:04d}", "customer_id": random_.randint(1, 8), "kind": pick(CASE_KINDS),
                "status": "open", "severity": pick(SEVERITIES), "subject": f"第 {n} 件 <b>{{{{7*7}}}}</b>\r\nBcc: x",
                "procedure": pick((PROCEDURE.digest, PROCEDURE.digest, "f" * 64, "")), "opened_at": at,
                "changed_at": at,
            }
            for n, at in enumerate(moments(random_, cases), 1)
        ])  # fmt: skip
        enter(t.corrections, [
            {"case_id": random_.randint(1, cases), "field": pick(("kind", "product")), "value": pick(CASE_KINDS),
             "was": "inquiry", "actor": "x", "at": SINCE}
            for _ in range(cases // 6)
        ])  # fmt: skip
        enter(t.messages, [_mail(random_, n, at, cases) for n, at in enumerate(moments(random_, mails), 1)])
        enter(t.records, [
            {"id": n, "number": f"JL-23-03-2026-{n:04d}", "form": "F", "form_version": "A/0", "title": "单",
             "case_id": n, "digest": "0" * 64, "file_name": "x.docx", "retention_years": 3, "issued_at": SINCE}
            for n in range(1, min(20, cases) + 1)
        ])  # fmt: skip
        enter(t.tasks, [
            {
                "case_id": random_.randint(1, cases), "name": pick((*PROCEDURE.tasks, "unknown")), "round": 1,
                "status": pick(("open", "open", "done", "skipped", "cancelled")), "role": pick(("quality", "")),
                "person": pick(PEOPLE), "record": pick((0, random_.randint(1, 20))), "opened_at": SINCE,
                "due_at": pick((None, NOW, NOW - TICK, at)),
            }
            for at in moments(random_, tasks)
        ])  # fmt: skip
        tonight = datetime.combine(NOW.date() + timedelta(days=1), time(), ZONE)
        enter(t.promises, [
            {"case_id": random_.randint(1, cases), "kind": "date", "words": "于 www.example.com 前补发",
             "approved_by": PEOPLE[0], "due_at": pick((None, at, tonight, tonight - TICK, NOW - TICK)),
             "made_at": SINCE, "kept_at": pick((None, None, at))}
            for at in moments(random_, 30)
        ])  # fmt: skip
        hour = NOW - timedelta(hours=1)
        enter(t.outbox, [
            {"id": n, "occasion": f"x:{n}", "mail_id": f"{n}@x", "sender": "a@b.example",
             "recipient": f"c{n}@d.example", "raw": b"x",
             "status": pick(("pending", "sent", "failed")), "next_attempt_at": at, "attempts": n % 4,
             "created_at": pick((at, hour, hour + TICK)), "case_id": pick((None, random_.randint(1, cases))),
             "last_error": "451 稍后再试"}
            for n, at in enumerate(moments(random_, 60), 1)
        ])  # fmt: skip
        enter(t.deliveries, [
            {"outbox_id": random_.randint(1, 60), "at": at,
             "result": pick(("sent", "temporary", "permanent", "bounced")),
             "code": pick((0, 250, 451, 550)), "words": "5.1.1 no such user"}
            for at in moments(random_, 80)
        ])  # fmt: skip
        enter(t.folders, [
            {"mailbox": box, "folder": "INBOX", "uidvalidity": 1, "checked_at": checked, "present": present,
             "handled": 5, "aside": 2, "held": 1, "waiting": waiting, "unknown": unknown}
            for box, checked, present, waiting, unknown in (
                ("fine", NOW - timedelta(minutes=1), 8, 0, 0), ("busy", NOW, 11, 3, 0), ("gap", NOW, 10, 0, 2),
                ("wrong", NOW, 9, 0, 0), ("stale", NOW - timedelta(hours=3), 8, 0, 0), ("old", SINCE, 8, 0, 0),
            )
        ])  # fmt: skip
        enter(t.journal, [_entry(random_, at, cases, mails) for at in moments(random_, 240)])


def _mail(random_: random.Random, n: int, at: datetime, cases: int) -> dict[str, object]:
    status = random_.choice(("handled", "handled", "handled", "aside", "held", "waiting"))
    kinds = tuple(kind.value for kind in Kind if kind not in NO_CASE)
    reasons = {"aside": ASIDE, "held": ("oversize", "new_reason")}.get(status, ("",))
    reason = random_.choice(reasons)
    return {
        "mailbox": "fine", "folder": "INBOX", "uidvalidity": 1, "uid": n, "digest": f"{n:064x}", "size": 10,
        "collected_at": at, "status": status, "reason": reason,
        "kind": random_.choice(kinds) if status == "handled" else reason if status == "aside" else "",
        "sender": "x@evil.example", "subject": "请看 http://evil.example/x <script>",
        "case_id": random_.randint(1, cases) if status == "handled" and random_.random() < 0.8 else None,
        "history": random_.random() < 0.1,
    }  # fmt: skip


def _entry(random_: random.Random, at: datetime, cases: int, mails: int) -> dict[str, object]:
    event = random_.choice("case.opened case.closed case.reopened repeat.proposed task.opened mail.filed".split())
    data = {"case.closed": {"how": random_.choice(("closed", "closed_unsatisfied")), "round": 1},
            "repeat.proposed": {"earlier": "TS-2026-0001、TS-2026-0002"}}.get(event, {})  # fmt: skip
    return {
        "at": at, "actor": "mailflow", "event": event, "case_id": random_.randint(1, cases),
        "message_id": random_.choice((None, random_.randint(1, mails))), "data": json.dumps(data), "hash": "0" * 64,
    }  # fmt: skip


def open_ledger(folder: Path) -> SqlLedger:
    """An empty ledger in a folder."""
    return SqlLedger(f"sqlite:///{folder / 'ledger.db'}")
