"""Attached files that nobody has read: how a case keeps them, and how people are told which and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailflow.domain import attached
from mailflow.domain.attached import Unread
from mailflow.outgoing.compose import harmless
from mailflow.sentences.catalogue import sentence, worded

FIELD = "unread_files"
"""Where they stand among the fields a case came with: pairs of a name and one of :data:`.attached.WHY`."""

MOST = 6  # named to people; of more it is said that there are more
_WHY = {
    attached.UNKNOWN: sentence("unread|of a kind that is not read"),
    attached.LOCKED: sentence("unread|behind a password"),
    attached.BROKEN: sentence("unread|broken, or behind a password"),
    attached.TOO_LARGE: sentence("unread|too large"),
    attached.TIMEOUT: sentence("unread|reading it took too long"),
    attached.NO_TEXT: sentence("unread|a scan, a picture or empty"),
    attached.NO_PROGRAM: sentence("unread|LibreOffice is needed for it"),
    attached.TOO_MANY: sentence("unread|one file too many"),
    attached.CUT: sentence("unread|only its beginning was read"),
}


def kept(unread: Iterable[Unread]) -> list[list[str]]:
    """What a case keeps of them, as plain data."""
    return [[each.name[:120], each.why] for each in unread]


def said(unread: Iterable[Unread] | Iterable[Sequence[str]], language: str) -> str:
    """The files and the reasons in words, in one line; empty for none.  Takes what :func:`kept` gives as well."""
    pairs = [(each.name, each.why) if isinstance(each, Unread) else (each[0], each[1]) for each in unread]
    named = [
        worded(language, "unread|{file} ({why})", file=harmless(name, language, 60), why=worded(language, _WHY[why]))
        for name, why in pairs[:MOST]
    ]
    if len(pairs) > MOST:
        named.append(worded(language, "unread|and {count} more", count=len(pairs) - MOST))
    return worded(language, "list|; ").join(named)


def names(unread: Iterable[Unread], language: str) -> list[str]:
    """The names of files of which nothing, or too little, was read, as mails to their sender may show them."""
    return [harmless(each.name, language, 60) for each in unread if each.why != attached.CUT][:MOST]
