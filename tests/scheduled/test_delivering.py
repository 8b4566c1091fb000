"""Sending: what counts as an attempt, what pauses it, that nobody sends a mail twice.

The server is a port's fake that answers as told; the ledger is real.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.adapters.smtp.sender import Never, NotNow, Unwelcome
from mailflow.adapters.sql.ledger import SqlLedger
from mailflow.domain.errors import LoginRefused, Unreachable
from mailflow.domain.model import OutgoingMail, Refusal
from mailflow.runtime.health import Health
from mailflow.scheduled.deliver import Sending, deliver
from mailflow.scheduled.dispatch import Dispatch
from mailflow.scheduled.parking import begin_sending
from tests.adapters.sql.stores import BOTH, Store
from tests.flow.office import Clock

AWAY = Unreachable("the mail server cannot be reached")


class Server:
    """Takes mail, or answers as ``says`` tells it of a mail."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.tried: list[str] = []
        self.says: Callable[[str], Exception | None] = lambda name: None

    def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
        name = mail.recipients[0].partition("@")[0]
        self.tried.append(name)
        if error := self.says(name):
            raise error
        self.taken.append(name)
        return ()

    def close(self) -> None:
        """Nothing to end."""


class Post:
    """A ledger with an outbox, a server, a clock, and whoever sends."""

    def __init__(self, ledger: SqlLedger, folder: Path) -> None:
        self.ledger, self.server, self.clock = ledger, Server(), Clock()
        self.health = Health(folder)
        self.dispatch = Dispatch(ledger, self.server, self.clock, self.health, threading.Event())

    def queue(self, *names: str) -> None:
        """Mails to these people are written."""
        with self.ledger.begin() as work:
            for name in names:
                mail = OutgoingMail("a@firm.example", (f"{name}@x.example",), f"{name}@firm.example", b"To: x\r\n\r\nx")
                work.queue(f"letter:{name}", mail, case=None, message=None, now=self.clock())

    def send(self) -> None:
        """One round."""
        while self.dispatch.round():
            pass

    def pass_time(self, total: timedelta, step: timedelta = timedelta(minutes=10)) -> None:
        """Time passes, with a round now and then."""
        end = self.clock.now + total
        while self.clock.now < end:
            self.clock.now += step
            self.send()

    def state(self, name: str) -> tuple[str, int]:
        """Status and attempts of a mail."""
        key = self.row(name)
        with self.ledger.begin() as work:
            row = work.outgoing(key)
        assert row is not None
        return row["status"], row["attempts"]

    def row(self, name: str) -> int:
        """The row of a mail."""
        with self.ledger.begin() as work:
            (mail,) = work.sent_under([f"{name}@firm.example"])
        return mail.id


@pytest.fixture
def post(store: Store, tmp_path: Path) -> Iterator[Post]:
    ledger = store.open(tmp_path)
    yield Post(ledger, tmp_path)
    ledger.close()


def test_a_server_away_for_62_hours_uses_up_no_attempt_and_gets_every_mail_once(post: Post) -> None:
    names = [f"m{number}" for number in range(120)]
    post.server.says = lambda name: AWAY
    post.queue(*names)
    post.pass_time(timedelta(hours=62))
    assert {post.state(name) for name in ("m0", "m119")} == {("pending", 0)}
    assert len(post.server.tried) < 62 * 4 + 10  # one try in a quarter of an hour, not one for each mail
    post.server.says = lambda name: None
    post.pass_time(timedelta(minutes=20))
    assert sorted(post.server.taken) == sorted(names)
    assert post.state("m0") == ("sent", 1)


def test_while_the_server_is_away_health_and_metrics_say_so(post: Post) -> None:
    post.server.says = lambda name: AWAY
    post.queue("a")
    post.send()
    assert "cannot be reached" in post.health.troubles()["smtp"]
    assert post.health.registry.get_sample_value("mailflow_sending_paused") == 1
    post.server.says = lambda name: None
    post.clock.forward(minutes=16)
    post.send()
    assert post.health.troubles() == {}
    assert post.health.registry.get_sample_value("mailflow_sending_paused") == 0


def test_the_pause_grows_to_a_quarter_of_an_hour_and_ends_when_the_clock_is_put_back(post: Post) -> None:
    post.server.says = lambda name: AWAY
    post.queue("a")
    waits = []
    for _ in range(7):
        before, tried = post.clock.now, len(post.server.tried)
        post.send()
        while len(post.server.tried) == tried:
            post.clock.forward(seconds=10)
            post.send()
        waits.append(int((post.clock.now - before).total_seconds()))
    assert waits[1:] == [30, 60, 120, 240, 480, 900]
    post.clock.forward(days=-1)
    post.queue("b")
    post.send()
    assert post.server.tried[-1] == "b"


@pytest.mark.parametrize("code", [450, 451, 552])
def test_a_mail_refused_for_now_is_tried_for_five_days_from_the_first_such_answer(post: Post, code: int) -> None:
    post.server.says = lambda name: AWAY
    post.queue("a")
    post.pass_time(timedelta(days=3), timedelta(hours=1))
    post.server.says = lambda name: NotNow("later", code=code)
    post.pass_time(timedelta(days=4, hours=20), timedelta(hours=1))
    assert post.state("a")[0] == "pending"
    post.pass_time(timedelta(hours=9), timedelta(hours=1))
    assert post.state("a")[0] == "failed"
    assert "later" in post.health.troubles()["smtp"]
    with post.ledger.begin() as work:
        assert work.unsent_counts() == {"pending": 0, "failed": 1, "parked": 0}


def test_a_line_that_breaks_over_every_mail_counts_for_none_of_them(post: Post) -> None:
    post.server.says = lambda name: NotNow("broke off")
    post.queue("a", "b", "c", "d", "e")
    post.pass_time(timedelta(days=9), timedelta(hours=1))
    assert {post.state(name) for name in "abcde"} == {("pending", 0)}
    post.server.says = lambda name: None
    post.pass_time(timedelta(hours=5))
    assert sorted(post.server.taken) == list("abcde")


def test_a_mail_over_which_the_line_breaks_holds_up_no_other_and_ends_after_five_days(post: Post) -> None:
    post.server.says = lambda name: NotNow("broke off") if name == "poison" else None
    post.queue("poison", "b")
    for day in range(7):
        post.queue(f"day{day}")
        post.pass_time(timedelta(days=1), timedelta(hours=1))
    assert len(post.server.taken) == 8
    assert post.state("poison")[0] == "failed"


def test_a_server_that_refuses_our_sender_fails_no_mail_and_one_refused_alone_fails(post: Post) -> None:
    post.server.says = lambda name: Unwelcome("account locked", code=550)
    post.queue("a", "b", "c", "d")
    post.pass_time(timedelta(days=6), timedelta(hours=1))
    assert {post.state(name) for name in "abcd"} == {("pending", 0)}
    post.server.says = lambda name: Unwelcome("not this one", code=550) if name == "a" else None
    post.pass_time(timedelta(hours=9))
    assert post.state("a")[0] == "failed"
    assert sorted(post.server.taken) == ["b", "c", "d"]


def test_what_the_server_refuses_for_good_fails_at_once_and_nothing_else_with_it(post: Post) -> None:
    post.server.says = lambda name: Never("no such user", code=550) if name == "a" else None
    post.queue("a", "b")
    post.send()
    assert (post.state("a"), post.state("b")) == (("failed", 1), ("sent", 1))


def test_a_refused_login_pauses_sending_and_touches_no_mail(post: Post) -> None:
    post.server.says = lambda name: LoginRefused("wrong password")
    post.queue("a", "b")
    post.pass_time(timedelta(hours=1))
    assert (post.state("a"), post.state("b")) == (("pending", 0), ("pending", 0))
    assert len(post.server.tried) < 12
    row = post.row("a")
    with post.ledger.begin() as work:
        assert work.cancel(row, "told by telephone", post.clock())  # nobody has it in hand


@BOTH
def test_two_who_send_at_a_time_send_each_mail_once(post: Post) -> None:
    post.queue(*(f"m{number}" for number in range(20)))
    both_read = threading.Barrier(2)
    read: list[object] = []

    def late() -> object:
        if threading.get_ident() not in read:  # after both of them have read what is due
            read.append(threading.get_ident())
            if len(read) <= 2:
                both_read.wait(20)
        return None

    class Slow(Server):
        def send(self, mail: OutgoingMail) -> Sequence[Refusal]:
            late()
            return super().send(mail)

    servers = [Slow(), Slow()]

    def work(server: Server) -> None:
        deliver(post.ledger, server, post.clock, Sending())

    threads = [threading.Thread(target=work, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    taken = servers[0].taken + servers[1].taken
    assert len(taken) == 20
    assert len(set(taken)) == 20
    assert all(server.taken for server in servers)


def test_a_mail_that_is_leaving_cannot_be_withdrawn_and_a_withdrawn_one_does_not_leave(post: Post) -> None:
    post.queue("a", "b")
    rows = {name: post.row(name) for name in "ab"}
    answers = []

    def meanwhile(name: str) -> None:
        with post.ledger.begin() as work:
            answers.append([work.cancel(rows[each], "told by telephone", post.clock()) for each in "ab"])

    post.server.says = meanwhile
    post.send()
    assert answers == [[False, True]]
    assert post.server.taken == ["a"]
    assert (post.state("a")[0], post.state("b")[0]) == ("sent", "cancelled")


def test_what_a_killed_worker_had_in_hand_is_sent_by_the_next_at_once(post: Post) -> None:
    post.queue("a")
    row = post.row("a")
    with post.ledger.begin() as work:
        assert work.claim(row, "the dead", post.clock())
    post.send()
    assert post.server.taken == []
    begin_sending(post.ledger, post.clock(), has_server=True)
    post.send()
    assert post.server.taken == ["a"]


def test_a_mail_sent_again_by_a_person_has_five_days_again(post: Post) -> None:
    post.server.says = lambda name: NotNow("full", code=552)
    post.queue("a")
    post.pass_time(timedelta(days=6), timedelta(hours=2))
    assert post.state("a")[0] == "failed"
    row = post.row("a")
    with post.ledger.begin() as work:
        assert work.send_again(row, ["failed"], "resent", post.clock())
    post.pass_time(timedelta(days=4), timedelta(hours=2))
    assert post.state("a")[0] == "pending"
    post.server.says = lambda name: None
    post.pass_time(timedelta(hours=5))
    assert post.server.taken == ["a"]


def test_what_was_written_without_a_mail_server_waits_for_a_person_when_it_is_older_than_a_day(post: Post) -> None:
    begin_sending(post.ledger, post.clock(), has_server=False)
    post.queue("old")
    post.clock.forward(hours=30)
    post.queue("new")
    post.clock.forward(hours=2)
    assert begin_sending(post.ledger, post.clock(), has_server=True) == 1
    assert begin_sending(post.ledger, post.clock(), has_server=True) == 0
    post.send()
    assert post.server.taken == ["new"]
    assert post.state("old")[0] == "parked"


def test_a_mail_server_that_was_only_away_parks_nothing(post: Post) -> None:
    begin_sending(post.ledger, post.clock(), has_server=True)
    post.server.says = lambda name: AWAY
    post.queue("a")
    post.pass_time(timedelta(hours=62), timedelta(hours=1))
    assert begin_sending(post.ledger, post.clock(), has_server=True) == 0
    post.server.says = lambda name: None
    post.pass_time(timedelta(hours=1))
    assert post.server.taken == ["a"]
