"""already_sent: after a restore, what a folder of sent mail shows as sent is not sent again.

What the backup lacks is collected and filed anew, and what would leave on account of it waits.  A copy in the folder of
sent mail proves of such a mail that it left: the same Message-ID, an answer to the same mail by itself, or the same
words to the same people.  One copy stands for one mail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from mailflow.domain.errors import MailflowError, TemporaryError
from mailflow.domain.model import Address, Message, RawMessage
from mailflow.domain.ports import Ledger, Vault
from mailflow.domain.restore_ports import Parked, SentCopy
from mailflow.outgoing.compose import LOOP_HEADER
from mailflow.outgoing.same import answered_by, words_of
from mailflow.runtime.logs import event

LIMIT = 50

Decode = Callable[[bytes], Message]
_Keys = tuple[object, ...]


def keep_evidence(
    mails: Sequence[RawMessage], ledger: Ledger, vault: Vault, decode: Decode, is_ours: Callable[[Address | None], bool]
) -> None:
    """Note which of these mails in a folder of sent mail we sent; durable when it returns, safe to repeat."""
    found = [(mail, message) for mail in mails if (message := _read(mail, decode)) and _we_sent(message, is_ours)]
    if not found:
        return
    digests = vault.put([mail.raw for mail, _ in found])
    copies = [
        SentCopy(
            mail.place, message.message_id, answered_by(message), _recipient(message), words_of(message), digest,
            mail.received_at,
        )
        for (mail, message), digest in zip(found, digests, strict=True)
    ]  # fmt: skip
    with ledger.begin() as work:
        work.note_copies(copies)


def compare(ledger: Ledger, vault: Vault, decode: Decode, now: datetime) -> int:
    """Let the mails that wait since a restore count as sent of which there is a copy; returns how many.

    Safe to repeat; costs next to nothing when nothing is new.
    """
    with ledger.begin(durable=False) as work:
        after = work.compare_from()
        parked = [] if after is None else work.parked_after(after, LIMIT)
        if not parked:
            return 0
        free = _Free(work.free_copies())
    count = 0
    while parked:
        same = [(mail, copy, vault.get(copy.digest)) for mail in parked if (copy := free.take(mail, decode))]
        after = parked[-1].id
        with ledger.begin() as work:
            for mail, copy, raw in same:
                if work.found_sent(mail, copy, raw, now):
                    work.journal("outbox.found_sent", now, message=mail.message, case=mail.case_id, outbox=mail.id)
                    count += 1
            parked = work.parked_after(after, LIMIT)
            if not parked:
                work.compared()
    return count


class _Free:
    """Copies that stand for no mail yet."""

    def __init__(self, copies: Iterable[SentCopy]) -> None:
        self._by_key: dict[_Keys, list[SentCopy]] = {}
        self._taken: set[int] = set()
        for copy in copies:
            for key in _keys(copy.mail_id, copy.answers, copy.recipient, copy.words):
                self._by_key.setdefault(key, []).append(copy)

    def take(self, mail: Parked, decode: Decode) -> SentCopy | None:
        """The copy of this mail, which from now on stands for it; None when there is none."""
        message = decode(mail.mail.raw)
        for key in _keys(mail.mail.message_id, answered_by(message), _recipient(message), words_of(message)):
            for copy in self._by_key.get(key, ()):
                if id(copy) not in self._taken:
                    self._taken.add(id(copy))
                    return copy
        return None


def _keys(mail_id: str, answers: str, recipient: str, words: str) -> list[_Keys]:
    """What two mails that are the same have in common, the surest first."""
    found: list[_Keys] = [("id", mail_id)] if mail_id else []
    if answers:
        found.append(("answers", answers, recipient))
    return [*found, ("words", words)]


def _we_sent(message: Message, is_ours: Callable[[Address | None], bool]) -> bool:
    return bool(message.message_id and message.header(LOOP_HEADER)) and is_ours(message.sender)


def _recipient(message: Message) -> str:
    return message.to[0].address.lower() if message.to else ""


def _read(mail: RawMessage, decode: Decode) -> Message | None:
    try:
        return decode(mail.raw)
    except TemporaryError:
        raise
    except (MailflowError, ValueError, LookupError):
        event("mail.broke", logging.ERROR, trace=True, uid=mail.place.uid)
        return None
