"""Where an address stands in a case, and where the writer of a mail is answered.

What the ledger knows is asked here; :mod:`mailflow.trust.policy` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Case, Message
from mailflow.domain.ports import Work
from mailflow.excluding import machine_marks
from mailflow.outgoing.compose import mail_address
from mailflow.trust import policy
from mailflow.trust.policy import Standing

IsOurs = Callable[[Address | None], bool]
Follows = Callable[[Address, Address], bool]
"""Is the second, a Reply-To, followed in a mail from the first?"""


def standing(work: Work, case: Case, person: Address | None, is_ours: IsOurs) -> Standing:
    """Where this address stands in a case, or stood in one that goes on as this."""
    if person is None:
        return Standing.STRANGER
    found = _standing(work, case, person, is_ours)
    if found is not Standing.STRANGER:
        return found
    before = {_standing(work, earlier, person, is_ours) for earlier in work.predecessors(case.id)}
    before = {Standing.OPENER if each is Standing.SOLE else each for each in before}  # here others wrote, too
    return next((each for each in Standing if each in before), Standing.STRANGER)


def _standing(work: Work, case: Case, person: Address, is_ours: IsOurs) -> Standing:
    domain = company_domain(person.domain)
    known = work.acquaintance(case, person.address.lower(), domain)
    found = policy.standing(person, case, known)
    if found is not Standing.SOLE:
        return found
    home = "" if known.shared else domain
    others = (Address("", writer) for writer in work.writers(case.id) if writer != case.opened_by)
    elsewhere = any(not is_ours(other) and (not home or company_domain(other.domain) != home) for other in others)
    return Standing.OPENER if elsewhere else Standing.SOLE


def follows(work: Work, case: Case) -> Follows:
    """Whether a Reply-To is followed in a mail about this case."""

    def is_followed(sender: Address, wanted: Address) -> bool:
        contact = work.contact(wanted.address.lower())
        confirmed = contact is not None and contact.confirmed and contact.customer == case.customer.id
        shared = bool(sender.domain) and work.is_shared(company_domain(sender.domain))
        return policy.follows_reply_to(sender, wanted, confirmed=confirmed, shared=shared)

    return is_followed


def answer_address(message: Message, own: Collection[str], is_followed: Follows) -> Address | None:
    """Where an answer goes: Reply-To (RFC 5322 section 3.6.2) when it is followed, else From; None: nobody reads it.

    ``own`` are our addresses.  One address only, however many Reply-To names.
    """
    if message.header("return-path").strip() == "<>":
        return None  # sent by a machine that wants no answer (RFC 5321 section 4.5.5)
    ours = {address.lower() for address in own}
    sender = message.sender
    for candidate in (*message.reply_to, *message.from_):
        address = mail_address(candidate.address)
        if not address or address.lower() in ours or machine_marks.unanswerable(address):
            continue
        found = Address(candidate.name, address)
        if candidate in message.from_ or (sender is not None and is_followed(sender, found)):
            return found
    return None
