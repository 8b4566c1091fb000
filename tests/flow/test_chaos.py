"""Killed at any moment, nothing is lost and nothing comes twice: a small run of :mod:`bench.chaos`."""

from __future__ import annotations

import pytest

from bench.chaos import Options, chaos
from tests.servers.dovecot import Dovecot


@pytest.mark.parametrize(("drops", "after", "seed"), [(False, "nothing", 11), (True, "move", 12)])
def test_a_worker_killed_at_any_moment_ends_like_one_left_in_peace(
    server: Dovecot, drops: bool, after: str, seed: int
) -> None:
    result = chaos(Options(mails=30, kills=8, drops=drops, after=after, seed=seed, fail=5, limit=120), server)
    assert result.violations == []
    assert (result.mails, result.kills) == (30, 8)
    assert sum(result.outcomes.values()) == 30
