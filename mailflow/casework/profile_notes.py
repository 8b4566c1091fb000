"""Mails to our people about customers' profiles: values to be confirmed, and changes for whoever keeps the copy.

Pure.  What customers wrote is data: on one line, with no link that could be clicked; nothing of a value is left out, so
that nobody agrees blind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.casework.asked import Head
from mailflow.casework.writing import mail_of
from mailflow.domain.model import OutgoingMail
from mailflow.outgoing.compose import one_line

LONGEST = 1_000  # characters of a line: a value, what it replaces, and their titles
_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_])|(?<=:)/(?=/)")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with the lines below it."""

    title: str
    lines: Sequence[str]


def proposals_mail(head: Head, blocks: Sequence[Block], token: str) -> OutgoingMail:
    """Ask whether what mails say of customers holds, a numbered point each."""
    words = head.paper.templates.labels(head.paper.language, "subjects")["profile"]
    subject = f"{words.replace('{count}', str(len(blocks)))} 〔{token}〕"
    return mail_of(head, "profile", subject, {"details": _lines(blocks), "count": len(blocks)})


def check_mail(head: Head, blocks: Sequence[Block], token: str, period: str) -> OutgoingMail:
    """Ask somebody to check whole profiles, a numbered point each."""
    words = head.paper.templates.labels(head.paper.language, "subjects")["profile_check"]
    subject = f"{words.replace('{count}', str(len(blocks))).replace('{period}', period)} 〔{token}〕"
    return mail_of(head, "profile_check", subject, {"details": _lines(blocks), "count": len(blocks), "due": period})


def changes_mail(head: Head, blocks: Sequence[Block]) -> OutgoingMail:
    """Tell whoever keeps the copies what changed, customer by customer."""
    words = head.paper.templates.labels(head.paper.language, "subjects")["profile_copy"]
    subject = words.replace("{count}", str(len(blocks)))
    return mail_of(head, "profile_copy", subject, {"details": _lines(blocks), "count": len(blocks)})


def _lines(blocks: Sequence[Block]) -> list[str]:
    lines = [line for block in blocks for line in (block.title, *(f"— {each}" for each in block.lines))]
    return [one_line(_DOT.sub(r"[\g<0>]", line), LONGEST) for line in lines]
