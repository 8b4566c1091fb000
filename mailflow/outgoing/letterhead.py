"""The letterhead: who writes our mails, and what stands at their foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailflow.domain.model import Address
from mailflow.outgoing.compose import LANGUAGE_TAGS
from mailflow.outgoing.templates import MailTemplates


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the From address and what stands at the foot of every mail.  Fields ``_en`` serve English mails.

    ``first_reply`` is the only sentence about time a mail may hold; the company writes it and answers for it.
    ``channels`` are the ways to reach the company, one line each (site, service account, hours).
    """

    sender: Address
    name: str
    name_en: str = ""
    department: str = "客户服务部"
    department_en: str = "Customer Service"
    phone: str = ""
    urgent_phone: str = ""
    address: str = ""
    address_en: str = ""
    channels: tuple[str, ...] = ()
    channels_en: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    signature_en: tuple[str, ...] = ()
    first_reply: str = ""
    first_reply_en: str = ""


def letterhead_values(company: Letterhead, templates: MailTemplates, language: str) -> dict[str, Any]:
    """The letterhead as templates use it, in this language; our own Chinese words in its script."""
    english = language == "en"

    def ours(text: str) -> str:
        return templates.our_words(language, text)

    return {
        "language_tag": LANGUAGE_TAGS.get(language, LANGUAGE_TAGS["zh"]),
        "company_name": company.name_en or company.name if english else company.name,
        "department": ours(company.department_en if english else company.department),
        "phone": company.phone,
        "urgent_phone": company.urgent_phone,
        "address": ours(company.address_en if english else company.address),
        "channels": [ours(line) for line in (company.channels_en if english else company.channels)],
        "signature": [ours(line) for line in (company.signature_en if english else company.signature)],
        "first_reply": ours(company.first_reply_en if english else company.first_reply),
    }
