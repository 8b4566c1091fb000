"""A private PostgreSQL on loopback, in a directory of its own, that forgets everything when it ends.

    with PostgreSQL() as server:
        url = server.database()              # a new, empty database
        url = server.database(template=url)  # a copy of that one (nobody may be connected to it)
        ... server.ask(url, "SELECT count(*) FROM cases") ...

It signs in with a password, as a server elsewhere would: ``server.password`` is not part of the addresses.  Nothing is
synced to disk, so that it is fast.  Texts are sorted by the rules of Chinese, to show where something leans on byte
order.  Run by root it uses the system's ``postgres`` account, for PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from tests.servers.ports import free_port

USER = "mailflow"
_ACCOUNT = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",  # as on a server elsewhere; without fsync it costs nothing
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}
_DURABLE = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}


def missing() -> str:
    """Why PostgreSQL cannot be started here, or an empty string."""
    absent = [name for name in ("initdb", "postgres", "pg_ctl") if _which(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt install postgresql)"
    version = subprocess.run([str(_which("postgres")), "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.split()[2].split(".")[0]) < 15:
        return f"too old, 15 or newer is needed: {version.strip()}"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "not installed: setpriv (apt install util-linux)"
    return ""


class PostgreSQL:
    """The server as a context manager; see the module."""

    def __init__(self, *, durable: bool = False) -> None:
        """``durable``: commits wait for the disk, as on a server elsewhere."""
        if reason := missing():
            raise RuntimeError(reason)
        self.root = Path(tempfile.mkdtemp(prefix="mf-postgresql-", dir="/tmp"))
        self.host, self.port, self.password = "127.0.0.1", free_port(), "p/ss w%rd"
        self._settings = _SETTINGS | {"port": str(self.port)} | (_DURABLE if durable else {})
        self._count = itertools.count(1)
        if os.geteuid() == 0:
            shutil.chown(self.root, _ACCOUNT, _ACCOUNT)
        secret = self.root / "secret"
        secret.write_text(self.password)
        secret.chmod(0o644)
        self._run(
            "initdb", "--pgdata", str(self._data), "--username", USER, "--pwfile", str(secret), "--no-sync",
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
        )  # fmt: skip

    def __enter__(self) -> PostgreSQL:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------- the server

    def start(self) -> None:
        """Start and wait until it takes connections."""
        settings = " ".join(f"-c {name}={value!r}" for name, value in self._settings.items())
        self._run(
            "pg_ctl", "start", "--wait", "--timeout", "60", "--silent", "--pgdata", str(self._data),
            "--log", str(self._log), "--options", settings,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop at once, as if the machine died; every connection breaks.  It can be started again."""
        with contextlib.suppress(subprocess.CalledProcessError):  # it does not run
            self._run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--silent", "--pgdata", str(self._data))

    def log(self) -> str:
        """Everything it wrote to its log."""
        with contextlib.suppress(FileNotFoundError):
            return self._log.read_text(errors="replace")
        return ""

    # ---------------------------------------------------------------------------------------------------- the databases

    def database(self, *, template: str = "", encoding: str = "UTF8") -> str:
        """Make a new database and return its address, as it stands in a configuration."""
        name = f"ledger{next(self._count)}"
        if template:
            source = f'TEMPLATE "{sa.make_url(template).database}" STRATEGY file_copy'
        elif encoding != "UTF8":
            source = f"TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
        else:
            source = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'zh-CN' LOCALE 'C'"
        self.ask(self.address("postgres"), f'CREATE DATABASE "{name}" {source}')
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database, whoever is connected to it."""
        name = sa.make_url(address).database
        self.ask(self.address("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def address(self, database: str) -> str:
        """The address of a database, which need not be there."""
        return f"postgresql://{USER}@{self.host}:{self.port}/{database}"

    def ask(self, address: str, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement by itself, committed at once; returns its rows."""
        import psycopg

        with psycopg.connect(address, password=self.password, autocommit=True) as connection:
            done = connection.execute(question.encode(), values or None)
            return done.fetchall() if done.description else []

    # -------------------------------------------------------------------------------------------------------- the parts

    @property
    def _data(self) -> Path:
        return self.root / "data"

    @property
    def _log(self) -> Path:
        return self.root / "log"

    def _run(self, name: str, *arguments: str) -> None:
        program = _which(name)
        assert program is not None
        command = [program, *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--clear-groups", *command]
        # Not into a pipe: the server would inherit it and we would wait for its end.
        with (self.root / "commands.log").open("ab") as out:
            environment = os.environ | {"LC_ALL": "C.UTF-8", "HOME": str(self.root)}
            subprocess.run(
                command, check=True, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                timeout=120, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )  # fmt: skip


def _which(name: str) -> str | None:
    """A program of the newest PostgreSQL here; Debian keeps them off the PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: [int(n) for n in path.split("/")[4:5]])
    return shutil.which(name, path=os.pathsep.join([*reversed(folders), os.environ.get("PATH", "")]))
