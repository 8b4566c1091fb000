"""Whom a mail to a customer greets: the person, by the title he gave himself; else his company; else nobody by name.

A title is a fact about a person like any other: 先生 or 女士 stands only where the customer's own words put it to his
name.  What is no person's name (a department, a mailbox) greets nobody: then the company is addressed.
"""

from __future__ import annotations

import re

from mailflow.outgoing.compose import harmless, name_to_greet

ADDRESSEE = "addressee"
"""A case's note of the person letters are for, with the title his first mail gave him; empty for no person."""

_NO_PERSON = re.compile(
    r"(?:部|科|室|组|处|课|中心|办|公司|集团|工厂|厂|店|客服|采购|仓库|车间|邮箱|团队|前台|质检|品管|售后|有限)$"
    r"|^(?:客服|采购|销售|质量|售后|行政|财务|物流|仓储|品质)"
    r"|\b(?:sales|service|support|team|info|office|admin|department|purchasing|quality|customer|mail|no-?reply)\b",
    re.IGNORECASE,
)
_HAS_TITLE = re.compile(r"(?:先生|女士|小姐|经理|总监|主任|科长|部长|厂长|老师|师傅|工程师|总|工)$")
_GIVEN = {"先生": "先生", "女士": "女士", "小姐": "女士", "mr": "Mr", "ms": "Ms", "mrs": "Ms", "miss": "Ms"}
_LONGEST = 20_000  # characters of his own words that are looked through


def greeted(name: str, company: str, own_words: str, language: str) -> str:
    """Whom to greet; empty when neither a person nor a company is known.

    ``own_words`` are the customer's own (his new text, his signature).  The name is as it was read, untrusted.
    """
    person = name_to_greet(name, language)
    if person and not _NO_PERSON.search(person) and _is_written_as_name(person):
        return _with_title(person, own_words, language)
    return harmless(company, language, 60).strip("/ ")


def _is_written_as_name(person: str) -> bool:
    """A mailbox's local part is no name: zhang.wei."""
    return not person.isascii() or (person[:1].isupper() and "." not in person.strip("."))


def _with_title(person: str, own_words: str, language: str) -> str:
    if _HAS_TITLE.search(person):
        return person
    words, name = own_words[:_LONGEST], re.escape(person)
    found = re.search(rf"{name}[ \t　]{{0,4}}[（(]?[ \t]?(先生|女士|小姐)", words)
    found = found or re.search(rf"(?<![A-Za-z])(Mr|Mrs|Ms|Miss)\.?[ \t]{{1,2}}{name}(?![A-Za-z])", words)
    found = found or re.search(rf"{name}[ \t]{{0,4}}\((Mr|Mrs|Ms|Miss)\.?\)", words)
    title = _GIVEN.get(found[1].lower(), "") if found else ""
    if not title:
        return person
    if language == "en":
        return f"{title} {person}" if title.isascii() else person
    return person if title.isascii() else f"{person}{title}"
