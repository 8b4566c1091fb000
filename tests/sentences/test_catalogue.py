"""Every sentence mailflow says has its Chinese in the files, with the same places to fill in, and none stands idle."""

from __future__ import annotations

import ast
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

import mailflow
from mailflow import cli
from mailflow.sentences import catalogue
from mailflow.sentences.catalogue import CHINESE, NoChinese, names, read, said, sentence, worded

PACKAGE = Path(mailflow.__file__).parent
NAMES = {"names", "_named"}  # who asks for a file of names
SAYS = {"t": 0, "sentence": 0, "worded": 1, **dict.fromkeys(NAMES, 0)}  # who takes words, and in which place


def _in_code() -> Iterator[tuple[str, str, str]]:
    """Module, who says it and the words: every sentence that stands in the code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in SAYS:
                continue
            words = node.args[SAYS[node.func.id] :][:1]
            if words and isinstance(words[0], ast.Constant) and isinstance(words[0].value, str):
                yield path.relative_to(PACKAGE).as_posix(), node.func.id, words[0].value


def _in_help() -> Iterator[tuple[str, str, str]]:
    """What every command, group, argument and option says of itself."""
    waiting = [("mailflow", typer.main.get_command(cli.main))]
    while waiting:
        name, command = waiting.pop()
        yield name, "help", (command.help or "").partition("\n\n")[0]
        yield from ((name, "help", text) for param in command.params if (text := getattr(param, "help", None)))
        waiting += [(f"{name} {word}", each) for word, each in getattr(command, "commands", {}).items()]


@pytest.fixture(scope="module")
def used() -> list[tuple[str, str, str]]:
    return [use for use in (*_in_code(), *_in_help()) if use[1] not in NAMES]


def test_every_sentence_has_its_chinese(used: list[tuple[str, str, str]]) -> None:
    assert len(used) > 600
    assert [f"{where}: {words}" for where, _, words in used if words not in said()] == []


def test_no_sentence_stands_in_the_files_for_nothing(used: list[tuple[str, str, str]]) -> None:
    words = {words for _, _, words in used}
    by_the_library = {"Show this message and exit."}
    assert [english for english in said() if english not in words | by_the_library] == []


def test_every_file_of_names_is_asked_for() -> None:
    asked = {words for _, who, words in _in_code() if who in NAMES}
    assert asked == {file.stem for file in (CHINESE / "names").glob("*.yaml")}


@pytest.mark.parametrize("file", sorted(CHINESE.rglob("*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_file_gives_words_for_words_each_once(file: Path) -> None:
    node = yaml.compose(file.read_text("utf-8"))
    assert isinstance(node, yaml.MappingNode)
    keys = [key.value for key, _ in node.value]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert [key for key, value in read(file).items() if not isinstance(key, str) or not isinstance(value, str)] == []


def test_no_sentence_stands_in_two_files() -> None:
    found = Counter(english for file in (CHINESE / "said").glob("*.yaml") for english in read(file))
    assert [english for english, count in found.items() if count > 1] == []


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_fill_in_the_same() -> None:
    assert [english for english, chinese in said().items() if _places(english) != _places(chinese)] == []


def test_whoever_says_a_sentence_gives_what_it_fills_in() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if isinstance(node, ast.Call) and name in ("t", "worded"):
                (words, *_) = [*node.args[SAYS[name] :], None]
                if isinstance(words, ast.Constant) and isinstance(words.value, str):
                    given = {key.arg for key in node.keywords}
                    wrong += [f"{path.name}: {words.value}"] if _places(words.value) - {""} != given else []
    assert wrong == []


def test_values_are_put_in_their_places_in_both_languages() -> None:
    assert worded("en", "{count} problems.", count=3) == "3 problems."
    assert worded("zh", "{count} problems.", count=3) == "共 3 处问题。"
    assert worded("zh-Hant", "{count} problems.", count=3) == "共 3 处问题。"


def test_braces_of_what_is_filled_in_stay() -> None:
    assert worded("zh", "there is no {path}", path="{name}") == "没有 {name}"


def test_a_context_is_not_said() -> None:
    assert worded("en", "promise|due") == worded("en", "due") == "due"
    assert worded("zh", "promise|due") != worded("zh", "due")


def test_a_bar_in_a_sentence_is_no_context() -> None:
    bar = next(english for english in said() if " | " in english)
    assert worded("en", bar) == bar


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(NoChinese, match="nobody wrote this in Chinese"):
        worded("zh", "nobody wrote this in Chinese")
    assert worded("en", "nobody wrote this in Chinese") == sentence("nobody wrote this in Chinese")


def test_names_are_known_by_their_codes() -> None:
    assert names("kinds")["complaint"] == "投诉"
    assert all(catalogue.names(file.stem) for file in (CHINESE / "names").glob("*.yaml"))
