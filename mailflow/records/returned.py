"""A Word record that came back: what people typed into it, and whether anything else was changed.

The file is a stranger's.  Only its XML text is read, within limits of size and depth; nothing is fetched, executed or
rendered.  Word, WPS and LibreOffice all write a document in their own way when it is saved: runs are split, white
space moves, page numbers are computed anew.  What is compared is therefore the words alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailflow.records.clean import BLANK, clean
from mailflow.records.word_package import BODY as BODY
from mailflow.records.word_package import Package, package
from mailflow.records.word_text import ANSWER_TAG as ANSWER_TAG
from mailflow.records.word_text import BOUND, HIDDEN, LISTED, PICTURE, STRUCK, Reader, squeezed
from mailflow.records.word_text import DATE_TAG as DATE_TAG
from mailflow.records.word_text import SIGN_TAG as SIGN_TAG
from mailflow.records.word_text import titled as titled
from mailflow.sentences.catalogue import sentence, worded

PLACEHOLDER = "点此填写"
"""What an unanswered control shows, possibly followed by what is asked for, in brackets."""

_DC = "{http://purl.org/dc/elements/1.1/}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_MARK = re.compile(r"MF1:[^:\s]{1,80}:[^:\s]{1,12}:[A-Z2-7]{16}")
_NO_DATE = re.compile(r"[\s年月日/.-]*")
_ASKED = re.compile(rf"\s*{PLACEHOLDER}(?:（[^（）]*）)?")
_OFFICE_PLACEHOLDERS = re.compile(
    r"(?:(?:单击或)?(?:单击|点击)此处(?:可?输入)文字|按一下(?:或點選)?(?:這裡|此處)以?輸入文字"
    r"|Click (?:or tap )?here to enter text)[。.]?"
)
_MARKS = {
    HIDDEN: sentence("[hidden]"),
    PICTURE: sentence("[picture or embedded content]"),
    LISTED: sentence("[list number]"),
    BOUND: sentence("[bound data]"),
    STRUCK: sentence("[struck out]"),
}
"""How the marks of :mod:`mailflow.records.word_text` are called."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a returned file says.  ``qr`` is "" when it names no record; who believes it must verify it.

    ``answers`` and ``signatures`` hold every content control by field and by signer, "" where nothing was typed; a
    date typed beside a name follows it (``王工 2026年11月23日``), a date alone is no signature.
    ``text`` is everything outside of them, paragraph by paragraph, without white space; empty paragraphs are left out.
    ``controls`` is what every control of ours shows as it stands, by tag; ``pictures`` how many each signer's cell has.
    """

    qr: str
    answers: Mapping[str, str]
    signatures: Mapping[str, str]
    text: tuple[str, ...]
    controls: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, int] = field(default_factory=dict)


def is_placeholder(text: str) -> bool:
    """Whether a control's text begins as our placeholder does."""
    return _ASKED.match(text) is not None


def read_returned(docx: bytes) -> Returned:
    """Read a Word file that came back.

    Raises ValueError, in one line a person understands, when it is no Word file, is too large or carries none of our
    content controls.
    """
    return read_package(package(docx))


def names_a_record(docx: bytes) -> bool:
    """Does a Word file bear our mark, or is it too broken to tell?  Of one that :func:`read_returned` refuses."""
    try:
        return bool(_mark(package(docx)))
    except ValueError:
        return True


def read_package(parts: Package) -> Returned:
    """The same of a file that is taken apart already."""
    found = Reader(parts.styles)
    found.read(parts.body)
    body, found.lines = found.lines, []
    for story in parts.stories:
        found.read(story)
    # Programs number, order and repeat the heads and feet of pages as they like.
    text = body + sorted(set(found.lines))
    typed = {tag: _typed(words) for tag, words in found.controls.items()}
    if not any(tag.startswith((ANSWER_TAG, SIGN_TAG)) for tag in typed):
        raise ValueError("this Word file holds none of the fields to fill in")
    answers = {tag[len(ANSWER_TAG) :]: words for tag, words in typed.items() if tag.startswith(ANSWER_TAG)}
    signed = {tag[len(SIGN_TAG) :]: words for tag, words in typed.items() if tag.startswith(SIGN_TAG)}
    for tag, words in typed.items():
        signer = tag.removeprefix(DATE_TAG)
        if tag.startswith(DATE_TAG) and signed.get(signer) and not _NO_DATE.fullmatch(words):
            signed[signer] += f" {''.join(words.split())}"
    return Returned(_mark(parts), answers, signed, tuple(text), found.controls, found.pictures)


def altered(issued: bytes, returned: bytes, language: str = "zh") -> list[str]:
    """The places where a returned file differs from the issued one outside its content controls, in words.

    White space and the way a program splits its text do not count.  Raises ValueError as :func:`read_returned` does.
    """
    return differences(read_returned(issued), read_returned(returned), language)


def differences(before: Returned, after: Returned, language: str = "zh") -> list[str]:
    """The same of two files that were read."""
    places = []
    for change, a, b, c, d in difflib.SequenceMatcher(None, before.text, after.text, autojunk=False).get_opcodes():
        old, new = _quoted(before.text[a:b], language), _quoted(after.text[c:d], language)
        if "".join(before.text[a:b]) == "".join(after.text[c:d]):
            continue  # the same words, in other paragraphs
        if change == "delete":
            places.append(worded(language, "removed “{old}”", old=old))
        elif change == "insert":
            places.append(worded(language, "added “{new}”", new=new))
        else:
            places.append(worded(language, "“{old}” became “{new}”", old=old, new=new))
    lost = sorted({*before.answers, *before.signatures} - {*after.answers, *after.signatures})
    places += [worded(language, "the field to fill in “{name}” is gone", name=name) for name in lost]
    for tag in sorted(after.controls.keys() - before.controls.keys()):
        if squeezed(after.controls[tag]) not in ("", PLACEHOLDER):
            new = _quoted((squeezed(after.controls[tag]),), language)
            places.append(worded(language, "added a field “{new}”", new=new))
    for tag, words in after.controls.items():
        if HIDDEN in words and HIDDEN not in before.controls.get(tag, ""):
            name = tag.partition(":")[2]
            places.append(worded(language, "hidden words in the field “{name}”", name=name))
        if STRUCK in words and STRUCK not in before.controls.get(tag, ""):
            name = tag.partition(":")[2]
            places.append(worded(language, "struck words in the field “{name}”", name=name))
    return places


def filled_cells(issued: bytes, returned: bytes) -> dict[str, str]:
    """What was filled in or changed, by the control's tag; what was emptied is not among it.

    A picture in a signer's cell is told as his signature.  Raises ValueError as :func:`read_returned` does.
    """
    before, after = read_returned(issued), read_returned(returned)
    found: dict[str, str] = {}
    for tag, words in after.controls.items():
        shown = squeezed(words)
        if shown in (squeezed(before.controls.get(tag, "")), squeezed(PLACEHOLDER), BLANK):
            continue
        blank = tag.startswith(DATE_TAG) and _NO_DATE.fullmatch(words)
        if shown and not blank and not _OFFICE_PLACEHOLDERS.fullmatch(words.strip()):
            found[tag] = _typed(words) or words.strip()
    for signer, count in after.pictures.items():
        if count > before.pictures.get(signer, 0):
            found.setdefault(f"{SIGN_TAG}{signer}", PICTURE)
    return found


# ------------------------------------------------------------------------------------------------------------ parts


def _typed(text: str) -> str:
    """What a person typed: without our placeholder, or the one the office program shows in its place."""
    lines = [line.strip() for line in clean(text).split("\n")]
    words = "\n".join(lines).strip()
    if _OFFICE_PLACEHOLDERS.fullmatch(words):
        return ""
    rest = _ASKED.sub("", words, count=1) if is_placeholder(words) else words
    return rest.lstrip(" \u3000:：") if rest != words else words


def _mark(parts: Package) -> str:
    """The QR payload: from the identifier, or from the properties that every program keeps."""
    core = parts.core
    if core is None:
        return ""
    for name in (f"{_DC}identifier", f"{_CP}keywords"):
        found = core.find(name)
        marks = _MARK.findall("" if found is None else found.text or "")
        if marks:
            return str(marks[0])
    return ""


def _quoted(paragraphs: tuple[str, ...], language: str) -> str:
    words = " ".join(paragraphs)
    for mark, english in _MARKS.items():
        words = words.replace(mark, worded(language, english))
    return words if len(words) <= 80 else f"{words[:79]}…"
