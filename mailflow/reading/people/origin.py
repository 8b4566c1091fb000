"""Who wrote a mail: its sender, or, when our own people passed it on, the sender of the mail inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from mailflow.domain.model import Address, Message

IsOurs = Callable[[Address | None], bool]

_READ = 20_000  # characters of forwarded text; header blocks stand at its beginning
_FROM = re.compile(
    r"^[>\s*]{0,8}(?:发件人|发信人|寄件人|寄件者|發件人|from)[\s　*]{0,4}[:：][\s*]{0,4}(?P<who>[^\n]{3,300})",
    re.I | re.M,
)
_SPEC = re.compile(r"[^\s<>\[\]()\"',;:，；]{1,64}@[a-z0-9][a-z0-9.-]{0,250}[a-z0-9]", re.I)
_AROUND = " \t\"'“”<[(（*"
_MAILTO = re.compile(r"mailto:\s*$", re.I)


def author(message: Message, is_ours: IsOurs, people: Collection[str] = ()) -> Address | None:
    """The person whose mail this is; None when our own people wrote it themselves (or nobody is named).

    ``people`` are the addresses of our staff, lower case: a Reply-To of theirs is their own.
    """
    if not is_ours(message.sender):
        return message.sender
    for attached in message.forwarded:
        found = author(attached, is_ours)
        if found is not None:
            return found
    for person in senders_within(message.forwarded_text):
        if not is_ours(person):
            return person
    return message.reply_to[0] if is_form(message, is_ours, people) else None


def senders_within(text: str) -> list[Address]:
    """The senders that the header blocks of forwarded mails name, in order; of a long text those of its beginning."""
    return [person for line in _FROM.finditer(text[:_READ]) if (person := _person(line["who"]))]


def is_form(message: Message, is_ours: IsOurs, people: Collection[str]) -> bool:
    """Did a form on our site send this: in our name, with the address of whoever filled it in as Reply-To?"""
    sender = message.sender
    if sender is None or not is_ours(sender) or sender.address.lower() in people:
        return False
    passed_on = message.forwarded or message.forwarded_text.strip() or message.in_reply_to
    return bool(message.reply_to) and not passed_on and not is_ours(message.reply_to[0])


def _person(words: str) -> Address | None:
    """``张三 <a@b.cn>``, ``"张三"[mailto:a@b.cn]`` or a bare address."""
    found = _SPEC.search(words)
    if found is None:
        return None
    local, _, domain = found[0].rpartition("@")
    name = _MAILTO.sub("", words[: found.start()]).strip(_AROUND)
    return Address(name, f"{local}@{domain.lower()}")
