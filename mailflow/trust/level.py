"""How sure we are of a mail's sender: worked out once for each mail, from what our own mail server found.

Our server's results are believed, and only where it can have put them (:mod:`mailflow.trust.trace`).  Of several that
disagree the worst counts.  A failed check counts for whatever it forbids even where nobody told us our server's name:
who plants one harms himself.  A pass counts only under a name a person confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailflow.decoding.addresses import address_items
from mailflow.domain.model import Message
from mailflow.trust.arc import original_results
from mailflow.trust.domains import aligned
from mailflow.trust.results import Result, Results
from mailflow.trust.trace import Trace, read_trace

MAX_FROM = 5  # From fields and addresses looked at
RESENT = ("resent-from", "resent-sender", "resent-to", "resent-message-id")


class Level(StrEnum):
    """``unverified`` is no suspicion: most mail of small companies is."""

    AUTHENTICATED = "authenticated"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trust:
    """How sure we are, and why: ``reason`` is a method with its result, or a word; it holds no address.

    ``checked`` is what the checks alone say, before a forwarder or a list excused a failure: excuses are easily had by
    whoever runs a server, so the weightiest actions go by it.
    """

    level: Level = Level.UNVERIFIED
    reason: str = "no_verdict"
    checked: Level = Level.UNVERIFIED

    @classmethod
    def of(cls, level: Level, reason: str) -> Trust:
        """Where the checks have the last word."""
        return cls(level, reason, level)


UNVERIFIED = Trust()
"""Of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class OwnServer:
    """What a person told us of a mailbox's mail server.

    ``names`` are the authserv-ids (RFC 8601 section 2.5) it writes, lower case.  ``inside`` is a header field, and the
    beginning of its value, that it sets on mail handed in by a user of its own: no check was made of such a mail.
    ``sealers`` are the domains, lower case, whose ARC seals are believed: forwarders and lists a person knows.
    """

    names: frozenset[str] = frozenset()
    inside: tuple[str, str] = ("", "")
    sealers: frozenset[str] = frozenset()


def trust_in(message: Message, server: OwnServer) -> Trust:
    """How sure we are of the sender of a decoded mail.  Pure; never raises on strangers' headers."""
    if _two_from(message):
        return Trust.of(Level.FAILED, "two_from")
    senders = _senders(message)
    trace = read_trace(message.trace, server.names)
    if bad := _failure(trace, server):
        excuse = _excuse(message, trace, server, senders)
        return Trust(Level.UNVERIFIED, f"{bad} {excuse}", Level.FAILED) if excuse else Trust.of(Level.FAILED, bad)
    if len(senders) != 1:
        return Trust(reason="several_from" if senders else "no_from")  # a pass speaks for one of them at most
    if _is_inside(message, server):
        return Trust(reason="inside")
    good = _pass(_ours(trace, server), senders[0].rpartition("@")[2])
    return Trust.of(Level.AUTHENTICATED, good) if good else Trust()


# ------------------------------------------------------------------------------------------------------------ parts


def _senders(message: Message) -> list[str]:
    """The different addresses From names, lower case."""
    return list(dict.fromkeys(item.address.lower() for item in message.from_[:MAX_FROM] if "@" in item.address))


def _two_from(message: Message) -> bool:
    """Are there From fields that differ?  RFC 5322 section 3.6 allows one; of two, one is checked and one is shown.

    A field that names nobody differs from one that does; the same one twice is a mail program that stuttered.
    """
    fields = [value for value in message.headers.get("from", ()) if value.strip()]
    if len(fields) > MAX_FROM:
        return True
    named = {
        frozenset(address.lower() for _, address in address_items(value.encode()) if "@" in address)
        for value in fields[: MAX_FROM if len(fields) > 1 else 0]
    }
    return len(named) > 1


def _is_inside(message: Message, server: OwnServer) -> bool:
    name, value = server.inside
    return bool(name) and any(
        found.strip().lower().startswith(value.lower()) for found in message.headers.get(name.lower(), ())
    )


def _ours(trace: Trace, server: OwnServer) -> list[Results]:
    """Our server's results of the topmost group that has any: what lies deeper may be planted and proves no pass."""
    ours = trace.of(server.names)
    return [found.results for found in ours if found.group == ours[0].group]


def _failure(trace: Trace, server: OwnServer) -> str:
    """The failed checks, as words; empty when none failed.  The topmost results count whoever wrote them."""
    counted = [found.results for found in trace.placed[:1]]
    counted += [found.results for found in trace.of(server.names)]
    results = [result for found in counted for result in found.results]
    if any(result.method == "dmarc" and result.result == "fail" for result in results):
        return "dmarc=fail"
    spf = any(result.method == "spf" and result.result in ("fail", "hardfail") for result in results)
    spf = spf or any(result.result == "fail" for result, group in trace.spf if group < trace.trusted)
    dkim = any(
        {"fail"} <= (said := {result.result for result in found.of("dkim")}) and "pass" not in said for found in counted
    )
    return "spf=fail dkim=fail" if spf and dkim else ""


def _pass(ours: Sequence[Results], domain: str) -> str:
    """The method whose pass speaks for this domain in every one of our server's results that names it."""
    for method in ("dmarc", "dkim", "spf"):
        said = [found for found in ours if found.of(method)]
        enough = all if method == "dmarc" else any  # a mail has several signatures, but one DMARC verdict
        if said and all(
            not found.damaged and enough(_speaks_for(item, domain) for item in found.of(method)) for found in said
        ):
            return f"{method}=pass"
    return ""


def _speaks_for(result: Result, domain: str) -> bool:
    """Is this a pass of the domain in From (RFC 7489 section 3.1, relaxed)?"""
    if result.result != "pass":
        return False
    if result.method == "dmarc":
        checked = result.domain("header.from")
        return not checked or aligned(checked, domain)
    if result.method == "dkim":
        return aligned(result.domain("header.d", "header.i"), domain)
    return aligned(result.domain("smtp.mailfrom", "smtp.mail"), domain)


def _excuse(message: Message, trace: Trace, server: OwnServer, senders: Sequence[str]) -> str:
    """Who broke a pass on the way, when our server vouches for him: ``arc``, ``list``, ``resent``; else empty."""
    ours = [found for found in _ours(trace, server) if not found.damaged]
    if len(senders) != 1 or not ours:
        return ""
    results = [result for found in ours for result in found.results if result.result == "pass"]
    if any(result.method == "arc" for result in results):
        first = original_results(message, server.sealers)
        if first is not None and _pass([first], senders[0].rpartition("@")[2]):
            return "arc"
    if any(result.method in ("spf", "dkim") for result in results):  # whoever passed it on is who he says he is
        if message.header("list-id"):
            return "list"
        if any(message.header(name) for name in RESENT):
            return "resent"
    return ""
