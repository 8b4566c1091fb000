"""The questions as they stand in the mail itself: one line each, with a bracket to write into."""

from __future__ import annotations

from mailflow.sentences.catalogue import worded
from mailflow.surveys.questionnaire import Question, Questionnaire

GAP = "　　"
BRACKETS = {"zh": ("（", "）"), "en": ("(", ")")}


def sheet_lines(questionnaire: Questionnaire, language: str) -> list[str]:
    """The lines of the sheet, headings of groups among them; an open question ends with a colon."""
    lines: list[str] = []
    group = ""
    for question in questionnaire.questions:
        if question.group != group:
            group = question.group
            heading = questionnaire.groups[group][0].of(language) if group else ""
            lines += [""] if not heading else ["", f"[{heading}]" if language == "en" else f"【{heading}】"]
        lines.append(sheet_line(question, language))
    return lines[1:] if lines and not lines[0] else lines


def sheet_rows(questionnaire: Questionnaire, language: str) -> list[dict[str, str]]:
    """The rows of the sheet as a table: ``number`` and ``title``, and of a group's first question ``group``, its
    heading."""
    rows: list[dict[str, str]] = []
    group = ""
    for question in questionnaire.questions:
        heading = ""
        if question.group != group:
            group = question.group
            heading = questionnaire.groups[group][0].of(language) if group else worded(language, "In all")
        rows.append({"group": heading, "number": str(question.number), "title": question.title.of(language)})
    return rows


def sheet_line(question: Question, language: str) -> str:
    """The line of one question, unanswered."""
    title = f"{question.number}. {question.title.of(language)}"
    if question.sort == "open":
        return f"{title}{': ' if language == 'en' else '：'}"
    before, after = BRACKETS["en" if language == "en" else "zh"]
    return f"{title}{' ' if language == 'en' else ''}{before}{GAP}{after}"
