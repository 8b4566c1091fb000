"""When a server may be asked again: growing waits with jitter after failures, long ones after a refused login.

The state lives in the object and nothing here sleeps: a caller that comes too early gets an exception that says how
long to wait, and decides itself what to do meanwhile.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from hashlib import blake2b

from mailflow.domain.errors import LoginRefused, TemporaryError

FREE_FAILURES = 2  # a dropped connection is everyday life: reconnect at once, and once more
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0
FIRST_REFUSAL_WAIT, LONGEST_REFUSAL_WAIT = 15 * 60.0, 6 * 3600.0


class TryLater(TemporaryError):
    """A TemporaryError that knows how long to wait: ``retry_after`` seconds (0: the next call may try at once)."""

    def __init__(self, message: str, *, retry_after: float = 0.0, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class Backoff:
    """Waits after failed connections: none for the first two, then 2, 4, 8 ... 300 s, each shortened by up to half.

    The jitter keeps several installations from returning to a restarted server at the same second.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._not_before = 0.0

    def check(self, what: str) -> None:
        """Raise TryLater when it is too early to try again."""
        left = self._not_before - self._clock()
        if left > 0:
            raise TryLater(f"{what}: {self._failures} failures in a row, next try in {left:.0f} s", retry_after=left)

    def failed(self, *, at_least: float = 0.0) -> float:
        """Note a failure; returns the seconds until the next try."""
        self._failures += 1
        wait = at_least
        if self._failures > FREE_FAILURES:
            longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures - FREE_FAILURES - 1, 16))
            wait = max(at_least, longest * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
        self._not_before = self._clock() + wait
        return wait

    def succeeded(self) -> None:
        """The server did some work: forget the failures."""
        self._failures = 0
        self._not_before = 0.0


class RefusalGuard:
    """Keeps a wrong password from being repeated until the provider locks the account.

    After a refusal the same secret is not sent again for 15 minutes, then 30 ... up to 6 hours.  A changed secret is
    tried at once: whoever corrects the password need not wait.  Only a keyed digest of the secret is kept.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._refused = b""
        self._times = 0
        self._not_before = 0.0
        self._message = ""
        self._remedy = ""

    def check(self, secret: str) -> None:
        """Raise LoginRefused when this secret was refused and the wait is not over."""
        left = self._not_before - self._clock()
        if left > 0 and self._digest(secret) == self._refused:
            message = f"{self._message} (not asked again for {max(1, round(left / 60))} min)"
            raise LoginRefused(message, remedy=self._remedy)

    def refused(self, secret: str, error: LoginRefused) -> None:
        """Note that the server refused this secret."""
        digest = self._digest(secret)
        self._times = self._times + 1 if digest == self._refused else 1
        wait = min(LONGEST_REFUSAL_WAIT, FIRST_REFUSAL_WAIT * 2 ** (self._times - 1))
        self._refused, self._not_before = digest, self._clock() + wait
        self._message, self._remedy = error.message, error.remedy

    def accepted(self) -> None:
        """The server took the login: forget the refusals."""
        self._refused, self._times, self._not_before = b"", 0, 0.0

    def _digest(self, secret: str) -> bytes:
        return blake2b(secret.encode("utf-8", "surrogateescape"), key=self._key, digest_size=16).digest()
