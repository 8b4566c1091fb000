"""What a mail may do with which level of trust: one table, which every stage asks and docs/security.md shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from mailflow.trust.level import Level, Trust


class Action(StrEnum):
    """What depends on who wrote a mail.  Opening a case does not: every new matter gets its case and its clock."""

    JOIN = "join"
    CORRECT = "correct"
    REOPEN = "reopen"
    SIGN = "sign"
    SIGN_BY_FILE_ALONE = "sign_by_file_alone"
    CONFIRM_CONTACT = "confirm_contact"
    BE_TOLD = "be_told"


_UNLESS_FAILED = frozenset({Level.AUTHENTICATED, Level.UNVERIFIED})

TABLE: Mapping[Action, frozenset[Level]] = {
    Action.JOIN: _UNLESS_FAILED,
    Action.CORRECT: _UNLESS_FAILED,
    Action.REOPEN: _UNLESS_FAILED,
    Action.SIGN: _UNLESS_FAILED,
    Action.SIGN_BY_FILE_ALONE: frozenset({Level.AUTHENTICATED}),
    Action.CONFIRM_CONTACT: _UNLESS_FAILED,
    Action.BE_TOLD: _UNLESS_FAILED,
}
"""The levels with which each action is done."""

STRICT = frozenset({Action.SIGN, Action.SIGN_BY_FILE_ALONE})
"""Actions that no forwarder excuses: what the checks alone say decides."""


def may(action: Action, trust: Trust) -> bool:
    """May a mail that is trusted so far do this?"""
    return (trust.checked if action in STRICT else trust.level) in TABLE[action]


def vouched(trust: Trust) -> Trust:
    """The trust in a mail that a person let go on: no failed check stops it, and none becomes a pass by that."""
    return replace(trust, level=Level.UNVERIFIED) if trust.level is Level.FAILED else trust
