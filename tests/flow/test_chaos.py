"""Killed at any moment, nothing is lost and nothing comes twice: a small run of :mod:`bench.chaos`."""

from __future__ import annotations

from bench.chaos import Options, chaos
from tests.servers.dovecot import Dovecot


def test_a_worker_killed_at_any_moment_ends_like_one_left_in_peace(dovecot: Dovecot) -> None:
    """Lines and servers fail as well, and mails are moved out of the folder when they are handled."""
    result = chaos(Options(mails=30, kills=8, drops=True, after="move", seed=12, fail=5, limit=120), dovecot)
    assert result.violations == []
    assert (result.mails, result.kills) == (30, 8)
    assert sum(result.outcomes.values()) == 30


def test_an_smtp_server_away_for_62_hours_gets_every_answer_once_it_is_back(dovecot: Dovecot) -> None:
    """The clock runs so fast that a long weekend passes in seconds; a worker dies meanwhile."""
    result = chaos(Options(mails=10, kills=1, seed=31, fail=0, speed=60_000, away=62, limit=120), dovecot)
    assert result.violations == []
    assert result.taken == result.replies > 3
    assert result.repeats == 0


def test_nothing_is_signed_or_reminded_twice_and_no_task_lost_when_killed(dovecot: Dovecot) -> None:
    """People answer what they are asked, deadlines pass, and the worker dies between any two of its writes."""
    result = chaos(
        Options(mails=8, kills=8, drops=True, seed=21, fail=7, staff=True, speed=1200, answering=4, limit=150), dovecot
    )
    assert result.violations == []
    assert result.kills == 8
    assert result.casework["signatures"] > 0
    assert result.casework["steps of ladders"] > 0
