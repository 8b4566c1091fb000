"""What Word shows of a document: its words in and outside of the content controls, and marks for all that is no word.

Everything that can be seen counts: fields and what they say, text boxes, tracked insertions, symbols, notes, comments.
Pictures, lists, bound data and foreign documents leave a mark; so do hidden words, whatever hides them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import ClassVar
from xml.etree.ElementTree import Element

from mailflow.records.clean import clean
from mailflow.records.word_package import W

ANSWER_TAG, SIGN_TAG, DATE_TAG = "answer:", "sign:", "date:"
"""How the tag of a content control begins; the name of the field or (for a signature and its date) signer follows."""

HIDDEN, PICTURE, LISTED, BOUND, STRUCK = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""Marks (private use area) for hidden words, a picture or foreign content, a list's number, bound data, struck ones."""

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_VML = "{urn:schemas-microsoft-com:vml}"
_TITLE = re.compile(rf"\[(?P<kind>{SIGN_TAG}|{DATE_TAG})?(?P<name>[a-z][a-z0-9_]*)\]\Z")
_SKIPPED = {f"{W}{name}" for name in ("del", "moveFrom", "delText", "delInstrText", "rPr", "sectPr", "tblPr")}
_PICTURES = {f"{W}{name}" for name in ("drawing", "pict", "object", "control", "contentPart", "altChunk", "subDoc")}
_SIGNS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": "\t", f"{W}noBreakHyphen": "-"}
_PAGES = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
"""Fields whose numbers every program computes anew."""

_NUMBER = re.compile(r"\s*\d*\s*")
_WHITE = re.compile(r"(?:[EF][0-9A-F]){3}", re.I)
_PAPERS = frozenset({"background1", "light1"})  # colours of a theme
_TINY, _FLAT, _LOW = 4, 40, 100  # half points of type; twentieths of a point of a line, of a row: nobody reads it


class Reader:
    """Collects the controls and the words of one file, story after story.

    ``controls`` holds what stands in each control of ours, by tag; ``lines`` the other words, paragraph by paragraph,
    without white space; ``pictures`` how many there are in the cell of each signer.
    """

    def __init__(self, styles: Element | None) -> None:
        self.controls: dict[str, str] = {}
        self.lines: list[str] = []
        self.pictures: dict[str, int] = {}
        self._hiding = _styles_that(_hides, "vanish", styles)
        self._striking = _styles_that(_strikes, "strike", styles)
        self._line: list[str] = []
        self._last = ""
        self._fields: list[list[str] | None] = []  # per open field: its instruction, None once its result has begun
        self._paging: list[bool] = []  # per open field: is it a page number?
        self._hidden = self._struck = 0
        self._cells: list[tuple[str, ...]] = []

    def read(self, root: Element) -> None:
        """Read one story."""
        self._walk(root)
        self._end_line()

    # ------------------------------------------------------------------------------------------------------ elements

    def _walk(self, element: Element) -> None:
        tag = element.tag
        if tag in _SKIPPED or (tag == f"{W}tr" and _is_set(element.find(f"{W}trPr/{W}del"))):
            return
        special = self._SPECIAL.get(tag)
        if special is not None:
            special(self, element)
        elif tag in _PICTURES:
            self._picture(element)
        else:
            self._emit(_words_of(element))
            self._children(element)

    def _children(self, element: Element) -> None:
        for child in element:
            self._walk(child)

    def _paragraph(self, element: Element) -> None:
        properties = element.find(f"{W}pPr")
        number = None if properties is None else properties.find(f"{W}numPr/{W}numId")
        if number is not None and number.get(f"{W}val") not in (None, "0"):
            self._emit(LISTED)
        struck = _styled(properties, "pStyle", self._striking)
        self._within(element, hidden=_styled(properties, "pStyle", self._hiding) or _is_flat(properties), struck=struck)
        self._end_line()

    def _run(self, element: Element) -> None:
        properties = element.find(f"{W}rPr")
        before = self._hidden, self._struck
        if _is_off(properties, "vanish"):  # said to be shown, whatever its style says
            self._hidden = 0
        elif self._hidden_by(properties):
            self._hidden += 1
        if _is_off(properties, "strike"):
            self._struck = 0
        elif self._struck_by(properties):
            self._struck += 1
        self._children(element)
        self._hidden, self._struck = before

    def _hidden_by(self, properties: Element | None) -> bool:
        return not _is_off(properties, "vanish") and (_hides(properties) or _styled(properties, "rStyle", self._hiding))

    def _struck_by(self, properties: Element | None) -> bool:
        by_style = not _is_off(properties, "strike") and _styled(properties, "rStyle", self._striking)
        return _strikes(properties) or by_style

    def _row(self, element: Element) -> None:
        properties = element.find(f"{W}trPr")
        height = None if properties is None else properties.find(f"{W}trHeight")
        low = height is not None and height.get(f"{W}hRule") == "exact" and _number(height, "val") < _LOW
        hidden = properties is not None and _is_set(properties.find(f"{W}hidden"))
        self._within(element, hidden=low or hidden)

    def _cell(self, element: Element) -> None:
        tags = (tag_of(control) for control in element.iter(f"{W}sdt"))
        self._cells.append(tuple(tag[len(SIGN_TAG) :] for tag in tags if tag.startswith(SIGN_TAG)))
        self._children(element)
        self._cells.pop()

    def _within(self, element: Element, *, hidden: bool, struck: bool = False) -> None:
        self._hidden += hidden
        self._struck += struck
        self._children(element)
        self._hidden -= hidden
        self._struck -= struck

    def _alternatives(self, element: Element) -> None:
        """Which of them a program shows is its own affair; the same words in several count once."""
        told: list[str] = []
        for choice in element:
            begun = len(self._line)
            self._children(choice)
            words = "".join(self._line[begun:])
            if words in told:
                del self._line[begun:]
            told.append(words)

    def _picture(self, element: Element) -> None:
        signers = next((keys for keys in reversed(self._cells) if keys), ())
        if signers:
            self.pictures[signers[0]] = self.pictures.get(signers[0], 0) + 1
        else:
            self._emit(PICTURE)
        self._children(element)

    def _field(self, element: Element) -> None:
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append([])
            self._paging.append(False)
        elif kind == "separate" and self._fields:
            self._instructed()
        elif kind == "end" and self._fields:
            self._instructed()
            self._fields.pop()
            self._paging.pop()

    def _instructed(self) -> None:
        """The instruction of the innermost field is complete; a page number's is not worth a word."""
        instruction = self._fields[-1]
        if instruction is None:
            return
        self._fields[-1] = None
        self._paging[-1] = self._said("".join(instruction))

    def _said(self, instruction: str) -> bool:
        words = instruction.split()
        paging = bool(words) and words[0].upper() in _PAGES
        if words and not paging:
            self._line.append(f"{{{' '.join(words)}}}")
        return paging

    def _instruction(self, element: Element) -> None:
        if self._fields and (instruction := self._fields[-1]) is not None:
            instruction.append(element.text or "")
        else:
            self._emit(element.text or "")

    def _simple_field(self, element: Element) -> None:
        self._fields.append(None)
        self._paging.append(self._said(element.get(f"{W}instr") or ""))
        self._children(element)
        self._fields.pop()
        self._paging.pop()

    def _emit(self, words: str) -> None:
        if not words or (self._paging and self._paging[-1] and _NUMBER.fullmatch(words)):
            return
        if self._fields and (instruction := self._fields[-1]) is not None:
            instruction.append(words)
        else:
            marks = (HIDDEN if self._hidden else "") + (STRUCK if self._struck else "")
            self._line.append(marks + words if words.strip() else words)

    def _end_line(self) -> None:
        words = squeezed("".join(self._line))
        self._line.clear()
        if words:
            self.lines.append(words)

    # ------------------------------------------------------------------------------------------------------ controls

    def _control(self, element: Element) -> None:
        properties = element.find(f"{W}sdtPr")
        if properties is not None and (bound := properties.find(f"{W}dataBinding")) is not None:
            self._line.append(BOUND + (bound.get(f"{W}xpath") or ""))
        tag = tag_of(element)
        if not tag:
            self._children(element)
            return
        if not _attribute(properties, "tag").startswith((ANSWER_TAG, SIGN_TAG, DATE_TAG)):
            if tag == self._last:  # LibreOffice 7.4 writes such a control several times in a row
                return
            self._last = tag
        content = element.find(f"{W}sdtContent")
        words = "" if content is None else "".join(self._typed(content))
        before = self.controls.get(tag, "")
        if words.strip() and before.strip() and words != before:
            words = f"{before}\n{words}"
        self.controls[tag] = words if words.strip() else before or words

    def _typed(self, element: Element) -> Iterator[str]:
        """The words of a control, line ends and tabs included; deleted ones (tracked changes) are words no more."""
        if element.tag in _SKIPPED or element.tag == f"{_MC}Fallback":
            return
        if element.tag in _PICTURES:
            yield PICTURE
        words = _words_of(element)
        if element.tag == f"{W}r":
            properties = element.find(f"{W}rPr")
            yield HIDDEN if self._hidden_by(properties) else ""
            yield STRUCK if self._struck_by(properties) else ""
        yield words or _SIGNS.get(element.tag, "")
        for number, child in enumerate(element):
            yield from self._typed(child)
            if child.tag in (f"{W}p", f"{W}tc") and number < len(element) - 1:
                yield "\n"

    _SPECIAL: ClassVar[dict[str, Callable[[Reader, Element], None]]] = {
        f"{W}sdt": _control,
        f"{W}p": _paragraph,
        f"{W}r": _run,
        f"{W}tr": _row,
        f"{W}tc": _cell,
        f"{W}fldChar": _field,
        f"{W}instrText": _instruction,
        f"{W}fldSimple": _simple_field,
        f"{_MC}AlternateContent": _alternatives,
    }


def tag_of(control: Element) -> str:
    """The tag of a control of ours, taken from its title where a program dropped it; empty for other people's."""
    properties = control.find(f"{W}sdtPr")
    tag = _attribute(properties, "tag")
    if tag.startswith((ANSWER_TAG, SIGN_TAG, DATE_TAG)):
        return tag
    found = _TITLE.search(_attribute(properties, "alias"))
    return (found["kind"] or ANSWER_TAG) + found["name"] if found else ""


def titled(title: str, tag: str) -> str:
    """A control's title with its tag's name behind it: older LibreOffice keeps titles and drops tags."""
    return title if _TITLE.search(title) else f"{title} [{tag.removeprefix(ANSWER_TAG)}]".strip()


def squeezed(text: str) -> str:
    """The words without white space, in one form."""
    return "".join(unicodedata.normalize("NFC", clean(text)).split())


def _words_of(element: Element) -> str:
    tag = element.tag
    if tag in (f"{W}t", f"{_A}t"):
        return element.text or ""
    if tag == f"{W}sym":
        return f"\\{element.get(f'{W}char') or ''}"
    if tag == f"{_VML}textpath":
        return element.get("string") or ""
    return "-" if tag == f"{W}noBreakHyphen" else ""


def _attribute(properties: Element | None, name: str) -> str:
    found = None if properties is None else properties.find(f"{W}{name}")
    return "" if found is None else found.get(f"{W}val") or ""


def _is_set(flag: Element | None) -> bool:
    return flag is not None and (flag.get(f"{W}val") or "true").lower() not in ("0", "false", "off")


def _number(element: Element, name: str) -> float:
    try:
        return float(element.get(f"{W}{name}") or "inf")
    except ValueError:
        return float("inf")


def _is_flat(properties: Element | None) -> bool:
    line = None if properties is None else properties.find(f"{W}spacing")
    return line is not None and line.get(f"{W}lineRule") == "exact" and _number(line, "line") < _FLAT


def _hides(properties: Element | None) -> bool:
    """Do these properties make words that nobody sees: hidden, white or far too small?"""
    if properties is None:
        return False
    size = properties.find(f"{W}sz")
    small = size is not None and _number(size, "val") <= _TINY
    return _is_set(properties.find(f"{W}vanish")) or _is_white(properties) or small


def _is_white(properties: Element) -> bool:
    """Can the colour not be told from the paper's?"""
    colour = properties.find(f"{W}color")
    if colour is None:
        return False
    return _WHITE.fullmatch(colour.get(f"{W}val") or "") is not None or colour.get(f"{W}themeColor") in _PAPERS


def _strikes(properties: Element | None) -> bool:
    """Do these properties draw a line through the words?"""
    return properties is not None and any(_is_set(properties.find(f"{W}{kind}")) for kind in ("strike", "dstrike"))


def _is_off(properties: Element | None, flag: str) -> bool:
    """Do these properties say in so many words that this does not hold?"""
    found = None if properties is None else properties.find(f"{W}{flag}")
    return found is not None and not _is_set(found)


def _styled(properties: Element | None, kind: str, styles: frozenset[str]) -> bool:
    """Do these properties name one of these styles?"""
    return _attribute(properties, kind) in styles


def _styles_that(does: Callable[[Element | None], bool], flag: str, styles: Element | None) -> frozenset[str]:
    """The styles that do something to words, by themselves or by their base, which ``flag`` overrules."""
    found = {style.get(f"{W}styleId") or "": style for style in (() if styles is None else styles.iter(f"{W}style"))}

    def holds(name: str, depth: int = 0) -> bool:
        style = found.get(name)
        if style is None or depth > 20:
            return False
        properties = style.find(f"{W}rPr")
        if properties is not None and properties.find(f"{W}{flag}") is not None:
            return _is_set(properties.find(f"{W}{flag}"))
        return does(properties) or holds(_attribute(style, "basedOn"), depth + 1)

    return frozenset(name for name in found if holds(name))
