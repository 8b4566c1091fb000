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
_STOP = re.compile(r"[。！？；]")
_SENTENCE = re.compile(r"[。！？?!；]|[a-z]\.(?:\s|$)")


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
    return bool(line) and not (_is_device(line) or _CARD.search(line) or _RULE.fullmatch(line))


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
    for index in range(max(0, end - 12), end):
        if _LEGAL.match(lines[index][:400]):
            return index
    return end


def _delimited(lines: Sequence[str], end: int) -> int:
    """Below "-- " (RFC 3676 section 4.3), or below a rule when a card follows."""
    for index in range(end - 1, max(-1, end - MAX_LINES - 2), -1):
        line = lines[index]
        below = [text for text in lines[index + 1 : end] if text.strip()]
        if _DELIMITER.fullmatch(line) and len(below) <= MAX_LINES:
            if _looks_like_card(below) or (line.strip() == "--" and not any(map(_is_chinese_sentence, below))):
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


def _is_sentence(text: str) -> bool:
    return _SENTENCE.search(text) is not None and _CARD.search(text) is None


def _is_chinese_sentence(text: str) -> bool:
    """People put ``--`` between paragraphs, too."""
    return _STOP.search(text) is not None and _CARD.search(text) is None and _LEGAL.match(text) is None


def _looks_like_card(lines: Sequence[str]) -> bool:
    """Short lines, at least one of them a number, an address or a company."""
    if not lines or len(lines) > MAX_LINES or any(len(text) > _LONG for text in lines):
        return False
    return any(_CARD.search(text) for text in lines) and not any(_is_sentence(text) for text in lines)
