"""The mail a customer gets at once, saying what was received and what was understood.

Pure: the same arguments give the same bytes; the flow puts the result into the outbox.  The mail lists only what was
read from the customer's own words and asks to correct it; it promises nothing, admits nothing, and decides nothing
(people do that).  Strangers' text in it is data: bounded, on one line, without invisible characters and without
links, because whoever forges a sender would have us send his link to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from mailflow.casework import letters
from mailflow.casework.beside import Opened
from mailflow.casework.paper import Paper
from mailflow.domain.errors import Problem
from mailflow.domain.model import (
    NO_CASE,
    OWN,
    Address,
    Case,
    Details,
    Finding,
    Kind,
    Message,
    OutgoingMail,
    Record,
)
from mailflow.outgoing import late
from mailflow.outgoing.compose import (
    Draft,
    compose,
    harmless,
    is_answer,
    thread_of,
    thread_subject,
)
from mailflow.outgoing.greeting import greeted
from mailflow.outgoing.letterhead import Letterhead as Letterhead
from mailflow.outgoing.letterhead import letterhead_values
from mailflow.outgoing.quoting import sentence_of
from mailflow.outgoing.reference import NAME as REFERENCE
from mailflow.outgoing.reference import with_reference
from mailflow.outgoing.templates import MailTemplates, is_part_of_date, iso_words, moment_words
from mailflow.reading.review.doubts import SINGLE
from mailflow.reading.review.sure import Band, asked, band
from mailflow.settings import shipped

UNANSWERED = NO_CASE | OWN | {Kind.STAFF_REPLY, Kind.OTHER}
"""Kinds that get no mail: machines, our own people and what they open, and mail that asks for nothing."""

TEMPLATES: Mapping[Kind, str] = {
    kind: kind.value
    for kind in (
        Kind.COMPLAINT,
        Kind.INQUIRY,
        Kind.RFQ,
        Kind.ORDER,
        Kind.ORDER_CHANGE,
        Kind.SUGGESTION,
        Kind.PRAISE,
        Kind.INFO_UPDATE,
    )
}
"""The template of each kind of case; every other kind gets ``other``, a mail in a known case ``followup``."""

NAMES = (*TEMPLATES.values(), "other", "followup")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a mail was taken for: what it says, the case it belongs to, and the record issued for it, if any.

    ``reference`` is what the answer's recipient proves his address with.  ``late``: it reached us long before it could
    be read, and the answer says so.  ``passed_on``: departments were told that it is of top urgency, and it says that.
    ``beside`` are the cases opened for other matters of the mail, which it names.  ``asks``: for what is missing or not
    sure; not where nobody knows which words are the customer's.
    """

    message: Message
    details: Details
    case: Case
    record: Record | None = None
    reference: str = ""
    late: bool = False
    passed_on: bool = False
    beside: Sequence[Opened] = ()
    asks: bool = True

    @property
    def is_followup(self) -> bool:
        """Does it belong to a case we knew, and open none?"""
        return not self.case.is_new

    @property
    def language(self) -> str:
        """The language its answer is written in."""
        return answer_language(self.details, self.message)


def acknowledgement(taken: Taken, paper: Paper, *, to: Address, now: datetime, message_id: str) -> OutgoingMail | None:
    """The answer to this mail, or None when its kind gets none.

    A mail that opened its case gets the acknowledgement of its kind, a mail in a known case a short receipt.  ``now``
    is aware.
    """
    case, language = taken.case, taken.language
    if taken.details.kind in UNANSWERED or case.kind in UNANSWERED:
        return None
    if taken.is_followup and taken.details.kind is Kind.SURVEY_REPLY:
        return None  # it answers what we asked
    name = "followup" if taken.is_followup else TEMPLATES.get(case.kind, "other")
    said = {
        late.NAME: late.sentence(paper.templates, language, late=taken.late),
        late.PASSED_ON: late.passed_on(paper.templates, language, passed_on=taken.passed_on),
    }
    others = [(item.case.kind.value, item.case.number, harmless(item.words, language, 60)) for item in taken.beside]
    said[late.BESIDE] = late.beside(paper.templates, language, others)
    written = paper.templates.render(language, name, {**_values(taken, paper), **said})
    for sentence in said.values():
        written = late.with_sentence(*written, sentence)
    text, html = with_reference(*written, paper.templates, language, taken.reference)
    in_reply_to, references = thread_of(taken.message)
    return compose(
        Draft(
            sender=paper.letterhead.sender,
            to=(Address(to.name, to.address),),
            subject=thread_subject(taken.message.subject, case.number, language),
            text=text,
            html=html,
            message_id=message_id,
            date=now.astimezone(paper.zone),
            language=language,
            in_reply_to=in_reply_to,
            references=references,
            case_number=case.number,
        )
    )


# ------------------------------------------------------------------------------------------------------- who, and how

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def answer_language(details: Details, message: Message) -> str:
    """The language to answer in: the mail's; of a mixed mail the one with the bigger share of new words."""
    if details.language in ("zh", "zh-Hant", "en"):
        return details.language
    text = f"{message.subject}\n{message.new_text}"
    # A Chinese word has between one and two characters.
    return "en" if len(_LATIN_WORD.findall(text)) > len(_HAN.findall(text)) / 1.7 else "zh"


# ----------------------------------------------------------------------------------------------------- what is listed

LISTED = (
    "customer_company",
    "contact",
    "phone",
    "order_no",
    "product",
    "model",
    "batch_no",
    "quantity",
    "defect_or_issue",
    "happened_on",
    "demand",
    "requested_deadline",
)
"""Fields shown to the customer, in this order.  What we make of a mail (severity, validity) is for us alone."""

QUOTED = frozenset({"defect_or_issue", "demand"})  # shown in the customer's whole sentences, not in ours
LONGEST = (60, 160)  # characters of a sentence that is quoted, else its clause: in Chinese, in English
WRITERS = frozenset({"customer_company", "contact"})  # nobody is asked who he is
ONE = SINGLE | {"product"}  # told surely once, another reading of it is no question
ORDINARY = "一般"  # the grade of severity that says: nothing special
_NO_NEWS = frozenset({"quoted_text", "signature", "from"})
DATED = frozenset({"happened_on", "requested_deadline"})

_PRODUCT_FACTS = ("order_no", "product", "batch_no", "quantity", "phone")
_SERVICE_FACTS = ("order_no", "happened_on", "phone")
NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.COMPLAINT: _PRODUCT_FACTS,
    Kind.INQUIRY: ("product",),
    Kind.RFQ: ("product", "quantity", "requested_deadline"),
    Kind.ORDER: ("product", "quantity", "requested_deadline"),
    Kind.ORDER_CHANGE: ("order_no",),
}
MAX_ASKED = 3  # more questions than this read like a form, and forms are not answered

# A complaint about how somebody behaved or when something came has no batch number.
_ABOUT_SERVICE = re.compile(
    "服务|态度|行为|承诺|物流|运输|配送|司机|时效|延误|信息|理赔|发票|响应|service|logistic|delay"
)
_ABOUT_PRODUCT = re.compile("质量|产品|性能|外观|尺寸|包装|quality|product|defect")

# Between values; around the customer's words.
_MARKS = {"zh": ("；", "“", "”"), "zh-Hant": ("；", "「", "」"), "en": ("; ", "“", "”")}
_INNER = str.maketrans("“”「」", "‘’『』")  # quotation marks within quotation marks
_WORDS_FOR = {"zh": "（您写的是“{}”）", "zh-Hant": "（您寫的是「{}」）", "en": " (you wrote “{}”)"}


def _values(taken: Taken, paper: Paper) -> dict[str, Any]:
    """Everything a template may use (templates/mail/README.md)."""
    message, details, language = taken.message, taken.details, taken.language
    known, asks = paper.templates.labels(language, "facts"), paper.templates.labels(language, "asks")
    facts = [(known[name], value) for name, value in _facts(taken, paper.zone)]
    is_asked = taken.asks and not taken.is_followup
    missing = missing_facts(taken.case.kind, details) if is_asked else ()
    doubtful = _doubtful(taken, paper.zone) if is_asked else []

    return letterhead_values(paper.letterhead, paper.templates, language) | {
        "kind": taken.case.kind.value,
        "case_number": taken.case.number,
        "record_number": taken.record.number if taken.record else "",
        "received": moment_words(message.received_at, language, paper.zone) if message.received_at else "",
        "contact": _salutation(details, message, language),
        "facts": facts,
        "missing": [asks[name] for name in missing],
        "unsure": [(known[name], value) for name, value in doubtful],
        "urgent": any(value != ORDINARY for value in details.values("severity")),
    }


def missing_facts(kind: Kind, details: Details) -> tuple[str, ...]:
    """The fields to ask for, at most three: those this kind cannot be worked on without and the mail does not name.

    What was read half surely is for the clerk to look at: who wrote it already is not asked for it again.
    """
    needed = NEEDED.get(kind, ())
    if kind is Kind.COMPLAINT:
        about = " ".join(details.subkinds)
        if _ABOUT_SERVICE.search(about) and not _ABOUT_PRODUCT.search(about):
            needed = _SERVICE_FACTS
    known = {finding.field for finding in details.findings if band(finding.confidence) is not Band.LOW}
    if "model" in known:
        known.add("product")
    return tuple(name for name in needed if name not in known)[:MAX_ASKED]


def _facts(taken: Taken, zone: tzinfo) -> list[tuple[str, str]]:
    """What is told the customer as understood: readings that are almost always right."""
    language = taken.language
    facts = [(name, _line(name, told, language)) for name in LISTED if (told := _told(taken, name, _is_shown, zone))]
    # A list with the name alone, which stands in the greeting, would say: we understood nothing.
    return facts if any(name != "contact" for name, _ in facts) else []


def _doubtful(taken: Taken, zone: tzinfo) -> list[tuple[str, str]]:
    """What the customer is asked about: readings that are mostly right, of what he was not told already."""

    def is_asked(finding: Finding) -> bool:
        return asked(finding.confidence) and not _is_shown(finding)

    found = []
    for name in LISTED:
        told = _told(taken, name, _is_shown, zone)
        if name in WRITERS or (told and name in ONE):
            continue
        values = _distinct([*told, *_told(taken, name, is_asked, zone)])
        if doubtful := [value for value in values if value not in told]:
            found.append((name, _line(name, doubtful, taken.language)))
    return found[:MAX_ASKED]


def _is_shown(finding: Finding) -> bool:
    return band(finding.confidence) is Band.HIGH


def _told(taken: Taken, name: str, fits: Callable[[Finding], bool], zone: tzinfo) -> list[str]:
    """The values of a field whose finding ``fits``, as a customer reads them."""
    message, language = taken.message, taken.language
    findings = [finding for finding in taken.details.findings if finding.field == name and fits(finding)]
    if taken.is_followup:
        # Below a follow-up stands our own earlier mail, its signature is the one we know, and an answer's subject
        # is the thread's: no news from any.
        is_thread = is_answer(message.subject) or taken.case.number in message.subject
        old = _NO_NEWS | {"subject"} if is_thread else _NO_NEWS
        findings = [finding for finding in findings if finding.source not in old]
    return _distinct(value for value in (_shown(finding, message, language, zone) for finding in findings) if value)


def _line(name: str, values: Sequence[str], language: str) -> str:
    separator, opening, closing = _MARKS.get(language, _MARKS["zh"])
    if name in QUOTED:
        values = [f"{opening}{value.translate(_INNER)}{closing}" for value in values]
    return separator.join(values[:5]) + (" …" if len(values) > 5 else "")


def _shown(finding: Finding, message: Message, language: str, zone: tzinfo) -> str:
    if finding.field in DATED and (when := iso_words(finding.value, language, zone)):
        words = harmless(finding.words, language, 40).rstrip(".,;，。；")
        plainly = not words or is_part_of_date(words, when)
        return when if plainly else when + _WORDS_FOR.get(language, _WORDS_FOR["zh"]).format(words)
    if finding.field in QUOTED:
        return harmless(sentence_of(finding, message, LONGEST[language == "en"]), language, 200)
    return harmless(finding.value, language, 80)


def _distinct(values: Iterable[str]) -> list[str]:
    """The values in order, without those that only repeat a part of another."""
    unique = list(dict.fromkeys(values))
    return [value for value in unique if not any(value != other and value in other for other in unique)]


def _salutation(details: Details, message: Message, language: str) -> str:
    """Whom to greet: the person who gave his name himself, else the company he named; otherwise empty."""
    given = ("signature", "new_text", "from")
    sure = [item for item in details.findings if item.source in given and _is_shown(item)]
    names = [item.value for item in sure if item.field == "contact"]
    companies = [item.value for item in sure if item.field == "customer_company"]
    words = f"{message.new_text}\n{message.signature}"
    return greeted(next(iter(names), ""), next(iter(companies), ""), words, language)


# ----------------------------------------------------------------------------------------------------------- templates


def load_templates(folder: Path, *, whole: bool = True) -> tuple[MailTemplates | None, list[Problem]]:
    """The templates of every mail to customers, each tried out on sample mails; mistakes with file and line.

    Unless ``whole``, templates that are as they were shipped are believed: tests tried them.
    """
    labels = {
        "facts": LISTED,
        "asks": LISTED,
        "words": ("phone", "address", "case_number", "record_number", "colon"),
        "changes": ("before", "nothing_before", "about"),
    }
    needed = ("common", "letter", REFERENCE, late.NAME, late.PASSED_ON, late.BESIDE, *NAMES, *letters.NAMES)

    def every(language: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        yield from samples(language)
        yield from letters.samples(language)
        yield REFERENCE, {"reference": "x"}
        yield late.NAME, {}
        yield late.PASSED_ON, {}
        for kind in TEMPLATES.values():
            yield late.BESIDE, {"matters": [(kind, "x", "x"), (kind, "x", "")]}

    spare = shipped.folder("templates") / "mail", letters.ADDED
    tried = None if not whole and shipped.are_unchanged(folder, "mail") else every
    return MailTemplates.load(folder, needed=needed, labels=labels, samples=tried, spare=spare)


def samples(language: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every template of this stage with made-up values: everything known, and as little as possible."""
    words = ("received", "contact", "record_number", "phone", "urgent_phone", "address", "first_reply")
    always = {"language_tag": language, "case_number": "TS-2026-0001", "company_name": "x", "department": "x"}
    lists = {"facts": [("x", "x")], "missing": ["x"], "unsure": [("x", "x")], "channels": ["x"], "signature": ["x"]}
    full = (
        always
        | dict.fromkeys(words, "x")
        | lists
        | {"kind": "complaint", "urgent": True, "late": "x", "passed_on": "x", "beside": "x"}
    )
    empty = always | dict.fromkeys(words, "") | {name: [] for name in lists} | {"kind": "inquiry", "urgent": False}
    for name in NAMES:
        yield name, full
        yield name, empty
