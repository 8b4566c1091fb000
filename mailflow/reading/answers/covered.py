"""Clauses that say nothing of their own: every sign of them belongs to a word that cannot change what is agreed to.

A list of whole clauses never ends; the words they are made of do.  What holds any other word, a number, a name, a
denial or a "but", is not covered, and its writer is asked.
"""

from __future__ import annotations

from collections.abc import Collection

from mailflow.reading.answers.words import AnswerWords, Group

LONGEST = 60  # signs of one clause


def is_consent(words: AnswerWords, said: str) -> bool:
    """Is a squeezed clause made of a consent and harmless words (我看了没有问题), without a request?"""
    consent, beside = words.get("consent"), words.get("beside")
    return consent is not None and beside is not None and _covers(said, beside, consent.phrases)


def is_comment(words: AnswerWords, said: str) -> bool:
    """Is it made of harmless words alone: praise, or that it may go on (写得很清楚, 请于周五前完成)?"""
    beside = words.get("beside")
    return beside is not None and beside.covers(said)


def is_cover_note(words: AnswerWords, said: str) -> bool:
    """Does it say that something is attached, filled in or scanned, and no more (附件是填好的报告)?"""
    cover = words.get("cover")
    return cover is not None and _covers(said, cover, cover.leads)


def _covers(said: str, group: Group, needed: Collection[str]) -> bool:
    """Is every sign of some phrase, and one of them of the ``needed``?"""
    return len(said) <= LONGEST and group.spelt(said, needed)
