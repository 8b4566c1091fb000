"""How the worker is: a health file, and on request an HTTP endpoint with Prometheus metrics.

``health.json`` is replaced as a whole after every round.  ``/health`` answers 200 while rounds go well and 503
otherwise; ``/metrics`` is the Prometheus text format.  Both listen on the loopback address only.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, make_wsgi_app

from mailflow.domain.errors import MailflowError, TemporaryError
from mailflow.domain.mailbox_ports import Unfetched


class Health:
    """Counts what the worker does and says how it is."""

    def __init__(self, storage: Path) -> None:
        self.path = storage / "health.json"
        self.registry = CollectorRegistry()
        self.mails = Counter(
            "mailflow_mails", "Mails brought to an end, by outcome", ["outcome"], registry=self.registry
        )
        self.replies = Counter("mailflow_replies", "Replies tried, by result", ["result"], registry=self.registry)
        self.records = Counter("mailflow_records", "Word records issued", registry=self.registry)
        self.errors = Counter("mailflow_errors", "Failures, by place", ["place"], registry=self.registry)
        self.waiting = Gauge("mailflow_waiting", "Mails collected and not finished", registry=self.registry)
        self.unknown = Gauge("mailflow_unknown", "Mails in a mailbox and not in the ledger", registry=self.registry)
        self.left_out = Gauge(
            "mailflow_left_out", "Mails a mail server does not give, by mailbox", ["mailbox"], registry=self.registry
        )
        self.paused = Gauge(
            "mailflow_sending_paused", "1 while the mail server is out of reach", registry=self.registry
        )
        self.outbox = Gauge("mailflow_outbox", "Mails that have not left, by state", ["state"], registry=self.registry)
        self.last_round = Gauge("mailflow_last_round_seconds", "Time of the last round", registry=self.registry)
        self._troubles: dict[str, str] = {}
        self._left_out: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._server: WSGIServer | None = None

    def trouble(self, place: str, words: str) -> None:
        """Something at ``place`` (a mailbox, ``smtp``, ``storage``) does not work now."""
        with self._lock:
            self._troubles[place] = words
        self.errors.labels(place).inc()

    def well(self, place: str) -> None:
        """It works again."""
        with self._lock:
            self._troubles.pop(place, None)

    @contextlib.contextmanager
    def fatal(self, place: str, now: datetime) -> Iterator[None]:
        """What raises here ends all work: the report says so before it does.  Passing trouble does not."""
        try:
            yield
        except TemporaryError:
            raise
        except MailflowError as error:
            self.trouble(place, str(error))
            self.write(now, stopped=True)
            raise

    def troubles(self) -> dict[str, str]:
        """What does not work now, by place."""
        with self._lock:
            return dict(self._troubles)

    def polled(self, mailbox: str, not_given: Sequence[Unfetched]) -> None:
        """A mailbox was polled to the end.

        A mail the server does not give is trouble while it is asked for again in the next round; once it is left out
        it is named (:meth:`left_out_mails`, ``health.json``) until it comes.
        """
        self._left_out[mailbox] = [str(mail) for mail in not_given if mail.left_out]
        self.left_out.labels(mailbox).set(len(self._left_out[mailbox]))
        if again := [str(mail) for mail in not_given if not mail.left_out]:
            self.trouble(f"mailbox:{mailbox}", "; ".join(again[:5]))
        else:
            self.well(f"mailbox:{mailbox}")

    def left_out_mails(self) -> dict[str, list[str]]:
        """The mails that are left out because the server does not give them, by mailbox; none where all come."""
        return {mailbox: mails for mailbox, mails in self._left_out.items() if mails}

    def write(self, now: datetime, **facts: Any) -> None:
        """Replace the health file; failing to is no reason to stop work."""
        self.last_round.set(now.timestamp())
        troubles = self.troubles()
        state = {"at": now.isoformat(), "pid": os.getpid(), "ok": not troubles, "troubles": troubles, **facts}
        state["left_out"] = self.left_out_mails()
        part = self.path.with_suffix(".tmp")
        try:
            part.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", "utf-8")
            part.replace(self.path)
        except OSError as error:
            self.errors.labels("health_file").inc()
            with self._lock:
                self._troubles["storage"] = error.strerror or "cannot write the health file"

    def serve(self, port: int) -> int:
        """Answer ``/health`` and ``/metrics`` on 127.0.0.1; returns the port (a free one for 0)."""
        metrics = make_wsgi_app(self.registry)

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO") == "/metrics":
                return list(metrics(environ, start_response))
            troubles = self.troubles()
            start_response("503 Service Unavailable" if troubles else "200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"ok": not troubles, "troubles": troubles}, ensure_ascii=False).encode()]

        self._server = make_server("127.0.0.1", port, answer, handler_class=_Quiet)
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        return self._server.server_port

    def close(self) -> None:
        """Stop answering."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Requests are not logged."""
