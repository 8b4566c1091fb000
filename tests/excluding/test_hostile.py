"""Hostile input costs bounded time and raises nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.domain.model import Message, Report
from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, mail, marks
from tests.growth import grows_with_its_input

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "您",
        "请",
        "550 ",
        "<a@",
        "a@b.",
        "自动回复",
        "the message could not be ",
        "退信 ",
        "\n",
        "> ",
        "收件人 ",
        "-",
        "+",
        "\u0000",
        "｟",
    ],
)
def test_the_time_for_anything_grows_with_its_length_alone(unit: str) -> None:
    assert grows_with_its_input(_exclude, lambda n: _mails_of(unit * (n // len(unit))), MEGABYTE // 8)


def _exclude(messages: list[Message]) -> None:
    for message in messages:
        exclude(message, marks(), OWN)


def _mails_of(text: str) -> list[Message]:
    bounce = Report("delivery-status", ({"final-recipient": text, "diagnostic-code": text},))
    return [
        mail(
            text,
            subject=text,
            name=text,
            headers={"List-Id": text, "Auto-Submitted": text, "X-Failed-Recipients": text},
        ),
        mail(text, sender="mailer-daemon@x.example", subject="failure notice"),
        mail(text, report=bounce, content_type="multipart/report"),
    ]


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=300), subject=st.text(max_size=60), sender=st.text(max_size=40), value=st.text(max_size=60)
)
def test_no_text_raises(text: str, subject: str, sender: str, value: str) -> None:
    headers = dict.fromkeys(
        ("return-path", "auto-submitted", "precedence", "list-id", "x-loop", "x-failed-recipients"), value
    )
    exclude(mail(text, subject=subject, sender=sender, headers=headers), marks(), OWN)
    exclude(mail(text, subject="failure notice", sender="mailer-daemon@x.example"), marks(), OWN)
