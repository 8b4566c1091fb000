"""Order and batch numbers whose label does not stand right before them: in a sentence, over a column, on the goods.

``批号我核过了，是 X``, ``采购单还是那个X``, ``the boxes carry two date codes, X and Y``, ``瓶底印着 X``,
``合同（编号：X）``, a
table's column ``订单号``.  What is a date, a sum or a count is sorted out by :mod:`mailflow.reading.codes.labelled`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailflow.reading.matching.lexicon import Grammar
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.text import tables

_CODE = r"(?P<value>(?=[a-z0-9/_.-]{0,24}\d{2})[a-z0-9][a-z0-9/_.-]{3,30})"
_ORDER_CODE = r"(?P<value>(?=[a-z0-9/_.-]{0,30}\d{3})[a-z0-9][a-z0-9/_.-]{4,30})"
_BATCH = "<batch-words>"
_FAR = r"(?:号码?|编号)?[^\n。;!?:\da-z]{0,26}?"
_SAYS = r"""<says-verbs>(?:是|的是)?[ :"'(\[]{0,3}"""
_NUMBERED = r"(?:号码?|编号)?"
_QUOTED = r"(?:的|之前|原来|上次)?(?:那|这)?个?[: \"'(\[]{0,3}"
_ENGLISH_SAYS = (
    r"(?:[a-z ,'()]{1,50}(?:\b(?:is|are|was|were|reads?|says?|shows?|marked|stamped|printed|"
    r"labell?ed)|[,:])|[,:])[ :\"'(\[]{0,3}"
)
_BATCH_SAID, _ORDER_SAID = "batch-number-sentence", "order-number-sentence"
_SENTENCES = (
    # 批号写的是X; lot label on the trays: X
    ("batch_no", _BATCH_SAID, 0.8, Grammar(rf"{_BATCH}{_FAR}{_SAYS}{_CODE}")),
    ("batch_no", _BATCH_SAID, 0.8, Grammar(rf"<batch-words-near>[^\n,。;:\d a-z]{{1,10}}[: ]{{0,2}}{_CODE}")),
    (
        "batch_no",
        _BATCH_SAID,
        0.8,
        Grammar(rf"(?:(?<!a )\blots?|\bbatch(?:es)?|\bheats?|\bdate codes?|\bd/c)\b{_ENGLISH_SAYS}{_CODE}"),
    ),
    ("order_no", _ORDER_SAID, 0.9, Grammar(rf"<order-papers-said>{_NUMBERED}[:, ]?<is-still>{_QUOTED}{_ORDER_CODE}")),
    ("order_no", _ORDER_SAID, 0.9, Grammar(rf"<order-papers>(?:号码?|编号){_FAR}{_SAYS}{_ORDER_CODE}")),
    (
        "order_no",
        _ORDER_SAID,
        0.9,
        Grammar(
            r"<order-contracts>(?:书)?[》>\"')\] ]{0,3}[(\[,， ]{0,3}<order-contracts>?(?:<number-labels>|no\.?|nos?\.)"
            r"[为是: ]{0,3}" + _ORDER_CODE
        ),
    ),
    (
        "order_no",
        _ORDER_SAID,
        0.9,
        Grammar(
            rf"编?号(?:为|是|:)? ?{_ORDER_CODE}[)\]》\"'号]{{0,2}}的?[《\"']?[\u4e00-\u9fff]{{0,10}}<order-contracts>"
        ),
    ),
    (
        "order_no",
        _ORDER_SAID,
        0.85,
        Grammar(
            r"\b(?:po|p\.o\.|purchase order|order|contract|booking)(?: number| no\.?| ref(?:erence)?)?,? (?:for|"
            r"on|of|in|at|we|you|this|that)\b[a-z ,']{1,30}?(?:\b(?:is|was|reads|says)|:) ?" + _ORDER_CODE
        ),
    ),
    # 单子是常州仓的,FK250711: what looks like a number of nothing else behind a slip that was named
    (
        "order_no",
        _ORDER_SAID,
        0.65,
        Grammar(
            r"(?:单子|[我贵]?[司方们]的单)[^\n。;!?:\da-z]{0,12}[ :,]?"
            r"(?P<value>[a-z]{1,6}-?\d{5,14}(?:-\d{1,5}){0,2})(?![a-z\d])"
        ),
    ),
    # 单XK0711-9: a bare slip
    (
        "order_no",
        _ORDER_SAID,
        0.75,
        Grammar(r"<slip-bare>[ :]?(?P<value>[a-z]{1,6}-?\d{3,14}(?:-\d{1,6}){0,2})(?![a-z\d/_.-])"),
    ),
)
_ON_GOODS = "<places-on-goods>"
_MARK = (
    r"(?P<value>[a-z]{1,4}-?\d{4,10}(?:[a-z-][a-z0-9-]{0,5})?|20\d{6}(?:[ ]?[a-z]\d{0,3})?|"
    r"\d{6}[ -]?[a-z]\d{0,3})(?![a-z0-9年月日/_.])"
)
_MARKED = Grammar(
    rf"(?:{_ON_GOODS}[^\n。;,!?\da-z]{{0,8}}(?:<marks-put>|:)|<marks-alone>(?=[的着有了码号字是为: ]))"
    f"(?: |<marked-fillers>){{0,6}}{_MARK}"
)
_PRODUCED = Grammar(f"<produced-labels>[是为: ]{{0,3}}{_MARK}")

_HEADS = (
    ("order_no", "order-number-column", 0.95, False, Grammar("<order-columns>")),
    ("order_no", "delivery-note-column", 0.5, False, Grammar("<delivery-note-columns>")),
    ("order_no", "waybill-column", 0.9, False, Grammar("<waybill-columns>")),
    ("batch_no", "batch-number-column", 0.95, True, Grammar("<batch-columns>")),
    ("batch_no", "serial-number-column", 0.6, False, Grammar("<serial-columns>")),
)
_CELL = re.compile(r"[a-z0-9][a-z0-9/_.()-]{1,30}")
_BETWEEN = re.compile(r"[、,;/ ]{1,3}")
_MAY_NAME = Grammar("<number-signs>")  # a cheap look first


@dataclass(frozen=True, slots=True)
class Said:
    """A code at ``text[start:end]``; ``year``: four digits may be a year and week (2531)."""

    field: str
    start: int
    end: int
    rule: str
    confidence: float
    year: bool = False


def find(part: Part) -> Iterator[Said]:
    """The codes of one part that no label stands right before."""
    text = part.text
    if part.lexicon(_MAY_NAME).search(text):
        for field, rule, sure, grammar in _SENTENCES:
            for match in islice(part.lexicon(grammar).finditer(text), ENOUGH):
                yield Said(field, *match.span("value"), rule, sure, field == "batch_no")
        for pattern in (part.lexicon(_MARKED), part.lexicon(_PRODUCED)):
            for match in islice(pattern.finditer(text), ENOUGH):
                yield Said("batch_no", *match.span("value"), "batch-number-mark", 0.6)
    yield from _columns(part)


def _columns(part: Part) -> Iterator[Said]:
    if "\n" not in part.text:
        return
    for cell in tables.cells(part):
        label = fold(cell.label).strip(" *:#")
        for field, rule, sure, year, head in _HEADS:
            if not part.lexicon(head).fullmatch(label):
                continue
            at = cell.start
            for piece in _BETWEEN.split(part.text[cell.start : cell.end]):
                start = part.text.find(piece, at, cell.end)
                if _CELL.fullmatch(piece) and sum(sign.isdigit() for sign in piece) > 1:
                    yield Said(field, start, start + len(piece), rule, sure, year)
                at = start + len(piece)
            break
