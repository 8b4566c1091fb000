"""An office that writes to its people in English: choices and cells in English, what is kept stays the same."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest
import yaml

from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading, read_value
from mailflow.reading.answers.words import load_answer_words
from mailflow.records.sidecar import read_sidecar
from mailflow.settings import shipped
from mailflow.settings.sections import CaseworkSection
from tests.flow.conftest import OpenOffice, new_office  # noqa: F401 - fixtures
from tests.flow.letters import letter
from tests.flow.office import Clock
from tests.flow.staffed import Ask, Staffed, answer

CUSTOMER = "wang@plant.example"
FORMS = shipped.folder("templates") / "forms"
CHINESE = re.compile("[\u4e00-\u9fff]")
FIELDS = yaml.safe_load((shipped.folder("rules") / "procedures" / "fields.yaml").read_text("utf-8"))["fields"]
TRANSLATED = {name: field for name, field in FIELDS.items() if "choices_en" in field}


def asked(people: Staffed, to: str, task: str) -> Ask:
    mails = people.sent(to)
    return next(mail for mail in reversed(mails) if f"“{task}”" in mail.text)


def test_a_colleague_is_asked_in_english_and_answers_so(new_office: OpenOffice) -> None:  # noqa: F811
    people = Staffed(new_office(casework=CaseworkSection(pdf=False, language="en")))
    people.work(letter(sender=CUSTOMER))
    ask = asked(people, "bai@firm.example", "Register the complaint")
    assert "signature cell “Registrar”" in ask.text
    assert "ordinary/serious/grave" in ask.text
    assert "一般" not in ask.text
    people.office.clock.forward(minutes=2)
    people.work(answer(ask, "agree\nSeverity: grave"))
    assert people.office.ask("SELECT value FROM answers WHERE field = 'severity_judged'") == [("恶性",)]
    leader = asked(people, "zheng@firm.example", "Executive in charge is told")
    assert "signature cell “Executive in charge”" in leader.text
    assert people.office.errors() == []


@pytest.mark.parametrize("name", sorted(TRANSLATED))
def test_every_choice_is_read_in_both_languages_and_kept_as_itself(name: str) -> None:
    field = TRANSLATED[name]
    words, problems = load_answer_words(shipped.folder("rules") / "answers.yaml")
    assert words is not None, problems
    clock = Clock()
    reading = Reading(words, clock.now, clock.now.tzinfo, ())  # type: ignore[arg-type]
    spec = FieldSpec(name, (name,), field["type"], tuple(field["choices"]), tuple(field["choices_en"]))
    assert len(spec.choices) == len(spec.choices_en)
    for kept, english in zip(spec.choices, spec.choices_en, strict=True):
        assert not CHINESE.search(english)
        for said in (kept, english, english.upper(), f"{english}."):
            assert read_value(reading, spec, said) == (kept, ""), said
    if field["type"] == "choices":
        assert read_value(reading, spec, ", ".join(spec.choices_en[:2])) == ("、".join(spec.choices[:2]), "")


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_signature_cell_has_an_english_title(path: Path) -> None:
    spec, problems = read_sidecar(path)
    assert spec is not None, problems
    assert spec.signers_en.keys() == spec.signers.keys()
    assert not any(CHINESE.search(title) for title in spec.signers_en.values())


def test_the_english_letter_has_english_page_numbers() -> None:
    document = docx.Document(io.BytesIO((FORMS / "JL-23-10E.docx").read_bytes()))
    foot = "".join(paragraph.text for paragraph in document.sections[0].footer.paragraphs)
    assert "Page " in foot
    assert " of " in foot
    assert not CHINESE.search(foot)
    assert document.core_properties.language == "en-GB"
