"""A mailbox on an IMAP server (RFC 9051, RFC 3501), as :class:`mailflow.domain.ports.Mailbox`.

What it keeps to: TLS is checked; reading never sets a flag; memory is bounded by one batch; a dead connection is
dropped, never mended; a refused password is not repeated.  Logs and errors hold names of accounts and folders, UIDs
and counts, never a word of a mail and never a secret.

One object belongs to one thread.  The parts: :mod:`~mailflow.adapters.imap.session` (the connection),
:mod:`~mailflow.adapters.imap.fetch` (reading), :mod:`~mailflow.adapters.imap.done` (marking),
:mod:`~mailflow.adapters.imap.folders` (names), :mod:`~mailflow.adapters.imap.errors`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from mailflow.adapters.backoff import Backoff, RefusalGuard, TryLater
from mailflow.adapters.imap import fetch, folders, sent
from mailflow.adapters.imap.done import DoneMarker, list_done
from mailflow.adapters.imap.errors import Broken, ConnectionLost, ServerSaidNo
from mailflow.adapters.imap.fetch import Limits
from mailflow.adapters.imap.session import Selected, Session, connect, is_loopback
from mailflow.adapters.imap.settings import ImapSettings
from mailflow.domain.errors import ConfigError, LoginRefused, MailflowError, Problem
from mailflow.domain.mailbox_ports import NotGiven
from mailflow.domain.model import Place, RawMessage
from mailflow.domain.ports import Listing, Oversize

__all__ = ["ImapMailbox", "ImapSettings", "check_settings"]

log = logging.getLogger("mailflow.imap")

Result = TypeVar("Result")
SIZES_AT_ONCE = 200  # UIDs asked for their size in one command
TIMES_AT_ONCE = 1000  # UIDs asked for their time of arrival in one command
IN_A_ROW = 3  # mails that end the connection one after the other: then it is the server, and not they

Given = RawMessage | Oversize | NotGiven


class ImapMailbox:
    """Reads the configured folders of one account over one kept connection.

    ``stop`` ends a wait within a second (a signal handler sets it).  A mail the server cannot give (it refuses, hangs
    or ends the connection over this one UID) does not hold up the others: its batch is asked for mail by mail, and
    what does not come is named as :class:`NotGiven`.  How often it is asked for again, the caller decides.
    """

    def __init__(
        self,
        settings: ImapSettings,
        *,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        problems = check_settings(settings)
        if problems:
            raise ConfigError(problems)
        self.name = settings.name
        self.settings = settings
        self._stop = stop or threading.Event()
        self._session: Session | None = None
        self._backoff = Backoff(clock)
        self._refusals = RefusalGuard(clock)
        self._breaks = 0  # how many mails, one after the other, have ended the connection
        self._marker = DoneMarker(settings)
        self._limits = Limits(settings.batch_count, settings.batch_bytes, settings.max_bytes)
        self._highest_uid = 0

    # ------------------------------------------------------------------------------------------------ the port's verbs

    def listing(self) -> Sequence[Listing]:
        """The folders watched, each with all UIDs it holds now.  A configured folder that is missing is an error."""
        return self._work(self._list)

    def fetch(self, listing: Listing, uids: Sequence[int]) -> Iterator[Given]:
        """Yield these mails in this order, in batches; vanished ones are left out, what the server keeps is named."""
        for start in range(0, len(uids), SIZES_AT_ONCE):
            group = uids[start : start + SIZES_AT_ONCE]
            known = self._known_sizes(listing, group)
            for batch in fetch.plan(group, known, self._limits):
                yield from self._fetch_batch(listing, batch, known)

    def received(self, listing: Listing, uids: Sequence[int]) -> dict[int, datetime | None]:
        """When the server received these (INTERNALDATE), without reading them."""
        found: dict[int, datetime | None] = {}
        for start in range(0, len(uids), TIMES_AT_ONCE):
            found |= self._work(partial(self._times, listing, uids[start : start + TIMES_AT_ONCE]))
        return found

    def mark_done(self, listing: Listing, uids: Sequence[int]) -> None:
        """Flag or move these mails as configured, in one command for all; repeating it changes nothing."""
        if uids and self.settings.after != "nothing":
            self._work(partial(self._mark, listing, uids))

    @property
    def has_done_folder(self) -> bool:
        """Are handled mails moved to a folder of their own?"""
        return self.settings.after == "move"

    def done_listing(self) -> Listing | None:
        """The folder handled mails are moved to, with all UIDs it holds now; None while there is none."""
        return self._work(partial(list_done, settings=self.settings))

    @property
    def has_sent_folder(self) -> bool:
        """Is there a folder of sent mail to look into?"""
        return bool(self.settings.sent_folder)

    def sent_listing(self) -> Listing:
        """The folder of sent mail with all UIDs it holds now."""
        return self._work(partial(sent.list_sent, settings=self.settings))

    def keep_copy(self, mail_id: str, raw: bytes, at: datetime) -> bool:
        """Append a copy of what we sent, once; False when the server does not take this one mail."""
        return self._work(lambda session: sent.keep(session, self.settings, mail_id, raw, at))

    def wait(self, seconds: float) -> None:
        """Return early when the server reports news in the one folder watched, or when asked to stop; never raises."""
        end = time.monotonic() + seconds
        session = self._session
        if session and session.alive and self._can_idle(session):
            try:
                session.enter(self.settings.folders[0], writable=self._writes)
                if session.has_newer(self._highest_uid) or session.idle(seconds, self._stop):
                    return
            except (MailflowError, ServerSaidNo) as error:
                # Not worth an error of its own: the next call reconnects.  But it waits its time, lest a server
                # that ends every IDLE be asked without pause.
                log.info("%s: waiting without IDLE: %s", self.name, type(error).__name__)
        self._stop.wait(max(0.0, end - time.monotonic()))

    def close(self) -> None:
        """Log out; never raises."""
        if self._session is not None:
            self._session.close()
            self._session = None

    # -------------------------------------------------------------------------------------------------- for operators

    def probe(self) -> list[str]:
        """Connect and say what is there, line by line, for ``mailflow check``; raises what a poll would raise."""
        return self._work(self._describe)

    # ------------------------------------------------------------------------------------------------------ connection

    @property
    def _writes(self) -> bool:
        return self.settings.after != "nothing"

    def _work(self, task: Callable[[Session], Result]) -> Result:
        """Run a task on the kept connection.  One found dead (an idle timeout, a restart) is replaced once, quietly."""
        reused = self._session is not None and self._session.alive
        try:
            return self._attempt(task)
        except ConnectionLost:
            if not reused:
                raise
            log.info("%s: connection lost, connecting again", self.name)
        return self._attempt(task)

    def _attempt(self, task: Callable[[Session], Result]) -> Result:
        session = self._open()
        try:
            result = task(session)
        except Broken as error:
            if not error.over_mails:
                error.retry_after = self._backoff.failed()
            raise
        except ServerSaidNo as refusal:
            said = refusal.code or "NO"
            raise TryLater(f"{self.settings.where}: server refused a command ({said})") from None
        self._backoff.succeeded()
        return result

    def _open(self) -> Session:
        if self._session is not None and self._session.alive:
            return self._session
        self._session = None
        self._backoff.check(self.settings.where)
        secret = self._secret()
        self._refusals.check(secret)
        try:
            self._session = self._connect(secret)
        except TryLater as error:
            # A connection that ends during the login may be a refusal in disguise: be slow then.
            error.retry_after = self._backoff.failed(at_least=60.0 if "logging in" in error.message else 0.0)
            raise
        self._refusals.accepted()
        return self._session

    def _connect(self, secret: str) -> Session:
        try:
            return connect(self.settings, secret)
        except LoginRefused as error:
            fresh = self._renewed(secret)
            if fresh is None:
                self._refusals.refused(secret, error)
                raise
        try:
            return connect(self.settings, fresh)
        except LoginRefused as error:
            self._refusals.refused(fresh, error)
            raise

    def _secret(self) -> str:
        source = self.settings.token or self.settings.password
        assert source is not None  # check_settings
        return source().rstrip("\r\n")

    def _renewed(self, refused: str) -> str | None:
        """A token may have been withdrawn before its time: fetch it anew, once.  None when there is no other."""
        forget = getattr(self.settings.token, "forget", None)
        if forget is None:
            return None
        forget()
        fresh = self._secret()
        return fresh if fresh != refused else None

    def _enter(self, session: Session, listing: Listing) -> Selected:
        here = session.enter(listing.folder, writable=self._writes)
        if here.uidvalidity != listing.uidvalidity:
            raise TryLater(
                f"{self.settings.where}: {listing.folder} was made anew (UIDVALIDITY changed)",
                remedy="list the folder again",
            )
        return here

    # ----------------------------------------------------------------------------------------------------------- tasks

    def _list(self, session: Session) -> list[Listing]:
        listings = []
        for folder in self.settings.folders:
            here = session.enter(folder, writable=self._writes, fresh=True)
            listings.append(Listing(self.name, folder, here.uidvalidity, session.all_uids(here.exists)))
        if len(listings) == 1:
            self._highest_uid = max(listings[0].uids, default=0)
        return listings

    def _sizes(self, listing: Listing, uids: Sequence[int], session: Session) -> dict[int, int | None]:
        self._enter(session, listing)
        try:
            return fetch.sizes(session, uids)
        except ServerSaidNo:
            return dict.fromkeys(uids)  # unknown: each will be asked for by itself

    def _times(self, listing: Listing, uids: Sequence[int], session: Session) -> dict[int, datetime | None]:
        self._enter(session, listing)
        return fetch.received(session, uids)

    def _mark(self, listing: Listing, uids: Sequence[int], session: Session) -> None:
        self._marker.mark(session, self._enter(session, listing), uids)

    def _known_sizes(self, listing: Listing, uids: Sequence[int]) -> dict[int, int | None]:
        """The sizes of these mails; None when each is to be asked for by itself, for some die over the size already."""
        if len(uids) == 1:
            return dict.fromkeys(uids)
        try:
            return self._work(partial(self._sizes, listing, uids))
        except Broken as error:
            if not error.over_mails:
                raise
            log.info("%s: %s, mails are asked for one by one", self.name, error.message)
            return dict.fromkeys(uids)

    def _fetch_batch(self, listing: Listing, batch: Sequence[int], known: dict[int, int | None]) -> Iterator[Given]:
        mails: dict[int, RawMessage] = {}
        if len(batch) > 1:
            try:
                mails = self._work(partial(self._bodies, listing, batch))
            except Broken as error:
                # Usually it was the network; sometimes it is one mail on which the server dies.
                if not error.over_mails:
                    raise
                log.info("%s: %s, mails are asked for one by one", self.name, error.message)
        for uid in batch:
            if mail := mails.pop(uid, None):
                yield mail
            else:
                yield from self._fetch_alone(listing, uid, known[uid])

    def _fetch_alone(self, listing: Listing, uid: int, size: int | None) -> Iterator[Given]:
        """One mail by itself: a large one, or one its batch came without."""
        place = _place(listing, uid)
        try:
            mail = self._work(partial(self._body, listing, place, size))
        except Broken as error:
            if not error.over_mails:
                raise
            log.warning("%s: %s UID %d is not given: %s", self.name, place.folder, uid, error.message)
            self._breaks += 1
            yield NotGiven(place, error.why)
            if self._breaks < IN_A_ROW:
                return
            self._breaks = 0
            error.retry_after = self._backoff.failed()
            raise
        self._breaks = 0
        if isinstance(mail, NotGiven):
            log.warning("%s: %s UID %d is not given: the server refuses it", self.name, place.folder, uid)
        if mail is not None:
            yield mail

    def _bodies(self, listing: Listing, uids: Sequence[int], session: Session) -> dict[int, RawMessage]:
        self._enter(session, listing)
        try:
            return fetch.bodies(session, partial(_place, listing), uids)
        except ServerSaidNo:
            return {}  # one of them is bad; each will be asked for by itself

    def _body(self, listing: Listing, place: Place, size: int | None, session: Session) -> Given | None:
        """The mail, None when it has vanished, or that the server has it and does not give it."""
        self._enter(session, listing)
        mail: Given | None = None
        with contextlib.suppress(ServerSaidNo):
            if size is None:
                size = fetch.sizes(session, [place.uid]).get(place.uid, 0)
            if size is not None and size > self.settings.max_bytes:
                mail = fetch.stream(session, place, size, self.settings.spool_dir)
            else:
                mail = fetch.bodies(session, partial(_place, listing), [place.uid]).get(place.uid)
        if mail is None and self._sizes(listing, [place.uid], session):
            return NotGiven(place, "refused")
        return mail

    def _can_idle(self, session: Session) -> bool:
        return self.settings.idle and len(self.settings.folders) == 1 and session.has("IDLE")

    def _describe(self, session: Session) -> list[str]:
        lines = [f"{self.settings.where}: logged in as {self.settings.username}, {self.settings.security}"]
        known = ("ID", "IDLE", "MOVE", "UIDPLUS", "NAMESPACE", "SPECIAL-USE", "CONDSTORE")
        lines.append("capabilities: " + ", ".join(word for word in known if session.has(word)))
        lines.append("folders: " + folders.show(session.folders()))
        for folder in self.settings.folders:
            here = session.enter(folder, writable=self._writes, fresh=True)
            rights = "" if here.writable or not self._writes else ", read-only: mails stay unmarked"
            lines.append(f"{folder}: {here.exists} mails, UIDVALIDITY {here.uidvalidity}{rights}")
        if self.settings.after == "move" and session.wire_name(self.settings.done_folder) is None:
            lines.append(f"{self.settings.done_folder}: missing, will be made with the first mail")
        return lines


def check_settings(settings: ImapSettings) -> list[Problem]:
    """What is wrong with the settings themselves, before any server is asked."""
    found: list[tuple[str, str, str]] = []
    if settings.password is None and settings.token is None:
        found.append(("MF601", "neither a password nor a token is configured", "give one of them"))
    if settings.security == "plain" and not settings.allow_plain and not is_loopback(settings.host):
        found.append(("MF602", "an unencrypted connection to another machine", "use security: tls or starttls"))
    if not settings.folders:
        found.append(("MF603", "no folder is watched", "folders: [INBOX]"))
    if settings.after == "move" and not settings.done_folder:
        found.append(("MF604", "after: move needs a done_folder", "done_folder: 已处理"))
    if settings.after == "move" and settings.done_folder in settings.folders:
        found.append(("MF605", "done_folder is itself watched: mails would come round again", "choose another"))
    if settings.sent_folder and settings.sent_folder in (*settings.folders, settings.done_folder):
        found.append(("MF607", "sent_folder is watched or the done_folder as well", "name the folder of sent mail"))
    if settings.done_keyword.lower() in ("\\deleted", "\\seen", "\\recent"):
        found.append(("MF606", f"{settings.done_keyword} is not a mark of our own", "use $MailflowDone"))
    return [Problem(f"mailbox {settings.name}", 0, code, words, remedy) for code, words, remedy in found]


def _place(listing: Listing, uid: int) -> Place:
    return Place(listing.mailbox, listing.folder, listing.uidvalidity, uid)
