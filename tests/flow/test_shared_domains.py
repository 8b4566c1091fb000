"""Whom a mail domain joins: colleagues of one company, not two companies, and nobody where strangers share it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailflow.cli import main
from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import letter
from tests.flow.office import COMPANY, Office

COMPANIES = ("宁波远航泵业有限公司", "绍兴东湖阀门有限公司", "温州龙湾管件有限公司", "台州椒江机电有限公司")


def complaint(company: str, sender: str, number: int, subject: str = "投诉：球阀漏水", **headers: str) -> bytes:
    words = f"我司收到的第{number}批球阀有五件漏水，订单号：DD2026030{number:04d}，请尽快换货。\n\n王强\n{company}\n"
    return letter(words, subject=subject, sender=sender, headers=headers)


def customers(office: Office) -> list[tuple[str, str, str]]:
    """Customer number, company and address of every mail's case, in the order collected."""
    question = (
        "SELECT k.number, k.company, m.sender FROM messages m JOIN cases c ON c.id = m.case_id"
        " JOIN customers k ON k.id = c.customer_id ORDER BY m.id"
    )
    return [(number, company, sender) for number, company, sender in office.ask(question)]


def proposals(office: Office) -> list[dict[str, str]]:
    found = office.ask("SELECT data FROM journal WHERE event = 'customer.merge_proposed' ORDER BY id")
    return [json.loads(data) if isinstance(data, str) else data for (data,) in found]


@BOTH
def test_another_company_of_the_same_domain_is_its_own_customer_and_a_merge_is_proposed(office: Office) -> None:
    office.put(complaint(COMPANIES[0], "a@host.example", 1), complaint(COMPANIES[1], "b@host.example", 2))
    office.work()
    (first, *_), (second, *_) = found = customers(office)
    assert [company for _, company, _ in found] == list(COMPANIES[:2])
    assert first != second
    assert proposals(office) == [{"number": second, "other": first}]


def test_a_colleague_with_the_same_name_a_short_one_another_script_or_none_is_joined(office: Office) -> None:
    names = (COMPANIES[0], COMPANIES[0], "远航泵业", "Yuanhang Pump Co., Ltd.", "")
    for number, name in enumerate(names):
        office.put(complaint(name, f"p{number}@yuanhang.example", number))
        office.work()
    assert {number for number, _, _ in customers(office)} == {customers(office)[0][0]}
    assert proposals(office) == []


def test_known_providers_join_nobody(office: Office) -> None:
    for number, host in enumerate(("comcast.net", "btinternet.com", "sogou.com", "uol.com.br", "2980.com")):
        office.put(complaint("", f"x@{host}", 2 * number), complaint("", f"y@{host}", 2 * number + 1))
    office.work()
    assert len({number for number, _, _ in customers(office)}) == 10
    assert office.one("SELECT count(*) FROM contacts WHERE domain <> ''") == 0


def test_the_configuration_says_which_domains_are_hosts_and_which_are_none(new_office: OpenOffice) -> None:
    hosts = {"freemail_domains": ("isp.example",), "not_freemail": ("comcast.net",)}
    office = new_office(company=COMPANY.model_copy(update=hosts))
    for number, host in enumerate(("isp.example", "comcast.net")):
        office.put(complaint("", f"x@{host}", 2 * number), complaint("", f"y@{host}", 2 * number + 1))
    office.work()
    x_isp, y_isp, x_comcast, y_comcast = (number for number, _, _ in customers(office))
    assert x_isp != y_isp
    assert x_comcast == y_comcast


@BOTH
def test_a_domain_of_three_companies_no_longer_lets_anybody_into_a_case(office: Office) -> None:
    """Until the third company shows what the domain is, its people count as colleagues of the first."""
    office.put(complaint(COMPANIES[0], "a@host.example", 1))
    office.work()
    number = office.cases()[0]
    office.put(letter("请问进展如何？", subject=f"回复：投诉 [{number}]", sender="colleague@host.example"))
    office.work()
    assert office.cases()[1] == number

    office.put(*(complaint(COMPANIES[at], f"c{at}@host.example", at + 1) for at in (1, 2)))
    office.work()
    office.put(letter("请问进展如何？", subject=f"回复：投诉 [{number}]", sender="stranger@host.example"))
    office.put(letter("还在漏水，订单号：DD20260300001。", subject=f"回复：投诉 [{number}]", sender="a@host.example"))
    office.work()
    assert office.cases()[4] != number
    assert office.cases()[5] == number  # who wrote to the case himself still belongs to it


def test_case_shows_the_proposal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MAILFLOW_CONFIG", "")
    (tmp_path / "mailflow.yaml").write_text(
        "company: {name: 澄江泵业有限公司, domains: [firm.example], freemail_domains: [isp.example]}\n"
        "mailboxes: [{name: s, type: folder, path: inbox, addresses: [service@firm.example]}]\n"
        "casework: {pdf: false}\n",
        "utf-8",
    )
    (tmp_path / "inbox").mkdir()
    for at in (0, 1):
        raw = complaint(COMPANIES[at], f"p{at}@host.example", at)
        (tmp_path / "inbox" / f"{at}.eml").write_bytes(raw)

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(tmp_path / "mailflow.yaml"), *words])
        assert result.exit_code == 0, result.output
        return result.output

    (tmp_path / "mailflow.yaml").rename(tmp_path / "kept")
    run("init", str(tmp_path))
    (tmp_path / "kept").rename(tmp_path / "mailflow.yaml")
    run("run", "--once", "--since", "all")
    one, other = (run("case", f"TS-2026-000{at}") for at in (1, 2))
    assert ("may be one customer" in one) != ("may be one customer" in other)
    assert "may be one customer (same mail domain, other company name, not merged): KH-00002 / KH-00001" in one + other


def test_a_host_written_wrongly_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mailflow.yaml").write_text(
        "company:\n  name: x\n  freemail_domains: [a@isp.example]\n"
        "mailboxes: [{name: s, type: folder, path: inbox, addresses: [service@firm.example]}]\n",
        "utf-8",
    )
    result = CliRunner().invoke(main, ["--config", str(tmp_path / "mailflow.yaml"), "check", "--offline"])
    assert result.exit_code == 2
    assert "mailflow.yaml:3" in result.output
    assert "a@isp.example" in result.output
