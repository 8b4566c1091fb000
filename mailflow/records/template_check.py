"""What can be wrong with the expressions and controls in a Word template, found before the first record is written.

Word has no line numbers; a problem names the part of the document and quotes the paragraph it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, Template, TemplateError, meta, nodes

from mailflow.domain.errors import Problem
from mailflow.domain.forms import FormSpec
from mailflow.records.returned import ANSWER_TAG, SIGN_TAG
from mailflow.records.sidecar import ANSWER, FORM, RESERVED, SIG

FORM_FACTS = ("code", "version", "title", "title_en", "retention_years", "effective_on")
"""What a template may print as ``form.…``; mailflow fills it from the sidecar so that the two cannot drift apart."""

_UNDECLARED = "declare it under fields: in the sidecar, or correct its spelling"
_TAGS = {SIG: SIGN_TAG, ANSWER: ANSWER_TAG}
_SHORT = 60
_MARKUP = re.compile(r"<[^>]*>")
_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
PARAGRAPH_START = re.compile(r"<w:p[ >]")
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>")
_SINGLE = re.compile(r"(?<![{%#])\{\s*\w[\w.\s|]*\}(?![}%#])")
_FULL_WIDTH = re.compile(r"[｛｝]|\{\s*％|％\s*\}")
_BLOCK = re.compile(r"\{%[-+]?\s*((?:end)?(?:if|for|set|filter|with|macro|call|block|autoescape|raw))\b[^=]*?%\}")
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


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a form's expressions: problems or, without any, a template per part; and the names it prints.

    The names hold ``form.code``, ``sig.registrar`` and the like with their second part.
    """

    problems: list[Problem]
    templates: Mapping[str, Template]
    printed: frozenset[str]


def check_expressions(
    sources: Mapping[str, tuple[Environment, str]], spec: FormSpec, file: str, tags: Collection[str] = ()
) -> Checked:
    """Find expressions Jinja cannot read, that the sidecar does not know, or that reach where no form needs to.

    ``sources`` is the XML of each part with Jinja in it, and the environment it is compiled in.  ``tags`` are the
    form's content controls: :func:`check_controls` speaks of those.
    """
    problems: list[Problem] = []
    templates: dict[str, Template] = {}
    printed: set[str] = set()
    for part, (env, source) in sources.items():
        xml = PARAGRAPH_START.sub(r"\n\g<0>", source)  # a line each, so that Jinja's line number finds the paragraph
        try:
            tree = env.parse(xml)
            checks = _Tree(tree, xml, part, spec, file, tags)
            found = list(checks.problems())
            problems += found
            printed |= checks.printed()
            if not found:  # compiling finds unknown filters and tests, but also computes constants: 'a' * 10 ** 9
                templates[part] = env.from_string(tree)
        except TemplateError as error:
            message = error.message or ""
            line = _unclosed(xml) if "end of template" in message else getattr(error, "lineno", None) or 0
            words = f"{part}: {message}{_near(xml, line)}"
            problems.append(Problem(file, 0, "MF412", words, "correct the expression"))
    return Checked(problems, templates, frozenset(printed))


def check_controls(controls: Iterable[tuple[str, str]], spec: FormSpec, file: str) -> Iterator[Problem]:
    """Content controls (tag, paragraph text) that the sidecar does not know, and answers without a control."""
    tags = set()
    for tag, near in controls:
        tags.add(tag)
        known, where = (spec.answers, "answers") if tag.startswith(ANSWER_TAG) else (spec.signers, "signers")
        if tag.partition(":")[2] not in known:
            message = f"the content control {tag!r} is not declared" + (f" near {_quoted(near)}" if near else "")
            yield Problem(file, 0, "MF417", message, f"declare it under {where}: in the sidecar, or correct its tag")
    for name in spec.answers:
        if ANSWER_TAG + name not in tags:
            message = f"no content control has the tag {ANSWER_TAG + name!r}"
            yield Problem(file, 0, "MF417", message, "insert a plain-text content control, or remove the answer")


class _Tree:
    """The checks of one part's expressions."""

    def __init__(
        self, tree: nodes.Template, xml: str, part: str, spec: FormSpec, file: str, tags: Collection[str]
    ) -> None:
        self.tree, self.xml, self.part, self.spec, self.file, self.tags = tree, xml, part, spec, file, tags
        self.found: dict[type[nodes.Node], list[Any]] = {}
        waiting: list[nodes.Node] = [tree]
        while waiting:
            node = waiting.pop()
            self.found.setdefault(type(node), []).append(node)
            waiting += node.iter_child_nodes()

    def problems(self) -> Iterator[Problem]:
        yield from self._names()
        for loop in self.found.get(nodes.For, ()):
            yield from self._columns(loop)
        yield from self._unsafe()

    def printed(self) -> set[str]:
        """The names of fields, ``form.code`` and the like with their second part."""
        names = {name.name for name in self.found.get(nodes.Name, ())}
        return names | {f"{owner}.{name}" for owner, name, _ in self._reserved()}

    def _problem(self, code: str, words: str, remedy: str, line: int) -> Problem:
        return Problem(self.file, 0, code, f"{self.part}: {words}{_near(self.xml, line)}", remedy)

    def _names(self) -> Iterator[Problem]:
        known = self.spec.fields.keys() | set(RESERVED)
        lines = {name.name: name.lineno for name in self.found.get(nodes.Name, ()) if name.name not in known}
        # Names a loop makes are not unknown; only Jinja's own analysis, which is slow, tells.
        for name in sorted(meta.find_undeclared_variables(self.tree) - known) if lines else ():
            yield self._problem("MF413", f"the field {name!r} is not declared", _UNDECLARED, lines.get(name, 0))
        choices = {FORM: FORM_FACTS, SIG: tuple(self.spec.signers), ANSWER: tuple(self.spec.answers)}
        for owner, name, line in self._reserved():
            if name not in choices[owner] and f"{_TAGS.get(owner, '')}{name}" not in self.tags:
                choice = f"one of {', '.join(choices[owner])}" if choices[owner] else "the sidecar declares none"
                yield self._problem("MF413", f"{owner}.{name} does not exist", choice, line)

    def _reserved(self) -> Iterator[tuple[str, str, int]]:
        """What the template takes from ``form``, ``sig`` and ``answer``: (owner, name, line)."""
        for found in self.found.get(nodes.Getattr, ()):
            if isinstance(found.node, nodes.Name) and found.node.name in RESERVED:
                yield found.node.name, found.attr, found.lineno
        for item in self.found.get(nodes.Getitem, ()):
            if isinstance(item.node, nodes.Name) and item.node.name in RESERVED:
                name = str(item.arg.value) if isinstance(item.arg, nodes.Const) else "[...]"
                yield item.node.name, name, item.lineno

    def _columns(self, loop: nodes.For) -> Iterator[Problem]:
        if not (isinstance(loop.target, nodes.Name) and isinstance(loop.iter, nodes.Name)):
            return
        row, owner = loop.target.name, loop.iter.name
        declared = {name.partition(".")[2] for name in self.spec.fields if name.startswith(f"{owner}.")}
        used = {
            found.attr: found.lineno
            for child in loop.body
            for found in child.find_all(nodes.Getattr)
            if isinstance(found.node, nodes.Name) and found.node.name == row
        }
        for column in sorted(used.keys() - declared):
            yield self._problem("MF413", f"the column {owner}.{column} is not declared", _UNDECLARED, used[column])

    def _unsafe(self) -> Iterator[Problem]:
        named = [(found.attr, found.lineno) for found in self.found.get(nodes.Getattr, ())]
        named += [(found.name, found.lineno) for found in self.found.get(nodes.Name, ())]
        named += [
            (str(found.arg.value), found.lineno)
            for found in self.found.get(nodes.Getitem, ())
            if isinstance(found.arg, nodes.Const)
        ]
        for word, line in named:
            if word.startswith("_"):
                yield self._problem("MF414", f"{word!r} reaches into the program", "a form prints fields only", line)
        for call in self.found.get(nodes.Call, ()):
            remedy = "use a filter: {{ name | upper }}"
            yield self._problem("MF414", "an expression that calls something", remedy, call.lineno)
        for product in (*self.found.get(nodes.Mul, ()), *self.found.get(nodes.Pow, ())):
            if isinstance(product, nodes.Pow) or isinstance(product.left, nodes.Const):
                words = "an expression that multiplies can fill the memory"
                yield self._problem("MF414", words, "remove it", product.lineno)


def _unclosed(xml: str) -> int:
    """The line of the innermost block that nothing ends."""
    open_blocks: list[int] = []
    for number, line in enumerate(xml.split("\n"), 1):
        for word in _BLOCK.findall(line):
            if not word.startswith("end"):
                open_blocks.append(number)
            elif open_blocks:
                open_blocks.pop()
    return open_blocks[-1] if open_blocks else 0


def _near(xml: str, line: int) -> str:
    lines = xml.split("\n")
    if not 0 < line <= len(lines):
        return ""
    words = " ".join(_MARKUP.sub("", lines[line - 1]).split())
    if len(words) > _SHORT:  # the expressions tell more than the paragraph's beginning
        words = " ".join(_MARKUP.sub("", " ".join(_EXPRESSION.findall(lines[line - 1]))).split()) or words
    return f" near {_quoted(words)}" if words else ""


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[: _SHORT - 1]}…”" if len(line) > _SHORT else f"“{line}”"
