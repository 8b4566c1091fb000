"""What ``mailflow check`` says of what waits for a person, and of settings that do nothing any more."""

from __future__ import annotations

from mailflow.commands.common import err
from mailflow.commands.language import t
from mailflow.domain.errors import MailflowError
from mailflow.sentences.catalogue import sentence
from mailflow.settings.config import Config

_RELEASE = "mailflow outbox list --status parked; mailflow outbox release / cancel"

_WAITING = {  # by what waits: the words, and the commands for it
    "restored": (
        sentence(
            "{count} mails of ours wait: they may have left before the restore; look, then let them go or withdraw them"
        ),
        _RELEASE,
    ),
    "parked": (
        sentence("{count} mails of ours wait: they were written while there was no smtp, and may be out of date"),
        _RELEASE,
    ),
    "failed": (
        sentence("{count} mails of ours failed for good"),
        "mailflow outbox list --status failed; mailflow outbox resend",
    ),
    "held": (sentence("{count} mails are held for a person"), "mailflow held"),
    "old": (
        sentence("{count} mails from before the start were not taken in: they are not answered by themselves"),
        "mailflow import --history; mailflow run --since",
    ),
}

_OBSOLETE = {
    "limits: delivery_attempts": sentence(
        "limits: delivery_attempts has no effect any more: each mail is tried for five days "
        "from the first refusal (docs/howto/outbox.md) -> take it out of mailflow.yaml"
    ),
}


def say_waiting(config: Config, *, old: bool) -> None:
    """Say what waits: mails of ours to be let go or that failed, mails held; ``old``: how much old mail as well."""
    from mailflow.app import waiting_for_people

    try:
        found = waiting_for_people(config.ledger, config.storage)
    except MailflowError:
        return  # what keeps the ledger from being opened is said where it is tried
    for what, (words, commands) in _WAITING.items():
        if (count := found[what]) and (old or what != "old"):
            err.print(f"{t(words, count=count)} -> {commands}", style="yellow", soft_wrap=True)


def obsolete(config: Config) -> list[str]:
    """What to do about settings that are given and have no effect any more."""
    return [t(_OBSOLETE[key]) for key in config.obsolete]
