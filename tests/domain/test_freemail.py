"""Free-mail hosts are told from companies under whatever ending."""

import pytest

from mailflow.domain.freemail import company_domain, is_free


@pytest.mark.parametrize("domain", ["qq.com", "VIP.163.com", "yahoo.co.uk", "hotmail.fr", "vip.sina.com.cn", "gmx.at"])
def test_free_mail_hosts_say_nothing_about_a_company(domain: str) -> None:
    assert is_free(domain)
    assert company_domain(domain) == ""


@pytest.mark.parametrize("domain", ["hengtai.com.cn", "qq-parts.com", "mail.hengtai.com", "163.factory.cn", "", "com"])
def test_company_domains_are_kept(domain: str) -> None:
    assert company_domain(domain) == domain
