"""Values in sentences: 判定有效，代码L1，依据是物流轨迹，需要纠正措施，不需要8D.

A clause is read when it begins with the name of a field, or can be the value of one field only.  One clause that nobody
can read, a guess or a question, and nothing of the answer is taken: what was passed over may have changed the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailflow.reading.answers import people
from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.typed import Reading, read_value
from mailflow.reading.answers.verdicts import Judged
from mailflow.reading.answers.words import Group, squeeze

_CLAUSE = re.compile(r"(?:[^,;。!\n]|,(?=\d{3}(?!\d)))+")
_CODE = re.compile(r"(?<![a-z0-9])[a-z]{0,5}\d{8,20}(?![a-z0-9])")
_MOST = 40  # clauses of one answer
_HEAD = 4  # signs in which 还没填 or 明天补 would stand
_LONGEST = 200  # signs of one clause


@dataclass(slots=True)
class _Read:
    """What was read so far."""

    reading: Reading
    fields: Mapping[str, FieldSpec]
    values: dict[str, str] = field(default_factory=dict)
    sure: bool = False  # a field was named, not only a value that it may have

    def take(self, name: str, said: str) -> bool:
        """Keep a value; False when it is none, or another one is there."""
        value, problem = read_value(self.reading, self.fields[name], said)
        if problem == "none":
            return True
        if problem or not value or not self._is_sure(self.fields[name].type, value):
            return False
        return self.values.setdefault(name, value) == value

    def _is_sure(self, kind: str, value: str) -> bool:
        """Could it be nothing else?  A person is known, a department is called one, a text is no "not yet"."""
        words, said = self.reading.words, squeeze(value)
        match kind:
            case "person":
                return value in self.reading.names
            case "department":
                return words["card"].whole(said)
            case "text":
                begins = [words[group].find(said[:_HEAD]) for group in ("negation", "later")]
                return not any(begins)
        return True

    def only(self, *types: str) -> str:
        """The one field of these types; empty when there is none, or several."""
        found = [name for name, spec in self.fields.items() if spec.type in types]
        return found[0] if len(found) == 1 else ""

    def group(self, name: str) -> Group | None:
        """A list of words."""
        return self.reading.words.get(name)


def read_sentences(
    reading: Reading, body: str, folded: str, judged: Sequence[Judged], fields: Mapping[str, FieldSpec]
) -> dict[str, str]:
    """The values of the clauses that are nothing else; empty unless every one of them was read.

    ``folded`` is the ``body`` as it is looked at, ``judged`` its clauses: those that are a verdict or a courtesy hold
    no value.
    """
    telling = any(item.kind == "unknown" or item.loose for item in judged)
    if not telling or not fields or any(item.piece.asked or item.kind in ("return", "transfer") for item in judged):
        return {}
    read = _Read(reading, fields)
    clauses = [*_CLAUSE.finditer(folded)]
    if len(clauses) > _MOST:
        return {}
    for clause in clauses:
        within = [item for item in judged if clause.start() <= item.piece.start < clause.end()]
        said = body[clause.start() : clause.end()].strip()
        is_unknown = any(item.kind == "unknown" for item in within)
        if not is_unknown and (any(not item.loose for item in within) or _asks(reading, said)):
            continue
        guess = len(said) > _LONGEST or reading.words["hedge"].find(squeeze(said)) is not None
        if (guess or not _clause(read, said)) and is_unknown:
            return {}
    agreed = any(item.kind in ("agree", "signed") for item in judged)
    return read.values if read.sure or not agreed else {}


# ------------------------------------------------------------------------------------------------------------ parts


def _asks(reading: Reading, said: str) -> bool:
    """Is it a request (请于周五前完成)?  It holds no value of its writer's."""
    beside = reading.words.get("beside")
    return beside is not None and any(squeeze(said).startswith(lead) for lead in beside.leads)


def _clause(read: _Read, said: str) -> bool:
    said = _without(read.group("sentence_lead"), said)
    if not squeeze(said):
        return True
    if _named(read, said) or _needed(read, said) or _in_charge(read, said) or _sent(read, said):
        read.sure = True
        return True
    return _chosen(read, said) or _day(read, said)


def _without(group: Group | None, said: str) -> str:
    """The words without those of a list in front of them."""
    for _ in range(4):
        end = group.start(squeeze(said)) if group is not None else -1
        if end <= 0:
            break
        said = _behind(said, end)
    return said


def _behind(said: str, squeezed_end: int) -> str:
    """What stands behind so many signs of the squeezed words."""
    wanted, at = len(squeeze(said)[:squeezed_end].replace(" ", "")), 0
    while wanted and at < len(said):
        wanted -= not said[at].isspace()
        at += 1
    return said[at:].strip(" :：")


def begins_with_name(said: str, fields: Mapping[str, FieldSpec]) -> bool:
    """Do words begin with the name of one of these fields?"""
    squeezed = squeeze(said).strip(" ,;")
    return any(squeezed.startswith(title) for title, _ in _titles(fields))


def _titles(fields: Mapping[str, FieldSpec]) -> Iterator[tuple[str, str]]:
    found = [(squeeze(title), name) for name, spec in fields.items() for title in spec.titles if len(title) > 1]
    yield from sorted(found, key=lambda item: -len(item[0]))


def _named(read: _Read, said: str) -> bool:
    """原因代码N2, 依据是物流轨迹: a field by its name, and its value."""
    squeezed = squeeze(said)
    for title, name in _titles(read.fields):
        if not squeezed.startswith(title) or (title.isascii() and squeezed[len(title) :][:1].isalnum()):
            continue
        rest = _behind(said, len(title))
        value = _without(read.group("link"), rest)
        linked = len(value) < len(rest) or said.strip()[len(title) :][:1] in (":", "：")
        if read.fields[name].type == "text" and not linked and len(title) < 4:
            return False  # 原因不明: no name of a field
        return bool(value) and read.take(name, value)
    return False


def _needed(read: _Read, said: str) -> bool:
    """需要纠正措施，不需要8D."""
    squeezed = squeeze(said)
    for group, value in (("not_needed", "no"), ("needed", "yes")):
        words = read.group(group)
        end = words.start(squeezed) if words is not None else -1
        if end <= 0:
            continue
        what = squeezed[end:].strip(" :")
        found = {name for title, name in _titles(read.fields) if _core(read, name, title) == what}
        return len(found) == 1 and read.take(found.pop(), value)
    return False


def _core(read: _Read, name: str, title: str) -> str:
    """是否需要纠正措施: 纠正措施; of other fields than those of yes or no nothing."""
    return squeeze(_without(read.group("whether"), title)) if read.fields[name].type == "yesno" else ""


def _in_charge(read: _Read, said: str) -> bool:
    """施磊负责."""
    words, squeezed = read.group("in_charge"), squeeze(said)
    found = words.find(squeezed) if words is not None else None
    if words is None or found is None or found.end() != len(squeezed):
        return False
    meant = [name for name, spec in read.fields.items() if spec.type == "person" and words.find("".join(spec.titles))]
    who = people.mentioned(read.reading.words, squeezed[: found.start()], read.reading.names)
    named = len(who) == 1 and len(squeezed[: found.start()].strip(" 由")) <= 4
    return bool(meant) and named and read.take(meant[0], who.pop())


def _chosen(read: _Read, said: str) -> bool:
    """有效; 退货并赔偿800元: values that only one field has."""
    for name, spec in read.fields.items():
        if spec.type not in ("choice", "choices"):
            continue
        value, problem = read_value(read.reading, spec, said)
        others = [each for each in read.fields.values() if each is not spec and value and value in each.choices]
        if not problem and not others:
            return read.take(name, value)
        money = read.only("money")
        if spec.type == "choices" and money and (found := re.search(r"\d", said)):
            head, tail = said[: found.start()], said[found.start() :]
            return read.take(money, tail) and read.take(name, head)
    return False


def _sent(read: _Read, said: str) -> bool:
    """今天上午发的顺丰单号SF1420265518833: the number of a parcel, and the day."""
    words, carrier = read.group("waybill"), read.group("carrier")
    names = [name for name, spec in read.fields.items() if words is not None and words.find(squeeze(spec.titles[0]))]
    codes = _CODE.findall(said.lower())
    if len(names) != 1 or len(codes) != 1 or words is None or carrier is None:
        return False
    at = said.lower().index(codes[0])
    rest = squeeze(said[:at] + said[at + len(codes[0]) :])
    rest = words.pattern.sub("", carrier.pattern.sub("", rest)).strip(" :,")
    return read.take(names[0], said[at : at + len(codes[0])]) and (not rest or _day(read, rest))


def _day(read: _Read, said: str) -> bool:
    """下周五前完成, where only one day is asked for."""
    name = read.only("date", "moment")
    return bool(name) and read.take(name, said)
