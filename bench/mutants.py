"""Twelve small mistakes somebody could make, each with the tests that must notice it: ``bench/mutation.py known``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """``old`` stands once in the module; with ``new`` in its place the program does what ``what`` says."""

    number: int
    module: str
    what: str
    old: str
    new: str
    tests: tuple[str, ...]


COUNTS = ("tests/reading/test_what_is_affected.py",)
KNOWN = (
    Known(
        1, "mailflow/casework/engine.py", "a task begins when one of those before it is done",
        "return all(need in file.tasks", "return any(need in file.tasks",
        ("tests/cases/test_kinds_of_cases.py::test_a_serious_complaint_is_reported_and_its_original_received_in_three_places",),
    ),
    Known(
        2, "mailflow/casework/reply_token.py", "a token works for anybody",
        "str(day), person.lower()", "str(day)",
        ("tests/casework/test_reply_token.py",),
    ),
    Known(
        3, "mailflow/stages/file.py", "whoever writes a case number into the subject joins the case",
        "if case_found and (self.by_staff or ", "if case_found and (True or ",
        ("tests/cases/test_answers_that_change_nothing.py::test_a_stranger_with_a_case_number_or_a_token_joins_and_learns_nothing",),
    ),
    Known(
        4, "mailflow/office/working_time.py", "a term of days from 12:00 ends at 13:30",
        "if at <= year.ends[index]:", "if at < year.ends[index]:",
        ("tests/office/test_working_time.py",),
    ),
    Known(
        5, "mailflow/adapters/sql/chain.py", "what a journal entry says is not in its hash",
        '"data": data, ', "",
        ("tests/adapters/sql/test_chain.py", "tests/adapters/archive/test_verify.py"),
    ),
    Known(
        6, "mailflow/adapters/vault.py", "a file gets its name before it is durable",
        "self._sync(self.folder, temporary, ())", "pass",
        ("tests/adapters/test_vault.py",),
    ),
    Known(
        7, "mailflow/reading/amounts/quantities.py", "one of many weighs as much as the many",
        "return weight - 0.25", "return weight",
        COUNTS,
    ),
    Known(
        8, "mailflow/reading/amounts/quantities.py", "a count taken back is replaced only right behind it",
        "old.count.end < 40 and", "old.count.end < 4 and",
        COUNTS,
    ),
    Known(
        9, "mailflow/reading/amounts/counts.py", "一个 counts as one",
        'if number in ("一", "1") and unit in _ARTICLES:', "if False:",
        COUNTS,
    ),
    Known(
        10, "mailflow/scheduled/remind.py", "a superior is called before his people had time",
        "if now < fair:", "if False:",
        ("tests/cases/test_overdue.py::test_a_mail_collected_late_makes_nobody_late_before_he_was_asked",),
    ),
    Known(
        11, "mailflow/reading/matching/pipeline.py", "words that forbid a hit are looked for in one character",
        "hit.whole_start - 12)", "hit.whole_start - 1)",
        ("tests/reading/test_rulebook.py",),
    ),
    Known(
        12, "mailflow/worker.py", "a mail is tried once more than allowed",
        "if stored.attempts + 1 >=", "if stored.attempts >=",
        ("tests/flow/test_faults.py::test_a_mail_is_tried_as_often_as_allowed_and_then_left_to_a_person",),
    ),
)  # fmt: skip
