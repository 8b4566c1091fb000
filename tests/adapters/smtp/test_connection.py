"""TLS, logins, and connections that break: what is repeated, what is not, and what is told."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mailflow.adapters.smtp.sender import IDLE_CHECK, LOGIN_PAUSE, SmtpSender, SmtpSettings
from mailflow.domain.errors import LoginRefused, PermanentError, TemporaryError
from tests.adapters.smtp.conftest import MAIL, MakeSender, StartSink
from tests.servers.ports import free_port
from tests.servers.smtp_sink import certificate


class Clock:
    """A clock tests can put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# ------------------------------------------------------------------------------------------------------ TLS and logins


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("without_plain", [False, True])
def test_a_password_goes_out_under_tls_only(
    start: StartSink, sender: MakeSender, security: str, without_plain: bool
) -> None:
    sink = start(security=security, users={"kefu": "授权码"}, without_auth_plain=without_plain)
    assert sender(sink, username="kefu", password=lambda: "授权码").send(MAIL) == []
    assert (sink.mails[0].under_tls, sink.mails[0].user) == (True, "kefu")
    assert sink.logins == [("kefu", True)]


def test_a_token_logs_in_by_xoauth2(start: StartSink, sender: MakeSender) -> None:
    sink = start(security="starttls", tokens={"kefu@example.cn": "good"})
    assert sender(sink, username="kefu@example.cn", token=lambda: "good").send(MAIL) == []
    assert sink.mails[0].user == "kefu@example.cn"


def test_a_stale_token_is_a_refused_login(start: StartSink, sender: MakeSender) -> None:
    sink = start(security="tls", tokens={"kefu@example.cn": "good"})
    with pytest.raises(LoginRefused):
        sender(sink, username="kefu@example.cn", token=lambda: "stale").send(MAIL)
    assert sink.logins == [("kefu@example.cn", False)]


def test_a_wrong_password_is_tried_once_and_then_left_alone_for_a_while(start: StartSink, sender: MakeSender) -> None:
    sink = start(security="tls", users={"kefu": "secret"})
    clock = Clock()
    given = ["wrong"]
    port = sender(sink, clock=clock, username="kefu", password=lambda: given[0])
    for _ in range(3):
        with pytest.raises(LoginRefused, match="授权码"):
            port.send(MAIL)
    assert sink.logins == [("kefu", False)]
    clock.now += LOGIN_PAUSE
    given[0] = "secret"
    assert port.send(MAIL) == []
    assert sink.logins == [("kefu", False), ("kefu", True)]


def test_a_server_that_wants_a_login_we_have_none_for_refuses_the_account_and_not_the_mail(
    start: StartSink, sender: MakeSender
) -> None:
    sink = start(security="tls", users={"kefu": "secret"})
    with pytest.raises(LoginRefused):
        sender(sink).send(MAIL)


def test_a_server_without_the_wanted_login_is_a_refused_login(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    for options in ({"password": lambda: "x"}, {"token": lambda: "x"}):
        with pytest.raises(LoginRefused, match="offers no"):
            sender(sink, username="kefu", **options).send(MAIL)


def test_a_secret_that_cannot_be_read_says_only_that(start: StartSink, sender: MakeSender) -> None:
    def broken() -> str:
        raise OSError("/run/secrets/geheim is gone")

    sink = start(users={"kefu": "secret"})
    with pytest.raises(TemporaryError) as caught:
        sender(sink, username="kefu", password=broken).send(MAIL)
    assert "geheim" not in str(caught.value)
    with pytest.raises(LoginRefused, match="empty"):
        sender(sink, username="kefu", password=lambda: "").send(MAIL)


def test_a_server_without_starttls_gets_nothing(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    with pytest.raises(TemporaryError, match="STARTTLS"):
        sender(sink, security="starttls", username="kefu", password=lambda: "secret").send(MAIL)
    assert sink.logins == []
    assert not any(command.startswith(("AUTH", "MAIL")) for command in sink.commands)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_nobody_vouches_for_is_refused(
    start: StartSink, sender: MakeSender, security: str, tmp_path: Path
) -> None:
    sink = start(security=security, users={"kefu": "secret"})
    another, _ = certificate(tmp_path)
    for ca_file in (None, another):
        with pytest.raises(TemporaryError, match="not trusted"):
            sender(sink, ca_file=ca_file, username="kefu", password=lambda: "secret").send(MAIL)
    assert sink.logins == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_host_is_refused(start: StartSink, sender: MakeSender, security: str) -> None:
    sink = start(security=security, certified="DNS:mail.example.cn")
    with pytest.raises(TemporaryError, match="not trusted"):
        sender(sink).send(MAIL)
    assert sink.mails == []


# ----------------------------------------------------------------------------------------------- connections that break


@pytest.mark.parametrize("moment", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_a_kept_connection_lost_before_the_text_is_replaced_silently(
    start: StartSink, sender: MakeSender, moment: str, extensions: tuple[str, ...]
) -> None:
    sink = start(extensions=extensions)
    port = sender(sink)
    port.send(MAIL)
    sink.drop.append(moment)
    assert port.send(MAIL) == []
    assert [mail.connection for mail in sink.mails] == [1, 2]


@pytest.mark.parametrize("moment", ["connect", "mail", "rcpt", "data"])
def test_a_new_connection_that_breaks_is_not_tried_at_once_again(
    start: StartSink, sender: MakeSender, moment: str
) -> None:
    sink = start(drop=[moment])
    port = sender(sink)
    with pytest.raises(TemporaryError, match="broke off"):
        port.send(MAIL)
    assert sink.connections == 1
    assert port.send(MAIL) == []


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_after_the_text_nobody_knows_and_nothing_is_repeated(
    start: StartSink, sender: MakeSender, extensions: tuple[str, ...]
) -> None:
    sink = start(extensions=extensions)
    port = sender(sink)
    port.send(MAIL)
    sink.drop.append("after_data")
    with pytest.raises(TemporaryError, match="handed over"):
        port.send(MAIL)
    assert len(sink.mails) == 2  # the server has it, and we do not know
    assert port.send(MAIL) == []
    assert sink.mails[1].content == sink.mails[2].content  # so the same bytes go out again


def test_a_server_that_says_421_is_met_again_on_a_new_connection(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    port = sender(sink)
    port.send(MAIL)
    sink.refuse["mail"] = "421 4.7.0 too many mails on this connection"
    with pytest.raises(TemporaryError) as caught:
        port.send(MAIL)
    assert getattr(caught.value, "code", 0) == 421
    assert sink.connections == 2  # once again, and not more
    sink.refuse.clear()
    assert port.send(MAIL) == []


def test_an_idle_connection_is_asked_before_it_is_used(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    clock = Clock()
    port = sender(sink, clock=clock)
    port.send(MAIL)
    port.send(MAIL)
    assert "NOOP" not in sink.commands
    clock.now += IDLE_CHECK + 1
    port.send(MAIL)
    assert sink.commands.count("NOOP") == 1
    assert sink.connections == 1


def test_a_connection_the_server_closed_while_we_were_idle_is_replaced(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    port = sender(sink)
    port.send(MAIL)
    sink.stop()
    with pytest.raises(TemporaryError, match="cannot be reached"):
        port.send(MAIL)
    again = start(port=sink.port)
    assert port.send(MAIL) == []
    assert len(again.mails) == 1


# -------------------------------------------------------------------------------------- servers aiosmtpd cannot play


class Script:
    """A server of canned answers: each line of the client gets the next one."""

    def __init__(self, *answers: bytes) -> None:
        self.got: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers: tuple[bytes, ...]) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(answers[0])
            for answer in answers[1:]:
                self.got.append(lines.readline().strip())
                connection.sendall(answer)
            with suppress(OSError):
                self.got.extend(line.strip() for line in lines)
        self._listener.close()

    def sender(self, timeout: float = 5.0) -> SmtpSender:
        return SmtpSender(SmtpSettings("127.0.0.1", self.port, "plain", timeout=timeout, final_timeout=timeout))

    def finished(self) -> list[bytes]:
        self._thread.join(5)
        return self.got


def test_a_server_that_wants_the_text_though_it_took_nobody_gets_an_empty_one() -> None:
    server = Script(
        b"220 hi\r\n", b"250-x\r\n250 PIPELINING\r\n", b"250 ok\r\n", b"550 no\r\n", b"354 go\r\n", b"554 none\r\n"
    )
    with pytest.raises(PermanentError, match="no recipient"):
        server.sender(0.5).send(MAIL)
    got = server.finished()
    assert got[4] == b"."
    assert not any(b"Subject" in line for line in got)


def test_an_old_server_is_greeted_with_helo() -> None:
    server = Script(
        b"220 hi\r\n", b"502 what\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n",
        *[b""] * 6, b"250 taken\r\n",
    )  # fmt: skip
    sender = server.sender()
    assert sender.send(MAIL) == []
    sender.close()
    got = server.finished()
    assert got[0].startswith(b"EHLO [127.0.0.1]")
    assert got[1] == b"HELO [127.0.0.1]"
    assert got[2] == b"MAIL FROM:<kefu@hengxin.example.cn>"


@pytest.mark.parametrize(
    "greeting", [b"554 go away\r\n", b"421 busy\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"", b"220-" + b"x" * 9000]
)
def test_a_strange_greeting_waits_and_fails_no_mail(greeting: bytes) -> None:
    with pytest.raises(TemporaryError):
        Script(greeting).sender(0.5).send(MAIL)


def test_a_server_that_falls_silent_is_given_up_in_time() -> None:
    silent = Script(b"220 hi\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", *[b""] * 20)
    with pytest.raises(TemporaryError, match="no answer in time"):
        silent.sender(0.3).send(MAIL)


def test_a_server_whose_answer_never_ends_is_given_up() -> None:
    with pytest.raises(TemporaryError, match="does not speak SMTP"):
        Script(b"220-more\r\n" * 5_000).sender(0.5).send(MAIL)


def test_a_server_that_is_slow_to_greet_is_waited_for() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])

    def greet_late() -> None:
        connection, _ = listener.accept()
        with connection:
            time.sleep(0.6)
            connection.sendall(b"220 at last\r\n")
            connection.recv(100)
            connection.sendall(b"250 x\r\n")
            connection.recv(100)
            connection.sendall(b"250 ok\r\n")

    threading.Thread(target=greet_late, daemon=True).start()
    settings = SmtpSettings("127.0.0.1", port, "plain", connect_timeout=0.3, timeout=5.0)
    assert SmtpSender(settings).probe() == []
    listener.close()


@pytest.mark.parametrize("answer", [b"250 fine\n\r250 more\r\n", b"+25 ok\r\n", b"25 ok\r\n", b"999 ok\r\n"])
def test_what_is_no_reply_of_smtp_ends_the_connection_and_fails_no_mail(answer: bytes) -> None:
    server = Script(b"220 hi\r\n", b"250 x\r\n", answer)
    with pytest.raises(TemporaryError, match="does not speak SMTP"):
        server.sender(0.5).send(MAIL)


# --------------------------------------------------------------------------------------------------------------- probe


def test_a_probe_of_a_good_server_finds_nothing_and_sends_nothing(start: StartSink, sender: MakeSender) -> None:
    sink = start(security="starttls", users={"kefu": "secret"})
    assert sender(sink, username="kefu", password=lambda: "secret").probe() == []
    assert sink.mails == []
    assert sink.commands[-1] == "QUIT"


def test_a_probe_tells_each_mistake_in_one_line_with_what_to_do(start: StartSink, sender: MakeSender) -> None:
    plain = start()
    secure = start(security="tls", users={"kefu": "secret"})
    nobody = SmtpSender(SmtpSettings("127.0.0.1", free_port(), "plain"))
    found = [
        nobody.probe(),
        sender(plain, security="starttls").probe(),
        sender(plain, security="tls").probe(),
        sender(secure, ca_file=None).probe(),
        sender(secure, username="kefu", password=lambda: "wrong").probe(),
    ]
    words = ["cannot be reached", "STARTTLS", "no TLS", "not trusted", "refused the login"]
    for lines, expected in zip(found, words, strict=True):
        assert len(lines) == 1
        assert expected in lines[0]
        assert " -> " in lines[0]
        assert "\n" not in lines[0]
