"""file: find the customer and the case of a mail, or open them, inside one transaction.

A mail joins a case only when its sender stands in it (:mod:`mailflow.trust.policy`): a guessed case number or a forged
reference joins nothing and reveals nothing; nor does a known sender's mail that failed the checks of our mail server.
Ways to a case, the surest first: the thread, a case number, the same words sent again, the same order with the same
trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mailflow.casework import matter
from mailflow.customers import profile, proof
from mailflow.customers.profile_file import NO_RULES, ArchiveRules
from mailflow.customers.standing import standing
from mailflow.domain.company_names import are_different, company_key
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Case, Contact, Customer, Details, Kind, Message
from mailflow.domain.ports import MailFacts, StoredMessage, Work
from mailflow.reading.people.card import read_card
from mailflow.reading.people.origin import author, is_form
from mailflow.records.series import Series
from mailflow.trust.level import UNVERIFIED, Trust
from mailflow.trust.policy import STANDINGS, Action, may

RESENT_WITHIN = timedelta(days=14)
SAME_TROUBLE_WITHIN = timedelta(days=90)
PILE = "pile"

_TROUBLE = (Kind.COMPLAINT, Kind.FOLLOWUP)


@dataclass(frozen=True, slots=True)
class FilingRules:
    """What filing needs to know of us: our addresses and domains, the number series, the case numbers' shape.

    ``people`` are the addresses of our staff, ``secret`` proves that references are ours.
    """

    own_addresses: frozenset[str]
    own_domains: frozenset[str]
    people: frozenset[str]
    secret: bytes
    series: Series
    prefixes: Mapping[str, str]
    case_numbers: Callable[[str], list[str]]  # those a subject names, as they were issued
    archive: ArchiveRules = NO_RULES  # what of mails goes into customers' profiles, once a person said so

    def is_ours(self, person: Address | None) -> bool:
        """Is this one of our own people or mailboxes?"""
        if person is None:
            return False
        return person.address.lower() in self.own_addresses or person.domain in self.own_domains

    def author(self, message: Message) -> Address | None:
        """Who wrote it: of a mail our people passed on its writer, of a form on our site who filled it in."""
        return author(message, self.is_ours, self.people)

    def is_by_us(self, message: Message) -> bool:
        """Did one of our own people write it or pass it on?  What a form on our site sends is the customer's."""
        return self.is_ours(message.sender) and not is_form(message, self.is_ours, self.people)


@dataclass(frozen=True, slots=True)
class Withheld:
    """The case a mail would have joined, how it was found, and in whose name the mail came; nothing was written."""

    case: Case
    how: str
    claimed: Address | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that asks for nothing: it lies with its sender's customer, in no case.  None: nobody knows whose it is."""

    customer: Customer | None


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a mail was filed and how its case was found: thread, number, resent, order, pile, or new."""

    case: Case
    how: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that is to be filed: as stored and as decoded, what was read in it, how sure its sender is."""

    stored: StoredMessage
    message: Message
    facts: MailFacts
    details: Details
    trust: Trust


def file(arrival: Arrival, work: Work, rules: FilingRules, now: datetime) -> Filing | Kept | Withheld | None:
    """File a mail under its customer and case; None when it is our own people's mail about no case.

    A mail that asks for nothing opens no case (:class:`Kept`).
    A continuation that may not join its case is withheld.  A new matter always gets a case, but not under the customer
    whose address it bears when the checks say that it is not his.
    Everything is written through ``work`` and stands or falls with its transaction.
    """
    return _Clerk(arrival, work, rules, now).file()


def file_into(case_id: int, stored: StoredMessage, details: Details, work: Work, now: datetime) -> Filing:
    """File a mail of a pile under the case a person said all of it is; its sender becomes no contact by that."""
    case = work.case(case_id)
    work.add_findings(stored.id, case.id, details)
    work.change_case(case, now)
    work.touch(case.customer.id)
    work.journal("mail.filed", now, message=stored.id, case=case.id, how=PILE, kind=details.kind.value)
    return Filing(case, PILE)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose mail it is: the customer, is it new, is the sender a contact already?

    ``claimed``: nothing but the company's name leads to the customer.  ``rival`` is the customer of the sender's domain
    when the mail names another company.
    """

    customer: Customer
    is_new: bool = False
    has_sender: bool = False
    claimed: bool = False
    rival: Customer | None = None


class _Clerk:
    """Files one mail: what it is about, who wrote it, and the transaction that everything is written through."""

    def __init__(self, arrival: Arrival, work: Work, rules: FilingRules, now: datetime) -> None:
        self.mail, self.work, self.rules, self.now = arrival, work, rules, now
        self.sender, self.by_staff = rules.author(arrival.message), rules.is_by_us(arrival.message)
        self.company = next(iter(arrival.details.values("customer_company")), "")
        self.domain = company_domain(self.sender.domain) if self.sender else ""

    def file(self) -> Filing | Kept | Withheld | None:
        """See :func:`file`."""
        found = self._filed()
        if found is not None and not isinstance(found, Withheld):
            self._propose()
        return found

    def _filed(self) -> Filing | Kept | Withheld | None:
        mail, work = self.mail, self.work
        himself = self.sender is not None and self.sender == proof.sender_of(mail.message)
        if self.sender is not None and himself:
            contact = work.contact(self.sender.address.lower())
            proof.take_in(work, contact, mail.message, mail.trust, self.rules.secret, mail.stored.id, self.now)
        found = self._known_case()
        left = None
        if found is not None and not self.by_staff and self._leaves(found):
            left, found = found.case, None
        if found is None and self.by_staff and mail.details.kind is Kind.STAFF_REPLY:
            return None
        if found is None and mail.details.kind is Kind.OTHER:
            return self._keep()
        if not may(Action.JOIN, mail.trust):
            claimed = self._claimed()
            found = found or (self._same_trouble(claimed) if claimed else None)
            if found is not None:
                return Withheld(found.case, found.how, mail.message.sender)
            owner = self._apart(claimed)
            found = self._open(owner.customer)
        elif found is None:
            owner = self._owner()
            found = None if owner.is_new else self._same_trouble(owner.customer)
            found = found or self._open(owner.customer)
        else:
            owner = self._owner_of(found.case)
        if self.sender is not None and not owner.has_sender:
            self._keep_contact(owner, self.sender, mail.trust if himself else UNVERIFIED)
        self._enter(found, owner, left)
        return found

    def _propose(self) -> None:
        """Propose for the customer's profile what a contact's own mail says of him and his company."""
        mail, sender = self.mail, self.sender
        if sender is None or sender != proof.sender_of(mail.message) or not may(Action.JOIN, mail.trust):
            return
        contact = self.work.contact(sender.address.lower())
        if contact is not None:
            heard = profile.Heard(mail.stored.id, mail.message.received_at or self.now, contact)
            found = read_card(mail.message, self.rules.archive.labels)
            profile.propose(self.work, self.rules.archive, heard, found, self.now)

    def _keep(self) -> Kept | None:
        """File it with its sender's customer; what our own people write so is nobody's matter."""
        if self.by_staff and (self.sender is None or self.rules.is_ours(self.sender)):
            return None
        if not may(Action.JOIN, self.mail.trust):
            return Kept(None)
        owner = self._owner()
        if self.sender is not None and not owner.has_sender:
            self._keep_contact(owner, self.sender, UNVERIFIED)
        self.work.touch(owner.customer.id)
        self._journal("mail.kept", number=owner.customer.number)
        return Kept(owner.customer)

    def _enter(self, found: Filing, owner: _Owner, left: Case | None) -> None:
        mail, work, case = self.mail, self.work, found.case
        work.add_findings(mail.stored.id, case.id, mail.details)
        if not case.is_new:
            work.change_case(case, self.now)
        if not owner.is_new:
            work.touch(owner.customer.id)
        self._journal("mail.filed", case=case.id, how=found.how, kind=mail.details.kind.value)
        if left is not None:  # whoever reads this case may want to see that one
            self._journal("mail.left_thread", case=case.id, number=left.number)
        if owner.rival is not None:  # a person says whether both are one
            numbers = {"number": owner.customer.number, "other": owner.rival.number}
            self._journal("customer.merge_proposed", case=case.id, **numbers)

    def _journal(self, what: str, **data: Any) -> None:
        self.work.journal(what, self.now, message=self.mail.stored.id, **data)

    # ----------------------------------------------------------------------------------------------------- the case

    def _known_case(self) -> Filing | None:
        message = self.mail.message
        mail_ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:50]
        for ids in filter(
            None, (mail_ids[:1], mail_ids[1:])
        ):  # of a mail split in two, the letter he answers tells which
            for case in self.work.cases_of_mails(ids):
                if self.by_staff or self._belongs(case):
                    return Filing(self.work.going_on(case), "thread")
        for number in self.rules.case_numbers(message.subject):
            case_found = self.work.case_by_number(number)
            if case_found and (self.by_staff or self._belongs(case_found)):
                return Filing(self.work.going_on(case_found), "number")
        # Its answer may have come before it: the server gave the one and, for a while, not the other.
        for case in self.work.cases_answering(message.message_id) if message.message_id else ():
            if case.kind in _TROUBLE and self.mail.details.kind in _TROUBLE and self._belongs(case):
                return Filing(self.work.going_on(case), "thread")
        return None

    def _leaves(self, found: Filing) -> bool:
        """Is a customer's mail in the thread of this case about another matter?"""
        mail = self.mail
        alone = found.how == "thread" and not self.rules.case_numbers(mail.message.subject)
        return alone and matter.is_another(mail.message, mail.details, found.case, self.work)

    def _belongs(self, case: Case) -> bool:
        """A stranger never joins another customer's case, whatever number or reference the mail carries."""
        return standing(self.work, case, self.sender, self.rules.is_ours) in STANDINGS[Action.JOIN]

    def _same_trouble(self, customer: Customer) -> Filing | None:
        facts, details, work = self.mail.facts, self.mail.details, self.work
        if facts.text_digest and facts.sender and not facts.is_short:
            case = work.case_of_resent(facts.sender, facts.text_digest, self.now - RESENT_WITHIN)
            if case and case.customer.id == customer.id and self._belongs(case):
                return Filing(self.work.going_on(case), "resent")
        if details.kind not in _TROUBLE:
            return None
        since = self.now - SAME_TROUBLE_WITHIN
        shared = set(work.cases_sharing(customer.id, "order_no", details.values("order_no"), since))
        if shared and details.kind is not Kind.FOLLOWUP:
            same = work.cases_sharing(customer.id, "batch_no", details.values("batch_no"), since)
            same += work.cases_sharing(customer.id, "defect_or_issue", details.values("defect_or_issue"), since)
            shared &= set(same)
        cases = [
            case
            for case in map(work.case, sorted(shared, reverse=True))
            if case.kind in _TROUBLE and self._belongs(case)
        ]
        return Filing(cases[0], "order") if cases else None

    def _open(self, customer: Customer) -> Filing:
        details, work = self.mail.details, self.work
        # A follow-up whose case is not here is a complaint for us: somebody waits for an answer about a trouble.
        kind = Kind.COMPLAINT if details.kind is Kind.FOLLOWUP else details.kind
        number = self.rules.series.next_case(self.rules.prefixes.get(kind.value, "XX"), work, self.now)
        opened_by = self.sender.address.lower() if self.sender is not None else ""
        subject = self.mail.message.subject
        case = work.add_case(number, customer, details, kind, subject=subject, opened_by=opened_by, now=self.now)
        self._journal("case.opened", case=case.id, number=number, kind=kind.value)
        return Filing(case, "new")

    # -------------------------------------------------------------------------------------------------- the customer

    def _owner(self) -> _Owner:
        work, key = self.work, company_key(self.company)
        customer = work.customer_of_address(self.sender.address.lower()) if self.sender else None
        has_sender = customer is not None
        rival = None
        if customer is None and self.domain:
            customer = work.customer_of_domain(self.domain)
            if customer is not None and are_different(customer.company, self.company):
                customer, rival = None, customer
        if customer is None and key and (customer := work.customer_of_company(key)):
            return _Owner(customer, claimed=True, rival=rival)
        if customer is None:
            customer = work.add_customer(self.rules.series.next_customer(work, self.now), self.company, key, self.now)
            self._journal("customer.added", number=customer.number)
            return _Owner(customer, is_new=True, rival=rival)
        if key and not customer.company:
            work.name_customer(customer, self.company, key)
            customer = Customer(customer.id, customer.number, self.company, customer.created_at)
        return _Owner(customer, has_sender=has_sender)

    def _owner_of(self, case: Case) -> _Owner:
        """Whose mail it is that continues a case."""
        if self.sender is None or self.work.contact(self.sender.address.lower()) is not None:
            return _Owner(case.customer, has_sender=True)
        if self.by_staff and not self._belongs(case):
            # What our people pass on into a case may be anybody's mail, a supplier's say: that makes him no contact.
            return _Owner(case.customer, has_sender=True)
        known = self.work.acquaintance(case, self.sender.address.lower(), self.domain)
        return _Owner(case.customer, claimed=known.claimed and not known.known_domain)

    def _claimed(self) -> Customer | None:
        """The customer whose address or company domain the sender bears; nobody is added."""
        if self.sender is None:
            return None
        found = self.work.customer_of_address(self.sender.address.lower())
        return found or (self.work.customer_of_domain(self.domain) if self.domain else None)

    def _apart(self, claimed: Customer | None) -> _Owner:
        """A customer of its own for a mail that failed the checks: found by neither name nor address, no contact."""
        customer = self.work.add_customer(
            self.rules.series.next_customer(self.work, self.now), self.company, "", self.now
        )
        self._journal("customer.unproven", number=customer.number, claims=claimed.number if claimed else "")
        return _Owner(customer, is_new=True, has_sender=True)

    def _keep_contact(self, owner: _Owner, sender: Address, trust: Trust) -> None:
        """Enter the sender as a contact; a confirmed one where a pass speaks for a domain the customer is known by."""
        details = self.mail.details
        contact = Contact(
            customer=owner.customer.id,
            address=sender.address.lower(),
            domain=self.domain,
            name=next(iter(details.values("contact")), "") or sender.name,
            phone="；".join(details.values("phone")[:2]),
            claimed=owner.claimed,
        )
        contact = replace(contact, id=self.work.add_contact(contact, self.now))
        known = not owner.is_new and self.work.knows_domain(owner.customer.id, self.domain)
        if known and may(Action.CONFIRM_CONTACT, trust):
            proof.confirm(self.work, contact, proof.DOMAIN, self.now)
