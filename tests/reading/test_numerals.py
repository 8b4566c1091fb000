"""Chinese numerals: every number said or written out is read back, and what is no number is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.reading.text.numerals import ONES, chinese, digits, number

TO_CAPITALS = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
numbers = st.integers(1, 10**12 - 1) | st.integers(1, 10**5)


def four_places(value: int) -> str:
    """A number below ten thousand in words, one zero for any number of places left out."""
    words, gap = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        place, value = divmod(value, unit)
        if place:
            words += ("零" if gap and words else "") + ONES[place - 1] + sign
        gap = not place
    return words


def in_words(value: int) -> str:
    words = ""
    for unit, sign in ((10**8, "亿"), (10**4, "万"), (1, "")):
        group, value = divmod(value, unit)
        if group:
            words += ("零" if words and group < 1000 else "") + four_places(group) + sign
    return words


def test_the_words_the_tests_make_are_those_people_write() -> None:
    assert [in_words(value) for value in (12, 105, 20_050, 36_500, 100_004_302)] == [
        "一十二", "一百零五", "二万零五十", "三万六千五百", "一亿四千三百零二",
    ]  # fmt: skip


@given(numbers)
def test_every_number_in_words_is_read_back(value: int) -> None:
    words = in_words(value)
    assert chinese(words) == value
    assert chinese(words.translate(TO_CAPITALS)) == value
    assert chinese(words.replace("二百", "两百").replace("二千", "两千")) == value


@pytest.mark.parametrize(
    "words",
    [
        "二三", "九八", "一五", "两三百", "三四万", "百二", "百二百一", "千五百一", "十十", "十二十", "一千二百三百",
        "三千五千", "一万二万", "二亿三亿", "三百五千", "五零二百", "点", "负五", "半", "",
    ],
)  # fmt: skip
def test_ranges_codes_and_slips_are_no_number(words: str) -> None:
    assert chinese(words) is None
    assert number(words) == 0


def test_small_numbers_come_in_digits_too() -> None:
    assert [number(words) for words in ("7", "07", "十", "十二", "二十", "三十一", "两", "〇")] == [
        7, 7, 10, 12, 20, 31, 2, 0,
    ]  # fmt: skip


def test_a_year_is_read_sign_by_sign() -> None:
    assert digits("二〇二六") == digits("二零二六") == digits("二O二六") == "2026"
