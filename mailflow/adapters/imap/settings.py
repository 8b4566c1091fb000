"""How a mailbox on an IMAP server is reached and what is done there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT_KEYWORD = "$MailflowDone"


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """One account.

    ``password`` or ``token`` (an OAuth 2 bearer token) gives the secret when asked; neither is kept nor shown.  A
    ``token`` with a ``forget()`` method (:mod:`mailflow.adapters.secrets.oauth`) is asked once more after a refusal.
    ``security`` is ``tls`` (from the first byte, port 993), ``starttls`` (port 143) or ``plain``, which is for the
    own machine only unless ``allow_plain`` says otherwise.  ``after`` tells what becomes of a collected mail:
    ``nothing``; ``flag`` (the keyword ``done_keyword``); ``move`` to ``done_folder``, made when missing.
    ``sent_folder`` is the folder of sent mail, ``auto`` the one the server marks as such, empty: none is used.
    Mails over ``max_bytes`` are written to ``spool_dir`` piece by piece.  A batch holds at most ``batch_count`` mails
    and about ``batch_bytes``.
    """

    name: str
    host: str
    port: int = 993
    security: Literal["tls", "starttls", "plain"] = "tls"
    username: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    ca_file: Path | None = None
    folders: tuple[str, ...] = ("INBOX",)
    after: Literal["nothing", "flag", "move"] = "nothing"
    done_folder: str = ""
    done_keyword: str = DEFAULT_KEYWORD
    sent_folder: str = ""
    max_bytes: int = 50_000_000
    batch_count: int = 50
    batch_bytes: int = 8_000_000
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    spool_dir: Path = Path("storage/spool")
    idle: bool = True
    allow_plain: bool = False

    @property
    def where(self) -> str:
        """The account in messages: name and server, never a secret."""
        return f"{self.name} ({self.host}:{self.port})"
