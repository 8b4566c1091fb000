"""Records of a case: issued with a number, as a new version when their contents change, and copied when signed.

An issued file is never changed.  A new version keeps the number.  Earlier signatures stand with the version they
signed, as long as nothing their signers answer for reads otherwise, and are asked for anew when it does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mailflow.casework.desk import Desk
from mailflow.casework.fields import ANSWER, printed_fields, repeats_answer
from mailflow.casework.photos import HEADING, shown
from mailflow.casework.places import FIELD_TAG, unasked
from mailflow.casework.step import Step, Turn
from mailflow.domain.errors import PermanentError
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Record
from mailflow.domain.picture_ports import PHOTOS, PHOTOS_TITLE, PICTURES
from mailflow.domain.tasks import IssuedRecord, Signature, Task, TaskStatus
from mailflow.procedures.model import Procedure, from_text
from mailflow.records.clean import BLANK
from mailflow.records.qr import payload
from mailflow.records.returned import ANSWER_TAG, SIGN_TAG
from mailflow.records.sections import changes
from mailflow.sentences.catalogue import names, worded

WAYS_EN = {"reply": "by e-mail", "word": "in Word", "scan": "on paper", "console": "in the system"}
ENGLISH = frozenset({"JL-23-10E"})  # forms for readers of English
RECORD_NUMBER = "record_number"
"""The numbers records of a case get, by form, where the case was opened with them."""

CLOSER, CLOSED_AT = "closer", "closed_at"


@dataclass(frozen=True, slots=True)
class Given:
    """The signatures of one record, in the order given; ``versions`` are its versions by their rows.

    ``unasked`` are the tags of cells and fields that nobody is asked for: they print a slash.  ``named`` are cells in
    which nobody signs and that name who did a step of the case, and when.
    """

    every: tuple[Signature, ...] = ()
    versions: Mapping[int, IssuedRecord] = field(default_factory=dict)
    unasked: frozenset[str] = frozenset()
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> list[Signature]:
        """Those that count."""
        return [item for item in self.every if item.current]

    def without(self, void: Collection[Signature]) -> Given:
        """The same, but that these count no longer."""
        ids = {item.id for item in void}
        return replace(
            self, every=tuple(replace(item, current=False) if item.id in ids else item for item in self.every)
        )

    def words(self, item: Signature, form: str, revision: int, desk: Desk) -> str:
        """A signature as it is printed into its cell of this revision of the record.

        Beside name, time and way: the version he signed, where it is another one; and when he first signed, where what
        he had signed was changed and he signed again.
        """
        english = form in ENGLISH
        language = "en" if english else "zh"
        ways = WAYS_EN if english else names("ways")
        more = []
        mine = [other for other in self.every if (other.cell, other.person) == (item.cell, item.person)]
        if mine and mine[0].id != item.id and not mine[0].current:
            first = f"{mine[0].at.astimezone(desk.zone):%Y-%m-%d}"
            more.append(worded(language, "first {day}", day=first))
        signed = self.versions.get(item.record_id)
        if signed is not None and signed.revision != revision and self._reads_more(item, form, signed, revision, desk):
            more.append(worded(language, "version|version {revision}", revision=signed.revision))
        words = f"{item.name} {item.at.astimezone(desk.zone):%Y-%m-%d %H:%M} {ways.get(item.way, item.way)}"
        return f"{words}{worded_in_brackets(more, english)}"

    def _reads_more(self, item: Signature, form: str, signed: IssuedRecord, revision: int, desk: Desk) -> bool:
        """Does this revision say more of what he answers for than the one he signed?  Of an unknown one it may."""
        spec = desk.form(form)
        now = next((other for other in self.versions.values() if other.revision == revision), None)
        return spec is None or now is None or bool(changes(spec, item.cell, signed.fields, now.fields, blanks=True))


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
    number = previous.number if previous else _first_number(step, spec)
    given = signed_on(step, previous) if previous else Given((), {}, *_by_others(step, file.case.id, spec))
    void: list[Signature] = []
    if previous:
        repeated = {ANSWER} if repeats_answer(spec) else set()
        void = [item for item in given.standing if _is_void(item, spec, given, previous.fields, stored, repeated)]
        now = replace(previous, id=0, revision=revision, fields=stored)
        given = replace(given, versions={**given.versions, now.id: now})
    given = given.without(void)
    content = _render(code, fields, number, revision, given, step.desk, step.now)
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


def signed_copy(record: IssuedRecord, given: Given, desk: Desk, now: datetime) -> bytes:
    """The record with its signature cells filled: the same words as issued, and who signed when and how."""
    closed = next((item.at for item in given.standing if item.cell == CLOSER), None)
    fields = dict(record.fields)
    if closed is not None and fields.get(CLOSED_AT) == "":
        fields[CLOSED_AT] = f"{closed.astimezone(desk.zone):%Y-%m-%d}"  # who signs the closing closes it that day
        fields |= dict.fromkeys(_left_blank(desk.form(record.form), fields), BLANK)
    return _render(record.form, fields, record.number, record.revision, given, desk, now)


def _first_number(step: Step, form: FormSpec) -> str:
    """The number a new record gets: the one its case was opened with, where that is free, else the next one."""
    own = str(step.file.state.intake.get(RECORD_NUMBER, {}).get(form.code, ""))
    if own and not step.work.record_by_number(own):
        return own
    return step.desk.series.next_record(form, step.work, step.now)


def _left_blank(form: FormSpec | None, fields: Mapping[str, Any]) -> list[str]:
    """What nobody said until the closing, of what no signature but the closer's and later ones stands for."""
    sections = form.sections.values() if form else ()
    mine = [name for section in sections if CLOSER in section.signers for name in section.fields]
    return [name for name in mine if fields.get(name) == ""]


def signed_on(turn: Turn, record: IssuedRecord, signing: str = "") -> Given:
    """The signatures of a record up to this version of it, with those that no longer count.

    ``signing`` is the task that is signed at this moment.
    """
    versions = {item.id: item for item in turn.work.record_by_number(record.number) if item.revision <= record.revision}
    every = [item for item in turn.work.signatures(record.case_id, history=True) if item.record_id in versions]
    form = turn.desk.form(record.form)
    others = _by_others(turn, record.case_id, form, signing) if form else (frozenset[str](), {})
    return Given(tuple(every), versions, *others)


def _by_others(turn: Turn, case_id: int, form: FormSpec, signing: str = "") -> tuple[frozenset[str], Mapping[str, str]]:
    """What of a form nobody is asked for, and its cells that name who did a step, as the case stands at this moment."""
    if isinstance(turn, Step) and turn.file.case.id == case_id:
        procedure, tasks = turn.file.procedure, turn.file.tasks
    else:
        state = turn.work.case_state(case_id)
        if not state.procedure:
            return frozenset(), {}
        procedure = from_text(turn.work.procedure_text(state.procedure))
        tasks = {task.name: task for task in turn.work.tasks(case_id)}
    return unasked(procedure, tasks, form, signing), _named(turn, procedure, tasks, form)


def _named(turn: Turn, procedure: Procedure, tasks: Mapping[str, Task], form: FormSpec) -> dict[str, str]:
    """Who did the steps that cells of a form name.  For a department its head alone stands."""
    staff, found = turn.desk.staff(), {}
    for name, spec in procedure.tasks.items():
        task, cell = tasks.get(name), spec.named_in.get(form.code)
        if not cell or task is None or task.status is not TaskStatus.DONE or task.done_at is None:
            continue
        person = staff.by_address(task.done_by)
        at = task.done_at.astimezone(turn.desk.zone)
        field = procedure.fields.get(spec.who)
        if person is None or task.outcome not in ("done", "signed"):
            continue
        if field is not None and field.type == "department" and staff.head_of(person.department, at.date()) != person:
            continue
        record = turn.work.issued_record(task.record) if task.outcome == "signed" and task.record else None
        how = worded("zh", "signed {number}", number=record.number) if record else worded("zh", "filled in")
        found[cell] = f"{person.name} {at:%Y-%m-%d %H:%M} {how}"
    return found


def as_it_stands(turn: Turn, record: IssuedRecord) -> bytes:
    """The record as it is to be signed now: as issued, or with the signatures given so far.

    Raises NeedsPerson or PermanentError when its file cannot be had.
    """
    given = signed_on(turn, record)
    is_printed = all(item.at < record.issued_at for item in given.standing)  # in the file as it was issued
    return turn.desk.vault.get(record.digest) if is_printed else signed_copy(record, given, turn.desk, turn.now)


def copy_name(record: IssuedRecord, count: int, suffix: str = ".docx") -> str:
    """The file name of the n-th signed copy of a record."""
    return f"{record.number}-signed-{count}{suffix}"


def _render(
    code: str,
    fields: Mapping[str, Any],
    number: str,
    revision: int,
    given: Given,
    desk: Desk,
    now: datetime,
) -> bytes:
    cells: dict[str, str] = {}
    for item in given.standing:  # several people may sign one cell: every receiver of a notice does
        words = given.words(item, code, revision, desk)
        cells[item.cell] = "；".join(filter(None, (cells.get(item.cell, ""), words)))
    for tag in given.unasked:
        kind, _, name = tag.rpartition(":")
        if f"{kind}:" == SIGN_TAG:
            cells.setdefault(name, given.named.get(name, BLANK))
        elif f"{kind}:" == FIELD_TAG and fields.get(name) == "":
            fields = {**fields, name: BLANK}
    answers = {name: BLANK if not said and f"{ANSWER_TAG}{name}" in given.unasked else said
               for name, said in fields.get("answer", {}).items()}  # fmt: skip
    photos = {PHOTOS: shown(fields.get(PICTURES), desk), PHOTOS_TITLE: worded("zh", HEADING)}
    system = {"record_no": number, "qr": payload(number, str(revision), desk.secret), "sig": cells, "issued_at": now}
    given_answers = {"answer": answers} if answers else {}
    return desk.forms.fill(code, {**fields, **system, **photos, **given_answers})


def worded_in_brackets(words: Sequence[str], english: bool) -> str:
    """What is said behind a signature; empty when nothing is."""
    if not words:
        return ""
    return f" ({', '.join(words)})" if english else f"（{'，'.join(words)}）"


def _is_void(
    item: Signature, form: FormSpec, given: Given, previous: Mapping[str, Any], now: Mapping[str, Any],
    repeated: Collection[str],
) -> bool:  # fmt: skip
    """Did what he answers for change since he signed it?  What a form without sections only repeats does not count."""
    signed = given.versions.get(item.record_id)
    if form.sections and signed is not None:
        return bool(changes(form, item.cell, signed.fields, now))
    return bool(changes(form, item.cell, previous, now, but=repeated))
