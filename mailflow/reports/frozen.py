"""Figures frozen when they are sent, and what became another figure since: said in the next report, from and to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from mailflow.domain.report_ports import SentReport
from mailflow.duties.recurrence import kind_of
from mailflow.reports.figures import Figure
from mailflow.reports.make import Maker
from mailflow.reports.page import Change, Reader, Report
from mailflow.reports.words import number

LOOKED_AT = 40
COMPARED = 6
"""Of so many earlier periods of the same kind a correction is told."""

_FIGURES, _TOLD = "figures", "told"


def frozen(report: Report, changes: Sequence[Change], now: datetime) -> SentReport:
    """The report's figures as they are sent; and the changes it tells, so that each is told once."""
    content = {
        _FIGURES: {
            key: {"value": _kept(one), "numerator": one.numerator, "denominator": one.denominator}
            for key, one in report.figures.items()
        },
        _TOLD: [[one.period, one.key, one.value] for one in changes],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()
    return SentReport(report.span.name, report.reader.key, report.span.as_of, text, digest, now)


def changes(maker: Maker, period: str, reader: Reader, language: str) -> list[Change]:
    """What of earlier periods of this kind is another figure now than was last told, the newest period first.

    The same moment is looked at again: what differs was put right in the data afterwards.
    """
    sent = [one for one in maker.source.sent(reader.key, limit=LOOKED_AT) if one.period != period]
    told: dict[tuple[str, str], str] = {}
    for later in sent:  # the newest first: what it told last counts
        for name, key, value in json.loads(later.figures).get(_TOLD, ()):
            told.setdefault((name, key), value)
    earlier = [one for one in sent if kind_of(one.period) == kind_of(period)][:COMPARED]
    found: list[Change] = []
    for one, now in zip(earlier, maker.figures_at([(e.period, e.as_of) for e in earlier], reader), strict=True):
        then = json.loads(one.figures)[_FIGURES]
        for key, figure in now.items():
            if key not in then:
                continue
            was = told.get((one.period, key), then[key]["value"])
            if was != (value := _kept(figure)):
                found.append(Change(one.period, key, _words(figure, was, language), number(figure, language), value))
    return found


# ------------------------------------------------------------------------------------------------------------ parts


def _kept(figure: Figure) -> str:
    return "" if figure.value is None else str(round(figure.value, 4).normalize())


def _words(figure: Figure, value: str, language: str) -> str:
    return number(replace(figure, value=Decimal(value) if value else None), language)
