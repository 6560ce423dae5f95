"""Opening hours as people write them: weekly spans, and periods with an RRULE of RFC 5545."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from core.errors import InputError
from machines.lab import OpeningHours
from machines.labs_document import PeriodDocument
from machines.period import Period

__all__ = ["WEEKDAYS", "parse_opening_hours", "period_of"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_FORMS = "a day, first_day and last_day, or start and end"


def parse_opening_hours(written: dict[str, str | list[str]], *, where: str) -> OpeningHours:
    """Weekly hours from ``{"mon-fri": "09:00-19:00", "sat": ["10:00-12:00", "13:00-16:00"], "sun": "closed"}``.

    Raises:
        InputError: a day or a span cannot be read. A span that ends before it begins ends on the next day.
    """
    hours: dict[int, tuple[tuple[time, time], ...]] = {}
    for days, spans in written.items():
        listed = [spans] if isinstance(spans, str) else spans
        parsed = tuple(sorted(_span(span, where) for span in listed if span.strip().casefold() != "closed"))
        for weekday in _weekdays(days, where):
            if weekday in hours:
                raise InputError(f"opening_hours names {WEEKDAYS[weekday]} twice", where=where)
            hours[weekday] = parsed
    return {weekday: spans for weekday, spans in sorted(hours.items()) if spans}


def _weekdays(written: str, where: str) -> list[int]:
    if written.strip().casefold() == "daily":
        return list(range(7))
    first, _, last = (part.strip().casefold() for part in written.partition("-"))
    try:
        start = WEEKDAYS.index(_day(first))
        stop = WEEKDAYS.index(_day(last)) if last else start
    except ValueError:
        raise InputError(f"{written!r} is no weekday", where=where, hint="write mon, mon-fri or daily") from None
    return [day % 7 for day in range(start, (stop if stop >= start else stop + 7) + 1)]


def _day(written: str) -> str:
    """`mo`, `mon`, `thurs` and `thursday` are weekdays too: two letters tell them apart."""
    known = next((name for name in _NAMES if len(written) > 1 and name.startswith(written)), "")
    return known[:3]


def _span(written: str, where: str) -> tuple[time, time]:
    match = _SPAN.fullmatch(written.strip())
    if not match:
        raise InputError(f"{written!r} is no span of time", where=where, hint="write 09:00-19:00")
    hour1, minute1, hour2, minute2 = (int(part) for part in match.groups())
    if (hour2, minute2) == (24, 0):
        hour2 = 0
    try:
        return time(hour1, minute1), time(hour2, minute2)
    except ValueError:
        raise InputError(f"{written!r} is no span of time", where=where, hint="write 09:00-19:00") from None


def period_of(written: PeriodDocument, *, where: str) -> Period:
    """A closure, a special opening or maintenance; `last_day` is part of it.

    Raises:
        InputError: it names no span or several, or its rule is none.
    """
    days, moments = (written.first_day, written.last_day), (written.start, written.end)
    stated = [written.day is not None, any(days), any(moments)]
    if sum(stated) != 1:
        raise InputError("a period is stated in one way", where=where, hint=f"write {_FORMS}")
    try:
        if written.day is not None:
            start, end = _days(written.day, written.day)
        elif written.first_day is not None and written.last_day is not None:
            start, end = _days(written.first_day, written.last_day)
        elif written.start is not None and written.end is not None:
            start, end = written.start, written.end
        else:
            raise InputError("a period has a start and an end", where=where, hint=f"write {_FORMS}")
        return Period(start, end, written.rrule, tuple(written.exdate), written.why)
    except (ValueError, OverflowError) as error:
        raise InputError(str(error), where=where) from None


def _days(first: date, last: date) -> tuple[datetime, datetime]:
    return datetime.combine(first, time(0)), datetime.combine(last, time(0)) + timedelta(days=1)
