"""Records of a case: issued with a number, as a new version when their contents change, and copied when signed.

An issued file is never changed.  A new version keeps the number; earlier signatures go with it as long as nothing
they stood for reads otherwise, and are asked for anew when it does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.casework.desk import Desk
from mailflow.casework.fields import ANSWER, printed_fields, repeats_answer
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Record
from mailflow.domain.tasks import IssuedRecord, Signature
from mailflow.records.clean import BLANK
from mailflow.records.qr import payload

WAYS = {"reply": "邮件签字", "word": "Word回签", "scan": "纸质签字", "console": "系统签字"}
WAYS_EN = {"reply": "by e-mail", "word": "in Word", "scan": "on paper", "console": "in the system"}
ENGLISH = frozenset({"JL-23-10E"})  # forms for readers of English
CLOSER, CLOSED_AT = "closer", "closed_at"
_UNSAID: Collection[Any] = ("", BLANK, None)


@dataclass(frozen=True, slots=True)
class Issued:
    """A record of a case.  ``blob`` is its file when it was made just now, to be stored before the commit.

    ``void`` are the signatures that no longer count, because what they stood for was changed.
    """

    record: IssuedRecord
    blob: bytes | None = None
    void: tuple[Signature, ...] = ()


def issue(step: Step, code: str, *, message: int | None = None) -> Issued:
    """The record of this form for a case as it stands now: the one there is, a new version of it, or a new one."""
    file = step.file
    spec = step.desk.form(code)
    if spec is None:
        remedy = "put it into the templates folder, or change the procedure"
        raise PermanentError(f"there is no form {code}", remedy=remedy)
    previous = file.records.get(code)
    fields = printed_fields(step, spec, previous.fields if previous else None)
    stored = json.loads(json.dumps(fields, ensure_ascii=False, default=str))
    if previous and previous.version == spec.version and previous.fields == stored:
        return Issued(previous)
    revision = previous.revision + 1 if previous else 1
    number = previous.number if previous else step.desk.series.next_record(spec, step.work, step.now)
    standing: list[Signature] = []
    void: list[Signature] = []
    if previous:
        ids = {record.id for record in step.work.record_by_number(previous.number)}
        signed = [item for item in step.work.signatures(file.case.id) if item.record_id in ids]
        repeated = {ANSWER} if repeats_answer(spec) else set()
        (void if _altered(previous.fields, stored, repeated) else standing).extend(signed)
    content = _render(code, fields, number, revision, standing, step.desk, step.now)
    name = f"{number}.docx" if revision == 1 else f"{number}-r{revision}.docx"
    record = Record(number, code, spec.version, spec.title, hashlib.sha256(content).hexdigest(), name, step.now)
    key = step.work.add_record(file.case, message, spec, record, stored, revision)
    step.journal("record.issued", message=message, record=number, revision=revision,
        sha256=record.digest,
    )  # fmt: skip
    issued = IssuedRecord(
        key, file.case.id, number, revision, code, spec.version, spec.title, record.digest, name, step.now, stored
    )
    file.records[code] = issued
    return Issued(issued, content, tuple(void))


def signed_copy(record: IssuedRecord, signatures: Sequence[Signature], desk: Desk, now: datetime) -> bytes:
    """The record with its signature cells filled: the same words as issued, and who signed when and how."""
    closed = next((item.at for item in signatures if item.cell == CLOSER), None)
    fields = dict(record.fields)
    if closed is not None and fields.get(CLOSED_AT) == "":
        fields[CLOSED_AT] = f"{closed.astimezone(desk.zone):%Y-%m-%d}"  # who signs the closing closes it that day
    return _render(record.form, fields, record.number, record.revision, signatures, desk, now)


def as_it_stands(turn: Turn, record: IssuedRecord) -> bytes:
    """The record as it is to be signed now: as issued, or with the signatures given so far.

    Raises NeedsPerson or PermanentError when its file cannot be had.
    """
    given = [item for item in turn.work.signatures(record.case_id) if item.record_id == record.id]
    return signed_copy(record, given, turn.desk, turn.now) if given else turn.desk.vault.get(record.digest)


def copy_name(record: IssuedRecord, count: int, suffix: str = ".docx") -> str:
    """The file name of the n-th signed copy of a record."""
    return f"{record.number}-signed-{count}{suffix}"


def _render(
    code: str,
    fields: Mapping[str, Any],
    number: str,
    revision: int,
    signatures: Sequence[Signature],
    desk: Desk,
    now: datetime,
) -> bytes:
    cells: dict[str, str] = {}
    for item in signatures:  # several people may sign one cell: every receiver of a notice does
        cells[item.cell] = "；".join(filter(None, (cells.get(item.cell, ""), signature_words(item, code, desk))))
    system = {"record_no": number, "qr": payload(number, str(revision), desk.secret), "sig": cells, "issued_at": now}
    return desk.forms.fill(code, {**fields, **system})


def signature_words(item: Signature, code: str, desk: Desk) -> str:
    """A signature as it is printed into its cell."""
    ways = WAYS_EN if code in ENGLISH else WAYS
    return f"{item.name} {item.at.astimezone(desk.zone):%Y-%m-%d %H:%M} {ways.get(item.way, item.way)}"


def _altered(old: Mapping[str, Any], new: Mapping[str, Any], repeated: Collection[str]) -> bool:
    """Does anything that was said read otherwise now?  Filling a blank alters nothing; layout hints do not count, nor
    what is only ``repeated`` from another record, where it is signed for.
    """
    return any(
        value not in _UNSAID and value != [] and new.get(name) != value and not isinstance(value, bool)
        for name, value in old.items()
        if name != "answer"
    ) or any(
        value and new.get("answer", {}).get(name) != value
        for name, value in old.get("answer", {}).items()
        if name not in repeated
    )
