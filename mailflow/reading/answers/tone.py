"""What a customer's mail in a running case asks of us besides its matter: a higher place, a calmer word, news.

Hints for who must read it and how soon somebody answers; nothing is decided by them.
"""

from __future__ import annotations

import re
from typing import Literal

from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.pieces import MAX_TEXT
from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.normalise import fold

Tone = Literal["escalates", "angry", "asks_progress"]
TONES: tuple[Tone, ...] = ("escalates", "angry", "asks_progress")
_DENIED = re.compile(r"(?:不会?|没有?|无需|无意|并非|未|免于?|not|never|no) ?(?:想|要|打算|再)?$")
_BEFORE = 8  # signs in which a denial would stand


def tones(words: AnswerWords, text: str) -> dict[Tone, str]:
    """What the new text of a customer's mail (``Message.new_text``) sounds like, each with the words it stands on.

    ``escalates``: he turns to superiors, authorities, lawyers or the press, or holds back money.  ``angry``: he has had
    enough.  ``asks_progress``: he wants to know how it stands.  A denied word (我们不索赔) is none.
    """
    if len(text) > MAX_TEXT:
        return {}
    folded = without_quoted_lines(fold(own_words(words, text)))
    said = "\n".join(squeeze(line) for line in folded.split("\n"))
    found: dict[Tone, str] = {}
    for tone in TONES:
        group = words.get(tone)
        for match in group.all(said) if group is not None else ():
            if not _DENIED.search(said[max(0, match.start() - _BEFORE) : match.start()]):
                found[tone] = match[0]
                break
    return found
