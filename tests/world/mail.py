"""A mail put together by hand, so that it is no better than strangers make theirs."""

from __future__ import annotations

from email.header import Header


def mail_of(sender: str, subject: str, text: str, *, message_id: str, fields: str = "") -> bytes:
    """One part in UTF-8, HTML when ``text`` begins with ``<``; ``fields`` are more header lines, each with its end."""
    kind = "html" if text.startswith("<") else "plain"
    head = (
        "Received: from mx.kunde.example by mx.firm.example with ESMTP; Mon, 02 Mar 2026 10:00:00 +0800\n"
        f"{fields}From: {sender}\nTo: service@firm.example\nSubject: {Header(subject, 'utf-8', 60).encode()}\n"
        f"Message-ID: <{message_id}>\nMIME-Version: 1.0\nContent-Type: text/{kind}; charset=utf-8\n\n"
    )
    return (head + text + "\n").encode().replace(b"\n", b"\r\n")
