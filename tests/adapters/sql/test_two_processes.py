"""Two processes at one ledger: nothing is claimed twice, no number is missing, the journal stays one chain."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.chain import chain_hash
from mailflow.adapters.sql.opening import open_ledger
from mailflow.domain.model import Place
from tests.adapters.sql.busy import NOW, busy
from tests.adapters.sql.stores import BOTH, Store

MAILS = 40


@BOTH
def test_two_processes_share_a_ledger_without_gap_or_double(tmp_path: Path, store: Store) -> None:
    settings = store.settings(tmp_path)
    ledger = open_ledger(settings, tmp_path)
    with ledger.begin() as work:
        for uid in range(MAILS):
            work.add_message(Place("m", "INBOX", 1, uid), f"{uid:064x}", 10, arrived_at=NOW, now=NOW)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        done = pool.starmap(busy, [(settings, tmp_path, "first"), (settings, tmp_path, "second")])
    numbers = [number for taken, _, _, _ in done for number in taken]
    assert all(taken for taken, _, _, _ in done)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    claimed = [key for _, ends, _, _ in done for key in ends]
    assert sorted(claimed) == sorted(set(claimed))
    with ledger.snapshot() as rows:
        assert rows.scalar(sa.select(t.counters.c.value)) == len(numbers)
        handled = rows.scalars(sa.select(t.messages.c.id).where(t.messages.c.status == "handled"))
        assert set(handled) == set(claimed)
        for table, count in ((t.outbox, sum(item[2] for item in done)), (t.duties, sum(item[3] for item in done))):
            assert rows.scalar(sa.select(sa.func.count()).select_from(table)) == count
        j = t.journal.c
        columns = (sa.type_coerce(j.at, sa.String), j.actor, j.event, j.message_id, j.case_id, j.data, j.hash)
        previous = ""
        for row in rows.execute(sa.select(*columns).order_by(j.id)):
            previous = chain_hash(previous, *row[:6])
            assert row[6] == previous
    ledger.close()
