"""What an office lives through, one function each: ``python -m bench.chaos --scenario NAME [--mails N] [--kills N]``.

The real ``mailflow`` works as a process of its own on a real Dovecot and an SMTP sink, is killed with SIGKILL on its
way ``kills`` times, and then left to finish.  Mails get the time the server received them (INTERNALDATE) when they
are put into the mailbox, so days pass without waiting.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.place import Place, Story
from bench.players import Victims
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Poison

LATE = "没有及时得到答复"
ROUNDS = 96  # quarters of an hour in a day
QUARTER = timedelta(minutes=15)
BAD = 3  # the UID of the mail over which the server ends the connection


def first_start(place: Place, mails: int, kills: int) -> Story:
    """The program begins on a mailbox full of old mail: nobody of it hears from us, and new mail is answered."""
    story, now = Story(), datetime.now(UTC)
    for number in range(mails):
        place.put(number, now - timedelta(hours=1) - timedelta(days=700) * number / mails)
    place.killed(kills, "--once")
    place.run("run", "--once")
    for number in range(mails, mails + 3):
        place.put(number, datetime.now(UTC) + timedelta(seconds=1))
    place.killed(kills, "--once")
    story.must("exit code", place.run("run", "--once"), 0)
    story.must("answers", len(place.answers()), 3)
    story.must("answers to old mail", sum(int(to.partition("@")[0][2:]) < mails for to, _ in place.answers()), 0)
    story.must("handled", place.count("SELECT count(*) FROM messages WHERE status = 'handled'"), 3)
    story.must("counted as old", place.count("SELECT old FROM folders"), mails)
    story.must("verify", place.run("verify"), 0)
    return story


def mailbox_away(place: Place, mails: int, kills: int, *, days: int = 9) -> Story:
    """The mailbox is out of reach for days: then every mail of that time is answered, late ones with a word of it."""
    story, now = Story(), datetime.now(UTC)
    place.run("run", "--once", "--since", (now - timedelta(days=days + 1)).isoformat())
    place.gate.closed = True
    story.must("exit code while away", place.run("run", "--once"), 3)
    moments = [now - timedelta(days=days) * (number + 0.5) / mails for number in range(mails)]
    for number, at in enumerate(moments):
        place.put(number, at)
    place.gate.closed = False
    place.killed(kills, "--once")
    story.must("exit code", place.run("run", "--once"), 0)
    answers = place.answers()
    story.must("answers", len(answers), mails)
    story.must("answered customers", len({to for to, _ in answers}), mails)
    wanted = sum(at < now - timedelta(days=1) for at in moments)
    late = sum(LATE in " ".join(text.split()) for _, text in answers)
    story.figures["said to be late"] = late
    if not wanted <= late <= wanted + 1:  # one may have become late meanwhile
        story.violations.append(f"said to be late: {late} instead of {wanted}")
    return story


UNANSWERED = 3  # mails that came just before the storage was lost


def older_backup(place: Place, mails: int, kills: int) -> Story:
    """The storage is lost and an older backup restored: nothing since is lost, given a number again, or sent again.

    Handled mails had been moved away meanwhile, and a copy of each answer lies in the folder of sent mail.
    """
    story, half = Story(), mails // 2
    place.keeps_copies_and_moves()
    begin = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    for number in range(half):
        place.put(number, datetime.now(UTC) - timedelta(minutes=30))
    place.run("run", "--once", "--since", begin)
    backup = place.config.parent / "backup.tar"
    story.must("backup", place.run("backup", str(backup)), 0)
    for number in range(half, mails):
        place.put(number, datetime.now(UTC))
    place.run("run", "--once")
    before = set(place.ask("SELECT number FROM cases UNION SELECT number FROM records"))
    kept = set(place.ask("SELECT number FROM cases WHERE id <= " + str(half)))
    sent = len(place.answers())
    story.must("answers before", sent, mails)
    for number in range(mails, mails + UNANSWERED):
        place.put(number, datetime.now(UTC))
    shutil.rmtree(place.storage)
    story.must("restore", place.run("restore", str(backup)), 0)
    time.sleep(1.1)
    place.killed(kills, "--once")
    story.must("exit code", place.run("run", "--once"), 0)
    handled = "SELECT count(*) FROM messages WHERE status = 'handled'"
    story.must("mails filed", place.count(handled), mails + UNANSWERED)
    story.must("sent again", len(place.answers()) - sent, 0)
    new = set(place.ask(f"SELECT number FROM cases WHERE id > {half}"))
    story.must("numbers given again", len(new & (before - kept)), 0)
    found = place.count("SELECT count(*) FROM deliveries WHERE result = 'found'")
    story.must("found in the folder of sent mail", found, mails - half)
    story.must("waiting for a person", place.count("SELECT count(*) FROM outbox WHERE status = 'parked'"), UNANSWERED)
    story.must("released", place.run("outbox", "release", "--all", "--by", "bench"), 0)
    place.put(mails + UNANSWERED, datetime.now(UTC) + timedelta(seconds=2))
    place.run("run", "--once")
    answers = place.answers()
    story.must("answers in the end", len(answers), mails + UNANSWERED + 1)
    story.must("answered customers", len({to for to, _ in answers}), mails + UNANSWERED + 1)
    story.must("verify", place.run("verify"), 0)
    return story


def other_ledger(place: Place, mails: int, kills: int) -> Story:
    """The ledger is replaced by an older one, and removed while the program works: noticed, and nothing sent."""
    story = Story()
    place.run("run", "--once", "--since", "all")
    old = place.storage.parent / "old.db"
    with closing(sqlite3.connect(place.storage / "ledger.db")) as source, closing(sqlite3.connect(old)) as sink:
        source.backup(sink)
    for number in range(mails):
        place.put(number, datetime.now(UTC))
    place.killed(kills, "--once")
    story.must("healthy after kills", place.run("run", "--once"), 0)
    story.must("answers", len(place.answers()), mails)
    newest = place.storage.parent / "newest.db"
    shutil.copy(place.storage / "ledger.db", newest)
    for path in place.storage.glob("ledger.db*"):
        path.unlink()
    shutil.copy(old, place.storage / "ledger.db")
    story.must("exit code with an older ledger", place.run("run", "--once"), 4)
    (place.storage / "ledger.db").unlink()
    story.must("exit code without a ledger", place.run("run", "--once"), 4)
    story.must("a ledger was made", (place.storage / "ledger.db").exists(), False)
    shutil.copy(newest, place.storage / "ledger.db")
    began = datetime.now(UTC).isoformat()
    process = place.command("run")
    while not _reported(place.storage, began):
        time.sleep(0.1)
    for path in place.storage.glob("ledger.db*"):
        path.unlink()
    story.must("exit code, removed meanwhile", process.wait(30), 4)
    story.must("health says so", "ledger" in _health(place.storage)["troubles"], True)
    story.must("answers in the end", len(place.answers()), mails)
    return story


def day_by_cron(place: Place, mails: int, kills: int, *, rounds: int = ROUNDS) -> Story:
    """``run --once`` each quarter of an hour; the server ends the connection over the third mail, all day long."""
    day = _Day(place, mails, rounds)
    killed = set(place.chance.sample(range(rounds), min(kills, rounds)))
    with day.workers(by_cron=True) as victims:
        for number in range(rounds):
            at = day.origin + number * QUARTER
            victims.freeze(at)
            day.mail_of(number, at)
            pid = victims.start("once", place.config)
            if number in killed:
                time.sleep(place.chance.uniform(0.0, 0.5))
                os.kill(pid, signal.SIGKILL)
            if victims.reap() not in ((0, -signal.SIGKILL) if number in killed else (0,)):
                day.story.violations.append(f"round {number} failed")
            if number not in killed:
                day.must_be_handled(number)
        day.judge(victims, day.origin + rounds * QUARTER)
    return day.story


def day_of_worker(place: Place, mails: int, kills: int, *, rounds: int = ROUNDS) -> Story:
    """The same day with a worker that goes on, or dies and is started again; a second is a quarter of an hour."""
    day = _Day(place, mails, rounds)
    killed = set(place.chance.sample(range(rounds), min(kills, rounds)))
    with day.workers() as victims:
        pid = victims.start("run", place.config)
        for number in range(rounds):
            day.mail_of(number, day.now())
            time.sleep(1)
            if number in killed:
                os.kill(pid, signal.SIGKILL)
                day.story.must("end of a worker that was killed", victims.reap(), -signal.SIGKILL)
                pid = victims.start("run", place.config)
        _until(lambda: place.handled() >= mails - 1 and day.named() > 0)
        os.kill(pid, signal.SIGTERM)
        day.story.must("end of the worker", victims.reap(), 0)
        day.judge(victims, day.now())
    return day.story


class _Day:
    """Customers write while the server ends the connection over one mail.

    ``rounds`` are quarters of an hour; the mails are spread over them.
    """

    def __init__(self, place: Place, mails: int, rounds: int) -> None:
        assert mails > BAD
        self.place, self.mails, self.rounds, self.story = place, mails, rounds, Story()
        self.put, self.behind, self.origin = 0, 0, datetime.now(UTC)
        self.poison = place.gate.answer = Poison(BAD)

    @contextlib.contextmanager
    def workers(self, *, by_cron: bool = False) -> Iterator[Victims]:
        """The fork server; the office has been started before the first mail of the day."""
        victims = Victims(self.place.config, self.place.storage.parent / "state", QUARTER.total_seconds())
        self.origin = datetime.now(UTC)
        try:
            if by_cron:
                victims.freeze(self.origin)
            victims.start("once", self.place.config)
            self.story.must("end of the first round", victims.reap(), 0)
            yield victims
        finally:
            victims.close()

    def now(self) -> datetime:
        """What the clock of a worker that goes on shows."""
        return self.origin + (datetime.now(UTC) - self.origin) * QUARTER.total_seconds()

    def mail_of(self, number: int, at: datetime) -> None:
        """The customers' mails of this quarter arrive."""
        while self.put < self.mails * (number + 1) // self.rounds:
            self.place.put(self.put, at)
            self.put += 1

    def must_be_handled(self, number: int) -> None:
        """All that arrived before this round, but the one the server does not give; a round later at the latest."""
        wanted = self.put - (self.put >= BAD)
        self.behind = 0 if self.place.handled() >= wanted else self.behind + 1
        if self.behind > 1:
            self.story.violations.append(f"round {number}: {self.place.handled()} handled instead of {wanted}")

    def named(self) -> int:
        """How often the journal says that a mail is left out."""
        return self.place.count("SELECT count(*) FROM journal WHERE event = 'mail.left_out'")

    def judge(self, victims: Victims, evening: datetime) -> None:
        """Everything else handled and answered once, the one mail named once and seldom asked for, and not lost."""
        story, place = self.story, self.place
        story.must("handled", place.handled(), self.mails - 1)
        answers = [to for to, _ in place.answers()]
        story.must("answers", len(answers), self.mails - 1)
        story.must("answered customers", len(set(answers)), self.mails - 1)
        story.must("named as left out", self.named(), 1)
        story.must("mails the server does not give", place.count("SELECT count(*) FROM unfetched"), 1)
        story.must("its number", place.count("SELECT uid FROM unfetched"), BAD)
        asked = story.figures["connections it cost"] = sum(BAD in uids for uids in self.poison.asked)
        hours = story.figures["hours of the clock"] = int((evening - self.origin).total_seconds() // 3600)
        if asked > 10 + 2 * hours:
            story.violations.append(f"it was asked for {asked} times in {hours} hours")
        story.must("left out by name", len(_health(place.storage).get("left_out", {}).get("service", ())), 1)
        story.must("verify", place.run("verify"), 0)
        self.poison.uids.clear()  # the server gives it at last
        victims.freeze(evening + timedelta(hours=2))
        victims.start("once", place.config)
        story.must("end of the last round", victims.reap(), 0)
        story.must("handled in the end", place.handled(), self.mails)
        story.must("answers in the end", len(place.answers()), self.mails)


def _until(done: Callable[[], bool]) -> None:
    """Wait for it, but not for ever: what is missing then is a violation."""
    give_up = time.monotonic() + 60
    while not done() and time.monotonic() < give_up:
        time.sleep(0.2)


STORIES: dict[str, Callable[..., Story]] = {
    "first-start": first_start, "mailbox-away": mailbox_away, "older-backup": older_backup,
    "other-ledger": other_ledger, "day-by-cron": day_by_cron, "day-of-worker": day_of_worker,
}  # fmt: skip


def tell(name: str, mails: int, kills: int, work: Path, server: Dovecot, seed: int = 1, **more: int) -> Story:
    """Live through one of them, with a mailbox of its own; ``more`` is what that story takes besides."""
    os.environ["MAILFLOW_BENCH_PASSWORD"] = "secret"
    with _place(server, work, f"{name}{seed}@bench.example", seed) as place:
        return STORIES[name](place, mails, kills, **more)


@contextlib.contextmanager
def _place(server: Dovecot, work: Path, user: str, seed: int) -> Iterator[Place]:
    place = Place(server, work, user, seed)
    try:
        yield place
    finally:
        place.close()


def _health(storage: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((storage / "health.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {"at": "", "troubles": {}}


def _reported(storage: Path, since: str) -> bool:
    return str(_health(storage)["at"]) > since
