"""Casework for the small office: a complaint's procedure with tasks, answers, a new version, signatures, a promise.

Rows are entered through the ledger's own operations; what they name is put into the vault first.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.ledger import SqlWork
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind, Record
from mailflow.domain.tasks import CaseStatus, IssuedRecord, NewTask, Signature, TaskStatus
from mailflow.procedures.model import FieldSpec, Procedure, TaskSpec, Title
from tests.adapters.archive.builder import FORM, Office

SPEC = FormSpec(FORM, "A/1", "顾客投诉处理单", "Complaint record", (Kind.COMPLAINT,), {}, {"reviewer": "审核"}, 6)
ZHOU, QIAN, SUN = "zhou@qinghe.example", "qian@qinghe.example", "sun@qinghe.example"
NAMES = {ZHOU: "周宁", QIAN: "钱立", SUN: "孙岚"}


def _task(zh: str, en: str, *needs: str, **more: object) -> TaskSpec:
    return TaskSpec.model_validate({"title": {"zh": zh, "en": en}, "needs": needs, **more})


PROCEDURE = Procedure(
    name="goods_complaint",
    title=Title(zh="货物投诉处理程序", en="Complaints about goods"),
    version="B/2",
    kinds=(Kind.COMPLAINT,),
    tasks={
        "plan": _task("制定处理方案", "Plan", form=FORM, role="service", asks=("plan", "resp_dept"), done_by="reply"),
        "review": _task("审核方案", "Review", "plan", form=FORM, sign="reviewer", role="quality", done_by="signature"),
        "approve": _task("批准方案", "Approve", "review", form=FORM, sign="leader", role="leader", done_by="signature"),
        "answer": _task("答复客户", "Answer", "approve", do="answer", done_by="mailflow"),
        "heard": _task("客户反馈", "Heard", "answer", event="customer.satisfaction", done_by="event"),
    },
    fields={
        "plan": FieldSpec(title=Title(zh="处理方案", en="Plan")),
        "resp_dept": FieldSpec(title=Title(zh="责任部门", en="Department"), type="department"),
    },
)


class Casework:
    """One case of an office, worked on step by step."""

    def __init__(self, office: Office, case: int) -> None:
        self.office = office
        self.case = case

    @contextlib.contextmanager
    def work(self) -> Iterator[SqlWork]:
        """A transaction of the ledger; the case's customer counts as changed when it ends."""
        with self.office.engine.connect().execution_options(writing=True) as connection, connection.begin():
            work = SqlWork(connection)
            yield work
            work.touch_case(self.case)
            work.write_journal()

    def begin(self) -> None:
        """The case runs by the procedure."""
        intake = {"class1": ["产品质量", "包装"]}
        with self.work() as work:
            work.begin_procedure(
                self.case, PROCEDURE.digest, PROCEDURE.name, PROCEDURE.text, intake, self.office.now(),
                channel="mail", subkinds="产品质量",
            )  # fmt: skip

    def newest(self) -> IssuedRecord:
        """The newest version of the case's record."""
        with self.work() as work:
            return work.issued_records(self.case)[-1]

    def open(self, name: str, person: str = "", *, hours: int = 8, record: int | None = None) -> int:
        """Open a task about the newest version, due in so many hours."""
        about = self.newest().id if record is None else record
        now = self.office.now()
        spec = PROCEDURE.tasks[name]
        with self.work() as work:
            task = NewTask(
                self.case, name, 1, TaskStatus.OPEN, role=spec.role, person=person, record=about,
                due_at=now + timedelta(hours=hours), next_at=now + timedelta(hours=hours),
            )  # fmt: skip
            return work.add_task(task, now)

    def done(self, task: int, person: str, outcome: str = "done", **answers: str) -> None:
        """A person ends a task with answers."""
        now = self.office.now()
        with self.work() as work:
            work.add_answers(self.case, task, answers, actor=person, message=None, now=now)
            assert work.finish_task(task, TaskStatus.DONE, outcome=outcome, by=person, now=now)

    def revise(self) -> IssuedRecord:
        """Print the record anew, as its next version."""
        before = self.newest()
        revision = before.revision + 1
        name = f"{before.number}-r{revision}.docx"
        digest = self.office.store(f"PK version {name}".encode())
        now = self.office.now()
        with self.work() as work:
            record = Record(before.number, before.form, before.version, before.title, digest, name, now)
            work.add_record(work.case(self.case), None, SPEC, record, {}, revision)
        return self.newest()

    def sign(self, task: int, person: str, *, way: str = "reply", evidence: bytes = b"") -> int:
        """A person signs the newest version in a task; returns the signature's row."""
        record, now = self.newest(), self.office.now()
        with self.work() as work:
            spec = PROCEDURE.tasks[self.office.scalar(sa.select(t.tasks.c.name).where(t.tasks.c.id == task))]
            count = len(work.signatures(self.case, history=True)) + 1
            name = f"{record.number}-signed-{count}"
            key = work.add_signature(
                Signature(
                    id=0, record_id=record.id, case_id=self.case, task_id=task, cell=spec.sign, person=person,
                    name=NAMES[person], at=now, way=way, signed_digest=record.digest,
                    copy_digest=self.office.store(f"PK signed {name}".encode()), copy_name=f"{name}.docx",
                    evidence_digest=hashlib.sha256(evidence).hexdigest() if evidence else "",
                    evidence_name=f"{name}-back.pdf" if evidence else "", message=None, current=True,
                )
            )  # fmt: skip
            assert work.finish_task(task, TaskStatus.DONE, outcome="signed", by=person, now=now)
        if evidence:
            self.office.store(evidence)
        return key

    def promise(self, words: str, days: int) -> int:
        """The approved answer promises something."""
        now = self.office.now()
        with self.work() as work:
            return work.add_promise(
                self.case, "date", words, now + timedelta(days=days), approved_by=SUN, now=now
            )  # fmt: skip

    def outdate(self, *names: str) -> None:
        """Tasks become history."""
        with self.work() as work:
            work.outdate_tasks(self.case, names, self.office.now())

    def close(self, status: CaseStatus = CaseStatus.CLOSED) -> None:
        """The case is closed."""
        with self.work() as work:
            work.close_case(self.case, status, self.office.now())


def worked_case(office: Office, customer: int | None = None) -> Casework:
    """A complaint with everything: two versions, one signature that no longer counts, one that does, a promise.

    Its approval (by SUN) is open.
    """
    case = Casework(office, office.complaint(customer))
    case.begin()
    plan = case.open("plan", ZHOU)
    case.done(plan, ZHOU, plan="补发两箱", resp_dept="仓库部")
    case.sign(case.open("review", QIAN), QIAN, way="scan", evidence=b"%PDF first scan")
    case.outdate("review")
    case.revise()
    case.sign(case.open("review", QIAN), QIAN, way="word", evidence=b"PK came back")
    case.promise("三日内补发", 3)
    case.open("approve", SUN)
    return case
