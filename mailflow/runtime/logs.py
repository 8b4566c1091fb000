"""Structured logs: one JSON object a line, an event word and ids.  Never a customer's words, never a secret."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import IO, Any

log = logging.getLogger("mailflow")


class JsonLines(logging.Formatter):
    """``{"at": ..., "level": ..., "event": ..., <ids>}``; the trace of an exception names files and lines only."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        entry |= getattr(record, "ids", {})
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = _where(record.exc_info[2])
        return json.dumps(entry, ensure_ascii=False, default=str)


def start(stream: IO[str] | None = None, level: str = "INFO") -> None:
    """Write the log to ``stream`` (stderr by default)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False


def event(name: str, level: int = logging.INFO, *, trace: bool = False, **ids: Any) -> None:
    """Log one event with ids; ``trace`` adds the place of the exception being handled."""
    log.log(level, name, extra={"ids": ids}, exc_info=trace)


def _where(trace: Any) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('mailflow/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-6:]
