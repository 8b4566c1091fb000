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
from mailflow.reading.matching.parts import Part
from mailflow.reading.matching.pipeline import Hit
from mailflow.reading.matching.spans import ENOUGH, longest
from mailflow.reading.text.clauses import Item, Laid, Span, after_mark, asking, clause, pieces, sentence, trimmed

_SILENT = (Kind.PRAISE, Kind.SURVEY_REPLY, Kind.STAFF_REPLY)
_COMPLAINING = (Kind.COMPLAINT, Kind.FOLLOWUP)
_MOST = 6
_LONG, _LATIN_LONG = 24, 60
_TO_ME, _BARE = "form-to-me", 6  # 发我: what is to be sent stands before it
_PLAIN = "demand-plain"  # stands for the rule where words ask for something of no class

_COURTESY = re.compile(
    r"\s{0,2}(?:您|你们?|贵司|贵公司|大家|各位|务必|先|也|多|及时|尽快|注意)?\s?(?:查收|查阅|查看附件|知悉|悉知|知晓|周知|放心|勿|"
    r"不要|别|见谅|谅解|原谅|理解|体谅|海涵|包涵|见(?:附|下)|参[见考阅]|看(?:附件|图|照片|下面|下图|今天|今早|昨天|新闻|视频|这个)|附件|多多|指教|指正|支持|"
    r"高度重视|重视|引以为戒|以后|下次|注意|保留|联系(?:我|本人|人)|与我(?:们|司)?联系|随时|如有|笑纳|留步|收下|人|教|的|款|一下$)|"
    r"\s?(?:find|note|see|be (?:advised|informed|aware|so)|accept|do not|don't|contact|feel|refer|excuse|forgive|help$|"
    r"let (?:me|us) know if|(?:to )?know\b|see (?:if|that)|understand|bear|keep|disregard|ignore|"
    r"reply to|answer this|rate us|confirm receipt)\b"
)
_ADDRESSED = re.compile(r"[阅收启悉]$|台鉴|亲启|阅示$")
_VAGUE = re.compile(
    r"(?:你们|您|厂家)?看着办|(?:你们|您)?看?(?:怎么|咋|如何)(?:办|弄|整|处理|解决)|(?:一条一条|逐条|逐一|贵司|你们|予以|给予|尽快|立即|马上|及时|妥善|帮忙|帮|给我?们?|速|早日|认真|书面|正式|抓紧|一下|下|我|按时|先){0,4}"
    r"(?:处理|解决|回复|答复|回覆|答覆|重视|跟进|反馈|核实|处置|改进|改善|回电|回个?电话|联系|关注|回音|确认|看看?|查一?下?|调查|"
    r"配合)(?:一下|下|解决|处理|回复|为盼|为荷|吧|我|我们|此事|这个问题)?[吧呢啊]?|"
    r"(?:reply|answer|respond|advise|help|confirm|call me|call|look into (?:it|this)|check|get back to us|act)"
    r"(?: (?:immediately|urgently|asap|soon|today|quickly))?"
)
_FRONT = re.compile(
    r"(?:\s|今[天日]|明[天日早]|并且?|且|以及|和|或者?|贵司|贵公司|贵方|贵厂|你们|你方|您|你(?!们)|务必|尽快|尽早|立即|立刻|马上|抓紧|赶紧|速(?=[派给寄补换])|先(?!行)|再|也|"
    r"都|帮忙|帮我们?|能够?|:|or (?=[a-z\d])|"
    r"(?:until|by|before|on) [\d./-]{2,10} ?|可以|就|于|在(?=\d)|把(?=.{1,8}(?:更新))|"
    r"to (?=[a-z])|also |either |the following:?|"
    r"to have |you to |a )"
)
_UNTIL = re.compile(r"[^,。]{1,16}?(?:(?<![之以提目])前|之前|以前|之内|以内|(?<![之以国场厂室])内)(?![往来面线部])")
_STOP = re.compile(r"(?:吧|呢|吗|哈|啊|哦|呀|了吧|谢谢|多谢|为盼|为荷|为感|不|,)$")
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
_THEY = re.compile(
    r".{0,3}(?:我们?(?!要|想|希望|最|只)|我[司方厂店]|我公司|客户|让?[他她]|司机|师傅|消防|警方|法院|交警)(?!.{0,2}要你)"
)
_NOUNS = ("demand-documents",)  # what is asked for must be given by some verb
_ONCE = ("demand-return", "demand-refund", "demand-replace", "demand-on-site")  # how to do it follows in the same item
_GIVE = re.compile(
    r"提供|提交|出具|发|寄|补|给|要|写|交|回|拿|调|传|请|需|麻烦|send|give|provide|submit|need|want|require|request|"
    r"please|kindly|share|let|issue|supply|expect|like"
)
_ASKED = re.compile(
    r"请|要求|麻烦|希望|务必|必须|需要|恳请|烦请|尽快|立即|马上|要么|给我|给个|否则|不然|能否|能不能|要你们|please|want|need|"
    r"expect|request|require|\bask|kindly|must|demand|could you|would like"
)
_DONE = re.compile(
    r"(?:已经?|曾|上次|(?<![日号点末底\d一二三四五六天])之前|当时|上个?月|承诺|答应|说好|说是?会?|说要|告知|回复说|客服说)[^,。;\n]{0,6}$|"
    r"(?:我[们司方部厂]|财务|我公司)[^,。;\n]{0,4}(?:会|将|另|已|保留)[^,。;\n]{0,4}$|(?:又|目前|拟|正在|准备|打算|被|共|昨[天日晚]?|前天|上周.?|没|未)[^,。;\n]{0,3}$|(?<![给替帮跟])我(?:们|司)?(?:自己)?$|"
    r"\b(?:was|were|already|had been|has been|have been)\b[^,.;\n]{0,12}$"
)
_OWN = re.compile(r"如(?!下)|若|逾期|否则|我[们司方]|我公司|敝|未付|以上|if ")  # an item that says what they will do
_OF_IT = re.compile(
    r"的(?=[,。;!?\n ]|$)|之后|以后|后(?![天续面])|的?时候?|我(?:们|司|方)?(?:已|转|收到|看)"
)  # those that were taken away: no wish
_OTHERWISE = re.compile(
    r"(?:如(?!下)|若|逾期|再不|要是|不然|要不然|否则|倘|若果|万一|不.{1,6}的话)|(?:if|otherwise|or else)\b"
)
_NOT = re.compile(
    r"(?:不用|不必|无需|不需要|不要|不指望|不求|不是要|别(?!的|人|家)|免)[^,。;\n]{0,5}$|"
    r"\b(?:no need|not|without)\b[^,.;\n]{0,12}$"
)
_QUESTION = re.compile(
    r"[?？]|吗|多久|多少|怎么(?![回搞])|如何|是否|有没有|能不能|几个|几天|哪[种个些]|支不支持|要不要|可不可以|什么时候|"
    r"^(?:what|how|when|which|where|do|does|can|is|are|will)\b"
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Words that ask for something."""

    part: Part
    start: int
    end: int
    rule: str
    confidence: float
    vague: bool = False


def demands(mail: Sequence[Laid], kind: Kind) -> list[Finding]:
    """What is asked of us, in the order of the mail."""
    if kind in _SILENT:
        return []
    body = [laid for laid in mail if laid.part.source != "subject"]
    wishes = [wish for laid in body for wish in _wishes(laid, kind)]
    if all(wish.vague for wish in wishes):
        titles = [laid for laid in mail if laid.part.source == "subject"]
        wishes = [wish for laid in titles for wish in _wishes(laid, kind) if not wish.vague] or wishes
    if kind is Kind.INQUIRY and all(wish.vague for wish in wishes):
        wishes = [wish for laid in body for wish in _questions(laid)] or wishes
    plain = [wish for wish in wishes if not wish.vague] or wishes[:1]
    found: dict[str, Finding] = {}
    for wish in plain:
        finding = wish.part.finding("demand", wish.start, wish.end, wish.rule, wish.confidence)
        found.setdefault(finding.value.casefold(), finding)
    return list(found.values())[:_MOST]


def _wishes(laid: Laid, kind: Kind) -> list[_Wish]:
    part, text = laid.part, laid.text
    hits = [hit for hit in part.of("demand") if not _unticked(text, hit)]
    hits = longest(hits, lambda hit: (hit.start, hit.end), lambda hit: hit.rule.confidence)
    hits = [
        hit for hit in hits if hit.rule.kind in (None, kind, Kind.INQUIRY) or (kind in _COMPLAINING and hit.rule.value)
    ]
    wanted = [item for item in laid.items if item.wanted]
    found = [wish for item in wanted for wish in _listed(part, text, item, hits)]
    inside = [(item.start, item.end) for item in wanted]
    rest = [hit for hit in hits if not any(start <= hit.start < end for start, end in inside)]
    asked = [hit for hit in rest if _asked(text, hit)]
    if kind in (Kind.RFQ, Kind.ORDER, Kind.ORDER_CHANGE, Kind.INFO_UPDATE):
        asked = [
            hit for hit in rest if not _past(text, hit) and (hit.rule.name != "demand-delivery" or _asked(text, hit))
        ]
    elif not asked and not found and kind in _COMPLAINING:
        asked = [hit for hit in rest if not _past(text, hit) and hit.rule.name not in _NOUNS and hit.rule.value][:2]
    found += [_named(part, text, hit) for hit in asked]
    for at in islice(asking(text, 0, len(text)), ENOUGH):
        if not any(start < at <= end for start, end in inside):
            found += _plain(part, text, at)
            found += [wish for more in _further(text, at) for wish in _plain(part, text, more)]
    return _merged(found)


def _listed(part: Part, text: str, item: Item, hits: Sequence[Hit]) -> Iterator[_Wish]:
    """The wishes of one item of a list of demands: its clauses that name one, else its first clause."""
    spans = pieces(text, after_mark(text, item.start, item.end), item.end)
    named: list[_Wish] = []
    bare: _Wish | None = None  # 发我: who reads only that learns nothing
    for span in spans:
        inside = [hit for hit in hits if span[0] <= hit.start < span[1]]
        hit = next((hit for hit in inside if hit.rule.value), inside[0] if inside else None)
        if hit is None or _NOT.search(text[span[0] : hit.start]) or _OTHERWISE.match(text, *span):
            continue
        if hit.rule.name not in _ONCE or all(hit.rule.name != wish.rule for wish in named):
            wish = _named(part, text, hit)
            if hit.rule.name != _TO_ME or wish.end - wish.start >= _BARE:
                named.append(wish)
            bare = bare or wish
    if named:
        yield from named
    elif bare is not None and len(spans) == 1:
        yield bare
    elif spans and not _OWN.match(text, *spans[0]):
        start, end = _fit(text, _fronted(text, *spans[0]), spans[0][1])
        if end - start >= 2:
            yield _Wish(part, start, end, _PLAIN, 0.5)


def _asked(text: str, hit: Hit) -> bool:
    start, end = sentence(text, hit.start, hit.end)
    if _past(text, hit):
        return False
    if not hit.rule.value:  # the form itself asks, unless the writer tells what he or a third one does
        return _THEY.match(text, clause(text, hit.start, hit.end)[0], hit.start + 2) is None
    if hit.rule.name in _NOUNS:
        first, _ = clause(text, hit.start, hit.end)
        return _GIVE.search(text, max(first - 2, start), hit.end + 8) is not None
    return bool(_ASKED.search(text, max(start, hit.start - 60), min(end, hit.end + 30)))


def _unticked(text: str, hit: Hit) -> bool:
    """Whether the words stand behind an empty box of a form."""
    return text[max(0, hit.start - 2) : hit.start].strip()[-1:] in ("□", "☐", "○")


def _past(text: str, hit: Hit) -> bool:
    before = text[max(0, hit.start - 14) : hit.start]
    if _DONE.search(before) or _NOT.search(before):
        return True
    return _OF_IT.match(text, hit.end) is not None or _threat(text, hit.start)


def _threat(text: str, at: int) -> bool:
    """Whether the clause says what follows if nothing is done."""
    start, _ = clause(text, at, at + 1)
    return _OTHERWISE.match(text, after_mark(text, start, at), at + 1) is not None


def _named(part: Part, text: str, hit: Hit) -> _Wish:
    """A wish of a class: the clause behind the word that asks, cut to what is about the hit."""
    start, end = clause(text, hit.start, hit.end)
    start = max((end for end in asking(text, start, hit.start + 1) if end <= hit.start), default=start)
    start = min(_fronted(text, after_mark(text, start, hit.start), hit.start + 1), hit.start)
    latin = text[hit.start : hit.end].isascii() and not _HAN.search(text, start, end)
    if latin:
        start = max((at.end() for at in _AND.finditer(text, start, hit.end) if at.end() <= hit.start), default=start)
        stop = _AND.search(text, hit.end, end)
        end = stop.start() if stop else end
    if end - start > (_LATIN_LONG if latin else _LONG):
        start = max(start, _word(text, hit.start - (25 if latin else 10), hit.start) if latin else hit.start - 6)
        end = min(end, hit.end + (40 if latin else 12))
    start, end = _fit(text, start, end, hit.end)
    if hit.rule.name == _TO_ME and end - start < _BARE and text[start - 1 : start] in (",", " "):
        start = _fronted(text, clause(text, max(start - 2, 0), start - 1)[0], start)
    return _Wish(part, min(start, hit.start), max(end, hit.end), hit.rule.name, hit.rule.confidence,
                 _VAGUE.fullmatch(text[start:end]) is not None)  # fmt: skip


_MORE_HAN = re.compile(r"[,;]\s?(?:并且?|同时|还要|再|然后|以及|顺便|另外?)(?=[\u4e00-\u9fff])(?!说|不|有|者|一个|外)")
_MORE_LATIN = re.compile(r",? and (?:also )?(?=(?:an?|the|somebody|someone|your|full|written|some|to) [a-z])")


def _further(text: str, at: int) -> Iterator[int]:
    """Where the second and third thing asked in the same sentence begin."""
    end = sentence(text, at, at)[1]
    pattern = _MORE_LATIN if text[max(0, at - 4) : at].isascii() else _MORE_HAN
    yield from (match.end() for match in islice(pattern.finditer(text, at, end), 3))


_TO_ADDRESS = re.compile(
    r"[^,。;\n]{0,3}(?:发[至到给]|寄[至到]|抄送)[^,。;\n]{0,6}(?:[\w.-]{1,40}@|邮箱|\d{6})|"
    r"致电|拨打|打(?:我)?电话"
)


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
    if _COURTESY.match(text, at) or not text[at : at + 2].strip(" ,.;!?\n") or _quoted(text, at):
        return
    if _NOT.search(text, max(0, at - 12), at) or _TO_ADDRESS.match(text, at):
        return
    _, end = clause(text, at, min(at + 1, len(text)))
    start = _fronted(text, at, end)
    if _COURTESY.match(text, start) or any(at > start for at in asking(text, start, start + 6)):
        return
    if not _HAN.search(text, start, end) and (more := _AND.search(text, start, end)):
        for first, last in ((start, more.start()), (more.end(), end)):
            first, last = _fit(text, first, last)
            if last - first >= 4:
                yield _Wish(part, first, last, _PLAIN, 0.4, _VAGUE.fullmatch(text, first, last) is not None)
        return
    if _ADDRESSED.search(text[start:end]) or text[max(0, at - 3) : at].startswith("("):
        return
    start, end = _fit(text, start, end)
    words = text[start:end]
    if text[end : end + 1] == ":" and words.isascii():  # Please propose: five new ones by air, or ...
        last = sentence(text, end, end)[1]
        for span in pieces(text, end + 1, last)[:3]:
            yield _Wish(part, *_fit(text, _fronted(text, *span), span[1]), _PLAIN, 0.4)
        return
    if end - start < (4 if words.isascii() else 3) or _DONE.search(text[max(0, at - 14) : at - 1]):
        return
    yield _Wish(part, start, end, _PLAIN, 0.4, _VAGUE.fullmatch(words) is not None)


def _fronted(text: str, start: int, end: int) -> int:
    """Past who shall do it, how soon and until when."""
    for _ in range(6):
        match = _FRONT.match(text, start, end) or _UNTIL.match(text, start, end)
        if match is None or match.end() >= end or match.end() == start:
            break
        start = match.end()
    return start


def _fit(text: str, start: int, end: int, least: int = 0) -> Span:
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
    while (match := _STOP.search(text[start:end])) and end - len(match[0]) > max(start, least):
        end -= len(match[0])
    return start, end


def _merged(found: Sequence[_Wish]) -> list[_Wish]:
    """Wishes in the order of the mail, one for each stretch of words; a named one before a plain one."""
    kept: list[_Wish] = []
    for wish in sorted(found, key=lambda wish: (wish.rule == _PLAIN, wish.start)):
        if not any(wish.start < other.end and other.start < wish.end for other in kept):
            kept.append(wish)
    return sorted(kept, key=lambda wish: wish.start)


def _questions(laid: Laid) -> Iterator[_Wish]:
    """The questions of an enquiry."""
    part, text = laid.part, laid.text
    count = 0
    for start, end in pieces(text, 0, min(len(text), 3000)):
        start = after_mark(text, start, end)
        if end - start >= 4 and _QUESTION.search(text[start : end + 1]):
            count += 1
            first, last = _fit(text, start, end)
            yield _Wish(part, first, last, _PLAIN, 0.3)
        if count >= 3:
            break
