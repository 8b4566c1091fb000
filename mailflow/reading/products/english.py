"""English names of goods, told by where they stand: behind a count or ``your``, before a type, first in a subject.

A name is up to four plain words in a row; it ends before a verb, a preposition or a sign.  Its last word must not be
one for papers, people, places, troubles or anything at all (``order``, ``customer``, ``delivery``, ``issue``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matching.spans import ENOUGH
from mailflow.reading.products.names import rule

_COUNT_WORDS = (
    "pcs|pc|pieces?|sets?|units?|nos\\.?|ea|boxes|box|cartons?|ctns?|rolls?|bags?|drums?|reels?|pallets?|pairs?|"
    "sheets?|"
    "kgs?|tons?|tonnes?|mt|meters?|metres?|m|bottles?|cases?|packs?|litres?|liters?|yards?|coils?|bales?|bundles?|"
    "crates?|"
    "sacks?|containers?|batch(?:es)?|lots?|consignments?|shipments?|deliver(?:y|ies)|orders?|trucks?|loads?"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,6}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|several|some|all)"
)
_WORD = r"[a-z][a-z'/-]{1,18}"
_NAME = re.compile(rf"{_WORD}(?:[ \n]{_WORD}){{0,4}}(?![a-z0-9-])")
# What leads to a name, and how surely.
_LEADS = (
    (
        re.compile(
            rf"(?<![a-z0-9.,-]){_NUMBER}(?: ?(?:{_COUNT_WORDS})| ?(?:x|\*) ?\d{{2}} ?(?:hc|hq|gp|ft))"
            r"(?: of)?(?: (?:the|your|our|these|this))? (?=[a-z])"
        ),
        0.7,
    ),
    (re.compile(rf"(?<![a-z0-9.,/-]){_NUMBER} (?:(?:of )?(?:the |your |our |these )?)(?=[a-z])"), 0.5),
    (
        re.compile(
            r"\b(?:quot(?:e|ation|ing)|rfq|enquiry|inquiry|request|prices?|complaint|claim|problems?|issues?|"
            r"trouble|feedback|"
            r"question|samples?|spare parts?|order|orders?|shipment|delivery|batch|lot|consignment|supply|purchase)"
            r"(?: order)? (?:for|of|about|on|regarding|concerning|with|re)(?: (?:the|your|our|these|this|some|a|an|"
            r"following))?"
            r"(?: (?:new|above|below|defective|faulty|damaged|broken|leaking|missing))? (?=[a-z])"
        ),
        0.7,
    ),
    (
        re.compile(
            r"\b(?:bought|purchased|ordered|received|got|installed|fitted|supplied|delivered|shipped|sold|replaced)"
            r"(?: from you| us| me)? (?:a|an|the|your|these|this|those|some|our|two|three|new)(?: new)? (?=[a-z])"
        ),
        0.65,
    ),
    (re.compile(r"\b(?:your|these|those|this|that) (?=[a-z])"), 0.45),
    (re.compile(r"\b(?:the|our|a|an) (?=[a-z])"), 0.3),
)
_SUBJECT = re.compile(
    r"(?:^|[:!?/,|]|-(?= )|\]|\))[ ]{0,2}(?:(?:re|fw|fwd|urgent|attn|claim|complaint|rfq|quotation|enquiry|inquiry|"
    r"quote|order|"
    r"about|regarding|problem|issue|late|delayed|missing|short|wrong|faulty|defective|broken|damaged|leaking|fake|bad|"
    r"the|your|our|of|for|with|new|delivery|shipment|shipped|ship|p\.?o\.?|no\.?|#|"
    r"[a-z]{0,4}-?\d[a-z0-9/-]{1,20})[ :]{1,2}){0,5}(?=[a-z])"
)
_TYPE_AHEAD = re.compile(
    r"[ ,]{0,2}(?:\(|\[)?(?:(?:model|type|part(?: no\.?| number)?|p/n|art\.?|article|item|ref\.?)[ :.]{0,2})?"
    r"(?=[a-z0-9./-]{0,16}\d)(?=[a-z0-9./ -]{0,16}[a-z-])(?!v?\d{1,3}\b|\d{1,2}(?:st|nd|rd|th)\b|20\d\d|po[ -]?\d|"
    r"\d+(?:pcs|mm|kg|am|pm))"
    r"[a-z0-9]{2}[a-z0-9./-]{2,20}"
)
_MIXED = (
    (re.compile(r"(?:[批款种台个只件的到是]|关于|pcs)[ ]?(?=[a-z]{3})"), 0.6),  # 这批motor bracket有问题
    (re.compile(r"(?<=[\u3400-\u9fff])[ ]?(?=[a-z]{3})"), 0.35),
)
# What stands behind goods that were bought.
_BOUGHT = re.compile(
    r"[ \n](?:(?:that|which) )?(?:you|we|i)(?:'ve| have)? (?:\w+ )?(?:delivered|supplied|sent|shipped|sold|"
    r"received|ordered|bought|purchased|got|"
    r"installed|made|produced)|[ \n](?:(?:that|which) (?:was|were) )?(?:delivered|supplied|shipped|received|"
    r"purchased|ordered|bought) |"
    r"[ \n](?:from|of|on|in|under) (?:you\b|your (?:company|factory|shop)|our (?:po\b|order)|po\b|order\b|lot\b|"
    r"batch\b)"
)
# Words no name goes on over.
_STOP = frozenset(
    "a an the of in on at to for from by with without within into onto over under and or but nor so if when while "
    "as than "
    "that which who whom whose what where why how this these those it its they them their we us our you your i me "
    "my he she "
    "his her him is are was were be been being am has have had having do does did done will would shall should can "
    "could may "
    "might must not no never don't doesn't didn't isn't aren't wasn't won't can't cannot very too also again still "
    "just only "
    "already yet now then today yesterday tomorrow tonight last next since until till before after during about "
    "above below "
    "between because due per via ex please kindly thanks thank dear hi hello regards all some any each every both "
    "either more "
    "most less few many much other another such same own out off up down back here there arrived arrives arrive "
    "came come "
    "comes broke broken breaks cracked cracks crack leaking leaks leak leaked failed fails fail failing stopped "
    "stops stop "
    "works work worked working does doing got get gets getting went go goes gone keep keeps kept kept made make "
    "makes makes "
    "need needs needed want wants wanted ordered delivered received shipped supplied installed bought purchased "
    "sent sold "
    "promised confirmed found find show shows showed shown look looks looked seem seems smell smells turned turn turns "
    "have've i'm we're it's damaged defective faulty wrong missing short late bad poor again urgent attached asap "
    "exceeds exceed lacks lack miss misses contains contain consists returned rejected says said tell told ask asked "
    "like unlike around across through against upon toward towards among along behind near regarding concerning re ok "
    "mr mrs ms miss dr sir madam team noted following one two three four five six seven eight nine ten monday tuesday "
    "wednesday thursday friday saturday sunday january february march april june july august september october "
    "november "
    "december jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur fri sat sun well really "
    "quite completely totally almost even ever once twice first second third "
    "started starts start burst bursts caught tripped jammed collapsed peeled rusted warped melted faded tore snapped "
    "dropped fell falling loose bent scratched dented swollen wet dirty mouldy moldy rusty "
    "doesnt dont wont cant hasn't haven't couldn't wouldn't reads read run runs ran running lock locks fit fits "
    "fitted replace exchange send check repair quote provide offer supply confirm fix "
    "return deliver order change use using buy sell receive install include including includes".split()
)
# A name does not end in one of these: papers, people, places, times, troubles, words for anything.
_NO_GOODS = frozenset(
    "order orders delivery deliveries shipment shipments invoice invoices quotation quote offer price prices "
    "payment refund "
    "credit note notes email emails mail mails message messages letter call calls phone number numbers reply "
    "answer response "
    "report reports certificate certificates document documents documentation drawing drawings photo photos "
    "photograph picture "
    "pictures file files attachment list lists form contract agreement complaint complaints claim claims issue "
    "issues problem "
    "problems question questions trouble defect defects failure failures fault faults error errors damage leak "
    "leakage crack "
    "cracks rust customer customers client clients company companies supplier suppliers colleague colleagues "
    "people person man "
    "team staff worker workers employee employees engineer engineers technician technicians manager boss owner "
    "owners operator "
    "operators driver drivers driver's guest guests child children buyer department office warehouse factory plant "
    "site line lines floor "
    "room building hotel hospital house home store shop city port country street address side place position time "
    "times day "
    "days week weeks month months year years hour hours minute minutes date dates morning afternoon evening night "
    "deadline "
    "goods product products item items part parts piece pieces thing things stuff material materials pcs unit "
    "units set sets "
    "lot lots batch batches quantity quantities rest half total whole amount percent cost costs money expense "
    "expenses fee fees "
    "discount value way ways case cases reason cause causes root action actions plan step steps measure solution "
    "result results "
    "test tests testing inspection check audit visit meeting training service support help attention information "
    "info details "
    "data quality packaging packing package packages box boxes carton cartons pallet pallets container containers "
    "bag bags "
    "drum drums roll rolls reel reels label labels tape tracking schedule production "
    "surface colour color size weight length dimension dimensions edge hole holes end bottom top middle inside outside "
    "safety risk danger accident injury injuries injured media lawyer court police news video business "
    "relationship cooperation market stock sample samples replacement "
    "replacements repair exchange return returns compensation explanation apology confirmation update feedback "
    "suggestion "
    "request requests requirement requirements standard specification spec version beginning end chance thing lot "
    "bit fact "
    "name subject matter situation experience years mistake promise thing point points word words guys folks "
    "everyone someone "
    "somebody anybody nobody something anything nothing everything kind type model serial code codes term terms "
    "condition "
    "conditions tank truck ship vessel train flight good faith mind level rate ratio share group world life hand "
    "hands head eye "
    "face body water air weather summer winter spring autumn max min average sense use usage need idea view "
    "account manufacturer "
    "maker brand dealer agent distributor importer party member user users bin bins date receipt status progress "
    "process procedure "
    "installation commissioning handling operation maintenance assembly request delay delays standstill stoppage "
    "downtime shortage "
    "discrepancy mix-up complaint's second minute moment season holiday holidays weekend notice arrangement "
    "inconvenience "
    "demurrage detention storage freight customs duty duties tax "
    "enquiry inquiry rfq quote "
    "needful disappointment rework sorting loss losses claim evidence proof video pics pic images image".split()
)
_NOT_FIRST = frozenset(
    "new old good nice big small great several various different certain additional further possible necessary "
    "earliest latest soon early best better kind above-mentioned captioned said urgent immediate full complete "
    "entire recent "
    "previous current original whole right left left-hand defective faulty".split()
)
_LONGEST = 4
_LETTERS = re.compile(r"[A-Z]{2,8}(?![A-Za-z])(?![ ][A-Za-z]+(?![\w-]))")  # an abbreviation alone
_POSTCODE = re.compile(r"[ ,]{0,2}[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}\b")
_BY_MIXED = [(pattern, rule("product-mixed", confidence)) for pattern, confidence in _MIXED]
_BY_LEAD = [(pattern, rule("product-by-lead-en", confidence)) for pattern, confidence in _LEADS]
_IN_SUBJECT, _IS_BOUGHT = rule("product-in-subject-en", 0.7), rule("product-bought-en", 0.75)
_BEFORE_TYPE = rule("product-before-code-en", 0.85)


def find(part: Part) -> Iterator[Hit]:
    """Names of goods in the Latin words of one part."""
    text = part.text
    if not re.search(r"[a-z]{3}", text):
        return
    english = not re.search(r"[\u3400-\u9fff]{12}", text) or part.source == "subject"
    if re.search(r"[\u3400-\u9fff]", text):
        for pattern, mixed in _BY_MIXED:
            yield from _led(text, part.original, pattern, mixed)
    if not english:
        return
    if part.source == "subject":
        yield from _led(text, part.original, _SUBJECT, _IN_SUBJECT)
    for pattern, led in _BY_LEAD:
        yield from _led(text, part.original, pattern, led, _IS_BOUGHT)
    yield from _before_types(text, _BEFORE_TYPE)


def _led(text: str, original: str, lead: re.Pattern[str], rule: Rule, bought: Rule | None = None) -> Iterator[Hit]:
    for match in islice(lead.finditer(text), ENOUGH):
        if _LETTERS.match(original, match.end()):
            continue
        name = _NAME.match(text, match.end())
        if name and (span := _trimmed(name[0], match.end())):
            surer = bought is not None and bought.confidence > rule.confidence and _BOUGHT.match(text, span[1])
            yield Hit(bought if bought and surer else rule, *span, match.start())


def whole(text: str, hit: Hit) -> Hit:
    """The whole name round an English word of a list: ``conveyor rollers`` for conveyor."""
    start, end = hit.start, hit.end
    for _ in range(2):
        before = re.search(rf"(?:^|[^a-z0-9-])({_WORD})[ ]$", text[max(0, start - 24) : start])
        if before is None or before[1] in _STOP or before[1] in _NOT_FIRST or before[1] in _NO_GOODS:
            break
        start -= len(before[1]) + 1
    after = re.match(rf"[ ]({_WORD})(?![a-z0-9-])", text[end : end + 24])
    if after and after[1] not in _STOP and after[1] not in _NO_GOODS and not after[1].endswith(("ly", "ing", "ed")):
        end += after.end()
    return Hit(hit.rule, start, end, hit.whole_start)


def _before_types(text: str, rule: Rule) -> Iterator[Hit]:
    """``drive shaft DS-2290``: read backwards from the type."""
    for match in islice(_TYPE_AHEAD.finditer(text), ENOUGH):
        before = re.search(rf"(?:{_WORD}[ \n]){{0,3}}{_WORD}$", text[max(0, match.start() - 60) : match.start()])
        if before is None or _POSTCODE.match(text, match.start()):
            continue
        words = re.split(r"[ \n]", before[0])
        kept: list[str] = []
        for word in reversed(words):
            if word in _STOP or word in _NOT_FIRST:
                break
            kept.insert(0, word)
        start = match.start() - len(" ".join(kept))
        if kept and kept[-1] not in _NO_GOODS and len(kept[-1]) > 2:
            yield Hit(rule, start, match.start(), start)


def _trimmed(words: str, start: int) -> tuple[int, int] | None:
    """The span of the name these words begin with, or None."""
    pieces = list(re.finditer(r"[^ \n]+", words))
    while pieces and pieces[0][0] in _NOT_FIRST:
        del pieces[0]
    count = 0
    while count < len(pieces) and count < _LONGEST and pieces[count][0] not in _STOP:
        count += 1
    while count and (pieces[count - 1][0].endswith(("ly", "ing", "ed")) and count > 1):
        count -= 1
    if (
        not count
        or len(pieces[count - 1][0]) < 3
        or pieces[count - 1][0] in _NO_GOODS
        or pieces[count - 1][0].endswith("ly")
    ):
        return None
    return start + pieces[0].start(), start + pieces[count - 1].end()
