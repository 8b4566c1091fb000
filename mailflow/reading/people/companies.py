"""The customer's company, as fully as the mail names it; never one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Finding, Message
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.people.company_stems import stem_of
from mailflow.reading.people.contacts import callers, is_name
from mailflow.reading.people.ours import Ours
from mailflow.reading.people.sign_off import Line

_LIMITED = "company-limited"
_LEGAL = f"<{_LIMITED}>|<company-legal-forms>"
_HOUSES = "<company-houses>"
_FULL = Grammar(
    rf"(?:{_LEGAL}|{_HOUSES})(?:\([\u4e00-\u9fff]{{2,8}}\))?(?![\u4e00-\u9fff]{{0,1}}<company-name-goes-on>)"
)
_NAME_BACKWARDS = re.compile(r"[\u3400-\u9fff·()a-z0-9&]{1,28}$")
_NOT_A_NAME = Grammar("^<company-not-names>+$")
_LABEL = Grammar(r"(?<![\u4e00-\u9fff])<company-labels>[ \t]{0,3}:[ \t]{0,4}")
_AFTER_LABEL = re.compile(r"[^\s,;。|/、]{2,30}|[a-z][\w&.' -]{2,60}")
_TRADES = "<company-trades>"
_SIGNED = 0.9  # names in the lines where people say who they are
_SIGNED_SHOP = 0.7  # the same for shops, whose names have no legal form
SHOP, PLATFORM, BOUGHT = "shop", "platform", "bought"  # what rules that find a shop say
_TO_SHOP = 6  # characters between a company's name and its shop: 有限公司官方旗舰店
_LEADS_TO_SHOP = Grammar(r"(?:\s|<shop-links>)*")
_TOLD_OF_SHOP = Grammar(r"\s?<shop-told-of>")
_HAS_LEGAL_FORM = re.compile(r"有限公司|有限责任公司|集团|\b(?:ltd|inc|llc|corp|gmbh|limited)\b")
_SHORT = Grammar(rf"^[\u3400-\u9fff]{{2,10}}(?:{_TRADES})$")
_HOUSE = re.compile(r"(?P<name>[\u3400-\u9fff]{3,12}?)的?\Z")
_OFFICE = Grammar("<company-offices>$")
_PERSON = Grammar(r"[老小阿]?[\u3400-\u9fff]{1,3}<person-titles-short>?")
_SENTENCE_WORD = Grammar("<company-not-in-sign-off>|<company-not-ending>$")
_GREETED = Grammar(r"^\s{0,4}<letter-openings>|[:：]\s*$|<greetings-spoken>")
_JOBS = re.compile(
    r"\b(?:Manager|Engineer|Director|Officer|Supervisor|Buyer|Specialist|Coordinator|Technician|Assistant|Lead|"
    r"Head|President|"
    r"Inspector|Planner|Analyst|Executive|Representative|Purchasing|Procurement|Receiving|Quality|Dept|"
    r"Department|Regards|Owner|"
    r"Accountant|Secretary|Chef|Foreman|Merchandiser)\b",
    re.IGNORECASE,
)
_DEPARTMENT = Grammar("<department-endings>$")

_EN_LEGAL = (
    r"(?:Ltd|Limited|Inc|Incorporated|LLC|LLP|Corp|Corporation|Company|GmbH(?: & Co\.? KG)?|AG|KG|B\.?V|N\.?V|AB|A/S|"
    r"ApS|AS|Oy|OY|SA|S\.A|SAS|"
    r"SARL|SpA|S\.p\.A|S\.r\.l|Srl|Sp\. z o\.o|s\.r\.o|Kft|d\.o\.o|Pty|Pte|Plc|PLC|Bhd|JSC|KK|K\.K)\b\.?"
)
_EN_STEM = r"(?:[\w&'’/-]|\.(?=\w)){0,24}"
_EN_WORD = rf"(?:[A-ZÀ-Ž0-9]{_EN_STEM}|[A-Z]\.|&|of|and|de|the|for)"
_EN_FULL = re.compile(
    rf"(?<![\w.@])(?!(?:Regards|Thanks|Dear|Hello|Best|From|Sincerely|Yours|We|Our|The|At|To|For|And) )"
    rf"[A-ZÀ-Ž]{_EN_STEM}(?: {_EN_WORD}){{0,6}}?,? (?:\([A-Za-z ]{{2,15}}\),? )?(?:Co\.?,? ?|"
    rf"Pty\.? |Pte\.? |Sdn\.? )?{_EN_LEGAL}"
)
_CAPITALISED = re.compile(
    r"(?<![\w@.])[A-ZÀ-Ž][\w'’-]{1,20}(?: (?:&|of|and|de|[A-ZÀ-Ž][\w'’-]{1,20})){1,5}(?: \([A-Z][a-z]{2,14}\))?"
)
_EN_TRADES = re.compile(
    r"\b(?:Suppl(?:y|ies)|Contractors?|Trading|Traders|Industr(?:y|ies)|Industrial|Engineering|Engineers|Instruments?|"
    r"Electric(?:al|s)?|Electronics|Systems|"
    r"Technolog(?:y|ies)|Group|Works|Flow|Valves?|Pumps?|Foods?|Logistics|Solutions|Services|Marine|Tools?|Hardware|"
    r"Furniture|Textiles?|Fabrics|"
    r"Manufacturing|Machinery|Mfg|Medical|Labs?|Laboratories|Imports?|Exports?|Distribution|Distributors|Wholesale|"
    r"Packaging|Plastics|Metals?|"
    r"Automation|Controls?|Lighting|Energy|Power|Motors?|Automotive|Aerospace|Construction|Builders|Interiors|Hotels?|"
    r"Consulting|Partners|Holdings?|International|Brothers|Bros|Sons|Mills?|Farms?)\b"
)


_STOPS = re.compile(r"[。!?;]|,.{8}")
_FAMILIAR = re.compile(r"[老小阿][\u3400-\u9fff]")
_PLACE = Grammar(r"<company-told-places>的?\s?$")
_HANGING = "company-hanging"
_DEAR = Grammar(r"<letter-openings>\s?")
_COLON = re.compile(r"[^\n:]{0,8}[:,]?[^\n:]{0,2}(?:\n|$)")
_SUPPLIER = Grammar(r"(?:(?:^|\n)致|<supplier-labels>)(?:名称|name)?\s{0,2}:\s{0,3}$")


@dataclass(frozen=True, slots=True)
class Name:
    """A company's name in a part."""

    part: Part
    start: int
    end: int
    rule: str
    confidence: float


def find(
    message: Message, parts: Sequence[Part], lines: Sequence[Line], own: Ours, said: Sequence[Name], lexicon: Lexicon
) -> list[Finding]:
    """The customer's company: the best name in the mail, the fuller form of it where both stand.

    ``said`` are the full names of these parts.
    """
    names = [
        *_labelled(parts),
        *_in_lines(lines),
        *said,
        *_by_domain(message, parts),
    ]
    if own.is_ours(message.sender):
        names += _of_callers(parts)
    names = [name for name in names if not own.is_our_company(_words(name)) and not _addressed(name)]
    names = [name for name in names if not is_where_bought(name)]
    if not names:
        return _display_name(message, own, lexicon)
    best = max(names, key=lambda name: (name.confidence, name.end - name.start))
    short = fold(_words(best))
    fuller = [name for name in names if short in fold(_words(name)) and name.end - name.start > len(short)]
    best = max(fuller, key=lambda name: name.confidence, default=best)
    return [best.part.finding("customer_company", best.start, best.end, best.rule, best.confidence)]


def is_where_bought(name: Name) -> bool:
    """Whether a name is a shop's or platform's, and its writer does not sign as it: a customer only bought there.

    The words are data (``finds: shop``); a company's own name with its legal form is not taken for a platform's.
    """
    text = name.part.text
    hits = [hit for hit in name.part.of("shop") if hit.start < name.end + _TO_SHOP and hit.end > name.start]
    hits = [hit for hit in hits if name.part.lexicon(_LEADS_TO_SHOP).fullmatch(text[name.end : hit.start])]
    behind = any(hit.rule.value == SHOP and hit.start >= name.end for hit in hits)
    within = [hit for hit in hits if hit.start < name.end]
    if not behind and (not within or _HAS_LEGAL_FORM.search(text[name.start : name.end])):
        return False
    first = text.rfind("\n", 0, name.start) + 1
    last = text.find("\n", name.end)
    last = len(text) if last < 0 else last
    said = [hit for hit in name.part.of("shop") if first <= hit.start < last and hit.rule.value in (PLATFORM, BOUGHT)]
    told = _STOPS.search(text[first:last]) or name.part.lexicon(_TOLD_OF_SHOP).match(text[name.end : last])
    return behind or bool(said) or told is not None or name.confidence < _SIGNED_SHOP


def _addressed(name: Name) -> bool:
    """Whether a name is labelled as the supplier's or the addressee's: that is us, whatever we are called."""
    text = name.part.text
    if name.part.role == "new_text" and name.part.lexicon(_DEAR).fullmatch(text[: name.start].strip()):
        return True  # 尊敬的某某公司客服
    if not text[: name.start].strip(" \n>致") and _COLON.match(text, name.end) and name.part.role == "new_text":
        return True  # 某某公司: on the first line is who the letter is to
    return name.part.lexicon(_SUPPLIER).search(text[max(0, name.start - 14) : name.start]) is not None


def spans(parts: Sequence[Part], own: Ours, said: Sequence[Name]) -> Iterator[tuple[str, int, int]]:
    """Where full company names and the short forms of ours stand: words in there are no product names."""
    for part in parts:
        for ours in {fold(name) for name in own.companies if len(name) > 1}:
            start = part.text.find(ours)
            while start >= 0:
                yield part.source, part.offset + start, part.offset + start + len(ours)
                start = part.text.find(ours, start + 1)
    for name in said:
        yield name.part.source, name.part.offset + name.start, name.part.offset + name.end


def _labelled(parts: Sequence[Part]) -> Iterator[Name]:
    for part in parts:
        for label in islice(part.lexicon(_LABEL).finditer(part.text), ENOUGH):
            match = _AFTER_LABEL.match(part.text, label.end())
            if (
                match
                and match[0][0].isalnum()
                and not part.lexicon(_DEPARTMENT).search(match[0])
                and not match[0].isdigit()
                and len(match[0].strip()) >= 4
            ):
                yield Name(part, match.start(), match.start() + len(match[0].rstrip()), "company-label", 0.85)


def _in_lines(lines: Sequence[Line]) -> Iterator[Name]:
    for line in lines:
        if (
            line.part.role != "signature"
            and line.part.lexicon(_GREETED).search(line.text)
            and not line.part.text[: line.start].strip()
        ):
            continue
        pieces = [(start, end) for start, end in line.pieces() if not line.part.text[start:end].isdigit()]
        for place, (start, end) in enumerate(pieces):
            words = line.part.text[start:end]
            if not "\u3400" <= words[0] <= "\u9fff":
                continue  # these names begin with a Chinese character
            if office := line.part.lexicon(_OFFICE).search(words):
                words, end = words[: office.start()], start + office.start()
            if line.part.lexicon(_SENTENCE_WORD).search(words):
                continue
            if line.part.lexicon(_SHORT).match(words) and not line.part.lexicon(_DEPARTMENT).search(words):
                yield Name(line.part, start, end, "company-sign-off", 0.6)
            elif _beside_a_person(line, pieces, place, words):
                yield Name(line.part, start, end, "company-sign-off", 0.45)
        yield from _english_line(line)
    for line in lines:
        yield from _full_names(line.part, line.start, line.end, 0.9)


def _beside_a_person(line: Line, pieces: Sequence[tuple[int, int]], place: int, words: str) -> bool:
    """Whether a line at the end is a name of 4 to 12 characters and a person's: 天衡物联 小满, 简宁 若木空间."""
    if not 4 <= len(words) <= 12 or not all("\u3400" <= c <= "\u9fff" for c in words) or not 2 <= len(pieces) <= 5:
        return False
    if line.part.lexicon(_DEPARTMENT).search(words) or is_name(words, line.part.lexicon) or _STOPS.search(line.text):
        return False
    others = [line.part.text[start:end] for start, end in (*pieces[:place], *pieces[place + 1 :])]
    if (
        place == 0
        and line.closing
        and any(len(other) <= 5 and line.part.lexicon(_PERSON).fullmatch(other) for other in others)
    ):
        return True
    last = len(line.part.text[line.end :].strip()) <= 40
    return (last or line.closing) and any(
        is_name(other, line.part.lexicon) or _FAMILIAR.fullmatch(other) for other in others
    )


def _english_line(line: Line) -> Iterator[Name]:
    original = line.part.original[line.start : line.end]
    if (
        original == original.lower()
        or len(original.split()) > 9
        or any("\u3400" <= c <= "\u9fff" for c in original[:1])
    ):
        return
    for match in re.finditer(r"[^|,/·\u3400-\u9fff]+", original):
        piece = match[0].strip(" -*_.")
        if (
            2 <= len(piece.split()) <= 6
            and _EN_TRADES.search(piece)
            and not _JOBS.search(piece)
            and _capitals(piece)
            and not any(c.isdigit() for c in piece)
        ):
            start = line.start + match.start() + match[0].index(piece)
            yield Name(line.part, start, start + len(piece), "company-sign-off", 0.55)


def _of_callers(parts: Sequence[Part]) -> Iterator[Name]:
    """The house of who called, in a note of our own colleague: 临溪包装的周敏刚打电话来."""
    for part in (part for part in parts if part.role in ("subject", "new_text")):
        for start, _ in callers(part):
            house = _HOUSE.search(part.text, max(0, start - 14), start)
            if house and part.lexicon(_SHORT).fullmatch(house["name"]):
                yield Name(part, *house.span("name"), "company-caller", 0.6)


def _by_domain(message: Message, parts: Sequence[Part]) -> Iterator[Name]:
    """Capitalised words of which one stands in the sender's mail domain: Marcy from Ironwood Fixtures."""
    domain = company_domain(message.sender.domain) if message.sender else ""
    label = re.sub(r"[^a-z-]", "", domain.partition(".")[0])
    person = set(fold(message.sender.name).split()) if message.sender else set()
    if len(label) < 4:
        return
    for part in parts:
        for match in islice(_CAPITALISED.finditer(part.original), ENOUGH):
            words = [word for word in re.findall(r"[a-z]{4,}", fold(match[0])) if word not in person]
            if any(word in label for word in words) and len(match[0].split()) >= 2 and not _JOBS.search(match[0]):
                yield Name(part, match.start(), match.end(), "company-domain", 0.58)


def in_text(parts: Sequence[Part]) -> list[Name]:
    """Full company names anywhere in these parts."""
    found: list[Name] = []
    for part in parts:
        confidence = {"signature": 0.9, "forwarded_text": 0.7}.get(part.source, 0.65)
        found += islice(_full_names(part, 0, len(part.text), confidence), ENOUGH)
    return found


def _full_names(part: Part, first: int, last: int, confidence: float) -> Iterator[Name]:
    for match in islice(part.lexicon(_FULL).finditer(part.text, first, last), 5 * ENOUGH):
        before = _NAME_BACKWARDS.search(part.text[max(first, match.start() - 28) : match.start()])
        if not before:
            continue
        stem = stem_of(before[0], part.lexicon).lstrip(")·0123456789")
        if stem.count("(") < stem.count(")"):
            stem = stem.rpartition(")")[2]
        if stem[-1:] in part.lexicon.words(_HANGING):
            continue  # 跟酒店, 出厂: a word of the sentence
        if len(stem) < 2 or part.lexicon(_NOT_A_NAME).match(stem):
            continue
        legal = match[0].startswith(tuple(part.lexicon.words(_LIMITED)))
        away = part.text[max(first, match.start() - len(stem) - 6) : match.start() - len(stem)]
        if not legal and (part.lexicon(_PLACE).search(away) or (confidence < _SIGNED and len(stem) < 4)):
            continue  # 饼干厂, 装修公司: in running text that is a trade, not a name
        sure = confidence if legal else confidence - 0.15
        yield Name(part, match.start() - len(stem), match.end(), "company-full-name", sure)
    for match in _EN_FULL.finditer(part.original, first, last):
        yield Name(part, match.start(), match.end(), "company-full-name", confidence)


def _display_name(message: Message, own: Ours, lexicon: Lexicon) -> list[Finding]:
    """A company in the sender's display name (``念某食品-小李``), when the text names none."""
    sender = message.sender
    if sender is None or own.is_ours(sender):
        return []
    whole = Part("from", sender.name, fold(sender.name), lexicon)
    for name in _full_names(whole, 0, len(whole.text), 0.5):
        return [whole.finding("customer_company", name.start, name.end, "company-sender", 0.5)]
    for match in re.finditer(r"[\u3400-\u9fff]{4,12}", whole.text):
        if lexicon(_SHORT).match(match[0]) and not own.is_our_company(match[0]):
            return [whole.finding("customer_company", match.start(), match.end(), "company-sender", 0.5)]
    return []


def _words(name: Name) -> str:
    return name.part.original[name.start : name.end]


def _capitals(line: str) -> bool:
    return all(
        word[0].isupper() or word in ("&", "of", "and", "de", "the") for word in line.split() if word[0].isalpha()
    )
