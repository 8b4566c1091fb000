"""The words of a survey's report, as they stand in its record: figures with how sure they are, and the formula.

In a confidential round nobody is named, and nothing of fewer than five is shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailflow.sentences.catalogue import sentence, worded
from mailflow.surveys.questionnaire import Questionnaire
from mailflow.surveys.results import Counted, Results
from mailflow.surveys.statistics import FEWEST, Estimate

MOST_VOICES = 12
LONGEST_VOICE = 120
AGAINST_LAST: Mapping[str, str] = {
    "better": sentence("Last round: better"),
    "worse": sentence("Last round: worse"),
    "same": sentence("Last round: the same"),
    "unknown": sentence("Last round: cannot be told"),
}
"""What a change is called."""


def report_fields(
    form: Questionnaire, found: Results, language: str, *, target: float, confidential: bool
) -> dict[str, str]:
    """The values of the report's fields, by name; of each as many lines as there is to say."""
    return {
        "survey_counts": _counts(found, language, confidential=confidential),
        "survey_method": method(form, language),
        "survey_results": _results(form, found, language, confidential=confidential),
        "survey_groups": _groups(form, found, language, target, least=FEWEST if confidential else 1),
        "survey_change": _change(found, language, target),
        "survey_nps": _recommendation(found, language, confidential=confidential),
        "survey_words": _voices(form, found, language, confidential=confidential),
    }


def method(form: Questionnaire, language: str) -> str:
    """The formula, and the weights of the groups."""
    weights = "，".join(f"{title.of(language)} {weight:g}%" for title, weight in form.groups.values())
    return worded(
        language,
        "Index of a customer = sum of weight x score / {highest} x 100 / sum of the weights answered; not applicable "
        "is left out. Total = mean of the customers. Weights: {weights}. Intervals are for 95 %.",
        highest=form.highest,
        weights=weights,
    )


def estimate(found: Estimate | None, language: str, *, least: int = 1) -> str:
    """A figure with its interval, or that too few answered."""
    if found is None or found.n < least:
        return worded(language, "too few answers")
    figure = f"{found.value:.1f}"
    if found.of and found.n >= found.of:
        return worded(language, "{figure} (all {n} answered)", figure=figure, n=found.n)
    if found.margin == 0:  # how far the silent ones differ cannot be told from it
        return worded(language, "{figure} (n = {n}, all the same, no interval)", figure=figure, n=found.n)
    if found.low is None or found.high is None:
        return worded(language, "{figure} (n = {n}, too few for an interval)", figure=figure, n=found.n)
    return worded(
        language,
        "{figure} ({low:.1f} to {high:.1f}, n = {n})",
        figure=figure,
        low=found.low,
        high=found.high,
        n=found.n,
    )


# ------------------------------------------------------------------------------------------------------------ parts


def _line(counted: Counted, language: str) -> str:
    returns = counted.returns
    rate = f"{returns.rate:.1f}%" if returns.rate is not None else "-"
    return worded(
        language,
        "sent {sent}, bounced {bounced}, delivered {delivered}, answered {answered}, valid {valid}, void {void}, to be "
        "read {waiting}; return rate {valid}/{sent} = {rate}",
        sent=returns.sent, bounced=returns.bounced, delivered=returns.delivered, answered=returns.answered,
        valid=returns.valid, void=counted.void, waiting=counted.waiting, rate=rate,
    )  # fmt: skip


def _counts(found: Results, language: str, *, confidential: bool) -> str:
    lines = [_line(found.all, language)]
    if len(found.tiers) > 1:
        lines += [
            f"{tier or '-'}: {_line(counted, language)}"
            for tier, counted in found.tiers.items()
            if not confidential or counted.returns.valid >= FEWEST
        ]
    answered, silent = found.complaints
    if answered is not None and silent is not None:
        lines.append(
            worded(
                language,
                "Complaints of a year by customer: {answered:.1f} of those who answered, {silent:.1f} of the others.",
                answered=answered,
                silent=silent,
            )
        )
    return "\n".join(lines)


def _results(form: Questionnaire, found: Results, language: str, *, confidential: bool) -> str:
    least = FEWEST if confidential else 1
    lines = [worded(language, "Index: {index}", index=estimate(found.index, language, least=least))]
    lines += [
        f"{form.groups[key][0].of(language)}: {estimate(each, language, least=least)}"
        for key, each in found.groups.items()
    ]
    lines.append(
        worded(
            language,
            "Overall satisfaction, of {highest}: {overall}",
            highest=form.highest,
            overall=estimate(found.overall, language, least=least),
        )
    )
    if not confidential and found.customers:
        by_value = sorted(found.customers.items(), key=lambda pair: (pair[1], pair[0]))
        each = "；".join(f"{found.companies[who] or who} {value:.1f}" for who, value in by_value)
        lines.append(worded(language, "Customers: {each}", each=each))
    return "\n".join(lines)


def _groups(form: Questionnaire, found: Results, language: str, target: float, *, least: int) -> str:
    """A line each, ending with its figure, as the record's chart draws them: groups, total, target, of 100."""
    named = [(form.groups[key][0].of(language), each) for key, each in found.groups.items()]
    named.append((worded(language, "survey|total"), found.index))
    lines = [f"{name}: {each.value:.1f}" for name, each in named if each is not None and each.n >= least]
    if not lines:
        return worded(language, "too few answers")
    return "\n".join([*lines, f"{worded(language, 'survey|target')}: {target:g}"])


def _recommendation(found: Results, language: str, *, confidential: bool) -> str:
    figure = estimate(found.recommendation, language, least=FEWEST if confidential else 1)
    return worded(language, "Net promoters (9-10 less 0-6), points from -100 to 100: {figure}", figure=figure)


def _change(found: Results, language: str, target: float) -> str:
    lines = []
    if found.index is None:
        lines.append(worded(language, "Target {target:g}: no answers", target=target))
    else:
        reached = found.index.value >= target
        words = sentence("Target {target:g}: reached") if reached else sentence("Target {target:g}: not reached")
        lines.append(worded(language, words, target=target))
    words = worded(language, AGAINST_LAST[found.change.verdict])
    if found.change.difference is not None:
        words += f" ({found.change.difference:+.1f}, n = {found.change.pairs})"
    return "\n".join([*lines, words])


def _voices(form: Questionnaire, found: Results, language: str, *, confidential: bool) -> str:
    if not found.voices or (confidential and found.all.returns.valid < FEWEST):
        return worded(language, "no words of customers")
    lines = []
    for voice in found.voices[:MOST_VOICES]:
        question = form.question(voice.question)
        title = question.title.of(language) if question else ""
        who = "" if confidential else f"{voice.company}　"
        lines.append(f"{who}{title}：{' '.join(voice.words.split())[:LONGEST_VOICE]}")
    return "\n".join(lines)
