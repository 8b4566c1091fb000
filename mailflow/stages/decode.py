"""Stage 2: the bytes of a mail become a Message.

Our own reading of headers, charsets and part boundaries comes first, because strangers' mail breaks all three; what
comes out is a clean mail, which mail-parser then takes apart into addresses, receipt, letter and files.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message as Skeleton
from itertools import islice

from mailparser import MailParser

from mailflow.decoding import addresses, header_dates
from mailflow.decoding.bodies import Block, File, clean_text, is_stub, may_be_stub, sort_parts
from mailflow.decoding.bodies import Sorted as SortedParts
from mailflow.decoding.calendars import ANSWERS, read_calendar
from mailflow.decoding.damage import LOST
from mailflow.decoding.file_names import guess_type, safe_name, unique_names
from mailflow.decoding.headers import decode_value, unmasked
from mailflow.decoding.html_text import MAX_HTML, coloured_lines, has_bright_text, html_to_text
from mailflow.decoding.mime import Part, content_id, is_made_up, parse_structure
from mailflow.decoding.quotes import split_text
from mailflow.decoding.reports import read_report
from mailflow.decoding.smime import ENCRYPTED
from mailflow.decoding.tnef import open_tnef
from mailflow.domain.model import TRACE, Address, Attachment, Message

MAX_FORWARD_DEPTH = 5
MAX_FORWARDED = 50
MAX_IDENTIFIERS = 1000
MAX_IDENTIFIER = 998  # characters: it must not be folded, so a line holds it (RFC 5322 sections 2.1.1, 3.6.4)

_ADDRESS_FIELDS = {"from": "from_", "reply-to": "reply_to", "to": "to", "cc": "cc"}  # and what mail-parser calls them

_BRACKETED = re.compile(r"<([^<>]{1,998})>")

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # what it warns about stands in ``problems`` here


def decode(raw: bytes, received_at: datetime | None = None) -> Message:
    """Decode a whole mail.  Pure, and never raises on strangers' bytes.

    ``received_at`` is the mailbox's own time of arrival, used when no Received field tells it.  What was wrong stands
    in ``problems``; a problem that starts with ``unreadable:`` means that a person should look, because a limit was
    passed or nothing sensible came out.
    """
    try:
        return _decode(raw, received_at, 0)
    except Exception as error:
        # The promise of this stage: one mail of a stranger never stops the others.  The raw bytes are kept elsewhere.
        return Message(received_at=_utc(received_at), problems=(f"unreadable: {type(error).__name__}: {error}"[:300],))


# --------------------------------------------------------------------------------------------------------- in order


@dataclass(slots=True)
class _Reading:
    """What is known of a mail while it is being decoded."""

    headers: dict[str, tuple[str, ...]]
    raw_fields: dict[str, list[bytes]]
    hint: str
    trace: tuple[tuple[str, str], ...] = ()
    received_at: datetime | None = None
    mailboxes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    addresses: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    cut: dict[str, None] = field(default_factory=dict)

    def problem(self, words: str) -> None:
        if words and words not in self.problems and len(self.problems) < 100:
            self.problems.append(words)


def _decode(raw: bytes, received_at: datetime | None, depth: int) -> Message:
    problems = []
    if b"\r\r\n" in raw[:20000]:
        raw = raw.replace(b"\r\r\n", b"\r\n")
        problems.append("line ends doubled (CR CR LF), repaired")
    elif b"\n" not in raw[:20000] and b"\r" in raw[:20000]:
        raw = raw.replace(b"\r", b"\n")
        problems.append("line ends were bare CR, repaired")
    structure = parse_structure(raw)
    reading = _read_headers(structure.top, structure.hint)
    reading.cut |= dict.fromkeys(structure.cut)
    for problem in (*problems, *structure.problems):
        reading.problem(problem)
    letter = sort_parts(structure.top, structure.hint)
    for problem in letter.problems:
        reading.problem(problem)
    parsed = _parse(reading, letter)
    files, forwarded = _open_files(parsed, letter, reading, depth)
    _read_invitation(letter, files)
    text, html, answers = _compose(letter.blocks)
    if ENCRYPTED in reading.problems and not text.strip() and depth == 0:
        reading.problem(f"unreadable: {ENCRYPTED}")
    if depth == 0 and is_made_up(structure.top):
        reading.problem("unreadable: made up by the mail server in the place of a mail that is gone")
    if any(len(block.html) > MAX_HTML for block in letter.blocks):
        reading.problem(f"unreadable: HTML longer than {MAX_HTML} characters")
    subject = unmasked(_first(reading.headers, "subject"))
    is_reply = bool(_first(reading.headers, "in-reply-to"))
    parts = split_text(text, subject, answers, is_reply)
    if (parts.quoted or parts.announced) and not answers and html and has_bright_text(html):
        answers = coloured_lines(html_to_text(html))[1]
        parts = split_text(text, subject, answers, is_reply) if answers else parts
    report = read_report(structure.top)
    damaged = not reading.headers or structure.problems or letter.problems
    if damaged and report is None and not text.strip() and not files:
        reading.problem("unreadable: neither text nor files found")
    return Message(
        subject=subject,
        from_=reading.addresses.get("from", ()),
        reply_to=reading.addresses.get("reply-to", ()),
        to=reading.addresses.get("to", ()),
        cc=reading.addresses.get("cc", ()),
        date=header_dates.parse_date(_first(reading.headers, "date")),
        received_at=_received(parsed, reading) or _utc(received_at),
        message_id=_identifier(_first(reading.headers, "message-id")),
        in_reply_to=_identifier(_first(reading.headers, "in-reply-to")),
        references=_identifiers(_first(reading.headers, "references")),
        text=text,
        new_text=parts.new,
        quoted_text=parts.quoted,
        forwarded_text=parts.forwarded,
        signature=parts.signature,
        html=html,
        attachments=files,
        forwarded=forwarded,
        headers=reading.headers,
        trace=reading.trace,
        content_type=structure.top.type,
        report=report,
        charset=letter.charset,
        problems=tuple(reading.problems),
        cut=tuple(sorted(reading.cut.keys() | {name for mail in forwarded for name in mail.cut})),
    )


def _read_headers(top: Part, hint: str) -> _Reading:
    raw_fields: dict[str, list[bytes]] = {}
    for name, value in top.fields:
        raw_fields.setdefault(name.lower(), []).append(value)
    headers = {name: tuple(decode_value(value, hint) for value in values) for name, values in raw_fields.items()}
    received_at = header_dates.received_date(_first(headers, "received"))
    reading = _Reading(headers, raw_fields, hint, _trace(top, headers), received_at)
    for name in _ADDRESS_FIELDS:
        if name in raw_fields:
            reading.mailboxes[name] = _mailboxes(reading, name)
    for name in ("subject", "from"):
        shown = _first(headers, name)
        if LOST in shown:
            reading.problem(f"header {name}: charset: damaged places, marked")
        if unmasked(shown) != shown:
            reading.problem(f"header {name}: a mail server put X in the place of characters")
    for name in ("from", "subject", "date", "message-id"):
        if len(raw_fields.get(name, ())) > 1:
            reading.problem(f"header {name} stands {len(raw_fields[name])} times, the first one counts")
    return reading


def _trace(top: Part, headers: dict[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """The fields of servers in the order they stand: what stood above what tells who wrote it."""
    values = {name: iter(headers[name]) for name in TRACE if name in headers}
    names = (name.lower() for name, _ in top.fields)
    return tuple((name, next(values[name])) for name in names if name in values)


def _mailboxes(reading: _Reading, name: str) -> list[tuple[str, str]]:
    values = reading.raw_fields[name]
    if name == "from":
        values = [next((value for value in values if value), b"")]  # a second From is somebody's trick
    found = (item for value in values for item in addresses.address_items(value, reading.hint))
    items = [(unmasked(person), address) for person, address in islice(found, addresses.MAX_ADDRESSES)]
    if next(found, None) is not None:
        reading.cut[name] = None
    return items


class _Parser(MailParser):  # type: ignore[misc]
    """mail-parser without its summary of all headers, which it makes twice and nobody here reads."""

    def _make_mail(self, complete: bool = True) -> dict[str, object]:
        return {}


def _parse(reading: _Reading, letter: SortedParts) -> MailParser | None:
    """Hand mail-parser a clean mail: canonical addresses, the trusted Received, the files under their numbers.

    Contents stay outside: it decodes and keeps every body twice, which for a letter of a few kB would cost more than
    all the rest and for 25 MB three times the memory.  Addresses it took apart before are not handed over again; None
    when nothing is left to take apart.
    """
    skeleton = Skeleton()
    fresh: list[tuple[str, str]] = []
    for name, items in reading.mailboxes.items():
        line = ", ".join([_canonical(*item) for item in items])
        pairs = _ADDRESSES.get(line)
        if pairs is None:
            skeleton[name] = line
            fresh.append((name, line))
        else:
            reading.addresses[name] = pairs
    received = _first(reading.headers, "received")
    if received and reading.received_at is None:
        # Only the topmost was written by our own server; mail-parser knows forms of it that are no RFC 5321.
        skeleton["Received"] = received.encode("ascii", "replace").decode("ascii")
    if not len(skeleton) and not letter.files:
        return None
    skeleton["Content-Type"] = "multipart/mixed"
    skeleton.set_payload([_file_skeleton(number, file) for number, file in enumerate(letter.files)])
    parsed = _Parser(skeleton)
    for name, line in fresh:
        # Where mail-parser refuses some mailboxes that people do use (``a..b@docomo``), ours count.
        own, theirs = reading.mailboxes[name], getattr(parsed, _ADDRESS_FIELDS[name])
        pairs = tuple(Address(*pair) for pair in (theirs if len(theirs) == len(own) else own))
        reading.addresses[name] = pairs
        if len(line) < _SHORT:
            if len(_ADDRESSES) >= _KNOWN:
                _ADDRESSES.clear()
            _ADDRESSES[line] = pairs
    return parsed


_ADDRESSES: dict[str, tuple[Address, ...]] = {}  # what mail-parser made of address fields: most senders come again
_KNOWN, _SHORT = 4000, 400  # so many fields, each so long


def _canonical(name: str, address: str) -> str:
    word = f"=?utf-8?b?{base64.b64encode(name.encode('utf-8', 'replace')).decode()}?= " if name else ""
    return f"{word}<{address}>"


def _file_skeleton(number: int, file: File) -> Skeleton:
    part = Skeleton()
    # A message type would be walked into; the file is opaque here.
    kind = "application/octet-stream" if file.is_mail or "/" not in file.part.type else file.part.type
    part["Content-Type"] = "application/octet-stream" if kind.startswith("multipart/") else kind
    part["Content-Disposition"] = (
        f'{"inline" if file.part.disposition == "inline" else "attachment"}; filename="{number}"'
    )
    identifier = content_id(file.part)
    if identifier:
        part["Content-ID"] = identifier.encode("ascii", "replace").decode("ascii")
    part.set_payload("")
    return part


def _received(parsed: MailParser | None, reading: _Reading) -> datetime | None:
    """The date of the topmost Received, the only one our own server wrote."""
    if reading.received_at is not None:
        return reading.received_at
    hops: list[dict[str, str]] = parsed.received if parsed is not None else []
    if len(hops) == 1 and hops[0].get("date_utc"):
        return datetime.fromisoformat(hops[0]["date_utc"]).astimezone(UTC)
    return None


def _open_files(
    parsed: MailParser | None, letter: SortedParts, reading: _Reading, depth: int
) -> tuple[tuple[Attachment, ...], tuple[Message, ...]]:
    """The attachments with their contents, and the mails among them decoded."""
    found: list[Attachment] = []
    forwarded: list[Message] = []
    for listed in parsed.attachments if parsed is not None else ():
        file = letter.files[int(listed["filename"])]
        content, problem = file.part.content()
        reading.problem(problem and f"{file.name[:80]}: {problem}")
        if LOST in file.name:
            reading.problem(f"file name {file.name[:80]}: charset: damaged places, marked")
        if file.is_tnef and content and _open_winmail(content, letter, reading, found):
            continue
        identifier = content_id(file.part)
        inline = file.part.disposition == "inline" or (bool(identifier) and file.part.disposition != "attachment")
        kind = "message/rfc822" if file.is_mail else file.part.type  # by whatever name its sender called it
        found.append(Attachment(file.name, "", kind, content, identifier, inline))
        if file.is_mail and content.strip():
            if depth >= MAX_FORWARD_DEPTH or len(forwarded) >= MAX_FORWARDED:
                reading.problem(f"attached mails past depth {MAX_FORWARD_DEPTH} or number {MAX_FORWARDED} left closed")
                continue
            forwarded.append(_decode(content, None, depth + 1))
    names = unique_names(safe_name(item.name, f"attachment-{number}.bin") for number, item in enumerate(found, 1))
    return tuple(replace(item, safe_name=name) for item, name in zip(found, names, strict=True)), tuple(forwarded)


def _open_winmail(content: bytes, letter: SortedParts, reading: _Reading, found: list[Attachment]) -> bool:
    """Put what winmail.dat holds beside the other files; False leaves the envelope there too, as it came."""
    opened = open_tnef(content)
    reading.problem(opened.problem)
    for name, data in opened.files:
        found.append(Attachment(name, "", guess_type(name), data))
    has_letter = any(block.plain.strip() or block.html.strip() for block in letter.blocks)
    if not has_letter and (opened.text.strip() or opened.html.strip()):
        letter.blocks.append(Block(clean_text(opened.text), opened.html))
    return bool(opened.files) and not opened.problem


def _read_invitation(letter: SortedParts, files: tuple[Attachment, ...]) -> None:
    """An invitation's words are the letter when no other part says them; those of answers are the organizer's."""
    for file in files:
        if file.type == "text/calendar":
            found = read_calendar(file.content)
            said = "".join(f"{block.plain}{block.html}" for block in letter.blocks)
            if found.method not in ANSWERS and (found.description or found.summary)[:20] not in said:
                letter.blocks.append(Block(clean_text(found.words)))
            return


def _compose(blocks: Sequence[Block]) -> tuple[str, str, frozenset[str]]:
    """The whole letter as text (plain where there is a real plain reading), its HTML, and its coloured lines."""
    texts = []
    answers: frozenset[str] = frozenset()
    for block in blocks:
        text = block.plain
        if block.html and may_be_stub(text, block.html):
            reduced, coloured = coloured_lines(html_to_text(block.html))
            if is_stub(text, reduced):
                text, answers = reduced, answers | coloured
        if text.strip():
            texts.append(text.strip("\n"))
    return "\n\n".join(texts), "\n".join(block.html for block in blocks if block.html), answers


# ------------------------------------------------------------------------------------------------------------ details


def _first(headers: dict[str, tuple[str, ...]], name: str) -> str:
    values = headers.get(name, ())
    return next((value for value in values if value), "")


def _identifiers(value: str) -> tuple[str, ...]:
    """Message-IDs (RFC 5322 section 3.6.4) without brackets, in order, each once."""
    found = _BRACKETED.findall(value) or value.split()
    found = found if len(found) <= MAX_IDENTIFIERS else [found[0], *found[1 - MAX_IDENTIFIERS :]]  # the last count most
    stripped = (item.strip().replace(" ", "") for item in found)
    return tuple(dict.fromkeys(item for item in stripped if 0 < len(item) <= MAX_IDENTIFIER))


def _identifier(value: str) -> str:
    found = _identifiers(value)
    return found[0] if found else ""


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=header_dates.CHINA)).astimezone(UTC)
