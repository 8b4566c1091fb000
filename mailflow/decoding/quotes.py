"""A letter parted into what the sender wrote now, what is quoted, what is forwarded, and the signature.

The rule above all: a customer's words are never hidden.  A line is quoted only when a mark says so; text above,
between and below quoted lines is new; where the marks leave it open, the text is new.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from mailflow.decoding import quote_marks
from mailflow.decoding.signatures import head_end, signature_start

_PREFIX = re.compile(r"[ \t]{0,3}(?:>[> ]*>|>|＞)[ ]?")
_SURE_PREFIX = re.compile(r"[ \t]{0,3}>(?:[ \t>]|$)")
_MORE_THAN = re.compile(
    r"[ \t]{0,3}[>＞]=?\s?\d[\d.,]{0,12}\s?(?:[a-zμ%‰℃°度％]|[件个台只套支箱元天米吨公小分秒])", re.I
)
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{0,20}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vs|转发|转寄|转|轉寄|"
    r"轉發)\s*[:：\]]",
    re.I,
)
_REPLY_SUBJECT = re.compile(r"\s*(?:\[[^\]]{0,20}\]\s*)?(?:re|aw|sv|回复|答复|回覆|答覆)\s*(?:\[\d+\])?\s*[:：]", re.I)
_SAYS_INSIDE = re.compile(
    r"(?:见|在|看|写|填|回复|答复|标注|批注|说明)[^。！？\n]{0,8}(?:下[面方文]|原[文件]|括号|[红蓝绿紫黄]色?字|[红蓝绿紫黄]色|"
    r"加粗|高亮|邮件[里中]|行间|各项后|每条后)"
    r"|(?:红字|蓝字|红色|蓝色)[^。\n]{0,6}(?:部分|字体|标|回复|为)|如下(?:回复|红|蓝|标)|已(?:填|标红|逐条)|逐[条项点]"
    r"|(?:in|with)[- ]?line|(?:answers?|comments?|replies|responses?|remarks|notes)\b[^.\n]{0,20}\b"
    r"(?:below|inline|inside|in (?:red|blue|green|bold|caps|capitals?|colou?r|brackets|the text))"
    r"|filled in",
    re.I,
)
_MANY_BLANK = re.compile(r"\n{3,}")
_MAX_LINES = 50_000
_MAX_TRIES = 1000  # lines that look like an attribution at first sight and are none: patience with hostile mail ends


class Kind(IntEnum):
    """What a line is."""

    NEW = 0
    QUOTED = 1
    FORWARDED = 2
    SIGNATURE = 3


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a letter.  Every non-blank line of the text stands in exactly one of the four."""

    new: str
    quoted: str = ""
    forwarded: str = ""
    signature: str = ""
    announced: bool = False  # the sender says that answers stand inside the quote, so nothing was taken as quoted


def split_text(text: str, subject: str = "", answers: frozenset[str] = frozenset(), is_reply: bool = False) -> Split:
    """Part a letter.

    ``answers`` are lines known to be the sender's although they stand inside a quote (coloured); ``is_reply`` says
    that the headers call the mail an answer, which decides whether a bare header block quotes or forwards.
    """
    if not text.strip():
        return Split(text.strip())
    lines = quote_marks.separate_attributions(text).split("\n", _MAX_LINES)
    splitter = _Splitter(lines, subject, answers, is_reply)
    kinds = splitter.run()
    lines = splitter.without_marks_of_answers()
    if not any(kinds):
        kinds = _mark_signature(lines, kinds)
        return Split(_join(lines, kinds, Kind.NEW), signature=_join(lines, kinds, Kind.SIGNATURE))
    kept = _keep_announced(lines, kinds)
    announced, kinds = kept is not kinds, kept
    kinds = _only_quoted(lines, kinds)
    kinds = _mark_signature(lines, kinds)
    new, quoted, forwarded, signature = (_join(lines, kinds, kind) for kind in Kind)
    return Split(new, quoted, forwarded, signature, announced)


class _Splitter:
    """One pass from the top; each step labels the lines it understands and moves on."""

    def __init__(self, lines: Sequence[str], subject: str, answers: frozenset[str], is_reply: bool) -> None:
        self.lines = lines
        self.answers = answers
        self.kinds = [Kind.NEW] * len(lines)
        self.forward_subject = _FORWARD_SUBJECT.match(subject) is not None
        self.is_reply = is_reply or _REPLY_SUBJECT.match(subject) is not None
        self.prefixed = _prefixed_lines(lines)
        marked = zip(lines, self.prefixed, strict=True)
        self.bare = [_PREFIX.sub("", line, count=1) if mark else line for line, mark in marked]
        self.tries = 0
        self.has_new = False
        self.prefix_kind = Kind.QUOTED  # what lines behind ">" are at the moment

    def run(self) -> list[Kind]:
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if not line.strip():
                index += 1
            elif self.prefixed[index]:
                index = self.quote_line(index)
            else:
                index = self.open_line(index)
        return self.kinds

    def without_marks_of_answers(self) -> list[str]:
        """The lines; a coloured answer that stood inside a quote has no ``>`` before it any more."""
        if not self.answers:
            return list(self.lines)
        return [
            line.lstrip("> \t") if mark and kind is Kind.NEW and self.is_answer(line) else line
            for line, mark, kind in zip(self.lines, self.prefixed, self.kinds, strict=True)
        ]

    def quote_line(self, index: int) -> int:
        bare = self.bare[index]
        if self.prefix_kind is Kind.QUOTED and self.starts_run(index):
            block = quote_marks.header_block(self.bare, index)
            if quote_marks.forward_separator(bare) or (
                block is not None and quote_marks.is_mail_header(block, False) and self.is_forward()
            ):
                self.prefix_kind = Kind.FORWARDED
        self.kinds[index] = Kind.NEW if self.is_answer(bare) else self.prefix_kind
        return index + 1

    def open_line(self, index: int) -> int:
        """A line without prefix: an earlier mail may begin here, otherwise it is new."""
        line = self.lines[index]
        count = 0
        if self.tries < _MAX_TRIES:
            count = quote_marks.attribution(self.lines, index)
            self.tries += count == 0 and line.endswith((":", "：", ">"))
        if count and not quote_marks.names_sender(self.lines[index : index + count]):
            count *= self.next_prefixed(index + count)  # else a sentence of the sender's about a letter
        if count == 0 and quote_marks.names_author(line) and self.next_prefixed(index + 1):
            count = 1
        if count:
            return self.after_mark(index, index + count, Kind.QUOTED)
        if quote_marks.forward_separator(line):
            return self.after_mark(index, index + 1, Kind.FORWARDED)
        if quote_marks.original_separator(line):
            return self.after_mark(index, index + 1, self.tail_kind())
        if count := quote_marks.author_block(self.lines, index):
            return self.after_mark(index, count, self.tail_kind())
        start = index
        ruled = quote_marks.rule(line)
        if ruled:
            start = self.next_text(index + 1)
        if start < len(self.lines) and not self.prefixed[start]:
            block = quote_marks.header_block(self.lines, start)
            if block is not None and quote_marks.is_mail_header(block, ruled and "from" in block.keys):
                return self.after_mark(index, block.end, self.tail_kind())
        self.prefix_kind = Kind.QUOTED
        self.has_new = True
        return index + 1

    def after_mark(self, start: int, end: int, kind: Kind) -> int:
        """Label the mark; what follows is quoted by its ``>``, or to the end when it has none."""
        for index in range(start, end):
            self.kinds[index] = kind
        following = self.next_text(end)
        block = quote_marks.header_block(self.lines, following) if following < len(self.lines) else None
        if block is not None and not self.prefixed[following] and quote_marks.is_mail_header(block, True):
            for index in range(following, block.end):
                self.kinds[index] = kind
            following = self.next_text(block.end)
        if following < len(self.lines) and self.prefixed[following]:
            self.prefix_kind = kind
            return end if block is None else following
        ours = any(map(quote_marks.our_line, self.lines[start : following + 1]))
        if kind is Kind.QUOTED and not self.has_new and not ours:
            return end if block is None else following  # nothing stands above: what follows may well be the answer
        for index in range(following, len(self.lines)):
            self.kinds[index] = Kind.NEW if self.is_answer(self.bare[index]) else kind
        return len(self.lines)

    def tail_kind(self) -> Kind:
        return Kind.FORWARDED if self.is_forward() else Kind.QUOTED

    def is_forward(self) -> bool:
        """Clients use one block for answers and forwards.  In doubt it is a forward: that is content, a quote "
        "is not."""
        return self.forward_subject or not self.is_reply

    def is_answer(self, line: str) -> bool:
        return bool(self.answers) and line.strip("> \t") in self.answers and bool(line.strip())

    def starts_run(self, index: int) -> bool:
        before = index - 1
        while before >= 0 and not self.bare[before].strip():
            before -= 1
        return before < 0 or not self.prefixed[before]

    def next_text(self, index: int) -> int:
        while index < len(self.lines) and not self.bare[index].strip():
            index += 1
        return index

    def next_prefixed(self, index: int) -> bool:
        following = self.next_text(index)
        return following < len(self.lines) and self.prefixed[following]


def _prefixed_lines(lines: Sequence[str]) -> list[bool]:
    """Which lines begin with a quote mark.  A lone ``>5 mm`` is a sentence of the sender, not a quote."""
    flags = [_PREFIX.match(line) is not None for line in lines]
    if not any(flags):
        return flags
    marked = any(quote_marks.names_author(line) or quote_marks.original_separator(line) for line in lines)
    if not marked and _is_list(lines, flags):
        return [False] * len(lines)
    announced = False  # a quote in this style stands below its mark: more lines of it may stand among the answers
    for index, flag in enumerate(flags):
        if flag and not _SURE_PREFIX.match(lines[index]):
            measured = _MORE_THAN.match(lines[index])
            if (index > 0 and flags[index - 1]) or (index + 1 < len(flags) and flags[index + 1]):
                flags[index] = marked or not measured
            elif index > 0 and _before(lines, index):
                announced = True
            elif not announced or measured:
                flags[index] = False
    if sum(flags) == 1 and not marked:
        return [False] * len(lines)  # one line of arrows in a letter without any mark of a quote
    return flags


def _is_list(lines: Sequence[str], flags: Sequence[bool]) -> bool:
    """Whether the only lines of arrows are a list that the line above announces: ``步骤：``."""
    first = flags.index(True)
    last = len(flags) - 1 - flags[::-1].index(True)
    inside = all(flag or not line.strip() for flag, line in zip(flags[first:last], lines[first:last], strict=True))
    return inside and first > 0 and _promises(lines[first - 1])


def _promises(text: str) -> bool:
    return text.rstrip().endswith((":", "："))


def _before(lines: Sequence[str], index: int) -> bool:
    """Whether the nearest text above announces a quote."""
    for line in reversed(lines[max(0, index - 3) : index]):
        if line.strip():
            return quote_marks.names_author(line) or quote_marks.original_separator(line)
    return False


def _keep_announced(lines: Sequence[str], kinds: list[Kind]) -> list[Kind]:
    """ "Filled in below": answers written into quoted lines cannot be told from them, so all of it stays in sight."""
    first = next((index for index, kind in enumerate(kinds) if kind is Kind.QUOTED), len(lines))
    if first == len(lines) or any(
        kind is Kind.NEW and lines[index].strip() for index, kind in enumerate(kinds) if index > first
    ):
        return kinds
    above = "\n".join(lines[:first]).rstrip()[-2000:]
    if not _SAYS_INSIDE.search(above) and not (_promises(above) and not _PREFIX.match(lines[first])):
        return kinds
    kept: list[Kind] = [Kind.NEW if kind is Kind.QUOTED else kind for kind in kinds]
    head = quote_marks.attribution(lines, first)
    kept[first : first + head] = kinds[first : first + head]
    return kept


def _only_quoted(lines: Sequence[str], kinds: list[Kind]) -> list[Kind]:
    """Nothing but lines with ``>`` and no word about whose they are: they are all there is to read."""
    if Kind.FORWARDED in kinds or not all(not line.strip() or _PREFIX.match(line) for line in lines):
        return kinds
    return [Kind.NEW] * len(kinds)


def _mark_signature(lines: Sequence[str], kinds: list[Kind]) -> list[Kind]:
    """Label the signature at the end of each stretch of new text."""
    kinds = list(kinds)
    index = 0
    while index < len(lines):
        if kinds[index] is not Kind.NEW:
            index += 1
            continue
        end = index
        while end < len(lines) and kinds[end] is Kind.NEW:
            end += 1
        head = head_end(lines[index:end]) if index == 0 else 0
        start = signature_start(lines[index + head : end]) + head
        for position in (*range(index, index + head), *range(index + start, end)):
            kinds[position] = Kind.SIGNATURE
        index = end
    return kinds


def _join(lines: Sequence[str], kinds: Sequence[Kind], kind: Kind) -> str:
    """The lines of one kind; a gap where others stood becomes one empty line."""
    out: list[str] = []
    gap = False
    for line, its in zip(lines, kinds, strict=True):
        if its is not kind:
            gap = bool(out)
            continue
        if gap and out[-1].strip() and line.strip():
            out.append("")
        gap = False
        out.append(line.rstrip())
    return _MANY_BLANK.sub("\n\n", "\n".join(out)).strip("\n")
