"""Where a secret comes from: the environment or a file; the configuration itself holds none."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A part of the configuration: keys nobody knows are mistakes, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PasswordSource(Section):
    """Where a password comes from: an environment variable or a file, read when it is needed."""

    password_env: str = ""
    password_file: Path | None = None

    def password(self) -> Callable[[], str] | None:
        """A function that reads the password when it is needed; None when there is none."""
        if self.password_env:
            name = self.password_env
            return lambda: os.environ.get(name, "")
        if self.password_file:
            path = self.password_file
            return lambda: path.read_text("utf-8").strip()
        return None

    def secret_problem(self) -> str:
        """What keeps the secret from being read now, or an empty string."""
        if self.password_env and not os.environ.get(self.password_env):
            return f"the environment variable {self.password_env} is not set"
        if self.password_file and not self.password_file.is_file():
            return f"the file {self.password_file} is not there"
        return ""


class Credentials(PasswordSource):
    """Where a secret comes from; at most one password source and at most one token source."""

    username: str = ""
    token_command: str = ""
    token_file: Path | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Credentials:
        sources = [self.password_env, self.password_file, self.token_command, self.token_file]
        given = [source for source in sources if source]
        if len(given) > 1:
            raise ValueError("give one of password_env, password_file, token_command, token_file")
        if given and not self.username:
            raise ValueError("a secret needs a username")
        return self

    def secret_problem(self) -> str:
        """What keeps the secret from being read now, or an empty string."""
        if self.token_file and not self.token_file.is_file():
            return f"the file {self.token_file} is not there"
        return super().secret_problem()

    def token_argv(self) -> list[str]:
        """The token command split like a shell would, without a shell."""
        return shlex.split(self.token_command)
