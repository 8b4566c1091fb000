"""Text on one line: a wrapped Chinese sentence is whole again, and lines that were ended stay apart."""

from __future__ import annotations

from functools import partial

import pytest

from mailflow.domain.wrapped import on_one_line
from tests.growth import grows_with_its_input, repeated


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "贵司上月发来的六台离心泵在运行三个小时之后泵壳突然\n开裂，热水喷出",
            "贵司上月发来的六台离心泵在运行三个小时之后泵壳突然开裂，热水喷出",
        ),
        ("泵壳开裂。\n请今天\n之内派人", "泵壳开裂。请今天 之内派人"),
        ("六台离心泵\n两台漏水", "六台离心泵 两台漏水"),
        (
            "收到的离心泵全部型号都是错的要求尽快给换货\n数量：三台",
            "收到的离心泵全部型号都是错的要求尽快给换货 数量：三台",
        ),
        ("The pumps\nleak at the\r\n\r\nseal", "The pumps leak at the seal"),
        ("订单号是\nDD20260301008", "订单号是 DD20260301008"),
        ("漏水，\n\n请换货", "漏水， 请换货"),
        ("", ""),
    ],
)
def test_only_a_wrapped_sentence_is_joined(text: str, line: str) -> None:
    assert on_one_line(text) == line


def test_the_time_grows_with_the_text() -> None:
    for piece in ("漏\n", "漏水，\n", "漏 \n ", "\n"):
        assert grows_with_its_input(on_one_line, partial(repeated, piece), 20_000)
