"""What the SMTP tests share: a loopback server and a mail to send."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mailflow.adapters.smtp.sender import SmtpSender, SmtpSettings
from mailflow.domain.model import OutgoingMail
from tests.servers.smtp_sink import SmtpSink

StartSink = Callable[..., SmtpSink]
MakeSender = Callable[..., SmtpSender]

MAIL = OutgoingMail(
    sender="kefu@hengxin.example.cn",
    recipients=("wang@huadong.example.cn",),
    message_id="ack.1@hengxin.example.cn",
    raw=b"From: kefu@hengxin.example.cn\r\nSubject: secret words\r\n\r\nHello\r\n.\r\n..dots\r\n",
)


def to(*recipients: str, raw: bytes = MAIL.raw) -> OutgoingMail:
    """The mail for these recipients."""
    return OutgoingMail(MAIL.sender, recipients, MAIL.message_id, raw)


@pytest.fixture
def start() -> Iterator[StartSink]:
    """Starts sinks; all of them listen on loopback and stop with the test."""
    with ExitStack() as running:

        def start_sink(**options: Any) -> SmtpSink:
            sink = running.enter_context(SmtpSink(**options))
            assert ipaddress.ip_address(sink.host).is_loopback
            return sink

        yield start_sink


@pytest.fixture
def sender() -> Iterator[MakeSender]:
    """Makes senders for a sink; they are closed with the test."""
    made: list[SmtpSender] = []

    def make(sink: SmtpSink, clock: Callable[[], float] | None = None, **settings: Any) -> SmtpSender:
        options: dict[str, Any] = {"security": sink.security, "ca_file": sink.ca_file, "timeout": 5.0} | settings
        found = SmtpSettings(host=sink.host, port=sink.port, **options)
        made.append(SmtpSender(found, clock=clock) if clock else SmtpSender(found))
        return made[-1]

    yield make
    for one in made:
        one.close()
