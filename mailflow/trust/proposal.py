"""Which names a mailbox's own mail server seems to write its results under: a proposal, which a person confirms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from mailflow.domain.model import Message
from mailflow.trust.arc import sealers_of
from mailflow.trust.domains import organizational_domain
from mailflow.trust.level import Level, OwnServer, trust_in
from mailflow.trust.trace import read_trace

MICROSOFT = "protection.outlook.com"


def names_seen(messages: Iterable[Message]) -> list[tuple[str, int]]:
    """The authserv-ids of topmost Authentication-Results headers that stand where our server writes; most seen first.

    Any of them may have been planted by a sender: the one that stands in nearly every mail is our server's.
    """
    seen: Counter[str] = Counter()
    for message in messages:
        trace = read_trace(message.trace, ())
        if not trace.placed or trace.placed[0].group >= trace.trusted:
            continue
        top = trace.placed[0]
        if top.results.server:
            seen[top.results.server] += 1
        elif top.host:  # Microsoft's names nobody and goes by the host that received the mail
            seen[MICROSOFT if top.host.endswith(f".{MICROSOFT}") else organizational_domain(top.host)] += 1
    return seen.most_common(3)


def sealers_seen(messages: Iterable[Message], server: OwnServer) -> list[tuple[str, int]]:
    """The domains that sealed mails which failed though their seals hold, and are not believed yet; most seen first.

    Whether one is a forwarder or list that checks what it passes on only a person can know.
    """
    seen: Counter[str] = Counter()
    for message in messages:
        sealers = sealers_of(message)
        everyone = replace(server, sealers=server.sealers | set(sealers))
        if trust_in(message, server).level is Level.FAILED and trust_in(message, everyone).level is not Level.FAILED:
            seen.update(set(sealers) - server.sealers)
    return seen.most_common(5)


def names_confirmed(messages: Iterable[Message], server: OwnServer) -> int:
    """In how many of these mails a name that was confirmed stands where our server writes."""
    return sum(bool(read_trace(message.trace, server.names).of(server.names)) for message in messages)
