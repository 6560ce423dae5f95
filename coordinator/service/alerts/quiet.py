"""Quiet hours: two times of day in a zone; the second may lie after midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import InputError

__all__ = ["QuietHours"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When somebody is not to be told.

    Attributes:
        zone: a name of the IANA time zone database.
        start: a time of day such as "22:00", or "" for no quiet hours.
        end: the same; equal times are refused, as it is not clear what they mean.

    Raises:
        InputError: the zone is not known, or a time is none, or only one is given.
    """

    zone: str
    start: str = ""
    end: str = ""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):  # a name that is not found is a KeyError, a path none of these others
            raise InputError("this time zone is not known", where="zone", hint="such as Europe/Rome") from None
        if bool(self.start) != bool(self.end):
            raise InputError("quiet hours have a beginning and an end", where="quiet_from", hint="or neither")
        for name, text in (("quiet_from", self.start), ("quiet_until", self.end)):
            if text:
                _time(name, text)
        if self.start and self.start == self.end:
            raise InputError("quiet hours begin and end at the same time", where="quiet_until")

    def until(self, now: datetime) -> datetime:
        """When somebody may be told: now, or when the quiet hours that now lies in are over."""
        if not self.start:
            return now
        zone = ZoneInfo(self.zone)
        start, end = _time("quiet_from", self.start), _time("quiet_until", self.end)
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):  # those that began yesterday may still go on
            begins = datetime.combine(day, start, zone).astimezone(UTC)
            over = day if end > start else day + timedelta(days=1)
            ends = datetime.combine(over, end, zone).astimezone(UTC)
            if begins <= now < ends:
                return ends
        return now


def _time(name: str, text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 (a time of day has no zone of its own)
    except ValueError:
        raise InputError("this is no time of day", where=name, hint="such as 22:00") from None
