"""Posts of mailing lists: which list a mail came through, and whether that list is ours or let in.

A list is known by List-Id (RFC 2919) or List-Post (RFC 2369 section 3.4), by what older programs write in their place,
or by ``Precedence: list``.  A group that forwards mail to us (service@ is often one) marks all mail of customers so: it
is no list.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Message

HEADERS = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-beenthere")
_LONGEST = 1000  # characters of a header that are read
_ID = re.compile(r"<\s*([\w.-]{1,255})\s*>")
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w.-]{1,255}\w")
_NOBODY_POSTS = re.compile(r"\s*no\b", re.IGNORECASE)


def names(message: Message) -> frozenset[str]:
    """The lists a mail names, as List-Id writes them (``service.example.com`` for service@example.com), lower case."""
    found: set[str] = set()
    for header in HEADERS:
        for value in message.headers.get(header, ())[:4]:
            value = value[:_LONGEST].lower()
            found |= {address.replace("@", ".", 1) for address in _ADDRESS.findall(value)}
            if header == "list-id":
                found |= set(_ID.findall(value)) or (
                    {value.strip()} if re.fullmatch(r"\s*[\w.-]+\s*", value) else set()
                )
    return frozenset(name.strip(".") for name in found)


def is_post(message: Message) -> bool:
    """Was it posted to a list, and not addressed to anybody by name?  Newsletters, to which nobody posts, are none."""
    if any(_NOBODY_POSTS.match(value) for value in message.headers.get("list-post", ())):
        return False
    precedence = {value.strip().lower() for value in message.headers.get("precedence", ())}
    return "list" in precedence or any(name in message.headers for name in HEADERS)


def is_ours(message: Message, own: Collection[str], domains: Collection[str]) -> bool:
    """Did it come through our own address or a group of our own domain?  ``own`` are addresses in lower case.

    Of a list that names itself nowhere the addresses in To and Cc say it.
    """
    through = names(message)
    if not through:
        addressed = {address.address.lower() for address in (*message.to, *message.cc)}
        through = frozenset(address.replace("@", ".", 1) for address in addressed)
    spelt = {address.replace("@", ".", 1) for address in own}
    companies = {domain.lower() for domain in domains} | {company_domain(a.rpartition("@")[2]) for a in own}
    return any(name in spelt or _is_below(name, companies - {""}) for name in through)


def is_let_in(message: Message, let_in: Collection[str]) -> bool:
    """Does a rule name its list, by List-Id, by address, or by a domain above it?"""
    wanted = {name.strip().lower().replace("@", ".", 1) for name in let_in}
    return bool(wanted) and any(_is_below(name, wanted) for name in names(message))


def names_somebody(message: Message, own: Collection[str]) -> bool:
    """Is one of our addresses in To or Cc?  A post is addressed to its list."""
    return any(address.address.lower() in own for address in (*message.to, *message.cc))


def _is_below(name: str, domains: Collection[str]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)
