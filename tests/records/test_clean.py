"""Strangers' text on its way into Word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]
from markupsafe import Markup

from mailflow.records.clean import BLANK, CUT_MARK, bounded, clean, short, ticked, word_text


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_whatever_the_text_word_s_xml_can_hold_it_and_gives_it_back(text: str) -> None:
    run = etree.fromstring(f'<r xmlns:w="w" xml:space="preserve"><w:t>{word_text(text)}</w:t></r>')
    read = "".join({"{w}br": "\n", "{w}tab": "\t"}.get(item.tag, "") + (item.text or "") for item in run.iter())
    assert read == clean(text)


def test_line_ends_become_one_kind_and_page_breaks_bells_and_overrides_vanish() -> None:
    assert clean("a\r\nb\rc\u2028d\u0085e\ff\ag\x00h\ud800i\ufffej\u202ek") == "a\nb\nc\nd\nefghijk"


def test_emoji_sequences_and_rare_characters_stay() -> None:
    for text in ("👩\u200d🔧", "龑𠮷㐂", "①℃㎡", "１２３"):
        assert clean(text) == text


def test_text_that_claims_to_be_markup_is_escaped_all_the_same() -> None:
    assert word_text(Markup("<w:p/>")) == "&lt;w:p/&gt;"


def test_too_long_a_text_is_cut_once_by_characters_or_by_lines() -> None:
    assert bounded("好" * 20_000) == "好" * 20_000
    assert bounded("好" * 20_001) == "好" * 20_000 + "\n" + CUT_MARK
    assert bounded("a\n" * 1000, lines=3) == f"a\na\na\n{CUT_MARK}"


def test_small_cells_hold_one_short_line() -> None:
    assert short("  甲\n 乙 ") == "甲 乙"
    assert short(" \x00\n") == BLANK
    assert short("很长的名称" * 50, 10) == "很长的名称很长的名…"


def test_a_box_is_ticked_by_exactly_its_own_word() -> None:
    assert [ticked(["服务"], word) for word in ("服务", "服", "服务态度")] == ["☑", "☐", "☐"]
    assert ticked("邮件", "邮件") == "☑"
    assert ticked(None, "邮件") == ticked("电子邮件", "邮件") == "☐"
