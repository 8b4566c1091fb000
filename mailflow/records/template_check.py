"""What can be wrong with the expressions in a Word template, found before the first record is written.

Word has no line numbers; a problem names the part of the document and quotes the paragraph it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from jinja2 import Environment, TemplateError, meta, nodes

from mailflow.errors import Problem
from mailflow.records.sidecar import RESERVED

FORM_FACTS = ("code", "version", "title", "title_en", "retention_years", "effective_on")
"""What a template may print as ``form.…``; mailflow fills it from the sidecar so that the two cannot drift apart."""

_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_PARAGRAPH_START = re.compile(r"<w:p[ >]")
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_SINGLE = re.compile(r"(?<![{%#])\{\s*\w[\w.\s|]*\}(?![}%#])")
_FULL_WIDTH = re.compile(r"[｛｝]|\{\s*％|％\s*\}")
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def paragraphs(xml: str) -> list[str]:
    """The texts of the paragraphs of a part as Word stores it, expressions included."""
    return ["".join(_TEXT.findall(found)) for found in _PARAGRAPH.findall(xml)]


def check_paragraphs(texts: Iterable[str], part: str, file: str) -> Iterator[Problem]:
    """Braces that look like expressions to a person and like plain text to Jinja."""
    for text in texts:
        if _FULL_WIDTH.search(text):
            yield Problem(
                file, 0, "MF410", f"{part}: full-width brackets in {_quoted(text)}", "write {{ name }} in half width"
            )
        for found in _SINGLE.findall(text):
            yield Problem(
                file, 0, "MF411", f"{part}: {found} in {_quoted(text)} prints as it stands", "double it: {{ }}"
            )


def check_expressions(
    env: Environment, patched: Mapping[str, str], fields: Mapping[str, str], file: str
) -> Iterator[Problem]:
    """Expressions Jinja cannot read, that the sidecar does not know, or that reach where no form needs to."""
    for part, source in patched.items():
        xml = _PARAGRAPH_START.sub(r"\n\g<0>", source)  # a line each, so that Jinja's line number finds the paragraph
        try:
            found = list(_check_tree(env.parse(xml), part, fields, file))
            yield from found
            if not found:  # compiling finds unknown filters and tests, but also computes constants: 'a' * 10 ** 9
                env.from_string(xml)
        except TemplateError as error:
            line = getattr(error, "lineno", None) or 0
            yield Problem(file, 0, "MF412", f"{part}: {error.message}{_near(xml, line)}", "correct the expression")


def used_fields(env: Environment, patched: Iterable[str]) -> set[str]:
    """The names the templates print, ``form.code`` and the like with their second part."""
    used: set[str] = set()
    for xml in patched:
        tree = env.parse(xml)
        used |= meta.find_undeclared_variables(tree)
        used |= {f"{RESERVED}.{found.attr}" for found in _form_facts(tree)}
    return used


def _check_tree(tree: nodes.Template, part: str, fields: Mapping[str, str], file: str) -> Iterator[Problem]:
    for name in sorted(meta.find_undeclared_variables(tree) - fields.keys() - {RESERVED}):
        remedy = "declare it under fields: in the sidecar, or correct its spelling"
        yield Problem(file, 0, "MF413", f"{part}: the field {name!r} is not declared", remedy)
    for found in _form_facts(tree):
        if found.attr not in FORM_FACTS:
            yield Problem(
                file, 0, "MF413", f"{part}: form.{found.attr} does not exist", f"one of {', '.join(FORM_FACTS)}"
            )
    for loop in tree.find_all(nodes.For):
        yield from _check_columns(loop, part, fields, file)
    words = [found.attr for found in tree.find_all(nodes.Getattr)] + [found.name for found in tree.find_all(nodes.Name)]
    for word in words:
        if word.startswith("_"):
            yield Problem(file, 0, "MF414", f"{part}: {word!r} reaches into the program", "a form prints fields only")
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.arg, nodes.Const) and str(item.arg.value).startswith("_"):
            yield Problem(file, 0, "MF414", f"{part}: {item.arg.value!r} reaches into the program", "remove it")
    for _ in tree.find_all(nodes.Call):
        yield Problem(
            file, 0, "MF414", f"{part}: an expression that calls something", "use a filter: {{ name | upper }}"
        )
    for product in (*tree.find_all(nodes.Mul), *tree.find_all(nodes.Pow)):
        if isinstance(product, nodes.Pow) or isinstance(product.left, nodes.Const):
            yield Problem(file, 0, "MF414", f"{part}: an expression that multiplies can fill the memory", "remove it")


def _check_columns(loop: nodes.For, part: str, fields: Mapping[str, str], file: str) -> Iterator[Problem]:
    if not (isinstance(loop.target, nodes.Name) and isinstance(loop.iter, nodes.Name)):
        return
    row, owner = loop.target.name, loop.iter.name
    declared = {name.partition(".")[2] for name in fields if name.startswith(f"{owner}.")}
    used = {
        found.attr
        for child in loop.body
        for found in child.find_all(nodes.Getattr)
        if isinstance(found.node, nodes.Name) and found.node.name == row
    }
    for column in sorted(used - declared):
        message = f"{part}: the column {owner}.{column} is not declared"
        yield Problem(file, 0, "MF413", message, "declare it under fields: in the sidecar, or correct its spelling")


def _form_facts(tree: nodes.Template) -> Iterator[nodes.Getattr]:
    for found in tree.find_all(nodes.Getattr):
        if isinstance(found.node, nodes.Name) and found.node.name == RESERVED:
            yield found


def _near(xml: str, line: int) -> str:
    lines = xml.split("\n")
    if not 0 < line <= len(lines):
        return ""
    found = _EXPRESSION.findall(lines[line - 1]) or ["".join(_TEXT.findall(lines[line - 1]))]
    words = " ".join(" ".join(re.sub(r"<[^>]*>", "", text).split()) for text in found).strip()
    return f" near {_quoted(words)}" if words else ""


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:57]}…”" if len(line) > 60 else f"“{line}”"
