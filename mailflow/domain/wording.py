"""A sentence in the language of whoever reads it: handed in by the caller, never looked up."""

from __future__ import annotations


def worded(language: str, chinese: str, english: str) -> str:
    """The sentence in ``language``: English for ``en``, Chinese otherwise."""
    return english if language == "en" else chinese
