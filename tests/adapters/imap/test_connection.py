"""The connection: encrypted, logged in, introduced; and everything a network does to it."""

from __future__ import annotations

import logging
import random
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.backoff import TryLater
from mailflow.adapters.imap import errors
from mailflow.adapters.imap.mailbox import ImapMailbox, ImapSettings
from mailflow.domain.errors import LoginRefused, MailflowError, PermanentError, TemporaryError
from mailflow.domain.ports import Mailbox
from tests.adapters.imap.samples import mail
from tests.servers.dovecot import Dovecot
from tests.servers.gate import Gate, hang_up, netease, refuse
from tests.servers.ports import free_port


class Clock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_is_a_mailbox(make: Any) -> None:
    mailbox: Mailbox = make()
    assert mailbox.name == "kefu"


# ------------------------------------------------------------------------------------------------------------------ TLS


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_with_our_own_authority(dovecot: Dovecot, user: str, make: Any, security: str) -> None:
    dovecot.deliver(user, mail(1))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = make(port=port, security=security, ca_file=dovecot.ca_file)
    (listing,) = mailbox.listing()
    assert [message.raw for message in mailbox.fetch(listing, listing.uids)] == [mail(1)]
    assert isinstance(mailbox._session.client._imap.sock, ssl.SSLSocket)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_certificate_is_refused_before_the_password_is_sent(
    dovecot: Dovecot, make: Any, security: str
) -> None:
    with Gate(dovecot.tls_port if security == "tls" else dovecot.port) as gate:
        with pytest.raises(PermanentError, match="certificate not trusted") as caught:
            make(port=gate.port, security=security).listing()
        assert "ca_file" in caught.value.remedy
        assert gate.logins == 0


def test_a_certificate_for_another_host_is_refused(dovecot: Dovecot, make: Any, monkeypatch: Any) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
    with pytest.raises(PermanentError, match="certificate not trusted"):
        make(host="imap.example.cn", port=dovecot.tls_port, security="tls", ca_file=dovecot.ca_file).listing()


def test_a_server_that_hides_starttls_gets_no_password(dovecot: Dovecot, make: Any) -> None:
    with Gate(dovecot.port, hide=[b"STARTTLS"]) as gate:
        with pytest.raises(PermanentError, match="no STARTTLS"):
            make(port=gate.port, security="starttls", ca_file=dovecot.ca_file).listing()
        assert gate.logins == 0


def test_tls_on_the_wrong_port(dovecot: Dovecot, make: Any) -> None:
    with pytest.raises(PermanentError, match="does not speak TLS") as caught:
        make(security="tls").listing()
    assert "starttls" in caught.value.remedy


def test_a_missing_ca_file(dovecot: Dovecot, make: Any) -> None:
    with pytest.raises(PermanentError, match="ca_file"):
        make(security="tls", ca_file=Path("/nowhere/ca.pem")).listing()


# ---------------------------------------------------------------------------------------------------------------- login


def test_a_wrong_password_is_sent_once(dovecot: Dovecot, make: Any) -> None:
    clock, password = Clock(), ["wrong-Geheim-77"]
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, clock=clock, password=lambda: password[0])
        for minutes in (0, 0, 1, 14):
            clock.now += minutes * 60 - 1 if minutes else 0
            with pytest.raises(LoginRefused, match="refused") as caught:
                mailbox.listing()
            assert password[0] not in str(caught.value)
        assert (gate.connections, gate.logins) == (1, 1)
        clock.now += 120  # 15 minutes are over: once more, then twice as long
        for minutes in (0, 29):
            clock.now += minutes * 60
            with pytest.raises(LoginRefused):
                mailbox.listing()
        assert gate.logins == 2
        password[0] = "secret"  # corrected: no reason to wait
        assert len(mailbox.listing()) == 1
        assert gate.logins == 3


def test_names_and_passwords_beyond_ascii(dovecot: Dovecot, make: Any) -> None:
    dovecot.add_user("beyond@example.cn", '密码 "\\ü')
    assert make(username="beyond@example.cn", password=lambda: '密码 "\\ü').listing()
    dovecot.add_user("odd@example.cn", 'a "quoted\\ one')
    assert make(username="odd@example.cn", password=lambda: 'a "quoted\\ one\n').listing()


def test_a_busy_server_is_not_a_wrong_password(dovecot: Dovecot, make: Any) -> None:
    answer = refuse(rb" LOGIN ", b"NO [UNAVAILABLE] Temporary failure")
    with Gate(dovecot.port, answer=answer) as gate, pytest.raises(TryLater, match="not possible now"):
        make(port=gate.port).listing()


def test_a_connection_lost_during_login_is_not_a_wrong_password_but_slows_down(dovecot: Dovecot, make: Any) -> None:
    clock = Clock()
    with Gate(dovecot.port, answer=hang_up(rb" LOGIN ")) as gate:
        mailbox = make(port=gate.port, clock=clock)
        with pytest.raises(TryLater, match="logging in") as caught:
            mailbox.listing()
        assert caught.value.retry_after >= 60
        clock.now += 30
        with pytest.raises(TryLater, match="next try"):
            mailbox.listing()
        assert gate.logins == 1


@pytest.mark.parametrize("hidden", [(), (b"AUTH=XOAUTH2",)], ids=["XOAUTH2", "OAUTHBEARER"])
def test_oauth(dovecot: Dovecot, user: str, make: Any, hidden: tuple[bytes, ...]) -> None:
    dovecot.deliver(user, mail(1))
    with Gate(dovecot.port, hide=hidden) as gate:
        mailbox = make(port=gate.port, password=None, token=lambda: dovecot.token(user))
        assert len(mailbox.listing()[0].uids) == 1


class Tokens:
    """A token source that counts."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.forgotten = 0

    def __call__(self) -> str:
        return self.tokens[0]

    def forget(self) -> None:
        self.forgotten += 1
        if len(self.tokens) > 1:
            del self.tokens[0]


@pytest.mark.parametrize("hidden", [(), (b"AUTH=XOAUTH2",)], ids=["XOAUTH2", "OAUTHBEARER"])
def test_a_token_refused_is_fetched_anew_once(
    dovecot: Dovecot, user: str, make: Any, hidden: tuple[bytes, ...]
) -> None:
    good, old, other = dovecot.token(user), dovecot.token(user, seconds=-60), dovecot.token("someone@example.cn")
    with Gate(dovecot.port, hide=hidden) as gate:
        tokens = Tokens(old, good)
        assert len(make(port=gate.port, password=None, token=tokens).listing()) == 1
        assert (tokens.forgotten, gate.logins) == (1, 2)
        for source, logins in ((Tokens(old, other), 2), (Tokens(old), 1)):
            before = gate.logins
            mailbox = make(port=gate.port, password=None, token=source)
            for _ in range(3):
                with pytest.raises(LoginRefused) as caught:
                    mailbox.listing()
                assert old not in str(caught.value)
            assert gate.logins - before == logins


def test_a_server_without_oauth(dovecot: Dovecot, make: Any) -> None:
    hidden = [b"AUTH=XOAUTH2", b"AUTH=OAUTHBEARER"]
    with Gate(dovecot.port, hide=hidden) as gate, pytest.raises(PermanentError, match="no OAuth"):
        make(port=gate.port, password=None, token=lambda: "abc").listing()


def test_hints_fit_the_provider() -> None:
    assert "授权码" in errors.login_hint("imap.exmail.qq.com", oauth=False)
    assert "授权码" in errors.login_hint("imap.163.com", oauth=False)
    assert "OAuth" in errors.login_hint("outlook.office365.com", oauth=False)
    assert "consent" in errors.login_hint("outlook.office365.com", oauth=True)


def test_no_secret_reaches_an_error_or_a_log(dovecot: Dovecot, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    secret = "Geheim-q9X7-ätsch"
    answers = (
        refuse(rb" (LOGIN|AUTHENTICATE) ", b"NO you said " + secret.encode()),
        refuse(rb" (LOGIN|AUTHENTICATE) ", b"BAD unknown " + secret.encode()),
        hang_up(rb" (LOGIN|AUTHENTICATE) "),
    )
    with caplog.at_level(logging.DEBUG):
        for password in (secret, "Geheim-q9X7"):
            for answer in answers:
                with Gate(dovecot.port, answer=answer) as gate:
                    try:
                        make(port=gate.port, password=lambda word=password: word).listing()
                    except MailflowError as error:
                        shown = "".join(traceback.format_exception(error)) + repr(error)
                        assert password not in shown
                        continue
                    pytest.fail("no error")
        with pytest.raises(LoginRefused):
            make(password=lambda: secret).listing()
    assert "Geheim" not in caplog.text


def test_settings_do_not_show_the_secret(make: Any) -> None:
    assert "password" not in repr(make().settings)


# ----------------------------------------------------------------------------------------------------- ID, capabilities


def test_id_comes_before_select_for_netease(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    with Gate(dovecot.port, answer=netease) as gate:
        assert len(make(port=gate.port).listing()[0].uids) == 1
        assert gate.commands.index(b"LOGIN") < gate.commands.index(b"ID") < gate.commands.index(b"EXAMINE")
    with Gate(dovecot.port, answer=netease, hide=[b"ID"]) as gate, pytest.raises(PermanentError, match="Unsafe Login"):
        make(port=gate.port).listing()
    assert "ID sent: name=mailflow" in dovecot.log()


def test_capabilities_are_those_after_the_login(make: Any) -> None:
    mailbox = make()
    mailbox.listing()
    assert mailbox._session.has("MOVE")  # Dovecot announces it after the login only


def test_probe_says_what_is_there(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver_many(user, [mail(1), mail(2)])
    lines = "\n".join(make(after="move", done_folder="已处理").probe())
    assert "IDLE, MOVE, UIDPLUS" in lines
    assert "INBOX: 2 mails" in lines
    assert "已处理: missing" in lines


def test_probe_names_what_is_wrong(dovecot: Dovecot, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TryLater, match="connection refused") as caught:
        make(port=free_port()).probe()
    assert "port" in caught.value.remedy

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TryLater, match="host name not found") as caught:
        make(host="imap.exampel.cn", allow_plain=True).probe()
    assert "DNS" in caught.value.remedy


# ----------------------------------------------------------------------------------------------------- a bad network


def test_a_kicked_session_is_replaced_quietly(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver_many(user, [mail(n) for n in range(6)])
    mailbox = make(batch_count=2)
    (listing,) = mailbox.listing()
    dovecot.kick(user)
    assert len(mailbox.listing()[0].uids) == 6
    got = []
    for message in mailbox.fetch(listing, listing.uids):
        got.append(message.raw)
        if len(got) in (2, 4):
            dovecot.kick(user)
    assert got == [mail(n) for n in range(6)]


def test_a_connection_cut_in_the_middle_of_a_fetch(dovecot: Dovecot, user: str, make: Any) -> None:
    raws = [mail(n, random.Random(n).randbytes(40_000).hex().encode()) for n in range(10)]
    dovecot.deliver_many(user, raws)
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, batch_count=4)
        (listing,) = mailbox.listing()
        gate.cut_after = 450_000
        got: list[bytes] = []
        for _ in range(6):
            left = listing.uids[len(got) :]
            try:
                got.extend(message.raw for message in mailbox.fetch(listing, left))
            except TemporaryError:
                continue
        assert got == raws
        assert gate.connections > 2


def test_a_frozen_server_costs_one_timeout_not_the_day(dovecot: Dovecot, user: str, make: Any) -> None:
    dovecot.deliver(user, mail(1))
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, read_timeout=0.5, connect_timeout=0.5)
        (listing,) = mailbox.listing()
        session = mailbox._session
        gate.freeze()
        started = time.monotonic()
        (missing,) = mailbox.fetch(listing, listing.uids)
        assert (missing.place.uid, missing.why) == (listing.uids[0], "timeout")
        with pytest.raises(TryLater, match="no answer in time"):
            mailbox.listing()
        assert time.monotonic() - started < 3
        assert not session.alive
        gate.thaw()
        assert len(list(mailbox.fetch(listing, listing.uids))) == 1
        assert mailbox._session is not session


def test_a_server_that_stays_away_is_asked_less_and_less(make: Any) -> None:
    clock = Clock()
    with Gate(free_port()) as gate:
        gate.closed = True
        mailbox = make(port=gate.port, clock=clock)
        waits = []
        for _ in range(12):
            with pytest.raises(TryLater) as caught:
                mailbox.listing()
            waits.append(caught.value.retry_after)
            clock.now += caught.value.retry_after + 0.01
        assert gate.connections == 12
        assert waits[:2] == [0, 0]
        assert all(2 ** (n - 1) <= wait <= 2**n for n, wait in enumerate(waits[2:9], 1))
        assert max(waits) <= 300
        clock.now -= 10
        with pytest.raises(TryLater, match="next try"):
            mailbox.listing()
        assert gate.connections == 12


def test_a_restarted_server(user: str, tmp_path: Path) -> None:
    clock = Clock()
    with Dovecot() as server:
        server.deliver(user, mail(1))
        settings = ImapSettings(
            "kefu", server.host, server.port, "plain", user, password=lambda: "secret", spool_dir=tmp_path
        )
        mailbox = ImapMailbox(settings, clock=clock)
        before = mailbox.listing()
        server.stop()
        with pytest.raises(TryLater):
            mailbox.listing()
        server.start()
        clock.now += 10
        assert mailbox.listing() == before
        mailbox.close()


# ---------------------------------------------------------------------------------------------------------------- wait


@pytest.fixture
def later() -> Iterator[Any]:
    """Do something in a while, in another thread."""
    timers: list[threading.Timer] = []

    def start(seconds: float, work: Any) -> None:
        timers.append(threading.Timer(seconds, work))
        timers[-1].start()

    yield start
    for timer in timers:
        timer.join()


def _waited(mailbox: ImapMailbox, seconds: float) -> float:
    started = time.monotonic()
    mailbox.wait(seconds)
    return time.monotonic() - started


@pytest.mark.parametrize("security", ["plain", "tls"])
def test_new_mail_wakes_up(dovecot: Dovecot, user: str, make: Any, later: Any, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = make(port=port, security=security, ca_file=dovecot.ca_file)
    mailbox.listing()
    later(0.3, lambda: dovecot.deliver(user, mail(1)))
    assert _waited(mailbox, 20) < 5
    assert len(mailbox.listing()[0].uids) == 1


def test_mail_that_came_since_the_listing_wakes_up_at_once(dovecot: Dovecot, user: str, make: Any) -> None:
    mailbox = make()
    dovecot.deliver(user, mail(1))
    mailbox.listing()
    dovecot.deliver(user, mail(2))
    assert _waited(mailbox, 20) < 5


def test_without_news_the_time_is_kept_and_the_connection_stays(dovecot: Dovecot, make: Any) -> None:
    mailbox = make()
    mailbox.listing()
    session = mailbox._session
    assert 0.9 < _waited(mailbox, 1) < 2
    mailbox.listing()
    assert mailbox._session is session


@pytest.mark.parametrize("changes", [{"idle": False}, {"folders": ("INBOX", "Sent")}])
def test_sleeping_instead(dovecot: Dovecot, user: str, make: Any, changes: dict[str, Any]) -> None:
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, **changes)
        mailbox.listing()
        assert 0.3 < _waited(mailbox, 0.4) < 2
        assert b"IDLE" not in gate.commands
    assert 0.1 < _waited(make(), 0.2) < 2  # not even connected


@pytest.mark.parametrize("idle", [True, False])
def test_a_stop_ends_the_wait(dovecot: Dovecot, make: Any, later: Any, idle: bool) -> None:
    stop = threading.Event()
    mailbox = make(stop=stop, idle=idle)
    mailbox.listing()
    later(0.2, stop.set)
    assert _waited(mailbox, 60) < 3


def test_a_session_kicked_while_waiting_is_no_error(dovecot: Dovecot, user: str, make: Any, later: Any) -> None:
    mailbox = make()
    mailbox.listing()
    later(0.3, lambda: dovecot.kick(user))
    assert 1.9 < _waited(mailbox, 2) < 4  # a server that ends every IDLE must not be asked without pause
    assert len(mailbox.listing()) == 1


def test_a_network_that_dies_while_waiting(dovecot: Dovecot, make: Any, later: Any) -> None:
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port, read_timeout=0.5)
        mailbox.listing()
        later(0.2, gate.freeze)
        assert _waited(mailbox, 1) < 4
        gate.thaw()
        assert len(mailbox.listing()) == 1


def test_closing_never_raises_nor_hangs(dovecot: Dovecot, make: Any) -> None:
    with Gate(dovecot.port) as gate:
        mailbox = make(port=gate.port)
        mailbox.close()
        mailbox.listing()
        gate.freeze()
        started = time.monotonic()
        mailbox.close()
        mailbox.close()
        assert time.monotonic() - started < 4
