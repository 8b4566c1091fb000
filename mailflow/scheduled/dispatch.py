"""dispatch: the thread that sends what waits in the outbox, beside the one that takes mail in.

While the server is out of reach nothing is tried for a growing while, and health, metrics and the managers' summary say
so; then one mail is tried, and when it passes the others follow.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.casework.desk import Desk
from mailflow.domain.errors import LoginRefused, TemporaryError
from mailflow.domain.ports import Ledger, Sender
from mailflow.runtime.background import Background
from mailflow.runtime.health import Health
from mailflow.runtime.logs import event
from mailflow.scheduled.deliver import Delivered, Sending, deliver

GROUP = 50
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass
class Pause:
    """How long nothing is sent: 30 s, 1, 2, 4 ... 15 minutes, until something passes."""

    failures: int = 0
    since: datetime | None = None

    @property
    def lasts(self) -> timedelta:
        """How long after the last failure."""
        return min(FIRST_PAUSE * (1 << min(max(self.failures - 1, 0), 10)), LONGEST_PAUSE)

    def holds(self, now: datetime) -> bool:
        """Is it too early to try?  A clock that was put back ends the pause."""
        return self.since is not None and self.since <= now < self.since + self.lasts

    def longer(self, now: datetime) -> None:
        """It failed again."""
        self.failures, self.since = self.failures + 1, now

    def end(self) -> None:
        """It works."""
        self.failures, self.since = 0, None


class Dispatch:
    """Sends in the background for as long as :meth:`running` lasts."""

    def __init__(
        self,
        ledger: Ledger,
        sender: Sender | None,
        clock: Callable[[], datetime],
        health: Health,
        stop: threading.Event,
        desk: Desk | None = None,
    ) -> None:
        self.ledger, self.sender, self.clock, self.health, self.stop = ledger, sender, clock, health, stop
        self.pause = Pause()
        self._sending = Sending(desk)
        self._mail_waits = threading.Event()
        self._draining = threading.Event()

    def running(self) -> Background:
        """A block in which mails go out; leaving it waits until what is due has gone."""
        self._draining.clear()  # it may be run again
        return Background(self._until_stopped, self._drain)

    def wake(self) -> None:
        """There is mail to send."""
        self._mail_waits.set()

    def round(self) -> bool:
        """Send a group; True when there may be more at once."""
        if self.sender is None or self.pause.holds(self.clock()):
            return False
        try:
            result = deliver(self.ledger, self.sender, self.clock, self._sending, limit=GROUP)
        except LoginRefused as error:
            self._wait_longer(str(error))
            event("smtp.refused", logging.ERROR, error=error.message, remedy=error.remedy)
            return False
        self._tell(result)
        return (result.sent > 0 or result.failed > 0) and not result.away  # of what failed somebody is told

    def close(self) -> None:
        """End the connection."""
        if self.sender:
            self.sender.close()

    # ------------------------------------------------------------------------------------------------------- parts

    def _until_stopped(self) -> None:
        while True:
            draining = self._draining.is_set()
            try:
                busy = self.round()
            except TemporaryError as error:
                self.health.trouble("storage", str(error))
                busy = False
            except Exception:
                event("deliver.broke", logging.ERROR, trace=True)
                self.health.trouble("smtp", "internal error, see the log")
                busy = False
            if busy and not self.stop.is_set():
                continue
            if draining:
                return
            self._mail_waits.wait(1.0)
            self._mail_waits.clear()

    def _drain(self) -> None:
        self._draining.set()
        self._mail_waits.set()

    def _tell(self, result: Delivered) -> None:
        for name in ("sent", "later", "failed"):
            if number := getattr(result, name):
                self.health.replies.labels(name).inc(number)
        if result.sent:
            event("replies.sent", count=result.sent)
        if result.later or result.failed:
            event("deliver.failed", logging.WARNING, later=result.later, failed=result.failed, error=result.error)
        if result.away:
            self._wait_longer(result.error)
            event("deliver.paused", logging.ERROR, error=result.error, seconds=int(self.pause.lasts.total_seconds()))
            return
        if result.sent:
            self.pause.end()
            self.health.paused.set(0)
        if result.later or result.failed:
            self.health.trouble("smtp", result.error)
        elif result.sent:
            self.health.well("smtp")

    def _wait_longer(self, words: str) -> None:
        self.pause.longer(self.clock())
        self.health.paused.set(1)
        minutes = self.pause.lasts / timedelta(minutes=1)
        self.health.trouble("smtp", f"{words} (nothing is sent for {minutes:g} min, then it is tried again)")
