"""A condition of a procedure compares what is known; one that could stop the office is refused before it is tried."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.domain.errors import NeedsPerson
from mailflow.procedures.conditions import MAX_DEPTH, MAX_LENGTH, expression_problem, holds
from tests.growth import grows_with_its_input

KNOWN = ("kind", "subkinds", "round", "urgent", "amount", "validity", "reason_code")


def facts(length: int = 20) -> dict[str, Any]:
    """What a case knows, people's answers so long."""
    return {
        "kind": "complaint", "subkinds": ["产品质量"] * (length // 4), "round": 1, "urgent": False,
        "amount": "9" * length, "validity": "有效" * (length // 2), "reason_code": "N6" * (length // 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("", True),
        ('kind == "complaint" and round < 3', True),
        ('(validity or reason_code) in ("重大", "恶性")', False),
        ("subkinds | length == 5", True),
        ('reason_code[:2] == "N6" and not urgent', True),
        ('reason_code.startswith("N")', True),
        ('"产品质量" in subkinds', True),
        ('amount | int > 100 if amount else "no"', True),
        ("round + 1 == 2 and -round < 0", True),
        ("unheard is defined", False),
        ('(kind ~ "-" ~ round) == "complaint-1"', True),
    ],
)
def test_a_condition_is_worked_out(expression: str, wanted: bool) -> None:
    assert expression_problem(expression, (*KNOWN, "unheard")) == "" or not expression
    assert holds(expression, facts()) is wanted


HOSTILE = [
    "9 ** 9 ** 9 ** 9",
    "9 ** 99999999",
    "round ** 9999999",
    '"a" * 9999999999',
    "amount * 9999999999",
    "[0] * 9999999999",
    '"%999999999d" % round',
    '"%999999999d" | format(round)',
    "amount | center(9999999999)",
    "amount.ljust(9999999999)",
    "amount.zfill(9999999999)",
    '"{:>9999999999}".format(round)',
    "amount.format(round)",
    'amount["format"](round)',
    'amount.replace("9", amount).replace("9", amount).replace("9", amount)',
    "amount | replace('9', amount)",
    "amount.join(amount)",
    "amount | list | map('upper') | list",
    "range(9999999999) | sum",
    "amount | batch(1) | list",
    "amount | wordwrap(1)",
    "amount | indent(999999999)",
    "amount.__class__.__mro__",
    "subkinds.append(1)",
    "kind.encode()",
    "{1: 2}",
    "1 // 0",
    "1 / 0",
    "1 % 0",
    "lipsum(9999)",
    "cycler(1)",
    "self",
    "amount | random",
    "amount.expandtabs(999999999)",
    "a }}{% for i in x %}{% endfor %}{{ b",
    "kind }} and {{ kind",
    "((" * 800 + "1" + "))" * 800,
    "not " * 900 + "1",
    " and ".join(["round"] * (MAX_DEPTH + 2)),
    "-" * 1500 + "1",
    "[" * 900 + "]" * 900,
    'kind == "' + "x" * MAX_LENGTH + '"',
    "round = 1",
    "round ==",
    "{",
    "}}",
    "",
    "\x00",
    "round is foo",
    "round | foo",
    "foo()",
]


@pytest.mark.parametrize("expression", [each for each in HOSTILE if each], ids=lambda text: text[:30])
def test_what_could_stop_the_office_is_refused_in_a_few_words(expression: str) -> None:
    words = expression_problem(expression, KNOWN)
    assert words
    assert len(words) < 700


@pytest.mark.parametrize("expression", ["9 ** 9 ** 9 ** 9", "amount.zfill(9999999999)", "(" * 1200 + "1" + ")" * 1200])
def test_a_running_case_with_such_a_condition_waits_for_a_person(expression: str) -> None:
    with pytest.raises(NeedsPerson) as told:
        holds(expression, facts())
    assert told.value.reason == "condition"


PIECES = (
    "kind",
    "amount",
    "round",
    "subkinds",
    "validity",
    '"有效"',
    '"N"',
    "1",
    "99999",
    "==",
    "<",
    "in",
    "not",
    "and",
    "or",
    "(",
    ")",
    "[",
    "]",
    ":",
    ",",
    "~",
    "+",
    "-",
    "*",
    "**",
    "%",
    "/",
    "//",
    "|",
    ".",
    "is",
    "if",
    "else",
    "length",
    "upper",
    "lower",
    "int",
    "default",
    "center",
    "format",
    "replace",
    "join",
    "list",
    "startswith",
    "zfill",
    "defined",
    "}}",
    "{{",
)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_whatever_is_written_is_refused_or_makes_nothing_large(expression: str) -> None:
    if expression_problem(expression, KNOWN):
        return
    tracemalloc.start()
    try:
        holds(expression, facts(20_000))
    except (TypeError, ValueError):  # words and numbers that cannot be compared
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "expression",
    [
        'validity.upper().lower().upper() == "x"',
        "amount | int > 1",
        'amount ~ amount ~ amount == "1"',
        'validity.find("效无") > 1',
        '"效无" in validity',
        "subkinds | length > 3",
        '"无" in subkinds',
        "validity[::-1] == validity",
        "amount.strip().isdigit()",
    ],
)
def test_its_time_grows_with_the_length_of_the_answers(expression: str) -> None:
    assert expression_problem(expression, KNOWN) == ""
    assert grows_with_its_input(lambda known: holds(expression, known), facts, 64_000, doublings=1)
