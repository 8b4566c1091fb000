"""Tasks of a case that are in no file: exceptions from a rule, and words to the customer between the foreseen ones."""

from __future__ import annotations

from collections.abc import Iterable

from mailflow.procedures import between, exceptions
from mailflow.procedures.model import Procedure, TaskSpec


def spec_of(procedure: Procedure, name: str) -> TaskSpec | None:
    """What a procedure says of a task, also of one that is in no file; None when it has none of this name."""
    return between.spec_of(procedure, name) or exceptions.spec_of(procedure, name)


def with_extras(procedure: Procedure, names: Iterable[str]) -> Procedure:
    """The procedure with those of the tasks of these names that are in no file."""
    every = tuple(names)
    return exceptions.with_exceptions(between.with_words(procedure, every), every)
