"""Tables as text: every row one line that says what each cell is, ``型号: HG-35A；数量: 300只``.

A row of labels heads the rows below it; a row of a label and a value stands alone.  A quantity and the unit in the
next column become one word.  Pure: cells in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailflow.reading.normalise import fold, plain

MAX_CELL, MAX_COLUMNS = 500, 40

_LABEL_WORDS = re.compile(
    r"序号|行号|项次|品名|品项|名称|产品|商品|物料|货物|货名|型号|规格|图号|料号|编码|货号|款号|件号|版号|颜色|尺寸|批号|批次|炉号|缸号|"
    r"卷号|盘号|序列号|单号|编号|合同号|数量|件数|台数|单位|单价|金额|总价|价格|税率|交期|交货|日期|时间|备注|说明|"
    r"描述|现象|问题|原因|要求|地址|电话|手机|联系|公司|客户|供方|需方|供应商|采购|收货|姓名|得分|项目|工位|地点|结果|"
    r"^(?:no|nr|line|pos|item|#)\.?$|part|model|type|drawing|article|description|product|goods|material|qty|quantity|"
    r"pcs|unit|uom|price|amount|total|delivery|date|remark|comment|note|batch|lot|heat|serial|^sn$|^s/n$|order|defect|"
    r"issue|size|colou?r|customer|company|contact|phone|address|name"
)
_QUANTITY = re.compile(r"数量|件数|台数|只数|qty|quantity")
_UNIT = re.compile(r"单位|计量单位|unit|uom|u/m|units")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_MAX_LABEL = 16


def cell(value: object) -> str:
    """One cell as words: whole numbers without a decimal point, dates without midnight, white space folded."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    words = plain(str(value)[: 2 * MAX_CELL])[:MAX_CELL]
    return words.removesuffix(" 00:00:00")


def lines(rows: Iterable[Sequence[str]]) -> list[str]:
    """One line for each row that holds anything."""
    found: list[str] = []
    head: Sequence[str] = ()
    for row in rows:
        row = _without_repeats(row[:MAX_COLUMNS])
        words = [word for word in row if word]
        if not words:
            head = ()
        elif _is_head(row):
            head = row
            found.append("\t".join(words))
        elif sum(bool(label and word) for label, word in zip(head, row, strict=False)) >= 2 and not _is_pair(row):
            found.append(_item(head, row))
        else:
            head = head if len(words) > 2 else ()
            found.append(_pairs(words))
    return found


def _without_repeats(row: Sequence[str]) -> list[str]:
    """Merged cells come once for each column they span."""
    return [word if index == 0 or word != row[index - 1] or len(word) < 4 else "" for index, word in enumerate(row)]


def _is_label(word: str) -> bool:
    folded = fold(word).strip(" :*")
    return (
        0 < len(folded) <= (_MAX_LABEL if not folded.isascii() else 24)
        and bool(_LABEL_WORDS.search(folded))
        and sum(character.isdigit() for character in folded) < 2
    )


def _is_head(row: Sequence[str]) -> bool:
    words = [word for word in row if word]
    labels = sum(map(_is_label, words))
    return len(words) >= 3 and labels >= 2 and labels >= 0.6 * len(words) and not any(":" in fold(w) for w in words)


def _is_pair(row: Sequence[str]) -> bool:
    """``收货地址：`` and its value below a table: no row of the table."""
    words = [word for word in row if word]
    return fold(words[0]).endswith(":") or (len(words) == 2 and _is_label(words[0]) and not _is_label(words[1]))


def _item(head: Sequence[str], row: Sequence[str]) -> str:
    cells = list(zip(head, row, strict=False))
    units = [index for index, (label, word) in enumerate(cells) if word and _UNIT.fullmatch(fold(label).strip(" :"))]
    parts: list[str] = []
    for index, (label, word) in enumerate(cells):
        if not word or index in units:
            continue
        if _QUANTITY.search(fold(label)) and _NUMBER.fullmatch(fold(word)):
            beside = [cells[unit][1] for unit in units if abs(unit - index) <= 2]
            word += next((unit for unit in beside if not unit[0].isdigit()), "")
        parts.append(f"{label.strip(' :：')}: {word}" if label else word)
    return "；".join(parts)


def _pairs(words: Sequence[str]) -> str:
    """``客户名称 | 某公司 | 电话 | ...`` as labelled words; anything else as it stands."""
    if len(words) == 2 and len(words[0]) <= _MAX_LABEL and ":" not in fold(words[0] + words[1])[:-1]:
        return f"{words[0]}: {words[1]}"
    parts: list[str] = []
    index = 0
    while index < len(words):
        label = words[index]
        follows = words[index + 1] if index + 1 < len(words) else ""
        if follows and (_is_label(label) or fold(label).endswith(":")) and not fold(follows).endswith(":"):
            parts.append(f"{label.strip(' :：')}: {follows}")
            index += 2
        else:
            parts.append(label)
            index += 1
    return "；".join(parts)
