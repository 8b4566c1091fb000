"""The figures of a period, counted once more from the bare rows of the file, from their definitions alone.

Nothing of the program is used: rows are read by sqlite3, every case is looked at for itself, working minutes are
counted day by day.  It is slow and plain, so that it can be read against the definitions.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

TABLES = (
    "messages", "customers", "cases", "findings", "corrections", "journal", "tasks", "answers", "promises", "outbox",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Hours:
    """Working hours: (start, end) in minutes after midnight, Monday to Friday, but for exceptions."""

    zone: ZoneInfo
    day: tuple[tuple[int, int], ...]
    free: frozenset[date]
    worked: frozenset[date]

    def minutes(self, first: datetime, last: datetime) -> float:
        total = 0.0
        day = first.astimezone(self.zone).date()
        while day <= last.astimezone(self.zone).date():
            if day in self.worked or (day.weekday() < 5 and day not in self.free):
                midnight = datetime.combine(day, time(), self.zone)
                for start, end in self.day:
                    opens, closes = midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)
                    total += max(0.0, (min(closes, last) - max(opens, first)).total_seconds() / 60)
            day += timedelta(days=1)
        return total


class Recount:
    """The rows of a ledger's file."""

    def __init__(self, file: Path, hours: Hours) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.row_factory = sqlite3.Row
            self.rows: dict[str, list[Row]] = {
                name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY id")]  # noqa: S608
                for name in TABLES
            }
        self.hours = hours
        self.zone = hours.zone
        self.messages = {row["id"]: row for row in self.rows["messages"]}
        self.came: dict[int, datetime] = {}
        self.by_case: dict[str, dict[int, list[Row]]] = {}
        for name in TABLES[3:]:
            groups: dict[int, list[Row]] = {}
            for row in self.rows[name]:
                groups.setdefault(row["case_id"], []).append(row)
            self.by_case[name] = groups

    def of(self, table: str, case: Row) -> list[Row]:
        return self.by_case[table].get(case["id"], [])

    # -------------------------------------------------------------------------------------------- one case

    def opening(self, case: Row) -> Row | None:
        """The mail that opened it."""
        for row in self.of("journal", case):
            if row["event"] == "case.opened" and row["message_id"]:
                return self.messages[row["message_id"]]
        return None

    def received(self, case: Row) -> datetime:
        if (known := self.came.get(case["id"])) is None:
            known = self.came[case["id"]] = self._received(case)
        return known

    def _received(self, case: Row) -> datetime:
        mail, opened = self.opening(case), datetime.fromisoformat(case["opened_at"])
        came: datetime = (mail and (at(mail["received_at"]) or at(mail["arrived_at"]))) or opened
        return min(came, opened)

    def counts(self, case: Row, until: datetime) -> bool:
        """No duty of ours, neither void, nor gone on as another, nor imported from the past, and there at that time."""
        mail = self.opening(case)
        opened = at(case["opened_at"])
        assert opened is not None
        return (
            case["kind"] != "duty" and case["status"] != "void" and case["successor_id"] is None
            and not (mail and mail["history"]) and opened < until
        )  # fmt: skip

    def kind(self, case: Row, until: datetime) -> str:
        said = [row for row in self.of("corrections", case) if row["field"] == "kind" and at(row["at"]) < until]
        return str(said[-1]["value"] if said else case["kind"])

    def answered(self, case: Row, field: str, until: datetime) -> tuple[str, datetime | None]:
        said = [r for r in self.of("answers", case) if r["field"] == field and r["value"] and at(r["at"]) < until]
        return (said[-1]["value"], at(said[-1]["at"])) if said else ("", None)

    def events(self, case: Row, name: str, until: datetime) -> list[datetime]:
        return [at(row["at"]) for row in self.of("journal", case) if row["event"] == name and at(row["at"]) < until]

    def closed_at(self, case: Row, until: datetime) -> datetime | None:
        """Its last closing, unless it was opened again after it."""
        ends = self.events(case, "case.closed", until)
        if not ends or any(moment >= max(ends) for moment in self.events(case, "case.reopened", until)):
            return None
        return max(ends)

    def first_answer(self, case: Row, until: datetime) -> datetime | None:
        """What a person wrote or approved, when it left; what he told by word of mouth."""
        found: list[datetime] = [
            at(row["sent_at"])
            for row in self.of("outbox", case)
            if row["occasion"].split(":")[0] in ("progress", "answer") and row["status"] == "sent"
        ]
        for row in self.of("journal", case):
            if row["event"] == "answer.by_hand" and json.loads(row["data"])["tasks"] != "-":
                mail = self.messages[row["message_id"]]
                found.append(at(mail["received_at"]) or at(mail["arrived_at"]) or at(row["at"]))
        found += [at(r["at"]) for r in self.of("answers", case) if r["field"] in ("told", "delivered") and r["value"]]
        return min((moment for moment in found if moment < until), default=None)

    def facts(self, case: Row, field: str, until: datetime) -> set[str]:
        """What the case says of a field, as people corrected it."""
        said = [row for row in self.of("corrections", case) if row["field"] == field and at(row["at"]) < until]
        if said:
            values = said[-1]["value"].split("；") if said[-1]["value"] else []
        else:
            values = [r["value"] for r in self.of("findings", case) if r["field"] == field and r["confidence"] > 0.1]
        return {unicodedata.normalize("NFKC", value).strip().lower() for value in values if value.strip()}

    def repeats(self, case: Row, until: datetime) -> bool:
        """Same customer or product, and same defect, within 365 days before it."""
        mine, when = self.facts(case, "defect_or_issue", until), self.received(case)
        goods = self.facts(case, "product", until) | self.facts(case, "model", until)
        for other in self.rows["cases"]:
            earlier = self.received(other)
            if other["id"] == case["id"] or (earlier, other["id"]) >= (when, case["id"]):
                continue
            if earlier < when - timedelta(days=365) or not self.counts(other, until):
                continue
            if self.kind(other, until) != "complaint" or not mine & self.facts(other, "defect_or_issue", until):
                continue
            theirs = self.facts(other, "product", until) | self.facts(other, "model", until)
            if other["customer_id"] == case["customer_id"] or goods & theirs:
                return True
        return False

    def due(self, case: Row, until: datetime) -> datetime | None:
        """What was promised last, else until when its closing must be signed."""
        promised: list[datetime] = [
            at(r["due_at"]) for r in self.of("promises", case) if r["due_at"] and at(r["made_at"]) < until
        ]
        if promised:
            return max(promised)
        rule: list[datetime] = [
            at(row["due_at"]) for row in self.of("tasks", case)
            if row["name"] == "close_record" and row["due_at"] and row["current"] and at(row["opened_at"]) < until
            and row["status"] in ("open", "done")
        ]  # fmt: skip
        return max(rule, default=None)

    # -------------------------------------------------------------------------------------------- the figures

    def figures(self, since: datetime, until: datetime, now: datetime) -> dict[str, Any]:
        """Every figure by its key: a number, a pair (numerator, denominator), or None where there is none."""

        def within(moment: datetime | None) -> bool:
            return moment is not None and since <= moment < until

        there = [case for case in self.rows["cases"] if self.counts(case, now)]
        came = [case for case in there if within(self.received(case))]
        complaints = [case for case in there if self.kind(case, now) == "complaint"]
        mine = [case for case in complaints if within(self.received(case))]
        answered = {c["id"]: self.first_answer(c, now) for c in mine}
        minutes = [self.hours.minutes(self.received(c), m) for c in mine if (m := answered[c["id"]]) is not None]
        ended = [case for case in complaints if within(self.closed_at(case, now))]
        days = [
            (end.astimezone(self.zone).date() - self.received(case).astimezone(self.zone).date()).days
            for case in ended if (end := self.closed_at(case, now))
        ]  # fmt: skip
        due = [(case, day) for case in complaints if (day := self.due(case, now)) and within(day)]
        in_time = [case for case, day in due if any(m <= day for m in self.events(case, "case.closed", now))]
        once_closed = [case for case in complaints if any(map(within, self.events(case, "case.closed", now)))]
        again = [
            case for case in once_closed
            if any(m >= min(filter(within, self.events(case, "case.closed", now)))
                   for m in self.events(case, "case.reopened", now))
        ]  # fmt: skip
        judged = [case for case in mine if self.answered(case, "validity", now)[0]]
        verdicts = Counter(self.answered(case, "validity", now)[0] for case in judged)
        verified = [v for c in complaints if within((a := self.answered(c, "verify_result", now))[1]) and (v := a[0])]
        opinions = [v for c in complaints if within((a := self.answered(c, "satisfied", now))[1]) and (v := a[0])]
        said = [value for value in opinions if value != "未能联系"]
        called = [c for c in ended if self.answered(c, "satisfied", now)[0] in ("满意", "基本满意", "不满意")]
        costs: Counter[str] = Counter()
        for case in complaints:
            amount, moment = self.answered(case, "amount", now)
            if within(moment):
                number, _, currency = amount.partition(" ")
                costs[currency or ""] += Decimal(number)  # type: ignore[assignment]
        promised = [
            row for case in there for row in self.of("promises", case)
            if within(at(row["due_at"])) and at(row["made_at"]) < now
        ]  # fmt: skip
        kept = [row for row in promised if row["kept_at"] and at(row["kept_at"]) < now]
        kept = [row for row in kept if at(row["kept_at"]) <= at(row["due_at"])]
        steps = {
            "capa_on_time": ("capa_do",),
            "eight_d_on_time": tuple(
                "write_3d sign_3d approve_3d write_5d sign_5d approve_5d write_report sign_report check_report "
                "approve_report write_8d sign_8d check_8d approve_8d".split()
            ),
        }
        on_time: dict[str, Any] = {}
        for key, names in steps.items():
            owed = [
                row for case in complaints for row in self.of("tasks", case)
                if row["name"] in names and within(at(row["due_at"])) and row["status"] in ("open", "done")
                and row["current"] and at(row["opened_at"]) < now
            ]  # fmt: skip
            done = [row for row in owed if row["done_at"] and at(row["done_at"]) < now]
            done = [row for row in done if at(row["done_at"]) <= at(row["due_at"])]
            on_time[key] = (len(done), len(owed))
        open_now = [case for case in complaints if self.closed_at(case, now) is None]
        mails = [row for row in self.rows["messages"] if within(at(row["collected_at"])) and not row["history"]]
        mails = [row for row in mails if at(row["collected_at"]) < now]
        ordered = sorted(minutes)
        return {
            "received": len(mine),
            "valid": verdicts["有效"],
            "invalid": verdicts["一般无效"],
            "malicious": verdicts["恶意"],
            "not_judged": len(mine) - len(judged),
            "grave": sum((self.answered(c, "severity_judged", now)[0] or c["severity"]) == "恶性" for c in mine),
            "all_cases": len(came),
            "by_kind": Counter(self.kind(case, now) for case in came),
            "praise": sum(self.kind(case, now) == "praise" for case in came),
            "suggestions": sum(self.kind(case, now) == "suggestion" for case in came),
            "complaint_rate": (len(mine), len(came)),
            "first_response_median": median(minutes) if minutes else None,
            "first_response_mean": mean(minutes) if minutes else None,
            "first_response_p90": ordered[-(-9 * len(ordered) // 10) - 1] if minutes else None,
            "not_answered": sum(moment is None for moment in answered.values()),
            "within_30": (sum(value <= 30 for value in minutes), len(mine)),
            "closed": len(ended),
            "closure_median": median(days) if days else None,
            "closure_mean": mean(days) if days else None,
            "on_time_closure": (len(in_time), len(due)),
            "closing_rate": (sum(self.closed_at(case, now) is not None for case in mine), len(mine)),
            "reopen_rate": (len(again), len(once_closed)),
            "recurrence_rate": (sum(self.repeats(case, now) for case in mine), len(mine)),
            "valid_share": (verdicts["有效"], len(judged)),
            "capa_effectiveness": (verified.count("有效"), len(verified)),
            "follow_up_rate": (len(called), len(ended)),
            "satisfaction": (sum(value in ("满意", "基本满意") for value in said), len(said)),
            "cost": costs.get("CNY", 0),
            "promises_kept": (len(kept), len(promised)),
            **on_time,
            "open_now": len(open_now),
            "mails": Counter(row["status"] for row in mails),
        }


def at(text: str | None) -> Any:
    """A moment of the ledger; None for none."""
    return None if text is None else datetime.fromisoformat(text)
