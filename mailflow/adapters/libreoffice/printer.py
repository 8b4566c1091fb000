"""PDFs of records for those who have no Word at hand; only where LibreOffice is, and never at the mails' expense."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mailflow.adapters.libreoffice.convert import soffice, to_pdf, to_png
from mailflow.domain.errors import MailflowError
from mailflow.runtime.logs import event

LONGEST = 60.0  # seconds for one group
MOST = 20  # records at a time: with a backlog people get the Word file alone, and get it now


class OfficePrinter:
    """Prints through LibreOffice; implements :class:`mailflow.domain.ports.Printer`."""

    def is_there(self) -> bool:
        """Is LibreOffice on this machine's PATH?"""
        return soffice() is not None

    def pdfs_of(self, records: Mapping[int, bytes]) -> dict[int, bytes]:
        """The PDFs of Word files by their keys; none when there is no LibreOffice, when it fails, or in a backlog."""
        if not records or len(records) > MOST or not self.is_there():
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

    def to_pdf(self, records: Sequence[Path], folder: Path) -> list[Path]:
        """Convert Word files to PDF in ``folder``.  Raises PermanentError without LibreOffice."""
        return to_pdf(records, folder)

    def to_png(self, pdf: Path, folder: Path) -> list[Path]:
        """The pages of a PDF as pictures in ``folder``.  Raises PermanentError without poppler."""
        return to_png(pdf, folder)
