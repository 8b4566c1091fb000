"""A finished mail of ours with other files attached: the same mail, byte for byte, but for them.

What a person agreed to is the text of a mail and of the file with it.  A file in another format is the same letter, so
nothing else of the mail may change, least of all its Message-ID.
"""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default

from mailflow.domain.model import Attachment
from mailflow.outgoing.compose import attached_part


def attached_to(raw: bytes, kind: str) -> list[Attachment]:
    """The files of this media type in a mail of ours."""
    found = []
    for part in message_from_bytes(raw, policy=default).walk():
        if part.get_content_type() == kind and part.get_content_disposition() == "attachment":
            content, name = part.get_payload(decode=True), part.get_filename() or ""
            if isinstance(content, bytes):
                found.append(Attachment(name, name, kind, content))
    return found


def exchanged(raw: bytes, old: Attachment, new: Sequence[Attachment]) -> bytes:
    """The mail with these files where ``old`` was.  Raises ValueError when it is not in it once, as we write it."""
    before = attached_part(old).encode()
    if raw.count(before) != 1:
        raise ValueError("the file is not attached once, as we attach it")
    start = raw.rindex(b"--", 0, raw.index(before))
    boundary = raw[start : raw.index(before)]
    return raw.replace(before, boundary.join(attached_part(item).encode() for item in new))
