"""Bytes of unknown or falsely declared charset to text, tuned for Chinese mail.

Labels are widened first (``gb2312`` and its aliases are read as GB18030, ``big5`` as Big5-HKSCS, ``iso-8859-1`` as
Windows-1252, as every browser does: WHATWG Encoding Standard section 4.2), because senders name the small set and
use the large one.  Where a label is missing, unknown or contradicted by the bytes, the readings compete: the one
whose characters are most usual in mail wins.  Detectors are not asked: on short headers they are worse than that.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailflow.decoding.damage import LOST, MULTI_BYTE, is_doubtful, mended, usual
from mailflow.decoding.hanzi import usual_weights
from mailflow.decoding.japanese import decode_iso_2022_jp

NONE = ""  # no usable label
SAMPLE = 300  # characters looked at when readings compete
GOOD = 0.6  # the score of a reading that needs no rival that mends
HOPELESS = 0.2  # a mended reading below it is no better than any other
CERTAIN = 9  # this many high bytes that are strict UTF-8 are UTF-8 whatever the label says (three Hanzi)

_GB = "gb18030"
_BIG5 = "big5hkscs"
_ALIASES = {
    **dict.fromkeys(
        "gb2312 gbk cp936 xgbk windows936 ms936 936 gb18030 gb180302000 gb180302022 gb231280 gb2312charset csgb2312 "
        "csiso58gb231280 isoir58 euccn eucgb2312cn xeuccn chinese gb23121980 gbk2312 gb xgb gbchinese zhcn "
        "simplified "
        "gb23122312 gb18030gbk".split(),
        _GB,
    ),
    **dict.fromkeys("big5 big5hkscs cp950 xxbig5 csbig5 big5eten ms950 windows950 cnbig5 zhtw big5tw".split(), _BIG5),
    **dict.fromkeys("utf8 unicode11utf8 utf8mb4 xutf8 unicode20utf8 cputf8 utf_8 utf8charset".split(), "utf-8"),
    **dict.fromkeys("hz hzgb2312 hzgb".split(), "hz"),
    **dict.fromkeys("utf7 unicode11utf7 csunicode11utf7 xunicode20utf7 unicode20utf7".split(), "utf-7"),
    **dict.fromkeys("iso2022cn csiso2022cn iso2022cnext".split(), "iso-2022-cn"),
    **dict.fromkeys(
        "iso88591 latin1 l1 cp1252 windows1252 cp819 ibm819 iso885911987 iso1 ansi xansi".split(), "cp1252"
    ),
    **dict.fromkeys("shiftjis sjis xsjis mskanji cp932 windows31j ms932".split(), "cp932"),
    **dict.fromkeys("iso2022jpms cp50220 cp50221 cp50222 csiso2022jp windows50220 windows50221".split(), "iso2022_jp"),
    **dict.fromkeys("ksc56011987 ksc5601 euckr korean windows949 uhc isoir149 ks".split(), "cp949"),
    **dict.fromkeys("iso88598i iso88598e logical".split(), "iso8859_8"),
    **dict.fromkeys("iso88599".split(), "cp1254"),
    **dict.fromkeys("tis620 iso885911 dos874 windows874".split(), "cp874"),
    **dict.fromkeys("macintosh mac xmacroman".split(), "mac_roman"),
    **dict.fromkeys("utf16".split(), "utf-16"),
    **dict.fromkeys(
        "usascii ascii ansix341968 ansix341986 646 iso646us unknown8bit 8bit 7bit default xunknown unknown none "
        "xuserdefined binary usacii us iso646 charset".split(),
        NONE,
    ),
}
_NOT_FOR_MAIL = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "unicode_escape"}
)
_SEVEN_BIT = frozenset({"hz", "utf-7", "iso-2022-cn"})  # besides everything that starts with iso2022
_LABEL_JUNK = re.compile(r"[^0-9a-z]+")
_ACCENTED = re.compile("[\xc0-\xd6\xd8-\xf6\xf8-\u024f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
_UTF7 = re.compile(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9/]*\+[A-Za-z0-9+/]{2,}-")  # tried from a word's start only
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode_text(data: bytes, label: str = "", hint: str = "") -> tuple[str, str, str]:
    """Read ``data``, declared as ``label``: the text, the codec that read it, and a problem (usually empty).

    Never raises.  ``hint`` is a charset seen elsewhere in the mail; it decides only where the bytes leave it open.
    The text may contain U+FFFD when no reading is whole; the problem then says so.
    """
    wanted = _codec_name(label[:60])
    if data.isascii():
        return _decode_ascii(data, wanted)
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace"), name, ""
    if wanted == "utf-8":
        try:
            return data.decode("utf-8"), "utf-8", ""
        except UnicodeDecodeError:
            pass
    elif wanted.startswith(("utf-16", "utf-32")):
        text = _strict(data, wanted)
        if text is not None:
            return text, wanted, ""
    elif wanted.startswith("iso2022_jp") and b"\x1b" in data and (found := _iso_2022(data, wanted)):
        return found
    return _compete(data, label, wanted, _codec_name(hint[:60]))


def score(text: str) -> float:
    """How usual the non-ASCII characters of ``text`` are in mail: about 1 for right readings, below 0 for "
    "wrong ones."""
    weights = usual_weights()
    high = [char for char in text[:SAMPLE] if char >= "\x80"]
    if not high:
        return 1.0
    if _ACCENTED.search(text, 0, SAMPLE) is None:
        return sum(map(weights.__getitem__, high)) / len(high)
    total = 0.0
    before_ascii = True
    for char in text[:SAMPLE]:
        if char < "\x80":
            before_ascii = True
        elif "\xc0" <= char <= "\u024f" and char not in "×÷":
            # An accented letter stands among plain ones; several in a row are a sign of a wrong reading.
            total += 0.7 if before_ascii else -0.4
            before_ascii = False
        else:
            total += weights[char]
            before_ascii = char in "“”‘’–—…•€°·«»¿¡\xa0"
    return total / len(high)


# --------------------------------------------------------------------------------------------------------- in order


@lru_cache(maxsize=512)
def _codec_name(label: str) -> str:
    """The Python codec that reads what mail labelled ``label`` holds; empty for none, ASCII or an unknown label."""
    word = _LABEL_JUNK.sub("", label.lower())
    if not word:
        return NONE
    if word in _ALIASES:
        return _ALIASES[word]
    for name in (label.strip().strip("\"'"), word, re.sub(r"^(?:x|cs)", "", word), re.sub(r"^windows", "cp", word)):
        try:
            info = codecs.lookup(name)
        except (LookupError, ValueError, TypeError):
            continue
        if info._is_text_encoding and info.name not in _NOT_FOR_MAIL:
            return _ALIASES.get(_LABEL_JUNK.sub("", info.name), info.name)
    return NONE


def _decode_ascii(data: bytes, wanted: str) -> tuple[str, str, str]:
    if wanted.startswith(("iso2022", "iso-2022")) or b"\x1b$" in data:
        text = _iso_2022(data, wanted)
        if text is not None:
            return text
    if b"~{" in data and (wanted in ("hz", NONE, _GB) and _HZ.search(data)):
        text_hz = _strict(data, "hz")
        if text_hz is not None:
            return text_hz, "hz", ""
    if wanted == "hz":
        return data.decode("hz", "replace"), "hz", ""
    if wanted == "utf-7":
        text_7 = _strict(data, "utf-7")
        return (text_7, "utf-7", "") if text_7 is not None else (data.decode("ascii"), "ascii", "not valid utf-7")
    if wanted.startswith(("utf-16", "utf-32")) and b"\x00" in data:
        text_16 = _strict(data, wanted if wanted[6:] else wanted + "-be")
        if text_16 is not None:
            return text_16, wanted, ""
    if not wanted and b"+" in data and _UTF7.search(data):
        return _undeclared_utf7(data)
    return data.decode("ascii"), wanted or "ascii", ""


def _undeclared_utf7(data: bytes) -> tuple[str, str, str]:
    text = _strict(data, "utf-7")
    if text is not None and not text.isascii() and score(text) > 0.7:
        return text, "utf-7", "charset not declared: read as utf-7"
    return data.decode("ascii"), "ascii", ""


def _iso_2022(data: bytes, wanted: str) -> tuple[str, str, str] | None:
    if wanted == "iso-2022-cn" or b"\x1b$)A" in data:
        text = _iso_2022_cn(data)
        if text is not None:
            return text, "iso-2022-cn", ""
    names = [wanted] if wanted.startswith("iso2022") else []
    for name in () if b"\x0e" in data and wanted == "iso2022_jp" else (*names, "iso2022_jp_2", "iso2022_kr"):
        decoded = _strict(data, name)
        if decoded is not None:
            return decoded, name, ""
    if wanted in ("iso2022_kr", "iso-2022-cn") or b"\x1b$)" in data:
        return None
    text = decode_iso_2022_jp(data)
    return text, "iso2022_jp", _damage(text.count(LOST), "iso2022_jp")


def _iso_2022_cn(data: bytes) -> str | None:
    """ISO-2022-CN (RFC 1922) with GB 2312 designated; Python has no codec for it.  CNS planes are not known here."""
    out = bytearray()
    shifted = False
    position = 0
    while position < len(data):
        byte = data[position]
        if byte == 0x1B:
            if data[position : position + 4] != b"\x1b$)A":
                return None
            position += 4
            continue
        if byte in (0x0E, 0x0F):
            shifted = byte == 0x0E
        elif byte in (0x0A, 0x0D):
            shifted = False
            out.append(byte)
        else:
            out.append(byte | 0x80 if shifted and byte > 0x20 else byte)
        position += 1
    return _strict(bytes(out), _GB)


def _compete(data: bytes, label: str, wanted: str, hint: str) -> tuple[str, str, str]:
    """Several readings of bytes that are not ASCII; the label has a head start unless it says nothing."""
    utf8 = _strict(data, "utf-8")
    sure = _utf8(data, label, wanted, utf8)
    if sure is not None:
        return sure
    best = _best(data, wanted, hint, utf8)
    if best is None or best[2] != wanted or wanted in MULTI_BYTE:
        best_mended = _mended(data, wanted, best)
        if best_mended is not None:
            return best_mended
    if best is not None and (best[0] > 0.0 or best[2] == wanted):
        return best[1], best[2], _contradiction(label, wanted, best[2])
    return _damaged(data, label, wanted, best)


def _utf8(data: bytes, label: str, wanted: str, utf8: str | None) -> tuple[str, str, str] | None:
    """The reading as UTF-8 where nothing else may be meant: whole and long enough, or damaged and not labelled else."""
    if utf8 is not None:
        sure = len(_HIGH.findall(data[:4000])) >= CERTAIN and (wanted in (NONE, "cp1252") or score(utf8) > 0)
        return (utf8, "utf-8", _contradiction(label, wanted, "utf-8")) if sure else None
    if wanted not in ("utf-8", NONE):
        return None
    plain = data.decode("utf-8", "replace")[:4000]
    if sum(1 for char in plain if char >= "\x80") <= 2 * plain.count(LOST):
        return None
    text, lost = mended(data, "utf-8")  # most of it is UTF-8: cut off or damaged, not another charset
    return text, "utf-8", _damage(lost, "utf-8") or "charset: lines in another charset, read as gb18030"


def _best(data: bytes, wanted: str, hint: str, utf8: str | None) -> tuple[float, str, str] | None:
    """The most usual of the readings without error: its value, its text, its codec."""
    best: tuple[float, str, str] | None = None
    for name in _candidates(wanted, hint):
        text = utf8 if name == "utf-8" else _strict(data, name)
        if text is None:
            continue
        value = score(text) + _head_start(name, wanted, hint)
        if best is None or value > best[0]:
            best = (value, text, name)
        if name == wanted and wanted != "cp1252" and value > 1.0:
            break  # a label whose reading is plainly good needs no rivals
    return best


def _head_start(name: str, wanted: str, hint: str) -> float:
    if name == wanted and name != "cp1252":
        return 0.6 if name in MULTI_BYTE else 0.35
    return (0.1 if name in (wanted, hint) else 0.0) + (0.05 if name == "cp1252" else 0.0)


def _mended(data: bytes, wanted: str, best: tuple[float, str, str] | None) -> tuple[str, str, str] | None:
    """The reading of a damaged text that is better than any whole one; Windows-1252 is whole whatever it reads."""
    doubted = best is not None and best[2] == wanted
    if best is not None and doubted and not is_doubtful(best[1], wanted):
        return None
    rivals = [] if wanted in MULTI_BYTE or (best is not None and best[0] > GOOD) else [_GB, _BIG5]
    found: tuple[float, str, str, int] | None = None
    for name in [wanted] if wanted in MULTI_BYTE else rivals:
        text, lost = mended(data, name)
        high = max(1, sum(1 for char in text if char >= "\x80"))
        value = usual(text) - 0.8 * text.count(LOST) / high + (0.35 if name == wanted else 0.0)
        if found is None or value > found[0]:
            found = value, text, name, lost
    if found is None or found[0] < HOPELESS or (best is not None and not doubted and found[0] < best[0]):
        return None
    if best is not None and found[1] == best[1]:
        return None
    _, text, name, lost = found
    return text, name, _damage(lost, name) or f"charset: lines in another charset, the rest read as {name}"


def _damage(lost: int, name: str) -> str:
    return f"charset: {lost} damaged places, read as {name}" if lost else ""


def _candidates(wanted: str, hint: str) -> list[str]:
    names = [wanted] if wanted and wanted not in _SEVEN_BIT and not wanted.startswith("iso2022") else []
    return list(dict.fromkeys([*names, "utf-8", _GB, _BIG5, *([hint] if hint else []), "cp1252"]))


def _damaged(data: bytes, label: str, wanted: str, best: tuple[float, str, str] | None) -> tuple[str, str, str]:
    """No reading is both whole and usual: take the one that loses least, and say so."""
    readings = []
    if best is not None:
        readings.append((best[0], best[1], best[2], 0))
    for name in dict.fromkeys([wanted or "utf-8", "utf-8", _GB, _BIG5]):
        if name in _SEVEN_BIT:
            continue
        text = _lossy(data, name)
        lost = text.count("\ufffd")
        high = max(1, sum(1 for char in text[: 4 * SAMPLE] if char >= "\x80"))
        readings.append((score(text) - 2.0 * lost / high + (0.3 if name == wanted else 0), text, name, lost))
    value, text, name, lost = max(readings, key=lambda reading: reading[0])
    if value < -0.3:
        guess = _last_resort(data)
        if guess is not None:
            return guess
    problem = f"charset: {lost} damaged places, read as {name}" if lost else _contradiction(label, wanted, name)
    return text, name, problem


def _last_resort(data: bytes) -> tuple[str, str, str] | None:
    from charset_normalizer import from_bytes  # slow to import and seldom needed

    match = from_bytes(data[:20000]).best()
    text = _strict(data, match.encoding) if match is not None else None
    if match is None or text is None:
        return None
    return text, match.encoding, f"charset: guessed as {match.encoding}"


def _contradiction(label: str, wanted: str, used: str) -> str:
    if used == wanted:
        return ""
    if not label.strip():
        return f"charset: not declared, read as {used}"
    return f"charset: declared as {label.strip()[:40]}, read as {used}"


def _strict(data: bytes, name: str) -> str | None:
    """The whole of ``data`` in one codec, or None.  Text with lone surrogates is not text."""
    try:
        text = data.decode(name)
        text.encode("utf-8")
    except (UnicodeError, LookupError, ValueError):
        if name == _GB and b"\x80" in data:
            return _gb_with_euro(data)
        return data.decode("cp1252", "mailflow.c1") if name == "cp1252" else None
    return text


def _gb_with_euro(data: bytes) -> str | None:
    """Windows code page 936 has the euro sign at 0x80, which GB18030 leaves empty."""
    text = data.decode(_GB, "mailflow.euro")
    return None if "\ufffd" in text else text


def _lossy(data: bytes, name: str) -> str:
    try:
        text = data.decode(name, "mailflow.euro" if name == _GB else "replace")
    except (LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode("utf-8")


def _euro(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    if error.object[error.start] == 0x80:
        return "€", error.start + 1
    return "\ufffd", max(error.end, error.start + 1)


def _c1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(map(chr, error.object[error.start : error.end])), error.end


codecs.register_error("mailflow.euro", _euro)
codecs.register_error("mailflow.c1", _c1)
