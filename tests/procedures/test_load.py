"""Procedures as files: every mistake people can make is named with its file and line, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Kind
from mailflow.procedures.load import load_procedures

FIELDS = """\
fields:
  cause: {title: {zh: 原因, en: Cause}, aliases: [缘由]}
  owner: {title: {zh: 责任人, en: Owner}, type: person}
  verdict: {title: {zh: 判定, en: Verdict}, type: choice, choices: [成立, 不成立]}
  ways: {title: {zh: 办法, en: Ways}, type: choices, choices: [换, 退]}
  satisfied: {title: {zh: 满意, en: Satisfied}, type: choice, choices: [满意, 不满意]}
"""

SOUND = """\
title: {zh: 投诉, en: Complaint}
kinds: [complaint]
reopen_from: look
overdue: [{at: -1h, do: remind}, {at: 0m, do: remind}, {at: +1d, do: escalate}]
tasks:
  look:
    title: {zh: 查看, en: Look}
    role: service
    asks: [verdict, owner]
    may: [cause]
    within: 1d
    done_by: reply
  sign:
    title: {zh: 签字, en: Sign}
    needs: [look]
    when: verdict == "成立"
    who: owner
    role: service_manager
    unlike: [look]
    form: QF-1
    sign: checker
    back_to: look
    within: 4h
    done_by: signature
    overdue: [{at: 0m, do: escalate}]
  ask:
    title: {zh: 问, en: Ask}
    needs: [sign]
    done_by: mailflow
    do: satisfaction
  heard:
    title: {zh: 回访, en: Heard}
    needs: [ask]
    role: service
    asks: [satisfied]
    within: 2d
    done_by: event
    event: customer.satisfaction
  again:
    title: {zh: 重来, en: Again}
    needs: [heard]
    when: satisfied == "不满意" and round < 3
    done_by: mailflow
    do: again
    from: look
"""

FORM = FormSpec("QF-1", "A/0", "检查单", "Check", (), {}, {"checker": "检查人", "author": "编制"}, 3)
FORMS = {"QF-1": FORM}
ROLES = ("service", "service_manager")


def write(folder: Path, **files: str) -> Path:
    place = folder / "procedures"
    (place / "parts").mkdir(parents=True)
    contents = {"fields": FIELDS, "case": SOUND, **files}
    for name, text in contents.items():
        target = place / "parts" / f"{name[5:]}.yaml" if name.startswith("part_") else place / f"{name}.yaml"
        target.write_text(text, "utf-8")
    return place


def problems(folder: Path, **files: str) -> list[Problem]:
    procedures, found = load_procedures(write(folder, **files), forms=FORMS, roles=ROLES)
    assert (procedures is None) == bool(found)
    return found


def changed(old: str, new: str, text: str = SOUND) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_a_sound_file_becomes_a_procedure(tmp_path: Path) -> None:
    procedures, found = load_procedures(write(tmp_path), forms=FORMS, roles=ROLES)
    assert found == []
    assert procedures is not None
    procedure = procedures.named("case")
    assert procedure is not None
    assert procedure.kinds == (Kind.COMPLAINT,)
    assert procedure.order == ("look", "sign", "ask", "heard", "again")
    assert procedure.reopen_from == "look"
    assert procedures.choose(Kind.COMPLAINT, {}) is procedure
    assert procedures.choose(Kind.RFQ, {}) is None


def test_a_procedure_keeps_only_the_fields_it_asks_for_or_hears_of(tmp_path: Path) -> None:
    procedures, _ = load_procedures(write(tmp_path), forms=FORMS, roles=ROLES)
    assert procedures is not None
    assert set(procedures.all[0].fields) == {"verdict", "owner", "cause", "satisfied"}


def test_the_ladder_at_the_top_is_for_tasks_of_people_that_have_none(tmp_path: Path) -> None:
    procedures, _ = load_procedures(write(tmp_path))
    assert procedures is not None
    tasks = procedures.all[0].tasks
    assert [step.at for step in tasks["look"].overdue] == ["-1h", "0m", "+1d"]
    assert [step.at for step in tasks["sign"].overdue] == ["0m"]
    assert tasks["ask"].overdue == tasks["heard"].overdue == ()


def test_tasks_are_taken_over_and_those_of_the_same_name_replaced(tmp_path: Path) -> None:
    part = """\
title: {zh: 部分, en: Part}
tasks:
  tell: {title: {zh: 告知, en: Tell}, needs: [mine], done_by: mailflow, do: progress}
  other: {title: {zh: 其他, en: Other}, needs: [tell], role: service, asks: [cause], done_by: reply}
"""
    user = """\
title: {zh: 询问, en: Question}
kinds: [inquiry]
based_on: [shared]
tasks:
  mine: {title: {zh: 自己, en: Mine}, role: service, asks: [cause], done_by: reply}
  other: {title: {zh: 换了, en: Replaced}, needs: [tell], role: service_manager, asks: [owner], done_by: reply}
"""
    procedures, found = load_procedures(write(tmp_path, part_shared=part, question=user), forms=FORMS, roles=ROLES)
    assert found == []
    assert procedures is not None
    assert [item.name for item in procedures.all] == ["case", "question"]
    taken = procedures.all[1]
    assert taken.order == ("mine", "tell", "other")
    assert taken.tasks["other"].title.zh == "换了"
    assert set(taken.fields) == {"cause", "owner"}


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "said"),
    [
        ("    back_to: look\n", "    back_too: look\n", 22, "MF010", "back_too"),
        ("    done_by: mailflow\n    do: satisfaction\n", "    do: satisfaction\n", 26, "MF011", "done_by"),
        ("    within: 4h\n", "    within: 4 Stunden\n", 23, "MF012", "working time"),
        ("    event: customer.satisfaction\n", "    event: customer.happy\n", 38, "MF810", "customer.happy"),
        ("    do: again\n", "    do: repeat\n", 44, "MF012", "do"),
        ("kinds: [complaint]\n", "kinds: [spam]\n", 2, "MF012", "no case is opened for spam"),
        ("kinds: [complaint]\n", "", 1, "MF011", "kinds"),
        ("    needs: [sign]\n", "    needs: [sing]\n", 28, "MF804", "no task 'sing'"),
        ("    unlike: [look]\n", "    unlike: [lok]\n", 19, "MF804", "no task 'lok'"),
        ("    unlike: [look]\n", "    unlike: [heard]\n", 19, "MF804", "nobody is kept away"),
        ("    from: look\n", "    from: nowhere\n", 45, "MF804", "no task 'nowhere'"),
        ("    back_to: look\n", "    back_to: heard\n", 22, "MF804", "does not lead here"),
        ("reopen_from: look\n", "reopen_from: start\n", 3, "MF804", "no task 'start'"),
        ("    needs: [look]\n", "    needs: [look, heard]\n", 15, "MF805", "sign → heard → ask → sign"),
        ("    role: service_manager\n", "    role: boss\n", 18, "MF806", "'boss'"),
        ("    form: QF-1\n", "    form: QF-9\n", 20, "MF807", "no form 'QF-9'"),
        ("    sign: checker\n", "    sign: chief\n", 21, "MF807", "no signature cell 'chief'"),
        ("    may: [cause]\n", "    may: [cause, causes]\n", 10, "MF808", "no field 'causes'"),
        ('    when: verdict == "成立"\n', '    when: verdict = "成立"\n', 16, "MF809", "cannot be read"),
        ('    when: verdict == "成立"\n', '    when: weather == "好"\n', 16, "MF809", "asks about weather"),
        ('    when: verdict == "成立"\n', '    when: verdict == "成力"\n', 16, "MF809", "never '成力'"),
        ('    when: verdict == "成立"\n', '    when: severity == "严重"\n', 16, "MF809", "never '严重'"),
        ('    when: verdict == "成立"\n', '    when: satisfied == "满意"\n', 16, "MF809", "not answered in any task"),
        ("    sign: checker\n", "", 23, "MF810", "needs sign"),
        ("    asks: [verdict, owner]\n    may: [cause]\n", "    may: [owner]\n", 11, "MF810", "needs asks"),
        ("    event: customer.satisfaction\n", "", 37, "MF810", "needs event"),
        ("    do: satisfaction\n", "", 29, "MF810", "needs do"),
        ("    from: look\n", "", 43, "MF810", "needs from"),
        ('    when: satisfied == "不满意" and round < 3\n', "", 42, "MF810", "needs when"),
        ("    do: satisfaction\n", "    do: satisfaction\n    asks: [cause]\n", 31, "MF810", "asks belongs to"),
        ("    do: satisfaction\n", "    do: satisfaction\n    sign: checker\n", 31, "MF810", "sign belongs to"),
        ("    unlike: [look]\n", "    unlike: [look]\n    regardless: [ask]\n", 20, "MF804", "none of its needs"),
        ("    unlike: [look]\n", "    unlike: [look]\n    receipt: perhaps\n", 20, "MF012", "receipt"),
        ("    may: [cause]\n", "    may: [cause]\n    receipt: true\n", 11, "MF810", "receipt belongs to"),
        ("    may: [cause]\n", "    may: [cause]\n    prose: satisfied\n", 11, "MF808", "not asked for here"),
        ("    may: [cause]\n", "    may: [cause]\n    prose: verdict\n", 11, "MF808", "is no text"),
        ("    who: owner\n", "    who: verdict\n", 17, "MF811", "neither a person nor a department"),
        ("    may: [cause]\n    within: 1d\n", "    within: 1d\n", 0, "", ""),
        ("    asks: [verdict, owner]\n", "    asks: [verdict]\n", 17, "MF811", "not answered in any task before"),
        ("{at: 0m, do: remind}, {at: +1d", "{at: +2d, do: remind}, {at: +1d", 4, "MF814", "+1d comes before"),
        ("    who: owner\n    role: service_manager\n", "", 22, "MF815", "nobody does it"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_line(tmp_path: Path, old: str, new: str, line: int, code: str, said: str) -> None:
    found = problems(tmp_path, case=changed(old, new))
    if not code:
        assert found == []  # leaving out an optional field is none
        return
    matching = [problem for problem in found if problem.code == code and said in problem.message]
    assert matching, found
    assert {problem.line for problem in matching} == {line}
    assert all(problem.file.endswith("case.yaml") for problem in matching)


def test_a_circle_of_needs_is_told_of_each_task_in_it(tmp_path: Path) -> None:
    found = problems(tmp_path, case=changed("    needs: [look]\n", "    needs: [look, heard]\n"))
    assert [problem.line for problem in found if problem.code == "MF805"] == [15, 28, 33]


def test_all_mistakes_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    second = changed("kinds: [complaint]", "kinds: [rfq]").replace("needs: [sign]", "needs: [sgn]")
    found = problems(
        tmp_path,
        case=changed("form: QF-1", "form: QF-2").replace("role: service_manager", "role: nobody"),
        other=second,
        third="title: x\n  tasks: {",
    )
    assert {(Path(problem.file).name, problem.code) for problem in found} >= {
        ("case.yaml", "MF807"), ("case.yaml", "MF806"), ("other.yaml", "MF804"), ("third.yaml", "MF004"),
    }  # fmt: skip


def test_tasks_that_are_right_are_checked_beside_one_with_a_wrong_key(tmp_path: Path) -> None:
    found = problems(
        tmp_path, case=changed("    do: satisfaction\n", "    doo: satisfaction\n").replace("QF-1", "QF-7")
    )
    assert {problem.code for problem in found} == {"MF010", "MF807"}


def test_a_mistake_in_a_part_is_told_once_and_in_the_part(tmp_path: Path) -> None:
    part = "title: {zh: 部, en: P}\ntasks:\n  tell: {title: {zh: 告, en: T}, needs: [look], done_by: clock}\n"
    users = {
        name: changed("kinds: [complaint]", f"kinds: [{name}]\nbased_on: [shared]") for name in ("rfq", "order")
    }  # fmt: skip
    found = problems(tmp_path, part_shared=part, **users)
    assert [(Path(problem.file).name, problem.line, problem.code) for problem in found] == [("shared.yaml", 3, "MF810")]


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"two": SOUND}, "MF812", "complaint is served by case and two"),
        ({"two": changed("kinds: [complaint]", "kinds: [rfq]\nbased_on: [none]")}, "MF802", "'none'"),
        ({"part_p": SOUND}, "MF802", "a part serves no kinds"),
        ({"Two-B": changed("kinds: [complaint]", "kinds: [rfq]")}, "MF803", "'Two-B'"),
        ({"two": changed("kinds: [complaint]", "kinds: [rfq]\nwhen: verdict == 1")}, "MF809", "verdict"),
        ({"case": changed("  ask:\n", "  Ask Him:\n")}, "MF803", "'Ask Him'"),
        ({"fields": FIELDS.replace(", choices: [换, 退]", "")}, "MF813", "ways: a choices needs choices"),
        ({"fields": FIELDS.replace("[缘由]", "[判定]")}, "MF813", "'判定' is what both cause and verdict"),
        ({"fields": FIELDS.replace("  ways:", "  severity:")}, "MF803", "severity"),
        ({"fields": FIELDS.replace("type: person", "type: human")}, "MF012", "owner"),
    ],
)
def test_mistakes_between_files_and_in_names(tmp_path: Path, files: dict[str, str], code: str, said: str) -> None:
    found = problems(tmp_path, **files)
    assert [problem for problem in found if problem.code == code and said in problem.message], found


def test_two_files_cannot_take_tasks_from_each_other(tmp_path: Path) -> None:
    one = changed("kinds: [complaint]", "kinds: [rfq]\nbased_on: [two]")
    two = changed("kinds: [complaint]", "kinds: [order]\nbased_on: [one]")
    assert "MF802" in {problem.code for problem in problems(tmp_path, one=one, two=two)}


def test_forms_and_roles_are_unchecked_when_they_are_not_known(tmp_path: Path) -> None:
    text = changed("form: QF-1", "form: QF-2").replace("role: service_manager", "role: nobody")
    procedures, found = load_procedures(write(tmp_path, case=text))
    assert found == []
    assert procedures is not None


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    procedures, found = load_procedures(tmp_path / "absent")
    assert procedures is None
    assert [problem.code for problem in found] == ["MF801"]
    assert "init" in found[0].remedy


def test_a_missing_fields_file_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "fields.yaml").unlink()
    _, found = load_procedures(folder)
    assert [(Path(problem.file).name, problem.code) for problem in found] == [("fields.yaml", "MF001")]
