"""Signed records that come back as scans, photographs and faxes, filed by the code on them.  Needs LibreOffice."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from mailflow.adapters.scans.pages import Unreadable, split_pdf
from mailflow.adapters.scans.reader import ScanReader
from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Attachment
from mailflow.domain.ports import Scan
from mailflow.records import qr
from mailflow.records.scanned import pages_of_record
from tests.adapters.scans.sheets import FIRST, SECOND, Sheets, at, noisy, photographed, saved, together, turned
from tests.adapters.scans.variants import EVERY, Variant, with_code
from tests.records import samples


def attached(content: bytes, name: str = "scan.pdf") -> Attachment:
    return Attachment(name, name, "application/octet-stream", content)


def records(scan: Scan) -> list[list[str]]:
    """The records whose codes hold true, page by page."""
    claims = ([qr.verify(code, samples.SECRET) for code in page.codes] for page in scan.pages)
    return [[claim.record for claim in found if claim is not None] for found in claims]


@pytest.mark.parametrize("variant", EVERY, ids=lambda variant: variant.name)
def test_a_returned_record_is_filed_where_it_belongs(sheets: Sheets, reader: ScanReader, variant: Variant) -> None:
    scan = reader(attached(variant.make(sheets), f"scan{variant.suffix}"))
    assert scan.problem == ""
    wanted = [{sheets.codes[record] for record in page} for page in variant.pages]
    found = [set(page.codes) for page in scan.pages]
    if variant.hopeless:
        assert all(codes <= expected for codes, expected in zip(found, wanted, strict=True))
    else:
        assert found == wanted


@pytest.mark.parametrize("radius", [4, 6])
def test_a_page_far_out_of_focus_is_unknown(sheets: Sheets, reader: ScanReader, radius: int) -> None:
    (variant,) = (variant for variant in EVERY if variant.name.startswith(f"out of focus, radius {radius}"))
    scan = reader(attached(variant.make(sheets)))
    assert [page.codes for page in scan.pages] == [()]
    assert pages_of_record(scan).unknown == (1,)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 5])
def test_a_page_tells_how_to_turn_it_upright(sheets: Sheets, reader: ScanReader, degrees: int) -> None:
    scan = reader(attached(saved(turned(at(sheets.first, 100), degrees), "PNG")))
    assert scan.pages[0].upright == {0: 0, 90: 270, 180: 180, 270: 90, 5: 0}[degrees]


def test_the_turn_a_camera_noted_is_obeyed(sheets: Sheets, reader: ScanReader) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: the viewer turns it by 90 degrees clockwise
    content = saved(turned(at(sheets.first, 100), 270), "JPEG", exif=exif)
    scan = reader(attached(content, "IMG_0001.JPG"))
    assert (records(scan), scan.pages[0].upright) == ([[FIRST]], 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda grey: grey.convert("RGB"),
        lambda grey: grey.convert("P"),
        lambda grey: grey.convert("I").point(lambda value: value * 257).convert("I;16"),
        lambda grey: Image.merge("LA", (Image.new("L", grey.size, 0), grey.point(lambda value: 255 - value))),
    ],
    ids=["colour", "palette", "16 bits", "black on nothing"],
)
def test_pictures_of_every_make_are_read(
    sheets: Sheets, reader: ScanReader, change: Callable[[Image.Image], Image.Image]
) -> None:
    assert records(reader(attached(saved(change(at(sheets.first, 100)), "PNG")))) == [[FIRST]]


def test_a_huge_photograph_is_made_smaller_first(sheets: Sheets, reader: ScanReader) -> None:
    photo = photographed(sheets.first)
    content = saved(photo.resize((photo.width * 4, photo.height * 4)), "JPEG", quality=60)
    assert records(reader(attached(content, "photo.jpg"))) == [[FIRST]]


def test_a_code_with_a_wrong_check_is_shown_and_not_believed(sheets: Sheets, reader: ScanReader) -> None:
    genuine = sheets.codes[0]
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    page = with_code(Image.new("L", (1240, 1754), 255), forged, (800, 60))
    scan = reader(attached(together([page], "PDF", 150)))
    assert scan.pages[0].codes == (forged,)
    assert qr.verify(forged, samples.SECRET) is None


def test_codes_of_others_are_not_told(reader: ScanReader) -> None:
    page = with_code(Image.new("L", (1240, 1754), 255), "https://pay.shop.example/c/8841", (800, 60))
    page = with_code(page, "MF1:" + "A" * 300, (80, 60))
    scan = reader(attached(saved(page, "PNG")))
    assert [page.codes for page in scan.pages] == [()]


def test_a_page_with_two_codes_is_for_a_person(sheets: Sheets, reader: ScanReader) -> None:
    both = with_code(at(sheets.first, 150), sheets.codes[1], (80, 80))
    scan = reader(attached(together([at(sheets.second, 100).resize(both.size), both], "PDF", 150)))
    sorted_ = pages_of_record(scan)
    assert sorted_.records == {sheets.codes[1]: (1,)}
    assert (sorted_.ambiguous, sorted_.unknown) == ((2,), ())
    assert sorted(records(scan)[1]) == [FIRST, SECOND]


def test_empty_backs_go_with_their_fronts(sheets: Sheets, reader: ScanReader) -> None:
    back = Image.new("L", at(sheets.first, 100).size, 250)
    scan = reader(attached(together([at(sheets.first, 100), back, at(sheets.second, 100), back], "PDF", 100)))
    assert [page.blank for page in scan.pages] == [False, True, False, True]
    assert pages_of_record(scan).records == {sheets.codes[0]: (1, 2), sheets.codes[1]: (3, 4)}


@pytest.mark.parametrize("grain", [0, 0.08, 0.2])
def test_faint_writing_is_not_an_empty_back(sheets: Sheets, reader: ScanReader, grain: float) -> None:
    faint = at(sheets.second, 150).crop((0, 200, 1240, 1754)).point(lambda value: 225 + value * 25 // 255)
    scan = reader(attached(together([at(sheets.first, 150), noisy(faint, grain)], "PDF", 150)))
    assert pages_of_record(scan).records == {sheets.codes[0]: (1,)}
    assert pages_of_record(scan).unknown == (2,)


def test_an_unread_page_within_a_record_belongs_to_it_and_one_after_it_does_not(
    sheets: Sheets, reader: ScanReader
) -> None:
    pages = [at(page, 100) for page in sheets.long[:3]]
    pages[1] = pages[1].crop((0, 200, *pages[1].size))  # its head is cut off
    stray = at(sheets.second, 100).crop((0, 200, 800, 1100))
    scan = reader(attached(together([*pages, stray], "PDF", 100)))
    sorted_ = pages_of_record(scan)
    assert sorted_.records == {sheets.codes[2]: (1, 2, 3)}
    assert sorted_.unknown == (4,)


# -------------------------------------------------------------------------------------------------------- cutting


@pytest.fixture(scope="module")
def both(sheets: Sheets) -> bytes:
    return together([at(sheets.first, 100), at(sheets.second, 100), at(sheets.first, 100)], "PDF", 100)


def test_each_records_pages_are_cut_out_of_one_pdf(sheets: Sheets, reader: ScanReader, both: bytes) -> None:
    file = attached(both)
    filed = pages_of_record(reader(file)).records
    assert filed == {sheets.codes[0]: (1, 3), sheets.codes[1]: (2,)}
    assert records(reader(attached(reader.cut(file, filed[sheets.codes[0]])))) == [[FIRST], [FIRST]]
    assert records(reader(attached(reader.cut(file, filed[sheets.codes[1]])))) == [[SECOND]]


def test_the_same_pages_give_the_same_bytes_and_all_pages_the_file_itself(reader: ScanReader, both: bytes) -> None:
    file = attached(both)
    assert reader.cut(file, (2,)) == reader.cut(file, (2,)) == split_pdf(both, (2,))
    assert reader.cut(file, (1, 2, 3)) == both
    assert reader.cut(file, (3, 2, 1)) != both


def test_pages_of_a_tiff_and_a_picture_are_cut_too(sheets: Sheets, reader: ScanReader) -> None:
    fax = attached(together([at(sheets.first, 100), at(sheets.second, 100)], "TIFF", 100), "fax.tif")
    cut = reader.cut(fax, (2,))
    assert records(reader(attached(cut))) == [[SECOND]]
    assert Image.open(io.BytesIO(cut)).tobytes() == at(sheets.second, 100).tobytes()
    photo = attached(saved(at(sheets.first, 100), "JPEG"))
    assert reader.cut(photo, (1,)) == photo.content


@pytest.mark.parametrize("pages", [(), (0,), (4,), (1, -1)])
def test_pages_that_do_not_exist_are_not_cut(reader: ScanReader, both: bytes, pages: tuple[int, ...]) -> None:
    with pytest.raises(PermanentError):
        reader.cut(attached(both), pages)
    with pytest.raises(Unreadable):
        split_pdf(both, pages)


def test_a_cut_leaves_scripts_and_attached_files_behind(reader: ScanReader, both: bytes) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(both))
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('x')")}
    action = DictionaryObject({NameObject(key): value for key, value in script.items()})
    writer.root_object[NameObject("/OpenAction")] = action
    writer.add_attachment("x.exe", b"MZ")
    stream = io.BytesIO()
    writer.write(stream)
    assert b"/JavaScript" in stream.getvalue()
    cut = reader.cut(attached(stream.getvalue()), (1,))
    assert b"/JavaScript" not in cut
    assert b"x.exe" not in cut
    assert not PdfReader(io.BytesIO(cut)).attachments


def test_a_pdf_locked_against_changes_is_read_and_cut(reader: ScanReader, both: bytes) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(both))
    writer.encrypt("", "the owner's", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    file = attached(stream.getvalue())
    assert records(reader(file)) == [[FIRST], [SECOND], [FIRST]]
    assert records(reader(attached(reader.cut(file, (2,))))) == [[SECOND]]
