"""Whoever types something wrong, or asks for help, reads his own language from end to end; exit codes are the same."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner, Result

from mailflow import cli

WRONG = [
    (("init",), "缺少参数 'DIR'"),
    (("cases", "--nothing"), "没有选项 --nothing"),
    (("cases", "--limi", "3"), "没有选项 --limi（可用：--limit）"),
    (("cases", "more"), "多余的参数（more）"),
    (("cases", "--limit", "0"), "'--limit' 的值有误：须不小于 1"),
    (("cases", "--limit", "20000"), "'--limit' 的值有误：须不大于 10000"),
    (("cases", "--limit", "three"), "'--limit' 的值有误：须为整数"),
    (("nonsense",), "没有命令 'nonsense'"),
    (("case_s",), "没有命令 'case_s'；是否指 'cases', 'case'？"),
    (("outbox", "nonsense"), "没有命令 'nonsense'"),
    (("restore", "/nowhere"), "'BACKUP' 的值有误：没有 '/nowhere'"),
    (("void", "TS-1"), "缺少选项 '--because'"),
]


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli.main, list(words))


@pytest.mark.parametrize(("words", "said"), WRONG, ids=lambda item: " ".join(item) if isinstance(item, tuple) else "")
def test_a_mistake_of_usage_is_told_in_chinese(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILFLOW_LANG", raising=False)
    result = typed(*words)
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line]
    assert lines[0].startswith("用法：mailflow")
    assert lines[-2].startswith("帮助：mailflow")
    assert lines[-1] == f"错误：{said}"


@pytest.mark.parametrize(
    ("word", "said"), [("--kind", "选项 '--kind' 需要一个值"), ("--json=yes", "选项 '--json' 不带值")], ids=str
)
def test_where_the_library_does_not_know_the_command_the_mistake_alone_is_told(
    word: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILFLOW_LANG", raising=False)
    result = typed("cases", word)
    assert (result.exit_code, result.stderr) == (2, f"错误：{said}\n")


@pytest.mark.parametrize(("words", "said"), WRONG, ids=lambda item: " ".join(item) if isinstance(item, tuple) else "")
def test_in_english_it_is_the_librarys_own_sentence(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_LANG", "en")
    result = typed(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: mailflow")
    assert "\nError: " in result.stderr
    assert not re.search("[\u4e00-\u9fff]", result.stderr)


@pytest.mark.parametrize("words", [(), ("cases",), ("outbox",), ("void",)], ids=" ".join)
def test_help_has_no_english_heading(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILFLOW_LANG", raising=False)
    shown = typed(*words, "--help").stdout
    assert shown.startswith("用法：mailflow")
    assert "选项:" in shown
    assert "显示帮助" in shown
    for english in ("Usage", "Options:", "Commands:", "Arguments:", "default:", "required", "Show this"):
        assert english not in shown


def test_a_group_without_a_command_helps_and_says_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILFLOW_LANG", raising=False)
    result = typed("outbox")
    assert "错误" not in result.output
    assert "命令:" in result.output


def test_the_language_of_help_is_that_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    for language, heading in (("en", "Options:"), ("zh", "选项:"), ("en", "Options:")):
        monkeypatch.setenv("MAILFLOW_LANG", language)
        assert heading in typed("cases", "--help").stdout
