"""ARC (RFC 8617): what a forwarder or list found of a mail before it broke its signatures, and who sealed it since.

Our server says whether the chain of seals holds; that says who wrote it, not that he is honest.  Anybody who runs a
server can seal a pass he invented, and whoever seals last may have put other words under an older set.  So every one of
the sealers must be known to us.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mailflow.domain.model import Message
from mailflow.trust.results import Results, read_results

MAX_SETS = 50  # RFC 8617 section 4.2.1 allows no more
_SEAL, _FOUND = "arc-seal", "arc-authentication-results"
_LONGEST = 4000  # characters of a seal
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,20}")


def original_results(message: Message, sealers: Collection[str]) -> Results | None:
    """What the first sealer found, when every sealer is one of these (domains, lower case); else None."""
    domains = sealers_of(message)
    if not domains or not set(domains) <= set(sealers):
        return None
    found = [read_results(value) for value in message.headers.get(_FOUND, ())]
    return next(item for item in found if item.instance == 1)


def sealers_of(message: Message) -> list[str]:
    """The domains that sealed a mail, the first sealer first; empty when its sets are not whole (section 5.1.1)."""
    seals, found = message.headers.get(_SEAL, ()), message.headers.get(_FOUND, ())
    if not 0 < len(seals) == len(found) <= MAX_SETS:
        return []
    domains = dict(_sealer(value) for value in seals)
    instances = list(range(1, len(seals) + 1))
    if sorted(domains) != instances or sorted(read_results(value).instance for value in found) != instances:
        return []
    return [domains[number] for number in instances] if all(domains.values()) else []


def _sealer(value: str) -> tuple[int, str]:
    """Instance and domain of an ARC-Seal: tags as in DKIM (RFC 6376 section 3.2); (0, "") when it is not whole."""
    tags: dict[str, str] = {}
    for part in value[:_LONGEST].split(";"):
        name, equals, said = part.partition("=")
        if equals and name.strip() in tags:
            return 0, ""
        tags[name.strip()] = said.strip()
    number = tags.get("i", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 2):
        return 0, ""
    domain = tags.get("d", "").lower()
    return int(number), domain if _DOMAIN.fullmatch(domain) else ""
