"""What complaints are about, as a closed vocabulary: the sub-kinds of rules, and the reason codes forms and lists use.

One table for rules, readings, forms and statistics.  S1-S5 are service, B1-B4 the business of moving goods, Q quality,
L delivery dates, P packing, I papers and invoices, C prices and charges.  N1-N6 are reasons why a claim may not hold:
hints for people, never among the reasons of a reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code: its titles, the box it belongs to on the registration form, and the sub-kinds it may stand with.

    ``box`` is empty for N codes.
    """

    code: str
    zh: str
    en: str
    box: str
    subkinds: tuple[str, ...] = ()

    def title(self, language: str = "zh") -> str:
        """What the code means, for a reader of this language."""
        return self.en if language == "en" else self.zh


_TABLE = (
    Reason("S1", "服务态度差或不理睬", "rude or ignoring", "服务", ("服务态度",)),
    Reason("S2", "违反公司承诺", "a promise broken", "服务", ("服务",)),
    Reason("S3", "违反行为规范", "rules of conduct broken", "服务", ("服务", "服务态度")),
    Reason("S4", "未尽职责", "a duty not done", "服务", ("维修", "服务")),
    Reason("S5", "傲慢或不负责任", "arrogant or irresponsible", "服务", ("服务态度",)),
    Reason("B1", "货差（短少、错发）", "short or wrong goods", "业务", ("货差",)),
    Reason("B2", "时效（提货、送货、卸货延误）", "late pickup, delivery or unloading", "业务", ("时效",)),
    Reason("B3", "信息（轨迹、短信、签收）", "wrong track, message or sign-off", "业务", ("信息",)),
    Reason("B4", "保险理赔", "insurance claim", "业务", ("理赔",)),
    Reason("Q1", "产品质量", "product quality", "产品质量", ("产品质量",)),
    Reason("Q2", "有害物质（RoHS、REACH）", "hazardous substances (RoHS, REACH)", "产品质量", ("有害物质",)),
    Reason("Q3", "货物破损", "goods damaged", "产品质量", ("破损",)),
    Reason("Q4", "系统故障", "system failure", "产品质量", ("系统故障",)),
    Reason("L1", "交期延误", "delivery date missed", "交期", ("交期",)),
    Reason("P1", "包装", "packing", "包装", ("包装",)),
    Reason("I1", "单证、发票", "papers and invoices", "单证/发票", ("单证发票",)),
    Reason("C1", "价格", "price", "价格", ("价格",)),
    Reason("C2", "收费", "charges", "价格", ("收费",)),
    Reason("N1", "与事实严重不符且责任在投诉方", "facts differ seriously, the fault is the complainant's", ""),
    Reason("N2", "要求超出承诺或为规定所禁止", "wants more than was promised or is allowed", ""),
    Reason("N3", "寻衅、敲诈", "picks a quarrel or extorts", ""),
    Reason("N4", "匿名且无事实，或查无实据", "anonymous without facts, or disproved", ""),
    Reason("N5", "事实不全，无法查证", "facts incomplete, cannot be traced or proved", ""),
    Reason("N6", "态度投诉超过一个月", "about manners, more than a month later", ""),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _TABLE}
"""Every reason code, in the order they are listed for people."""

SUBKINDS: Mapping[str, str] = {
    "产品质量": "product quality", "有害物质": "hazardous substances", "破损": "damage", "系统故障": "system failure",
    "服务": "service", "服务态度": "manners", "维修": "repair",
    "货差": "short or wrong goods", "时效": "lateness", "信息": "information", "理赔": "insurance claim",
    "交期": "delivery date", "包装": "packing", "单证发票": "papers and invoices", "价格": "price", "收费": "charges",
    "安全": "safety", "法律": "legal steps", "舆情": "publicity", "人身伤害": "injury",
    "证书": "certificate request", "退换货": "return or exchange request",
    "催办": "chasing", "更正": "correction", "补充材料": "more material", "重开": "not solved after all",
    "结案确认": "solved, says the customer",
}  # fmt: skip
"""Every sub-kind a rule may name, with its English title."""


def code_of(subkind: str, reason: str = "") -> str:
    """The code of a rule's finding: the one it names, else the only one its sub-kind has; empty when it has none."""
    return reason or _BY_SUBKIND.get(subkind, "")


def misplaced(subkind: str, reason: str, *, hint: bool) -> str:
    """Why a code cannot stand with this sub-kind, in words; empty when it can.

    ``hint``: the rule finds a validity hint; these alone carry N codes.
    """
    if (reason[0] == "N") is not hint:
        return f"the reason {reason} is for {'complaints' if hint else 'validity hints'}"
    if not hint and subkind not in REASONS[reason].subkinds:
        return f"the reason {reason} goes with the sub-kind {' or '.join(REASONS[reason].subkinds)}"
    return ""


def boxes(codes: Iterable[str]) -> list[str]:
    """The boxes of the registration form's 投诉类别 these codes tick, each once."""
    return list(dict.fromkeys(REASONS[code].box for code in codes if code in REASONS and REASONS[code].box))


def shown(codes: Iterable[str], language: str = "zh") -> str:
    """Codes with their titles in one line: ``B1 货差（短少、错发）；S1 …``; what is unknown stays a bare code."""
    titles = (f"{code} {REASONS[code].title(language)}" if code in REASONS else code for code in codes)
    return ("; " if language == "en" else "；").join(titles)


# A sub-kind with several codes says by itself none of them: 服务 may be S2, S3 or S4.  A thing that needs repair (维修)
# is nobody's neglect until a rule says so.
_SHARED = {name for name in SUBKINDS if sum(name in reason.subkinds for reason in _TABLE) > 1} | {"维修"}
_BY_SUBKIND = {name: reason.code for reason in _TABLE for name in reason.subkinds if name not in _SHARED}
