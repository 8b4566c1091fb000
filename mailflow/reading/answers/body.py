"""The part of an answer that is the sender's own and new, with every position kept."""

from __future__ import annotations

import re

from mailflow.decoding import quote_marks
from mailflow.decoding.quotes import split_text
from mailflow.reading.answers import people
from mailflow.reading.answers.pieces import cut
from mailflow.reading.answers.words import AnswerWords
from mailflow.reading.matching.normalise import fold

_DOUBTS = ("condition", "later", "negation")
_QUOTED = re.compile(r"\s{0,3}[>＞]")
_SHORT = 40  # legal notices below a signature are longer


def own_words(words: AnswerWords, text: str) -> str:
    """The text with quotes and signatures blanked out; ``len(own_words(words, text)) == len(text)``.

    A line of the signature that may take something back (``不，先不签`` below "sent from my phone") stays in sight, and
    nothing is hidden when the parts cannot be traced line by line.
    """
    if is_only_quoted(text):
        return re.sub(r"[^\n]", " ", text)
    text = _without_our_mail_run_on(text)
    split = split_text(text, is_reply=True)
    wanted = [line.rstrip() for line in split.new.split("\n") if line.strip()]
    doubtful = {line.rstrip() for line in split.signature.split("\n") if _is_doubtful(words, line)}
    kept: list[str] = []
    place = 0
    for line in text.split("\n"):
        if place < len(wanted) and line.rstrip() == wanted[place]:
            kept.append(line)
            place += 1
        elif line.rstrip() in doubtful:
            kept.append(line)
        else:
            kept.append(" " * len(line))
    return "\n".join(kept) if place == len(wanted) else text


def _without_our_mail_run_on(text: str) -> str:
    """The text without our own mail where a program ran its lines on behind the answer: it would fill in our fields."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        # Elsewhere than at the beginning of a line nothing else parts the answer from our mail.
        ours = quote_marks.OUR_LINE.search(line)
        if ours and line[: ours.start()].strip("> \t-_=*~—－"):  # a rule leads to it
            lines[place] = line[: ours.start()] + " " * (len(line) - ours.start())
    return "\n".join(lines)


def is_only_quoted(text: str) -> bool:
    """Whether nothing of a text is the sender's: every line has a quote mark, or it begins with "N wrote:".

    A letter that begins so and answers below its quote has ``>`` before the quoted lines.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return False
    if all(_QUOTED.match(line) for line in lines):
        return True
    mark = quote_marks.begins_earlier_mail(lines)
    return mark and not any(_QUOTED.match(line) for line in lines)


def without_quoted_lines(folded: str) -> str:
    """The text with every line behind a ``>`` blanked out: nobody agrees inside a quote."""
    return "\n".join(" " * len(line) if _QUOTED.match(line) else line for line in folded.split("\n"))


def _is_doubtful(words: AnswerWords, line: str) -> bool:
    if not 0 < len(line.strip()) <= _SHORT:
        return False
    return any(
        any(words[group].find(piece.words) for group in _DOUBTS) and not people.is_card(words, piece.words, ())
        for piece in cut(fold(line))
    )


def blank_out(text: str, start: int, end: int) -> str:
    """The text with this stretch turned into blanks, line ends kept."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
