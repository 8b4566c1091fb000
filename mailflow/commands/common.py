"""What every command shares: the console, the configuration, errors as one line with the remedy."""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from mailflow.commands.language import in_words, language, t
from mailflow.domain.errors import ConfigError, MailflowError, PermanentError, TemporaryError
from mailflow.runtime import disk
from mailflow.sentences.catalogue import sentence
from mailflow.settings import config as configuration
from mailflow.settings.config import Config
from mailflow.settings.problem_words import error_line, problem_line

if TYPE_CHECKING:
    from mailflow.app import App
    from mailflow.domain.model import Case, Customer

# Into a file or a pipe tables are not squeezed into 80 columns.
out = Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else 160)
err = Console(highlight=False, emoji=False, markup=False, stderr=True)

EXIT_CODES = sentence(
    "Exit codes: 0 fine; 1 other error; 2 mistakes in configuration, rules, templates or "
    "arguments; 3 unavailable now, try again; 4 an error that stays; 5 a person must "
    "look."
)


def config_path() -> Path:
    """The configuration file: ``MAILFLOW_CONFIG`` or ``mailflow.yaml`` here."""
    return Path(os.environ.get("MAILFLOW_CONFIG") or configuration.FILE_NAME)


def load_config() -> Config:
    """The configuration, or the command ends with every problem listed."""
    return configuration.load(config_path())


@contextlib.contextmanager
def opened(*, any_ledger: bool = False) -> Iterator[App]:
    """mailflow over the configured storage; ``any_ledger``: to look into one that is not the storage's own as well."""
    from mailflow.app import open_app

    with open_app(load_config(), any_ledger=any_ledger) as app:
        yield app


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn our errors into one line with the remedy and the documented exit code; other errors are defects."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            err.print(problem_line(problem, language()), style="red", soft_wrap=True)
        count = len(error.problems)
        err.print(t("{count} problems.", count=count), style="bold red")
        raise typer.Exit(error.exit_code) from error
    except MailflowError as error:
        raise _said(error) from error
    except BrokenPipeError:
        # The reader of a pipe went away (mailflow cases | head): that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        if (found := disk.trouble(error)) is None:
            raise
        raise _said(found) from error


def _said(error: MailflowError) -> typer.Exit:
    err.print(error_line(error, language()), style="red", soft_wrap=True)
    return typer.Exit(error.exit_code)


def fail(message: str, code: int = 2) -> NoReturn:
    """End the command with one line."""
    err.print(message, style="red", soft_wrap=True)
    raise typer.Exit(code)


def table(*columns: str, title: str = "") -> Table:
    """An empty table with these headings."""
    made = Table(title=title or None, title_justify="left", show_lines=False, expand=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def cell(value: Any) -> str:
    """A value as text for a table: control characters of strangers' text must not reach the terminal."""
    text = "" if value is None else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def user_name() -> str:
    """The account this runs under."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in many containers
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def archive_now(app: App, about: Case | Customer) -> None:
    """Show a change in the customer's folder at once; when that cannot be, the next pass does it."""
    try:
        app.archive_customer(getattr(about, "customer", about).id)
    except (TemporaryError, PermanentError) as error:
        words = t("the archive follows in the next round: ")
        err.print(words + in_words(error.message), style="yellow", soft_wrap=True)
