"""A pile answered at the command line, killed at any write, and answered again: it is worked off once."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow import app as composition
from mailflow.domain.storm_ports import Answer
from tests.flow.conftest import OpenOffice
from tests.flow.office import Office
from tests.flow.test_storms import THREE, counts, events, run, trouble

WRITES = ("INSERT", "UPDATE", "DELETE")
ONCE: dict[Answer, tuple[tuple[int, int, int], int]] = {  # cases, held, piles; acknowledgements
    "one": ((4, 0, 1), 1), "each": ((6, 0, 1), 3), "none": ((3, 0, 1), 0),
}  # fmt: skip


def killed(command: Callable[[], object], point: int) -> bool:
    """A command in a process of its own that dies at its n-th write, before or after a commit; False: it came through.

    Points are counted from 1: every statement that writes, every commit, and every return of a connection after it.
    """
    child = os.fork()
    if child == 0:
        left = [point]

        def die(*_: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def write(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.lstrip().upper().startswith(WRITES):
                die()

        try:
            sa.event.listen(sa.Engine, "before_cursor_execute", write)
            sa.event.listen(sa.Engine, "commit", die)
            sa.event.listen(sa.pool.Pool, "checkin", die)
            command()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def rows(office: Office) -> dict[str, list[tuple[Any, ...]]]:
    """All that working on mails and answering piles writes."""
    return {**office.everything(), "piles": office.ask("SELECT * FROM piles")}


@pytest.mark.parametrize("said", ONCE)
def test_killed_at_any_write_and_answered_again_a_pile_is_worked_off_once(
    new_office: OpenOffice, said: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = new_office(limits=THREE)
    office.put(*(trouble(n, "wang@plant.example") for n in range(6)))
    office.work()
    assert counts(office) == (3, 3, 1)
    parts, _ = composition.load_parts(office.config)  # read once for all the runs below
    monkeypatch.setattr(composition, "load_parts", lambda _config: (parts, []))
    words = ("pile", "1", said, *(("--because", "误报") if said == "none" else ()))
    other = ("pile", "1", "each" if said == "one" else "one")
    shutil.copytree(office.storage, office.folder / "before")
    untouched, worked, point = rows(office), set(), 1
    while killed(lambda: run(office, *words), point):
        is_answered = office.one("SELECT answer FROM piles") == said
        assert is_answered or rows(office) == untouched, f"half an answer, killed at point {point}"
        if is_answered not in worked:
            worked.add(is_answered)
            told = len(office.replies())
            run(office, *words, code=1 if is_answered else 0)
            run(office, *other, code=1)
            office.work()
            assert (counts(office), len(office.replies()) - told) == ONCE[said], f"killed at point {point}"
            assert len(events(office, "pile.answered")) == 1
            assert office.one("SELECT count(DISTINCT number) FROM cases") == ONCE[said][0][0]
            assert office.errors() == []
        if rows(office) != untouched:
            shutil.rmtree(office.storage)
            shutil.copytree(office.folder / "before", office.storage)
        point += 1
    assert point > 5
    assert worked == {False, True}, "it must have been killed before and after its commit"
