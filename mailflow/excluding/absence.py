"""A mail that says only that somebody is away, has left, or has got ours: known by every clause of it.

Responders without any mark of a machine are known by nothing else.  The text is cut into clauses; each must be of a
sentence such texts are made of (``look_in: [clause]`` in ``rules/exclusion.yaml``), and one of them must say what the
mail is for.  A clause more, a demand, a question, an order number, and it is a person's letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.domain.model import Message
from mailflow.excluding.machine_marks import MachineMarks, fold

LONGEST = 600  # characters; who writes more says more
ENOUGH = 1.0  # soft clauses weigh nothing: greetings, thanks, whom to turn to

_MONTHS = (
    "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
    "|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
)
_CLAUSE = re.compile(rf"(?i)[,，、。;；!！\n]|\.(?=\s|$)(?! (?:{_MONTHS}))|\s-{{1,3}}\s|--+|—+")
_CONTACT = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|\+?\(?\d[\d() -]{4,24}\d")
_NUMERAL = r"(?:\d{1,4}|(?<!第)[一二两三四五六七八九十]{1,3})"
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]{3,6})?"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_ATOM = (
    rf"(?:{_NUMERAL} ?(?:年|月|日|号|点|时|分|天|周|小时|个?工作日|个月|个小时|st|nd|rd|th|days?|hours?|weeks?)"
    r"(?:份|内|后)?"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|(?:今|明|后|昨)[天日年]|(?:本|这|下|上|近|最近)(?:周|个?月|一周|几天|两天|日|段时间)"
    r"|[上下中]午|晚上|早上|[月年周]底|[月年]初|节后|节前|假期|期间|即日|今日|near future"
    rf"|\b(?:{_MONTHS})\b|\b{_MONTH}\b|\b{_DAY}\b|\b(?:today|tomorrow|noon|(?:next|this) week|next month)\b"
    r"|\bend of (?:the|this) (?:week|month)\b"
    r"|\d{1,4}(?:[./-]\d{1,2}){1,2}|\b\d{1,4}\b)"
)
_TIME = re.compile(
    rf"{_ATOM}(?:[ ~/:.()（）-]{{0,3}}(?:(?:至|到|起|or|and|to|of) ?)?{_ATOM}){{0,12}}(?:[()（）]{{0,2}})"
)
_BETWEEN = re.compile(r"# ?(?:至|到|~|-|to|until|till|through|and|–)+ ?(?=#)")


def clauses(text: str) -> Iterator[str]:
    """The clauses of a text, folded; a time in it is ``#``, an address or telephone ``@``."""
    for piece in _CLAUSE.split(text):
        told = _CONTACT.sub("@", fold(piece))
        told = _BETWEEN.sub("", _TIME.sub("#", told)).strip(" .()[]\"'“”…~:")
        if told:
            yield told


def says_only_absence(message: Message, marks: MachineMarks) -> bool:
    """Whether all that is written is an absence, a farewell or a receipt, and nothing comes with it."""
    text = message.new_text.strip()
    if len(text) > LONGEST or message.attachments or message.forwarded or not marks.clause:
        return False
    told: dict[str, float] = {}
    for part in clauses(text):
        hits = marks.clause.hits("clause", part)
        if not hits:
            return False
        told.update({hit.mark.name: 0.0 if hit.mark.soft else hit.mark.weight for hit in hits})
    return sum(told.values()) >= ENOUGH
