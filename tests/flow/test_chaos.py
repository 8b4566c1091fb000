"""Killed at any moment, nothing is lost and nothing comes twice: a small run of :mod:`bench.chaos`."""

from __future__ import annotations

from bench.chaos import Options, chaos
from tests.servers.dovecot import Dovecot


def test_a_worker_killed_at_any_moment_ends_like_one_left_in_peace(server: Dovecot) -> None:
    """Lines and servers fail as well, and mails are moved out of the folder when they are handled."""
    result = chaos(Options(mails=30, kills=8, drops=True, after="move", seed=12, fail=5, limit=120), server)
    assert result.violations == []
    assert (result.mails, result.kills) == (30, 8)
    assert sum(result.outcomes.values()) == 30
