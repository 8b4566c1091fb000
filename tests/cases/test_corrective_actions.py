"""Corrective actions nobody's complaint led to, and the same trouble told at once when it comes the third time."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from tests.cases.papers import archived, words
from tests.flow.letters import letter
from tests.flow.robots import knowing, play
from tests.flow.staffed import Staffed, answer

SAY = knowing(来源="满意度调查")


def own(words: str, *, subject: str, sender: str) -> bytes:
    """A colleague's mail that answers nothing."""
    mail = EmailMessage()
    mail["Received"] = "from mx.firm.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800"
    mail["From"], mail["To"], mail["Subject"] = sender, "service@firm.example", subject
    mail["Message-ID"] = f"<{abs(hash((words, subject)))}@firm.example>"
    mail.set_content(words, cte="base64")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def test_a_colleague_opens_a_corrective_action_by_mail_and_it_comes_to_its_end(people: Staffed) -> None:
    text = "来源：满意度调查\n产品：球阀\n三月问卷中交期一项平均 2.8 分，五家客户提到发货晚。"
    people.work(own(text, subject="开纠正措施：交期得分下降", sender="xue@firm.example"))
    confirmed = people.sent("xue@firm.example")[-1]
    assert "CA-2026-0001" in confirmed.subject
    asked = people.asked("qin@firm.example", "核实事实、定责任部门")
    assert asked.file("-original.eml")[1]
    play(people, SAY)
    people.office.clock.forward(days=20)
    people.work()
    play(people, SAY)
    assert people.office.ask("SELECT number, kind, status FROM cases") == [("CA-2026-0001", "capa", "closed")]
    report = words(
        archived(
            people.office,
            next(
                name.rpartition("/")[2]
                for name in people.office.files()
                if "JL-8.5-01" in name and "签字副本" not in name and "修订" not in name and name.endswith(".docx")
            ),
        )
    )
    assert "☑满意度调查" in report.replace(" ", "")
    assert "五家客户提到发货晚" in report
    outside = {mail.to for mail in people.all_sent() if not mail.to.endswith("@firm.example")}
    assert outside == set()  # nobody outside hears of it
    assert people.office.errors() == []


def test_the_measures_own_day_is_its_time_and_the_check_counts_from_it(people: Staffed) -> None:
    people.work(own("交期得分下降", subject="开纠正措施：交期", sender="xue@firm.example"))
    play(people, SAY, until=lambda: bool(people.office.ask("SELECT 1 FROM tasks WHERE name = 'capa_verify'")))
    due = dict(people.office.ask("SELECT name, due_at FROM tasks WHERE name IN ('capa_do', 'capa_verify')"))
    days = {name: datetime.fromisoformat(at).astimezone(ZoneInfo("Asia/Shanghai")) for name, at in due.items()}
    assert f"{days['capa_do']:%Y-%m-%d %H:%M}" == "2026-03-20 17:30"  # 措施完成日期：2026-03-20
    assert f"{days['capa_verify']:%Y-%m-%d}" == "2026-04-20"  # twenty working days after it, though it was done before


def test_who_may_not_open_one_is_told_and_nothing_is_opened(people: Staffed) -> None:
    people.work(own("交期", subject="开纠正措施：交期得分下降", sender="bai@firm.example"))
    assert people.office.ask("SELECT COUNT(*) FROM cases") == [(0,)]
    assert "未办成" in people.sent("bai@firm.example")[-1].subject


def test_the_third_complaint_of_the_same_goods_and_trouble_is_told_at_once_with_its_evidence(people: Staffed) -> None:
    def of(number: int, trouble: str = "漏水") -> bytes:
        text = f"我司收到的球阀有五件{trouble}，批号：B2603-01，订单号：DD2026030100{number}，请换货。联系人：王强"
        return letter(text, subject=f"投诉：球阀{trouble}{number}", sender=f"wang@plant{number}0.example")

    people.work(of(1))
    people.work(of(2))
    people.work(of(3, "开裂"))
    assert not people.sent("qin@firm.example", containing="同类问题再次发生")
    people.work(of(4))
    told = people.sent("qin@firm.example", containing="同类问题再次发生") or people.sent(
        "qin@firm.example", containing="同一产品的同类问题"
    )
    assert told, [mail.subject for mail in people.sent("qin@firm.example")]
    for number in ("TS-2026-0001", "TS-2026-0002", "TS-2026-0004"):
        assert number in told[-1].text
    assert "TS-2026-0003" not in told[-1].text  # another trouble
    assert "90 天内第 3 件" in told[-1].text

    notice = people.sent("xue@firm.example", containing="同一产品的同类问题")[-1]
    people.work(answer(notice, "开纠正措施：球阀漏水重复发生"))
    case = people.office.ask("SELECT number, kind FROM cases ORDER BY id")[-1]
    assert case == ("CA-2026-0001", "capa")
    intake = people.office.one("SELECT intake FROM cases WHERE number = 'CA-2026-0001'")
    assert "B2603-01" in intake
    assert "重复发生" in intake
