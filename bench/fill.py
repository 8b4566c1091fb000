"""A storage that has been at work for years: ``python -m bench.fill HOME --cases 10000 [--seed 1] [--open 0.1]``.

Every later measurement of growth begins with one.  Each case comes of a mail of its own and is made by the flow itself
(:func:`mailflow.flow.settle`: customer, case, findings, Word record, tasks, reply, journal), so it is what the
program makes today, whatever columns and checks it has, and ``verify`` finds nothing wrong.  Three things are done in
bulk: mails are read once for each wording and not once for each mail, a transaction holds hundreds of them, and nobody
but us sends or closes.  The same arguments give the same ledger, vault and archive.

All but a share of the cases are closed, the newest stay open; every reply is noted as sent.  ``HOME`` must be new.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from bench import world
from bench.mails import FAMILY, GIVEN, GOODS, TROUBLE, WANTED, ZONE
from mailflow import app as composition
from mailflow.app import App
from mailflow.casework import engine
from mailflow.casework.step import Turn
from mailflow.domain.model import Details, Finding, Message, Place
from mailflow.domain.ports import Work
from mailflow.domain.tasks import CaseStatus
from mailflow.flow import Reading, settle
from mailflow.settings import config
from mailflow.stages.decode import decode

BEGIN = datetime(2024, 1, 2, 1, tzinfo=UTC)  # nine o'clock in Shanghai
YEARS = timedelta(days=700)
GROUP = 250  # mails in one transaction
ORDER = "DD{:012d}"


Wording = tuple[str, str, str]
Readings = dict[Wording, tuple[dict[str, str], Details]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: ``open_share`` of the cases stay open, the newest; each customer has ``cases_each`` on average."""

    cases: int
    seed: int = 1
    open_share: float = 0.1
    cases_each: int = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """One customer's mail: the wording (what is read once), and what is its own."""

    wording: Wording
    order: str
    at: datetime
    raw: bytes


def letters(plan: Plan) -> Iterator[Letter]:
    """The mails, in order."""
    chance = random.Random(plan.seed)
    customers = max(1, plan.cases // plan.cases_each)
    for number in range(plan.cases):
        who, at = chance.randrange(customers), BEGIN + YEARS * number / plan.cases
        complains = chance.random() < 0.6
        trouble, wanted = (chance.choice(TROUBLE), chance.choice(WANTED)) if complains else ("", "")
        wording, order = (chance.choice(GOODS), trouble, wanted), ORDER.format(number)
        yield Letter(wording, order, at, _mail(wording, order, at, number, who))


def fill(app: App, plan: Plan) -> int:
    """Make the cases in an empty ledger and bring the archive up to date; returns how many there are."""
    readings: Readings = {}
    group: list[Letter] = []
    done = 0
    stays_open = plan.cases - round(plan.cases * plan.open_share)
    with same_names(plan.seed):
        for letter in letters(plan):
            group.append(letter)
            if len(group) == GROUP:
                done += _enter(app, group, done, stays_open, readings)
                group = []
        done += _enter(app, group, done, stays_open, readings)
    app.bring_archive_up_to_date()
    app.ledger.upkeep()
    return done


def new_home(folder: Path, *, staff: bool = True) -> config.Config:
    """A home to fill, with the servers' ports left open; its secret is always the same."""
    settings = config.load(world.make_home(folder, 1, 1, staff=staff))
    if (settings.storage / "ledger.db").exists():
        raise SystemExit(f"{settings.storage} is not empty")
    settings.storage.mkdir(parents=True, exist_ok=True)
    (settings.storage / "secret.key").write_bytes(b"0" * 64)
    (settings.storage / "secret.key").chmod(0o600)
    return settings


# ------------------------------------------------------------------------------------------------------------ parts


def _mail(wording: Wording, order: str, at: datetime, number: int, who: int) -> bytes:
    goods, trouble, wanted = wording
    said = f"您好！我司在贵司购买的{goods}，订单号：{order}。到货后发现{trouble}，数量3件。{wanted}。"
    if not trouble:
        said = f"您好！请问{goods}的技术参数和交期？参照订单号：{order}。"
    name = FAMILY[who % len(FAMILY)] + GIVEN[who % len(GIVEN)]
    mail = EmailMessage()
    stamp = format_datetime(at.astimezone(ZONE))
    mail["Received"] = f"from mx.works.example by mx.bench.example with ESMTP for <{world.USER}>; {stamp}"
    mail["From"] = f"{name} <c{who}@works{who}.example>"
    mail["To"] = world.USER
    mail["Subject"] = f"投诉：{goods}{trouble}，订单{order}" if trouble else f"咨询：{goods}，订单{order}"
    mail["Date"] = stamp
    mail["Message-ID"] = f"<fill.{number}@works.example>"
    mail.set_content(f"{said}\n\n联系人：{name}\n", charset="utf-8", cte="base64")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _enter(app: App, group: list[Letter], before: int, stays_open: int, readings: Readings) -> int:
    """One transaction: the mails are collected, handled and answered, and their cases closed."""
    if not group:
        return 0
    digests = app.vault.put([letter.raw for letter in group])
    blobs: list[bytes] = []
    with app.ledger.begin() as work:
        for number, (letter, digest) in enumerate(zip(group, digests, strict=True), before + 1):
            place = Place("service", "INBOX", 1, number)
            work.add_message(place, digest, len(letter.raw), arrived_at=letter.at, now=letter.at)
        for number, letter in enumerate(group, before + 1):
            (stored,) = work.waiting(1, letter.at)
            message = decode(letter.raw, letter.at)
            details = _details(app, letter, message, readings)
            outcome = settle(stored, Reading(message, details=details), app.services, work, letter.at)
            if outcome.case is None or not outcome.case.is_new:
                raise SystemExit(f"mail {number} opened no case of its own: {outcome}")
            blobs += outcome.blobs
            _end(app, work, outcome.case.id, letter.at + timedelta(hours=2), close=number <= stays_open)
        if blobs:
            app.vault.put(blobs)
    return len(group)


def _details(app: App, letter: Letter, message: Message, readings: Readings) -> Details:
    """What is read of a mail: of each wording once, for the others with their own order number and contact."""
    own = {"order": letter.order, "name": message.sender.name if message.sender else ""}
    if letter.wording not in readings:
        readings[letter.wording] = (own, app.services.reader.read(message, letter.at))
    read, details = readings[letter.wording]
    return with_own(details, read, own)


def with_own(details: Details, read: dict[str, str], own: dict[str, str]) -> Details:
    """What was read of one mail of a wording as it stands in another: with its own order number and name."""
    return replace(details, findings=tuple(_own(item, read, own) for item in details.findings))


def _own(item: Finding, read: dict[str, str], own: dict[str, str]) -> Finding:
    """The finding with this mail's order number and name; all of them are equally long, so that places stay."""
    value, words = item.value, item.words
    for what, here in own.items():
        value, words = value.replace(read[what], here), words.replace(read[what], here)
    return replace(item, value=value, words=words)


def _end(app: App, work: Work, case: int, at: datetime, *, close: bool) -> None:
    """Everything queued was sent and everybody asked; the case is closed, unless it is one of the newest."""
    turn = Turn(app.services.desk, work, at)
    for task in work.tasks(case):
        work.asked(task.id, at)
    step = turn.load(work.case(case))
    if close and step is not None:
        engine.close(step, CaseStatus.CLOSED)
    while due := work.due_mail(500, at):
        work.sent([item.id for item in due], at)
        for item in due:
            turn.journal("reply.sent", message=item.message, case=item.case_id, outbox=item.id, refused=0)


@contextlib.contextmanager
def same_names(seed: int) -> Iterator[None]:
    """Message-IDs of ours that are the same each time."""
    chance, real = random.Random(f"names {seed}"), uuid.uuid4
    setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128), version=4))  # noqa: B010
    try:
        yield
    finally:
        setattr(uuid, "uuid4", real)  # noqa: B010


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path, help="a new folder")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--open", dest="open_share", type=float, default=0.1, help="the share of cases that stay open")
    parser.add_argument("--no-verify", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    with composition.open_app(new_home(options.home)) as app:
        cases = fill(app, Plan(options.cases, options.seed, options.open_share))
        took = {"cases": cases, "seconds": round(time.monotonic() - began, 1)}
        wrong = [] if options.no_verify else [str(item) for item in app.verify() if item.severity == "error"]
    took["verify_seconds"] = round(time.monotonic() - began - took["seconds"], 1)
    print(json.dumps({**took, "peak_mb": round(world.peak_mb()), "wrong": wrong[:20]}, ensure_ascii=False))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
