"""YAML files that people write (configuration, rules, sidecars), read with the line of every value.

One mechanism for all of them: parse, refuse what YAML would guess about, and return every problem with file and line;
:mod:`mailflow.settings.sound_part` compares what was read with a typed pydantic model.  Only the plain core of YAML 1.2
is known: ``no`` and ``on`` are words, ``012`` and dates are text, a key may stand once, anchors and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mailflow.domain.errors import Problem

Path_ = tuple[str | int, ...]

_LIBYAML = getattr(yaml, "CSafeLoader", None)  # ten times faster, where PyYAML was built with it

MAX_BYTES = 2_000_000  # a rule file of this size is a mistake, not a rule file

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain ``data`` and the 1-based line of each value by its path of keys and indexes.

    ``proven``: it is as it was shipped, so that its patterns need no judgement and its examples need not run.
    """

    file: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)
    proven: bool = False

    def line(self, path: Path_) -> int:
        """The line of the value at ``path``, or of its nearest ancestor that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0

    def problem(self, path: Path_, code: str, message: str, remedy: str = "") -> Problem:
        """A problem at the line of ``path``."""
        return Problem(self.file, self.line(path), code, message, remedy)


class _Refused(Exception):
    def __init__(self, line: int, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.line, self.code, self.message, self.remedy = line, code, message, remedy


def read(path: Path) -> tuple[Document | None, list[Problem]]:
    """Parse one file.  Returns the document, or None with the problems: absent, not UTF-8, not YAML, double keys."""
    if not path.is_file():
        return None, [Problem(str(path), 0, "MF001", "file not found", "check the path, or run: mailflow init DIR")]
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        return None, [Problem(str(path), 0, "MF002", f"file is larger than {MAX_BYTES} bytes")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem(str(path), line, "MF003", "not UTF-8 text", "save the file as UTF-8")]
    return parse(text, str(path))


def parse(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """Like :func:`read`, for text already in memory; ``file`` is only the name shown in problems."""
    if _LIBYAML is not None:
        document, problems = _parse(text, file, _LIBYAML)
        if not problems:
            return document, problems
    return _parse(text, file, yaml.SafeLoader)  # names mistakes the same way wherever it runs


def _parse(text: str, file: str, loader: Any) -> tuple[Document | None, list[Problem]]:
    lines: dict[Path_, int] = {}
    try:
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _Refused(line, "MF005", "anchors and aliases are not used here", "write it out")
            if getattr(event, "tag", None):
                raise _Refused(line, "MF005", "a tag (!...) is not known here", "remove it")
        node = yaml.compose(text, Loader=loader)
        data = _build(node, (), lines) if node is not None else None
    except _Refused as refused:
        return None, [Problem(file, refused.line, refused.code, refused.message, refused.remedy)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or "cannot be read as YAML"
        return None, [Problem(file, mark.line + 1 if mark else 0, "MF004", f"YAML: {words}", "check the indentation")]
    return Document(file, data, lines), []


def _build(node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, lines))
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*path, index), lines) for index, child in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node)


def _pairs(node: yaml.MappingNode, path: Path_, lines: dict[Path_, int]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(line, "MF005", "a key must be one word")
        key = str(key_node.value)
        if key in seen:
            raise _Refused(line, "MF005", f"the key {key!r} stands twice", "keep one of them")
        seen.add(key)
        value = _build(value_node, (*path, key), lines)
        lines[(*path, key)] = line
        yield key, value


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style:  # quoted or block: always text
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
