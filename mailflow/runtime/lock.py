"""One worker per storage: a lock file that the system frees by itself when its owner dies."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from mailflow.domain.errors import PermanentError


class StorageLock:
    """Holds ``worker.lock`` while the block runs.  Raises PermanentError naming the other worker's process."""

    def __init__(self, storage: Path) -> None:
        self.path = storage / "worker.lock"
        self._lock = FileLock(
            self.path,
            timeout=0,
            mode=0o600,
            thread_local=False,  # it belongs to the storage, not to the thread that opened it
            fallback_to_soft=False,  # a lock that only exists as a file outlives a killed worker
            preserve_lock_file=True,  # removing it would race with a newcomer
            on_acquired=_sign,
        )

    def __enter__(self) -> StorageLock:
        try:
            self._lock.acquire()
        except Timeout:
            raise PermanentError(
                f"another worker uses this storage (process {_owner(self.path)}): {self.path.parent}",
                remedy="stop it first, or give this one its own storage",
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def _sign(descriptor: int) -> None:
    with suppress(OSError):  # only a help for people: on a full disk the ledger says so, and better
        os.write(descriptor, f"{os.getpid()}\n".encode())


def _owner(path: Path) -> str:
    with suppress(OSError):  # Windows keeps others from reading what is locked
        return path.read_bytes()[:40].decode("ascii", "replace").strip() or "unknown"
    return "unknown"
