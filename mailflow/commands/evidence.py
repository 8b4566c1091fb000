"""A mail with what was understood of it, for people: marked words, facts, rules, doubts.  ``read`` and ``explain``.

Strangers' text never reaches the terminal as it is: every character that could steer it becomes a space.  Where no
colours are shown (a pipe, a file) the marks are brackets with the field's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from mailflow.commands.common import cell, out, table
from mailflow.commands.language import in_words, language, t
from mailflow.domain.model import FIELDS, OTHERS, Details, Finding
from mailflow.reading.matching import reasons
from mailflow.records import unread_files
from mailflow.sentences.catalogue import sentence

if TYPE_CHECKING:
    from mailflow.flow import Reading
    from mailflow.reading.matching.parts import Part, ReadFile
    from mailflow.reading.matching.pipeline import Pipeline
    from mailflow.reading.review.changes import Change
    from mailflow.reading.review.doubts import Doubt, Fired

_PALETTE = (
    "bright_cyan", "bright_green", "bright_yellow", "bright_magenta", "bright_blue", "cyan", "green", "yellow",
    "bright_red", "magenta", "red", "blue",
)  # fmt: skip
STYLES = {name: f"bold {_PALETTE[place % len(_PALETTE)]}" for place, name in enumerate(FIELDS)}
_SPEAKS = "underline"  # words of a rule that speaks for a kind
_SHOWN = {"new_text": 6000, "forwarded_text": 4000, "attachment": 3000, "quoted_text": 1500}
_SHORT = 1000
_WORDS = 6  # of one rule
_AROUND = 120  # characters shown on either side of a finding further down
_PASSAGES = 12

_PARTS = {
    "subject": sentence("subject"),
    "new_text": sentence("new text"),
    "forwarded_text": sentence("forwarded"),
    "attachment": sentence("attachment"),
    "signature": sentence("signature"),
    "quoted_text": sentence("quoted"),
}
_HOW = {
    "replaced": sentence("taken back in words"),
    "other": sentence("another value"),
    "added": sentence("more values"),
}
_WHY = {
    "contradiction": sentence("contradicts itself"),
    "amount_words_digits": sentence("amount in words and in digits differ"),
    "other_in_quote": sentence("other than in the quoted mail"),
    "low_confidence": sentence("low confidence"),
    "close": sentence("kinds close together"),
    "no_rule": sentence("no rule says so; assumed"),
    "second_opinion": sentence("second opinion"),
}


def show(reading: Reading, pipeline: Pipeline, file_text: ReadFile | None = None) -> None:
    """Print a reading in full; ``file_text`` shows what was found in attached files where it stands there."""
    from mailflow.reading.matching import parts
    from mailflow.reading.review import doubts

    message, details, exclusion = reading.message, reading.details, reading.exclusion
    sender = message.sender
    who = f"{sender.name} <{sender.address}>".strip() if sender else "-"
    out.print(f"{cell(message.subject)}  {cell(who)}", style="bold")
    if reading.error:
        out.print(t("needs a person: ") + cell(in_words(reading.error.message)), style="yellow")
    if exclusion:
        out.print(t("not answered: ") + f"{exclusion.kind} ({cell(exclusion.sign)})", style="yellow")
        out.print(cell(exclusion.evidence), style="dim")
    read: Sequence[Part] = parts.read(message, pipeline, parts.files(message, file_text)) if not reading.error else ()
    show_text(read, details.findings if details else ())
    if details:
        show_kinds(details, doubts.fired(read))
        show_facts(details.findings)
        show_doubts(doubts.doubts(details, read))
    if message.cut:
        fields = ", ".join(t("others") if name == OTHERS else name for name in message.cut)
        words = t("! header too long; not read whole, the original is kept: ")
        out.print(words + cell(fields), style="yellow", soft_wrap=True)
    if details and details.unread:
        words = t("! attached files not read: ") + cell(unread_files.said(details.unread, language()))
        out.print(words, style="yellow", soft_wrap=True)
    for problem in message.problems:
        out.print("! " + cell(problem), style="yellow")


def doubts_of(reading: Reading, pipeline: Pipeline, file_text: ReadFile | None = None) -> list[Doubt]:
    """What a person should look at in a reading; nothing for a mail that was not understood."""
    from mailflow.reading.matching import parts
    from mailflow.reading.review import doubts

    if reading.details is None:
        return []
    return doubts.doubts(
        reading.details, parts.read(reading.message, pipeline, parts.files(reading.message, file_text))
    )


def show_text(parts: Sequence[Part], findings: Sequence[Finding]) -> None:
    """The mail's parts with the words of the findings marked, and those that speak for a kind underlined."""
    for part in parts:
        name = part.source.partition(":")[0]
        title = t(_PARTS[name]) if name in _PARTS else name
        more = f" {cell(part.source.partition(':')[2])}" if ":" in part.source else ""
        out.print(f"-- {title}{more}", style="dim")
        here = [
            (max(0, item.start - part.offset), item.end - part.offset, item.field)
            for item in findings
            if item.source == part.source and item.start < part.offset + len(part.original) and item.end > part.offset
        ]
        spoken = [(hit.start, hit.end) for hit in part.hits if hit.rule.kind is not None]
        for start, end in passages(part.original, here, _SHOWN.get(name, _SHORT)):
            found = [(max(0, first - start), last - start, field) for first, last, field in here if last > start]
            speaks = [(max(0, first - start), last - start) for first, last in spoken if last > start]
            shown = marked(part.original[start:end], found, speaks, limit=end - start)
            out.print(Text("… " if start else "") + shown, soft_wrap=True)
        left = len(part.original) - _SHOWN.get(name, _SHORT)
        if left > 0:
            out.print(t("… ({left} more characters, not all shown)", left=left), style="dim")


def marked(
    text: str,
    found: Collection[tuple[int, int, str]],
    spoken: Collection[tuple[int, int]] = (),
    *,
    limit: int = 6000,
    plain: bool | None = None,
) -> Text:
    """The text with its evidence: in colours, or with brackets where there are none (``plain``)."""
    from mailflow.reading.matching.spans import longest

    if plain is None:
        plain = out.color_system is None
    safe = harmless(text[:limit])
    spans = longest([item for item in found if item[0] < min(item[1], len(safe))], lambda item: (item[0], item[1]))
    result = Text()
    last = 0
    for start, end, field in spans:
        result.append(safe[last:start])
        words = safe[start:end]
        result.append(f"⟦{field}: {words}⟧" if plain else words, style=STYLES.get(field, "bold"))
        last = end
    result.append(safe[last:])
    if not plain:
        for start, end in spoken:
            result.stylize(_SPEAKS, start, min(end, len(safe)))
    if len(text) > limit:
        rest = len(text) - limit
        result.append(t(" … ({rest} more characters)", rest=rest), style="dim")
    return result


def passages(text: str, found: Collection[tuple[int, int, str]], limit: int) -> list[tuple[int, int]]:
    """What of a text is shown: its first ``limit`` characters, and the surroundings of what was found further down."""
    shown = [(0, min(limit, len(text)))]
    for start, end, _ in sorted(found):
        first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
        if start < len(text) and last > shown[-1][1]:
            if first <= shown[-1][1]:
                shown[-1] = (shown[-1][0], last)
            elif len(shown) <= _PASSAGES:
                shown.append((first, last))
    return shown


def harmless(text: str) -> str:
    """The text without anything that steers a terminal, character for character; line ends and wide spaces stay."""
    return "".join(sign if sign.isprintable() or sign in "\n\u3000" else " " for sign in text)


def show_kinds(details: Details, fired: Sequence[Fired]) -> None:
    """The kinds with their weights, sub-kinds, reason codes, the second opinion, and the rules that spoke."""
    kinds = "，".join(f"{kind.value} {weight:.2f}" for kind, weight in details.kinds) or details.kind.value
    line = f"{details.kind.value}  ({kinds})  [{details.language}]  {cell('、'.join(details.subkinds))}"
    out.print(t("kind: ") + line, style="bold", soft_wrap=True)
    if details.reasons:
        codes = reasons.shown(details.reasons, language())
        out.print(t("reason codes: ") + codes, style="bold", soft_wrap=True)
    if details.second_opinion:
        kind, sure = details.second_opinion
        words = t("second opinion: ") + f"{kind.value} {sure:.2f}"
        out.print(words + t(" (for information; it does not decide)"), style="dim")
    if not fired:
        return
    rows = table(t("rule"), t("speaks for"), t("weight"), t("where"), t("rule|words"))
    for item in fired:
        words = "、".join(item.words[:_WORDS]) + (" …" if len(item.words) > _WORDS else "")
        rows.add_row(cell(item.rule), item.kind.value, f"{item.weight:g}", cell(item.source), cell(words))
    out.print(rows)


def show_facts(findings: Sequence[Finding]) -> None:
    """Every finding with its confidence, words, place and rule."""
    if not findings:
        out.print(t("no facts found"), style="dim")
        return
    rows = table(
        t("field"), t("value"), t("confidence"), t("words"), t("source"),
        t("rule"),
    )  # fmt: skip
    for item in findings:
        place = f"{item.source} {item.start}-{item.end}"
        shown = (item.value, f"{item.confidence:.2f}", item.words, place, item.rule)
        rows.add_row(Text(item.field, style=STYLES.get(item.field, "")), *map(cell, shown))
    out.print(rows)


def show_doubts(found: Sequence[Doubt]) -> None:
    """What a person should look at."""
    for doubt in found:
        values = " | ".join(map(cell, doubt.values))
        why = t(_WHY[doubt.why]) if doubt.why in _WHY else doubt.why
        line = f"? {doubt.about}{t(': ')}{why}{t(': ')}{values}"
        out.print(line, style="yellow", soft_wrap=True)


def show_changes(found: Sequence[Change]) -> None:
    """Where a later mail names another value than an earlier one: both values, and the words of both."""
    if not found:
        return
    rows = table(
        t("field"), t("earlier"), t("words"), t("later (newer)"),
        t("words"), t("how"),
    )  # fmt: skip
    for item in found:
        cells = [
            shown
            for said in (item.older, item.newer)
            for shown in (
                t("mail {mail}: ", mail=said.mail) + "；".join(map(cell, said.values)),
                " | ".join(map(cell, said.words)),
            )
        ]
        rows.add_row(Text(item.field, style=STYLES.get(item.field, "")), *cells, t(_HOW[item.how]))
    out.print(t("a later mail says otherwise:"), style="bold yellow")
    out.print(rows)


def differences(
    stored: Collection[tuple[str, str]], today: Collection[tuple[str, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Facts (field, value) that only the stored findings have, and those that only today's reading has."""
    before, now = Counter(set(stored)), Counter(set(today))
    return sorted((before - now).elements()), sorted((now - before).elements())
