"""Numbers that strangers write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerals import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("\u0663", 3), ("9" * 12, 999_999_999_999)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "+1", "1.0", "1e3", "\u00b2", "1_000", "9" * 13, "9" * 5000])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


@given(st.text(max_size=20))
def test_no_text_is_too_odd(text: str) -> None:
    number = whole_number(text)
    assert number is None or number == int(text)
