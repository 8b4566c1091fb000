"""How surely a day in a text is the one the trouble happened or was found on: by the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from mailflow.reading.dates import deadline_weight
from mailflow.reading.dates.day_counts import Moment
from mailflow.reading.matching.parts import Part

_MADE = re.compile(
    r"(?:生产日期|制造日期|生产于|生产|出厂日期|出厂|有效期至?|保质期至?|签订|签署|签于|下单|下单日期|订货日期|"
    r"订单日期|订购|购买日期|购买|采购|合同|下的单|付款|"
    r"上次|投运|开通|制表|填表日期|日期代码|去年|制单|开票日期|"
    r"ordered(?: on)?|bought(?: on)?|purchased(?: on)?|order of|dated|order date|invoice date|signed|manufactured|made|"
    r"date code|produced|mfg|po of|mail of|email of|letter of|your (?:mail|email|reply) (?:of|from|on))"
    r"[^\w,。;\n]{0,3}$"
)
_MADE_AFTER = re.compile(
    r".{0,8}(?:下单|发你|发您|发给|传给|寄给你|寄给贵|下的单|订购|购买|买了|买的|签订|签的|签约|生产|做的那|"
    r"出厂|付款|付了|的订单|的合同|来信|的邮件|来函|"
    r"发出的函|购入|采购了|下的订单|转账|打款|充值|续费)|"
    r".{0,14}(?:给你们?(?:发|打|说|寄)|给贵司(?:发|打|寄)|跟你们?(?:说|讲|反映)|(?:反馈|投诉|报修|沟通|联系|"
    r"催)过|报的修|你们?(?:回复|答复|承诺|答应|确认|通知|说)|贵司(?:回复|答复|承诺|确认|通知))|"
    r".{0,8}(?:在[^,。]{0,12}(?:买(?!家)|购|订购|下单))|.{0,24}(?:i bought|we bought|i ordered|we ordered|"
    r"purchased|your reply|you said|you promised)"
)
_FOUND = re.compile(
    r"[^。;!?\n]{0,30}?(?:发现|查出|检出|出现|发生|反映|开箱|拆开|打开|检验|抽检|抽了|试了|测试|试机|试装|装机|"
    r"验货|复检|点数|清点|挑出|查到|"
    r"断电|停了|停机|停线|跳了|坏了|坏的|断了|断的|裂了|漏|爆|着火|起火|冒烟|烧|伤|死机|宕|崩|打不开|登不|连不|"
    r"报错|报警|故障|失灵|卡住|卡死|突然|又|起|开始|到现在|至今|陆续|大雨|"
    r"found|noticed|discovered|failed|started|stopped|broke|cracked|burst|leak|crash|happened|occurred|went down|died|"
    r"tripped|caught fire|injured|down)"
)
_ARRIVED = re.compile(
    r"[^。;!?\n]{0,16}?(?:收到|到货|到的|到了|到厂|到仓|签收|来货|来的|入库|上线|安装|取件|卸货|投产|送来|送到|"
    r"送的|送我|到期|应交|提货|拆的|发来|"
    r"arrived|received|delivered|landed|came in|installed|unloaded|collected|due)"
)
_FOUND_BEFORE = re.compile(
    r"(?:发现日期|发现时间|发现于|发生时间|发生日期|异常日期|异常时间|故障时间|故障日期|事发时间|问题日期|"
    r"事故时间|检验日期|"
    r"(?<![a-z])(?:since|found|happened|noticed|failed|started|discovered|occurred|stopped|broke down)(?: "
    r"on)?(?: the)?)\W{0,3}$"
)
_ARRIVED_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:arrived|received|delivered|receipt|on|from|delivery|due|installed)(?: on)?(?: the)?|"
    r"收到|到货|自|从|于|在|截至|应于|交期|到货日期|到货时间|收货日期|签收日期|签收时间|交货期|交货日期)\W{0,3}$"
)
_SENTENCE = re.compile(r"[。！!？?;\n]|\.\s")
_IS_NOW = re.compile(r"(?:今天|今日|今儿)(?:都|已经?|就)?是?\s?$")  # 今天13号了 tells what day it is
_UP_TO = re.compile(r"(?:到|截至|截止)\s?$")  # 拖到今天还没到
_NOW_BEFORE = re.compile(r"(?:都|已经?|到)\s?$")


def weigh(part: Part, moments: Sequence[Moment], today: date) -> Iterator[tuple[Moment, float]]:
    """Each past day of a part that may be the day, with how surely it is."""
    for place, moment in enumerate(moments):
        following = moments[place + 1].start if place + 1 < len(moments) else len(part.text)
        if confidence := _weight(part, moment, following, today):
            yield moment, confidence


def _weight(part: Part, moment: Moment, following: int, today: date) -> float:
    text = part.text
    if (moment.term and moment.rule != "date-clock") or moment.behind > today:
        return 0.0
    before = text[max(0, moment.start - 24) : moment.start]
    own = text[: max(moment.end, following)]
    if _MADE.search(before) or _MADE_AFTER.match(own, moment.end) or _alone(text, moment):
        return 0.0
    if moment.rule == "date-near" and moment.behind == today and _UP_TO.search(before):
        return 0.0
    if _IS_NOW.search(before) or (_NOW_BEFORE.search(before) and text.startswith("了", moment.end)):
        return 0.0
    if moment.ahead >= today and deadline_weight.weigh(text, moment):
        return 0.0
    if _FOUND_BEFORE.search(before):
        return 0.85
    near = own[: moment.end + 34]
    found, arrived = _FOUND.match(near, moment.end), _ARRIVED.match(near, moment.end)
    if found or (arrived is None and _trouble_near(part, moment, following)):
        return 0.8 if found and (arrived is None or found.end() <= arrived.end() + 6) else 0.75
    if arrived or _ARRIVED_BEFORE.search(before):
        return 0.72
    if moment.rule == "date-clock":
        return 0.0
    if moment.behind == today:
        return 0.35 if moment.at is not None else 0.0
    return 0.4 if moment.rule != "date-weekday" or moment.behind == moment.ahead else 0.0


def _alone(text: str, moment: Moment) -> bool:
    """Whether the day is a line by itself, unlabelled: the date of a letter."""
    start, end = text.rfind("\n", 0, moment.start) + 1, text.find("\n", moment.end)
    line = text[start : end if end >= 0 else len(text)]
    return len(line.strip()) - (moment.end - moment.start) <= 5 and ":" not in text[start : moment.start]


def _trouble_near(part: Part, moment: Moment, following: int) -> bool:
    stop = _SENTENCE.search(part.text, moment.end)
    end = min(stop.start() if stop else len(part.text), moment.end + 60, following)
    return any(moment.end <= hit.start < end for hit in part.of("defect_or_issue"))
