"""What continues a case and what only looks so: numbers written in other ways, old threads used for new matters."""

from __future__ import annotations

import pytest

from tests.flow.letters import answer_of, letter
from tests.flow.office import Office

WANG = "wang@plant.example"
RFQ = "请报价：电机 5 台，型号 Y2-160M。"


def complained(office: Office) -> tuple[str, str]:
    """A complaint of Wang's; its number and the Message-ID of our acknowledgement."""
    office.put(letter(sender=WANG))
    office.work()
    office.clock.forward(minutes=5)
    return str(office.cases()[0]), answer_of(office.replies()[0].content)


@pytest.mark.parametrize("dash", ["–", "－", "—", " ", "", "_"])
def test_a_case_number_joins_however_it_is_written(office: Office, dash: str) -> None:
    number, _ = complained(office)
    subject = f"关于{number.replace('-', dash)}补充"
    office.put(letter("补充一点：另外两台也漏水。", subject=subject, sender=WANG))
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    office.put(letter("补充一点：还有一台也漏水。", subject=f"关于{wide}", sender=WANG))
    office.work()
    assert office.cases() == [number] * 3


def left(office: Office) -> int:
    return int(office.one("SELECT count(*) FROM journal WHERE event = 'mail.left_thread'"))


@pytest.mark.parametrize(
    ("subject", "words", "answered"),
    [
        ("关于新采购电机的询价", RFQ, False),
        ("关于新采购电机的询价", RFQ, True),
        ("样册", "请问球阀的样册能寄一份吗？想了解一下选型和参数。", False),
        ("投诉：法兰锈蚀", "我司收到的法兰锈蚀严重，订单号：DD20260302555，请尽快换货。", False),
        ("投诉：法兰锈蚀", "我司收到的法兰锈蚀严重，订单号：DD20260302555，请尽快换货。", True),
    ],
)
def test_a_new_matter_in_an_old_thread_gets_a_case_of_its_own(
    office: Office, subject: str, words: str, answered: bool
) -> None:
    number, ours = complained(office)
    headers = {"References": f"<root1@plant.example> {ours}"} | ({"In-Reply-To": ours} if answered else {})
    office.put(letter(words, subject=subject, sender=WANG, headers=headers))
    office.work()
    first, second = office.cases()
    assert (first, second is not None and second != number) == (number, True)
    assert left(office) == 1
    assert len(office.replies()) == 2
    assert f"X-Mailflow-Case: {second}".encode() in office.replies()[1].content


@pytest.mark.parametrize(
    ("subject", "words", "headers"),
    [
        ("Re: 关于新采购电机的询价", RFQ, {}),
        ("投诉：球阀漏水", RFQ, {}),
        ("【外部邮件】投诉：球阀漏水（补充）", RFQ, {}),
        ("补充", "补充一点：另外两台也漏水，请一并处理。", {}),
        ("更正", "订单号写错了，应为 DD20260301009。", {"In-Reply-To": "ours"}),
        ("照片", "漏水的照片见附件，订单号：DD20260301008，请尽快换货。", {}),
        ("交期", "请问换货的球阀什么时候能发出？", {"In-Reply-To": "ours"}),
        ("谢谢", "收到了，谢谢你们的及时处理。", {}),
        ("", RFQ, {}),
        (
            "新的询价",
            RFQ + '\n\n在 2026-03-02 09:30:00，"客服" <service@firm.example> 写道：\n> 您的来信已经收到。\n',
            {},
        ),
    ],
    ids=["answer", "subject", "gateway", "followup", "corrected", "order", "asks on", "thanks", "no subject", "quote"],
)
def test_what_continues_the_matter_or_may_do_so_stays_in_the_thread(
    office: Office, subject: str, words: str, headers: dict[str, str]
) -> None:
    number, ours = complained(office)
    headers = {"References": ours} | {name: value.replace("ours", ours) for name, value in headers.items()}
    office.put(letter(words, subject=subject, sender=WANG, headers=headers))
    office.work()
    assert office.cases() == [number] * 2
    assert left(office) == 0


@pytest.mark.parametrize(("writer", "cases"), [(WANG, 1), ("zhao@mill.example", 2)], ids=["himself", "a stranger"])
def test_a_complaint_that_comes_after_its_follow_up_joins_the_case_that_opened(
    office: Office, writer: str, cases: int
) -> None:
    first = "<first@plant.example>"
    follow_up = letter("昨天的投诉怎么还没有答复？请尽快处理。", sender=writer, headers={"In-Reply-To": first})
    office.put(follow_up)
    office.work()
    complaint = letter(sender=WANG)
    old = next(line for line in complaint.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    office.put(complaint.replace(old, b"Message-ID: " + first.encode()))
    office.work()
    assert len(set(office.cases())) == cases
    assert office.errors() == []
