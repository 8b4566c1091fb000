"""Files that are no scans, are broken, locked or made to do harm.  All are made here."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter

from mailflow.adapters.scans import pages as scan_pages
from mailflow.adapters.scans import wire
from mailflow.adapters.scans.reader import ScanReader
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Scan, ScanPage
from mailflow.records.scanned import SortedPages, pages_of_record
from tests.adapters.scans.variants import with_code

CODE = "MF1:JL-23-01-2026-0001:1:ABCDEFGHIJKLMNOP"


def attached(content: bytes) -> Attachment:
    return Attachment("scan", "scan", "application/octet-stream", content)


def png(width: int, height: int, depth: int, colours: int) -> bytes:
    """A PNG that claims these measures and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def pdf(pages: int, *, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def picture_bomb() -> bytes:
    """A small PDF with a picture of 40,000 by 40,000 points in colour: 4.8 GB."""
    row = zlib.compressobj()
    packed = b"".join([*(row.compress(bytes(1_000_000)) for _ in range(100)), row.flush()])
    shown = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/XObject/Subtype/Image/Width 40000/Height 40000/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    return (
        b"%PDF-1.4\n"
        + b"".join(b"%d 0 obj%s endobj\n" % item for item in enumerate(objects, 1))
        + (b"trailer<</Size 6/Root 1 0 R>>\n%%EOF")
    )


def page_with_code(form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    with_code(Image.new("L", (800, 1100), 255), CODE, (400, 60)).save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not_a_scan"),
        (b"PK\x03\x04 a Word file", "not_a_scan"),
        (b"GIF89a", "not_a_scan"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "not_a_scan"),
        (b"%PDF-1.7 and nothing else", "broken"),
        (b"%PDF-1.7\n" + b"<<" * 20_000, "broken"),
        (b"\xff\xd8\xff\xe0 no picture", "broken"),
        (b"II*\0\x08\0\0\0", "broken"),
        (b"BM", "broken"),
        (page_with_code()[:-2000], "broken"),
        (pdf(1, password="secret"), "locked"),
        (pdf(scan_pages.MAX_PAGES + 1), "too_large"),
        (png(30_000, 30_000, 1, 0), "too_large"),
        (png(12_000, 12_000, 8, 2), "too_large"),
        (bytes(wire.MAX_BYTES + 1), "too_large"),
    ],
    ids=[
        "empty", "word", "gif", "heic", "pdf head", "pdf nesting", "jpeg head", "tiff head", "bmp head", "cut off",
        "password", "61 pages", "900 megapixels", "a gigabyte in colour", "50 MB",
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(reader: ScanReader, content: bytes, problem: str) -> None:
    assert reader(attached(content)) == Scan((), problem)
    assert reader(attached(page_with_code())).pages[0].codes == (CODE,)


def test_a_tiff_of_too_many_pages_is_refused(reader: ScanReader) -> None:
    page = Image.new("1", (64, 64), 1)
    stream = io.BytesIO()
    page.save(stream, "TIFF", save_all=True, append_images=[page] * scan_pages.MAX_PAGES)
    assert reader(attached(stream.getvalue())).problem == "too_large"


def test_a_picture_that_fills_all_memory_harms_the_child_only(reader: ScanReader) -> None:
    scan = reader(attached(picture_bomb()))
    assert not any(page.codes or page.blank for page in scan.pages)
    assert reader(attached(page_with_code())).pages[0].codes == (CODE,)


def test_a_file_that_takes_too_long_is_given_up() -> None:
    impatient = ScanReader(seconds=0.0)
    began = time.monotonic()
    assert impatient(attached(page_with_code())).problem == "timeout"
    assert time.monotonic() - began < 10
    impatient.close()


def test_when_time_runs_out_the_pages_read_so_far_are_kept() -> None:
    assert scan_pages.read_scan(pdf(3), glances=-1.0) == Scan((), "timeout")
    hurried = scan_pages.read_scan(page_with_code(), searches=-1.0)
    assert [page.codes for page in hurried.pages] == [(CODE,)]


def test_the_child_is_started_again_after_it_died() -> None:
    reader = ScanReader()
    assert reader(attached(page_with_code())).pages[0].codes == (CODE,)
    reader.close()
    assert reader(attached(page_with_code("BMP"))).pages[0].codes == (CODE,)
    reader.close()


def test_messages_to_and_from_the_child() -> None:
    stream = io.BytesIO()
    wire.write_message(stream, {"do": "cut", "pages": [1]}, b"abc")
    stream.seek(0)
    assert wire.read_message(stream) == ({"do": "cut", "pages": [1]}, b"abc")
    with pytest.raises(EOFError):
        wire.read_message(stream)
    with pytest.raises(EOFError):
        wire.read_message(io.BytesIO(bytes(4) + b"\xff" * 8))
    with pytest.raises(ValueError, match="no message"):
        wire.read_message(io.BytesIO((2).to_bytes(4, "big") + bytes(8) + b"[]"))


# ------------------------------------------------------------------------------------------------ pages and records


def scan(*pages: str) -> Scan:
    """``A`` a page with A's code, ``AB`` one with both, ``-`` one without any, a space a blank one."""
    return Scan(
        tuple(ScanPage(number, tuple(page.strip("- ")), blank=page == " ") for number, page in enumerate(pages, 1))
    )


@pytest.mark.parametrize(
    ("pages", "wanted"),
    [
        ((), SortedPages({})),
        (("A",), SortedPages({"A": (1,)})),
        (("A", "A", "B"), SortedPages({"A": (1, 2), "B": (3,)})),
        (("A", "B", "A"), SortedPages({"A": (1, 3), "B": (2,)})),
        (("A", "-", "A"), SortedPages({"A": (1, 2, 3)})),
        (("A", "-", "B"), SortedPages({"A": (1,), "B": (3,)}, unknown=(2,))),
        (("A", "-"), SortedPages({"A": (1,)}, unknown=(2,))),
        (("-", "A"), SortedPages({"A": (2,)}, unknown=(1,))),
        (("A", "AB", "A"), SortedPages({"A": (1, 3)}, ambiguous=(2,))),
        (("AB", "-", "AB"), SortedPages({}, unknown=(2,), ambiguous=(1, 3))),
        (("A", " ", "B", " "), SortedPages({"A": (1, 2), "B": (3, 4)})),
        ((" ", " ", "A"), SortedPages({"A": (1, 2, 3)})),
        ((" ", "-", " "), SortedPages({}, unknown=(1, 2, 3))),
        ((" ", " "), SortedPages({}, unknown=(1, 2))),
    ],
)  # fmt: skip
def test_every_page_has_its_place(pages: tuple[str, ...], wanted: SortedPages) -> None:
    assert pages_of_record(scan(*pages)) == wanted
