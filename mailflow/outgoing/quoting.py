"""The sentence or clause of a mail in which something was read, to be quoted to whoever wrote it."""

from __future__ import annotations

import re

from mailflow.domain.model import Finding, Message
from mailflow.outgoing.compose import bare_subject

# Where a sentence ends, and where a clause does.  A full stop ends one only behind a word, not in "No. 5.3"; a comma or
# colon only where no number goes on.
_ENDS = (
    re.compile(r"[。！？!?；;\n]|(?<=[a-z]{3})\.(?=\s|$)"),
    re.compile(r"[，。！？!?；;：\n]|[,:](?!\d)|(?<=[a-z]{3})\.(?=\s|$)"),
)


_WRAPPED = re.compile(r"(?<=[^\n]{50})\n(?=[a-z])")  # a line end a mail program put into an English sentence
_BULLET = re.compile(r"^(?:[-·•*]|[(（]?\d{1,2}[.)）、](?!\d)|[一二三四五六七八九十]、)\s*")


def sentence_of(finding: Finding, message: Message, limit: int) -> str:
    """The sentence a finding stands in, or its clause if that is too long: "leaking" alone says less than he did.

    Empty where both are longer than ``limit``: a customer is shown nothing that was cut out of his words.
    """
    words, part, at = finding.words, "", finding.start
    if finding.source == "subject" and words in message.new_text:
        part, at = message.new_text, message.new_text.find(words)
    elif finding.source == "subject":
        subject = bare_subject(message.subject)
        return subject if words in subject and len(subject) <= limit else ""
    elif finding.source in ("new_text", "forwarded_text"):
        part = getattr(message, finding.source)
    end = at + len(words)
    if not words or part[at:end] != words:
        return words or finding.value
    first = max(at - 500, 0)
    part, at, end = _WRAPPED.sub(" ", part[first : end + 500]), at - first, end - first
    for ends in _ENDS:
        start = max((match.end() for match in ends.finditer(part, 0, at)), default=0)
        stop = ends.search(part, end)
        sentence = part[start : stop.start() if stop else None].strip(" \t，,、：:")
        if len(sentence) <= limit:
            return _BULLET.sub("", sentence)
    return ""
