"""Do two domains belong to the same organization (RFC 7489 section 3.2)?"""

from __future__ import annotations

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


def aligned(one: str, other: str) -> bool:
    """Relaxed alignment: the same domain, or two under one organizational domain (``mail.a.com.cn``, ``a.com.cn``)."""
    return bool(one) and bool(other) and (one == other or organizational_domain(one) == organizational_domain(other))


@lru_cache(maxsize=4096)
def organizational_domain(domain: str) -> str:
    """The part somebody registered, by the public suffix list; a public suffix or a single word is its own."""
    domain = domain[:255].lower().strip(".")
    try:
        return _suffixes().privatesuffix(domain) or domain
    except ValueError:  # pragma: no cover - a promise of ours, whatever the package makes of a stranger's domain
        return domain


@cache
def _suffixes() -> PublicSuffixList:
    """Read when the first two domains differ: it takes a tenth of a second."""
    return PublicSuffixList()
