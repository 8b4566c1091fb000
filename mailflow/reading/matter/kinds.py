"""Which kind of mail this is: evidence weights from the rules, then the thread and the sender.

Every rule that speaks for a kind adds its weight once for each part it is found in, and a little more when it is found
again.  The gravest kind that is nearly as strong as the strongest wins: a complaint that also asks a price is a
complaint.  Nothing here ever suppresses a mail; what asks for nothing is told by :mod:`.unclaimed`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mailflow.domain.model import Kind, Message
from mailflow.reading.matching.lexicon import Grammar, Lexicon
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.reasons import code_of
from mailflow.reading.matching.rule import Rule
from mailflow.reading.matter import unclaimed
from mailflow.reading.matter.unreal import SAID, real
from mailflow.reading.people.ours import Ours

# Gravest first; the last two are told by the sender and the subject rather than by weight.
GRAVITY = (
    Kind.COMPLAINT,
    Kind.FOLLOWUP,
    Kind.ORDER_CHANGE,
    Kind.ORDER,
    Kind.RFQ,
    Kind.INQUIRY,
    Kind.SUGGESTION,
    Kind.PRAISE,
    Kind.INFO_UPDATE,
    Kind.SURVEY_REPLY,
    Kind.STAFF_REPLY,
    Kind.OTHER,
)
_KINDS = "kinds"  # of a part, shared
_FACTOR = {"subject": 1.4, "new_text": 1.0, "forwarded_text": 0.9, "attachment": 0.9}
_THRESHOLD = 1.0
_TALE = 20  # characters
_NEAR = 0.6
_PLAIN = 5.0  # so much trouble makes a complaint, whatever else is asked in the same breath
_AGAIN = 0.25

_REPLY = re.compile(r"^\s{0,3}(?:re|aw|sv|回复|答复|回覆)(?:\[\d{1,3}\])?\s{0,2}:")
_FORWARD = re.compile(r"^\s{0,3}(?:fwd?|wg|转发|转)\s{0,2}:")
_CASE_NUMBER = re.compile(
    r"\[[a-z]{2,4}-\d{4}-\d{3,6}\]|\(案件\s?[a-z]{2,4}-\d{4}-\d{3,6}\)|(?:工单|案件|ticket|case)\s?(?:号|编号|no\.?|"
    r"#)?[\s:#]{0,3}[a-z0-9-]{5,24}"
)
_ASKS = Grammar("<asks-of-us>")
_ABOUT_US = Grammar("<about-us>")
_TASK = Grammar("<task-words>")
_IRONY = "complaint-irony"
_GRIEVANCES = frozenset({SAID, "complaint-threat", "complaint-anger"})
_CLAIMS = frozenset({SAID, "complaint-threat"})
_TOLD_SO = frozenset({"complaint-found-so", "complaint-some-of-many"})
_OF_TROUBLE = ("defect_or_issue", "kind")  # what somebody wants of us, or how grave it is, comes on top
_OF_US = Grammar("<of-us>|<of-goods>")
_OF_GOODS = Grammar("<of-goods>")
_BY_STRANGERS = frozenset({"other-offer", "other-priced", "other-news", "other-invited", "other-machine"})
_TURNS = Grammar("<turns>")
_SENTENCE = re.compile(r"[。!?\n]|\.\s")


@dataclass(frozen=True, slots=True)
class Reading:
    """The kind decided, all kinds found (gravest first) with their weights, the sub-kinds and their reason codes."""

    kind: Kind
    kinds: tuple[tuple[Kind, float], ...]
    subkinds: tuple[str, ...]
    reasons: tuple[str, ...]


def decide(message: Message, parts: Sequence[Part], own: Ours, lexicon: Lexicon, claim: float) -> Reading:
    """The kind of one mail; ``claim`` is how likely it claims something, by what was learned (0..1)."""
    scores = weigh(parts, _FACTOR)
    quoted = weigh(parts, {"quoted_text": 1.0, "subject": 1.0})
    nothing_asked = scores.pop(Kind.OTHER, 0.0) + weigh(parts, {"signature": 1.0}).get(Kind.OTHER, 0.0)
    evidence = _evidence(message, parts, scores, nothing_asked, lexicon)
    told = None if _only_thanks(message, parts, evidence) else _told(message, parts, scores, quoted, own, lexicon)
    kind, rival = unclaimed.doubted(*unclaimed.settle(replace(evidence, scores=dict(scores)), told), claim)
    scores[kind] = max(scores.get(kind, 0.0), nothing_asked if kind is Kind.OTHER else 0.0, _THRESHOLD)
    if rival is not None:  # as strong as the kind: a person decides
        scores[rival] = max(scores.get(rival, 0.0), scores[kind])
    found = tuple((k, round(scores[k], 2)) for k in GRAVITY if scores.get(k, 0) >= _THRESHOLD or k is kind)
    return Reading(kind, found, *_about(parts, kind))


def weigh(parts: Sequence[Part], factors: Mapping[str, float]) -> dict[Kind, float]:
    """The evidence for each kind in these parts."""
    scores: dict[Kind, float] = {}
    for part in parts:
        factor = factors.get(part.role)
        if not factor:
            continue
        for kind, rule, count in _told_by(part):
            weight = rule.weight * factor * (1 + _AGAIN * min(count - 1, 2))
            scores[kind] = scores.get(kind, 0.0) + weight
    return scores


def _told_by(part: Part) -> Iterable[tuple[Kind, Rule, int]]:
    """Each rule that speaks for a kind in a part, and how often; worked out once."""
    found: list[tuple[Kind, Rule, int]] | None = part.shared.get(_KINDS)
    if found is None:
        counts: dict[str, tuple[Rule, int]] = {}
        for hit in real(part):
            rule = hit.rule
            if rule.kind is not None:
                counts[rule.name] = rule, counts.get(rule.name, (rule, 0))[1] + 1
        found = part.shared[_KINDS] = [(rule.kind, rule, count) for rule, count in counts.values() if rule.kind]
    return found


def is_reply(message: Message, subject: str) -> bool:
    """Whether a mail answers an earlier one, by its headers or its subject."""
    return bool(message.in_reply_to or message.references or _REPLY.match(subject)) and not _FORWARD.match(subject)


def _told(
    message: Message,
    parts: Sequence[Part],
    scores: dict[Kind, float],
    quoted: dict[Kind, float],
    own: Ours,
    lexicon: Lexicon,
) -> Kind | None:
    """The kind the words tell; None when they tell none."""
    subject = next((part.text for part in parts if part.source == "subject"), "")
    reply = is_reply(message, subject)
    trouble = scores.get(Kind.COMPLAINT, 0.0)
    if reply and own.is_ours(message.sender) and _of_staff(message, subject, scores, lexicon):
        return Kind.STAFF_REPLY
    scores.pop(Kind.STAFF_REPLY, None)
    if trouble >= 2 and any(hit.rule.name == _IRONY for part in parts for hit in part.hits):
        scores.pop(Kind.PRAISE, None)
    if _wins(Kind.SURVEY_REPLY, scores, over=trouble * 0.6) and quoted.get(Kind.SURVEY_REPLY, 0) >= 1:
        scores.pop(Kind.PRAISE, None)  # what it thinks of us is its answer
        return Kind.SURVEY_REPLY
    known = bool(_CASE_NUMBER.search(subject))
    if reply or known:
        return _in_thread(scores, quoted, known)
    if _praised(parts, scores, trouble):
        return Kind.PRAISE
    if _updated(parts, scores):
        return Kind.INFO_UPDATE
    if _suggested(parts, scores):
        return Kind.SUGGESTION
    if _chases(message, parts, scores):
        return Kind.FOLLOWUP
    chased = scores.get(Kind.FOLLOWUP, 0.0)
    if chased and trouble:  # "you promised" inside a first complaint
        scores[Kind.COMPLAINT] = trouble + chased / 2
        scores[Kind.FOLLOWUP] = 0.0
    return _gravest(scores)


def _only_thanks(message: Message, parts: Sequence[Part], found: unclaimed.Evidence) -> bool:
    """Does an answer to a mail that is about no case only say that something came, with thanks?"""
    subject = next((part.text for part in parts if part.source == "subject"), "")
    said = {hit.rule.name for part in parts if part.role == "new_text" for hit in part.hits}
    return (
        "other-received" in said
        and is_reply(message, subject)
        and not _CASE_NUMBER.search(subject)
        and not (found.asks or found.turns or found.signs or found.demanded)
        and found.told < unclaimed.FAINT
        and not found.scores.get(Kind.FOLLOWUP)
    )


def _of_staff(message: Message, subject: str, scores: Mapping[Kind, float], lexicon: Lexicon) -> bool:
    """Whether a colleague answers a mail of ours; what he passes on is a customer's."""
    if message.forwarded or message.forwarded_text.strip():
        return False
    if lexicon(_TASK).search(subject) or lexicon(_TASK).search(message.quoted_text[:2000]):
        return True
    return scores.get(Kind.STAFF_REPLY, 0) >= 1 or not scores.get(Kind.COMPLAINT, 0.0)


def _chases(message: Message, parts: Sequence[Part], scores: Mapping[Kind, float]) -> bool:
    """Whether a mail that is no answer asks after an earlier one: it says little else, its subject or a number does."""
    chased = scores.get(Kind.FOLLOWUP, 0.0)
    if chased > scores.get(Kind.COMPLAINT, 0.0) + 1:
        return True
    titled = weigh([part for part in parts if part.source == "subject"], _FACTOR).get(Kind.FOLLOWUP, 0.0)
    return titled >= 2 or (chased >= 1.5 and _CASE_NUMBER.search(message.new_text[:5000].lower()) is not None)


def _praised(parts: Sequence[Part], scores: Mapping[Kind, float], trouble: float) -> bool:
    """Thanks in the subject count for more than words of trouble in the tale; irony anywhere undoes them."""
    if any(hit.rule.name == _IRONY for part in parts for hit in part.hits):
        return False
    titles = [part for part in parts if part.source == "subject"]
    titled = weigh(titles, _FACTOR)
    return (
        titled.get(Kind.PRAISE, 0.0) >= 2
        and scores.get(Kind.PRAISE, 0.0) > titled[Kind.PRAISE]  # the tale itself thanks, too
        and not titled.get(Kind.COMPLAINT, 0.0)
        and scores.get(Kind.PRAISE, 0.0) > trouble
    )


def _suggested(parts: Sequence[Part], scores: Mapping[Kind, float]) -> bool:
    """A suggestion in the subject names the mail: the shortcomings in its tale are what it would have changed."""
    titled = weigh([part for part in parts if part.source == "subject"], _FACTOR)
    said = {hit.rule.name for part in parts for hit in part.hits}
    return (
        titled.get(Kind.SUGGESTION, 0.0) >= 2
        and scores.get(Kind.SUGGESTION, 0.0) > titled[Kind.SUGGESTION]  # the tale itself suggests, too
        and not titled.get(Kind.COMPLAINT, 0.0)
        and not said & _GRIEVANCES
    )


def _updated(parts: Sequence[Part], scores: dict[Kind, float]) -> bool:
    """News of a person or an address named in the subject: who will handle complaints now does not complain."""
    titled = weigh([part for part in parts if part.source == "subject"], _FACTOR)
    troubles = [h for part in parts for h in part.hits if h.rule.finds == "defect_or_issue" and part.role in _FACTOR]
    if titled.get(Kind.INFO_UPDATE, 0.0) < 2 or titled.get(Kind.COMPLAINT) or troubles:
        return False
    if scores.get(Kind.INFO_UPDATE, 0.0) <= scores.get(Kind.COMPLAINT, 0.0):
        return False
    scores.pop(Kind.COMPLAINT, None)
    return True


def _in_thread(scores: dict[Kind, float], quoted: dict[Kind, float], known: bool) -> Kind | None:
    """The kind of a mail that answers another: what it adds itself, else what the thread is about."""
    trouble = max(scores.get(Kind.COMPLAINT, 0.0), quoted.get(Kind.COMPLAINT, 0.0))
    for kind in (Kind.ORDER_CHANGE, Kind.PRAISE, Kind.INFO_UPDATE):
        if (
            scores.get(kind, 0) >= 2
            and scores[kind] > scores.get(Kind.COMPLAINT, 0.0)
            and not quoted.get(Kind.COMPLAINT)
        ):
            return kind
    earlier = known or quoted.get(Kind.COMPLAINT, 0) >= _THRESHOLD or scores.get(Kind.FOLLOWUP, 0) >= _THRESHOLD
    if earlier and (trouble >= _THRESHOLD or scores.get(Kind.FOLLOWUP, 0) >= _THRESHOLD):
        scores[Kind.FOLLOWUP] = max(scores.get(Kind.FOLLOWUP, 0.0), trouble) + 0.5
        return Kind.FOLLOWUP
    return _gravest(scores) or (Kind.FOLLOWUP if known else None)


def _evidence(
    message: Message, parts: Sequence[Part], scores: Mapping[Kind, float], nothing_asked: float, lexicon: Lexicon
) -> unclaimed.Evidence:
    """What speaks for and against a claim in the writer's own words."""
    own_words = [part for part in parts if part.role in _FACTOR and part.role != "attachment"]
    hits = [(part, hit) for part in own_words for hit in part.hits]
    held = [(part, hit) for part in own_words for hit in real(part)]
    worrying = [(part, hit) for part, hit in held if _worries(hit)]
    kept = {hit for _, hit in held}
    telling = [hit.rule for _, hit in held if hit.rule.finds == "defect_or_issue" or hit.rule.name in _TOLD_SO]
    told = {
        hit.rule.name: hit.rule.weight
        for _, hit in held
        if hit.rule.kind is Kind.COMPLAINT and hit.rule.finds in _OF_TROUBLE
    }
    body = "\n".join(part.text for part in own_words)
    written = next((part.text[:5000] for part in own_words if part.source == "new_text"), "")
    tie = _OF_GOODS if any(hit.rule.name in _BY_STRANGERS for _, hit in hits) else _OF_US  # every offer says 贵公司
    return unclaimed.Evidence(
        scores=dict(scores),
        nothing_asked=nothing_asked,
        told=sum(told.values()),
        signs=frozenset((rule.name, rule.confidence) for rule in telling),
        grieved=any(hit.rule.name in _CLAIMS for _, hit in held),
        ironic=any(hit.rule.name == _IRONY for _, hit in hits),
        denied=any(hit.rule.finds == "defect_or_issue" and hit not in kept for _, hit in hits),
        ours=any(_near(part, hit, lexicon(tie)) for part, hit in worrying),
        demanded=any(hit.rule.finds == "demand" for _, hit in worrying),
        turns=lexicon(_TURNS).search(written) is not None,
        asks=lexicon(_ASKS).search(body[:5000]) is not None,
        about_us=lexicon(_ABOUT_US).search(body[:5000]) is not None,
        short=len(written.strip()) < _TALE,
        blank=not body.strip(),
    )


def _worries(hit: Hit) -> bool:
    """Does it tell of a trouble, or of what somebody wants of us for one?"""
    claims = hit.rule.kind is Kind.COMPLAINT and hit.rule.weight >= _THRESHOLD
    return hit.rule.finds == "defect_or_issue" or claims


def _near(part: Part, hit: Hit, words: re.Pattern[str]) -> bool:
    """Does such a word stand in the sentence of a trouble, or in one beside it?"""
    before = _SENTENCE.split(part.text[max(0, hit.start - 120) : hit.start])
    behind = _SENTENCE.split(part.text[hit.end : hit.end + 120])
    near = "\n".join([*before[-2:], part.text[hit.start : hit.end], *behind[:2]])
    return words.search(near) is not None


def _wins(kind: Kind, scores: Mapping[Kind, float], over: float) -> bool:
    return scores.get(kind, 0.0) >= _THRESHOLD and scores[kind] > over


def _gravest(scores: Mapping[Kind, float]) -> Kind | None:
    best = max(scores.values(), default=0.0)
    if best < _THRESHOLD:
        return None
    if scores.get(Kind.COMPLAINT, 0.0) >= _PLAIN:
        return Kind.COMPLAINT
    return next(kind for kind in GRAVITY if scores.get(kind, 0.0) >= max(_THRESHOLD, _NEAR * best))


def _about(parts: Sequence[Part], kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sub-kinds and reasons of rules for the kind decided (troubles also for a follow-up), strongest first."""
    wanted = {kind, Kind.COMPLAINT} if kind is Kind.FOLLOWUP else {kind}
    weights: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for part in parts:
        for hit in real(part) if part.role in _FACTOR else ():
            rule = hit.rule
            if rule.subkind and rule.kind in wanted:
                weight = int(100 * rule.weight)
                weights[rule.subkind] += weight
                if code := code_of(rule.subkind, rule.reason):
                    codes[code] += weight
    return tuple(name for name, _ in weights.most_common(4)), tuple(code for code, _ in codes.most_common(4))
