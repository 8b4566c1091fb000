"""Staff who answer every mail that asks them something, as people do: a line above the quote, or labelled lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.flow.staffed import ASKS, Ask, Staffed, answer

FILL = re.compile(r"把下面几行复制到回信[^\n]*\n\n(?P<lines>(?:[^\n]+：[^\n]*\n)+)")

WORK: Mapping[str, str] = {
    "处理方案": "已安排质量部复检同批库存，并核对发货记录",
    "核准承诺": "同意",
    "回复客户": "来信收到，复检正在进行，有结果即告知",
    "核准回信": "同意",
    "要求办理情况": "已办妥并告知客户",
    "纠正": "返修同批次阀门并复检",
    "应急处置": "库存同批次封存待检",
    "调查人": "邓宁",
    "与投诉方沟通": "已电话核实五件漏水，均在阀杆处",
    "与被投诉人沟通": "装配班组说明当班未做气密抽检",
    "查明事实": "阀杆密封圈漏装，当班未做气密试验",
    "证据清单": "返回样品照片、装配记录",
    "管理漏洞": "气密试验没有放行点",
    "发生原因": "换线后首件确认未覆盖密封圈",
    "流出原因": "出厂检验抽样未做气密试验",
    "责任部门": "生产部",
    "判定": "有效",
    "原因代码": "Q1",
    "判定依据": "样品复检确认漏水",
    "是否需要纠正措施": "是",
    "是否需要8D报告": "否",
    "处置": "换货",
    "结论": "换货五件，费用由我方承担",
    "答复内容": "贵司反映的五件球阀漏水，经查为装配时密封圈漏装。我们已更换并加强出厂气密试验，谨致歉意。",
    "纠正措施": "气密试验改为全检并设放行点",
    "措施责任人": "施磊",
    "措施完成日期": "2026-03-20",
    "预防措施": "其他阀类装配线同步设放行点",
    "验证方式": "连续三批气密全检",
    "完成情况": "放行点已设，作业指导书已改",
    "验证结果": "有效",
    "验证数据": "三批共600件，无漏水",
    "客户满意度": "满意",
    "告知情况": "已电话告知客户处理方案，客户表示知悉",
    "送达情况": "已电话告知客户答复，并寄出答复函",
    "沟通内容": "已电话告知客户，客户表示知悉",
    "结案理由": "客户坚持超出约定的要求，已书面说明",
    "意见": "能满足",
    "回复意见": "已知悉并处理",
    "收货人": "王强 13800001234",
    "发货期": "2026-03-10",
    "运单号": "SF1400000000001",
}

Answer = Callable[[Ask], "str | bytes | None"]


def usual(ask: Ask, work: Mapping[str, str] = WORK) -> str:
    """What an obliging colleague answers: agrees to what is to be signed, fills the lines that are to be filled."""
    if ask.point:
        return usual_point(ask, ask.point, work).removeprefix(f"{ask.point} ")
    if ask.points:
        return "\n".join(usual_point(ask, number, work) for number in ask.points.values())
    lines = FILL.search(ask.text)
    titles = [line.partition("：")[0].strip() for line in lines["lines"].splitlines()] if lines else []
    filled = [f"{title}：{work[title]}" for title in titles if title in work]
    return "\n".join(["同意", *filled] if re.search("请签[字收]", ask.subject) else filled)


def usual_point(ask: Ask, number: int, work: Mapping[str, str] = WORK) -> str:
    """The same about one point of a mail that asks for several."""
    found = FILL.search(ask.text)
    own: list[str] = []
    mine = False
    for line in found["lines"].splitlines() if found else ():
        if numbered := re.match(r"(\d+) ", line):
            mine = int(numbered[1]) == number
        if mine:
            own.append(re.sub(r"^\d+ ", "", line).partition("：")[0].strip())
    filled = [f"{title}：{work[title]}" for title in own if title in work]
    signs = re.search(rf"^{number}\. “[^”]+”：请(?:审阅|签收)", ask.text, re.MULTILINE)
    return f"{number} " + "\n".join(["同意", *filled] if signs else filled)


def knowing(**words: str) -> Answer:
    """The obliging colleague, who writes other words in these fields."""
    return lambda ask: usual(ask, {**WORK, **words})


def play(
    people: Staffed,
    say: Answer = usual,
    *,
    minutes: float = 10,
    rounds: int = 60,
    until: Callable[[], bool] | None = None,
    together: bool = True,
) -> list[str]:
    """Let everybody answer what he is asked until nobody is asked any more, or ``until`` holds; returns the subjects.

    ``say`` gives the words (or the whole mail) of an answer; None: he does not answer.  What was offered to ``say``
    once is not offered again by a later call.  ``together`` False: no two answer in the same moment.
    """
    answered: list[str] = []
    for _ in range(rounds):
        if until is not None and until():
            break
        fresh = people.unread()
        answered += [ask.subject.partition(" 〔")[0] for ask in fresh]
        said = [(ask, say(ask)) for ask in fresh if ASKS.match(ask.subject)]
        mails = [words if isinstance(words, bytes) else answer(ask, words) for ask, words in said if words is not None]
        if not mails:
            break
        for arriving in [mails] if together else [[mail] for mail in mails]:
            people.office.clock.forward(minutes=minutes)
            people.work(*(arriving if together else [received(mail, people.office.clock()) for mail in arriving]))
    return answered


def received(mail: bytes, now: datetime) -> bytes:
    """The mail as the server took it in at this moment."""
    stamp = now.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%a, %d %b %Y %H:%M:%S %z").encode()
    return re.sub(rb"(?m)^(Received: [^;]+; ).*?(\r?)$", lambda found: found[1] + stamp + found[2], mail, count=1)
