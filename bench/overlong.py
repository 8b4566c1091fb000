"""How long mails wait behind ones that cannot be read: ``python -m bench.overlong [--seconds 5] [--bad 3]``.

Mails lie in a real mailbox, every second of them such that reading it never ends.  A worker as ``mailflow run`` starts
it works them off under the limits as shipped.  Printed for each mail: what became of it, and the seconds since the
worker began and since the mail before it was done.  Where everything is well the bad ones are held, the others handled,
and ``longest_wait``, what a mail waited behind one bad mail, is hardly more than the limit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import mails, world
from mailflow import app as composition
from mailflow.commands.running import make_worker
from mailflow.domain.model import Details, Message
from mailflow.domain.ports import Reader
from mailflow.flow import Outcome
from mailflow.runtime.health import Health
from mailflow.runtime.lock import StorageLock
from mailflow.settings import config
from tests.servers.dovecot import Dovecot

ENDLESS = "这封信永远读不完"


class Stuck:
    """A reader that never ends on one sentence."""

    def __init__(self, inner: Reader) -> None:
        self.inner = inner

    def read(self, message: Message, now: datetime) -> Details:
        """Never returns for that sentence."""
        while ENDLESS in message.text:
            pass
        return self.inner.read(message, now)


def letters(folder: Path, bad: int) -> list[bytes]:
    """Ordinary mails, each followed by one that cannot be read, and an ordinary one."""
    found: list[bytes] = []
    for number, path in enumerate(mails.write(folder, bad + 1, 7, world.USER)):
        head = f"From: li@works.example\r\nSubject: bad {number}\r\nMessage-ID: <bad{number}@works.example>"
        words = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{ENDLESS}，第{number}封。\r\n"
        found += [path.read_bytes(), f"{head}\r\n{words}".encode()]
    return found[:-1]


def work(path: Path, seconds: int | None, expected: int) -> list[dict[str, Any]]:
    """A worker until every mail is done; what became of each and when."""
    settings = config.load(path)
    if seconds is not None:
        settings = changed(settings, limits=settings.limits.model_copy(update={"reading_seconds": seconds}))
    stop, done = threading.Event(), []
    moments = [time.perf_counter()]

    def tell(outcome: Outcome) -> None:
        moments.append(time.perf_counter())
        since_begin, since_last = moments[-1] - moments[0], moments[-1] - moments[-2]
        done.append({"status": outcome.status.value, "at": round(since_begin, 2), "after": round(since_last, 2)})
        if len(done) == expected:
            stop.set()

    with StorageLock(settings.storage), composition.open_app(settings) as app:
        app = changed(app, services=changed(app.services, reader=Stuck(app.services.reader)))
        boxes = composition.mailboxes(settings, stop)
        worker = make_worker(app, boxes, composition.sender(settings), Health(settings.storage), stop, tell=tell)
        moments[0] = time.perf_counter()
        worker.run()
    return done


def main() -> int:
    """Fails unless exactly the bad ones are held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, help="another limit than the shipped one")
    parser.add_argument("--bad", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, world.sink() as smtp, Dovecot() as server:
        arriving = letters(Path(name) / "mails", options.bad)
        server.deliver_many(world.USER, arriving)
        done = work(world.make_home(Path(name) / "home", server.port, smtp), options.seconds, len(arriving))
    for mail in done:
        print(json.dumps(mail))
    print(json.dumps({"longest_wait": max(mail["after"] for mail in done), "peak_mb": round(world.peak_mb())}))
    return int([mail["status"] for mail in done].count("held") != options.bad)


if __name__ == "__main__":
    sys.exit(main())
