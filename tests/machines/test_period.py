# ruff: noqa: DTZ001 - wall times have no zone
"""Periods of wall time: RFC 5545's rules, changes of clocks, and what strangers may not write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from machines.period import Period

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def starts(rule: str | None, start: datetime, *, hours: float = 24, except_on: tuple[date, ...] = ()) -> list[str]:
    period = Period(start, start + timedelta(hours=hours), rule, except_on)
    found = period.occurrences(*YEAR, BERLIN, wide=True)
    return [f"{begins.astimezone(BERLIN):%m-%d %H:%M}" for begins, _ in found]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        (None, datetime(2026, 5, 1), ["05-01 00:00"]),
        (None, datetime(2025, 5, 1), []),
        ("FREQ=YEARLY", datetime(2019, 8, 15), ["08-15 00:00"]),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", datetime(2020, 5, 25), ["05-25 00:00"]),
        ("FREQ=WEEKLY;COUNT=3", datetime(2026, 3, 23, 9), ["03-23 09:00", "03-30 09:00", "04-06 09:00"]),
        ("FREQ=DAILY;UNTIL=20260103", datetime(2025, 12, 30, 9), ["01-01 09:00", "01-02 09:00", "01-03 09:00"]),
        ("FREQ=DAILY;UNTIL=20260102T085900Z", datetime(2025, 12, 31, 9), ["01-01 09:00"]),
        ("freq=monthly;byday=1tu;count=2", datetime(2026, 9, 1, 9), ["09-01 09:00", "10-06 09:00"]),
    ],
)
def test_rules_give_the_days_that_they_say(rule: str | None, start: datetime, expected: list[str]) -> None:
    assert starts(rule, start, hours=2) == expected


def test_exceptions_are_left_out_and_still_counted() -> None:
    found = starts("FREQ=WEEKLY;COUNT=3", datetime(2026, 6, 1, 9), except_on=(date(2026, 6, 8),))
    assert found == ["06-01 09:00", "06-15 09:00"]


def test_what_began_before_the_stretch_and_reaches_into_it_counts() -> None:
    assert starts(None, datetime(2025, 12, 24), hours=24 * 14) == ["12-24 00:00"]
    assert starts("FREQ=YEARLY", datetime(2020, 12, 24), hours=24 * 14) == ["12-24 00:00", "12-24 00:00"]


@pytest.mark.parametrize(("wide", "hours"), [(True, 2.0), (False, 1.0)])
def test_a_doubled_hour_makes_closures_longer_and_openings_shorter(wide: bool, hours: float) -> None:
    period = Period(datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 2, 30))  # 02:30 comes twice
    ((begins, ends),) = period.occurrences(*YEAR, BERLIN, wide=wide)
    assert (ends - begins).total_seconds() == 3600 * hours


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=SECONDLY", "FREQ=SECONDLY is no FREQ"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "'BYHOUR' is no part of a rule of days"),
        ("BYDAY=MO", "has no FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "stands twice"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "both COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=20261341", "UNTIL=20261341 is no day"),
        ("FREQ=WEEKLY;BYDAY=TU", "leaves out its own start"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "leaves out its own start"),
        ("FREQ=WEEKLY;INTERVAL=99999999999", "is no INTERVAL"),
        ("", "is no part of a rule"),
        ("RRULE:FREQ=DAILY", "is no part of a rule"),
        ("FREQ=DAILY\nDTSTART:20260101", "FREQ=DAILY\nDTSTART:20260101 is no FREQ"),
    ],
)
def test_what_is_no_rule_of_days_is_refused(rule: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("\n", "\\s")):
        Period(datetime(2026, 6, 1), datetime(2026, 6, 2), rule)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (datetime(2026, 6, 2), datetime(2026, 6, 1), "does not end after its start"),
        (datetime(2026, 6, 1), datetime(2026, 6, 1), "does not end after its start"),
        (datetime(2026, 6, 1), datetime(2028, 6, 1), "within 366 days"),
        (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2), "name no zone"),
        (datetime(1066, 6, 1), datetime(1066, 6, 2), "the year lies from"),
    ],
)
def test_what_is_no_span_is_refused(start: datetime, end: datetime, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Period(start, end)


def test_exceptions_without_a_rule_are_refused() -> None:
    with pytest.raises(ValueError, match="exceptions need a rule"):
        Period(datetime(2026, 6, 1), datetime(2026, 6, 2), None, (date(2026, 6, 1),))


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)),
    st.integers(1, 80 * 3600),
    st.sampled_from(["FREQ=DAILY;INTERVAL=9", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", None]),
)
def test_the_wide_spans_hold_the_narrow_ones(start: datetime, seconds: int, rule: str | None) -> None:
    start = start.replace(microsecond=0)
    period = Period(start, start + timedelta(seconds=seconds), rule)
    wide = list(period.occurrences(*YEAR, BERLIN, wide=True))
    assert wide == sorted(wide)
    for begins, ends in period.occurrences(*YEAR, BERLIN, wide=False):
        assert any(first <= begins and ends <= last for first, last in wide)


@given(
    st.datetimes(datetime(2018, 1, 1), datetime(2026, 12, 31)),
    st.integers(1, 40),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.sampled_from(["", ";BYDAY=MO,TH", ";BYMONTH=3,11", ";WKST=SU", ";UNTIL=20260901T235959", ";COUNT=300"]),
)
def test_old_rules_give_the_same_days_as_when_they_are_counted_from_their_start(
    start: datetime, interval: int, frequency: str, more: str
) -> None:
    rule = f"FREQ={frequency};INTERVAL={interval}{more}"
    plain = rrulestr(rule, dtstart=start.replace(microsecond=0))
    begin = next(iter(plain), None)
    if begin is None or begin.year > 2026:
        return
    period = Period(begin, begin + timedelta(hours=1), rule)
    first, last = datetime(2026, 1, 1), datetime(2027, 1, 1)
    expected = [day for day in takewhile(lambda day: day < last, rrulestr(rule, dtstart=begin)) if day >= first]
    found = [day.replace(tzinfo=None) for day, _ in period.occurrences(*YEAR, UTC, wide=True)]
    assert [day for day in found if day >= first] == expected
