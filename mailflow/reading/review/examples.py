"""People's corrections as examples for reading rules, as a YAML file somebody can paste from.

For a fact: the sentence the right value stands in (``matches``), the sentences in which the rules took something else
for it (``misses``), what they said and which rule said so.  For a kind: the mail's text with its right label.
Personal data other than the value itself is masked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from mailflow.domain.model import Message
from mailflow.reading.matching.normalise import fold
from mailflow.reading.review.masking import NAME, PHONE, mask
from mailflow.settings import yaml_file

MOST = 500  # corrections in one file, the newest first
SENTENCES = 3  # of one example and sort
LONGEST = 200  # characters of a sentence
TEXT = 600  # characters of a labelled text

HEADER = """\
# Examples from people's corrections.  Paste a sentence under `matches:` or `misses:` of the rule that should change
# (rules/README.md), reword it first, and let `mailflow check` run it.  Personal data is masked; look again yourself.
# 人工更正得到的规则示例：改写后粘贴到规则的 matches / misses 下，再运行 mailflow check。
# 个人信息已隐去，请再核对一遍。
"""

_PERSONAL = {"contact": NAME, "phone": PHONE}
_SOURCES = ("subject", "new_text", "forwarded_text", "signature", "quoted_text")
_WORD = re.compile(r"(?!true|false|null|yes|no|on|off|~)[a-z]{2,20}(?:_[a-z]{1,20})*")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule found for a field, and where: as the ledger keeps it."""

    message: int
    value: str
    words: str
    source: str
    rule: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction with what is needed to make an example of it; ``right`` is empty when the mail does not hold it."""

    case: str
    field: str
    right: tuple[str, ...]
    was: str
    said: tuple[Said, ...]
    messages: Mapping[int, Message] = dataclasses.field(repr=False)
    names: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()


def fact_example(item: Correction) -> dict[str, Any]:
    """The example of a corrected fact."""
    wrong = [said for said in item.said if said.value not in item.right]
    matches = [sentence for value in item.right for sentence in _around(item, value)]
    misses = []
    for said in wrong:
        message = item.messages.get(said.message)
        for text in [_part(message, said.source)] if message else []:
            start = text.find(said.words) if said.words else -1
            if start >= 0:
                misses.append(_sentence(text, start, start + len(said.words), item, keep=item.field not in _PERSONAL))
    hidden = _PERSONAL.get(item.field)
    return {
        "case": item.case,
        "field": item.field,
        "right": list(item.right),
        "said": [hidden] if hidden and wrong else list(dict.fromkeys(said.value for said in item.said)),
        "rules": list(dict.fromkeys(said.rule for said in item.said)),
        "matches": list(dict.fromkeys(matches))[:SENTENCES],
        "misses": list(dict.fromkeys(misses))[:SENTENCES],
    }


def kind_example(item: Correction, rules: Sequence[str]) -> dict[str, Any]:
    """The labelled text of a corrected or confirmed kind; ``rules`` are those that spoke."""
    message = next(iter(item.messages.values()), Message())
    text = "\n".join(filter(None, (message.subject, message.new_text or message.forwarded_text)))[:TEXT]
    return {
        "case": item.case,
        "kind": item.right[0],
        "said": item.was,
        "rules": list(dict.fromkeys(rules)),
        "text": mask(text, names=item.names, companies=item.companies),
    }


def document(facts: Sequence[Mapping[str, Any]], kinds: Sequence[Mapping[str, Any]]) -> str:
    """The whole file, proved by reading it back as rule files are read.  Raises ValueError when that fails."""
    data = {
        "about": "examples from people's corrections",
        "examples": [_fit(item) for item in facts],
        "kinds": [_fit(item) for item in kinds],
    }
    text = HEADER + yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    text = text.rstrip("\n") + "\n"
    read, problems = yaml_file.parse(text, "examples.yaml")
    if read is None or read.data != data:
        raise ValueError("; ".join(map(str, problems)) or "the examples read back differently")
    return text


# ------------------------------------------------------------------------------------------------------------ parts


class _Dumper(yaml.SafeDumper):
    """Writes everything out: rule files know no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Quoted, so that no reader takes a batch number for a number or a word for a truth value.
    if _WORD.fullmatch(text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text)
    style = "|" if "\n" in text and not re.search(r"[ \t]+\n|[ \t]\Z|\A\s", text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _fit(item: Mapping[str, Any]) -> dict[str, Any]:
    """The same without characters that YAML files cannot hold or editors hide."""
    return {key: [_clean(one) for one in value] if isinstance(value, list) else _clean(value)
            for key, value in item.items()}  # fmt: skip


def _clean(text: str) -> str:
    shown = "".join(sign if sign.isprintable() or sign in "\n\u3000" else " " for sign in text)
    return "\n".join(line.strip() for line in shown.split("\n") if line.strip())


def _part(message: Message, source: str) -> str:
    if source in _SOURCES:
        return str(getattr(message, source))
    return "\n".join(mail.text for mail in message.forwarded) if source.startswith("attachment:") else ""


def _around(item: Correction, value: str) -> Iterator[str]:
    """The sentences a value stands in, at most one of each mail part."""
    pattern = _anyhow(value)
    for message in item.messages.values():
        for text in [*(_part(message, source) for source in _SOURCES), *(mail.text for mail in message.forwarded)]:
            if match := pattern.search(fold(text[:100_000])):
                yield _sentence(text, match.start(), match.end(), item, keep=True)


def _anyhow(value: str) -> re.Pattern[str]:
    """A value however it is spaced, but never as a part of a longer code."""
    signs = [re.escape(sign) for sign in fold(value)[:200] if not sign.isspace()] or [r"(?!)"]
    first, last = fold(value)[:1], fold(value)[-1:]
    before = r"(?<![a-z0-9])" if first.isascii() and first.isalnum() else ""
    behind = r"(?![a-z0-9])" if last.isascii() and last.isalnum() else ""
    return re.compile(before + r"\s{0,2}".join(signs) + behind)


def _sentence(text: str, start: int, end: int, item: Correction, *, keep: bool) -> str:
    """The masked sentence around a span; the span itself stays when it is to be kept."""
    first = max((match.end() for match in _SENTENCE_END.finditer(text, max(0, start - LONGEST), start)), default=0)
    first = max(first, start - LONGEST // 2)
    after = _SENTENCE_END.search(text, end, end + LONGEST // 2)
    last = after.end() if after else min(len(text), end + LONGEST // 2)
    here = text[first:last]
    span = (start - first, end - first)
    masked = mask(here, names=item.names, companies=item.companies, keep=[span] if keep else [])
    return " ".join(masked.split())
