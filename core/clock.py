"""Time comes from a clock that is passed in: tests and demos move it, they never sleep on the real one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "utc"]


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


class Clock(Protocol):
    """What tells the time and waits for it to pass."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def sleep(self, duration_s: float) -> None:
        """Return when `duration_s` seconds of this clock have passed."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def sleep(self, duration_s: float) -> None:
        """Wait for real."""
        time.sleep(duration_s)


class ManualClock:
    """A clock that moves only when told to; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = utc(start)

    def now(self) -> datetime:
        """The moment it was last moved to, in UTC."""
        return self._now

    def sleep(self, duration_s: float) -> None:
        """Move forward by `duration_s` seconds at once."""
        self._now += timedelta(seconds=duration_s)

    def move_to(self, moment: datetime) -> None:
        """Jump forward.

        Raises:
            ValueError: the moment lies in the past.
        """
        if utc(moment) < self._now:
            raise ValueError("a clock never goes back")
        self._now = utc(moment)
