"""PDFs of records for those who have no Word at hand; only where LibreOffice is, and never at the mails' expense."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mailflow.domain.errors import MailflowError
from mailflow.records.preview import soffice, to_pdf
from mailflow.runtime.logs import event

LONGEST = 60.0  # seconds for one group
MOST = 20  # records at a time: with a backlog people get the Word file alone, and get it now


def pdfs_of(records: Mapping[int, bytes]) -> dict[int, bytes]:
    """The PDFs of Word files by their keys; none when there is no LibreOffice, when it fails, or in a backlog."""
    if not records or len(records) > MOST or soffice() is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="mailflow-pdf-") as scratch:
        folder = Path(scratch)
        files = {key: folder / f"{key}.docx" for key in records}
        for key, path in files.items():
            path.write_bytes(records[key])
        try:
            made = to_pdf(list(files.values()), folder, timeout=LONGEST)
        except MailflowError as error:
            event("pdf.failed", logging.WARNING, error=error.message)
            return {}
        return {key: path.read_bytes() for key, path in zip(files, made, strict=True)}
