"""What went wrong with a server, in mailflow's words.

Nothing here quotes a line of the protocol: such a line may hold a customer's words or a secret.  Only the words of
a plain NO or BAD answer are shown, shortened and with the secret taken out.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl

from mailflow.adapters.backoff import TryLater
from mailflow.domain.errors import LoginRefused, MailflowError, PermanentError

# What strange servers bring imaplib and the parsers to raise, besides their own errors and OSError.
STRANGE = (ValueError, LookupError, TypeError, AttributeError)
FOREIGN = (imaplib.IMAP4.error, OSError, *STRANGE)

# RFC 5530: these say "not now", the others say "not like this".
TEMPORARY_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED"})

_SAID_NO = re.compile(r"""^\w+ (?:failed: |command error: BAD \[b?['"]?)(.*?)(?:['"]\])?$""", re.DOTALL)
_CODE = re.compile(r"^\[([A-Za-z0-9-]+)[^\]]*\]\s*")
_LONG_BLOB = re.compile(r"[A-Za-z0-9+/=_.~-]{24,}")


class Broken(TryLater):
    """The connection ended within a command: ``why`` is a stable word, ``over_mails`` whether mails were asked for."""

    why = "connection"

    def __init__(self, message: str, *, remedy: str = "", over_mails: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.over_mails = over_mails


class ConnectionLost(Broken):
    """The server or the network ended the connection: a fresh one may do."""


class NoAnswer(Broken):
    """No answer came in time, and the connection was given up."""

    why = "timeout"


class ServerSaidNo(Exception):
    """NO or BAD to one command (RFC 9051 section 7.1); the connection is fine.  Never leaves the adapter."""

    def __init__(self, words: str) -> None:
        found = _CODE.match(words)
        self.code = found.group(1).upper() if found else ""
        self.words = clean(words[found.end() :] if found else words)
        super().__init__(self.code or "NO")

    @property
    def temporary(self) -> bool:
        """Whether the response code promises that waiting helps."""
        return self.code in TEMPORARY_CODES


def said_no(error: BaseException) -> ServerSaidNo | None:
    """The plain refusal in a foreign error, or None when the connection can no longer be trusted."""
    if not isinstance(error, imaplib.IMAP4.error) or isinstance(error, imaplib.IMAP4.abort):
        return None
    found = _SAID_NO.match(str(error))
    return ServerSaidNo(found.group(1)) if found else None


def clean(words: str, secret: str = "") -> str:
    """A server's words fit for a log: printable, short, without the secret and without anything like a token."""
    if secret:
        words = words.replace(secret, "***")
    words = "".join(char if char.isprintable() else " " for char in _LONG_BLOB.sub("...", words))
    words = " ".join(words.split())
    return words if len(words) <= 160 else words[:157] + "..."


def lost(error: BaseException, where: str, doing: str, *, over_mails: bool = False) -> Broken:
    """The error of a connection that died while ``doing`` something."""
    if isinstance(error, TimeoutError):
        words, remedy = f"{where}: no answer in time while {doing}", "check the network and the server"
        return NoAnswer(words, remedy=remedy, over_mails=over_mails)
    words = f"{where}: connection lost while {doing}"
    if isinstance(error, OSError) and not isinstance(error, imaplib.IMAP4.abort):
        reason = error.strerror if error.errno and error.strerror else type(error).__name__
        words = f"{words} ({reason})"
    elif not isinstance(error, imaplib.IMAP4.abort):
        words = f"{where}: answer not understood while {doing} ({type(error).__name__})"
    return ConnectionLost(words, over_mails=over_mails)


def not_connected(error: BaseException, where: str, security: str) -> MailflowError:
    """The error of a connection that did not come about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = clean(error.verify_message or "not trusted")
        remedy = "name the server as in its certificate, or set ca_file to your own CA; do not switch TLS off"
        return PermanentError(f"{where}: certificate not trusted: {reason}", remedy=remedy)
    if isinstance(error, ssl.SSLError) and (error.reason or "") in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        other = "security: starttls (port 143)" if security == "tls" else "security: tls (port 993)"
        return PermanentError(f"{where}: does not speak TLS on this port", remedy=f"try {other}")
    if isinstance(error, socket.gaierror):
        return TryLater(f"{where}: host name not found", remedy="check the spelling of host, and the DNS")
    if isinstance(error, ConnectionRefusedError):
        return TryLater(f"{where}: connection refused", remedy="check the port, the firewall, and that IMAP is on")
    if isinstance(error, TimeoutError):
        return TryLater(f"{where}: no answer in time", remedy="check host, port and firewall (TLS is port 993)")
    if isinstance(error, OSError):
        reason = error.strerror if error.errno and error.strerror else type(error).__name__
        return TryLater(f"{where}: cannot connect ({reason})", remedy="check the network")
    return TryLater(f"{where}: no usable IMAP greeting", remedy="check host and port")


def login_refused(where: str, username: str, host: str, words: str, *, oauth: bool) -> LoginRefused:
    """The error of a refused login, with the hint that fits the provider."""
    said = f": {words}" if words else ""
    return LoginRefused(f"{where}: login of {username} refused{said}", remedy=login_hint(host, oauth=oauth))


def login_hint(host: str, *, oauth: bool) -> str:
    """What usually helps with this provider."""
    if oauth:
        return "renew the token's consent; its scope must allow IMAP and belong to this mailbox"
    host = host.lower()
    if any(part in host for part in ("qq.com", "163.", "126.", "yeah.net", "188.com", "netease", "aliyun", "sina.")):
        return "switch IMAP on in the web mail's settings and use the authorisation code (授权码), not the password"
    if any(part in host for part in ("outlook", "office365", "partner.outlook.cn", "hotmail")):
        return "Microsoft takes no passwords for IMAP: configure an OAuth token"
    if "gmail" in host or "google" in host:
        return "use an app password or an OAuth token"
    return "check user name and password; many providers want an authorisation code (授权码) instead"
