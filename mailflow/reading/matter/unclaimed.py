"""No evidence, no claim: what a mail is that asks for nothing, or of which nobody can say whether it claims something.

Words of a notice, of thanks, of an offer speak against a claim; a trouble that is told speaks for one.  Where both are
there, or neither in a mail that speaks of us, the mail gets two kinds of equal weight, and a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailflow.domain.model import Kind

FAINT = 0.6  # so much displeasure, in words too faint to be a claim by themselves
FIRM = 2.5  # plain words of a notice, an offer, a mail that went astray
_SOME = 1.0
_HALF = 0.5  # with this share of what speaks for a claim, somebody should look
_QUARTER = 0.25  # what is grave, or demanded in so many words, waits for nobody's opinion
_MOSTLY, _CLEARLY, _TWICE = 0.9, 1.5, 2.0
_PRAISED = 2.0
_WEAK, _LONE = 1.5, 2.0  # one sign, and it may mean something else
_PLAIN = 0.7  # confidence of rules that name a trouble by its word
_TELLING = frozenset({"sign-broken", "sign-hurt", "sign-english"})  # forms of sentences that tell what went wrong
_DOUBTED, _HEARD, _SURELY = 0.5, 0.7, 0.8  # chances of a claim
_FREE = frozenset({Kind.OTHER, Kind.PRAISE, Kind.SUGGESTION, Kind.INFO_UPDATE, Kind.INQUIRY})  # ask for nothing much
_QUIET = _FREE | {Kind.ORDER, Kind.RFQ}
_FIXED = frozenset({Kind.STAFF_REPLY, Kind.SURVEY_REPLY, Kind.FOLLOWUP})  # told by the thread rather than by words


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found in a mail's own words.

    ``scores`` are the weights of all kinds but ``other``, whose weight is ``nothing_asked``.  ``told`` is the weight of
    the words that tell of a trouble, each rule once; ``signs`` are the rules that saw one, with their confidence.
    ``grieved``: it complains by name; ``ironic``: its praise means blame; ``denied``: it names a
    trouble there was none of; ``ours``: words beside a trouble bind it to us;
    ``demanded``: it wants what one wants for a trouble; ``turns``: it has words by which praise turns into blame;
    ``blank``: it says nothing at all.
    """

    scores: Mapping[Kind, float]
    nothing_asked: float
    told: float
    signs: frozenset[tuple[str, float]]
    grieved: bool
    ironic: bool
    denied: bool
    ours: bool
    demanded: bool
    turns: bool
    asks: bool
    about_us: bool
    short: bool
    blank: bool

    @property
    def trouble(self) -> float:
        """The weight of what speaks for a complaint."""
        return self.scores.get(Kind.COMPLAINT, 0.0)


def settle(found: Evidence, told: Kind | None) -> tuple[Kind, Kind | None]:
    """The kind, and the one a person should choose from beside it; ``told`` is what the words tell."""
    if told is None:
        return _untold(found)
    if told in _FIXED and not (told is Kind.FOLLOWUP and _noticed(found)):
        return told, None
    if told is Kind.COMPLAINT:
        return _complaint(found)
    if told is Kind.PRAISE:
        return told, Kind.COMPLAINT if _blamed(found) else None
    own = found.scores.get(told, 0.0)
    if found.nothing_asked >= FIRM and found.nothing_asked >= _MOSTLY * own:
        if _troubled(found) and found.ours:
            return Kind.OTHER, Kind.COMPLAINT
        return Kind.OTHER, told if found.nothing_asked < own else None
    weak = own <= (_LONE if told is Kind.SUGGESTION or found.trouble else _WEAK) and (
        found.asks or found.about_us or found.trouble > 0
    )
    blames = found.told >= _SOME and any(sure >= _HALF for _, sure in found.signs)
    return told, Kind.COMPLAINT if weak or blames or _troubled(found) else None


def doubted(kind: Kind, rival: Kind | None, claim: float) -> tuple[Kind, Kind | None]:
    """The kind and its rival, with what was learned of claims heard as well.

    A complaint that hardly looks like one is asked about, and so is what looks like one and is told as something else.
    Of two kinds of which one is a complaint, the likelier stands first.
    """
    if rival is None:
        if kind is Kind.COMPLAINT and claim < _DOUBTED:
            return kind, Kind.OTHER
        if kind in _QUIET and claim >= _HEARD:
            return kind, Kind.COMPLAINT
        return kind, None
    if rival is Kind.COMPLAINT and claim >= _SURELY and kind in _FREE:
        return rival, kind
    if kind is Kind.COMPLAINT and claim < 1 - _SURELY:
        return rival, kind
    return kind, rival


def _complaint(found: Evidence) -> tuple[Kind, Kind | None]:
    praise = 0.0 if found.ironic else found.scores.get(Kind.PRAISE, 0.0)
    if praise >= _PRAISED and praise >= _HALF * found.told:
        return (Kind.COMPLAINT, Kind.PRAISE) if found.asks else (Kind.PRAISE, Kind.COMPLAINT)
    least = _SOME if not found.asks and not found.grieved else FIRM
    if found.nothing_asked >= max(least, _HALF * found.told, _QUARTER * found.trouble):
        return Kind.OTHER, Kind.COMPLAINT if found.ours else None
    return Kind.COMPLAINT, None


def _untold(found: Evidence) -> tuple[Kind, Kind | None]:
    """No kind has evidence enough."""
    if found.blank:  # a file without a word, say
        return Kind.INQUIRY, Kind.OTHER
    troubled = found.trouble >= FAINT or any(sure >= _HALF for _, sure in found.signs)
    if found.nothing_asked >= _SOME:
        if troubled and (found.ours or found.nothing_asked < FIRM):
            return Kind.OTHER, Kind.COMPLAINT
        return Kind.OTHER, Kind.INQUIRY if found.asks and found.nothing_asked < FIRM else None
    seen = found.told >= FAINT or any(sure >= _HALF for _, sure in found.signs)
    if found.denied and not (seen or found.turns or found.asks):
        return Kind.OTHER, None
    if troubled or found.trouble:
        return Kind.COMPLAINT, None if found.trouble >= FAINT else Kind.OTHER
    if found.asks:
        return Kind.INQUIRY, Kind.COMPLAINT
    return Kind.OTHER, Kind.COMPLAINT if found.short or found.about_us or found.turns else None


def _noticed(found: Evidence) -> bool:
    """Is it a notice or an offer, though a word of it might go on with an earlier matter?"""
    chased = found.scores.get(Kind.FOLLOWUP, 0.0)
    return found.nothing_asked >= max(FIRM, _TWICE * chased) and found.told < FAINT


def _troubled(found: Evidence) -> bool:
    """Does a mail of another kind tell of a trouble as well?"""
    return any(sure >= _PLAIN or name in _TELLING for name, sure in found.signs)


def _blamed(found: Evidence) -> bool:
    """May praise mean blame: with a sign of trouble, faint words of displeasure, or something asked?"""
    signs = any(sure >= _HALF for _, sure in found.signs)
    praise = found.scores[Kind.PRAISE]
    clearly = (_TWICE if found.asks else _CLEARLY) * found.trouble
    if (
        not (signs or found.told or found.ironic or found.turns)
        and praise >= clearly
        and (found.trouble or not found.asks)
    ):
        return False  # what somebody did for him stands there as what one might demand: 到现场, 上门
    faint = found.trouble >= FAINT or (found.trouble > 0 and found.turns)
    mild = (found.asks or found.turns) and praise < _PRAISED
    return found.ironic or signs or faint or found.demanded or mild
