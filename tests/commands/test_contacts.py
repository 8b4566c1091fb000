"""People say whose address is whose: ``mailflow contact``."""

from __future__ import annotations

from tests.commands.corrections.conftest import Home
from tests.commands.staffed_home import CASE, events, rows
from tests.commands.test_casework import _surroundings, _worked_off, home, refused

__all__ = ["_surroundings", "_worked_off", "home"]

WANG, COLLEAGUE = "wangq@hechuan.example", "zhao@qq.com"


def states(home: Home) -> dict[str, tuple[bool, bool]]:
    found = rows(home, "SELECT address, confirmed, claimed FROM contacts ORDER BY id")
    return {address: (bool(confirmed), bool(claimed)) for address, confirmed, claimed in found}


def test_a_person_confirms_and_forgets_an_address_and_says_it_twice_for_nothing(home: Home) -> None:
    assert states(home)[WANG] == (False, False)
    assert "not confirmed" in home.ok("case", CASE)
    assert "mailflow contact confirm" in home.ok("case", CASE)
    home.ok("contact", "confirm", WANG.upper(), "--by", "白露")
    home.ok("contact", "confirm", WANG)
    assert states(home)[WANG] == (True, False)
    (actor,) = events(home, "contact.confirmed")
    assert "白露" in actor
    assert "mailflow contact confirm" not in home.ok("case", CASE)
    home.ok("contact", "forget", WANG, "--by", "白露")
    assert "unchanged" in home.ok("contact", "forget", WANG)
    assert states(home)[WANG] == (False, True)
    assert len(events(home, "contact.forgotten")) == 1
    home.ok("verify")


def test_an_address_that_never_wrote_becomes_a_contact_of_the_customer_named(home: Home) -> None:
    assert "--customer" in refused(home, "contact", "confirm", COLLEAGUE, code=2)
    home.ok("contact", "confirm", COLLEAGUE, "--customer", "KH-00001")
    assert states(home)[COLLEAGUE] == (True, False)
    assert [row["address"] for row in home.data("contact", "list", "--customer", "KH-00001")] == [WANG, COLLEAGUE]
    assert COLLEAGUE not in [row["address"] for row in home.data("contact", "list", "--unconfirmed")]
    home.ok("verify")


def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(home: Home) -> None:
    before = states(home)
    refused(home, "contact", "confirm", "no address", code=2)
    refused(home, "contact", "confirm", "bai@firm.example", "--customer", "KH-00001", code=2)
    refused(home, "contact", "confirm", COLLEAGUE, "--customer", "KH-09999", code=4)
    assert "KH-00001" in refused(home, "contact", "confirm", WANG, "--customer", "KH-00002", code=2)
    refused(home, "contact", "forget", COLLEAGUE, code=4)
    assert states(home) == before
