"""The measure of growth tells a quadratic function from a linear one; else no test that rests on it could fail."""

from __future__ import annotations

from tests.growth import grows_with_its_input


def test_a_quadratic_function_is_told_from_a_linear_one() -> None:
    def quadratic(text: str) -> None:
        for start in range(len(text) // 4):
            text[start:].upper()  # searching for one character is so fast on some machines that it seems linear

    assert not grows_with_its_input(quadratic, "b".__mul__, 16_000)
    assert grows_with_its_input(sorted, "ab".__mul__, 16_000)
