"""What a colleague says in an answer besides the answer: an interim word to the customer, a note that never leaves."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

from tests.flow.letters import complaint
from tests.flow.office import Office
from tests.flow.short import customer, short_office
from tests.flow.staffed import Ask, Staffed, answer

BAI, HAN, QIN = "bai@firm.example", "han@firm.example", "qin@firm.example"


def registering(office: Office) -> tuple[Staffed, Ask]:
    people = short_office(office)
    people.work(complaint(1))
    return people, people.asked(BAI, "登记")


def outside(people: Staffed) -> str:
    """Everything the customer read."""
    return "\n".join(mail.text for mail in people.sent(customer(1)))


def test_an_interim_word_and_a_note_stand_beside_a_signature(office: Office) -> None:
    people, ask = registering(office)
    words = "同意\n回复客户：已收到您的来信，工程师正在核对批次，本周五前给您消息。\n备注：此客户为重点客户"
    people.work(answer(ask, words))
    assert "register" not in dict(people.open_tasks()), people.sent(BAI)[-1].text
    assert ("word_1_ok", HAN) in people.open_tasks()
    approve = people.asked(HAN, "核准给客户的回信")
    assert "工程师正在核对批次" in approve.text
    assert "工程师正在核对批次" not in outside(people)
    people.work(answer(approve, "同意"))
    assert "工程师正在核对批次" in outside(people)
    assert "重点客户" not in outside(people)
    assert office.one("SELECT value FROM answers WHERE field = 'internal_note'") == "此客户为重点客户"
    assert "case.noted" in people.journal()
    assert office.errors() == []


def test_they_stand_when_the_rest_of_the_answer_is_refused(office: Office) -> None:
    people, ask = registering(office)
    people.work(answer(ask, "同意，但是要先问客户\n备注：客户正在车间等"))
    assert ("register", BAI) in people.open_tasks()
    assert office.one("SELECT value FROM answers WHERE field = 'internal_note'") == "客户正在车间等"
    assert "附带了条件" in people.sent(BAI)[-1].text


def test_a_note_that_may_be_a_condition_signs_nothing(office: Office) -> None:
    people, ask = registering(office)
    people.work(answer(ask, "同意\n备注：数量需要改成5台"))
    assert ("register", BAI) in people.open_tasks()
    assert office.one("SELECT count(*) FROM answers WHERE field = 'internal_note'") == 0


def test_alone_it_leaves_the_task_open_and_its_writer_sees_what_was_made_of_it(office: Office) -> None:
    people, ask = registering(office)
    people.work(answer(ask, "备注：已电话联系过，客户情绪平稳"))
    assert ("register", BAI) in people.open_tasks()
    told = people.sent(BAI)[-1]
    assert "内部备注（不外发）：已电话联系过，客户情绪平稳" in told.text
    assert "情绪平稳" not in outside(people)


def test_a_reply_to_a_notice_may_bring_a_word_to_the_customer(office: Office) -> None:
    people, _ = registering(office)
    people.work(answer(people.sent(customer(1))[-1], "补充一张照片", sender=customer(1)))
    notice = people.sent(BAI, containing="客户来信")[-1]
    people.work(answer(notice, "回复客户：照片收到，谢谢，已转质量部。"))
    assert ("word_1_ok", HAN) in people.open_tasks()
    people.work(answer(people.asked(HAN, "核准给客户的回信"), "同意"))
    assert "照片收到，谢谢，已转质量部" in outside(people)
    assert office.errors() == []


def test_words_to_a_colleague_within_a_word_to_the_customer_are_asked_about(office: Office) -> None:
    people, ask = registering(office)
    people.work(answer(ask, "回复客户：正在处理。\n（韩经理，您看这样行吗）"))
    assert not [name for name, _ in people.open_tasks() if name.startswith("word_")]
    assert "看不出明确的意思" in people.sent(BAI)[-1].text


def test_an_answer_whose_telephone_hid_what_it_answers_is_asked_back_with_the_token(office: Office) -> None:
    people, ask = registering(office)
    number = ask.subject.partition("]")[0].strip("[")
    bare = replace(ask, mail=_without_body(ask))
    people.work(answer(bare, "同意", subject=f"回复: [{number}] 登记", thread=False))
    assert ("register", BAI) in people.open_tasks()
    asked = people.sent(BAI)[-1]
    assert "没有任务凭证" in asked.text
    people.work(answer(asked, "同意"))
    assert ("register", BAI) not in people.open_tasks()
    assert office.errors() == []


def _without_body(ask: Ask) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = str(ask.mail["Message-ID"])
    mail["Subject"] = ask.subject
    mail.set_content("\n")
    return mail
