"""Outgoing mail, safely composed: headers no name or subject can break out of, subjects that keep the thread.

The bytes are put together directly: the standard library's header objects decode what looks encoded in a stranger's
subject, and let a line break out of it (docs/decisions/0020-own-mail-composing.md).  Tests parse the bytes back with
the standard library and compare them with the values that went in.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote

from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Address, Attachment, Message, OutgoingMail
from mailflow.domain.wrapped import on_one_line
from mailflow.outgoing.links import link_mark, without_links

LOOP_HEADER = "X-Mailflow-Loop"
"""Stands in every mail we send, with our address; a mail that comes in with it has come round in a circle."""

CASE_HEADER = "X-Mailflow-Case"
"""The case number, for our own filing of sent mail and for readers of a bounce."""

LANGUAGE_TAGS = {"zh": "zh-CN", "zh-Hant": "zh-TW", "en": "en"}

MAX_SUBJECT = 100  # characters of the customer's subject we repeat; lists in mail programs show far fewer
MAX_NAME = 80
MAX_ID = 250  # a Message-ID longer than this comes from a broken or hostile program (RFC 5322: lines <= 998)
MAX_REFERENCES = 12  # RFC 5322 allows any number; a long thread would grow the header without end

# Control and format characters: line breaks of every kind, bidirectional overrides, zero-width and tag characters,
# lone surrogates.  In a header they are an injection or a disguise, never content.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_MESSAGE_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]+")  # visible ASCII but "<" and ">"
_LOCAL = re.compile(r"[^\s\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,90}")
_NAME = re.compile(r"[\u3400-\u9fff·]{2,8}(?: [\u3400-\u9fff]{1,4})?|[A-Za-z][A-Za-z .'-]{1,39}")
_LINE_END = re.compile(r"\r\n|\r|\n")


# --------------------------------------------------------------------------------------------------- text of strangers


def one_line(text: str, limit: int = MAX_SUBJECT) -> str:
    """The text on one line, without invisible characters, its spaces collapsed, cut with ``…`` at the limit."""
    line = on_one_line(text)
    if not line.isprintable():
        line = " ".join(_INVISIBLE.sub("", line).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def harmless(text: str, language: str, limit: int) -> str:
    """Strangers' words fit to be shown in a mail of ours: one line, visible characters, no links, cut at the limit."""
    line = without_links(one_line(text, 4 * limit), link_mark(language))
    return one_line(line, limit) if len(line) > limit else line


def name_to_greet(text: str, language: str) -> str:
    """A stranger's name to begin a mail with, when it looks like a name; otherwise empty."""
    name = harmless(text, language, 40)
    return name if _NAME.fullmatch(name) else ""


def mail_address(address: str) -> str:
    """The address as it goes on the wire, its domain in ASCII (IDNA); empty when it is no address.

    Only the plain form ``dot-atom@domain`` of RFC 5321 section 4.1.2 is accepted, with the letters RFC 6531 adds to
    the local part.  Quoted local parts and address literals are legal and never seen outside attacks.
    """
    local, _, domain = address.strip().rpartition("@")
    if not _LOCAL.fullmatch(local) or _INVISIBLE.search(local):
        return ""
    try:
        ascii_domain = domain.lower() if domain.isascii() else domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local}@{ascii_domain}" if _DOMAIN.fullmatch(ascii_domain) else ""


# ------------------------------------------------------------------------------------------------------------ subjects

_COLON = "[:：︰]"
# What mail programs put before a subject, as often as they like (Outlook and Coremail in Chinese, RFC 5322
# section 3.6.5 "Re:", German and Swedish programs), and what gateways put there about the sender.
_PREFIX = re.compile(
    rf"""\s*(?:
      (?:re|fwd?|aw|wg|sv|vs|回复|回覆|答复|答覆|转发|轉發|转寄|轉寄|转|轉)\s*(?:[\[(（]\d{{1,3}}[\])）]|\d{{1,2}})?\s*{_COLON}
    | [\[【(（{{<]\s*(?:external|ext|spam\??|junk|外部邮件|外部郵件|外部|外来邮件|垃圾邮件|可疑邮件|疑似垃圾邮件)
      (?:\s+(?:e-?mail|mail|sender))?\s*[\]】)）}}>]
    | \*{{2,5}}\s*(?:spam|垃圾邮件)\s*\*{{2,5}}
    | external\s*{_COLON}
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_SUFFIX = re.compile(r"\s*[【\[](?:请注意|注意|提示|警告)[^】\]]{0,60}(?:代发|外部|可疑)[^】\]]{0,30}[】\]]\s*$")

_TOKEN_MARK = re.compile(r"〔MF-[A-Za-z0-9-]{1,80}〕")

_ANSWER = {"zh": "回复：", "zh-Hant": "回覆：", "en": "Re: "}
_NO_SUBJECT = {"zh": "您的来信", "zh-Hant": "您的來信", "en": "Your message"}


def bare_subject(subject: str) -> str:
    """The subject without stacked answer and forward prefixes and gateway marks."""
    rest = one_line(subject, 500)
    while match := _PREFIX.match(rest):
        rest = rest[match.end() :]
    return _SUFFIX.sub("", rest).strip()


def is_answer(subject: str) -> bool:
    """Whether a mail program has put its mark of an answer or a forward before the subject."""
    rest = one_line(subject, 500)
    while match := _PREFIX.match(rest):
        if match[0].rstrip()[-1:] in _COLON and not match[0].lstrip().lower().startswith("external"):
            return True
        rest = rest[match.end() :]
    return False


def thread_subject(subject: str, case_number: str = "", language: str = "zh") -> str:
    """The subject of an answer: one prefix, the customer's words without links, the case number once at the end."""
    mark = f"[{one_line(case_number, 40)}]" if case_number else ""
    words = _TOKEN_MARK.sub("", bare_subject(subject))  # our own staff's business, never a customer's
    if mark:
        words = " ".join(words.replace(mark, " ").split())
    words = harmless(bare_subject(words), language, MAX_SUBJECT) or _NO_SUBJECT.get(language, _NO_SUBJECT["zh"])
    return f"{_ANSWER.get(language, _ANSWER['zh'])}{words} {mark}".rstrip()


# ------------------------------------------------------------------------------------------------------------- threads


def new_message_id(domain: str, now: datetime, token: str) -> str:
    """A Message-ID (RFC 5322 section 3.6.4), without brackets.  ``token`` makes it unique: occasion and random part.

    The time is UTC so that sorting by it is sorting by age; the same arguments give the same ID.
    """
    if now.utcoffset() is None:
        raise ValueError("the time of a Message-ID must be aware")
    left = re.sub(r"[^A-Za-z0-9.-]", "-", token).strip(".-")[:120]
    left = re.sub(r"\.{2,}", ".", left)
    right = mail_address(f"x@{domain}").rpartition("@")[2] or "mailflow.invalid"
    return f"{int(now.timestamp()):x}.{left}@{right}"


def thread_of(message: Message) -> tuple[str, tuple[str, ...]]:
    """In-Reply-To and References of an answer to this mail (RFC 5322 section 3.6.4), without brackets, bounded.

    The first reference is kept, since it names the thread, and then the newest ones.
    """
    parent = message.message_id if _usable_id(message.message_id) else ""
    earlier = message.references or ((message.in_reply_to,) if message.in_reply_to else ())
    chain = list(dict.fromkeys(item for item in (*earlier, parent) if _usable_id(item)))
    if len(chain) > MAX_REFERENCES:
        chain = [chain[0], *chain[1 - MAX_REFERENCES :]]
    return parent, tuple(chain)


def _usable_id(value: str) -> bool:
    return len(value) <= MAX_ID and bool(_MESSAGE_ID.fullmatch(value))


# ------------------------------------------------------------------------------------------------------------- the mail


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be written.  ``date`` is aware.

    ``auto_submitted`` is ``auto-replied`` for answers, ``auto-generated`` for notices nobody's mail asked for, ``no``
    for a mail a person wrote (RFC 3834 section 5).  ``message_id``, ``in_reply_to`` and ``references`` come without
    brackets.  Attachments that are ``inline`` and have a ``content_id`` are pictures the HTML shows as ``cid:...``.
    """

    sender: Address
    to: Sequence[Address]
    subject: str
    text: str
    message_id: str
    date: datetime
    html: str = ""
    language: str = "zh"
    reply_to: Address | None = None
    in_reply_to: str = ""
    references: Sequence[str] = ()
    auto_submitted: str = "auto-replied"
    case_number: str = ""
    attachments: Sequence[Attachment] = ()


def compose(draft: Draft) -> OutgoingMail:
    """A finished mail: headers, plain text, and the same as HTML when given.  Raises PermanentError on a bad address.

    The envelope sender is our own address and not ``<>`` (which RFC 3834 section 3.3 would allow): a bounce must come
    back, and Chinese providers refuse any other envelope sender than the account's.
    """
    if draft.date.utcoffset() is None:
        raise ValueError("the date of a mail must be aware")
    if not _usable_id(draft.message_id) or "@" not in draft.message_id:
        raise ValueError("not a Message-ID")
    if draft.auto_submitted not in ("auto-replied", "auto-generated", "no"):
        raise ValueError(f"{draft.auto_submitted!r} is no value of Auto-Submitted")
    if not draft.to:
        raise PermanentError("a mail needs a recipient")
    own = _checked(draft.sender)
    recipients = tuple(dict.fromkeys(_checked(address) for address in draft.to))

    lines = [
        f"From: {_mailbox(draft.sender)}",
        "To: " + ",\r\n ".join(_recipient(address) for address in draft.to),
        f"Subject: {_unstructured(draft.subject, 9)}",
        f"Date: {format_datetime(draft.date)}",
        f"Message-ID: <{draft.message_id}>",
    ]
    if draft.reply_to is not None:
        lines.append(f"Reply-To: {_mailbox(draft.reply_to)}")
    if draft.in_reply_to and _usable_id(draft.in_reply_to):
        lines.append(f"In-Reply-To: <{draft.in_reply_to}>")
    if kept := [item for item in draft.references if _usable_id(item)]:
        lines.append("References: " + "\r\n ".join(f"<{item}>" for item in kept))
    if draft.auto_submitted != "no":
        # The first is the standard (RFC 3834), the second what Exchange and Outlook look at.
        lines += [f"Auto-Submitted: {draft.auto_submitted}", "X-Auto-Response-Suppress: All"]
    lines.append(f"{LOOP_HEADER}: {own}")
    if draft.case_number:
        lines.append(f"{CASE_HEADER}: {_unstructured(one_line(draft.case_number, 40), 17)}")
    lines += [f"Content-Language: {LANGUAGE_TAGS.get(draft.language, 'zh-CN')}", "MIME-Version: 1.0"]

    # No boundary can occur in base64, so it need not be random: the same mail is the same bytes.
    boundary = "=_" + sha256(draft.message_id.encode()).hexdigest()[:32]
    pictures = [item for item in draft.attachments if item.inline and item.content_id and draft.html]
    body = _body(draft.text, draft.html, boundary, pictures)
    if beside := [item for item in draft.attachments if item not in pictures]:
        outer = f"{boundary}.m"
        files = [attached_part(attachment) for attachment in beside]
        body = _multipart("mixed", outer, [body, *files])
    return OutgoingMail(own, recipients, draft.message_id, ("\r\n".join(lines) + "\r\n" + body).encode("utf-8"))


def words_of(mail: OutgoingMail) -> str:
    """The plain text of a finished mail, as its reader sees it."""
    body = message_from_bytes(mail.raw, policy=default).get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def _body(text: str, html: str, boundary: str, pictures: Sequence[Attachment]) -> str:
    plain = _part("text/plain; charset=utf-8", text)
    if not html:
        return plain
    page = _part("text/html; charset=utf-8", html)
    if pictures:  # what the page shows belongs to it (RFC 2387), and is no file beside it
        page = _multipart("related", f"{boundary}.r", [page, *map(_shown_part, pictures)])
    return _multipart("alternative", boundary, [plain, page])


def _multipart(subtype: str, boundary: str, parts: Sequence[str]) -> str:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'
    return head + "".join(f"--{boundary}\r\n{part}" for part in parts) + f"--{boundary}--\r\n"


def _part(content_type: str, text: str) -> str:
    # The canonical form of text has CRLF line ends, also below base64 (RFC 2045 section 6.8).
    canonical = _LINE_END.sub("\r\n", text).encode("utf-8", "replace")
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{_base64(canonical)}"


def attached_part(attachment: Attachment) -> str:
    """A file as it stands in a mail: its headers and content, without the boundary before it."""
    kind = attachment.type.lower() if _MEDIA_TYPE.fullmatch(attachment.type.lower()) else "application/octet-stream"
    name = one_line(attachment.safe_name or attachment.name, MAX_NAME) or "file"
    return (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        # RFC 2231 section 4; every program this product meets reads it, also in Chinese.
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quote(name, safe='')}\r\n\r\n"
        f"{_base64(attachment.content)}"
    )


def _shown_part(picture: Attachment) -> str:
    """A picture the page shows by its Content-ID (RFC 2392), which is ours."""
    if not _usable_id(picture.content_id) or not _MEDIA_TYPE.fullmatch(picture.type):
        raise ValueError("not a picture of ours")
    return (
        f"Content-Type: {picture.type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture.content_id}>\r\nContent-Disposition: inline\r\n\r\n{_base64(picture.content)}"
    )


def _base64(content: bytes) -> str:
    flat = b64encode(content).decode("ascii")
    return "\r\n".join([flat[at : at + 76] for at in range(0, len(flat), 76)]) + "\r\n"


# ------------------------------------------------------------------------------------------------------- header values


def _checked(address: Address) -> str:
    found = mail_address(address.address)
    if not found:
        raise PermanentError("not a usable mail address", remedy="correct the address and send again")
    return found


def _recipient(address: Address) -> str:
    """The same; a name that holds a link, as a stranger may call himself or his victim, is left out."""
    name = one_line(address.name, MAX_NAME)
    return _mailbox(address if without_links(name, "") == name else Address("", address.address))


def _mailbox(address: Address) -> str:
    """``name <addr>`` (RFC 5322 section 3.4), the name quoted or as encoded words; a garbled name is left out."""
    spec = _checked(address)
    name = one_line(address.name, MAX_NAME)
    if not name or "\ufffd" in name or name.lower() == spec.lower():
        return spec
    if _plain(name):
        escaped = name.replace("\\", r"\\").replace('"', r"\"")
        return f'"{escaped}" <{spec}>'
    return f"{_encoded_words(name)}\r\n <{spec}>"


def _unstructured(text: str, used: int) -> str:
    """A header's free text: folded at spaces when plain, otherwise encoded words (RFC 2047)."""
    line = one_line(text, 500)
    if not _plain(line):
        return _encoded_words(line)
    rows: list[str] = []
    row = ""
    for word in line.split(" "):
        if row and used + len(row) + 1 + len(word) > 78:
            rows.append(row)
            row, used = word, 1
        else:
            row = f"{row} {word}" if row else word
    return "\r\n ".join([*rows, row])


def _plain(text: str) -> bool:
    # "=?" in plain text would be read as the start of an encoded word.
    return "=?" not in text and bool(_PRINTABLE.fullmatch(text))


def _encoded_words(text: str) -> str:
    """Encoded words of at most 64 characters, each holding whole characters (RFC 2047 sections 2 and 5)."""
    raw = text.encode("utf-8", "replace")
    words = []
    start = 0
    while start < len(raw):
        end = min(start + 39, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # not in the middle of a character
            end -= 1
        words.append(f"=?utf-8?B?{b64encode(raw[start:end]).decode('ascii')}?=")
        start = end
    return "\r\n ".join(words)
