"""What an office lives through, small: old mail at the first start, days without the mailbox, other ledgers."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from bench import scenarios
from tests.servers.dovecot import Dovecot

_seeds = itertools.count(1)


@pytest.mark.parametrize(("name", "mails"), [("first-start", 6), ("mailbox-away", 5), ("older-backup", 4),
                                             ("other-ledger", 2)])  # fmt: skip
def test_nothing_is_lost_sent_twice_or_said_to_old_mail(
    name: str, mails: int, tmp_path: Path, dovecot: Dovecot
) -> None:
    assert scenarios.tell(name, mails, 1, tmp_path, dovecot, seed=next(_seeds)).violations == []


@pytest.mark.parametrize("name", ["day-by-cron", "day-of-worker"])
def test_a_server_that_drops_on_one_mail_all_day_keeps_nobody_else_waiting(
    name: str, tmp_path: Path, dovecot: Dovecot
) -> None:
    assert scenarios.tell(name, 6, 1, tmp_path, dovecot, seed=next(_seeds), rounds=8).violations == []
