"""After the restore of an older backup: what the mailbox shows is collected, what was sent is not sent again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.app import make_backup, restore_backup
from mailflow.domain.errors import TemporaryError
from mailflow.scheduled.already_sent import compare
from tests.adapters.sql.stores import Store
from tests.flow.conftest import OpenOffice
from tests.flow.letters import answer_of, complaint, letter
from tests.flow.office import Office
from tests.flow.test_start import arrive

SENT, DONE = "Sent", "已处理"
MOVES = {"after": "move", "done_folder": DONE}
RECEIPTS = "SELECT status FROM outbox WHERE occasion LIKE 'receipt:%' ORDER BY id"


@pytest.fixture
def open_office(new_office: OpenOffice, store: Store) -> Callable[..., Office]:
    """Opens an office whose ledger is a file, which has answered two complaints, and whose mailbox does so and so."""
    if store.server is not None:
        pytest.skip("a backup is of the file of the ledger")

    def make(**mailbox: str) -> Office:
        made = new_office(mailbox=mailbox)
        made.work()
        made.put(complaint(1), complaint(2))
        made.work()
        return made

    return make


def back_up(office: Office, tmp_path: Path) -> Path:
    """A backup made now."""
    file = office.folder / "mailflow.yaml"
    file.touch()
    made = make_backup(office.config, file, tmp_path / "backup.tar", office.clock.now, lambda *_: None)
    return made.path


def restore(office: Office, backup: Path) -> None:
    """The storage is lost, and the backup restored; what left before is forgotten by the test."""
    office.sink.mails.clear()
    shutil.rmtree(office.storage)
    office.clock.forward(hours=1)
    restore_backup(office.config, backup, office.clock.now, lambda *_: None)
    office.clock.forward(minutes=1)


def release(office: Office) -> None:
    """A person lets go all that waits."""
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            for row in app.lists.outbox(states=("parked",)):
                assert work.send_again(row["id"], ("parked",), "released", office.clock.now)
        worker.once()


def waiting(office: Office) -> list[str]:
    """The states of the answers to customers."""
    return [state for (state,) in office.ask(RECEIPTS)]


def test_an_answer_the_sent_folder_shows_is_not_sent_again_and_one_it_does_not_show_is_let_go_by_a_person(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.clock.forward(days=2)
    office.put(complaint(3), complaint(4), complaint(5))
    office.work()
    assert len(office.replies()) == 5
    restore(office, backup)
    lost = office.server.root / "mail" / office.user / f".{SENT}"
    gone = next(path for path in lost.rglob("*") if path.is_file() and b"li5@works5.example" in path.read_bytes())
    gone.unlink()  # a copy nobody kept
    office.work()
    assert office.statuses()[:5] == ["handled"] * 5
    assert office.replies() == []
    assert waiting(office) == ["sent", "sent", "sent", "sent", "parked"]
    assert office.one("SELECT count(*) FROM journal WHERE event = 'outbox.found_sent'") == 2
    office.work()
    assert office.replies() == []
    release(office)
    assert office.recipients() == ["li5@works5.example"]
    office.work()
    assert office.recipients() == ["li5@works5.example"]
    assert office.errors() == []


def test_what_was_found_sent_is_from_then_on_what_really_left(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.put(letter(sender="wang@plant.example", message_id="<first@plant.example>"))
    office.work()
    told = next(mail.content for mail in office.replies() if b"wang@plant.example" in mail.content)
    restore(office, backup)
    office.work()
    row = "SELECT raw, '<' || mail_id || '>' FROM outbox WHERE recipient = 'wang@plant.example'"
    assert office.ask(row) == [(told, answer_of(told))]
    again = letter(
        "请问进展如何？", subject="Re: 投诉", sender="wang@plant.example", headers={"In-Reply-To": answer_of(told)}
    )
    office.put(again)
    office.work()
    new = [number for number in office.cases() if number and number != "TS-2026-0001" and number != "TS-2026-0002"]
    assert new == ["TS-2026-0103"] * 2  # his question joins the case of the mail that was answered before the restore


def test_a_mail_that_was_queued_in_the_backup_and_sent_since_is_known_by_its_message_id(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    class Away:
        def send(self, mail: object) -> None:
            raise TemporaryError("421 not now")

        def close(self) -> None:
            return None

    office = open_office(sent_folder=SENT)
    office.put(complaint(3))
    office.work(sender=lambda real: Away())
    backup = back_up(office, tmp_path)
    office.clock.forward(hours=3)
    office.work()
    assert len(office.replies()) == 3
    restore(office, backup)
    assert waiting(office) == ["sent", "sent", "pending"]
    office.work()
    assert waiting(office) == ["sent", "sent", "sent"]
    assert office.replies() == []


def test_a_letter_written_by_hand_does_not_stand_for_the_answer_we_owe(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.put(letter(sender="wang@plant.example", message_id="<first@plant.example>"))
    restore(office, backup)
    by_hand = letter("已收到，正在查。", sender=office.user, headers={"In-Reply-To": "<first@plant.example>"})
    office.server.deliver(office.user, by_hand.replace(b"To: service@firm.example", b"To: wang@plant.example"), SENT)
    office.work()
    assert office.mails()[-1] == ("handled", "staff_reply", "sent_by_hand")
    assert waiting(office)[-1] == "parked"


def test_one_copy_stands_for_one_mail(open_office: Callable[..., Office], tmp_path: Path) -> None:
    office = open_office(sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.put(complaint(3))
    office.work()
    copied = office.replies()[-1].content
    restore(office, backup)
    twice = copied.replace(b"Message-ID: <", b"Message-ID: <other.", 1)  # as if it had left under another name
    office.server.deliver(office.user, twice, SENT)
    office.put(complaint(4))
    office.work()
    assert waiting(office) == ["sent", "sent", "sent", "parked"]
    with office.open() as (app, worker):
        services = worker.services
        assert compare(app.ledger, services.vault, services.desk.decode, office.clock.now) == 0


def test_while_the_sent_folder_is_out_of_reach_the_safe_start_goes_on(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.put(complaint(3))
    office.work()
    restore(office, backup)
    with office.open() as (app, worker):
        box = worker.mailboxes[0]

        def away() -> None:
            raise TemporaryError("the folder of sent mail is away")

        box.sent_listing = away  # type: ignore[attr-defined]
        worker.round()
        with app.ledger.begin(durable=False) as work:
            assert work.safe_since() is not None
    assert waiting(office)[-1] == "parked"
    office.work()
    assert waiting(office)[-1] == "sent"
    office.put(complaint(4))
    office.work()
    assert office.recipients() == ["li4@works4.example"]


def test_a_sent_folder_that_was_first_looked_into_after_the_backup_is_proof_as_well(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office()
    backup = back_up(office, tmp_path)
    office.mailbox["sent_folder"] = SENT
    office.work()
    office.put(complaint(3))
    office.work()
    restore(office, backup)
    office.work()
    assert waiting(office) == ["sent"] * 3
    assert office.replies() == []


def test_mails_that_were_moved_away_since_the_backup_are_collected_from_there_and_not_answered_twice(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(**MOVES, sent_folder=SENT)
    backup = back_up(office, tmp_path)
    office.clock.forward(days=2)
    office.put(complaint(3), complaint(4))
    office.work()
    assert office.server.count(office.user) == 0
    restore(office, backup)
    office.put(complaint(5))
    office.work()
    office.work()
    ours = [status for status, kind, _ in office.mails() if kind != "own_mail"]
    assert ours == ["handled"] * 5
    senders = office.ask("SELECT sender, count(*) FROM messages WHERE sender LIKE 'li%' GROUP BY sender ORDER BY 1")
    assert senders == [(f"li{number}@works{number}.example", 1) for number in range(1, 6)]
    assert office.replies() == []
    assert waiting(office) == ["sent"] * 4 + ["parked"]  # the last came before the restore was over
    assert office.server.count(office.user, DONE) == 5
    assert office.errors() == []


def test_without_a_sent_folder_what_was_moved_away_waits_for_a_person(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(**MOVES)
    backup = back_up(office, tmp_path)
    office.put(complaint(3))
    office.work()
    restore(office, backup)
    office.work()
    assert office.statuses() == ["handled"] * 3
    assert waiting(office) == ["sent", "sent", "parked"]
    assert office.replies() == []


def test_a_mail_that_came_long_before_the_backup_and_was_collected_after_it_is_found_where_it_was_moved_to(
    new_office: OpenOffice, store: Store, tmp_path: Path
) -> None:
    if store.server is not None:
        pytest.skip("a backup is of the file of the ledger")
    office = new_office(mailbox=MOVES)
    arrive(office, 1, timedelta(days=10))
    office.work()
    backup = back_up(office, tmp_path)
    arrive(office, 2, timedelta(days=5))  # the mailbox was out of reach for a while
    office.work()
    arrive(office, 3, timedelta(days=20))
    restore(office, backup)
    office.work()
    assert office.statuses() == ["handled"] * 3
    assert office.replies() == []


def test_the_folder_of_handled_mail_is_read_through_once_and_never_otherwise(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office(**MOVES)
    office.server.deliver(office.user, complaint(7), DONE)  # a colleague put it there; nobody restored anything
    office.work()
    assert office.statuses() == ["handled"] * 2
    backup = back_up(office, tmp_path)
    restore(office, backup)
    office.work()
    assert office.statuses() == ["handled"] * 3
    office.server.deliver(office.user, complaint(8), DONE)
    office.work()
    assert office.statuses() == ["handled"] * 3


def test_a_mailbox_that_was_added_after_the_backup_begins_where_the_backup_ends(
    open_office: Callable[..., Office], tmp_path: Path
) -> None:
    office = open_office()
    backup = back_up(office, tmp_path)
    restore(office, backup)
    with office.open() as (app, _), app.ledger.begin() as work:
        since = work.safe_since()
        assert since is not None
        assert since < office.clock.now
        assert work.begin_mailbox("another", office.clock.now) == since
        assert work.begin_mailbox("another", office.clock.now) is None
