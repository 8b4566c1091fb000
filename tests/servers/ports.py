"""Ports for servers on loopback.

The kernel's own choice (a socket bound to port 0) is given back before the server takes it, and by then another
process, or a connection going out, may have it.  So ports are taken from below the range the kernel chooses from, each
worker of pytest-xdist from a slice of its own, and none twice in a row.
"""

from __future__ import annotations

import itertools
import os
import random
import socket

HOST = "127.0.0.1"
_FIRST, _LAST, _SLICES = 10_000, 32_000, 16  # Linux gives out 32768 and above


def _slice() -> range:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
    size = (_LAST - _FIRST) // _SLICES
    return range(_FIRST + worker % _SLICES * size, _FIRST + (worker % _SLICES + 1) * size)


def _in_turn() -> itertools.cycle[int]:
    ports = _slice()
    start = random.SystemRandom().randrange(len(ports))  # another run on this machine starts elsewhere
    return itertools.cycle([*ports[start:], *ports[:start]])


_ports = _in_turn()


def free_port() -> int:
    """A port nobody listens on now, and nobody else of this run is given."""
    for port in itertools.islice(_ports, len(_slice())):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
