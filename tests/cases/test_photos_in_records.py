"""The customer's photos stand in the records of his case, upright and small; those that cannot are named."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from PIL import Image
from pypdf import PdfReader

from mailflow.adapters.libreoffice import convert
from tests.cases.papers import archived, filled, paper, words
from tests.flow.letters import letter
from tests.flow.robots import knowing, play
from tests.flow.staffed import Staffed, answer

CUSTOMER, SERVICE = "wang@plant.example", "bai@firm.example"
REGISTER = "JL-23-01-2026-0001.docx"
MOVED = {"是否需要8D报告": "是", "是否需要纠正措施": "是"}


def photo(kind: str = "JPEG", size: tuple[int, int] = (900, 600), *, turned: bool = False) -> bytes:
    """A photograph: red on its left half, blue on its right."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    stream, exif = io.BytesIO(), Image.Exif()
    if turned:
        exif[0x0112] = 6  # held upright: to be turned a quarter to the right
        exif[0x8825] = {1: "N", 2: (31.0, 14.0, 0.0)}  # where it was taken
    picture.save(stream, kind, **({"exif": exif.tobytes()} if turned else {}))
    return stream.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG that says it is enormous."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


FILES = {
    "泄漏<点>.jpg": photo(turned=True),
    "现场.webp": photo("WEBP"),
    "铭牌.png": photo("PNG", (300, 300)),
    "坏的.jpg": b"\xff\xd8\xff\xe0 not a picture",
    "巨幅.png": bomb(),
    "手机.heic": b"\0\0\0\x18ftypheic" + b"\0" * 200,
    "清单.xlsx": b"PK not a picture",
}


def media(content: bytes) -> list[Image.Image]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = sorted(name for name in archive.namelist() if "mf-photo" in name)
        return [Image.open(io.BytesIO(archive.read(name))) for name in names]


def test_the_registration_shows_the_photos_with_name_and_time_and_names_what_it_cannot(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER, files=FILES))
    record = archived(people.office, REGISTER)
    first, second, third = media(record)
    assert (first.size, second.size, third.size) == ((600, 900), (900, 600), (300, 300))
    # What was on the left is on top, once it is turned.
    red, _, blue = first.convert("RGB").crop((300, 100, 301, 101)).tobytes()
    assert red > 200 > 60 > blue
    assert not first.getexif()
    said = words(record)
    for line in (
        "图1 泄漏<点>.jpg（2026-03-02 09:00 收到）", "图2 现场.webp（2026-03-02 09:00 收到）",
        "图3 铭牌.png（2026-03-02 09:00 收到）", "未放入：坏的.jpg（2026-03-02 09:00 收到）：无法读取",
        "未放入：巨幅.png（2026-03-02 09:00 收到）：图片过大", "未放入：手机.heic（2026-03-02 09:00 收到）：无法读取",
    ):  # fmt: skip
        assert line in said
    assert "未放入：清单.xlsx" not in said  # it is no picture
    assert "未能读取：清单.xlsx" in said
    docx.Document(io.BytesIO(record))  # Word reads it
    assert people.office.errors() == []


def test_photos_go_with_the_signed_copies_and_word_files_with_them_come_back_unaltered(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER, files={"现场.jpg": photo()}))
    ask = people.asked(SERVICE, "登记")
    name, content = ask.file(".docx")
    people.work(answer(ask, "", files={name: filled(content, {"sign:registrar": "白露"})}))
    signed = archived(people.office, "JL-23-01-2026-0001-signed-1.docx")
    assert paper(people.office, "JL-23-01-2026-0001-signed-1.docx").signatures["registrar"].startswith("白露")
    assert len(media(signed)) == 1
    assert people.office.ask("SELECT reason FROM messages WHERE status = 'held'") == []


def test_later_photos_stand_in_the_investigation_and_the_8d_report_and_void_no_signature(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER, files={"一.jpg": photo()}))
    ask = people.asked(SERVICE, "登记")
    people.work(answer(ask, "同意\n严重程度：一般"))
    receipt = people.sent(CUSTOMER)[0]
    people.work(answer(receipt, "补充照片，请看。", files={"二.jpg": photo()}))
    play(people, knowing(**MOVED), until=lambda: any("JL-8.5-02" in path for path in people.office.files()))
    files = people.office.files()
    for form in ("JL-23-03", "JL-8.5-02"):
        newest = max(path for path in files if path.rpartition("/")[2].startswith(form) and path.endswith(".docx"))
        assert len(media(files[newest])) == 2, newest
    void = people.office.ask("SELECT count(*) FROM signatures WHERE current = 0 AND cell = 'registrar'")
    assert void == [(0,)]
    assert people.office.errors() == []


def test_more_photos_than_a_record_bears_are_named(people: Staffed) -> None:
    people.work(letter(sender=CUSTOMER, files={f"{n:02}.jpg": photo(size=(200 + n, 200)) for n in range(14)}))
    record = archived(people.office, REGISTER)
    assert len(media(record)) == 8
    assert words(record).count("照片过多") == 6
    assert len(record) < 4_000_000


def test_small_pictures_within_the_text_are_logos_and_stay_out(people: Staffed) -> None:
    mail = letter(sender=CUSTOMER, files={"logo.png": photo("PNG", (60, 30))})
    mail = mail.replace(b"Content-Disposition: attachment", b"Content-ID: <logo@x>\r\nContent-Disposition: inline")
    people.work(mail)
    assert media(archived(people.office, REGISTER)) == []


def test_the_photos_are_printed_on_pages_of_their_own(people: Staffed, tmp_path: Path) -> None:
    if convert.soffice() is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path / "print"
    folder.mkdir()
    people.work(letter(sender=CUSTOMER, files={f"{n}.jpg": photo(size=(700 + n, 500)) for n in range(3)}))
    (folder / "r.docx").write_bytes(archived(people.office, REGISTER))
    (pdf,) = convert.to_pdf([folder / "r.docx"], folder)
    pages = PdfReader(pdf).pages
    captions = [["".join(page.extract_text().split()).count(f"图{n}") for n in (1, 2, 3)] for page in pages]
    assert captions == [[0, 0, 0], [1, 1, 0], [0, 0, 1]]
