"""The content controls of a Word template: where people type, and what mailflow reads back.

A form's author inserts a plain-text content control and gives it the tag ``answer:FIELD`` or ``sign:KEY``; nothing
else is needed.  Here the controls are made ready for Jinja: they print what is known, and otherwise a placeholder
that Word itself marks as one, so that an empty control is read back as empty.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx.opc.oxml import parse_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree  # type: ignore[import-untyped]

from mailflow.adapters.word.compiled import CORE
from mailflow.records.returned import ANSWER_TAG, DATE_TAG, PLACEHOLDER, SIGN_TAG, is_placeholder, titled
from mailflow.records.sidecar import ANSWER, SIG

DOCUMENT = "word/document.xml"
SIGN_HERE = "\u3000" * 6  # room to click into, and nothing to be seen on paper

_QUIET = "8A98A8"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_TAGS = {ANSWER_TAG: ANSWER, SIGN_TAG: SIG}


@dataclass(frozen=True, slots=True)
class Control:
    """One content control of ours: its tag, and the text of the paragraph it stands in."""

    tag: str
    near: str


def prepare(package: bytes) -> tuple[bytes, list[Control]]:
    """The template with its controls filled by Jinja and its properties naming the record; and its controls.

    Raises KeyError, BadZipFile or SyntaxError when the package is no Word document.
    """
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        document = _parsed(archive, DOCUMENT)
        found = []
        for control in list(_ours(document)):
            tag = _tag(control)
            found.append(Control(tag, _near(control)))
            kind, _, name = tag.partition(":")
            _entitle(control)
            if name.isidentifier() and f"{kind}:" in _TAGS:
                _make_ready(control, f"{_TAGS[f'{kind}:']}.{name}", sign=f"{kind}:" == SIGN_TAG)
        if found:
            changed[DOCUMENT] = etree.tostring(document, encoding="UTF-8", xml_declaration=True, standalone=True)
        if CORE in archive.namelist():
            core = _parsed(archive, CORE)
            # Twice: not every program keeps the identifier when it saves a file.
            for name in (f"{_DC}identifier", f"{_CP}keywords"):
                named = core.find(name)
                if named is None:
                    named = etree.SubElement(core, name)
                if "{{ qr }}" not in (named.text or ""):
                    named.text = f"{named.text or ''} {{{{ qr }}}}".strip()
            changed[CORE] = etree.tostring(core, encoding="UTF-8", xml_declaration=True, standalone=True)
        if not changed:
            return package, found
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for info in archive.infolist():
                data = changed[info.filename] if info.filename in changed else archive.read(info)
                new.writestr(zipfile.ZipInfo(info.filename), data, zipfile.ZIP_DEFLATED)
    return out.getvalue(), found


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    stored: Any = archive.read(name)  # bytes: the XML names its own encoding
    return parse_xml(stored)


def _ours(document: Any) -> Iterator[Any]:
    for control in document.iter(qn("w:sdt")):
        if _tag(control).startswith((*_TAGS, DATE_TAG)):
            yield control


def _tag(control: Any) -> str:
    found = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
    return "" if found is None else str(found.get(qn("w:val")) or "")


def _near(control: Any) -> str:
    paragraph = next(control.iterancestors(qn("w:p")), control)
    return "".join(text.text or "" for text in paragraph.iter(qn("w:t")))


def _entitle(control: Any) -> None:
    properties = control.find(qn("w:sdtPr"))
    title = properties.find(qn("w:alias"))
    if title is None:
        title = OxmlElement("w:alias")
        properties.insert(0, title)
    title.set(qn("w:val"), titled(title.get(qn("w:val")) or "", _tag(control)))


def _make_ready(control: Any, value: str, *, sign: bool) -> None:
    properties, content = control.find(qn("w:sdtPr")), control.find(qn("w:sdtContent"))
    if content is None:
        content = OxmlElement("w:sdtContent")
        control.append(content)
    written = "".join(text.text or "" for text in content.iter(qn("w:t"))).strip()
    waiting = SIGN_HERE if sign else written if is_placeholder(written) and "{" not in written else PLACEHOLDER
    place = next(content.iter(qn("w:p")), content)
    style = next((run.find(qn("w:rPr")) for run in content.iter(qn("w:r"))), properties.find(qn("w:rPr")))
    for extra in list(content.iter(qn("w:p")))[1:]:
        extra.getparent().remove(extra)
    for child in list(place):
        if child.tag != qn("w:pPr"):
            place.remove(child)
    known, blank = _run(f"{{{{ {value} }}}}", style, ""), _run(waiting, style, "" if sign else _QUIET)
    _say(place, f"{{% if {value} %}}")
    place.append(known)
    known.tail = "{% else %}"
    place.append(blank)
    blank.tail = "{% endif %}"

    for name in ("w:showingPlcHdr", "w:dataBinding", "w:text"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    _say(properties, f"{{% if not {value} %}}")
    showing, plain = OxmlElement("w:showingPlcHdr"), OxmlElement("w:text")
    properties.append(showing)
    showing.tail = "{% endif %}"
    if not sign:
        plain.set(qn("w:multiLine"), "1")
    properties.append(plain)


def _say(parent: Any, words: str) -> None:
    """Words for Jinja behind everything that stands in ``parent``."""
    if len(parent):
        parent[-1].tail = words
    else:
        parent.text = words


def _run(text: str, style: Any, color: str) -> Any:
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    properties = copy.deepcopy(style) if style is not None else OxmlElement("w:rPr")
    properties.tail = None
    for name in ("w:rStyle", "w:color") if color else ():
        for old in properties.findall(qn(name)):
            properties.remove(old)
    if color:
        shade = OxmlElement("w:color")
        shade.set(qn("w:val"), color)
        before = [f"w:{name}" for name in "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike".split()]
        at = max((number for number, item in enumerate(properties, 1) if item.tag in map(qn, before)), default=0)
        properties.insert(at, shade)
    run.append(properties)
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(words)
    return run
