"""One mail, one outcome; one occasion, one reply: whatever comes twice, again, or from somebody else."""

from __future__ import annotations

import shutil

import pytest

from mailflow import app as composition
from mailflow.settings.sections import Limits
from mailflow.stages.collect import collect
from tests.adapters.sql.stores import BOTH
from tests.flow.conftest import OpenOffice
from tests.flow.letters import COMPLAINT, answer_of, complaint, letter
from tests.flow.office import Office

pytestmark = BOTH


def mixed() -> list[bytes]:
    """Complaints, a question, a machine, an unreadable size."""
    return [
        complaint(1),
        complaint(2),
        letter("请问球阀的参数和交期？谢谢，盼复。", subject="咨询球阀"),
        letter("我正在休假。", subject="自动回复", headers={"Auto-Submitted": "auto-replied"}),
        complaint(3),
        letter("说明书见附件。", files={"big.bin": b"\1" * 30_000}),
    ]


def test_running_again_changes_nothing(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mail_bytes=20_000))
    office.put(*mixed())
    assert len(office.work()) == 5
    before, files, sent = office.everything(), office.files(), len(office.replies())
    assert office.statuses() == ["handled", "handled", "handled", "aside", "handled", "held"]
    assert office.reconciled() == (6, 4, 1, 1, 0, 0)
    office.clock.forward(minutes=5)
    assert office.work() == []
    assert office.everything() == before
    assert office.files() == files
    assert len(office.replies()) == sent == 4


def test_a_mailbox_made_anew_with_the_same_mails_changes_nothing(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mail_bytes=20_000), mailbox={"folders": ("INBOX", "投诉")})
    mails = [*mixed(), complaint(1)]
    for raw in (*mails, mails[0]):
        office.server.deliver(office.user, raw, "投诉")
    office.work()
    before, files, sent = office.everything(), office.files(), len(office.replies())
    [(old,)] = office.ask("SELECT uidvalidity FROM folders WHERE folder = '投诉'")
    office.server.remove(office.user, "投诉")
    office.clock.forward(minutes=5)
    for raw in reversed((*mails, mails[0])):
        office.server.deliver(office.user, raw, "投诉")
    office.work()
    [(new,)] = office.ask("SELECT uidvalidity FROM folders WHERE folder = '投诉'")
    assert new != old
    assert office.everything() == before
    assert office.files() == files
    assert len(office.replies()) == sent
    question = "SELECT present, handled + aside + held, waiting, unknown FROM folders WHERE folder = '投诉'"
    assert office.ask(question) == [(8, 8, 0, 0)]


def test_the_same_message_id_with_the_same_words_is_set_aside(office: Office) -> None:
    first = letter(message_id="<same@plant.example>", sender="wang@plant.example")
    office.put(first, first.replace(b"09:00:00", b"09:05:00"), first)
    office.work()
    assert [item[::2] for item in office.mails()] == [("handled", ""), ("aside", "duplicate"), ("aside", "duplicate")]
    assert len(set(office.cases())) == 1
    assert office.recipients() == ["wang@plant.example"]


def test_the_same_message_id_with_other_words_is_a_mail_of_its_own(office: Office) -> None:
    office.put(
        letter(message_id="<same@plant.example>", sender="wang@plant.example"),
        letter("请问轴承的交期和单价？我们想订购两百套。", subject="咨询", message_id="<same@plant.example>",
               sender="wang@plant.example"),
    )  # fmt: skip
    office.work()
    assert office.statuses() == ["handled", "handled"]
    assert len(office.replies()) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("补充", "收到，谢谢"), ("补充", "还是漏水，12台全部要退货！")),
        (("补充", "1"), ("补充", "2")),
        (("谢谢", ""), ("还是漏水，要退货！", "")),
        (("收到", "ok"), ("还是漏水", "ok")),
    ],
    ids=["words", "one sign", "subject alone", "subject"],
)
def test_few_words_under_an_old_message_id_are_a_mail_of_their_own_when_they_are_others(
    office: Office, first: tuple[str, str], second: tuple[str, str]
) -> None:
    one, two = (
        letter(words, subject=subject, message_id="<st5@x>", sender="wang@plant.example")
        for subject, words in (first, second)
    )
    office.put(one, two, two.replace(b"09:00:00", b"09:05:00"))
    office.work()
    assert office.statuses() == ["handled", "handled", "aside"]
    assert office.ask("SELECT message_id, data FROM journal WHERE event = 'mail.same_id'") == [(2, '{"other":1}')]


def test_the_same_few_words_once_more_are_no_mail_sent_again(office: Office) -> None:
    office.put(letter("收到，谢谢", subject="一", sender="wang@plant.example"))
    office.put(letter("收到，谢谢", subject="一", sender="wang@plant.example"))
    office.work()
    assert office.one("SELECT count(*) FROM journal WHERE data LIKE '%resent%'") == 0


def test_a_mail_sent_again_under_a_new_name_joins_its_case(office: Office) -> None:
    office.put(letter(sender="wang@plant.example"))
    office.work()
    office.clock.forward(days=3)
    office.put(letter(sender="wang@plant.example", subject="再次投诉：球阀漏水"))
    office.work()
    assert len(set(office.cases())) == 1
    assert office.one("SELECT count(*) FROM records") == 1
    how = "SELECT json_extract(data, '$.how') FROM journal WHERE event = 'mail.filed' AND message_id = 2"
    assert office.one(how) == "resent"


def test_a_stranger_who_guesses_a_case_number_joins_nothing(office: Office) -> None:
    office.put(letter(sender="wang@plant.example"))
    office.work()
    number = str(office.cases()[0])
    reply = answer_of(office.replies()[0].content)
    office.put(
        letter("请把资料发给我。", subject=f"Re: {number}", sender="spy@elsewhere.example"),
        letter("请把全部资料发给我。", subject="Re: 投诉", sender="spy@gmail.com", headers={"In-Reply-To": reply}),
    )
    office.work()
    assert office.statuses() == ["handled"] * 3
    assert office.cases().count(number) == 1
    for mail in office.replies()[1:]:
        assert b"X-Mailflow-Case: " + number.encode() not in mail.content


def test_a_colleague_of_the_customer_joins_the_case(office: Office) -> None:
    office.put(letter(sender="wang@plant.example"))
    office.work()
    number = office.cases()[0]
    office.put(letter("补充：还有两件也漏水。", subject=f"回复: {number}", sender="zhao@plant.example"))
    office.work()
    assert office.cases() == [number, number]


def test_a_follow_up_in_the_same_batch_joins_its_first_mail(office: Office) -> None:
    office.put(
        letter(message_id="<first@plant.example>", sender="wang@plant.example"),
        letter("补充照片，请查收。", subject="回复：投诉：球阀漏水", sender="wang@plant.example",
               headers={"In-Reply-To": "<first@plant.example>"}),
    )  # fmt: skip
    office.work()
    assert len(set(office.cases())) == 1
    assert None not in office.cases()
    assert len(office.replies()) == 2


def test_imported_history_is_filed_and_never_answered(office: Office) -> None:
    old = office.folder / "old"
    old.mkdir()
    for number in range(3):
        (old / f"{number}.eml").write_bytes(complaint(number))
    with office.open(boxes=[]) as (app, worker):
        source = composition.local_mailbox(old, office.config)
        for _ in range(2):
            assert sum(collect(source, app.ledger, app.vault, office.clock(), history=True)) in (0, 3)
            worker.once()
    assert office.statuses() == ["handled"] * 3
    assert None not in office.cases()
    assert office.one("SELECT count(*) FROM outbox") == 0
    assert office.replies() == []
    assert office.errors() == []


def test_the_rate_brake_files_the_mail_and_stays_silent(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(replies_per_hour_and_address=2))
    office.put(*(letter(f"{COMPLAINT} 第{n}次", subject=f"投诉 {n}", sender="wang@plant.example") for n in range(5)))
    office.work()
    assert office.statuses() == ["handled"] * 5
    assert None not in office.cases()
    assert len(office.replies()) == 2
    assert office.one("SELECT count(*) FROM journal WHERE event = 'reply.braked'") == 3
    office.clock.forward(hours=2)
    office.put(letter(f"{COMPLAINT} 又来", sender="wang@plant.example"))
    office.work()
    assert len(office.replies()) == 3


def test_machines_get_no_reply(office: Office) -> None:
    listed = {"List-Id": "<n.example>", "Precedence": "bulk", "List-Unsubscribe": "<https://n.example/u>"}
    office.put(
        letter("我正在休假。", subject="自动回复：外出", headers={"Auto-Submitted": "auto-replied"}),
        letter("全场五折，限时抢购！如不想再收到此类邮件，点此退订。", subject="本周特惠 限时五折", headers=listed),
        letter("The mail could not be delivered.", subject="Undelivered Mail Returned to Sender",
               sender="MAILER-DAEMON@mx.example", headers={"Auto-Submitted": "auto-replied"}),
        letter(headers={"X-Mailflow-Loop": "service@firm.example"}),
    )  # fmt: skip
    office.work()
    assert office.statuses() == ["aside"] * 4
    assert office.one("SELECT count(*) FROM outbox") == 0
    assert office.replies() == []


def test_a_storage_moved_elsewhere_goes_on(office: Office) -> None:
    office.put(complaint(1))
    office.work()
    shutil.move(office.folder, office.folder.with_name("moved"))
    office.folder = office.folder.with_name("moved")
    office.put(complaint(2))
    office.work()
    assert office.statuses() == ["handled", "handled"]
    assert office.errors() == []
