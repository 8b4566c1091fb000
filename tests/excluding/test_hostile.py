"""Hostile input costs bounded time and raises nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.domain.model import Report
from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, mail, marks

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
def test_a_megabyte_of_anything_is_read_in_time(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    bounce = Report("delivery-status", ({"final-recipient": text, "diagnostic-code": text},))
    for message in (
        mail(
            text,
            subject=text,
            name=text,
            headers={"List-Id": text, "Auto-Submitted": text, "X-Failed-Recipients": text},
        ),
        mail(text, sender="mailer-daemon@x.example", subject="failure notice"),
        mail(text, report=bounce, content_type="multipart/report"),
    ):
        started = time.process_time()
        exclude(message, marks(), OWN)
        assert time.process_time() - started < 0.5


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
