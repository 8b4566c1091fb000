"""A year and a half of an office's rows, entered in the order of time as the program enters them, from one seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.ledger import SqlLedger
from tests.reports.recount import Hours

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2025, 7, 1, tzinfo=ZONE)
NOW = datetime(2027, 1, 5, 9, 0, tzinfo=ZONE)
DAY = ((510, 720), (810, 1050))  # 8:30-12:00, 13:30-17:30
FREE = frozenset({date(2026, 10, n) for n in range(1, 8)} | {date(2026, 1, 1)})
WORKED = frozenset({date(2026, 10, 10)})
HOURS = Hours(ZONE, DAY, FREE, WORKED)

KINDS = ("complaint",) * 6 + ("inquiry", "rfq", "order_change", "praise", "suggestion", "duty")
GOODS = ("离心泵", "球阀", "轴承", "Bearing")
MODELS = ("CJ-50", "cj-50", "ＣＪ-50", "QF-25", "")
TROUBLE = ("漏水", "异响", "毛刺", "crack", "短少", "")
DEPARTMENTS = ("质量部", "生产部", "销售部", "")
TICK = timedelta(microseconds=1)
MONTHS = [datetime(2025 + n // 12, n % 12 + 1, 1, tzinfo=ZONE) for n in range(6, 25)]


def fill(ledger: SqlLedger, seed: int, *, cases: int = 420) -> None:
    """Enter everything figures are made of; edges of months, and moments right beside them, among it."""
    chance = random.Random(seed)
    edges = [edge + shift for edge in MONTHS for shift in (-TICK, timedelta(), TICK)]
    span = (NOW - FIRST).total_seconds()
    came = sorted(
        [FIRST + timedelta(seconds=round(chance.uniform(0, span), 6)) for _ in range(cases - len(edges))] + edges
    )
    made = _Rows(chance)
    for n, moment in enumerate(came, 1):
        if moment < NOW:
            made.case(n, moment)
    with ledger.engine.execution_options(writing=True).begin() as connection:
        for table, rows in made.in_order():
            if rows:
                names = {name for row in rows for name in row}
                connection.execute(table.insert(), [{name: row.get(name) for name in names} for row in rows])


class _Rows:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rows: dict[str, list[dict[str, object]]] = {
            name: [] for name in "cases messages journal findings corrections tasks answers promises outbox".split()
        }
        self.promised = 0

    def in_order(self) -> Iterable[tuple[sa.Table, list[dict[str, object]]]]:
        yield t.customers, [
            {"id": n, "number": f"KH-{n:05d}", "company": f"第{n}客户有限公司", "company_key": f"k{n}",
             "created_at": FIRST}
            for n in range(1, 9)
        ]  # fmt: skip
        order = {"messages": "collected_at", "cases": "opened_at"}
        for name, rows in self.rows.items():
            when = order.get(name, "at")
            if rows and when in rows[0]:
                rows.sort(key=lambda row: str(row[when].astimezone(ZoneInfo("UTC"))))  # type: ignore[attr-defined]
            if name == "messages":  # rows are numbered in the order they are entered
                self._number(rows)
            yield getattr(t, name), rows

    def _number(self, rows: list[dict[str, object]]) -> None:
        numbers = {row["id"]: place for place, row in enumerate(rows, 1)}
        for row in rows:
            row["id"] = numbers[row["id"]]
        for row in (*self.rows["journal"], *self.rows["findings"]):
            row["message_id"] = numbers.get(row["message_id"])

    def case(self, n: int, came: datetime) -> None:
        chance, pick = self.chance, self.chance.choice
        late = pick((0, 0, 0, 1, 40, 4000)) * timedelta(minutes=1)
        opened = came + late
        kind = pick(KINDS)
        self.mail(n, came, opened, n)
        self.add(
            "cases", id=n, number=f"TS-{n:05d}", customer_id=chance.randint(1, 8), kind=kind, status="open",
            severity=pick(("", "一般", "重大", "恶性")), subject=f"=第 {n} 件 <b>{{{{7*7}}}}</b>", opened_at=opened,
            changed_at=opened, intake=json.dumps({"class1": pick((["产品质量"], ["交期", "包装"], []))}),
            closed_at=None, successor_id=None,
        )  # fmt: skip
        row = self.rows["cases"][-1]
        self.event(opened, "case.opened", n, n, {"number": row["number"], "kind": kind})
        for field, values in (("product", GOODS), ("model", MODELS), ("defect_or_issue", TROUBLE)):
            for value in chance.sample(values, chance.choice((0, 1, 1, 2))):
                self.add(
                    "findings", message_id=n, case_id=n, field=field, value=value, words=value, source="new_text",
                    start=0, end=1, rule="x", confidence=pick((1.0, 0.9, 0.1)),
                )  # fmt: skip
        if chance.random() < 0.12:
            what = pick(("kind", "product", "defect_or_issue"))
            new = {"kind": pick(KINDS), "product": pick(GOODS), "defect_or_issue": pick(("漏水；异响", "毛刺", ""))}[
                what
            ]
            self.add("corrections", case_id=n, field=what, value=new, was="x", actor="a@b.example",
                     at=self.later(opened, 60))  # fmt: skip
        self.told(n, opened)
        self.decided(n, opened)
        self.ended(row, opened)
        if chance.random() < 0.03:
            row["status"] = "void"
        elif chance.random() < 0.03:
            row["successor_id"] = max(1, n - 1)

    def mail(self, key: int, came: datetime, entered: datetime, case: int | None, **more: object) -> None:
        pick = self.chance.choice
        self.add(
            "messages", id=key, mailbox="service", folder="INBOX", uidvalidity=1, uid=key, digest=f"{key:064x}",
            size=10, arrived_at=pick((came, came, None)), received_at=pick((came, came, None)),
            collected_at=entered, status=pick(("handled", "handled", "aside", "held", "waiting")), case_id=case,
            kind="complaint", history=self.chance.random() < 0.03, **more,
        )  # fmt: skip

    def told(self, n: int, opened: datetime) -> None:
        """What the customer heard: receipts of the machine, approved letters, a colleague's own mail, a call."""
        chance, pick = self.chance, self.chance.choice
        for what in chance.sample(("reply", "holding", "progress", "answer", "satisfaction"), chance.randint(0, 4)):
            at = self.later(opened, pick((0.02, 0.05, 3)))
            self.add(
                "outbox", occasion=f"{what}:x:{n}:1", case_id=n, mail_id=f"{what}{n}@x", sender="a@b.example",
                recipient="c@d.example", raw=b"x", status=(status := pick(("sent", "sent", "sent", "pending"))),
                next_attempt_at=at, created_at=at, sent_at=at if status == "sent" else None,
            )  # fmt: skip
        if chance.random() < 0.1:
            at, key = self.later(opened, 1), 100_000 + n
            self.mail(key, at, at + timedelta(minutes=5), n)
            self.event(at + timedelta(minutes=5), "answer.by_hand", n, key, {"tasks": pick(("plan", "-"))})
        if chance.random() < 0.08:
            self.answer(n, pick(("told", "delivered")), "电话告知", self.later(opened, 2))

    def decided(self, n: int, opened: datetime) -> None:
        chance, pick = self.chance, self.chance.choice
        for field, values in (
            ("severity_judged", ("一般", "重大", "恶性")), ("validity", ("有效", "有效", "一般无效", "恶意")),
            ("resp_dept", DEPARTMENTS), ("reason_code", ("Q1", "L1", "P1", "N2")),
            ("satisfied", ("满意", "基本满意", "不满意", "未能联系")), ("verify_result", ("有效", "部分有效", "无效")),
            ("amount", ("1200.00 CNY", "80.50 CNY", "300.00 USD", "17.00")),
        ):  # fmt: skip
            for _ in range(pick((0, 1, 1, 2))):
                self.answer(n, field, pick(values), self.later(opened, 45))
        for name in ("register", "close_record", "capa_do", "write_3d", "check_report", "approve_8d"):
            if name == "register" or chance.random() < 0.5:
                begun = self.later(opened, 20)
                due = pick((self.later(begun, 15), pick(MONTHS), None))
                done = pick((None, self.later(begun, 20), due))
                self.add(
                    "tasks", id=n if name == "register" else 100_000 + len(self.rows["tasks"]), case_id=n, name=name,
                    round=1, status="done" if done else pick(("open", "cancelled")),
                    role="quality", person=pick(("li@x.example", "")), opened_at=begun, due_at=due, done_at=done,
                    current=chance.random() < 0.9,
                )  # fmt: skip
        if chance.random() < 0.3:
            made = self.later(opened, 5)
            due = pick((self.later(made, 20), pick(MONTHS), None))
            self.add("promises", case_id=n, kind="date", words="月底前补发", approved_by="a@b.example", made_at=made,
                     due_at=due, kept_at=pick((None, due, self.later(made, 25))))  # fmt: skip

    def ended(self, row: dict[str, object], opened: datetime) -> None:
        n, at = int(str(row["id"])), opened
        for turn in range(self.chance.choice((0, 1, 1, 1, 2, 3))):
            if turn:
                at = self.later(at, 30)
                self.event(at, "case.reopened", n, None, {"round": turn + 1})
                row |= {"status": "open", "closed_at": None}
                if self.chance.random() < 0.3:
                    return
            at = self.later(at, 40)
            self.event(at, "case.closed", n, None, {"how": "closed", "round": turn + 1})
            row |= {"status": "closed", "closed_at": at}

    def answer(self, n: int, field: str, value: str, at: datetime) -> None:
        self.add("answers", case_id=n, task_id=n, field=field, value=value, actor="a@b.example", at=at)

    def event(self, at: datetime, event: str, case: int, message: int | None, data: dict[str, object]) -> None:
        self.add("journal", at=at, actor="mailflow", event=event, case_id=case, message_id=message,
                 data=json.dumps(data), hash="0" * 64)  # fmt: skip

    def add(self, table: str, **row: object) -> None:
        self.rows[table].append(row)

    def later(self, moment: datetime, days: float) -> datetime:
        if self.chance.random() < 0.05:  # right at the edge of a month
            edge = self.chance.choice([each for each in MONTHS if each > moment] or [moment])
            return edge - self.chance.choice((TICK, timedelta(), -TICK))
        return moment + timedelta(days=self.chance.uniform(0.0001, days))
