"""Words for the customer leave with another person's approval: what a procedure must say, and what is told when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import INTERNAL_NOTE

FIELDS = """\
fields:
  answer_text: {title: {zh: 答复内容, en: Answer}}
  plan: {title: {zh: 方案, en: Plan}, to_customer: true}
  agreed: {title: {zh: 核准, en: Agreed}, type: choice, choices: [同意, 不同意]}
  investigator: {title: {zh: 调查人, en: Investigator}, type: person}
  found: {title: {zh: 事实, en: Facts}}
"""
ANSWERED = """\
title: {zh: 咨询, en: Inquiry}
kinds: [inquiry]
tasks:
  appoint:
    title: {zh: 指派, en: Appoint}
    role: service_manager
    asks: [investigator]
    done_by: reply
  look:
    title: {zh: 查, en: Look}
    needs: [appoint]
    who: investigator
    asks: [found]
    done_by: reply
  draft:
    title: {zh: 起草, en: Draft}
    needs: [look]
    role: service
    asks: [answer_text]
    done_by: reply
  approve:
    title: {zh: 批准, en: Approve}
    needs: [draft]
    role: service_manager
    unlike: [draft, look]
    asks: [agreed]
    done_by: reply
  send:
    title: {zh: 发出, en: Send}
    needs: [approve]
    when: agreed == "同意"
    done_by: mailflow
    do: answer
"""


def found(folder: Path, text: str, fields: str = FIELDS) -> list[str]:
    folder.joinpath("fields.yaml").write_text(fields, "utf-8")
    folder.joinpath("case.yaml").write_text(text, "utf-8")
    _, problems = load_procedures(folder)
    return [f"{item.line} {item.code} {item.message}" for item in problems]


def test_an_approved_answer_is_sound_and_its_writer_has_a_place_for_what_is_internal(tmp_path: Path) -> None:
    assert found(tmp_path, ANSWERED) == []
    procedures, _ = load_procedures(tmp_path)
    assert procedures is not None
    (procedure,) = procedures.all
    assert procedure.tasks["draft"].may == (INTERNAL_NOTE,)
    assert procedure.tasks["look"].may == ()


def test_a_company_that_calls_something_else_an_internal_note_keeps_its_own(tmp_path: Path) -> None:
    own = FIELDS + "  memo: {title: {zh: 内部备注, en: Memo}}\n"
    assert found(tmp_path, ANSWERED, own) == []
    procedures, _ = load_procedures(tmp_path)
    assert procedures is not None
    assert procedures.all[0].tasks["draft"].may == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("needs: [approve]", "needs: [draft]", "answer_text goes to the customer and nobody approves it"),
        ("unlike: [draft, look]", "unlike: [draft]", "may be done by who did look"),
        ("unlike: [draft, look]", "unlike: [look]", "may be done by who did draft"),
        ("    unlike: [draft, look]\n", "    unlike: [draft, look]\n    approves: found\n", "found is no text"),
        ("kinds: [inquiry]", "kinds: [complaint]", "complaints and orders are never answered without"),
    ],
)  # fmt: skip
def test_what_lets_words_go_unseen_is_told_at_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = ANSWERED.replace(old, new)
    if "complaint" in new:
        text = text.replace("    unlike: [draft, look]\n", "    unlike: [draft, look]\n    spares: [service]\n")
    assert text != ANSWERED
    told = found(tmp_path, text)
    assert len([item for item in told if " MF816 " in item and words in item]) == 1, told
    assert all(int(item.split()[0]) > 0 for item in told)
