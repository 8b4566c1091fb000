"""QR codes: a record we issued is told from one somebody made up, and the fast drawing is the standard's."""

from __future__ import annotations

import io

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mailflow.records import qr
from mailflow.records.qrimage import QrImages

SECRET = b"0123456789abcdef0123456789abcdef"
RECORD = "JL-23-01-2026-0017"


def test_a_payload_reads_back_as_record_and_version() -> None:
    text = qr.payload(RECORD, "A/0", SECRET)
    assert text.startswith(f"MF1:{RECORD}:A/0:")
    claim = qr.verify(f" {text}\n", SECRET)
    assert claim is not None
    assert (claim.record, claim.version) == (RECORD, "A/0")


def test_any_changed_letter_is_noticed() -> None:
    text = qr.payload(RECORD, "A/0", SECRET)
    for place in range(len(text)):
        for letter in "0A:Z/":
            if text[place] != letter:
                assert qr.verify(text[:place] + letter + text[place + 1 :], SECRET) is None


def test_another_secret_or_another_text_proves_nothing() -> None:
    assert qr.verify(qr.payload(RECORD, "A/0", SECRET), SECRET[::-1]) is None
    for text in ("", "MF1", "https://example.com", "MF2:a:b:AAAAAAAAAAAAAAAA", "MF1:a:b:short", "MF1::b:" + "A" * 16):
        assert qr.parse(text) is None
        assert qr.verify(text, SECRET) is None


def test_the_border_between_record_and_version_cannot_be_moved() -> None:
    assert qr.payload("A-1", "B/0", SECRET).split(":")[3] != qr.payload("A-1B", "/0", SECRET).split(":")[3]
    for record, version in (("a:b", "A/0"), ("a", "A:0"), ("a b", "A/0"), ("", "A/0")):
        with pytest.raises(ValueError, match="colon"):
            qr.payload(record, version, SECRET)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16"):
        qr.payload(RECORD, "A/0", b"short")


@given(st.lists(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", min_size=1, max_size=60), max_size=6))
def test_the_fast_drawing_equals_segno_s_module_by_module(texts: list[str]) -> None:
    images = QrImages()
    for text in [*texts, *[text[::-1] for text in texts]]:
        code = segno.make(text, error="q", mode="alphanumeric", micro=False, boost_error=False, mask=2)
        modules, side = images.modules(text)
        drawn = f"{modules:0{side * side}b}"
        assert [drawn[start : start + side] for start in range(0, side * side, side)] == [
            "".join(map(str, row)) for row in code.matrix
        ]


def test_a_hundred_codes_are_read_back_by_an_independent_reader() -> None:
    images = QrImages()
    for number in range(100):
        text = qr.payload(f"JL-23-01-2026-{number * 97:04d}", "A/0", SECRET)
        found = zxingcpp.read_barcodes(Image.open(io.BytesIO(images.png(text))))
        assert [code.text for code in found] == [text]


def test_letters_outside_the_dense_alphabet_are_drawn_too() -> None:
    text = "MF1:投诉-2026-0017:A/0:abc"
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(QrImages().png(text))))
    assert [code.text for code in found] == [text]
