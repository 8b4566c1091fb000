"""What a bounce says: who could not be reached, whether for good, and which of our mails it speaks of.

Structured bounces (RFC 3464) answer by their fields.  The others are read as people read them: the report stands
before the enclosed copy of the returned mail, and the addresses in it that are not the reporter's, not the sender's
and not somebody to ask for help are those that failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailflow.domain.model import Message, Report

LIMIT = 20_000  # characters of a bounce that are read; the enclosed copy may be long
FIELD = 1000  # characters of one report field that are read
LINE = 300  # characters kept of what the other server said
MANY = 200  # failed recipients kept of one bounce

_ADDRESS = re.compile(
    r"(?<![\w.+/=@-])[\w.!#$%&'*+/=?^`{|}~-]{1,80}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}(?![\w@])"
    r"|\"[^\"@<>\n]{1,60}\"@[\w.-]{3,100}",
)

# Where the report ends and the returned mail begins.
_COPY = re.compile(
    r"(?im)^[ \t>*-]{0,12}(?:"
    r"(?:-{2,40} ?)?(?:below (?:this line )?is a copy of|(?:the )?original message (?:follows|headers?|body|text)"
    r"|original message[: -]{0,4}$"
    r"|unsent message (?:follows|below)|message headers follow|included is a copy of the message|this is a copy of"
    r"|here is a copy of|-{0,40} ?(?:begin|start) (?:of )?(?:original|returned) (?:message|mail)"
    r"|returned message(?: follows)?[: -]{0,5}$"
    r"|original mail(?: as)? follows|the headers? of the original|message header follows|the body of the message"
    r"|transcript of (?:the )?message|undelivered message|----- ?(?:message|original)|content-type: ?message/rfc822"
    r"|content-type: ?text/rfc822-headers|received: (?:from|by) .{0,200}"
    r"|return-path: ?<.{0,200}|(?:以下是|附上|下面是)?(?:您的)?原(?:始)?邮件(?:内容|正文|如下|附后).{0,20})"
    r")"
)

# An address after these words is the reporter's, the sender's or a helper's.
_NOT_FAILED = re.compile(
    r"(?i)(?:mail from|from address|sender|envelope[- ]from|from|return-path|reply-to|message-?id"
    r"|original sender|发件人|发送者|mailto|contact|support"
    r"|questions?|assistance|help|administrator|send (?:e-?)?mail to|please (?:e-?mail|write)|postmaster"
    r"|forward(?:ed)? to|arrival|x-postfix-sender"
    r"|联系(?:管理员)?|咨询|反馈|客服|bcc|cc|抄送|dear|hello|hi|hallo|尊敬的|您好|in-reply-to|references"
    r"|feedback|report)\W{0,6}(?:is |to |at |by |of )?[:：=,]?\W{0,6}$"
)
# An address after these words failed for sure.
_FAILED = re.compile(
    r"(?i)(?:rcpt to|final-recipient|original-recipient|recipient|recipients|收件人(?:地址)?(?: to)?"
    r"|recipient address|to address|could not be delivered to|delivering your mail to"
    r"|deliver(?:ed|y|ing)?(?: your)?(?: mail| message| e-?mail)?(?: failed)? to|failed recipient|reach"
    r"|unknown user|no such user(?: here)?|user unknown|user not found|invalid final delivery userid"
    r"|attempts|following recipients?|gateway for|account|不存在|失败|投递给|发送给|发给|发往|送达"
    r"|给)\W{0,8}(?:rfc822)?\W{0,4}$"
)
_OWN_LINE = re.compile(r"(?m)^[ \t>*•·-]{0,16}(?:<|to:\s{0,12}<?|收件人\W{0,4})?$", re.IGNORECASE)

DELAYED = "delayed"
_SUCCESS = frozenset({"delivered", "relayed", "expanded", "deliverable"})  # RFC 3464 section 2.3.3; Postfix probes
_COPIED_FIELD = re.compile(r"(?im)^[ \t>]{0,8}(?:final|original)-recipient ?:(.{3,300})$")

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]\d)")
_EXPIRED = re.compile(
    r"(?<![\d.])[45]\.4\.7(?!\d)"
)  # nobody answered for days (RFC 3463 section 3.5), whatever the class
_REPLY = re.compile(r"(?<![\d.\w:/-])([45])\d\d(?=[ -])")
_FULL = re.compile(
    r"(?i)mailbox (?:is )?(?:full|too large)|mailbox size|over ?quota|quota ?exceed|exceeded (?:the|its|their"
    r"|his) .{0,20}(?:quota|limit|storage)|insufficient (?:disk|storage|space)"
    r"|exceeded the local limit|(?:邮箱|信箱|空间|容量).{0,8}(?:已满|满了|不足|超限|超出)|user is over"
)
_SOFT = re.compile(
    r"(?i)temporar|try again later|will (?:be )?(?:retry|retried|keep trying|continue)|still trying|delayed"
    r"|deferred|not yet been delivered|greylist|稍后(?:再试|重试)|(?:连接|投递)超时|频率|暂时|延迟"
    r"|warning: could not|only a warning|no need to resend"
)
_NOT_YET = re.compile(r"(?i)\bwill (?:then )?give up\b")  # Exim says in its warnings what it will do some day
_STILL_TRYING = re.compile(
    r"(?i)still trying|will keep trying|will (?:be )?(?:retry|retried|continue)|warning: could not|only a warning"
    r"|no need to resend|not yet been delivered|do not need to re-?send"
    r"|(?:系统|服务器|我们)?(?:将|会)(?:继续|稍后|自动)(?:尝试|重试|重发)"
    r"|无需(?:重发|重新发送)"
)
_NO_SUCH = re.compile(
    r"(?i)(?<![\d.])5\.1\.(?:[1-6]|10)(?!\d)|unknown user|user unknown|no such|not found|does(?: not|n't) exist"
    r"|不存在|无此用户|查无此|已注销"
)
# Who sent it, how often, or what it says was refused: of the recipient nothing is told (RFC 3463 section 3.8).
_NOT_THE_READER = re.compile(
    r"(?i)(?<![\d.])5\.7\.\d|频率|(?:rate|frequency)[- ]?limit|frequency limited"
    r"|too many (?:mails|messages|connections)|spam|垃圾邮件|DT:SPM|black-?list|block-?list|blocked|黑名单|屏蔽"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|policy"
)
_HARD = re.compile(
    r"(?i)permanent|given up|giving up|giv(?:e|ing) up|unknown user|user unknown|no such|not found|does(?: not"
    r"|n't) exist|unknown recipient|invalid (?:recipient|address|mailbox|final)|not recogni[sz]ed"
    r"|unrouteable|host unknown|domain does not|disabled|discontinued|no mailbox|不存在|未开通|已停用|已注销"
    r"|被禁用|无此用户|查无此|拒收|永久"
)


def failed_recipients(message: Message, own: frozenset[str]) -> tuple[str, ...]:
    """The addresses a bounce says could not be reached, lower case, in order, each once.

    Report fields first (RFC 3464 sections 2.3.1, 2.3.2), then X-Failed-Recipients, then the readable text, at last
    the recipients of the enclosed mail.
    """
    ways = (_from_fields, _from_header, _from_notification, _from_copied_fields, _from_text, _from_copy)
    skip = own | ({message.sender.address.lower()} if message.sender else set())
    for way in ways:
        found = list(dict.fromkeys(a for a in map(_clean, way(message)) if a and a not in skip))
        if found:
            return tuple(found[:MANY])
    return ()


def permanent(message: Message) -> bool | None:
    """True when it will not help to try again, False when it may, None when the bounce does not say.

    A full mailbox counts as temporary whatever the code says (many servers answer 5.2.2): the address is alive.
    """
    groups = _groups(message)
    said = _words_of(groups)
    text = f"{said}\n{report_text(message.text)}"
    if _FULL.search(text) or re.search(r"(?<![\d.])[45]\.2\.2(?!\d)", said):
        return False
    if any(_word(g.get("action", "")) == DELAYED for g in groups) or _EXPIRED.search(said):
        return False
    # Fields before text, enhanced codes (RFC 3463) before reply codes (RFC 5321 section 4.2), codes before words.
    for source in (said, text):
        for codes in (_ENHANCED, _REPLY):
            classes = [found[1] for found in codes.finditer(source) if found[1] != "2"]
            if classes:
                return classes[0] == "5"
    if _SOFT.search(text):
        return False
    return True if _HARD.search(text) else None


def gone(message: Message, own: frozenset[str]) -> tuple[str, ...]:
    """Those of :func:`failed_recipients` whom no later try will reach.

    A report may tell of several recipients, each with a fate of his own (RFC 3464 section 2.3): one who is only late,
    or whose mailbox is full, does not become unreachable because another one is.
    """
    named = failed_recipients(message, own)
    told = [group for group in _groups(message) if _recipients(group)]
    if len(told) < 2:
        return named if _is_dead(message) else ()
    lasting = {
        address
        for group in told
        if _is_dead(replace(message, text="", report=Report("delivery-status", (group,)), forwarded=()))
        for address in _recipients(group)
    }
    return tuple(address for address in named if address in lasting)


def delayed(message: Message) -> bool:
    """Whether it only says that the mail is still on its way (RFC 3464 section 2.3.3): nothing has come back."""
    actions = {_word(group["action"]) for group in _groups(message) if group.get("action")} - _SUCCESS
    if actions:
        return actions == {DELAYED}
    text = _NOT_YET.sub(" ", report_text(message.text))
    return bool(_STILL_TRYING.search(text)) and not _HARD.search(text)


def diagnostic(message: Message) -> str:
    """What the other server said of the first recipient (RFC 3464 sections 2.3.6 and 2.3.4), else the line of the text
    that says why; "" when nothing does."""
    for name in ("diagnostic-code", "status"):
        for group in _groups(message):
            if words := _value(group, name):
                return words.strip()[:LINE]
    lines = (line.strip() for line in report_text(message.text).splitlines())
    return next((line[:LINE] for line in lines if _HARD.search(line) or _FULL.search(line) or _SOFT.search(line)), "")


def complained(message: Message) -> tuple[str, ...]:
    """Who called our mail spam, as far as an abuse report says it (Original-Rcpt-To, RFC 5965 section 3.2), else whom
    the enclosed mail was addressed to; lower case.
    """
    said = [address for group in _groups(message) for address in _ADDRESS.findall(_value(group, "original-rcpt-to"))]
    named = (_clean(address) for address in said or _from_copy(message))
    return tuple(dict.fromkeys(address for address in named if address))[:MANY]


def about(message: Message) -> tuple[str, ...]:
    """Message-IDs of the mail spoken of, nearest first: Original-Message-ID (RFC 8098 section 3.2.5), the enclosed
    mail or its headers, In-Reply-To, References, and the copy in the text of a bounce without parts.
    """
    report = message.report
    found: list[str] = []
    found += [group.get("original-message-id", "") for group in (report.fields if report else ())]
    found += [*message.headers.get("x-original-message-id", ()), *message.headers.get("original-message-id", ())]
    if report:
        found += report.original_headers.get("message-id", ())
        found += [enclosed.message_id for enclosed in message.forwarded[:1]]
    found += [message.in_reply_to, *reversed(message.references)]
    return tuple(dict.fromkeys(name for name in (value.strip().strip("<>").strip() for value in found) if name))


def about_bounce(message: Message) -> tuple[str, ...]:
    """Like :func:`about`, for bounces: also the mail enclosed without a report, attached or copied into the text."""
    found = [enclosed.message_id for enclosed in message.forwarded[:1]]
    copied = re.search(r"(?im)^[ \t>]{0,8}message-id:\s{0,3}<?([^\s<>]{1,250}@[^\s<>]{1,250})>?", message.text[:LIMIT])
    found += [copied[1]] if copied else []
    return tuple(dict.fromkeys([*about(message), *(name for name in found if name)]))


def delivered(message: Message) -> bool:
    """Whether a delivery report tells of success only (RFC 3464 section 2.3.3)."""
    actions = {_word(group["action"]) for group in _groups(message) if group.get("action")}
    return bool(actions) and actions <= _SUCCESS


def returned(message: Message) -> bool:
    """Whether the enclosed mail came from those this mail is addressed to: it went back to its sender."""
    if not message.forwarded:
        return False
    enclosed = message.forwarded[0]
    path = enclosed.header("return-path").strip(" <>").lower()
    senders = {address.address.lower() for address in enclosed.from_} | ({path} if path else set())
    return any(address.address.lower() in senders for address in message.to)


def report_text(text: str) -> str:
    """The readable report: what stands before the copy of the returned mail."""
    cut = _COPY.search(text, 0, LIMIT)
    return text[: cut.start()] if cut and cut.start() > 0 else text[:LIMIT]


# ----------------------------------------------------------------------------------------------- where recipients stand


def _from_fields(message: Message) -> Iterator[str]:
    for group in _groups(message):
        if _word(group.get("action", "failed")) not in _SUCCESS:
            yield from _recipients(group)


def _recipients(group: Mapping[str, str]) -> list[str]:
    """Whom a group of report fields is about, lower case."""
    values = (_value(group, name) for name in ("original-recipient", "final-recipient"))
    return [_clean(address) for value in values for address in _ADDRESS.findall(value)]


def _from_copied_fields(message: Message) -> Iterator[str]:
    """Report fields that stand in the text: a report without MIME, or within another bounce."""
    for line in _COPIED_FIELD.findall(message.text[:LIMIT]):
        yield from _ADDRESS.findall(line)


def _from_header(message: Message) -> Iterator[str]:
    for value in message.headers.get("x-failed-recipients", ())[:MANY]:
        yield from re.split(r"[\s,;]", value[:LIMIT])


def _from_notification(message: Message) -> Iterator[str]:
    """Notices of cloud senders are JSON, sometimes JSON within JSON."""
    text = message.text[:LIMIT]
    if "bouncedRecipients" in text or "complainedRecipients" in text:
        yield from re.findall(r'\\?"emailAddress\\?"\s{0,3}:\s{0,3}\\?"([^"\\\s]{3,250})\\?"', text)


def _from_text(message: Message) -> Iterator[str]:
    text = report_text(message.text)
    addressed = {address.address.lower() for address in (*message.to, *message.cc)}
    sure: list[str] = []
    likely: list[str] = []
    helpers: set[str] = set()  # once named as somebody to ask, whom they are asked about is not them
    for found in _ADDRESS.finditer(text):
        before = text[max(0, found.start() - 60) : found.start()]
        line = before.rpartition("\n")[2]
        if _FAILED.search(before):
            sure.append(found[0])
        elif _NOT_FAILED.search(line):
            helpers.add(found[0])
        elif found[0].lower() not in addressed:
            (sure if _OWN_LINE.search(line) else likely).append(found[0])
    likely = [address for address in likely if address not in helpers]
    yield from [address for address in sure if address not in helpers] or likely or sure


def _from_copy(message: Message) -> Iterator[str]:
    """The mail we sent names whom we sent it to."""
    for enclosed in message.forwarded[:1]:
        yield from (address.address for address in (*enclosed.to, *enclosed.cc))
    if message.report:
        for value in message.report.original_headers.get("to", ()):
            yield from _ADDRESS.findall(value)
    text = message.text[:LIMIT]
    cut = _COPY.search(text)
    copied = re.search(r"(?im)^[ \t>]{0,8}to:(.{3,500})$", text[cut.start() :]) if cut else None
    if copied:
        yield from _ADDRESS.findall(copied[1])
    if cut and (routed := re.search(r"(?i)\sfor\s+<([^<>\s]{3,250})>", text[cut.start() :])):
        yield routed[1]


def _groups(message: Message) -> tuple[Mapping[str, str], ...]:
    """Report fields of the mail, or of a bounce it encloses (a gateway may wrap one)."""
    reports = (message.report, *(enclosed.report for enclosed in message.forwarded[:1]))
    return next((report.fields[:MANY] for report in reports if report and report.fields), ())


def _value(group: Mapping[str, str], name: str) -> str:
    """``rfc822; a@b`` without the address type (RFC 3464 section 2.1.2)."""
    value = group.get(name, "")[:FIELD]
    kind, semicolon, rest = value.partition(";")
    return rest if semicolon and "@" not in kind else value


def _words_of(groups: tuple[Mapping[str, str], ...]) -> str:
    return " ".join(g.get(name, "")[:FIELD] for g in groups for name in ("status", "diagnostic-code", "action"))


def _is_dead(message: Message) -> bool:
    """Does it fail for good, and for a reason that is the recipient's?"""
    said = _words_of(_groups(message)) or report_text(message.text)
    return permanent(message) is True and (not _NOT_THE_READER.search(said) or _NO_SUCH.search(said) is not None)


def _word(value: str) -> str:
    return next(iter(value[:FIELD].lower().split()), "")


def _clean(address: str) -> str:
    cleaned = address.strip().strip("<>'\"").rstrip(".").lower()
    return cleaned if "@" in cleaned[1:-1] and len(cleaned) <= 320 else ""
