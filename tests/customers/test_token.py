"""The reference at the foot of our mails: found whatever a mail program did to it, good for one address and case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.customers import token
from tests.growth import grows_with_its_input

SECRET = b"k" * 32
WANG = "Wang@plant.example"
MADE = token.make(57, WANG, SECRET)


def proves(text: str, address: str = WANG) -> bool:
    return any(token.is_ours(found, address, SECRET) for found in token.find(text))


def test_it_is_short_and_names_the_case() -> None:
    assert MADE.startswith("RF-57-")
    assert len(MADE) == 22
    assert [found.case for found in token.find(MADE)] == [57]


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


SURVIVES = {
    "plain": MADE,
    "quoted": f"> 回信时请保留此编号：{MADE}",
    "quoted deep": f">> > 编号：{MADE}\n>> >",
    "small letters": MADE.lower(),
    "full width": full_width(MADE),
    "wrapped": f"> 编号：{MADE[:14]}\n> {MADE[14:]}",
    "wrapped at the dash": f"> 编号：{MADE[:6]}\r\n> > {MADE[6:]}",
    "bar as a quote mark": f"| {MADE[:9]}\n| {MADE[9:]}",
    "soft hyphens and zero width": "\u200b".join(MADE[:12]) + "\u00ad" + MADE[12:],
    "long dashes": MADE.replace("-", "—"),
    "marked up": f"*{MADE}*",
    "in the middle of words": f"编号{MADE}请保留",
    "after many others": "\n".join(token.make(case, "x@y.example", SECRET) for case in range(15)) + f"\n{MADE}",
}


@pytest.mark.parametrize("text", SURVIVES.values(), ids=SURVIVES)
def test_it_survives_what_mail_programs_do(text: str) -> None:
    assert proves(text)


TRIMMED = {
    "cut": MADE[:-1],
    "cut in front": MADE[4:],
    "half": MADE[:12],
    "head only": "RF-57-",
    "without its check": "RF-57",
    "one letter other": MADE[:-1] + ("A" if MADE[-1] != "A" else "B"),
    "longer": MADE + "A",
    "another case": MADE.replace("RF-57", "RF-58"),
    "cut and words after it": MADE[:-3] + "\nTELEPHONE",
    "empty": "",
}


@pytest.mark.parametrize("text", TRIMMED.values(), ids=TRIMMED)
def test_cut_or_changed_it_proves_nothing(text: str) -> None:
    assert not proves(text)


def test_it_is_good_for_the_address_it_was_written_to_alone_whatever_its_case() -> None:
    assert proves(MADE, "wang@PLANT.example")
    for other in ("eve@plant.example", "wang@plant.example.evil", "", "wang@plant.example\0"):
        assert not proves(MADE, other)


def test_another_key_makes_another_reference() -> None:
    assert token.make(57, WANG, b"x" * 32) != MADE


@given(st.text(max_size=300))
def test_whatever_strangers_write_is_read(text: str) -> None:
    assert not proves(text)
    token.make(1, text, SECRET)


@pytest.mark.parametrize("unit", ["RF-", "R ", "RF-1-", "A ", "RF-57-ABCDEFG\n>", "RF-1 2 3 "])
def test_a_hostile_text_costs_no_more_than_its_length(unit: str) -> None:
    assert grows_with_its_input(token.find, lambda count: "RF-1-" + unit * count, 5_000)
