"""Numbers as a spreadsheet shows them: the codes of ECMA-376 part 1, 18.8.31, for a number that is no date.

Of a code are done: digits asked for (0, #, ?), decimals, thousands, per cent, words in quotes, signs behind a
backslash, sections for negative numbers and zero, currencies in brackets.  Whatever else a code asks for (fractions,
conditions, powers of ten) shows the number as it is.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

GENERAL = "General"
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
}  # fmt: skip
"""The codes that need no definition in a workbook (18.8.30), of those that are done here."""

_EXACT = 15  # digits a spreadsheet keeps
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[(?:Black|Red|Blue|Green|White|Color\d+)\]'
                    r"|([0#?,.]+)|(%)|(.)", re.IGNORECASE)  # fmt: skip
_DIGITS = re.compile(r"([0#?,]*)(?:\.([0#?]*))?")


def shown(value: float, code: str) -> str:
    """The number as it is shown under this code."""
    if code.strip().lower() in ("general", "@", ""):
        return plain(value)
    sections = _sections(code)
    which = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    written = _section(abs(value) if which == 1 else value, sections[which])
    return plain(value) if written is None else written


def plain(value: float) -> str:
    """The number with all digits it has, never as a power of ten."""
    exact = Decimal(f"{value:.{_EXACT}g}")
    return f"{exact.normalize():f}" if exact else "0"


def _sections(code: str) -> list[str]:
    found, quoted = [""], False
    for index, sign in enumerate(code[:200]):
        quoted ^= sign == '"'
        if sign == ";" and not quoted and code[index - 1 : index] != "\\":
            found.append("")
        else:
            found[-1] += sign
    return found


def _section(value: float, code: str) -> str | None:
    """One section's writing; None for what is not done here."""
    parts: list[str] = []
    digits = ""
    place = -1
    percent = 0
    for words, escaped, currency, number, sign, other in _TOKEN.findall(code):
        if number:
            if place >= 0:
                return None  # 0.0E+0, # ?/?
            place, digits = len(parts), number
            parts.append("")
        elif other and other not in " +-()/:¥$€£元件":
            return None
        else:
            percent += bool(sign)
            parts.append(words or escaped or currency or sign or other)
    if place < 0:
        return "".join(parts)  # words in place of the number, or nothing
    layout = _DIGITS.fullmatch(digits)
    if layout is None or digits.endswith(","):
        return None
    parts[place] = _digits(Decimal(f"{value:.{_EXACT}g}") * 100**percent, *layout.groups(default=""))
    return "".join(parts)


def _digits(value: Decimal, whole: str, decimals: str) -> str:
    rounded = abs(value).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    ahead, _, behind = f"{rounded:f}".partition(".")
    for sign in reversed(decimals):
        if sign != "0" and behind.endswith("0"):
            behind = behind[:-1]
        else:
            break
    ahead = ahead.zfill(whole.count("0"))
    if "," in whole:
        ahead = f"{int(ahead):,}".zfill(1)
    minus = "-" if value < 0 and rounded else ""
    return f"{minus}{ahead}.{behind}" if behind else f"{minus}{ahead}"
