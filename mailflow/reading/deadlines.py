"""Which of the days in a mail is the deadline asked of us, and which the day the trouble happened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from mailflow.model import Finding
from mailflow.reading.moments import CHINA, Moment, find
from mailflow.reading.parts import Part
from mailflow.reading.superseded import is_stale

_UNTIL_AFTER = re.compile(
    r"[^,。;\n]{0,5}要用|[\s,]{0,2}(?:下班|收工|中午|上午|下午|晚上|早上|夜里)?(?:前|之前|以前|截止|为止|为限|必须|务必|之内|内)"
)
_WANTED_AFTER = re.compile(
    r"[\s,]{0,2}(?:要到|要|给(?!你|您|贵)|给我|给个|能到|能不能|能来|到货|到厂|交货|送到|到不|得到|必须|请|就(?:停|来|"
    r"派|给|发|换|修|退|处理|安排))"
)
_UNTIL_BEFORE = re.compile(
    r"(?:请|麻烦|烦请|请于|请在|须于|须在|应于|务必于|务必在|务必|必须在|最迟|最晚|至迟|截至|截止|截止日期|截止时间|赶在|期限|时限|"
    r"希望在|希望|"
    r"能否在|能不能在|能否|能不能|望于|望在|恳请于|最好|交期|交货期|交货日期|到货日期|要货日期|要求到货|"
    r"回复期限|答复期限|完成日期|提前到|推迟到|延期到|(?<![a-z])(?:before|by|until|till|no later than|not later than|"
    r"latest|"
    r"deadline|due|due date|required date|required|delivery date|deliver(?:ed)? (?:on|by)|delivery|ship(?:ped)? by|"
    r"on or before|"
    r"need (?:it|them|this|that|the [a-z ]{2,25}))(?: is| on)?(?: the)?)\s{0,2}[:=]?\s{0,3}$"
)
_PROMISED = re.compile(
    r"(?:was|were|been) (?:due|expected|scheduled)|承诺|说会|都说|答应|保证过|说好|约定|本应|本该|原定|每次|"
    r"promised|was told|were told|should have|supposed to|"
    r"agreed"
)
_MADE = re.compile(
    r"(?:生产日期|生产于|生产|出厂日期|出厂|有效期至?|保质期至?|签订|签署|下单|订购|购买|采购|合同|下的单|付款|上次|"
    r"去年|"
    r"ordered(?: on)?|bought(?: on)?|purchased(?: on)?|order of|dated|order date|invoice date|signed)\W{0,3}$"
)
_MADE_AFTER = re.compile(
    r".{0,8}(?:下单|发你|发您|发给|传给|寄给你|下的单|订购|购买|买了|买的|签订|签的|生产|做的那|出厂|付款|付了|的订单|的合同|来信|的邮件|"
    r"发出的函|购入|采购了|"
    r"在.{0,12}(?:买|购|订|下单))|.{0,24}(?:i bought|we bought|i ordered|we ordered|purchased)"
)
_FOUND_AFTER = re.compile(
    r"[^。;!?\n]{0,16}?(?:起|开始|发现|发生|出现|反映|收到|到货|到的|到了|签收|来货|入库|上线|安装|试了|测试|拆开|"
    r"开箱|检验|抽检|抽了|"
    r"断电|停了|坏了|漏|取件|卸货|投产|装机|陆续|大雨|又|到现在|至今|到厂|送来|送到|到期|应交|arrived|received|found|noticed|"
    r"failed|started|delivered)"
)
_FOUND_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:arrived|received|since|found|happened|noticed|delivered|failed|on|from|"
    r"started)(?: on)?(?: the)?|收到|到货|发现|"
    r"自|从|于|在|截至|应于|交期|到货日期|收货日期|发现日期|发生时间|发生日期|异常日期|交货期)\W{0,3}$"
)
_PLEASE = re.compile(r"\b(?:please|must|kindly|could you|can you)\b[^,;]{0,32}$")
_SENTENCE = re.compile(r"[。！!？?;\n]|\.\s")
_LETTER_DATE = re.compile(r"[^\n]{0,4}$")


Days = list[tuple[Part, list[Moment]]]


def days(parts: Sequence[Part], received: datetime) -> Days:
    """Every day these parts name, counted from the mail's arrival, but those named only to be taken back."""
    return [
        (part, [day for day in find(part.text, received) if not is_stale(part, day.start, day.end)]) for part in parts
    ]


def deadline(named: Days, received: datetime, floor: float = 0.0) -> list[Finding]:
    """The earliest deadline asked of us, as an ISO date or minute in UTC+8; empty when none is asked surely enough."""
    found = [item for part, moments in named for item in _deadlines(part, moments, received)]
    found = [item for item in found if item.confidence >= floor]
    return [min(found, key=lambda item: (item.value[:10], -item.confidence, item.value))] if found else []


def happened(named: Days, received: datetime) -> list[Finding]:
    """The day the trouble happened or was found; empty when it is not said."""
    best: Finding | None = None
    for part, moments in named:
        for item in _events(part, moments, received):
            if best is None or item.confidence > best.confidence:
                best = item
    return [best] if best else []


def _deadlines(part: Part, moments: list[Moment], received: datetime) -> Iterator[Finding]:
    now = received.astimezone(CHINA)
    for moment in moments:
        day = moment.ahead
        if day < now.date():
            continue
        confidence = _asked(part.text, moment)
        if not confidence or _PROMISED.search(_sentence_before(part.text, moment.start)):
            continue
        value = day.isoformat()
        if moment.at is not None:
            value += f"T{moment.at:%H:%M}"
        yield part.finding("requested_deadline", moment.start, moment.end, moment.rule, confidence, value)


def _asked(text: str, moment: Moment) -> float:
    """How surely a day is asked of us: 0 when nothing says so."""
    if moment.term:
        return 0.0 if text.startswith("有效", moment.end) else 0.9
    if _UNTIL_AFTER.match(text, moment.end) or _UNTIL_BEFORE.search(text[max(0, moment.start - 40) : moment.start]):
        return 0.9
    if _WANTED_AFTER.match(text, moment.end):
        return 0.6
    return 0.6 if _PLEASE.search(_sentence_before(text, moment.start)) else 0.0


def _events(part: Part, moments: list[Moment], received: datetime) -> Iterator[Finding]:
    today = received.astimezone(CHINA).date()
    for moment in moments:
        if moment.term or moment.behind > today:
            continue
        before = part.text[max(0, moment.start - 24) : moment.start]
        if _MADE.search(before) or _MADE_AFTER.match(part.text, moment.end) or _alone(part.text, moment):
            continue
        if _asked(part.text, moment) and moment.ahead >= today:
            continue
        if _FOUND_AFTER.match(part.text, moment.end) or _FOUND_BEFORE.search(before):
            confidence = 0.8
        elif _trouble_near(part, moment):
            confidence = 0.6
        elif moment.rule == "date-near" and moment.behind < today:
            confidence = 0.55
        else:
            continue
        yield part.finding("happened_on", moment.start, moment.end, moment.rule, confidence, moment.behind.isoformat())


def _alone(text: str, moment: Moment) -> bool:
    """Whether the day is a line by itself: the date of a letter."""
    start, end = text.rfind("\n", 0, moment.start) + 1, text.find("\n", moment.end)
    line = text[start : end if end >= 0 else len(text)]
    return len(line.strip()) - (moment.end - moment.start) <= 5


def _trouble_near(part: Part, moment: Moment) -> bool:
    stop = _SENTENCE.search(part.text, moment.end)
    end = min(stop.start() if stop else len(part.text), moment.end + 60)
    return any(moment.end <= hit.start < end for hit in part.of("defect_or_issue"))


def _sentence_before(text: str, at: int) -> str:
    before = text[max(0, at - 40) : at]
    stops = list(_SENTENCE.finditer(before))
    return before[stops[-1].end() :] if stops else before
