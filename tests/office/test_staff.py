"""Who gets the work: people in the order of the file, present, allowed, and nobody guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from mailflow.office.holidays import Holidays
from mailflow.office.staff import CaseFacts, Department, Person, Route, Staff, problems_of
from mailflow.office.working_time import WorkCalendar

DAY = date(2026, 11, 23)
CHINA = ZoneInfo("Asia/Shanghai")
OFFICE = WorkCalendar("office", CHINA, (((510, 1050),),) * 5 + ((), ()), Holidays(china=True))
SHIFTS = WorkCalendar("shifts", CHINA, (((0, 1440),),) * 7, Holidays(china=False))

BOSS = Person("郑总", "boss@firm.example", "Zheng", "管理层", frozenset({"general_manager", "manager"}))
MEI = Person(
    "李梅",
    "mei@firm.example",
    "May Li",
    "客服部",
    frozenset({"service", "service_manager", "manager"}),
    superior=BOSS.address,
    deputy="fang@firm.example",
)
FANG = Person("王芳", "fang@firm.example", "", "客服部", frozenset({"service"}), MEI.address, deputy=MEI.address)
QIANG = Person("赵强", "qiang@firm.example", "Lee", "质量部", frozenset({"quality"}), BOSS.address, deputy=MEI.address)
TAO = Person("孙涛", "tao@firm.example", "Lee", "质量部", frozenset({"quality", "service"}), QIANG.address)

DEPARTMENTS = {
    "管理层": Department("管理层", "Management", head=BOSS.address),
    "客服部": Department("客服部", "Customer Service", head=MEI.address),
    "质量部": Department("质量部", "Quality", calendar="shifts", head=QIANG.address),
    "生产部": Department("生产部", "Production"),
}


def staff(*people: Person, routes: tuple[Route, ...] = ()) -> Staff:
    return Staff(
        people or (BOSS, MEI, FANG, QIANG, TAO),
        DEPARTMENTS,
        {"quality": ("质量", "Quality"), "service": ("客服", "Customer service")},
        routes,
        OFFICE,
        {"质量部": SHIFTS},
    )


def away(person: Person) -> Person:
    return replace(person, leave=((DAY, DAY),))


def gone(person: Person) -> Person:
    return replace(person, left=date(2026, 11, 22))


def name(person: Person | None) -> str:
    return person.name if person else ""


@pytest.mark.parametrize("text", ["李梅", " 李 梅 ", "May Li", "may li", "ＭＡＹ　ＬＩ", "Mei@Firm.Example"])
def test_people_are_known_by_name_english_name_and_address(text: str) -> None:
    assert staff().by_name(text) == MEI


@pytest.mark.parametrize("text", ["", "梅", "李梅经理", "Lee", "nobody@firm.example"])
def test_nobody_is_guessed_from_a_part_of_a_name_or_a_shared_one(text: str) -> None:
    assert staff().by_name(text) is None


def test_a_chinese_name_is_not_lost_because_an_english_one_is_shared() -> None:
    assert staff().by_name("赵强") == QIANG
    assert staff().by_name("孙涛") == TAO


def test_addresses_are_known_in_any_case() -> None:
    assert staff().by_address(" MEI@firm.example") == MEI
    assert staff().by_address("") is None
    assert staff(BOSS, gone(MEI)).addresses() == {"boss@firm.example", "mei@firm.example"}


@pytest.mark.parametrize(
    "text", ["质量部", "质量", "质量部门", "Quality", "quality department", "QUALITY dept.", " 质 量 部"]
)
def test_departments_are_known_with_or_without_their_ending(text: str) -> None:
    found = staff().department(text)
    assert found is not None
    assert found.name == "质量部"


@pytest.mark.parametrize("text", ["", "部", "质", "外星部", "department"])
def test_no_department_is_guessed(text: str) -> None:
    assert staff().department(text) is None


def test_of_two_departments_that_differ_in_their_ending_the_exact_name_counts() -> None:
    both = replace(
        staff(), departments={each: Department(each, title) for each, title in (("客服", "A"), ("客服部", "B"))}
    )
    found = both.department("客服部")
    assert found is not None
    assert found.title == "B"
    assert both.department("客服部门") is None


def test_roles_have_titles_in_both_languages() -> None:
    assert staff().title("service", "zh") == "客服"
    assert staff().title("service", "en") == "Customer service"
    assert staff().title("unheard_of", "zh") == "unheard_of"
    assert staff().has_role(MEI, "service_manager")
    assert not staff().has_role(FANG, "service_manager")


def test_leave_includes_both_its_days_and_the_last_day_is_worked() -> None:
    person = replace(MEI, leave=((date(2026, 11, 2), date(2026, 11, 6)),), left=date(2026, 11, 30))
    days = [1, 2, 6, 7]
    assert [staff().on_leave(person, date(2026, 11, day)) for day in days] == [False, True, True, False]
    assert not staff().has_left(person, date(2026, 11, 30))
    assert staff().has_left(person, date(2026, 12, 1))
    assert not staff().has_left(MEI, DAY)


def test_a_person_works_by_the_calendar_of_the_department() -> None:
    assert staff().calendar_of(QIANG) is SHIFTS
    assert staff().calendar_of(MEI) is OFFICE


def test_summaries_go_to_managers_on_leave_too_but_not_after_they_left() -> None:
    assert staff(away(BOSS), MEI, FANG).managers(DAY) == (away(BOSS), MEI)
    assert staff(gone(BOSS), MEI, FANG).managers(DAY) == (MEI,)


def test_work_goes_to_the_first_holder_of_the_file_who_is_present() -> None:
    assert name(staff().holder("service", day=DAY)) == "李梅"
    assert name(staff(BOSS, away(MEI), FANG, TAO).holder("service", day=DAY)) == "王芳"
    assert name(staff(BOSS, gone(MEI), FANG, TAO).holder("service", day=DAY)) == "王芳"
    assert name(staff().holder("service", day=DAY, without=frozenset({MEI.address, FANG.address}))) == "孙涛"


def test_a_deputy_gets_it_only_when_no_holder_is_there() -> None:
    assert name(staff(BOSS, MEI, away(QIANG), TAO).holder("quality", day=DAY)) == "孙涛"
    assert name(staff(BOSS, MEI, away(QIANG), away(TAO)).holder("quality", day=DAY)) == "李梅"
    assert name(staff(BOSS, away(MEI), FANG, away(QIANG), away(TAO)).holder("quality", day=DAY)) == "王芳"


def test_nobody_gets_what_nobody_may_do() -> None:
    assert staff().holder("finance", day=DAY) is None
    assert staff().holder("quality", day=DAY, without=frozenset({QIANG.address, TAO.address})) is None
    only = staff(BOSS, MEI, away(QIANG))
    assert only.holder("quality", day=DAY, without=frozenset({MEI.address})) is None
    accused = staff(BOSS, MEI, FANG, away(QIANG))
    assert accused.holder("quality", day=DAY, without=frozenset({QIANG.address})) is None  # nor his deputy


def test_deputies_who_stand_in_for_each_other_never_go_round() -> None:
    both = staff(BOSS, away(MEI), away(FANG))
    assert both.stand_in(away(MEI), DAY) is None
    assert both.holder("service", day=DAY) is None
    assert name(staff().stand_in(MEI, DAY)) == "王芳"
    assert staff().stand_in(MEI, DAY, frozenset({FANG.address})) is None
    assert staff().stand_in(TAO, DAY) is None


def test_a_route_without_roles_prefers_holders_of_its_department() -> None:
    routed = staff(routes=(Route(department="质量部", words=("质量",)),))
    assert name(routed.holder("service", facts=CaseFacts(subject="质量问题"), day=DAY)) == "孙涛"
    assert name(routed.holder("service", facts=CaseFacts(subject="交期"), day=DAY)) == "李梅"
    assert name(routed.holder("service_manager", facts=CaseFacts(subject="质量问题"), day=DAY)) == "李梅"
    assert routed.holder("finance", facts=CaseFacts(subject="质量问题"), day=DAY) is None


def test_a_route_for_a_role_leads_to_the_head_when_nobody_there_holds_it() -> None:
    routed = staff(routes=(Route(frozenset({"technical"}), department="质量部", kinds=frozenset({"inquiry"})),))
    assert name(routed.holder("technical", facts=CaseFacts("inquiry"), day=DAY)) == "赵强"
    assert routed.holder("technical", facts=CaseFacts("complaint"), day=DAY) is None
    assert routed.holder("finance", facts=CaseFacts("inquiry"), day=DAY) is None
    no_head = staff(routes=(Route(frozenset({"technical"}), department="生产部", kinds=frozenset({"inquiry"})),))
    assert no_head.holder("technical", facts=CaseFacts("inquiry"), day=DAY) is None


def test_a_route_to_a_person_leads_to_him_or_who_stands_in_and_the_next_route_follows() -> None:
    routes = (
        Route(frozenset({"service"}), person=QIANG.address, customers=frozenset({"KH-7"})),
        Route(frozenset({"service"}), person=TAO.address, customers=frozenset({"KH-7"})),
    )
    key = CaseFacts(customer_number="KH-7")
    assert name(staff(routes=routes).holder("service", facts=key, day=DAY)) == "赵强"
    assert name(staff(BOSS, MEI, FANG, away(QIANG), TAO, routes=routes).holder("service", facts=key, day=DAY)) == "李梅"
    without = frozenset({QIANG.address})
    assert name(staff(routes=routes).holder("service", facts=key, day=DAY, without=without)) == "孙涛"
    assert name(staff(routes=routes).holder("service", facts=CaseFacts(customer_number="KH-70"), day=DAY)) == "李梅"


def test_a_route_to_a_person_gives_him_no_role_it_does_not_name() -> None:
    routed = staff(routes=(Route(person=QIANG.address, customers=frozenset({"KH-7"})),))
    key = CaseFacts(customer_number="KH-7")
    assert name(routed.holder("service", facts=key, day=DAY)) == "李梅"
    assert name(routed.holder("quality", facts=key, day=DAY)) == "赵强"


@pytest.mark.parametrize(
    ("route", "facts", "fits"),
    [
        (Route(words=("价格",)), CaseFacts(subject="关于价格"), True),
        (Route(words=("price",)), CaseFacts(subject="new ＰＲＩＣＥＳ"), True),
        (Route(words=("price",)), CaseFacts(subject="reprice"), False),
        (Route(words=("lead time",)), CaseFacts(subject="Lead  time?"), True),
        (Route(products=("6204-2RS",)), CaseFacts(product="轴承6204-2rs型"), True),
        (Route(products=("6204",)), CaseFacts(product="62045"), False),
        (Route(products=("6204",)), CaseFacts(product="62045, 6204"), True),
        (Route(subkinds=frozenset({"破损"})), CaseFacts(subkinds=("货差", "破损")), True),
        (Route(words=("价格",), kinds=frozenset({"rfq"})), CaseFacts("order", subject="价格"), False),
        (Route(words=("价格", "单价"), kinds=frozenset({"rfq"})), CaseFacts("rfq", subject="单价"), True),
        (Route(customers=frozenset({"KH-7"})), CaseFacts(), False),
    ],
)
def test_every_condition_of_a_route_must_hold(route: Route, facts: CaseFacts, fits: bool) -> None:
    assert route.fits(facts) is fits


def test_the_head_acts_or_who_stands_in_or_the_one_above() -> None:
    assert name(staff().head_of("质量", DAY)) == "赵强"
    assert name(staff(BOSS, MEI, away(QIANG)).head_of("质量部", DAY)) == "李梅"
    assert name(staff().head_of("质量部", DAY, frozenset({QIANG.address}))) == "郑总"
    assert name(staff(BOSS, away(MEI), away(FANG)).head_of("客服部", DAY)) == "郑总"
    assert staff().head_of("管理层", DAY, frozenset({BOSS.address})) is None
    assert staff().head_of("生产部", DAY) is None
    assert staff().head_of("外星部", DAY) is None


def test_above_is_the_nearest_superior_who_can_act() -> None:
    assert name(staff().superior_of(TAO)) == "赵强"
    assert staff().superior_of(BOSS) is None
    assert name(staff().above(TAO, DAY)) == "赵强"
    assert name(staff(BOSS, MEI, away(QIANG), TAO).above(TAO, DAY)) == "李梅"  # stands in for 赵强
    assert name(staff(BOSS, away(MEI), FANG).above(FANG, DAY)) == "郑总"  # never one's own superior
    assert staff(away(BOSS), MEI).above(MEI, DAY) is None
    round_about = (replace(away(BOSS), superior=QIANG.address), away(replace(QIANG, deputy="")), TAO)
    assert staff(*round_about).above(TAO, DAY) is None


def test_an_operator_is_told_what_will_leave_work_undone() -> None:
    assert problems_of(staff(), ["service", "quality"], DAY) == []
    assert problems_of(staff(), ["finance", "finance"], DAY) == ["没有人担任“finance”（finance）"]
    told = problems_of(staff(BOSS, MEI, FANG, gone(QIANG), gone(TAO)), ["quality"], DAY)
    assert told == ["担任“质量”（quality）的人都已离职：赵强、孙涛", "质量部的负责人 赵强 已离职"]
    told = problems_of(staff(BOSS, gone(MEI), FANG, replace(TAO, superior="")), [], DAY)
    assert told == [
        "孙涛 没有上级（superior），逾期无法升级",
        "客服部的负责人 李梅 已离职",
        "王芳 的上级 李梅 已离职",
        "王芳 的代理人 李梅 已离职",
    ]
    assert problems_of(staff(BOSS), ["quality"], DAY, "en") == ["nobody holds the role Quality (quality)"]


def test_the_one_at_the_top_of_a_small_firm_needs_no_superior() -> None:
    head = replace(MEI, superior="")
    assert problems_of(staff(head, FANG), [], DAY) == []
    assert len(problems_of(staff(head, replace(FANG, superior="")), [], DAY)) == 2


def test_leave_in_which_nobody_stands_in_is_told_once_with_its_first_day() -> None:
    week = date(2026, 11, 30)
    mei = replace(MEI, leave=((DAY, DAY), (week, date(9999, 12, 31))))
    assert problems_of(staff(BOSS, mei, FANG), [], DAY) == []
    absent = replace(FANG, leave=((date(2026, 12, 2), date(2026, 12, 3)),))
    told = problems_of(staff(BOSS, mei, absent), [], DAY)
    assert [words for words in told if "李梅 2026-12-02 请假，代理人 王芳 当天也不在" in words] == told[:1]
    assert len(told) == 2  # 王芳 herself has no deputy then either
    assert problems_of(staff(BOSS, replace(mei, leave=((date(2026, 1, 1), date(2026, 1, 2)),)), absent), [], DAY) == []


def test_deputies_in_a_circle_are_told_when_they_are_more_than_two() -> None:
    assert problems_of(staff(BOSS, MEI, FANG), [], DAY) == []  # they stand in for each other
    fang = replace(FANG, deputy=QIANG.address)
    (told,) = problems_of(staff(BOSS, MEI, fang, QIANG), [], DAY)
    assert "李梅 → 王芳 → 赵强 → 李梅" in told
    (told,) = problems_of(staff(BOSS, MEI, fang, QIANG), [], DAY, "en")
    assert "deputies go round in a circle" in told
