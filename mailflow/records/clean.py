"""Text from strangers, made fit for a Word document: nothing in it is markup, nothing in it breaks the file.

What is removed is removed because Word's format cannot hold it or because it would change how the record reads:
control characters and lone surrogates (XML forbids them; one surrogate would cut off the rest of the text), form
feeds and bells (page break and new paragraph for docxtpl), and the bidirectional overrides, with which a mail could
make a record show its words in another order than they stand in.  Everything else stays as written.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from jinja2.runtime import Undefined
from markupsafe import Markup

from mailflow.domain.wrapped import on_one_line

BLANK = "/"
"""What an unknown value prints: visibly empty, so that a clerk sees it and an auditor does not wonder."""

MAX_CHARACTERS = 20_000
MAX_LINES = 400
CUT_MARK = "……〔以下略：此处只登记前一部分，全文见随附的原始邮件〕"

_LINE_ENDS = re.compile("\r\n?|[\v\u0085\u2028\u2029]")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
# One search decides whether a value needs any work at all; most cells of a form do not.
_WORK = re.compile(
    "[&<>\"'\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_TAB = '</w:t><w:tab/><w:t xml:space="preserve">'


def clean(text: str) -> str:
    """The text with LF line ends and without the characters a Word file cannot or must not hold."""
    return _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def bounded(text: str, characters: int = MAX_CHARACTERS, lines: int = MAX_LINES) -> str:
    """The text, or its beginning with a visible mark when it is longer than a record should hold."""
    kept = text if len(text) <= characters else text[:characters]
    if kept.count("\n") >= lines:
        kept = "\n".join(kept.split("\n", lines)[:lines])
    return text if len(kept) == len(text) else f"{kept.rstrip()}\n{CUT_MARK}"


def short(text: str, characters: int = 120) -> str:
    """The text on one line for a small cell, ended with ``…`` when it is too long; ``/`` when there is nothing."""
    line = on_one_line(clean(text))
    if not line:
        return BLANK
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"


def word_text(value: Any) -> Any:
    """A value as it goes into a run of Word text: cleaned, bounded, escaped, line ends as breaks.

    Used as Jinja's ``finalize``, so expressions in a template still see the plain value.  docxtpl's own objects
    (rich text, pictures) carry their XML and pass; text never does, whatever class it claims to be.
    """
    if isinstance(value, str):
        text = str.__str__(value)
        if len(text) > MAX_CHARACTERS or text.count("\n") >= MAX_LINES:
            text = bounded(clean(text))
        if not _WORK.search(text):
            return Markup(text)  # noqa: S704 - searched: nothing to escape
        escaped = Markup.escape(clean(text))
        return Markup(str.replace(escaped, "\n", _BREAK).replace("\t", _TAB))  # noqa: S704 - escaped above
    if value is None:
        return BLANK
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined raises here, naming the field
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return word_text("；".join(str(item) for item in value) or None)
    return value


def line_text(value: Any) -> Any:
    """Like :func:`word_text`, for document properties: one line, escaped for XML, no Word markup."""
    if isinstance(value, str):
        return Markup.escape(short(str.__str__(value), 250))
    return word_text(value)


def ticked(selected: Any, option: str) -> str:
    """The Jinja filter ``tick``: ☑ when the option is among the selected words, ☐ otherwise.

    Several words are a list, or a text that joins them with ``、``.
    """
    words = selected.split("、") if isinstance(selected, str) else tuple(selected or ())
    return "☑" if option in words else "☐"
