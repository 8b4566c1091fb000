"""The shipped procedures: sound together with the shipped forms and roles, and saying what the obligations ask for."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from docx import Document
from docx.oxml.ns import qn

from mailflow.casework.places import ALIASES
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind
from mailflow.domain.tasks import CaseStatus
from mailflow.procedures.checks import minutes
from mailflow.procedures.conditions import compared_words, holds
from mailflow.procedures.diagram import mermaid, rows
from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import Procedure, Procedures, from_text
from mailflow.procedures.trial import BLANK_FACTS, Trial, try_out
from mailflow.reading.matching.reasons import REASONS, SUBKINDS
from mailflow.settings import shipped as defaults
from mailflow.settings import yaml_file
from tests.read_once import load_forms

NAMES = (
    "certificate", "complaint", "complaint_oral", "corrective_action", "duty", "duty_analysis", "duty_review",
    "duty_service_review", "info_update", "inquiry", "invoice", "order", "order_change", "praise", "return_goods",
    "rfq", "suggestion", "survey", "survey_follow_up",
    "survey_reply",
)  # fmt: skip
ANSWERED = sorted(
    set(NAMES)
    - {"corrective_action", "duty", "duty_analysis", "duty_review", "duty_service_review", "info_update", "praise"}
    - {"survey", "survey_follow_up", "survey_reply"}
)


@cache
def shipped() -> Procedures:
    rules = defaults.folder("rules")
    forms, wrong = load_forms(defaults.folder("templates") / "forms")
    assert forms is not None, wrong
    staff, _ = yaml_file.read(rules / "staff.yaml")
    assert staff is not None
    specs = {spec.code: spec for spec in forms.specs()}
    procedures, problems = load_procedures(rules / "procedures", forms=specs, roles=staff.data["roles"])
    assert procedures is not None, problems
    return procedures


def named(name: str) -> Procedure:
    found = shipped().named(name)
    assert found is not None
    return found


@cache
def tried(name: str) -> Trial:
    return try_out(named(name))


def test_all_are_there_and_sound() -> None:
    assert tuple(item.name for item in shipped().all) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_way_ends_and_every_task_can_become_due(name: str) -> None:
    found = tried(name)
    assert found.is_sound, found
    assert found.paths >= 1


@pytest.mark.parametrize("name", ANSWERED)
def test_the_customer_is_answered_on_every_way(name: str) -> None:
    assert tried(name).unanswered == 0


@pytest.mark.parametrize("name", ["complaint", "complaint_oral", "return_goods"])
def test_unsatisfied_customers_end_with_reason_and_approval(name: str) -> None:
    assert set(tried(name).ends) == {CaseStatus.CLOSED, CaseStatus.CLOSED_UNSATISFIED}
    procedure = named(name)
    last = procedure.tasks["close_unsatisfied"]
    before = set(procedure.order) - set(procedure.after("close_unsatisfied"))
    assert {"end_reason", "approve_end", "close_record"} <= before
    assert last.needs == ("close_record",)
    assert procedure.tasks["end_reason"].asks == ("end_reason",)
    assert (procedure.tasks["approve_end"].role, procedure.tasks["approve_end"].done_by) == ("leader", "signature")


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_procedure_reads_back_the_same(name: str) -> None:
    procedure = named(name)
    assert from_text(procedure.text) == procedure
    assert from_text(procedure.text).digest == procedure.digest


def test_a_changed_copy_of_a_procedure_is_kept_as_what_it_has_become() -> None:
    procedure = named("complaint")
    before = procedure.digest, procedure.tasks["register"].fills()
    register = procedure.tasks["register"].model_copy(update={"may": ("end_reason",)})
    changed = procedure.model_copy(update={"tasks": {**procedure.tasks, "register": register}})
    assert "end_reason" in changed.tasks["register"].fills()
    assert from_text(changed.text) == changed != procedure
    assert changed.digest != procedure.digest
    assert (procedure.digest, procedure.tasks["register"].fills()) == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_all_can_be_drawn_and_listed(name: str, language: str) -> None:
    procedure = named(name)
    assert mermaid(procedure, language).count("\n") > len(procedure.tasks)
    assert len(list(rows(procedure, language))) == len(procedure.tasks)


@pytest.mark.parametrize(
    ("kind", "facts", "name"),
    [
        (Kind.COMPLAINT, {"subkinds": ["产品质量"]}, "complaint"),
        (Kind.COMPLAINT, {"subkinds": ["产品质量", "退换货"]}, "complaint"),
        (Kind.COMPLAINT, {"subkinds": ["退换货"]}, "return_goods"),
        (Kind.COMPLAINT, {"channel": "oral", "subkinds": ["服务态度"]}, "complaint_oral"),
        (Kind.COMPLAINT, {"channel": "oral", "subkinds": ["退换货"]}, "complaint_oral"),
        (Kind.INQUIRY, {}, "inquiry"),
        (Kind.INQUIRY, {"subkinds": ["证书"]}, "certificate"),
        (Kind.INQUIRY, {"subkinds": ["开票"]}, "invoice"),
        (Kind.INQUIRY, {"subkinds": ["证书", "开票"]}, "certificate"),
        (Kind.FOLLOWUP, {"subkinds": ["催办"]}, "inquiry"),
        (Kind.SURVEY_REPLY, {}, "survey_reply"),
        (Kind.CAPA, {}, "corrective_action"),
        (Kind.RFQ, {}, "rfq"),
        (Kind.ORDER, {}, "order"),
        (Kind.ORDER_CHANGE, {}, "order_change"),
        (Kind.SUGGESTION, {}, "suggestion"),
        (Kind.PRAISE, {}, "praise"),
        (Kind.INFO_UPDATE, {}, "info_update"),
    ],
)
def test_each_case_gets_its_procedure(kind: Kind, facts: dict[str, object], name: str) -> None:
    chosen = shipped().choose(kind, {**BLANK_FACTS, **facts, "kind": kind.value})
    assert chosen is not None
    assert chosen.name == name


def test_sub_kinds_are_those_the_reading_rules_give() -> None:
    for procedure in shipped().all:
        for condition in (procedure.when, *(task.when for task in procedure.tasks.values())):
            words = compared_words(condition).get("subkinds", frozenset()) if condition else frozenset()
            assert words <= set(SUBKINDS), (procedure.name, condition)


def test_reason_codes_are_those_of_the_reading_rules() -> None:
    assert set(named("complaint").fields["reason_code"].choices) == set(REASONS)


# ------------------------------------------------------------------------------------------- what must not get lost


def before(procedure: Procedure, name: str) -> set[str]:
    """All that is finished before a task begins."""
    found: set[str] = set()
    open_ = list(procedure.tasks[name].needs)
    while open_:
        item = open_.pop()
        if item not in found:
            found.add(item)
            open_ += procedure.tasks[item].needs
    return found


@pytest.mark.parametrize("name", ["complaint", "complaint_oral", "return_goods"])
def test_a_plan_is_due_within_thirty_minutes_of_receipt_and_the_customer_is_held_before(name: str) -> None:
    plan = named(name).tasks["plan"]
    assert (plan.needs, plan.within, plan.asks) == ((), "30m", ("plan",))
    early = {step.do for step in plan.overdue if minutes(step.at) < 0}
    assert {"hold_customer", "escalate"} <= early
    assert "plan" in before(named(name), "tell_plan")


@pytest.mark.parametrize("name", ["complaint", "complaint_oral", "return_goods"])
def test_no_plan_reaches_the_customer_that_another_person_did_not_approve(name: str) -> None:
    approve, tell = named(name).tasks["approve_plan"], named(name).tasks["tell_plan"]
    assert (approve.when, approve.role, approve.unlike) == ("", "service_manager", ("plan",))
    assert tell.needs == ("approve_plan",)
    for promised in (True, False):  # whether the software sees a promise in it makes no difference
        assert not holds(tell.when, {"promised": promised, "plan_approved": ""})
        assert not holds(tell.when, {"promised": promised, "plan_approved": "不同意"})
        assert holds(tell.when, {"promised": promised, "plan_approved": "同意"})


def test_the_original_of_a_grave_complaint_goes_to_three_who_sign_and_the_leader_is_told() -> None:
    complaint = named("complaint")
    for name, role in (
        ("receive_quality", "quality"),
        ("receive_technical", "technical"),
        ("receive_management_rep", "management_rep"),
        ("leader_informed", "leader"),
    ):
        task = complaint.tasks[name]
        assert (task.role, task.done_by, task.attach) == (role, "signature", ("original",))
        assert compared_words(task.when)["severity"] == {"重大", "恶性"}
        assert name in before(complaint, "close_record")


def test_the_accused_has_no_hand_in_it() -> None:
    complaint = named("complaint")
    for name in (
        "appoint",
        "investigate",
        "sign_investigation",
        "finding",
        "disposition",
        "draft_answer",
        "approve_plan",
        "review_registration",
        "close_record",
    ):
        assert complaint.tasks[name].not_accused, name


def test_whoever_did_it_does_not_judge_approve_or_verify_it() -> None:
    complaint = named("complaint")
    assert "investigate" in complaint.tasks["finding"].unlike
    assert {"investigate", "draft_answer"} <= set(complaint.tasks["approve_answer"].unlike)
    assert {"capa_plan", "capa_do"} <= set(complaint.tasks["capa_verify"].unlike)
    assert complaint.tasks["capa_approve"].role == "management_rep"
    assert "rework_order" in complaint.tasks["rework_check"].unlike


def test_validity_is_judged_in_one_step_only_and_after_the_investigation() -> None:
    for procedure in shipped().all:
        asking = [name for name, task in procedure.tasks.items() if {"validity", "reason_code"} & set(task.fills())]
        assert asking == (["finding"] if procedure.name.startswith("complaint") else []), procedure.name
    assert "investigate" in before(named("complaint"), "finding")


def test_nothing_is_sent_that_nobody_signed() -> None:
    for procedure in shipped().all:
        for name, task in procedure.tasks.items():
            if task.do == "answer":
                signed = [procedure.tasks[other] for other in task.needs]
                assert all(item.done_by == "signature" for item in signed), (procedure.name, name)


@pytest.mark.parametrize("name", ["rfq", "order"])
def test_offers_and_orders_are_reviewed_and_approved_before_anything_is_promised(name: str) -> None:
    done = before(named(name), "draft_answer")
    assert {"requirements", "conclude", "approve_review"} <= done
    assert {f"ask_{who}" for who in ("technical", "quality", "production", "purchasing", "finance")} <= done


def test_a_changed_order_is_reviewed_anew_and_signed_by_both_sides() -> None:
    change = named("order_change")
    done = before(change, "tell_departments")
    assert {"ask_production", "conclude", "approve_change", "sign_supplier", "send_answer", "customer_agrees"} <= done
    assert change.tasks["customer_agrees"].event == "customer.confirmed"
    assert change.tasks["send_answer"].form == "JL-7.2-03"


def test_a_certificate_is_never_issued_without_data() -> None:
    certificate = named("certificate")
    for name, task in certificate.tasks.items():
        if task.form == "JL-8.6-03":
            assert task.when == 'data_there == "是"'
            assert "fill_certificate" in before(certificate, name)
    assert {"inspection", "inspected_on", "conclusion"} <= set(certificate.tasks["fill_certificate"].asks)
    assert certificate.tasks["sign_quality"].role == "quality"


def test_an_oral_complaint_is_written_down_distributed_and_received() -> None:
    oral = named("complaint_oral")
    assert (oral.tasks["write_sheet"].form, oral.tasks["write_sheet"].needs) == ("JL-23-02", ())
    receivers = [task for task in oral.tasks.values() if task.sign == "receiver"]
    assert {task.role for task in receivers} == {"quality", "technical", "management_rep"}
    assert len(receivers) == 4
    assert set(named("complaint").tasks) < set(oral.tasks)


def test_every_task_of_people_has_a_time_and_somebody_who_hears_when_it_passes() -> None:
    for procedure in shipped().all:
        for name, task in procedure.tasks.items():
            if task.done_by in ("signature", "reply", "event"):
                assert task.within, (procedure.name, name)
                assert "escalate" in {step.do for step in task.overdue}, (procedure.name, name)


def test_defaults_are_said_to_be_defaults() -> None:
    for file in sorted((defaults.folder("rules") / "procedures").rglob("*.yaml")):
        text = file.read_text("utf-8")
        assert text.startswith("# "), file.name
        if "within:" in text:
            assert "默认值" in text, file.name


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_of_what_somebody_else_is_to_sign_at_the_time(name: str) -> None:
    procedure = named(name)
    held = {key: task for key, task in procedure.tasks.items() if task.form and task.done_by in ("signature", "reply")}
    forms, _ = load_forms(defaults.folder("templates") / "forms")
    assert forms is not None
    specs = {spec.code: spec for spec in forms.specs()}

    def answers_for(cell: str, form: FormSpec) -> set[str]:
        """What a cell's signer answers for; whoever only fills the form in has all of it before him."""
        mine = [section for section in form.sections.values() if not cell or cell in section.signers]
        found = {field for section in mine for field in section.fields}
        return found | {asked for printed, asked in ALIASES.items() if printed in found}

    for changing, task in held.items():
        for other, beside in held.items():
            his_own = task.sign and task.sign == beside.sign
            if task.form != beside.form or other == changing or his_own:
                continue
            if not answers_for(beside.sign, specs[task.form]) & {*task.fills()}:
                continue
            assert changing in before(procedure, other) or other in before(procedure, changing), (changing, other)


def test_reason_codes_mean_the_same_in_readings_mails_and_on_the_form() -> None:
    field = named("complaint").fields["reason_code"]
    assert {code: (title.zh, title.en) for code, title in field.meanings.items()} == {
        code: (reason.zh, reason.en) for code, reason in REASONS.items()
    }
    printed = Document(str(defaults.folder("templates") / "forms" / "JL-23-03.docx"))
    words = "".join(item.text or "" for item in printed.element.body.iter(qn("w:t")))
    for code, reason in REASONS.items():
        assert f"{code} {reason.zh}" in words


SAME_FACT = {"accused", "internal_note"}
"""One fact of the case, which whoever knows better puts right; and remarks among ourselves, which no form prints."""


def can_be_together(procedure: Procedure, one: str, other: str) -> bool:
    """Is there a case that comes to both steps?  A report is asked for by the customer, or decided on by ourselves."""
    whens = [procedure.tasks[name].when for name in (one, other)]
    if not all("report" in when for when in whens):
        return True
    said = itertools.product(("", "3D", "5D", "8D"), ("有效", "一般无效"), ("是", "否"))
    return any(
        all(holds(when, {"report": report, "validity": validity, "needs_8d": needs}) for when in whens)
        for report, validity, needs in said
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_step_overwrites_what_another_step_wrote(name: str) -> None:
    """A field two tasks write stands on the form of each, and on no form of a third as if it were both."""
    procedure = named(name)
    forms, _ = load_forms(defaults.folder("templates") / "forms")
    assert forms is not None
    controls = {spec.code: spec.answers for spec in forms.specs()}
    writers: dict[tuple[str, str], list[str]] = {}
    for task, spec in procedure.tasks.items():
        for field in spec.fills():
            place = spec.form if field in controls.get(spec.form, {}) else "the case"
            writers.setdefault((field, place), []).append(task)
    both = {
        place: [one for one in tasks if any(can_be_together(procedure, one, other) for other in tasks if other != one)]
        for place, tasks in writers.items()
        if place[0] not in SAME_FACT
    }
    shared = {place: tasks for place, tasks in both.items() if tasks}
    assert shared == {}
