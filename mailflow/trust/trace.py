"""Which header fields of a mail our own mail server put there.

A server adds its fields on top of what it received, so a stored mail is a pile with ours uppermost.  Between two
Received fields lies what one server wrote.  The *border* is the Received field of our server that names a client
outside: above it nothing can be a stranger's; right below it a server may have put its results (Gmail, Postfix with
milters) before it wrote Received; everything further down came in with the mail and proves nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from mailflow.trust.domains import aligned
from mailflow.trust.results import Result, Results, read_received_spf, read_results, without_comments

MAX_HOPS = 60
MAX_HEADERS = 50  # of one mail

_FROM = re.compile(r"\s{0,9}from\s{1,9}(?P<said>[^\s()]{1,255})(?:\s{1,9}\((?P<seen>[^()]{0,500})\))?", re.I)
_BY = re.compile(r"(?:^|\s)by\s{1,9}(?P<host>[^\s();]{1,255})", re.I)
_IP = re.compile(r"(?:IPv6:)?([0-9a-f]{0,4}(?:[.:]{1,2}[0-9a-f]{1,4}){1,8})", re.I)
_NAME = re.compile(r"(?:^|[\s=@])([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,20})\.?(?=$|[\s\[(])", re.I)


@dataclass(frozen=True, slots=True)
class Placed:
    """A header of results: ``group`` counts the Received fields above it; ``host`` wrote the one just below it."""

    results: Results
    group: int
    host: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The headers of results in a mail, topmost first; ``trusted``: how many groups are our own server's."""

    placed: tuple[Placed, ...] = ()
    spf: tuple[tuple[Result, int], ...] = ()
    trusted: int = 1

    def of(self, names: Collection[str]) -> list[Placed]:
        """The headers our server wrote under one of these names, where it can have put them."""
        return [found for found in self.placed if self._is_of(found, names)]

    def _is_of(self, found: Placed, names: Collection[str]) -> bool:
        if found.group >= self.trusted:
            return False
        if found.results.server:
            return found.results.server in names
        # Microsoft's names no server: it goes by the host that received the mail next, which our server wrote itself.
        below_border = found.group == self.trusted - 1
        return not below_border and any(found.host == name or found.host.endswith(f".{name}") for name in names)


def read_trace(fields: Sequence[tuple[str, str]], own: Collection[str]) -> Trace:
    """The trace of a mail: its header fields from the top, names in lower case; ``own`` are our server's names."""
    placed: list[Placed] = []
    spf: list[tuple[Result, int]] = []
    hops: list[str] = []
    for name, value in fields:
        if name == "received":
            hops.append(value)
            if len(hops) >= MAX_HOPS:
                break
        elif name == "authentication-results" and len(placed) < MAX_HEADERS:
            placed.append(Placed(read_results(value), len(hops)))
        elif name == "received-spf" and len(spf) < MAX_HEADERS:
            spf.append((read_received_spf(value), len(hops)))
    if not placed and not spf:
        return Trace()
    border = _border(hops, own)
    for number, found in enumerate(placed):
        if not found.results.server and found.group < len(hops):
            placed[number] = replace(found, host=_by(hops[found.group]))
    return Trace(tuple(placed), tuple(spf), trusted=border + 2)


def _border(hops: Sequence[str], own: Collection[str]) -> int:
    """Which Received field is the border: the first whose client was outside; 0 when there is none at all."""
    ours = {_by(hops[0])} | set(own) if hops else set(own)

    def is_own(host: str) -> bool:
        return any(aligned(host, name) for name in ours if name)

    for number, hop in enumerate(hops):
        if not is_own(_by(hop)):
            return max(number - 1, 0)  # it came in with the mail: the one above is the border
        if not _is_inside(hop, is_own):
            return number
    return max(len(hops) - 1, 0)


def _is_inside(hop: str, is_own: Callable[[str], bool]) -> bool:
    """Did a machine of ours hand the mail over?  What a client calls itself counts only where nothing better is."""
    found = _FROM.match(hop)
    if found is None:
        return True  # "by" alone: a step within the server
    said, seen = found["said"].strip("[]").lower(), found["seen"] or ""
    address = next(_addresses(f"{seen} {said}"), None)
    if address is None:
        return said in ("localhost", "localhost.localdomain") or is_own(said)
    if address.is_loopback or address.is_private or address.is_link_local:
        return True
    looked_up = _NAME.search(_IP.sub(" ", seen))
    if looked_up is not None:
        return is_own(looked_up[1].lower())
    return is_own(said) and "unknown" not in seen.lower()


def _addresses(words: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for found in _IP.finditer(words[:600]):
        try:
            yield ipaddress.ip_address(found[1])
        except ValueError:
            continue


def _by(hop: str) -> str:
    """The host that wrote a Received field, lower case; empty when it does not say."""
    found = _BY.search(without_comments(hop[:2000]))
    return found["host"].lower().strip(".[]") if found else ""
