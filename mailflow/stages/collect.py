"""collect: new mail from a Mailbox into the vault and the ledger, raw and untouched, before anything else happens.

The bytes are durable before their row commits, and the row commits before anything touches the mailbox.  A crash in
between costs a second fetch; the same bytes give the same blob and no second row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Ledger, Listing, Mailbox, Oversize, Vault

GROUP = 50
GROUP_BYTES = 8 << 20


def collect(mailbox: Mailbox, ledger: Ledger, vault: Vault, now: datetime, *, history: bool = False) -> Iterator[int]:
    """Take in what is new, group by group; yields after each commit how many mails that group entered.

    A group is what is there, up to 50 mails or 8 MB: it never waits to fill.  Oversize mails are entered as held.
    ``history`` marks imported mail that must never be answered.
    """
    for listing in mailbox.listing():
        with ledger.begin(durable=False) as work:
            known = work.known_uids(listing)
        new = _of_now(mailbox, listing, [uid for uid in listing.uids if uid not in known], ledger, now)
        for group in _groups(mailbox.fetch(listing, new)) if new else ():
            _enter(group, ledger, vault, now, history)
            yield len(group)


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


def _enter(group: list[RawMessage | Oversize], ledger: Ledger, vault: Vault, now: datetime, history: bool) -> None:
    plain = [item for item in group if isinstance(item, RawMessage)]
    large = [item for item in group if isinstance(item, Oversize)]
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


def _groups(mails: Iterable[RawMessage | Oversize]) -> Iterator[list[RawMessage | Oversize]]:
    group: list[RawMessage | Oversize] = []
    size = 0
    for mail in mails:
        group.append(mail)
        size += len(mail.raw) if isinstance(mail, RawMessage) else 0
        if len(group) >= GROUP or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
