"""The parts of a mail that are read, folded once, each with what the rules hit in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mailflow.domain import attached
from mailflow.domain.attached import FileText, Unread
from mailflow.domain.model import Attachment, Finding, Message
from mailflow.reading.matching.lexicon import Lexicon
from mailflow.reading.matching.normalise import code, fold, plain
from mailflow.reading.matching.pipeline import Hit, Pipeline
from mailflow.reading.matching.spans import ENOUGH

# Nobody writes more than this; a hostile megabyte is read at its two ends, where people say what they want.
HEAD, TAIL = 24_000, 8_000
MAX_ATTACHED, MAX_FILES = 3, 5
# Mails are read as mails, invitations and visiting cards are said in the mail, signatures say nothing.
_NO_FILES = ("message/", "text/calendar", "text/vcard", "text/x-vcard", "application/pkcs7", "application/x-pkcs7",
             "application/pgp")  # fmt: skip
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")  # people are shown them
SHORT = 5_000  # of subjects, signatures and quoted mails

_HAN_ITEM = r"[一二三四五六七八九十]{1,2}[、.,)]|第[一二三四五六七八九]件?[,、:]?"
_ITEM = re.compile(rf"(?:^|\n)[ \t]{{0,4}}(?:{_HAN_ITEM}|\(?\d{{1,2}}[).、,]|[-*·●•])")
ReadFile = Callable[[Attachment], FileText]
CODES = frozenset({"order_no", "batch_no", "model"})


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A stretch of one named part: ``text[i]`` is the folded ``original[i]`` and stands at ``offset + i`` there.

    ``lexicon`` holds the word lists it is read with.

    The part ``attachment:NAME`` of an attached mail is that mail's whole ``text``, that of a file its text as read.
    """

    source: str
    original: str
    text: str
    lexicon: Lexicon = field(repr=False)
    offset: int = 0
    hits: tuple[Hit, ...] = ()
    items: tuple[int, ...] = ()  # where the items of numbered lists begin
    shared: dict[Any, Any] = field(default_factory=dict, repr=False)  # worked out of it once, for all who ask

    role: str = field(init=False)
    """The source without the name of an attachment."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", self.source.partition(":")[0])

    def of(self, *fields: str) -> Sequence[Hit]:
        """The hits of rules that find one of these fields."""
        found: Sequence[Hit] | None = self.shared.get(fields)
        if found is None:
            found = self.shared[fields] = [hit for hit in self.hits if hit.rule.finds in fields]
        return found

    def finding(
        self, field: str, start: int, end: int, rule: str, confidence: float, value: str | None = None
    ) -> Finding:
        """A Finding for ``text[start:end]``; the value defaults to the words, or to the bare code for codes."""
        words = self.original[start:end]
        if value is None:
            value = code(words) if field in CODES else plain(words)
        at = self.offset + start
        return Finding(field, value, words, self.source, at, at + len(words), rule, round(confidence, 3))


def files(message: Message, file_text: ReadFile | None) -> list[FileText]:
    """The text of the attached files; of more than ``MAX_FILES`` the others are named as unread.

    Without ``file_text`` the attached files are not looked at.
    """
    if file_text is None or not message.attachments:
        return []
    held = [file for file in message.attachments if _is_text(file)]
    found = [file_text(file) for file in held[:MAX_FILES]]
    more = (file.safe_name for file in held[MAX_FILES:])
    return [*found, *(FileText(name, unread=(Unread(name, attached.TOO_MANY),)) for name in more)]


def read(message: Message, pipeline: Pipeline, files: Sequence[FileText] = ()) -> list[Part]:
    """Subject, new and forwarded text, attached mails and files, signature, quoted text; absent parts are left out."""
    found: list[Part] = []
    for source, whole in _sources(message, files):
        head, tail = (SHORT, SHORT) if source in ("subject", "signature", "quoted_text") else (HEAD, TAIL)
        for offset, original in _windows(whole, head, tail):
            text = fold(original)
            hits = [hit for hit in pipeline.hits(text) if not hit.rule.parts or source in hit.rule.parts]
            items = tuple(match.start() for match in islice(_ITEM.finditer(text), ENOUGH))
            found.append(Part(source, original, text, pipeline.lexicon, offset, tuple(hits), items))
    return found


def select(parts: Sequence[Part], *sources: str) -> list[Part]:
    """The parts of these sources (``attachment`` for all attached mails), in the order the sources are named."""
    return [part for source in sources for part in parts if part.role == source]


def _is_text(file: Attachment) -> bool:
    """May the file hold text?  Pictures do not, as long as nobody reads those."""
    if file.type.startswith((*_NO_FILES, "image/")) or file.content.startswith(_PICTURES):
        return False
    return b"ftypheic" not in file.content[:16] and b"ftypavif" not in file.content[:16]


def _sources(message: Message, files: Sequence[FileText]) -> Iterator[tuple[str, str]]:
    yield "subject", message.subject
    yield "new_text", message.new_text
    yield "forwarded_text", message.forwarded_text
    names = [file.safe_name for file in message.attachments if file.type == "message/rfc822"]
    for name, mail in zip(names[:MAX_ATTACHED], message.forwarded, strict=False):
        yield f"attachment:{name}", mail.text
    for file in files:
        yield f"attachment:{file.name}", file.text
    yield "signature", message.signature
    yield "quoted_text", message.quoted_text


def _windows(text: str, head: int, tail: int) -> Iterator[tuple[int, str]]:
    if len(text) <= head + tail:
        if text.strip():
            yield 0, text
    else:
        yield 0, text[:head]
        yield len(text) - tail, text[-tail:]
