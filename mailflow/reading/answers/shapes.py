"""The values of this package: what a field looks like, and what an answer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FieldType = Literal["text", "choice", "choices", "person", "department", "date", "moment", "money", "quantity", "yesno"]
Verdict = Literal["agree", "signed", "return", "transfer", "work", "unclear", "nothing"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field people may answer: ``titles`` are its names in mails (Chinese, English, aliases).

    ``choices`` are the values a ``choice`` (one) or ``choices`` (several) may take, ``choices_en`` the same in English
    and in the same order, or nothing.  ``meanings`` are what codes among them stand for (code, words): they may stand
    behind the code.  ``outward``: its words reach the customer as they are.  ``required``: the task needs it.
    """

    name: str
    titles: tuple[str, ...]
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    choices_en: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    outward: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Something of an answer that could not be used: ``field`` is empty when it is about the answer as a whole.

    Of the whole answer: ``reason_missing``, ``name_missing``, ``name_unknown``, ``several_names``, ``two_answers``,
    ``conditional``, ``later``, ``question``, ``negated``, ``comment`` (words beside the answer that were not
    understood), ``only_received``, ``only_instructions``, ``see_attachment``, ``automatic``, ``not_understood``.
    Of a field: ``not_a_choice``, ``one_choice``, ``not_a_date``, ``no_time``, ``not_money``, ``amounts_differ``,
    ``not_exact``, ``not_yes_or_no``, ``not_a_quantity``, ``not_a_name``, ``several_names``, ``open``, ``twice``,
    ``too_long``, ``none`` (there is none: 无), ``strange_label`` (a line behind the text begins
    with a label nobody asked for), ``to_colleague`` (words for the customer speak to a colleague).  ``words`` are the
    sender's.
    """

    field: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class StaffAnswer:
    """What a colleague answered.

    ``reason`` is that of a return, in the sender's words.  ``to`` is whom a transfer names: the one of the known names
    it fits, else as written.  ``values`` holds fields in their normal form (see :mod:`.typed`); of an ``unclear``
    answer nothing may be used before the sender was asked.  ``words`` stands at ``span`` of the text (start, end):
    the words that decided, empty and (0, 0) when none did.  ``agrees``: an unclear answer agrees, with something
    beside it.
    """

    verdict: Verdict
    reason: str = ""
    to: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[AnswerProblem, ...] = ()
    words: str = ""
    span: tuple[int, int] = (0, 0)
    agrees: bool = False
