"""OAuth 2 bearer tokens (RFC 6750) from the operator's own program or file.

mailflow does not speak to an identity provider itself: a command such as ``oama access kefu@example.cn`` or a file
kept fresh by a helper gives the token.  A token is never logged, never part of an error, never on a command line.
"""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mailflow.adapters.backoff import TryLater
from mailflow.domain.errors import PermanentError

EARLY = 60.0  # seconds before its end a token is fetched anew
LIFETIME = 3000.0  # assumed when the token does not tell: providers give an hour


class CommandToken:
    """The first line a command prints, kept until the token ends or is refused.

    ``argv`` is run without a shell and with its own clock: a helper that hangs must not hang the mail.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout: float = 30.0,
        lifetime: float = LIFETIME,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._argv = tuple(argv)
        self._timeout = timeout
        self._lifetime = lifetime
        self._now = now
        self._token = ""
        self._ends = 0.0

    def __call__(self) -> str:
        """The token; runs the command when there is none in hand that is still good."""
        if not self._token or self._now() >= self._ends - EARLY:
            self._token = _checked(self._run(), f"token command {self._argv[0]}")
            self._ends = expiry(self._token) or self._now() + self._lifetime
        return self._token

    def forget(self) -> None:
        """The server refused the token: the next call fetches another."""
        self._token = ""

    def _run(self) -> str:
        name = self._argv[0]
        by_hand = "run it by hand as mailflow's user and see what it says"
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
                self._argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise TryLater(f"token command {name}: no token after {self._timeout:.0f} s", remedy=by_hand) from None
        except OSError as error:
            raise PermanentError(
                f"token command {name} cannot be run: {error.strerror}", remedy="give the full path of the command"
            ) from None
        # Neither its output nor its complaints are shown: both may hold secrets.
        if done.returncode != 0:
            raise TryLater(f"token command {name} failed with status {done.returncode}", remedy=by_hand)
        return done.stdout.decode("utf-8", "replace").partition("\n")[0]


class FileToken:
    """The first line of a file that something else keeps fresh; read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = ""
        self._seen: tuple[int, int, int] | None = None

    def __call__(self) -> str:
        """The token now in the file."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen or not self._token:
                text = self._path.read_text(encoding="utf-8", errors="replace")
                self._token = _checked(text.partition("\n")[0], f"token file {self._path}")
                self._seen = seen
        except OSError as error:
            raise TryLater(
                f"token file {self._path} cannot be read: {error.strerror}", remedy="check the path and the rights"
            ) from None
        return self._token

    def forget(self) -> None:
        """The server refused the token: read the file again at the next call."""
        self._token = ""


def expiry(token: str) -> float | None:
    """When the token ends (Unix time), if it is a JWT that says so (RFC 7519 section 4.1.4); nothing is verified."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    ends = claims.get("exp") if isinstance(claims, dict) else None
    return float(ends) if isinstance(ends, (int, float)) else None


def _checked(line: str, source: str) -> str:
    token = line.strip()
    if not token:
        raise TryLater(f"{source} gave no token", remedy="its first line must be the bare token")
    # Anything else would end up inside the login exchange and change its meaning.
    if not token.isascii() or not token.isprintable() or " " in token:
        raise PermanentError(f"{source} gave something that is no token", remedy="its first line must be the token")
    return token
