"""Is this file a program, or a document that carries one?  By its names, its type, its first bytes, and what is in it.

No virus scanner: what is named here would run, or offer to, when a colleague opens it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from mailflow.decoding.file_names import safe_name

MAX_MEMBERS = 5000
MAX_NESTED = 3
MAX_MEMBER = 50_000_000  # bytes of an archive within an archive

_RUNS = (
    "exe|scr|com|pif|cpl|dll|ocx|sys|bat|cmd|msi|msp|mst|msix|appx|appinstaller|hta|js|jse|mjs|vb|vbs|vbe|ws|wsf|wsh|wsc"
    "|sct|ps1|psm1|psd1|ps1xml|psc1|reg|lnk|url|inf|scf|jar|jnlp|chm|hlp|gadget|application|appref-ms|msc|settingcontent-ms"
    "|library-ms|search-ms|diagcab|iso|img|vhd|vhdx|sh|bash|command|apk|deb|rpm|dmg|pkg|run|py|pyw|pyz|iqy|rdp|xbap|desktop"
)
_MACROS = "docm|dotm|xlsm|xltm|xlam|xla|xll|pptm|potm|ppam|ppsm|sldm|ade|adp|mde|accde|wll|slk"
# Signs behind the ending are dropped by Windows; an ending of compression hides the one before it.
_NAME = re.compile(
    rf"\.(?:{_RUNS}|{_MACROS})(?:\.(?:gz|bz2|xz|zst|z|zip|rar|7z|tar|cab))?[\W_]*(?:\$data)?$", re.IGNORECASE
)
_TYPE = re.compile(
    r"macroenabled|x-ms-?dos|x-ms-?download|x-msi|x-executable|x-dosexec|javascript|x-sh$|/hta$|java-archive|x-ms-shortcut"
    r"|x-vbs|vbscript|x-bat|portable-executable",
    re.IGNORECASE,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"))
_LINK_FILE = b"\x4c\x00\x00\x00\x01\x14\x02\x00"
_FIRST_BYTES = (b"\x7fELF", b"#!/", b"ITSF", _LINK_FILE, b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_ZIP_MACROS = re.compile(r"(?:^|/)vbaproject\.bin$|^xl/macrosheets/", re.IGNORECASE)


def is_program(content: bytes, names: tuple[str, ...] = (), mime_type: str = "") -> bool:
    """Would this file, under any of these names, run something?  What cannot be looked into counts as if it did."""
    return any(map(runs_by_name, names)) or bool(_TYPE.search(mime_type)) or _runs(content, 0)


def runs_by_name(name: str) -> bool:
    """Does the name end like a program's or a macro file's, also behind what makes it look otherwise?"""
    return bool(_NAME.search(name.strip()[-300:]) or _NAME.search(safe_name(name)))


def _runs(content: bytes, depth: int) -> bool:
    if content.startswith(b"MZ") and b"\x00" in content[:1024]:  # a text may begin with these letters
        return True
    if content.startswith(_FIRST_BYTES):
        return True
    if content.startswith(_OLE):
        return any(sign in content for sign in _OLE_MACROS)
    # A self-made archive may have anything before its first entry; the list of entries stands at the end.
    if content.startswith(b"PK") or (len(content) > 22 and b"PK\x05\x06" in content[-70_000:]):
        return _archive_runs(content, depth)
    return False


def _archive_runs(content: bytes, depth: int) -> bool:
    if depth > MAX_NESTED:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MAX_MEMBERS:
                return True
            return any(_member_runs(archive, member, depth) for member in members)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        return content.startswith(b"PK\x03\x04")


def _member_runs(archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> bool:
    if _ZIP_MACROS.search(member.filename) or runs_by_name(member.filename):
        return True
    if member.flag_bits & 1:  # encrypted: its name is all there is to see
        return False
    with archive.open(member) as stream:
        head = stream.read(1024)
        if not head.startswith((b"PK", _OLE)):
            return _runs(head, depth + 1)
        whole = head + stream.read(MAX_MEMBER)
    return len(whole) > MAX_MEMBER or _runs(whole, depth + 1)
