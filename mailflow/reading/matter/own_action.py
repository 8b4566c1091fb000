"""A colleague's mail that opens a corrective action: ``开纠正措施：三月份满意度调查，交期得分连续下降``.

The words that open it begin the subject or the first line; what follows is what it is about.  Labelled lines below give
source, product, model, batch and fact; lines without a label are the fact.  Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold

SOURCES: Mapping[str, str] = {
    "满意度": "满意度调查", "调查": "满意度调查", "survey": "满意度调查", "走访": "走访", "拜访": "走访",
    "回访": "走访", "visit": "走访", "重复": "重复发生", "再次": "重复发生", "recur": "重复发生", "内审": "内审",
    "内部审核": "内审", "internal audit": "内审", "外审": "外审", "外部审核": "外审", "external audit": "外审",
    "管理评审": "管理评审", "management review": "管理评审", "内部评审": "管理评审", "检验": "过程/成品检验",
    "inspection": "过程/成品检验", "供方": "供方", "供应商": "供方", "supplier": "供方", "退货": "退货",
    "return": "退货",
}  # fmt: skip
"""Words of a source, and the box of the report they tick; the first that stands there counts."""

_LONGEST = 5000
_OPENS = Grammar(
    r"^\s{0,4}(?:(?:re|fw|fwd|回复|答复|转发)\s?:\s?){0,5}(?:\[[^\]\n]{0,60}\]\s?)?<opens-capa>\s?[:,\-]?\s?(?P<what>[^\n]{0,300})"
)
_LABELLED = Grammar(r"^\s{0,4}(?P<label><capa-labels>)\s?:\s?(?P<value>[^\n]{1,1000})$")
_FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("来源", "出处", "source"), "source"), **dict.fromkeys(("产品", "产品名称", "product"), "product"),
    **dict.fromkeys(("型号", "规格型号", "model"), "model"), **dict.fromkeys(("批号", "批次", "batch"), "batch_no"),
    **dict.fromkeys(("相关案件", "案件", "case", "cases"), "cases"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnAction:
    """What was asked for; what was not said is empty.  ``source`` is a box of the report, or empty."""

    what: str
    source: str = ""
    product: str = ""
    model: str = ""
    batch_no: str = ""
    cases: str = ""
    fact: str = ""


def find_own_action(subject: str, text: str, lexicon: Lexicon) -> OwnAction | None:
    """The corrective action a colleague's mail opens; None when it opens none.  ``text`` is what he wrote anew."""
    subject, text = subject[:_LONGEST], text.strip()[:_LONGEST]
    opens = lexicon(_OPENS)
    first, _, rest = text.partition("\n")
    if found := opens.match(fold(first)):
        what, lines = first[found.start("what") : found.end("what")], rest.split("\n")
    elif found := opens.match(fold(subject)):
        what, lines = subject[found.start("what") : found.end("what")], text.split("\n")
    else:
        return None
    said: dict[str, str] = {}
    facts: list[str] = []
    for line in lines:
        labelled = lexicon(_LABELLED).match(fold(line))
        value = line[labelled.start("value") : labelled.end("value")].strip() if labelled else line.strip()
        field = _FIELDS.get(labelled["label"].strip(), "fact") if labelled else "fact"
        if field == "fact":
            facts.append(value)
        else:
            said.setdefault(field, value)
    source = _box(said.pop("source", "")) or _box(what)
    fact = re.sub(r"\n{2,}", "\n", "\n".join(facts)).strip()
    return OwnAction(what.strip(), source, fact=fact, **said)


def _box(words: str) -> str:
    folded = fold(words)
    found = [(folded.find(word), box) for word, box in SOURCES.items() if word in folded]
    return min(found)[1] if found else ""
