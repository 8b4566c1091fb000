"""Text of a multi-byte charset in which bytes were lost, changed or put in between: read on right behind the place.

GBK, Big5 and Shift_JIS do not synchronize themselves: behind one lost byte every following pair is read one byte off,
and often stays valid.  So the bytes of a damaged stretch are parted into characters anew, in the way that makes them
most usual; what fits nowhere becomes U+FFFD, one for each byte.  A stretch ends at a byte that is never part of a
character (blanks, line breaks, most punctuation), so damage goes no further than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mailflow.decoding.hanzi import usual_weights

LOST = "\ufffd"
MULTI_BYTE = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "shift_jis", "euc_jp", "euc_kr", "johab"})
LIMIT = 60_000  # bytes of one text parted anew; beyond them damage is marked as the codec finds it
FOREIGN = 3  # characters that make a line of another charset one: fewer may be read by chance

_USUAL = 1.2  # the weight of an everyday character
_RAREST = 3.5  # no character costs more than this
_ONE_LOST = 2.0  # for a byte that is no part of a character, where the stretch cannot be read whole
_ONE_DOUBTED = 3.5  # where it can: unusual names are no damage
_STRAY = 0.7  # a letter right behind a high byte: half a character of Big5, as likely
_AT_EDGE = 0.4  # what was put inside a character leaves half of it behind itself
_PLAIN = 0.45  # a run of characters at least this usual is not looked at again
_SELDOM: Callable[[float, float, float], bool] = lambda a, b, c: a + b + c < 2 * _PLAIN  # noqa: E731  a hot loop
_STRETCH = re.compile(rb"[\x00-\x2f]*[^\x00-\x2f]*")
_LINE = re.compile(rb"[^\n]*\n?")
_RUN = re.compile(r"[^\x00-\x7f]+")
_PIECE = re.compile(r"[^\x00-\x2f]+")
_LETTER_BEHIND = re.compile(r"[^\x00-\x7f][@-\x7f]")
_ASCII = frozenset(map(chr, range(128)))


def mended(data: bytes, codec: str) -> tuple[str, int]:
    """``data`` in a codec of :data:`MULTI_BYTE` or UTF-8, and the number of places that could not be read.

    Lines that are whole in UTF-8 (of a text in another charset) or in GB18030 (of a text in UTF-8) and in the text's
    own charset are not, or are nothing anybody writes, are read so: gateways add their lines in their own charset.
    """
    budget = LIMIT
    out = []
    for line in _LINE.findall(data):
        if line.isascii():
            out.append(line.decode("ascii"))
            continue
        text, spent = _line(line, codec, budget)
        budget -= spent
        out.append(text)
    whole = "".join(out)
    return whole, len(re.findall(f"{LOST}+", whole))


def is_doubtful(text: str, codec: str) -> bool:
    """Whether a text that ``codec`` reads without error may be damaged all the same, so that :func:`mended` must look.

    A run of characters nobody writes in a row is the sign of a lost byte, unless losing one costs more than they do, or
    of a line in UTF-8.
    """
    weights = usual_weights()
    seldom = {char for char in set(text) - _ASCII if weights[char] < _PLAIN}  # of nearly every text none
    if not seldom:
        return False
    return any(_is_odd(piece, codec) for piece in _PIECE.findall(text) if not seldom.isdisjoint(piece))


def _is_odd(piece: str, codec: str) -> bool:
    weights = usual_weights()
    for run in _RUN.findall(piece):
        each = [weights[char] for char in run]
        if sum(each) < _PLAIN * len(each) or any(map(_SELDOM, each, each[1:], each[2:])):
            lost = _ONE_LOST if codec == "big5hkscs" else _ONE_DOUBTED
            if _most(piece, codec) >= lost - _AT_EDGE or _strict(run.encode(codec, "replace"), "utf-8") is not None:
                return True
    return False


def usual(text: str) -> float:
    """How usual the characters beyond ASCII are, lost ones left out; -1 when none is left."""
    high = [char for char in text if char >= "\x80" and char != LOST]
    return _mean("".join(high), usual_weights()) if high else -1.0


# ------------------------------------------------------------------------------------------------------------ details


def _mean(run: str, weights: dict[str, float]) -> float:
    return sum(map(weights.__getitem__, run)) / len(run)


def _line(line: bytes, codec: str, budget: int) -> tuple[str, int]:
    """One line that holds high bytes, and how many of them were parted anew."""
    own = _strict(line, codec)
    if own is not None and (codec == "utf-8" or not is_doubtful(own, codec)):
        return own, 0
    other = _strict(line, "gb18030" if codec == "utf-8" else "utf-8")
    if other is not None and _is_foreign(other, codec):
        return other, 0
    if codec == "utf-8":
        return line.decode("utf-8", "replace"), 0
    if len(line) > budget:
        return own if own is not None else line.decode(codec, "replace"), 0
    return "".join(_stretch(piece, codec) for piece in _STRETCH.findall(line)), len(line)


def _is_foreign(text: str, codec: str) -> bool:
    high = [char for char in text if char >= "\x80"]
    if codec == "utf-8":
        return len(high) >= FOREIGN and usual(text) > _PLAIN
    # Strict UTF-8 is hardly ever chance: a few signs of a gateway's line (dashes, trade marks) are enough.
    return usual(text) > 0.0


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _stretch(data: bytes, codec: str) -> str:
    if data.isascii():
        return data.decode("ascii")
    own = _strict(data, codec)
    if own is not None and not is_doubtful(own, codec):
        return own
    return _parted(data, codec, _ONE_LOST if own is None or codec == "big5hkscs" else _ONE_DOUBTED)


def _most(text: str, codec: str) -> float:
    """What the characters of a text read whole cost, or a little more."""
    weights = usual_weights()
    costs = (_cost(weights[char], codec) + (0.5 if weights[char] < 0 else 0.0) for char in text if char >= "\x80")
    return sum(costs) + (_STRAY * len(_LETTER_BEHIND.findall(text)) if codec == "big5hkscs" else 0.0)


def _parted(data: bytes, codec: str, lost: float) -> str:
    """The cheapest way to part ``data`` into characters: each costs what it lacks to be usual, a lost byte ``lost``."""
    size = len(data)
    costs = [0.0] * (size + 1)
    steps = [(1, LOST)] * size
    for index in range(size - 1, -1, -1):
        byte = data[index]
        if byte < 0x80:
            stray = codec == "big5hkscs" and byte >= 0x40 and index > 0 and data[index - 1] >= 0x80
            costs[index] = costs[index + 1] + (_STRAY if stray else 0.0)
            steps[index] = (1, chr(byte))
            continue
        edge = index in (0, size - 1) or data[index - 1] < 0x80
        best, step = costs[index + 1] + lost - (_AT_EDGE if edge else 0.0), (1, LOST)
        for width in (1, 2, 3, 4):
            if index + width > size:
                break
            char, cost = _character(data[index : index + width], codec)
            if char and cost + costs[index + width] < best:
                best, step = cost + costs[index + width], (width, char)
        costs[index], steps[index] = best, step
    out = []
    index = 0
    while index < size:
        width, char = steps[index]
        out.append(char)
        index += width
    return "".join(out)


@lru_cache(maxsize=50_000)
def _character(data: bytes, codec: str) -> tuple[str, float]:
    """The one character ``data`` is, and what it costs; empty when it is none."""
    if len(data) == 1 and codec == "gb18030":
        return ("€", 1.0) if data == b"\x80" else ("", 0.0)
    text = _strict(data, codec)
    if text is None or len(text) != 1:
        return "", 0.0
    return text, _cost(usual_weights()[text], codec) + (0.5 if len(data) > 2 else 0.0)


def _cost(weight: float, codec: str) -> float:
    """What a character of this weight lacks to be usual."""
    if codec == "big5hkscs" and 0.4 <= weight < 1.0:
        return 0.3  # the usual traditional characters weigh less than the usual simplified ones; those beyond as little
    return min(max(_USUAL - weight, 0.0), _RAREST)
