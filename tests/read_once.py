"""Rules, forms and mail texts are read once per process as long as their content is the same.

To read and check them takes seconds, and what comes of it never changes: it may serve every test.  A test that changes
a file by one byte has it read for real; so has one whose files have mistakes.  Tests of the reading itself call the
loaders where they are defined.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from mailflow import app, flow
from mailflow.adapters.word import forms
from mailflow.domain.errors import Problem
from mailflow.excluding.machine_marks import MachineMarks
from mailflow.reading.matching import rulebook
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.people.ours import Ours
from mailflow.settings import shipped
from mailflow.stages.extract import RuleReader

MAIL = "From: a@example.org\r\n\r\n您好，订单12345的泵漏水。\r\n".encode()
ROOT = Path(__file__).resolve().parents[1]
# Who uses the loaders, by the names they have there.
USERS = {
    "mailflow.app": ("load_rulebook", "load_lexicon", "load_marks", "load_forms", "load_templates"),
    "mailflow.backoffice": (
        "load_answer_words", "load_calendars", "load_digest_templates", "load_move_words", "load_procedures",
        "load_staff_templates",
    ),
}  # fmt: skip

Given = ParamSpec("Given")
Made = TypeVar("Made")
Rules = tuple[Rulebook | None, MachineMarks | None, list[Problem]]
Result = tuple[Made | None, list[Problem]]
_found: dict[tuple[object, ...], Any] = {}


def once(
    load: Callable[Given, tuple[Made | None, list[Problem]]],
) -> Callable[Given, tuple[Made | None, list[Problem]]]:
    """The loader, but what it made of files without mistakes is given again for the same files and arguments."""

    @functools.wraps(load)
    def read(*given: Given.args, **named: Given.kwargs) -> Result[Made]:
        path, *others = given
        assert isinstance(path, Path)
        key = (load.__module__, load.__qualname__, _digest(path), _said(others), _said(sorted(named.items())))
        if key in _found:
            return _found[key], []
        found, problems = load(*given, **named)
        if found is not None and not problems:
            _found[key] = found
        return found, problems

    return read


def rules_once(load: Callable[..., Rules]) -> Callable[..., Rules]:
    """The rules of a folder, and a mail read with them: what is compiled for the first one no forked reader repeats."""

    @functools.wraps(load)
    def read(rules: Path | None, industries: Sequence[str] | None = None, *, whole: bool = False) -> Rules:
        key = ("rules", _digest(rules or shipped.folder("rules")), _said(industries), whole)
        if key not in _found:
            book, marks, problems = load(rules, industries, whole=whole)
            if problems or book is None:
                return book, marks, problems
            flow.read(MAIL, None, marks, frozenset(), RuleReader(book, Ours()), datetime.now(UTC), frozenset())
            _found[key] = book, marks
        return *_found[key], []

    return read


def _said(value: Any) -> str:
    """Arguments in words; those in no order are put in one."""
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_said, value))}]"
    return repr(value)


def _digest(path: Path) -> bytes:
    """What a file, or every file of a folder, holds."""
    top = path.resolve()
    return _shipped(top) if top.is_relative_to(ROOT) else _content(top)


@functools.cache
def _shipped(top: Path) -> bytes:
    """No test writes into the repository."""
    return _content(top)


def _content(top: Path) -> bytes:
    found = hashlib.sha256()
    for file in sorted(item for item in top.rglob("*") if item.is_file()) if top.is_dir() else [top]:
        content = file.read_bytes() if file.is_file() else b""
        found.update(f"{file.relative_to(top)}\0{file.is_file()}\0{len(content)}\0".encode() + content)
    return found.digest()


load_forms = once(forms.load_forms)
load_rulebook = once(rulebook.load)


@functools.cache
def everywhere() -> None:
    """Let the whole program read so in this process."""
    for module, names in USERS.items():
        user = importlib.import_module(module)
        for name in names:
            setattr(user, name, once(getattr(user, name)))
    app.reading_rules = rules_once(app.reading_rules)
