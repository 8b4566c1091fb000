"""Customers' own forms filled in, in a child process that is ended when it takes long."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import IO

from mailflow.adapters.attachments.file_text import MAX_BYTES, read_frame, write_frame
from mailflow.adapters.child import Child, ChildLost
from mailflow.domain.model import Attachment
from mailflow.domain.their_form_ports import Fact, FilledForm

SECONDS = 15.0
_FILES_PER_CHILD = 50
_KINDS = {".docx": "docx", ".xlsx": "xlsx"}


class TheirForms:
    """Fills Word and Excel files; see :data:`mailflow.domain.their_form_ports.FillForm`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._child = Child("mailflow.adapters.attachments.form_fill", seconds=seconds, files=_FILES_PER_CHILD)

    def __call__(self, file: Attachment, facts: Sequence[Fact]) -> FilledForm | None:
        """The file filled in; never raises on strangers' bytes."""
        kind = _KINDS.get(PurePosixPath(file.safe_name).suffix.lower())
        if kind is None or not file.content.startswith(b"PK\x03\x04") or file.size > MAX_BYTES:
            return None
        asked = json.dumps([(fact.name, list(fact.labels), fact.value) for fact in facts]).encode()

        def exchange(asks: IO[bytes], answers: IO[bytes]) -> tuple[bytes, bytes]:
            write_frame(asks, "json", asked)
            write_frame(asks, kind, file.content)
            return read_frame(answers)[1], read_frame(answers)[1]

        try:
            about, content = self._child.ask(exchange)
        except ChildLost:
            return None
        if not content:
            return None
        said = json.loads(about)
        return FilledForm(content, said["written"], said["known"], said["left"])

    def close(self) -> None:
        """End the child process, if there is one."""
        self._child.close()


@cache
def their_forms() -> TheirForms:
    """One for the whole program."""
    return TheirForms()
