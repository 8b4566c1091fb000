"""One logged-in IMAP connection: TLS, login, ID, folders, IDLE.  After a failure it is dead and never used again.

The library is imapclient; three of its habits are turned off here.  It sets imaplib's debug level to 5, which turns
every mail into its ``repr`` twice although nobody listens (90 % of the fetch's CPU time); it gives local times
without a zone; and it decodes folder names so that one malformed name hides them all.
"""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientReadOnlyError

from mailflow import __version__
from mailflow.adapters.backoff import TryLater
from mailflow.adapters.imap import errors, folders
from mailflow.adapters.imap.errors import ServerSaidNo
from mailflow.adapters.imap.folders import Folder
from mailflow.adapters.imap.settings import ImapSettings
from mailflow.adapters.tls import client_context
from mailflow.domain.errors import PermanentError

SEARCH_AT_ONCE = 50_000  # UIDs a SEARCH answer may hold: imaplib takes lines up to 1,000,000 bytes only
IDLE_LONGEST = 9 * 60.0  # firewalls forget silent connections; RFC 2177 asks for less than 29 minutes
SLICE = 1.0  # seconds until a stop is noticed


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder the connection stands in (RFC 9051 section 6.3.2)."""

    folder: str
    uidvalidity: int
    exists: int
    writable: bool
    permanent_flags: frozenset[bytes] | None  # None: the server did not say


class Session:
    """A connection after login.  Make one with :func:`connect`."""

    def __init__(self, client: IMAPClient, settings: ImapSettings) -> None:
        self.client = client
        self.alive = True
        self.selected: Selected | None = None
        self._settings = settings
        self._wire: dict[str, str] = {}
        with self.guard("reading the capabilities"):
            # The set grows with the login, so this must come after it.
            self.capabilities = frozenset(client.capabilities())

    @contextlib.contextmanager
    def guard(self, doing: str, *, over_mails: bool = False) -> Iterator[None]:
        """Translate foreign errors: a plain NO becomes ServerSaidNo, anything else ends the session as Broken.

        ``over_mails``: mails are asked for, so that one of them may be what ends it.
        """
        try:
            yield
        except errors.FOREIGN as error:
            refusal = errors.said_no(error)
            if refusal is not None:
                raise refusal from None
            self.kill()
            raise errors.lost(error, self._settings.where, doing, over_mails=over_mails) from None

    def has(self, capability: str) -> bool:
        """Whether the server has this capability after login."""
        return capability.upper().encode("ascii") in self.capabilities

    # ------------------------------------------------------------------------------------------------------- folders

    def folders(self) -> list[Folder]:
        """All folders the account shows (RFC 9051 section 6.3.9)."""
        with self.guard("listing folders"):
            _, items = self.client._imap.list('""', '"*"')
            return folders.parse_list(items)

    def wire_name(self, folder: str) -> str | None:
        """The server's name of a folder people named, or None when there is no such folder."""
        if folder not in self._wire:
            found = folders.find(self.folders(), folder, self.prefixes())
            if found is None:
                return None
            self._wire[folder] = found.wire
        return self._wire[folder]

    def learn(self, folder: str, wire: str) -> None:
        """Remember the server's name of a folder just made."""
        self._wire[folder] = wire

    def prefixes(self) -> list[str]:
        """Prefixes of the personal namespace such as ``INBOX.`` (RFC 2342)."""
        if not self.has("NAMESPACE"):
            return ["INBOX.", "INBOX/"]
        try:
            with self.guard("reading the namespace"):
                personal = self.client.namespace().personal or ()
        except ServerSaidNo:
            return []
        return [name for prefix, _ in personal if (name := folders.decode(prefix))]

    def enter(self, folder: str, *, writable: bool, fresh: bool = False) -> Selected:
        """Stand in this folder; ``fresh`` selects again to see its present state.

        Read-only work uses EXAMINE, which cannot change a flag even by accident (RFC 9051 section 6.3.3).
        """
        here = self.selected
        if here and here.folder == folder and not fresh and (here.writable or not writable):
            return here
        self.selected = None
        try:
            answer, writable = self._select(self._wire.get(folder) or folders.encode(folder), writable)
        except ServerSaidNo as refusal:
            answer, writable = self._select_by_listing(folder, writable, refusal)
        if b"UIDVALIDITY" not in answer:
            raise PermanentError(
                f"{self._settings.where}: {folder} has no lasting UIDs", remedy="use another folder or server"
            )
        flags = answer.get(b"PERMANENTFLAGS")
        self.selected = Selected(
            folder,
            int(answer[b"UIDVALIDITY"]),
            int(answer.get(b"EXISTS", 0)),
            writable,
            None if flags is None else frozenset(flags),
        )
        return self.selected

    def _select(self, wire: str, writable: bool) -> tuple[dict[bytes, Any], bool]:
        with self.guard("opening a folder"):
            try:
                answer = self.client.select_folder(wire, readonly=not writable)
                if not writable and b"UIDNEXT" not in answer:
                    # Courier keeps the numbers it gives under EXAMINE to nobody: the same one is another mail's soon.
                    answer, writable = self.client.select_folder(wire), True
                return answer, writable
            except IMAPClientReadOnlyError:  # somebody else's folder, without the right to write
                return self.client.select_folder(wire, readonly=True), False

    def _select_by_listing(self, folder: str, writable: bool, refusal: ServerSaidNo) -> tuple[dict[bytes, Any], bool]:
        """The plain name was refused: look for the folder below a prefix, else say what there is."""
        listed = self.folders()
        found = folders.find(listed, folder, self.prefixes())
        if found is None:
            raise PermanentError(
                f"{self._settings.where}: no folder {folder}", remedy=f"choose one of: {folders.show(listed)}"
            ) from None
        try:
            if found.wire != folders.encode(folder):
                answer = self._select(found.wire, writable)
                self._wire[folder] = found.wire
                return answer
        except ServerSaidNo as second:
            refusal = second
        if refusal.temporary:
            raise TryLater(f"{self._settings.where}: {folder} cannot be opened now") from None
        raise PermanentError(
            f"{self._settings.where}: {folder} cannot be opened: {refusal.words}",
            remedy="check the account's rights to this folder",
        ) from None

    # --------------------------------------------------------------------------------------------------------- search

    def all_uids(self, exists: int) -> tuple[int, ...]:
        """Every UID of the selected folder, ascending.

        Large folders are asked in pieces by sequence number, from the end to the start: an expunge in between moves
        mails towards the start only, so none can slip through.
        """
        found: set[int] = set()
        with self.guard("searching"):
            if exists <= SEARCH_AT_ONCE:
                found.update(self.client.search("ALL") if exists else ())
            for end in range(exists if exists > SEARCH_AT_ONCE else 0, 0, -SEARCH_AT_ONCE):
                found.update(self.client.search(f"{max(1, end - SEARCH_AT_ONCE + 1)}:{end}"))
        return tuple(sorted(found))

    def has_newer(self, uid: int) -> bool:
        """Whether the selected folder holds a UID above this one.  (``n:*`` always returns the last mail too.)"""
        with self.guard("searching"):
            return any(found > uid for found in self.client.search(f"UID {uid + 1}:*"))

    # ----------------------------------------------------------------------------------------------------------- idle

    def idle(self, seconds: float, stop: threading.Event) -> bool:
        """Wait in IDLE (RFC 2177) until the server reports something (True), the time is over, or ``stop`` is set."""
        end = time.monotonic() + min(seconds, IDLE_LONGEST)
        with self.guard("waiting"):
            self.client.idle()
            news = self._buffered()
            while not news and not stop.is_set() and (left := end - time.monotonic()) > 0:
                piece = min(SLICE, left)
                started = time.monotonic()
                answers = self.client.idle_check(timeout=piece)
                news = any(_is_news(answer) for answer in answers)
                if not answers and time.monotonic() - started < piece / 2:
                    break  # readable, yet nothing to read: the server has hung up, idle_done will tell
            self.client.idle_done()
        return news

    def _buffered(self) -> bool:
        """Whether an answer came in one packet with the go-ahead: poll() cannot see what is already read."""
        sock = self.client.socket()
        sock.settimeout(0)
        try:
            return bool(self.client._imap.file.peek(1))
        except OSError:  # nothing there (TLS says so by an error)
            return False
        finally:
            sock.settimeout(self._settings.read_timeout)

    # ------------------------------------------------------------------------------------------------------------ end

    def kill(self) -> None:
        """Drop the connection without a word: after a timeout or a broken socket LOGOUT would only wait or raise."""
        self.alive = False
        _drop(self.client)

    def close(self) -> None:
        """Log out, but do not wait long for a server that no longer answers."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(*errors.FOREIGN):
            self.client.socket().settimeout(2.0)
            self.client.logout()
            return
        _drop(self.client)


def connect(settings: ImapSettings, secret: str) -> Session:
    """Connect, secure, log in, introduce ourselves.  Raises TryLater, LoginRefused or PermanentError."""
    client = _dial(settings)
    try:
        _log_in(client, settings, secret)
        session = Session(client, settings)
        _introduce(session)
    except BaseException:
        _drop(client)
        raise
    return session


def tls_context(settings: ImapSettings) -> ssl.SSLContext:
    """Certificates and host names are always checked; ``ca_file`` replaces the system's authorities."""
    try:
        return client_context(settings.ca_file)
    except (OSError, ssl.SSLError):
        raise PermanentError(
            f"{settings.where}: ca_file {settings.ca_file} cannot be read", remedy="give a PEM file"
        ) from None


def is_loopback(host: str) -> bool:
    """Whether mail to this host never leaves the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _dial(settings: ImapSettings) -> IMAPClient:
    context = None if settings.security == "plain" else tls_context(settings)
    client: IMAPClient | None = None
    try:
        client = IMAPClient(
            settings.host,
            settings.port,
            ssl=settings.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(connect=settings.connect_timeout, read=settings.read_timeout),
        )
        client._imap.debug = 0  # private; see the module's docstring, guarded by a test
        client.normalise_times = False
        client.folder_encode = False
        if settings.security == "starttls":
            if not client.has_capability("STARTTLS"):
                raise PermanentError(
                    f"{settings.where}: server offers no STARTTLS, and nothing is sent in the clear",
                    remedy="use security: tls (port 993)",
                )
            client.starttls(context)
        return client
    except errors.FOREIGN as error:
        if client is not None:
            _drop(client)
        raise errors.not_connected(error, settings.where, settings.security) from None
    except PermanentError:
        if client is not None:
            _drop(client)
        raise


def _log_in(client: IMAPClient, settings: ImapSettings, secret: str) -> None:
    oauth = settings.token is not None
    try:
        capabilities = frozenset(client.capabilities())
        if oauth:
            _log_in_with_token(client, settings, secret, capabilities)
        elif b"LOGINDISABLED" in capabilities and b"AUTH=PLAIN" not in capabilities:
            raise PermanentError(f"{settings.where}: server takes no password here", remedy="use security: tls")
        elif _fits_login(settings.username, secret) and b"LOGINDISABLED" not in capabilities:
            client.login(_quoted(settings.username), secret)
        else:
            client.sasl_login("PLAIN", lambda _: b"\0" + settings.username.encode() + b"\0" + secret.encode())
    except errors.FOREIGN as error:
        # imapclient turns every error of a login into LoginError, a lost connection too: the cause tells them apart.
        cause = error.__context__ if isinstance(error.__context__, imaplib.IMAP4.error) else error
        if isinstance(cause, imaplib.IMAP4.abort) or not isinstance(error, imaplib.IMAP4.error):
            raise errors.lost(cause, settings.where, "logging in") from None
        refusal = ServerSaidNo(_login_words(cause, secret))
        if refusal.temporary:
            raise TryLater(f"{settings.where}: login not possible now: {refusal.words}") from None
        raise errors.login_refused(
            settings.where, settings.username, settings.host, refusal.words, oauth=oauth
        ) from None


def _log_in_with_token(client: IMAPClient, settings: ImapSettings, token: str, capabilities: frozenset[bytes]) -> None:
    if b"AUTH=OAUTHBEARER" in capabilities and b"AUTH=XOAUTH2" not in capabilities:
        name = settings.username.replace("=", "=3D").replace(",", "=2C")
        opening = f"n,a={name},\1auth=Bearer {token}\1\1"  # RFC 7628 section 3.1
        client.sasl_login("OAUTHBEARER", _once(opening.encode(), then=b"\1"))
    elif b"AUTH=XOAUTH2" in capabilities:
        opening = f"user={settings.username}\1auth=Bearer {token}\1\1"
        client.sasl_login("XOAUTH2", _once(opening.encode(), then=b""))
    else:
        raise PermanentError(f"{settings.where}: server takes no OAuth token", remedy="configure a password instead")


def _introduce(session: Session) -> None:
    """Send ID (RFC 2971).  NetEase refuses SELECT to clients that have not, and wants it after the login."""
    if not session.has("ID"):
        return
    with contextlib.suppress(ServerSaidNo), session.guard("sending ID"):
        session.client.id_({"name": "mailflow", "version": __version__, "vendor": "mailflow"})


def _once(opening: bytes, *, then: bytes) -> Any:
    """A SASL client that answers a second challenge (the server's error text) so that the server can finish."""
    answers: Iterator[bytes] = iter([opening])
    return lambda _challenge: next(answers, then)


def _login_words(error: BaseException, secret: str) -> str:
    raw = error.args[0] if error.args else ""
    words = str(raw)
    if isinstance(raw, bytes):
        try:
            words = raw.decode("utf-8")
        except UnicodeDecodeError:
            words = raw.decode("gb18030", "replace")
    refusal = errors.said_no(error)
    return errors.clean(refusal.words if refusal else words, secret)


def _fits_login(*values: str) -> bool:
    return all(value.isascii() and value.isprintable() for value in values)


def _quoted(name: str) -> str:
    # imaplib quotes the password of LOGIN, but not the name.
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_news(answer: Sequence[Any]) -> bool:
    # A colleague who reads or deletes a mail is no reason to list the folder; BYE is, it ends the wait.
    return b"EXISTS" in answer or b"BYE" in answer


def _drop(client: IMAPClient) -> None:
    with contextlib.suppress(*errors.FOREIGN):
        client.shutdown()
