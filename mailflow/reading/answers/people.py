"""Names in answers: whom a colleague means, and lines that are no more than somebody's name or card."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mailflow.reading.answers.words import AnswerWords, squeeze
from mailflow.reading.matching.lexicon import Grammar, Lexicon

TITLE = Grammar("<staff-titles>")
_FULL = "<staff-surnames-of-two>|<staff-surnames>"
# Signs that make a short word no name: 高了, 何时, 于理.
_NO_GIVEN = "staff-not-given"
_NAME = Grammar(rf"(?:{_FULL})[\u3400-\u9fff]{{1,2}}")
_TITLED = Grammar(rf"(?:{_FULL})(?:[\u3400-\u9fff]{{1,2}}?)?<staff-titles>")
_DEPARTMENT = Grammar(r"[\u3400-\u9fff]{2,8}<staff-departments>")
_LATIN = re.compile(r"[A-Z][A-Za-z.'’-]{0,20}(?: [A-Z][A-Za-z.'’-]{0,20}){0,3}")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_TITLE_END = Grammar("<staff-titles>$")
_GREETED = Grammar(f"{_TITLED}(?:[、,和]?{_TITLED})?<staff-greetings>?")
_THANKED = Grammar("^<staff-thanks>")
_SIGNED_BY = Grammar("^<staff-signed-by>[: ](?=.)")
_FAMILIAR = Grammar(rf"<staff-familiar>(?P<surname>{_FULL})")
_BRACKET = re.compile(r"[(（<\[].{0,60}[)）>\]]\s*$")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody named at the beginning of some words: as written, the known name it fits, and where the name ends."""

    written: str
    known: str
    end: int
    fits: int  # how many of the known names it may be


def named(words: AnswerWords, squeezed: str, original: str, names: Collection[str]) -> Named | None:
    """Who is named at the start of ``squeezed``; ``original`` tells capitals.  None when that is nobody's name."""
    exact = sorted((name for name in names if _starts(squeezed, name)), key=lambda name: -len(squeeze(name)))
    if exact:
        end = len(squeeze(exact[0]))
        title = words.lexicon(TITLE).match(squeezed, end)
        return Named(original[: len(exact[0])] if original else exact[0], exact[0], title.end() if title else end, 1)
    if (department := words.lexicon(_DEPARTMENT).match(squeezed)) and words["card"].whole(department[0]):
        inner = named(words, squeezed[department.end() :], original[len(department[0]) :], names)
        if inner is not None and original.startswith(department[0]):  # 质量部李梅
            return Named(inner.written, inner.known, inner.end + department.end(), inner.fits)
    for shape in (_MAIL, words.lexicon(_DEPARTMENT)):
        if (match := shape.match(squeezed)) and _tail(words, squeezed[match.end() :]):
            return _resolved(match[0], match.end(), names, words.lexicon)
    familiar = words.lexicon(_FAMILIAR).match(squeezed)
    if familiar and _tail(words, squeezed[familiar.end() :]):
        found = _called(familiar["surname"], names)
        return Named(familiar[0], found[0] if len(found) == 1 else "", familiar.end(), len(found))
    if match := words.lexicon(_TITLED).match(squeezed):
        return _resolved(match[0], match.end(), names, words.lexicon)
    for length in (4, 3, 2):
        part = squeezed[:length]
        if len(part) == length and _is_han_name(part, words.lexicon) and _tail(words, squeezed[length:]):
            return _resolved(part, length, names, words.lexicon)
    if (latin := _LATIN.match(original)) and latin[0].lower() not in ("customer", "client", "me", "us"):
        return _resolved(latin[0], len(squeeze(latin[0])), names, words.lexicon)
    return None


def _tail(words: AnswerWords, rest: str) -> bool:
    return not rest.strip(" :") or words["transfer_tail"].start(rest.strip(" :")) >= 0


def _starts(squeezed: str, name: str) -> bool:
    bare = squeeze(name)
    if not bare or not squeezed.startswith(bare):
        return False
    return not (
        bare[-1].isascii() and squeezed[len(bare) : len(bare) + 1].isascii() and squeezed[len(bare) :][:1].isalnum()
    )


def _resolved(written: str, end: int, names: Collection[str], lexicon: Lexicon) -> Named:
    found = fitting(written, names, lexicon)
    return Named(written, found[0] if len(found) == 1 else "", end, len(found))


def fitting(written: str, names: Collection[str], lexicon: Lexicon) -> list[str]:
    """Those of the known names that a name as written may mean: itself, without its title, or 张 of 张经理."""
    said = squeeze(_BRACKET.sub("", written))
    same = [name for name in names if squeeze(name) == said]
    if same:
        return same
    if familiar := lexicon(_FAMILIAR).fullmatch(said):
        return _called(familiar["surname"], names)
    bare = lexicon(_TITLE_END).sub("", said)
    same = [name for name in names if squeeze(name) == bare]
    if same or bare == said:
        return same
    return [name for name in names if bare and squeeze(name).startswith(bare)]


def _called(surname: str, names: Collection[str]) -> list[str]:
    """Those whom one calls so by their surname: 小钱."""
    return [name for name in names if squeeze(name).startswith(surname)]


def mentioned(words: AnswerWords, squeezed: str, names: Collection[str]) -> set[str]:
    """The known people some words name, whole or as one calls a colleague (小钱)."""
    found = {name for name in names if squeeze(name) and squeeze(name) in squeezed}
    for familiar in words.lexicon(_FAMILIAR).finditer(squeezed):
        called = _called(familiar["surname"], names)
        found |= {*called} if len(called) == 1 else set()
    return found


def bracketed(written: str, names: Collection[str]) -> list[str]:
    """The known names that stand whole beside the same in other letters: Deng Ning (邓宁)."""
    parts = re.split(r"[(（)）/]", written)
    return [name for name in names if len(parts) > 1 and squeeze(name) in map(squeeze, parts)]


def _is_han_name(words: str, lexicon: Lexicon) -> bool:
    return lexicon(_NAME).fullmatch(words) is not None and lexicon.words(_NO_GIVEN).isdisjoint(words[1:])


def is_card(words: AnswerWords, squeezed: str, names: Collection[str]) -> bool:
    """Whether a piece is no more than a name, a department, a number or a company: what stands in signatures."""
    squeezed = words.lexicon(_SIGNED_BY).sub("", squeezed)
    if words["card"].whole(squeezed) or _MAIL.fullmatch(squeezed) or words.lexicon(_TITLED).fullmatch(squeezed):
        return True
    known = sorted((squeeze(name) for name in names if squeeze(name)), key=len, reverse=True)
    if squeezed in known or _is_han_name(squeezed, words.lexicon):
        return True
    for name in known:
        if squeezed.startswith(name) or squeezed.endswith(name):
            rest = squeezed.replace(name, "", 1).strip()
            return words["card"].whole(rest) or words.lexicon(TITLE).fullmatch(rest) is not None
    if (title := words.lexicon(_TITLE_END).search(squeezed)) and words["card"].whole(squeezed[: title.start()].strip()):
        return True  # 技术部经理
    return any(
        _is_han_name(squeezed[at:], words.lexicon) and words["card"].whole(squeezed[:at].strip())
        for at in range(len(squeezed) - 3, len(squeezed) - 1)
        if at > 0
    )


def is_greeting(squeezed: str, lexicon: Lexicon) -> bool:
    """Whether a piece only addresses or thanks somebody: 王经理您好, 谢谢李工."""
    return lexicon(_GREETED).fullmatch(lexicon(_THANKED).sub("", squeezed)) is not None


def is_latin_name(original: str) -> bool:
    """Whether words look like a name in Latin letters: worth something only below a closing formula."""
    return _LATIN.fullmatch(original.strip()) is not None


def is_person(words: str) -> bool:
    """Whether the value of a person field may be a name: short, no sentence."""
    said = squeeze(words)
    return 2 <= len(said) <= 40 and not re.search(r"[。;!?:]|我|本人|待定|不清楚|不知道", said)
