"""An agreement with a change beside it: 同意，但赔偿金额改为800.

A change is read when nothing but changes, courtesies and the agreement stand there, each change naming one field and a
value of its type.  Whoever reads it shows what was made of it: nothing is changed by the words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailflow.reading.answers.body import own_words, without_quoted_lines
from mailflow.reading.answers.pieces import MAX_TEXT, Piece
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading, read_value
from mailflow.reading.answers.verdicts import HARMLESS, judge
from mailflow.reading.answers.words import AnswerWords, Group, squeeze
from mailflow.reading.matching.normalise import fold

_MOST = 6  # changes of one answer


def read_amendments(reading: Reading, text: str, fields: Mapping[str, FieldSpec]) -> dict[str, str]:
    """The new values by field, in normal form; empty unless the text is an agreement with nothing but such changes.

    ``fields`` are those that may be changed.  Never raises on strangers' text.
    """
    words = reading.words
    leads, turns = words.get("change_lead"), words.get("change_to")
    if leads is None or turns is None or len(text) > MAX_TEXT or not fields:
        return {}
    body = own_words(words, text)
    folded = without_quoted_lines(fold(body))
    judged = judge(words, body, folded, reading.names)
    unknown = [item.piece for item in judged if item.kind == "unknown"]
    others = {item.kind for item in judged} - {"unknown"}
    agrees = bool(others & {"agree", "signed"}) and others <= HARMLESS | {"agree", "signed"}
    if not agrees or not 0 < len(unknown) <= _MOST or any(item.piece.asked for item in judged):
        return {}
    found: dict[str, str] = {}
    for piece in unknown:
        change = _change(reading, body, piece, fields, _Turns(leads, turns))
        if change is None or found.get(change[0], change[1]) != change[1]:
            return {}
        found[change[0]] = change[1]
    return found


def is_as_it_stands(words: AnswerWords, text: str) -> bool:
    """Does an answer say that what it agrees to shall stay as it is (按原稿同意)?"""
    group = words.get("as_it_stands")
    return len(text) <= MAX_TEXT and group is not None and group.find(squeeze(own_words(words, text))) is not None


# ------------------------------------------------------------------------------------------------------------ parts


@dataclass(frozen=True, slots=True)
class _Turns:
    leads: Group
    turns: Group


def _change(
    reading: Reading, body: str, piece: Piece, fields: Mapping[str, FieldSpec], words: _Turns
) -> tuple[str, str] | None:
    """The field a clause changes, and its new value."""
    said = piece.words
    while (end := words.leads.start(said)) > 0:
        said = said[end:].lstrip(" :,")
    titles = sorted(
        ((squeeze(t), name) for name, spec in fields.items() for t in spec.titles), key=lambda t: -len(t[0])
    )
    title, name = next(((title, name) for title, name in titles if title and said.startswith(title)), ("", ""))
    if not name or len({other for same, other in titles if same == title}) > 1:
        return None
    rest = said[len(title) :].lstrip(" ")
    end = words.turns.start(rest)
    if end <= 0 or not rest[end:].strip():
        return None
    written = _written(body[piece.start : piece.end], rest[end:].strip(" :"))
    value, problem = read_value(reading, fields[name], written)
    return (name, value) if value and not problem else None


def _written(clause: str, squeezed: str) -> str:
    """The end of a clause as it was written, of which these are the squeezed words."""
    wanted, at = len(squeezed.replace(" ", "")), len(clause)
    while wanted and at:
        at -= 1
        wanted -= not clause[at].isspace()
    return clause[at:].strip()
