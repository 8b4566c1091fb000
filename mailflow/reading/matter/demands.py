"""What is asked of us, in short words of the mail: verb and object, one finding for each thing asked.

A thing is asked by the item of a list of demands, by the words behind 请, 麻烦 or please, or by words that name a
demand whoever says them.  Courtesy (请查收, please find attached) is no demand; a bare 请尽快处理 stands in for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mailflow.domain.model import Finding, Kind
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import ENOUGH, longest
from mailflow.reading.matter import wishing
from mailflow.reading.matter.telling import Clause
from mailflow.reading.text.clauses import Item, Laid, Span, after_mark, asking, clause, pieces, sentence, trimmed

_SILENT = (Kind.PRAISE, Kind.SURVEY_REPLY, Kind.STAFF_REPLY)
_COMPLAINING = (Kind.COMPLAINT, Kind.FOLLOWUP)
_MOST = 6
_LONG, _LATIN_LONG = 24, 60
_TO_ME, _BARE = "form-to-me", 6  # 发我: what is to be sent stands before it
_PLAIN = "demand-plain"  # stands for the rule where words ask for something of no class

_COURTESY = Grammar(
    r"\s{0,2}<courtesy-who>?\s?<courtesies-asked>|\s?(?:find|note|see|be (?:advised|informed"
    "|aware|so)|accept|do not|don't|contact|feel|refer|excuse|forgive|help$|let (?:me|us) know if"
    r"|(?:to )?know\b|see (?:if|that)|understand|bear|keep|disregard|ignore|reply to|answer this"
    r"|rate us|confirm receipt)\b"
)
_ADDRESSED = Grammar("<addressed>")
_VAGUE = Grammar(
    "(?:你们|您|厂家)?看着办|(?:你们|您)?看?(?:怎么|咋|如何)(?:办|弄|整|处理|解决)|<vague-lead-ins>{0,4}<vague-demands>"
    "<vague-tails>?[吧呢啊]?|(?:reply|answer|respond|advise|help|confirm|call me|call|look into "
    "(?:it|this)|check|get back to us|act)(?: (?:immediately|urgently|asap|soon|today|quickly))?"
)
_FRONT = Grammar(
    r"(?:\s|or (?=[a-z\d])|(?:until|by|before|on) [\d./-]{2,10} ?|to (?=[a-z])|also |either "
    "|to have |you to |a |<demand-fronts>)"
)
_UNTIL = Grammar("[^,。]{1,16}?<until-words>(?![往来面线部])")
_STOP = Grammar("<demand-ends>$")
_STOP_LATIN = re.compile(
    r" (?:by|before|within|until|no later|so that|because|as soon|asap|immediately|today|this week|since|if) ?|"
    r"(?: and| or)? (?:and|or) (?=(?:tell|send|give|confirm|provide|let|explain|replace|arrange|issue|return|pay|check|"
    r"advise|state|quote|ship|deliver|refund|credit|fix|repair|change|cancel|call|inform|update|propose|make|stop|"
    r"submit|investigate|compensate|reimburse|collect|restore|a |your |we |i |that |\d))"
)
_AND = re.compile(
    r",? (?:and|or) (?:also |then |please )?(?=(?:tell|send|give|confirm|provide|let|explain|replace|arrange|issue|"
    r"return|pay|check|advise|state|quote|ship|deliver|refund|credit|fix|repair|change|cancel|call|inform|update|propose|make|"
    r"stop|submit|investigate|compensate|reimburse|collect|restore|correct|a credit|a refund|an apology|your )\b)"
)
_THEY = Grammar(".{0,3}(?:我们?(?!要|想|希望|最|只)|<others-who>)(?!.{0,2}要你)")
_NOUNS = ("demand-documents",)  # what is asked for must be given by some verb
_ONCE = ("demand-return", "demand-refund", "demand-replace", "demand-on-site")  # how to do it follows in the same item
_GIVE = Grammar("<give-verbs>")
_ASKED = Grammar("<asked-words>")
_DONE = Grammar(
    r"<done-before>[^,。;\n]{0,6}$|<done-who>[^,。;\n]{0,4}(?:会|将|另|已|保留)[^,。;\n]{0,4}$"
    r"|<done-now>[^,。;\n]{0,3}$|(?<![给替帮跟])我(?:们|司)?(?:自己)?$|\b(?:was|were|already|had been"
    r"|has been|have been)\b[^,.;\n]{0,12}$"
)
_OWN_CLAIM = Grammar("<own-claims>")  # 我司将扣款5000元: done by them, and yet demanded
_CLAIM_MADE = Grammar(r"<claims-past>[^,。;\n]{0,4}$")
_OWN = Grammar("if |<own-words>")  # an item that says what they will do
_OF_IT = Grammar("<of-it>")  # those that were taken away: no wish
_NOT = Grammar(r"<not-wanted>[^,。;\n]{0,5}$|\b(?:no need|not|without)\b[^,.;\n]{0,12}$")
_QUESTION = Grammar(r"^(?:what|how|when|which|where|do|does|can|is|are|will)\b|<question-words>")


@dataclass(frozen=True, slots=True)
class _Wish:
    """Words that ask for something."""

    part: Part
    start: int
    end: int
    rule: str
    confidence: float
    vague: bool = False


def demands(mail: Sequence[Laid], kind: Kind, clauses: Sequence[Clause]) -> list[Finding]:
    """What is asked of us, in the order of the mail; ``clauses`` are its clauses with their features."""
    if kind in _SILENT:
        return []
    body = [laid for laid in mail if laid.part.source != "subject"]
    wishes = [wish for laid in body for wish in _wishes(laid, kind)]
    if all(wish.vague for wish in wishes):
        titles = [laid for laid in mail if laid.part.source == "subject"]
        wishes = [wish for laid in titles for wish in _wishes(laid, kind) if not wish.vague] or wishes
    if kind is Kind.INQUIRY and all(wish.vague for wish in wishes):
        wishes = [wish for laid in body for wish in _questions(laid, laid.part.lexicon)] or wishes
    plain = [wish for wish in wishes if not wish.vague] or wishes[:1]
    found: dict[str, Finding] = {}
    for wish in plain:
        finding = wish.part.finding("demand", wish.start, wish.end, wish.rule, wish.confidence)
        found.setdefault(finding.value.casefold(), finding)
    return wishing.likely(list(found.values()), clauses, kind)[:_MOST]


def _wishes(laid: Laid, kind: Kind) -> list[_Wish]:
    part, text, lexicon = laid.part, laid.text, laid.part.lexicon
    hits = _hits(part, text, kind)
    wanted = [item for item in laid.items if item.wanted]
    found = [wish for item in wanted for wish in _listed(part, text, item, hits)]
    rest = [hit for hit in hits if not any(item.start <= hit.end and hit.start < item.end for item in wanted)]
    found += [_named(part, text, hit) for hit in _chosen(text, rest, kind, lexicon, alone=not found)]
    for at in islice(asking(text, 0, len(text), lexicon), ENOUGH):
        if not any(item.start < at <= item.end for item in wanted):
            plain = [*_plain(part, text, at)]
            plain += [wish for more in _further(text, at, lexicon) for wish in _plain(part, text, more)]
            found += [wish for wish in plain if not _heads(text, wish, wanted)]
    return _merged(found)


def _heads(text: str, wish: _Wish, wanted: Sequence[Item]) -> bool:
    """请提供以下资料: with its list below: what is wanted are the items."""
    return text[wish.end : wish.end + 1] == ":" and any(0 < item.start - wish.end < 5 for item in wanted)


def _hits(part: Part, text: str, kind: Kind) -> list[Hit]:
    """The words of demands that may be one in a mail of this kind."""
    hits = [hit for hit in part.of("demand") if not _unticked(text, hit)]
    hits = longest(hits, lambda hit: (hit.start, hit.end), lambda hit: hit.rule.confidence)
    return [
        hit for hit in hits if hit.rule.kind in (None, kind, Kind.INQUIRY) or (kind in _COMPLAINING and hit.rule.value)
    ]


def _chosen(text: str, hits: Sequence[Hit], kind: Kind, lexicon: Lexicon, *, alone: bool) -> list[Hit]:
    """Those asked for.  An order need not ask; where a complaint asks for nothing (``alone``) what it names will do."""
    if kind in (Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE, Kind.INFO_UPDATE):
        told = [hit for hit in hits if not _past(text, hit, lexicon)]
        return [hit for hit in told if hit.rule.name != "demand-delivery" or _asked(text, hit, lexicon)]
    asked = [hit for hit in hits if _asked(text, hit, lexicon)]
    if not alone or kind not in _COMPLAINING or any(not _claims(text, hit, lexicon) for hit in asked):
        return asked
    named = [hit for hit in hits if hit.rule.name not in _NOUNS and hit.rule.value and hit not in asked]
    named = [hit for hit in named if not _past(text, hit, lexicon)][:2]
    return [hit for hit in hits if hit in asked or hit in named]


def _listed(part: Part, text: str, item: Item, hits: Sequence[Hit]) -> Iterator[_Wish]:
    """The wishes of one item of a list of demands: its clauses that name one, else its first clause."""
    lexicon = part.lexicon
    spans = pieces(text, after_mark(text, item.start, item.end), item.end)
    named: list[_Wish] = []
    bare: _Wish | None = None  # 发我: who reads only that learns nothing
    for span in spans:
        inside = [hit for hit in hits if span[0] <= hit.start < span[1]]
        hit = next((hit for hit in inside if hit.rule.value), inside[0] if inside else None)
        if (
            hit is None
            or lexicon(_NOT).search(text[span[0] : hit.start])
            or lexicon(wishing.OTHERWISE).match(text, *span)
        ):
            continue
        if hit.rule.name not in _ONCE or all(hit.rule.name != wish.rule for wish in named):
            wish = _named(part, text, hit, (item.start, item.end))
            if hit.rule.name != _TO_ME or wish.end - wish.start >= _BARE:
                named.append(wish)
            bare = bare or wish
    if named:
        yield from named
    elif bare is not None and len(spans) == 1:
        yield bare
    elif spans and not (lexicon(_OWN).match(text, *spans[0]) or lexicon(wishing.OTHERWISE).match(text, *spans[0])):
        start, end = _fit(text, _fronted(text, *spans[0], lexicon), spans[0][1], lexicon)
        if end - start >= 2:
            yield _Wish(part, start, end, _PLAIN, 0.5)


def _asked(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    start, end = sentence(text, hit.start, hit.end)
    if _past(text, hit, lexicon):
        return False
    if not hit.rule.value:  # the form itself asks, unless the writer tells what he or a third one does
        return lexicon(_THEY).match(text, clause(text, hit.start, hit.end)[0], hit.start + 2) is None
    if hit.rule.name in _NOUNS:
        first, _ = clause(text, hit.start, hit.end)
        return lexicon(_GIVE).search(text, max(first - 2, start), min(hit.end + 8, end)) is not None
    if _claims(text, hit, lexicon):
        return True
    return bool(lexicon(_ASKED).search(text, max(start, hit.start - 60), min(end, hit.end + 30)))


def _unticked(text: str, hit: Hit) -> bool:
    """Whether the words stand behind an empty box of a form."""
    return text[max(0, hit.start - 2) : hit.start].strip()[-1:] in ("□", "☐", "○")


def _claims(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether the words claim money by a step of the writer's own that is still to come."""
    before = text[max(0, hit.start - 14) : hit.start]
    return bool(lexicon(_OWN_CLAIM).match(text, hit.start)) and not (
        lexicon(_CLAIM_MADE).search(before) or lexicon(_NOT).search(before) or lexicon(_OF_IT).match(text, hit.end)
    )


def _past(text: str, hit: Hit, lexicon: Lexicon) -> bool:
    if _claims(text, hit, lexicon):
        return False
    before = text[max(0, hit.start - 14) : hit.start]
    if lexicon(_DONE).search(before) or lexicon(_NOT).search(before):
        return True
    return lexicon(_OF_IT).match(text, hit.end) is not None or _threat(text, hit.start, lexicon)


def _threat(text: str, at: int, lexicon: Lexicon) -> bool:
    """Whether the clause says what follows if nothing is done."""
    start, _ = clause(text, at, at + 1)
    return lexicon(wishing.OTHERWISE).match(text, after_mark(text, start, at), at + 1) is not None


def _named(part: Part, text: str, hit: Hit, within: Span | None = None) -> _Wish:
    """A wish of a class: the clause behind the word that asks, cut to what is about the hit, ``within`` its item."""
    start, end = clause(text, hit.start, hit.end)
    if within is not None:
        start, end = max(start, min(within[0], hit.start)), min(end, max(within[1], hit.end))
    start = max((end for end in asking(text, start, hit.start + 1, part.lexicon) if end <= hit.start), default=start)
    start = min(_fronted(text, after_mark(text, start, hit.start), hit.start + 1, part.lexicon), hit.start)
    latin = text[hit.start : hit.end].isascii() and not _HAN.search(text, start, end)
    if latin:
        start = max((at.end() for at in _AND.finditer(text, start, hit.end) if at.end() <= hit.start), default=start)
        stop = _AND.search(text, hit.end, end)
        end = stop.start() if stop else end
    if end - start > (_LATIN_LONG if latin else _LONG):
        start = max(start, _word(text, hit.start - (25 if latin else 10), hit.start) if latin else hit.start - 6)
        end = min(end, hit.end + (40 if latin else 12))
    start, end = _fit(text, start, end, part.lexicon, hit.end)
    if hit.rule.name == _TO_ME and end - start < _BARE and text[start - 1 : start] in (",", " "):
        start = _fronted(text, clause(text, max(start - 2, 0), start - 1)[0], start, part.lexicon)
    return _Wish(part, min(start, hit.start), max(end, hit.end), hit.rule.name, hit.rule.confidence,
                 part.lexicon(_VAGUE).fullmatch(text[start:end]) is not None)  # fmt: skip


_MORE_HAN = Grammar(r"[,;]\s?<more-words>(?=[\u4e00-\u9fff])(?!说|不|有|者|一个|外)")
_MORE_LATIN = re.compile(r",? and (?:also )?(?=(?:an?|the|somebody|someone|your|full|written|some|to) [a-z])")


def _further(text: str, at: int, lexicon: Lexicon) -> Iterator[int]:
    """Where the second and third thing asked in the same sentence begin."""
    end = sentence(text, at, at)[1]
    pattern = _MORE_LATIN if text[max(0, at - 4) : at].isascii() else lexicon(_MORE_HAN)
    yield from (match.end() for match in islice(pattern.finditer(text, at, end), 3))


_TO_ADDRESS = Grammar("<to-address>")


def _quoted(text: str, at: int) -> bool:
    """Whether a place stands within quotation marks of its line."""
    return text.count('"', text.rfind("\n", 0, at) + 1, at) % 2 == 1


_HAN = re.compile("[\u4e00-\u9fff]")


def _word(text: str, at: int, stop: int) -> int:
    """The first beginning of a word at or behind a place."""
    at = max(at, 0)
    while 0 < at < stop and text[at - 1].isalnum():
        at += 1
    return at


def _plain(part: Part, text: str, at: int) -> Iterator[_Wish]:
    """The words behind 请 or please, unless they are courtesy."""
    lexicon = part.lexicon
    if lexicon(_COURTESY).match(text, at) or not text[at : at + 2].strip(" ,.;!?\n") or _quoted(text, at):
        return
    if lexicon(_NOT).search(text, max(0, at - 12), at) or lexicon(_TO_ADDRESS).match(text, at):
        return
    _, end = clause(text, at, min(at + 1, len(text)))
    start = _fronted(text, at, end, lexicon)
    if lexicon(_COURTESY).match(text, start) or any(at > start for at in asking(text, start, start + 6, lexicon)):
        return
    if not _HAN.search(text, start, end) and (more := _AND.search(text, start, end)):
        for first, last in ((start, more.start()), (more.end(), end)):
            first, last = _fit(text, first, last, lexicon)
            if last - first >= 4:
                yield _Wish(part, first, last, _PLAIN, 0.4, lexicon(_VAGUE).fullmatch(text, first, last) is not None)
        return
    if lexicon(_ADDRESSED).search(text[start:end]) or text[max(0, at - 3) : at].startswith("("):
        return
    start, end = _fit(text, start, end, lexicon)
    words = text[start:end]
    if text[end : end + 1] == ":" and words.isascii():  # Please propose: five new ones by air, or ...
        last = sentence(text, end, end)[1]
        for span in pieces(text, end + 1, last)[:3]:
            yield _Wish(part, *_fit(text, _fronted(text, *span, lexicon), span[1], lexicon), _PLAIN, 0.4)
        return
    if end - start < (4 if words.isascii() else 3) or lexicon(_DONE).search(text[max(0, at - 14) : at - 1]):
        return
    yield _Wish(part, start, end, _PLAIN, 0.4, lexicon(_VAGUE).fullmatch(words) is not None)


def _fronted(text: str, start: int, end: int, lexicon: Lexicon) -> int:
    """Past who shall do it, how soon and until when."""
    for _ in range(6):
        match = lexicon(_FRONT).match(text, start, end) or lexicon(_UNTIL).match(text, start, end)
        if match is None or match.end() >= end or match.end() == start:
            break
        start = match.end()
    return start


def _fit(text: str, start: int, end: int, lexicon: Lexicon, least: int = 0) -> Span:
    """A wish of a fitting length, without particles and terms at its end."""
    latin = not _HAN.search(text, start, end)
    if latin:
        stop = _STOP_LATIN.search(text, max(least, start + 3), end)
        end = stop.start() if stop else end
        if end - start > _LATIN_LONG:
            last = text.rfind(" ", max(least, start), start + _LATIN_LONG)
            end = last if last > start else start + _LATIN_LONG
    elif end - start > _LONG:
        end = max(least, start + _LONG)
    start, end = trimmed(text, start, end)
    while (match := lexicon(_STOP).search(text[start:end])) and end - len(match[0]) > max(start, least):
        end -= len(match[0])
    return start, end


def _merged(found: Sequence[_Wish]) -> list[_Wish]:
    """Wishes in the order of the mail, one for each stretch of words; a named one before a plain one."""
    kept: list[_Wish] = []
    for wish in sorted(found, key=lambda wish: (wish.rule == _PLAIN, wish.start)):
        if not any(wish.start < other.end and other.start < wish.end for other in kept):
            kept.append(wish)
    return sorted(kept, key=lambda wish: wish.start)


def _questions(laid: Laid, lexicon: Lexicon) -> Iterator[_Wish]:
    """The questions of an enquiry."""
    part, text = laid.part, laid.text
    count = 0
    for start, end in pieces(text, 0, min(len(text), 3000)):
        start = after_mark(text, start, end)
        if end - start >= 4 and lexicon(_QUESTION).search(text[start : end + 1]):
            count += 1
            first, last = _fit(text, start, end, part.lexicon)
            yield _Wish(part, first, last, _PLAIN, 0.3)
        if count >= 3:
            break
