"""One worker per storage: a lock file that the system frees by itself when its owner dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from mailflow.domain.errors import PermanentError


class StorageLock:
    """Holds ``worker.lock`` while the block runs.  Raises PermanentError naming the other worker's process."""

    def __init__(self, storage: Path) -> None:
        self.path = storage / "worker.lock"
        self._descriptor = -1

    def __enter__(self) -> StorageLock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o640)
        if not _take(self._descriptor):
            owner = os.pread(self._descriptor, 40, 0).decode("ascii", "replace").strip() if _POSIX else ""
            os.close(self._descriptor)
            raise PermanentError(
                f"another worker uses this storage (process {owner or 'unknown'}): {self.path.parent}",
                remedy="stop it first, or give this one its own storage",
            )
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)  # frees the lock; the file stays, removing it would race with a newcomer


_POSIX = os.name == "posix"

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        # Windows locks a range and keeps others from reading it: lock one byte far behind the text.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
