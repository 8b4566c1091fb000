"""Programs and macro files of strangers are not passed on; everything else of their mails is, byte for byte."""

from __future__ import annotations

import binascii
import email
import email.policy
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.decoding.mime import parse_structure
from mailflow.decoding.passing_on import LeftOut, pass_on
from mailflow.decoding.programs import is_program
from mailflow.settings import shipped
from tests.decoding.build import HEAD, attachment, b64, entity, mail, multipart, part, text
from tests.growth import grows_with_its_input

MZ = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200
PHOTO = b"\xff\xd8\xff\xe0 a photograph"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def note(left: LeftOut) -> str:
    return f"[{left.name} {left.size} {left.digest[:8]}]"


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def named(name: str) -> bytes:
    return b'Content-Disposition: attachment; filename="' + name.encode() + b'"'


def file(content: bytes, name: str, kind: bytes = b"application/octet-stream") -> bytes:
    return attachment(content, named(name), kind=kind)


MACROS = packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "word/vbaProject.bin": b"x"})
PROGRAMS = {
    "setup.exe": MZ, "photo.jpg": MZ, "no-ending": MZ, "a.scr": b"x", "a.js": b"x", "a.vbs": b"x", "a.bat": b"x",
    "a.cmd": b"x", "a.com": b"x", "a.lnk": b"x", "a.msi": OLE, "a.jar": packed({"a.class": b"x"}), "a.hta": b"x",
    "a.ps1": b"x", "a.docm": b"x", "a.xlsm": b"x", "a.pptm": b"x", "a.xlam": b"x", "a.dotm": b"x", "A.EXE": b"x",
    "invoice.pdf.exe": b"x", "a.exe ": b"x", "a.exe.": b"x", "a.exe_": b"x", "a.exe.gz": b"x", "a.iso": b"x",
    "report.docx": MACROS, "renamed.dat": MACROS, "old.doc": OLE + "_VBA_PROJECT".encode("utf-16-le"),
    "old-macros.xls": packed({"xl/workbook.xml": b"x", "xl/macrosheets/sheet1.xml": b"x"}),
    "a.zip": packed({"readme.txt": b"x", "folder/setup.exe": b"x"}), "hidden.zip": packed({"photo.jpg": MZ}),
    "nested.zip": packed({"inner.zip": packed({"deep.zip": packed({"x.js": b"x"})})}),
    "inner-macros.zip": packed({"report.docx": MACROS}), "damaged.zip": packed({"a.txt": b"x"})[:-30],
    "self.bin": b"a picture before it" + packed({"x.exe": b"x"}), "script": b"#!/bin/sh\nx", "tool": b"\x7fELF...",
}  # fmt: skip
HARMLESS = {
    "photo.jpg": PHOTO, "report.pdf": b"%PDF-1.7 x", "list.xlsx": packed({"xl/workbook.xml": b"<x/>"}),
    "photos.zip": packed({"1.jpg": PHOTO, "2.txt": b"MZ-500 is the model"}), "old.doc": OLE, "notes.txt": b"MZ-500",
    "exe.pdf": b"%PDF", "example.company": b"x", "drawing.dwg": b"AC1032", "mail.csv": b"a;b", "": b"x",
    "reads.me.docx": packed({"word/document.xml": b"<x/>"}), "execute-plan.txt": b"x",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_or_macro_file_is_left_out_and_named(name: str) -> None:
    content = PROGRAMS[name]
    raw = multipart(text("请看附件"), file(content, name), file(PHOTO, "photo.png", b"image/png"))
    made, left = pass_on(raw, note)
    assert [(item.size, item.digest) for item in left] == [(len(content), hashlib.sha256(content).hexdigest())]
    parts = list(email.message_from_bytes(made, policy=email.policy.default).walk())[1:]
    assert [p.get_content_type() for p in parts] == ["text/plain", "text/plain", "image/png"]
    assert parts[1].get_content() == note(left[0])
    assert b64(content) not in made
    before, after = raw.split(file(content, name))
    assert made.startswith(before)
    assert made.endswith(after)


@pytest.mark.parametrize("name", HARMLESS)
def test_other_files_stay_byte_for_byte(name: str) -> None:
    raw = multipart(text("请看附件"), file(HARMLESS[name], name))
    assert pass_on(raw, note) == (raw, ())


@pytest.mark.parametrize("path", sorted(shipped.samples().glob("*.eml")), ids=lambda path: Path(path).stem[:20])
def test_the_sample_mails_are_passed_on_as_they_are(path: Path) -> None:
    raw = path.read_bytes()
    assert pass_on(raw, note) == (raw, ())


def test_a_mail_within_a_mail_is_rewritten_at_every_depth() -> None:
    made = file(MZ, "deep.exe")
    for depth, words in enumerate(("最里面", "中间", "外面")):
        inner = HEAD + entity(text(words), made, boundary=f"b{depth}".encode())
        made = part(inner, b"Content-Type: message/rfc822")
    raw = inner
    made, left = pass_on(raw, note)
    assert [item.name for item in left] == ["deep.exe"]
    before, after = raw.split(file(MZ, "deep.exe"))
    assert made.startswith(before)
    assert made.endswith(after)
    parts = list(email.message_from_bytes(made, policy=email.policy.default).walk())
    assert [p.get_content_type() for p in parts].count("message/rfc822") == 2
    assert parts[-1].get_content() == note(left[0])


@pytest.mark.parametrize("kind", [b"message/rfc822", b"application/octet-stream"])
def test_a_mail_attached_in_base64_is_opened_too(kind: bytes) -> None:
    inner = multipart(text("里面"), file(MZ, "deep.exe"))
    raw = multipart(text("外面").replace(b"b0", b"b9"), file(inner, "forwarded.eml", kind))
    made, left = pass_on(raw, note)
    assert [item.name for item in left] == ["deep.exe"]
    blob, _ = list(parse_structure(made).top.leaves())[-1].content()
    assert "里面".encode() in blob
    assert b64(MZ).strip() not in blob


def test_names_written_two_ways_or_encoded_are_all_looked_at() -> None:
    two = part(
        b64(b"x"), b'Content-Type: image/png; name="a.exe"', b"Content-Transfer-Encoding: base64", named("a.png")
    )
    split = part(
        b64(b"x"), b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; filename*0*=utf-8''%E5%8F%91%E7%A5%A8.e; filename*1=xe",
    )  # fmt: skip
    turned = part(
        b64(b"x"), b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; filename*=utf-8''invoice%E2%80%AEfdp.exe%E2%80%AC",
    )  # fmt: skip
    typed = file(b"x", "a.dat", b"application/x-msdownload")
    for each in (two, split, turned, typed):
        assert len(pass_on(multipart(text("x"), each), note)[1]) == 1, each


def test_a_mail_that_is_nothing_but_a_program_keeps_its_header() -> None:
    raw = mail(b64(MZ), b"Content-Type: application/octet-stream; name=a.exe", b"Content-Transfer-Encoding: base64")
    made, left = pass_on(raw, note)
    parsed = email.message_from_bytes(made, policy=email.policy.default)
    assert parsed["Subject"] == "x"
    assert parsed.get_content_type() == "text/plain"
    assert parsed.get_content() == note(left[0])


def test_a_program_written_into_the_letter_itself_is_taken_out() -> None:
    lines = b"".join(binascii.b2a_uu(MZ[at : at + 45]) for at in range(0, len(MZ), 45)).replace(b"\n", b"\r\n")
    block = b"begin 644 a.exe\r\n" + lines + b"`\r\nend\r\n"
    raw = mail(b"see below\r\n" + block + b"regards\r\n", b"Content-Type: text/plain")
    made, left = pass_on(raw, note)
    assert [item.name for item in left] == ["a.exe"]
    said = str(email.message_from_bytes(made, policy=email.policy.default).get_content())
    assert said.startswith("see below")
    assert said.rstrip().endswith("regards")
    harmless = mail(b"begin 644 a.txt\r\n" + binascii.b2a_uu(b"hello") + b"`\r\nend\r\n", b"Content-Type: text/plain")
    assert pass_on(harmless, note) == (harmless, ())


def test_a_mail_nobody_can_take_apart_to_its_end_is_left_out_but_for_its_header() -> None:
    inner = text("x")
    for number in range(70):
        inner = entity(inner, boundary=f"n{number}".encode())
    raw = b"From: a@x.example\r\nSubject: x\r\n" + inner
    made, left = pass_on(raw, note)
    assert [item.size for item in left] == [len(raw)]
    assert email.message_from_bytes(made, policy=email.policy.default)["Subject"] == "x"
    assert len(made) < 1000


def test_encrypted_archives_are_judged_by_the_names_in_them() -> None:
    open_names = bytearray(packed({"x.txt": b"x"}))
    for at, sign in ((6, b"PK\x03\x04"), (8, b"PK\x01\x02")):
        open_names[open_names.find(sign) + at] |= 1
    assert not is_program(bytes(open_names), ("a.zip",))
    assert is_program(bytes(open_names).replace(b"x.txt", b"x.exe"), ("a.zip",))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_whatever_the_bytes_it_answers(content: bytes, name: str) -> None:
    assert is_program(content, (name,)) in (True, False)
    made, left = pass_on(content, note)
    assert left or made == content


@pytest.mark.parametrize(
    "piece", [b"begin 644 x\r\n", b"begin 644 x\r\n#\r\n", b"a\r\n", b"Content-x:\r\n", b"PK\x03\x04"]
)
def test_the_time_grows_with_the_mail_alone(piece: bytes) -> None:
    def of_length(size: int) -> bytes:
        return mail(piece * (size // len(piece)), b"Content-Type: text/plain")

    assert grows_with_its_input(lambda raw: pass_on(raw, note), of_length, 100_000)
