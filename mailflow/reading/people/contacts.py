"""The person on the customer's side: from the signature, a label, the last lines, else the sender's display name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.model import Finding, Message
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.people.ours import Ours
from mailflow.reading.people.sign_off import Line

_DOUBLE = "<surnames-of-two>"
_SINGLE = "<surnames>"
_NAME = Grammar(
    rf"(?:{_DOUBLE})[\u3400-\u9fff\U00020000-\U0003ffff]{{1,2}}|{_SINGLE}[\u3400-\u9fff\U00020000-\U0003ffff]{{1,2}}"
)
_TITLE = "<titles>"
_TITLED = Grammar(rf"(?:{_DOUBLE}|{_SINGLE})(?:[\u3400-\u9fff]{{1,2}})?(?:{_TITLE})")
# What looks like a name and is none: courtesies, departments, jobs, places.
_NOT_NAMES = Grammar("<names-never>|<names-never-end>$")
_JOB = Grammar("(?:<jobs-before-name>|<job-fronts>){0,3}(?:<titles>|<jobs-alone>)")  # a title without a name
_LABEL = Grammar(r"<contact-labels>\s{0,3}[:]?\s{0,4}")
_SELF = Grammar("<names-self>(?!<names-self-not>)")
_CHANGED = Grammar(r"<contact-roles>[^,。;\n]{0,16}<contact-changes>[为成](?:了)?:?\s?")
_TITLED_NAME = Grammar("^<jobs-before-name>")
_GREETED = Grammar(
    r"\s{0,4}<letter-openings>?[^\s,:!。;]{1,12}[,:!]|\s{0,4}[^\s,:!。;]{1,12}\s?<greetings>(?:[,:!。\s]"
    "|$)"
)
_COURTESY = Grammar("<courtesies>")
_MIXED = re.compile(r"^[A-Z][a-z]{1,12} ?[\u3400-\u9fff]{1,3}$")
_HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
_INTRODUCED = Grammar(rf"(?:{_HAN}{{0,14}}?(?:的|业主|<places-of-work>))?({_NAME})(?=[,。.!;\s]|$)")
_CALLED = Grammar(
    rf"(?P<name>(?:{_DOUBLE}|{_SINGLE})(?:{_TITLE}|{_HAN}{{1,2}}?))(?:<caller-when>){{0,2}}<called-words>"
)
_BARE_SURNAME = Grammar(f"^(?:{_DOUBLE}|{_SINGLE})$")

_STOP = re.compile(r"[。！!？?;]|,.{6}")
_REST = Grammar(r"[\d\s()+,.。:/-]{0,40}<name-followers>?[\d\s()+,.。:/-]{0,40}")
_FAMILIAR = Grammar(f"[老小阿]{_SINGLE}")  # 老赵, by itself in the last lines

_EN_NAME = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-ZÀ-Ž][\w'’À-ž-]{0,18}\.?(?: (?:[A-ZÀ-Ž]\.|de|van|von|der|den|bin|al|da|dos|del|di|"
    r"la|le|el))*"
    r"(?: (?:de|van|von|der|den|da|di)){0,2}(?: [A-ZÀ-Ž][\w'’À-ž-]{1,20}){1,3}$"
)
_EN_NOT_NAMES = re.compile(
    r"\b(?:Ltd|Inc|LLC|GmbH|BV|NV|AG|KG|AB|Oy|SRL|SpA|Pty|Pte|Sdn|Bhd|Co|Corp|Limited|Team|Service|Support|Sales|Accounts?|Payable|Department|Dept|Manager|"
    r"Director|Engineer|Purchasing|Procurement|Quality|"
    r"Customer|Office|Operations|Buyer|Head|Best|Kind|Warm|Regards|Thanks|Thank|Dear|Hello|Hi|Yours|Sincerely|Sent|"
    r"From|Phone|Tel|Street|Road|Avenue|"
    r"Drive|Lane|Box|City|China|Germany|Group|Supply|Trading|Industries|Please|The|This|Your|Our|Order|Admin|Info|"
    r"Import|Export|Assistant|Supervisor|Coordinator|Technician|Logistics|Warehouse|Noreply|Reply|Mail|Systems|"
    r"Notification)\b",
    re.IGNORECASE,
)

# How sure a name at the end of a mail is, and what makes it more or less so.
_SIGNED = 0.65
_CLOSED = 0.1  # below a closing formula
_LATER = 0.004  # each line further down
_KNOWN = 0.15  # the sender's display name says it too
_MIXED_IN = 0.15  # Emma 王: nobody writes so but in a signature
_BARELY = 0.1  # a surname alone
_PHONE = 7  # digits a telephone number has at least
_FAMILIARLY = 0.15  # 老赵 may be anybody
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Person:
    part: Part
    start: int
    end: int
    rule: str
    confidence: float


def find(message: Message, parts: Sequence[Part], lines: Sequence[Line], own: Ours, lexicon: Lexicon) -> list[Finding]:
    """The person to answer, or nothing."""
    sender = message.sender
    display = sender.name if sender and not own.is_ours(sender) else ""
    people = [*_labelled(parts), *_in_lines(lines, fold(display)), *_introduced(parts)]
    if own.is_ours(sender):
        people += _callers(parts)
    if display:
        people += _displayed(display, lexicon)
    ours = {fold(name) for name in own.people} | {
        fold(person.name) for person in (*message.from_, *message.to, *message.cc) if own.is_ours(person)
    }
    people = [person for person in people if person.part.text[person.start : person.end] not in ours]
    if not people:
        return []
    best = max(people, key=lambda person: person.confidence)
    said = best.part.text[best.start : best.end]
    for person in people:
        fuller = person.part.text[person.start : person.end]
        if person.rule == "contact-sender" and len(said) < len(fuller) and said in fuller and not said.isascii():
            best = person
    return [best.part.finding("contact", best.start, best.end, best.rule, best.confidence)]


def _labelled(parts: Sequence[Part]) -> Iterator[_Person]:
    for part in parts:
        for label in islice(part.lexicon(_LABEL).finditer(part.text), ENOUGH):
            if label[0].isascii() and not label[0].rstrip().endswith(":"):
                continue
            match = part.lexicon(_TITLED).match(part.text, label.end()) or part.lexicon(_NAME).match(
                part.text, label.end()
            )
            if match and is_name(match[0], part.lexicon):
                end = match.end()
                after = part.text[end : end + 1]
                if end - match.start() == 3 and "\u3400" <= after <= "\u9fff" and after not in "先女经电手联":
                    end -= 1  # the third character begins the next word
                yield _Person(part, match.start(), end, "contact-label", 0.85)
                continue
            english = re.match(r"[A-ZÀ-Ž][\w'’.-]+(?: [A-ZÀ-Ž][\w'’.-]+){1,2}", part.original[label.end() :][:60])
            if english and not _EN_NOT_NAMES.search(english[0]):
                yield _Person(part, label.end(), label.end() + english.end(), "contact-label", 0.8)


def _in_lines(lines: Sequence[Line], display: str) -> Iterator[_Person]:
    numbered = [sum(map(str.isdigit, line.text)) >= _PHONE for line in lines]
    for place, line in enumerate(lines):
        signed = _CLOSED if line.closing else 0.0
        # Names stand near the closing formula: earlier lines weigh a little more.
        weight = _SIGNED + signed - min(place, 20) * _LATER
        last = place == len(lines) - 1
        yield from _pieces(line, display, weight, last=last)
        # Where a phone number stands in the next lines, this line begins a signature without a rule above it.
        yield from _latin(line, display, weight, signs=any(numbered[place + 1 : place + 4]))


def _pieces(line: Line, display: str, weight: float, *, last: bool) -> Iterator[_Person]:
    """Chinese names among the words of a line."""
    lexicon = line.part.lexicon
    pieces = list(line.pieces())
    greeted = _greeting(line)
    sentence = _STOP.search(line.text) is not None
    for start, end in pieces:
        if start < greeted or (sentence and not _ends(line, end)):
            continue
        words = line.part.text[start:end]
        if (job := lexicon(_TITLED_NAME).match(words)) and lexicon(_NAME).fullmatch(words[job.end() :]):
            start, words = start + job.end(), words[job.end() :]
        sure = None
        if is_name(words, lexicon):
            sure = weight + (_KNOWN if words and words in display else 0.0)
        elif _is_familiar(line, pieces, (start, end), last=last):
            sure = weight - _FAMILIARLY
        elif _is_bare(line, display, pieces, (start, end), last=last):
            sure = weight - _BARELY
        if sure is not None:
            yield _Person(line.part, start, end, "contact-sign-off", sure)


def _is_familiar(line: Line, pieces: Sequence[_Span], span: _Span, *, last: bool) -> bool:
    """老赵, by himself in the last line or in front of a number."""
    if not line.part.lexicon(_FAMILIAR).fullmatch(line.part.text[span[0] : span[1]]):
        return False
    return last if len(pieces) == 1 else _ends(line, span[1]) and line.text[-7:].isdigit()


def _is_bare(line: Line, display: str, pieces: Sequence[_Span], span: _Span, *, last: bool) -> bool:
    """A surname alone, where a number, the sender's name or the end of the mail vouches for it."""
    words = line.part.text[span[0] : span[1]]
    if len(pieces) < 2 or not line.part.lexicon(_BARE_SURNAME).match(words):
        return False
    if any(sign.isdigit() for sign in line.text) or words in re.split(r"[\s_|/-]", display):
        return True
    return last and span == pieces[-1] and len(pieces) <= 3


def _latin(line: Line, display: str, weight: float, *, signs: bool) -> Iterator[_Person]:
    """A name in Latin letters at the beginning of a line."""
    lexicon = line.part.lexicon
    original = line.part.original[line.start : line.end]
    if original == original.lower():
        return  # such a name has capitals
    name = re.split(r"\s*[|,/(<]|\s{2,}", original.strip(" -*_>"))[0].strip()
    sure = None
    if _MIXED.match(name) and (
        lexicon(_BARE_SURNAME).match(fold(name)[-1]) or lexicon(_NAME).fullmatch(fold(name).split()[-1])
    ):
        sure = weight + _MIXED_IN
    elif _EN_NAME.match(name) and not _EN_NOT_NAMES.search(name) and not any(sign.isdigit() for sign in name):
        known = _KNOWN if fold(name) in display or fold(name).split()[0] in display.split() else 0.0
        if known or line.closing or line.part.source == "signature" or signs:
            sure = weight + known
    if sure is not None:
        start = line.start + original.index(name)
        yield _Person(line.part, start, start + len(name), "contact-sign-off", sure)


def is_name(words: str, lexicon: Lexicon) -> bool:
    """Whether words are a Chinese person's name, with a title or without."""
    looks = lexicon(_NAME).fullmatch(words) or lexicon(_TITLED).fullmatch(words)
    return looks is not None and not lexicon(_NOT_NAMES).search(words) and not lexicon(_JOB).fullmatch(words)


def _ends(line: Line, end: int) -> bool:
    """Whether nothing but numbers and titles follows in the line: in a sentence, names stand at its end."""
    return line.part.lexicon(_REST).fullmatch(line.part.text, end, line.end) is not None


def _greeting(line: Line) -> int:
    """Where the salutation of a letter's first line ends: who is greeted there is one of us."""
    above = line.part.text[: line.start].strip()
    if above or line.part.role == "signature":
        return 0
    match = line.part.lexicon(_GREETED).match(line.part.text, line.start, line.end)
    return match.end() if match else 0


def _introduced(parts: Sequence[Part]) -> Iterator[_Person]:
    for part in parts:
        if part.role not in ("new_text", "forwarded_text", "attachment"):
            continue
        for lead in islice(part.lexicon(_CHANGED).finditer(part.text), ENOUGH):
            match = part.lexicon(_NAME).match(part.text, lead.end())
            if match and is_name(match[0], part.lexicon):
                yield _Person(part, match.start(), match.end(), "contact-label", 0.88)
        for lead in islice(part.lexicon(_SELF).finditer(part.text), ENOUGH):
            window = part.text[lead.end() : lead.end() + 30]
            match = part.lexicon(_INTRODUCED).match(window)
            if match and is_name(match[1], part.lexicon):
                start = lead.end() + match.start(1)
                yield _Person(part, start, start + len(match[1]), "contact-self", 0.7)


def callers(part: Part) -> Iterator[_Span]:
    """Where the names of people stand of whom a note says that they called."""
    for call in islice(part.lexicon(_CALLED).finditer(part.text), ENOUGH):
        if is_name(call["name"], part.lexicon):
            yield call.span("name")


def _callers(parts: Sequence[Part]) -> Iterator[_Person]:
    """Who called or wrote, in a note of our own colleague: 临溪包装的周敏刚打电话来."""
    for part in parts:
        if part.role not in ("subject", "new_text"):
            continue
        for start, end in callers(part):
            yield _Person(part, start, end, "contact-caller", 0.8)


def _displayed(display: str, lexicon: Lexicon) -> Iterator[_Person]:
    part = Part("from", display, fold(display), lexicon)
    for match in re.finditer(r"[^\s\-_|/,()<>@·]{1,40}", part.text):
        words = match[0]
        if is_name(words, lexicon):
            yield _Person(part, match.start(), match.end(), "contact-sender", 0.55)
            return
    name = re.split(r"\s*[|,/(<]", display.strip(" \"'"))[0].strip()
    if _EN_NAME.match(name) and not _EN_NOT_NAMES.search(name):
        start = display.index(name)
        yield _Person(part, start, start + len(name), "contact-sender", 0.55)
