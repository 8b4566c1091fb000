"""winmail.dat: the envelope Outlook wraps around a mail in its rich format (MS-OXTNEF), opened with tnefparse."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tnefparse import TNEF

from mailflow.decoding.charsets import decode_text

MAX_FILES = 500

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it warns about strangers' bytes; problems say it better

_LONG_FILENAME = 0x3707
_HEADER = 6  # signature and key
_ATTRIBUTE = 11  # level, id, length and checksum around the data


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside: files as (name, content), the body as text or HTML (either may be empty), a problem."""

    files: tuple[tuple[str, bytes], ...] = ()
    text: str = ""
    html: str = ""
    problem: str = ""


def open_tnef(data: bytes) -> Opened:
    """Open winmail.dat.  Never raises: what cannot be opened comes back empty with a problem."""
    try:
        envelope = TNEF(data, do_checksum=False)
    except Exception as error:  # tnefparse raises struct, value, index, attribute and codec errors on damaged input
        return Opened(problem=f"winmail.dat not readable ({type(error).__name__})")
    codepage = _codepage(envelope)
    files = []
    for number, attachment in enumerate(envelope.attachments[:MAX_FILES], 1):
        content = attachment.data
        if isinstance(content, bytes) and content:
            files.append((_name(attachment, codepage) or f"part-{number}.bin", content))
    text = _text(envelope.body, codepage)
    html = _text(envelope.htmlbody, codepage)
    problem = ""
    if not files and not text and not html:
        problem = "winmail.dat holds nothing that could be read"
    elif not _is_whole(data):
        problem = "winmail.dat is cut off or damaged"
    return Opened(tuple(files), text, html, problem)


def _is_whole(data: bytes) -> bool:
    """Whether the chain of attributes (MS-OXTNEF section 2.1.3) ends where the data end; tnefparse does not say."""
    position = _HEADER
    while position + _ATTRIBUTE <= len(data):
        position += _ATTRIBUTE + int.from_bytes(data[position + 5 : position + 9], "little")
    return position <= len(data)


def _codepage(envelope: TNEF) -> str:
    page = getattr(envelope, "codepage", None)
    return str(page) if page else ""


def _name(attachment: object, codepage: str) -> str:
    """The long name, else the short one.  Read from the raw bytes: tnefparse's own properties decode strictly."""
    names = [attribute.data for attribute in getattr(attachment, "mapi_attrs", ()) if attribute.name == _LONG_FILENAME]
    for name in (*names, getattr(attachment, "_name", b"")):
        text = _text(name, codepage).strip()
        if text:
            return text
    return ""


def _text(value: object, codepage: str) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else b""
    if isinstance(value, bytes):
        value = decode_text(value.rstrip(b"\x00"), codepage)[0]
    return value.rstrip("\x00") if isinstance(value, str) else ""
