"""How people really answer: a receipt, an instruction, plain sentences, and what they are told when it fails."""

from __future__ import annotations

import json

from tests.flow.letters import letter
from tests.flow.robots import play, usual
from tests.flow.staffed import Staffed, answer

CUSTOMER = "wang@plant.example"
BAI, HAN, XUE, ZHENG = (f"{name}@firm.example" for name in ("bai", "han", "xue", "zheng"))


def answers(people: Staffed, field: str) -> list[str]:
    """What is kept in a field, oldest first."""
    rows = people.office.ask("SELECT value FROM answers WHERE field = ? ORDER BY id", field)
    return [str(value) for (value,) in rows]


def test_whoever_is_asked_for_a_receipt_writes_that_it_came(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(BAI, "登记投诉"), "同意\n严重程度：重大"))
    ask = people.asked(XUE, "管理者代表签收原件")
    assert "严重程度：重大" in ask.text
    assert "请签收原件，回复“签收”或“收到”即可" in ask.text
    assert "请签收：" in ask.subject
    people.work(answer(ask, "收到"))
    assert ("receive_management_rep", XUE) not in people.open_tasks()
    assert people.office.one("SELECT count(*) FROM signatures WHERE cell = 'management_rep'") == 1


def test_what_the_executive_writes_is_kept_as_his_instruction(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    people.work(answer(people.asked(BAI, "登记投诉"), "同意\n严重程度：重大"))
    ask = people.asked(ZHENG, "主管领导批示")
    people.work(answer(ask, "抓紧办，务必让客户满意"))
    assert "未办成" in people.sent(ZHENG)[-1].subject  # nothing in it says that he has seen it
    people.work(answer(ask, "知道了，抓紧办，务必让客户满意"))
    assert answers(people, "instructions") == ["抓紧办，务必让客户满意"]
    assert people.office.one("SELECT count(*) FROM signatures WHERE cell = 'leader'") == 1
    assert "批示：抓紧办，务必让客户满意" in people.sent(ZHENG)[-1].text
    play(people, lambda asked: None if "“调查”" in asked.text else usual(asked))
    investigating = next(mail for mail in reversed(people.all_sent()) if "“调查”" in mail.text)
    assert "抓紧办，务必让客户满意" in investigating.text


def test_a_plan_in_plain_words_is_taken_and_repeated(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    words = "您好，今天下午质量部到库房复检同批次球阀，并核对发货记录。"
    people.work(answer(people.asked(BAI, "提出处理方案"), words))
    assert answers(people, "plan") == ["今天下午质量部到库房复检同批次球阀，并核对发货记录。"]
    assert "处理方案：今天下午质量部到库房复检同批次球阀" in people.sent(BAI)[-1].text
    assert "请核对" in people.sent(BAI)[-1].text


def test_the_investigator_is_named_in_a_sentence(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda asked: None if "“指派调查人”" in asked.text else usual(asked), rounds=2)
    ask = people.asked(HAN, "指派调查人")
    people.work(answer(ask, "这个让质量部的人去查"))
    assert "看不出明确的意思" in people.sent(HAN)[-1].text  # no name was written, so none is said to be unknown
    assert "\n调查人：\n" in people.sent(HAN)[-1].text
    people.work(answer(ask, "让邓宁去查吧"))
    assert answers(people, "investigator") == ["邓宁"]


def test_a_refusal_says_exactly_what_to_write(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    sign, plan = people.asked(BAI, "登记投诉"), people.asked(BAI, "提出处理方案")
    people.work(answer(sign, "数量好像不对"))
    assert "请回复：同意 / 已签 / 退回：原因 / 转 某人" in people.sent(BAI)[-1].text
    people.work(answer(plan, "好的，我来处理"))
    told = people.sent(BAI)[-1].text
    assert "\n处理方案：\n" in told
    assert "“转”加同事全名" in told
    play(people, lambda asked: None if "“调查”" in asked.text else usual(asked))
    ask = next(mail for mail in reversed(people.all_sent()) if "“调查”" in mail.text)
    people.work(answer(ask, "查明事实：密封圈漏装\n责任部门：生产部"))
    told = people.sent(ask.to)[-1].text
    assert "\n发生原因：\n" in told
    assert "\n查明事实：\n" not in told


def test_whether_it_is_a_repeat_is_hinted_by_us_and_said_by_people(people: Staffed) -> None:
    people.work(letter("离心泵又漏了，上次也是这样，请处理。", subject="投诉：离心泵漏水", sender=CUSTOMER))

    def registration() -> dict[str, object]:
        rows = people.office.ask("SELECT fields FROM records WHERE form = 'JL-23-01' ORDER BY revision")
        return dict(json.loads(rows[-1][0]))

    assert registration()["repeat"] == []
    assert registration()["repeat_of"] == "提示：来信称“又漏了”"
    ask = people.asked(BAI, "登记投诉")
    assert "来信称“又漏了”" in ask.text
    people.work(answer(ask, "同意\n重复投诉：是"))
    assert registration()["repeat"] == ["是"]
    assert people.office.one("SELECT count(*) FROM signatures WHERE cell = 'registrar' AND current") == 1


def test_reason_codes_come_with_their_meaning_which_may_be_copied(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people, lambda asked: None if "“判定投诉是否成立、原因代码”" in asked.text else usual(asked))
    ask = people.asked(HAN, "判定投诉是否成立、原因代码")
    assert "S1 服务态度差或不理睬；S2 违反公司承诺" in ask.text
    assert "N6 态度投诉超过一个月" in ask.text
    people.work(answer(ask, usual(ask).replace("原因代码：Q1", "原因代码：S1 服务态度差或不理睬")))
    assert answers(people, "reason_code") == ["S1"]
