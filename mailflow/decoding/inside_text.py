"""What stands inside of a text part and is no letter: files in uuencode, lines in base64 that nobody declared."""

from __future__ import annotations

import binascii
import re

from mailflow.decoding.damage import usual
from mailflow.decoding.transfer import decode_uu

MAX_FILES = 50

_UU = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,255})\n((?:[ -`]{1,64}[^\n]{0,8}\n)*?)(?:`?\n)?end[ \t]*$", re.M)
_BLOCK = re.compile(rb"(?:^[A-Za-z0-9+/]{40,78}\r?\n){1,5000}(?:^[A-Za-z0-9+/]{1,78}={0,2}[ \t]*(?:\r?\n|\Z))?", re.M)
_ONE_LINE = re.compile(rb"\A\s*([A-Za-z0-9+/]{40,998}={0,2})\s*\Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and these as (name, content).  Takes LF line ends."""
    files: list[tuple[str, bytes]] = []
    if "\nend" not in text or "begin " not in text:
        return text, files

    def take(match: re.Match[str]) -> str:
        content = decode_uu(match[0].encode("latin-1", "replace"))[0]
        if not content or len(files) >= MAX_FILES:
            return match[0]
        files.append((match[1].strip(), content))
        return ""

    return _UU.sub(take, text), files


def undeclared_base64(data: bytes, *, alone: bool) -> bytes:
    """``data`` with its lines of base64 decoded where text comes of them; empty when there are none.

    ``alone`` leaves out what stands around them: the part was declared as base64, so a gateway put it there.
    """
    if (whole := _ONE_LINE.match(data)) is not None:
        return _text_of(whole[1])
    for match in _BLOCK.finditer(data):
        if content := _text_of(match[0]):
            return content if alone else data[: match.start()] + content + b"\n" + data[match.end() :]
    return b""


def _text_of(block: bytes) -> bytes:
    """The content of base64 that is text: in UTF-8 or GB18030, with something beyond letters in it."""
    clean = b"".join(block.split())
    lines = block.split()
    if len({len(line) for line in lines[:-1]}) > 1 or len(clean) % 4 == 1:
        return b""
    try:
        content = binascii.a2b_base64(clean.rstrip(b"=") + b"=" * (-len(clean.rstrip(b"=")) % 4))
    except binascii.Error:
        return b""
    for codec in ("utf-8", "gb18030"):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if not text.isascii() and usual(text) < 0.5:
            return b""
        return content if _CONTROLS.search(text) is None and re.search(r"\s|[\u3000-\uffef]", text) else b""
    return b""
