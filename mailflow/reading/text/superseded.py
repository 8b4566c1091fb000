"""Values the writer takes back: ``不是A是B``, ``A写错了，应为B``, ``由A改为B``, ``B instead of A``."""

from __future__ import annotations

import re

from mailflow.reading.matching.parts import Part

_BEFORE = re.compile(
    r"(?:(?<!是)不是|并非|而非|(?:原来|原先|原本|本来|原定|原计划|原订单?|原合同)(?:的|是|写的?是?|说的?是?|说|"
    r"报的?是?|订的?是?|定的?是?|要的?是?|下的?是?){0,2}|原为|(?:之前|先前|上次|上封|前面|刚才|昨天)(?:写|报|说|"
    r"发|填|给)的?(?:是|的是)?|误写[成为]?|错写[成为]?|[写填报开]成了?|(?:由|从)原?来?的?|"
    r"\bnot|\binstead of|\brather than|\bfrom)"
    r"[ \t]{0,2}(?:批号|型号|订单号?|单号|图号|合同号|数量|lot|batch|model|po|no\.?|:){0,2}[ \t]{0,2}$"
)
_CHANGES = re.compile(r"\s{0,2}(?:改[成为到]|变[成为更]|更正[为成]|调整?[为到成]|增加?到|减少?到|\bto\b)")
_AFTER = re.compile(
    r"\s{0,2}(?:是?(?:写|填|报|打)错了?|有误|是错的|不对|作废|(?:应|应该|要)?(?:改|更正|变更|调整)[为成到]|"
    r"(?:is|was) (?:wrong|incorrect|a mistake|a typo))"
)
_FROM = re.compile(r"(?:由|从|from)[^\n]{0,14}$|from$")


def is_stale(part: Part, start: int, end: int) -> bool:
    """Whether the value at ``text[start:end]`` is named only to be replaced by another."""
    before = part.text[max(0, start - 24) : start]
    if _AFTER.match(part.text, end):
        return True
    if not (found := _BEFORE.search(before)):
        return False
    # 由A改为B takes A back; 从A发来 does not.
    return not _FROM.match(found[0]) or bool(_CHANGES.match(part.text, end))
