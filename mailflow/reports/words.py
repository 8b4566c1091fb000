"""What figures are called, what they mean in words, and how a value is shown; Chinese or English."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from mailflow.reports.figures import GOOD_DOWN, GOOD_UP, Figure
from mailflow.sentences.catalogue import sentence, worded

NONE = "—"

NAMES: dict[str, str] = {
    "received": sentence("figure|Complaints received"),
    "valid": sentence("figure|Found valid"),
    "invalid": sentence("figure|Found invalid"),
    "malicious": sentence("figure|Found malicious"),
    "not_judged": sentence("figure|Not judged yet"),
    "grave": sentence("figure|Gravest complaints"),
    "all_cases": sentence("figure|Cases of all kinds"),
    "praise": sentence("figure|Praise"),
    "suggestions": sentence("figure|Suggestions"),
    "complaint_rate": sentence("figure|Share of complaints"),
    "first_response_median": sentence("figure|First response, median"),
    "first_response_p90": sentence("figure|First response, nine of ten"),
    "first_response_mean": sentence("figure|First response, mean"),
    "not_answered": sentence("figure|Without an answer"),
    "within_30": sentence("figure|Answered within 30 minutes"),
    "closed": sentence("figure|Complaints closed"),
    "closure_median": sentence("figure|Time to close, median"),
    "closure_mean": sentence("figure|Time to close, mean"),
    "on_time_closure": sentence("figure|Closed in time"),
    "closing_rate": sentence("figure|Closing rate"),
    "reopen_rate": sentence("figure|Opened again"),
    "recurrence_rate": sentence("figure|Repeated complaints"),
    "follow_up_rate": sentence("figure|Follow-up rate"),
    "valid_share": sentence("figure|Share found valid"),
    "capa_on_time": sentence("figure|Corrective actions done in time"),
    "capa_effectiveness": sentence("figure|Corrective actions that worked"),
    "eight_d_on_time": sentence("figure|8D steps in time"),
    "satisfaction": sentence("figure|Satisfied with the handling"),
    "promises_kept": sentence("figure|Promises kept in time"),
    "cost": sentence("figure|Cost of complaints"),
    "open_now": sentence("figure|Complaints open now"),
    "late_now": sentence("figure|Tasks late now"),
}
"""The figures, in the order they are told."""

FORMULAS: dict[str, str] = {
    "received": sentence(
        "Complaints whose first mail reached us in the period (received, not opened). Void cases, cases joined to "
        "others and mail imported from the past do not count; a kind that a person put right counts as put right."
    ),
    "valid": sentence("Complaints of the period that a person judged valid."),
    "invalid": sentence("Complaints of the period that a person judged invalid without malice."),
    "malicious": sentence("Complaints of the period that a person judged malicious."),
    "not_judged": sentence("Complaints of the period that nobody has judged yet."),
    "grave": sentence("Complaints of the period of the gravest severity, as judged, else as read."),
    "all_cases": sentence("Cases of every kind whose first mail reached us in the period."),
    "praise": sentence("Cases of praise received in the period."),
    "suggestions": sentence("Suggestions received in the period."),
    "complaint_rate": sentence(
        "Complaints / cases of all kinds received in the period (deliveries are not recorded here)."
    ),
    "first_response_median": sentence(
        "From receipt to the first answer that a person wrote or approved, in working minutes; automatic receipts do "
        "not count. Of the complaints of the period that were answered: the middle one."
    ),
    "first_response_p90": sentence("The same working minutes: nine of ten answered complaints took no longer."),
    "first_response_mean": sentence("The same working minutes: their mean, which hides the slowest."),
    "not_answered": sentence("Complaints of the period that have no answer written or approved by a person."),
    "within_30": sentence("Complaints answered within 30 working minutes / all complaints of the period."),
    "closed": sentence("Complaints whose last closing falls in the period and that were not opened again since."),
    "closure_median": sentence(
        "Day of the last closing - day of receipt, in calendar days, of the complaints closed in the period: the "
        "middle one."
    ),
    "closure_mean": sentence("The same calendar days: their mean."),
    "on_time_closure": sentence(
        "Closed until the day promised to the customer, else until the closing had to be signed / complaints whose "
        "such day falls in the period. A complaint with neither is not due yet."
    ),
    "closing_rate": sentence("Of the complaints received in the period: those closed by now / all of them."),
    "reopen_rate": sentence(
        "Complaints closed in the period that were opened again afterwards / complaints closed in it."
    ),
    "recurrence_rate": sentence(
        "Complaints with the same defect as an earlier one of the same customer, product or model within 365 days / "
        "all complaints of the period. One that names no defect cannot be compared and counts as no repeat."
    ),
    "follow_up_rate": sentence(
        "Complaints whose customer was heard on his satisfaction / complaints closed in the period; target 100%. A "
        "customer who was not reached was not heard."
    ),
    "valid_share": sentence("Judged valid / judged, of the complaints of the period."),
    "capa_on_time": sentence("Corrective actions carried out in time / those due in the period."),
    "capa_effectiveness": sentence(
        "Verified as effective / verified in the period; partly effective is not effective."
    ),
    "eight_d_on_time": sentence(
        "Steps of 8D reports (written, signed, checked, approved) in time / those due in the period."
    ),
    "satisfaction": sentence(
        "Satisfied + mostly satisfied / customers who said in the period whether they are satisfied with the handling."
    ),
    "promises_kept": sentence("Promises kept until the day named / promises due in the period."),
    "cost": sentence(
        "The sum of the amounts of compensation entered in the period. Material, labour, freight and travel are not "
        "recorded here and not in it."
    ),
    "open_now": sentence("Complaints that are not closed at the moment of the report."),
    "late_now": sentence("Tasks that are open and past their time at the moment of the report."),
}

WHY: dict[str, str] = {
    "none": sentence("none in the period"),
    "nothing_answered": sentence("nothing answered yet"),
    "nothing_closed": sentence("nothing closed"),
}


def name_of(key: str, language: str) -> str:
    """What a figure is called."""
    return worded(language, NAMES[key])


def formula_of(key: str, language: str) -> str:
    """What it means, in words."""
    return worded(language, FORMULAS[key])


def value_of(figure: Figure, language: str) -> str:
    """The value with its unit, and for a rate what it is a rate of; a dash with the reason where there is none."""
    if figure.value is None:
        return f"{NONE}{bracket(worded(language, WHY[figure.why or 'none']), language)}"
    shown = number(figure, language)
    if figure.unit == "percent":
        return f"{shown}{bracket(f'{figure.numerator}/{figure.denominator}', language)}"
    if figure.beside:
        more = "; ".join(f"{currency or '?'} {amount}" for currency, amount in figure.beside)
        return f"{shown} + {more}"
    return shown


def number(figure: Figure, language: str) -> str:
    """The value with its unit alone; a dash where there is none."""
    if figure.value is None:
        return NONE
    if figure.unit == "count":
        return str(int(figure.value))
    if figure.unit == "percent":
        return f"{rounded(figure.value, 1)}%"
    if figure.unit == "CNY":
        return f"¥{figure.value:,.2f}"
    if figure.unit == "minutes":
        return worded(language, "{count} working min", count=rounded(figure.value, 1))
    return worded(language, "{count} days", count=rounded(figure.value, 1))


def difference(now: Figure, was: Figure | None, language: str) -> str:
    """How it moved since then: ``+3``, ``-4.2 points``; empty where one of the two has no value."""
    if was is None or now.value is None or was.value is None:
        return ""
    step = now.value - was.value
    if step == 0:
        return worded(language, "figure|unchanged")
    shown = f"{step:+,.2f}" if now.unit == "CNY" else f"{rounded(step, 1 if now.unit != 'count' else 0, sign=True)}"
    return worded(language, "{count} points", count=shown) if now.unit == "percent" else shown


def better(now: Figure, was: Figure | None) -> bool | None:
    """Did it get better?  None where it cannot be said: unchanged, no value, or neither way is good."""
    if was is None or now.value is None or was.value is None or now.value == was.value:
        return None
    if now.key in GOOD_UP:
        return now.value > was.value
    return now.value < was.value if now.key in GOOD_DOWN else None


def bracket(words: str, language: str) -> str:
    """The words in brackets behind others."""
    return f" ({words})" if language == "en" else f"（{words}）"


def rounded(value: Decimal, places: int, *, sign: bool = False) -> str:
    """A number with so many places, half rounded up, without zeros behind the point."""
    shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{shown:+,f}" if sign else f"{shown:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
