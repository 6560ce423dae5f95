"""Closures, special openings and maintenance as the planner sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.plans.calendars import calendar_of, first_start, maintenance_of
from machines.lab import Network
from machines.network import read_network
from scheduler.calendars import Calendar, Window

MONDAY = datetime(2030, 1, 7, tzinfo=UTC)
WEEK_S = 7 * 86400
Hours = list[tuple[float, float]]


@pytest.fixture
def network(labs: Path) -> Callable[..., Network]:
    """The two labs of the other tests, with lines put into lab north and its printer."""

    def make(lab: str = "", printer: str = "") -> Network:
        text = labs.read_text(encoding="utf-8")
        text = text.replace("    policy:", f"    {lab}\n    policy:", 1) if lab else text
        text = (
            text.replace("        unattended: true", f"        unattended: true\n        {printer}")
            if printer
            else text
        )
        labs.write_text(text, encoding="utf-8")
        return read_network(labs)

    return make


def hours(windows: tuple[Window, ...]) -> Hours:
    return [(each.start_s / 3600, each.end_s / 3600) for each in windows]


def open_hours(network: Network, machine: str | None = None, days: int = 2) -> Hours:
    found = network.machine(machine) if machine else None
    return hours(calendar_of(network, "north", MONDAY, days * 86400, found).windows)


def test_without_any_the_weekly_hours_stand(network: Callable[..., Network]) -> None:
    assert open_hours(network()) == [(8, 18), (32, 42)]


def test_a_closure_takes_hours_and_days_away(network: Callable[..., Network]) -> None:
    assert open_hours(network("closures: [{day: 2030-01-07}]")) == [(32, 42)]


def test_a_closure_cuts_a_day_in_two(network: Callable[..., Network]) -> None:
    noon = "closures: [{start: 2030-01-07 12:00, end: 2030-01-07 13:00, rrule: FREQ=DAILY;COUNT=1}]"
    assert open_hours(network(noon)) == [(8, 12), (13, 18), (32, 42)]


def test_a_special_opening_wins_over_hours_and_closures(network: Callable[..., Network]) -> None:
    both = "closures: [{first_day: 2030-01-07, last_day: 2030-01-08}]\n    " \
        "special_openings: [{start: 2030-01-07 06:00, end: 2030-01-07 10:00}]"  # fmt: skip
    assert open_hours(network(both)) == [(6, 10)]


def test_maintenance_concerns_its_machine_only(network: Callable[..., Network]) -> None:
    lenses = "maintenance: [{start: 2030-01-07 09:00, end: 2030-01-07 11:00, rrule: FREQ=WEEKLY}]"
    found = network(printer=lenses)
    assert open_hours(found) == [(8, 18), (32, 42)]
    assert open_hours(found, "north-printer") == [(8, 9), (11, 18), (32, 42)]
    assert open_hours(found, "north-bench") == [(8, 18), (32, 42)]
    lab, printer = found.lab("north"), found.machine("north-printer")
    assert hours(maintenance_of(lab, printer, MONDAY, 2 * WEEK_S)) == [(9, 11), (177, 179)]


spans = st.lists(st.tuples(st.integers(0, 990), st.integers(1, 60)), max_size=12).map(
    lambda found: Calendar.joined([Window(start, start + length) for start, length in found])
)


@given(spans, spans, st.integers(1, 90), st.booleans())
def test_a_first_start_is_allowed_and_none_is_earlier(
    open_: Calendar, down: Calendar, run_s: int, attended: bool
) -> None:
    seconds = {s for each in down.windows for s in range(each.start_s, each.end_s)}
    free = Calendar.joined(
        [Window(s, s + 1) for each in open_.windows for s in range(each.start_s, each.end_s) if s not in seconds]
    )

    def allowed(start: int) -> bool:
        run = range(start, start + run_s)
        if attended:
            return any(each.start_s <= start and start + run_s <= each.end_s for each in free.windows)
        return any(each.start_s <= start < each.end_s for each in free.windows) and not seconds & set(run)

    expected = next((start for start in range(1100) if allowed(start)), None)
    assert first_start(free, down.windows, run_s, attended=attended) == expected
