"""How the worker is: a file, an endpoint, logs that hold ids only, one worker per storage."""

import io
import json
import logging
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.domain.errors import PermanentError
from mailflow.runtime import logs
from mailflow.runtime.health import Health
from mailflow.runtime.lock import StorageLock


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_endpoint_says_well_or_not_and_gives_metrics(tmp_path: Path) -> None:
    health = Health(tmp_path)
    port = health.serve(0)
    try:
        assert get(port, "/health")[0] == 200
        health.trouble("smtp", "connection refused")
        status, body = get(port, "/health")
        assert status == 503
        assert json.loads(body)["troubles"] == {"smtp": "connection refused"}
        health.well("smtp")
        assert get(port, "/health")[0] == 200
        health.mails.labels("handled").inc()
        assert 'mailflow_mails_total{outcome="handled"} 1.0' in get(port, "/metrics")[1]
    finally:
        health.close()


def test_the_health_file_is_whole_after_every_round(tmp_path: Path) -> None:
    health = Health(tmp_path)
    health.trouble("mailbox:service", "login refused")
    health.write(datetime(2026, 11, 22, tzinfo=UTC), folders=[])
    state = json.loads((tmp_path / "health.json").read_text("utf-8"))
    assert state["ok"] is False
    assert state["troubles"] == {"mailbox:service": "login refused"}


def test_a_log_line_is_json_with_ids_and_no_words_of_the_exception() -> None:
    stream = io.StringIO()
    logs.start(stream)
    try:
        raise ValueError("客户的原话")
    except ValueError:
        logs.event("mail.broke", logging.ERROR, trace=True, message=7)
    line = json.loads(stream.getvalue())
    assert line["event"] == "mail.broke"
    assert line["message"] == 7
    assert line["error"] == "ValueError"
    assert "客户的原话" not in stream.getvalue()


def test_a_second_worker_on_the_same_storage_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from mailflow.runtime.lock import StorageLock\n"
        "with StorageLock(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(PermanentError, match=f"process {first.pid}"), StorageLock(tmp_path):
            pass
        first.kill()  # a killed worker leaves no lock behind
    with StorageLock(tmp_path):
        pass


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_the_lock_file_stays_where_it_is_and_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    lock = StorageLock(tmp_path / "new")
    for _ in range(2):
        with lock:
            assert lock.path.stat().st_mode & 0o777 == 0o600
            assert lock.path.read_text() == f"{os.getpid()}\n"
    assert lock.path.exists()


def test_a_lock_is_refused_within_the_same_process_too_and_freed_from_any_thread(tmp_path: Path) -> None:
    lock = StorageLock(tmp_path)
    with lock, pytest.raises(PermanentError, match=f"process {os.getpid()}"), StorageLock(tmp_path):
        pass
    lock.__enter__()
    thread = threading.Thread(target=lock.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    with StorageLock(tmp_path):
        pass
