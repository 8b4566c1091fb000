"""What a line of a table says about its goods as a whole: rows that are in order tell of no trouble."""

from __future__ import annotations

import re

_SOUND = re.compile(
    r"(?:问题|现象|结果|判定|描述|状态|状况|备注|结论|质量|外观|result|status|remarks?|comments?|findings?|"
    r"defects?)[^:;\n]{0,8}: ?"
    r"(?:正常|合格|良好|完好|无异常|没问题|无问题|无|ok|pass(?:ed)?|good|fine|none|no issue)[ ]{0,3}(?=;|\n|$)"
)
_CELL = re.compile(r"(?:^|[\t|])[ ]{0,3}(?:正常|合格|完好|无异常|没问题|ok|pass(?:ed)?|fine)[ ]{0,3}(?=[\t|]|$)")
_LONGEST = 1000


def is_sound(text: str, at: int) -> bool:
    """Whether the line of folded text round ``at`` is a row of a table whose goods are said to be in order."""
    start = text.rfind("\n", max(0, at - _LONGEST), at) + 1
    end = text.find("\n", at, at + _LONGEST)
    line = text[start : end if end >= 0 else at + _LONGEST]
    if ": " not in line and "|" not in line and "  " not in line:
        return False
    return bool((";" in line and _SOUND.search(line)) or ("|" in line and _CELL.search(line)))
