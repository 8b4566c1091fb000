"""How kinds of mail, facts and occasions of our mails are called when they are shown to operators."""

from __future__ import annotations

from mailflow.commands.language import is_english
from mailflow.sentences.catalogue import names


def kind_words(kind: str) -> str:
    """A kind of mail or case; its code, which commands take, in English."""
    return _named("kinds", kind)


def field_words(field: str) -> str:
    """A fact; its code, which ``mailflow correct`` takes, stands behind it."""
    return field if is_english() or field not in names("fields") else f"{names('fields')[field]} {field}"


def occasion_words(occasion: str) -> str:
    """What one of our mails was written for."""
    return _named("occasions", occasion.partition(":")[0])


def way_words(way: str) -> str:
    """How somebody signed."""
    return _named("ways", way)


def count_words(name: str) -> str:
    """What was counted: mails or replies in a state."""
    return _named("counts", name)


def _named(what: str, code: str) -> str:
    return code if is_english() else names(what).get(code, code)
