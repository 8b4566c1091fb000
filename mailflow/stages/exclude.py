"""exclude: why a mail must not be answered and opens no case, or None when a person's mail it is.

Three questions, in order.  Does it carry our own mark, or come from ourselves (a loop)?  Is it a report that only
machines write (RFC 3464, 5965, 8098)?  Else the signs are weighed: :mod:`mailflow.excluding.machine_marks` finds them,
and what speaks for a person is taken off.  A person's complaint must never be thrown away: a single weak sign excludes
nothing, and what stays in doubt is handled, where a person sees it.  Pure: nothing is deleted, all can be released.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mailflow.decoding.calendars import ANSWERS, read_calendar
from mailflow.domain.model import Exclusion, Kind, Message
from mailflow.excluding import bounces, lists
from mailflow.excluding.absence import says_only_absence
from mailflow.excluding.machine_marks import Hit, MachineMarks
from mailflow.outgoing.compose import is_answer

OWN_MAIL = "own_mail"
LOOP_HEADER = "x-mailflow-loop"

ENOUGH = 1.0  # this much, after the words of a person are taken off, sets a mail aside
WEAK_HEADERS = 0.5  # gateways and lists add such headers to people's mail: never enough alone
SOFT_WORDS = 0.9  # words that people use as well: never enough alone
ALL_IT_SAYS = 300  # characters; a mail this short with two soft wordings says nothing else
HTML = 200_000  # characters of HTML whose links are counted
MAX_HOPS = 40  # long chains of gateways stay under 25; RFC 5321 section 6.3 wants loops broken by 100
SILENT = 0.3  # nothing but a subject: agrees with a subject of a machine
A_REQUEST = 0.4  # one sentence of a person that wants something
LINKS, MANY_LINKS = 0.3, 8  # newsletters are made of links; counts only where other signs of one stand
OUR_X_LOOP = 0.8  # our own forwarding may have set it: something else must agree
THEIR_X_LOOP = 1.0  # procmail's recipe: who answers by itself marks the answer with his own address
RETURNED = 0.5  # the enclosed mail went back to its sender
THREAD_WITH_US, THREAD = 1.2, 0.5  # a reply is neither newsletter nor spam; strangers' references are easily forged
# Newsletters speak of complaints and orders too, of nobody's; receipts repeat what our mail was about.
DAMPED: Mapping[str, float] = {Kind.NEWSLETTER: 0.6, Kind.READ_RECEIPT: 0.5}

_BY_MACHINES = (Kind.AUTO_REPLY, Kind.BOUNCE, Kind.READ_RECEIPT)  # the order decides a tie
_BY_SENDERS = (Kind.NEWSLETTER, Kind.SPAM)
_LISTED = (*lists.HEADERS, "precedence")
_GAPS = re.compile(r"[\s>*·•-]+")
_ECHO = ("主题", "subject", "主旨", "re:", "fw:", "标题", "邮件主题", "信件主题", "原邮件主题", "原信主题", "原主题")
_TITLE = re.compile("《[^《》\n]{1,200}》")


def exclude(
    message: Message, marks: MachineMarks, own: frozenset[str], domains: frozenset[str] = frozenset()
) -> Exclusion | None:
    """Why ``message`` must not be answered, or None.

    ``own`` are our mailbox addresses in lower case, ``domains`` the company's.
    """
    certain = _loop(message) or _report(message, own) or _own_mail(message, marks, own) or _calendar(message, marks)
    if certain is not None:
        return certain
    no_list = lists.is_ours(message, own, domains) or lists.is_let_in(message, marks.lists)
    hidden = no_list and bool(lists.names(message))  # a group of ours marks all mail of customers as list mail
    found = _weighed(message, marks, own, no_list=hidden) or (None if no_list else _post(message, own))
    return found or _absent(message, marks, own, domains)


# --------------------------------------------------------------------------------------------------------- our own mail


def _loop(message: Message) -> Exclusion | None:
    """Our own mark (every mail we send bears it), or a mail that has been going round."""
    if LOOP_HEADER in message.headers:
        return Exclusion(
            Kind.LOOP, "own-loop-mark", f"{LOOP_HEADER}: {message.header(LOOP_HEADER)[:80]}", (), _about(message)
        )
    hops = len(message.headers.get("received", ()))
    if hops >= MAX_HOPS:
        return Exclusion(Kind.LOOP, "many-hops", f"{hops} Received headers", (), _about(message))
    return None


def _own_mail(message: Message, marks: MachineMarks, own: frozenset[str]) -> Exclusion | None:
    """Mail from our own mailbox: a copy of what we sent.

    Kept are web forms, which send from our address and name the customer in Reply-To, and notes a colleague sends from
    the shared mailbox to itself (a call from a customer) when they hold something to handle.  An automatic mail of our
    own (RFC 3834 section 5) that comes in again is a loop.
    """
    senders = {address.address.lower() for address in message.from_}
    if not senders & own or any(address.address.lower() not in own for address in message.reply_to):
        return None
    words = f"from: {', '.join(sorted(senders & own))}"
    submitted = message.header("auto-submitted").strip().lower()
    if submitted and not submitted.startswith("no"):
        return Exclusion(Kind.LOOP, "own-automatic-mail", words, (), _about(message))
    receivers = {address.address.lower() for address in (*message.to, *message.cc)}
    noted = receivers <= own and not message.in_reply_to and not message.references
    if noted and sum(hit.mark.weight for hit in marks.person_hits(message.new_text)) >= ENOUGH:
        return None
    return Exclusion(OWN_MAIL, "own-address-as-sender", words, (), _about(message))


# -------------------------------------------------------------------------------------------------------------- reports


def _report(message: Message, own: frozenset[str]) -> Exclusion | None:
    """multipart/report (RFC 6522) is written by machines only; its type says which kind.

    An abuse report (RFC 5965) says that a receiver called our mail spam.  It goes with the bounces: it speaks of a
    delivery of ours and belongs to its case, and nobody failed, so no contact is called dead by it.  A report attached
    to another mail is not the mail: a person may be passing it on.
    """
    report = message.report
    if report is None or not message.content_type.lower().startswith("multipart/report"):
        return None
    words = f"multipart/report; report-type={report.type}"
    if report.type == "feedback-report":
        to, about = bounces.complained(message), bounces.about_bounce(message)
        return Exclusion(Kind.BOUNCE, "feedback-report", words, (), about, recipients=to)
    if report.type == "disposition-notification":
        return Exclusion(Kind.READ_RECEIPT, "disposition-notification", words, (), _about(message))
    if report.type == "delivery-status":
        if bounces.delivered(message):
            return Exclusion(Kind.READ_RECEIPT, "delivery-status-success", words, (), _about(message))
        return _bounce("delivery-status", words, message, own)
    return None


def _calendar(message: Message, marks: MachineMarks) -> Exclusion | None:
    """An answer to an invitation, or one called off (RFC 5546): calendars send it, unless a person adds his words."""
    for file in message.attachments:
        if file.type != "text/calendar":
            continue
        found = read_calendar(file.content)
        if found.method not in ANSWERS:
            return None
        said = f"{message.new_text}\n{found.comment}"
        for known in filter(None, (found.summary, found.description, found.location)):
            said = said.replace(known, "")
        if sum(hit.mark.weight for hit in marks.person_hits(said)) >= A_REQUEST:
            return None
        return Exclusion(Kind.AUTO_REPLY, "calendar-answer", f"METHOD:{found.method}", (), _about(message))
    return None


def _bounce(sign: str, words: str, message: Message, own: frozenset[str]) -> Exclusion:
    named = bounces.failed_recipients(message, own)
    return Exclusion(
        Kind.BOUNCE,
        sign,
        words,
        failed_recipients=named,
        about=bounces.about_bounce(message),
        permanent=bounces.permanent(message),
        recipients=named,
        gone=bounces.gone(message, own),
        delayed=bounces.delayed(message),
        said=bounces.diagnostic(message),
    )


def _about(message: Message) -> tuple[str, ...]:
    return bounces.about(message)


# ------------------------------------------------------------------------------------------------------------- weighing


def _post(message: Message, own: frozenset[str]) -> Exclusion | None:
    """A post of a mailing list, whatever it says: its writer wrote to the list.

    A mail that names us in To or Cc, or continues a thread with us, was written to us, whichever way it came.
    """
    if not lists.is_post(message) or lists.names_somebody(message, own) or _continues(message, own):
        return None
    words = "; ".join(f"{name}: {message.header(name)[:100]}" for name in _LISTED if name in message.headers)
    return Exclusion(Kind.NEWSLETTER, "list-post", words, (), _about(message))


def _weighed(message: Message, marks: MachineMarks, own: frozenset[str], *, no_list: bool) -> Exclusion | None:
    hits = marks.machine_hits(message)
    if no_list:
        hits = [hit for hit in hits if not hit.words.startswith(("list-", "precedence"))]
    looped = _bears_our_address(message, own)
    marked = _bears_its_own_address(message)
    sums = {kind: _sum(kind, hits, message) for kind in (*_BY_MACHINES, *_BY_SENDERS)}
    if looped:
        sums[Kind.AUTO_REPLY] += OUR_X_LOOP
    if marked:
        sums[Kind.AUTO_REPLY] += THEIR_X_LOOP
    if sums[Kind.NEWSLETTER] and message.html[:HTML].count("<a ") >= MANY_LINKS:
        sums[Kind.NEWSLETTER] += LINKS
    if bounces.returned(message):
        sums[Kind.BOUNCE] += RETURNED
    if max(sums.values()) < ENOUGH:
        return None
    people = marks.person_hits(_without_echo(bounces.report_text(message.new_text)))
    for kind in sums:
        sums[kind] = round(sums[kind] - _for_a_person(kind, hits, people, message, own), 2)
    best = max(sums, key=lambda kind: sums[kind])
    ours, looped = looped, looped or (marked and best == Kind.AUTO_REPLY)
    # A short mail of nothing but soft wordings is a template, unless one word of a person stands in it.
    if sums[best] < ENOUGH or (_only_soft(best, hits, looped) and people):
        return None
    telling = sorted((h for h in hits if _counts(h, best)), key=lambda h: -h.mark.weight)
    sign = "+".join(dict.fromkeys(h.mark.name for h in telling[:3])) or "x-loop"
    words = "; ".join(h.words if h.where == "header" else f"{h.where}: {h.words[:100]}" for h in telling[:4])
    if best == Kind.BOUNCE:
        return _bounce(sign, words, message, own)
    return Exclusion(Kind.LOOP if ours and best == Kind.AUTO_REPLY else best, sign, words, (), _about(message))


def perhaps_absent(message: Message, marks: MachineMarks, own: frozenset[str], domains: frozenset[str]) -> bool:
    """Whether it says nothing but that somebody is away, so that a person must look whether one wrote it.

    Colleagues are read as they are: that they are away is an answer to what they were asked.
    """
    domain = message.sender.address.rpartition("@")[2].lower() if message.sender else ""
    ours = domains | {address.rpartition("@")[2] for address in own}
    return domain not in ours and says_only_absence(message, marks)


def _absent(message: Message, marks: MachineMarks, own: frozenset[str], domains: frozenset[str]) -> Exclusion | None:
    """An absence in answer to a mail of ours, quoting nothing: a responder's, though nothing marks it."""
    answers = not message.quoted_text and is_answer(message.subject) and _continues(message, own)
    if not answers or not perhaps_absent(message, marks, own, domains):
        return None
    words = " ".join(message.new_text[:150].split())
    return Exclusion(Kind.AUTO_REPLY, "says-only-absence", f"text: {words}", (), _about(message))


def _counts(hit: Hit, kind: Kind) -> bool:
    return hit.mark.kind == kind.value or (hit.mark.kind == "machine" and kind in _BY_MACHINES)


def _sum(kind: Kind, hits: Iterable[Hit], message: Message) -> float:
    """The weights for one kind, each rule once, weak headers and soft words bounded."""
    counted = {hit.mark: hit for hit in hits if _counts(hit, kind)}.values()
    if kind != Kind.AUTO_REPLY and all(hit.mark.kind == "machine" for hit in counted):
        return 0.0  # some machine: what answers by itself without saying more is an auto-reply
    headers = sum(hit.mark.weight for hit in counted if hit.where == "header" and hit.mark.soft)
    soft = sum(hit.mark.weight for hit in counted if hit.where != "header" and hit.mark.soft)
    firm = sum(hit.mark.weight for hit in counted if not hit.mark.soft)
    if soft > SOFT_WORDS and not (kind == Kind.AUTO_REPLY and _says_nothing_else(message)):
        soft = SOFT_WORDS
    silent = SILENT if not message.new_text.strip() and any(hit.where == "subject" for hit in counted) else 0.0
    return round(min(headers, WEAK_HEADERS) + soft + firm + silent, 2)


def _says_nothing_else(message: Message) -> bool:
    words = message.new_text[: ALL_IT_SAYS + 1]
    length = len(words) + 2 * sum(char >= "\u3000" for char in words)
    return length <= ALL_IT_SAYS and not (message.attachments or message.forwarded or message.quoted_text)


def _only_soft(kind: Kind, hits: Iterable[Hit], looped: bool) -> bool:
    return not looped and all(hit.mark.soft for hit in hits if _counts(hit, kind))


def _for_a_person(kind: Kind, hits: list[Hit], people: list[Hit], message: Message, own: frozenset[str]) -> float:
    """What speaks against ``kind``: words of a person, the thread, lists people write to."""
    words = sum(hit.mark.weight for hit in people) + sum(h.mark.weight for h in hits if h.mark.kind == "person")
    if kind == Kind.BOUNCE and any(h.where == "sender" and h.mark.kind == kind.value and not h.mark.soft for h in hits):
        return 0.0  # mail systems do not complain; the words are those of the mail that came back
    words *= DAMPED.get(kind, 1.0)
    if kind in _BY_SENDERS:
        if _continues(message, own):
            words += THREAD_WITH_US
        elif message.in_reply_to or message.references:
            words += THREAD
    return words


def _without_echo(text: str) -> str:
    """The text without lines and titles that repeat a subject: bounces, receipts and tickets quote ours."""
    lines = _TITLE.sub("", text[:10_000]).split("\n")
    return "\n".join(line for line in lines if not _GAPS.sub("", line[:20]).lower().startswith(_ECHO))


def _continues(message: Message, own: frozenset[str]) -> bool:
    """Does it answer a mail of our domains?"""
    domains = {address.rpartition("@")[2] for address in own}
    known = (message.in_reply_to, *message.references)
    return any(name.rpartition("@")[2].lower() in domains for name in known if name)


def _bears_its_own_address(message: Message) -> bool:
    """Filters mark what they answer by themselves with their owner's address, so that it is not answered back."""
    sender = message.sender.address.lower() if message.sender else ""
    answers = bool(message.in_reply_to or message.references)
    return bool(sender) and answers and any(sender == v.strip(" <>").lower() for v in message.headers.get("x-loop", ()))


def _bears_our_address(message: Message, own: frozenset[str]) -> bool:
    values = " ".join(message.headers.get("x-loop", ())).lower()
    return bool(values) and any(address in values for address in own)
