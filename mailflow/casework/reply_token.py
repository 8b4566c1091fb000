"""The token of a mail that asks for a signature or for work: it proves that the answer belongs to that very mail.

``MF-<task>-<record>-<day>-<check>``; ``MF-J<ask>-<points>-<day>-<check>`` of a mail that asks for several tasks at
once, ``MF-K<question>-<points>-<day>-<check>`` of one that asks what kind mails are, and
``MF-A<mail>-<task>-<day>-<check>`` of one that shows the change somebody's mail wants, and
``MF-H<decision>-<points>-<day>-<check>`` of one that asks what becomes of held mail, and
``MF-P<value>-<points>-<day>-<check>`` of one that asks whether values of profiles hold, ``MF-V<check>-...`` of one by
which profiles are checked: the check is a keyed digest
over all of it and the person asked, so that a token works for nobody else, for no other version of the record, and not
for ever.  A forged sender alone proves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

CHECK_BYTES = 10
_TOKEN = re.compile(r"MF-([JKAHPV]?\d{1,12})-(\d{1,12})-(\d{6})-([A-Z2-7]{16})", re.IGNORECASE)
_EPOCH = date(2020, 1, 1)
_JOINT, _KINDS, _CHANGE, _HELD, _PROFILE, _CHECKED = "J", "K", "A", "H", "P", "V"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says; :func:`is_ours` tells whether it is true.

    Of a mail that asks for several tasks ``joint`` is its row, of one that asks for kinds ``kinds`` is the row of its
    first question, of one about held mail ``held`` that of its first decision, of one about profiles ``profile`` that
    of its first value, of one by which profiles are checked ``checked`` that of its first check, and ``record`` the
    number of its points.
    Of one that shows a change ``change`` is the row of the mail that wants it, and ``task`` the task it is about.
    Else they are 0.
    """

    task: int
    record: int
    day: date
    check: str
    joint: int = 0
    kinds: int = 0
    change: int = 0
    held: int = 0
    profile: int = 0
    checked: int = 0


def make(task: int, record: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person, task and version of a record (its row id, 0 when there is none), asked for today."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{task}-{record}-{day:06d}-{_check('task', task, record, day, person, secret)}"


def make_joint(ask: int, points: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail that asks for so many tasks (its row id), asked for today."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_JOINT}{ask}-{points}-{day:06d}-{_check('joint', ask, points, day, person, secret)}"


def make_kinds(question: int, points: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail that asks for so many kinds, the first in this row, asked for today."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_KINDS}{question}-{points}-{day:06d}-{_check('kinds', question, points, day, person, secret)}"


def make_change(mail: int, task: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail that shows the change his mail in this row wants in this task."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_CHANGE}{mail}-{task}-{day:06d}-{_check('change', mail, task, day, person, secret)}"


def make_held(decision: int, points: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail about so many held mails and piles, the first in this row."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_HELD}{decision}-{points}-{day:06d}-{_check('held', decision, points, day, person, secret)}"


def make_profile(value: int, points: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail about so many points of profiles, the first value in this row."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_PROFILE}{value}-{points}-{day:06d}-{_check('profile', value, points, day, person, secret)}"


def make_checked(check: int, points: int, person: str, now: datetime, secret: bytes) -> str:
    """The token for this person and the mail by which so many profiles are checked, the first in this row."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    return f"MF-{_CHECKED}{check}-{points}-{day:06d}-{_check('checked', check, points, day, person, secret)}"


def find(text: str) -> list[Token]:
    """The tokens in a text, in order, each once; mail programs may have changed their case."""
    found = dict.fromkeys(match.group(0).upper() for match in _TOKEN.finditer(text))
    return [_parsed(item) for item in found]


def is_ours(token: Token, person: str, secret: bytes) -> bool:
    """Was this token given to this person by us?"""
    day = (token.day - _EPOCH).days
    named = (
        ("joint", token.joint), ("kinds", token.kinds), ("held", token.held), ("profile", token.profile),
        ("checked", token.checked),
        ("change", token.change), ("task", token.task),
    )  # fmt: skip
    kind, number = next((each for each in named if each[1]), named[-1])
    about = token.task if kind == "change" else token.record
    return hmac.compare_digest(token.check, _check(kind, number, about, day, person, secret))


def is_expired(token: Token, now: datetime, days: int) -> bool:
    """Is the token too old to be used?"""
    return now.astimezone(UTC).date() - token.day > timedelta(days=days)


def _parsed(text: str) -> Token:
    _, number, record, day, check = text.split("-")
    of = number[0] if number[0].isalpha() else ""
    row, told = int(number.removeprefix(of)), _EPOCH + timedelta(days=int(day))
    if of == _CHANGE:
        return Token(task=int(record), record=0, day=told, check=check, change=row)
    named = {_JOINT: "joint", _KINDS: "kinds", _HELD: "held", _PROFILE: "profile", _CHECKED: "checked"}.get(of, "task")
    rows = {"task": 0, named: row}
    return Token(record=int(record), day=told, check=check, **rows)


def _check(kind: str, number: int, record: int, day: int, person: str, secret: bytes) -> str:
    said = "\0".join((kind, str(number), str(record), str(day), person.lower())).encode()
    return base64.b32encode(hmac.digest(secret, said, hashlib.sha256)[:CHECK_BYTES]).decode()
