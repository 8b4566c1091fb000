"""Files of older and other programs, made into those we read by LibreOffice: .doc, .wps, .rtf, .odt, .xls, .et, .ods.

:mod:`mailflow.adapters.attachments.reader` runs this as a process of its own.  The kind and the file come as a frame
(:mod:`.file_text`), the converted file goes back; an empty one says that LibreOffice could not open it.  Macros are not
run: a file without a path of trust has none that LibreOffice would run headless, and no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from mailflow.adapters.attachments.file_text import bound, read_frame, write_frame
from mailflow.adapters.libreoffice.convert import soffice

SECONDS = 25.0
MAX_MEMORY, MAX_CPU_SECONDS = 6_000_000_000, 60  # address space, most of which LibreOffice never touches
TARGETS = {"doc": "docx", "rtf": "docx", "odt": "docx", "xls": "xlsx", "ods": "xlsx", "xml": "xlsx"}
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>"""


def convert(kind: str, content: bytes, seconds: float = SECONDS) -> bytes:
    """The file as docx or xlsx; empty when LibreOffice cannot open it or is not there.  Raises TimeoutError."""
    program = soffice()
    if program is None or kind not in TARGETS:
        return b""
    with tempfile.TemporaryDirectory(prefix="mailflow-file-") as scratch:
        folder = Path(scratch)
        user = folder / "profile" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        given = folder / f"given.{kind}"
        given.write_bytes(content)
        command = [
            program, f"-env:UserInstallation={user.parent.as_uri()}", "--headless", "--norestore", "--nolockcheck",
            "--convert-to", TARGETS[kind], "--outdir", str(folder / "made"), str(given),
        ]  # fmt: skip
        process = subprocess.Popen(  # noqa: S603 - our own program and paths
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            process.kill()
            with contextlib.suppress(OSError, AttributeError):
                os.killpg(process.pid, signal.SIGKILL)  # whatever it started; a system without groups ends it alone
            process.wait()
        made = folder / "made" / f"given.{TARGETS[kind]}"
        return made.read_bytes() if made.is_file() else b""


def serve() -> None:
    """Answer frames until the other side closes."""
    bound(MAX_MEMORY, MAX_CPU_SECONDS)  # of this process, and of every LibreOffice it starts
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            kind, content = read_frame(sys.stdin.buffer)
            try:
                write_frame(answers, "file", convert(kind, content))
            except TimeoutError:
                write_frame(answers, "late", b"")


if __name__ == "__main__":
    serve()
