"""Content transfer encodings (RFC 2045 section 6), read the way every mail client does: tolerant, and whole."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_WORD_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_WORDS = re.compile(rb"[^\s][ \t]+[^\s]|^[ \t]+[^\s]")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.M)
SAMPLE = 4096


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The content behind a Content-Transfer-Encoding, and a problem (usually empty).  Never raises.

    An unknown encoding is taken as none; what claims to be base64 and plainly is not, likewise.
    """
    name = encoding.strip().lower()
    if name == "base64" or name == "b" or name == "base-64":
        return decode_base64(data)
    if name in ("quoted-printable", "quotedprintable", "quoted", "q"):
        return decode_quoted_printable(data), ""
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return decode_uu(data)
    if name in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"):
        return data, ""
    return data, f"transfer encoding {name[:30]} unknown, taken as it is"


def decode_base64(data: bytes) -> tuple[bytes, str]:
    """Base64 with all that goes wrong on the way: cut off, unpadded, blocks joined, foreign characters in between."""
    sample = data[:SAMPLE]
    if len(_NOT_BASE64.findall(sample)) * 12 > len(sample):
        return data, "transfer encoding base64 declared, but the content is not base64"
    end = data.rstrip(b"\r\n\t =")
    if b"=" not in end:
        try:
            return binascii.a2b_base64(data), ""
        except binascii.Error:
            pass
    out: list[bytes] = []
    problem = ""
    for block in re.split(rb"=+", end):
        if out and (_WORDS.search(block) or len(_NOT_BASE64.findall(block)) * 20 > len(block)):
            problem = "base64: foreign text behind the end left out"
            break  # a list footer or a virus scanner's advert behind the padding
        clean = _WORD_BASE64.sub(b"", block)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
            problem = "base64: cut off or damaged"
        out.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    if not problem and len(out) == 1 and not data.rstrip().endswith(b"=") and len(_WORD_BASE64.sub(b"", end)) % 4:
        problem = "base64: cut off or damaged"
    return b"".join(out), problem


def decode_quoted_printable(data: bytes) -> bytes:
    """Quoted-printable; a ``=`` that escapes nothing stays as it is."""
    return binascii.a2b_qp(data)


def decode_uu(data: bytes) -> tuple[bytes, str]:
    """Uuencode, with or without its begin line; lines that are no uuencode are left out with a problem."""
    match = _UU_BEGIN.search(data)
    out = []
    problem = ""
    for line in data[match.end() if match else 0 :].splitlines():
        if line.strip() in (b"end", b"`", b""):
            if line.strip() == b"end":
                break
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            try:  # trailing characters added or stripped by a gateway
                length = (((line[0] - 32) & 63) * 4 + 5) // 3
                out.append(binascii.a2b_uu(line[:length].ljust(length)))
            except binascii.Error:
                problem = "uuencode: damaged lines left out"
    return b"".join(out), problem
