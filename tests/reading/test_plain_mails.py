"""Eighty invented mails of many trades: nearly all must get their kind, whatever their words."""

from __future__ import annotations

from pathlib import Path

from mailflow.settings import yaml_file
from tests.reading.conftest import Read

FILE = Path(__file__).with_name("plain_mails.yaml")


def test_the_kinds_of_plain_mails_of_many_trades(read: Read) -> None:
    document, problems = yaml_file.read(FILE)
    assert document is not None, problems
    mails = [(kind, subject, text) for kind, pairs in document.data.items() for subject, text in pairs]
    wrong = []
    for kind, subject, text in mails:
        answered = {"in_reply_to": "earlier@us.example"} if subject.lower().startswith(("re:", "回复")) else {}
        found = read(subject, text, **answered).kind.value
        if found != kind:
            wrong.append((kind, found, subject))
    assert len(mails) >= 80
    assert len(wrong) <= 0.04 * len(mails), wrong
