"""Errors, grouped by what happens next, and the Problem value that lists people's mistakes.

Adapters translate foreign exceptions into these families; :mod:`mailflow.worker` alone turns a family into a
row's next state.  Decisions (excluded, continued, nothing to do) are return values, never errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file a person wrote: where it is, what is wrong, what to do.

    ``line`` is 1-based; 0 means the file as a whole.  ``code`` is stable (``MF301``) and never reused.
    """

    file: str
    line: int
    code: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        tail = f" -> {self.remedy}" if self.remedy else ""
        return f"{self.code} {place}: {self.message}{tail}"


class MailflowError(Exception):
    """Root of mailflow's errors: one line for people, a remedy, a process exit code."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} -> {self.remedy}" if self.remedy else self.message


class ConfigError(MailflowError):
    """The operator's files or settings are wrong: refuse to start and list every problem at once."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems) or "wrong configuration")


class TemporaryError(MailflowError):
    """May succeed later: keep the row, note the error, try again after a growing wait, with an end."""

    exit_code = 3


class Unreachable(TemporaryError):
    """A server is out of reach: that says nothing about what was to be brought to it, so no attempt is counted."""


class PermanentError(MailflowError):
    """Will not succeed by waiting: mark it failed, tell the operator, go on with the next."""

    exit_code = 4


class SenderRefused(PermanentError):
    """The server refused our sender, most likely for every mail: who speaks of one mail is known by the others."""


class LoginRefused(PermanentError):
    """The server refused the account: repeating it quickly may lock the account, so the wait is long."""


class NeedsPerson(MailflowError):
    """The mail is kept, but a person must look: it is held with this reason and the next mail goes on.

    ``reason`` is a stable word (``oversize``, ``unreadable``, ``ambiguous_customer`` ...) that the console and the
    summaries translate; ``message`` says it in full for the operator, without quoting the customer.
    """

    exit_code = 5

    def __init__(self, reason: str, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason
