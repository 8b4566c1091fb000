"""Scanned and photographed records: which record's code stands on which page, read in a child process.

The child is ended when it takes long or eats memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from mailflow.adapters.child import Child, ChildLost
from mailflow.adapters.scans.wire import MAX_BYTES, read_message, write_message
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Attachment
from mailflow.domain.paper_ports import Cell, Shown
from mailflow.domain.picture_ports import Prepared
from mailflow.domain.ports import Scan, ScanPage

SECONDS = 60.0
_FILES_PER_CHILD = 100
_PROBLEMS = frozenset({"", "not_a_scan", "too_large", "locked", "broken", "timeout"})


class ScanReader:
    """A :class:`mailflow.domain.ports.Scans`.  Safe for threads; one file at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._child = Child("mailflow.adapters.scans.serve", seconds=seconds, files=_FILES_PER_CHILD)

    def __call__(self, file: Attachment) -> Scan:
        """The pages of a PDF or picture and the record codes on them; never raises on strangers' bytes."""
        if not file.content:
            return Scan(problem="not_a_scan")
        if file.size > MAX_BYTES:
            return Scan(problem="too_large")
        answer, _ = self._ask({"do": "read"}, file.content)
        try:
            pages = tuple(
                ScanPage(int(page["number"]), tuple(map(str, page["codes"])), int(page["upright"]), bool(page["blank"]))
                for page in answer.get("pages", ())
            )
        except (LookupError, TypeError, ValueError):
            return Scan(problem="broken")
        return Scan(pages, _problem(answer))

    def cut(self, file: Attachment, pages: Sequence[int]) -> bytes:
        """These pages (from 1, in this order) as one file; the file itself, unchanged, when these are all of it.

        A cut PDF is a PDF, a cut TIFF a TIFF.  Raises PermanentError when the file cannot be cut.
        """
        answer, made = self._ask({"do": "cut", "pages": list(pages)}, file.content)
        if not made:
            why = answer.get("problem") or "broken"
            raise PermanentError(f"pages {list(pages)} cannot be cut out of the scan: {why}", remedy="file it by hand")
        return made

    def compare(self, file: Attachment, record: bytes, colours: Mapping[str, Sequence[int]]) -> Shown:
        """What the scan of a record shows in its cells; ``record`` is its PDF with coloured cells.  Never raises."""
        if file.size > MAX_BYTES or len(record) > MAX_BYTES:
            return Shown(problem="too_large")
        request = {
            "do": "compare",
            "scan": len(file.content),
            "colours": {key: [*value] for key, value in colours.items()},
        }
        answer, _ = self._ask(request, file.content + record)
        try:
            cells = {str(name): Cell(shown) for name, shown in answer.get("cells", {}).items()}
            missing = tuple(int(number) for number in answer.get("missing", ()))
        except (LookupError, TypeError, ValueError, AttributeError):
            return Shown(problem="broken")
        return Shown(cells, missing, _problem(answer))

    def picture(self, file: Attachment) -> Prepared:
        """The photo, fit for a page.  Never raises on strangers' bytes."""
        if file.size > MAX_BYTES:
            return Prepared(problem="too_large")
        answer, made = self._ask({"do": "picture"}, file.content)
        try:
            width, height = int(answer.get("width", 0)), int(answer.get("height", 0))
        except (TypeError, ValueError):
            return Prepared(problem="broken")
        problem = _problem(answer)
        is_whole = made.startswith(b"\xff\xd8") and 0 < width < 10_000 and 0 < height < 10_000
        return Prepared(made, width, height) if is_whole and not problem else Prepared(problem=problem or "broken")

    def close(self) -> None:
        """End the child process, if there is one."""
        self._child.close()

    def _ask(self, request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
        """The child's answer, or ``{"problem": ...}`` when it gave none."""

        def exchange(asks: IO[bytes], answers: IO[bytes]) -> tuple[dict[str, Any], bytes]:
            write_message(asks, request, content)
            return read_message(answers)

        try:
            return self._child.ask(exchange)
        except ChildLost as lost:
            return {"problem": "timeout" if lost.late else "broken"}, b""


def _problem(answer: dict[str, Any]) -> str:
    found = answer.get("problem")
    return found if found in _PROBLEMS else "broken"
