"""Who has no Word reads a signed record too: its PDF lies beside the newest signed copy."""

from __future__ import annotations

import pytest

from mailflow.adapters.libreoffice import convert
from mailflow.settings.sections import CaseworkSection
from tests.flow.letters import letter
from tests.flow.staffed import Staffed, answer


def test_a_signed_copy_gets_its_pdf_in_the_archive_and_the_round_ends_well(people: Staffed) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    people.office.casework = CaseworkSection(pdf=True)
    people.work(letter(sender="wang@plant.example"))
    people.work(answer(people.asked("bai@firm.example", "登记投诉"), "同意"))
    people.work()
    files = people.office.files()
    (pdf,) = [content for path, content in files.items() if path.endswith("/JL-23-01-2026-0001-signed-1.pdf")]
    assert pdf.startswith(b"%PDF")
    assert people.office.errors() == []
