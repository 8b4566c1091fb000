"""The process that looks at strangers' scans: on standard input a request and a file, on standard output an answer.

Each comes with its length (:mod:`mailflow.adapters.scans.wire`).  The process is bounded in memory and CPU time.
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
from dataclasses import asdict
from typing import Any

from PIL import Image

from mailflow.adapters.scans.pages import Unreadable, cut, read_scan
from mailflow.adapters.scans.photo import prepared
from mailflow.adapters.scans.wire import read_message, write_message

MAX_MEMORY, MAX_CPU_SECONDS, MAX_COMPARE_SECONDS = 1_200_000_000, 20, 45


def serve() -> None:
    """Answer requests until the other side closes: ``{"do": "read"}``, ``{"do": "cut", "pages": [...]}``,
    ``{"do": "picture"}``, and ``{"do": "compare", "scan": its bytes, "colours": {...}}`` with a scan and, behind it,
    the record as PDF.
    """
    _limit(memory=True)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing a library prints may spoil the messages
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            request, content = read_message(sys.stdin.buffer)
            _limit(memory=False, seconds=MAX_COMPARE_SECONDS if request["do"] == "compare" else MAX_CPU_SECONDS)
            write_message(answers, *_answer(request, content))


def _answer(request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    if request["do"] == "read":
        return asdict(read_scan(content)), b""
    problem = ""
    try:
        if request["do"] == "cut":
            return {"problem": ""}, cut(content, request["pages"])
        if request["do"] == "picture":
            made, width, height = prepared(content)
            return {"problem": "", "width": width, "height": height}, made
        from mailflow.adapters.scans.signed import signed_cells  # OpenCV is large, and most files do not need it

        scan, record = content[: request["scan"]], content[request["scan"] :]
        return {"problem": "", **signed_cells(scan, record, request["colours"])}, b""
    except Unreadable as error:
        problem = error.problem
    except (MemoryError, Image.DecompressionBombError):
        problem = "too_large"
    except ValueError as error:
        problem = "too_large" if str(error) == "too_large" else "broken"
    except Exception:  # whatever the libraries raise on strangers' bytes
        problem = "broken"
    return {"problem": problem}, b""


def _limit(memory: bool, seconds: int = MAX_CPU_SECONDS) -> None:
    """Bound what this process may use: memory once and for all, CPU seconds from now on."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such limits on this system
        import resource

        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        used = math.ceil(time.process_time())
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))


if __name__ == "__main__":
    serve()
