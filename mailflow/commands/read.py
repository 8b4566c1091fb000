"""``mailflow read``: what mailflow understands of a mail, without keeping or answering anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.commands.common import cell, config_path, load_config, one_line_errors, out
from mailflow.domain.errors import ConfigError, NeedsPerson

if TYPE_CHECKING:
    from mailflow.domain.model import Message
    from mailflow.excluding.machine_marks import MachineMarks
    from mailflow.flow import Reading
    from mailflow.reading.matching.pipeline import Pipeline
    from mailflow.reading.matching.rulebook import Rulebook


def read(
    files: Annotated[list[Path], typer.Argument(help="mail files (.eml)", metavar="FILE...")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    catalogue: Annotated[Path | None, typer.Option("--catalogue", help="try this list of goods or customers")] = None,
) -> None:
    """Read mails and show what was understood; nothing is stored or sent."""
    with one_line_errors():
        reading_room = _ReadingRoom(catalogue)
        for file in files:
            reading = reading_room.read(file)
            if as_json:
                from mailflow.commands.evidence import doubts_of
                from mailflow.commands.readout import readout

                doubts = doubts_of(reading, reading_room.pipeline, reading_room.file_text)
                typer.echo(json.dumps(readout(file.name, reading, doubts), ensure_ascii=False))
            else:
                from mailflow.commands.evidence import show

                out.rule(cell(file.name), align="left")
                show(reading, reading_room.pipeline, reading_room.file_text)


class _ReadingRoom:
    """The rules, and who we are: from the configuration when there is one, else from each mail's receiving address."""

    def __init__(self, catalogue: Path | None = None) -> None:
        from mailflow.app import attachment_text, reader, reading_rules
        from mailflow.commands.catalogue import read_file

        self._config = load_config() if config_path().is_file() else None
        config = self._config
        rulebook, marks, problems = (
            reading_rules(config.rules, config.reading.industries) if config else reading_rules(None)
        )
        if rulebook is None or marks is None:
            raise ConfigError(problems)
        if catalogue is not None:
            rulebook = rulebook.with_catalogue(read_file(catalogue, rulebook.lexicon))
        self._rulebook: Rulebook = rulebook
        self._marks: MachineMarks = marks
        self._reader = reader(self._config, rulebook) if self._config else None
        self.file_text = attachment_text(rulebook.lexicon)

    @property
    def pipeline(self) -> Pipeline:
        """The matchers of the rules in use."""
        return self._rulebook.pipeline

    def read(self, file: Path) -> Reading:
        """The reading of one file; a file that cannot be opened is a reading with its problem."""
        from mailflow.domain.model import Message
        from mailflow.flow import Reading
        from mailflow.flow import read as read_mail
        from mailflow.reading.people.ours import Ours
        from mailflow.runtime.clock import now_utc
        from mailflow.stages.decode import decode
        from mailflow.stages.extract import RuleReader

        try:
            raw = file.read_bytes()
        except OSError as error:
            words = error.strerror or "cannot be opened"
            return Reading(Message(problems=(words,)), error=NeedsPerson("unreadable", words))
        now = now_utc()
        if self._reader is not None and self._config is not None:
            own, domains = self._config.own_addresses, frozenset(self._config.company.domains)
            return read_mail(raw, None, self._marks, own, self._reader, now, domains)
        ours = frozenset(filter(None, [receiving_address(decode(raw))]))
        reader = RuleReader(self._rulebook, Ours.at(*ours), self.file_text)
        return read_mail(raw, None, self._marks, ours, reader, now)


_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?")


def receiving_address(message: Message) -> str:
    """The address a mail was delivered to: Delivered-To, the topmost Received's "for", else the first To."""
    for name in ("delivered-to", "x-original-to", "envelope-to"):
        if "@" in message.header(name):
            return message.header(name).strip(" <>").lower()
    if found := _FOR.search(message.header("received")):
        return found.group(1).lower()
    return message.to[0].address.lower() if message.to else ""
