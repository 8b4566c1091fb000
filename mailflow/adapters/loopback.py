"""Mail servers of this machine for the demo: an IMAP server and an SMTP sink on loopback.  Nothing can leave.

Needs the extra ``mailflow[demo]`` (pymap, aiosmtpd).
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mailflow.domain.errors import PermanentError


@contextlib.contextmanager
def loopback_servers(address: str, password: str, sent: Path) -> Iterator[tuple[int, int]]:
    """The ports of an IMAP server with this one account and of an SMTP server that keeps each mail in ``sent``."""
    with _imap_server(address, password) as imap, _smtp_sink(sent) as smtp:
        yield imap, smtp


@contextlib.contextmanager
def _imap_server(address: str, password: str) -> Iterator[int]:
    program = Path(sysconfig.get_path("scripts")) / ("pymap.exe" if sys.platform == "win32" else "pymap")
    if not program.is_file():
        raise PermanentError("the demo's mail servers are not installed", remedy="pip install 'mailflow[demo]'")
    port = _free_port()
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    accounts = ["--demo-user", address, "--demo-password", password]
    server = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
        [str(program), *arguments, *accounts], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.1)
    raise PermanentError("the demo's IMAP server did not start", remedy="look for another program on its port")


@contextlib.contextmanager
def _smtp_sink(folder: Path) -> Iterator[int]:
    from aiosmtpd.controller import Controller

    folder.mkdir()

    class Keep:
        """Keeps each mail as a file."""

        count = 0

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            self.count += 1
            (folder / f"{self.count:03d}.eml").write_bytes(envelope.original_content)
            return "250 2.0.0 kept"

    sink = Controller(Keep(), hostname="127.0.0.1", port=_free_port())
    sink.start()
    try:
        yield sink.port
    finally:
        sink.stop()


def put_mails(mails: Iterable[bytes], address: str, password: str, port: int) -> None:
    """Put mails into the mailbox of the loopback server, as a mail server would deliver them."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(address, password)
        for mail in mails:
            client.append("INBOX", "", "", mail)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
