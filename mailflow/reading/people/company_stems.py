"""What of the words before 有限公司 is the company's name, and what is the sentence's."""

from __future__ import annotations

from mailflow.reading.matching.lexicon import Grammar, Lexicon

# Words a running text puts before a company's name.
_BEFORE = Grammar(r"^(?:.{0,20}<company-lead-ins>)(?=[\u3400-\u9fff]{2})")
# No company's name holds these: what stands up to the last of them belongs to the sentence.
_FUNCTION = Grammar("^.*<company-never-holds>")
# Most names begin with the place the company is registered in: all provinces, and cities where much is made.
_PLACE = Grammar("<places-of-registration>")
_LEADS_TO_A_NAME = Grammar("<company-lead-in-signs>$")
# In words that begin with a place: they are a sentence nevertheless.
_TOLD = Grammar("<company-told>")

_LONGEST = 40  # characters; no name is longer


def stem_of(words: str, lexicon: Lexicon) -> str:
    """The beginning of a company's name, of the words that stand before its legal form; empty when none is left.

    A name that begins with a place is taken whole, whatever signs it holds: 给 in 山东硕岩给排水工程 is no word of the
    sentence, and neither is 贵 in 贵州.
    """
    words = words[-_LONGEST:]
    places = [place.start() for place in lexicon(_PLACE).finditer(words)]
    leading = [at for at in places if not at or lexicon(_LEADS_TO_A_NAME).search(words[:at])]
    if leading and not lexicon(_TOLD).search(words[leading[-1] :]):  # 在贵州给河北...: the last of them begins the name
        return words[leading[-1] :]
    if (lead_in := lexicon(_BEFORE).match(words)) is not None:
        words = words[lead_in.end() :]
    return lexicon(_FUNCTION).sub("", words)
