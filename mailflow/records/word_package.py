"""The parts of a Word file that hold what Word shows, found as Word finds them: by their relationships, not by name.

The file is a stranger's.  Only its XML text is read, within limits of size and depth; nothing is fetched or executed.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_FILE, MAX_TEXT, MAX_PARTS, MAX_ELEMENTS, MAX_DEPTH = 25_000_000, 16_000_000, 2_000, 400_000, 200
"""Bytes of the file, bytes of its unpacked text, files within it, XML elements of a part and their nesting."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
BODY, CORE = "word/document.xml", "docProps/core.xml"
_STORIES = ("header", "footer", "footnotes", "endnotes", "comments")
"""Kinds of parts whose words Word shows beside the body's (ISO/IEC 29500-1, 11.3)."""

_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, KeyError, OSError, RuntimeError,
    NotImplementedError,
)  # fmt: skip
"""What a damaged or strange zip file raises."""


@dataclass(frozen=True, slots=True)
class Package:
    """The trees of a Word file: its body, its other stories by name, its styles and properties (None: it has none)."""

    body: Element
    stories: tuple[Element, ...]
    styles: Element | None
    core: Element | None


def package(docx: bytes) -> Package:
    """Read a Word file.  Raises ValueError, in one line a person understands."""
    broken, large = "not a sound Word file (.docx)", "the Word file is too large"
    if len(docx) > MAX_FILE:
        raise ValueError(large)
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as archive:
            names = [info.filename for info in archive.infolist()]
            if len(names) > MAX_PARTS:
                raise ValueError(large)
            if len({name.lower() for name in names}) < len(names):
                raise ValueError(broken)
            reader = _Parts(archive)
            main = next((target for kind, target in reader.related("") if kind == "officeDocument"), BODY)
            related = sorted(reader.related(main), key=lambda item: item[1])
            body = reader.tree(main)
            if body is None:
                raise ValueError(broken)
            stories = [
                tree for kind, target in related if kind in _STORIES and (tree := reader.tree(target)) is not None
            ]
            styles = next((reader.tree(target) for kind, target in related if kind == "styles"), None)
            return Package(body, tuple(stories), styles, reader.tree(CORE))
    except _BROKEN as error:
        raise ValueError(broken) from error


class _Parts:
    """The parts of one archive, as much of them as may be read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive, self._left = archive, MAX_TEXT
        self._names = {info.filename.lower(): info for info in archive.infolist()}

    def tree(self, name: str) -> Element | None:
        """A part's elements; None when it is not there."""
        info = self._names.get(name.lower())
        if info is None:
            return None
        if info.file_size > self._left:
            raise ValueError("the Word file is too large")
        with self._archive.open(info) as part:
            xml = part.read(self._left)
        self._left -= len(xml)
        return _tree(xml, info.filename)

    def related(self, part: str) -> Iterator[tuple[str, str]]:
        """Kind and name of every part a part refers to; "" for the package itself."""
        folder, name = posixpath.split(part)
        found = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        for item in found if found is not None else ():
            if item.get("TargetMode", "Internal") == "Internal":
                target = posixpath.normpath(posixpath.join("/", folder, item.get("Target") or ""))
                yield (item.get("Type") or "").rpartition("/")[2], target.lstrip("/")


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
    return f"{{{name}".replace(_STRICT, W) if "}" in name else name
