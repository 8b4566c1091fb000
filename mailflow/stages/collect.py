"""collect: new mail from a Mailbox into the vault and the ledger, raw and untouched, before anything else happens.

The bytes are durable before their row commits, and the row commits before anything touches the mailbox.  A crash in
between costs a second fetch; the same bytes give the same blob and no second row.  A mail the server does not give is
counted in the ledger and asked for by itself, after all others: it holds up nothing but itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from typing import Any

from mailflow.domain.errors import TemporaryError
from mailflow.domain.folder_ports import DoneFolder, SentFolder
from mailflow.domain.mailbox_ports import TRIES, NotGiven, Unfetched
from mailflow.domain.model import Message, RawMessage
from mailflow.domain.outbox_ports import ReadTo
from mailflow.domain.ports import Ledger, Listing, Mailbox, Oversize, Vault
from mailflow.outgoing.same import said
from mailflow.runtime.logs import event

GROUP = 50
GROUP_BYTES = 8 << 20
MARGIN = timedelta(days=1)  # of the server's clock, when a folder was made anew

Given = RawMessage | Oversize | NotGiven
IsHistory = Callable[[RawMessage], bool]
Evidence = Callable[[Sequence[RawMessage]], None]  # keeps, after a restore, what a folder of sent mail shows


def collect(
    mailbox: Mailbox, ledger: Ledger, vault: Vault, now: datetime, *, history: bool | IsHistory = False
) -> Iterator[int]:
    """Take in what is new, group by group; yields after each commit how many mails that group entered.

    A group is what is there, up to 50 mails or 8 MB: it never waits to fill.  Oversize mails are entered as held.
    ``history`` marks imported mail that must never be answered: all of it, or each mail of which it says so.  What came
    before the mailbox broke off is entered before its error is passed on.
    """
    for listing in mailbox.listing():
        with ledger.begin(durable=False) as work:
            known = work.known_uids(listing)
            doubtful = {item.place.uid: item for item in work.unfetched(listing)}
        new = _of_now(mailbox, listing, [uid for uid in listing.uids if uid not in known], ledger, now)
        for portion in _portions([uid for uid in new if uid not in doubtful], known, doubtful, now):
            for group in _groups(mailbox.fetch(listing, portion)):
                _enter(group, ledger, vault, now, history)
                _note(listing, group, doubtful, ledger, now)
                if count := sum(not isinstance(item, NotGiven) for item in group):
                    yield count


def old_mail(mailbox: Mailbox, ledger: Ledger, vault: Vault, now: datetime, *, history: bool = True) -> Iterator[int]:
    """Take in what lies there from before the start, group by group, as :func:`collect` does; filed, never answered."""
    for listing in mailbox.listing():
        with ledger.begin(durable=False) as work:
            known = work.known_uids(listing)
        _of_now(mailbox, listing, [uid for uid in listing.uids if uid not in known], ledger, now)
        with ledger.begin(durable=False) as work:
            old = sorted((work.old_uids(listing) & set(listing.uids)) - known)
        for group in _groups(mailbox.fetch(listing, old)) if old else ():
            _enter(group, ledger, vault, now, history)
            yield len(group)


def _of_now(mailbox: Mailbox, listing: Listing, unknown: list[int], ledger: Ledger, now: datetime) -> list[int]:
    """Those of the mails nobody took in yet that are no older than the start; the others are counted as old.

    The times of old mails are asked for once: afterwards the ledger knows them.
    """
    with ledger.begin(durable=False) as work:
        start = work.start_of(listing, now)
        if not start.same_uids:
            work.no_longer_old(listing)
        old = work.old_uids(listing)
    left = [uid for uid in unknown if uid not in old]
    if start.at is None or not (left or start.first):
        return left
    received = mailbox.received(listing, left) if left else {}
    found = {uid: at for uid, at in received.items() if start.is_old(at)}
    if found or start.first:
        with ledger.begin() as work:
            work.note_old(listing, start, found)
            if found:
                work.journal("mails.old", now, mailbox=listing.mailbox, folder=listing.folder, count=len(found))
    return [uid for uid in left if uid not in found]


def mark(mailbox: Mailbox, listing: Listing, ledger: Ledger) -> int:
    """Tell colleagues (flag or move, as configured) which mails are handled or set aside; returns how many.

    Held mails stay as they are: a person is to see them.  Safe to repeat.
    """
    with ledger.begin(durable=False) as work:
        uids = work.unmarked(listing)
    present = set(listing.uids)
    if todo := [uid for uid in uids if uid in present]:
        mailbox.mark_done(listing, todo)
    if uids:
        with ledger.begin(durable=False) as work:
            work.set_marked(listing, uids)
    return len(todo)


def collect_moved(mailbox: DoneFolder, ledger: Ledger, vault: Vault, now: datetime) -> Iterator[int]:
    """After a restore: take in what was moved to the folder of handled mail since the backup, group by group.

    What the ledger knows is told by its bytes, for a mail that was moved has another UID; asked for are those that came
    when none the ledger knows came, or since the backup.  Once the folder was read through it is not looked into again.
    """
    with ledger.begin(durable=False) as work:
        if work.safe_since() is None or work.was_looked_into("done", mailbox.name):
            return
    if (listing := mailbox.done_listing()) is not None:
        with ledger.begin(durable=False) as work:
            known, arrivals = work.known_uids(listing), work.arrivals(mailbox.name)
            doubtful = {item.place.uid: item for item in work.unfetched(listing)}
        received = mailbox.received(listing, listing.uids)
        there = Counter(received.values())
        new = [
            uid
            for uid, at in sorted(received.items())
            if at is None or (at >= arrivals.begin and there[at] > arrivals.times.get(at, 0))
        ]
        new = [uid for uid in new if uid not in known and uid not in doubtful]
        for portion in _portions(new, known, doubtful, now):
            for group in _groups(mailbox.fetch(listing, portion)):
                unknown = _unknown(group, mailbox.name, ledger)
                _enter(unknown, ledger, vault, now)
                _note(listing, group, doubtful, ledger, now)
                yield len(unknown)
    with ledger.begin() as work:
        if listing is None or all(item.left_out for item in work.unfetched(listing)):
            work.looked_into("done", mailbox.name)


def collect_sent(
    mailbox: SentFolder,
    ledger: Ledger,
    vault: Vault,
    decode: Callable[[bytes], Message],
    now: datetime,
    evidence: Evidence = lambda mails: None,
) -> int:
    """Take in what colleagues wrote by hand since the last look; returns how many mails it entered.

    The first look takes nothing: what lies there is from before.  Copies of ours are left out, known by the ledger: the
    same Message-ID and the same words.  A header alone proves nothing, for anybody may write it again.  After a restore
    ``evidence`` gets all that was put there since the backup, before it counts as read.
    """
    listing = mailbox.sent_listing()
    with ledger.begin(durable=False) as work:
        read_to, known, safe_since = work.sent_read_to(listing), work.known_uids(listing), work.safe_since()
        doubtful = {item.place.uid: item for item in work.unfetched(listing)}
    top = max(listing.uids, default=0)
    if read_to is None and safe_since is not None:
        read_to = ReadTo(0, 0, safe_since)
    if read_to is None:
        with ledger.begin() as work:
            work.set_sent_read_to(listing, top, now)
        return 0
    is_same = read_to.uidvalidity == listing.uidvalidity
    new = [uid for uid in listing.uids if not (is_same and uid <= read_to.uid)]
    new = [uid for uid in new if uid not in known and uid not in doubtful]
    if not is_same:
        new = [uid for uid, at in mailbox.received(listing, new).items() if _is_since(at, read_to)]
    entered = 0
    seen: set[int] = set()
    for portion in _portions(new, known, doubtful, now):
        for group in _groups(mailbox.fetch(listing, portion)):
            given = [item for item in group if not isinstance(item, NotGiven)]
            if safe_since is not None:
                evidence([item for item in given if isinstance(item, RawMessage)])
            by_hand = [item for item in given if not _is_ours(item, ledger, decode)]
            _enter(by_hand, ledger, vault, now)
            _note(listing, group, doubtful, ledger, now)
            entered += len(by_hand)
            seen |= {_uid(item) for item in group}
    missing = [uid for uid in new if uid not in seen]  # neither given nor noted: they are looked for again
    if new or not is_same or safe_since is not None:
        with ledger.begin() as work:
            work.set_sent_read_to(listing, min(missing, default=top + 1) - 1, now)
            if safe_since is not None and not missing:
                work.looked_into("sent", mailbox.name)
    return entered


def _portions(
    new: list[int], known: Collection[int], doubtful: Mapping[int, Unfetched], now: datetime
) -> Iterator[list[int]]:
    """What is asked for: the new mails, then each by itself that was not given before and may be tried again."""
    if new:
        yield new
    yield from ([uid] for uid, item in doubtful.items() if uid not in known and item.next_at <= now)


def _enter(
    group: Sequence[Given], ledger: Ledger, vault: Vault, now: datetime, history: bool | IsHistory = False
) -> None:
    plain = [item for item in group if isinstance(item, RawMessage)]
    large = [item for item in group if isinstance(item, Oversize)]
    if not plain and not large:
        return
    is_history = history if callable(history) else lambda mail: bool(history)
    digests = vault.put([item.raw for item in plain])
    spooled = [vault.put_file(item.path) for item in large]
    with ledger.begin() as work:
        for item, digest in zip(plain, digests, strict=True):
            work.add_message(
                item.place, digest, len(item.raw), arrived_at=item.received_at, now=now, history=is_history(item)
            )
        for over, digest in zip(large, spooled, strict=True):
            detail = f"{over.size} bytes are over the limit"
            row = work.add_message(
                over.message.place, digest, over.size, arrived_at=over.message.received_at, now=now,
                history=is_history(over.message), held=("oversize", detail),
            )  # fmt: skip
            if (work.message(row) or {}).get("collected_at") == now:  # entered now, not found again in its folder
                work.journal("mail.held", now, message=row, reason="oversize")


def _note(listing: Listing, group: list[Given], doubtful: Collection[int], ledger: Ledger, now: datetime) -> None:
    """Count what was not given, and forget the count of what came after all."""
    kept = [item for item in group if isinstance(item, NotGiven)]
    missing = {item.place.uid for item in kept}
    came = {uid for uid in map(_uid, group) if uid in doubtful and uid not in missing}
    if not kept and not came:
        return
    with ledger.begin() as work:
        work.no_longer_unfetched(listing, came)
        for item in kept:
            place = item.place
            where: dict[str, Any] = {"mailbox": place.mailbox, "folder": place.folder, "uid": place.uid}
            if work.not_given(item, now).tries == TRIES:
                work.journal("mail.left_out", now, **where, why=item.why)
                event("mail.left_out", logging.WARNING, **where, why=item.why)


def _unknown(group: Sequence[Given], mailbox: str, ledger: Ledger) -> list[RawMessage | Oversize]:
    """Those of a group whose bytes never came through this mailbox."""
    digests: dict[str, RawMessage | Oversize] = {}
    for item in group:
        if isinstance(item, RawMessage):
            digests[sha256(item.raw).hexdigest()] = item
        elif isinstance(item, Oversize):
            with item.path.open("rb") as stream:
                digests[file_digest(stream, "sha256").hexdigest()] = item
    with ledger.begin(durable=False) as work:
        known = work.known_digests(mailbox, digests)
    return [item for digest, item in digests.items() if digest not in known]


def _uid(item: Given) -> int:
    return item.message.place.uid if isinstance(item, Oversize) else item.place.uid


def _groups(mails: Iterable[Given]) -> Iterator[list[Given]]:
    group: list[Given] = []
    size = 0
    broken: Exception | None = None
    try:
        for mail in mails:
            group.append(mail)
            size += len(mail.raw) if isinstance(mail, RawMessage) else 0
            if len(group) >= GROUP or size >= GROUP_BYTES:
                yield group
                group, size = [], 0
    except Exception as error:
        broken = error
    if group:
        yield group
    if broken is not None:
        raise broken


# --------------------------------------------------------------------------------------------- the folder of sent mail


def _is_since(at: datetime | None, read_to: ReadTo) -> bool:
    """Was it put there since the last look?  In a folder made anew the server's time tells, not the UID."""
    return at is None or at >= read_to.at - MARGIN


def _is_ours(item: RawMessage | Oversize, ledger: Ledger, decode: Callable[[bytes], Message]) -> bool:
    """Is it a copy of a mail in the outbox: the same Message-ID, and the same words to the same people?"""
    if isinstance(item, Oversize):
        return False
    try:
        found = decode(item.raw)
        if not found.message_id:
            return False
        with ledger.begin(durable=False) as work:
            raw = work.raw_sent_under(found.message_id)
        return raw is not None and (raw == item.raw or said(decode(raw)) == said(found))
    except TemporaryError:
        raise
    except Exception:
        # What breaks us is looked at like any other mail, and must not keep the others out.
        event("mail.broke", logging.ERROR, trace=True, uid=item.place.uid)
        return False
