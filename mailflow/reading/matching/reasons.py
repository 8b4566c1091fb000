"""What complaints are about, as a closed vocabulary: the sub-kinds of rules, and the reason codes forms and lists use.

One table, ``reasons.yaml``, for rules, readings, forms and statistics.  S1-S5 are service, B1-B4 the business of moving
goods, Q quality, L delivery dates, P packing, I papers and invoices, C prices and charges.  N1-N6 are reasons why a
claim may not hold: hints for people, never among the reasons of a reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


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


_DATA = yaml.safe_load(Path(__file__).with_name("reasons.yaml").read_text("utf-8"))
_TABLE = tuple(
    Reason(code, told["zh"], told["en"], told.get("box", ""), tuple(told.get("subkinds", ())))
    for code, told in _DATA["codes"].items()
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _TABLE}
"""Every reason code, in the order they are listed for people."""

SUBKINDS: Mapping[str, str] = _DATA["subkinds"]
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
