"""The loop: collect, process, mark, deliver, archive; stop on a signal without loss.

Here alone an error family becomes a row's next state: TemporaryError -> tried again after a growing wait, with an
end; NeedsPerson -> held; anything else that breaks on one mail -> that mail held, and the next one goes on.

Two threads share the work: this one takes mail in, a second sends what waits in the outbox, so that a slow mail
server never holds up filing.  Whoever is killed at any point loses nothing: running again is the recovery.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import schedule

from mailflow.domain.errors import MailflowError, NeedsPerson, PermanentError, TemporaryError
from mailflow.domain.folder_ports import DoneFolder, SentFolder
from mailflow.domain.mailbox_ports import Unfetched
from mailflow.domain.ports import FolderCount, Mailbox, MailFacts, Sender, StoredMessage, Work
from mailflow.flow import AlreadyFinished, Outcome, Reading, Services, Task, hold, settle, understand
from mailflow.runtime.clock import now_utc
from mailflow.runtime.health import Health
from mailflow.runtime.logs import event
from mailflow.scheduled.already_sent import compare, keep_evidence
from mailflow.scheduled.copies import keep_copies
from mailflow.scheduled.deliver import wait_before
from mailflow.scheduled.dispatch import Dispatch
from mailflow.scheduled.duties import Duty, duties
from mailflow.stages.collect import collect, collect_moved, collect_sent, mark
from mailflow.trust.facts import facts_of

GROUP = 50
GROUP_BYTES = 8 << 20  # a backlog of large mails must not be decoded all at once
ARCHIVE_EVERY = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)  # once the disk has room again nothing waits longer than this


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long the worker tries, by which clock, until ``stop`` is set."""

    poll_seconds: float = 60
    processing_attempts: int = 300  # for storage trouble, five minutes apart: about a day
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], datetime] = now_utc


@dataclass(frozen=True, slots=True)
class Post:
    """Where mail comes from and by whom it goes out (None: nobody); ``copies_to`` names the mailbox whose folder of
    sent mail gets copies.
    """

    mailboxes: Sequence[Mailbox]
    sender: Sender | None
    copies_to: str = ""


@dataclass(frozen=True, slots=True)
class Chores:
    """What is done between mails.

    ``archive`` brings the archives of changed customers up to date and returns how many it did.  ``casework`` asks the
    people of new tasks and takes due steps of reminder ladders; it returns how much it did, 0 when nothing is left.
    ``watch`` raises LedgerLost when the ledger is no longer there.  ``daily`` are the duties of the clock.
    """

    archive: Callable[[], int]
    casework: Callable[[datetime], int] = lambda now: 0
    watch: Callable[[], None] = lambda: None
    daily: Sequence[Duty] = ()


class Worker:
    """Runs mail through the flow until told to stop.

    ``tell`` hears every outcome (progress for people).  ``apart`` reads a mail within limits; without it mails are read
    here.  Nothing here is lost by stopping at any time.
    """

    def __init__(
        self,
        services: Services,
        post: Post,
        chores: Chores,
        health: Health,
        *,
        pace: Pace,
        tell: Callable[[Outcome], None] | None = None,
        apart: Callable[[Task], Reading] | None = None,
    ) -> None:
        self.services, self.mailboxes, self.copies_to = services, post.mailboxes, post.copies_to
        self.chores, self.health = chores, health
        self.pace, self.stop, self.clock = pace, pace.stop, pace.clock
        self.tell = tell or (lambda outcome: None)
        self.apart = apart
        self.dispatch = Dispatch(services.ledger, post.sender, lambda: self.clock(), health, self.stop, services.desk)
        self._archived_at = self.clock()
        self._counts: dict[str, FolderCount] = {}

    # ------------------------------------------------------------------------------------------------- the loop

    def run(self) -> None:
        """Work until ``stop`` is set: a round now, then one whenever new mail may have come."""
        ticker = schedule.Scheduler()
        ticker.every(30).seconds.do(self._tick)
        tick: Callable[[], object] = ticker.run_all  # what came meanwhile is read before anybody is told what is late
        with self.dispatch.running():
            while not self.stop.is_set():
                self.round()
                tick()
                tick = ticker.run_pending
                self._wait()
        self._close()

    def once(self, *, calendar: bool = False) -> None:
        """Work through everything that is there now, send what is due, and return; ``calendar``: see to duties too."""
        with self.dispatch.running():
            self.round()
            if calendar:
                self._tick()
                self._go_on_with_cases()
        for mailbox in self.mailboxes if not self.stop.is_set() else ():  # what was sent meanwhile
            self._look_into_sent(mailbox)
        self._close()

    def round(self) -> None:
        """One poll of every mailbox, everything processed, the archive brought up to date, health written."""
        self._watch()
        self.work_off()
        for mailbox in self.mailboxes:
            if not self.stop.is_set():
                self._look_into_done(mailbox)
                self._poll(mailbox)
                self._look_into_sent(mailbox)
        self._go_on_with_cases()
        self._compare_with_sent()
        self._bring_archive_up_to_date()
        self._watch()
        self._report()

    def _watch(self) -> None:
        try:
            with self.health.fatal("ledger", self.clock()):
                self.chores.watch()
        except TemporaryError as error:  # away is not lost: it is looked for again in the next round
            self.health.trouble("storage", str(error))
            event("ledger.unavailable", logging.ERROR, error=error.message, remedy=error.remedy)

    def work_off(self) -> None:
        """Process what waits in the ledger, group by group, until nothing is due."""
        while not self.stop.is_set() and self.process_group():
            if self.clock() - self._archived_at > ARCHIVE_EVERY:
                self._bring_archive_up_to_date()

    # ---------------------------------------------------------------------------------------------- taking mail in

    def _poll(self, mailbox: Mailbox) -> None:
        not_given: list[Unfetched] | None = None
        with self._guarded(f"mailbox:{mailbox.name}", "mailbox", mailbox=mailbox.name):
            for count in collect(mailbox, self.services.ledger, self.services.vault, self.clock()):
                event("mails.collected", mailbox=mailbox.name, count=count)
                self.work_off()
                if self.stop.is_set():
                    return
            found: list[Unfetched] = []
            for listing in mailbox.listing():
                mark(mailbox, listing, self.services.ledger)
                with self.services.ledger.begin(durable=False) as work:
                    self._reconciled(work.reconcile(listing, self.clock()))
                    found += work.unfetched(listing)
            not_given = found
        if not_given is not None:
            self.health.polled(mailbox.name, not_given)

    def _look_into_done(self, mailbox: Mailbox) -> None:
        """After a restore: take in what was moved to the folder of handled mail since the backup."""
        if getattr(mailbox, "has_done_folder", False):
            with self._guarded(f"done:{mailbox.name}", "done", mailbox=mailbox.name):
                ledger, vault = self.services.ledger, self.services.vault
                for count in collect_moved(cast(DoneFolder, mailbox), ledger, vault, self.clock()):
                    event("done.collected", mailbox=mailbox.name, count=count)
                    self.work_off()
                    if self.stop.is_set():
                        return

    def _look_into_sent(self, mailbox: Mailbox) -> None:
        """Put copies of our mails into the mailbox's folder of sent mail, and take in what colleagues wrote there."""
        if not getattr(mailbox, "has_sent_folder", False):
            return
        services, decode = self.services, self.services.desk.decode
        ledger, vault, is_ours = services.ledger, services.vault, services.filing.is_ours
        evidence = partial(keep_evidence, ledger=ledger, vault=vault, decode=decode, is_ours=is_ours)
        with self._guarded(f"sent:{mailbox.name}", "sent", mailbox=mailbox.name):
            folder = cast(SentFolder, mailbox)
            if count := collect_sent(folder, ledger, vault, decode, self.clock(), evidence):
                event("sent.collected", mailbox=mailbox.name, count=count)
                self.work_off()
            if mailbox.name == self.copies_to:
                keep_copies(folder, ledger)

    def _compare_with_sent(self) -> None:
        """After a restore: what the folders of sent mail show as sent is not sent again."""
        with self._guarded("restore", "restore"):
            services = self.services
            if count := compare(services.ledger, services.vault, services.desk.decode, self.clock()):
                event("restore.found_sent", count=count)

    @contextlib.contextmanager
    def _guarded(self, place: str, what: str, **where: Any) -> Iterator[None]:
        """What fails here is said in the report and tried again in the next round.

        A defect in one place must not keep the others from their work.
        """
        try:
            yield
        except MailflowError as error:
            self.health.trouble(place, str(error))
            level = logging.WARNING if where else logging.ERROR  # a mailbox may be away
            event(f"{what}.failed", level, error=error.message, remedy=error.remedy, **where)
        except Exception:
            self.health.trouble(place, "internal error, see the log")
            event(f"{what}.broke", logging.ERROR, trace=True, **where)
        else:
            self.health.well(place)

    def _reconciled(self, count: FolderCount) -> None:
        self._counts[f"{count.mailbox}/{count.folder}"] = count
        self.health.unknown.set(sum(item.unknown for item in self._counts.values()))
        self.health.waiting.set(sum(item.waiting for item in self._counts.values()))
        event("mailbox.reconciled", **asdict(count))

    def process_group(self) -> int:
        """Process up to 50 waiting mails in one transaction; returns how many it looked at."""
        group: list[StoredMessage] = []
        try:
            with self.services.ledger.begin(durable=False) as work:
                group = _bounded(work.waiting(GROUP, self.clock()))
            outcomes = self._process(group) if group else []
        except TemporaryError as error:
            self.health.trouble("storage", str(error))
            event("group.failed", logging.ERROR, error=error.message, remedy=error.remedy)
            self._put_off(group, error)
            return 0
        self.health.well("storage")
        for outcome in outcomes:
            self._count(outcome)
        return len(group)

    def _process(self, group: list[StoredMessage]) -> list[Outcome]:
        readings: list[tuple[StoredMessage, Reading]] = []
        for stored in group:
            readings.append((stored, understand(stored, self.services, self.clock(), self.apart)))
            if (error := readings[-1][1].error) and error.reason == "too_long":
                break  # what is read is settled first: no mail waits behind two of these
        try:
            return self._settle(readings)
        except TemporaryError:
            raise
        except Exception as error:
            if len(readings) == 1:
                return self._hold_broken(readings[0][0], error)
            # What broke the whole group breaks only its own mail when each has its own transaction.
            event("group.split", logging.ERROR, trace=True, count=len(readings))
            return [outcome for stored in group for outcome in self._process([stored])]

    def _hold_broken(self, stored: StoredMessage, error: Exception) -> list[Outcome]:
        """Hold a mail whose transaction could not be finished, for a reason that waiting does not mend."""
        event("mail.broke", logging.ERROR, trace=True, message=stored.id)
        held = NeedsPerson("error", f"{type(error).__name__} while committing; raw mail kept")
        with contextlib.suppress(AlreadyFinished), self.services.ledger.begin() as work:
            return [hold(stored, held, MailFacts(), work, self.clock())]
        return []

    def _settle(self, readings: list[tuple[StoredMessage, Reading]]) -> list[Outcome]:
        with self.services.ledger.begin() as work:
            outcomes = [outcome for item in readings if (outcome := self._settle_one(*item, work))]
            blobs = [blob for outcome in outcomes for blob in outcome.blobs]
            if blobs:
                self.services.vault.put(blobs)  # durable before the commit that names them
        return outcomes

    def _settle_one(self, stored: StoredMessage, reading: Reading, work: Work) -> Outcome | None:
        now = self.clock()
        try:
            with work.savepoint():
                return settle(stored, reading, self.services, work, now)
        except AlreadyFinished:
            return None
        except TemporaryError:
            raise
        except NeedsPerson as error:
            held = error
        except MailflowError as error:
            held = NeedsPerson("failed", error.message, remedy=error.remedy)
        except Exception as error:
            event("mail.broke", logging.ERROR, trace=True, message=stored.id)
            held = NeedsPerson("error", f"{type(error).__name__} while filing; raw mail kept")
        with contextlib.suppress(AlreadyFinished), work.savepoint():
            return hold(stored, held, facts_of(reading.message, reading.trust), work, now)
        return None

    def _put_off(self, group: list[StoredMessage], error: TemporaryError) -> None:
        """Give a group that failed for a passing reason its next attempt; after the last one a person looks."""
        now = self.clock()
        try:
            with self.services.ledger.begin() as work:
                for stored in group:
                    if stored.attempts + 1 >= self.pace.processing_attempts:
                        hold(stored, NeedsPerson("storage", error.message, remedy=error.remedy), MailFacts(), work, now)
                    else:
                        work.retry_later(
                            stored, error.message, now + min(wait_before(stored.attempts + 1), LONGEST_PAUSE)
                        )
        except TemporaryError:
            # Not even the ledger takes a note now: the rows stay as they are and the next round tries again.
            event("ledger.unavailable", logging.ERROR)

    def _count(self, outcome: Outcome) -> None:
        self.health.mails.labels(outcome.status.value).inc()
        if outcome.record:
            self.health.records.inc()
        if outcome.replied_to:
            self.dispatch.wake()
        event(
            f"mail.{outcome.status.value}",
            message=outcome.message,
            kind=outcome.kind,
            reason=outcome.reason,
            case=outcome.case.number if outcome.case else "",
            record=outcome.record.number if outcome.record else "",
        )
        self.tell(outcome)

    # ------------------------------------------------------------------------------------------------------ clock

    def _tick(self) -> None:
        """Called by ``schedule``; an exception here would end its whole round, so none leaves."""
        try:
            for name in duties(self.chores.daily, self.services.ledger, self.services.desk.zone, self.clock()):
                event("duty.done", duty=name)
        except Exception:
            event("duty.broke", logging.ERROR, trace=True)
            self.health.errors.labels("duties").inc()

    def _go_on_with_cases(self) -> None:
        """Ask and remind until nothing is due; what fails is tried again in the next round."""
        with self._guarded("casework", "casework"):
            while not self.stop.is_set() and self.chores.casework(self.clock()):
                self.dispatch.wake()

    def _bring_archive_up_to_date(self) -> None:
        with self._guarded("archive", "archive"):
            if count := self.chores.archive():
                event("archive.written", customers=count)
        self._archived_at = self.clock()

    def _wait(self) -> None:
        """Wait for mail: the first mailbox may wake us (IDLE), at the latest after the polling interval."""
        if len(self.mailboxes) == 1 and not self.health.troubles():
            try:
                self.mailboxes[0].wait(self.pace.poll_seconds)
            except (TemporaryError, PermanentError):
                self.stop.wait(min(self.pace.poll_seconds, 5))
        else:
            self.stop.wait(self.pace.poll_seconds)

    def _close(self) -> None:
        self._bring_archive_up_to_date()
        for mailbox in self.mailboxes:
            mailbox.close()
        self.dispatch.close()
        self._report(stopped=True)

    def _report(self, **more: Any) -> None:
        """Write how we are: the counts of the folders, what has not left."""
        facts: dict[str, Any] = {"folders": [asdict(count) for count in self._counts.values()], **more}
        with contextlib.suppress(TemporaryError), self.services.ledger.begin(durable=False) as work:
            facts["outbox"] = work.unsent_counts()
        for state, count in facts.get("outbox", {}).items():
            self.health.outbox.labels(state).set(count)
        self.health.write(self.clock(), **facts)


def _bounded(group: list[StoredMessage]) -> list[StoredMessage]:
    """The first mails of a group that are about 8 MB together, at least one."""
    size = 0
    for place, stored in enumerate(group):
        size += stored.size
        if size > GROUP_BYTES and place:
            return group[:place]
    return group
