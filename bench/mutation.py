"""Do the tests notice when the program is wrong?  Small changes are made to it, one at a time, and tests must fail.

``known``: the changes of :mod:`bench.mutants`, written by hand, each with the tests that must notice it.
``draw``: mutants drawn by a fixed seed over the modules in ``MODULES``; says which ones no test noticed.
``again FILE``: the mutants of an earlier draw that no test noticed, once more.

The operators are cosmic-ray's (comparisons, numbers, and/or, not, break, exceptions ...) and three of our own: a
statement left out, ``any`` for ``all``, ``None`` returned.  cosmic-ray itself runs one test command over every mutant
of a session; here each module has its own, and a place is drawn first and then one change at it, so that operators
with many replacements do not fill the sample.  How to run it: docs/howto/mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SEED = 20261122
LEFT_OUT = {".venv", ".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "storage", "demo", "dist"}

CASES = ["tests/cases/test_answers_that_change_nothing.py", "tests/cases/test_kinds_of_cases.py"]
MOVES = ["tests/commands/test_moves_of_a_case.py", "tests/commands/test_casework.py"]

# How many mutants each module gets of the 150, and the tests related to it: what runs in seconds first; what a mutant
# survives is followed by the next step.
MODULES: dict[str, tuple[int, list[list[str]]]] = {
    "mailflow/office/working_time.py": (40, [["tests/office/test_working_time.py"]]),
    "mailflow/records/numbering.py": (14, [["tests/records/test_numbering.py"]]),
    "mailflow/casework/reply_token.py": (12, [["tests/casework/test_reply_token.py"]]),
    "mailflow/adapters/sql/chain.py": (
        3,
        [["tests/adapters/sql/test_chain.py"], ["tests/adapters/sql/test_tampering.py"]],
    ),
    "mailflow/adapters/vault.py": (25, [["tests/adapters/test_vault.py"]]),
    "mailflow/worker.py": (32, [["tests/flow/test_worker.py"]]),
    "mailflow/casework/engine.py": (24, [MOVES, CASES]),
}


# -------------------------------------------------------------------------------------------------------- the mutants


@dataclass(frozen=True)
class Mutant:
    """One change: ``operator`` for the ``occurrence``-th time in a module."""

    module: str
    operator: str
    occurrence: int
    line: int
    column: int

    @property
    def name(self) -> str:
        """What it is called in lists."""
        return f"{self.module}:{self.line}:{self.column} {self.operator.rpartition('/')[2]}#{self.occurrence}"


def mutants(module: str, source: str) -> dict[tuple[int, int], list[Mutant]]:
    """Every mutant of a module by its place; what nobody runs (annotations, texts that explain) has none."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    unread = _annotations(source)
    nodes = list(ast_nodes(get_ast(source)))
    found: defaultdict[tuple[int, int], list[Mutant]] = defaultdict(list)
    for name in plugins.operator_names():
        operator_class = plugins.get_operator(name)
        if operator_class.arguments():
            continue
        operator = operator_class()
        places = (place for node in nodes for place, _ in operator.mutation_positions(node))
        for occurrence, (line, column) in enumerate(places):
            if not any(first <= (line, column) < last for first, last in unread):
                found[line, column].append(Mutant(module, name, occurrence, line, column))
    for name, operator_of_ours in OURS.items():
        for occurrence, (line, column, _, _) in enumerate(operator_of_ours(source)):
            found[line, column].append(Mutant(module, name, occurrence, line, column))
    return dict(sorted(found.items()))


def drawn(module: str, source: str, count: int, seed: int) -> list[Mutant]:
    """The sample of a module: places first, then one change at each; what is no Python any more is drawn again."""
    chance = random.Random(f"{seed}:{module}")
    places = mutants(module, source)
    first = sorted(chance.sample(sorted(places), min(count, len(places))))
    rest = sorted(set(places) - set(first))
    chosen = [chance.choice(places[place]) for place in first]
    chance.shuffle(rest)
    chosen += [chance.choice(places[place]) for place in rest]
    found = islice((mutant for mutant in chosen if _compiles(mutant, source)), count)
    return sorted(found, key=lambda mutant: (mutant.line, mutant.column))


def _compiles(mutant: Mutant, source: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(mutated(mutant, source), mutant.module, "exec")
    except SyntaxError:
        return False
    return True


def mutated(mutant: Mutant, source: str) -> str:
    """The module's text with the change in it."""
    if operator_of_ours := OURS.get(mutant.operator):
        line, column, length, new = list(operator_of_ours(source))[mutant.occurrence]
        lines = source.splitlines(keepends=True)
        at = sum(len(each) for each in lines[: line - 1]) + column
        return source[:at] + new + source[at + length :]
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    changed = mutate_code(source, plugins.get_operator(mutant.operator)(), mutant.occurrence)
    assert changed is not None, mutant
    return str(changed)


def _annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations stand, which nobody evaluates here, and ``frozen=True, slots=True``, which nobody sees."""
    spans = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            spans += [_span(each, source) for each in node.decorator_list if isinstance(each, ast.Call)]
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(each, ast.expr):
                spans.append(_span(each, source))
    return spans


def _span(node: ast.expr | ast.stmt, source: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last place of a node, columns in characters."""
    lines = source.splitlines()
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    first = len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
    last = len(lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode())
    return (node.lineno, first), (node.end_lineno, last)


Change = tuple[int, int, int, str]  # line, column, how many characters go, what stands there instead


def _without_statement(source: str) -> Iterator[Change]:
    """A call or a sum that is not made."""
    for node in ast.walk(ast.parse(source)):
        called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if isinstance(node, ast.AugAssign | ast.Delete) or called:
            assert isinstance(node, ast.stmt)
            yield (*_start_and_length(node, source), "pass")


def _without_result(source: str) -> Iterator[Change]:
    """``return`` what was asked for -> ``return None``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
            yield (*_start_and_length(node.value, source), "None")


def _any_for_all(source: str) -> Iterator[Change]:
    """Any for all, the greatest for the least, and the other way round."""
    swapped = {"any": "all", "all": "any", "min": "max", "max": "min"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in swapped:
            yield (*_start_and_length(node.func, source), swapped[node.func.id])


def _start_and_length(node: ast.expr | ast.stmt, source: str) -> tuple[int, int, int]:
    (line, column), (last_line, last_column) = _span(node, source)
    lines = source.splitlines(keepends=True)
    between = sum(len(each) for each in lines[line - 1 : last_line - 1])
    return line, column, between + last_column - column


OURS: dict[str, Callable[[str], Iterator[Change]]] = {
    "ours/StatementLeftOut": _without_statement,
    "ours/NoneReturned": _without_result,
    "ours/AnyForAll": _any_for_all,
}


# ------------------------------------------------------------------------------------------------------- the workshop


class Workshop:
    """A copy of the program in a folder of its own, changed there and tested there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "copy"
        self.took: dict[tuple[str, ...], float] = {}  # how long tests take when nothing is changed
        shutil.copytree(ROOT, self.folder, ignore=lambda _, names: LEFT_OUT & set(names))

    def source(self, module: str) -> str:
        """A module as it is."""
        return (self.folder / module).read_text("utf-8")

    def noticed_by(self, module: str, changed: str, steps: Sequence[Sequence[str]]) -> str:
        """Put the changed text in place and test; the first failing test, or an empty string when none fails."""
        path = self.folder / module
        before, stat = path.read_text("utf-8"), path.stat()
        path.write_text(changed, "utf-8")
        os.utime(path, (stat.st_atime, stat.st_mtime + 10_000))  # compiled code of the old text must not be taken
        try:
            for tests in steps:
                if told := self.test(tests):
                    return told
            return ""
        finally:
            path.write_text(before, "utf-8")
            os.utime(path, (stat.st_atime, stat.st_mtime))

    def test(self, tests: Sequence[str], *, first: bool = False) -> str:
        """Run tests; an empty string when all pass.  Only the ``first`` run leaves compiled code behind.

        A mutant that makes them four times as long is taken for one that never ends, and noticed.
        """
        env = dict(os.environ, PYTHONDONTWRITEBYTECODE="" if first else "1", PYTHONUTF8="1")
        command = [str(PYTHON), "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider"]
        command += ["-rfE", *tests]
        began, limit = time.monotonic(), 4 * self.took.get(tuple(tests), 60.0) + 30
        with subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        ) as process:  # fmt: skip
            try:
                said, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return "no end in time"
        if first:
            self.took[tuple(tests)] = time.monotonic() - began
        if process.returncode == 0:
            return ""
        if process.returncode == 5:
            sys.exit(f"no test in {' '.join(tests)}")
        if process.returncode != 1:  # 1: a test failed; else a test file or a conftest could not be read
            return f"does not load (pytest ended with {process.returncode})"
        lines = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return lines[0].split(" - ")[0] if lines else said[-200:]

    def check(self, module: str, steps: Sequence[Sequence[str]]) -> None:
        """The tests must pass as things are, and fail when the module cannot even be loaded."""
        for tests in steps:
            if told := self.test(tests, first=True):
                sys.exit(f"{module}: the tests fail before anything is changed: {told}")
            if not self.noticed_by(module, "raise RuntimeError('a mutant')\n", [tests]):
                sys.exit(f"{module}: {' '.join(tests)} never loads it")


# ----------------------------------------------------------------------------------------------------------- commands


def known() -> int:
    """Each change by hand, with the tests that must notice it."""
    from bench.mutants import KNOWN

    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for tests in dict.fromkeys(tuple(change.tests) for change in KNOWN):
            if told := workshop.test(tests, first=True):
                sys.exit(f"the tests fail before anything is changed: {told}")
        for change in KNOWN:
            source = workshop.source(change.module)
            if source.count(change.old) != 1:
                told = f"MOVED: {change.old!r} stands {source.count(change.old)} times in it"
                missed += 1
            elif not (
                told := workshop.noticed_by(change.module, source.replace(change.old, change.new), [change.tests])
            ):
                told = "SURVIVED"
                missed += 1
            print(f"{change.number:>3} {change.module}: {change.what}\n      {told}", flush=True)
    print(f"{len(KNOWN) - missed} of {len(KNOWN)} noticed")
    return int(missed > 0)


def draw(names: Sequence[str], seed: int, out: Path) -> int:
    """The sample of each module, tested; the results go to a file of one JSON object a line."""
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for module in names:
            source = workshop.source(module)
            count, steps = MODULES[module]
            _try(workshop, drawn(module, source, count, seed), steps, out)
    return _report(out)


def again(names: Sequence[str], earlier: Path, out: Path) -> int:
    """What survived an earlier draw, once more; the modules must be as they were."""
    results = [json.loads(line) for line in earlier.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for module in names:
            left = [item for item in results if item["module"] == module and not item["noticed"]]
            chosen = [Mutant(**{key: item[key] for key in Mutant.__dataclass_fields__}) for item in left]
            source = workshop.source(module)
            moved = [
                item["name"] for item, mutant in zip(left, chosen, strict=True) if _diff(mutant, source) != item["diff"]
            ]
            if moved:
                sys.exit("changed since then: " + ", ".join(moved))
            if chosen:
                _try(workshop, chosen, MODULES[module][1], out)
    return _report(out)


def _try(workshop: Workshop, chosen: Sequence[Mutant], steps: Sequence[Sequence[str]], out: Path) -> None:
    module = chosen[0].module
    source = workshop.source(module)
    workshop.check(module, steps)
    for mutant in chosen:
        began = time.monotonic()
        told = workshop.noticed_by(module, mutated(mutant, source), steps)
        result = asdict(mutant) | {"name": mutant.name, "noticed": told, "diff": _diff(mutant, source)}
        with out.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(result, ensure_ascii=False) + "\n")
        print(f"{time.monotonic() - began:5.1f} s  {mutant.name}: {told or 'SURVIVED'}", flush=True)


def _diff(mutant: Mutant, source: str) -> str:
    lines = difflib.unified_diff(source.splitlines(), mutated(mutant, source).splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def _report(out: Path) -> int:
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    tried, killed = Counter(item["module"] for item in results), Counter(r["module"] for r in results if r["noticed"])
    crashed = sum("does not load" in item["noticed"] for item in results)
    for item in results:
        if not item["noticed"]:
            print(f"\n{item['name']}\n{item['diff']}")
    print()
    for module, number in tried.items():
        print(f"{module:40} {killed[module]:4} of {number:4}  {killed[module] / number:.2f}")
    number, good = sum(tried.values()), sum(killed.values())
    print(f"{'all':40} {good:4} of {number:4}  {good / max(number, 1):.2f}  ({crashed} could not even be loaded)")
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("known", "draw", "again"))
    parser.add_argument("earlier", nargs="?", type=Path, help="again: the results of an earlier draw")
    parser.add_argument("--module", action="append", choices=list(MODULES), help="only this one (may be repeated)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "mailflow-mutation.jsonl")
    given = parser.parse_args()
    if given.what == "known":
        return known()
    given.out.unlink(missing_ok=True)
    names = given.module or list(MODULES)
    if given.what == "again":
        if given.earlier is None:
            parser.error("again: which results?")
        return again(names, given.earlier, given.out)
    return draw(names, given.seed, given.out)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
