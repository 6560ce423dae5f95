from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar, Window
from scheduler.hours import Hours
from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Option, Problem, Task
from scheduler.search.runs import end_of, latest_start, start_of
from scheduler.timetable import Run, RunRules

LAST = 40
CALENDARS = st.lists(st.tuples(st.integers(0, LAST - 1), st.integers(1, 9)), max_size=4).map(
    lambda pairs: Calendar.joined(Window(start, min(start + length, LAST)) for start, length in pairs)
)


def _starts(calendar: Calendar) -> set[int]:
    return {second for w in calendar.windows for second in range(w.start_s, w.end_s)}


def _first(seconds: set[int], moment: int) -> int | None:
    return min((second for second in seconds if second >= moment), default=None)


@settings(deadline=None)
@given(calendar=CALENDARS, moment=st.integers(0, LAST + 2), duration=st.integers(1, 9))
def test_hours_agree_with_counting_seconds(calendar: Calendar, moment: int, duration: int) -> None:
    hours, starts = Hours(calendar), _starts(calendar)
    whole = {second for second in starts if set(range(second, second + duration)) <= starts}
    assert hours.next_start(moment) == _first(starts, moment)
    assert hours.next_end(moment) == _first(starts | {w.end_s for w in calendar.windows}, moment)
    assert hours.next_whole(moment, duration) == _first(whole, moment)
    assert hours.open_seconds(moment) == len({second for second in starts if second < moment})
    assert hours.longest_s() == max((w.end_s - w.start_s for w in calendar.windows), default=0)


@given(
    calendar=CALENDARS,
    kind=st.sampled_from(("attended", "unattended", "pauses")),
    free_from=st.integers(0, 9),
    bookings=st.lists(st.tuples(st.integers(0, LAST), st.integers(1, 4)), max_size=2),
    duration=st.integers(1, 9),
    moment=st.integers(0, LAST),
)
def test_compiled_runs_are_the_earliest_and_the_latest_there_are(
    calendar: Calendar, kind: str, free_from: int, bookings: list[tuple[int, int]], duration: int, moment: int
) -> None:
    fixed = tuple(
        Task(f"f{number}", fixed=Placement(f"f{number}", "m", start, start + length, start + length))
        for number, (start, length) in enumerate(bookings)
    )
    machine = Machine("m", "lab", kind == "unattended", free_from, pauses=kind == "pauses")
    task = Task("t", (Option("m", duration),))
    lab = Lab("lab", calendar)
    network = Network(Problem(datetime(2026, 3, 2, tzinfo=UTC), LAST, (lab,), (machine,), (task, *fixed)))
    rules, taken = network.rules[0], {second for start, length in bookings for second in range(start, start + length)}
    runs = {rules.earliest(start, duration) for start in range(LAST + 1)} - {None}
    free = [run for run in runs if run and not taken & set(range(run.start_s, run.end_s))]
    start = start_of(network.shop, 0, moment, duration)
    end = end_of(network.shop, 0, start, duration)
    assert (Run(start, start + duration, end)[::2] if end <= LAST else None) == min(
        ((run.start_s, run.end_s) for run in free if run.start_s >= moment), default=None
    )
    latest = latest_start(network.shop, 0, moment, duration)
    known = max((run.start_s for run in free if run.end_s <= moment), default=-1)
    assert (latest if latest >= free_from else -1) == known


def test_an_unattended_run_ends_at_closing_time_but_does_not_start_there() -> None:
    rules = RunRules(Hours(Calendar((Window(0, 10), Window(20, 30)))), True, 0, 30)
    assert rules.earliest(4, 6) == Run(4, 10, 10)
    assert rules.earliest(5, 6) == Run(5, 11, 20)
    assert rules.earliest(10, 1) == Run(20, 21, 21)
    assert rules.earliest(29, 2) is None


def test_work_that_pauses_goes_on_when_the_lab_opens() -> None:
    rules = RunRules(Hours(Calendar((Window(0, 10), Window(20, 30), Window(40, 50)))), False, 0, 50, True)
    assert rules.earliest(5, 12) == Run(5, 27, 27)
    assert rules.earliest(10, 10) == Run(20, 30, 30)
    assert rules.earliest(12, 20) == Run(20, 50, 50)
    assert rules.earliest(12, 21) is None
