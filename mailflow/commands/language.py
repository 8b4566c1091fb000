"""What mailflow says to operators: Chinese by default, English with ``MAILFLOW_LANG=en``."""

from __future__ import annotations

import os

from mailflow.sentences.catalogue import worded
from mailflow.settings.in_chinese import in_chinese


def t(english: str, /, **values: object) -> str:
    """The sentence, which stands here in English, in the operator's language, with the values in its places."""
    return worded(language(), english, **values)


def is_english() -> bool:
    """Did the operator ask for English?"""
    return os.environ.get("MAILFLOW_LANG", "zh").lower().startswith("en")


def language() -> str:
    """The operator's language: ``zh`` or ``en``."""
    return "en" if is_english() else "zh"


def in_words(words: str) -> str:
    """What the program said in English (an error, a finding), in the operator's language."""
    return words if is_english() else in_chinese(words)
