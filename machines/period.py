"""A span of wall time that may come again: closures, special openings, maintenance.

The rule of recurrence is an RRULE value of RFC 5545, section 3.3.10, read by python-dateutil. Rules come from
strangers, so only those that a calendar of days needs are taken: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and the
parts that divide a day (BYHOUR, BYMINUTE, BYSECOND) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice

from dateutil.rrule import rrule, rrulestr

__all__ = ["Period", "Span"]

Span = tuple[datetime, datetime]
"""Start and end of something, UTC."""

_YEARS = range(1970, 2200)
_LONGEST = timedelta(days=366)
_MOST_EXCEPTIONS = 1000
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = {
    "FREQ": "|".join(_FREQUENCIES),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,2}",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "BYDAY": r"([+-]?[1-5]?\d?(MO|TU|WE|TH|FR|SA|SU))(,[+-]?[1-5]?\d?(MO|TU|WE|TH|FR|SA|SU)){0,60}",
    "BYMONTH": r"(1[0-2]|[1-9])(,(1[0-2]|[1-9])){0,11}",
    "BYMONTHDAY": r"-?([12]\d|3[01]|[1-9])(,-?([12]\d|3[01]|[1-9])){0,61}",
    "BYYEARDAY": r"-?[1-9]\d{0,2}(,-?[1-9]\d{0,2}){0,60}",
    "BYWEEKNO": r"-?([1-4]\d|5[0-3]|[1-9])(,-?([1-4]\d|5[0-3]|[1-9])){0,60}",
    "BYSETPOS": r"-?[1-9]\d{0,2}(,-?[1-9]\d{0,2}){0,30}",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A span of wall time in a lab's own zone, once or again and again.

    Attributes:
        start, end: wall times without a zone; the end is not part of it.
        rule: an RRULE value ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24") whose first occurrence is `start`; None for once.
        except_on: days on which an occurrence would start but does not (EXDATE).
        why: what people say about it.

    Raises:
        ValueError: the span or the rule is not one; the sentence says why.
    """

    start: datetime
    end: datetime
    rule: str | None = None
    except_on: tuple[date, ...] = ()
    why: str | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("times are the lab's own wall times and name no zone")
        if self.start.microsecond or self.end.microsecond:
            raise ValueError("times are whole seconds")
        if self.start.year not in _YEARS or self.end.year not in _YEARS:
            raise ValueError(f"the year lies from {_YEARS[0]} to {_YEARS[-1]}")
        if not timedelta(0) < self.end - self.start <= _LONGEST:
            raise ValueError(f"{self.start} to {self.end} does not end after its start within {_LONGEST.days} days")
        if len(self.except_on) > _MOST_EXCEPTIONS:
            raise ValueError(f"there are more than {_MOST_EXCEPTIONS} exceptions")
        if self.rule is None and self.except_on:
            raise ValueError("exceptions need a rule")
        if self.rule is not None:
            _checked(self.rule)
            if self.start not in islice(self._ruled(self.start, self.start), 1):
                raise ValueError(f"the rule {self.rule} leaves out its own start, {self.start}")

    @property
    def whole_days(self) -> bool:
        """Whether it begins and ends at midnight."""
        return self.start.time() == self.end.time() == time(0)

    def occurrences(self, first: datetime, last: datetime, zone: tzinfo, *, wide: bool) -> Iterator[Span]:
        """The occurrences that reach into a stretch of time, in order.

        Args:
            first: where the stretch begins; with a time zone.
            last: where it ends; with a time zone.
            zone: the lab's.
            wide: what to make of a wall time that a change of clocks skips or doubles: the longest span that it can
                mean (for closures), or the shortest (for openings), so that a lab is never open longer than it says.
        """
        length = self.end - self.start
        day = timedelta(days=1)  # more than any change of clocks
        since, until = (moment.astimezone(zone).replace(tzinfo=None) for moment in (first, last))
        for begins in self._starts(since - length - day, until + day):
            opens = _moment(begins, zone, late=not wide)
            closes = _moment(begins + length, zone, late=wide)
            if opens < closes and opens < last and closes > first:
                yield opens, closes

    def _starts(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Wall times at which it starts, up to `until`; earlier ones than `since` may be left out."""
        if self.rule is None:
            return iter([self.start] if self.start <= until else [])
        left_out = set(self.except_on)
        return (begins for begins in self._ruled(since, until) if begins.date() not in left_out)

    def _ruled(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The wall times of the rule, as `_starts` bounds them."""
        if self.rule is None or until < self.start:
            return iter(())
        parts = dict(part.split("=") for part in self.rule.upper().split(";"))
        count, last = parts.pop("COUNT", None), parts.pop("UNTIL", None)
        if last is not None:
            until = min(until, _wall(last))
        start = self.start if count is not None else self._leap(parts, since)
        made: rrule = rrulestr(";".join("=".join(each) for each in parts.items()), dtstart=start)
        days: Iterator[datetime] = iter(made.replace(until=until))
        return days if count is None else islice(days, int(count))

    def _leap(self, parts: Mapping[str, str], since: datetime) -> datetime:
        """A later start that leaves the rule as it is: so many intervals on, where days or weeks are counted."""
        unit = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"])
        if unit is None or since <= self.start:
            return self.start
        stride = timedelta(days=unit * int(parts.get("INTERVAL", 1)))
        return self.start + ((since - self.start) // stride) * stride


def _checked(rule: str) -> None:
    """Refuse what is no rule of days.

    Raises:
        ValueError: a part is unknown, stands twice or has a value that it cannot have.
    """
    seen: set[str] = set()
    for part in rule.upper().split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            raise ValueError(f"{name or rule!r} is no part of a rule of days; known are {', '.join(_PARTS)}")
        if name in seen:
            raise ValueError(f"{name} stands twice in the rule {rule}")
        if not re.fullmatch(_PARTS[name], value):
            raise ValueError(f"{name}={value} is no {name} of a rule of days (RFC 5545, 3.3.10)")
        seen.add(name)
    if "FREQ" not in seen:
        raise ValueError(f"the rule {rule} has no FREQ ({', '.join(_FREQUENCIES)})")
    if {"COUNT", "UNTIL"} <= seen:
        raise ValueError(f"the rule {rule} has both COUNT and UNTIL; RFC 5545 allows one of them")
    until = next((part.partition("=")[2] for part in rule.upper().split(";") if part.startswith("UNTIL=")), None)
    if until is not None:
        _wall(until)


def _wall(until: str) -> datetime:
    """An UNTIL as wall time; a bare day means its end. A time in UTC is taken for wall time: a rule counts days."""
    try:
        if "T" in until:
            return datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time has no zone
        return datetime.combine(datetime.strptime(until, "%Y%m%d").date(), time.max)  # noqa: DTZ007
    except ValueError:
        raise ValueError(f"UNTIL={until} is no day") from None


def _moment(wall: datetime, zone: tzinfo, *, late: bool) -> datetime:
    """The moment of a wall time, UTC; see PEP 495 for the two meanings of a skipped or doubled one."""
    meanings = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(meanings) if late else min(meanings)
