"""Text on one line: where a mail program only wrapped a Chinese sentence, nothing stands between its characters."""

from __future__ import annotations

import re

_HAN = "\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_BREAK = re.compile(rf"(?<=[{_HAN}])[^\S\n]*\n[^\S\n]*(?=[{_HAN}])")
_ENDS = "。！？；，、：…）”」"
_LABEL = re.compile(r"[^：:\n]{1,12}[：:]")
_WRAPPED_AT = 20  # characters: a shorter line was ended by its writer, and what follows is something else


def on_one_line(text: str) -> str:
    """The text with runs of white space as one blank, and without any where a Chinese sentence was only wrapped.

    A short line without a mark at its end, or one before a label (``数量：``), was ended by its writer: a blank stays.
    """
    if "\n" in text:
        text = _BREAK.sub(lambda found: "" if _is_wrapped(text, found) else " ", text)
    return " ".join(text.split())


def _is_wrapped(text: str, found: re.Match[str]) -> bool:
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    if line.endswith(tuple(_ENDS)):
        return True
    return len(line.strip()) >= _WRAPPED_AT and not _LABEL.match(text, found.end())
