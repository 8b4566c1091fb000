"""What the shipped procedures ask of people: the duties a quality manager would look for, beyond being sound."""

from __future__ import annotations

import pytest

from mailflow.procedures.conditions import holds
from mailflow.procedures.model import TaskSpec
from tests.obligations.shipped import before, forms, named, procedures

JUDGEMENTS = {"validity", "reason_code", "reason_basis", "accused", "resp_person", "hear_staff"}
"""What is about people or about the customer's motives, and is for our eyes only."""


def people_tasks(name: str) -> dict[str, TaskSpec]:
    return {key: task for key, task in named(name).tasks.items() if task.done_by in ("signature", "reply", "event")}


def test_an_investigation_gathers_facts_evidence_both_sides_causes_and_gaps() -> None:
    asked = set(named("complaint").tasks["investigate"].asks)
    assert {"facts_found", "evidence_list", "hear_customer", "hear_staff", "gaps", "cause_occur"} <= asked
    assert asked <= set(forms()["JL-23-03"].answers)


def test_an_investigator_is_named_by_customer_service_and_has_a_time() -> None:
    complaint = named("complaint")
    assert complaint.tasks["appoint"].role == "service_manager"
    assert complaint.tasks["appoint"].asks == ("investigator",)
    assert complaint.tasks["investigate"].who == "investigator"
    assert complaint.tasks["investigate"].within


def test_the_department_responsible_is_heard_acts_and_has_a_time() -> None:
    complaint = named("complaint")
    for name in ("heard_dept", "capa_plan"):
        assert complaint.tasks[name].who == "resp_dept"
        assert complaint.tasks[name].within
        assert "escalate" in {step.do for step in complaint.tasks[name].overdue}


def test_correction_corrective_and_preventive_action_are_three_things() -> None:
    asked = named("complaint").tasks["capa_plan"].asks
    assert {"correction", "action", "preventive", "verify_plan"} <= set(asked)
    answers = forms()["JL-8.5-01"].answers
    assert len({answers[name] for name in ("correction", "action", "preventive")}) == 3


def test_nothing_closes_before_the_effect_is_verified_by_somebody_else() -> None:
    complaint = named("complaint")
    assert {"capa_verify", "capa_close"} <= before(complaint, "close_record")
    verify = complaint.tasks["capa_verify"]
    assert {"verify_result", "verify_data"} <= set(verify.asks)
    assert "capa_do" in verify.unlike
    assert verify.back_to == "capa_plan"


@pytest.mark.parametrize("subkind", ["产品质量", "有害物质"])
def test_quality_is_asked_to_contain_bad_goods_at_once(subkind: str) -> None:
    contain = named("complaint").tasks["contain"]
    facts = {"subkinds": [subkind], "severity": "一般", "severity_judged": ""}
    assert contain.role == "quality"
    assert holds(contain.when, facts)
    assert not holds(contain.when, {**facts, "subkinds": ["服务态度"]})


@pytest.mark.parametrize(
    ("disposition", "form"), [("退货", "JL-23-12"), ("返工", "JL-23-13"), ("换货", "JL-23-14"), ("补发", "JL-23-14")]
)
@pytest.mark.parametrize("name", ["complaint", "return_goods"])
def test_no_goods_move_without_their_record(name: str, disposition: str, form: str) -> None:
    procedure = named(name)
    issued = {task.form for task in procedure.tasks.values() if task.when and "disposition" in task.when and task.form}
    begun = {
        task.form
        for key, task in procedure.tasks.items()
        if task.needs == ("approve_disposition",) and key.split("_")[0] in ("return", "rework", "exchange")
        and holds(task.when, {"disposition": disposition})
    }  # fmt: skip
    assert begun == {form}
    assert form in issued


def test_nothing_is_paid_without_the_general_manager() -> None:
    approve = named("complaint").tasks["approve_disposition"]
    plain = {"disposition": "换货", "amount": "", "severity": "一般", "severity_judged": "", "validity": "有效"}
    assert approve.role == "general_manager"
    assert not holds(approve.when, plain)
    for change in ({"disposition": "换货、赔偿"}, {"amount": "1200.00 CNY"}, {"severity": "恶性"}):
        assert holds(approve.when, {**plain, **change}), change
    assert "approve_disposition" in before(named("complaint"), "draft_answer")


def test_goods_sent_back_stand_in_the_same_register_as_complaints() -> None:
    for name in ("complaint", "complaint_oral", "return_goods"):
        assert named(name).tasks["register"].form == "JL-23-01", name
        assert [kind.value for kind in named(name).kinds] == ["complaint"], name


def test_no_way_leads_round_the_register() -> None:
    for name in ("complaint", "complaint_oral", "return_goods"):
        register = named(name).tasks["register"]
        assert (register.needs, register.when, register.done_by, register.within) == ((), "", "signature", "30m")


def test_what_is_judged_about_people_never_stands_on_a_paper_for_the_customer() -> None:
    sent = {
        (procedure.name, code)
        for procedure in procedures().all
        for task in procedure.tasks.values()
        if task.do == "answer"
        for code in (task.form, task.form_en)
        if code
    }
    assert sent
    for name, code in sorted(sent):
        printed = set(forms()[code].fields) | set(forms()[code].answers)
        assert not printed & JUDGEMENTS, (name, code)


def test_a_letter_to_the_customer_holds_what_was_written_for_him_and_nothing_internal() -> None:
    for code in ("JL-23-10", "JL-23-10E"):
        assert set(forms()[code].answers) == {"answer_text"}


def test_an_invalid_complaint_is_answered_registered_and_closed_like_any_other() -> None:
    complaint = named("complaint")
    skipping = {key for key, task in complaint.tasks.items() if "validity" in task.when}
    reports = {key for key in skipping if complaint.tasks[key].form == "JL-8.5-02"}  # a 5D or 8D of no fault of ours
    assert skipping - reports == {"approve_disposition", "again"}  # approved the more; no further rounds for ill will
    assert set(complaint.fields["validity"].choices) == {"有效", "一般无效", "恶意"}
    assert {f"N{n}" for n in range(1, 7)} <= set(complaint.fields["reason_code"].choices)
    assert "reason_basis" in complaint.tasks["finding"].asks


@pytest.mark.parametrize(
    ("validity", "code", "subkinds", "fits"),
    [
        ("有效", "Q1", ["产品质量"], True),
        ("有效", "N5", ["产品质量"], False),
        ("一般无效", "N5", ["产品质量"], True),
        ("一般无效", "Q1", ["产品质量"], False),
        ("恶意", "S1", ["服务态度"], False),
        ("一般无效", "N6", ["服务态度"], True),
        ("一般无效", "N6", ["产品质量"], False),
    ],
)
@pytest.mark.parametrize("name", ["complaint", "complaint_oral"])
def test_a_finding_and_its_code_must_agree(
    name: str, validity: str, code: str, subkinds: list[str], fits: bool
) -> None:
    facts = {"validity": validity, "reason_code": code, "subkinds": subkinds}
    refused = [item.because.zh for item in named(name).tasks["finding"].refuse if holds(item.when, facts)]
    assert (refused == []) is fits, refused


@pytest.mark.parametrize("name", ["complaint", "complaint_oral", "return_goods"])
def test_silence_closes_nothing(name: str) -> None:
    procedure = named(name)
    follow_up = procedure.tasks["follow_up"]
    assert (follow_up.done_by, follow_up.role, follow_up.asks) == ("event", "service", ("satisfied",))
    assert "未能联系" in procedure.fields["satisfied"].choices
    for task in ("end_reason", "approve_end"):
        assert holds(procedure.tasks[task].when, {"satisfied": "未能联系"})
        assert holds(procedure.tasks[task].when, {"satisfied": "不满意"})
    assert not [
        key
        for key, task in procedure.tasks.items()
        if task.done_by == "clock" and "ask_satisfied" in before(procedure, key)
    ]


def test_the_customer_is_asked_whether_he_is_satisfied_after_the_answer_and_the_goods() -> None:
    complaint = named("complaint")
    assert {"send_answer", "exchange_ship", "return_close", "rework_release"} <= before(complaint, "ask_satisfied")
    assert (complaint.tasks["wait_follow_up"].done_by, complaint.tasks["wait_follow_up"].within) == ("clock", "1d")


def test_a_suggestion_is_considered_by_a_department_and_answered_either_way() -> None:
    suggestion = named("suggestion")
    assert suggestion.tasks["consider"].who == "to_dept"
    assert {"adopted", "adopt_reason"} <= set(suggestion.tasks["consider"].asks)
    assert not suggestion.tasks["send_answer"].when


def test_every_question_has_a_time_and_the_customer_hears_before_it_passes() -> None:
    for name in ("inquiry", "certificate", "rfq", "order", "order_change"):
        first = [task for task in people_tasks(name).values() if not task.needs]
        assert any(
            "hold_customer" in {step.do for step in task.overdue if step.at.startswith("-")} for task in first
        ), name


def test_a_request_to_change_an_order_needs_both_signatures_before_anybody_acts() -> None:
    change = named("order_change")
    assert {"approve_change", "sign_supplier", "customer_agrees"} <= before(change, "tell_departments")
    assert {"supplier", "customer"} <= set(forms()["JL-7.2-03"].signers)


QUESTIONNAIRES = {"JL-8.2-01", "JL-8.2-01E"}  # the customer fills them in; what comes of them is signed in the report


@pytest.mark.parametrize("code", sorted(forms()))
def test_every_form_says_its_version_how_long_it_is_kept_and_who_signs(code: str) -> None:
    form = forms()[code]
    assert form.version
    assert form.retention_years >= 3
    assert form.signers or code in QUESTIONNAIRES


@pytest.mark.parametrize(
    ("code", "made", "checked", "approved"),
    [
        ("JL-23-01", "registrar", "reviewer", "leader"),
        ("JL-23-02", "drafter", "reviewer", "verifier"),
        ("JL-23-03", "investigator", "service_manager", "approver"),
        ("JL-7.2-01", "proposer", "quality", "approver"),
        ("JL-7.2-03", "proposer", "quality", "approver"),
        ("JL-8.5-01", "proposer", "quality", "management_rep"),
        ("JL-8.5-02", "drafter", "quality", "approver"),
        ("JL-8.6-03", "inspector", "checker", "quality"),
    ],
)
def test_records_have_cells_for_who_made_checked_and_approved_them(
    code: str, made: str, checked: str, approved: str
) -> None:
    assert {made, checked, approved} <= set(forms()[code].signers)


def test_whoever_must_sign_has_a_cell_of_the_form() -> None:
    for procedure in procedures().all:
        for name, task in procedure.tasks.items():
            for code in filter(None, (task.form, task.form_en)):
                assert not task.sign or task.sign in forms()[code].signers, (procedure.name, name)


@pytest.mark.parametrize("name", ["rfq", "order"])
def test_offers_and_orders_record_every_kind_of_requirement_and_whom_they_concern_signs(name: str) -> None:
    tasks = named(name).tasks
    asked = {*tasks["requirements"].asks, *tasks["requirements"].may}
    assert {"req_implied", "req_legal", "req_own", "req_special", "oral_confirm", "review_by"} <= asked
    signed = {key for key, task in tasks.items() if key.startswith("sign_") and "review_by" in (task.when or "")}
    assert {"sign_technical", "sign_quality", "sign_production", "sign_purchasing"} <= signed
    assert signed <= before(named(name), "draft_answer")
