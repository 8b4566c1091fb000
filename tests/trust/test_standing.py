"""Where an address stands in a case, and which Reply-To is followed: the rules themselves, without a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailflow.domain.model import Acquaintance, Address, Case, Customer, Kind
from mailflow.trust.level import Level, Trust
from mailflow.trust.policy import STANDINGS, TABLE, Action, Footing, Standing, follows_reply_to, standing

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CASE = Case(
    1, "TS-2026-0001", Customer(1, "KH-00001", "东港", NOW), Kind.COMPLAINT, NOW, opened_by="wang@plant.example"
)
WANG, LI, SUN = (Address("", f"{name}@plant.example") for name in ("wang", "li", "sun"))
EVE, PRIVATE = Address("", "eve@evil.example"), Address("", "wang@qq.com")
NOBODY = Acquaintance()


@pytest.mark.parametrize(
    ("person", "known", "expected"),
    [
        (WANG, NOBODY, Standing.SOLE),
        (WANG, replace(NOBODY, claimed=True), Standing.SOLE),
        (WANG, replace(NOBODY, confirmed=True), Standing.CONFIRMED),
        (LI, NOBODY, Standing.COLLEAGUE),
        (LI, replace(NOBODY, shared=True), Standing.STRANGER),
        (LI, replace(NOBODY, known_domain=True, shared=True), Standing.STRANGER),
        (EVE, NOBODY, Standing.STRANGER),
        (EVE, replace(NOBODY, known_domain=True), Standing.COLLEAGUE),
        (EVE, replace(NOBODY, known_domain=True, claimed=True), Standing.STRANGER),
        (EVE, replace(NOBODY, confirmed=True), Standing.CONFIRMED),
        (EVE, replace(NOBODY, confirmed=True, claimed=True), Standing.STRANGER),
        (LI, replace(NOBODY, confirmed=True, claimed=True), Standing.CONFIRMED),
        (LI, replace(NOBODY, confirmed=True, claimed=True, shared=True), Standing.STRANGER),
        (Address("", "WANG@plant.example"), NOBODY, Standing.SOLE),
        (Address("", ""), NOBODY, Standing.STRANGER),
    ],
)
def test_where_an_address_stands(person: Address, known: Acquaintance, expected: Standing) -> None:
    assert standing(person, CASE, known) is expected


def test_at_a_free_mail_host_nobody_is_a_colleague() -> None:
    case = replace(CASE, opened_by="wang@qq.com")
    assert standing(Address("", "li@qq.com"), case, NOBODY) is Standing.STRANGER
    assert standing(PRIVATE, case, NOBODY) is Standing.SOLE


def test_a_case_nobodys_mail_opened_is_nobodys_own() -> None:
    for person in (Address("", ""), EVE):
        assert standing(person, replace(CASE, opened_by=""), NOBODY) is Standing.STRANGER


@pytest.mark.parametrize(
    ("sender", "wanted", "confirmed", "shared", "expected"),
    [
        ("wang@plant.example", "sales@plant.example", False, False, True),
        ("wang@mail.plant.com.cn", "sales@plant.com.cn", False, False, True),
        ("wang@plant.example", "eve@evil.example", False, False, False),
        ("wang@plant.example", "eve@plant.example.evil.example", False, False, False),
        ("wang@plant.example", "sales@plant.example", False, True, False),
        ("wang@qq.com", "eve@qq.com", False, False, False),
        ("wang@qq.com", "WANG@qq.com", False, False, True),
        ("wang@qq.com", "wang@plant.example", True, False, True),
        ("wang@plant.example", "wang@qq.com", True, False, True),
        ("wang@plant.example", "wang@qq.com", False, False, False),
        ("wang@plant.github.io", "eve@evil.github.io", False, False, False),
    ],
)
def test_which_reply_to_is_followed(sender: str, wanted: str, confirmed: bool, shared: bool, expected: bool) -> None:
    assert follows_reply_to(Address("", sender), Address("", wanted), confirmed=confirmed, shared=shared) is expected


def test_an_action_needs_both_tables() -> None:
    for action, who in STANDINGS.items():
        for level in Level:
            for place in Standing:
                allowed = Footing(Trust.of(level, "x"), place).may(action)
                assert allowed == (level in TABLE[action] and place in who)
    assert STANDINGS[Action.BE_TOLD] == {Standing.CONFIRMED}
    assert not any(Standing.STRANGER in who for who in STANDINGS.values())
