"""Where a Chinese name of goods begins and ends, and what can be none: the words such names never hold.

A name begins behind a word such as 的 or 采购 and ends before one such as 有 or 出现, a sign, or the trouble.  Names of
goods end in the word for a thing (机, 阀, 布, 酱): whoever has no other hint asks for that.
"""

from __future__ import annotations

import re

from mailflow.reading.amounts.counts import UNITS
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.rule import Rule
from mailflow.reading.text.numerals import COUNTED

HAN = r"[\u3400-\u9fff]"
NUMBER = rf"(?:\d{{1,7}}(?:\.\d{{1,2}})?|[{COUNTED}百几半]{{1,4}})"
# Words no name of goods holds: the name has ended before them.
_STOP = Grammar(r"[^\u3400-\u9fffa-z0-9]|<goods-stops>")
_CODE = re.compile(r"(?<=[\u3400-\u9fff])[a-z0-9]")  # the model behind the name
_AMOUNT = Grammar(rf"{NUMBER}\s?(?:{UNITS})")
_LONGEST, SHORTEST = 12, 2
# Words for anything, for papers, people and places: never what the goods are called.
NO_GOODS = Grammar("<goods-never-prefixes>?<goods-never>")
# No name of goods holds these anywhere, or ends so.
_NEVER = Grammar("<goods-never-hold>|<goods-never-end>$")
# A name right behind a code ends like the name of a thing.
ENDINGS = Grammar("<goods-heads>$")
HEADS = Grammar("<goods-heads>")
_VERBS = "goods-verbs"
_NOT_FIRST = Grammar("<goods-not-first>")
# A name that is read backwards from its end begins behind one of these words ...
_BEGIN = Grammar(rf"{NUMBER}\s?(?:{UNITS})|<goods-lead-ins>")
# ... and such a run is no longer than this.
_RUN = re.compile(r"(?:(?<![a-z0-9-])(?:[a-z]{1,6}\d?|\d{1,3}[a-z]{1,2})[ ]?)?[\u3400-\u9fff]{1,14}$")


def rule(name: str, confidence: float, *labels: str) -> Rule:
    """The rule of names that stand in one kind of place."""
    return Rule.model_construct(name=name, finds="product", confidence=confidence, labels=labels)


def start_of(text: str, end: int, lexicon: Lexicon) -> int:
    """Where the name that ends here begins."""
    low = max(0, end - 20)
    run = _RUN.search(text[low:end])
    if run is None:
        return end
    start = low + run.start()
    for mark in lexicon(_BEGIN).finditer(text, max(low, start - 5), end):
        start = max(start, mark.end())  # the number of 3套螺母 stands before the run
    return start


def end_of(text: str, start: int, troubles: list[int], lexicon: Lexicon) -> int:
    """Where the name that begins here ends."""
    limit = min(len(text), start + _LONGEST)
    trouble = next((at for at in troubles if start < at <= limit), limit) if troubles else limit
    stop = lexicon(_STOP).search(text, start, min(limit + 2, len(text)))
    code = _CODE.search(text, start + 1, limit)
    end = min(trouble, stop.start() if stop else limit, code.start() if code else limit)
    if text.startswith("不", end) and text[end - 1] in lexicon.words(_VERBS):
        end -= 1  # 门打不开, 系统登不上
    return end - (len(text[start:end]) - len(text[start:end].rstrip()))


def is_name(words: str, lexicon: Lexicon) -> bool:
    """May these words, cut by :func:`end_of`, name goods: of a fit length, no amount, nothing known to be no goods?"""
    if len(words) >= _LONGEST or words.isascii():
        return False
    han = sum("\u3400" <= sign <= "\u9fff" for sign in words)
    return (
        (han >= SHORTEST or (han > 0 and words[0] < "\u3400" and len(words) > SHORTEST))
        and not lexicon(_AMOUNT).fullmatch(words)
        and not lexicon(NO_GOODS).fullmatch(words)
        and not lexicon(_NEVER).search(words)
        and not lexicon(_NOT_FIRST).match(words)
    )
