"""What a process does that shares a ledger with others: it takes numbers, claims mails, and now and then gives up."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

from mailflow.adapters.sql.opening import open_ledger
from mailflow.domain.model import OutgoingMail, Status
from mailflow.domain.ports import Ending, MailFacts
from mailflow.settings.config import LedgerSection

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ROUNDS = 60


class GivesUp(Exception):
    """The transaction is to be rolled back."""


def busy(settings: LedgerSection, folder: Path, name: str) -> tuple[list[int], list[int], int, int]:
    """Work beside others; returns the numbers taken, the mails claimed, the mails queued and the duties done."""
    ledger, chance = open_ledger(settings, folder), random.Random(name)
    numbers: list[int] = []
    claimed: list[int] = []
    queued = duties = 0
    try:
        for turn in range(ROUNDS):
            stored = []
            with ledger.begin(durable=False) as work:
                stored = work.waiting(3, NOW)  # others see the same ones
            try:
                with ledger.begin(durable=turn % 2 == 0) as work:
                    number = work.next_number("case") if turn % 3 else None
                    ends = [
                        item.id
                        for item in stored
                        if work.finish(item, Ending(Status.HANDLED, detail=name), MailFacts(), NOW)
                    ]
                    mail = OutgoingMail("us@x.example", ("a@b.example",), f"{name}.{turn}@x.example", b"mail")
                    added = work.queue(f"occasion:{turn}", mail, case=None, message=None, now=NOW) is not None
                    first = work.duty_done("daily", NOW.replace(minute=turn), NOW)
                    work.journal("case.opened", NOW, case=number, by=name)
                    if chance.random() < 0.3:
                        raise GivesUp
            except GivesUp:
                continue
            numbers += [] if number is None else [number]
            claimed += ends
            queued += added
            duties += first
    finally:
        ledger.close()
    return numbers, claimed, queued, duties
