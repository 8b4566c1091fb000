"""A year of an office, its reports counted again: ``python -m bench.year [--mails 3000] [--seed 1]``.

300 customers write 3,000 mails over 2026: complaints, questions, orders, praise, suggestions, copies of mails,
machines' answers.  Cases are made and moved by the flow itself (settle, tasks completed, letters queued and sent,
closed, opened again, void, put right); only what is read is read once for each wording.  Then the report of every
month, every quarter and the year is made, and each figure of it, of the period before and of the year before is
compared with a recount from the bare rows that uses nothing of the program (``tests/reports/recount.py``); praise and
suggestions of each month are compared with what this bench sent, too.  Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import heapq
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench import fill, world
from bench.mails import FAMILY, GIVEN, GOODS, TROUBLE, WANTED
from mailflow import app as composition
from mailflow.app import App
from mailflow.backoffice import make_reporting
from mailflow.casework import engine
from mailflow.casework.corrections import correct
from mailflow.casework.step import Step, Turn
from mailflow.domain.model import Details, Message, Place
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseStatus, NewTask, TaskStatus
from mailflow.flow import Reading, settle, understand
from mailflow.reports.figures import Figure
from mailflow.reports.page import Reader
from mailflow.reports.span import before, span, year_before
from mailflow.stages.decode import decode
from tests.reports.recount import Hours, Recount

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, NOW = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2027, 1, 6, 9, tzinfo=ZONE)
CUSTOMERS = 300
KINDS = {"complaint": 52, "inquiry": 14, "rfq": 6, "order": 5, "praise": 6, "suggestion": 5, "machine": 7, "copy": 5}
WORDS = {
    "inquiry": "请问{goods}的技术参数和使用温度？参照订单号：{order}。",
    "rfq": "请报价：{goods}200台，要求下月20日前交货，请提供单价和交期。参考订单号：{order}。",
    "order": "现订购{goods}50台，订单号：{order}，请确认交期。",
    "praise": "感谢贵司服务人员冒雨到现场处理{goods}，特此表扬！订单号：{order}。",
    "suggestion": "我有一个建议：希望{goods}的说明书里写明安装扭矩，供参考。订单号：{order}。",
}
SUBJECTS = {
    "inquiry": "咨询：{goods}",
    "rfq": "询价：{goods}",
    "order": "采购订单：{goods}",
    "praise": "表扬信",
    "suggestion": "建议",
}
DEPARTMENTS = ("质量部", "生产部", "销售部", "技术部")


def _days(*parts: tuple[int, int, int]) -> frozenset[date]:
    return frozenset(date(2026, month, day) for month, first, last in parts for day in range(first, last + 1))


FREE = _days((1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)) | {
    date(2027, 1, n) for n in (1, 2, 3)
}
WORKED = _days((1, 4, 4), (2, 14, 14), (2, 28, 28), (5, 9, 9), (9, 20, 20), (10, 10, 10))
HOURS = Hours(ZONE, ((510, 720), (810, 1050)), FREE, WORKED)
"""The public holidays and make-up days of 2026 as the State Council announced them, written here by hand."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to come: what kind it is meant to be, and its wording (what is read once)."""

    at: datetime
    kind: str
    wording: str
    order: str
    raw: bytes


@dataclass
class Year:
    """The office at work: what is to happen, by its moment, and what is known to have come (the truth)."""

    app: App
    chance: random.Random
    todo: list[tuple[datetime, int, Callable[[Work, datetime], None]]] = field(default_factory=list)
    readings: dict[str, tuple[dict[str, str], Details]] = field(default_factory=dict)
    came: Counter[tuple[str, str]] = field(default_factory=Counter)
    count: int = 0

    def later(self, at: datetime, what: Callable[[Work, datetime], None]) -> None:
        """Something will happen at this moment."""
        self.count += 1
        heapq.heappush(self.todo, (at, self.count, what))

    def run(self) -> None:
        """Everything that happens until :data:`NOW`, a transaction for each day."""
        while self.todo and self.todo[0][0] < NOW:
            day = self.todo[0][0].astimezone(ZONE).date()
            with self.app.ledger.begin() as work:
                while self.todo and self.todo[0][0] < NOW and self.todo[0][0].astimezone(ZONE).date() == day:
                    at, _, what = heapq.heappop(self.todo)
                    what(work, at.astimezone(UTC))

    # ---------------------------------------------------------------------------------------------- what happens

    def arrive(self, mail: Mail, uid: int) -> Callable[[Work, datetime], None]:
        """A mail comes and is handled."""

        def happen(work: Work, at: datetime) -> None:
            (digest,) = self.app.vault.put([mail.raw])
            place = Place("service", "INBOX", 1, uid)
            work.add_message(place, digest, len(mail.raw), arrived_at=at, now=at)
            (stored,) = work.waiting(1, at)
            if mail.kind in WORDS or mail.kind == "complaint":
                message = decode(mail.raw, at)
                reading = Reading(message, details=self.details(mail, message))
            else:
                reading = understand(stored, self.app.services, at)
            outcome = settle(stored, reading, self.app.services, work, at)
            if outcome.blobs:
                self.app.vault.put(list(outcome.blobs))
            month = f"{mail.at.astimezone(ZONE):%Y-%m}"
            self.came[month, "mails"] += 1
            if outcome.case is not None and outcome.case.is_new:
                self.came[month, mail.kind] += 1
                self.plan(mail.kind, outcome.case.id, at)

        return happen

    def details(self, mail: Mail, message: Message) -> Details:
        """What is read of a mail: of each wording once, for the others with their own order number and name."""
        own = {"order": mail.order, "name": message.sender.name if message.sender else ""}
        if mail.wording not in self.readings:
            self.readings[mail.wording] = own, self.app.services.reader.read(message, mail.at)
        read, details = self.readings[mail.wording]
        if details.kind.value != mail.kind:
            raise SystemExit(f"{mail.wording} was read as {details.kind.value}, and is {mail.kind}")
        return fill.with_own(details, read, own)

    def hours(self, most: float) -> timedelta:
        """So many hours on average, mostly fewer."""
        return timedelta(hours=self.chance.expovariate(1 / most))

    def plan(self, kind: str, case: int, at: datetime) -> None:
        """What becomes of a new case."""
        chance, hours = self.chance, self.hours
        if kind != "complaint":
            if chance.random() < 0.9:
                self.later(at + hours(60), self.moved(case, lambda step: engine.close(step, CaseStatus.CLOSED)))
            return
        if chance.random() < 0.02:
            self.later(at + hours(20), self.moved(case, lambda step: engine.void(step, "误立", by="a", agreed="b")))
            return
        if chance.random() < 0.93:
            answered = at + chance.choice((timedelta(minutes=chance.uniform(2, 28)), hours(1), hours(9)))
            self.later(answered, self.moved(case, self.answer))
            self.later(answered + timedelta(minutes=3), self.sent)
        self.later(at + hours(50), self.moved(case, self.judge))
        if chance.random() < 0.03:
            self.later(at + hours(30), self.corrected(case))
        if chance.random() < 0.85:
            end = at + timedelta(days=chance.uniform(1, 45))
            self.later(end, self.moved(case, self.finish))
            if chance.random() < 0.05:
                self.later(end + timedelta(days=chance.uniform(1, 20)), self.moved(case, self.reopen))
                self.later(end + timedelta(days=chance.uniform(21, 40)), self.moved(case, self.finish))

    def moved(self, case: int, what: Callable[[Step], object]) -> Callable[[Work, datetime], None]:
        """Something is done to a case."""

        def happen(work: Work, at: datetime) -> None:
            found = work.case(case)
            step = Turn(self.app.services.desk, work, at).load(found)
            if step is not None and (step.file.state.status is CaseStatus.OPEN or what == self.reopen):
                blobs = what(step)
                if isinstance(blobs, list) and blobs:
                    self.app.vault.put(blobs)

        return happen

    def answer(self, step: Step) -> engine.Blobs:
        """Somebody proposes what is done; mailflow tells the customer."""
        task = step.file.tasks.get("plan")
        if task is None or task.status is not TaskStatus.OPEN:
            return []
        until = (step.now + timedelta(days=self.chance.randint(2, 12))).astimezone(ZONE)
        promise = f"，{until.month}月{until.day}日前发出" if self.chance.random() < 0.4 else ""
        values = {"plan": f"同批库存已封存，为贵司换货{promise}。", "plan_approved": "同意"}
        return engine.complete(step, task, outcome="done", by="bai@bench.example", values=values) or []

    def sent(self, work: Work, at: datetime) -> None:
        """Everything that waits leaves."""
        while due := work.due_mail(500, at):
            work.sent([item.id for item in due], at)

    def judge(self, step: Step) -> None:
        """The complaint is judged; some get a corrective action with a day, an amount."""
        chance, task = self.chance, next(iter(step.file.tasks.values()))
        values = {
            "validity": chance.choice(("有效",) * 7 + ("一般无效",) * 2 + ("恶意",)), "reason_code": "Q1",
            "resp_dept": chance.choice(DEPARTMENTS), "severity_judged": chance.choice(("一般",) * 8 + ("重大", "恶性")),
        }  # fmt: skip
        if chance.random() < 0.2:
            values["amount"] = (
                f"{chance.randint(100, 90000)}.{chance.randint(0, 99):02d} {chance.choice(('CNY', 'CNY', 'USD'))}"
            )
        engine.answer(step, task, values, by="han@bench.example")
        for name in ("capa_do", "write_8d") if chance.random() < 0.3 else ():
            due = step.now + timedelta(days=chance.randint(3, 20))
            row = step.work.add_task(NewTask(step.case_id, name, 1, TaskStatus.OPEN, due_at=due), step.now)
            if chance.random() < 0.8:
                self.later(step.now + timedelta(days=chance.uniform(1, 25)), self.done(row))

    def done(self, row: int) -> Callable[[Work, datetime], None]:
        """A step is done."""

        def happen(work: Work, at: datetime) -> None:
            work.finish_task(row, TaskStatus.DONE, outcome="done", by="qin@bench.example", now=at)

        return happen

    def finish(self, step: Step) -> None:
        """The customer is heard, the effect verified, the case closed."""
        chance, task = self.chance, next(iter(step.file.tasks.values()))
        values = {"satisfied": chance.choice(("满意",) * 5 + ("基本满意",) * 2 + ("不满意", "未能联系"))}
        if chance.random() < 0.3:
            values["verify_result"] = chance.choice(("有效", "有效", "部分有效", "无效"))
        engine.answer(step, task, values, by="han@bench.example")
        for promise in step.work.promises():
            if promise.case_id == step.case_id and chance.random() < 0.8:
                step.work.keep_promise(promise.id, step.now)
        engine.close(step, CaseStatus.CLOSED)

    def reopen(self, step: Step) -> engine.Blobs:
        """The customer is not satisfied after all."""
        if step.file.state.status is CaseStatus.OPEN:
            return []
        return engine.again(step, "plan", reason="unsatisfied", by="mailflow", next_round=True)

    def corrected(self, case: int) -> Callable[[Work, datetime], None]:
        """A person puts the kind right."""

        def happen(work: Work, at: datetime) -> None:
            opening = self.app.services.desk.opening
            assert opening is not None
            changes, prefixes = {"kind": ("inquiry",)}, opening.prefixes
            correct(work.case(case), changes, actor="han@bench.example", prefixes=prefixes, work=work, now=at)

        return happen


def mails(count: int, seed: int) -> list[Mail]:
    """The mails of the year in the order they come; few customers write often, and at night and on holidays, too."""
    chance = random.Random(f"mails {seed}")
    span_ = (datetime(2027, 1, 1, tzinfo=ZONE) - FIRST).total_seconds()
    moments = sorted(FIRST + timedelta(seconds=round(chance.uniform(0, span_))) for _ in range(count))
    found: list[Mail] = []
    for number, at in enumerate(moments):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        who = (
            min(int(chance.paretovariate(0.7)), CUSTOMERS) - 1 if chance.random() < 0.5 else chance.randrange(CUSTOMERS)
        )
        if kind == "copy" and found:
            found.append(Mail(at, kind, "", "", chance.choice(found).raw))
            continue
        kind = "complaint" if kind == "copy" else kind
        found.append(_mail(chance, kind, number, at, who))
    return found


def main() -> int:
    """Make the year, make its reports, compare; prints what was seen."""
    parser = argparse.ArgumentParser(prog="bench.year", description=__doc__)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailflow-year-") as name, fill.same_names(given.seed):
        settings = fill.new_home(Path(name))
        began = time.monotonic()
        with composition.open_app(settings) as app:
            year = Year(app, random.Random(f"year {given.seed}"))
            for uid, mail in enumerate(mails(given.mails, given.seed), 1):
                year.later(mail.at, year.arrive(mail, uid))
            year.run()
            made = time.monotonic() - began
            wrong, compared = _compare(app, year, settings.storage / "ledger.db")
            broken = [str(item) for item in app.verify() if item.severity == "error"]
    kinds = Counter(kind for (_, kind), count in year.came.items() for _ in range(count))
    del kinds["mails"]
    print(f"{given.mails} mails of {CUSTOMERS} customers, {made:.0f} s; cases {dict(kinds)}")
    print(f"{compared} figures compared, {len(wrong)} differ; {len(broken)} errors of verify")
    for words in [*wrong[:40], *broken[:10]]:
        print(words)
    return 1 if wrong or broken else 0


# ------------------------------------------------------------------------------------------------------------ parts


def _compare(app: App, year: Year, ledger: Path) -> tuple[list[str], int]:
    """Every figure of every period, and what came by what was sent; what differs, and how many were compared."""
    made = make_reporting(app.parts.office, app.services.desk, app.config, app.reports)
    recount, wrong, compared = Recount(ledger, HOURS), [], 0
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    for period in (*months, *(f"2026-Q{n}" for n in range(1, 5)), "2026"):
        report = made.maker.make(period, Reader(), "zh", NOW)
        asked = span(period, ZONE, NOW)
        others = {"then": (before(asked, ZONE), report.then), "last year": (year_before(asked, ZONE), report.last_year)}
        for name, (of, figures) in {"": (asked, report.figures), **others}.items():
            if of is None or not figures:
                continue
            counted = recount.figures(of.since, of.until, of.as_of)
            for key, figure in figures.items():
                if key in counted and not (name and key in ("open_now",)):
                    compared += 1
                    if not _same(figure, counted[key]):
                        wrong.append(f"{period} {name} {key}: {figure.value} {figure.numerator} != {counted[key]}")
        if period in months:
            for kind, key in (("praise", "praise"), ("suggestion", "suggestions")):
                compared += 1
                if report.figures[key].value != year.came[period, kind]:
                    wrong.append(f"{period} {key}: {report.figures[key].value} != sent {year.came[period, kind]}")
    return wrong, compared


def _same(one: Figure, counted: Any) -> bool:
    if isinstance(counted, tuple):
        part, whole = counted
        return (one.numerator, one.denominator) == (part, whole)
    if counted is None:
        return one.value is None and one.why != ""
    return one.value is not None and abs(one.value - Decimal(str(round(counted, 4)))) <= Decimal("0.0001")


def _mail(chance: random.Random, kind: str, number: int, at: datetime, who: int) -> Mail:
    order, goods = fill.ORDER.format(number), chance.choice(GOODS)
    wording, subject, said = kind, "", ""
    extra: dict[str, str] = {}
    if kind == "complaint":
        trouble = chance.choice(TROUBLE)
        wanted = WANTED[TROUBLE.index(trouble) % len(WANTED)]  # few wordings: each is read once
        wording = f"{kind} {goods} {trouble} {wanted}"
        subject = f"投诉：{goods}{trouble}，订单{order}"
        said = f"您好！我司在贵司购买的{goods}，订单号：{order}。到货后发现{trouble}，数量3件。{wanted}。"
    elif kind == "machine":
        subject, said = chance.choice(
            (("自动回复：外出", "我正在休假，回来后回复您。"), ("本周特惠", "全场五折。退订请点击链接。"))
        )
        extra = (
            {"Auto-Submitted": "auto-replied"} if "休假" in said else {"List-Unsubscribe": "<https://shop.example/u>"}
        )
    else:
        wording = f"{kind} {goods}"
        subject = SUBJECTS[kind].format(goods=goods)
        said = WORDS[kind].format(goods=goods, order=order)
    name = FAMILY[who % len(FAMILY)] + GIVEN[who % len(GIVEN)]
    mail = EmailMessage()
    stamp = format_datetime(at)
    mail["Received"] = f"from mx.works.example by mx.bench.example with ESMTP for <{world.USER}>; {stamp}"
    mail["From"] = f"{name} <c{who}@works{who}.example>"
    mail["To"] = world.USER
    mail["Subject"], mail["Date"] = subject, stamp
    mail["Message-ID"] = f"<year.{number}@works.example>"
    for title, value in extra.items():
        mail[title] = value
    mail.set_content(f"{said}\n\n联系人：{name}\n", charset="utf-8", cte="base64")
    return Mail(at, kind, wording, order, mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


if __name__ == "__main__":
    sys.exit(main())
