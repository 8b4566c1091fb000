"""The journal's hash, against hashes that were made by hand.

They came from ``printf '%s\\n%s' PREVIOUS ENTRY | sha256sum``.  A program that hashes otherwise, though it agrees with
itself, would call every journal written before it broken.
"""

from __future__ import annotations

import pytest

from mailflow.adapters.sql.chain import FIRST, Entry, chain_hash, entry_hash, seal_line
from mailflow.adapters.sql.keys import JournalKey

AT = "2026-11-22T01:00:00.000000Z"


def test_the_first_entry_has_the_hash_anybody_can_work_out() -> None:
    # {"actor":"mailflow","at":"2026-11-22T01:00:00.000000Z","case_id":null,"data":"{}","event":"mail.held",
    #  "message_id":3} behind an empty line
    made = chain_hash(FIRST, AT, "mailflow", "mail.held", 3, None, "{}")
    assert made == "f80b4cf834a1d60526fefe050856a8dabf94e1b952ea9689954423d0134d52f6"


def test_an_entry_stands_on_the_one_before_it_and_chinese_counts_as_it_is_written() -> None:
    # {"actor":"郑浩","at":"2026-11-22T01:00:00.000000Z","case_id":7,"data":"{\\"n\\": 1}","event":"case.opened",
    #  "message_id":null} behind a line that says feed
    made = chain_hash("feed", AT, "郑浩", "case.opened", None, 7, '{"n": 1}')
    assert made == "546560ec1efdd99d7817dc4169e117083cd8673e5fcede1de455324295a71444"


@pytest.mark.parametrize(
    "other",
    [
        ("fade", AT, "郑浩", "case.opened", 3, 7, "{}"),
        ("feed", AT.replace("01", "02"), "郑浩", "case.opened", 3, 7, "{}"),
        ("feed", AT, "白露", "case.opened", 3, 7, "{}"),
        ("feed", AT, "郑浩", "case.closed", 3, 7, "{}"),
        ("feed", AT, "郑浩", "case.opened", 4, 7, "{}"),
        ("feed", AT, "郑浩", "case.opened", 3, 8, "{}"),
        ("feed", AT, "郑浩", "case.opened", 7, 3, "{}"),
        ("feed", AT, "郑浩", "case.opened", 3, 7, '{"n":1}'),
    ],
)
def test_whatever_is_changed_in_an_entry_changes_its_hash(
    other: tuple[str, str, str, str, int | None, int | None, str],
) -> None:
    assert chain_hash(*other) != chain_hash("feed", AT, "郑浩", "case.opened", 3, 7, "{}")


def test_a_lone_surrogate_of_a_strangers_mail_can_be_hashed() -> None:
    assert len(chain_hash(FIRST, AT, "\ud800", "mail.held", 1, None, "{}")) == 64


def test_a_keyed_entry_has_the_hash_openssl_works_out() -> None:
    # printf '%s\\n%s' feed ENTRY | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01 (32 bytes), where ENTRY is
    # {"actor":"郑浩","at":"2026-11-22T01:00:00.000000Z","case_id":7,"data":"{}","event":"case.opened","id":12,
    #  "message_id":null}
    key = JournalKey.of(b"\x01" * 32)
    made = entry_hash("feed", Entry(12, AT, "郑浩", "case.opened", None, 7, "{}"), key)
    assert made == "b86bedb279c7f5cc09e32d7bfafb57dee3eee840801b0e9a0ef0b42d846676e4"


def test_a_key_is_named_without_giving_anything_of_it_away() -> None:
    # printf 'mailflow journal key' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01 | head -c 12
    key = JournalKey.of(b"\x01" * 32)
    assert key.name == "18738cb6436f"
    assert "01" * 6 not in repr(key)


def test_a_seal_takes_every_column_and_the_hash() -> None:
    made = seal_line(Entry(12, AT, "郑浩", "case.opened", None, 7, "{}"), "feed")
    line = f'[12,"{AT}","郑浩","case.opened",null,7,"{{}}","feed"]\n'
    assert made == line.encode()
