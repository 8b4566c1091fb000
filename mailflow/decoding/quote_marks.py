"""The marks mail programs put before an earlier mail: attribution lines, separators, header blocks.

Pure patterns, no decisions.  All are anchored and bounded, because the lines are strangers'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_LINE = 600  # a mark is never longer
_MAX_HEADER = 40  # lines of a header block
_SPAN = 4  # lines an attribution may be wrapped over

_WROTE = (
    r"(?:写道|寫道|写到|编写|撰寫|撰写|wrote|writes|napisał\(a\)|napisał|пишет|написал\(а\)|написал|пише|"
    r"a écrit|escribió|ha scritto|escreveu)"
)
_DATE = r"(?:19|20)\d\d"
_TIME = r"\d{1,2}[:.：]\d\d"
_ATTRIBUTION = re.compile(
    # On <date>, <name> wrote:  /  At <date>, ... wrote:  /  在 <date>, ... 写道:
    rf"(?:on|at|in\s+message|le|el|il|em|a|dnia|on\s+behalf)\b.{{3,320}}(?:{_WROTE}|sent)\s*[:：]?"
    rf"|(?:在|于|於)?\s{{0,2}}[^。！？!?]{{0,120}}\d{{1,4}}\s?[-/年.月日][^。！？]{{0,260}}{_WROTE}\s*[:：]"
    # Am <date> schrieb <name>:  /  Op ... schreef ...:  /  Den ... skrev ...:
    r"|(?:am|op|den|vào|på)\b.{3,200}\b(?:schrieb|schreef|skrev|geschreven)\b.{0,160}[:：]"
    # <name> <address> schrieb am <date>:  and, in any language, <date> <name> <address>:
    r"|[^<>]{0,120}<\s?[^<>\s]+@[^<>\s]+\s?>\s(?:schrieb|schreef|skrev)\s.{0,100}[:：]"
    rf"|[^<>。！？]{{0,40}}{_DATE}[^<>。！？]{{0,120}}{_TIME}[^<>。！？]{{0,120}}<\s?[^<>\s]+@[^<>]+>.{{0,40}}[:：]"
    # <date> <name> <address>:   (old Gmail)
    r"|\d{4}[-/]\d{1,2}[-/]\d{1,2}\s.{0,120}<\s?[^<>\s]+@[^<>\s]+\s?>\s*[:：]?"
    # <name> <address> wrote:  /  <name> <address> 于 <date> 写道:
    rf"|[^<>。！？]{{0,120}}<\s?[^<>\s]+@[^<>\s]+\s?>.{{0,120}}{_WROTE}\s*[:：]"
    rf"|\S+@\S+\s.{{0,80}}{_WROTE}\s*[:：]"
    # <date> <name> 写道: without address
    rf"|(?:[^。！？a-z]{{0,60}}|.{{0,12}}\d{{4}}.{{0,40}})\d{{1,2}}[:：]\d{{2}}.{{0,80}}{_WROTE}\s*[:：]",
    re.I | re.S,
)
_STARTS = re.compile(
    r"(?:on|at|am|op|den|le|el|il|em|a|dnia|in\s+message|vào|på)\s|在|于|於|\d{4}[-/年]|.{0,120}<?[\w.+-]+@|"
    r".{0,40}\d{4}\s?年",
    re.I,
)
_ENDS_WROTE = re.compile(rf"{_WROTE}\s*[:：]\s*$|\b(?:schrieb|schreef|skrev)\b.{{0,80}}:\s*$", re.I)
_VERB_ENDS = frozenset("道到写寫es)łтлеtóou")  # the last letters of the verbs above
_NORTHERN = re.compile("schr|skrev", re.I)
_ANY_WROTE = re.compile(rf"{_WROTE}|schrieb|schreef|skrev|geschreven|sent:|[:：]\s*$|>\s*$", re.I)
_ADDRESS_AND_DATE = re.compile(r"<[^<>\s]*@|\b(?:19|20)\d\d\b")
_WITHIN_LINE = re.compile(
    r"(?<=\S)(?:[ \t]+|-{2,}[ \t]?)(?=(?:On|Am|Le) (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}|"
    r"\d{1,4}[-/. ]).{5,200}\b(?:wrote|schrieb.{1,80}|écrit)\s?:[ \t]*$)",
    re.M,
)

OUR_LINE = re.compile(r"回信[请請][写寫]在本行上方|please write your reply above this line", re.I)
"""What our own mails begin with, so that an answer above them is read alone."""
_ORIGINAL = re.compile(
    r"[-_=*~—－]{2,}\s*(?:original(?:e|\s+(?:message|mail|e-?mail|appointment|text))?|原始邮件|原邮件|邮件原件|"
    r"原始信息|原始郵件|"
    rf"{OUR_LINE.pattern}|"
    r"原始訊息|原文|回复的原邮件|回复邮件|reply to message|reply message|urspr.ngliche nachricht|"
    r"original-nachricht|message d'origine|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande|mensagem original|"
    r"oprindelig (?:meddelelse|besked)|opprinnelig melding|исходное сообщение)\s*[-_=*~—－]{2,}",
    re.I,
)
_FORWARDED = re.compile(
    r"[-_=*~—－]{2,}\s*(?:(?:begin )?forwarded (?:message|mail|email|by\b.{0,80})|"
    r"已?转发的?(?:邮件信息|邮件|消息|信息)|已?轉寄的?(?:郵件|訊息)|weitergeleitete nachricht|message transf.r.|"
    r"mensaje reenviado|"
    r"messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|vidarebefordrat meddelande|"
    r"пересылаемое сообщение)\s*[-_=*~—－]{0,}:?\s*"
    r"|(?:begin )?forwarded message\s?:|anfang der weitergeleiteten nachricht\s?:|"
    r"(?:[以下]{1,2}[面是]{1,2}|开始)被?转发的?(?:邮件|信息|消息)\s?[:：]|d.but du message (?:r.exp.di.|transf.r.)\s?:|"
    r"inizio messaggio inoltrato\s?:",
    re.I,
)
_TITLED_RULE = re.compile(r"\s*[-_=*~—]{3,}\s?[^-_=*~—]{2,60}[-_=*~—]{3,}\s*")
_RULE_CHARS = frozenset("-_=*~—－─━")
_RULE = re.compile(r"\s*(?:[-_=—－]{5,}|(?:[-_=] ){5,}|[─━]{5,})\s*")

_KEYS = {
    "from": "from|发件人|发信人|寄件者|寄件人|发送人|發件人|von|de|da|van|från|fra|от|od|від|expéditeur|"
    "remitente|mittente",
    "date": "sent|date|日期|发送时间|发送日期|时间|寄件日期|傳送時間|發送時間|发件时间|date sent|sent on|"
    "gesendet|datum|envoyé|envoyé le|message du|enviado|fecha|"
    "data|inviato|verzonden|skickat|sendt|dato|дата|отправлено|wysłano|enviada|am|send",
    "to": "to|收件人|收信人|收件者|an|à|para|a|aan|till|til|кому|do",
    "cc": "cc|抄送|副本|抄送人|kopie|copie|copie à|copia|копия|dw|密送|bcc|reply-to|reply to|répondre à|antwort "
    "an|回复|附件|attachments?|importance|重要性|priority",
    "subject": "subject|sujet|主题|主旨|主題|标题|betreff|objet|asunto|oggetto|onderwerp|ämne|emne|тема|temat|"
    "assunto|re",
}
_HEADER = re.compile(
    r"\s{0,8}[*_]{0,2}\s?(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _KEYS.items())
    + r")(?:\s|&nbsp;|　){0,4}[*_]{0,2}\s?[:：][*_]{0,2}(?P<value>.*)",
    re.I,
)
_SPACED_KEYS = re.compile(r"(?<=[日主抄时])[\s　]{1,4}(?=[期题送间])")
_CLOCK = re.compile(r"\d[:：点時时]\d\d")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A block of header-like lines inside a body: where it ends and which fields it has."""

    end: int
    keys: frozenset[str]
    has_address: bool
    has_date: bool
    has_clock: bool


def attribution(lines: Sequence[str], index: int) -> int:
    """How many lines an attribution ("... wrote:", "... 写道：") starting here takes; 0 when none starts here."""
    if not any(map(_may_end, lines[index : index + _SPAN])):
        return 0
    first = lines[index].strip(" \t-")
    if len(first) > MAX_LINE or not first:
        return 0
    if not _STARTS.match(first) and not _ENDS_WROTE.search(first[-100:]) and not _ADDRESS_AND_DATE.search(first):
        return 0
    joined = ""
    for count in range(1, _SPAN + 1):
        if index + count > len(lines):
            break
        line = lines[index + count - 1].strip(" \t-")
        if not line or len(joined) + len(line) > MAX_LINE:
            break
        joined = f"{joined} {line}" if joined else line
        if _ANY_WROTE.search(line[-120:]) and _ATTRIBUTION.fullmatch(joined) and _says_when_or_who(joined):
            return count
    return 0


def names_sender(lines: Sequence[str]) -> bool:
    """Whether these lines, an attribution, give an address or a time of day, as programs do and people seldom.

    ``On 30 September your engineer wrote:`` is a sentence unless a quote with ``>`` follows.
    """
    return any("@" in line or _CLOCK.search(line) for line in lines)


def _may_end(line: str) -> bool:
    """A cheap look before the patterns: attributions end with a colon, a bracket, or the verb."""
    line = line.rstrip(" \t-")
    return line.endswith((":", "：", ">", "wrote", "写道", "寫道"))


def _says_when_or_who(text: str) -> bool:
    return any(map(str.isdigit, text)) or "@" in text


def separate_attributions(text: str) -> str:
    """Put an attribution that a client glued to the end of a sentence on a line of its own."""
    return _WITHIN_LINE.sub("\n", text) if ":" in text and len(text) < 400_000 else text


def names_author(line: str) -> bool:
    """A line that only says "X wrote:"; an attribution when a quote follows."""
    if len(line) >= 200:
        return False
    bare = line.strip(" \t-").rstrip(":： \t")
    if bare.rstrip()[-1:].lower() not in _VERB_ENDS and not _NORTHERN.search(bare):
        return False
    return _ENDS_WROTE.search(bare + ":") is not None


def original_separator(line: str) -> bool:
    """``-----Original Message-----`` and its sisters."""
    bare = line[:MAX_LINE].strip(" \t*>")
    return bare[:1] in _RULE_CHARS and _ORIGINAL.fullmatch(bare) is not None


def our_line(line: str) -> bool:
    """Whether the line is the one our own mails begin with: all below it is ours."""
    return OUR_LINE.search(line[:MAX_LINE]) is not None


def forward_separator(line: str) -> bool:
    """``---------- Forwarded message ----------`` and its sisters."""
    return len(line) < MAX_LINE and _FORWARDED.fullmatch(line.strip(" \t*>")) is not None


def rule(line: str) -> bool:
    """A line of dashes or underscores, bare or around a title: a separator if a header block follows."""
    if len(line) > MAX_LINE or line.lstrip()[:1] not in _RULE_CHARS:
        return False
    return (_RULE.fullmatch(line) or _TITLED_RULE.fullmatch(line)) is not None


def header_block(lines: Sequence[str], index: int) -> HeaderBlock | None:
    """The header-like lines starting here (wrapped values and single empty lines between allowed), if at least
    two."""
    if ":" not in lines[index] and "：" not in lines[index]:
        return None
    block = _Fields(index)
    for position in range(index, min(len(lines), index + _MAX_HEADER)):
        if not block.takes(lines[position], position):
            break
    if len(block.keys) < 2:
        return None
    return HeaderBlock(block.end, frozenset(block.keys), block.has_address, block.has_date, block.has_clock)


def author_block(lines: Sequence[str], index: int) -> int:
    """The line behind a header of older Lotus Notes, 0 when none starts here: its author, the time, then ``To:``."""
    if index + 3 >= len(lines) or not _is_moment(lines[index + 1]):
        return 0
    start = index + 2 + (not lines[index + 2].strip())
    block = header_block(lines, start)
    return block.end if block is not None and {"to", "subject"} <= block.keys else 0


def _is_moment(line: str) -> bool:
    line = line.strip()
    return len(line) < 40 and line[:1].isdigit() and _CLOCK.search(line) is not None


@dataclass(slots=True)
class _Fields:
    """A header block while its lines are read."""

    end: int
    keys: set[str] = field(default_factory=set)
    has_address: bool = False
    has_date: bool = False
    has_clock: bool = False
    last: str = ""
    blanks: int = 0

    def takes(self, line: str, position: int) -> bool:
        """Whether the line belongs to the block, or may: an empty one between two fields."""
        if not line.strip():
            self.blanks += 1
            return self.blanks == 1 and bool(self.keys)
        match = _HEADER.match(_SPACED_KEYS.sub("", line[:40]) + line[40:MAX_LINE])
        if match is not None:
            return self.takes_field(match, position)
        if self.blanks or not self.goes_on(line):
            return False
        self.end = position + 1
        return True

    def takes_field(self, match: re.Match[str], position: int) -> bool:
        name = next(key for key in _KEYS if match[key] is not None)
        if name in self.keys and name in ("from", "subject"):
            return False
        self.keys.add(name)
        self.has_address = self.has_address or "@" in match["value"]
        self.has_date = self.has_date or (name == "date" and any(map(str.isdigit, match["value"])))
        self.has_clock = self.has_clock or (name == "date" and _CLOCK.search(match["value"]) is not None)
        self.last, self.blanks, self.end = name, 0, position + 1
        return True

    def goes_on(self, line: str) -> bool:
        """Whether the line is the rest of the field above: recipients wrapped, a folded name or subject."""
        folded = line.startswith((" ", "\t"))
        if self.last in ("to", "cc"):
            return folded or "@" in line
        return (self.last in ("from", "subject") and folded) or (self.last == "from" and line.startswith("<"))


def begins_earlier_mail(lines: Sequence[str]) -> bool:
    """Whether lines, none of them empty, begin with the mark of an earlier mail: no word of the sender stands above."""
    if attribution(lines, 0) or original_separator(lines[0]):
        return True
    ruled = rule(lines[0])
    block = header_block(lines, int(ruled)) if len(lines) > ruled else None
    return block is not None and is_mail_header(block, ruled)


def header_fields(pieces: Sequence[str]) -> int:
    """How many fields of an earlier mail's header these first pieces of text name; 0 when the first names none."""
    found: set[str] = set()
    for place, piece in enumerate(pieces):
        match = _HEADER.fullmatch(_SPACED_KEYS.sub("", piece[:40]) + piece[40:MAX_LINE])
        if match is not None:
            found.update(name for name in _KEYS if match[name] is not None)
        elif place == 0:
            return 0
    return len(found & {"from", "date", "to", "subject"})


def is_mail_header(block: HeaderBlock, after_separator: bool) -> bool:
    """Whether the block heads an earlier mail, and is not a waybill ("寄件人 / 收件人 / 电话") or a list of facts."""
    keys = block.keys
    if after_separator:
        return "from" in keys or "subject" in keys
    if "from" not in keys or (len(keys) < 3 and not (block.has_address and block.has_date)):
        return False
    if not block.has_address and not block.has_clock:
        return False  # a form that somebody filled in: 发件人, 日期, 主题
    return "subject" in keys or (block.has_date and (block.has_address or "to" in keys))
