"""The signs of machines: ``rules/exclusion.yaml`` loaded, checked and made ready to be weighed.

:func:`load_marks` reads the rule file and returns every mistake in it at once; :meth:`MachineMarks.hits` finds the
rules that speak in one mail; :func:`unanswerable` knows the addresses nothing may ever be sent to.  What follows from
the hits is decided in :mod:`mailflow.stages.exclude`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mailflow.domain.errors import Problem
from mailflow.domain.model import Message
from mailflow.reading.matching import normalise
from mailflow.reading.matching.patterns import PatternSet
from mailflow.settings import shipped, yaml_file
from mailflow.settings.expressions import ENDLESS, NO_PATTERN, repeats_problem
from mailflow.settings.sound_part import ANY, Sound, sound

MarkKind = Literal["auto_reply", "read_receipt", "bounce", "spam", "newsletter", "machine", "person"]
Where = Literal["subject", "text", "sender", "header", "clause"]

# A machine says what it is at the beginning; unsubscribe lines stand at the end.  Bounded, whatever is sent to us.
HEAD, TAIL = 5000, 1500

_TAGS = re.compile(
    r"(?:\s*(?:\[\s*(?:external|ext|外部邮件|外部|外来邮件|spam|suspected spam)\s*\]"
    r"|\*{2,5}\s?spam\s?\*{2,5}|caution:|external:))+\s*"
)
_SEPARATORS = re.compile(r"[^0-9a-z一-鿿]+")

_UNANSWERABLE = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|no[-_.]?reply|do[-_.]?not[-_.]?reply|dont[-_.]?reply|noanswer"
    r"|null|nobody|bounces?|devnull|double-bounce|autoresponder|auto-?reply|listserv|majordomo)"
    r"(?:[-+_.=\d].*)?"
    r"|bounces?[-+=].*|.*[-_.](?:no-?reply|do-?not-?reply|bounces?)|.*\+bounces?|prvs=.*|srs[01][=+-].*"
    r"|(?:owner-.*)|.*-(?:request|owner|bounces)"
)


# Release 0.1 shipped a pattern that says several of its words twice (现, 在 and 现在), so that a long line was tried in
# countless ways.  An office that has that file reads the same words, each once.
_SAID_TWICE = ("(现|现在|目前|正|正在|将|将于|于|自|", "(现|目前|正|将|于|自|")


def _once(pattern: str) -> str:
    return pattern.replace(*_SAID_TWICE)


class MarkRule(BaseModel):
    """One rule as written in the file; the file's head explains the keys."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    kind: MarkKind
    look_in: list[Where] = Field(min_length=1)
    header: str | None = None
    starts: list[str] = []
    phrases: list[str] = []
    regex: list[Annotated[str, AfterValidator(_once)]] = []
    ignore_separators: bool = False
    soft: bool = False
    weight: float = Field(gt=0, le=5)
    matches: list[str] = []
    misses: list[str] = []


ListName = Annotated[str, Field(pattern=r"^[\w.+-]+(@[\w-]+)?(\.[\w-]+)+$", max_length=320)]


class MarkFile(BaseModel):
    """The whole file.  ``lists`` are mailing lists whose posts are let in."""

    model_config = ConfigDict(extra="forbid")

    rules: list[MarkRule] = Field(min_length=1)
    lists: list[ListName] = []


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: a cheap key
class Mark:
    """A rule ready for use."""

    name: str
    kind: MarkKind
    weight: float
    soft: bool
    header: str
    where: frozenset[Where]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that spoke: where it looked and the words it stood in."""

    mark: Mark
    where: Where
    words: str


def fold(text: str) -> str:
    """Spellings made alike (:func:`mailflow.reading.matching.normalise.fold`), white space one space."""
    folded = normalise.fold(text)
    if "覆" in folded:  # 回覆, 答覆: written 复 in simplified text, but 覆 is a simplified character too (覆盖)
        folded = folded.replace("回覆", "回复").replace("答覆", "答复")
    return " ".join(folded.split())


def squeeze(folded: str) -> str:
    """Only digits, letters and Chinese characters: undoes 发-票, 增~值~税, 普.通."""
    return _SEPARATORS.sub("", folded)


@dataclass(frozen=True, slots=True)
class Place:
    """The rules of one place: those that look at the folded text, and those that look through separators."""

    folded: PatternSet[Mark]
    squeezed: PatternSet[Mark]

    def __bool__(self) -> bool:
        return bool(self.folded or self.squeezed)

    def hits(self, where: Where, text: str) -> list[Hit]:
        """Rules that speak in a folded text."""
        found = self.folded.search(text)
        if self.squeezed:
            found |= self.squeezed.search(squeeze(text))
        return [Hit(mark, where, words) for mark, words in found.items()]


@dataclass(frozen=True, slots=True)
class MachineMarks:
    """All rules, by the place they look in."""

    subject: Place
    text: Place
    sender: Place
    person: Place
    clause: Place
    headers: Mapping[str, tuple[tuple[Mark, PatternSet[Mark]], ...]]
    lists: frozenset[str] = frozenset()

    def header_hits(self, message: Message) -> list[Hit]:
        """Rules that speak in the headers."""
        hits: list[Hit] = []
        for name in message.headers:
            if name not in self.headers:
                continue
            # Only the topmost Return-Path is our own server's word.
            values = message.headers[name][:1] if name == "return-path" else message.headers[name][:8]
            for value in (" ".join(value[:HEAD].lower().split()) for value in values):
                hits += [
                    Hit(mark, "header", f"{name}: {value[:100]}")
                    for mark, patterns in self.headers[name]
                    if not patterns or patterns.search(value)
                ]
        return list({hit.mark: hit for hit in hits}.values())

    def machine_hits(self, message: Message) -> list[Hit]:
        """All signs of a machine: headers, sender, subject, and what the sender wrote this time."""
        return [
            *self.header_hits(message),
            *self.sender.hits("sender", _sender(message)),
            *self.subject.hits("subject", _subject(message)),
            *self.text.hits("text", excerpt(message.new_text)),
        ]

    def person_hits(self, text: str) -> list[Hit]:
        """Signs of a person in a text."""
        return self.person.hits("text", excerpt(text))


def excerpt(text: str) -> str:
    """Beginning and end of a text, folded."""
    return fold(text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}")


def _subject(message: Message) -> str:
    folded = fold(message.subject[:1000])
    tags = _TAGS.match(folded)
    return folded[tags.end() :] if tags else folded


def _sender(message: Message) -> str:
    sender = message.sender
    return fold(f"{sender.name[:200]} <{sender.address[:300]}>") if sender else "<>"


def unanswerable(address: str) -> bool:
    """Whether nothing may ever be sent to this address, though its mail may be handled (RFC 3834 section 2).

    Empty addresses, mail systems (``mailer-daemon``, ``postmaster``), senders that say so (``no-reply``), return
    paths of bulk senders (``bounce+...``, VERP, SRS, BATV) and list robots (``...-request``, RFC 2142 section 6).
    """
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    return not (at and local and domain) or _UNANSWERABLE.fullmatch(local) is not None


# ------------------------------------------------------------------------------------------------------------ loading


def load_marks(path: Path, *, whole: bool = True) -> tuple[MachineMarks | None, list[Problem]]:
    """Read the rules.  Every problem is listed with its line; with any problem there are no rules.

    Unless ``whole``, a file that is as it was shipped is believed: its patterns are not judged, its examples not run.
    """
    document, problems = yaml_file.read(path)
    if document is None:
        return None, problems
    document = replace(document, proven=not whole and shipped.is_unchanged(path))
    found, problems = sound(MarkFile, document, _STAND_INS)
    if found.value is None:
        return None, problems
    ready: list[tuple[Mark, MarkRule]] = []
    names: set[str] = set()
    for index, rule in enumerate(found.value.rules):
        if rule.name in names:
            at = ("rules", index, "name")
            problems.append(found.document.problem(at, "MF301", f"the name {rule.name!r} stands twice"))
        if found.is_whole("rules", index, "name"):
            names.add(rule.name)
        problems += _mistakes(rule, index, found)
        ready.append((_mark(rule), rule))
    return (None, problems) if problems else (_assemble(ready, found.value.lists), [])


_STAND_INS: dict[yaml_file.Path_, Any] = {
    ("rules", ANY, "name"): "-",
    ("rules", ANY, "kind"): "machine",
    ("rules", ANY, "look_in"): ["text"],
    ("rules", ANY, "weight"): 1,
}


def _mistakes(rule: MarkRule, index: int, found: Sound[MarkFile]) -> Iterator[Problem]:
    at: yaml_file.Path_ = ("rules", index)
    document = found.document
    patterns = rule.starts or rule.phrases or rule.regex
    knows_patterns = found.has_all(at, "starts", "phrases", "regex", "header")
    wrong_header = ("header" in rule.look_in) != (rule.header is not None) or (rule.header and len(rule.look_in) > 1)
    if wrong_header and found.has_all(at, "look_in", "header"):
        yield document.problem(
            (*at, "look_in"), "MF302", f"{rule.name}: 'header' names one header and needs look_in: [header]"
        )
    if not rule.header and not patterns and knows_patterns:
        yield document.problem(at, "MF303", f"{rule.name}: a rule needs starts, phrases or regex")
    if patterns and not (rule.matches and rule.misses) and found.has_all(at, "matches", "misses"):
        yield document.problem(at, "MF304", f"{rule.name}: needs at least one sentence under matches and under misses")
    if document.proven:
        return
    unfit = list(_unfit(rule, at, document))
    yield from unfit
    if not unfit and knows_patterns and found.has_all(at, "look_in", "ignore_separators"):
        yield from _failed_examples(rule, index, document)


def _unfit(rule: MarkRule, at: yaml_file.Path_, document: yaml_file.Document) -> Iterator[Problem]:
    """Regular expressions that cannot be used."""
    for number, pattern in enumerate(rule.regex):
        where = (*at, "regex", number)
        words = repeats_problem(pattern)
        if words.startswith(NO_PATTERN):
            said = words.removeprefix(f"{NO_PATTERN}: ")
            yield document.problem(where, "MF305", f"{rule.name}: not a regular expression: {said}")
        elif words == ENDLESS:
            yield document.problem(where, "MF306", f"{rule.name}: a repeat without an end", "write {0,20} for * or +")
        elif words:
            remedy = "shorten or split it"
            yield document.problem(where, "MF307", f"{rule.name}: a pattern that {words}", remedy)


def _patterns(rule: MarkRule) -> list[str]:
    def literal(words: str) -> str:
        if rule.ignore_separators:
            return re.escape(squeeze(fold(words)))
        # White space at either end of a phrase is meant; folding took it off.
        return re.escape((" " if words[:1] == " " else "") + fold(words) + (" " if words[-1:] == " " else ""))

    return [*(f"^{literal(s)}" for s in rule.starts), *map(literal, rule.phrases), *rule.regex]


def _mark(rule: MarkRule) -> Mark:
    soft = rule.soft or ("header" in rule.look_in and rule.weight < 1)
    return Mark(rule.name, rule.kind, rule.weight, soft, (rule.header or "").lower(), frozenset(rule.look_in))


def _failed_examples(rule: MarkRule, index: int, document: yaml_file.Document) -> Iterator[Problem]:
    patterns = PatternSet((rule.name, pattern) for pattern in _patterns(rule))
    for key, sentences, wanted in (("matches", rule.matches, True), ("misses", rule.misses, False)):
        for number, sentence in enumerate(sentences):
            text = fold(sentence)
            if "subject" in rule.look_in and (tags := _TAGS.match(text)):
                text = text[tags.end() :]
            found = patterns.search(squeeze(text) if rule.ignore_separators else text).get(rule.name)
            if (found is not None) != wanted:
                saying = "does not find" if wanted else f"must not find ({found!r})"
                yield document.problem(("rules", index, key, number), "MF308", f"{rule.name} {saying}: {sentence}")


def _assemble(ready: list[tuple[Mark, MarkRule]], lists: Iterable[str]) -> MachineMarks:
    def patterns(chosen: Iterable[tuple[Mark, MarkRule]]) -> PatternSet[Mark]:
        return PatternSet((mark, pattern) for mark, rule in chosen for pattern in _patterns(rule))

    def place(where: Where, *, person: bool = False) -> Place:
        here = [(m, r) for m, r in ready if where in m.where and (m.kind == "person") == person]
        return Place(
            patterns((m, r) for m, r in here if not r.ignore_separators),
            patterns((m, r) for m, r in here if r.ignore_separators),
        )

    headers: dict[str, tuple[tuple[Mark, PatternSet[Mark]], ...]] = {}
    for mark, rule in ready:
        if mark.header:
            headers[mark.header] = (*headers.get(mark.header, ()), (mark, patterns([(mark, rule)])))
    people = place("text", person=True)
    machines = (place("subject"), place("text"), place("sender"))
    return MachineMarks(*machines, people, place("clause"), headers, frozenset(lists))
