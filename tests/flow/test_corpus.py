"""All mails of a corpus in one mailbox: every one ends somewhere, nothing is answered that must not be.

The corpus is not part of the repository: ``MAILFLOW_CORPUS`` names its folder.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from mailflow.settings.config import Company
from mailflow.settings.sections import Limits
from tests.flow.conftest import OpenOffice

CORPUS = Path(os.environ.get("MAILFLOW_CORPUS") or "/nowhere")
MACHINES = {"auto_reply", "read_receipt", "bounce", "spam", "newsletter", "loop"}
FOLDER = "投诉"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus: set MAILFLOW_CORPUS")


def test_every_mail_of_the_corpus_ends_somewhere_and_no_machine_is_answered(
    new_office: OpenOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    service = sorted((CORPUS / "service_mails" / "mails").glob("*.eml"))
    others = sorted([*(CORPUS / "torture").rglob("*.eml"), *(CORPUS / "bounces").rglob("*.eml")])
    labels = {row["file"]: row for row in map(json.loads, (CORPUS / "service_mails/key.jsonl").open(encoding="utf-8"))}
    tenants = json.loads((CORPUS / "service_mails" / "tenants.json").read_text("utf-8"))
    addresses = tuple(tenant["mailbox"] for tenant in tenants)
    office = new_office(
        addresses=addresses,
        company=Company(
            name=tenants[0]["company"],
            also_known_as=tuple(tenant["company"] for tenant in tenants[1:]),
            domains=tuple(address.rpartition("@")[2] for address in addresses),
        ),
        mailbox={"folders": (FOLDER,)},
        limits=Limits(replies_per_hour_and_address=1000),
    )
    mails = [re.sub(rb"\r?\n", b"\r\n", path.read_bytes()) for path in (*service, *others)]
    assert len(mails) > 500
    for raw in mails:
        office.server.deliver(office.user, raw, FOLDER)
    office.work()

    # Reconciled to the last mail, and nothing broke.
    rows = office.ask("SELECT uid, id, status, kind, reason FROM messages ORDER BY uid")
    counts = Counter(status for _, _, status, _, _ in rows)
    held = Counter(reason for _, _, status, _, reason in rows if status == "held")
    assert office.reconciled() == (len(mails), counts["handled"], counts["aside"], counts["held"], 0, 0)
    assert len(rows) == len(mails)
    assert held["error"] == held["failed"] == 0, held

    # The service mails came first, in order: what must be answered is handled, what must not is not.
    replied = {message for (message,) in office.ask("SELECT message_id FROM outbox")}
    suppressed, answered = [], []
    for path, (_, key, status, kind, reason) in zip(service, rows, strict=False):
        label = labels[path.name]
        right = {label["kind"], *label["alt_kinds"]}
        if label["kind"] in MACHINES and key in replied:
            answered.append(f"{path.name}: {label['kind']} read as {kind}")
        if not right & MACHINES and status != "handled" and reason != "duplicate":
            suppressed.append(f"{path.name}: {label['kind']} {status} as {reason}")
    assert (answered, suppressed) == ([], [])
    assert office.sink.host == "127.0.0.1"
    assert len(office.replies()) == len(replied)

    # Once more, and in a folder made anew: nothing changes.
    before, files = office.everything(), office.files()
    office.clock.forward(seconds=30)
    assert office.work() == []
    assert office.everything() == before
    office.server.remove(office.user, FOLDER)
    for raw in reversed(mails):
        office.server.deliver(office.user, raw, FOLDER)
    office.clock.forward(seconds=30)
    assert office.work() == []
    assert office.everything() == before
    assert office.files() == files
    assert office.reconciled() == (len(mails), counts["handled"], counts["aside"], counts["held"], 0, 0)
    assert len(office.replies()) == len(replied)
    assert office.errors() == []
    with capsys.disabled():
        kinds = dict(Counter(kind or reason for _, _, _, kind, reason in rows).most_common())
        sys.stdout.write(f"\ncorpus: {len(mails)} mails = {dict(counts)}; held {dict(held)}; {len(replied)} replies\n")
        sys.stdout.write(f"corpus: {kinds}\n")
