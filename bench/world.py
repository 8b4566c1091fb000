"""What the benches share: a home for mailflow, servers on loopback, child processes measured from outside."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import people
from mailflow.settings import shipped

USER = "service@bench.example"

CONFIG = """\
company:
  name: 示例精密机械有限公司
  english_name: Example Precision Machinery Co., Ltd.
  domains: [bench.example]
mailboxes:
  - name: service
    host: 127.0.0.1
    port: {imap}
    security: plain
    username: {user}
    password_env: MAILFLOW_BENCH_PASSWORD
    addresses: [{user}]
    idle: false
    after: {after}
smtp:
  host: 127.0.0.1
  port: {smtp}
  security: plain
  from_address: {user}
limits:
  replies_per_hour_and_address: 1000
  replies_per_hour: 1000000
  new_cases_per_hour_and_sender: 1000000
  mails_per_hour_and_colleague: 1000000
worker:
  poll_seconds: 1
casework:
  pdf: false
"""


def make_home(folder: Path, imap: int, smtp: int, after: str = "nothing", *, staff: bool = False) -> Path:
    """A mailflow home, with somebody in every role or (as shipped) with nobody; returns its configuration file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("rules", "templates"):
        shutil.copytree(shipped.folder(name), folder / name, dirs_exist_ok=True)
    config = folder / "mailflow.yaml"
    config.write_text(CONFIG.format(imap=imap, smtp=smtp, user=USER, after=after), "utf-8")
    os.environ["MAILFLOW_BENCH_PASSWORD"] = "secret"
    if staff:
        people.employ(folder)
    return config


@contextlib.contextmanager
def sink(*arguments: str) -> Iterator[int]:
    """A sink in a process of its own; yields its port."""
    command = [sys.executable, "-m", "bench.sink", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def taken(port: int) -> int:
    """How many mails a sink took."""
    with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rwb") as stream:
        stream.readline()
        stream.write(b"XCNT\r\n")
        stream.flush()
        return int(stream.readline().split()[1])


def peak_mb() -> float:
    """The largest resident size this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(module: str, *arguments: str) -> dict[str, Any]:
    """Run ``python -m module`` and return the JSON object of its last line."""
    import json

    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} failed:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
