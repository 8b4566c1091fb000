"""Writes ``docs/problems.md``, every problem code with its words, from the code itself.

    python -m tools.problem_page [FILE]      (or: make pages)

The Chinese sentence is that of ``mailflow/sentences/zh/names/problems.yaml``; the English words and the
remedy are read where the code is raised, with ``…`` for what is filled in there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from mailflow.sentences.catalogue import names

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "problems.md"
FILLED_IN = "…"  # what is only known while running
CODE = re.compile(r"MF\d{3}")

HEAD = """# Problem codes

What `mailflow check` and every other command say about the files and settings people write. A code is stable and never
reused. A line reads: code, file and line, what is wrong, what to do; in Chinese first, in English with
`MAILFLOW_LANG=en`. `…` stands for a name, a value or a library's own words. Made by `make pages` from the code.

| code | 中文 | in English | what to do | raised in |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a code is raised: its module, its English words and remedies, ``""`` where it gives none."""

    module: str
    messages: tuple[str, ...]
    remedies: tuple[str, ...]


_Branches = tuple[tuple[ast.AST, object], ...]
"""The arms of ``if`` a node stands in, from the outside in."""


class _Scope:
    """What the names of a function, or of a module outside its functions, stand for."""

    def __init__(self, body: ast.AST, outer: _Scope | None = None) -> None:
        self.outer = outer
        self.functions: dict[str, _Scope] = {}
        self._asked = False
        self._open: set[ast.expr] = set()  # values being looked at: a name may be part of what it is given anew
        self.nodes = list(_own(body, ()))
        self._values: dict[str, list[tuple[int, _Branches, ast.expr]]] = defaultdict(list)
        for node, branches in self.nodes:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = _Scope(node, self)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value, branches)
            elif isinstance(node, ast.NamedExpr):
                self._note(node.target, node.value, branches)
            elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
                for row in node.iter.elts:  # a loop over rows written out: a name stands for each of its column
                    self._note(node.target, row, (*branches, (row, 0)))

    def _note(self, target: ast.expr, value: ast.expr, branches: _Branches) -> None:
        if isinstance(target, ast.Name):
            self._values[target.id].append((target.lineno, branches, value))
        elif isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            for each, its in zip(target.elts, values, strict=True):
                self._note(each, its, branches)

    def words(self, node: ast.expr | None, branches: _Branches) -> list[str]:
        """The texts an expression that stands in these branches may give."""
        match node:
            case None:
                return [""]
            case ast.Constant(value=str(text)):
                return [text]
            case ast.FormattedValue(value=value):
                return self.words(value, branches)
            case ast.JoinedStr(values=parts):
                return ["".join(pieces) for pieces in product(*(self.words(part, branches) for part in parts))]
            case ast.IfExp(body=one, orelse=other):
                return [*self.words(one, branches), *self.words(other, branches)]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return ["".join(pair) for pair in product(self.words(left, branches), self.words(right, branches))]
            case ast.Name(id=name) if name in self._values:
                return self._value(name, node.lineno, branches)
            case ast.Name() if self.outer is not None:
                return self.outer.words(node, ())
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if made := self._function(name):
                return made.returned() or [FILLED_IN]
        return [FILLED_IN]

    def _value(self, name: str, line: int, branches: _Branches) -> list[str]:
        """What a name may hold at a line: the last value given to it for certain, and those given since in branches."""
        texts: list[str] = []
        for at, there, value in reversed(self._values[name]):
            apart = {branch for branch, _ in there} & {branch for branch, _ in branches}
            if at > line or any((branch, arm) not in branches for branch, arm in there if branch in apart):
                continue
            if value in self._open:
                continue
            self._open.add(value)
            texts += self.words(value, there)
            self._open.discard(value)
            if set(there) <= set(branches):
                break
        return texts[::-1] or [FILLED_IN]

    def returned(self) -> list[str]:
        """The texts this function may return, but those it gets from itself."""
        if self._asked:
            return []
        self._asked = True
        values = [(node.value, at) for node, at in self.nodes if isinstance(node, ast.Return) and node.value]
        texts = [text for value, at in values for text in self.words(value, at)]
        self._asked = False
        return texts

    def _function(self, name: str) -> _Scope | None:
        return self.functions.get(name) or (self.outer._function(name) if self.outer else None)


def _own(body: ast.AST, branches: _Branches) -> Iterator[tuple[ast.AST, _Branches]]:
    """The nodes of a function or module with the branches they stand in, but not the insides of its functions."""
    for name, value in ast.iter_fields(body):
        here = (*branches, (body, name)) if isinstance(body, ast.If) and name in ("body", "orelse") else branches
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST):
                yield node, here
                if not isinstance(node, ast.FunctionDef):
                    yield from _own(node, here)


def uses(source: str, module: str) -> Iterator[tuple[str, Use]]:
    """Every code a module raises, with the words that follow it in the call or tuple it stands in."""
    scopes = [_Scope(ast.parse(source))]
    while scopes:
        scope = scopes.pop()
        scopes += scope.functions.values()
        for node, branches in scope.nodes:
            items = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            for place, item in enumerate(items):
                if isinstance(item, ast.Constant) and isinstance(item.value, str) and CODE.fullmatch(item.value):
                    said, remedy = [*items[place + 1 : place + 3], None, None][:2]
                    texts = (tuple(scope.words(each, branches)) for each in (said, remedy))
                    yield item.value, Use(module, *texts)


RAISED = frozenset(
    "PermanentError TemporaryError LedgerLost NeedsPerson LoginRefused TryLater Unreachable SenderRefused Broken"
    " ConnectionLost NoAnswer Discrepancy".split()
)
_WORDS_BEGIN = {"NeedsPerson": 1, "Discrepancy": 2}  # what comes before the words


def error_texts(source: str) -> Iterator[str]:
    """What the errors and findings a module raises may say in English, and the remedies they name."""
    scopes = [_Scope(ast.parse(source))]
    while scopes:
        scope = scopes.pop()
        scopes += scope.functions.values()
        for node, branches in scope.nodes:
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in RAISED:
                begin = _WORDS_BEGIN.get(name, 0)
                said = [*node.args[begin : begin + 2], *(key.value for key in node.keywords if key.arg == "remedy")]
                yield from (text for each in said for text in scope.words(each, branches))


def all_uses(root: Path = ROOT) -> Mapping[str, Sequence[Use]]:
    """Every code of the package, each with where it is raised."""
    found: dict[str, list[Use]] = defaultdict(list)
    for path in sorted((root / "mailflow").rglob("*.py")):
        module = path.relative_to(root).as_posix()
        for code, use in uses(path.read_text("utf-8"), module):
            found[code].append(use)
    return found


def _cell(texts: Iterator[str]) -> str:
    """Different texts, each once, in a cell of a Markdown table."""
    joined = (re.sub(f"{FILLED_IN}+", FILLED_IN, " ".join(text.split())) for text in texts)
    kept = dict.fromkeys(text for text in joined if text not in ("", FILLED_IN))
    return "<br>".join(text.replace("|", "\\|").replace("<", "&lt;") for text in kept)


def page() -> str:
    """The whole page."""
    found = all_uses()
    lines = []
    for code in sorted(found):
        cells = (
            names("problems").get(code, ""),
            _cell(text for use in found[code] for text in use.messages),
            _cell(text for use in found[code] for text in use.remedies),
            _cell(f"`{use.module}`" for use in found[code]),
        )
        lines.append(f"| {code} | {' | '.join(cells)} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE).write_text(page(), "utf-8")
