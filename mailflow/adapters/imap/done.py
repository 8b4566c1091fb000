"""Telling colleagues that a mail is collected: a keyword, or a move to another folder.

A courtesy, not our memory: the ledger knows what was collected.  Nothing is ever expunged but the very UIDs just
copied elsewhere, so a mail a colleague marked as deleted stays as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from mailflow.adapters.backoff import TryLater
from mailflow.adapters.imap import folders
from mailflow.adapters.imap.errors import ServerSaidNo
from mailflow.adapters.imap.session import Selected, Session
from mailflow.adapters.imap.settings import DEFAULT_KEYWORD, ImapSettings
from mailflow.domain.mailbox_ports import Listing

log = logging.getLogger("mailflow.imap")

AT_ONCE = 500  # UIDs in one command: keeps the line below the 8,192 bytes servers must take (RFC 7162 section 4)


class DoneMarker:
    """Carries out ``after`` of the settings in the folder the session stands in."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._said: set[str] = set()

    def mark(self, session: Session, here: Selected, uids: Sequence[int]) -> None:
        """Mark these UIDs; vanished ones are ignored, repeating changes nothing."""
        if not here.writable:
            self._say_once("the folder is read-only", here.folder)
            return
        for group in _groups(sorted(set(uids))):
            if self._settings.after == "flag":
                self._flag(session, here, group)
            elif self._settings.after == "move":
                self._move(session, here, group)

    def _flag(self, session: Session, here: Selected, uids: Sequence[int]) -> None:
        keyword = self._settings.done_keyword or DEFAULT_KEYWORD
        if not _allowed(here, keyword):
            self._say_once(f"the server keeps no keyword {keyword}", here.folder)
            return
        try:
            with session.guard("setting a keyword"):
                session.client.add_flags(uid_set(uids), [keyword], silent=True)
        except ServerSaidNo:
            self._say_once(f"the server refused the keyword {keyword}", here.folder)

    def _move(self, session: Session, here: Selected, uids: Sequence[int]) -> None:
        try:
            self._move_to(session, here, uids, self._target(session))
        except ServerSaidNo as refusal:
            if refusal.code not in ("TRYCREATE", "NONEXISTENT"):
                raise
            self._move_to(session, here, uids, self._create(session))

    def _move_to(self, session: Session, here: Selected, uids: Sequence[int], target: str) -> None:
        """MOVE (RFC 6851), else COPY, ``\\Deleted`` and UID EXPUNGE of these UIDs (RFC 4315), else copy and flag.

        Without MOVE a crash between the steps would copy twice; the keyword set with the copy tells the repetition.
        """
        if session.has("MOVE"):
            with session.guard("moving mails"):
                session.client.move(uid_set(uids), target)
            return
        keyword_kept = _allowed(here, DEFAULT_KEYWORD)
        if not session.has("UIDPLUS") and not keyword_kept:
            self._say_once("the server can neither move nor flag, mails stay where they are", here.folder)
            return
        with session.guard("copying mails"):
            criteria = f"UID {uid_set(uids).decode()}"
            present = session.client.search(criteria)
            copied = session.client.search(f"{criteria} KEYWORD {DEFAULT_KEYWORD}") if keyword_kept else []
            missing = sorted(set(present) - set(copied))
            if missing:
                session.client.copy(uid_set(missing), target)
            if not present:
                return
            if keyword_kept and missing:
                session.client.add_flags(uid_set(missing), [DEFAULT_KEYWORD], silent=True)
            if session.has("UIDPLUS"):
                session.client.add_flags(uid_set(present), [rb"\Deleted"], silent=True)
                session.client.uid_expunge(uid_set(present))

    def _target(self, session: Session) -> str:
        return session.wire_name(self._settings.done_folder) or self._create(session)

    def _create(self, session: Session) -> str:
        return make_folder(session, self._settings, self._settings.done_folder)

    def _say_once(self, what: str, folder: str) -> None:
        if what not in self._said:
            self._said.add(what)
            log.warning("%s: mails in %s stay unmarked: %s", self._settings.name, folder, what)


def list_done(session: Session, settings: ImapSettings) -> Listing | None:
    """The folder handled mails are moved to with what lies in it; None while there is none."""
    name = settings.done_folder
    if session.wire_name(name) is None:
        return None
    here = session.enter(name, writable=False, fresh=True)
    return Listing(settings.name, name, here.uidvalidity, session.all_uids(here.exists))


def make_folder(session: Session, settings: ImapSettings, name: str) -> str:
    """Make a folder and subscribe to it, for mail programs show subscribed folders only (RFC 9051 6.3.7).

    Returns the server's name of it.
    """
    words = ""
    for prefix in ("", *session.prefixes()):
        wire = folders.encode(prefix + name)
        try:
            with session.guard("creating a folder"):
                session.client.create_folder(wire)
        except ServerSaidNo as refusal:
            words = refusal.words
            if refusal.code != "ALREADYEXISTS":
                continue
        try:
            with session.guard("subscribing to a folder"):
                session.client.subscribe_folder(wire)
        except ServerSaidNo:
            log.info("%s: cannot subscribe to %s", settings.name, name)
        session.learn(name, wire)
        log.info("%s: folder %s made", settings.name, name)
        return wire
    raise TryLater(
        f"{settings.where}: folder {name} cannot be made: {words}",
        remedy="make the folder by hand, or name another one",
    )


def uid_set(uids: Sequence[int]) -> bytes:
    """Ascending UIDs as a sequence set, runs written as ranges (RFC 9051 section 9)."""
    parts: list[str] = []
    start = end = uids[0]
    for uid in (*uids[1:], None):
        if uid is not None and uid == end + 1:
            end = uid
            continue
        parts.append(str(start) if start == end else f"{start}:{end}")
        if uid is not None:
            start = end = uid
    return ",".join(parts).encode("ascii")


def _allowed(here: Selected, keyword: str) -> bool:
    # PERMANENTFLAGS may be missing; then all flags can be changed (RFC 3501 section 7.1).  \* allows new keywords.
    if here.permanent_flags is None:
        return True
    flags = {flag.lower() for flag in here.permanent_flags}
    new_keywords = rb"\*" in flags and not keyword.startswith("\\")
    return new_keywords or keyword.lower().encode("ascii", "replace") in flags


def _groups(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), AT_ONCE):
        yield uids[start : start + AT_ONCE]
