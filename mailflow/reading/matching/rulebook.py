"""The rulebook: every reading rule of ``rules/reading/*.yaml``, loaded, checked and ready.

Importing this module does not import spaCy; the first search does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailflow.domain.catalogue import Catalogue
from mailflow.domain.errors import Problem
from mailflow.reading.matching import catalogue
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.lexicon_files import shipped_lexicon
from mailflow.reading.matching.rule import Rule, RuleFile
from mailflow.settings import shipped, yaml_file
from mailflow.settings.sound_part import sound

if TYPE_CHECKING:
    from mailflow.reading.matching.pipeline import Pipeline

INDUSTRIES = "industries"  # the folder of word lists a company switches on


@dataclass(frozen=True)
class Rulebook:
    """All rules in the order of their files and lines, and the word lists reading goes by besides.

    Immutable; the matchers are compiled once, when first used.
    """

    rules: tuple[Rule, ...]
    lexicon: Lexicon = field(default_factory=shipped_lexicon)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The compiled matchers."""
        from mailflow.reading.matching.pipeline import Pipeline

        return Pipeline(self.rules, self.lexicon)

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, if there is one."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def with_words_of(self, products: Sequence[str], models: Sequence[str], order_shapes: Sequence[str]) -> Rulebook:
        """These rules, and one for each of the company's own lists: products, models, patterns of order numbers."""
        lists: dict[str, dict[str, Any]] = {
            "product": {"phrases": products},
            "model": {"phrases": models},
            "order_no": {"shapes": [rf"(?<![a-z0-9]){shape}(?![a-z0-9])" for shape in order_shapes]},
        }
        own = [
            Rule(
                name=f"own-{finds.replace('_', '-')}",
                finds=finds,
                confidence=0.98,
                matches=("-",),
                whole=finds == "model",
                **patterns,
            )
            for finds, patterns in lists.items()
            if any(patterns.values())
        ]
        return Rulebook((*self.rules, *own), self.lexicon) if own else self

    def with_catalogue(self, listed: Catalogue) -> Rulebook:
        """These rules, and those of the company's catalogue; the same rulebook when it has none."""
        if not listed:
            return self
        return Rulebook((*self.rules, *catalogue.rules_of(listed)), catalogue.with_units(self.lexicon, listed))


@dataclass(frozen=True)
class _Placed:
    """A rule with the place it stands in.  One that is not whole lost a wrong value: its examples say nothing."""

    rule: Rule
    document: yaml_file.Document
    index: int
    is_whole: bool

    def problem(self, code: str, message: str, remedy: str = "", *at: str | int) -> Problem:
        return self.document.problem(("rules", self.index, *at), code, message, remedy)


def load(
    folder: Path, industries: Sequence[str] | None = None, *, whole: bool = True
) -> tuple[Rulebook | None, list[Problem]]:
    """Read all rule files of a folder (sub-folders included).  Every mistake of every file is listed at once.

    ``industries`` names the word lists in ``industries/`` that are switched on; None means all of them.  Unless
    ``whole``, files that are as they were shipped are believed: their patterns are not judged, their examples not run.
    """
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    if not files:
        remedy = "check the path, or run: mailflow init DIR"
        return None, [Problem(str(folder), 0, "MF201", "no rule files here", remedy)]
    placed: list[_Placed] = []
    problems: list[Problem] = []
    if industries is not None:
        files, problems = _switched_on(folder, files, industries)
    for file in files:
        rules, wrong = _read(file, whole=whole)
        placed += rules
        problems += wrong
    problems += _double_names(placed)
    slow = {id(item): [] if item.document.proven else list(_slow(item)) for item in placed}
    problems += [problem for found in slow.values() for problem in found]
    first = {item.rule.name: item for item in reversed(placed)}
    fit = [item for item in placed if item.is_whole and not slow[id(item)] and first[item.rule.name] is item]
    rulebook = Rulebook(tuple(item.rule for item in fit))
    problems += _examples(rulebook, [item for item in fit if not item.document.proven])
    return (None if problems else rulebook), sorted(problems)


def _switched_on(folder: Path, files: list[Path], industries: Sequence[str]) -> tuple[list[Path], list[Problem]]:
    """The files without the industries that are not named, and a problem for each name that has no file."""
    lists = {file.stem for file in files if file.parent == folder / INDUSTRIES}
    remedy = f"reading: industries: takes {', '.join(sorted(lists)) or 'nothing: there are no lists'}"
    problems = [
        Problem(str(folder / INDUSTRIES), 0, "MF205", f"no word list {name!r} here", remedy)
        for name in industries
        if name not in lists
    ]
    return [file for file in files if file.parent != folder / INDUSTRIES or file.stem in industries], problems


def _read(file: Path, *, whole: bool) -> tuple[list[_Placed], list[Problem]]:
    """The rules of one file; those that are whole have their examples run even when others are wrong."""
    document, problems = yaml_file.read(file)
    if document is None:
        return [], problems
    proven = not whole and shipped.is_unchanged(file)
    found, problems = sound(RuleFile, replace(document, proven=proven), {("about",): "-"})
    rules = enumerate(found.value.rules if found.value else ())
    return [_Placed(rule, found.document, index, found.is_whole("rules", index)) for index, rule in rules], problems


def _double_names(placed: list[_Placed]) -> Iterator[Problem]:
    first: dict[str, _Placed] = {}
    for item in placed:
        earlier = first.setdefault(item.rule.name, item)
        if earlier is not item:
            where = f"{earlier.document.file}:{earlier.document.line(('rules', earlier.index))}"
            yield item.problem(
                "MF202", f"the rule name {item.rule.name!r} is taken by {where}", "give it another name", "name"
            )


def _slow(item: _Placed) -> Iterator[Problem]:
    from mailflow.reading.matching.pipeline import slow_shape

    if shape := slow_shape(item.rule):
        yield item.problem("MF203", f"the shape {shape!r} takes too long on hostile text", "make it simpler", "shapes")


def _examples(rulebook: Rulebook, placed: list[_Placed]) -> Iterator[Problem]:
    from mailflow.reading.matching.pipeline import failing_examples

    by_name = {item.rule.name: item for item in placed}
    tried = [item.rule for item in placed]
    for rule, kind, index in failing_examples(rulebook.pipeline, tried) if tried else ():
        sentence = getattr(rule, kind)[index]
        said = "does not find" if kind == "matches" else "finds, but should not,"
        yield by_name[rule.name].problem(
            "MF204", f"the rule {rule.name!r} {said} its example {sentence!r}", "", kind, index
        )
