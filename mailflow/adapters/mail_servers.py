"""The mailboxes and the way out that a configuration names; nothing is contacted yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mailflow.adapters.imap.mailbox import ImapMailbox
from mailflow.adapters.imap.settings import ImapSettings
from mailflow.adapters.local.folders import FolderMailbox, MaildirMailbox, MboxMailbox
from mailflow.adapters.secrets.oauth import CommandToken, FileToken
from mailflow.adapters.smtp.sender import SmtpSender, SmtpSettings
from mailflow.domain.errors import ConfigError, Problem
from mailflow.domain.ports import Mailbox
from mailflow.settings.config import Config, Credentials, MailboxSettings

PORTS = {"imap": {"tls": 993, "starttls": 143, "plain": 143}, "smtp": {"tls": 465, "starttls": 587, "plain": 25}}


def mailboxes(config: Config, stop: threading.Event) -> list[Mailbox]:
    """The mailboxes of the configuration; nothing is contacted yet."""
    return [_mailbox(settings, config, stop) for settings in config.mailboxes]


def local_mailbox(path: Path, config: Config) -> Mailbox:
    """A mailbox over something on disk: a Maildir, a folder of ``.eml`` files, or an mbox file."""
    name, limit = f"import:{path.resolve()}"[:100], config.limits.mail_bytes
    if path.is_dir():
        kind = MaildirMailbox if (path / "cur").is_dir() else FolderMailbox
        return kind(name, path, max_bytes=limit, spool_dir=config.storage / "spool")
    return MboxMailbox(name, path, max_bytes=limit, spool_dir=config.storage / "spool")


def server_problems(config: Config) -> list[Problem]:
    """What is wrong with the settings of every mailbox and of the way out, before any server is asked."""
    found: list[Problem] = []
    makers: list[Callable[[], object]] = [partial(sender, config)]
    makers += [partial(_mailbox, box, config, threading.Event()) for box in config.mailboxes]
    for make in makers:
        try:
            make()
        except ConfigError as error:
            found += error.problems
    return found


def sender(config: Config) -> SmtpSender | None:
    """The way out for replies, or None when no server is configured."""
    if (smtp := config.smtp) is None:
        return None
    return SmtpSender(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port or PORTS["smtp"][smtp.security],
            security=smtp.security,
            username=smtp.username,
            password=smtp.password(),
            token=_token(smtp),
            ca_file=smtp.ca_file,
        )
    )


def _mailbox(settings: MailboxSettings, config: Config, stop: threading.Event) -> Mailbox:
    spool, limit = config.storage / "spool", config.limits.mail_bytes
    if settings.type == "imap":
        return ImapMailbox(
            ImapSettings(
                name=settings.name,
                host=settings.host,
                port=settings.port or PORTS["imap"][settings.security],
                security=settings.security,
                username=settings.username,
                password=settings.password(),
                token=_token(settings),
                ca_file=settings.ca_file,
                folders=settings.folders,
                after=settings.after,
                done_folder=settings.done_folder,
                sent_folder=settings.sent_folder,
                max_bytes=limit,
                spool_dir=spool,
                idle=settings.idle,
            ),
            stop=stop,
        )
    assert settings.path is not None
    kind = {"folder": FolderMailbox, "maildir": MaildirMailbox, "mbox": MboxMailbox}[settings.type]
    box: Mailbox = kind(settings.name, settings.path, max_bytes=limit, spool_dir=spool)
    return box


def _token(settings: Credentials) -> CommandToken | FileToken | None:
    if settings.token_command:
        return CommandToken(settings.token_argv())
    return FileToken(settings.token_file) if settings.token_file else None
