"""Tolerance classes: the figures of the standards, and what a class means where not all lengths are known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.tolerances import tolerance_class


@pytest.mark.parametrize(
    ("text", "half_mm"),
    [
        ("40 H7", 0.0125),
        ("40H7", 0.0125),
        ("Ø8 h6", 0.0045),
        ("⌀ 8,5 mm g6", 0.0045),
        ("30 JS9", 0.026),
        ("100 IT", None),
        ("3 H7", 0.005),
        ("3.01 H7", 0.006),
        ("500 h11", 0.2),
        ("1000 H8", 0.07),
    ],
)
def test_a_class_with_its_size_is_a_figure(text: str, half_mm: float | None) -> None:
    if half_mm is None:
        with pytest.raises(InputError, match="no tolerance class"):
            tolerance_class(text, where="here")
        return
    assert tolerance_class(text, where="here").span_mm(None) == pytest.approx((half_mm, half_mm))


@pytest.mark.parametrize(
    ("text", "longest_mm", "span"),
    [
        ("IT9", 120.0, (0.0125, 0.0435)),
        ("it 09", 2.0, (0.0125, 0.0125)),
        ("H7", 40.0, (0.005, 0.0125)),
        ("IT12", None, (0.05, math.inf)),
        ("IT12", 9000.0, (0.05, math.inf)),
        ("ISO 2768-m", 100.0, (0.1, 0.3)),
        ("DIN ISO 2768-mK", 100.0, (0.1, 0.3)),
        ("ISO 2768-1-f", 5.0, (0.05, 0.05)),
        ("2768 c", 500.0, (0.2, 2.0)),
        ("ISO 2768-v", 2.0, (0.5, math.inf)),
    ],
)
def test_a_class_alone_is_a_span(text: str, longest_mm: float | None, span: tuple[float, float]) -> None:
    assert tolerance_class(text, where="here").span_mm(longest_mm) == pytest.approx(span)


@pytest.mark.parametrize("text", ["", "fine", "H7/g6", "0.1", "IT", "±0.1", "9000 H7", "H" * 300, "0 H7"])
def test_what_is_no_class_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match=r"tolerance class|nominal sizes"):
        tolerance_class(text, where="need 1")


@pytest.mark.parametrize("text", ["IT4", "IT19", "h3", "40 H20"])
def test_a_grade_of_no_table_says_which_are_known(text: str) -> None:
    with pytest.raises(InputError, match="stands in no table") as caught:
        tolerance_class(text, where="need 1")
    assert "IT5 to IT16" in str(caught.value.hint)


@given(st.integers(5, 15), st.floats(0.1, 3150), st.floats(0, 500))
def test_a_coarser_grade_and_a_longer_piece_allow_more(grade: int, length: float, more: float) -> None:
    fine, coarse = (tolerance_class(f"IT{each}", where="here") for each in (grade, grade + 1))
    assert fine.span_mm(length)[0] < coarse.span_mm(length)[0]
    assert fine.span_mm(length)[1] < coarse.span_mm(length)[1]
    tightest, loosest = fine.span_mm(length)
    assert tightest <= loosest <= fine.span_mm(length + more)[1]
