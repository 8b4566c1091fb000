"""Nothing lost, nothing twice: ``python -m bench.chaos --mails 500 --kills 60 [--drops] [--after move]``.

A real Dovecot gets mails portion by portion, an SMTP sink keeps what it takes (and now and then refuses, or takes a
mail and cuts the line before saying so).  The worker is killed with SIGKILL at moments chosen by what it is doing:
opening, collecting, settling, at the commit, archiving, sending, waiting.  With ``--drops`` the IMAP line is cut and
the SMTP server killed and started as well.  At the end one worker is left in peace; then everything is compared with
an undisturbed run over the same mails.  Exit code 1 when anything differs.

With ``--away HOURS`` the SMTP server is away for so long, by the workers' clock, after the hunt: every answer must
leave once it is back, and none twice.

With ``--staff`` there is somebody in every role: they answer what they are asked (:mod:`bench.people`), the clock runs
through office days so that reminders, holding letters and escalations fall due, and workers die while they ask,
remind and sign as well, between any two writes of a transaction.  Nothing may be signed twice, nobody reminded twice
for one occasion, no task lost: see :mod:`bench.audit`.  ``--sabotage`` breaks a rule, to see that it is noticed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import compare, mixture, sabotage, scenarios, world
from bench.aims import AIMS, CASEWORK_AIMS
from bench.audit import audit
from bench.people import Colleagues
from bench.players import Post, Sinks, Victims
from bench.victim import State
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate

REFERENCE = "reference@bench.example"
DONE = "已处理"
ASKED_FOR = timedelta(minutes=30)  # by then a question of what kind a mail is has an answer, or none is waited for
PATIENCE = 3.0  # seconds to wait for the moment wanted, then any moment will do
BROKEN = (
    "mail.broke",
    "deliver.broke",
    "group.split",
    "duty.broke",
    "mailbox.broke",
    "archive.broke",
    "casework.broke",
)


@dataclass
class Options:
    """What to do."""

    mails: int = 500
    kills: int = 60
    seed: int = 1
    drops: bool = False
    after: str = "nothing"
    fail: int = 11
    speed: float = 60.0
    mails_dir: Path | None = None
    work: Path | None = None
    limit: float = 570.0
    staff: bool = False
    sabotage: str = ""
    answering: float = 60.0  # seconds of peace in which people still answer
    away: float = 0.0  # hours, by the workers' clock, in which the SMTP server is away after the hunt


@dataclass
class Result:
    """What happened.  ``violations`` empty: nothing lost, nothing twice."""

    mails: int = 0
    kills: int = 0
    exact: int = 0  # of them at the very beginning or end of a step
    struck: Counter[str] = field(default_factory=Counter)
    line_cuts: int = 0
    smtp_restarts: int = 0
    cases: int = 0
    records: int = 0
    replies: int = 0
    taken: int = 0
    repeats: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    casework: dict[str, int] = field(default_factory=dict)
    habits: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)


class Chaos:
    """One run."""

    def __init__(self, options: Options, work: Path, server: Dovecot) -> None:
        self.options, self.work, self.server = options, work, server
        self.chance = random.Random(options.seed)
        self.result = Result()
        self.ends = time.monotonic() + options.limit

    def run(self) -> Result:
        """Everything, from the mails to the judgement."""
        began = time.monotonic()
        mails = self._mails()
        self.result.mails = len(mails)
        user = f"service{self.options.seed}@bench.example"
        with contextlib.ExitStack() as running:
            gate = running.enter_context(Gate(self.server.port))
            post = Post(self.server.port, user)
            sinks = Sinks(self.work / "taken", self.options.fail)
            running.callback(sinks.stop)
            home = self._home("home", gate.port, sinks.port, user).parent
            options = self.options
            victims = Victims(
                home / "mailflow.yaml", self.work / "state", options.speed,
                office_hours=options.staff, sabotage=options.sabotage,
            )  # fmt: skip
            running.callback(victims.close)
            self._reference(victims, mails)
            people = None
            if options.staff:
                hand = Post(self.server.port, user)
                people = Colleagues(sinks.folder, lambda raw: hand.put([raw]), user, options.seed)
                running.callback(people.stop)
            self._hunt(victims, home, post, mails, gate, sinks)
            if options.away:
                self._away(victims, home, sinks)
            if people:
                sinks.stop()
                sinks.fail = 0  # every mail of people who wait for one another has a clock to wait for
                sinks.start()
            self._peace(victims, home, len(mails), people)
            self._judge(victims, home, post, mails, people)
        self.result.seconds = round(time.monotonic() - began, 1)
        return self.result

    # ------------------------------------------------------------------------------------------------------- the steps

    def _mails(self) -> list[bytes]:
        if self.options.mails_dir is None:
            return mixture.make(self.options.mails, self.options.seed, world.USER)
        raws = [path.read_bytes() for path in sorted(self.options.mails_dir.glob("**/*.eml"))]
        return [re.sub(rb"\r?\n", b"\r\n", raw) for raw in raws][: self.options.mails]

    def _home(self, name: str, imap: int, smtp: int, user: str) -> Path:
        config = world.make_home(self.work / name, imap, smtp, self.options.after, staff=self.options.staff)
        text = config.read_text("utf-8").replace(f"username: {world.USER}", f"username: {user}")
        config.write_text(text, "utf-8")
        return config

    def _reference(self, victims: Victims, mails: list[bytes]) -> None:
        """The same mails, once, undisturbed."""
        user = f"{self.options.seed}{REFERENCE}"
        Post(self.server.port, user).put(mails)
        sinks = Sinks(self.work / "reference-taken", 0)
        try:
            config = self._home("reference", self.server.port, sinks.port, user)
            for wait in (0.0, ASKED_FOR.total_seconds() / self.options.speed) if self.options.staff else (0.0,):
                time.sleep(wait)
                victims.start("once", config)
                if status := victims.reap():
                    self.result.violations.append(f"the undisturbed run ended with {status}")
        finally:
            sinks.stop()

    def _hunt(self, victims: Victims, home: Path, post: Post, mails: list[bytes], gate: Gate, sinks: Sinks) -> None:
        """Kill worker after worker while mails come in."""
        portions = _portions(self.chance, len(mails), self.options.kills)
        delivered = 0
        for life, portion in enumerate(portions):
            post.put(mails[delivered : delivered + portion])
            delivered += portion
            aim = self._aim(first=life == 0)
            exact = self.chance.random() < 0.6
            if exact:
                victims.state.order(*aim, self.chance.choice((0, 0, 0, 1, 1, 3)), self.chance.random() < 0.5)
            pid = victims.start("run", home / "mailflow.yaml")
            with self._trouble(gate, sinks):
                if not (exact and self._obeyed(victims.state)):
                    self._strike(victims.state, pid, aim)
            if (status := victims.reap()) != -signal.SIGKILL:
                self.result.violations.append(f"worker {life} ended by itself with {status}")
            self.result.kills += 1
            if time.monotonic() > self.ends:
                self.result.violations.append(f"out of time after {life + 1} kills")
                break
        post.put(mails[delivered:])

    def _aim(self, first: bool) -> tuple[int, str, str]:
        if first:
            return (0, "opening", "")  # while the ledger is made
        aims = (*AIMS, *CASEWORK_AIMS) if self.options.staff else AIMS
        if self.options.sabotage:
            aims = CASEWORK_AIMS
        return self.chance.choices([aim for _, aim in aims], [weight for weight, _ in aims])[0]

    def _strike(self, state: State, pid: int, aim: tuple[int, str, str]) -> None:
        """Wait until the worker does what is aimed at, a moment more, and kill it."""
        thread, stage, depth = aim
        give_up = time.monotonic() + PATIENCE
        skip = self.chance.choice((0, 0, 1, 2, 5))  # not always the first time it gets there
        inside = False
        while time.monotonic() < give_up:
            now = state.read()[thread]
            there = now[0] == stage and depth in ("", now[1])
            if there and not inside:
                if skip <= 0:
                    break
                skip -= 1
            inside = there
            time.sleep(0.0002)
        if self.chance.random() < (0.3 if depth else 0.8):
            time.sleep(self.chance.expovariate(500 if depth else 20))
        self._count(state)
        os.kill(pid, signal.SIGKILL)

    def _obeyed(self, state: State) -> bool:
        """Wait until the worker has killed itself exactly where it was ordered to, if it gets there."""
        give_up = time.monotonic() + PATIENCE
        while not state.obeyed and time.monotonic() < give_up:
            time.sleep(0.01)
        if state.obeyed:
            self.result.exact += 1
            self._count(state)
        return state.obeyed

    def _count(self, state: State) -> None:
        first, second = state.read()
        self.result.struck[f"{first[0]}, {first[1]}"] += 1
        if second[0] == "delivering" and second[1] != "between":
            self.result.struck[f"{second[0]}, {second[1]}"] += 1

    @contextlib.contextmanager
    def _trouble(self, gate: Gate, sinks: Sinks) -> Iterator[None]:
        """Now and then the line to the mailbox breaks, or the SMTP server dies and comes back."""
        if not self.options.drops:
            yield
            return
        what = self.chance.choice(("", "", "cut", "smtp"))
        if what == "cut":
            gate.cut_after = self.chance.choice((200, 2_000, 20_000, 200_000))
            self.result.line_cuts += 1
        if what == "smtp":
            sinks.stop()
            self.result.smtp_restarts += 1
            if self.chance.random() < 0.5:
                time.sleep(0.3)
                sinks.start()
        yield
        gate.cut_after = None
        gate.cut()
        if not sinks.running:
            sinks.start()

    def _away(self, victims: Victims, home: Path, sinks: Sinks) -> None:
        """The SMTP server is away for long; one worker is killed meanwhile, the next goes on."""
        sinks.stop()
        self.result.smtp_restarts += 1
        for how in (signal.SIGKILL, signal.SIGTERM):
            pid = victims.start("run", home / "mailflow.yaml")
            time.sleep(PATIENCE + self.options.away * 3600 / self.options.speed / 2)
            os.kill(pid, how)
            if (status := victims.reap()) not in (0, -signal.SIGKILL):
                self.result.violations.append(f"while the SMTP server was away a worker ended with {status}")
        sinks.start()

    def _peace(self, victims: Victims, home: Path, count: int, people: Colleagues | None) -> None:
        """One worker in peace, until nothing is left to do; it is stopped as an operator would."""
        pid = victims.start("run", home / "mailflow.yaml")
        if people:
            people.hurry()
            time.sleep(self.options.answering)
            people.stop()
        wanted = {"waiting": 0, "pending": 0, "behind": 0, "unmarked": 0, "unasked": 0}
        wanted["mails"] = count + (len(people.answers) if people else 0)
        left = {}
        while time.monotonic() < self.ends + 20:
            left = compare.standing(home)
            if left == wanted and victims.state.read()[0][0] == "waiting":
                break
            time.sleep(0.25)
        else:
            self.result.violations.append(f"does not come to rest: {left}, wanted {wanted}")
        os.kill(pid, signal.SIGTERM)
        if status := victims.reap():
            self.result.violations.append(f"stopped by SIGTERM the worker ended with {status}")
        victims.freeze()  # what falls due until this very moment is done, and then no more
        for _ in range(2):
            victims.start("once", home / "mailflow.yaml")
            victims.reap()

    def _judge(self, victims: Victims, home: Path, post: Post, mails: list[bytes], people: Colleagues | None) -> None:
        result, taken = self.result, self.work / "taken"
        in_mailbox, wrongs = post.everything(["INBOX", DONE] if self.options.after == "move" else ["INBOX"])
        result.violations += wrongs if self.options.after != "flag" else []
        result.answers = len(people.answers) if people else 0
        if len(in_mailbox) != result.mails + result.answers:
            result.violations.append(
                f"{len(in_mailbox)} mails in the mailbox instead of {result.mails + result.answers}"
            )
        customers = {hashlib.sha256(raw).hexdigest() for raw in mails}
        reference, found = compare.read_home(self.work / "reference"), compare.read_home(home, customers)
        result.violations += compare.differences(reference, found)
        result.violations += compare.check_alone(home, in_mailbox)
        replies = compare.check_replies(home, taken, self.work / "reference-taken", more=people is not None)
        result.violations += replies.troubles
        result.taken, result.replies, result.repeats = replies.taken, replies.distinct, replies.repeats
        result.cases, result.records = sum(found.cases.values()), sum(found.records.values())
        result.outcomes = Counter(status for ends in found.outcomes.values() for status, _, _ in ends)
        if people:
            result.habits = dict(people.habits)
        audited = audit(home / "storage" / "ledger.db", taken)
        result.casework = dict(audited.figures)
        result.violations += [f"casework: {item}" for item in audited.wrong]
        victims.start("once", home / "mailflow.yaml")
        victims.reap()
        if compare.read_home(home).state != found.state:
            result.violations.append("running once more changed the ledger")
        if len(list(taken.rglob("*.eml"))) != replies.taken:
            result.violations.append("running once more sent mail")
        for line in (home / "log").read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # a line cut by a kill
                entry = json.loads(line)
                if entry["event"] in BROKEN:
                    result.violations.append(f"log: {line[:300]}")


def _portions(chance: random.Random, count: int, lives: int) -> list[int]:
    """How many mails come before each life: few or many; some are left for the end."""
    weights = [chance.choice((1, 1, 2, 5)) for _ in range(lives)]
    share = max(0.0, count * 0.97 - lives) / sum(weights)
    left = count
    portions = []
    for weight in weights:
        portions.append(min(left, 1 + int(weight * share)))
        left -= portions[-1]
    return portions


def chaos(options: Options, server: Dovecot | None = None) -> Result:
    """Run and judge; ``server`` is a running Dovecot, else one is started."""
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="mailflow-chaos-", dir=options.work))
        result = Chaos(options, Path(name), server or stack.enter_context(Dovecot())).run()
        if result.violations:  # what happened is read from there
            kept = Path(tempfile.mkdtemp(prefix=f"mailflow-chaos-kept-{options.seed}-"))
            shutil.copytree(Path(name) / "home", kept / "home")
            result.violations.append(f"everything is kept in {kept}")
        return result


def show(result: Result) -> None:
    """Print the figures."""
    rows: list[tuple[str, Any]] = [
        ("mails", result.mails), ("kills (SIGKILL)", result.kills),
        ("of them at an exact step", result.exact), ("IMAP lines cut", result.line_cuts),
        ("SMTP servers killed", result.smtp_restarts), ("outcomes", dict(sorted(result.outcomes.items()))),
        ("cases", result.cases), ("records", result.records), ("replies, distinct", result.replies),
        ("replies taken by the server", result.taken), ("repeats, same Message-ID", result.repeats),
        ("answers of colleagues", result.answers), ("their habits", result.habits), ("casework", result.casework),
        ("seconds", result.seconds),
    ]  # fmt: skip
    for name, value in rows:
        print(f"{name:30} {value}")
    print("\nstruck while the worker was ...")
    for name, times in sorted(result.struck.items()):
        print(f"  {name:40} {times}")
    print(f"\nviolations: {len(result.violations)}")
    for violation in result.violations[:40]:
        print(f"  {violation}")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drops", action="store_true", help="also cut the IMAP line and kill the SMTP server")
    parser.add_argument("--after", choices=("nothing", "flag", "move"), default="nothing")
    parser.add_argument("--fail", type=int, default=11, help="the SMTP server refuses every n-th mail for now")
    parser.add_argument("--speed", type=float, default=60.0, help="how fast the worker's clock runs")
    parser.add_argument("--staff", action="store_true", help="people answer, deadlines pass (try --speed 600)")
    parser.add_argument("--answering", type=float, default=60.0, help="seconds of peace in which they still answer")
    parser.add_argument("--away", type=float, default=0.0, help="hours of the clock without SMTP (try --speed 20000)")
    parser.add_argument("--limit", type=float, default=570.0, help="seconds after which the run is given up")
    parser.add_argument("--sabotage", choices=("", *sabotage.NAMES), default="", help="break a rule on purpose")
    parser.add_argument("--mails-dir", type=Path, help="a folder of .eml files; mails are made here when absent")
    parser.add_argument("--work", type=Path, help="where to put the temporary homes")
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--scenario", choices=scenarios.STORIES, help="what an office lives through: bench/scenarios.py"
    )
    given = vars(parser.parse_args())
    out, scenario = given.pop("json"), given.pop("scenario")
    if scenario:
        with tempfile.TemporaryDirectory(prefix="mailflow-story-") as work, Dovecot() as server:
            story = scenarios.tell(scenario, given["mails"], given["kills"], Path(work), server, given["seed"])
        print(json.dumps(vars(story), ensure_ascii=False, indent=1))
        sys.exit(1 if story.violations else 0)
    result = chaos(Options(**given))
    show(result)
    if out:
        out.write_text(json.dumps(vars(result), ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.exit(1 if result.violations else 0)


if __name__ == "__main__":
    main()
