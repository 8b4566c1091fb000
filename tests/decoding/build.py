"""Raw mails built byte by byte, so that a test can be wrong in exactly one way."""

from __future__ import annotations

import base64

HEAD = b"From: a@kunde.example\r\nTo: kf@firma.example\r\nSubject: x\r\n"


def mail(body: bytes = b"", *fields: bytes, head: bytes = HEAD) -> bytes:
    """A mail of one part with extra header fields."""
    return head + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def part(body: bytes, *fields: bytes) -> bytes:
    """One entity of a multipart."""
    return b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def multipart(
    *parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b0", end: bytes = b"--", head: bytes = HEAD
) -> bytes:
    """A multipart mail."""
    return head + entity(*parts, kind=kind, boundary=boundary, end=end)


def entity(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b0", end: bytes = b"--") -> bytes:
    """A multipart entity without a mail's header."""
    body = b"".join(b"--" + boundary + b"\r\n" + item + b"\r\n" for item in parts)
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n'
        + body + (b"--" + boundary + end + b"\r\n" if end else b"")
    )  # fmt: skip


def text(body: str, charset: str = "utf-8") -> bytes:
    """A text part."""
    return part(
        body.encode(charset),
        b"Content-Type: text/plain; charset=" + charset.encode(),
        b"Content-Transfer-Encoding: 8bit",
    )


def b64(data: bytes) -> bytes:
    """Base64 in lines of 76."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def word(value: str, charset: str, label: str = "") -> bytes:
    """An RFC 2047 encoded word, B encoding, its label free to lie."""
    return b"=?" + (label or charset).encode() + b"?B?" + base64.b64encode(value.encode(charset)) + b"?="


def attachment(data: bytes, *fields: bytes, kind: bytes = b"application/pdf") -> bytes:
    """A base64 part."""
    return part(b64(data), b"Content-Type: " + kind, b"Content-Transfer-Encoding: base64", *fields)
