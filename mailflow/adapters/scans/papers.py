"""Returned pages against the record as it is printed: it is printed here, and the one laid upon the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailflow.adapters.scans.reader import ScanReader
from mailflow.domain.model import Attachment
from mailflow.domain.paper_ports import Shown
from mailflow.domain.ports import Printer

Colour = tuple[int, int, int]


class PaperComparer:
    """A :class:`mailflow.domain.paper_ports.Papers`; ``shaded`` copies a Word record and gives its cells colours."""

    def __init__(
        self, reader: ScanReader, printer: Printer, shaded: Callable[[bytes], tuple[bytes, Mapping[str, Colour]]]
    ) -> None:
        self._reader, self._printer, self._shaded = reader, printer, shaded

    def __call__(self, file: Attachment, record: bytes) -> Shown:
        """What the scan shows in the record's cells; a problem where this machine cannot print or read it."""
        try:
            copy, colours = self._shaded(record)
        except ValueError:
            return Shown(problem="broken")
        pdf = self._printer.pdfs_of({0: copy}).get(0)
        return self._reader.compare(file, pdf, colours) if pdf else Shown(problem="no_printer")
