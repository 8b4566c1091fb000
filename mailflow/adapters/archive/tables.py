"""What ``archive.json`` says: a customer's rows as TinyDB tables, in words that outlive the ledger.

Format 3.  Tables: ``profile`` (one row), ``contacts``, ``cases`` (each with what people decided: ``severity`` as it was
judged, ``severity_read`` as it was read, ``validity``, the leader's ``instructions``, its ``owner``; its findings, the
``procedure`` it runs by and, where people corrected some, its ``corrections``, the newest last; ``goes_on_as`` is the
case in its place, which its records name in ``superseded_by``, ``mails_of_other_cases`` ids of mails that belong to it,
too), ``communications`` (every mail in and out, by time; those of kind ``note`` went to our own staff and have no file
here, those whose ``case`` is empty ask for nothing and belong to none), ``records`` (every revision), ``tasks``,
``answers`` (the newest of a field counts), ``signatures`` (each with its signed
``copy``, that copy as ``pdf`` and the ``evidence`` that came back; ``current`` false: it no longer
counts), ``promises``, ``journal`` (each entry with its ``hash`` in the ledger's chain; of release 0.1 without),
``profile_values`` (where there are any: every value proposed for the profile with its mail, who decided it and when,
what it was before; ``current`` is what holds; ``contact`` names a row of ``contacts``), ``versions`` (one row: this
format's number, the program, the ledger's count of changes).  Row ids are the ledger's, but for ``communications``,
which are counted.  Times are UTC, ISO 8601.  ``file`` is relative to the customer's folder; ``sha256`` is of that
file's bytes.

Format 2 had everything of a case but the attachments on top of its folder, and no PDFs.
Format 1 had no casework: no ``tasks``, ``answers``, ``signatures``, ``promises``, and less about each case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

from mailflow import __version__
from mailflow.adapters.sql.dossier import STAFF_OCCASIONS, Dossier, Row
from mailflow.procedures.extra import spec_of

FORMAT = 3

Files = Mapping[int, dict[str, Any]]  # what lies where, by the ledger's id
Tables = dict[str, dict[str, Any]]

_NO_RECORD: dict[str, Any] = {"record": "", "revision": None}
_ENTITY = re.compile(rb"(?im)^content-type[ \t]*:(?:[ \t]*\r?\n)?[ \t]*([^\s;]*)")
_PLAIN = frozenset(
    {b"text/plain", b"text/html", b"multipart/alternative", b"multipart/mixed", b"multipart/related"}
)  # fmt: skip
_SIGNS = re.compile(rb"(?im)name\*?\d*\*?[ \t]*=|^content-disposition|^begin [0-7]{3,4} ")
_SUBJECT = re.compile(rb"(?im)^subject[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)")


@dataclass(frozen=True, slots=True)
class Places:
    """Which file holds each row's bytes, by the ledger's ids.

    A mail, record or sent mail has ``file``, ``sha256`` and ``size``; a signature such a place as ``copy``, as ``pdf``
    and as ``evidence``, or none.
    """

    mails: Files
    records: Files
    sent: Files
    signatures: Files


def tables_of(dossier: Dossier, folders: Mapping[int | None, str], places: Places) -> Tables:
    """The tables of a customer.  ``folders`` are those of the cases, by row id."""
    numbers = {case["id"]: case["number"] for case in dossier.cases}
    findings: dict[int, list[Row]] = defaultdict(list)
    for row in dossier.findings:
        item = _without(row, "id", "case_id", "message_id")
        item["mail"] = row["message_id"]
        findings[row["case_id"]].append(item)
    goes_on = {case["number"]: case["goes_on_as"] for case in dossier.cases if case["goes_on_as"]}
    cases = {
        str(row["id"]): _without(row, "id", "handler", *(() if row["goes_on_as"] else ("goes_on_as",)))
        | {"owner": row["handler"]}
        | {"procedure": _procedure(row, dossier), "folder": folders[row["id"]], "findings": findings[row["id"]]}
        for row in dossier.cases
    }
    for row in dossier.corrections:
        said = _without(row, "case_id", "message_id") | ({"mail": row["message_id"]} if row["message_id"] else {})
        cases[str(row["case_id"])].setdefault("corrections", []).append(said)
    for row in dossier.shared:
        cases[str(row["case_id"])].setdefault("mails_of_other_cases", []).append(row["message_id"])
    communications = [_incoming(row, {None: "", **numbers}) | places.mails[row["id"]] for row in dossier.mails]
    communications += [_outgoing(row, numbers) | places.sent[row["id"]] for row in dossier.sent]
    communications.sort(key=_when)
    return {
        "profile": {"1": _without(dossier.customer, "id")},
        "contacts": {str(row["id"]): _without(row, "id") for row in dossier.contacts},
        "cases": cases,
        "communications": {str(count): row for count, row in enumerate(communications, 1)},
        "records": {
            str(row["id"]): _superseded(_of_case(row, numbers), goes_on) | places.records[row["id"]]
            for row in dossier.records
        },
        **_casework(dossier, numbers, places),
        "journal": {str(row["id"]): _of_case(row, numbers) for row in dossier.journal},
        **({"profile_values": _profile(dossier)} if dossier.profile else {}),
        "versions": {"1": {"format": FORMAT, "program": f"mailflow {__version__}", "changed": dossier.changed}},
    }


def _profile(dossier: Dossier) -> dict[str, Row]:
    return {
        str(row["id"]): _without(row, "id", "contact_id", "message_id")
        | {"contact": row["contact_id"], "mail": row["message_id"], "current": bool(row["current"])}
        for row in dossier.profile
    }


def is_note(row: Row) -> bool:
    """Did a row of the outbox go to our own staff?"""
    return str(row["occasion"]).partition(":")[0] in STAFF_OCCASIONS


def may_have_attachments(raw: bytes) -> bool:
    """Whether a mail must be decoded to know its attachments: False only when nothing in it can be one."""
    if raw.count(b"\r") != raw.count(b"\r\n"):
        return True  # unusual line ends: the signs below might be missed
    types = {match.lower() for match in _ENTITY.findall(raw)}
    return not types <= _PLAIN or _SIGNS.search(raw) is not None


def outgoing_subject(raw: bytes) -> str:
    """The subject of a mail of ours, decoded."""
    head = raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    found = _SUBJECT.search(head)
    if found is None:
        return ""
    text = re.sub(r"\r?\n[ \t]", " ", found[1].decode("utf-8", "replace")).strip()
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _procedure(case: Row, dossier: Dossier) -> Row:
    """The procedure a case runs by; empty when none does."""
    procedure = dossier.procedures.get(case["procedure"])
    if procedure is None:
        return {"sha256": case["procedure"]} if case["procedure"] else {}
    named = {"name": procedure.name, "title": procedure.title.zh, "version": procedure.version}
    return named | {"sha256": case["procedure"]}


def _casework(dossier: Dossier, numbers: Mapping[int, str], places: Places) -> Tables:
    names = {row["id"]: row["name"] for row in dossier.tasks}
    records = {row["id"]: {"record": row["number"], "revision": row["revision"]} for row in dossier.records}
    digests = {row["id"]: row["procedure"] for row in dossier.cases}

    def title(row: Row) -> str:
        procedure = dossier.procedures.get(digests[row["case_id"]])
        spec = spec_of(procedure, row["name"]) if procedure else None
        return spec.title.zh if spec else ""

    def of_task(row: Row) -> Row:
        return {"case": numbers[row["case_id"]], "task": names.get(row["task_id"], "")}

    return {
        "tasks": {
            str(row["id"]): {"case": numbers[row["case_id"]], "name": row["name"], "title": title(row)}
            | _without(row, "id", "case_id", "name", "record")
            | records.get(row["record"], _NO_RECORD)
            for row in dossier.tasks
        },
        "answers": {
            str(row["id"]): of_task(row) | _without(row, "id", "case_id", "task_id", "message_id")
            | {"mail": row["message_id"]}
            for row in dossier.answers
        },
        "signatures": {
            str(row["id"]): of_task(row)
            | records.get(row["record_id"], _NO_RECORD)
            | {name: row[name] for name in ("cell", "person", "name", "at", "way", "current")}
            | {"signed_sha256": row["signed_digest"], "mail": row["message_id"]}
            | places.signatures[row["id"]]
            for row in dossier.signatures
        },
        "promises": {
            str(row["id"]): {"case": numbers[row["case_id"]]} | _without(row, "id", "case_id")
            for row in dossier.promises
        },
    }  # fmt: skip


def _incoming(row: Row, numbers: Mapping[int | None, str]) -> Row:
    return {
        "direction": "in",
        "id": row["id"],
        "case": numbers[row["case_id"]],
        "time": row["received_at"] or row["arrived_at"] or row["collected_at"],
        "kind": row["kind"],
        "status": row["status"],
        "reason": row["reason"],
        "message_id": row["message_id"],
        "from": row["sender"],
        "subject": row["subject"],
    }


def _outgoing(row: Row, numbers: Mapping[int, str]) -> Row:
    return {
        "direction": "out",
        "id": row["id"],
        "case": numbers[row["case_id"]],
        "time": row["sent_at"] or row["created_at"],
        "kind": "note" if is_note(row) else "reply",
        "status": row["status"],
        "occasion": row["occasion"],
        "answers": row["message_id"],
        "message_id": row["mail_id"],
        "from": row["sender"],
        "to": row["recipient"],
    }


def _when(row: Row) -> tuple[str, str, int]:
    return row["time"], row["direction"], row["id"]


def _of_case(row: Row, numbers: Mapping[int, str]) -> Row:
    item = {"case": numbers[row["case_id"]]} | _without(row, "id", "case_id", "message_id", "digest", "file_name")
    item["mail"] = row["message_id"]
    return item


def _superseded(record: Row, goes_on: Mapping[str, str]) -> Row:
    """A record, marked with the case that goes on where its own does not."""
    return record | ({"superseded_by": goes_on[record["case"]]} if record["case"] in goes_on else {})


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
