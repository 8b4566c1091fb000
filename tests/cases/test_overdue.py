"""Late work under a turned clock: the ladder of reminders, deputies, superiors, quiet hours, and nothing said twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailflow.scheduled.duties import duties
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.robots import play, usual
from tests.flow.staffed import STAFF, Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, ZHENG = "bai@firm.example", "han@firm.example", "zheng@firm.example"
MINE = ("登记投诉", "提出处理方案")
ZONE = ZoneInfo("Asia/Shanghai")
LEAVE = "    leave:\n      - {{from: {0}, to: {1}}}\n"


def at(people: Staffed, day: int, clock: str, *mails: bytes) -> list[tuple[str, str]]:
    """It is this hour of a day in March 2026; mailflow is started, works and ends.  Whom it wrote what meanwhile."""
    hour, minute = map(int, clock.split(":"))
    people.office.clock.now = datetime(2026, 3, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
    people.unread()
    people.work(*mails)
    return told(people.unread())


def told(mails: list[Ask]) -> list[tuple[str, str]]:
    """To whom, and what about: without the case's number, token and the names of records."""
    subjects = [
        (mail.to, mail.subject if mail.subject.startswith("汇总") else mail.subject.partition("] ")[2])
        for mail in mails
    ]
    return [(to, subject.partition(" 〔")[0] or "致客户") for to, subject in subjects]


def morning(people: Staffed, day: int, clock: str = "08:40") -> list[Ask]:
    """The work of the calendar at this hour, as the running program does it."""
    hour, minute = map(int, clock.split(":"))
    people.office.clock.now = datetime(2026, 3, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
    people.unread()
    with people.office.open() as (app, worker):
        duties(worker.chores.daily, app.ledger, app.services.desk.zone, worker.clock())
        worker.once()
    return people.unread()


def arriving(day: int, clock: str) -> bytes:
    """The customer's complaint, received at this hour."""
    hour, minute = map(int, clock.split(":"))
    moment = datetime(2026, 3, day, hour, minute, tzinfo=ZONE).strftime("%a, %d %b %Y %H:%M:%S %z")
    head, _, body = letter(sender=CUSTOMER).partition(b"\r\n\r\n")
    lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
    kept = [line for line in lines if not line.startswith((b"Received:", b"Date:"))]
    fresh = [f"Received: from mx by mx.firm.example; {moment}".encode(), f"Date: {moment}".encode()]
    return b"\r\n".join([*fresh, *kept]) + b"\r\n\r\n" + body


def away(name: str, first: str, last: str, staff: str = STAFF) -> str:
    """The staff file with this person on leave."""
    person = f"  - name: {name}\n"
    return staff.replace(person, person + LEAVE.format(first, last))


def test_the_ladder_of_a_late_plan(people: Staffed) -> None:
    assert at(people, 2, "09:00", arriving(2, "09:00")) == [
        (CUSTOMER, "致客户"), (BAI, "请办理 2 项：登记投诉、提出处理方案"),
    ]  # fmt: skip
    assert at(people, 2, "09:14") == []
    assert at(people, 2, "09:15") == [(BAI, "请尽早办理：提出处理方案")]
    assert at(people, 2, "09:15") == []
    ((to, _),) = at(people, 2, "09:20")
    assert to == CUSTOMER
    assert "已超" not in people.sent(CUSTOMER)[-1].text
    assert at(people, 2, "09:25") == [(HAN, "请协调：提出处理方案")]
    assert "快到时限" in people.sent(HAN)[-1].text
    assert at(people, 2, "09:31") == [(BAI, "已超时限：登记投诉")]
    assert at(people, 2, "09:20") == []  # the clock was set back
    assert at(people, 2, "09:31") == []
    assert at(people, 2, "10:31") == [(HAN, "汇总：2 项任务和通知")]
    assert all(f"{task} · 白露 · 已超时限" in people.sent(HAN)[-1].text for task in MINE)
    assert at(people, 2, "10:31") == []
    assert at(people, 2, "17:00") == []
    assert at(people, 5, "10:00") == []
    steps = people.office.ask("SELECT data FROM journal WHERE event = 'task.escalated'")
    assert len(steps) == 3
    assert len(people.sent(CUSTOMER)) == 2
    assert people.office.errors() == []


def test_a_mail_collected_late_makes_nobody_late_before_he_was_asked(people: Staffed) -> None:
    first = at(people, 2, "10:00", arriving(2, "09:00"))
    assert first == [(CUSTOMER, "致客户"), (BAI, "请办理 2 项：登记投诉、提出处理方案")]
    ask = people.asked(BAI, "提出处理方案")
    assert "09:30" in ask.text  # the time still counts from the receipt
    assert "请尽快回复" in ask.text
    assert at(people, 2, "10:14") == []
    assert at(people, 2, "10:15") == [(HAN, "请协调：提出处理方案")]
    assert at(people, 2, "10:31") == [(HAN, "汇总：2 项任务和通知")]


def test_nobody_is_reminded_in_the_moment_in_which_he_is_asked(people: Staffed) -> None:
    at(people, 2, "09:00", arriving(2, "09:00"))
    told_ = at(people, 2, "09:05", answer(people.asked(BAI, "登记投诉"), "同意\n严重程度：重大"))
    assert [what for to, what in told_ if to == ZHENG] == ["【加急】请签收：客户投诉登记表"]  # within 1h, a step at -1h
    assert [what for to, what in at(people, 2, "09:06") if to == ZHENG] == []


def test_the_daily_mail_comes_once_to_each_person_on_working_days(people: Staffed) -> None:
    at(people, 2, "09:00", arriving(2, "09:00"))
    at(people, 2, "09:05", *(answer(people.asked(BAI, task), usual(people.asked(BAI, task))) for task in MINE))
    at(people, 2, "17:00", letter(sender="li@works.example", subject="投诉：球阀漏水"))
    first = morning(people, 3)
    by_person = {mail.to: mail for mail in first if "今日待办" in mail.subject or "已超时限" in mail.subject}
    assert BAI in by_person
    assert HAN in by_person
    assert len([mail for mail in first if mail.to == BAI and "今日待办" in mail.subject]) == 1
    assert "TS-2026-0002" in by_person[BAI].text
    assert morning(people, 3) == []
    assert [mail.to for mail in morning(people, 3, "16:00") if "今日待办" in mail.subject] == []
    assert [mail.to for mail in morning(people, 4) if mail.to == BAI] == [BAI]
    assert morning(people, 7) == []  # Saturday
    assert morning(people, 8, "23:00") == []


def test_started_by_the_clock_of_the_system_it_does_the_work_of_the_calendar_once_a_day(people: Staffed) -> None:
    """``run --once`` every few minutes instead of one long run."""

    def started(day: int, clock: str) -> list[str]:
        hour, minute = map(int, clock.split(":"))
        people.office.clock.now = datetime(2026, 3, day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        people.unread()
        with people.office.open() as (_, worker):
            worker.once(calendar=True)
        return [f"{mail.to} {mail.subject[:4]}" for mail in people.unread()]

    at(people, 2, "17:00", arriving(2, "17:00"))
    started(2, "17:05")
    assert [mail for mail in started(3, "08:29") if "客服日报" in mail or "今日待办" in mail] == []
    assert "zheng@firm.example 客服日报" in started(3, "08:31")
    assert f"{BAI} 今日待办" in started(3, "08:41")
    for clock in ("08:42", "09:00", "16:00"):
        assert [mail for mail in started(3, clock) if "客服日报" in mail or "今日待办" in mail] == []


def test_night_weekend_and_holiday_are_quiet(people: Staffed) -> None:
    first = at(people, 6, "18:10", arriving(6, "18:05"))  # Friday evening
    assert {to for to, _ in first} == {CUSTOMER, BAI}
    for day, clock in ((6, "19:00"), (6, "23:59"), (7, "10:00"), (8, "15:00"), (9, "08:29")):
        assert at(people, day, clock) == []
    assert at(people, 9, "08:45") == [(BAI, "请尽早办理：提出处理方案")]
    ((to, _),) = at(people, 9, "08:50")
    assert to == CUSTOMER
    assert at(people, 9, "08:55") == [(HAN, "请协调：提出处理方案")]


def test_found_late_at_night_it_waits_for_the_morning(people: Staffed) -> None:
    at(people, 2, "16:50", arriving(2, "16:50"))
    assert at(people, 2, "22:00") == []
    assert at(people, 3, "08:00") == []
    late = at(people, 3, "08:31")
    assert (HAN, "请协调：提出处理方案") in late
    assert len([mail for mail in late if mail[0] == CUSTOMER]) == 1


def test_who_is_away_is_not_asked_but_his_deputy_whose_own_superior_hears_of_it(office: Office) -> None:
    people = Staffed(office, away("白露", "2026-03-02", "2026-03-06"))
    asked = at(people, 2, "09:00", arriving(2, "09:00"))
    assert {to for to, _ in asked} == {CUSTOMER, HAN}
    assert at(people, 2, "09:25")[-1] == (ZHENG, "请协调：提出处理方案")


def test_a_superior_on_leave_is_passed_over(office: Office) -> None:
    people = Staffed(office, away("韩梅", "2026-03-02", "2026-03-06"))
    at(people, 2, "09:00", arriving(2, "09:00"))
    assert at(people, 2, "09:25")[-1] == (ZHENG, "请协调：提出处理方案")


def test_who_goes_on_leave_after_being_asked_is_answered_for_by_the_deputy(people: Staffed) -> None:
    at(people, 2, "09:00", arriving(2, "09:00"))
    ask = people.asked(BAI, "登记投诉")
    people.work(answer(ask, "同意", sender=HAN))
    assert "经办人不是您" in people.sent(HAN)[-1].text
    (people.office.rules / "staff.yaml").write_text(away("白露", "2026-03-02", "2026-03-06"), encoding="utf-8")
    people.work(answer(ask, "同意。", sender=HAN))
    ((who, how),) = people.office.ask("SELECT name, way FROM signatures")
    assert (who, how) == ("韩梅", "reply")
    people.work(answer(ask, "同意"))
    assert "已经办完" in people.sent(BAI)[-1].text
    assert "韩梅" in people.sent(BAI)[-1].text


def test_work_of_somebody_who_left_goes_to_another(people: Staffed) -> None:
    at(people, 2, "09:00", arriving(2, "09:00"))
    staff = STAFF.replace("  - name: 白露\n", "  - name: 白露\n    left: 2026-03-01\n")
    (people.office.rules / "staff.yaml").write_text(staff, encoding="utf-8")
    again = at(people, 2, "09:05")
    assert (HAN, "请办理 2 项：登记投诉、提出处理方案") in again
    assert [to for to, _ in at(people, 2, "09:31")].count(BAI) == 0
    assert "bai@firm.example" not in [person for _, person in people.open_tasks()]


def test_a_task_nobody_holds_is_told_to_the_service_manager_and_asked_when_somebody_comes(office: Office) -> None:
    people = Staffed(office, STAFF.replace("roles: [receptionist, service, archivist]", "roles: [receptionist]"))
    at(people, 2, "09:00", arriving(2, "09:00"))
    assert ("plan", "") in people.open_tasks()
    late = at(people, 2, "09:25")
    assert late[-1] == (HAN, "请协调：提出处理方案")
    assert "无人承担" in people.sent(HAN)[-1].text
    (people.office.rules / "staff.yaml").write_text(STAFF, encoding="utf-8")
    assert any(to == BAI and "提出处理方案" in what for to, what in at(people, 2, "09:40"))
    assert people.office.errors() == []


def test_a_superior_who_missed_a_day_gets_one_mail_about_everything_that_is_late(people: Staffed) -> None:
    mails = [
        letter(
            f"第{number}批轴承生锈{number}套，要求退货。订单号 DD-2026-{1000 + number}。", sender=f"b@p{number}.example"
        )
        for number in range(12)
    ]
    at(people, 2, "09:00", *mails)
    people.unread()
    people.office.clock.now = datetime(2026, 3, 3, 14, 0, tzinfo=ZONE).astimezone(UTC)
    people.work()
    (told_her,) = [item for item in people.unread() if item.to == HAN]
    assert "汇总" in told_her.subject
    assert "不再逐项发送" in told_her.text
    assert all(f"TS-2026-{number:04}" in told_her.text for number in range(1, 13))
    assert "已超时限" in told_her.text


COMPLAINTS = [
    letter(f"第{number}批轴承生锈{number}套，要求退货。订单号 DD-2026-{1000 + number}。", sender=f"b@p{number}.example")
    for number in range(3)
]
GRAVE = letter(
    "贵厂球阀使用中爆裂，烫伤一名操作工，已送医院。要求立即派人处理。订单号 DD-2026-1009，球阀，三件。",
    subject="爆裂伤人", sender="c@q9.example",
)  # fmt: skip
ONE_GRAVE = [*COMPLAINTS[:2], GRAVE]
REPORTS = ("客服日报", "新登记的投诉")  # what the leader reads in the morning, late or not


def about_work(mails: list[Ask]) -> list[Ask]:
    """The mails to our people that remind or escalate."""
    inside = [mail for mail in mails if mail.to.endswith("@firm.example")]
    return [mail for mail in inside if not any(report in mail.subject for report in REPORTS)]


def test_a_working_day_that_nobody_looked_brings_one_reminder_each_and_one_mail_to_the_superior(
    people: Staffed,
) -> None:
    at(people, 2, "09:00", *ONE_GRAVE)
    assert people.office.ask("SELECT severity FROM cases ORDER BY id") == [("一般",), ("一般",), ("重大",)]
    mails = morning(people, 3)  # mailflow, too, was off all day
    late = about_work(mails)
    assert Counter(mail.to for mail in late) == {BAI: 1, HAN: 1}
    (reminder,) = [mail for mail in late if mail.to == BAI]
    assert "今日待办 6 项" in reminder.subject
    assert reminder.text.index("TS-2026-0003") < reminder.text.index("TS-2026-0001")  # the grave one first
    (told_her,) = [mail for mail in late if mail.to == HAN]
    assert all(told_her.text.count(f"TS-2026-{number:04} ") == 2 for number in (1, 2, 3))  # each late task once
    assert morning(people, 3, "09:00") == []


def test_a_working_day_on_which_nobody_answers_brings_one_reminder_each_and_one_mail_to_the_superior(
    people: Staffed,
) -> None:
    people.office.clock.now = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE).astimezone(UTC)
    people.work(*COMPLAINTS)
    play(people, lambda ask: None if "“调查”" in ask.text else usual(ask), minutes=1)
    waiting = {person for _, person in people.open_tasks()}
    assert "deng@firm.example" in waiting
    mails: list[Ask] = []
    for hour in range(8, 18):
        mails += morning(people, 6, f"{hour:02}:45")  # the day after its three days, and all day long
    assert Counter(mail.to for mail in about_work(mails)) == {"deng@firm.example": 1, ZHENG: 1}


def test_several_reminders_of_one_moment_are_one_mail_and_grave_ones_stand_apart(people: Staffed) -> None:
    at(people, 2, "09:00", *COMPLAINTS)
    assert at(people, 2, "09:15") == [(BAI, "汇总：3 项任务和通知")]
    assert people.sent(BAI)[-1].text.count("请尽早办理：提出处理方案") == 3
    assert at(people, 2, "09:15") == []


def test_reminders_of_grave_cases_stand_apart(people: Staffed) -> None:
    words = "贵厂球阀使用中爆裂，烫伤一名操作工，已送医院。要求立即派人处理。订单号 DD-2026-100{0}，球阀，{0}件。"
    at(people, 2, "09:00", *(letter(words.format(n), subject="爆裂伤人", sender=f"c@q{n}.example") for n in (3, 4)))
    assert people.office.ask("SELECT DISTINCT severity FROM cases") == [("重大",)]
    assert at(people, 2, "09:15") == [(BAI, "【加急】请尽早办理：提出处理方案")] * 2


def test_escalations_of_one_task_that_are_due_together_are_one(people: Staffed) -> None:
    at(people, 2, "09:00", arriving(2, "09:00"))
    late = at(people, 2, "14:00")
    assert [to for to, _ in late].count(HAN) == 1
    assert people.sent(HAN)[-1].text.count("提出处理方案") == 1
    assert people.journal().count("task.escalated") == 2  # one of the plan, one of the registration
