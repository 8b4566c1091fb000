"""Links and mail addresses in strangers' words: what a mail program would make one of is replaced by a mark.

Whoever forges a sender would otherwise have us send his link to somebody else, under our name.
"""

from __future__ import annotations

import re

# Endings that are taken for a domain wherever they stand.  Endings that are also words or units ("leaks.It is", "5.cm")
# count with a path behind them alone.
_ENDINGS = (
    "com|cn|net|org|info|biz|top|xyz|vip|shop|site|online|club|cc|io|me|tv|ru|co|link|live|icu|app|dev|work|click|hk|tw"
    "|de|uk|us|eu"
)
_LETTERED = (
    "fr|jp|kr|br|au|nl|pl|sg|vn|mx|za|ir|kz|ua|cz|hu|ro|gr|tr|dk|pt|tk|gq|ly|su|pw|ws|fun|space|website|tech|email|cloud"
    "|asia|mobi|wang|ltd|store|page|today|win|bid|loan|stream|zip|mov"
)
_DOT = "[.。．｡]"  # all of them are dots to a browser (UTS 46)
_LABEL = r"[\w-]{1,63}"  # bounded, like all below: whatever stands in a text, the time is linear
_HAN = r"\u4e00-\u9fff"
_LINK = re.compile(
    # Any scheme; those that need no slashes; a share, which Outlook links and Windows signs in to.
    r"[a-z][a-z0-9+.-]{1,20}://\S+"
    r"|\b(?:mailto|javascript|file):\S+"
    r"|\\\\[\w.-]{1,99}\\\S*"
    rf"|\bwww{_DOT}\S+"
    rf"|[\w.+-]{{1,64}}@{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}"
    rf"|\b(?:{_LABEL}{_DOT}){{1,8}}(?:{_ENDINGS})\b(?:[/?:#]\S*)?"
    rf"|\b(?:(?!\d+{_DOT}){_LABEL}{_DOT}){{1,8}}(?:(?:{_LETTERED})\b(?:[/?:#]\S*)?|(?-i:[a-z]{{2,24}})/[^\s/]\S*)"
    rf"|[{_HAN}]\.(?:{_ENDINGS})\b(?:[/?:#]\S*)?"
    rf"|[\w{_HAN}-]{{1,63}}{_DOT}(?:中国|中國|公司|网络|網絡|网址|在线|商城|集团)(?:[/?:#]\S*)?",
    re.IGNORECASE | re.ASCII,
)
_SIGNS = re.compile(r"[.。．｡․:\\]")  # without one of them there is no link
_WIDE = "".join(chr(sign + 0xFEE0) for sign in b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_NARROW = {ord(sign): ord(sign) - 0xFEE0 for sign in _WIDE} | {ord("․"): "."}  # as a browser takes them (UTS 46)
_MARKS = {"zh": "[链接略]", "zh-Hant": "[連結略]", "en": "[link]"}


def link_mark(language: str) -> str:
    """What stands in place of a link in a mail of this language."""
    return _MARKS.get(language, _MARKS["zh"])


def without_links(text: str, mark: str) -> str:
    """Strangers' words with ``mark`` in place of what a mail program would make a link or an address of."""
    if not _SIGNS.search(text):
        return text
    parts, end = [], 0
    for found in _LINK.finditer(text.translate(_NARROW)):  # sign for sign, so that places are the same
        parts += [text[end : found.start()], mark]
        end = found.end()
    return "".join(parts) + text[end:]
