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
        new = [uid for uid in listing.uids if uid not in known]
        for group in _groups(mailbox.fetch(listing, new)) if new else ():
            _enter(group, ledger, vault, now, history)
            yield len(group)


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
