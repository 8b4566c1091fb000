"""The development set, where it is at hand (MAILFLOW_CORPUS): kinds, no real mail suppressed, evidence that holds."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.domain.model import NO_CASE
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.stages.decode import decode
from mailflow.stages.extract import extract
from tests.reading.conftest import assert_evidence

_CORPUS = os.environ.get("MAILFLOW_CORPUS", "")
_MAILS = Path(_CORPUS) / "service_mails"
pytestmark = pytest.mark.skipif(not _CORPUS, reason="no corpus: MAILFLOW_CORPUS names no folder of mails")

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NO_CASE_KINDS = {kind.value for kind in NO_CASE}


def _ours(tenant: dict[str, str | list[dict[str, str]]]) -> Ours:
    staff = tenant["staff"]
    assert isinstance(staff, list)
    mailbox = str(tenant["mailbox"])
    return Ours(
        frozenset({mailbox, *(person["address"] for person in staff)}),
        frozenset({mailbox.partition("@")[2]}),
        (str(tenant["company"]), str(tenant["short_name"]), str(tenant["english_name"])),
        tuple(person["name"] for person in staff),
    )


def test_kinds_and_evidence_on_the_development_set(rulebook: Rulebook) -> None:
    tenants = {tenant["mailbox"]: _ours(tenant) for tenant in json.loads((_MAILS / "tenants.json").read_text("utf-8"))}
    keys = [json.loads(line) for line in (_MAILS / "key.jsonl").read_text("utf-8").splitlines()]
    keys = [key for key in keys if key["kind"] not in NO_CASE_KINDS]
    right = 0
    for key in keys:
        message = decode((_MAILS / "mails" / key["file"]).read_bytes())
        details = extract(message, rulebook, own=tenants[key["tenant"]], now=NOW)
        assert details.kind not in NO_CASE, key["file"]
        assert_evidence(message, details)
        right += details.kind.value in {key["kind"], *key["alt_kinds"]}
    assert right >= 0.9 * len(keys)
