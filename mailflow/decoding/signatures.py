"""Where a signature begins.  A missed signature does no harm, a letter taken for one does: only sure marks count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.decoding.words import any_of

MAX_LINES = 14  # of a card below a delimiter
MAX_CLOSING = 9  # of a card below a closing formula
_LONG = 90  # a line this long is a sentence, not a line of a card

_DELIMITER = re.compile(r"\s{0,2}(?:--|—|——|- -)\s{0,2}")
_RULE = re.compile(r"\s*(?:[-_=*~—─━·]{3,}|\*{3,}|#{4,})\s*")
_DEVICE = re.compile(
    r"\s*[(（<\[]?\s*(?:(?:发自|发送自|發自|傳送自)\s?[^。！？，,\n]{1,30}|[来來]自\s?(?:我的|钉钉|飞书|企业微信)[^。！？，,\n]{1,15}|"
    r"(?:从|從|自)\s?[^。！？，,\n]{1,30}(?:发送|发出|寄出|傳送|發送)|"
    r"(?:sent|envoyé|gesendet|enviado|inviato|verzonden|skickat|sendt|von|wysłane|отправлено)\s(?:(?:securely|"
    r"wirelessly)\s)?"
    r"(?:from|depuis|à partir|von|desde|da|vanaf|från|fra|de|z|meinem|mit|met|via|с|using|with)\b.{1,80}|"
    r"get outlook for (?:ios|android).{0,60}|获取\s?outlook.{0,40}|下载\s?outlook.{0,40}|"
    r"通过.{1,20}(?:手机|客户端|邮箱)(?:发送|发出)|(?:网易邮箱大师|QQ邮箱(?:发送)?|foxmail).{0,10})\s*[)）>\]]?\s*\.?",
    re.I,
)
_MADE_BY = re.compile(r"签名由.{1,16}定制")
_DEVICE_WORD = re.compile(
    r"iphone|ipad|android|手机|mobile|phone|outlook|mail|邮箱|华为|小米|huawei|客户端|电子邮件|blackberry|samsung|电脑|"
    r"平板|handy|i(?:os|mac)|mac|smartphone"
    r"|微信|钉钉|飞书|proton|windows|tablet|device|galaxy|app\b",
    re.I,
)
_CLOSING = re.compile(rf"\s*{any_of('closings')}\s*[,，.。!！~]{{0,3}}\s*", re.I)
_SALUTE = re.compile(rf"\s*{any_of('salutes')}\s*[!！。.]?\s*")
_CARD = re.compile(
    rf"{any_of('card-labels')}\s*[:：.]?"
    rf"|\+?\d[\d\s()-]{{6,}}\d|[\w.+-]+@[\w-]+\.|{any_of('company-endings')}",
    re.I,
)
_LEGAL = re.compile(
    rf"\s*(?:{any_of('legal-subjects')}[^。\n]{{0,40}}{any_of('legal-words')}|{any_of('legal-titles')}\s*[:：]|"
    r"(?:this|the information (?:contained )?in this) (?:e-?mail|message|"
    r"communication)[^.\n]{0,120}(?:confidential|intended (?:only|solely)|privileged)|"
    r"(?:disclaimer|confidentiality notice)\b)",
    re.I,
)
_LETTER_WORD = re.compile(any_of("letter-words"), re.I)
_LEGAL_TALK = re.compile(any_of("legal-talk"), re.I)
_COUNT = re.compile(r"\d\s?(?:台|件|只|個|个|套|箱|支|根|片|块|包|桶|瓶|吨|米|pcs\b|pieces\b|units\b|sets\b)", re.I)
_PROSE = re.compile(r"(?:[A-Za-z']{2,}[ ,;:]+){6}")
_STOP = re.compile(r"[。！？；]")
_MOTTO = re.compile(rf"{any_of('card-labels')}\s*[:：].{{1,80}}", re.I)
_SENTENCE = re.compile(r"[。！？?!；]|[a-z]\.(?:\s|$)")


def head_end(lines: Sequence[str]) -> int:
    """Where the letter begins below a card, a device line or a notice of lawyers that stand above it; else 0."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines):
        return 0
    stop = first + 1
    if _DELIMITER.fullmatch(lines[first]):
        while stop < len(lines) and lines[stop].strip():
            stop += 1
        if not _looks_like_card([line for line in lines[first + 1 : stop] if line.strip()]):
            return 0
    elif not (_is_device(lines[first].strip()) or _LEGAL.match(lines[first][:400])):
        return 0
    return stop if any(line.strip() for line in lines[stop:]) else 0


def signature_start(lines: Sequence[str]) -> int:
    """The index where the signature of this stretch begins; ``len(lines)`` when there is none to be sure of."""
    total = len(lines)
    end = _last_text(lines, total)
    start = total
    device = _device(lines, end)
    if device < end:
        start = device
        end = _last_text(lines, device)
    legal = _legal(lines, end)
    if legal < end:
        start = legal
        end = _last_text(lines, legal)
    for found in (_delimited(lines, end), _closed(lines, end)):
        if found < end:
            start = found
            end = _last_text(lines, found)
    return start


def _last_text(lines: Sequence[str], end: int) -> int:
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end


def _device(lines: Sequence[str], end: int) -> int:
    """ "发自我的iPhone" as one of the last lines."""
    if end and _MADE_BY.fullmatch(lines[end - 1].strip()):
        return _table_card(lines, end - 1)
    for index in range(max(0, end - 3), end):
        line = lines[index].strip()
        if _is_device(line) and not any(map(_goes_on, lines[index + 1 : end])):
            return index
    return end


def _is_device(line: str) -> bool:
    return len(line) < _LONG and _DEVICE.fullmatch(line) is not None and _DEVICE_WORD.search(line) is not None


def _goes_on(line: str) -> bool:
    """Whether the letter goes on with this line below "sent from my phone": a postscript, a correction."""
    line = line.strip()
    if not line or _is_device(line) or _RULE.fullmatch(line) or _LEGAL.match(line):
        return False
    return is_words(line) or not _CARD.search(line)


def _table_card(lines: Sequence[str], end: int) -> int:
    """The card of an app, whose table left its bars behind: from the first bar of that stretch on."""
    first = end
    for index in range(end - 1, max(-1, end - MAX_LINES - 2), -1):
        line = lines[index].strip()
        if len(line) > _LONG or _is_sentence(line):
            break
        if line and not line.strip("| "):
            first = index
    return first


def _legal(lines: Sequence[str], end: int) -> int:
    """A notice of lawyers, when nothing but its own further lines and a card stand below it."""
    for index in range(max(0, end - 12), end):
        if _LEGAL.match(lines[index][:400]) and not any(
            is_words(line) and not _LEGAL_TALK.search(line) for line in lines[index + 1 : end]
        ):
            return index
    return end


def _delimited(lines: Sequence[str], end: int) -> int:
    """Below "-- " (RFC 3676 section 4.3), or below a rule when a card follows."""
    for index in range(end - 1, max(-1, end - MAX_LINES - 2), -1):
        line = lines[index]
        below = [text for text in lines[index + 1 : end] if text.strip()]
        if _DELIMITER.fullmatch(line) and len(below) <= MAX_LINES:
            if _looks_like_card(below) or (line.strip() == "--" and not any(map(is_words, below))):
                return index
        elif _RULE.fullmatch(line) and below and _looks_like_card(below):
            return index
    return end


def _closed(lines: Sequence[str], end: int) -> int:
    """From a closing formula on, when a card follows; a bare name under it stays in the letter."""
    for index in range(max(0, end - MAX_CLOSING - 2), end):
        if not _CLOSING.fullmatch(lines[index][:80]):
            continue
        below = [text.strip() for text in lines[index + 1 : end] if text.strip()]
        if below and _SALUTE.fullmatch(below[0]):
            below = below[1:]
        if len(below) <= MAX_CLOSING and _looks_like_card(below):
            return index
    return end


def is_words(text: str) -> bool:
    """Whether a line is part of what a letter says: in doubt it is.  People put ``--`` between paragraphs, too."""
    text = text.strip()[:400]
    if not text or _is_device(text) or _LEGAL.match(text):
        return False
    if _STOP.search(text) or _LETTER_WORD.search(text) or _COUNT.search(text):
        return _MOTTO.fullmatch(text) is None
    return _PROSE.match(text) is not None


def _is_sentence(text: str) -> bool:
    return is_words(text) or (_SENTENCE.search(text) is not None and _CARD.search(text) is None)


def _looks_like_card(lines: Sequence[str]) -> bool:
    """Short lines, at least one of them a number, an address or a company."""
    if not lines or len(lines) > MAX_LINES or any(len(text) > _LONG for text in lines):
        return False
    return any(_CARD.search(text) for text in lines) and not any(_is_sentence(text) for text in lines)
