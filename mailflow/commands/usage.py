"""Help and mistakes of usage in the operator's language, put into words when somebody asks for them.

Commands, options and arguments are declared in English, so that no start of mailflow pays for help nobody reads.  What
the library under them says itself is told by its words, as errors are.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mailflow.commands.language import in_words, is_english, t
from mailflow.sentences.catalogue import sentence

USAGE_ERROR: Any = typer.BadParameter.__bases__[0]  # the library shows it by this child alone

_HEADINGS = {"argument": sentence("Arguments"), "option": sentence("Options")}
_EXTRAS = (sentence("default: "), sentence("required"))  # behind the help of an option or argument


class InWords:
    """Help of a command or group: ``help`` is what it does, then after an empty line an example."""

    def format_usage(self: Any, ctx: Any, formatter: Any) -> None:
        """``Usage: mailflow ...``."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=t("Usage: "))

    def format_help_text(self: Any, ctx: Any, formatter: Any) -> None:
        """What it does, and an example."""
        what, example = _parted(self.help)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"{t(what)}\n\n{t('Example: ')}{example}" if example else t(what))

    def format_options(self: Any, ctx: Any, formatter: Any) -> None:
        """Arguments and options; of a group its commands as well."""
        records = [(param, record) for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        for kind, heading in _HEADINGS.items():
            rows = [(name, _told(param.help or "", text)) for param, (name, text) in records
                    if param.param_type_name == kind]  # fmt: skip
            if rows:
                with formatter.section(t(heading)):
                    formatter.write_dl(rows)
        if commands := getattr(self, "commands", None):
            with formatter.section(t("Commands")):
                formatter.write_dl([(name, t(_parted(each.help)[0])) for name, each in commands.items()])

    def format_epilog(self: Any, ctx: Any, formatter: Any) -> None:
        """What stands at the end."""
        if self.epilog:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(t(self.epilog))


class Command(InWords, TyperCommand):
    """A command that helps in the operator's language."""


class Group(InWords, TyperGroup):
    """A group of commands that helps, and says what was typed wrong, in the operator's language."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """What was typed for the group itself."""
        with _mistakes_in_words():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """What was typed for one of its commands."""
        with _mistakes_in_words():
            return super().invoke(ctx)


def _parted(text: str | None) -> tuple[str, str]:
    what, _, example = inspect.cleandoc(text or "").partition("\n\n")
    return what, example


def _told(english: str, text: str) -> str:
    """The help of an option or argument, with the default and whether it is required."""
    if is_english() or not text.startswith(english):
        return text
    extras = text[len(english) :]
    for words in _EXTRAS:
        extras = extras.replace(words, t(words))
    return (t(english) if english else "") + extras


@contextlib.contextmanager
def _mistakes_in_words() -> Iterator[None]:
    try:
        yield
    except USAGE_ERROR as mistake:
        if type(mistake).show is USAGE_ERROR.show:  # one shows something else: help, where nothing was typed
            mistake.show = partial(_show, mistake)
        raise


def _show(mistake: Any, file: Any = None) -> None:
    """How the command is used, and what is wrong."""
    if mistake.ctx is not None:
        command, option = mistake.ctx.command_path, mistake.ctx.help_option_names[0]
        hint = t("Try '{command} {option}' for help.", command=command, option=option)
        typer.echo(f"{mistake.ctx.get_usage()}\n{hint}\n", file=file, err=True)
    typer.echo(t("Error: ") + in_words(mistake.format_message()), file=file, err=True)
