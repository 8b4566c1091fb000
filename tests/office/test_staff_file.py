"""The staff file: what is shipped works, what people write is taken, every mistake is named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.office.calendar_files import Calendars, load_calendars
from mailflow.office.staff import CaseFacts, Staff, problems_of
from mailflow.office.staff_file import load_staff

RULES = Path(__file__).resolve().parents[2] / "rules"
DAY = date(2027, 2, 3)


@pytest.fixture(scope="module")
def calendars() -> Calendars:
    found, problems = load_calendars(RULES / "calendars", ZoneInfo("Asia/Shanghai"))
    assert found is not None, problems
    return found


def load(folder: Path, text: str, calendars: Calendars | None) -> tuple[Staff | None, list[str]]:
    path = folder / "staff.yaml"
    path.write_text(text, "utf-8")
    staff, problems = load_staff(path, calendars)
    return staff, [f"{problem.line} {problem.code}" for problem in sorted(problems)]


def test_the_shipped_file_has_the_usual_departments_and_roles_and_nobody(calendars: Calendars) -> None:
    staff, problems = load_staff(RULES / "staff.yaml", calendars)
    assert staff is not None, problems
    assert staff.people == ()
    assert list(staff.departments) == ["客服部", "质量部", "技术部", "生产部", "销售部", "采购部", "财务部", "管理层"]
    assert list(staff.titles) == [
        *("receptionist", "service", "service_manager", "archivist", "quality", "technical", "production", "dispatch"),
        *("warehouse", "sales", "purchasing", "finance", "leader", "management_rep", "general_manager", "manager"),
        "operator",
    ]
    assert staff.holder("service", day=DAY) is None
    assert len(problems_of(staff, ["service"], DAY)) == 1


@pytest.mark.parametrize(
    ("facts", "department"),
    [
        (CaseFacts(subject="关于6204轴承质量问题"), "质量部"),
        (CaseFacts(subject="RE: RoHS report"), "质量部"),
        (CaseFacts(subject="Price list", subkinds=("破损",)), "质量部"),
        (CaseFacts(subject="请确认交期"), "生产部"),
        (CaseFacts(subject="Order 77: quantities"), "生产部"),
        (CaseFacts(subject="单价调整"), "财务部"),
        (CaseFacts(subject="索取图纸", kind="inquiry"), "技术部"),
        (CaseFacts(subject="单价", kind="rfq"), "销售部"),
        (CaseFacts(subject="合同签订"), "销售部"),
        (CaseFacts(subject="请问", kind="inquiry"), "销售部"),
    ],
)
def test_the_shipped_routes_lead_to_the_department_of_the_subject(
    facts: CaseFacts, department: str, calendars: Calendars
) -> None:
    staff, _ = load_staff(RULES / "staff.yaml", calendars)
    assert staff is not None
    assert next(route.department for route in staff.routes if route.fits(facts)) == department


def test_a_subject_about_nothing_known_leads_nowhere(calendars: Calendars) -> None:
    staff, _ = load_staff(RULES / "staff.yaml", calendars)
    assert staff is not None
    assert [route for route in staff.routes if route.fits(CaseFacts(subject="您好", kind="complaint"))] == []


def test_the_example_in_the_shipped_file_is_valid(tmp_path: Path, calendars: Calendars) -> None:
    text = (RULES / "staff.yaml").read_text("utf-8")
    head, _, rest = text.partition("people: []\n")
    example, _, routes = rest.partition("# Where cases go")
    lines = [line.removeprefix("#").removeprefix(" ") for line in example.splitlines()]
    start = lines.index("people:")
    staff, problems = load(tmp_path, head + "\n".join(lines[start:]) + "\n# Where" + routes, calendars)
    assert staff is not None, problems
    assert len(staff.people) == 5
    assert problems_of(staff, [role for role in staff.titles if staff.holder(role, day=DAY)], DAY) == []
    service_manager = staff.holder("service_manager", day=DAY)
    assert service_manager is not None
    assert service_manager.name == "王芳"  # 李梅 is on leave


def test_an_absent_file_is_a_company_without_people(tmp_path: Path, calendars: Calendars) -> None:
    staff, problems = load_staff(tmp_path / "staff.yaml", calendars)
    assert staff is not None
    assert problems == []
    assert staff.people == ()
    assert staff.title("quality", "zh") == "quality"


def test_headings_with_nothing_below_are_empty(tmp_path: Path, calendars: Calendars) -> None:
    staff, problems = load(tmp_path, "departments:\nroles:\npeople:\nroutes:\n", calendars)
    assert staff is not None, problems
    assert staff.people == ()


WRONG = """\
departments:
  客服部: {title: Service, calendar: nights, head: 钱多}
roles:
  service: {zh: 客服, en: Service}
people:
  - name: 甲
    address: A@firm.example
    superior: 丙
    deputy: 甲
  - name: 乙
    address: a@firm.example
    department: 外星部
    roles: [service, wizard]
  - name: 丙
    address: c@firm.example
    superior: 丁
    leave: [{from: 2027-02-12, to: 2027-02-01}]
  - name: 丁
    english_name: Lee
    address: d@firm.example
    superior: 甲
  - name: 甲
    english_name: Lee
    address: e@firm.example
    superior: Lee
    deputy: 无名
routes:
  - when: {}
    person: 丁
  - when: {words: [价格]}
  - when: {words: [价格]}
    role: [wizard]
    department: 外星部
    person: 无名
"""


def test_all_mistakes_are_listed_at_once_with_their_lines(tmp_path: Path, calendars: Calendars) -> None:
    staff, problems = load(tmp_path, WRONG, calendars)
    assert staff is None
    assert problems == [
        "2 MF761",  # head is nobody
        "2 MF764",  # no such calendar
        "9 MF761",  # 甲 is the name of two: never guessed
        "11 MF760",  # the same address, in another case
        "12 MF762",
        "13 MF763",
        "17 MF766",
        "21 MF761",
        "22 MF760",
        "25 MF761",  # Lee is two people
        "26 MF761",
        "28 MF767",
        "30 MF767",
        "31 MF767",
        "32 MF763",
        "33 MF762",
        "34 MF761",
    ]


def test_values_that_cannot_be_are_listed_with_their_lines(tmp_path: Path, calendars: Calendars) -> None:
    text = (
        "people:\n"
        "  - name: 甲\n"
        "    address: no address\n"
        "  - address: b@firm.example\n"
        "    boss: 甲\n"
        "  - name: 丙\n"
        "    address: c@firm.example\n"
        "    left: 2027-02-30\n"
        "    leave:\n"
        "      - {from: tomorrow, to: 2027-02-01}\n"
        "routes:\n"
        "  - when: {kind: [nonsense]}\n"
        "    department: 质量部\n"
    )
    staff, problems = load(tmp_path, text, calendars)
    assert staff is None
    assert problems == ["3 MF012", "4 MF011", "5 MF010", "8 MF012", "10 MF012", "12 MF012", "13 MF762"]


def test_superiors_in_a_circle_are_named_once(tmp_path: Path, calendars: Calendars) -> None:
    people = [("甲", "乙"), ("乙", "丙"), ("丙", "乙"), ("丁", "丁")]
    text = "people:\n" + "".join(
        f"  - name: {name}\n    address: p{place}@firm.example\n    superior: {superior}\n"
        for place, (name, superior) in enumerate(people)
    )
    path = tmp_path / "staff.yaml"
    path.write_text(text, "utf-8")
    _, problems = load_staff(path, calendars)
    assert [(problem.line, problem.code) for problem in problems] == [(13, "MF765"), (7, "MF765")]
    assert "乙 → 丙 → 乙" in problems[1].message


def test_deputies_may_stand_in_for_each_other(tmp_path: Path, calendars: Calendars) -> None:
    text = (
        "people:\n"
        "  - {name: 甲, address: A@Firm.example, deputy: 乙}\n"
        "  - {name: 乙, address: b@firm.example, deputy: A@firm.example}\n"
    )
    staff, problems = load(tmp_path, text, calendars)
    assert staff is not None, problems
    assert staff.addresses() == {"a@firm.example", "b@firm.example"}
    assert [person.deputy for person in staff.people] == ["b@firm.example", "a@firm.example"]


def test_without_calendars_the_rest_is_still_checked(tmp_path: Path) -> None:
    assert load(tmp_path, WRONG, None)[1][:2] == ["2 MF761", "9 MF761"]
    assert load(tmp_path, "people: []\n", None) == (None, [])
