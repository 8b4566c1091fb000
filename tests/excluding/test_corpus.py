"""Over a corpus outside the repository, when MAILFLOW_CORPUS names it: what must hold on unseen mail too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailflow.domain.model import NO_CASE, Exclusion
from mailflow.stages.decode import decode
from mailflow.stages.exclude import exclude
from tests.excluding.builder import OWN, marks

CORPUS = Path(os.environ.get("MAILFLOW_CORPUS", "/nowhere"))
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus: MAILFLOW_CORPUS is not set")


def rows(path: str) -> Iterator[dict[str, Any]]:
    file = CORPUS / path
    if not file.is_file():
        pytest.skip(f"no {path} in the corpus")
    yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def judged(path: Path, own: frozenset[str] = OWN) -> Exclusion | None:
    return exclude(decode(path.read_bytes()), marks(), own)


def test_bounces_are_set_aside_and_name_who_failed() -> None:
    missed: list[str] = []
    wrong_kind: list[str] = []
    wrong_recipients: list[str] = []
    total = stated = 0
    for row in rows("bounces/index.jsonl"):
        exclusion = judged(CORPUS / "bounces" / row["file"])
        total += 1
        if exclusion is None:
            missed.append(row["file"])
            continue
        if exclusion.kind != row["label"] and row["label"] != "feedback_report":
            wrong_kind.append(row["file"])
        if row["failed_recipients"]:
            stated += 1
            if not set(row["failed_recipients"]) <= set(exclusion.failed_recipients):
                wrong_recipients.append(row["file"])
    print(f"{total} machine mails: {len(missed)} missed, {len(wrong_kind)} of another kind {wrong_kind}")  # noqa: T201
    assert len(missed) <= 0.02 * total, missed
    assert len(wrong_recipients) <= 0.05 * stated, wrong_recipients


def test_service_mails_of_machines_are_set_aside_and_no_others() -> None:
    tenants = json.loads((CORPUS / "service_mails/tenants.json").read_text(encoding="utf-8"))
    boxes = {name: frozenset({t["mailbox"]}) for t in tenants for name in (t["id"], t["mailbox"])}
    missed: list[str] = []
    suppressed: list[str] = []
    other_kind: list[str] = []
    for row in rows("service_mails/key.jsonl"):
        exclusion = judged(CORPUS / "service_mails/mails" / row["file"], boxes[row["tenant"]])
        if row["kind"] in NO_CASE and exclusion is None:
            missed.append(row["file"])
        elif row["kind"] not in NO_CASE and exclusion is not None:
            suppressed.append(f"{row['file']}: {exclusion.sign}")
        elif exclusion and exclusion.kind not in (row["kind"], *(row["alt_kinds"] or ())):
            other_kind.append(row["file"])
        elif exclusion and row["is_reply_to"]:
            assert row["is_reply_to"] in exclusion.about
    assert not suppressed, "a person's mail was set aside"
    assert not missed
    assert not other_kind


def test_replies_of_people_are_never_set_aside() -> None:
    for row in rows("quotes/suites.jsonl"):
        message = decode(b"From: a@kehu.example\r\nSubject: Re: x\r\n\r\n" + row["raw"].encode())
        assert exclude(message, marks(), OWN) is None, row["raw"][:200]
