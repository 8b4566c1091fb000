"""One SMTP connection: reply lines, greeting, TLS, login (RFC 5321, 3207, 4954).  What is said over it is smtp.py's.

Not smtplib's: its ``login`` tries a wrong password once for every way to log in (which locks accounts), and its single
verbs take what is no reply for one (docs/decisions/0011-own-smtp-dialogue.md).
"""

from __future__ import annotations

import ipaddress
import logging
import re
import selectors
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from mailflow.adapters.tls import client_context
from mailflow.domain.errors import ConfigError, LoginRefused, Problem, TemporaryError

log = logging.getLogger("mailflow.smtp")

MAX_LINE = 4096  # RFC 5321 section 4.5.3.1.5 says 512 for a reply line; some servers write more
MAX_LINES = 100
DEFAULT_PORTS = {"tls": 465, "starttls": 587, "plain": 25}

_REPLY = re.compile(rb"([2-5][0-9]{2})([ -]?)([^\r\n]*)\r?\n")
_ADDRESS = re.compile(r"([^\s<>@:;,\"']{1,64})@([^\s<>@:;,\"']{1,255})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The server mails leave through.

    ``password`` and ``token`` (an OAuth2 bearer token, XOAUTH2) are asked for at every login and never kept.
    ``security`` is never weakened: ``starttls`` fails when the server does not offer it, ``plain`` is for loopback
    unless ``allow_plain``.  ``final_timeout`` is the wait for the answer to a whole mail: RFC 5321 section 4.5.3.2.6
    asks for ten minutes, because giving up earlier sends the mail twice.
    """

    host: str
    port: int = 0
    security: Literal["tls", "starttls", "plain"] = "tls"
    username: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    ca_file: Path | None = None
    connect_timeout: float = 15.0
    timeout: float = 60.0
    final_timeout: float = 600.0
    helo_name: str = ""
    max_per_connection: int = 100
    allow_plain: bool = False

    def __post_init__(self) -> None:
        problems = []
        if self.security == "plain" and not (self.allow_plain or is_loopback(self.host)):
            remedy = "use security: tls or starttls; plain is for a server on this machine"
            problems.append(Problem("smtp", 0, "MF610", f"no plain SMTP to {self.host}", remedy))
        if (self.password or self.token) and not self.username:
            problems.append(Problem("smtp", 0, "MF611", "a password or token needs a username"))
        if self.ca_file and not self.ca_file.is_file():
            problems.append(Problem("smtp", 0, "MF612", f"the file {self.ca_file} is not there", "check ca_file"))
        if problems:
            raise ConfigError(problems)


class Reply(NamedTuple):
    """A server's answer: the code and its words, made safe to show (one line, bounded, addresses shortened)."""

    code: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """``550 5.1.1 no such user`` on one line."""
        return f"{self.code} {shown(' '.join(self.lines))}".strip()


class Dropped(Exception):
    """The connection is gone or of no use any more.  ``words`` say how, ``code`` is 421 when the server said so."""

    def __init__(self, words: str, code: int = 0) -> None:
        super().__init__(words)
        self.words, self.code = words, code


class Wire:
    """A connected socket that speaks SMTP.  After :class:`Dropped` it must be thrown away."""

    def __init__(self, sock: socket.socket) -> None:
        self.extensions: dict[str, str] = {}
        self.mails = 0
        self._attach(sock)

    def _attach(self, sock: socket.socket) -> None:
        self.sock = sock
        # Bytes of the plain-text time must not be taken for answers under TLS: a new buffer (RFC 3207 section 5).
        self._file = sock.makefile("rb")

    def write(self, data: bytes) -> None:
        """Send all of this."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Dropped(_of(error)) from None

    def reply(self, timeout: float | None = None) -> Reply:
        """The next answer.  A 421 counts as :class:`Dropped`: the server closes after it (RFC 5321 section 3.8)."""
        if timeout is not None:
            self.sock.settimeout(timeout)
        lines: list[str] = []
        while True:
            try:
                line = self._file.readline(MAX_LINE)
            except (OSError, ValueError) as error:
                raise Dropped(_of(error)) from None
            if not line:
                raise Dropped("the server closed the connection")
            match = _REPLY.fullmatch(line)
            if match is None or len(lines) >= MAX_LINES:
                raise Dropped("the server does not speak SMTP here")
            lines.append(match[3].decode("utf-8", "replace").strip())
            if match[2] != b"-":
                break
        found = Reply(int(match[1]), tuple(lines))
        if found.code == 421:
            raise Dropped(found.words, 421)
        return found

    def command(self, line: str) -> Reply:
        """Send one command and read its answer."""
        self.write(f"{line}\r\n".encode())
        return self.reply()

    def hello(self, name: str) -> None:
        """EHLO, or HELO where EHLO is not known; keeps what the server offers."""
        answer = self.command(f"EHLO {name}")
        self.extensions = {}
        if answer.code == 250:
            for line in answer.lines[1:]:
                word, _, rest = line.replace("=", " ", 1).partition(" ")  # old servers write AUTH=LOGIN
                known = self.extensions.get(word.upper(), "")
                self.extensions[word.upper()] = f"{known} {rest}".strip()
        elif self.command(f"HELO {name}").code != 250:
            raise TemporaryError(f"the mail server refuses the greeting: {answer.words}", remedy="check helo_name")

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on under TLS, the certificate verified for ``host``."""
        self._attach(_tls(context, self.sock, host))

    def readable(self) -> bool:
        """Whether something lies unread: on an idle connection most likely the server's farewell."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            return bool(selector.select(0))

    def quit(self) -> None:
        """Say goodbye, not waiting long for the answer; never raises."""
        with suppress(Exception):
            self.sock.settimeout(2)
            self.command("QUIT")
        self.close()

    def close(self) -> None:
        """Close the socket; never raises."""
        for thing in (self._file, self.sock):
            with suppress(Exception):
                thing.close()


# ---------------------------------------------------------------------------------------------------------- connecting


def connect(settings: SmtpSettings) -> Wire:
    """A connection that is greeted, secured and logged in.

    What goes wrong here says nothing about a mail, so it is a TemporaryError (wait until somebody mended it) or
    LoginRefused, never a PermanentError that would fail the mails one by one.
    """
    port = settings.port or DEFAULT_PORTS[settings.security]
    place = f"{settings.host}:{port}"
    try:
        sock = socket.create_connection((settings.host, port), settings.connect_timeout)
    except socket.gaierror:
        raise TemporaryError(f"the mail server {place} is not known", remedy="check the host name and DNS") from None
    except OSError as error:
        remedy = "check host, port and firewall"
        raise TemporaryError(f"the mail server {place} cannot be reached: {_of(error)}", remedy=remedy) from None
    wire: Wire | None = None
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = client_context(settings.ca_file) if settings.security != "plain" else None
        if context and settings.security == "tls":
            sock = _tls(context, sock, settings.host)
        sock.settimeout(settings.timeout)
        wire = Wire(sock)
        greeting = wire.reply()
        if greeting.code != 220:
            raise TemporaryError(f"the mail server {place} refuses us: {greeting.words}")
        name = settings.helo_name or _literal(sock)
        wire.hello(name)
        if context and settings.security == "starttls":
            _upgrade(wire, context, settings, place, name)
        _log_in(wire, settings)
    except ssl.SSLCertVerificationError as error:
        _throw_away(wire, sock)
        remedy = "check the host name; for a company's own certificate set ca_file"
        message = f"the certificate of {place} is not trusted: {error.verify_message}"
        raise TemporaryError(message, remedy=remedy) from None
    except ssl.SSLError as error:
        _throw_away(wire, sock)
        remedy = "465 goes with security: tls, 587 with starttls"
        raise TemporaryError(f"no TLS with {place}: {error.reason or _of(error)}", remedy=remedy) from None
    except (Dropped, OSError) as error:
        _throw_away(wire, sock)
        words = error.words if isinstance(error, Dropped) else _of(error)
        remedy = "465 goes with security: tls, 587 with starttls; else the server is busy or refuses us"
        raise TemporaryError(f"the mail server {place} broke off: {words}", remedy=remedy) from None
    except BaseException:
        _throw_away(wire, sock)
        raise
    log.info("smtp.connected", extra={"ids": {"server": place, "security": settings.security}})
    return wire


def _upgrade(wire: Wire, context: ssl.SSLContext, settings: SmtpSettings, place: str, name: str) -> None:
    if "STARTTLS" not in wire.extensions:
        # Whoever sits on the line can remove the offer; going on in the clear would hand him the password.
        remedy = "ask the provider; often port 465 with security: tls"
        raise TemporaryError(f"{place} offers no STARTTLS, and nothing is sent without TLS", remedy=remedy)
    answer = wire.command("STARTTLS")
    if answer.code != 220:
        raise TemporaryError(f"{place} refuses STARTTLS: {answer.words}")
    wire.start_tls(context, settings.host)
    wire.hello(name)  # what was said in the clear does not count (RFC 3207 section 4.2)


def _log_in(wire: Wire, settings: SmtpSettings) -> None:
    """AUTH with the one way that fits; a refused password is not tried a second time another way."""
    if settings.token is None and settings.password is None:
        return
    ways = set(wire.extensions.get("AUTH", "").upper().split())
    if settings.token is not None:
        if "XOAUTH2" not in ways:
            remedy = "use a password, or the provider's other host"
            raise LoginRefused("the mail server offers no XOAUTH2 login", remedy=remedy)
        secret = f"user={settings.username}\1auth=Bearer {_secret(settings.token)}\1\1"
        answer = wire.command(f"AUTH XOAUTH2 {_b64(secret)}")
        if answer.code == 334:  # the error in detail; an empty answer ends the exchange
            answer = wire.command("")
    elif settings.password is not None and ways & {"PLAIN", "LOGIN"}:
        password = _secret(settings.password)
        answer = Reply(504, ())
        if "PLAIN" in ways:
            plain = f"\0{settings.username}\0{password}"
            answer = wire.command(f"AUTH PLAIN {_b64(plain)}")
        if answer.code == 504 and "LOGIN" in ways:  # 504: this way is not known, which says nothing of the password
            answer = wire.command("AUTH LOGIN")
            for word in (settings.username, password):
                answer = wire.command(_b64(word)) if answer.code == 334 else answer
    else:
        raise LoginRefused("the mail server offers no login with a password here", remedy="use security: tls")
    if answer.code == 235:
        return
    if 400 <= answer.code < 500:
        raise TemporaryError(f"the mail server cannot check the login now: {answer.words}")
    raise login_refused(answer)


def login_refused(answer: Reply) -> LoginRefused:
    """The error of an account the server does not take."""
    remedy = "check username and secret; QQ and NetEase want an authorisation code (授权码), Microsoft a token"
    return LoginRefused(f"the mail server refused the login: {answer.words}", remedy=remedy)


def _secret(source: Callable[[], str]) -> str:
    try:
        secret = source()
    except (LoginRefused, TemporaryError):
        raise
    except Exception as error:
        # Its message may quote the secret's file or the token service's answer.
        raise TemporaryError(f"the secret of the mail account cannot be read ({type(error).__name__})") from None
    if not secret:
        raise LoginRefused("the secret of the mail account is empty", remedy="check the variable or file it is in")
    return secret


# --------------------------------------------------------------------------------------------------------------- parts


def is_loopback(host: str) -> bool:
    """Whether this host can only be the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def short(address: str) -> str:
    """An address for logs and messages: ``wa***@example.cn``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:2]}***@{domain}"


def shown(text: str) -> str:
    """A server's words for people: one line, bounded, addresses shortened."""
    line = " ".join(_CONTROL.sub(" ", text).split())[:300]
    return _ADDRESS.sub(lambda match: short(match[0]), line)[:200]


def _tls(context: ssl.SSLContext, sock: socket.socket, host: str) -> ssl.SSLSocket:
    return context.wrap_socket(sock, server_hostname=host)


def _literal(sock: socket.socket) -> str:
    """Our address as a literal (RFC 5321 section 4.1.3): asking DNS for our own name may take half a minute."""
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _throw_away(wire: Wire | None, sock: socket.socket) -> None:
    if wire is not None:
        wire.close()
    with suppress(OSError):
        sock.close()


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
