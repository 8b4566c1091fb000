"""Which language a mail is in: ``zh``, ``zh-Hant``, ``en`` or ``mixed``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from mailflow.reading.matching.normalise import simplified

_READ = 6000
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-zÀ-ž]{2,}")
_INSIDE = re.compile(r"(?<=[\u3400-\u9fff，。、])[ ]?([a-z]{3,15})(?=[ ,，。、：]|[\u3400-\u9fff])")
_SENTENCE = re.compile(r"(?:\b[A-Za-z']{1,15}[ ,]{1,2}){4,8}[A-Za-z']{1,15}")


def detect(texts: Iterable[str]) -> str:
    """The language of these texts together (new text, forwarded text, subject)."""
    text = "\n".join(texts)[:_READ]
    han = _HAN.findall(text)
    words = len(_WORD.findall(text))
    if not han:
        return "en" if words else "zh"
    if len(han) < 0.25 * words:
        return "en"
    # Names and codes do not make a mail English; running sentences beside the Chinese do.
    sentences = sum(len(match.group().split()) for match in _SENTENCE.finditer(text))
    if sentences >= 12 and sentences * 2 >= 0.25 * len(han):
        return "mixed"
    # Half a sentence in each language (this motor bracket 有问题): many plain English words spread over the Chinese.
    inside = _INSIDE.findall(text) if words >= 8 else []
    if len(set(inside)) >= 8 and len(inside) * 8 >= len(han):
        return "mixed"
    traditional = sum(count for character, count in Counter(han).items() if simplified(character) != character)
    return "zh-Hant" if traditional >= 0.1 * len(han) else "zh"
