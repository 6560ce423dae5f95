"""What a program has fed when a machine has taken so many of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from gcode import inspection
from gcode.inspection import filament_after, inspect_data

HEAD = "; a note\n\nG28\nG90\nM83\n"  # three lines that are sent


@given(st.lists(st.sampled_from([0.0, 0.25, 1.0, 3.5]), min_size=1, max_size=30), st.integers(0, 40))
def test_it_is_the_sum_of_what_the_lines_feed(feeds: list[float], lines: int) -> None:
    moves = "".join(f"G1 X{n} E{feed}\n; between\n" for n, feed in enumerate(feeds))
    fed, total = filament_after((HEAD + moves).encode(), lines)[0]
    assert total == pytest.approx(sum(feeds))
    assert fed == pytest.approx(sum(feeds[: max(0, lines - 3)]))


def test_draw_backs_and_tools_count_by_themselves() -> None:
    data = (HEAD + "T0\nG1 X1 E5\nG1 E-2\nG1 E2\nT1\nG1 X2 E3\nG1 X3 E1\n").encode()
    assert filament_after(data, 6) == {0: (5.0, 5.0), 1: (0.0, 4.0)}
    assert filament_after(data, 9) == {0: (5.0, 5.0), 1: (3.0, 4.0)}
    assert filament_after(data, 10_000) == {0: (5.0, 5.0), 1: (4.0, 4.0)}


def test_the_compiled_passes_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    data = (HEAD.replace("\n", "\r\n") + "".join(f"G1 X{n % 90} E0.5 ; {n}\r\n" for n in range(500))).encode()
    plain = filament_after(data, 203)
    monkeypatch.setattr(inspection, "pays", lambda *_: True)
    assert inspect_data(data).compiled
    assert filament_after(data, 203) == plain == {0: (100.0, 250.0)}


def test_what_is_no_program_is_refused() -> None:
    with pytest.raises(InputError):
        filament_after(b"; only notes\n", 5)
