"""One rulebook and a few helpers for all reading tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.domain.model import Address, Details, Message
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.stages.extract import extract
from tests.read_once import load_rulebook

RULES = Path(__file__).parents[2] / "rules" / "reading"
OURS = Ours(
    addresses=frozenset({"kefu@us.example", "wangwu@us.example"}),
    domains=frozenset({"us.example"}),
    companies=("北岭五金制造有限公司", "北岭五金", "Beiling Hardware Co., Ltd."),
    people=("王五福",),
)
# A Wednesday, 10:30 in UTC+8.
RECEIVED = datetime(2025, 7, 16, 2, 30, tzinfo=UTC)

Read = Callable[..., Details]


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    found, problems = load_rulebook(RULES)
    assert problems == []
    assert found is not None
    return found


@pytest.fixture(scope="session")
def read(rulebook: Rulebook) -> Read:
    """Read a mail given as subject, new text and any other field of a Message."""

    def run(
        subject: str, new_text: str, sender: tuple[str, str] = ("", "someone@mail.example"), **fields: object
    ) -> Details:
        values: dict[str, object] = {"text": new_text, "received_at": RECEIVED, **fields}
        message = Message(subject=subject, new_text=new_text, from_=(Address(*sender),), **values)  # type: ignore[arg-type]
        return extract(message, rulebook, own=OURS, now=RECEIVED)

    return run


def part(source: str, text: str) -> Part:
    """A part of a mail with the shipped words, nothing hit in it."""
    return Part(source, text, fold(text), shipped_lexicon())


def part_of(message: Message, source: str) -> str:
    """The text a Finding's position counts in."""
    if source == "from":
        assert message.sender is not None
        return message.sender.name
    if source.startswith("attachment:"):
        names = [file.safe_name for file in message.attachments if file.type == "message/rfc822"]
        return message.forwarded[names.index(source.partition(":")[2])].text
    return str(getattr(message, source))


def assert_evidence(message: Message, details: Details) -> None:
    """Every finding's words stand where it says."""
    for finding in details.findings:
        assert part_of(message, finding.source)[finding.start : finding.end] == finding.words, finding
        assert 0 < finding.confidence <= 1
        assert finding.value
