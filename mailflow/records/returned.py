"""A Word record that came back: what people typed into it, and whether anything else was changed.

The file is a stranger's.  Only its XML text is read, within limits of size and depth; nothing is fetched, executed or
rendered.  Word, WPS and LibreOffice all write a document in their own way when it is saved: runs are split, white
space moves, page numbers are computed anew.  What is compared is therefore the words alone.
"""

from __future__ import annotations

import difflib
import io
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mailflow.domain.wording import worded
from mailflow.records.clean import clean

ANSWER_TAG, SIGN_TAG, DATE_TAG = "answer:", "sign:", "date:"
"""How the tag of a content control begins; the name of the field or (for a signature and its date) signer follows."""

PLACEHOLDER = "点此填写"
"""What an unanswered control shows, possibly followed by what is asked for, in brackets."""

MAX_FILE, MAX_TEXT, MAX_PARTS, MAX_ELEMENTS, MAX_DEPTH = 25_000_000, 16_000_000, 2_000, 400_000, 200
"""Bytes of the file, bytes of its unpacked text, files within it, XML elements of a part and their nesting."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_MARK = re.compile(r"MF1:[^:\s]{1,80}:[^:\s]{1,12}:[A-Z2-7]{16}")
BODY = "word/document.xml"
_TITLE = re.compile(rf"\[(?P<kind>{SIGN_TAG}|{DATE_TAG})?(?P<name>[a-z][a-z0-9_]*)\]\Z")
_NO_DATE = re.compile(r"[\s年月日/.-]*")
_STORY = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_ASKED = re.compile(rf"\s*{PLACEHOLDER}(?:（[^（）]*）)?")
_OFFICE_PLACEHOLDERS = re.compile(
    r"(?:(?:单击或)?(?:单击|点击)此处(?:可?输入)文字|按一下(?:或點選)?(?:這裡|此處)以?輸入文字"
    r"|Click (?:or tap )?here to enter text)[。.]?"
)
_SKIPPED = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr", "tblPr")}
_SIGNS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}


_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, KeyError, OSError, RuntimeError,
    NotImplementedError,
)  # fmt: skip
"""What a damaged or strange zip file raises."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a returned file says.  ``qr`` is "" when it names no record; who believes it must verify it.

    ``answers`` and ``signatures`` hold every content control by field and by signer, "" where nothing was typed; a
    date typed beside a name follows it (``王工 2026年11月23日``), a date alone is no signature.
    ``text`` is everything outside of them, paragraph by paragraph, without white space; empty paragraphs are left out.
    """

    qr: str
    answers: Mapping[str, str]
    signatures: Mapping[str, str]
    text: tuple[str, ...]


def is_placeholder(text: str) -> bool:
    """Whether a control's text begins as our placeholder does."""
    return _ASKED.match(text) is not None


def titled(title: str, tag: str) -> str:
    """A control's title with its tag's name behind it: older LibreOffice keeps titles and drops tags."""
    return title if _TITLE.search(title) else f"{title} [{tag.removeprefix(ANSWER_TAG)}]".strip()


def read_returned(docx: bytes) -> Returned:
    """Read a Word file that came back.

    Raises ValueError, in one line a person understands, when it is no Word file, is too large or carries none of our
    content controls.
    """
    parts = _parts(docx)
    found = _Reader()
    found.read(_tree(parts[BODY], BODY))
    body, found.text = found.text, []
    for name in sorted(name for name in parts if _STORY.fullmatch(name) and name != BODY):
        found.read(_tree(parts[name], name))
    # Programs number, order and repeat the heads and feet of pages as they like.
    found.text = body + sorted(set(found.text))
    if not found.controls:
        raise ValueError("this Word file holds none of the fields to fill in")
    answers = {tag[len(ANSWER_TAG) :]: words for tag, words in found.controls.items() if tag.startswith(ANSWER_TAG)}
    signed = {tag[len(SIGN_TAG) :]: words for tag, words in found.controls.items() if tag.startswith(SIGN_TAG)}
    return Returned(_mark(parts), answers, signed, tuple(found.text))


def altered(issued: bytes, returned: bytes, language: str = "zh") -> list[str]:
    """The places where a returned file differs from the issued one outside its content controls, in words.

    White space and the way a program splits its text do not count.  Raises ValueError as :func:`read_returned` does.
    """
    before, after = read_returned(issued), read_returned(returned)
    places = []
    for change, a, b, c, d in difflib.SequenceMatcher(None, before.text, after.text, autojunk=False).get_opcodes():
        old, new = _quoted(before.text[a:b]), _quoted(after.text[c:d])
        if "".join(before.text[a:b]) == "".join(after.text[c:d]):
            continue  # the same words, in other paragraphs
        if change == "delete":
            places.append(worded(language, f"删去了“{old}”", f"removed “{old}”"))
        elif change == "insert":
            places.append(worded(language, f"添加了“{new}”", f"added “{new}”"))
        else:
            places.append(worded(language, f"“{old}”改成了“{new}”", f"“{old}” became “{new}”"))
    lost = sorted({*before.answers, *before.signatures} - {*after.answers, *after.signatures})
    places += [worded(language, f"填写栏“{name}”不见了", f"the field to fill in “{name}” is gone") for name in lost]
    return places


# ------------------------------------------------------------------------------------------------------------ parts


def _parts(docx: bytes) -> dict[str, bytes]:
    """The XML parts that hold text, and the properties."""
    broken = "not a sound Word file (.docx)"
    large = "the Word file is too large"
    if len(docx) > MAX_FILE:
        raise ValueError(large)
    parts: dict[str, bytes] = {}
    left = MAX_TEXT
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            if len(archive.infolist()) > MAX_PARTS:
                raise ValueError(large)
            for info in archive.infolist():
                if not (_STORY.fullmatch(info.filename) or info.filename == "docProps/core.xml"):
                    continue
                if info.file_size > left or info.filename in parts:
                    raise ValueError(large if info.file_size > left else broken)
                with archive.open(info) as part:
                    parts[info.filename] = part.read(left)
                left -= len(parts[info.filename])
    except _BROKEN as error:
        raise ValueError(broken) from error
    if BODY not in parts:
        raise ValueError(broken)
    return parts


def _tree(xml: bytes, name: str) -> Element:
    """The elements of a part.  A document type, and with it every entity, is refused, as is too deep a nesting."""
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator="}")
    depth = count = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise ValueError(f"{name} is too large or nested too deeply")
        builder.start(_full(tag), {_full(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_full(tag))

    def refuse(*_: object) -> None:
        raise ValueError(f"{name} holds a document type, which no Word file has")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(f"{name} is damaged") from error
    root = builder.close()
    assert isinstance(root, Element)
    return root


def _full(name: str) -> str:
    return f"{{{name}".replace(_STRICT, _W) if "}" in name else name


class _Reader:
    """Collects the controls and the words of one file, part after part."""

    def __init__(self) -> None:
        self.controls: dict[str, str] = {}
        self.text: list[str] = []
        self._line: list[str] = []
        self._last = ""
        self._in_field: list[bool] = []  # per open field: whether its result has begun

    def read(self, root: Element) -> None:
        self._walk(root)
        self._end_line()

    def _walk(self, element: Element) -> None:
        tag = element.tag
        if tag in _SKIPPED or tag == f"{_MC}Fallback" or tag == f"{_W}fldSimple":
            return
        if tag == f"{_W}sdt" and self._control(element):
            return
        if tag == f"{_W}fldChar":
            kind = element.get(f"{_W}fldCharType")
            if kind == "begin":
                self._in_field.append(False)
            elif kind == "separate" and self._in_field:
                self._in_field[-1] = True
            elif kind == "end" and self._in_field:
                self._in_field.pop()
        elif tag == f"{_W}t" and not any(self._in_field):
            self._line.append(element.text or "")
        elif tag == f"{_W}noBreakHyphen":
            self._line.append("-")
        for child in element:
            self._walk(child)
        if tag == f"{_W}p":
            self._end_line()

    def _end_line(self) -> None:
        words = _squeezed("".join(self._line))
        self._line.clear()
        if words:
            self.text.append(words)

    def _control(self, element: Element) -> bool:
        properties = element.find(f"{_W}sdtPr")
        tag = _attribute(properties, "tag")
        if not tag.startswith((ANSWER_TAG, SIGN_TAG, DATE_TAG)):
            found = _TITLE.search(_attribute(properties, "alias"))
            if not found:
                return False
            tag = (found["kind"] or ANSWER_TAG) + found["name"]
            if tag == self._last:  # LibreOffice 7.4 writes such a control several times in a row
                return True
            self._last = tag
        content = element.find(f"{_W}sdtContent")
        typed = "" if content is None else _typed("".join(_words(content)))
        if tag.startswith(DATE_TAG):
            signer = SIGN_TAG + tag[len(DATE_TAG) :]
            if self.controls.get(signer) and not _NO_DATE.fullmatch(typed):
                self.controls[signer] += f" {''.join(typed.split())}"
            return True
        before = self.controls.get(tag, "")
        if typed and before and typed != before:
            typed = f"{before}\n{typed}"
        self.controls[tag] = typed or before
        return True


def _attribute(properties: Element | None, name: str) -> str:
    found = None if properties is None else properties.find(f"{_W}{name}")
    return "" if found is None else found.get(f"{_W}val") or ""


def _words(element: Element) -> Iterator[str]:
    """The words of a control, line ends and tabs included; deleted ones (tracked changes) are not words any more."""
    if element.tag in _SKIPPED or element.tag == f"{_MC}Fallback":
        return
    if element.tag == f"{_W}t":
        yield element.text or ""
    yield _SIGNS.get(element.tag.removeprefix(_W), "")
    for number, child in enumerate(element):
        yield from _words(child)
        if child.tag in (f"{_W}p", f"{_W}tc") and number < len(element) - 1:
            yield "\n"


def _typed(text: str) -> str:
    """What a person typed: without our placeholder, or the one the office program shows in its place."""
    lines = [line.strip() for line in clean(text).split("\n")]
    words = "\n".join(lines).strip()
    if _OFFICE_PLACEHOLDERS.fullmatch(words):
        return ""
    rest = _ASKED.sub("", words, count=1) if is_placeholder(words) else words
    return rest.lstrip(" \u3000:：") if rest != words else words


def _mark(parts: Mapping[str, bytes]) -> str:
    """The QR payload: from the identifier, or from the properties that every program keeps."""
    if "docProps/core.xml" not in parts:
        return ""
    core = _tree(parts["docProps/core.xml"], "docProps/core.xml")
    for name in (f"{_DC}identifier", f"{_CP}keywords"):
        found = core.find(name)
        marks = _MARK.findall("" if found is None else found.text or "")
        if marks:
            return str(marks[0])
    return ""


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", clean(text)).split())


def _quoted(paragraphs: tuple[str, ...]) -> str:
    words = " ".join(paragraphs)
    return words if len(words) <= 80 else f"{words[:79]}…"
