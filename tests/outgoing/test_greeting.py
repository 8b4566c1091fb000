"""Whom a mail greets: a person by the title he gave himself, else his company, else nobody by name."""

from __future__ import annotations

import pytest

from mailflow.outgoing.greeting import greeted

COMPANY = "华信电子有限公司"


@pytest.mark.parametrize(
    ("name", "words", "language", "expected"),
    [
        ("王强", "请尽快换货。\n王强", "zh", "王强"),  # nobody knows whether 先生 or 女士
        ("王强", "王强 先生\n13800000000", "zh", "王强先生"),
        ("李梅", "联系人：李梅（女士）", "zh", "李梅女士"),
        ("李梅", "李梅小姐", "zh", "李梅女士"),
        ("王强", "张伟先生让我写信。\n王强", "zh", "王强"),  # somebody else's title
        ("王经理", "王经理", "zh", "王经理"),
        ("李女士", "", "zh", "李女士"),
        ("客服部", "", "zh", COMPANY),
        ("质量科", "", "zh", COMPANY),
        ("采购中心", "", "zh", COMPANY),
        ("zhang.wei", "", "zh", COMPANY),
        ("Sales Team", "", "en", COMPANY),
        ("info", "", "en", COMPANY),
        ("", "", "zh", COMPANY),
        ("John Smith", "Best regards\nMr. John Smith", "en", "Mr John Smith"),
        ("Anna Berg", "Anna Berg (Ms.)", "en", "Ms Anna Berg"),
        ("Anna Berg", "Anna Berg", "en", "Anna Berg"),
        ("王强", "王强 Mr.", "zh", "王强"),
    ],
)
def test_who_is_greeted(name: str, words: str, language: str, expected: str) -> None:
    assert greeted(name, COMPANY, words, language) == expected


def test_nobody_is_greeted_by_name_where_nothing_is_known() -> None:
    assert greeted("", "/", "", "zh") == ""
    assert greeted("客服部", "", "", "zh") == ""


def test_a_company_that_is_no_name_but_a_link_is_made_harmless() -> None:
    assert "http" not in greeted("", "http://evil.example/登录", "", "zh")
