"""A Word record as PDF and as pictures, through LibreOffice when the machine has it.

Optional: nothing in the flow needs it.  Offices use it to look at a form before they put it into use, tests to see
that a record stays on its page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from mailflow.domain.errors import PermanentError, TemporaryError

SOFFICE_NAMES = ("soffice", "libreoffice")

FONTS = {
    "宋体": "Noto Serif CJK SC",
    "SimSun": "Noto Serif CJK SC",
    "仿宋": "Noto Serif CJK SC",
    "FangSong": "Noto Serif CJK SC",
    "黑体": "Noto Sans CJK SC",
    "SimHei": "Noto Sans CJK SC",
    "Segoe UI Symbol": "DejaVu Sans",
}
"""Fonts of Chinese Windows and what stands in for them elsewhere; an installed original is preferred."""


def soffice() -> str | None:
    """The LibreOffice program on this machine's PATH, if there is one."""
    return next((found for name in SOFFICE_NAMES if (found := shutil.which(name))), None)


_PLAIN = re.compile(rb'<w:text w:multiLine="1"/>')


def to_pdf(records: Sequence[Path], folder: Path, *, timeout: float = 180) -> list[Path]:
    """Convert Word files to PDF in ``folder``; one LibreOffice start for all of them."""
    program = soffice()
    if program is None:
        raise PermanentError("LibreOffice is not installed", remedy="install it, or print the record from Word")
    with tempfile.TemporaryDirectory(prefix="mailflow-preview-") as scratch:
        profile = Path(scratch, "profile")
        command = [
            program,
            f"-env:UserInstallation={profile.as_uri()}",  # a profile of our own: two runs on one profile wait
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *(str(_with_line_ends(record, Path(scratch))) for record in records),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own program and paths
                command, env=_environment(Path(scratch)), capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise TemporaryError(f"LibreOffice took longer than {timeout:.0f} s") from error
    made = [folder / f"{record.stem}.pdf" for record in records]
    lost = [path.name for path in made if not path.is_file()]
    if lost:
        words = done.stderr.decode(errors="replace").strip()[-300:]
        raise PermanentError(f"LibreOffice did not write {', '.join(lost)}: {words or 'no reason given'}")
    return made


def to_png(pdf: Path, folder: Path, *, dpi: int = 100) -> list[Path]:
    """The pages of a PDF as pictures, in order, by poppler's pdftoppm."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise PermanentError("pdftoppm is not installed", remedy="install poppler-utils")
    prefix = folder / pdf.stem
    subprocess.run([program, "-png", "-r", str(dpi), str(pdf), str(prefix)], check=True, timeout=180)  # noqa: S603
    return sorted(folder.glob(f"{pdf.stem}-*.png"))


def _with_line_ends(record: Path, scratch: Path) -> Path:
    """A copy whose plain-text controls are ordinary ones: in those LibreOffice loses the line ends."""
    copy = scratch / record.name
    with zipfile.ZipFile(record) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, _PLAIN.sub(b"", content) if name == "word/document.xml" else content)
    return copy


def _environment(scratch: Path) -> dict[str, str]:
    """The surroundings with our font map.  Windows has the fonts and no fontconfig."""
    surroundings = dict(os.environ)
    if os.name == "posix":
        path = scratch / "fonts.conf"
        path.write_text(font_map(), encoding="utf-8")
        surroundings["FONTCONFIG_FILE"] = str(path)
    return surroundings


def font_map() -> str:
    """A fontconfig file that answers for the Chinese Windows fonts where they are not installed."""
    rules = "".join(
        f'<alias binding="same"><family>{escape(asked)}</family>'
        f"<accept><family>{escape(given)}</family></accept></alias>"
        for asked, given in FONTS.items()
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{rules}</fontconfig>'
    )
