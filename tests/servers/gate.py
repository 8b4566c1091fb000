"""A TCP proxy for tests that makes the network, or the server behind it, misbehave on purpose.

    with Gate(dovecot.port) as gate:
        ... connect to gate.port ...
        gate.cut()                     # end all connections now
        gate.cut_after = 100_000       # each connection ends after this many bytes from the server
        gate.freeze(); gate.thaw()     # a black hole: connections stay open, nothing comes through
        gate.delay = 0.03              # seconds each packet waits, in both directions
        gate.closed = True             # accept, then hang up at once
        gate.answer = rule             # see Rule: refuse single commands
        gate.hide = (b"MOVE",)         # capabilities taken out of the server's announcements

``connections``, ``logins`` and ``commands`` (verbs in order) tell what the client did.  Lines can be read on plain
connections only; everything but ``answer``, ``hide``, ``logins`` and ``commands`` works under TLS as well.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

# Called with each line of the client; what it returns is sent instead of passing the line on: b"" says nothing.
# The rule of NetEase's servers is `netease` below.
Rule = Callable[["Link", bytes], "bytes | None"]

_CAPABILITIES = re.compile(rb"^(?:\* CAPABILITY|(?:\* OK|\w+ OK) \[CAPABILITY)[^\r\n]*", re.MULTILINE)


class Gate:
    """Listens on a port of its own and passes on to ``target`` on loopback."""

    def __init__(
        self, target: int, *, answer: Rule | None = None, hide: Sequence[bytes] = (), delay: float = 0.0
    ) -> None:
        self.target = target
        self.answer = answer
        self.hide = tuple(hide)
        self.delay = delay
        self.cut_after: int | None = None
        self.closed = False
        self.connections = 0
        self.logins = 0
        self.commands: list[bytes] = []
        self._links: list[Link] = []
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1"
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Gate:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True
        self._open.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection now."""
        for link in list(self._links):
            link.close()
        self._links.clear()

    def freeze(self) -> None:
        """Become a black hole: whatever is sent from now on waits."""
        self._open.clear()

    def thaw(self) -> None:
        """Pass on again."""
        self._open.set()

    def wait_open(self) -> None:
        """Wait while frozen."""
        self._open.wait()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.closed:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            link = Link(self, client, server)
            self._links.append(link)
            link.start()


class Link:
    """One connection through the gate.  ``seen`` is a rule's own memory."""

    def __init__(self, gate: Gate, client: socket.socket, server: socket.socket) -> None:
        self._gate = gate
        self._client = client
        self._server = server
        self._received = 0
        self._writing = threading.Lock()
        self.seen: set[bytes] = set()

    def start(self) -> None:
        """Pass on in both directions."""
        for work in (self._upwards, self._downwards):
            threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Hang up on both sides."""
        for sock in (self._client, self._server):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()

    def _upwards(self) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                self._pause()
                if data[:1] == b"\x16" or b"TLS" in self.seen:  # a TLS handshake: no lines from here on
                    self.seen.add(b"TLS")
                    self._server.sendall(data)
                    continue
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._line(line + b"\n")
        self.close()

    def _line(self, line: bytes) -> None:
        words = line.split(b" ", 2)
        verb = words[1].strip().upper() if len(words) > 1 else line.strip().upper()
        self._gate.commands.append(verb)
        if verb in (b"LOGIN", b"AUTHENTICATE"):
            self._gate.logins += 1
        said = self._gate.answer(self, line) if self._gate.answer else None
        if said is None:
            self._server.sendall(line)
        elif said:
            with self._writing:
                self._client.sendall(said)

    def _downwards(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(65536):
                self._pause()
                if self._gate.hide:
                    data = _CAPABILITIES.sub(self._hidden, data)
                self._received += len(data)
                limit = self._gate.cut_after
                with self._writing:
                    self._client.sendall(data if limit is None else data[: max(0, limit - self._received + len(data))])
                if limit is not None and self._received >= limit:
                    break
        self.close()

    def _pause(self) -> None:
        if self._gate.delay:
            time.sleep(self._gate.delay)
        self._gate.wait_open()

    def _hidden(self, match: re.Match[bytes]) -> bytes:
        words = match.group().replace(b"]", b" ]").split(b" ")
        return b" ".join(word for word in words if word.upper() not in self._gate.hide).replace(b" ]", b"]")


def netease(link: Link, line: bytes) -> bytes | None:
    """The rule of 163, 126 and their kin: no folder is opened to a client that has not introduced itself with ID."""
    tag, _, rest = line.partition(b" ")
    verb = rest.split(b" ", 1)[0].strip().upper()
    if verb == b"ID":
        link.seen.add(b"ID")
    if verb in (b"SELECT", b"EXAMINE") and b"ID" not in link.seen:
        return tag + b" NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n"
    return None


def refuse(pattern: bytes, words: bytes = b"NO [SERVERBUG] Internal error") -> Rule:
    """A rule that answers every command matching the pattern with these words."""
    compiled = re.compile(pattern)

    def rule(link: Link, line: bytes) -> bytes | None:
        return line.partition(b" ")[0] + b" " + words + b"\r\n" if compiled.search(line) else None

    return rule


def hang_up(pattern: bytes) -> Rule:
    """A rule that ends the connection on every command matching the pattern."""
    compiled = re.compile(pattern)

    def rule(link: Link, line: bytes) -> bytes | None:
        if not compiled.search(line):
            return None
        link.close()
        return b""

    return rule


class Poison:
    """A rule: whenever one of these UIDs is among the mails asked for, the connection ends.  ``asked`` is each time."""

    def __init__(self, *uids: int) -> None:
        self.uids = set(uids)
        self.asked: list[set[int]] = []

    def __call__(self, link: Link, line: bytes) -> bytes | None:
        found = re.search(rb"UID FETCH ([0-9,:]+) .*BODY", line)
        if not found:
            return None
        wanted: set[int] = set()
        for part in found[1].decode().split(","):
            first, _, last = part.partition(":")
            wanted |= set(range(int(first), int(last or first) + 1))
        self.asked.append(wanted)
        if not wanted & self.uids:
            return None
        link.close()
        return b""
