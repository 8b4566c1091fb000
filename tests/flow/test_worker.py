"""The worker's round: what breaks in one part is said, keeps no other from its work, and is forgotten when over."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mailflow import app as composition
from mailflow import worker as worker_module
from mailflow.domain.errors import NeedsPerson, PermanentError, TemporaryError
from mailflow.domain.mailbox_ports import NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Listing, Mailbox, Oversize
from mailflow.flow import Outcome
from mailflow.scheduled.duties import Duty
from mailflow.settings.sections import Limits
from mailflow.stages.collect import collect
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint, letter
from tests.flow.office import Away, Office
from tests.flow.test_bad_mail import FormsWithADefect


@pytest.fixture
def office(office: Office) -> Office:
    """An office that reads in a process of its own, as the product does."""
    office.apart = True
    return office


class Box:
    """A mailbox that can be told to fail, and says what was asked of it."""

    def __init__(self, inner: Mailbox, name: str, stop: threading.Event) -> None:
        self.inner, self.name, self.stop = inner, name, stop
        self.error: Exception | None = None
        self.error_of_waiting: Exception | None = None
        self.waits: list[float] = []
        self.listed = self.closed = 0

    def listing(self) -> Sequence[Listing]:
        self.listed += 1
        if self.error:
            raise self.error
        return self.inner.listing()

    def received(self, listing: Listing, uids: Sequence[int]) -> Mapping[int, datetime | None]:
        return self.inner.received(listing, uids)

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize | NotGiven]:
        return self.inner.fetch(listing, uids)

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        self.inner.mark_done(listing, uids)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.stop.set()
        if self.error_of_waiting:
            raise self.error_of_waiting

    def close(self) -> None:
        self.closed += 1
        self.inner.close()


def box(office: Office, name: str = "service", stop: threading.Event | None = None) -> Box:
    stop = stop or threading.Event()
    (inner,) = composition.mailboxes(office.config, stop)
    return Box(inner, name, stop)


def value(office: Office, name: str, **labels: str) -> float:
    """A number of the metrics; 0 before it was ever counted."""
    return office.health.registry.get_sample_value(f"mailflow_{name}", labels) or 0.0


def report(office: Office) -> dict[str, Any]:
    found = json.loads((office.storage / "health.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def test_what_was_done_is_counted_and_reported(office: Office) -> None:
    away = letter("我在休假。", subject="自动回复", headers={"Auto-Submitted": "auto-replied"})
    office.put(complaint(1), complaint(2), away)
    outcomes: list[Outcome] = []
    with office.open(tell=outcomes.append) as (_, worker):
        worker.round()
        assert "stopped" not in report(office)
        worker.once()
    by_status = {status: office.statuses().count(status) for status in ("handled", "aside", "held")}
    for outcome, number in by_status.items():
        assert value(office, "mails_total", outcome=outcome) == number
    assert by_status == {"handled": 2, "aside": 1, "held": 0}
    assert value(office, "records_total") == sum(outcome.record is not None for outcome in outcomes) == 2
    assert value(office, "replies_total", result="sent") == len(office.replies()) == 2
    assert value(office, "waiting") == value(office, "unknown") == 0
    assert value(office, "last_round_seconds") == office.clock.now.timestamp()
    said = report(office)
    assert (said["ok"], said["troubles"], said["stopped"]) == (True, {}, True)
    (folder,) = said["folders"]
    assert (folder["mailbox"], folder["present"]) == ("service", 3)
    assert {name: folder[name] for name in by_status} == by_status


def test_what_lies_in_the_mailbox_and_was_not_taken_in_is_counted(office: Office) -> None:
    office.put(complaint(1))

    class Blind(Box):
        def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | Oversize]:
            return iter(())

    seeing = box(office)
    with office.open(boxes=[Blind(seeing.inner, "service", seeing.stop)]) as (_, worker):
        worker.round()
        assert (value(office, "unknown"), value(office, "waiting")) == (1, 0)
    with office.open(boxes=[seeing], vault=Away) as (_, worker):
        worker.round()
        assert (value(office, "unknown"), value(office, "waiting")) == (0, 1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TemporaryError("no connection"), "no connection"),
        (PermanentError("no such folder", remedy="name another"), "no such folder"),
        (ValueError("a defect"), "internal error"),
    ],
)
def test_a_mailbox_in_trouble_keeps_nobody_from_work(office: Office, error: Exception, words: str) -> None:
    office.put(complaint(1))
    broken, other = box(office, "first"), box(office, "service")
    broken.error = error
    with office.open(boxes=[broken, other]) as (_, worker):
        worker.round()
        assert list(office.health.troubles()) == ["mailbox:first"]
        assert words in office.health.troubles()["mailbox:first"]
        assert value(office, "errors_total", place="mailbox:first") == 1
        assert report(office)["ok"] is False
        assert office.statuses() == ["handled"]
        assert "archive.json" in "".join(office.files())
        broken.error = None
        worker.round()
        assert office.health.troubles() == {}
        assert report(office)["ok"] is True
        worker.once()
    assert (broken.closed, other.closed) == (1, 1)


def answers(*results: int | Exception) -> Callable[..., int]:
    """A part that does this, one after the other, and then nothing."""
    left = list(results)

    def step(*_: object) -> int:
        result = left.pop(0) if left else 0
        if isinstance(result, Exception):
            raise result
        return result

    return step


def trouble_after(office: Office, part: str, *results: int | Exception) -> list[dict[str, str]]:
    """The troubles after each of as many rounds, in which a part of the worker does this."""
    office.put(complaint(1))
    said = []
    with office.open() as (_, worker):
        does = answers(*results)
        chores = worker.chores
        worker.chores = replace(chores, archive=does) if part == "archive" else replace(chores, casework=does)
        for _ in range(2):
            worker.round()
            said.append(office.health.troubles())
        assert office.statuses() == ["handled"]
    return said


@pytest.mark.parametrize("part", ["casework", "archive"])
def test_a_part_that_fails_for_now_is_said_and_tried_again(office: Office, part: str) -> None:
    first, second = trouble_after(office, part, TemporaryError("disk full"))
    assert list(first) == [part]
    assert "disk full" in first[part]
    assert second == {}


def test_an_archive_that_needs_a_person_says_so(office: Office) -> None:
    first, second = trouble_after(office, "archive", NeedsPerson("damaged", "the folder is a file", remedy="look"))
    assert "the folder is a file" in first["archive"]
    assert second == {}


@pytest.mark.parametrize("part", ["casework", "archive"])
def test_a_part_with_a_defect_is_said_without_the_words_of_the_defect(office: Office, part: str) -> None:
    first, second = trouble_after(office, part, ValueError("客户的原话"))
    assert first == {part: "internal error, see the log"}
    assert second == {}


def test_cases_go_on_until_nothing_is_due(office: Office) -> None:
    asked: list[datetime] = []
    with office.open() as (_, worker):

        def step(now: datetime) -> int:
            asked.append(now)
            return 3 - len(asked)

        worker.chores = replace(worker.chores, casework=step)
        worker.round()
        assert len(asked) == 3
        worker.stop.set()
        asked.clear()
        worker.round()
        assert asked == []  # told to stop, it begins nothing
    assert office.health.troubles() == {}


def test_a_worker_sent_round_again_sends_what_came_meanwhile(office: Office) -> None:
    with office.open() as (_, worker):
        for number in (1, 2):
            office.put(complaint(number))
            worker.once()
            assert office.ask("SELECT count(*) FROM outbox WHERE status = 'sent'") == [(number,)]


def test_told_to_stop_it_asks_no_further_mailbox(office: Office) -> None:
    stop = threading.Event()
    first, second = box(office, "first", stop), box(office, "service", stop)
    office.put(complaint(1))
    with office.open(boxes=[first, second], stop=stop, tell=lambda outcome: stop.set()) as (_, worker):
        worker.round()
        assert first.listed == 1  # the count of what is done waits for the next start
        assert second.listed == 0
        worker.round()
        assert first.listed == 1


def test_a_duty_that_breaks_is_counted_and_ends_no_round(office: Office) -> None:
    done: list[str] = []

    def broken(now: datetime) -> None:
        raise ValueError("a defect")

    office.put(complaint(1))
    with office.open() as (_, worker):
        worker.chores = replace(worker.chores, daily=[Duty("broken", time(0, 0), broken)])
        worker.once(calendar=True)
        assert value(office, "errors_total", place="duties") == 1
        good = Duty("good", time(0, 0), lambda now: done.append("good"))
        worker.chores = replace(worker.chores, daily=[good])
        worker.once()
        assert done == []  # the calendar was not asked for
        worker.once(calendar=True)
        worker.once(calendar=True)
    assert done == ["good"]
    assert office.statuses() == ["handled"]


def test_one_mailbox_wakes_the_worker_and_several_are_polled(office: Office) -> None:
    stop = threading.Event()
    alone = box(office, stop=stop)
    with office.open(boxes=[alone], stop=stop) as (_, worker):
        worker.run()
    assert alone.waits == [60]
    assert (alone.listed > 0, alone.closed) == (True, 1)

    stop = threading.Event()
    pair = [box(office, "first", stop), box(office, "second", stop)]
    with office.open(boxes=pair, stop=stop) as (_, worker):
        threading.Timer(0.3, stop.set).start()
        worker.run()
    assert [each.waits for each in pair] == [[], []]
    assert [each.listed for each in pair] == [2, 2]  # one round: to collect, and to count


def test_with_trouble_it_does_not_lean_on_the_mailbox_to_wake_it(office: Office) -> None:
    stop = threading.Event()
    alone = box(office, stop=stop)
    alone.error = TemporaryError("no connection")
    with office.open(boxes=[alone], stop=stop) as (_, worker):
        threading.Timer(0.3, stop.set).start()
        worker.run()
    assert alone.waits == []


def test_a_mailbox_that_cannot_wait_is_polled_after_five_seconds_at_most(office: Office) -> None:
    waited: list[float | None] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return True

    for poll, expected, error in ((60, 5, TemporaryError("lost")), (2, 2, PermanentError("refused", remedy="look"))):
        stop = Stop()
        alone = box(office, stop=stop)
        alone.error_of_waiting = error
        with office.open(boxes=[alone], stop=stop) as (_, worker):
            worker.pace = worker_module.Pace(poll_seconds=poll)
            worker.run()
        assert alone.waits == [poll]
        assert waited.pop() == expected


@pytest.mark.parametrize(
    ("megabytes", "groups"), [(0, [5, 0]), (3, [2, 2, 1, 0]), (4, [2, 2, 1, 0]), (20, [1, 1, 1, 1, 1, 0])]
)
def test_mails_are_taken_together_up_to_eight_megabytes_and_a_larger_one_alone(
    office: Office, megabytes: int, groups: list[int]
) -> None:
    office.put(*(letter("附件请查收。", subject="资料", sender="li@plant.example") for _ in range(5)))
    with office.open(boxes=[]) as (app, worker):
        list(collect(box(office), app.ledger, app.vault, office.clock()))
        if megabytes:
            office.change("UPDATE messages SET size = ?", megabytes << 20)
        assert [worker.process_group() for _ in groups] == groups
    assert set(office.statuses()) <= {"handled", "held"}


def test_while_much_is_waiting_the_archive_follows_every_ten_seconds(office: Office) -> None:
    office.put(*(complaint(number) for number in range(4)))
    brought: list[datetime] = []
    with office.open(boxes=[], tell=lambda outcome: office.clock.forward(seconds=6)) as (app, worker):
        list(collect(box(office), app.ledger, app.vault, office.clock()))
        office.change("UPDATE messages SET size = ?", 20 << 20)  # each is taken by itself
        real = worker.chores.archive

        def archive() -> int:
            brought.append(office.clock())
            return real()

        worker.chores = replace(worker.chores, archive=archive)
        worker._archived_at = begun = office.clock()
        worker.work_off()
    assert [moment - begun for moment in brought] == [timedelta(seconds=12), timedelta(seconds=24)]


def test_after_trouble_with_storage_a_mail_waits_longer_each_time_and_five_minutes_at_most(
    new_office: OpenOffice,
) -> None:
    office = new_office(limits=Limits(processing_attempts=7))
    office.put(complaint(1))
    waits = []
    with office.open(vault=Away) as (_, worker):
        for _ in range(5):
            worker.round()
            assert list(office.health.troubles()) == ["storage"]
            ((due,),) = office.ask("SELECT next_attempt_at FROM messages")
            moment = datetime.fromisoformat(due).astimezone(UTC)
            waits.append(moment - office.clock.now)
            office.clock.now = moment
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 5, 5)]
    with office.open() as (_, worker):
        worker.round()
        assert office.health.troubles() == {}
    assert office.statuses() == ["handled"]


class FullForRecords(Away):
    """A vault with room for mails and, for a while, none for records."""

    full = True

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        if self.full and any(content.startswith(b"PK") for content in contents):
            raise TemporaryError("storage: No space left on device", remedy="free disk space")
        return self.inner.put(contents)

    def get(self, digest: str) -> bytes:
        return self.inner.get(digest)


def test_a_group_whose_records_find_no_room_is_tried_again_as_a_whole(office: Office) -> None:
    office.put(complaint(1), complaint(2))
    with office.open(vault=FullForRecords) as (app, worker):
        worker.round()
        assert list(office.health.troubles()) == ["storage"]
        assert office.ask("SELECT status, attempts FROM messages") == [("waiting", 1)] * 2
        assert office.one("SELECT count(*) FROM cases") == 0
        vault: object = app.services.vault
        assert isinstance(vault, FullForRecords)
        vault.full = False
        office.clock.forward(minutes=2)
        worker.once()
        assert office.health.troubles() == {}
    assert office.statuses() == ["handled"] * 2
    assert office.errors() == []


def test_a_mail_that_breaks_filing_is_held_counted_and_told(office: Office) -> None:
    office.put(complaint(1), letter("球阀漏水，请换货。噎住。"))
    told: list[Outcome] = []
    with office.open(forms=FormsWithADefect, tell=told.append) as (_, worker):
        worker.once()
    assert [outcome.status.value for outcome in told] == ["handled", "held"]
    assert value(office, "mails_total", outcome="held") == 1


def test_trouble_with_sending_is_counted_and_over_when_a_mail_is_taken(office: Office) -> None:
    office.put(complaint(1))
    office.sink.refuse["data"] = "451 4.3.0 try later"
    with office.open() as (_, worker):
        worker.once()
        assert list(office.health.troubles()) == ["smtp"]
        assert "451" in office.health.troubles()["smtp"]
        office.sink.refuse.clear()
        office.clock.forward(minutes=5)
        worker.once()
        assert office.health.troubles() == {}
    counts = [value(office, "replies_total", result=result) for result in ("sent", "later", "failed")]
    assert counts == [1, 1, 0]


@pytest.mark.parametrize(
    ("error", "place"), [(TemporaryError("disk full"), "storage"), (ValueError("a defect"), "smtp")]
)
def test_a_round_of_sending_that_breaks_is_said_and_the_next_one_is_tried(
    office: Office, error: Exception, place: str
) -> None:
    """The thread that sends must outlive everything: without it nobody would be answered, and nobody would know."""
    failing = True

    def clock() -> datetime:
        if threading.current_thread().name == "deliver" and failing:
            raise error
        return office.clock()

    stop = threading.Event()
    alone = box(office, stop=stop)
    office.put(complaint(1))
    with office.open(boxes=[alone], stop=stop) as (_, worker):
        worker.clock = clock
        worker.once()  # ends all the same
        assert value(office, "errors_total", place=place) >= 1
        assert office.replies() == []
        failing = False
        worker.once()
    assert len(office.replies()) == 1
