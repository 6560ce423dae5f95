"""The time axis: in order, to scale, round ticks, and long idle times left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.charts.time_axis import IDLE, TimeAxis

MADRID = ZoneInfo("Europe/Madrid")
NINE = datetime(2026, 11, 23, 9, tzinfo=MADRID)
HOUR = timedelta(hours=1)

works = st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 60)), min_size=1, max_size=12)


def axis_over(work: list[tuple[float, float]], zone: tzinfo = UTC) -> TimeAxis:
    """An axis over (begin in hours after nine, length in hours)."""
    times = [(NINE + begin * HOUR, NINE + (begin + length) * HOUR) for begin, length in work]
    return TimeAxis.over(times, zone, left=100, right=1000)


@given(work=works)
def test_all_work_is_drawn_and_no_idle_time_is_long(work: list[tuple[float, float]]) -> None:
    axis = axis_over(work)
    assert all(axis.shows(NINE + begin * HOUR) and axis.shows(NINE + (begin + length) * HOUR) for begin, length in work)
    assert sum(1 for start, end in pairwise(edge for span in axis.spans for edge in span) if end <= start) == 0
    assert all(later[0] - earlier[1] > IDLE / 2 for earlier, later in pairwise(axis.spans))


@given(work=works, moments=st.lists(st.floats(-10, 2100), min_size=2, max_size=20))
def test_axis_runs_from_left_to_right(work: list[tuple[float, float]], moments: list[float]) -> None:
    axis = axis_over(work)
    pixels = [axis.x(NINE + moment * HOUR) for moment in sorted(moments)]
    assert all(before <= after + 1e-9 for before, after in pairwise(pixels))
    assert all(100 <= pixel <= 1000 + 1e-9 for pixel in pixels)


@given(work=works)
def test_every_span_has_the_same_scale(work: list[tuple[float, float]]) -> None:
    axis = axis_over(work)
    starts = [axis.x(start) for start, _ in axis.spans]
    scales = [
        (axis.x(end) - left) / ((end - start) / HOUR) for (start, end), left in zip(axis.spans, starts, strict=True)
    ]
    assert scales == pytest.approx([scales[0]] * len(scales))
    assert axis.x(axis.spans[-1][1]) == pytest.approx(1000)


@given(work=works, zone=st.sampled_from(["Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu", "UTC"]))
def test_ticks_are_few_round_and_in_order(work: list[tuple[float, float]], zone: str) -> None:
    axis = axis_over(work, ZoneInfo(zone))
    ticks = list(axis.ticks())
    assert len(ticks) <= 15 + 2 * len(axis.spans)
    assert all(axis.shows(tick) for tick in ticks)
    assert all(before.astimezone(UTC) < after.astimezone(UTC) for before, after in pairwise(ticks))
    step_min = axis.step / timedelta(minutes=1)
    assert all(tick.second == 0 and (tick.hour * 60 + tick.minute) % step_min == 0 for tick in ticks)


def test_a_night_is_left_out_and_a_noon_is_not() -> None:
    axis = axis_over([(0, 3), (4, 4), (24, 2)])
    assert [(end - start) / HOUR for start, end in axis.spans] == pytest.approx([8.4, 2.4])
    night = NINE + 16 * HOUR
    assert not axis.shows(night)
    assert axis.x(night) == axis.x(axis.spans[1][0])


def test_a_clock_change_keeps_the_local_hours() -> None:
    evening = datetime(2026, 10, 24, 20, tzinfo=MADRID)
    axis = TimeAxis.over([(evening, evening + 14 * HOUR)], MADRID, left=0, right=100)
    assert [tick.hour for tick in axis.ticks()] == [20, 22, 0, 2, 4, 6, 8, 10]


def test_a_single_moment_has_an_axis() -> None:
    axis = TimeAxis.over([(NINE, NINE)], MADRID, left=0, right=100)
    assert axis.x(NINE) == pytest.approx(50)


def test_wrong_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="follow each other"):
        TimeAxis.over([], UTC, left=0, right=1)
    with pytest.raises(ValueError, match="follow each other"):
        TimeAxis(((NINE, NINE - HOUR),), UTC, 0, 1)
    with pytest.raises(ValueError, match="left to right"):
        TimeAxis.over([(NINE, NINE)], UTC, left=5, right=5)
