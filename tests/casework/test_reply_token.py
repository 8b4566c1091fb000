"""The token of a mail that asks: bound to person, task, version and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailflow.casework import reply_token

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_is_found_in_a_quoted_subject_whatever_its_case() -> None:
    token = reply_token.make(12, 7, "qin@firm.example", NOW, SECRET)
    found = reply_token.find(f"回复: 请签字 〔{token.lower()}〕\n> 签字凭证：{token}（请勿转发）")
    assert [(item.task, item.record) for item in found] == [(12, 7)]
    assert reply_token.is_ours(found[0], "Qin@Firm.example", SECRET)


@pytest.mark.parametrize(
    ("task", "record", "person"),
    [(13, 7, "qin@firm.example"), (12, 8, "qin@firm.example"), (12, 7, "deng@firm.example")],
)
def test_belongs_to_one_task_one_version_and_one_person(task: int, record: int, person: str) -> None:
    token = reply_token.make(12, 7, "qin@firm.example", NOW, SECRET)
    changed = token.replace("MF-12-7-", f"MF-{task}-{record}-")
    assert not reply_token.is_ours(reply_token.find(changed)[0], person, SECRET)


def test_is_worth_nothing_under_another_secret() -> None:
    token = reply_token.find(reply_token.make(1, 1, "a@b.example", NOW, SECRET))[0]
    assert not reply_token.is_ours(token, "a@b.example", b"another secret, as long as it")


def test_ends_after_its_days_and_cannot_be_made_younger() -> None:
    text = reply_token.make(1, 1, "a@b.example", NOW, SECRET)
    token = reply_token.find(text)[0]
    assert not reply_token.is_expired(token, NOW + timedelta(days=60), 60)
    assert reply_token.is_expired(token, NOW + timedelta(days=61), 60)
    day = text.split("-")[3]
    younger = reply_token.find(text.replace(day, f"{int(day) + 30:06d}"))[0]
    assert not reply_token.is_ours(younger, "a@b.example", SECRET)
