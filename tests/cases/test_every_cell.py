"""On the records of a closed case nothing waits any more: each cell is signed, each field filled, or crossed out."""

from __future__ import annotations

import io
from collections.abc import Iterator

import docx
from docx.oxml.ns import qn

from tests.cases.test_kinds_of_cases import later
from tests.flow.letters import letter
from tests.flow.robots import knowing, play
from tests.flow.staffed import Staffed, answer

CUSTOMER = "wang@plant.example"
GRAVE = "贵司球阀爆裂，造成我司两名工人受伤送医，生产线停产，订单号：DD20260301008，请立即处理。联系人：王强"
WHOLE = {
    "是否需要8D报告": "是", "处置": "退货、返工、换货、补发", "参加人员": "秦朗、邓宁", "实收": "5件",
    "检验数据": "阀杆处漏",
    "返工要求": "补装密封圈", "返工数量": "5件", "返工检验结果": "合格", "8D附信": "现提交8D报告请审阅",
}  # fmt: skip


def newest(people: Staffed) -> dict[str, bytes]:
    """Every record of the office as it lies on top: its newest version with the signatures given on it."""
    found = {}
    query = "SELECT id, number, form, digest FROM records ORDER BY revision"
    for row, number, _, digest in people.office.ask(query):
        copies = people.office.ask("SELECT copy_digest FROM signatures WHERE record_id = ? ORDER BY id", row)
        name = copies[-1][0] if copies else digest
        found[number] = (people.office.storage / "vault" / name[:2] / name[2:]).read_bytes()
    return found


def waiting(content: bytes) -> Iterator[str]:
    """The tags of controls in which somebody might still write: those with a placeholder, and empty cells."""
    for control in docx.Document(io.BytesIO(content)).element.iter(qn("w:sdt")):
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val"))
        words = "".join(text.text or "" for text in control.iter(qn("w:t")))
        if "点此填写" in words or not words.strip("\u3000 "):
            yield tag


def all_waiting(people: Staffed) -> dict[str, list[str]]:
    """What still waits, by record."""
    found = {number: sorted(waiting(content)) for number, content in newest(people).items()}
    return {number: tags for number, tags in found.items() if tags}


def closed(people: Staffed) -> bool:
    return {status for (status,) in people.office.ask("SELECT status FROM cases")} == {"closed"}


def test_an_ordinary_complaint_leaves_no_cell_and_no_field_waiting(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER))
    play(people)
    for _ in range(3):
        later(people)
        play(people)
    people.work(answer(people.sent(CUSTOMER)[-1], "满意"))
    for _ in range(8):
        play(people)
        later(people)
    assert closed(people), people.open_tasks()
    assert all_waiting(people) == {}
    assert people.office.errors() == []


def test_a_grave_complaint_with_everything_leaves_no_cell_and_no_field_waiting(people: Staffed) -> None:
    say = knowing(**WHOLE)
    people.work(letter(GRAVE, subject="紧急投诉：球阀爆裂伤人", sender=CUSTOMER))
    for _ in range(6):
        play(people, say)
        later(people)
    people.work(answer(people.sent(CUSTOMER)[-1], "满意"))
    for _ in range(8):
        play(people, say)
        later(people)
    assert closed(people), people.open_tasks()
    assert all_waiting(people) == {}
    assert people.office.errors() == []
