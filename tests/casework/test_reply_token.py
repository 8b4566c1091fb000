"""The token of a mail that asks: bound to person, task, version and time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mailflow.casework import reply_token

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_is_found_in_a_quoted_subject_whatever_its_case() -> None:
    token = reply_token.make(12, 7, "qin@firm.example", NOW, SECRET)
    found = reply_token.find(f"回复: 请签字 〔{token.lower()}〕\n> 签字凭证：{token}（请勿转发）")
    assert [(item.task, item.record) for item in found] == [(12, 7)]
    assert reply_token.is_ours(found[0], "Qin@Firm.example", SECRET)


def test_is_the_same_in_every_version_so_that_mails_already_sent_can_be_answered() -> None:
    # 2026-03-02 is day 2252 since 2020.  The check was made without this program, by
    # printf 'task\00012\0007\0002252\000qin@firm.example' |
    #   openssl dgst -sha256 -hmac SECRET -binary | head -c 10 | base32
    assert reply_token.make(12, 7, "Qin@firm.example", NOW, SECRET) == "MF-12-7-002252-FT6HQFT2LE55ZKJZ"


def test_each_token_is_found_once_in_the_order_of_the_text() -> None:
    first, second = (reply_token.make(task, 0, "a@b.example", NOW, SECRET) for task in (2, 1))
    found = reply_token.find(f"{first} {second} {first.lower()} {second[:-1]}")
    assert [item.task for item in found] == [2, 1]


def test_is_dated_by_the_day_in_utc() -> None:
    evening = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert reply_token.find(reply_token.make(1, 1, "a@b.example", evening, SECRET))[0].day == date(2026, 3, 3)


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


def test_that_of_a_mail_about_several_tasks_is_no_task_s_and_no_task_s_is_its() -> None:
    text = reply_token.make_joint(12, 7, "qin@firm.example", NOW, SECRET)
    assert text.startswith("MF-J12-7-002252-")
    (joint,) = reply_token.find(f"回复: 〔{text.lower()}〕")
    assert (joint.joint, joint.record, joint.task) == (12, 7, 0)
    assert reply_token.is_ours(joint, "Qin@firm.example", SECRET)
    assert not reply_token.is_ours(joint, "bai@firm.example", SECRET)
    single = reply_token.make(12, 7, "qin@firm.example", NOW, SECRET)
    for swapped in (single.replace("MF-", "MF-J"), text.replace("MF-J", "MF-"), text.replace("-7-", "-8-")):
        (token,) = reply_token.find(swapped)
        assert not reply_token.is_ours(token, "qin@firm.example", SECRET)


def test_of_a_mail_that_asks_for_kinds_is_no_token_of_a_task_or_of_several() -> None:
    token = reply_token.make_kinds(12, 7, "bai@firm.example", NOW, SECRET)
    (found,) = reply_token.find(token.lower())
    assert (found.kinds, found.record, found.task, found.joint) == (12, 7, 0, 0)
    assert reply_token.is_ours(found, "bai@firm.example", SECRET)
    for other in ("MF-12", "MF-J12"):
        (made,) = reply_token.find(token.replace("MF-K12", other))
        assert not reply_token.is_ours(made, "bai@firm.example", SECRET)
