"""Work beside the main thread, for as long as a block runs."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Runs ``target`` in a thread while the block runs; ``end`` tells it to finish, and leaving waits for it."""

    def __init__(self, target: Callable[[], None], end: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=target, name="deliver", daemon=True)
        self._end = end

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end()
        self._thread.join()
