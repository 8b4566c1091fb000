"""The trouble in short words of the mail: the plainest clause, and one for each item of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.domain.model import Finding, Kind
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import longest
from mailflow.reading.text.clauses import Item, Laid, Span, after_mark, asking, clause, item_at, sentence, trimmed

_KINDS = (Kind.COMPLAINT, Kind.FOLLOWUP, Kind.SURVEY_REPLY)
_MOST = 4
_ALSO = 2
_PLAIN = 0.9  # a word that names a trouble beyond doubt
_CLAUSE, _LATIN_CLAUSE = 26, 80  # longer ones are cut around the word
_LEFT, _RIGHT = 14, 8
_ALIKE = 0.6  # in a clause that counts as its neighbour does
_COUNTED = re.compile(
    r"[一二两三四五六七八九十几\d][^,。;\dA-Za-z]{0,2}[个只件箱卷套台盘包袋支根张条瓶片块桶双把本间盒颗枚处]|"
    r"\b\d{1,5} (?:of|pcs|pieces|[a-z]{3,})"
)
_LEAST_OF_ITEM = 0.4
_FIRST_FIRST = 0.4  # an item's later clause must be so much plainer than its first

_LEAD = re.compile(
    r"(?:但是|但|不过|可是|而且|并且|另外|还有|同时|然后|结果|于是|其中|目前|现在|今天|今早|昨天|前天|我们|我司|我方|我公司|"
    r"我厂|贵司的?|贵公司的?|你们的?|经检[验测]|经查|检查|抽检|反映|反馈|发现|出现了?|存在|说是?|就是|都是|却|竟然|居然|主要是|"
    r"主要|有(?!\d)|因为|由于|关于|一是|二是|三是|也|又是|再就是|首先|其次|再次|最后|到货后?|收到后|收货后|打开后?|开箱后?|上线后?|"
    r"使用中|至今|(?<=\s)的|\s|and |but |however |also |that |because |since |unfortunately |we found |we noticed |"
    r"it turned out |i am afraid |i'm afraid |there (?:is|are) |now |then |so )"
)
_CUT = re.compile(r"[的了在说把对从到是就都又、，]|发现|出现|反映|存在|结果|导致|造成|\s|\d(?=[\u4e00-\u9fff])")
_CUT_WORD = re.compile(
    r"\b(?:and|but|that|which|then|because|so|since|found|noticed|when|while|where|after|on|in|at|with|"
    r"of (?:your|our|the)|i|we|you|says?|shows?|report|reports|to)\b|[\"']"
)
_IF = re.compile(
    r"如果|如有|如仍|如再|若|要不然|不然|否则|再不|万一|倘|一旦|假如|要是|[怕恐]|担心|以免|避免|防止|免得|会不会|是不是|是否|有没有|有可能|可能会|还是|"
    r"\bif\b|in case|\bmay\b|\bmight\b|\bwhether\b|\bavoid\b|\bprevent\b"
)
_THREAT = re.compile(r"逾期(?:违约金|仍|未|不|的|我|将|视)|行不行|再(?:不|拖)|大不了|别(?:玩|想)")
_AFTERMATH = re.compile(
    r"停[线产业工机]|客[户人].{0,6}(?:投诉|罚|骂|催|扣|等|闹)|罚款|挨骂|骂我|损失|耽误|影响|急得|丢了?(?:单|脸|客|咱)|没脸|"
    r"(?:没法|无法|不能|怎么)(?:给|跟|向|和)?[^,。;\n]{0,4}(?:交代|交货|排|入账|报账|开门|营业|出货)|[肋颅梁]骨|骨[折裂]|住院|缝了?.{0,2}针|受伤|伤人|"
    r"流血|出血|医院|急诊|line (?:is |was )?(?:down|stopped)|complain|are waiting|our client|lost (?:sales|money|time)"
)  # what came of the trouble
_FORMERLY = re.compile(
    r"上个?月|上次|上回|以前|之前|去年|前年|(?<!\d)20\d\d年就|曾|那次|last (?:month|year|time)|previous"
)
_NOT_SO = re.compile(
    r"(?:没有?|未|无|不是|并非|并不|不算|没什么|没啥|别|不要|勿|不得)[^,。;\n]{0,4}$|"
    r"\b(?:no|not|without|never) (?:\w+ )?$"
)
_FINE = re.compile(r"没问题|没话说|没有问题|都正常|都好|挺好|还可以|满意|不错|以外都|fine|no problem|all good")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A clause that tells of a trouble, and how surely."""

    part: Part
    text: str
    hit: Hit
    clause: Span
    item: Item | None
    sure: float

    @property
    def words(self) -> str:
        """The words of the rule."""
        return self.part.text[self.hit.start : self.hit.end]


def issues(mail: Sequence[Laid], kind: Kind) -> list[Finding]:
    """The troubles in the customer's words: the plainest one, those told with it, one for each item of a list."""
    if kind not in _KINDS:
        return []
    title = "".join(laid.text for laid in mail if laid.part.source == "subject")
    troubles = [trouble for laid in mail for trouble in _troubles(laid, title)]
    if not troubles:
        return []
    picked = _picked(troubles)
    picked.sort(key=lambda trouble: trouble.part.offset + trouble.hit.start)
    found: dict[str, Finding] = {}
    for trouble in picked[:_MOST]:
        rule = trouble.hit.rule
        finding = trouble.part.finding(
            "defect_or_issue", *_short(trouble.text, trouble.hit, trouble.clause), rule.name, rule.confidence
        )
        found.setdefault(finding.value.casefold(), finding)
    return list(found.values())


def _troubles(laid: Laid, title: str) -> list[_Trouble]:
    """One trouble for each clause that holds a word of one."""
    hits = longest(laid.part.of("defect_or_issue"), lambda hit: (hit.start, hit.end), lambda hit: hit.rule.confidence)
    if not hits:
        return []
    part, text = laid.part, laid.text
    mended = [(hit.start, hit.end) for hit in part.hits if hit.rule.subkind == "更正"]
    best: dict[Span, _Trouble] = {}
    for hit in hits:
        if any(start < hit.end and hit.start < end for start, end in mended):
            continue  # a slip of their own pen
        around = clause(text, hit.start, hit.end)
        trouble = _trouble(laid, hit, around, item_at(laid.items, hit.start), title)
        known = best.get(around)
        if known is None or trouble.sure > known.sure:
            best[around] = trouble
    return list(best.values())


def _trouble(laid: Laid, hit: Hit, around: Span, item: Item | None, title: str) -> _Trouble:
    part, text = laid.part, laid.text
    told = sentence(text, hit.start, hit.end)
    words = text[hit.start : hit.end]
    before = text[around[0] : hit.start]
    sure = hit.rule.confidence
    if part.source != "subject":
        sure += 0.1 if words in title else 0.0
        sure += 0.12 * (1 - hit.start / max(len(text), 1))
    else:
        sure -= 0.02
    if _IF.search(text, max(told[0], hit.start - 30), hit.start) or _IF.match(text, hit.end):
        sure -= 0.4
    if _THREAT.search(text, *around):
        sure -= 0.6
    if _AFTERMATH.search(text, *around):
        sure -= 0.3
    if _FORMERLY.search(text, max(told[0], hit.start - 25), hit.start):
        sure -= 0.2
    if _NOT_SO.search(before) or _FINE.search(text, *around):
        sure -= 0.4
    if text[max(0, around[0] - 1) : around[0]] == "(":
        sure -= 0.15
    if (item is not None and item.wanted) or any(True for _ in asking(text, around[0], hit.start)):
        sure -= 0.35
    return _Trouble(part, text, hit, around, item, sure)


def _picked(troubles: Sequence[_Trouble]) -> list[_Trouble]:
    best = max(troubles, key=lambda trouble: trouble.sure)
    body = [trouble for trouble in troubles if trouble.part.source != "subject"]
    if best.part.source == "subject":
        same = [trouble for trouble in body if trouble.sure >= best.sure or trouble.words in best.words]
        best = max(same, key=lambda trouble: trouble.sure, default=best)
    picked = [best]
    chosen: dict[int, _Trouble] = {}
    for trouble in body:
        item = trouble.item
        if item is None or item.wanted or trouble.sure < _LEAST_OF_ITEM:
            continue
        if item.start not in chosen or trouble.sure > chosen[item.start].sure + _FIRST_FIRST:
            chosen[item.start] = trouble
    if len(chosen) > 1:
        picked = [*chosen.values()]
    elif chosen and best.item is None:  # the title names what the other items tell at length
        picked = [best, *chosen.values()]
    return picked if len(picked) > 1 else [*picked, *_beside(best, troubles)]


def _beside(best: _Trouble, body: Sequence[_Trouble]) -> list[_Trouble]:
    """The troubles told in the same breath, when they are as plain."""
    near = [
        trouble
        for trouble in body
        if trouble is not best
        and trouble.part is best.part
        and trouble.words != best.words
        and trouble.sure >= (_ALIKE if _parallel(trouble, best) else _PLAIN)
        and abs(trouble.hit.start - best.hit.end) < 45
    ]
    return near[:_ALSO]


def _parallel(one: _Trouble, other: _Trouble) -> bool:
    """Whether two neighbouring clauses both count what is wrong: 8 chairs lack A, 3 lack B."""
    first, second = sorted((one.clause, other.clause))
    near = second[0] - first[1] <= 3
    return near and all(_COUNTED.search(one.text, *span) is not None for span in (first, second))


def _short(text: str, hit: Hit, around: Span) -> Span:
    """The clause, or when it is long the words about the trouble."""
    start, end = around
    start = after_mark(text, start, hit.start)
    while (match := _LEAD.match(text, start, hit.start)) and match.end() > start:
        start = match.end()
    latin = text[hit.start : hit.end].isascii()
    if end - start <= (_LATIN_CLAUSE if latin else _CLAUSE):
        return trimmed(text, start, end)
    return _cut_latin(text, hit, start, end) if latin else _cut(text, hit, start, end)


def _cut(text: str, hit: Hit, start: int, end: int) -> Span:
    first = max(start, hit.start - _LEFT)
    for match in _CUT.finditer(text, first, hit.start):
        first = match.end()
    stop = _CUT.search(text, hit.end, min(end, hit.end + _RIGHT))
    return trimmed(text, first, stop.start() if stop else hit.end)


def _cut_latin(text: str, hit: Hit, start: int, end: int) -> Span:
    first = max(start, hit.start - 40)
    while first > start and text[first - 1] != " ":
        first -= 1
    for match in _CUT_WORD.finditer(text, first, hit.start):
        first = match.end()
    stop = _CUT_WORD.search(text, hit.end, min(end, hit.end + 30))
    last = stop.start() if stop else text.rfind(" ", hit.end, hit.end + 30) if end > hit.end + 30 else end
    return trimmed(text, first, max(last, hit.end))
