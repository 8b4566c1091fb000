"""What makes an address a confirmed contact: a reference of ours it brings back, or its company's known domain.

Never a bounce, and never that its mails are there.  Whoever merely named a company is made its contact by a person, or
by a pass for a domain of it that is known: his own reference proves that the address is his, not that he is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailflow.customers import token
from mailflow.domain.model import Address, Contact, Message
from mailflow.domain.ports import Work
from mailflow.trust.level import Trust
from mailflow.trust.policy import Action, may

TOKEN, DOMAIN, PERSON = "token", "domain", "person"
_DEEP = 3  # mails within mails that are looked into


def take_in(
    work: Work, contact: Contact | None, message: Message, trust: Trust, secret: bytes, stored: int, now: datetime
) -> None:
    """Confirm a contact whose own mail proves it; ``contact`` is whose address stands in its From.

    Who writes again, and did not fail the checks, is reachable again, whatever came back from him before.
    """
    if contact is None:
        return
    if may(Action.JOIN, trust) and work.reachable(contact.id):
        work.journal("contact.reachable", now, message=stored, contact=contact.id)
    if contact.confirmed:
        return
    if may(Action.CONFIRM_CONTACT, trust) and work.knows_domain(contact.customer, contact.domain):
        confirm(work, contact, DOMAIN, now, stored=stored)
    elif not contact.claimed and may(Action.RETURN_TOKEN, trust) and _is_brought_back(work, contact, message, secret):
        confirm(work, contact, TOKEN, now, stored=stored)


def confirm(
    work: Work, contact: Contact, how: str, now: datetime, *, stored: int | None = None, actor: str = "mailflow"
) -> Contact:
    """Make it a confirmed contact, with an entry in the journal when that is news."""
    if work.set_contact(contact.id, confirmed=True, claimed=False):
        work.journal("contact.confirmed", now, actor=actor, message=stored, contact=contact.id, how=how)
    return replace(contact, confirmed=True, claimed=False)


def forget(work: Work, contact: Contact, now: datetime, *, actor: str) -> bool:
    """It is no contact of this customer, says a person: from now on as if it only named it.  Whether that is news."""
    if not work.set_contact(contact.id, confirmed=False, claimed=True):
        return False
    work.journal("contact.forgotten", now, actor=actor, contact=contact.id)
    return True


def _is_brought_back(work: Work, contact: Contact, message: Message, secret: bytes) -> bool:
    """Does the mail hold a reference we wrote to this address about a case of this customer?"""
    texts = [message.text, *(inner.text for inner in _inside(message, _DEEP))]
    for found in (reference for text in texts for reference in token.find(text)):
        if token.is_ours(found, contact.address, secret):
            # The check holds only for a case of ours, so that it is there.
            return work.case(found.case).customer.id == contact.customer
    return False


def _inside(message: Message, depth: int) -> list[Message]:
    if depth == 0:
        return []
    return [found for inner in message.forwarded[:5] for found in (inner, *_inside(inner, depth - 1))]


def sender_of(message: Message) -> Address | None:
    """The one address in From; None when there are several, of which nobody can say which brought something back."""
    addresses = {person.address.lower() for person in message.from_}
    return message.sender if len(addresses) == 1 else None
