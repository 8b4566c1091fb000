"""One signature per person and record, unless what he signed changed: a grave complaint driven through, and counted."""

from __future__ import annotations

import re
from collections import Counter

from bench.audit import audit
from tests.cases.papers import paper
from tests.cases.test_whole_complaint import CUSTOMER, asked_whether_satisfied, status
from tests.flow.letters import letter
from tests.flow.robots import WORK, play, usual, usual_point
from tests.flow.staffed import ASKS, Ask, Staffed, answer

BAI, HAN, QIN, DENG, XUE, ZHENG = (f"{name}@firm.example" for name in ("bai", "han", "qin", "deng", "xue", "zheng"))
OWN_WORDS = {
    "提出处理方案": {"临时措施": "先发三件替换"},
    "应急处置": {"应急处置": "封存在库二十件", "初步影响范围": "在库二十件"},
    "调查": {"查明范围": "仅本批", "发生原因": "首件确认漏项"},
    "提出处置": {"影响范围": "客户处五件", "赔偿金额": "500元"},
    "定纠正措施": {"纠正": "返修五件", "影响范围": "本批与前一批", "发生原因": "换线规程缺首件确认", "责任人": "施磊"},
    "编写 8D": {
        "应急处置": "客户现场五件隔离", "影响范围": "贵司五件", "发生原因": "密封圈漏装", "纠正措施": "气密全检",
        "预防措施": "各线推广", "参加人员": "秦朗、邓宁、施磊", "8D附信": "现提交8D报告请审阅",
    },
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def each_in_his_own_words(ask: Ask) -> str:
    """What a colleague says who has something of his own to say in every task."""

    def about(title: str) -> dict[str, str]:
        own = next((words for task, words in OWN_WORDS.items() if title.startswith(task)), {})
        return {**WORK, "严重程度": "恶性", "是否需要8D报告": "是", "批示": "从严处理", **own}

    if ask.points:
        said = [usual_point(ask, number, about(point.partition("“")[2])) for point, number in ask.points.items()]
        return "\n".join(said)
    return usual(ask, about(ask.subject.partition("请办理：")[2]))


def signed(people: Staffed, number: str) -> dict[str, str]:
    """The cells of the newest version of a record with all signatures given, as Word shows them."""
    question = "SELECT copy_name FROM signatures WHERE copy_name LIKE ? ORDER BY id DESC LIMIT 1"
    return dict(paper(people.office, people.office.one(question, f"{number}-signed-%")).signatures)


def newest(people: Staffed, form: str) -> dict[str, str]:
    question = "SELECT file_name FROM records WHERE form = ? ORDER BY revision DESC LIMIT 1"
    return dict(paper(people.office, people.office.one(question, form)).answers)


def asked_to_sign(people: Staffed) -> list[Ask]:
    """The mails since the last look that ask somebody to sign the registration."""
    return [ask for ask in people.unread() if ASKS.match(ask.subject) and "《客户投诉登记表》" in ask.text]


def all_times(cells: dict[str, str], *names: str) -> list[str]:
    return [found[0] for name in names if (found := TIME.search(cells[name]))]


def test_a_grave_complaint_is_signed_once_by_each_and_reads_in_the_order_of_events(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, each_in_his_own_words)
    people.work(answer(asked_whether_satisfied(people), "满意，谢谢。"))
    play(people, each_in_his_own_words)
    assert status(people) == ("closed", 1)
    assert people.open_tasks() == []
    assert people.office.errors() == []

    given = people.office.ask(
        "SELECT r.number, s.cell, s.person, s.current FROM signatures s JOIN records r ON r.id = s.record_id"
    )
    assert [row for row, times in Counter(given).items() if times > 1 or not row[3]] == []
    assert len(given) >= 20
    assert people.journal().count("signature.void") == 0
    asks = Counter(mail.to for mail in people.all_sent() if ASKS.match(mail.subject) and "登记表" in mail.subject)
    assert [who for who, times in asks.items() if times > 1 and who != HAN] == []  # she reviews, and closes

    registration = signed(people, "JL-23-01-2026-0001")
    for receiver in ("leader", "quality", "technical", "management_rep"):
        times = all_times(registration, "registrar", receiver, "reviewer", "closer")
        assert len(times) == 4
        assert times == sorted(times)
    assert registration["registrar"].startswith("白露 2026-03-02 ")
    assert registration["registrar"].endswith("邮件签字")  # later versions say no more of what she answers for


def test_each_steps_words_stand_in_their_own_place_and_no_later_step_overwrites_them(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, each_in_his_own_words)
    people.work(answer(asked_whether_satisfied(people), "满意，谢谢。"))
    play(people, each_in_his_own_words)
    sheet, capa, eight_d = (newest(people, form) for form in ("JL-23-03", "JL-8.5-01", "JL-8.5-02"))
    assert (sheet["scope_found"], sheet["scope"], sheet["cause_occur"]) == ("仅本批", "客户处五件", "首件确认漏项")
    assert (capa["correction"], capa["scope"], capa["cause_occur"]) == (
        "返修五件",
        "本批与前一批",
        "换线规程缺首件确认",
    )
    assert (eight_d["containment"], eight_d["scope"]) == ("客户现场五件隔离", "贵司五件")
    assert (eight_d["action"], capa["action"]) == ("气密全检", WORK["纠正措施"])
    assert eight_d["cause_escape"] == WORK["流出原因"]  # what the 8D leaves open it repeats
    question = "SELECT fields FROM records WHERE form = 'JL-23-01' ORDER BY revision DESC LIMIT 1"
    registration = people.office.one(question)
    for words in ("先发三件替换", "封存在库二十件", "在库二十件"):
        assert words in registration


def test_a_corrected_fact_is_signed_again_by_whoever_answers_for_it_and_each_after_the_other(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    reviewed = "SELECT count(*) FROM signatures WHERE cell = 'reviewer'"
    play(people, each_in_his_own_words, until=lambda: bool(people.office.one(reviewed)))
    people.unread()
    receipt = people.sent(CUSTOMER)[0]
    people.office.clock.forward(minutes=3)
    people.office.put(answer(receipt, "更正：批号应为 B2603-07，不是 B2603-01。", sender=CUSTOMER))
    people.office.put(answer(receipt, "更正：订单号应为 DD20260301009，不是 DD20260301008。", sender=CUSTOMER))
    people.work()

    (again,) = asked_to_sign(people)  # both changes in one mail, to the registrar first
    assert again.to == BAI
    assert "您签字后有改动：批号/序列号：B2603-01 → B2603-07" in again.text
    assert "您签字后有改动：订单/合同号：DD20260301008 → DD20260301009" in again.text
    standing = "SELECT cell FROM signatures WHERE current AND copy_name LIKE 'JL-23-01%' ORDER BY cell"
    assert [cell for (cell,) in people.office.ask(standing)] == ["leader", "management_rep", "quality", "technical"]
    assert "review_registration" not in dict(people.open_tasks())
    if not people.office.ledger.address:  # the judge from outside reads SQLite
        assert "is lost" not in "".join(audit(people.office.storage / "ledger.db", people.office.folder / "none").wrong)

    people.office.clock.forward(minutes=3)
    people.work(answer(again, "同意"))
    (review,) = asked_to_sign(people)
    assert review.to == HAN
    assert "B2603-01 → B2603-07" in review.text
    people.office.clock.forward(minutes=3)
    people.work(answer(review, "同意"))
    cells = signed(people, "JL-23-01-2026-0001")
    assert "首签2026-03-02" in cells["registrar"]
    assert cells["leader"].startswith("郑浩 2026-03-02 ")
    assert cells["leader"].endswith("邮件签字")  # what he answers for reads as it did
    times = all_times(cells, "registrar", "reviewer")
    assert times == sorted(times)
    with people.office.open() as (app, _):
        assert app.verify() == []


def test_who_was_asked_signs_the_version_he_has_when_what_he_answers_for_reads_the_same(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda ask: None if ask.to == XUE else each_in_his_own_words(ask))
    asks = [ask for ask in people.sent(XUE) if "登记表" in ask.subject]
    (ask,) = asks  # the record got newer versions since, and he was asked once
    assert people.office.one("SELECT max(revision) FROM records WHERE form = 'JL-23-01'") > 1
    people.office.clock.forward(minutes=3)
    people.work(answer(ask, "收到"))
    question = "SELECT current FROM signatures WHERE cell = 'management_rep' AND copy_name LIKE 'JL-23-01%'"
    assert people.office.ask(question) == [(1,)]
    assert people.office.errors() == []
