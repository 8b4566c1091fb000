"""Replies as the mail programs of Chinese offices write them: what is new, what is quoted, what is signature."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailflow.domain.model import Message
from mailflow.stages.decode import decode
from tests.decoding.build import mail, word

REPLIES: list[dict[str, Any]] = [
    {"file": file.stem, **entry}
    for file in sorted((Path(__file__).parent / "replies").glob("*.yaml"))
    for entry in yaml.safe_load(file.read_text("utf-8"))
]
_GAPS = re.compile(r"\n\s*\n+")


def _read(entry: dict[str, Any]) -> Message:
    kind = "plain" if "plain" in entry else "html"
    head = b"From: k@kunde.example\r\nTo: kf@us.example\r\nSubject: " + word(entry["subject"], "utf-8") + b"\r\n"
    content_type = f"Content-Type: text/{kind}; charset=utf-8".encode()
    return decode(mail(entry[kind].replace("\n", "\r\n").encode(), content_type, head=head))


def _shape(text: str) -> str:
    return _GAPS.sub("\n\n", "\n".join(" ".join(line.split()) for line in text.split("\n"))).strip()


def _wrong(entry: dict[str, Any]) -> list[str]:
    message = _read(entry)
    wrong = []
    for name, said in (("new", message.new_text), ("signature", message.signature)):
        if "holds" not in entry and _shape(said) != _shape(entry.get(name, "")):
            wrong.append(f"{entry['file']}: {entry['name']}: {name} is {said!r}")
    quoted = message.quoted_text
    wrong += [
        f"{entry['file']}: {entry['name']}: not quoted: {words}"
        for words in entry.get("quoted", ())
        if words not in quoted
    ]
    forwarded = entry.get("forwarded", ())
    wrong += [
        f"{entry['file']}: {entry['name']}: not forwarded: {words}"
        for words in forwarded
        if words not in message.forwarded_text
    ]
    wrong += [
        f"{entry['file']}: {entry['name']}: hidden: {words}"
        for words in entry.get("holds", ())
        if words not in message.new_text
    ]
    return wrong


def test_replies_of_chinese_programs_are_parted_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {entry["name"]: found for entry in REPLIES if (found := _wrong(entry))}
    with capsys.disabled():
        print({"replies parted exactly": f"{len(REPLIES) - len(wrong)} of {len(REPLIES)}"})  # noqa: T201
        print(*(line for lines in wrong.values() for line in lines), sep="\n")  # noqa: T201
    assert len(REPLIES) >= 40
    assert len(wrong) * 20 <= len(REPLIES)


@pytest.mark.parametrize("entry", REPLIES, ids=lambda entry: str(entry["name"]))
def test_no_new_word_of_the_customer_is_hidden(entry: dict[str, Any]) -> None:
    message = _read(entry)
    seen = _shape(message.new_text)
    wanted = "\n".join((entry.get("new", ""), *entry.get("holds", ())))
    assert all(line.strip("> ") in seen for line in _shape(wanted).split("\n"))
