"""A company's own authority is trusted as it is; everybody else is judged as strictly as Python does."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from mailflow.adapters.tls import client_context
from tests.servers.dovecot import Dovecot


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contexts begin as they do since Python 3.13, on any Python."""
    made = ssl.create_default_context

    def create(*arguments: Any, **named: Any) -> ssl.SSLContext:
        context = made(*arguments, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", create)


def shake_hands(context: ssl.SSLContext, dovecot: Dovecot, name: str = "localhost") -> None:
    with (
        socket.create_connection(("127.0.0.1", dovecot.tls_port), 10) as line,
        context.wrap_socket(line, server_hostname=name),
    ):
        pass


@pytest.mark.usefixtures("strict")
def test_an_authority_without_key_usage_is_trusted_when_it_was_named(dovecot: Dovecot) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="key usage"):
        shake_hands(ssl.create_default_context(cafile=str(dovecot.ca_file)), dovecot)
    shake_hands(client_context(dovecot.ca_file), dovecot)


@pytest.mark.usefixtures("strict")
def test_what_was_not_named_is_checked_as_ever(dovecot: Dovecot) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client_context(None), dovecot)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(client_context(dovecot.ca_file), dovecot, "imap.example.cn")
    assert client_context(None).verify_flags & ssl.VERIFY_X509_STRICT
