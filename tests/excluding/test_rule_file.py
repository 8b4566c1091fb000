"""The rule file: its examples run on loading, and every mistake is named with its line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.domain.errors import Problem
from mailflow.excluding.machine_marks import load_marks, unanswerable
from mailflow.reading.matching.patterns import PatternSet
from tests.excluding.builder import RULES, mail, marks

GOOD = """\
rules:
  - name: away
    kind: auto_reply
    look_in: [subject]
    starts: ["外出:"]
    weight: 0.8
    matches: ["外出: 对账"]
    misses: ["货物外出现锈迹"]
"""


def problems_of(tmp_path: Path, text: str) -> list[Problem]:
    path = tmp_path / "exclusion.yaml"
    path.write_text(text, encoding="utf-8")
    loaded, problems = load_marks(path)
    assert (loaded is None) == bool(problems)
    return problems


def test_the_shipped_rules_pass_their_own_examples() -> None:
    loaded, problems = load_marks(RULES)
    assert problems == []
    assert loaded is not None


def test_a_small_file_of_ones_own_works(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("    weight: 0.8", "    wieght: 0.8", 6, "wieght"),
        ("kind: auto_reply", "kind: robot", 3, "kind"),
        ('    starts: ["外出:"]', '    regex: ["(外出"]', 5, "not a regular expression"),
        ('    starts: ["外出:"]', '    regex: ["外出.*"]', 5, "without an end"),
        ('    starts: ["外出:"]', '    regex: ["(?:外{0,50}){0,50}出:"]', 5, "too many ways"),
        ('    starts: ["外出:"]', '    regex: ["外.{0,900}出.{0,900}:"]', 5, "too many long repeats"),
        ('matches: ["外出: 对账"]', 'matches: ["在家"]', 7, "does not find: 在家"),
        ('misses: ["货物外出现锈迹"]', 'misses: ["外出: 已回"]', 8, "must not find"),
        ('    misses: ["货物外出现锈迹"]\n', "", 2, "misses"),
        ("look_in: [subject]", "look_in: [header]", 4, "names one header"),
        ('    starts: ["外出:"]\n', "", 2, "needs starts, phrases or regex"),
        ("rules:", "rules:\n  - name: away\n    kind: auto_reply\n    look_in: [header]\n    header: x-away\n    "
        "weight: 1", 7, "twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    problems = problems_of(tmp_path, GOOD.replace(old, new))
    assert any(says in problem.message and problem.line == line for problem in problems), problems
    assert all(problem.code.startswith("MF") for problem in problems)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    broken = GOOD.replace('starts: ["外出:"]', 'regex: ["(外出"]')
    second = GOOD.removeprefix("rules:\n").replace("name: away", "name: gone").replace('["外出: 对账"]', '["在家"]')
    assert [problem.line for problem in problems_of(tmp_path, broken + second)] == [5, 14]


def test_an_absent_file_is_a_problem(tmp_path: Path) -> None:
    loaded, problems = load_marks(tmp_path / "none.yaml")
    assert loaded is None
    assert problems


def test_tags_of_gateways_stand_before_a_subject_unnoticed() -> None:
    hits = marks().machine_hits(mail("x", subject="【外部邮件】 [EXTERNAL] 自动回复：通知"))
    assert "auto-reply-subject" in {hit.mark.name for hit in hits}


@pytest.mark.parametrize(
    "address",
    ["", "<>", "MAILER-DAEMON@a.example", "postmaster@a.example", "noreply@a.example", "No-Reply@a.example",
     "do-not-reply@a.example", "donotreply@a.example", "no_reply+7@a.example", "bounce+81-kefu=women.example@a.example",
     "bounces-22@a.example", "list-request@a.example", "srs0=ab=c=d.example=li@a.example", "prvs=12=li@a.example",
     "service-noreply@a.example", "not an address"],
)  # fmt: skip
def test_addresses_nothing_may_be_sent_to(address: str) -> None:
    assert unanswerable(address)


@pytest.mark.parametrize(
    "address",
    ["li@a.example", "kefu@a.example", "info@a.example", "norbert@a.example", "reply@a.example", "bouncer.li@a.example",
     "iqc+261020@a.example", "admin@a.example", "nobodyknows@a.example", "postmasters-choice.li@a.example"],
)  # fmt: skip
def test_addresses_of_people_may_be_answered(address: str) -> None:
    assert not unanswerable(address)


def test_a_pattern_set_finds_what_its_patterns_find() -> None:
    patterns = {"full": "(邮箱|信箱).{0,8}已满", "short": "[xy]z", "mixed": "(?:over )?quota|超限"}
    found = PatternSet(patterns.items())
    assert found.search("对方信箱空间已满") == {"full": "信箱空间已满"}
    assert found.search("yz, quota") == {"short": "yz", "mixed": "quota"}
    assert found.search("已满") == {}
