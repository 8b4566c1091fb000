"""pymap, an IMAP server in pure Python, for machines without Dovecot.

It has IDLE, MOVE and UIDPLUS, but no keywords, no OAuth, no NAMESPACE, and is slow to append (45 ms a mail).
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers.ports import free_port


@contextlib.contextmanager
def pymap_server(user: str = "kefu@example.cn", password: str = "secret") -> Iterator[tuple[str, int]]:  # noqa: S107
    """Host and port of a server with one empty account.  (``python -m pymap`` does not exist.)"""
    port = free_port()
    program = Path(sys.executable).with_name("pymap")
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    account = ["dict", "--demo-user", user, "--demo-password", password]
    server = subprocess.Popen([program, *options, *account], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise RuntimeError("pymap ended at once")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.05)
        yield "127.0.0.1", port
    finally:
        server.terminate()
        server.wait(5)
