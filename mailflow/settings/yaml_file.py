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
        data = _whole(yaml.parse(text, Loader=loader), lines)
    except _Refused as refused:
        return None, [Problem(file, refused.line, refused.code, refused.message, refused.remedy)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or "cannot be read as YAML"
        return None, [Problem(file, mark.line + 1 if mark else 0, "MF004", f"YAML: {words}", "check the indentation")]
    return Document(file, data, lines), []


def _whole(events: Iterator[Any], lines: dict[Path_, int]) -> Any:
    """What the one document of a file says; None for an empty file."""
    data, documents = None, 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                mark: Any = event.start_mark
                raise yaml.MarkedYAMLError(problem="but found another document", problem_mark=mark)
        elif isinstance(event, yaml.NodeEvent):
            data = _build(event, events, (), lines)
    return data


def _build(event: Any, events: Iterator[Any], path: Path_, lines: dict[Path_, int]) -> Any:
    """What begins with this event; ``events`` are those that follow."""
    line = lines[path] = _line(event)
    _refuse(event, line)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if isinstance(event, yaml.MappingStartEvent):
        return dict(_pairs(events, path, lines))
    items: list[Any] = []
    while not isinstance(item := next(events), yaml.SequenceEndEvent):
        items.append(_build(item, events, (*path, len(items)), lines))
    return items


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refuse(event: Any, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _Refused(line, "MF005", "anchors and aliases are not used here", "write it out")
    if event.tag:
        raise _Refused(line, "MF005", "a tag (!...) is not known here", "remove it")


def _pairs(events: Iterator[Any], path: Path_, lines: dict[Path_, int]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        line = _line(event)
        _refuse(event, line)
        if not isinstance(event, yaml.ScalarEvent):
            raise _Refused(line, "MF005", "a key must be one word")
        key = str(event.value)
        if key in seen:
            raise _Refused(line, "MF005", f"the key {key!r} stands twice", "keep one of them")
        seen.add(key)
        value = _build(next(events), events, (*path, key), lines)
        lines[(*path, key)] = line
        yield key, value


def _scalar(node: yaml.ScalarEvent) -> Any:
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
