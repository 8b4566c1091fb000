"""Whatever one mail does to its reader, it costs bounded time and memory, and the next mail is read."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.apart import Apart, available
from mailflow.adapters.apart_wire import receive, send
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.model import Attachment, Details, Kind, Message, Status
from mailflow.trust.level import Level

pytestmark = pytest.mark.skipif(not available(), reason="this system does not fork")
Make = Callable[..., Apart]


def _spin() -> None:
    while True:
        pass


def _spin_in_c() -> None:
    sum(range(10**12))


def _eat() -> None:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _sleep() -> None:
    time.sleep(3600)


def _refuse() -> None:
    raise NeedsPerson("damaged", "words", remedy="what to do")


def _stumble() -> None:
    raise ZeroDivisionError("secret words of a mail")


def _child_that_stays() -> None:
    Path(os.environ["MAILFLOW_TEST_CHILD"]).write_text(str(subprocess.Popen(["sleep", "3600"]).pid))
    _spin()


DEEDS: dict[str, Callable[[], None]] = {
    "spin": _spin, "spin in C": _spin_in_c, "eat": _eat, "die": _die, "sleep": _sleep, "refuse": _refuse,
    "child that stays": _child_that_stays, "stumble": _stumble,
}  # fmt: skip


def do(task: Any) -> Any:
    if not isinstance(task, str):
        return task
    if task in DEEDS:
        DEEDS[task]()
    return {"pid": os.getpid, "files": _open_files}.get(task, lambda: task)()


def _open_files() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    return found


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Apart] = []

    def started(**limits: Any) -> Apart:
        made.append(Apart(**limits))
        made[-1].start(do)
        return made[-1]

    yield started
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("deed", "reason"),
    [("spin", "too_long"), ("spin in C", "too_long"), ("eat", "too_large"), ("die", "broke"), ("sleep", "too_long")],
)
def test_a_task_over_a_limit_is_told_and_the_next_one_is_done(make: Make, deed: str, reason: str) -> None:
    apart = make(seconds=1, memory=200_000_000, silence=3.0 if deed == "sleep" else 60.0)
    with pytest.raises(NeedsPerson) as told:
        apart(deed)
    assert told.value.reason == reason
    assert apart("next") == "next"


def test_a_refusal_comes_back_as_it_was(make: Make) -> None:
    apart = make()
    first = apart("pid")
    with pytest.raises(NeedsPerson) as told:
        apart("refuse")
    assert (told.value.reason, told.value.message, told.value.remedy) == ("damaged", "words", "what to do")
    assert apart("pid") == first


def test_a_reader_that_somebody_ended_is_replaced_without_a_word(make: Make) -> None:
    apart = make()
    first = apart("pid")
    os.kill(first, signal.SIGKILL)
    assert apart("pid") != first


def test_what_a_reader_started_ends_with_it(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "pid"
    monkeypatch.setenv("MAILFLOW_TEST_CHILD", str(note))
    with pytest.raises(NeedsPerson):
        make(seconds=1)("child that stays")
    assert _ends(int(note.read_text()))


def test_a_reader_keeps_no_file_of_ours_open(make: Make, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w"):
        found = make()("files")
    assert not [name for name in found if str(tmp_path) in name]


def test_both_processes_end_with_us(make: Make) -> None:
    apart = make()
    reader = apart("pid")
    apart.close()
    assert _ends(reader)


def _ends(process: int) -> bool:
    for _ in range(1000):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_threads_take_turns(make: Make) -> None:
    apart, found = make(), []
    threads = [threading.Thread(target=lambda n=n: found.append((n, apart(n)))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(n, n) for n in range(20)]


def test_a_large_mail_goes_both_ways(make: Make) -> None:
    message = Message(subject="主题", attachments=(Attachment("a", "a", "a/b", bytes(20_000_000)),))
    assert make()(message) == message


@pytest.mark.parametrize("thing", [os.system, subprocess.Popen, Path("/etc"), pickle.loads, eval])
def test_an_answer_that_names_anything_but_a_reading_is_refused(thing: Any) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        send(theirs, ("done", thing))
        with pytest.raises(ValueError, match="does not belong"):
            receive(ours)


def test_words_of_a_fixed_set_cross_whatever_python_makes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11.0 to 3.11.3 (Debian 12 has 3.11.2) pickle such a word as a call of getattr, which is refused."""
    monkeypatch.setattr(Enum, "__reduce_ex__", lambda self, _protocol: (getattr, (type(self), self.name)))
    every = [Details(kind=Kind.COMPLAINT, language="zh"), *Kind, *Status, *Level]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(ours, every)
        assert receive(theirs) == every


def test_a_defect_is_told_by_its_name_and_place_and_the_next_mail_is_read(make: Make) -> None:
    apart = make()
    with pytest.raises(NeedsPerson) as told:
        apart("stumble")
    assert told.value.reason == "broke"
    assert "ZeroDivisionError at test_apart.py:" in told.value.message
    assert "secret words" not in told.value.message
    assert apart("next") == "next"


def test_what_is_no_message_is_refused() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall((3).to_bytes(8, "big") + b"abc" + (1 << 60).to_bytes(8, "big"))
        with pytest.raises(ValueError, match="no message"):
            receive(ours)
        with pytest.raises(ValueError, match="too long"):
            receive(ours)
