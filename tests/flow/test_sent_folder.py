"""What lies in the folder of sent mail: copies of ours, once; what colleagues wrote by hand, filed and heeded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from mailflow.domain.mailbox_ports import NotGiven
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Listing
from mailflow.stages.collect import collect_sent
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint, letter
from tests.flow.office import Office
from tests.flow.staffed import Staffed

SENT = "Sent"
CUSTOMER = "wang@plant.example"
BAI, HAN = "bai@firm.example", "han@firm.example"
_KEYS = iter(range(1, 1000))


@pytest.fixture
def office(new_office: OpenOffice) -> Office:
    """An office that uses the folder of sent mail, and has looked into it once."""
    made = new_office(mailbox={"sent_folder": SENT})
    made.work()
    return made


def by_hand(office: Office, words: str, *, to: str = CUSTOMER, subject: str = "Re: 投诉", **headers: str) -> bytes:
    """What a colleague writes in the mailbox itself."""
    mail = EmailMessage()
    mail["From"] = headers.pop("sender", office.user)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = headers.pop("message_id", f"<hand{next(_KEYS)}@firm.example>")
    mail["Date"] = "Mon, 02 Mar 2026 10:10:00 +0800"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words, charset="utf-8", cte="base64")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def clocks(office: Office) -> dict[str, tuple[bool, bool]]:
    """Of each open task: has it a due time, does its ladder go on?"""
    rows = office.ask("SELECT name, due_at, next_at FROM tasks WHERE status = 'open'")
    return {name: (due is not None, following is not None) for name, due, following in rows}


def test_every_mail_that_was_sent_is_kept_once_and_not_read_as_mail(office: Office) -> None:
    office.put(complaint(1), complaint(2))
    office.work()
    office.work()
    assert len(office.replies()) == 2
    assert office.server.count(office.user, SENT) == 2
    assert office.ask("SELECT DISTINCT copy FROM outbox") == [("kept",)]
    assert office.statuses() == ["handled", "handled"]
    assert office.errors() == []


def test_of_what_was_sent_before_nothing_is_copied_and_nothing_read(new_office: OpenOffice) -> None:
    before = new_office()
    before.put(complaint(1))
    before.work()
    before.server.deliver(before.user, by_hand(before, "很久以前的信"), SENT)
    before.clock.forward(days=3)
    before.mailbox["sent_folder"] = SENT
    before.work()
    before.work()
    assert before.server.count(before.user, SENT) == 1
    assert before.statuses() == ["handled"]


def test_a_letter_written_by_hand_is_filed_stops_the_clocks_it_answers_and_is_marked(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER, message_id="<first@plant.example>"))
    assert clocks(office)["plan"] == (True, True)
    people.unread()
    words = by_hand(office, "王经理您好，我们已经安排补发五件，明天发出。", In_Reply_To="<first@plant.example>")
    office.server.deliver(office.user, words, SENT)
    people.work()
    assert office.mails()[-1] == ("handled", "staff_reply", "sent_by_hand")
    assert office.cases() == ["TS-2026-0001"] * 2
    assert clocks(office)["plan"] == (False, False)
    assert clocks(office)["register"] == (True, True)  # registration is no answer to anybody
    ((approved, tasks),) = office.ask(
        "SELECT json_extract(data, '$.approved'), json_extract(data, '$.tasks') FROM journal"
        " WHERE event = 'answer.by_hand'"
    )
    assert (approved, tasks) == ("no", "plan")
    told = people.unread()
    assert {mail.to for mail in told} == {BAI, HAN}
    assert all("未经" in mail.text and "明天发出" in mail.text for mail in told)
    office.clock.forward(hours=1)
    people.work()
    assert [mail for mail in people.unread() if mail.to == CUSTOMER] == []  # no holding letter
    assert office.errors() == []


@pytest.mark.parametrize("to", ["supplier@elsewhere.example", HAN])
def test_a_letter_about_a_case_to_somebody_else_is_filed_and_stops_nothing(office: Office, to: str) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    office.server.deliver(office.user, by_hand(office, "请看一下", to=to, subject="Fw: [TS-2026-0001] 投诉"), SENT)
    people.work()
    assert office.mails()[-1] == ("handled", "staff_reply", "sent_by_hand")
    assert clocks(office)["plan"] == (True, True)


def test_a_letter_about_no_case_and_an_automatic_one_are_set_aside(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    office.server.deliver(office.user, by_hand(office, "您好，附上产品样本。", subject="产品样本"), SENT)
    away = by_hand(office, "我在休假", subject="Re: [TS-2026-0001]", Auto_Submitted="auto-replied")
    office.server.deliver(office.user, away, SENT)
    sent = len(office.replies())
    people.work()
    assert [status for status, _, _ in office.mails()[1:]] == ["aside", "aside"]
    assert clocks(office)["plan"] == (True, True)
    assert len(office.replies()) == sent


def test_a_strangers_mail_among_those_sent_is_held_and_answered_only_when_released(office: Office) -> None:
    stray = letter(sender="li@other.example", subject="投诉：阀门")
    office.server.deliver(office.user, stray, SENT)
    office.work()
    assert office.mails() == [("held", "", "foreign_sent")]
    assert office.replies() == []
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(1)
        worker.once()
    assert office.statuses() == ["handled"]
    assert office.recipients() == ["li@other.example"]


def test_our_message_id_alone_makes_a_letter_none_of_ours(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    ((key,),) = office.ask("SELECT mail_id FROM outbox WHERE occasion LIKE 'receipt:%'")
    forged = by_hand(office, "另有安排", subject="Re: [TS-2026-0001]", message_id=f"<{key}>", X_Mailflow="1")
    office.server.deliver(office.user, forged, SENT)
    people.work()
    assert office.mails()[-1] == ("handled", "staff_reply", "sent_by_hand")


def test_a_copy_the_provider_made_with_headers_of_its_own_is_known_as_ours(office: Office) -> None:
    office.put(complaint(1))
    office.work()
    ours = office.replies()[0].content
    office.server.deliver(
        office.user, b"X-Provider: yes\r\nReceived: from a by b; Mon, 02 Mar 2026 10:00:00 +0800\r\n" + ours, SENT
    )
    office.work()
    assert office.statuses() == ["handled"]
    assert office.server.count(office.user, SENT) == 2


def test_a_folder_made_anew_gives_nothing_a_second_time(office: Office) -> None:
    people = Staffed(office)
    people.work(letter(sender=CUSTOMER))
    words = by_hand(office, "我们已经安排", subject="Re: [TS-2026-0001]")
    office.server.deliver(office.user, words, SENT)
    people.work()
    office.server.remove(office.user, SENT)
    office.server.create(office.user, SENT)
    office.server.deliver(office.user, words, SENT)
    people.work()
    assert office.cases() == ["TS-2026-0001"] * 2
    assert office.one("SELECT count(*) FROM journal WHERE event = 'answer.by_hand'") == 1


class Folder:
    """A folder of sent mail whose server does not give one mail for a while; says what it was asked for."""

    name = "service"

    def __init__(self, mails: dict[int, bytes], bad: int) -> None:
        self.mails, self.bad = mails, bad
        self.asked: list[list[int]] = []

    def sent_listing(self) -> Listing:
        return Listing(self.name, SENT, 7, tuple(self.mails))

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[RawMessage | NotGiven]:
        self.asked.append(list(uids))
        for uid in uids:
            place = Place(self.name, SENT, 7, uid)
            yield NotGiven(place, "connection") if uid == self.bad else RawMessage(place, self.mails[uid], None)

    def received(self, listing: Listing, uids: Sequence[int]) -> dict[int, datetime | None]:
        return dict.fromkeys(uids)

    def keep_copy(self, mail_id: str, raw: bytes, at: datetime) -> bool:
        raise AssertionError(mail_id)


def test_a_mail_the_server_does_not_give_holds_up_no_other_and_is_asked_for_by_itself(office: Office) -> None:
    folder = Folder({}, bad=2)
    with office.open() as (app, worker):
        services = worker.services

        def look() -> int:
            return collect_sent(folder, app.ledger, app.vault, services.desk.decode, office.clock())

        office.change("DELETE FROM folders WHERE read_to IS NOT NULL")
        assert look() == 0
        folder.mails = {uid: by_hand(office, f"第{uid}封") for uid in (1, 2, 3)}
        assert look() == 2
        folder.mails[4] = by_hand(office, "第4封")
        assert look() == 1
        assert folder.asked == [[1, 2, 3], [4], [2]]
        folder.bad = 0
        office.clock.now += timedelta(hours=2)
        assert look() == 1
        assert look() == 0
