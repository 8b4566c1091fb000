"""The mails of the demo: real bytes, invented people, one of each kind."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import pytest

from mailflow import flow
from mailflow.app import reading_rules
from mailflow.reading.matter.close_kinds import candidates
from mailflow.reading.people.ours import Ours
from mailflow.settings import shipped
from mailflow.stages.extract import RuleReader

FOLDER = Path(__file__).resolve().parent.parent / "mailflow" / "samples"
FILES = sorted(FOLDER.glob("*.eml"))


def _mail(number: int) -> Message:
    return email.message_from_bytes(FILES[number - 1].read_bytes())


def _id(mail: Message) -> str:
    return str(mail["Message-ID"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_a_mail_as_it_travels(file: Path) -> None:
    raw = file.read_bytes()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "line ends are CRLF"
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(raw)
    assert {"Received", "From", "To", "Subject", "Date", "Message-ID"} <= set(mail.keys())
    assert not [defect for part in mail.walk() for defect in part.defects]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_address_is_invented(file: Path) -> None:
    hosts = re.findall(rb"[\w.+-]+@\$?([\w.-]+)", file.read_bytes())
    assert hosts
    assert not [host for host in hosts if not host.endswith(b".example")]


def test_each_is_listed() -> None:
    listed = re.findall(r"^\| (\d\d-[\w-]+) \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert listed == [file.stem for file in FILES]


def test_the_follow_up_answers_the_first_complaint() -> None:
    assert _mail(2)["In-Reply-To"] == _id(_mail(1))


def test_the_duplicate_differs_in_its_received_line_alone() -> None:
    first, again = (
        re.sub(rb"\AReceived: .*?\r\n(?![ \t])", b"", FILES[n - 1].read_bytes(), flags=re.S) for n in (5, 16)
    )
    assert first == again
    ids = [_id(email.message_from_bytes(file.read_bytes())) for file in FILES]
    assert len(set(ids)) == len(ids) - 1


def test_nobody_is_asked_what_kind_one_of_them_is() -> None:
    book, marks, problems = reading_rules(shipped.folder("rules"))
    assert book is not None
    assert problems == []
    now = datetime(2026, 3, 2, tzinfo=UTC)
    kinds = []
    for file in FILES:
        reading = flow.read(file.read_bytes(), now, marks, frozenset(), RuleReader(book, Ours()), now)
        if reading.details is not None:
            assert candidates(reading.details) == (), file.name
            kinds.append(reading.details.kind.value)
    assert {"inquiry", "praise", "rfq", "order_change", "followup"} <= set(kinds)
