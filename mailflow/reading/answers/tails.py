"""What stands on the lines below a text's first one and is none of it.

A remark to whoever approves ends the text; what corrects it, answers another field, or speaks to a colleague makes it
doubtful: its writer is asked, since a text may go to a customer as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from mailflow.reading.answers import people
from mailflow.reading.answers.labelled import is_strange
from mailflow.reading.answers.pieces import cut
from mailflow.reading.answers.sentences import begins_with_name
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading
from mailflow.reading.answers.words import AnswerWords, squeeze

_SENTENCE = re.compile(r"[\n。;!]|\.\s")
_CHECKED = frozenset({"choice", "choices", "yesno", "person", "department", "date", "moment", "money", "quantity"})


def is_for_approver(words: AnswerWords, line: str) -> bool:
    """Is a folded line nothing but a request to whoever approves (请经理审核，谢谢)?"""
    group = words.get("to_approver")
    said = [piece.words for piece in cut(line)]
    if group is None or not any(group.whole(each) for each in said):
        return False
    return all(group.whole(each) or words["polite"].whole(each) or words["closing"].whole(each) for each in said)


def doubt_of(reading: Reading, field: FieldSpec, folded: str, open_: Mapping[str, FieldSpec]) -> str:
    """Why a text (its lines, folded) may hold what is none of it; empty when nothing says so.

    ``open_`` are the other fields no value was written for: ``twice`` where a line corrects, ``strange_label`` where
    something may be the value of one of them, ``to_colleague`` where words for the customer speak to a colleague.
    """
    lines = [line for line in folded.split("\n") if line.strip()]
    if field.outward and _speaks_to_colleagues(reading, lines):
        return "to_colleague"
    checked = {name: spec for name, spec in open_.items() if spec.type in _CHECKED}
    if any(begins_with_name(each, checked) for each in _SENTENCE.split(folded)[1:]):
        return "strange_label"
    wanting = any(spec.required and spec.type == "text" for spec in open_.values())
    rest = reading.words.get("the_rest")
    for line in lines[1:]:
        if corrects_more(reading.words, squeeze(line)):
            return "twice"
        if rest is not None and (end := rest.start(squeeze(line))) > 0 and _agrees(reading.words, squeeze(line)[end:]):
            return "strange_label"  # 其余同意
        if wanting and is_strange(line):
            return "strange_label"  # what is missing may stand there, under a name nobody knows
    return ""


def _agrees(words: AnswerWords, said: str) -> bool:
    return any(words[group].whole(said.strip(" ,.。!")) for group in ("agree", "signed"))


def corrects_more(words: AnswerWords, said: str) -> bool:
    """Do squeezed words begin with one that corrects, and go on: 更正：发货期12月2日, 改成沈志强?"""
    group = words.get("corrects")
    end = group.start(said) if group is not None else -1
    return end > 0 and bool(said[end:].strip(" :,.。!"))


def _speaks_to_colleagues(reading: Reading, lines: Sequence[str]) -> bool:
    """Is one of the lines meant for a colleague (@韩梅 …, 韩梅，你看语气行不行, （韩经理，运单号晚点补）)?"""
    names = [squeeze(name) for name in reading.names if name]
    said = [squeeze(line) for line in lines]
    return any("@" in line and any(f"@{name}" in line for name in names) for line in said) or any(
        _is_addressed(reading, line.lstrip(" (["), names) for line in said[1:]
    )


def _is_addressed(reading: Reading, line: str, names: Collection[str]) -> bool:
    """Does a line begin with a colleague's name, or with the title one calls a colleague by?"""
    if any(line.startswith(name) for name in names):
        return True
    head = line.replace("，", ",").replace(":", ",").partition(",")
    return bool(head[1]) and len(people.fitting(head[0], reading.names, reading.words.lexicon)) == 1
