"""The folder of sent mail: which one it is, what lies in it, and copies of what we sent (RFC 9051 section 6.3.12).

A copy is looked for by its Message-ID before it is appended: the line may have broken after the server stored it, and
some providers keep a copy of whatever leaves through them.
"""

from __future__ import annotations

from datetime import datetime

from mailflow.adapters.backoff import TryLater
from mailflow.adapters.imap.done import make_folder
from mailflow.adapters.imap.errors import ServerSaidNo
from mailflow.adapters.imap.session import Session
from mailflow.adapters.imap.settings import ImapSettings
from mailflow.domain.ports import Listing

AUTO = "auto"  # the folder the server marks as that of sent mail
USUAL = ("Sent", "已发送", "已发送邮件", "Sent Messages", "Sent Items", "Sent Mail")
MISSING = ("TRYCREATE", "NONEXISTENT")
ONLY_THIS = ("TOOBIG", "BADCHARSET", "LIMIT")  # what an APPEND refuses of this one mail


def list_sent(session: Session, settings: ImapSettings) -> Listing:
    """The folder of sent mail with what lies in it; made when it is missing."""
    name = _name(session, settings)
    here = session.enter(name, writable=False, fresh=True)
    return Listing(settings.name, name, here.uidvalidity, session.all_uids(here.exists))


def keep(session: Session, settings: ImapSettings, mail_id: str, raw: bytes, at: datetime) -> bool:
    """Append a copy unless it lies there already; False when the server does not take this one mail.

    Raises TryLater when the folder takes nothing now (full, read-only).
    """
    name = _name(session, settings)
    try:
        if _is_there(session, name, mail_id):
            return True
        _append(session, name, raw, at)
    except ServerSaidNo as refusal:
        if refusal.code in ONLY_THIS:
            return False
        said = refusal.code or refusal.words or "NO"
        remedy = "make room in the mailbox" if refusal.code == "OVERQUOTA" else "check the account's rights to it"
        raise TryLater(f"{settings.where}: {name} takes no copies: {said}", remedy=remedy) from None
    return True


def _is_there(session: Session, name: str, mail_id: str) -> bool:
    session.enter(name, writable=False, fresh=True)
    with session.guard("looking for a copy"):
        return bool(session.client.search(["HEADER", "MESSAGE-ID", mail_id]))


def _append(session: Session, name: str, raw: bytes, at: datetime) -> None:
    wire = session.wire_name(name)
    if wire is None:
        raise ServerSaidNo(f"no folder {name}")
    with session.guard("keeping a copy"):
        session.client.append(wire, raw, flags=(rb"\Seen",), msg_time=at)


def _name(session: Session, settings: ImapSettings) -> str:
    """The name of the folder people mean; it is made when it is missing."""
    wanted = settings.sent_folder
    if wanted == AUTO:
        wanted = _marked(session) or next((name for name in USUAL if session.wire_name(name)), USUAL[0])
    if session.wire_name(wanted) is None:
        make_folder(session, settings, wanted)
    return wanted


def _marked(session: Session) -> str:
    """The folder with the attribute \\Sent (RFC 6154), or nothing."""
    return next((folder.name for folder in session.folders() if folder.usable and "\\sent" in folder.flags), "")
