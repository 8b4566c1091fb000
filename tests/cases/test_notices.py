"""What our people hear without being asked: a case closed or open again, work nobody has, nobody to write to."""

from __future__ import annotations

import shutil
from pathlib import Path

from mailflow.backoffice import make_digest
from mailflow.casework.summary.period import Period
from tests.cases.test_overdue import arriving, at, away
from tests.flow.letters import letter
from tests.flow.office import DEFAULTS, Office
from tests.flow.robots import WORK, play
from tests.flow.staffed import STAFF, Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, QIN, DENG, SHI, XUE, ZHENG = (
    f"{name}@firm.example" for name in ("bai", "han", "qin", "deng", "shi", "xue", "zheng")
)
UNCLEAR = "还行吧，不过不太满意，再看看。"  # a colleague must ask what he means
NOBODY_SERVES = STAFF.replace("roles: [receptionist, service, archivist]", "roles: [archivist]")


def notices(people: Staffed, about: str) -> list[Ask]:
    """The notices with this headline, oldest first."""
    return [mail for mail in people.all_sent() if mail.subject.endswith(f"] {about}") or mail.subject == about]


def to(mails: list[Ask]) -> list[str]:
    return sorted(mail.to for mail in mails)


def answered(people: Staffed, words: str) -> None:
    """The case runs until the customer is asked, who answers this; then everybody does what is left."""
    play(people)
    people.office.clock.forward(days=4)
    people.work()
    people.work(answer(people.sent(CUSTOMER)[-1], words))
    play(people)


def test_whose_case_it_is_hears_once_that_it_is_closed_and_who_signed_that_it_is_open_again(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    answered(people, "满意，谢谢。")
    assert people.office.one("SELECT status FROM cases") == "closed"
    (closed,) = notices(people, "已结案")
    assert closed.to == BAI  # not 韩梅, who signed the closing
    assert "球阀漏水" in closed.text
    assert notices(people, "重新办理") == []
    people.work()
    assert len(notices(people, "已结案")) == 1

    people.work(
        letter("换来的五件里又有两件漏水。", subject=f"Re: {people.sent(CUSTOMER)[-1].subject}", sender=CUSTOMER)
    )
    again = notices(people, "重新办理")
    signed = {who for (who,) in people.office.ask("SELECT DISTINCT person FROM signatures")}
    assert len(signed) > 3
    assert set(to(again)) == signed - {BAI}  # she is asked to plan anew, and reads it there
    assert len(again) == len(set(to(again)))
    assert all("又有两件漏水" in mail.text for mail in again)
    people.work()
    assert len(notices(people, "重新办理")) == len(again)
    assert people.office.errors() == []


def test_a_case_that_ends_without_satisfaction_is_told_to_the_managers_with_its_reason(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people)
    people.office.clock.forward(days=4)
    people.work()
    people.work(answer(people.sent(CUSTOMER)[-1], UNCLEAR))
    people.work(answer(people.asked(BAI, "客户是否满意"), "客户满意度：未能联系"))
    play(people)
    assert people.office.one("SELECT status FROM cases") == "closed_unsatisfied"
    told = notices(people, "已结案（客户不满意）")
    assert to(told) == sorted([BAI, ZHENG])
    assert all(WORK["结案理由"] in mail.text for mail in told)
    assert notices(people, "已结案") == []


def test_work_that_nobody_has_is_told_at_once_and_once(office: Office) -> None:
    people = Staffed(office, NOBODY_SERVES)
    at(people, 2, "09:00", arriving(2, "09:00"))
    assert people.open_tasks() == [("register", ""), ("plan", "")]
    (mail,) = notices(people, "任务无人承担")
    assert mail.to == ZHENG
    for words in ("登记投诉", "提出处理方案", "受理人", "客服"):
        assert words in mail.text
    at(people, 2, "09:01")
    assert len(notices(people, "任务无人承担")) == 1


def test_work_left_behind_is_nobodys_and_told_in_one_mail_whatever_the_restarts(office: Office) -> None:
    people = Staffed(office)
    at(people, 2, "09:00", arriving(2, "09:00"), letter(sender="li@works.example", subject="投诉：离心泵异响"))
    gone = STAFF.replace("    address: bai@firm.example\n", "    address: bai@firm.example\n    left: 2026-03-01\n")
    gone = gone.replace("    superior: 韩梅\n    deputy: 韩梅\n", "    superior: 韩梅\n")
    (office.rules / "staff.yaml").write_text(gone, "utf-8")
    for minute in ("01", "02", "03"):
        at(people, 2, f"09:{minute}")
    assert {who for _, who in people.open_tasks()} == {""}
    (mail,) = notices(people, "任务无人承担")
    assert mail.to == ZHENG
    assert "TS-2026-0001 登记投诉" in mail.text
    assert "TS-2026-0002 提出处理方案" in mail.text
    (office.rules / "staff.yaml").write_text(STAFF, "utf-8")
    at(people, 2, "09:04")
    assert {who for _, who in people.open_tasks()} == {BAI}
    assert people.journal().count("task.handed_on") == 8
    assert office.errors() == []


def test_somebody_back_from_leave_gets_what_waited_without_any_change_of_files(office: Office) -> None:
    people = Staffed(office, away("白露", "2026-03-02", "2026-03-03").replace("    deputy: 韩梅\n", ""))
    at(people, 2, "09:00", arriving(2, "09:00"))
    assert {who for _, who in people.open_tasks()} == {""}
    with office.open() as (_, worker):
        worker.once()
        office.clock.forward(days=2)
        worker.round()
    assert {who for _, who in people.open_tasks()} == {BAI}


def test_the_customers_turn_stays_his_when_its_person_leaves_and_who_was_asked_for_him_is_replaced(
    office: Office,
) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    play(people)
    office.clock.forward(days=4)
    people.work()
    assert ("follow_up", BAI) in people.open_tasks()
    since = office.one("SELECT asked_at FROM tasks WHERE name = 'follow_up'")
    office.clock.forward(minutes=5)
    gone = STAFF.replace("    address: bai@firm.example\n", "    address: bai@firm.example\n    left: 2026-03-01\n")
    (office.rules / "staff.yaml").write_text(gone, "utf-8")
    people.work()
    assert ("follow_up", HAN) in people.open_tasks()
    assert office.one("SELECT asked_at FROM tasks WHERE name = 'follow_up'") == since
    assert [mail for mail in people.sent(HAN) if "客户是否满意" in mail.subject] == []

    people.work(answer(people.sent(CUSTOMER)[-1], UNCLEAR))
    assert [mail.to for mail in people.all_sent() if "客户是否满意" in mail.subject] == [HAN]
    office.clock.forward(minutes=5)
    swapped = gone.replace("roles: [service_manager]", "roles: [service_manager]\n    left: 2026-03-01", 1)
    swapped = swapped.replace("roles: [sales, purchasing, finance]", "roles: [sales, purchasing, finance, service]")
    (office.rules / "staff.yaml").write_text(swapped, "utf-8")
    people.work()
    assert [mail.to for mail in people.all_sent() if "客户是否满意" in mail.subject] == [HAN, "liu@firm.example"]


def own_procedure(office: Office) -> tuple[Path, str]:
    """The company's own copy of the procedure for complaints: the file, and what is in it."""
    folder = office.rules / "procedures"
    shutil.copytree(DEFAULTS / "rules" / "procedures", folder)
    path = folder / "complaint.yaml"
    return path, path.read_text("utf-8")


def test_a_broken_file_of_rules_is_told_to_the_managers_once_for_each_content(office: Office) -> None:
    people = Staffed(office)
    path, good = own_procedure(office)
    with office.open() as (_, worker):
        worker.once()
        for wrong, told in (("telepathy", 1), ("telepathy", 1), ("oracles", 2)):
            path.write_text(good.replace("done_by: reply", f"done_by: {wrong}", 1), "utf-8")
            worker.once()
            worker.once()
            assert len(notices(people, "流程或人员文件有错误")) == told
            path.write_text(good, "utf-8")
            worker.once()
    assert {mail.to for mail in notices(people, "流程或人员文件有错误")} == {ZHENG}
    assert "complaint.yaml" in notices(people, "流程或人员文件有错误")[0].text


def test_a_customer_who_cannot_be_written_to_is_told_another_way(people: Staffed) -> None:
    since = people.office.clock()
    people.work(letter(sender="noreply@plant.example"))
    assert people.office.statuses() == ["handled"]
    play(people)
    told = notices(people, "请另行告知客户")
    assert {mail.to for mail in told} == {BAI}
    assert WORK["处理方案"] in told[0].text
    assert "13800001234" in told[0].text
    assert WORK["答复内容"] in told[-1].text
    assert len(told) == 2
    people.office.clock.forward(days=4)
    people.work()
    assert "客户是否满意" in people.sent(BAI)[-1].subject  # asked at once: the customer cannot answer
    assert {mail.to for mail in people.all_sent() if not mail.to.endswith("@firm.example")} == set()
    with people.office.open() as (app, worker):
        made = make_digest(app.parts.office, app.services.desk, app.config, app.summaries)
        page = made.page(Period(since, worker.clock()), worker.clock())
    (section,) = [item for item in page.sections if item.key == "unsent"]
    lines = [row.cells for row in section.tables[-1].rows]
    assert [(cells[1], cells[2]) for cells in lines] == [("TS-2026-0001", "客户无邮箱，须另行告知")] * 2


def test_who_is_asked_in_the_same_moment_gets_the_news_with_what_he_is_asked(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    answered(people, "满意，谢谢。")
    people.unread()
    subject = f"Re: {people.sent(CUSTOMER)[-1].subject}"
    people.work(letter("换来的五件里又有两件漏水。", subject=subject, sender=CUSTOMER))
    mine = [mail for mail in people.unread() if mail.to == BAI]
    (ask,) = mine  # no notice besides
    assert "请办理" in ask.subject
    assert "此案另有消息：" in ask.text
    assert "又有两件漏水" in ask.text.split("此案另有消息：")[1]
    assert [mail.to for mail in notices(people, "重新办理") if mail.to == BAI] == []
    people.work()
    assert people.office.one("SELECT count(*) FROM gathered WHERE occasion LIKE 'beside:%' AND told_at IS NULL") == 0


IT = """
  - name: 万里
    address: wan@firm.example
    department: 管理层
    roles: [operator]
"""
WITH_OPERATOR = STAFF.replace("people:\n", f"people:{IT}").replace(
    "  manager: {zh: 管理层, en: Management}",
    "  manager: {zh: 管理层, en: Management}\n  operator: {zh: 运维人员, en: Operator}",
)
WAN = "wan@firm.example"


def test_trouble_with_the_list_of_staff_goes_to_the_operator_and_not_to_managers(office: Office) -> None:
    people = Staffed(office, WITH_OPERATOR.replace("roles: [receptionist, service, archivist]", "roles: [archivist]"))
    at(people, 2, "09:00", arriving(2, "09:00"))
    assert to(notices(people, "任务无人承担")) == [WAN]


def test_what_somebody_who_left_leaves_behind_is_told_to_the_operator(office: Office) -> None:
    people = Staffed(office, WITH_OPERATOR)
    at(people, 2, "09:00", arriving(2, "09:00"))
    gone = WITH_OPERATOR.replace(
        "    address: bai@firm.example\n", "    address: bai@firm.example\n    left: 2026-03-01\n"
    )
    gone = gone.replace("    superior: 韩梅\n    deputy: 韩梅\n", "    superior: 韩梅\n")
    (office.rules / "staff.yaml").write_text(gone, "utf-8")
    people.work()
    assert to(notices(people, "任务无人承担")) == [WAN]


def test_a_broken_file_of_rules_is_told_to_the_operator(office: Office) -> None:
    people = Staffed(office, WITH_OPERATOR)
    path, good = own_procedure(office)
    with office.open() as (_, worker):
        worker.once()
        path.write_text(good.replace("done_by: reply", "done_by: telepathy", 1), "utf-8")
        worker.once()
    assert to(notices(people, "流程或人员文件有错误")) == [WAN]
