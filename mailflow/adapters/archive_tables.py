"""What ``archive.json`` says: a customer's rows as TinyDB tables, in words that outlive the ledger.

Format 1.  Tables: ``profile`` (one row), ``contacts``, ``cases`` (each with its findings and,
where people corrected some, its ``corrections``, the newest last), ``communications`` (every mail in and out, by
time), ``records``, ``journal``, ``versions`` (one row: this format's number, the program, the ledger's count of
changes).  Row ids are the ledger's, but for ``communications``, which are counted.  Times are UTC, ISO 8601.
``file`` is relative to the customer's folder; ``sha256`` is of that file's bytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

from mailflow import __version__
from mailflow.adapters.sql.dossier import Dossier, Row

FORMAT = 1

Files = Mapping[int, dict[str, Any]]  # what lies where, by the ledger's id
Tables = dict[str, dict[str, Any]]

_ENTITY = re.compile(rb"(?im)^content-type[ \t]*:(?:[ \t]*\r?\n)?[ \t]*([^\s;]*)")
_PLAIN = frozenset(
    {b"text/plain", b"text/html", b"multipart/alternative", b"multipart/mixed", b"multipart/related"}
)  # fmt: skip
_SIGNS = re.compile(rb"(?im)name\*?\d*\*?[ \t]*=|^content-disposition|^begin [0-7]{3,4} ")
_SUBJECT = re.compile(rb"(?im)^subject[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)")


def tables_of(dossier: Dossier, folders: Mapping[int, str], mails: Files, records: Files, sent: Files) -> Tables:
    """The tables of a customer.  ``mails``, ``records`` and ``sent`` say which file holds each row's bytes."""
    numbers = {case["id"]: case["number"] for case in dossier.cases}
    findings: dict[int, list[Row]] = defaultdict(list)
    for row in dossier.findings:
        item = _without(row, "id", "case_id", "message_id")
        item["mail"] = row["message_id"]
        findings[row["case_id"]].append(item)
    cases = {
        str(row["id"]): _without(row, "id") | {"folder": folders[row["id"]], "findings": findings[row["id"]]}
        for row in dossier.cases
    }
    for row in dossier.corrections:
        cases[str(row["case_id"])].setdefault("corrections", []).append(_without(row, "case_id"))
    communications = [_incoming(row, numbers) | mails[row["id"]] for row in dossier.mails]
    communications += [_outgoing(row, numbers) | sent[row["id"]] for row in dossier.sent]
    communications.sort(key=_when)
    return {
        "profile": {"1": _without(dossier.customer, "id")},
        "contacts": {str(row["id"]): _without(row, "id") for row in dossier.contacts},
        "cases": cases,
        "communications": {str(count): row for count, row in enumerate(communications, 1)},
        "records": {str(row["id"]): _of_case(row, numbers) | records[row["id"]] for row in dossier.records},
        "journal": {str(row["id"]): _of_case(row, numbers) for row in dossier.journal},
        "versions": {"1": {"format": FORMAT, "program": f"mailflow {__version__}", "changed": dossier.changed}},
    }


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


def _incoming(row: Row, numbers: Mapping[int, str]) -> Row:
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
        "kind": "reply",
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


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
