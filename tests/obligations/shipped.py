"""The shipped procedures and forms, read as a company's worker reads them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mailflow.domain.forms import FormSpec
from mailflow.procedures.load import load_procedures
from mailflow.procedures.model import Procedure, Procedures
from mailflow.settings import shipped, yaml_file
from tests.read_once import load_forms


@cache
def forms() -> Mapping[str, FormSpec]:
    """The forms by their code."""
    found, wrong = load_forms(shipped.folder("templates") / "forms")
    assert found is not None, wrong
    return {spec.code: spec for spec in found.specs()}


@cache
def procedures() -> Procedures:
    """All procedures."""
    rules = shipped.folder("rules")
    staff, _ = yaml_file.read(rules / "staff.yaml")
    assert staff is not None
    found, wrong = load_procedures(rules / "procedures", forms=forms(), roles=staff.data["roles"])
    assert found is not None, wrong
    return found


def named(name: str) -> Procedure:
    """The procedure of this name."""
    found = procedures().named(name)
    assert found is not None
    return found


def before(procedure: Procedure, name: str) -> set[str]:
    """All that is finished before a task begins."""
    found: set[str] = set()
    left = list(procedure.tasks[name].needs)
    while left:
        item = left.pop()
        if item not in found:
            found.add(item)
            left += procedure.tasks[item].needs
    return found
