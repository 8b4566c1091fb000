"""Stage 4, extract: what a decoded mail says, each fact with the words it came from.

Pure: the same message, rulebook and time give the same Details.  The rules find words and codes; the modules of
:mod:`mailflow.reading` turn them into facts, one topic a module.  Unknown stays blank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.domain.matters import Trouble
from mailflow.domain.model import FIELDS, SUPERSEDED, Details, Finding, Kind, Message
from mailflow.domain.ports import AttachmentText
from mailflow.reading.amounts import money, quantities
from mailflow.reading.codes import labelled
from mailflow.reading.dates import deadlines
from mailflow.reading.matching import parts
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.rulebook import Rulebook
from mailflow.reading.matter import beside, claiming, demands, each, issues, kinds, severity
from mailflow.reading.people import companies, contacts, phones, sign_off
from mailflow.reading.people.listed import known_customers
from mailflow.reading.people.ours import Ours
from mailflow.reading.products import choose, model_numbers
from mailflow.reading.review import sure
from mailflow.reading.text import clauses, language
from mailflow.reading.text.clauses import Laid

_TOLD = ("subject", "new_text", "forwarded_text", "attachment")
LINE_KINDS = (Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE)
_QUOTED = 0.4  # what stands in the quote only may be another matter by now


def extract(
    message: Message, rulebook: Rulebook, *, own: Ours, now: datetime, file_text: AttachmentText | None = None
) -> Details:
    """Kind, sub-kinds, language and facts of one mail; how sure each is: :mod:`mailflow.reading.review.sure`.

    Relative days count from the time of arrival; where no server noted one, from the mail's own date, else ``now``.
    Without ``file_text`` attached files are not read.
    """
    reader = RuleReader(rulebook, own, file_text)
    details, reads, laid = _ruled(message, reader, now)
    graded = replace(details, findings=tuple(sure.graded(reads, sure.shipped())))
    return _with_others(message, reader, now, graded, laid)


def as_ruled(
    message: Message, rulebook: Rulebook, *, own: Ours, now: datetime, file_text: AttachmentText | None = None
) -> tuple[Details, list[sure.Read]]:
    """The same before it is graded: details without findings, and each finding as its rule gave it, with its ground."""
    return _ruled(message, RuleReader(rulebook, own, file_text), now)[:2]


def _ruled(message: Message, reader: RuleReader, now: datetime) -> tuple[Details, list[sure.Read], list[Laid]]:
    """The same, all of the mail as one matter, and how its parts lie."""
    rulebook, own = reader.rulebook, reader.own
    read = parts.read(message, rulebook.pipeline, reader.file_text)
    laid = clauses.lay_out(parts.select(read, *_TOLD))
    weighed = issues.weigh(laid)
    reading = kinds.decide(message, read, own, rulebook.lexicon, claiming.chance(weighed.clauses))
    attached = [mail.text for mail in message.forwarded[: parts.MAX_ATTACHED]]
    spoken = language.detect((message.new_text, message.forwarded_text, *attached, message.subject))
    details = Details(reading.kind, reading.kinds, reading.subkinds, spoken, reasons=reading.reasons)
    if reading.kind is Kind.STAFF_REPLY:
        return details, [], []
    found, troubles = _facts(message, read, laid, weighed, reading.kind, reader, _arrival(message, now))
    order = {name: place for place, name in enumerate(FIELDS)}
    found.sort(key=lambda finding: order[finding.field])
    reads = sure.grounded(found, laid, len(reading.kinds) > 1)
    return replace(details, troubles=tuple(troubles)), reads, laid


def _with_others(message: Message, reader: RuleReader, now: datetime, details: Details, laid: list[Laid]) -> Details:
    """The reading, with matters of other kinds taken out that the mail asks for as well, each read by itself."""
    others = []
    for passage in beside.passages(laid, details.kind):
        words = passage.laid.part.original[passage.start : passage.end]
        alone = replace(Message(new_text=words, text=words), received_at=message.received_at, date=message.date)
        read, reads, _ = _ruled(alone, reader, now)
        read = replace(read, findings=tuple(sure.graded(reads, sure.shipped())))
        if beside.is_matter(passage, read, details):
            others.append((passage, beside.placed(passage, read)))
    if not others:
        return details
    own = [
        item
        for item in details.findings
        if item.field in beside.OF_WRITER or not any(beside.within(each, item.source, item.start) for each, _ in others)
    ]
    return replace(details, findings=tuple(own), beside=tuple(read for _, read in others))


def _arrival(message: Message, now: datetime) -> datetime:
    """When the mail came; a date its writer set in the future is no witness."""
    if message.received_at is not None:
        return message.received_at
    return message.date if message.date is not None and message.date <= now else now


@dataclass(frozen=True, slots=True)
class RuleReader:
    """The Reader port over a rulebook, who we are, and what reads the text of attached files."""

    rulebook: Rulebook
    own: Ours
    file_text: AttachmentText | None = None

    def read(self, message: Message, now: datetime) -> Details:
        """Pure: the same message and time give the same Details."""
        return extract(message, self.rulebook, own=self.own, now=now, file_text=self.file_text)


def _facts(
    message: Message, read: list[Part], laid: list[clauses.Laid], weighed: issues.Weighed, kind: Kind,
    reader: RuleReader, at: datetime,
) -> tuple[list[Finding], list[Trouble]]:  # fmt: skip
    own, lexicon = reader.own, reader.rulebook.lexicon
    spoken = parts.select(read, *_TOLD, "signature")
    told = parts.select(read, *_TOLD)
    lines = sign_off.lines(spoken)
    days = deadlines.days(told, at)
    found = _codes(spoken, kind)
    found += _once(finding for part in spoken for finding in phones.find(part))
    unlabelled = _once(model_numbers.find(told, kind, found))
    if any(finding.field == "model" for finding in found) and kind not in LINE_KINDS:
        unlabelled = [finding for finding in unlabelled if finding.rule == "model-column"]
    found += unlabelled
    said = companies.in_text(spoken)
    found += known_customers(companies.find(message, spoken, lines, own, said, lexicon), spoken)
    found += contacts.find(message, spoken, lines, own, lexicon)
    names = [(item.source, item.start, item.end) for item in found if item.field == "customer_company"]
    names += companies.spans(told, own, said)
    found += choose.products(told, kind, names, found)
    sums = money.find(told)
    found += [*sums, *quantities.find(told, kind, sums)]
    troubles, told_of = issues.issues(weighed, kind)
    found += troubles
    if kind in (Kind.COMPLAINT, Kind.FOLLOWUP):
        found += deadlines.happened(days, at)
    found += _wishes(demands.demands(laid, kind, weighed.clauses), kind, found)
    if kind is not Kind.SURVEY_REPLY:  # the days in there are those of our questionnaire
        found += deadlines.deadline(days, at, 0.8 if kind is Kind.INQUIRY else 0.0)
    found += severity.severity(told, kind) + severity.urgency(told) + severity.validity_hint(told, kind, found, at)
    found += severity.repeat_hint(told, kind)
    found += _from_quote(parts.select(read, "quoted_text"), found, kind)
    goods = choose.named(told, kind, names) if len(told_of) > 1 else ()
    return found, each.about_each(told_of, found, goods)


def _wishes(wanted: list[Finding], kind: Kind, found: list[Finding]) -> list[Finding]:
    """The demands; the lines of goods of an order or an enquiry are what it is about, not demands of their own."""
    if kind not in LINE_KINDS:
        return wanted
    lines = [(item.source, item.start, item.end) for item in found if item.field == "quantity"]
    return [
        item
        for item in wanted
        if item.rule != "demand-plain"
        or not any(item.source == source and item.start < end and start <= item.end for source, start, end in lines)
    ]


def _codes(spoken: list[Part], kind: Kind) -> list[Finding]:
    found = [finding for part in spoken for finding in labelled.findings(part, labelled.codes(part))]
    told = _once(finding for finding in found if finding.confidence > SUPERSEDED)
    known = {(finding.field, finding.value.casefold()) for finding in told}
    fields = {finding.field for finding in told}
    by_field = {name: [finding for finding in told if finding.field == name] for name in fields}
    best = [
        *(numbers := labelled.best_orders(by_field.get("order_no", []))),
        *(batches := labelled.best_batches(by_field.get("batch_no", []))),
        *labelled.best_models(by_field.get("model", []), kind in LINE_KINDS, [*numbers, *batches]),
    ]
    # What was taken back is shown beside what replaced it.
    old = [f for f in found if f.confidence <= SUPERSEDED and f.field in fields]
    return [*best, *_once(f for f in old if (f.field, f.value.casefold()) not in known)]


def _from_quote(quoted: list[Part], found: list[Finding], kind: Kind) -> list[Finding]:
    """Numbers that stand in the quoted mail only: they name the matter, with less confidence."""
    known = {finding.field for finding in found}
    return [
        replace(finding, confidence=round(finding.confidence * _QUOTED, 3))
        for finding in _codes(quoted, kind)
        if finding.field not in known and finding.confidence > SUPERSEDED
    ]


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Each value of a field once: the first of the mail that counts."""
    first: dict[tuple[str, str], Finding] = {}
    for finding in sorted(found, key=lambda finding: finding.confidence <= SUPERSEDED):
        first.setdefault((finding.field, finding.value.casefold()), finding)
    return list(first.values())
