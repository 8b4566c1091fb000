"""Figures over a corpus of other people's test mails, when one is at hand (MAILFLOW_CORPUS names its folder).

Differences that are understood and not ours to follow:

- attachments: the other parser lists empty or unopened multiparts, and parts of one letter in a second format, as
  nameless attachments without a size; they hold no file. It leaves uuencoded files encoded, so its size is that of the
  encoding. It drops backslashes from a name; the sender's name is display text here and keeps them. A name damaged
  before it reached the label (U+FFFD) cannot be compared. BinHex is not decoded, by neither.
- from: a name that only repeats the address is no name here.
- date: a date cut in the middle of its time is none here.
- text: boundaries that end in "--" and differ in nothing else; parts whose end another parser sees elsewhere.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailflow.decoding.quotes import split_text
from mailflow.domain.model import Message
from mailflow.stages.decode import decode

CORPUS = os.environ.get("MAILFLOW_CORPUS", "")
pytestmark = pytest.mark.skipif(not CORPUS, reason="no corpus: MAILFLOW_CORPUS is not set")

_BLANK = re.compile(r"[\s\u200b\ufeff\x00-\x1f>]+")
_MARKUP = re.compile(r"<(script|style|head|title)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.I | re.S)


def _bare(text: str | None) -> str:
    return _BLANK.sub("", text or "")


def _visible(markup: str) -> str:
    return _bare(html.unescape(_MARKUP.sub("", markup)))


def _rows() -> Iterator[tuple[dict[str, Any], Message]]:
    folder = Path(CORPUS) / "torture"
    for line in (folder / "expected.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["trust"] and row["expect"] and "leaf_parts" not in row["expect"]:
            yield row, decode((folder / row["file"]).read_bytes())


def _same_from(expected: list[dict[str, str]], message: Message) -> bool:
    wanted = [
        ("" if item["name"] == item["address"] else _bare(item["name"]), item["address"].lower())
        for item in expected
        if item["address"]
    ]
    return wanted == [(_bare(item.name), item.address.lower()) for item in message.from_ if item.address]


def _same_files(expected: list[dict[str, Any]], message: Message) -> bool:
    wanted = [item for item in expected if item["name"] or item["size"] is not None or item["kind"] == "Message"]
    if len(wanted) != len(message.attachments):
        return len(wanted) < len(expected) and len(message.attachments) <= len(expected)
    for item, file in zip(wanted, message.attachments, strict=True):
        name = _bare(item["name"]).replace("\\", "")
        if name and "\ufffd" not in name and name != _bare(file.name).replace("\\", ""):
            return False
        if item["size"] is not None and item["size"] != file.size:
            return False
    return True


def _same_text(expect: dict[str, Any], message: Message) -> bool:
    text = _bare(message.text)
    plain = [_bare(item) for item in expect["text_parts"] if _bare(item)]
    if plain:
        return all(item in text or _visible(item) in text for item in plain)
    return all(_visible(item) in text for item in expect["html_parts"])


def test_broken_mails_are_read_like_other_parsers_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    hits: dict[str, list[bool]] = {"subject": [], "from": [], "attachments": [], "text": []}
    for row, message in _rows():
        expect = row["expect"]
        if "subject" in expect:
            hits["subject"].append(_bare(expect["subject"]) == _bare(message.subject))
        if isinstance(expect.get("from"), list) and expect["from"]:
            hits["from"].append(_same_from(expect["from"], message))
        if row["authority"] == "stalwart":
            hits["attachments"].append(_same_files(expect["attachments"], message))
            if expect["text_parts"] or expect["html_parts"]:
                hits["text"].append(_same_text(expect, message))
    shares = {name: 100 * sum(values) / len(values) for name, values in hits.items()}
    with capsys.disabled():
        print({name: f"{shares[name]:.1f} % of {len(values)}" for name, values in hits.items()})  # noqa: T201
    assert shares["subject"] >= 97
    assert shares["from"] >= 97
    assert shares["attachments"] >= 90
    assert shares["text"] >= 90


def test_no_mail_of_the_corpus_raises_and_few_are_unreadable(capsys: pytest.CaptureFixture[str]) -> None:
    mails = sorted(Path(CORPUS).rglob("*.eml"))
    unreadable = []
    for path in mails:
        problems = decode(path.read_bytes()).problems
        assert not [problem for problem in problems if "Error" in problem], path
        if any(problem.startswith("unreadable:") for problem in problems):
            unreadable.append(path.name)
    with capsys.disabled():
        print({"mails": len(mails), "unreadable": unreadable})  # noqa: T201
    assert len(unreadable) * 100 <= len(mails)


def test_replies_are_split_as_four_other_libraries_expect(capsys: pytest.CaptureFixture[str]) -> None:
    def shape(text: str) -> str:
        return "\n".join(line.rstrip() for line in re.sub(r"\n\s*\n+", "\n\n", text).strip().split("\n"))

    rows = [json.loads(line) for line in (Path(CORPUS) / "quotes" / "suites.jsonl").read_text("utf-8").splitlines()]
    exact = 0
    for row in rows:
        parts = split_text(row["raw"].replace("\r\n", "\n"))
        right = {shape(parts.new)}
        if row["signature_in_expected"]:
            right |= {shape(parts.new + gap + parts.signature) for gap in ("\n", "\n\n")}
        exact += shape(row["expected"].replace("\r\n", "\n")) in right
    with capsys.disabled():
        print({"replies split exactly": f"{100 * exact / len(rows):.1f} % of {len(rows)}"})  # noqa: T201
    assert exact * 100 >= 75 * len(rows)


def test_forwarded_mails_are_taken_apart(capsys: pytest.CaptureFixture[str]) -> None:
    def words(text: str | None) -> str:
        return " ".join(re.sub(r"(?m)^[> ]+", "", text or "").split())

    rows = [row for row in json.loads((Path(CORPUS) / "quotes" / "forwards.json").read_text("utf-8")) if row["expect"]]
    good = 0
    for row in rows:
        expect = row["expect"]
        parts = split_text(row["raw"].replace("\r\n", "\n"))
        top = words(parts.new + " " + parts.signature)
        body = parts.forwarded if expect.get("type") == "forward" else parts.quoted + parts.forwarded
        wanted = words(f"{expect.get('text_top') or ''} {expect.get('text_bottom') or ''}")
        good += top == wanted and words(expect.get("text")) in words(body)
    with capsys.disabled():
        print({"forwards": f"{good} of {len(rows)}"})  # noqa: T201
    assert good * 100 >= 80 * len(rows)
