"""Tolerance classes in bills: a class with its nominal size is millimetres, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from bom.allowances import tolerance_mm


@pytest.mark.parametrize(
    ("texts", "column", "found"),
    [
        (["reamed Ø8 H7"], "", 0.0075),
        (["Ø 12,5 mm h6 shaft"], "", 0.0055),
        (["⌀40H7 and ⌀8H9"], "", 0.0125),
        (["Ø8 H7, else ±0.1 mm"], "", 0.0075),
        ([], "40 h6", 0.008),
        ([], "0.2", 0.2),
        ([], "IT9", None),  # of which length is not said
        ([], "H7", None),
        ([], "ISO 2768-m", None),
        (["8 H7 bolts M8 H20", "rod Ø8 x 120", "Ø8 mm", "608ZZ bearing", "Ø5 LED5050"], "", None),
    ],
)
def test_a_class_with_its_size(texts: list[str], column: str, found: float | None) -> None:
    assert tolerance_mm(texts, column) == (pytest.approx(found) if found is not None else None)
