"""QR codes as small PNG files, at a hundredth of the usual cost.

A QR code of a given size, error level and mask is an affine function of its data bits over GF(2): placing bits,
Reed-Solomon coding and masking are all linear or constant.  So once segno has drawn one code, every other code of the
same length is that drawing with, for each data bit that differs, the modules of this bit inverted.  segno draws each
bit's modules once, when first needed; a record then costs some forty XORs instead of an encoding.  The mask is fixed:
readers take it from the code itself, and choosing the prettiest of eight is what makes encoders slow.
Measured in docs/decisions/0021-own-qr-drawing.md.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import segno

QUIET = 2  # modules of white round the code; the white cell round the picture gives the other two of the standard
SCALE = 8  # pixels a module: a module is one byte of a 1-bit picture, and Word's scaling leaves the edges sharp
_MASK = 2
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INDEX = {letter: number for number, letter in enumerate(_ALPHABET)}
_ERROR = "q"
_INK = bytes.maketrans(b"01", b"\xff\x00")


class QrImages:
    """Draws QR codes; keeps what it has learnt about each text length."""

    def __init__(self) -> None:
        self._series: dict[int, _Series] = {}

    def png(self, text: str) -> bytes:
        """A 1-bit PNG of the code with two modules of quiet zone, eight pixels a module."""
        return _png(*self.modules(text))

    def modules(self, text: str) -> tuple[int, int]:
        """The code as one big number, first module first, and the modules of a side."""
        if not text or any(letter not in _INDEX for letter in text):
            matrix = segno.make(text, error=_ERROR, micro=False, boost_error=False, mask=_MASK).matrix
            return _number(matrix), len(matrix)
        series = self._series.get(len(text))
        if series is None:
            series = self._series[len(text)] = _Series.start(text)
        return series.draw(text), series.side


@dataclass(slots=True)
class _Series:
    """All codes of one text length: a drawn one, and the modules each data bit inverts."""

    length: int
    version: int
    side: int
    groups: tuple[int, ...]
    drawn: int
    zero: int
    bits: dict[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def start(cls, text: str) -> _Series:
        code = segno.make(text, error=_ERROR, mode="alphanumeric", micro=False, boost_error=False, mask=_MASK)
        version = int(code.version)
        return cls(
            length=len(text),
            version=version,
            side=len(code.matrix),
            groups=_groups(text),
            drawn=_number(code.matrix),
            zero=_draw("0" * len(text), version),
        )

    def draw(self, text: str) -> int:
        modules = self.drawn
        for place, (group, known) in enumerate(zip(_groups(text), self.groups, strict=True)):
            differing = group ^ known
            while differing:
                bit = differing & -differing
                inverted = self.bits.get((place, bit))
                if inverted is None:
                    inverted = self.bits[place, bit] = self._learn(place, bit)
                modules ^= inverted
                differing ^= bit
        return modules

    def _learn(self, place: int, bit: int) -> int:
        first = place * 2
        letters = _ALPHABET[bit // 45] + _ALPHABET[bit % 45] if first + 1 < self.length else _ALPHABET[bit]
        text = "0" * first + letters + "0" * (self.length - first - len(letters))
        return _draw(text, self.version) ^ self.zero


def _groups(text: str) -> tuple[int, ...]:
    """The numbers QR's alphanumeric mode stores: two letters in eleven bits, a last single one in six."""
    values = [_INDEX[letter] for letter in text]
    pairs = [45 * first + second for first, second in zip(values[::2], values[1::2], strict=False)]
    return (*pairs, values[-1]) if len(values) % 2 else tuple(pairs)


def _draw(text: str, version: int) -> int:
    code = segno.make(text, version=version, error=_ERROR, mode="alphanumeric", boost_error=False, mask=_MASK)
    return _number(code.matrix)


def _number(matrix: tuple[bytearray, ...]) -> int:
    return int(b"".join(matrix).translate(bytes.maketrans(b"\0\1", b"01")), 2)


def _png(modules: int, side: int) -> bytes:
    ink = f"{modules:0{side * side}b}".encode().translate(_INK)
    margin = b"\xff" * QUIET
    width = side + 2 * QUIET
    repeated = (b"\x02" + bytes(width)) * (SCALE - 1)  # "as the line above"
    blank = b"\x00" + b"\xff" * width + (b"\x02" + bytes(width)) * (SCALE * QUIET - 1)
    rows = [blank]
    for start in range(0, side * side, side):
        rows += (b"\x00", margin, ink[start : start + side], margin, repeated)
    rows.append(blank)
    pixels = width * SCALE
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", pixels, pixels, 1, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 3)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(name + data))))
