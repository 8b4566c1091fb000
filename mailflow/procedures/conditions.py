"""Conditions: what a ``when`` of a procedure may say, and whether it holds.  A small part of Jinja's expressions.

Whoever writes a rule must not be able to stop the office by it, not even by a slip: names, words and numbers are
compared, joined by and, or, not; a part is taken of a word; a few filters and methods are known, each of which needs no
longer than its text and makes it no longer.  Powers, products, formats and calls of anything else are refused when the
file is read, before anything of them is worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.domain.errors import NeedsPerson

MAX_LENGTH = 2000  # characters of one condition
MAX_DEPTH = 90  # of what stands in brackets, or is joined

_ENVIRONMENT = ImmutableSandboxedEnvironment()
_ENVIRONMENT.globals.clear()

_PARTS = (
    nodes.Template, nodes.Output, nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.CondExpr, nodes.Test, nodes.Getitem, nodes.Slice, nodes.Add, nodes.Sub,
    nodes.Concat, nodes.Neg, nodes.Pos,
)  # fmt: skip
_FILTERS = frozenset("length count lower upper trim first last string int float default d".split())
_METHODS = frozenset("startswith endswith lower upper strip lstrip rstrip isdigit isalpha isalnum find".split())
_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Pow: "**", nodes.Mul: "*", nodes.Div: "/", nodes.FloorDiv: "//", nodes.Mod: "%", nodes.Dict: "{...}",
}  # fmt: skip


def holds(expression: str, facts: Mapping[str, Any]) -> bool:
    """Does a ``when`` hold?  Fields nobody answered are empty texts; an empty expression always holds.

    Raises NeedsPerson for one that may not be worked out: a running case may have it from before there were limits.
    """
    return not expression or bool(_compiled(expression)(**facts))


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Any:
    if words := _refused(expression):
        raise NeedsPerson("condition", f"the condition {expression[:200]!r} {words}")
    return _ENVIRONMENT.compile_expression(expression)


def expression_problem(expression: str, known: Sequence[str]) -> str:
    """What is wrong with a ``when``, or an empty string."""
    shown = repr(expression if len(expression) <= 200 else f"{expression[:200]}...")
    if len(expression) > MAX_LENGTH:
        return f"{shown} is longer than {MAX_LENGTH} characters"
    try:
        if words := _refused(expression):
            return f"{shown} {words}"
        names = meta.find_undeclared_variables(_parsed(expression))
        _compiled(expression)
    except jinja2.TemplateSyntaxError as error:
        return f"{shown} cannot be read: {error.message}"
    if unknown := sorted(names - set(known)):
        return f"{shown} asks about {', '.join(unknown)}, which no task asks for and no case has"
    return ""


def compared_words(expression: str) -> Mapping[str, frozenset[str]]:
    """Every name a ``when`` asks about, with the words it is compared with: none where it only asks for any."""
    found: dict[str, set[str]] = {}
    tree = _parsed(expression)
    for name in meta.find_undeclared_variables(tree):
        found[name] = set()
    for compare in tree.find_all(nodes.Compare):
        sides: list[nodes.Node] = [compare.expr, *(operand.expr for operand in compare.ops)]
        words = {word for side in sides for word in _constants(side) if isinstance(word, str)}
        for side in sides:
            named = [side] if isinstance(side, nodes.Name) else list(side.find_all(nodes.Name))
            for item in named:
                found.setdefault(item.name, set()).update(words)
    return {name: frozenset(words) for name, words in found.items()}


# ------------------------------------------------------------------------------------------------------------ details


def _parsed(expression: str) -> nodes.Template:
    return _ENVIRONMENT.parse("{{" + expression + "}}")


def _refused(expression: str) -> str:
    """Why it may not be worked out, or an empty string.  Works nothing out itself."""
    try:
        tree = _parsed(expression)
    except RecursionError:
        return f"is nested deeper than {MAX_DEPTH}"
    for node, depth in _walk(tree):
        if depth > MAX_DEPTH:
            return f"is nested deeper than {MAX_DEPTH}"
        if isinstance(node, nodes.Filter):
            if node.name not in _FILTERS:
                return f"uses the filter {node.name}: only {', '.join(sorted(_FILTERS))} are known"
        elif isinstance(node, nodes.Call):
            if not isinstance(node.node, nodes.Getattr) or node.node.attr not in _METHODS:
                return f"calls something: only {', '.join(sorted(_METHODS))} are known"
        elif isinstance(node, nodes.Getattr):
            if node.attr not in _METHODS:
                return f"asks for .{node.attr}, which no word and no number has here"
        elif isinstance(node, nodes.Name) and node.name == "self":
            return "asks about self, which is nothing of a case"
        elif not isinstance(node, _PARTS):
            return f"uses {_NAMES.get(type(node), type(node).__name__.lower())}, which no condition needs"
    return ""


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Each node with its depth, without recursion."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _constants(node: nodes.Node) -> list[Any]:
    if isinstance(node, nodes.Const):  # a tuple of constants was folded into one by the look for names
        return list(node.value) if isinstance(node.value, (tuple, list)) else [node.value]
    if isinstance(node, (nodes.Tuple, nodes.List)):
        return [item.value for item in node.items if isinstance(item, nodes.Const)]
    return []
