"""What a file is, told by its bytes; its name only says which plain text it is.

A name may be wrong (a web page named .xls), cut or missing; programs of all kinds write the same first bytes.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from pathlib import PurePosixPath

PLAIN = frozenset({".txt", ".csv", ".tsv", ".text", ".log", ".md"})
OLD = frozenset({"doc", "xls", "rtf", "odt", "ods", "xml"})
"""Kinds that LibreOffice turns into those we read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2
_STREAMS = {"EncryptedPackage": "locked", "WordDocument": "doc", "Workbook": "xls", "__substg1.0_": "msg"}
_HTML = re.compile(
    rb"(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|meta|body|table|div)\b", re.I | re.S
)
_BOOK_XML = b"urn:schemas-microsoft-com:office:spreadsheet"  # Excel 2003 XML
_HEAD = 4_000  # bytes at the beginning that are looked at
_MEMBERS = (("word/document", "docx"), ("xl/workbook", "xlsx"), ("xl/worksheets/", "xlsx"))
_OPEN = {"application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods"}


def kind_of(name: str, content: bytes) -> str:
    """The kind of a file: ``docx``, ``xlsx``, ``pdf``, ``html``, ``txt``, ``csv``, ``tsv``, ``zip``, ``msg``, one of
    ``OLD``, ``locked`` for one behind a password; empty for one that nobody here reads.  Never raises.
    """
    suffix = PurePosixPath(name).suffix.lower()
    head = content[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zipped(content)
    if head.startswith(_OLE):
        return next((kind for stream, kind in _STREAMS.items() if stream.encode("utf-16-le") in content), "")
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    text = _as_text(head)
    if text is None:
        return ""
    if _BOOK_XML in text:
        return "xml"
    if _HTML.match(text):
        return "html"
    if suffix in PLAIN:
        return suffix[1:] if suffix in (".csv", ".tsv") else "txt"
    return "tsv" if suffix in (".xls", ".xlsx", ".et") and b"\t" in text else ""


def _as_text(head: bytes) -> bytes | None:
    """The beginning without its byte order mark and white space; None when it is no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\0", b"").lstrip()
    return None if b"\0" in head[:1000] else head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _zipped(content: bytes) -> str:
    with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        for beginning, kind in _MEMBERS:
            if any(name.startswith(beginning) for name in names):
                return kind
        if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
            return _OPEN.get(archive.read("mimetype").decode("ascii", "replace").strip(), "")
        return "zip"
    return "zip"
