"""Mail hosts anybody can have an address at: their domain says nothing about a company."""

from __future__ import annotations

_HOSTS = frozenset(
    """
    qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com vip.126.com yeah.net 188.com 139.com 189.cn wo.cn
    sina.com sina.cn vip.sina.com sohu.com vip.sohu.com tom.com 21cn.com 263.net aliyun.com alimail.com eyou.com
    gmail.com googlemail.com outlook.com hotmail.com live.com live.cn msn.com yahoo.com yahoo.com.cn yahoo.cn
    ymail.com icloud.com me.com mac.com aol.com gmx.com gmx.de gmx.net web.de t-online.de mail.com mail.ru
    yandex.ru yandex.com proton.me protonmail.com zoho.com naver.com daum.net hanmail.net wanadoo.fr orange.fr
    """.split()
)


def is_free(domain: str) -> bool:
    """Is this the domain of a free-mail host (any case)?"""
    return domain.lower() in _HOSTS


def company_domain(domain: str) -> str:
    """The domain when it belongs to a company, or an empty string when it is a free-mail host's."""
    return "" if is_free(domain) else domain.lower()
