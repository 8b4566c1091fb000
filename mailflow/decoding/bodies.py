"""Which parts of a mail are its letter and which are files (RFC 2046 section 5.1, RFC 2183)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailflow.decoding.charsets import decode_text
from mailflow.decoding.file_names import extension_for, guess_type
from mailflow.decoding.inside_text import undeclared_base64, uuencoded
from mailflow.decoding.mime import PLAIN, Part
from mailflow.decoding.reports import is_headers, is_status
from mailflow.decoding.smime import ENCRYPTED, without_armour
from mailflow.decoding.transfer import decode_transfer
from mailflow.decoding.words import LISTS, any_of

_TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/x-amp-html", "text/markdown", "text/watch-html"})
_SECOND_CHOICE = frozenset({"text/enriched", "text/x-amp-html", "text/watch-html"})
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_FLOWED_QUOTE = re.compile(r">*")
_CRLF = re.compile(r"(?<!\r)\r+\n|\r")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u2060\ue0a1]")
_POINTER = re.compile(any_of("pointers"), re.I)
_SIGNS = tuple(LISTS["pointer-signs"])
_SENTENCES = re.compile(r"[。！？!?\n]+|\.(?=\s|$)")
_NO_TEXT = re.compile(
    r"<(?:style|script|title)\b.{0,20000}?</(?:style|script|title)>|<!--.{0,20000}?-->|<[^>]{0,4000}>", re.S | re.I
)
_HIDES = re.compile(r"<(?:style|script|title)|<!--", re.I)
_TAG = re.compile(r"<[^>]{0,4000}>")
_FIELD = re.compile(rb"[!-9;-~]{1,80}:")
_MAIL_FIELD = re.compile(rb"^(?:from|to|subject|date|received|message-id|return-path|mime-version):", re.M | re.I)
_SHORT = 1_000_000  # bytes; no letter in base64 is longer
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}")
_NO_LETTERS = re.compile(r"[\W_]+")
_CUT_OFF = re.compile(r"[\s.…·]+$")
_MORE = 8  # letters; an HTML reading that says this much more is the whole letter
_STUB_LENGTH = 400  # characters; nobody points anywhere at greater length


@dataclass(slots=True)
class File:
    """A part that becomes an attachment; ``name`` is the sender's, or ``part-N.ext`` when there is none."""

    part: Part
    name: str
    is_mail: bool = False
    is_tnef: bool = False


@dataclass(slots=True)
class Block:
    """One piece of the letter: its plain reading, its HTML reading, or both when they are alternatives."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class Sorted:
    """The letter and the files of a mail, in the order of its parts."""

    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    charset: str = ""


def sort_parts(top: Part, hint: str) -> Sorted:
    """Part letter from files.  In doubt a text part is letter when there is no letter yet, otherwise a file."""
    result = Sorted()
    result.blocks = _Sorter(result, hint).blocks(top, "")
    return result


class _Sorter:
    def __init__(self, result: Sorted, hint: str) -> None:
        self.result = result
        self.hint = hint
        self.have_letter = False

    def blocks(self, part: Part, parent: str) -> list[Block]:
        """The letter's pieces under ``part``; files found on the way are noted."""
        if part.children:
            if part.disposition == "attachment" and parent and part.type != "multipart/alternative":
                for leaf in part.leaves():
                    self.file(leaf)
                return []
            if part.type == "multipart/alternative":
                return self.alternatives(part)
            return [block for child in part.children for block in self.blocks(child, part.type)]
        if self.is_letter(part, parent):
            self.have_letter = True
            text = self.text(part)
            return [Block(html=text) if part.type in ("text/html", "text/x-amp-html") else Block(plain=text)]
        self.file(part)
        return []

    def alternatives(self, part: Part) -> list[Block]:
        """The readings of one letter (RFC 2046 section 5.1.4): the plain one and the HTML one belong together."""
        plain: list[str] = []
        html: list[str] = []
        before = self.have_letter
        readable = any(child.children or child.type in ("text/plain", "text/html") for child in part.children)
        for child in part.children:
            if readable and child.type in _SECOND_CHOICE:
                continue  # the same letter a third time
            self.have_letter = before
            for block in self.blocks(child, part.type):
                if block.plain:
                    plain.append(block.plain)
                if block.html:
                    html.append(block.html)
        self.have_letter = before or bool(plain or html)
        return [Block("\n".join(plain), "\n".join(html))] if plain or html else []

    def is_letter(self, part: Part, parent: str) -> bool:
        if part.type not in _TEXTS or part.disposition == "attachment" or part.filename.lower().endswith(".eml"):
            return False
        if part.filename:
            return not self.have_letter and not (parent and part.disposition != "inline" and _is_file_name(part))
        return True

    def file(self, part: Part) -> None:
        if is_status(part) and not part.filename:
            return  # read as the report
        if is_headers(part) and not part.filename:
            return
        is_mail = part.type in _MAILS or _holds_a_mail(part)
        number = len(self.result.files) + 1
        name = part.filename
        if not name:
            stem = "invite" if part.type == "text/calendar" else "mail" if is_mail else "part"
            name = f"{stem}-{number}{'.eml' if is_mail else extension_for(part.type)}"
        tnef = part.type in _TNEF or name.lower() == "winmail.dat"
        self.result.files.append(File(part, name, is_mail, tnef))

    def text(self, part: Part) -> str:
        data, problem = part.content()
        declared = "base64" in problem
        if (declared or part.encoding in PLAIN) and len(data) < _SHORT:
            found = undeclared_base64(data, alone=declared)
            if found:
                data, problem = found, "base64: lines of text decoded" + (", the rest left out" if declared else "")
        if problem:
            self.note(problem)
        label = part.parameters.get("charset", "")
        if not label and part.type == "text/html":
            label = _meta_charset(data)
        text, charset, trouble = decode_text(data, label, self.hint)
        if trouble:
            self.note(trouble)
        if charset != "ascii" or not self.result.charset:
            self.result.charset = self.result.charset if self.result.charset not in ("", "ascii") else charset
        if part.type == "text/html" or part.type == "text/x-amp-html":
            return text
        text, armoured = without_armour(clean_text(text))
        if armoured:
            self.note(ENCRYPTED)
        text, files = uuencoded(text)
        for name, content in files:
            self.file(
                Part(content, [], 0, len(content), type=guess_type(name), disposition="attachment", filename=name)
            )
        if part.parameters.get("format", "").lower() == "flowed":
            text = _unflow(text, part.parameters.get("delsp", "").lower() == "yes")
        return text

    def note(self, problem: str) -> None:
        if problem not in self.result.problems and len(self.result.problems) < 50:
            self.result.problems.append(problem)


def may_be_stub(plain: str, html: str) -> bool:
    """Whether it is worth reducing the HTML to find out: it may say more, or the plain reading may only point at it."""
    if len(plain) < _STUB_LENGTH and (not plain.strip() or _may_point(plain)):
        return True
    if len(html) < len(plain):
        return False
    letters = len(_NO_LETTERS.sub("", plain))
    enough = letters + max(_MORE, letters // 4)
    shown = html if _HIDES.search(html) else _TAG.sub("", html)
    if shown is not html and len("".join(shown.split())) <= enough:
        return False
    return len(_NO_LETTERS.sub("", _NO_TEXT.sub("", html))) > enough


def is_stub(plain: str, html_text: str) -> bool:
    """Whether the HTML reading is the letter: the plain one says nothing, only points at it, or says clearly less."""
    said, told = _letters(plain), _letters(html_text)
    if not said or not told:
        return not said
    if len(plain) < _STUB_LENGTH and said not in told and all(map(_points, _SENTENCES.split(_ADDRESS.sub("", plain)))):
        return True
    if len(told) <= len(said) + max(_MORE, len(said) // 4):
        return False
    lines = [letters for letters in map(_letters, plain.split("\n")) if letters]
    if all(line in told for line in lines):
        return True
    return len(said) * 8 < len(told) and said[:12] not in told


def _may_point(text: str) -> bool:
    low = text.lower()
    return any(sign in low for sign in _SIGNS) and _POINTER.search(text) is not None


def _points(sentence: str) -> bool:
    return not sentence.strip() or _POINTER.search(sentence.strip()) is not None


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", _CUT_OFF.sub("", text))


def _holds_a_mail(part: Part) -> bool:
    """A mail attached under another type: by its name or its type's, and by how it begins."""
    named = part.filename.lower().endswith(".eml") or "eml" in part.type or part.type == "text/rfc822"
    if not named and part.type != "application/octet-stream":
        return False
    head = decode_transfer(part.raw[part.start : min(part.end, part.start + 4096)], part.encoding)[0].lstrip()
    return len(_MAIL_FIELD.findall(head)) >= (2 if named else 4) and _FIELD.match(head) is not None


def clean_text(text: str) -> str:
    """LF line ends, no control or zero-width characters, ordinary blanks for no-break ones."""
    if "\r" in text:
        text = _CRLF.sub("\n", text)
    text = _CONTROLS.sub("", text)
    if "&nbsp;" in text:  # QQ leaves the entity in its plain reading
        text = text.replace("&nbsp;", " ")
    return text.replace("\xa0", " ") if "\xa0" in text else text


def _is_file_name(part: Part) -> bool:
    return part.disposition != "inline" and "." in part.filename


def _meta_charset(data: bytes) -> str:
    match = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", data[:4000], re.I)
    return match[1].decode("ascii") if match is not None else ""


def _unflow(text: str, delsp: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676) within one quote depth."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        match = _FLOWED_QUOTE.match(line)
        depth = match.end() if match is not None else 0
        body = line[depth:]
        if body.startswith(" "):
            body = body[1:]
        signature = body == "-- "
        if open_depth == depth and out and not signature:
            out[-1] = (out[-1][:-1] if delsp else out[-1]) + body
        else:
            out.append(("> " * depth if depth else "") + body)
        open_depth = depth if body.endswith(" ") and not signature else -1
    return "\n".join(out)
