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

from mailflow.casework import matter
from mailflow.customers import proof
from mailflow.customers.standing import standing
from mailflow.domain.company_names import are_different, company_key
from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address, Case, Contact, Customer, Details, Kind, Message
from mailflow.domain.ports import MailFacts, StoredMessage, Work
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
class Filing:
    """Where a mail was filed and how its case was found: thread, number, resent, order, pile, or new."""

    case: Case
    how: str


def file(
    stored: StoredMessage,
    message: Message,
    facts: MailFacts,
    details: Details,
    work: Work,
    rules: FilingRules,
    now: datetime,
    trust: Trust,
) -> Filing | Withheld | None:
    """File a mail under its customer and case; None when it is our own people's mail about no case.

    A continuation that may not join its case is withheld.  A new matter always gets a case, but not under the customer
    whose address it bears when the checks say that it is not his.
    Everything is written through ``work`` and stands or falls with its transaction.
    """
    sender, by_staff = rules.author(message), rules.is_by_us(message)
    himself = sender is not None and sender == proof.sender_of(message)
    if himself:
        contact = work.contact(sender.address.lower()) if sender else None
        proof.take_in(work, contact, message, trust, rules.secret, stored.id, now)
    found = _known_case(message, sender, by_staff, work, rules)
    left = None
    if found is not None and not by_staff and _leaves(message, details, found, work, rules):
        left, found = found.case, None
    if found is None and by_staff and details.kind is Kind.STAFF_REPLY:
        return None
    joins = may(Action.JOIN, trust)
    if not joins:
        claimed = _claimed(sender, work)
        found = found or (_same_trouble(facts, details, claimed, sender, work, rules, now) if claimed else None)
        if found is not None:
            return Withheld(found.case, found.how, message.sender)
        owner = _apart(claimed, details, work, rules, stored, now)
        found = _open(stored, message, details, owner.customer, sender, work, rules, now)
    elif found is None:
        owner = _owner(sender, details, work, rules, stored, now)
        if not owner.is_new:
            found = _same_trouble(facts, details, owner.customer, sender, work, rules, now)
        found = found or _open(stored, message, details, owner.customer, sender, work, rules, now)
    else:
        owner = _owner_of(found.case, sender, by_staff, work, rules)
    if sender is not None and not owner.has_sender:
        _keep_contact(owner, sender, details, work, now, trust if himself else UNVERIFIED)
    work.add_findings(stored.id, found.case.id, details)
    if not found.case.is_new:
        work.change_case(found.case, now)
    if not owner.is_new:
        work.touch(owner.customer.id)
    work.journal("mail.filed", now, message=stored.id, case=found.case.id, how=found.how, kind=details.kind.value)
    if left is not None:  # whoever reads this case may want to see that one
        work.journal("mail.left_thread", now, message=stored.id, case=found.case.id, number=left.number)
    if owner.rival is not None:  # a person says whether both are one
        numbers = {"number": owner.customer.number, "other": owner.rival.number}
        work.journal("customer.merge_proposed", now, message=stored.id, case=found.case.id, **numbers)
    return found


def file_into(case_id: int, stored: StoredMessage, details: Details, work: Work, now: datetime) -> Filing:
    """File a mail of a pile under the case a person said all of it is; its sender becomes no contact by that."""
    case = work.case(case_id)
    work.add_findings(stored.id, case.id, details)
    work.change_case(case, now)
    work.touch(case.customer.id)
    work.journal("mail.filed", now, message=stored.id, case=case.id, how=PILE, kind=details.kind.value)
    return Filing(case, PILE)


# --------------------------------------------------------------------------------------------------------- the case


def _known_case(
    message: Message, sender: Address | None, by_staff: bool, work: Work, rules: FilingRules
) -> Filing | None:
    mail_ids = tuple(filter(None, dict.fromkeys((message.in_reply_to, *reversed(message.references)))))[:50]
    for case in work.cases_of_mails(mail_ids) if mail_ids else ():
        if by_staff or _belongs(case, sender, work, rules):
            return Filing(case, "thread")
    for number in rules.case_numbers(message.subject):
        case_found = work.case_by_number(number)
        if case_found and (by_staff or _belongs(case_found, sender, work, rules)):
            return Filing(case_found, "number")
    return None


def _leaves(message: Message, details: Details, found: Filing, work: Work, rules: FilingRules) -> bool:
    """Is a customer's mail in the thread of this case about another matter?"""
    alone = found.how == "thread" and not rules.case_numbers(message.subject)
    return alone and matter.is_another(message, details, found.case, work)


def _belongs(case: Case, sender: Address | None, work: Work, rules: FilingRules) -> bool:
    """A stranger never joins another customer's case, whatever number or reference the mail carries."""
    return standing(work, case, sender, rules.is_ours) in STANDINGS[Action.JOIN]


def _same_trouble(
    facts: MailFacts,
    details: Details,
    customer: Customer,
    sender: Address | None,
    work: Work,
    rules: FilingRules,
    now: datetime,
) -> Filing | None:
    if facts.text_digest and facts.sender and not facts.is_short:
        case = work.case_of_resent(facts.sender, facts.text_digest, now - RESENT_WITHIN)
        if case and case.customer.id == customer.id and _belongs(case, sender, work, rules):
            return Filing(case, "resent")
    if details.kind not in _TROUBLE:
        return None
    since = now - SAME_TROUBLE_WITHIN
    shared = set(work.cases_sharing(customer.id, "order_no", details.values("order_no"), since))
    if shared and details.kind is not Kind.FOLLOWUP:
        same = work.cases_sharing(customer.id, "batch_no", details.values("batch_no"), since)
        same += work.cases_sharing(customer.id, "defect_or_issue", details.values("defect_or_issue"), since)
        shared &= set(same)
    cases = [
        case
        for case in map(work.case, sorted(shared, reverse=True))
        if case.kind in _TROUBLE and _belongs(case, sender, work, rules)
    ]
    return Filing(cases[0], "order") if cases else None


def _open(
    stored: StoredMessage,
    message: Message,
    details: Details,
    customer: Customer,
    sender: Address | None,
    work: Work,
    rules: FilingRules,
    now: datetime,
) -> Filing:
    # A follow-up whose case is not here is a complaint for us: somebody waits for an answer about a trouble.
    kind = Kind.COMPLAINT if details.kind is Kind.FOLLOWUP else details.kind
    number = rules.series.next_case(rules.prefixes.get(kind.value, "XX"), work, now)
    opened_by = sender.address.lower() if sender is not None else ""
    case = work.add_case(number, customer, details, kind, subject=message.subject, opened_by=opened_by, now=now)
    work.journal("case.opened", now, message=stored.id, case=case.id, number=number, kind=kind.value)
    return Filing(case, "new")


# ------------------------------------------------------------------------------------------------------ the customer


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


def _owner(
    sender: Address | None, details: Details, work: Work, rules: FilingRules, stored: StoredMessage, now: datetime
) -> _Owner:
    company = next(iter(details.values("customer_company")), "")
    key = company_key(company)
    domain = company_domain(sender.domain) if sender else ""
    customer = work.customer_of_address(sender.address.lower()) if sender else None
    has_sender = customer is not None
    rival = None
    if customer is None and domain:
        customer = work.customer_of_domain(domain)
        if customer is not None and are_different(customer.company, company):
            customer, rival = None, customer
    if customer is None and key and (customer := work.customer_of_company(key)):
        return _Owner(customer, claimed=True, rival=rival)
    if customer is None:
        customer = work.add_customer(rules.series.next_customer(work, now), company, key, now)
        work.journal("customer.added", now, message=stored.id, number=customer.number)
        return _Owner(customer, is_new=True, rival=rival)
    if key and not customer.company:
        work.name_customer(customer, company, key)
        customer = Customer(customer.id, customer.number, company, customer.created_at)
    return _Owner(customer, has_sender=has_sender)


def _owner_of(case: Case, sender: Address | None, by_staff: bool, work: Work, rules: FilingRules) -> _Owner:
    """Whose mail it is that continues a case."""
    if sender is None or work.contact(sender.address.lower()) is not None:
        return _Owner(case.customer, has_sender=True)
    if by_staff and not _belongs(case, sender, work, rules):
        # What our people pass on into a case may be anybody's mail, a supplier's say: that makes him no contact.
        return _Owner(case.customer, has_sender=True)
    known = work.acquaintance(case, sender.address.lower(), company_domain(sender.domain))
    return _Owner(case.customer, claimed=known.claimed and not known.known_domain)


def _claimed(sender: Address | None, work: Work) -> Customer | None:
    """The customer whose address or company domain the sender bears; nobody is added."""
    if sender is None:
        return None
    found = work.customer_of_address(sender.address.lower())
    domain = company_domain(sender.domain)
    return found or (work.customer_of_domain(domain) if domain else None)


def _apart(
    claimed: Customer | None, details: Details, work: Work, rules: FilingRules, stored: StoredMessage, now: datetime
) -> _Owner:
    """A customer of its own for a mail that failed the checks: found by neither name nor address, with no contact."""
    company = next(iter(details.values("customer_company")), "")
    customer = work.add_customer(rules.series.next_customer(work, now), company, "", now)
    of = claimed.number if claimed else ""
    work.journal("customer.unproven", now, message=stored.id, number=customer.number, claims=of)
    return _Owner(customer, is_new=True, has_sender=True)


def _keep_contact(owner: _Owner, sender: Address, details: Details, work: Work, now: datetime, trust: Trust) -> None:
    """Enter the sender as a contact; a confirmed one where a pass speaks for a domain the customer is known by."""
    domain = company_domain(sender.domain)
    contact = Contact(
        customer=owner.customer.id,
        address=sender.address.lower(),
        domain=domain,
        name=next(iter(details.values("contact")), "") or sender.name,
        phone="；".join(details.values("phone")[:2]),
        claimed=owner.claimed,
    )
    contact = replace(contact, id=work.add_contact(contact, now))
    if not owner.is_new and may(Action.CONFIRM_CONTACT, trust) and work.knows_domain(owner.customer.id, domain):
        proof.confirm(work, contact, proof.DOMAIN, now)
