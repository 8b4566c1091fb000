"""collect: new mail from a Mailbox into the vault and the ledger, raw and untouched, before anything else happens.

The bytes are durable before their row commits, and the row commits before anything touches the mailbox.  A crash in
between costs a second fetch; the same bytes give the same blob and no second row.  A mail the server does not give is
counted in the ledger and asked for by itself, after all others: it holds up nothing but itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from mailflow.domain.errors import TemporaryError
from mailflow.domain.mailbox_ports import TRIES, NotGiven
from mailflow.domain.model import Message, RawMessage
from mailflow.domain.outbox_ports import ReadTo
from mailflow.domain.ports import Ledger, Listing, Mailbox, Oversize, SentFolder, Vault
from mailflow.runtime.logs import event

GROUP = 50
GROUP_BYTES = 8 << 20
MARGIN = timedelta(days=1)  # of the server's clock, when a folder was made anew

Given = RawMessage | Oversize | NotGiven


def collect(mailbox: Mailbox, ledger: Ledger, vault: Vault, now: datetime, *, history: bool = False) -> Iterator[int]:
    """Take in what is new, group by group; yields after each commit how many mails that group entered.

    A group is what is there, up to 50 mails or 8 MB: it never waits to fill.  Oversize mails are entered as held.
    ``history`` marks imported mail that must never be answered.  What came before the mailbox broke off is entered
    before its error is passed on.
    """
    for listing in mailbox.listing():
        with ledger.begin(durable=False) as work:
            known = work.known_uids(listing)
            doubtful = {item.place.uid: item for item in work.unfetched(listing)}
        new = [uid for uid in listing.uids if uid not in known]
        portions = [[uid for uid in new if uid not in doubtful]]
        portions += [[uid] for uid, item in doubtful.items() if uid not in known and item.next_at <= now]
        for portion in filter(None, portions):
            for group in _groups(mailbox.fetch(listing, portion)):
                _enter(group, ledger, vault, now, history)
                _note(listing, group, doubtful, ledger, now)
                if count := sum(not isinstance(item, NotGiven) for item in group):
                    yield count


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


def collect_sent(
    mailbox: SentFolder, ledger: Ledger, vault: Vault, decode: Callable[[bytes], Message], now: datetime
) -> int:
    """Take in what colleagues wrote by hand since the last look; returns how many mails it entered.

    The first look takes nothing: what lies there is from before.  Copies of ours are left out, known by the ledger: the
    same Message-ID and the same words.  A header alone proves nothing, for anybody may write it again.
    """
    listing = mailbox.sent_listing()
    with ledger.begin(durable=False) as work:
        read_to, known = work.sent_read_to(listing), work.known_uids(listing)
    top = max(listing.uids, default=0)
    if read_to is None:
        with ledger.begin() as work:
            work.set_sent_read_to(listing, top, now)
        return 0
    is_same = read_to.uidvalidity == listing.uidvalidity
    new = [uid for uid in listing.uids if uid not in known and not (is_same and uid <= read_to.uid)]
    entered = 0
    seen: set[int] = set()
    for group in _groups(mailbox.fetch(listing, new)) if new else ():
        given = [item for item in group if not isinstance(item, NotGiven)]
        by_hand = [item for item in given if _is_new(item, is_same, read_to) and not _is_ours(item, ledger, decode)]
        if by_hand:
            _enter(by_hand, ledger, vault, now, False)
            entered += len(by_hand)
        seen |= {_uid(item) for item in given}
    # A mail the server did not give this time is looked for again.
    missing = [uid for uid in new if uid not in seen]
    if new or not is_same:
        with ledger.begin() as work:
            work.set_sent_read_to(listing, min(missing, default=top + 1) - 1, now)
    return entered


def _enter(group: Sequence[Given], ledger: Ledger, vault: Vault, now: datetime, history: bool) -> None:
    plain = [item for item in group if isinstance(item, RawMessage)]
    large = [item for item in group if isinstance(item, Oversize)]
    if not plain and not large:
        return
    digests = vault.put([item.raw for item in plain])
    spooled = [vault.put_file(item.path) for item in large]
    with ledger.begin() as work:
        for item, digest in zip(plain, digests, strict=True):
            work.add_message(item.place, digest, len(item.raw), arrived_at=item.received_at, now=now, history=history)
        for over, digest in zip(large, spooled, strict=True):
            detail = f"{over.size} bytes are over the limit"
            row = work.add_message(
                over.message.place, digest, over.size, arrived_at=over.message.received_at, now=now,
                history=history, held=("oversize", detail),
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


def _is_new(item: RawMessage | Oversize, is_same: bool, read_to: ReadTo) -> bool:
    """Was it put there since the last look?  In a folder made anew the server's time tells, not the UID."""
    at = (item if isinstance(item, RawMessage) else item.message).received_at
    return is_same or at is None or at >= read_to.at - MARGIN


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
        return raw is not None and (raw == item.raw or _said(decode(raw)) == _said(found))
    except TemporaryError:
        raise
    except Exception:
        # What breaks us is looked at like any other mail, and must not keep the others out.
        event("mail.broke", logging.ERROR, trace=True, uid=item.place.uid)
        return False


def _said(message: Message) -> tuple[object, ...]:
    to = sorted(each.address.lower() for each in (*message.to, *message.cc))
    files = [(item.name, item.size) for item in message.attachments]
    sender = message.sender.address.lower() if message.sender else ""
    return sender, to, message.subject, " ".join(message.text.split()), files
