"""Anchors: short enough to type, and a typing mistake is noticed."""

from __future__ import annotations

import pytest

from mailflow.domain.anchor import Anchor, read_anchor

STORED = "9f3a4b2c7d0155aa" + "0" * 48
WRITTEN = "1234-9F3A-4B2C-7D01-55AA-16"  # int("12349f3a4b2c7d0155aa16", 16) % 251 == 1


def test_an_anchor_is_number_digits_and_check_digits_in_groups() -> None:
    assert str(Anchor.of(1234, STORED)) == WRITTEN
    assert int(WRITTEN.replace("-", ""), 16) % 251 == 1


@pytest.mark.parametrize(
    "typed",
    [
        WRITTEN,
        WRITTEN.lower(),
        "1234-9F3A4B2C7D0155AA16",
        " 1234 - 9f3a 4b2c 7d01 55aa 16\n",
        "1234-9F3A-4B2C-\n7D01-55AA-16",
        "1234–9F3A—4B2C‑7D01−55AA‐16",
        "１２３４－９Ｆ３Ａ－４Ｂ２Ｃ－７Ｄ０１－５５ＡＡ－１６",
    ],
)
def test_however_it_is_pasted_it_is_read(typed: str) -> None:
    assert read_anchor(typed) == Anchor(1234, "9f3a4b2c7d0155aa")


def test_every_wrong_digit_is_noticed() -> None:
    for place, digit in enumerate(WRITTEN):
        for other in "0123456789ABCDEF":
            if digit != "-" and other != digit:
                assert read_anchor(WRITTEN[:place] + other + WRITTEN[place + 1 :]) is None


def test_every_two_digits_that_changed_places_are_noticed() -> None:
    plain = WRITTEN.replace("-", "")
    for first in range(len(plain)):
        for second in range(first + 1, min(first + 3, len(plain))):
            if plain[first] != plain[second]:
                signs = list(plain)
                signs[first], signs[second] = signs[second], signs[first]
                assert read_anchor(f"{''.join(signs[:4])}-{''.join(signs[4:])}") is None


@pytest.mark.parametrize(
    "typed",
    ["", "-", "1234", "1234-", "9F3A-4B2C-7D01-55AA-16", WRITTEN[:-1], WRITTEN + "0", f"-{WRITTEN}", "x" * 100_000,
     "1" * 5000 + WRITTEN, "١٢٣٤-9F3A-4B2C-7D01-55AA-16"],
)  # fmt: skip
def test_what_is_none_is_refused(typed: str) -> None:
    assert read_anchor(typed) is None


def test_an_anchor_fits_the_hash_it_was_made_of_alone() -> None:
    anchor = Anchor.of(7, STORED)
    assert anchor.fits(STORED)
    assert not anchor.fits("8" + STORED[1:])
