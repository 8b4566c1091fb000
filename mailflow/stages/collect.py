"""collect: new mail from a Mailbox into the vault and the ledger, raw and untouched, before anything else happens.

The bytes are durable before their row commits, and the row commits before anything touches the mailbox.  A crash in
between costs a second fetch; the same bytes give the same blob and no second row.  A mail the server does not give is
counted in the ledger and asked for by itself, after all others: it holds up nothing but itself.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from mailflow.domain.mailbox_ports import TRIES, NotGiven
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Ledger, Listing, Mailbox, Oversize, Vault
from mailflow.runtime.logs import event

GROUP = 50
GROUP_BYTES = 8 << 20

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


def _enter(group: list[Given], ledger: Ledger, vault: Vault, now: datetime, history: bool) -> None:
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
