"""How surely a day in a text is a deadline asked of us: by the words right around it."""

from __future__ import annotations

import re

from mailflow.reading.dates.day_counts import Moment
from mailflow.reading.matching.lexicon import Grammar, Lexicon

SURE, LIKELY = 0.9, 0.6

_UNTIL_AFTER = Grammar(r"[^,。;\n]{0,5}要用|[\s,)]{0,2}<times-of-work>?\s?<until-behind>")
_VERB = "<deadline-verbs>"
_WANTED_AFTER = Grammar(rf"[\s,]{{0,2}}[^,。;!?\n]{{0,6}}?{_VERB}")
_WISHED = "<wished>"
_DONE = "<deadline-what>"
_TIME = "<time-labels>"
_LABEL = f"(?:{_WISHED}的?{_DONE}?的?{_TIME}|{_DONE}的?{_TIME}|期限|时限|截止{_TIME}?)(?:要求|点|定在|改[到为成])?"
_LABELLED = Grammar(
    rf"(?:^|[\s,。;|(\]、:])(?:{_LABEL}|ddl|due(?: date)?|deadline|(?:requested |required |delivery "
    "|ship(?:ping|ment)? |need(?:ed)? |response |reply |in-hands )(?:delivery |ship |need )?"
    r"(?:date|by|time)(?: required| requested| needed)?|eta|etd|rdd)\s{0,2}[:=|]\s{0,3}(?:\|"
    r"|请|于|在|务必){0,2}\s?$"
)
_NO_DEADLINE_LABEL = Grammar(r"<no-deadline-labels>(?: ?(?:的)?(?:时间|日期|日|date|time|on))?\s{0,2}[:=|]\s{0,3}$")
_UNTIL_BEFORE = Grammar(
    "(?:(?<![a-z])(?:before|by|until|till|til|no later than|not later than|prior to|ahead of"
    "|not after|latest(?: by| on)?|deadline|due|due date|required date|required|delivery date"
    "|deliver(?:ed|y)? (?:on|by|for)|delivery|ship(?:ped)? (?:by|on)|on or before|need(?:ed)? "
    "(?:it|them|this|that|by|on|for|here|the [a-z ]{2,25}))(?: is| on| by)?(?: the| this| end of"
    "| eod| cob)?(?: (?:end|close) of (?:the )?(?:day|business|play)(?: on)?| eod| cob)?|<until-before>)"
    r"\s{0,2}[:=]?\s{0,3}$"
)
_PROMISED = Grammar("<promised-words>")
# The plans and duties of others: 我们周五开会, 消防要求我们五日内.
_THEIRS = Grammar(r"(?:<they-make-us>(?:我们?|我司|我方|我厂|我店|我公司|我院)|<customers-side>)[^,。;:!?\n]{0,8}$")
_OURS_ASKED = Grammar("<ours-asked>")
_ASKING_BEFORE = Grammar(
    r"<asking-before>[^,。;!?\n]{0,16}$|\b(?:please|pls|plz|must|kindly|could you|can you"
    "|need|needs|want|expect|require|has to|have to|send|reply|ship|deliver|let me know|get back"
    r"|call me|call us|come|collect|replace|arrange)\b[^,;.\n]{0,40}$"
)
_SENTENCE = re.compile(r"[。！!？?;\n]|\.\s")
_MADE_AFTER = Grammar(r"[^,。;\n]{0,8}<no-deadline-behind>")
_UP_TO = Grammar(r"<up-to-now>\s?$")
_STILL = Grammar("[^,。;\\n]{0,3}[,]?<still-words>")
_CAME = Grammar("<arrived-words>$|<arrived-behind>$")
_VALID = Grammar("<valid-words>")


def weigh(text: str, moment: Moment, lexicon: Lexicon) -> float:
    """How surely a day ahead is asked of us: 0 when nothing says so, or it is promised or another's."""
    before = text[max(0, moment.start - 60) : moment.start]
    sentence = sentence_before(text, moment.start)
    if lexicon(_VALID).match(text, moment.end) or lexicon(_PROMISED).search(sentence):
        return 0.0
    if _tells_the_state(text, moment, lexicon):
        return 0.0
    if moment.term:
        return SURE
    near = before[-40:]
    if lexicon(_LABELLED).search(near):
        return 0.0 if lexicon(_NO_DEADLINE_LABEL).search(near) else SURE
    if lexicon(_UNTIL_AFTER).match(text, moment.end):
        return (
            0.0 if re.search(r"(?:要求|让|叫|限|责令|通知)(?:我们?|我司|我方|我厂|我店)[^,。;\n]{0,6}$", near) else SURE
        )
    if lexicon(_UNTIL_BEFORE).search(near):
        return SURE
    if lexicon(_MADE_AFTER).match(text, moment.end) or moment.rule in ("date-ago", "date-clock"):
        return 0.0
    if lexicon(_THEIRS).search(sentence) and not lexicon(_OURS_ASKED).search(sentence):
        return 0.0
    if lexicon(_ASKING_BEFORE).search(sentence):
        return LIKELY
    wanted = lexicon(_WANTED_AFTER).match(text, moment.end)
    # 14号到货,漏油: a day that may have passed tells what came then, unless somebody is asked.
    passed = moment.ahead != moment.behind and wanted and lexicon(_CAME).search(wanted[0])
    return LIKELY if wanted and not passed else 0.0


def is_until(text: str, moment: Moment, lexicon: Lexicon) -> bool:
    """Whether the words right behind a day make it one by which something is to be done."""
    return lexicon(_UNTIL_AFTER).match(text, moment.end) is not None


def _tells_the_state(text: str, moment: Moment, lexicon: Lexicon) -> bool:
    """截至今天仍未到货: what is so up to a day is no term; 截止今天下班前 is one."""
    if not lexicon(_UP_TO).search(text[max(0, moment.start - 6) : moment.start]):
        return False
    if lexicon(_UNTIL_AFTER).match(text, moment.end):
        return False
    return moment.rule == "date-near" or lexicon(_STILL).match(text, moment.end) is not None


def sentence_before(text: str, at: int) -> str:
    """The words of the same sentence before a place, 40 at most."""
    before = text[max(0, at - 40) : at]
    stops = list(_SENTENCE.finditer(before))
    return before[stops[-1].end() :] if stops else before
