"""A mail that cannot be worked on is held with its reason, and the next one goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.apart import available
from mailflow.domain.errors import NeedsPerson
from mailflow.domain.forms import FormSpec
from mailflow.domain.model import Details, Message
from mailflow.domain.ports import Forms, Reader, Vault
from mailflow.flow import Outcome
from mailflow.settings.sections import Limits
from tests.flow.conftest import OpenOffice
from tests.flow.letters import complaint, letter
from tests.flow.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    """An office that reads in a process of its own, as the product does."""
    office.apart = True
    return office


class Choking:
    """A reader that breaks on one word."""

    def __init__(self, inner: Reader, error: Exception) -> None:
        self.inner, self.error = inner, error

    def read(self, message: Message, now: datetime) -> Details:
        if "噎住" in message.text:
            raise self.error
        return self.inner.read(message, now)


@pytest.mark.parametrize(
    ("error", "reason"), [(ValueError("what the customer wrote"), "error"), (RecursionError(), "error")]
)
def test_a_mail_that_breaks_a_stage_is_held_and_the_next_goes_on(office: Office, error: Exception, reason: str) -> None:
    office.put(complaint(1), letter("这封信让程序噎住了。"), complaint(2))
    outcomes = office.work(reader=lambda inner: Choking(inner, error))
    assert [outcome.status.value for outcome in outcomes] == ["handled", "held", "handled"]
    assert office.mails()[1][2] == reason
    assert "customer wrote" not in office.one("SELECT detail FROM messages WHERE id = 2")
    assert office.reconciled() == (3, 2, 0, 1, 0, 0)
    assert len(office.replies()) == 2
    assert office.errors() == []


class Endless:
    """A reader that never ends on one word."""

    def __init__(self, inner: Reader) -> None:
        self.inner = inner

    def read(self, message: Message, now: datetime) -> Details:
        while "噎住" in message.text:
            pass
        return self.inner.read(message, now)


@pytest.mark.skipif(not available(), reason="this system does not fork")
@pytest.mark.parametrize("command", ["run", "run --once"])
def test_a_mail_that_takes_too_long_is_held_and_the_next_goes_on(office: Office, command: str) -> None:
    office.limits = Limits(reading_seconds=1)
    office.put(complaint(1), letter("这封信让程序噎住了。"), complaint(2))
    stop = threading.Event()
    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if command == "run" and len(outcomes) == 3:
            stop.set()

    with office.open(reader=Endless, tell=tell, stop=stop) as (_, worker):
        worker.run() if command == "run" else worker.once()
    assert [outcome.status.value for outcome in outcomes] == ["handled", "held", "handled"]
    assert office.mails()[1][2] == "too_long"
    if command == "run":
        office.work()  # what a worker that is stopped leaves to the next
    assert office.reconciled() == (3, 2, 0, 1, 0, 0)
    assert len(office.replies()) == 2
    assert office.errors() == []


@pytest.mark.skipif(not available(), reason="this system does not fork")
def test_no_mail_waits_for_a_second_one_that_takes_too_long(office: Office) -> None:
    office.limits = Limits(reading_seconds=1)
    office.put(complaint(1), letter("这封信让程序噎住了。"), letter("这一封也让程序噎住了。"), complaint(2))
    finished: list[tuple[int, ...]] = []
    with office.open(reader=Endless, tell=lambda _: finished.append(office.ask(DONE)[0])) as (_, worker):
        worker.once()
    assert [outcome[0] for outcome in finished] == [2, 2, 3, 4]
    assert office.errors() == []


DONE = "SELECT count(*) FROM messages WHERE finished_at IS NOT NULL"
LONG = 70_000
HEADERS = {
    "ten thousand fields": b"".join(b"X-%d: y\r\n" % number for number in range(10_000)),
    "one field": b"X-Long: " + b"a" * LONG + b"\r\n",
    "recipients": b"Cc: " + b"a@plant.example,\r\n " * 5_000 + b"b@plant.example\r\n",
    "hops": b"Received: from " + b"x" * LONG + b" by mx.firm.example; Mon, 02 Mar 2026 09:00:00 +0800\r\n",
    "old threads": b"References: " + b"<a@plant.example>\r\n " * 5_000 + b"<b@plant.example>\r\n",
}


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_mail_with_a_header_too_long_opens_its_case_and_is_answered(office: Office, header: str) -> None:
    raw = HEADERS[header] + complaint(1)
    office.put(raw, complaint(2))
    assert [outcome.status.value for outcome in office.work()] == ["handled", "handled"]
    assert office.recipients() == ["li1@works1.example", "li2@works2.example"]
    (digest,) = office.ask("SELECT digest FROM messages WHERE id = 1")[0]
    assert (office.storage / "vault" / digest[:2] / digest[2:]).read_bytes() == raw
    (row,) = office.ask("SELECT message_id, case_id, data FROM journal WHERE event = 'mail.header_cut'")
    name = raw.partition(b":")[0].decode().lower()
    assert row == (1, 1, f'{{"fields":"{"*" if name.startswith("x-") else name}"}}')
    assert office.errors() == []


@pytest.mark.parametrize("size", [20_000, LONG], ids=["within", "beyond"])
def test_one_field_too_long_keeps_no_customer_waiting(office: Office, size: int) -> None:
    long = {
        b"From": "王" * (size // 3) + " <wang@plant{}.example>",
        b"Subject": "投诉：球阀漏水" + "很长" * (size // 6),
        b"Message-ID": "<" + "a1" * (size // 2) + "@plant.example>",
        b"In-Reply-To": "<" + "b2" * (size // 2) + "@plant.example>",
        b"Date": "Mon, 02 Mar 2026 09:00:00 +0800 (" + "x" * size + ")",
        b"Content-Type": 'text/plain; charset="utf-8"; name="' + "x" * size + '"',
        b"Reply-To": '"' + "x" * size + '" <wang@plant{}.example>',
        b"X-Mailer": "x" * size,
    }
    for number, (name, value) in enumerate(long.items()):
        raw = complaint(number).replace(f"works{number}.example".encode(), f"plant{number}.example".encode())
        lines = [line for line in raw.split(b"\r\n") if not line.startswith(name + b":")]
        office.put(b"\r\n".join((name + b": " + value.format(number).encode(), *lines)))
    assert {outcome.status.value for outcome in office.work()} == {"handled"}
    assert {address.partition("@")[2] for address in office.recipients()} == {
        f"plant{number}.example" for number in range(len(long))
    }
    assert office.errors() == []


def test_a_sender_longer_than_an_address_can_be_is_nobody(office: Office) -> None:
    office.put(letter(sender="w" * 5_000 + "@plant.example"), complaint(2))
    assert [outcome.status.value for outcome in office.work()] == ["handled", "handled"]
    assert office.recipients() == ["li2@works2.example"]
    assert office.errors() == []


def test_a_held_mail_is_handled_once_when_it_is_released(office: Office) -> None:
    office.put(letter("这封信让程序噎住了。"))
    office.work(reader=lambda inner: Choking(inner, ValueError()))
    with office.open() as (app, worker):
        with app.ledger.begin() as work:
            assert work.release(1)
            assert not work.release(1)
        worker.once()
    assert office.statuses() == ["handled"]
    assert len(office.replies()) == 1
    assert office.errors() == []


class FormsWithADefect:
    """Forms that cannot write one word."""

    def __init__(self, inner: Forms) -> None:
        self.inner = inner

    def specs(self) -> Sequence[FormSpec]:
        return self.inner.specs()

    def fill(self, code: str, fields: Mapping[str, Any]) -> bytes:
        if "噎住" in str(fields):
            raise KeyError("a defect")
        return self.inner.fill(code, fields)


def test_what_filing_did_for_a_mail_that_breaks_it_is_undone(office: Office) -> None:
    """No customer, no case, no number is used up by the broken mail."""
    office.put(complaint(1), letter("球阀漏水，请换货。噎住。"), complaint(3))
    outcomes = office.work(forms=FormsWithADefect)
    assert [outcome.status.value for outcome in outcomes] == ["handled", "held", "handled"]
    assert office.one("SELECT count(*) FROM cases") == 2
    assert office.one("SELECT max(number) FROM customers") == "KH-00002"
    assert office.errors() == []


class Fussy:
    """A vault that has a defect with Word files: not a passing one."""

    def __init__(self, inner: Vault) -> None:
        self.inner = inner

    def put(self, contents: Sequence[bytes]) -> Sequence[str]:
        if any(content.startswith(b"PK") for content in contents):
            raise PermissionError("not this one")
        return self.inner.put(contents)

    def put_file(self, path: Path) -> str:
        return self.inner.put_file(path)

    def get(self, digest: str) -> bytes:
        return self.inner.get(digest)


def test_mails_whose_records_cannot_be_kept_are_held_and_the_others_go_on(office: Office) -> None:
    office.put(complaint(1), letter("贵司的服务非常好，特此表扬，谢谢！", subject="表扬"), complaint(2))
    office.work(vault=Fussy)
    assert office.statuses() == ["held", "handled", "held"]
    assert office.one("SELECT count(*) FROM records") == 0
    assert len(office.replies()) == 1
    assert office.errors() == []


def test_an_oversize_mail_is_held_whole(new_office: OpenOffice) -> None:
    office = new_office(limits=Limits(mail_bytes=20_000))
    large = letter("说明书见附件。", files={"big.bin": b"\1" * 50_000})
    office.put(complaint(1), large, complaint(2))
    office.work()
    assert sorted(office.statuses()) == ["handled", "handled", "held"]
    [(reason, digest)] = office.ask("SELECT reason, digest FROM messages WHERE status = 'held'")
    assert reason == "oversize"
    assert (office.storage / "vault" / digest[:2] / digest[2:]).read_bytes() == large
    assert list((office.storage / "spool").glob("*")) == []
    assert office.reconciled() == (3, 2, 0, 1, 0, 0)


def test_damaged_raw_bytes_are_held(office: Office) -> None:
    class Rotten(Fussy):
        def get(self, digest: str) -> bytes:
            raise NeedsPerson("damaged", "altered")

    office.put(complaint(1))
    office.work(vault=Rotten)
    assert office.mails() == [("held", "", "damaged")]


HOSTILE = [
    "../../../../outside/x", "../../../../../outside/x", "..", ".", "", "~/x", "C:\\x.exe", "..\\..\\x",
    "con.txt", "a\u202egpj.exe", "x" * 300, "archive.json", "../archive.json", "a/../../b", "`id`.txt", "$(id).txt",
    "%2e%2e%2fx", "|id", "\u2028.txt", "-rf", "名" * 120,
]  # fmt: skip


def test_nothing_is_written_outside_the_storage_folder(office: Office, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    names = [*HOSTILE, str(outside / "x"), str(office.folder / "mailflow.yaml")]
    files = {name: f"content {n}".encode() for n, name in enumerate(names)}
    office.config  # noqa: B018 - writes the password file
    around = {path for path in tmp_path.rglob("*") if office.storage not in path.parents and path != office.storage}
    office.put(
        letter(files=files),
        letter(
            subject="投诉 ../../../x",
            sender='"../../../../tmp/y" <../../z@plant.example>',
            message_id="<../../../tmp/x>",
        ),
    )
    office.work()
    assert "held" not in office.statuses()
    after = {path for path in tmp_path.rglob("*") if office.storage not in path.parents and path != office.storage}
    assert after == around
    contents = {content for path, content in office.files().items() if "/附件/" in path}
    assert contents == set(files.values())
    assert not any(path.is_symlink() for path in office.storage.rglob("*"))
    assert office.errors() == []
