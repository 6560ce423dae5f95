from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendars import Calendar, Window
from scheduler.hours import Hours
from scheduler.timetable import Run, RunRules, Timetable

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


@settings(deadline=None)
@given(
    calendar=CALENDARS,
    unattended=st.booleans(),
    free_from=st.integers(0, 9),
    runs=st.lists(st.tuples(st.integers(0, LAST), st.integers(1, 9)), max_size=8),
)
def test_a_timetable_takes_the_first_gap_in_which_a_run_fits(
    calendar: Calendar, unattended: bool, free_from: int, runs: list[tuple[int, int]]
) -> None:
    rules = RunRules(Hours(calendar), unattended, free_from, LAST)
    timetable = Timetable(rules)
    taken: set[int] = set()
    for ready, duration in runs:
        run = timetable.earliest(ready, duration)
        possible = [rules.earliest(start, duration) for start in range(max(ready, free_from), LAST + 1)]
        fitting = [each for each in possible if each and not taken & set(range(each.start_s, each.end_s))]
        assert run == (min(fitting) if fitting else None)
        if run is not None:
            timetable.book(run.start_s, run.end_s)
            taken |= set(range(run.start_s, run.end_s))


def test_an_unattended_run_ends_at_closing_time_but_does_not_start_there() -> None:
    rules = RunRules(Hours(Calendar((Window(0, 10), Window(20, 30)))), True, 0, 30)
    assert rules.earliest(4, 6) == Run(4, 10, 10)
    assert rules.earliest(5, 6) == Run(5, 11, 20)
    assert rules.earliest(10, 1) == Run(20, 21, 21)
    assert rules.earliest(29, 2) is None


def test_a_gap_must_hold_a_run_until_it_is_taken_off() -> None:
    timetable = Timetable(RunRules(Hours(Calendar((Window(0, 10), Window(20, 30)))), True, 0, 30))
    timetable.book(15, 22)
    assert timetable.earliest(0, 8) == Run(0, 8, 8)
    assert timetable.earliest(0, 12) is None  # it would stand on the machine from 12 to 20
    assert timetable.earliest(0, 7) == Run(0, 7, 7)
    assert timetable.earliest(5, 7) == Run(22, 29, 29)


def test_work_that_pauses_goes_on_when_the_lab_opens() -> None:
    rules = RunRules(Hours(Calendar((Window(0, 10), Window(20, 30), Window(40, 50)))), False, 0, 50, True)
    assert rules.earliest(5, 12) == Run(5, 27, 27)
    assert rules.earliest(10, 10) == Run(20, 30, 30)
    assert rules.earliest(12, 20) == Run(20, 50, 50)
    assert rules.earliest(12, 21) is None
