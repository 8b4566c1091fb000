"""Mails reach the server as composed, over one kept connection, and refusals come back as what they are."""

from __future__ import annotations

import email
import email.policy
import logging

import pytest

from mailflow.adapters.smtp.sender import SmtpSender, SmtpSettings
from mailflow.domain.errors import ConfigError, LoginRefused, PermanentError, TemporaryError
from mailflow.domain.model import OutgoingMail
from mailflow.domain.ports import Sender
from tests.adapters.smtp.conftest import MAIL, MakeSender, StartSink, to


def test_the_server_gets_the_envelope_and_the_very_bytes(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    port: Sender = sender(sink)
    assert port.send(MAIL) == []
    assert (sink.mails[0].sender, sink.mails[0].recipients) == (MAIL.sender, MAIL.recipients)
    assert sink.mails[0].content == MAIL.raw


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_many_mails_go_over_one_connection(start: StartSink, sender: MakeSender, extensions: tuple[str, ...]) -> None:
    sink = start(extensions=extensions)
    port = sender(sink)
    for number in range(20):
        port.send(to(f"customer{number}@example.cn"))
    assert [mail.recipients[0] for mail in sink.mails] == [f"customer{n}@example.cn" for n in range(20)]
    assert sink.connections == 1


def test_a_connection_is_given_up_after_as_many_mails_as_the_provider_allows(
    start: StartSink, sender: MakeSender
) -> None:
    sink = start()
    port = sender(sink, max_per_connection=2)
    for _ in range(5):
        port.send(MAIL)
    assert [mail.connection for mail in sink.mails] == [1, 1, 2, 2, 3]
    assert sink.commands.count("QUIT") == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\n\n.\nbare line feeds\n.hidden\n",
        b"Subject: x\r\n\r\nno end of line",
        b".starts with a dot\r\n",
        b"Subject: x\r\n\r\na\r.\rb\n.\r\nMAIL FROM:<evil@example.cn>\r\n",
    ],
)
def test_no_text_can_end_the_mail_early(start: StartSink, sender: MakeSender, raw: bytes) -> None:
    sink = start()
    port = sender(sink)
    port.send(to("a@example.cn", raw=raw))
    port.send(MAIL)
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    assert sink.mails[0].content == b"".join(line + b"\r\n" for line in lines)
    assert [mail.sender for mail in sink.mails] == [MAIL.sender, MAIL.sender]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
@pytest.mark.parametrize(
    ("stage", "reply", "family"),
    [
        ("mail", "451 4.3.0 try later", TemporaryError),
        ("mail", "550 5.7.1 not welcome", PermanentError),
        ("before_data", "451 4.3.0 try later", TemporaryError),
        ("before_data", "554 5.5.1 no", PermanentError),
        ("data", "451 4.7.0 greylisted", TemporaryError),
        ("data", "554 5.7.1 DT:SPM", PermanentError),
        ("wang@huadong.example.cn", "450 4.2.2 mailbox full", TemporaryError),
        ("wang@huadong.example.cn", "550 5.1.1 no such user", PermanentError),
    ],
)
def test_a_refusal_is_of_the_servers_family_and_the_connection_goes_on(
    start: StartSink, sender: MakeSender, extensions: tuple[str, ...], stage: str, reply: str, family: type[Exception]
) -> None:
    sink = start(extensions=extensions, refuse={stage: reply})
    port = sender(sink)
    with pytest.raises(family) as caught:
        port.send(MAIL)
    assert getattr(caught.value, "code", None) == int(reply[:3])
    assert reply[4:9] in str(caught.value)
    sink.refuse.clear()
    assert port.send(MAIL) == []
    assert len(sink.mails) == 1
    assert sink.connections == 1


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_refused_recipients_are_returned_when_another_was_taken(
    start: StartSink, sender: MakeSender, extensions: tuple[str, ...]
) -> None:
    sink = start(extensions=extensions, refuse={"b@example.cn": "550 5.1.1 gone", "c@example.cn": "452 4.5.3 full"})
    refusals = sender(sink).send(to("a@example.cn", "b@example.cn", "c@example.cn"))
    assert [(r.recipient, r.code, r.temporary) for r in refusals] == [
        ("b@example.cn", 550, False),
        ("c@example.cn", 452, True),
    ]
    assert sink.mails[0].recipients == ("a@example.cn",)


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_waiting_is_right_while_one_of_the_refused_may_still_be_taken(
    start: StartSink, sender: MakeSender, extensions: tuple[str, ...]
) -> None:
    sink = start(extensions=extensions, refuse={"a@example.cn": "550 gone", "b@example.cn": "451 later"})
    with pytest.raises(TemporaryError):
        sender(sink).send(to("a@example.cn", "b@example.cn"))
    assert sink.mails == []


def test_more_recipients_than_fit_one_write_are_asked_one_by_one(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    many = tuple(f"c{number}@example.cn" for number in range(80))
    assert sender(sink).send(to(*many)) == []
    assert sink.mails[0].recipients == many


def test_a_mail_over_the_servers_size_is_not_even_tried(start: StartSink, sender: MakeSender) -> None:
    sink = start(size_limit=2000)
    with pytest.raises(PermanentError, match="bytes"):
        sender(sink).send(to("a@example.cn", raw=b"Subject: x\r\n\r\n" + b"x" * 3000 + b"\r\n"))
    assert not any(command.startswith("MAIL") for command in sink.commands)


def test_an_international_address_goes_out_where_the_server_takes_it(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    assert sender(sink).send(to("王@例子.公司")) == []
    assert sink.mails[0].recipients == ("王@xn--fsqu00a.xn--55qx5d",)
    assert "SMTPUTF8" in sink.mails[0].options


def test_an_international_address_is_refused_clearly_where_the_server_does_not(
    start: StartSink, sender: MakeSender
) -> None:
    sink = start(smtputf8=False)
    port = sender(sink)
    refusals = port.send(to("王@example.cn", "li@例子.公司"))
    assert [(r.recipient, r.temporary) for r in refusals] == [("王@example.cn", False)]
    assert "SMTPUTF8" in refusals[0].words
    assert sink.mails[0].recipients == ("li@xn--fsqu00a.xn--55qx5d",)
    with pytest.raises(PermanentError, match="SMTPUTF8"):
        port.send(to("王@example.cn"))
    with pytest.raises(PermanentError, match="SMTPUTF8"):
        port.send(to("li@example.cn", raw="To: 王@example.cn\r\n\r\nx\r\n".encode()))


@pytest.mark.parametrize("address", ["a@b.cn>\r\nRCPT TO:<evil@example.cn", "a b@example.cn", "nobody", "", "a@", "<>"])
def test_an_address_cannot_carry_a_command(start: StartSink, sender: MakeSender, address: str) -> None:
    sink = start()
    with pytest.raises(PermanentError):
        sender(sink).send(to(address))
    with pytest.raises(PermanentError):
        sender(sink).send(OutgoingMail(address, ("a@example.cn",), "x@y", MAIL.raw))
    assert not any("evil" in command for command in sink.commands)


def test_an_8_bit_text_says_so(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "您好\r\n".encode()
    sender(sink).send(to("a@example.cn", raw=raw))
    assert "BODY=8BITMIME" in sink.mails[0].options
    assert email.message_from_bytes(sink.mails[0].content, policy=email.policy.default).get_content() == "您好\r\n"


def test_neither_errors_nor_logs_hold_text_secrets_or_whole_addresses(
    start: StartSink, sender: MakeSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mailflow")
    sink = start(
        users={"kefu": "geheim-1"},
        refuse={"wang@huadong.example.cn": "550 5.1.1 <wang@huadong.example.cn>: user unknown\x07"},
    )
    port = sender(sink, username="kefu", password=lambda: "geheim-1", allow_plain=True)
    with pytest.raises(PermanentError) as refused:
        port.send(MAIL)
    port.send(to("li@example.cn", "wang@huadong.example.cn"))
    with pytest.raises(LoginRefused) as login:
        sender(sink, username="kefu", password=lambda: "geheim-2").send(MAIL)
    told = f"{refused.value}{refused.value!r}{login.value}{login.value!r}" + "".join(
        f"{record.getMessage()}{vars(record)}" for record in caplog.records
    )
    for secret in ("geheim", "secret words", "Hello", "wang@huadong"):
        assert secret not in told
    assert "wa***@huadong.example.cn" in told
    assert any(record.getMessage() == "smtp.refused" for record in caplog.records)


def test_settings_that_would_send_in_the_clear_are_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="plain"):
        SmtpSettings("mail.example.cn", security="plain")
    SmtpSettings("mail.example.cn", security="plain", allow_plain=True)
    for host in ("127.0.0.1", "::1", "localhost"):
        SmtpSettings(host, security="plain")
    with pytest.raises(ConfigError, match="username"):
        SmtpSettings("mail.example.cn", password=lambda: "x")
    assert "geheim" not in repr(SmtpSettings("mail.example.cn", username="u", password=lambda: "geheim"))


def test_closing_never_raises(start: StartSink, sender: MakeSender) -> None:
    sink = start()
    port = sender(sink)
    port.close()
    port.send(MAIL)
    sink.stop()
    port.close()
    port.close()
    SmtpSender(SmtpSettings("127.0.0.1", 1, "plain")).close()
