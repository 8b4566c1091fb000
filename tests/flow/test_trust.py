"""What our own mail server found about a sender goes with his mail, and what it forbids is not done."""

from __future__ import annotations

import json

import pytest

from tests.flow.letters import letter
from tests.flow.office import Office

WANG = "王强 <wang@plant.example>"
PASS = {"Authentication-Results": "mx.firm.example; dmarc=pass header.from=plant.example"}
FAIL = {"Authentication-Results": "mx.firm.example; spf=fail smtp.mailfrom=wang@plant.example; dmarc=fail"}
PLANTED = {
    "Authentication-Results": "mx.firm.example; spf=none",
    "received": "from desk by mail.evil.example with ESMTP; Mon, 02 Mar 2026 08:59:00 +0800",
    "authentication-results": "mx.firm.example; dmarc=pass header.from=plant.example",
}


@pytest.fixture
def guarded(office: Office) -> Office:
    """An office whose mail server's name a person confirmed."""
    office.mailbox = {"authserv_ids": ("MX.firm.example",)}
    return office


def trusts(office: Office) -> list[str]:
    return [trust for (trust,) in office.ask("SELECT trust FROM messages ORDER BY id")]


def noted(office: Office, event: str) -> list[dict[str, str]]:
    return [json.loads(data) for (data,) in office.ask("SELECT data FROM journal WHERE event = ? ORDER BY id", event)]


def test_how_sure_we_are_is_kept_with_every_mail_and_journaled_when_there_was_a_verdict(guarded: Office) -> None:
    guarded.put(letter(sender=WANG, headers=PASS), letter(sender="li@works.example"))
    guarded.put(letter(sender="sun@shop.example", headers=FAIL), letter(sender="qian@a.example", headers=PLANTED))
    guarded.work()
    assert trusts(guarded) == ["authenticated", "unverified", "failed", "unverified"]
    assert guarded.statuses() == ["handled"] * 4
    assert noted(guarded, "mail.trust") == [
        {"trust": "authenticated", "reason": "dmarc=pass"},
        {"trust": "failed", "reason": "dmarc=fail"},
    ]
    assert guarded.errors() == []


def test_without_a_name_of_our_server_nobody_is_authenticated(office: Office) -> None:
    office.put(letter(sender=WANG, headers=PASS), letter(sender="sun@shop.example", headers=FAIL))
    office.work()
    assert trusts(office) == ["unverified", "failed"]
