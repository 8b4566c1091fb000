"""ISO-2022-JP as mail programs really write it (Windows code pages 50220 and 50221): with vendor characters.

The charset's own definition (RFC 1468) knows neither circled numbers nor ㈱, neither half-width kana nor the kanji of
IBM and NEC; one of them makes a strict reader give up the whole letter.  Here each escape sequence is followed and the
pairs are read as code page 932 reads them; a pair that is no character becomes U+FFFD.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$\(?[@BD]|\([BJIH])")
_KANA = (b"(I",)
_SINGLE = (b"(B", b"(J", b"(H")


def decode_iso_2022_jp(data: bytes) -> str:
    """The text; never raises.  A line break ends a two-byte stretch that was not closed."""
    out = []
    position, mode = 0, b"(B"
    for match in (*_ESCAPE.finditer(data), None):
        end = match.start() if match else len(data)
        out.append(_stretch(data[position:end], mode))
        if match:
            position, mode = match.end(), match[1]
    return "".join(out)


# ------------------------------------------------------------------------------------------------------------ details


def _stretch(data: bytes, mode: bytes) -> str:
    if mode in _SINGLE:
        return _shifted(data)
    head, line_end, rest = data.partition(b"\n")
    read = _kana(head) if mode in _KANA else _supplement(head) if mode == b"$(D" else _pairs(head)
    return read + line_end.decode("ascii") + _shifted(rest)


def _shifted(data: bytes) -> str:
    """ASCII; half-width kana stand between SO and SI, or with the high bit."""
    first, *shifted = data.split(b"\x0e")
    out = [first.decode("cp932", "replace")]
    for piece in shifted:
        kana, _, plain = piece.partition(b"\x0f")
        out += [_kana(kana), plain.decode("cp932", "replace")]
    return "".join(out)


def _kana(data: bytes) -> str:
    return bytes(byte | 0x80 if 0x20 < byte < 0x60 else byte for byte in data).decode("cp932", "replace")


def _pairs(data: bytes) -> str:
    """JIS rows and cells in Shift_JIS's places (JIS X 0208, annex 1), where code page 932 has the vendors' too."""
    out = bytearray()
    position = 0
    while position < len(data):
        row, cell = data[position], data[position + 1] if position + 1 < len(data) else 0
        if not 0x21 <= row <= 0x7E:
            out.append(row)
            position += 1
            continue
        if not 0x21 <= cell <= 0x7E:
            out += b"\xfd"  # no character: becomes the mark
            position += 1
            continue
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
        out += bytes((lead, cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E))
        position += 2
    return out.decode("cp932", "replace").replace("\uf8f1", "\ufffd")


def _supplement(data: bytes) -> str:
    """JIS X 0212, which code page 932 does not know."""
    body = b"".join(b"\x8f" + bytes(b | 0x80 for b in data[at : at + 2]) for at in range(0, len(data), 2))
    return body.decode("euc_jp", "replace")
