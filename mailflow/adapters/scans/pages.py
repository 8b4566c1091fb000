"""The pages of a stranger's scan and the record codes on them, read within limits.

:mod:`mailflow.adapters.scans.serve` runs this in a process of its own: a file made to hang or to eat memory harms that
process only.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pypdfium2
from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdfium2.raw import (
    FPDF_ANNOT_CIRCLE,
    FPDF_ANNOT_HIGHLIGHT,
    FPDF_ANNOT_INK,
    FPDF_ANNOT_LINK,
    FPDF_ANNOT_POPUP,
    FPDF_ANNOT_SQUARE,
    FPDF_ANNOT_UNDERLINE,
    FPDF_ERR_PASSWORD,
    FPDF_PAGEOBJ_IMAGE,
    FPDFAnnot_GetSubtype,
    FPDFAnnot_HasKey,
    FPDFPage_CloseAnnot,
    FPDFPage_GetAnnot,
    FPDFPage_GetAnnotCount,
)

from mailflow.adapters.scans import codes
from mailflow.adapters.scans.wire import MAX_BYTES
from mailflow.domain.ports import Scan, ScanPage

MAX_PAGES = 60
MAX_PIXELS = 170_000_000  # of a picture as it lies in the file; from about there on Pillow calls it a bomb
MAX_UNPACKED = 420_000_000  # bytes of a picture in memory, four a pixel where it has colours
GLANCES, SEARCHES = 12.0, 14.0  # CPU seconds after which no page is looked at for the first time; for longer
_WORKING, _LEAST = 12_000_000, 1_000_000  # pixels a page is looked at with, at most; a PDF page at least
_DRAWN = (
    FPDF_ANNOT_LINK, FPDF_ANNOT_POPUP, FPDF_ANNOT_INK, FPDF_ANNOT_CIRCLE, FPDF_ANNOT_SQUARE, FPDF_ANNOT_HIGHLIGHT,
    FPDF_ANNOT_UNDERLINE,
)  # fmt: skip
_DPI, _SEARCH_DPI = 200, 300  # of PDF pages
_A_SCAN = 0.3  # the part of a PDF page that pictures cover when it is a scanned one
_FAINT = 10  # grey levels: what differs less from its paper is no writing
_SIGNS = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (8, b"WEBP", "WEBP"),
    (4, b"ftyphei", "HEIF"),
    (4, b"ftypmif1", "HEIF"),
    (0, b"BM", "BMP"),
)


class Unreadable(Exception):
    """A file that cannot be read; ``problem`` is one of the words of :class:`mailflow.domain.ports.Scan`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read_scan(content: bytes, *, glances: float = GLANCES, searches: float = SEARCHES) -> Scan:
    """The codes on every page; never raises.  Every page gets a glance before any is looked at for longer."""
    began = time.process_time()
    pages: list[ScanPage] = []
    try:
        source = opened(content)
        unsure: list[tuple[int, codes.Seen]] = []
        for index in range(source.count):
            if time.process_time() - began > glances:
                return Scan(tuple(pages), "timeout")
            picture = source.page(index)
            seen = codes.glance(picture)
            blank = not seen.codes and _is_blank(picture) and source.is_whole(index)
            pages.append(ScanPage(index + 1, seen.codes, seen.upright, blank))
            if seen.room and not blank and source.is_picture(index):
                unsure.append((index, seen))
        for index, seen in unsure:
            if time.process_time() - began > searches:
                break
            found = codes.search(source.page(index, closely=True), seen, began + searches)
            pages[index] = ScanPage(index + 1, found.codes, found.upright)
    except Unreadable as error:
        return Scan(problem=error.problem)
    except (MemoryError, Image.DecompressionBombError):
        return Scan(problem="too_large")
    except Exception:  # whatever the libraries raise on strangers' bytes
        return Scan(problem="broken")
    return Scan(tuple(pages))


def cut(content: bytes, pages: Sequence[int]) -> bytes:
    """These pages, counted from 1; the content itself when they are all of it.  Raises Unreadable."""
    source = opened(content)
    if list(pages) == list(range(1, source.count + 1)):
        return content
    if not pages or not all(1 <= page <= source.count for page in pages):
        raise Unreadable("no such page")
    return split_pdf(content, pages) if isinstance(source, _Pdf) else _split_tiff(content, pages)


def split_pdf(pdf: bytes, pages: Sequence[int]) -> bytes:
    """A PDF of these pages, counted from 1, in the order given; the same input gives the same bytes.

    Nothing of the document but the pages comes along: no scripts that run at opening, no attached files.  Raises
    Unreadable when the file cannot be read or has no such page.
    """
    loose, stream = io.BytesIO(), io.BytesIO()
    document = _Pdf(pdf).document
    try:
        if not pages:
            raise Unreadable("no such page")
        part = pypdfium2.PdfDocument.new()
        part.import_pages(document, [page - 1 for page in pages])
        part.save(loose)
        writer = PdfWriter()
        for page in PdfReader(loose).pages:  # written once more: pdfium puts a new number on every file
            writer.add_page(page)
        writer.write(stream)
    except (pypdfium2.PdfiumError, PyPdfError) as error:
        raise Unreadable("broken") from error
    finally:
        document.close()
    return stream.getvalue()


# ----------------------------------------------------------------------------------------------------- kinds of files


class Source(Protocol):
    """A file with pages, counted from 0."""

    count: int

    def page(self, index: int, *, closely: bool = False) -> Image.Image:
        """The page as a grey picture of a bearable size."""
        ...

    def is_picture(self, index: int) -> bool:
        """Whether the page is a scan or photograph, where looking longer may find more."""
        ...

    def is_whole(self, index: int) -> bool:
        """Whether everything on the page was drawn: a picture that cannot be leaves white paper."""
        ...


class _Pdf:
    def __init__(self, content: bytes) -> None:
        try:
            self.document = pypdfium2.PdfDocument(content)
            self.document.init_forms()  # what is filled into fields is on the page
        except pypdfium2.PdfiumError as error:
            raise Unreadable("locked" if error.err_code == FPDF_ERR_PASSWORD else "broken") from error
        self.count = len(self.document)

    def page(self, index: int, *, closely: bool = False) -> Image.Image:
        page = self.document[index]
        try:
            area = math.prod(page.get_size())
            if not 0 < area < math.inf:
                raise Unreadable("broken")
            wanted = (_SEARCH_DPI if closely else _DPI) / 72
            scale = min(max(wanted, math.sqrt(_LEAST / area)), math.sqrt(_WORKING / area))
            picture: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
            return picture.convert("L")
        finally:
            page.close()

    def is_picture(self, index: int) -> bool:
        page = self.document[index]
        try:
            covered = 0.0
            for shown in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3):
                left, bottom, right, top = shown.get_bounds()
                covered += (right - left) * (top - bottom)
            return bool(covered > _A_SCAN * math.prod(page.get_size()))
        finally:
            page.close()

    def is_whole(self, index: int) -> bool:
        page = self.document[index]
        try:
            for shown in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3):
                if math.prod(shown.get_px_size()) > MAX_PIXELS:
                    return False
                shown.get_bitmap().close()
            return all(map(_is_drawn, _annotations(page)))
        except pypdfium2.PdfiumError:
            return False
        finally:
            page.close()


def _annotations(page: pypdfium2.PdfPage) -> Iterator[Any]:
    for number in range(FPDFPage_GetAnnotCount(page.raw)):
        annotation = FPDFPage_GetAnnot(page.raw, number)
        yield annotation
        FPDFPage_CloseAnnot(annotation)


def _is_drawn(annotation: Any) -> bool:
    """Whether an annotation says how it looks, or is of a kind that shows nothing or that pdfium draws by itself."""
    return bool(FPDFAnnot_HasKey(annotation, b"AP")) or FPDFAnnot_GetSubtype(annotation) in _DRAWN


class _Picture:
    def __init__(self, content: bytes, form: str) -> None:
        if form not in Image.OPEN:
            Image.init()
        if form not in Image.OPEN:
            raise Unreadable("not_a_scan")
        self._content, self._form = content, form
        self.count = self._pages() if form == "TIFF" else 1

    def page(self, index: int, *, closely: bool = False) -> Image.Image:
        with self._opened() as picture:
            if index:
                picture.seek(index)
            if math.prod(picture.size) > MAX_PIXELS:
                raise Unreadable("too_large")
            fit = min(1.0, math.sqrt(_WORKING / math.prod(picture.size)))
            if self._form == "JPEG":  # a decoder that makes smaller pictures of large ones
                picture.draft("L", (math.ceil(picture.width * fit), math.ceil(picture.height * fit)))
            if math.prod(picture.size) * (1 if picture.mode in ("1", "L", "P") else 4) > MAX_UNPACKED:
                raise Unreadable("too_large")
            grey = _grey(picture)
        fit = min(1.0, math.sqrt(_WORKING / math.prod(grey.size)))
        if fit < 1:
            size = max(1, int(grey.width * fit)), max(1, int(grey.height * fit))
            grey = grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        return grey

    def is_picture(self, index: int) -> bool:
        return True

    def is_whole(self, index: int) -> bool:
        return True

    def _opened(self) -> Image.Image:
        return Image.open(io.BytesIO(self._content), formats=[self._form])

    def _pages(self) -> int:
        with self._opened() as picture:
            for index in range(1, MAX_PAGES + 1):
                try:
                    picture.seek(index)
                except EOFError:
                    return index
        return MAX_PAGES + 1


def opened(content: bytes) -> Source:
    """The pages of a file of any kind that is read.  Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large")
    source: Source
    if b"%PDF-" in content[:1024]:
        source = _Pdf(content)
    else:
        forms = [form for place, sign, form in _SIGNS if content.startswith(sign, place)]
        if not forms:
            raise Unreadable("not_a_scan")
        source = _Picture(content, forms[0])
    if source.count > MAX_PAGES:
        raise Unreadable("too_large")
    return source


def _grey(picture: Image.Image) -> Image.Image:
    """The picture in grey, as a viewer shows it: turned as the camera noted, on white paper."""
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda value: value * (1 / 256))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return ImageOps.exif_transpose(picture.convert("L"))


def _is_blank(picture: Image.Image) -> bool:
    """Whether nothing is on the paper, its edges left aside."""
    small = picture.reduce(max(1, min(picture.size) // 800))  # grain averages out
    width, height = small.size
    counts = small.crop((width // 12, height // 12, width - width // 12, height - height // 12)).histogram()
    total, paper, below = sum(counts), 255, 0
    while paper and below + counts[paper] < total / 2:
        below += counts[paper]
        paper -= 1
    return total - sum(counts[max(0, paper - _FAINT) : paper + _FAINT + 1]) < total * 0.0005


def _split_tiff(content: bytes, pages: Sequence[int]) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=["TIFF"]) as picture:
            frames = []
            for page in pages:
                picture.seek(page - 1)
                if math.prod(picture.size) * 4 * len(pages) > MAX_UNPACKED:
                    raise Unreadable("too_large")
                frames.append(picture.copy())
            how = "group4" if all(frame.mode == "1" for frame in frames) else "tiff_adobe_deflate"
            dpi = picture.info.get("dpi")
            stream = io.BytesIO()
            frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:], compression=how, dpi=dpi)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable("broken") from error
    return stream.getvalue()
