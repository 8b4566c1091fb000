"""Mail hosts anybody can have an address at: their domain says nothing about a company."""

from __future__ import annotations

# Providers that use their name under many endings (yahoo.co.uk, hotmail.fr, live.nl, gmx.at ...).
_PROVIDERS = frozenset(
    """
    qq foxmail 163 126 yeah 188 139 189 wo sina sohu tom 21cn 263 aliyun alimail eyou gmail googlemail outlook hotmail
    live msn yahoo ymail rocketmail icloud me mac aol gmx web t-online mail inbox yandex proton protonmail zoho naver
    daum hanmail nate wanadoo orange free laposte libero virgilio seznam wp o2 interia rambler bk list
    """.split()
)
_SECOND_LEVEL = frozenset(["com", "co", "net", "org", "ne", "or", "gov", "edu", "ac"])


def is_free(domain: str) -> bool:
    """Is this the domain of a free-mail host (any case), under whatever ending?"""
    labels = domain.lower().rstrip(".").split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        labels.pop()
    return len(labels) >= 2 and labels[-2] in _PROVIDERS


def company_domain(domain: str) -> str:
    """The domain when it belongs to a company, or an empty string when it is a free-mail host's."""
    return "" if is_free(domain) else domain.lower()
