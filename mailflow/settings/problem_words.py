"""Problems and errors as operators read them: in Chinese what is wrong, then the exact detail.

The detail is told in Chinese as well (:mod:`mailflow.settings.in_chinese`); a library's own words stay as they are.
"""

from __future__ import annotations

from mailflow.domain.errors import LoginRefused, MailflowError, NeedsPerson, PermanentError, Problem, TemporaryError
from mailflow.sentences.catalogue import names, sentence, worded
from mailflow.settings.in_chinese import in_chinese

_FAMILIES: tuple[tuple[type[MailflowError], str], ...] = (
    (LoginRefused, sentence("the mail server refuses the login: {error}")),
    (TemporaryError, sentence("not possible now, try again later: {error}")),
    (PermanentError, sentence("cannot go on: {error}")),
    (NeedsPerson, sentence("a person must look: {error}")),
)


def problem_line(problem: Problem, language: str) -> str:
    """A problem as one line: place, what is wrong, detail, remedy."""
    if language == "en" or problem.code not in names("problems"):
        return str(problem)
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    tail = f" -> {in_chinese(problem.remedy)}" if problem.remedy else ""
    return f"{problem.code} {place}：{names('problems')[problem.code]}（{in_chinese(problem.message)}{tail}）"


def error_line(error: MailflowError, language: str) -> str:
    """An error as one line: what kind of trouble, detail, remedy."""
    family = next((words for kind, words in _FAMILIES if isinstance(error, kind)), "")
    if language == "en" or not family:
        return str(error)
    return worded(language, family, error=in_chinese(str(error)))
