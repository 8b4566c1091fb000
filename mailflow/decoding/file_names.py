"""File names of ours for attachments of strangers: one path component, fit for every file system we may meet."""

from __future__ import annotations

import contextlib
import mimetypes
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from mailflow.decoding.charsets import decode_text
from mailflow.decoding.damage import usual

MAX_BYTES = 100

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_FALSE = re.compile("[\x80-\xff\u0152-\u0178\u2013-\u2122]{2}")  # two in a row stand in no word of Europe
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:\.|$)", re.I)
_EXTENSION = re.compile(r"\.[^\s.]{1,12}$")
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "message/rfc822": ".eml",
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "application/octet-stream": ".bin",
}


def as_shown(name: str) -> str:
    """A sender's file name as mail programs show it: percent-coded and falsely read names (``è´¨æ£€``) put right."""
    if "%" in name and len(_PERCENT.findall(name)) == name.count("%"):
        data = unquote_to_bytes(name)
        if not data.isascii() or b" " in data:
            read = decode_text(data, "utf-8")[0]
            name = read if "\ufffd" not in read else name
    if not name.isascii() and max(name) < "\u2200" and _FALSE.search(name) is not None:
        for codec in ("latin-1", "cp1252"):
            with contextlib.suppress(UnicodeEncodeError):
                text, used, _ = decode_text(name.encode(codec))
                if used in ("utf-8", "gb18030") and usual(text) > 0.5:
                    return text
    return name


def extension_for(mime_type: str) -> str:
    """A fitting extension with its dot, ``.bin`` when the type says nothing."""
    return _EXTENSIONS.get(mime_type) or mimetypes.guess_extension(mime_type, strict=False) or ".bin"


def guess_type(name: str) -> str:
    """The MIME type a file name suggests."""
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"


def safe_name(name: str, fallback: str = "attachment.bin") -> str:
    """One path component made from a stranger's name; Chinese stays, everything dangerous goes.  Never empty."""
    base = _SPACES.sub(" ", name.replace("\\", "/")).strip().rstrip("/").rpartition("/")[2]
    text = unicodedata.normalize("NFC", base).replace("\u2028", " ").replace("\u2029", " ")
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = _SPACES.sub(" ", _FORBIDDEN.sub("_", text)).strip(" .")
    if not text.strip("_ ."):
        text = fallback
    if _RESERVED.match(text):
        text = "_" + text
    return _shorten(text, MAX_BYTES)


def unique_names(names: Iterable[str]) -> list[str]:
    """The same safe names in order, those that collide (case-insensitively) numbered ``name (2).ext``."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    result = []
    for name in names:
        candidate = name
        key = _fold(name)
        number = last.get(key, 1)
        while _fold(candidate) in taken:
            number += 1
            mark = f" ({number})"
            stem, extension = _split(name)
            candidate = _shorten(stem, MAX_BYTES - len(mark) - len(extension.encode())) + mark + extension
        last[key] = number
        taken.add(_fold(candidate))
        result.append(candidate)
    return result


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _split(name: str) -> tuple[str, str]:
    match = _EXTENSION.search(name)
    return (name[: match.start()], match[0]) if match is not None and match.start() > 0 else (name, "")


def _shorten(name: str, limit: int) -> str:
    if len(name.encode("utf-8")) <= limit:
        return name
    stem, extension = _split(name)
    room = limit - len(extension.encode("utf-8"))
    if room < 1:
        stem, extension, room = name, "", limit
    return stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .") + extension
