"""Mail servers that cannot be installed beside each other, unpacked by ``.ci/system.py`` and spoken to on loopback.

Courier and Exim serve one connection on standard input and output, as under inetd; so each connection has a process of
its own, under this user, with files in a folder of its own, and nothing of the machine is touched.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.dovecot import account
from tests.servers.ports import HOST, free_port

ROOT = Path(__file__).parents[2] / ".venv" / "servers"
_CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=REFERENCES SORT QUOTA IDLE"


def missing(program: str) -> str:
    """Why this program (its path below :data:`ROOT`) cannot be started here, or an empty string."""
    return "" if (ROOT / program).is_file() else f"{program} is not unpacked (make system)"


class Unpacked:
    """A listener that starts ``program`` for each connection; ``folder`` is the server's own, gone at the end."""

    program = ""

    def __init__(self) -> None:
        self.host, self.port = HOST, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="mf-server-", dir="/tmp"))
        self._numbers = itertools.count(1000)
        self._listener = socket.create_server((self.host, self.port))
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for link in self._open:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, link: socket.socket) -> None:
        """Speak on one connection until it ends."""
        raise NotImplementedError

    def start(self, link: socket.socket, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """The program, with the connection as its input and output."""
        libraries = sorted({str(path.parent) for path in ROOT.rglob("*.so*")})
        command = [str(ROOT / self.program), *arguments]
        around = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(libraries)} | env
        with (self.folder / "log").open("ab") as log:
            wire = link.fileno()
            return subprocess.Popen(command, stdin=wire, stdout=wire, stderr=log, env=around, cwd=self.folder)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self._open.append(link)
                threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with link, contextlib.suppress(OSError):
            self.serve(link)


class Courier(Unpacked):
    """Courier's IMAP server.  Anybody logs in; his Maildir is made when it is missing."""

    program = "usr/bin/imapd"

    def maildir(self, user: str) -> Path:
        """Where this user's mail lies."""
        box = self.folder / user / "Maildir"
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        return box

    def deliver(self, user: str, *mails: bytes) -> None:
        """Put mails into the inbox, in order."""
        new = self.maildir(user) / "new"
        for raw in mails:
            (new / f"{next(self._numbers)}.test.localhost").write_bytes(
                raw.replace(b"\r\n", b"\n")
            )  # as deliveries write files

    def serve(self, link: socket.socket) -> None:
        """Log in as Courier's own front does, then hand over to it."""
        link.sendall(f"* OK [CAPABILITY {_CAPABILITIES}] Courier-IMAP ready.\r\n".encode())
        user, tag = self._login(link)
        if not user:
            return
        ours, theirs = socket.socketpair()
        maildir = str(self.maildir(user))
        env = {"AUTHENTICATED": user, "IMAP_CAPABILITY": _CAPABILITIES, "IMAP_KEYWORDS": "1", "MAILDIR": maildir}
        watcher = {"GAMIN_DEBUG_SERVER": str(ROOT / "usr/libexec/gam_server"), "GAM_CLIENT_ID": self.folder.name}
        with theirs:
            running = self.start(theirs, maildir, **env, **watcher)
        with ours:
            greeting = b""
            while b"* PREAUTH" not in greeting or not greeting.endswith(b"\n"):
                greeting += ours.recv(1)
            link.sendall(tag + b" OK LOGIN Ok.\r\n")
            back = threading.Thread(target=_pump, args=(ours, link), daemon=True)
            back.start()
            _pump(link, ours)
            back.join(5)
        running.wait(5)

    def _login(self, link: socket.socket) -> tuple[str, bytes]:
        with link.makefile("rb") as lines:
            for line in lines:
                tag, _, rest = line.strip().partition(b" ")
                verb, _, said = rest.partition(b" ")
                if verb.upper() == b"LOGIN":
                    return said.split()[0].strip(b'"').decode(), tag
                if verb.upper() == b"CAPABILITY":
                    link.sendall(f"* CAPABILITY {_CAPABILITIES}\r\n".encode())
                link.sendall(tag + b" OK done\r\n")
        return "", b""


class Exim(Unpacked):
    """Exim's SMTP server.  It queues what it takes and delivers nothing; ``settings`` are lines of its file."""

    program = "usr/sbin/exim4"

    def __init__(self, settings: str = "") -> None:
        super().__init__()
        account("Debian-exim")  # the program asks for it when it starts, whoever it is to run as
        self.config = self.folder / "exim.conf"
        spool, log = self.folder / "spool", self.folder / "%slog"
        self.config.write_text(
            f"primary_hostname = mx.kunde.example\nexim_user = {os.getuid()}\nexim_group = {os.getgid()}\n"
            f"spool_directory = {spool}\nlog_file_path = {log}\nnever_users =\nqueue_only\nkeep_environment =\n"
            f"domainlist local_domains = kunde.example\nacl_smtp_rcpt = rcpt\nacl_smtp_data = data\n{settings}\n"
            "begin acl\nrcpt:\n  deny message = no such user here\n       local_parts = nobody\n"
            "  defer message = come back later\n       local_parts = later\n  accept\ndata:\n  accept\n"
            "begin routers\nall:\n  driver = accept\n  transport = keep\n"
            f"begin transports\nkeep:\n  driver = appendfile\n  file = {self.folder}/box\n"
        )

    def serve(self, link: socket.socket) -> None:
        """One session of SMTP."""
        self.start(link, "-C", str(self.config), "-bs").wait(60)

    def taken(self) -> list[bytes]:
        """The bodies of what was taken, in the order of their names."""
        found = sorted((self.folder / "spool" / "input").rglob("*-D"))
        return [path.read_bytes().partition(b"\n")[2] for path in found]

    def heads(self) -> list[bytes]:
        """The envelopes and headers of what was taken, as Exim spools them."""
        return [path.read_bytes() for path in sorted((self.folder / "spool" / "input").rglob("*-H"))]


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
