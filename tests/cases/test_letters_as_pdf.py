"""The letter to a customer leaves as a PDF with the words its approver saw; it is never lost over one."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pypdf
import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.settings.sections import CaseworkSection
from tests.cases.papers import words as words_of_file
from tests.flow.letters import letter
from tests.flow.robots import knowing, play
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER, MANAGER, BOSS = "wang@plant.example", "han@firm.example", "zheng@firm.example"
TEXT = "经查为密封圈漏装，责任在我司。\n\n五件球阀将于3月10日前换发。\n\n以后每台出厂前加做气密试验。"


@pytest.fixture
def office_with_pdfs(people: Staffed) -> Staffed:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    people.office.casework = CaseworkSection(pdf=False, letters="pdf")
    return people


def until_approval(people: Staffed, *mails: bytes) -> Ask:
    """A complaint goes on until somebody is asked to let the answer go; that mail."""
    people.work(*(mails or (letter(sender=CUSTOMER),)))
    waiting: list[Ask] = []

    def say(ask: Ask) -> str | None:
        if "批准答复" in ask.text and ask.to == MANAGER:
            waiting.append(ask)
            return None
        return knowing(答复内容=TEXT)(ask)  # type: ignore[return-value]

    play(people, say, until=lambda: bool(waiting))
    return waiting[0]


def approved(people: Staffed, approving: Ask) -> Ask:
    before = len(people.sent(CUSTOMER))
    people.work(answer(approving, "同意"))
    (left,) = people.sent(CUSTOMER)[before:]
    return left


def kinds(mail: Ask) -> list[str]:
    return [part.get_content_type() for part in mail.mail.iter_attachments()]


def suffixes(mail: Ask) -> list[str]:
    return [(part.get_filename() or "").rpartition(".")[2] for part in mail.mail.iter_attachments()]


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def pdf_words(content: bytes) -> str:
    return bare("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))


def printing(people: Staffed) -> list[str]:
    return [how for (how,) in people.office.ask("SELECT printing FROM outbox WHERE occasion LIKE 'answer:%'")]


def test_the_customer_gets_a_pdf_that_says_what_the_approver_read(office_with_pdfs: Staffed) -> None:
    people = office_with_pdfs
    approving = until_approval(people)
    left = approved(people, approving)
    assert kinds(left) == ["application/pdf"]
    name, content = left.file(".pdf")
    assert name == approving.file(".docx")[0].replace(".docx", ".pdf")
    assert printing(people) == ["pdf"]
    said = pdf_words(content)
    lines = [
        bare(line) for page in pypdf.PdfReader(io.BytesIO(content)).pages for line in page.extract_text().splitlines()
    ]
    for paragraph in TEXT.split("\n\n"):
        assert bare(paragraph) in said
        assert any(line.startswith(bare(paragraph)[:8]) for line in lines)  # each begins a line of its own
    # The Word file the approver had says the same, line by line, but for the cell he had not signed yet.
    there = [bare(line) for line in words_of_file(approving.file(".docx")[1]).splitlines()]
    lines = [line for line in there if len(line) > 3 and not line.startswith("签发")]
    assert len(lines) >= 6
    assert [line for line in lines if line not in said] == []
    # And the mail around it is the one he read.
    mail = bare(re.sub(r"(?m)^.*RF-[A-Z0-9-]+.*$", "", left.text))
    assert mail in re.sub(r"[>\s]+", "", approving.text)
    assert people.office.errors() == []


def test_a_company_may_send_both(office_with_pdfs: Staffed) -> None:
    people = office_with_pdfs
    people.office.casework = CaseworkSection(pdf=False, letters="both")
    left = approved(people, until_approval(people))
    assert suffixes(left) == ["pdf", "docx"]


def test_without_libreoffice_the_word_file_leaves_at_once_and_the_managers_hear_it_once(
    people: Staffed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people.office.casework = CaseworkSection(pdf=False, letters="pdf")
    programs = tmp_path / "bin"
    programs.mkdir()
    python = shutil.which("python3")
    assert python
    (programs / "python3").symlink_to(python)
    monkeypatch.setenv("PATH", str(programs))  # a machine that has no LibreOffice
    left = approved(people, until_approval(people))
    assert suffixes(left) == ["docx"]
    assert "随信附上《客户答复函》（编号 JL-23-10-2026-0001），请查收" in left.text
    assert printing(people) == ["word"]
    people.office.change("UPDATE outbox SET printing = 'due', status = 'pending' WHERE occasion LIKE 'answer:%'")
    people.work()  # as if another letter followed
    told = [mail for mail in people.all_sent() if "答复函以 Word 文件发出" in mail.subject]
    assert [mail.to for mail in told] == [BOSS]
    assert people.journal().count("letter.as_word") == 2


def test_a_libreoffice_that_fails_over_a_file_costs_no_letter(
    people: Staffed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people.office.casework = CaseworkSection(pdf=False, letters="pdf")
    broken = tmp_path / "bin" / "soffice"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho trouble >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:/usr/bin:/bin")
    left = approved(people, until_approval(people))
    assert suffixes(left) == ["docx"]


class Slow:
    """A printer during whose work the program is killed."""

    def is_there(self) -> bool:
        return True

    def pdfs_of(self, _records: Mapping[int, bytes]) -> dict[int, bytes]:
        raise KeyboardInterrupt

    def to_pdf(self, *_: object) -> list[Path]:
        raise AssertionError

    def to_png(self, *_: object) -> list[Path]:
        raise AssertionError


def test_a_kill_while_it_is_printed_sends_it_once_and_what_nobody_prints_leaves_as_it_is_after_an_hour(
    people: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.office.casework = CaseworkSection(pdf=False, letters="pdf")
    approving = until_approval(people)

    def answers() -> list[Ask]:
        return [mail for mail in people.sent(CUSTOMER) if "现答复如下" in mail.text]

    with monkeypatch.context() as patch:
        patch.setattr("mailflow.app.OfficePrinter", Slow)
        with pytest.raises(KeyboardInterrupt):
            people.work(answer(approving, "同意"))
    assert printing(people) == ["due"]
    assert answers() == []
    with monkeypatch.context() as patch:
        patch.setattr("mailflow.backoffice.print_letters", lambda *_: 0)  # the round never comes so far
        people.work()
        assert answers() == []
        people.office.clock.forward(minutes=61)
        people.work()
    people.work()
    (left,) = answers()
    assert suffixes(left) == ["docx"]
    assert people.office.errors() == []
