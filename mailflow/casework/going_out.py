"""What a task lets go to the customer, shown in the mail that asks for it: nobody approves or sends blind.

The layout puts it above the answer; a company's own layout that does not know of it gets it at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from mailflow.casework.paper import Paper
from mailflow.outgoing.compose import one_line

LONGEST_LINE = 4000
_PARAGRAPH = '<p style="margin:0;padding:0 16px 16px 16px">{}</p>\n'
_END = "</body>"


@dataclass(frozen=True, slots=True)
class GoingOut:
    """What leaves when a task is done, word for word; ``to`` is empty where people tell it by word of mouth."""

    to: str
    text: str


def values(paper: Paper, going_out: GoingOut | None, outward: Collection[str], note: str) -> dict[str, Any]:
    """What the templates show: the words that leave, and which fields (titles) reach the customer as written.

    ``note`` is the title of the field that only colleagues read.
    """
    words = paper.templates.labels(paper.language, "words")
    titles = words["and"].join(one_line(title, 40) for title in outward)
    found: dict[str, Any] = {"outward": ""}
    if titles:
        found["outward"] = words["outward"].replace("{titles}", titles).replace("{note}", one_line(note, 40))
    if going_out is not None:
        key = "going_out" if going_out.to else "told_out"
        found["going_out_intro"] = words[key].replace("{to}", one_line(going_out.to, 120))
        found["going_out"] = [one_line(line, LONGEST_LINE) for line in going_out.text.strip().splitlines()]
    return found


def of_several(paper: Paper, parts: Sequence[tuple[GoingOut | None, Collection[str], str]]) -> dict[str, Any]:
    """The same for several tasks that one mail asks for, each with its number where more than one lets words go."""
    shown = [values(paper, *part) for part in parts]
    found: dict[str, Any] = {"outward": " ".join(dict.fromkeys(part["outward"] for part in shown if part["outward"]))}
    for number, part in enumerate(shown, 1):
        if "going_out" not in part:
            continue
        intro = f"{number}. {part['going_out_intro']}"
        if "going_out" in found:
            found["going_out"] += [intro, *part["going_out"]]
        else:
            found |= {"going_out_intro": intro, "going_out": list(part["going_out"])}
    return found


def with_words(text: str, html: str, shown: dict[str, Any]) -> tuple[str, str]:
    """Both forms of a mail with everything of :func:`values` in them."""
    lines: Sequence[str] = shown.get("going_out", ())
    missing: list[str] = []
    told: Sequence[str] = [*shown["confirmed"], *shown["news"]]
    there = {line.strip("> ·") for line in text.splitlines()}
    if shown["outward"] and shown["outward"] not in text:
        missing.append(shown["outward"])
    if any(line.strip("> ·") not in there for line in lines):
        missing += [shown["going_out_intro"], *lines]
    if any(line.strip("> ·") not in there for line in told):
        missing += told
    if not missing:
        return text, html
    body, end, rest = html.rpartition(_END)
    paragraph = _PARAGRAPH.format("<br>\n".join(str(escape(line)) for line in missing))
    more = "\n".join(missing)
    return f"{text}\n{more}\n", f"{body}{paragraph}{end}{rest}" if end else f"{html}{paragraph}"
