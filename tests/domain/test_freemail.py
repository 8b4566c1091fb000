"""Free-mail hosts and access providers are told from companies, under whatever ending, and as the company says."""

from __future__ import annotations

import pytest

from mailflow.domain.company_names import are_different
from mailflow.domain.freemail import company_domain, configured, is_free

HOSTS = """
qq.com VIP.163.com yahoo.co.uk hotmail.fr vip.sina.com.cn gmx.at comcast.net btinternet.com fastmail.com sogou.com
uol.com.br vip.sogou.com 2980.com vip.qq.com vip.126.com 188.com aliyun.com tom.com sohu.com vip.sohu.com eyou.com
21cn.com 189.cn wo.cn 139.com 263.net sina.cn sina.com.cn yeah.net foxmail.com chinaren.com msn.cn verizon.net
att.net cox.net charter.net sbcglobal.net bellsouth.net earthlink.net juno.com shaw.ca rogers.com sympatico.ca
bigpond.com talktalk.net virginmedia.com ntlworld.com freenet.de arcor.de posteo.de bluewin.ch sfr.fr neuf.fr
telenet.be skynet.be xs4all.nl planet.nl mail.ru rediffmail.com terra.com.br bol.com.br ig.com.br globo.com
telefonica.net ukr.net abv.bg centrum.cz onet.pl tutanota.com tuta.com hushmail.com hey.com proton.me pm.me
hinet.net ms12.hinet.net pchome.com.tw netvigator.com nifty.com docomo.ne.jp ezweb.ne.jp ocn.ne.jp beach.ocn.ne.jp
biglobe.ne.jp softbank.ne.jp
""".split()
COMPANIES = """
hengtai.com.cn qq-parts.com mail.hengtai.com 163.factory.cn siemens.com huawei.com alibaba-inc.com tencent.com
alibaba.com microsoft.com baidu.com sinopec.com cnpc.com.cn crrcgc.cc sany.com.cn xcmg.com basf.com 3m.com
grundfos.com ksb.com wilo.com ibm.com google.com apple.com amazon.com tsinghua.edu.cn mit.edu bosch.com abb.com
ge.com byd.com haier.com midea.com plant.example comcast.example notcomcast.net btinternet.example sogou-pumps.com
""".split()


@pytest.mark.parametrize("domain", HOSTS)
def test_free_mail_hosts_say_nothing_about_a_company(domain: str) -> None:
    assert is_free(domain)
    assert company_domain(domain) == ""


@pytest.mark.parametrize("domain", [*COMPANIES, "", "com"])
def test_company_domains_are_kept(domain: str) -> None:
    assert company_domain(domain) == domain


def test_the_configuration_knows_better_than_every_list_while_it_is_in_force() -> None:
    with configured(free=["Provider.example"], companies=["comcast.net", "big.provider.example"]):
        assert is_free("provider.example")
        assert is_free("customers.provider.example")
        assert not is_free("big.provider.example")
        assert company_domain("office.comcast.net") == "office.comcast.net"
        assert is_free("sogou.com")
    assert not is_free("provider.example")
    assert is_free("comcast.net")


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("宁波澄江泵业有限公司", "绍兴远航机械有限公司", True),
        ("Ironwood Fixtures Inc.", "Maple Valves Ltd", True),
        ("宁波澄江泵业有限公司", "澄江泵业", False),
        ("宁波澄江泵业有限公司", "宁波澄江泵业", False),
        ("宁波澄江泵业有限公司", "Chengjiang Pump Co., Ltd.", False),  # one company in two languages
        ("宁波澄江泵业有限公司", "", False),
        ("", "", False),
    ],
)
def test_two_names_are_of_two_companies_only_when_that_is_sure(one: str, other: str, different: bool) -> None:
    assert are_different(one, other) is different
    assert are_different(other, one) is different
