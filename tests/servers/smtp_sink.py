"""A real SMTP server on loopback that keeps what it gets and misbehaves when told to.

    with SmtpSink(security="starttls", users={"kefu": "secret"}) as sink:
        ... sink.host, sink.port, sink.ca_file ...
        assert sink.mails[0].recipients == ("wang@example.cn",)

It never delivers anything and listens on 127.0.0.1 only.
"""

from __future__ import annotations

import base64
import contextlib
import shutil
import ssl
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.servers.ports import HOST, free_port

DROPS = ("connect", "mail", "rcpt", "data", "after_data")


@dataclass(frozen=True, slots=True)
class Received:
    """One mail the server took: its envelope, its bytes, and how it came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    under_tls: bool
    user: str
    connection: int
    options: tuple[str, ...]


@dataclass
class SmtpSink:
    """The server.  All fields may be changed while it runs.

    ``refuse`` maps an address or a stage (``mail``, ``before_data``, ``data``) to the reply it gets.  ``drop``
    lists moments at which the next connection is cut without a word, each once: ``connect``, ``mail``, ``rcpt``,
    ``data`` (before the text is asked for), ``after_data`` (the mail is kept, the answer is not given).
    """

    security: Literal["plain", "starttls", "tls"] = "plain"
    users: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    extensions: Iterable[str] = ("PIPELINING",)
    smtputf8: bool = True
    size_limit: int = 10_000_000
    without_auth_plain: bool = False
    certified: str = f"DNS:localhost,IP:{HOST}"
    host: str = HOST
    port: int = 0
    mails: list[Received] = field(default_factory=list)
    connections: int = 0
    logins: list[tuple[str, bool]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    ca_file: Path | None = None

    def __enter__(self) -> SmtpSink:
        assert self.host == HOST, "this server is for loopback only"
        assert set(self.drop) <= set(DROPS)
        self._folder = Path(tempfile.mkdtemp(prefix="smtp-sink-"))
        context = None
        if self.security != "plain":
            self.ca_file, key = certificate(self._folder, self.certified)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.ca_file, key)
        self.port = self.port or free_port()
        self._controller = _Controller(self, context)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop listening; safe to repeat."""
        with contextlib.suppress(Exception):
            self._controller.stop()

    def check(self, user: str, password: str) -> bool:
        """Whether this password is right; every try is noted."""
        good = user in self.users and self.users[user] == password
        self.logins.append((user, good))
        return good

    def check_token(self, user: str, token: str) -> bool:
        """Whether this bearer token is right; every try is noted."""
        good = user in self.tokens and self.tokens[user] == token
        self.logins.append((user, good))
        return good

    def drops(self, moment: str) -> bool:
        """Whether to cut the connection now; each order is good for once."""
        if moment in self.drop:
            self.drop.remove(moment)
            return True
        return False


class _Server(SMTP):
    """aiosmtpd's server; it counts connections, notes commands, and can be told to hang up."""

    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        super().__init__(_Handler(sink), **options)
        self.sink = sink
        self.number = 0

    def met(self) -> bool:
        """Number the connection at its first EHLO (STARTTLS brings a second); False when it was hung up instead."""
        if self.number == 0:
            self.sink.connections += 1
            self.number = self.sink.connections
            if self.sink.drops("connect"):
                self.hang_up()
                return False
        return True

    def hang_up(self) -> None:
        """Cut the connection without a word."""
        transport: Any = self.transport
        transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's names
        if self.sink.drops("data"):
            self.hang_up()
        elif "before_data" in self.sink.refuse:
            await self.push(self.sink.refuse["before_data"])
        else:
            await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(  # noqa: N802
        self, server: _Server, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if not server.met():
            return responses
        self._note(server, f"EHLO {hostname}")
        return [*responses[:-1], *(f"250-{name}" for name in self.sink.extensions), responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: _Server, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self._note(server, f"MAIL {address}")
        if self._cut(server, "mail"):
            return "421 4.3.0 never sent"
        if "mail" in self.sink.refuse:
            return self.sink.refuse["mail"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: _Server, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self._note(server, f"RCPT {address}")
        if self._cut(server, "rcpt"):
            return "421 4.3.0 never sent"
        if address in self.sink.refuse:
            return self.sink.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: _Server, session: Any, envelope: Any) -> str:  # noqa: N802
        self._note(server, "DATA")
        if "data" in self.sink.refuse:
            return self.sink.refuse["data"]
        login = session.auth_data
        self.sink.mails.append(
            Received(
                sender=envelope.mail_from,
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content,
                under_tls=session.ssl is not None or self.sink.security == "tls",
                user=login if isinstance(login, str) else "",
                connection=server.number,
                options=tuple(envelope.mail_options),
            )
        )
        if self._cut(server, "after_data"):
            return "421 4.3.0 never sent"
        return "250 2.0.0 queued"

    async def handle_NOOP(self, server: _Server, session: Any, envelope: Any, arg: str) -> str:  # noqa: N802
        self._note(server, "NOOP")
        return "250 2.0.0 OK"

    async def handle_RSET(self, server: _Server, session: Any, envelope: Any) -> str:  # noqa: N802
        self._note(server, "RSET")
        return "250 2.0.0 OK"

    async def handle_QUIT(self, server: _Server, session: Any, envelope: Any) -> str:  # noqa: N802
        self._note(server, "QUIT")
        return "221 2.0.0 Bye"

    async def auth_XOAUTH2(self, server: _Server, args: list[str]) -> AuthResult:  # noqa: N802
        given: Any = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        parts: dict[bytes, bytes] = dict(item.split(b"=", 1) for item in given.strip(b"\1").split(b"\1"))
        user, token = parts[b"user"].decode(), parts[b"auth"].decode().removeprefix("Bearer ")
        if self.sink.check_token(user, token):
            return AuthResult(success=True, auth_data=user)
        # Google and Microsoft explain first, and refuse when the client has answered that with an empty line.
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)

    def _note(self, server: _Server, command: str) -> None:
        self.sink.commands.append(command)

    def _cut(self, server: _Server, moment: str) -> bool:
        if not self.sink.drops(moment):
            return False
        server.hang_up()
        return True


class _Controller(Controller):
    def __init__(self, sink: SmtpSink, context: ssl.SSLContext | None) -> None:
        self.sink = sink
        wrapped = context if sink.security == "tls" else None
        self._offered = context if sink.security == "starttls" else None
        super().__init__(_Handler(sink), hostname=HOST, port=sink.port, ssl_context=wrapped)

    def factory(self) -> SMTP:
        sink = self.sink
        hidden = []
        if sink.without_auth_plain:
            hidden.append("PLAIN")
        if not sink.tokens:
            hidden.append("XOAUTH2")
        if not sink.users:
            hidden += ["PLAIN", "LOGIN"]
        wants_login = bool(sink.users or sink.tokens)

        def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            user, password = data.login.decode(), data.password.decode()
            good = sink.check(user, password)
            return AuthResult(success=good, handled=False, auth_data=user if good else None)

        # It warns that a password without TLS is unwise, which is what some tests are about.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        return _Server(
            sink,
            hostname="sink.invalid",
            tls_context=self._offered,
            require_starttls=self._offered is not None,
            auth_required=wants_login,
            auth_require_tls=False,
            auth_exclude_mechanism=hidden,
            authenticator=authenticator,
            enable_SMTPUTF8=sink.smtputf8,
            data_size_limit=sink.size_limit,
        )


def certificate(folder: Path, names: str = f"DNS:localhost,IP:{HOST}") -> tuple[Path, Path]:
    """A fresh self-signed certificate and its key, made by openssl."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=sink", "-addext", f"subjectAltName={names}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key
