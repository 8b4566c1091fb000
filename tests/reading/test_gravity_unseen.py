"""Kinds and gravity by the form of the sentence, in trades no list names."""

from __future__ import annotations

import pytest

from tests.reading.conftest import Read


def _severity(read: Read, text: str) -> set[str]:
    return {item.value for item in read("", text).findings if item.field == "severity"}


@pytest.mark.parametrize(
    "text",
    [
        "One of my people cut his hand on a burr of your bracket and needed three stitches.",
        "再不解决，我们不但要起诉，还要发到网上让大家看看。",
        "3号梯昨天下午把我妈关了快一个小时，半天打不开门。",
        "今天浇的那车料到现在没硬，监理已经不让动了，赶紧派人来。",
        "A nurse was exposed to blood because the glove was torn.",
        "工人堵在门口，警察都来了，你们没一个人出面。",
    ],
)
def test_grave_but_not_public(read: Read, text: str) -> None:
    assert _severity(read, text) == {"重大"}


@pytest.mark.parametrize("text", ["今早晚报和本地论坛都已登出，货还在漏。", "货发错了，我们店铺评论区已经失控。"])
def test_public_already(read: Read, text: str) -> None:
    assert _severity(read, text) == {"恶性"}


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("要货", "轴承两百套什么价，含票送到嘉兴。", "rfq"),
        ("要个价", "纱布一万片，先帮我报一版。", "rfq"),
        ("交期", "原定25号的货，能否提前三天送？我们展会提前了。", "order_change"),
        ("拉链", "这批外套拉链有十几件拉不上，请补二十个拉头。", "complaint"),
        ("Sensors", "6 of the 20 sensors drift by 2 % after two days.", "complaint"),
        ("提个小建议", "标签太靠边，一受潮就糊。能不能往中间挪一点？只是个想法。", "suggestion"),
        ("请教", "重油污除油剂按普货走还是按危化品走？", "inquiry"),
    ],
)
def test_kind_by_form(read: Read, subject: str, text: str, kind: str) -> None:
    assert read(subject, text).kind == kind
